-- +goose Up
-- Refunds the marketplace reported, once by reference.
CREATE TABLE order_refunds (
    order_id TEXT NOT NULL,
    reference TEXT NOT NULL,
    line_no INTEGER NOT NULL,
    tender TEXT NOT NULL,
    amount INTEGER NOT NULL,
    refunded_at INTEGER NOT NULL,
    PRIMARY KEY (order_id, reference)
);
