-- +goose Up
-- Bearer tokens of the API; 256 random bits, SHA-256 at rest. Machine clock.
CREATE TABLE api_tokens (
    id TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    account_id TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NULL,
    last_used_at INTEGER NULL,
    revoked_at INTEGER NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX api_tokens_token_hash_key ON api_tokens (token_hash);
CREATE INDEX api_tokens_account_id_created_at_idx ON api_tokens (account_id, created_at);
