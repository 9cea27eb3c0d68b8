-- What is kept back of a payment's deposit for a time (a rolling reserve). Merchants without the option have no row. A row changes only in a
-- commit of its payment, under the payment's version.
CREATE TABLE reserves (
  merchant_id  text NOT NULL,
  payment_id   text NOT NULL,
  -- what brought the money
  attempt_id   text NOT NULL,
  currency     text NOT NULL,
  -- minor units
  amount       bigint NOT NULL CHECK (amount > 0),
  -- the part of it that refunds and charge-backs have taken
  canceled     bigint NOT NULL DEFAULT 0 CHECK (canceled BETWEEN 0 AND amount),
  canceled_at  timestamptz,
  -- when the rest is the merchant's to spend, and when it became so
  due_at       timestamptz NOT NULL,
  released_at  timestamptz,
  created_at   timestamptz NOT NULL,
  PRIMARY KEY (merchant_id, payment_id),
  FOREIGN KEY (merchant_id, payment_id) REFERENCES payments
);

CREATE INDEX reserves_due ON reserves (due_at) WHERE released_at IS NULL AND canceled < amount;
