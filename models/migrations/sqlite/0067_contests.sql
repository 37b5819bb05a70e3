-- +goose Up
-- What a seller says against an order being counted, once an order, and what staff say to it.
CREATE TABLE contests (
    id TEXT NOT NULL,
    seller_id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    status TEXT NOT NULL,
    reason TEXT NOT NULL,
    contested_by TEXT NOT NULL,
    contested_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    answer TEXT NULL,
    decided_by TEXT NULL,
    decided_at INTEGER NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX contests_seller_id_order_id_key ON contests (seller_id, order_id);
CREATE INDEX contests_status_due_at_id_idx ON contests (status, due_at, id);
