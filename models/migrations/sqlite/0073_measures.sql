-- +goose Up
-- Measures on sellers. waits is what waits for staff: an approval, a plan, a plan that did not come, an appeal. ladder is what the ladder proposed then, relied the orders that counted.
-- starts_at and ends_at are when it holds; began_at is when it was told that it does, ended_at when it ended by end_reason.
CREATE TABLE measures (
    id TEXT NOT NULL,
    number TEXT NOT NULL,
    investigation_id TEXT NOT NULL,
    seller_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    sku TEXT NULL,
    cap INTEGER NULL,
    days INTEGER NULL,
    status TEXT NOT NULL,
    waits TEXT NOT NULL,
    ladder TEXT NOT NULL,
    facts TEXT NOT NULL,
    rule TEXT NOT NULL,
    explanation TEXT NOT NULL,
    proposed_at INTEGER NOT NULL,
    proposed_by TEXT NOT NULL,
    approved_at INTEGER NULL,
    approved_by TEXT NULL,
    starts_at INTEGER NULL,
    began_at INTEGER NULL,
    ends_at INTEGER NULL,
    ended_at INTEGER NULL,
    end_reason TEXT NULL,
    end_words TEXT NULL,
    appeal_until INTEGER NULL,
    plan_status TEXT NULL,
    plan_due_at INTEGER NULL,
    plans INTEGER NOT NULL,
    appeal_status TEXT NULL,
    grounds TEXT NULL,
    appealed_at INTEGER NULL,
    appeal_decided_at INTEGER NULL,
    appeal_words TEXT NULL,
    relied TEXT NOT NULL,
    policy_version INTEGER NOT NULL,
    version INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX measures_number_key ON measures (number);
CREATE INDEX measures_seller_id_proposed_at_id_idx ON measures (seller_id, proposed_at, id);
CREATE INDEX measures_investigation_id_proposed_at_id_idx ON measures (investigation_id, proposed_at, id);
CREATE INDEX measures_waits_changed_at_id_idx ON measures (waits, changed_at, id);
CREATE INDEX measures_proposed_at_id_idx ON measures (proposed_at, id);
-- The plans that sellers handed in, each with the points that staff asked to be mended.
CREATE TABLE measure_plans (
    measure_id TEXT NOT NULL,
    plan_no INTEGER NOT NULL,
    root_cause TEXT NOT NULL,
    actions_taken TEXT NOT NULL,
    prevention TEXT NOT NULL,
    submitted_at INTEGER NOT NULL,
    submitted_by TEXT NOT NULL,
    answer TEXT NULL,
    answered_at INTEGER NULL,
    points TEXT NULL,
    PRIMARY KEY (measure_id, plan_no)
);
-- Orders that an overturned measure relied on: what was cancelled of them until then weighs no more. The cancellations themselves stay as they are.
CREATE TABLE spared_orders (
    seller_id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    until_at INTEGER NOT NULL,
    measure_id TEXT NOT NULL,
    PRIMARY KEY (seller_id, order_id)
);
