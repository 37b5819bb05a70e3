-- +goose Up
-- Files received. Times of the machine clock; gone after 24 h unless attached.
CREATE TABLE uploads (
    id VARCHAR(64) NOT NULL,
    account_id VARCHAR(64) NOT NULL,
    state VARCHAR(16) NOT NULL,
    file_name VARCHAR(100) NOT NULL,
    media_type VARCHAR(64) NOT NULL,
    size BIGINT NOT NULL,
    sha256 VARCHAR(64) NOT NULL,
    width BIGINT NOT NULL,
    height BIGINT NOT NULL,
    pages BIGINT NOT NULL,
    staging_key VARCHAR(128) NULL,
    original_key VARCHAR(128) NULL,
    copy_key VARCHAR(128) NULL,
    copy_type VARCHAR(64) NULL,
    copy_size BIGINT NOT NULL,
    thumb_key VARCHAR(128) NULL,
    reason VARCHAR(32) NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    attached TINYINT(1) NOT NULL,
    PRIMARY KEY (id),
    KEY uploads_attached_expires_at_id_idx (attached, expires_at, id),
    KEY uploads_account_id_created_at_id_idx (account_id, created_at, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
