-- +goose Up
-- Cases of staff on sellers. open_seller is the seller while the case is open, so that a seller has one open at most; opened_by is what opened it, numbers how the seller stood then and closing how when it closed.
-- Facts count that came after since_at, when the one before closed. due_at is until when the seller answers, silent_at when it last did not.
CREATE TABLE IF NOT EXISTS investigations (
    id VARCHAR(64) NOT NULL,
    number VARCHAR(16) NOT NULL,
    seller_id VARCHAR(128) NOT NULL,
    open_seller VARCHAR(128) NULL,
    status VARCHAR(32) NOT NULL,
    opened_by VARCHAR(32) NOT NULL,
    opened_at BIGINT NOT NULL,
    since_at BIGINT NULL,
    numbers MEDIUMTEXT NOT NULL,
    taken_by VARCHAR(64) NULL,
    taken_at BIGINT NULL,
    question TEXT NULL,
    asked_at BIGINT NULL,
    due_at BIGINT NULL,
    silent_at BIGINT NULL,
    answered_at BIGINT NULL,
    outcome VARCHAR(32) NULL,
    close_reason TEXT NULL,
    closed_at BIGINT NULL,
    closing MEDIUMTEXT NULL,
    policy_version BIGINT NOT NULL,
    version BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY investigations_number_key (number),
    UNIQUE KEY investigations_open_seller_key (open_seller),
    KEY investigations_seller_id_opened_at_id_idx (seller_id, opened_at, id),
    KEY investigations_status_opened_at_id_idx (status, opened_at, id),
    KEY investigations_opened_at_id_idx (opened_at, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
-- What was done in an investigation or to a measure, by whom and in which words.
CREATE TABLE IF NOT EXISTS enforcement_entries (
    id VARCHAR(64) NOT NULL,
    subject_id VARCHAR(64) NOT NULL,
    at BIGINT NOT NULL,
    by_role VARCHAR(16) NOT NULL,
    by_id VARCHAR(64) NOT NULL,
    what VARCHAR(32) NOT NULL,
    words MEDIUMTEXT NULL,
    PRIMARY KEY (id),
    KEY enforcement_entries_subject_id_at_id_idx (subject_id, at, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
-- A row a seller that what opens investigations holds while it looks, so that those who bring facts at once see those of one another.
CREATE TABLE IF NOT EXISTS seller_follows (
    seller_id VARCHAR(128) NOT NULL,
    looks BIGINT NOT NULL,
    PRIMARY KEY (seller_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
