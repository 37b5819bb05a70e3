-- +goose Up
-- Why a lead lets evidence count that came late, and when.
ALTER TABLE attachments ADD COLUMN admitted_at BIGINT NULL, ADD COLUMN admit_reason MEDIUMTEXT NULL;
