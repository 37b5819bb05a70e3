-- +goose Up
-- One hash chain a claim. Personal words stand in texts; data holds their salted digests.
CREATE TABLE claim_events (
    claim_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    actor_role TEXT NOT NULL,
    actor_id TEXT NOT NULL,
    type TEXT NOT NULL,
    data TEXT NOT NULL,
    texts TEXT NULL,
    audience TEXT NOT NULL,
    prev_hash TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (claim_id, seq)
) WITHOUT ROWID;
