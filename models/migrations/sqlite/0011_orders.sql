-- +goose Up
-- Orders as the marketplace tells them.
CREATE TABLE orders (
    id TEXT NOT NULL,
    number TEXT NOT NULL,
    buyer_id TEXT NOT NULL,
    placed_at INTEGER NOT NULL,
    source_updated_at INTEGER NULL,
    currency TEXT NOT NULL,
    chargeback INTEGER NOT NULL,
    payments TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX orders_number_key ON orders (number);
CREATE INDEX orders_buyer_id_placed_at_id_idx ON orders (buyer_id, placed_at, id);
CREATE INDEX orders_placed_at_id_idx ON orders (placed_at, id);
