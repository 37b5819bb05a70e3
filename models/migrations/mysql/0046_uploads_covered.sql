-- +goose Up
-- How many regions the uploader says were covered with solid boxes before the file was sent.
ALTER TABLE uploads ADD COLUMN covered BIGINT NOT NULL DEFAULT 0;
