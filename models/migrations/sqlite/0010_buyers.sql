-- +goose Up
-- Buyers by the marketplace id. A person is matched by email.
CREATE TABLE buyers (
    id TEXT NOT NULL,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    locale TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX buyers_email_idx ON buyers (email);
