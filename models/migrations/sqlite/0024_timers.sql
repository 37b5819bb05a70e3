-- +goose Up
-- What falls due when. One row a subject and kind; whoever moves the deadline moves the row.
CREATE TABLE timers (
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    fire_at INTEGER NOT NULL,
    lease_until INTEGER NULL,
    tries INTEGER NOT NULL,
    error TEXT NULL,
    PRIMARY KEY (kind, subject)
) WITHOUT ROWID;
CREATE INDEX timers_fire_at_kind_subject_idx ON timers (fire_at, kind, subject);
