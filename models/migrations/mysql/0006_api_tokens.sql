-- +goose Up
-- Bearer tokens of the API; 256 random bits, SHA-256 at rest. Machine clock.
CREATE TABLE api_tokens (
    id VARCHAR(64) NOT NULL,
    token_hash VARCHAR(64) NOT NULL,
    account_id VARCHAR(64) NOT NULL,
    name VARCHAR(100) NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NULL,
    last_used_at BIGINT NULL,
    revoked_at BIGINT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY api_tokens_token_hash_key (token_hash),
    KEY api_tokens_account_id_created_at_idx (account_id, created_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
