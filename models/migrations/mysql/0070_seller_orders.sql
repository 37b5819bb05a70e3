-- +goose Up
-- Each order as it counts for one seller of its lines, kept with what changes it. day is of placed_at, in UTC, from 1970 on, placed_at is the order's, marks are bits (sellerMarks).
CREATE TABLE IF NOT EXISTS seller_orders (
    seller_id VARCHAR(128) NOT NULL,
    day BIGINT NOT NULL,
    placed_at BIGINT NOT NULL,
    order_id VARCHAR(64) NOT NULL,
    marks BIGINT NOT NULL,
    contacted_at BIGINT NULL,
    answered_at BIGINT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (seller_id, day, placed_at, order_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
-- The sums of these rows by day, so that a window is whole days and the rows of one day.
CREATE TABLE IF NOT EXISTS seller_days (
    seller_id VARCHAR(128) NOT NULL,
    day BIGINT NOT NULL,
    orders BIGINT NOT NULL,
    cancelled BIGINT NOT NULL,
    stock_out BIGINT NOT NULL,
    misdeclared BIGINT NOT NULL,
    buyer_request BIGINT NOT NULL,
    other BIGINT NOT NULL,
    counted BIGINT NOT NULL,
    shipped BIGINT NOT NULL,
    late BIGINT NOT NULL,
    untracked BIGINT NOT NULL,
    defects BIGINT NOT NULL,
    contacted BIGINT NOT NULL,
    answered BIGINT NOT NULL,
    answer_time BIGINT NOT NULL,
    PRIMARY KEY (seller_id, day)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
