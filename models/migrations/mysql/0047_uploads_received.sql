-- +goose Up
-- When all bytes of a file had come and passed inspection (machine clock). Of files from before, when they were announced is the nearest that is known.
ALTER TABLE uploads ADD COLUMN received_at BIGINT NULL;
UPDATE uploads SET received_at = created_at WHERE copy_type <> '';
