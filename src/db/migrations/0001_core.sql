-- The core: merchants and their credentials, customers and instruments, payments with attempts and refunds,
-- the ledger, events with deliveries, sessions and claims (idempotency).
-- Every table that a merchant owns starts its key with merchant_id, so that the schema distributes by merchant.
-- Documents that are only stored and shown are json, not jsonb: nothing is converted, and keys keep the order they came in.
-- No other index starts with it: a planner that has no statistics yet takes any index that starts with merchant_id for a look-up by
-- key, and then reads the whole merchant each time.

CREATE TABLE merchants (
  id          text PRIMARY KEY,
  -- carried inside public handles (core/ids.ts), so that a handle alone finds its merchant
  number      int NOT NULL UNIQUE,
  name        text NOT NULL,
  -- one member per API: what the account's switches are there; each API has the schema of its own member
  settings    jsonb NOT NULL DEFAULT '{}',
  -- a demo merchant may use loopback receivers
  demo        boolean NOT NULL DEFAULT false,
  created_at  timestamptz NOT NULL
);

CREATE TABLE credentials (
  merchant_id  text NOT NULL REFERENCES merchants,
  id           text NOT NULL,
  api          text NOT NULL,
  -- what it is at that API: api_key, public_key, signing_key, …
  kind         text NOT NULL,
  mode         text CHECK (mode IN ('test', 'live')),
  -- what a request carries to be found: the user name, or the SHA-256 of a bearer key (hex)
  lookup       text NOT NULL,
  -- SHA-256 of the secret; keys are random with over 128 bits, so a slow hash adds nothing
  secret_hash  bytea,
  -- secrets that sign outgoing messages, sealed by the vault
  sealed       bytea,
  key_version  int,
  -- public half of an asymmetric key, or other facts that are no secret
  public       jsonb NOT NULL DEFAULT '{}',
  created_at   timestamptz NOT NULL,
  revoked_at   timestamptz,
  PRIMARY KEY (merchant_id, id)
);

CREATE UNIQUE INDEX credentials_lookup ON credentials (api, kind, lookup);

CREATE TABLE customers (
  merchant_id  text NOT NULL REFERENCES merchants,
  id           text NOT NULL,
  -- the name that the merchant gives; unique per merchant
  reference    text,
  profile      jsonb NOT NULL DEFAULT '{}',
  created_at   timestamptz NOT NULL,
  updated_at   timestamptz NOT NULL,
  PRIMARY KEY (merchant_id, id)
);

CREATE UNIQUE INDEX customers_reference ON customers (reference, merchant_id);

CREATE TABLE instruments (
  merchant_id  text NOT NULL REFERENCES merchants,
  -- the token that the API shows
  id           text NOT NULL,
  customer_id  text,
  kind         text NOT NULL CHECK (kind IN ('card', 'bank_account', 'apm')),
  -- card data, sealed by the vault; never a CVV
  sealed       bytea,
  key_version  int,
  -- keyed hash that finds the same card of the same merchant again
  fingerprint  text,
  -- what may be shown: first six, last four, brand, expiry, holder
  summary      jsonb NOT NULL,
  -- offered on the page to the returning payer
  remembered   boolean NOT NULL DEFAULT false,
  -- false until the payment that brought it has succeeded
  usable       boolean NOT NULL DEFAULT false,
  created_at   timestamptz NOT NULL,
  updated_at   timestamptz NOT NULL,
  PRIMARY KEY (merchant_id, id)
);

CREATE INDEX instruments_customer ON instruments (customer_id, merchant_id);
CREATE INDEX instruments_fingerprint ON instruments (fingerprint, merchant_id);

CREATE TABLE payments (
  -- no foreign key to merchants: the key-share lock of every insert would make the merchant's row the hottest of all
  merchant_id    text NOT NULL,
  id             text NOT NULL,
  api            text NOT NULL,
  kind           text NOT NULL CHECK (kind IN ('charge', 'verify', 'payout', 'credit')),
  mode           text NOT NULL CHECK (mode IN ('test', 'live')),
  method         text NOT NULL,
  state          text NOT NULL,
  reason         text,
  -- counts every change; writers name the one they read
  version        int NOT NULL,
  currency       text NOT NULL,
  -- what the merchant asked for, in minor units
  amount         bigint NOT NULL CHECK (amount >= 0),
  -- what the payer pays (or, for a payout, what leaves the balance)
  payable        bigint NOT NULL CHECK (payable >= 0),
  fee_terms      json,
  manual_capture boolean NOT NULL DEFAULT false,
  authorized     bigint NOT NULL DEFAULT 0,
  captured       bigint NOT NULL DEFAULT 0,
  -- no longer held at the issuer
  released       bigint NOT NULL DEFAULT 0,
  refunded       bigint NOT NULL DEFAULT 0,
  -- refunds accepted whose outcome is open
  refunding      bigint NOT NULL DEFAULT 0,
  fee            bigint NOT NULL DEFAULT 0,
  refunded_fee   bigint NOT NULL DEFAULT 0,
  -- attempts declined so far, and how many there may be
  tries          int NOT NULL DEFAULT 0,
  tries_max      int NOT NULL DEFAULT 1,
  reference      text,
  description    text,
  customer_id    text,
  instrument_id  text,
  -- what the API keeps of the request: never changes
  request        json NOT NULL DEFAULT '{}',
  -- what came of it: card summary, approval code, token, …
  result         json NOT NULL DEFAULT '{}',
  created_at     timestamptz NOT NULL,
  updated_at     timestamptz NOT NULL,
  expires_at     timestamptz,
  finished_at    timestamptz,
  PRIMARY KEY (merchant_id, id),
  CHECK (captured + released <= authorized),
  CHECK (refunded + refunding <= captured)
-- Room for the next versions of a row beside it: each payment is written two or three times within a second.
) WITH (fillfactor = 50);

