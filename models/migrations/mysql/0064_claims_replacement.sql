-- +goose Up
-- The goods sent anew on an accepted offer: by when, what was sent and what came of it.
ALTER TABLE claims ADD COLUMN replacement MEDIUMTEXT NULL;
