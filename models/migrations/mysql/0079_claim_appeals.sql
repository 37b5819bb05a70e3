-- +goose Up
-- The appeals of a claim, those that were sent and those that are kept for revision.
ALTER TABLE claims ADD COLUMN appeals MEDIUMTEXT NULL;
ALTER TABLE claims ADD COLUMN held_appeals MEDIUMTEXT NULL;