CREATE INDEX payments_created ON payments (api, merchant_id, created_at DESC, id DESC);
CREATE INDEX payments_reference ON payments (reference, api, merchant_id) WHERE reference IS NOT NULL;
CREATE INDEX payments_expiry ON payments (expires_at) WHERE expires_at IS NOT NULL AND finished_at IS NULL;

CREATE TABLE refunds (
  merchant_id  text NOT NULL,
  id           text NOT NULL,
  payment_id   text NOT NULL,
  state        text NOT NULL CHECK (state IN ('pending', 'processing', 'succeeded', 'failed', 'canceled')),
  reason       text,
  currency     text NOT NULL,
  amount       bigint NOT NULL CHECK (amount > 0),
  fee          bigint NOT NULL DEFAULT 0,
  reference    text,
  request      json NOT NULL DEFAULT '{}',
  result       json NOT NULL DEFAULT '{}',
  -- a refund that waits for its turn or its batch window starts then
  due_at       timestamptz,
  created_at   timestamptz NOT NULL,
  updated_at   timestamptz NOT NULL,
  PRIMARY KEY (merchant_id, id),
  FOREIGN KEY (merchant_id, payment_id) REFERENCES payments
);

CREATE INDEX refunds_payment ON refunds (payment_id, merchant_id);
CREATE INDEX refunds_created ON refunds (created_at DESC, id DESC, merchant_id);
CREATE INDEX refunds_due ON refunds (due_at) WHERE state = 'pending';

CREATE TABLE attempts (
  merchant_id    text NOT NULL,
  -- the idempotency key at the provider
  id             text NOT NULL,
  payment_id     text NOT NULL,
  refund_id      text,
  kind           text NOT NULL,
  provider       text NOT NULL,
  -- sent: outcome unknown; action: the payer must act; processing: the provider will know later
  state          text NOT NULL CHECK (state IN ('sent', 'action', 'processing', 'approved', 'declined')),
  currency       text NOT NULL,
  amount         bigint NOT NULL,
  parent_id      text,
  reason         text,
  action         json,
  facts          json NOT NULL DEFAULT '{}',
  -- what the payer used, as far as it may be shown
  instrument     json,
  -- the instrument that this attempt brought, usable once it is approved
  instrument_id  text,
  -- what the API keeps of a request that is an attempt of its own (a capture, a void)
  request        json NOT NULL DEFAULT '{}',
  sent_at        timestamptz NOT NULL,
  resolved_at    timestamptz,
  -- when to ask the provider about an open attempt
  inquire_at     timestamptz,
  inquiries      int NOT NULL DEFAULT 0,
  PRIMARY KEY (merchant_id, id),
  FOREIGN KEY (merchant_id, payment_id) REFERENCES payments
);

-- At most one attempt of a payment may be open: whatever the code does, money cannot be asked for twice at a time.
CREATE UNIQUE INDEX attempts_one_open ON attempts (payment_id, merchant_id) WHERE state IN ('sent', 'action', 'processing');
-- a provider's news name the attempt alone
CREATE INDEX attempts_key ON attempts (id);
CREATE INDEX attempts_payment ON attempts (payment_id, merchant_id);
CREATE INDEX attempts_inquire ON attempts (inquire_at) WHERE state IN ('sent', 'action', 'processing');

CREATE FUNCTION sums_to_zero(lines bigint[]) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT coalesce(sum(line), 0) = 0 FROM unnest(lines) AS line $$;

-- One row is one posting; its lines are two arrays of one length. The database itself refuses a posting that does not balance.
CREATE TABLE postings (
  merchant_id  text NOT NULL,
  id           text NOT NULL,
  kind         text NOT NULL,
  mode         text NOT NULL,
  payment_id   text NOT NULL,
  refund_id    text,
  attempt_id   text,
  currency     text NOT NULL,
  accounts     text[] NOT NULL,
  amounts      bigint[] NOT NULL,
  created_at   timestamptz NOT NULL,
  -- orders postings for the roll-up of balances: everything below the oldest running transaction is complete
  txid         xid8 NOT NULL DEFAULT pg_current_xact_id(),
  PRIMARY KEY (merchant_id, id),
  FOREIGN KEY (merchant_id, payment_id) REFERENCES payments,
  CHECK (cardinality(accounts) = cardinality(amounts) AND cardinality(accounts) >= 2),
  CHECK (sums_to_zero(amounts))
);

