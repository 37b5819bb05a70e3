-- +goose Up
-- Money owed back. One a claim and cause.
CREATE TABLE refunds (
    id TEXT NOT NULL,
    claim_id TEXT NOT NULL,
    cause TEXT NOT NULL,
    order_id TEXT NOT NULL,
    order_number TEXT NOT NULL,
    currency TEXT NOT NULL,
    total INTEGER NOT NULL,
    borne_by TEXT NOT NULL,
    status TEXT NOT NULL,
    shares TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    done_at INTEGER NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX refunds_claim_id_cause_key ON refunds (claim_id, cause);
CREATE INDEX refunds_order_id_idx ON refunds (order_id);
CREATE INDEX refunds_status_created_at_id_idx ON refunds (status, created_at, id);
