-- +goose Up
-- What staff, admins and operators did outside the cases, one hash chain. Personal words stand in texts; data holds their salted digests.
CREATE TABLE audit_entries (
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    actor_role TEXT NOT NULL,
    actor_id TEXT NOT NULL,
    type TEXT NOT NULL,
    target_kind TEXT NOT NULL,
    target_id TEXT NOT NULL,
    data TEXT NOT NULL,
    texts TEXT NULL,
    prev_hash TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (seq)
) WITHOUT ROWID;
CREATE INDEX audit_entries_at_idx ON audit_entries (at, seq);
CREATE INDEX audit_entries_actor_id_at_idx ON audit_entries (actor_id, at, seq);
CREATE INDEX audit_entries_type_at_idx ON audit_entries (type, at, seq);
CREATE INDEX audit_entries_target_id_at_idx ON audit_entries (target_id, at, seq);
-- How far the chain has come: who adds to it takes this row first.
CREATE TABLE audit_heads (
    id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (id)
);
