-- +goose Up
-- Signed-in browsers. Only the SHA-256 of the cookie rests here. Times are of the machine clock.
CREATE TABLE sessions (
    id VARCHAR(64) NOT NULL,
    token_hash VARCHAR(64) NOT NULL,
    account_id VARCHAR(64) NOT NULL,
    second_factor TINYINT(1) NOT NULL,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    user_agent VARCHAR(300) NOT NULL,
    address VARCHAR(64) NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY sessions_token_hash_key (token_hash),
    KEY sessions_account_id_created_at_idx (account_id, created_at),
    KEY sessions_expires_at_idx (expires_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
