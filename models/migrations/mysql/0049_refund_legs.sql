-- +goose Up
-- A refund goes back in legs, one a payment. order_seq numbers an order's legs: two plans that were made of the same payments at once meet in its key.
-- due_at is when the marketplace passes the money on; theirs (JSON) how long it then takes to be seen. account is sealed and leaves once the leg is done.
CREATE TABLE refund_legs (
    id VARCHAR(64) NOT NULL,
    refund_id VARCHAR(64) NOT NULL,
    order_id VARCHAR(64) NOT NULL,
    order_seq BIGINT NOT NULL,
    kind VARCHAR(16) NOT NULL,
    tender VARCHAR(32) NOT NULL,
    destination VARCHAR(32) NOT NULL,
    amount BIGINT NOT NULL,
    status VARCHAR(16) NOT NULL,
    due_at BIGINT NOT NULL,
    theirs TEXT NOT NULL,
    account TEXT NULL,
    account_tail VARCHAR(16) NULL,
    reference VARCHAR(128) NULL,
    failure VARCHAR(500) NULL,
    tries BIGINT NOT NULL,
    retry_by VARCHAR(64) NULL,
    sent_at BIGINT NULL,
    done_at BIGINT NULL,
    changed_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY refund_legs_order_id_order_seq_key (order_id, order_seq),
    KEY refund_legs_refund_id_order_seq_idx (refund_id, order_seq),
    KEY refund_legs_status_due_at_id_idx (status, due_at, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
-- What the payment system told of a leg, each once by its reference.
CREATE TABLE refund_leg_events (
    leg_id VARCHAR(64) NOT NULL,
    reference VARCHAR(128) NOT NULL,
    event VARCHAR(16) NOT NULL,
    reason VARCHAR(500) NULL,
    at BIGINT NOT NULL,
    actor_id VARCHAR(64) NOT NULL,
    PRIMARY KEY (leg_id, reference, event)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
ALTER TABLE refunds ADD COLUMN lapsed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE order_refunds ADD COLUMN leg_id VARCHAR(64) NULL;
ALTER TABLE refunds ADD COLUMN buyer_id VARCHAR(128) NOT NULL DEFAULT '';
ALTER TABLE refunds ADD COLUMN seller_id VARCHAR(128) NOT NULL DEFAULT '';
UPDATE refunds SET buyer_id = (SELECT c.buyer_id FROM claims c WHERE c.id = refunds.claim_id), seller_id = (SELECT c.seller_id FROM claims c WHERE c.id = refunds.claim_id);
CREATE INDEX refunds_created_at_id_idx ON refunds (created_at, id);
CREATE INDEX refunds_buyer_id_created_at_id_idx ON refunds (buyer_id, created_at, id);
CREATE INDEX refunds_seller_id_created_at_id_idx ON refunds (seller_id, created_at, id);
