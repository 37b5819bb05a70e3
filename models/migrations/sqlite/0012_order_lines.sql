-- +goose Up
-- One line has one seller. total = unit_price x quantity + tax + shipping, in minor units; refunded by the marketplace, owed by decided claims. deadline_at only ever moves later.
CREATE TABLE order_lines (
    id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    line_no INTEGER NOT NULL,
    seller_id TEXT NOT NULL,
    placed_at INTEGER NOT NULL,
    sku TEXT NOT NULL,
    title TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    unit_price INTEGER NOT NULL,
    tax INTEGER NOT NULL,
    shipping INTEGER NOT NULL,
    total INTEGER NOT NULL,
    refunded INTEGER NOT NULL,
    owed INTEGER NOT NULL,
    fulfilled_by TEXT NOT NULL,
    digital INTEGER NOT NULL,
    listing TEXT NULL,
    estimated_earliest TEXT NULL,
    estimated_latest TEXT NULL,
    status TEXT NOT NULL,
    cancelled_at INTEGER NULL,
    cancelled_by TEXT NULL,
    cancel_reason TEXT NULL,
    carrier TEXT NULL,
    tracking_number TEXT NULL,
    shipped_at INTEGER NULL,
    first_scan_at INTEGER NULL,
    delivered_at INTEGER NULL,
    exception TEXT NULL,
    deadline_at INTEGER NOT NULL,
    contact_id TEXT NULL,
    open_claim_id TEXT NULL,
    claims_counted INTEGER NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX order_lines_order_id_line_no_key ON order_lines (order_id, line_no);
CREATE INDEX order_lines_seller_id_placed_at_order_id_idx ON order_lines (seller_id, placed_at, order_id);
CREATE INDEX order_lines_tracking_number_idx ON order_lines (tracking_number);
