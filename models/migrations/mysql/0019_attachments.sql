-- +goose Up
-- A file given as evidence on a claim, a message or an outside contact.
CREATE TABLE attachments (
    subject_id VARCHAR(64) NOT NULL,
    upload_id VARCHAR(64) NOT NULL,
    subject_kind VARCHAR(16) NOT NULL,
    position BIGINT NOT NULL,
    by_role VARCHAR(16) NOT NULL,
    account_id VARCHAR(64) NOT NULL,
    late TINYINT(1) NOT NULL,
    admitted TINYINT(1) NOT NULL,
    note MEDIUMTEXT NULL,
    attached_at BIGINT NOT NULL,
    PRIMARY KEY (subject_id, upload_id),
    KEY attachments_upload_id_idx (upload_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
