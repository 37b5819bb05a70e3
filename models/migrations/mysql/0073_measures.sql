-- +goose Up
-- Measures on sellers. waits is what waits for staff: an approval, a plan, a plan that did not come, an appeal. ladder is what the ladder proposed then, relied the orders that counted.
-- starts_at and ends_at are when it holds; began_at is when it was told that it does, ended_at when it ended by end_reason.
CREATE TABLE IF NOT EXISTS measures (
    id VARCHAR(64) NOT NULL,
    number VARCHAR(16) NOT NULL,
    investigation_id VARCHAR(64) NOT NULL,
    seller_id VARCHAR(128) NOT NULL,
    kind VARCHAR(32) NOT NULL,
    sku VARCHAR(128) NULL,
    cap BIGINT NULL,
    days BIGINT NULL,
    status VARCHAR(32) NOT NULL,
    waits VARCHAR(32) NOT NULL,
    ladder TEXT NOT NULL,
    facts TEXT NOT NULL,
    rule TEXT NOT NULL,
    explanation TEXT NOT NULL,
    proposed_at BIGINT NOT NULL,
    proposed_by VARCHAR(64) NOT NULL,
    approved_at BIGINT NULL,
    approved_by VARCHAR(64) NULL,
    starts_at BIGINT NULL,
    began_at BIGINT NULL,
    ends_at BIGINT NULL,
    ended_at BIGINT NULL,
    end_reason VARCHAR(32) NULL,
    end_words TEXT NULL,
    appeal_until BIGINT NULL,
    plan_status VARCHAR(32) NULL,
    plan_due_at BIGINT NULL,
    plans BIGINT NOT NULL,
    appeal_status VARCHAR(32) NULL,
    grounds TEXT NULL,
    appealed_at BIGINT NULL,
    appeal_decided_at BIGINT NULL,
    appeal_words TEXT NULL,
    relied MEDIUMTEXT NOT NULL,
    policy_version BIGINT NOT NULL,
    version BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY measures_number_key (number),
    KEY measures_seller_id_proposed_at_id_idx (seller_id, proposed_at, id),
    KEY measures_investigation_id_proposed_at_id_idx (investigation_id, proposed_at, id),
    KEY measures_waits_changed_at_id_idx (waits, changed_at, id),
    KEY measures_proposed_at_id_idx (proposed_at, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
-- The plans that sellers handed in, each with the points that staff asked to be mended.
CREATE TABLE IF NOT EXISTS measure_plans (
    measure_id VARCHAR(64) NOT NULL,
    plan_no BIGINT NOT NULL,
    root_cause TEXT NOT NULL,
    actions_taken TEXT NOT NULL,
    prevention TEXT NOT NULL,
    submitted_at BIGINT NOT NULL,
    submitted_by VARCHAR(64) NOT NULL,
    answer VARCHAR(32) NULL,
    answered_at BIGINT NULL,
    points TEXT NULL,
    PRIMARY KEY (measure_id, plan_no)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
-- Orders that an overturned measure relied on: what was cancelled of them until then weighs no more. The cancellations themselves stay as they are.
CREATE TABLE IF NOT EXISTS spared_orders (
    seller_id VARCHAR(128) NOT NULL,
    order_id VARCHAR(64) NOT NULL,
    until_at BIGINT NOT NULL,
    measure_id VARCHAR(64) NOT NULL,
    PRIMARY KEY (seller_id, order_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
