-- +goose Up
-- Keys of the evidence store that no upload names (not yet, or no longer), written down before the bytes are. What is due is deleted there. Machine clock.
CREATE TABLE loose_blobs (
    blob_key TEXT NOT NULL,
    due_at INTEGER NOT NULL,
    PRIMARY KEY (blob_key)
) WITHOUT ROWID;
CREATE INDEX loose_blobs_due_at_blob_key_idx ON loose_blobs (due_at, blob_key);
