-- +goose Up
-- Files received. Times of the machine clock; gone after 24 h unless attached.
CREATE TABLE uploads (
    id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    state TEXT NOT NULL,
    file_name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    pages INTEGER NOT NULL,
    staging_key TEXT NULL,
    original_key TEXT NULL,
    copy_key TEXT NULL,
    copy_type TEXT NULL,
    copy_size INTEGER NOT NULL,
    thumb_key TEXT NULL,
    reason TEXT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    attached INTEGER NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX uploads_attached_expires_at_id_idx ON uploads (attached, expires_at, id);
CREATE INDEX uploads_account_id_created_at_id_idx ON uploads (account_id, created_at, id);
