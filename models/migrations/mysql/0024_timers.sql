-- +goose Up
-- What falls due when. One row a subject and kind; whoever moves the deadline moves the row.
CREATE TABLE timers (
    kind VARCHAR(24) NOT NULL,
    subject VARCHAR(64) NOT NULL,
    fire_at BIGINT NOT NULL,
    lease_until BIGINT NULL,
    tries BIGINT NOT NULL,
    error VARCHAR(500) NULL,
    PRIMARY KEY (kind, subject),
    KEY timers_fire_at_kind_subject_idx (fire_at, kind, subject)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
