-- A provider may pay a refund that it had declined, after its amount had gone back in another way. Money that moved is booked, so more may
-- have been refunded than was captured; that nobody asks for more is the code's to see to, and the audit's. NOT VALID: rows that are there
-- have kept the stricter rule, and need not be read.
ALTER TABLE payments DROP CONSTRAINT payments_check1;
ALTER TABLE payments ADD CONSTRAINT payments_refunding CHECK (refunding >= 0 AND refunding <= captured) NOT VALID;
