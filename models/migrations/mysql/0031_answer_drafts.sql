-- +goose Up
-- A seller's answer being written, one a claim; account_id is the member who writes it.
CREATE TABLE answer_drafts (
    claim_id VARCHAR(64) NOT NULL,
    account_id VARCHAR(64) NOT NULL,
    round BIGINT NOT NULL,
    version BIGINT NOT NULL,
    body MEDIUMTEXT NOT NULL,
    started_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (claim_id),
    KEY answer_drafts_expires_at_idx (expires_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
