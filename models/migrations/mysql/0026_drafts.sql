-- +goose Up
-- A claim being written, kept per buyer, order and seller.
CREATE TABLE drafts (
    account_id VARCHAR(64) NOT NULL,
    order_id VARCHAR(64) NOT NULL,
    seller_id VARCHAR(128) NOT NULL,
    body MEDIUMTEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, order_id, seller_id),
    KEY drafts_expires_at_idx (expires_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
