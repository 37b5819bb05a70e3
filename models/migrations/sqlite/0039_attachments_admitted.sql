-- +goose Up
-- Why a lead lets evidence count that came late, and when.
ALTER TABLE attachments ADD COLUMN admitted_at INTEGER NULL;
ALTER TABLE attachments ADD COLUMN admit_reason TEXT NULL;
