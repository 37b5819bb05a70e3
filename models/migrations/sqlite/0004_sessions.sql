-- +goose Up
-- Signed-in browsers. Only the SHA-256 of the cookie rests here. Times are of the machine clock.
CREATE TABLE sessions (
    id TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    account_id TEXT NOT NULL,
    second_factor INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    user_agent TEXT NOT NULL,
    address TEXT NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX sessions_token_hash_key ON sessions (token_hash);
CREATE INDEX sessions_account_id_created_at_idx ON sessions (account_id, created_at);
CREATE INDEX sessions_expires_at_idx ON sessions (expires_at);
