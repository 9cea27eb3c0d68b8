-- Data keys of the vault, each wrapped under a key-encryption key that is not in this database.
-- They belong to the platform, so there is no merchant here; every process holds them all in memory.

CREATE TABLE vault_keys (
  -- counts keys of both purposes; written in front of every sealed value
  version     int PRIMARY KEY CHECK (version > 0),
  purpose     text NOT NULL CHECK (purpose IN ('seal', 'fingerprint')),
  -- version, purpose and key under AES-256-GCM, so that a row cannot pass for another one
  wrapped     bytea NOT NULL,
  -- which key-encryption key opens it
  kek_id      text NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now(),
  -- nothing was sealed under it any more then; kept, because a backup may still need it
  retired_at  timestamptz
);

-- Fingerprints must find the same card for ever: there is one fingerprint key, and two processes at first start cannot make two.
CREATE UNIQUE INDEX vault_keys_one_fingerprint ON vault_keys (purpose) WHERE purpose = 'fingerprint';
