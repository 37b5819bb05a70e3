-- +goose Up
-- The languages that a member of staff works in, as they say themselves; NULL is any.
ALTER TABLE accounts ADD COLUMN languages VARCHAR(255) NULL;
