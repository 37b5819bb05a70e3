-- +goose Up
-- What is on sale now, as the marketplace's feed tells it: the latest word on each SKU of a seller. at is when it was so, changed_at the latest of its kept changes.
CREATE TABLE IF NOT EXISTS listings (
    seller_id VARCHAR(128) NOT NULL,
    sku VARCHAR(128) NOT NULL,
    price BIGINT NOT NULL,
    currency VARCHAR(3) NOT NULL,
    available TINYINT(1) NOT NULL,
    at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (seller_id, sku)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
-- The changes of it that may still matter to a cancellation, and the first word after one.
CREATE TABLE IF NOT EXISTS listing_changes (
    seller_id VARCHAR(128) NOT NULL,
    sku VARCHAR(128) NOT NULL,
    at BIGINT NOT NULL,
    price BIGINT NOT NULL,
    currency VARCHAR(3) NOT NULL,
    available TINYINT(1) NOT NULL,
    told_at BIGINT NOT NULL,
    PRIMARY KEY (seller_id, sku, at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
-- What became of the listing in the days after a cancellation: told to be off sale, on sale still or again, and at a higher price. Once seen it stays.
ALTER TABLE cancellations ADD COLUMN sku VARCHAR(128) NOT NULL DEFAULT '', ADD COLUMN off_sale TINYINT(1) NOT NULL DEFAULT 0, ADD COLUMN on_sale TINYINT(1) NOT NULL DEFAULT 0,
    ADD COLUMN dearer TINYINT(1) NOT NULL DEFAULT 0, ADD KEY cancellations_seller_id_sku_cancelled_at_idx (seller_id, sku, cancelled_at);
-- Each version with the same, and the reason that a member of staff gave for it.
ALTER TABLE cancellation_versions ADD COLUMN off_sale TINYINT(1) NOT NULL DEFAULT 0, ADD COLUMN on_sale TINYINT(1) NOT NULL DEFAULT 0, ADD COLUMN dearer TINYINT(1) NOT NULL DEFAULT 0, ADD COLUMN reason TEXT NULL;
UPDATE cancellations SET sku = COALESCE((SELECT l.sku FROM order_lines l WHERE l.id = cancellations.order_line_id), '') WHERE sku = '';
-- Whether an order has named a SKU, and the orders placed of it after a cancellation.
CREATE INDEX order_lines_seller_id_sku_placed_at_idx ON order_lines (seller_id, sku, placed_at);
