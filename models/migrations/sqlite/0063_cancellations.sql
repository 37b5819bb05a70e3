-- +goose Up
-- Lines that their seller cancelled, each with what is known of the cause: the seller's stated reason, the buyer's answer and the finding. undone_at is when the marketplace took a cancellation back.
CREATE TABLE cancellations (
    order_line_id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    seller_id TEXT NOT NULL,
    placed_at INTEGER NOT NULL,
    cancelled_at INTEGER NOT NULL,
    stated TEXT NOT NULL,
    answer TEXT NULL,
    answered_at INTEGER NULL,
    changed_at INTEGER NULL,
    finding TEXT NOT NULL,
    basis TEXT NOT NULL,
    undone_at INTEGER NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (order_line_id)
);
CREATE INDEX cancellations_seller_id_cancelled_at_order_line_id_idx ON cancellations (seller_id, cancelled_at, order_line_id);
-- Every version of it, and who made it so.
CREATE TABLE cancellation_versions (
    order_line_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    at INTEGER NOT NULL,
    by_role TEXT NOT NULL,
    by_id TEXT NOT NULL,
    stated TEXT NOT NULL,
    answer TEXT NULL,
    finding TEXT NOT NULL,
    basis TEXT NOT NULL,
    undone_at INTEGER NULL,
    PRIMARY KEY (order_line_id, version)
);
-- What was cancelled before there was this table: the stated reason stands.
INSERT INTO cancellations (order_line_id, order_id, seller_id, placed_at, cancelled_at, stated, finding, basis, version)
    SELECT id, order_id, seller_id, placed_at, cancelled_at, COALESCE(NULLIF(cancel_reason, ''), 'other'),
        CASE cancel_reason WHEN 'out_of_stock' THEN 'stock_out' WHEN 'buyer_request' THEN 'buyer_request' ELSE 'other' END, 'stated', 1
    FROM order_lines WHERE status = 'cancelled' AND cancelled_by = 'seller' AND cancelled_at IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM cancellations c WHERE c.order_line_id = order_lines.id);
