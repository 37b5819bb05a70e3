-- +goose Up
-- A refund goes back in legs, one a payment. order_seq numbers an order's legs: two plans that were made of the same payments at once meet in its key.
-- due_at is when the marketplace passes the money on; theirs (JSON) how long it then takes to be seen. account is sealed and leaves once the leg is done.
CREATE TABLE refund_legs (
    id TEXT NOT NULL,
    refund_id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    order_seq INTEGER NOT NULL,
    kind TEXT NOT NULL,
    tender TEXT NOT NULL,
    destination TEXT NOT NULL,
    amount INTEGER NOT NULL,
    status TEXT NOT NULL,
    due_at INTEGER NOT NULL,
    theirs TEXT NOT NULL,
    account TEXT NULL,
    account_tail TEXT NULL,
    reference TEXT NULL,
    failure TEXT NULL,
    tries INTEGER NOT NULL,
    retry_by TEXT NULL,
    sent_at INTEGER NULL,
    done_at INTEGER NULL,
    changed_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX refund_legs_order_id_order_seq_key ON refund_legs (order_id, order_seq);
CREATE INDEX refund_legs_refund_id_order_seq_idx ON refund_legs (refund_id, order_seq);
CREATE INDEX refund_legs_status_due_at_id_idx ON refund_legs (status, due_at, id);
-- What the payment system told of a leg, each once by its reference.
CREATE TABLE refund_leg_events (
    leg_id TEXT NOT NULL,
    reference TEXT NOT NULL,
    event TEXT NOT NULL,
    reason TEXT NULL,
    at INTEGER NOT NULL,
    actor_id TEXT NOT NULL,
    PRIMARY KEY (leg_id, reference, event)
);
ALTER TABLE refunds ADD COLUMN lapsed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE order_refunds ADD COLUMN leg_id TEXT NULL;
ALTER TABLE refunds ADD COLUMN buyer_id TEXT NOT NULL DEFAULT '';
ALTER TABLE refunds ADD COLUMN seller_id TEXT NOT NULL DEFAULT '';
UPDATE refunds SET buyer_id = (SELECT c.buyer_id FROM claims c WHERE c.id = refunds.claim_id), seller_id = (SELECT c.seller_id FROM claims c WHERE c.id = refunds.claim_id);
CREATE INDEX refunds_created_at_id_idx ON refunds (created_at, id);
CREATE INDEX refunds_buyer_id_created_at_id_idx ON refunds (buyer_id, created_at, id);
CREATE INDEX refunds_seller_id_created_at_id_idx ON refunds (seller_id, created_at, id);
