-- Attempts whose provider never said what became of them are asked about once a day.
CREATE INDEX attempts_unresolved ON attempts (inquire_at) WHERE reason = 'unresolved';
