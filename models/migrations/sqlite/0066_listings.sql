-- +goose Up
-- What is on sale now, as the marketplace's feed tells it: the latest word on each SKU of a seller. at is when it was so, changed_at the latest of its kept changes.
CREATE TABLE listings (
    seller_id TEXT NOT NULL,
    sku TEXT NOT NULL,
    price INTEGER NOT NULL,
    currency TEXT NOT NULL,
    available INTEGER NOT NULL,
    at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (seller_id, sku)
);
-- The changes of it that may still matter to a cancellation, and the first word after one.
CREATE TABLE listing_changes (
    seller_id TEXT NOT NULL,
    sku TEXT NOT NULL,
    at INTEGER NOT NULL,
    price INTEGER NOT NULL,
    currency TEXT NOT NULL,
    available INTEGER NOT NULL,
    told_at INTEGER NOT NULL,
    PRIMARY KEY (seller_id, sku, at)
);
-- What became of the listing in the days after a cancellation: told to be off sale, on sale still or again, and at a higher price. Once seen it stays.
ALTER TABLE cancellations ADD COLUMN sku TEXT NOT NULL DEFAULT '';
ALTER TABLE cancellations ADD COLUMN off_sale INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cancellations ADD COLUMN on_sale INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cancellations ADD COLUMN dearer INTEGER NOT NULL DEFAULT 0;
CREATE INDEX cancellations_seller_id_sku_cancelled_at_idx ON cancellations (seller_id, sku, cancelled_at);
-- Each version with the same, and the reason that a member of staff gave for it.
ALTER TABLE cancellation_versions ADD COLUMN off_sale INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cancellation_versions ADD COLUMN on_sale INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cancellation_versions ADD COLUMN dearer INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cancellation_versions ADD COLUMN reason TEXT NULL;
UPDATE cancellations SET sku = COALESCE((SELECT l.sku FROM order_lines l WHERE l.id = cancellations.order_line_id), '') WHERE sku = '';
-- Whether an order has named a SKU, and the orders placed of it after a cancellation.
CREATE INDEX order_lines_seller_id_sku_placed_at_idx ON order_lines (seller_id, sku, placed_at);
