-- The book of the simulated outside world. It is nobody's business but the sandbox networks': nothing else reads or writes it,
-- except an audit that compares it with ours. It never holds a card number beyond its first six and last four digits, nor a CVV.
CREATE TABLE IF NOT EXISTS public.sandbox_operations (
  key         text PRIMARY KEY,       -- the caller's idempotency key
  network     text NOT NULL,          -- which network keeps this line
  kind        text NOT NULL,
  mode        text NOT NULL,
  method      text NOT NULL,
  status      text NOT NULL,
  amount      bigint NOT NULL,        -- minor units
  currency    text NOT NULL,
  parent_key  text,
  captured    bigint NOT NULL,        -- minor units that were captured of this operation
  refunded    bigint NOT NULL,        -- minor units that went back
  released    bigint NOT NULL,        -- minor units that voids let go of
  card_first6 text,
  card_last4  text,
  reason      text,                   -- why it was declined
  action      jsonb,                  -- what the payer has to do
  facts       jsonb NOT NULL,
  notes       jsonb NOT NULL,         -- what the network remembers to finish the operation
  handle      text,                   -- how a payer's browser names the operation
  expires_at  timestamptz,            -- when waiting for the payer ends
  due_at      timestamptz,            -- when the network itself moves it on
  created_at  timestamptz NOT NULL,
  updated_at  timestamptz NOT NULL,
  -- A declined nonsense may have a negative amount; nothing is ever captured of it.
  CHECK (captured BETWEEN 0 AND greatest(amount, 0)),
  CHECK (refunded BETWEEN 0 AND captured),
  CHECK (released BETWEEN 0 AND greatest(amount, 0))
);
CREATE UNIQUE INDEX IF NOT EXISTS sandbox_operations_handle ON public.sandbox_operations (handle) WHERE handle IS NOT NULL;
CREATE INDEX IF NOT EXISTS sandbox_operations_due ON public.sandbox_operations (due_at) WHERE due_at IS NOT NULL;
-- Books of before partial voids knew only that an operation had been voided as a whole.
DO $$ BEGIN
  IF EXISTS (SELECT 1 FROM information_schema.columns WHERE table_schema = 'public' AND table_name = 'sandbox_operations' AND column_name = 'voided') THEN
    ALTER TABLE public.sandbox_operations ADD COLUMN released bigint NOT NULL DEFAULT 0 CHECK (released BETWEEN 0 AND greatest(amount, 0));
    UPDATE public.sandbox_operations SET released = CASE kind WHEN 'sale' THEN amount ELSE amount - captured END WHERE voided;
    ALTER TABLE public.sandbox_operations DROP COLUMN voided;
  END IF; END $$;
