-- +goose Up
-- Claims. version guards every change; last_seq and last_hash are the head of the event chain.
CREATE TABLE claims (
    id TEXT NOT NULL,
    number TEXT NOT NULL,
    version INTEGER NOT NULL,
    order_id TEXT NOT NULL,
    order_number TEXT NOT NULL,
    buyer_id TEXT NOT NULL,
    seller_id TEXT NOT NULL,
    title TEXT NOT NULL,
    reason TEXT NOT NULL,
    status TEXT NOT NULL,
    next_actor TEXT NOT NULL,
    due_at INTEGER NULL,
    opens_at INTEGER NOT NULL,
    filed_at INTEGER NOT NULL,
    opened_at INTEGER NULL,
    closed_at INTEGER NULL,
    appeal_until INTEGER NULL,
    wake_at INTEGER NULL,
    claimed INTEGER NOT NULL,
    currency TEXT NOT NULL,
    description TEXT NOT NULL,
    desired_outcome TEXT NOT NULL,
    policy_version INTEGER NOT NULL,
    assessment TEXT NOT NULL,
    listing TEXT NULL,
    offer TEXT NULL,
    question TEXT NULL,
    statements TEXT NULL,
    decision TEXT NULL,
    proposal TEXT NULL,
    former TEXT NULL,
    held TEXT NULL,
    seller_due_at INTEGER NULL,
    buyer_due_at INTEGER NULL,
    seller_asked INTEGER NOT NULL,
    buyer_asked INTEGER NOT NULL,
    seller_silent INTEGER NOT NULL,
    escalated_at INTEGER NULL,
    arrived_at INTEGER NULL,
    objected_at INTEGER NULL,
    reopened_at INTEGER NULL,
    taken_by TEXT NULL,
    taken_at INTEGER NULL,
    pause_from INTEGER NULL,
    pause_until INTEGER NULL,
    pause_reason TEXT NULL,
    last_seq INTEGER NOT NULL,
    last_hash TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX claims_number_key ON claims (number);
CREATE INDEX claims_order_id_idx ON claims (order_id);
CREATE INDEX claims_filed_at_id_idx ON claims (filed_at, id);
CREATE INDEX claims_buyer_id_filed_at_id_idx ON claims (buyer_id, filed_at, id);
CREATE INDEX claims_seller_id_filed_at_id_idx ON claims (seller_id, filed_at, id);
CREATE INDEX claims_status_filed_at_id_idx ON claims (status, filed_at, id);
CREATE INDEX claims_status_due_at_id_idx ON claims (status, due_at, id);
CREATE INDEX claims_next_actor_due_at_id_idx ON claims (next_actor, due_at, id);
CREATE INDEX claims_seller_id_next_actor_due_at_id_idx ON claims (seller_id, next_actor, due_at, id);
CREATE INDEX claims_next_actor_escalated_at_id_idx ON claims (next_actor, escalated_at, id);
