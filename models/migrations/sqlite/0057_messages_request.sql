-- +goose Up
-- What of a request a message says: that it asks (cancel, return) or answers (accept, decline).
ALTER TABLE messages ADD COLUMN request TEXT NULL;
