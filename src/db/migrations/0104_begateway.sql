-- beGateway: tracking ids that any of their parts finds, products, and requests that are answered later.

-- The whole tracking id and each of its parts.
CREATE FUNCTION begateway_tracking_values(tracking_id text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT CASE WHEN tracking_id IS NULL THEN '{}'::text[] ELSE regexp_split_to_array(btrim(tracking_id), '\s*;\s*') || tracking_id END $$;

-- No merchant in it: values are nearly unique, and rows of other merchants are sifted out after the look-up. Payments of this API are known
-- by their shop id and not by the column: a condition on the column would invite the index by API and time, which reads everything.
CREATE INDEX payments_begateway_tracking ON payments USING gin (begateway_tracking_values(reference)) WHERE request->>'shop_id' IS NOT NULL;

CREATE INDEX payments_begateway_order ON payments ((request->>'order_id'), merchant_id) WHERE request->>'shop_id' IS NOT NULL;

CREATE INDEX payments_begateway_product ON payments ((request->'checkout'->>'product_id')) WHERE request->'checkout'->>'product_id' IS NOT NULL;

CREATE INDEX refunds_begateway_tracking ON refunds USING gin (begateway_tracking_values(reference)) WHERE reference IS NOT NULL;

CREATE TABLE begateway_products (
  merchant_id  text NOT NULL REFERENCES merchants,
  id           text NOT NULL,
  -- as it came, checked
  product      jsonb NOT NULL,
  created_at   timestamptz NOT NULL,
  updated_at   timestamptz NOT NULL,
  PRIMARY KEY (merchant_id, id)
);

-- Evidence that a customer has paid, for whoever decides on it.
CREATE TABLE begateway_proofs (
  merchant_id  text NOT NULL,
  id           text NOT NULL,
  payment_id   text NOT NULL,
  -- reference, amount, name, type and checksum of the document
  facts        jsonb NOT NULL,
  document     bytea NOT NULL,
  created_at   timestamptz NOT NULL,
  PRIMARY KEY (merchant_id, id),
  FOREIGN KEY (merchant_id, payment_id) REFERENCES payments
);

-- Requests of the asynchronous mode. The request itself is not kept: it may hold card data.
CREATE TABLE begateway_async (
  merchant_id  text NOT NULL REFERENCES merchants,
  id           text NOT NULL,
  -- the uid that the request will get, so that its outcome is found when the process that ran it has died
  uid          text NOT NULL,
  status       int,
  answer       jsonb,
  created_at   timestamptz NOT NULL,
  PRIMARY KEY (merchant_id, id)
);

CREATE INDEX begateway_async_created ON begateway_async (created_at);
