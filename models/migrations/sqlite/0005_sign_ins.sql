-- +goose Up
-- One-time sign-ins by mail link, printed link or hand-off. Machine clock.
CREATE TABLE sign_ins (
    id TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    email TEXT NOT NULL,
    kind TEXT NOT NULL,
    browser_hash TEXT NOT NULL,
    next_path TEXT NOT NULL,
    locale TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER NULL,
    tries INTEGER NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX sign_ins_token_hash_key ON sign_ins (token_hash);
CREATE INDEX sign_ins_email_created_at_idx ON sign_ins (email, created_at);
CREATE INDEX sign_ins_expires_at_idx ON sign_ins (expires_at);
