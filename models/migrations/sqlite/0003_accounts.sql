-- +goose Up
-- A person or a system that may act. totp_secret and totp_pending are encrypted; recovery holds hashes.
CREATE TABLE accounts (
    id TEXT NOT NULL,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    locale TEXT NOT NULL,
    role TEXT NOT NULL,
    seller_id TEXT NULL,
    status TEXT NOT NULL,
    totp_secret TEXT NULL,
    totp_pending TEXT NULL,
    totp_step INTEGER NOT NULL,
    recovery TEXT NULL,
    created_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX accounts_email_key ON accounts (email);
CREATE INDEX accounts_seller_id_idx ON accounts (seller_id);
CREATE INDEX accounts_role_id_idx ON accounts (role, id);
