-- +goose Up
-- What inspection found beside the pixels, the sums of what parties see, and what is wrong with the bytes in the store.
ALTER TABLE uploads ADD COLUMN facts TEXT NULL;
ALTER TABLE uploads ADD COLUMN copy_sha256 TEXT NULL;
ALTER TABLE uploads ADD COLUMN thumb_sha256 TEXT NULL;
ALTER TABLE uploads ADD COLUMN fault TEXT NULL;
ALTER TABLE uploads ADD COLUMN fault_part TEXT NULL;
ALTER TABLE uploads ADD COLUMN fault_at INTEGER NULL;
