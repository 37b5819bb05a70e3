-- +goose Up
-- Orders as the marketplace tells them.
CREATE TABLE orders (
    id VARCHAR(64) NOT NULL,
    number VARCHAR(128) NOT NULL,
    buyer_id VARCHAR(128) NOT NULL,
    placed_at BIGINT NOT NULL,
    source_updated_at BIGINT NULL,
    currency VARCHAR(3) NOT NULL,
    chargeback TINYINT(1) NOT NULL,
    payments MEDIUMTEXT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY orders_number_key (number),
    KEY orders_buyer_id_placed_at_id_idx (buyer_id, placed_at, id),
    KEY orders_placed_at_id_idx (placed_at, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
