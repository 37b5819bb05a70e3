-- +goose Up
-- Who proposed and who published a version, and why. A withdrawn version never takes effect; its number is not given again.
ALTER TABLE policies ADD COLUMN base_version INTEGER NULL;
ALTER TABLE policies ADD COLUMN name TEXT NULL;
ALTER TABLE policies ADD COLUMN proposed_by TEXT NULL;
ALTER TABLE policies ADD COLUMN reason TEXT NULL;
ALTER TABLE policies ADD COLUMN withdrawn_at INTEGER NULL;
ALTER TABLE policies ADD COLUMN withdrawn_by TEXT NULL;
ALTER TABLE policies ADD COLUMN withdraw_reason TEXT NULL;
-- A set of values on its way to be a version. status is open, proposed, published or discarded.
CREATE TABLE policy_drafts (
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    base_version INTEGER NOT NULL,
    body TEXT NOT NULL,
    status TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    changed_by TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    proposed_by TEXT NULL,
    proposed_at INTEGER NULL,
    effective_at INTEGER NULL,
    reason TEXT NULL,
    against INTEGER NULL,
    returned_by TEXT NULL,
    returned_at INTEGER NULL,
    returned_words TEXT NULL,
    published_as INTEGER NULL,
    PRIMARY KEY (id)
);
CREATE INDEX policy_drafts_status_changed_at_id_idx ON policy_drafts (status, changed_at, id);
