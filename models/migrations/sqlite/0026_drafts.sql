-- +goose Up
-- A claim being written, kept per buyer, order and seller.
CREATE TABLE drafts (
    account_id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    seller_id TEXT NOT NULL,
    body TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, order_id, seller_id)
);
CREATE INDEX drafts_expires_at_idx ON drafts (expires_at);
