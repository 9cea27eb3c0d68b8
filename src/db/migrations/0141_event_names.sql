-- The name under which an API tells registered endpoints of an event, for merchants who ask for the events that they were told; null where nobody is told.
ALTER TABLE events ADD COLUMN name text;

UPDATE events e SET name = CASE
  WHEN e.payment_id IS NULL THEN e.type
  WHEN e.type IN ('payment.expired', 'payment.canceled') THEN CASE
    WHEN p.reference = 'checkout_session' AND e.snapshot->'payment'->'result'->'api'->'started_at' IS NULL THEN 'checkout_session.expired' ELSE 'payment_intent.expired' END
  WHEN e.type = 'payment.processing' THEN 'payment_intent.pending'
  WHEN e.type IN ('payment.succeeded', 'payment.failed', 'payment.rejected') THEN replace(e.type, 'payment.', 'payment_intent.')
  WHEN e.type = 'refund.processing' THEN 'refund.in_progress'
  WHEN e.type IN ('refund.succeeded', 'refund.failed', 'refund.canceled') THEN e.type END
FROM events e2 LEFT JOIN payments p ON p.merchant_id = e2.merchant_id AND p.id = e2.payment_id
WHERE e2.merchant_id = e.merchant_id AND e2.id = e.id AND e.api = 'fintoc' AND e2.api = 'fintoc';
