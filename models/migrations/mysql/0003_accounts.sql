-- +goose Up
-- A person or a system that may act. totp_secret and totp_pending are encrypted; recovery holds hashes.
CREATE TABLE accounts (
    id VARCHAR(64) NOT NULL,
    email VARCHAR(254) NOT NULL,
    name VARCHAR(200) NOT NULL,
    locale VARCHAR(16) NOT NULL,
    role VARCHAR(16) NOT NULL,
    seller_id VARCHAR(128) NULL,
    status VARCHAR(16) NOT NULL,
    totp_secret MEDIUMTEXT NULL,
    totp_pending MEDIUMTEXT NULL,
    totp_step BIGINT NOT NULL,
    recovery MEDIUMTEXT NULL,
    created_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY accounts_email_key (email),
    KEY accounts_seller_id_idx (seller_id),
    KEY accounts_role_id_idx (role, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
