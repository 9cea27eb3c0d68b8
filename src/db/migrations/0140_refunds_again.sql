-- A refund that its provider could not do yet is sent again: it is `processing`, with the time when.
UPDATE refunds SET due_at = NULL WHERE state = 'processing';
DROP INDEX refunds_due;
CREATE INDEX refunds_due ON refunds (due_at) WHERE state IN ('pending', 'processing') AND due_at IS NOT NULL;

-- Only what a provider paid after declining it goes beyond what was captured, and says so: the database holds the limit for all else again.
UPDATE payments SET result = (result::jsonb || jsonb_build_object('over_refunded', (refunded + refunding - captured)::text))::json WHERE refunded + refunding > captured;
ALTER TABLE payments DROP CONSTRAINT payments_refunding;
ALTER TABLE payments ADD CONSTRAINT payments_refunding CHECK (
  refunding >= 0 AND refunding <= captured
  AND (refunded + refunding <= captured OR (result->>'over_refunded' IS NOT NULL AND refunded + refunding <= captured + (result->>'over_refunded')::bigint)));
