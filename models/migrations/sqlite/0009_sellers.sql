-- +goose Up
-- Sellers by the marketplace id.
CREATE TABLE sellers (
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    locale TEXT NOT NULL,
    suspended INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (id)
);
