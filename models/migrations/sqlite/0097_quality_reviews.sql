-- +goose Up
-- A decision of staff of which somebody else says blind what they would decide: first_ is what was decided, second_ what the other says. status is waiting, taken, agreed, differs or closed (talked through).
CREATE TABLE quality_reviews (
    id TEXT NOT NULL,
    number TEXT NOT NULL,
    claim_id TEXT NOT NULL,
    decided_at INTEGER NOT NULL,
    decided_by TEXT NOT NULL,
    approved_by TEXT NOT NULL,
    first_outcome TEXT NOT NULL,
    first_amount INTEGER NOT NULL,
    first_reason TEXT NOT NULL,
    currency TEXT NOT NULL,
    claimed INTEGER NOT NULL,
    policy_version INTEGER NOT NULL,
    drawn_at INTEGER NOT NULL,
    picked_by TEXT NOT NULL,
    status TEXT NOT NULL,
    taken_by TEXT NOT NULL,
    taken_at INTEGER NULL,
    second_by TEXT NOT NULL,
    second_at INTEGER NULL,
    second_outcome TEXT NULL,
    second_amount INTEGER NULL,
    second_reason TEXT NULL,
    second_facts TEXT NULL,
    same_outcome INTEGER NOT NULL,
    same_amount INTEGER NOT NULL,
    same_reason INTEGER NOT NULL,
    agrees INTEGER NOT NULL,
    note TEXT NULL,
    conclusion TEXT NULL,
    closed_by TEXT NULL,
    closed_at INTEGER NULL,
    version INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX quality_reviews_number_key ON quality_reviews (number);
CREATE UNIQUE INDEX quality_reviews_claim_id_decided_at_key ON quality_reviews (claim_id, decided_at);
CREATE INDEX quality_reviews_status_changed_at_id_idx ON quality_reviews (status, changed_at, id);
CREATE INDEX quality_reviews_second_at_idx ON quality_reviews (second_at);
-- How appeals against decisions ended, by the reason of what they were against. A party has one in the life of a claim; where both had joined it stands once, under the one that began.
CREATE TABLE quality_appeals (
    claim_id TEXT NOT NULL,
    party TEXT NOT NULL,
    decided_at INTEGER NOT NULL,
    reason_code TEXT NOT NULL,
    first_by TEXT NOT NULL,
    outcome TEXT NOT NULL,
    reversed INTEGER NOT NULL,
    PRIMARY KEY (claim_id, party)
);
CREATE INDEX quality_appeals_decided_at_idx ON quality_appeals (decided_at);
