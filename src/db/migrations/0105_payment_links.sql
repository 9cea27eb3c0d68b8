-- Addresses that a merchant hands out and that make a payment each time a payer opens one. What the payment asks for is in `request`,
-- in the words of the API that the link belongs to.

CREATE TABLE payment_links (
  merchant_id  text NOT NULL,
  id           text NOT NULL,
  api          text NOT NULL,
  mode         text NOT NULL CHECK (mode IN ('test', 'live')),
  currency     text NOT NULL,
  amount       bigint NOT NULL CHECK (amount > 0),
  request      jsonb NOT NULL DEFAULT '{}',
  created_at   timestamptz NOT NULL,
  expires_at   timestamptz,
  canceled_at  timestamptz,
  PRIMARY KEY (merchant_id, id)
);

CREATE INDEX payment_links_created ON payment_links (merchant_id, api, created_at DESC, id DESC);
