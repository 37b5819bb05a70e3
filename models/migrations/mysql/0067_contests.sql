-- +goose Up
-- What a seller says against an order being counted, once an order, and what staff say to it.
CREATE TABLE IF NOT EXISTS contests (
    id VARCHAR(64) NOT NULL,
    seller_id VARCHAR(128) NOT NULL,
    order_id VARCHAR(64) NOT NULL,
    status VARCHAR(16) NOT NULL,
    reason TEXT NOT NULL,
    contested_by VARCHAR(64) NOT NULL,
    contested_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    answer TEXT NULL,
    decided_by VARCHAR(64) NULL,
    decided_at BIGINT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY contests_seller_id_order_id_key (seller_id, order_id),
    KEY contests_status_due_at_id_idx (status, due_at, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
