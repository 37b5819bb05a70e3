-- +goose Up
-- Who proposed and who published a version, and why. A withdrawn version never takes effect; its number is not given again.
ALTER TABLE policies ADD COLUMN base_version BIGINT NULL, ADD COLUMN name VARCHAR(255) NULL, ADD COLUMN proposed_by VARCHAR(64) NULL, ADD COLUMN reason TEXT NULL, ADD COLUMN withdrawn_at BIGINT NULL, ADD COLUMN withdrawn_by VARCHAR(64) NULL, ADD COLUMN withdraw_reason TEXT NULL;
-- A set of values on its way to be a version. status is open, proposed, published or discarded.
CREATE TABLE IF NOT EXISTS policy_drafts (
    id VARCHAR(64) NOT NULL,
    name VARCHAR(255) NOT NULL,
    base_version BIGINT NOT NULL,
    body MEDIUMTEXT NOT NULL,
    status VARCHAR(16) NOT NULL,
    version BIGINT NOT NULL,
    created_by VARCHAR(64) NOT NULL,
    created_at BIGINT NOT NULL,
    changed_by VARCHAR(64) NOT NULL,
    changed_at BIGINT NOT NULL,
    proposed_by VARCHAR(64) NULL,
    proposed_at BIGINT NULL,
    effective_at BIGINT NULL,
    reason TEXT NULL,
    against BIGINT NULL,
    returned_by VARCHAR(64) NULL,
    returned_at BIGINT NULL,
    returned_words TEXT NULL,
    published_as BIGINT NULL,
    PRIMARY KEY (id),
    KEY policy_drafts_status_changed_at_id_idx (status, changed_at, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
