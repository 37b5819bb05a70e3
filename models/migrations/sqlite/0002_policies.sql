-- +goose Up
-- Versioned policy values. A claim keeps the version it was filed under.
CREATE TABLE policies (
    version INTEGER NOT NULL,
    effective_at INTEGER NOT NULL,
    body TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT NULL,
    PRIMARY KEY (version)
);
