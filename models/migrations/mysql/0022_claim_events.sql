-- +goose Up
-- One hash chain a claim. Personal words stand in texts; data holds their salted digests.
CREATE TABLE claim_events (
    claim_id VARCHAR(64) NOT NULL,
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor_role VARCHAR(16) NOT NULL,
    actor_id VARCHAR(64) NOT NULL,
    type VARCHAR(40) NOT NULL,
    data MEDIUMTEXT NOT NULL,
    texts MEDIUMTEXT NULL,
    audience VARCHAR(8) NOT NULL,
    prev_hash VARCHAR(64) NOT NULL,
    hash VARCHAR(64) NOT NULL,
    PRIMARY KEY (claim_id, seq)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
