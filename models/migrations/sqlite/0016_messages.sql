-- +goose Up
-- Words between buyer, seller and staff, on order lines (message_lines) or on a claim.
CREATE TABLE messages (
    id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    seller_id TEXT NOT NULL,
    claim_id TEXT NULL,
    author_role TEXT NOT NULL,
    author_id TEXT NOT NULL,
    author_name TEXT NOT NULL,
    topic TEXT NOT NULL,
    body TEXT NOT NULL,
    locale TEXT NOT NULL,
    warnings TEXT NULL,
    sent_at INTEGER NOT NULL,
    scam_reported_at INTEGER NULL,
    PRIMARY KEY (id)
);
CREATE INDEX messages_claim_id_sent_at_id_idx ON messages (claim_id, sent_at, id);
