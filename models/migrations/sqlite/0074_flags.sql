-- +goose Up
-- Why a report is under suspicion, as words with spaces between them: staff are told, and it opens no investigation alone. sender_new and sender_rival are how its sender stood when it was sent.
ALTER TABLE reports ADD COLUMN suspicion TEXT NULL;
ALTER TABLE reports ADD COLUMN sender_new INTEGER NOT NULL DEFAULT 0;
ALTER TABLE reports ADD COLUMN sender_rival INTEGER NOT NULL DEFAULT 0;
CREATE INDEX reports_account_id_closed_at_idx ON reports (account_id, closed_at);
-- What staff should look at of a person who reports or claims: why, and the numbers as they stood. live_key is there while it counts, so that there is one of a kind; waits is what waits for staff.
CREATE TABLE flags (
    id TEXT NOT NULL,
    number TEXT NOT NULL,
    account_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    seller_id TEXT NULL,
    live_key TEXT NULL,
    tally_count INTEGER NOT NULL,
    tally_of INTEGER NOT NULL,
    status TEXT NOT NULL,
    waits TEXT NOT NULL,
    policy_version INTEGER NOT NULL,
    flagged_at INTEGER NOT NULL,
    closed_at INTEGER NULL,
    version INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX flags_number_key ON flags (number);
CREATE UNIQUE INDEX flags_live_key_key ON flags (live_key);
CREATE INDEX flags_account_id_flagged_at_id_idx ON flags (account_id, flagged_at, id);
CREATE INDEX flags_seller_id_flagged_at_id_idx ON flags (seller_id, flagged_at, id);
CREATE INDEX flags_waits_changed_at_id_idx ON flags (waits, changed_at, id);
CREATE INDEX flags_flagged_at_id_idx ON flags (flagged_at, id);
-- The reports, or claims, that a flag counted.
CREATE TABLE flag_cases (
    flag_id TEXT NOT NULL,
    number TEXT NOT NULL,
    PRIMARY KEY (flag_id, number)
);
CREATE INDEX flag_cases_number_idx ON flag_cases (number);
-- What staff sent because of a flag: a warning, and after it a limit; each with its one appeal.
CREATE TABLE flag_steps (
    flag_id TEXT NOT NULL,
    step_no INTEGER NOT NULL,
    kind TEXT NOT NULL,
    account_id TEXT NOT NULL,
    words TEXT NOT NULL,
    by_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    per_day INTEGER NOT NULL,
    ends_at INTEGER NULL,
    ended_at INTEGER NULL,
    end_reason TEXT NULL,
    end_words TEXT NULL,
    appeal_until INTEGER NOT NULL,
    appeal_status TEXT NULL,
    grounds TEXT NULL,
    appealed_at INTEGER NULL,
    decided_at INTEGER NULL,
    decided_by TEXT NULL,
    explanation TEXT NULL,
    PRIMARY KEY (flag_id, step_no)
);
CREATE INDEX flag_steps_account_id_kind_ends_at_idx ON flag_steps (account_id, kind, ends_at);
