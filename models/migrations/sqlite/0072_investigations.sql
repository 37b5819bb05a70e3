-- +goose Up
-- Cases of staff on sellers. open_seller is the seller while the case is open, so that a seller has one open at most; opened_by is what opened it, numbers how the seller stood then and closing how when it closed.
-- Facts count that came after since_at, when the one before closed. due_at is until when the seller answers, silent_at when it last did not.
CREATE TABLE investigations (
    id TEXT NOT NULL,
    number TEXT NOT NULL,
    seller_id TEXT NOT NULL,
    open_seller TEXT NULL,
    status TEXT NOT NULL,
    opened_by TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    since_at INTEGER NULL,
    numbers TEXT NOT NULL,
    taken_by TEXT NULL,
    taken_at INTEGER NULL,
    question TEXT NULL,
    asked_at INTEGER NULL,
    due_at INTEGER NULL,
    silent_at INTEGER NULL,
    answered_at INTEGER NULL,
    outcome TEXT NULL,
    close_reason TEXT NULL,
    closed_at INTEGER NULL,
    closing TEXT NULL,
    policy_version INTEGER NOT NULL,
    version INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX investigations_number_key ON investigations (number);
CREATE UNIQUE INDEX investigations_open_seller_key ON investigations (open_seller);
CREATE INDEX investigations_seller_id_opened_at_id_idx ON investigations (seller_id, opened_at, id);
CREATE INDEX investigations_status_opened_at_id_idx ON investigations (status, opened_at, id);
CREATE INDEX investigations_opened_at_id_idx ON investigations (opened_at, id);
-- What was done in an investigation or to a measure, by whom and in which words.
CREATE TABLE enforcement_entries (
    id TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    by_role TEXT NOT NULL,
    by_id TEXT NOT NULL,
    what TEXT NOT NULL,
    words TEXT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX enforcement_entries_subject_id_at_id_idx ON enforcement_entries (subject_id, at, id);
-- A row a seller that what opens investigations holds while it looks, so that those who bring facts at once see those of one another.
CREATE TABLE seller_follows (
    seller_id TEXT NOT NULL,
    looks INTEGER NOT NULL,
    PRIMARY KEY (seller_id)
);
