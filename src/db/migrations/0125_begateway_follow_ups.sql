-- beGateway: captures and voids are found by tracking ids of their own, as refunds are. Attempts to pay are in no such index.
CREATE INDEX attempts_begateway_tracking ON attempts USING gin (begateway_tracking_values(request->>'tracking_id'))
  WHERE kind IN ('capture', 'void') AND request->>'tracking_id' IS NOT NULL;
