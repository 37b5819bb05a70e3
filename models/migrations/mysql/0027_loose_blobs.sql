-- +goose Up
-- Keys of the evidence store that no upload names (not yet, or no longer), written down before the bytes are. What is due is deleted there. Machine clock.
CREATE TABLE loose_blobs (
    blob_key VARCHAR(128) NOT NULL,
    due_at BIGINT NOT NULL,
    PRIMARY KEY (blob_key),
    KEY loose_blobs_due_at_blob_key_idx (due_at, blob_key)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
