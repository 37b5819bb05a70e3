-- +goose Up
-- Refunds the marketplace reported, once by reference.
CREATE TABLE order_refunds (
    order_id VARCHAR(64) NOT NULL,
    reference VARCHAR(128) NOT NULL,
    line_no BIGINT NOT NULL,
    tender VARCHAR(32) NOT NULL,
    amount BIGINT NOT NULL,
    refunded_at BIGINT NOT NULL,
    PRIMARY KEY (order_id, reference)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
