-- +goose Up
-- What inspection found beside the pixels, the sums of what parties see, and what is wrong with the bytes in the store.
ALTER TABLE uploads ADD COLUMN facts MEDIUMTEXT NULL, ADD COLUMN copy_sha256 VARCHAR(64) NULL, ADD COLUMN thumb_sha256 VARCHAR(64) NULL,
    ADD COLUMN fault VARCHAR(16) NULL, ADD COLUMN fault_part VARCHAR(16) NULL, ADD COLUMN fault_at BIGINT NULL;
