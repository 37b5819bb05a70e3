-- +goose Up
-- One-time sign-ins by mail link, printed link or hand-off. Machine clock.
CREATE TABLE sign_ins (
    id VARCHAR(64) NOT NULL,
    token_hash VARCHAR(64) NOT NULL,
    email VARCHAR(254) NOT NULL,
    kind VARCHAR(16) NOT NULL,
    browser_hash VARCHAR(64) NOT NULL,
    next_path VARCHAR(500) NOT NULL,
    locale VARCHAR(16) NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT NULL,
    tries BIGINT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY sign_ins_token_hash_key (token_hash),
    KEY sign_ins_email_created_at_idx (email, created_at),
    KEY sign_ins_expires_at_idx (expires_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