CREATE INDEX postings_payment ON postings (payment_id, merchant_id);
CREATE INDEX postings_txid ON postings (txid);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql
  AS $$ BEGIN RAISE EXCEPTION '% is append-only: correct a posting by another posting', TG_TABLE_NAME; END $$;

CREATE TRIGGER postings_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON postings FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Balances are rolled up from postings in the background: no payment updates a balance row.
CREATE TABLE balances (
  merchant_id  text NOT NULL,
  mode         text NOT NULL,
  account      text NOT NULL,
  currency     text NOT NULL,
  amount       bigint NOT NULL,
  PRIMARY KEY (merchant_id, mode, account, currency)
);

CREATE TABLE balances_rolled_up (
  only_row  boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  -- postings with a smaller transaction id are inside the balances
  below     xid8 NOT NULL
);

INSERT INTO balances_rolled_up (below) VALUES ('0'::xid8);

CREATE TABLE events (
  merchant_id  text NOT NULL,
  id           text NOT NULL,
  api          text NOT NULL,
  mode         text NOT NULL,
  payment_id   text,
  refund_id    text,
  type         text NOT NULL,
  -- the payment's version that the event tells of
  version      int NOT NULL,
  -- what could change later, as it was then: notifications are rendered from the payment and this
  snapshot     json NOT NULL,
  created_at   timestamptz NOT NULL,
  PRIMARY KEY (merchant_id, id)
);

CREATE INDEX events_created ON events (api, merchant_id, created_at DESC, id DESC);
CREATE INDEX events_payment ON events (payment_id, merchant_id);

-- Receivers that a merchant registers; other APIs name the receiver in each request.
CREATE TABLE webhook_endpoints (
  merchant_id  text NOT NULL REFERENCES merchants,
  id           text NOT NULL,
  api          text NOT NULL,
  mode         text NOT NULL,
  url          text NOT NULL,
  description  text,
  enabled      boolean NOT NULL DEFAULT true,
  event_types  text[] NOT NULL,
  sealed       bytea,
  key_version  int,
  created_at   timestamptz NOT NULL,
  deleted_at   timestamptz,
  PRIMARY KEY (merchant_id, id)
);

CREATE TABLE deliveries (
  merchant_id  text NOT NULL,
  id           text NOT NULL,
  event_id     text NOT NULL,
  payment_id   text,
  -- whose dialect the body is in
  api          text NOT NULL,
  url          text NOT NULL,
  endpoint_id  text,
  -- orders the deliveries of one receiver and payment
  position     bigint GENERATED ALWAYS AS IDENTITY,
  state        text NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'delivered', 'failed')),
  tries        int NOT NULL DEFAULT 0,
  due_at       timestamptz NOT NULL,
  -- a worker that took it is presumed dead after this
  leased_until timestamptz,
  created_at   timestamptz NOT NULL,
  finished_at  timestamptz,
  PRIMARY KEY (merchant_id, id),
  FOREIGN KEY (merchant_id, event_id) REFERENCES events
);

CREATE INDEX deliveries_due ON deliveries (due_at) WHERE state = 'due';
CREATE INDEX deliveries_event ON deliveries (event_id, merchant_id);
CREATE INDEX deliveries_payment ON deliveries (payment_id, merchant_id);

CREATE TABLE delivery_tries (
  merchant_id  text NOT NULL,
  delivery_id  text NOT NULL,
  number       int NOT NULL,
  at           timestamptz NOT NULL,
  duration_ms  int NOT NULL,
  status       int,
  error        text,
  -- first bytes of what the receiver answered
  answer       text,
  PRIMARY KEY (merchant_id, delivery_id, number),
  FOREIGN KEY (merchant_id, delivery_id) REFERENCES deliveries
);

-- Short-lived handles for browsers, kept as hashes.
CREATE TABLE sessions (
  merchant_id  text NOT NULL,
  hash         bytea NOT NULL,
  api          text NOT NULL,
  kind         text NOT NULL,
  payment_id   text,
  data         jsonb NOT NULL DEFAULT '{}',
  created_at   timestamptz NOT NULL,
  expires_at   timestamptz NOT NULL,
  used_at      timestamptz,
  PRIMARY KEY (merchant_id, hash)
);

CREATE INDEX sessions_expiry ON sessions (expires_at);

-- Idempotency: one key of one scope is taken once, in the commit of the effect it stands for.
CREATE TABLE claims (
  merchant_id   text NOT NULL,
  scope         text NOT NULL,
  key           text NOT NULL,
  -- the id of what the key made
  owner         text NOT NULL,
  request_hash  text,
  -- the stored answer, for APIs that replay it
  status        int,
  answer        text,
  created_at    timestamptz NOT NULL,
  expires_at    timestamptz,
  PRIMARY KEY (merchant_id, scope, key)
);

CREATE INDEX claims_expiry ON claims (expires_at) WHERE expires_at IS NOT NULL;
