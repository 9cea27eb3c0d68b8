-- What takes money out of a balance that has a floor goes in single file: each one is the next after the last that its writer saw, and of two
-- that saw the same, the key lets one through.
CREATE TABLE withdrawals (
  merchant_id  text NOT NULL,
  mode         text NOT NULL,
  currency     text NOT NULL,
  n            bigint NOT NULL,
  payment_id   text NOT NULL,
  refund_id    text,
  -- minor units that leave the merchant's balance
  amount       bigint NOT NULL,
  created_at   timestamptz NOT NULL,
  PRIMARY KEY (merchant_id, mode, currency, n)
);

-- Refunds that are accepted and not booked yet. (No plan for a key takes this one by mistake: a key names no state.)
CREATE INDEX refunds_open ON refunds (merchant_id, currency) WHERE state IN ('pending', 'processing');

-- Cards whose attempt never ended are looked for every few seconds.
CREATE INDEX instruments_unusable ON instruments (created_at) WHERE NOT usable;
