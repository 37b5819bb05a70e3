-- +goose Up
-- Lines that their seller cancelled, each with what is known of the cause: the seller's stated reason, the buyer's answer and the finding. undone_at is when the marketplace took a cancellation back.
CREATE TABLE IF NOT EXISTS cancellations (
    order_line_id VARCHAR(64) NOT NULL,
    order_id VARCHAR(64) NOT NULL,
    seller_id VARCHAR(128) NOT NULL,
    placed_at BIGINT NOT NULL,
    cancelled_at BIGINT NOT NULL,
    stated VARCHAR(64) NOT NULL,
    answer VARCHAR(32) NULL,
    answered_at BIGINT NULL,
    changed_at BIGINT NULL,
    finding VARCHAR(16) NOT NULL,
    basis VARCHAR(16) NOT NULL,
    undone_at BIGINT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (order_line_id),
    KEY cancellations_seller_id_cancelled_at_order_line_id_idx (seller_id, cancelled_at, order_line_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
-- Every version of it, and who made it so.
CREATE TABLE IF NOT EXISTS cancellation_versions (
    order_line_id VARCHAR(64) NOT NULL,
    version BIGINT NOT NULL,
    at BIGINT NOT NULL,
    by_role VARCHAR(16) NOT NULL,
    by_id VARCHAR(64) NOT NULL,
    stated VARCHAR(64) NOT NULL,
    answer VARCHAR(32) NULL,
    finding VARCHAR(16) NOT NULL,
    basis VARCHAR(16) NOT NULL,
    undone_at BIGINT NULL,
    PRIMARY KEY (order_line_id, version)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
-- What was cancelled before there was this table: the stated reason stands.
INSERT INTO cancellations (order_line_id, order_id, seller_id, placed_at, cancelled_at, stated, finding, basis, version)
    SELECT id, order_id, seller_id, placed_at, cancelled_at, COALESCE(NULLIF(cancel_reason, ''), 'other'),
        CASE cancel_reason WHEN 'out_of_stock' THEN 'stock_out' WHEN 'buyer_request' THEN 'buyer_request' ELSE 'other' END, 'stated', 1
    FROM order_lines WHERE status = 'cancelled' AND cancelled_by = 'seller' AND cancelled_at IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM cancellations c WHERE c.order_line_id = order_lines.id);
