-- +goose Up
-- What happened, for the marketplace's systems to read: claim_events and these facts, under one sequence of numbers that is given after the commit. No number yet: waits for it.
-- DDL commits by itself here, so the first statement may be met again after a stop between the two.
CREATE TABLE IF NOT EXISTS facts (
    id VARCHAR(64) NOT NULL,
    number BIGINT NULL,
    at BIGINT NOT NULL,
    type VARCHAR(48) NOT NULL,
    subject VARCHAR(64) NOT NULL,
    order_number VARCHAR(128) NULL,
    actor_role VARCHAR(16) NOT NULL,
    data MEDIUMTEXT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY facts_number_key (number)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
ALTER TABLE claim_events ADD COLUMN number BIGINT NULL, ADD UNIQUE KEY claim_events_number_key (number);
