-- +goose Up
-- Answers already given, by Idempotency-Key, for 24 h of the machine clock.
CREATE TABLE idempotency_keys (
    account_id VARCHAR(64) NOT NULL,
    idem_key VARCHAR(255) NOT NULL,
    route VARCHAR(200) NOT NULL,
    request_hash VARCHAR(64) NOT NULL,
    state VARCHAR(16) NOT NULL,
    status BIGINT NOT NULL,
    media_type VARCHAR(100) NOT NULL,
    body MEDIUMTEXT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, idem_key),
    KEY idempotency_keys_created_at_idx (created_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
