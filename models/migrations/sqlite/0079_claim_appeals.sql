-- +goose Up
-- The appeals of a claim, those that were sent and those that are kept for revision.
ALTER TABLE claims ADD COLUMN appeals TEXT NULL;
ALTER TABLE claims ADD COLUMN held_appeals TEXT NULL;
