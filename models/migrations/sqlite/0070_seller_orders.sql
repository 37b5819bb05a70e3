-- +goose Up
-- Each order as it counts for one seller of its lines, kept with what changes it. day is of placed_at, in UTC, from 1970 on, placed_at is the order's, marks are bits (sellerMarks).
CREATE TABLE IF NOT EXISTS seller_orders (
    seller_id TEXT NOT NULL,
    day INTEGER NOT NULL,
    placed_at INTEGER NOT NULL,
    order_id TEXT NOT NULL,
    marks INTEGER NOT NULL,
    contacted_at INTEGER NULL,
    answered_at INTEGER NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (seller_id, day, placed_at, order_id)
) WITHOUT ROWID;
-- The sums of these rows by day, so that a window is whole days and the rows of one day.
CREATE TABLE IF NOT EXISTS seller_days (
    seller_id TEXT NOT NULL,
    day INTEGER NOT NULL,
    orders INTEGER NOT NULL,
    cancelled INTEGER NOT NULL,
    stock_out INTEGER NOT NULL,
    misdeclared INTEGER NOT NULL,
    buyer_request INTEGER NOT NULL,
    other INTEGER NOT NULL,
    counted INTEGER NOT NULL,
    shipped INTEGER NOT NULL,
    late INTEGER NOT NULL,
    untracked INTEGER NOT NULL,
    defects INTEGER NOT NULL,
    contacted INTEGER NOT NULL,
    answered INTEGER NOT NULL,
    answer_time INTEGER NOT NULL,
    PRIMARY KEY (seller_id, day)
) WITHOUT ROWID;
