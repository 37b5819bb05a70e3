-- +goose Up
-- A seller's answer being written, one a claim; account_id is the member who writes it.
CREATE TABLE answer_drafts (
    claim_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    round INTEGER NOT NULL,
    version INTEGER NOT NULL,
    body TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (claim_id)
);
CREATE INDEX answer_drafts_expires_at_idx ON answer_drafts (expires_at);
