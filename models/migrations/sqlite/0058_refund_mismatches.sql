-- +goose Up
-- What is told to have come back and fits no leg of a refund that is not done: while one is open, the refund's legs are held. amount is what came back, taken what of it the line's
-- owed sum lost; leg_id is the leg it names, '' for none; proposed_version is the refund's version as the first of two people saw it.
CREATE TABLE refund_mismatches (
    id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    refund_id TEXT NOT NULL,
    reference TEXT NOT NULL,
    leg_id TEXT NOT NULL,
    source TEXT NOT NULL,
    line_no INTEGER NOT NULL,
    tender TEXT NOT NULL,
    amount INTEGER NOT NULL,
    taken INTEGER NOT NULL,
    counted INTEGER NOT NULL,
    state TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    choice TEXT NULL,
    reason TEXT NULL,
    proposed_by TEXT NULL,
    proposed_version INTEGER NOT NULL,
    decided_by TEXT NULL,
    decided_at INTEGER NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX refund_mismatches_refund_id_reference_leg_id_key ON refund_mismatches (refund_id, reference, leg_id);
CREATE INDEX refund_mismatches_state_opened_at_id_idx ON refund_mismatches (state, opened_at, id);
ALTER TABLE refunds ADD COLUMN mismatches INTEGER NOT NULL DEFAULT 0;
-- counted_as is the reference of the payment that a leg was counted as paid by.
ALTER TABLE refund_legs ADD COLUMN held_from TEXT NULL;
ALTER TABLE refund_legs ADD COLUMN counted_as TEXT NULL;
ALTER TABLE order_refunds ADD COLUMN counted INTEGER NOT NULL DEFAULT 0;
