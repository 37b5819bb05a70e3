-- +goose Up
-- What is told to have come back and fits no leg of a refund that is not done: while one is open, the refund's legs are held. amount is what came back, taken what of it the line's
-- owed sum lost; leg_id is the leg it names, '' for none; proposed_version is the refund's version as the first of two people saw it.
CREATE TABLE refund_mismatches (
    id VARCHAR(64) NOT NULL,
    order_id VARCHAR(64) NOT NULL,
    refund_id VARCHAR(64) NOT NULL,
    reference VARCHAR(128) NOT NULL,
    leg_id VARCHAR(64) NOT NULL,
    source VARCHAR(8) NOT NULL,
    line_no BIGINT NOT NULL,
    tender VARCHAR(32) NOT NULL,
    amount BIGINT NOT NULL,
    taken BIGINT NOT NULL,
    counted BIGINT NOT NULL,
    state VARCHAR(8) NOT NULL,
    opened_at BIGINT NOT NULL,
    choice VARCHAR(8) NULL,
    reason VARCHAR(1000) NULL,
    proposed_by VARCHAR(64) NULL,
    proposed_version BIGINT NOT NULL,
    decided_by VARCHAR(64) NULL,
    decided_at BIGINT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY refund_mismatches_refund_id_reference_leg_id_key (refund_id, reference, leg_id),
    KEY refund_mismatches_state_opened_at_id_idx (state, opened_at, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
ALTER TABLE refunds ADD COLUMN mismatches BIGINT NOT NULL DEFAULT 0;
-- counted_as is the reference of the payment that a leg was counted as paid by.
ALTER TABLE refund_legs ADD COLUMN held_from VARCHAR(16) NULL;
ALTER TABLE refund_legs ADD COLUMN counted_as VARCHAR(128) NULL;
ALTER TABLE order_refunds ADD COLUMN counted BIGINT NOT NULL DEFAULT 0;
