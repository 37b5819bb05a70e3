-- +goose Up
-- What happened, for the marketplace's systems to read: claim_events and these facts, under one sequence of numbers that is given after the commit. No number yet: waits for it.
CREATE TABLE facts (
    id TEXT NOT NULL,
    number INTEGER NULL,
    at INTEGER NOT NULL,
    type TEXT NOT NULL,
    subject TEXT NOT NULL,
    order_number TEXT NULL,
    actor_role TEXT NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX facts_number_key ON facts (number);
ALTER TABLE claim_events ADD COLUMN number INTEGER NULL;
CREATE UNIQUE INDEX claim_events_number_key ON claim_events (number);
