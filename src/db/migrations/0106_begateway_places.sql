-- beGateway: a pay link never sells more than there is. A payment has a place of its product before money is asked for, and there are no more
-- places than the product's quantity: a look at what has been paid would let two last buyers through at once.

-- How many places are taken: one update that names the limit is the race's only judge.
ALTER TABLE begateway_products ADD COLUMN places bigint NOT NULL DEFAULT 0;

CREATE TABLE begateway_places (
  merchant_id  text NOT NULL,
  payment_id   text NOT NULL,
  product_id   text NOT NULL,
  -- a payment that has not started by then loses its place to whoever wants it; null once it is sold for good
  held_until   timestamptz,
  PRIMARY KEY (merchant_id, payment_id),
  FOREIGN KEY (merchant_id, product_id) REFERENCES begateway_products,
  FOREIGN KEY (merchant_id, payment_id) REFERENCES payments
);

-- Those that may come free again; what is sold is never looked at.
CREATE INDEX begateway_places_open ON begateway_places (product_id, merchant_id) WHERE held_until IS NOT NULL;

-- What was sold, or is being paid, under the earlier rule.
INSERT INTO begateway_places (merchant_id, payment_id, product_id, held_until)
  SELECT p.merchant_id, p.id, g.id, CASE WHEN p.state = 'succeeded' THEN NULL ELSE p.updated_at END
  FROM payments p JOIN begateway_products g ON g.merchant_id = p.merchant_id AND g.id = p.request->'checkout'->>'product_id'
  WHERE p.request->'checkout'->>'product_id' IS NOT NULL
    AND (p.state IN ('succeeded', 'authorized') OR EXISTS (SELECT 1 FROM attempts a WHERE a.merchant_id = p.merchant_id AND a.payment_id = p.id AND a.state IN ('sent', 'action', 'processing')));

UPDATE begateway_products g SET places = (SELECT count(*) FROM begateway_places b WHERE b.merchant_id = g.merchant_id AND b.product_id = g.id);

-- Counting what was paid is over.
DROP INDEX payments_begateway_product;
