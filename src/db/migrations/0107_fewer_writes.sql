-- What every payment pays for and no payment needs (measured: docs/performance.md).

-- A key that begins with the attempt's id serves who knows the merchant and who does not (a provider's news).
ALTER TABLE attempts DROP CONSTRAINT attempts_pkey;
ALTER TABLE attempts ADD PRIMARY KEY (id, merchant_id);
DROP INDEX attempts_key;

-- Only APIs whose merchants list events need them in order. (No plan for a key takes this one by mistake: a key names no API.)
DROP INDEX events_created;
CREATE INDEX events_fintoc ON events (merchant_id, created_at DESC, id DESC) WHERE api = 'fintoc';

-- Sessions are swept by time, and stored in the order of time.
DROP INDEX sessions_expiry;
CREATE INDEX sessions_expiry ON sessions USING brin (expires_at) WITH (autosummarize = on);

-- The same rule as an expression that the database evaluates in place: no posting of ours has more than five lines.
ALTER TABLE postings DROP CONSTRAINT postings_amounts_check;
ALTER TABLE postings ADD CONSTRAINT postings_balance CHECK (cardinality(amounts) <= 6 AND coalesce(amounts[1], 0) + coalesce(amounts[2], 0)
  + coalesce(amounts[3], 0) + coalesce(amounts[4], 0) + coalesce(amounts[5], 0) + coalesce(amounts[6], 0) = 0);
DROP FUNCTION sums_to_zero(bigint[]);
