-- +goose Up
-- The goods on their way back to the seller: where to, by when, what was sent and what came of it.
ALTER TABLE claims ADD COLUMN returned MEDIUMTEXT NULL;
