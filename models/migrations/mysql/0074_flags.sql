-- +goose Up
-- Why a report is under suspicion, as words with spaces between them: staff are told, and it opens no investigation alone. sender_new and sender_rival are how its sender stood when it was sent.
ALTER TABLE reports ADD COLUMN suspicion VARCHAR(128) NULL, ADD COLUMN sender_new TINYINT(1) NOT NULL DEFAULT 0, ADD COLUMN sender_rival TINYINT(1) NOT NULL DEFAULT 0;
CREATE INDEX reports_account_id_closed_at_idx ON reports (account_id, closed_at);
-- What staff should look at of a person who reports or claims: why, and the numbers as they stood. live_key is there while it counts, so that there is one of a kind; waits is what waits for staff.
CREATE TABLE IF NOT EXISTS flags (
    id VARCHAR(64) NOT NULL,
    number VARCHAR(16) NOT NULL,
    account_id VARCHAR(64) NOT NULL,
    kind VARCHAR(32) NOT NULL,
    seller_id VARCHAR(128) NULL,
    live_key VARCHAR(255) NULL,
    tally_count BIGINT NOT NULL,
    tally_of BIGINT NOT NULL,
    status VARCHAR(32) NOT NULL,
    waits VARCHAR(16) NOT NULL,
    policy_version BIGINT NOT NULL,
    flagged_at BIGINT NOT NULL,
    closed_at BIGINT NULL,
    version BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY flags_number_key (number),
    UNIQUE KEY flags_live_key_key (live_key),
    KEY flags_account_id_flagged_at_id_idx (account_id, flagged_at, id),
    KEY flags_seller_id_flagged_at_id_idx (seller_id, flagged_at, id),
    KEY flags_waits_changed_at_id_idx (waits, changed_at, id),
    KEY flags_flagged_at_id_idx (flagged_at, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
-- The reports, or claims, that a flag counted.
CREATE TABLE IF NOT EXISTS flag_cases (
    flag_id VARCHAR(64) NOT NULL,
    number VARCHAR(16) NOT NULL,
    PRIMARY KEY (flag_id, number),
    KEY flag_cases_number_idx (number)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
-- What staff sent because of a flag: a warning, and after it a limit; each with its one appeal.
CREATE TABLE IF NOT EXISTS flag_steps (
    flag_id VARCHAR(64) NOT NULL,
    step_no BIGINT NOT NULL,
    kind VARCHAR(32) NOT NULL,
    account_id VARCHAR(64) NOT NULL,
    words TEXT NOT NULL,
    by_id VARCHAR(64) NOT NULL,
    at BIGINT NOT NULL,
    per_day BIGINT NOT NULL,
    ends_at BIGINT NULL,
    ended_at BIGINT NULL,
    end_reason VARCHAR(32) NULL,
    end_words TEXT NULL,
    appeal_until BIGINT NOT NULL,
    appeal_status VARCHAR(16) NULL,
    grounds TEXT NULL,
    appealed_at BIGINT NULL,
    decided_at BIGINT NULL,
    decided_by VARCHAR(64) NULL,
    explanation TEXT NULL,
    PRIMARY KEY (flag_id, step_no),
    KEY flag_steps_account_id_kind_ends_at_idx (account_id, kind, ends_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
