-- +goose Up
-- Counters of limited tries shared by replicas (sign-in codes, second factor, mails). Machine clock.
CREATE TABLE tries (
    bucket TEXT NOT NULL,
    window_at INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (bucket)
);
CREATE INDEX tries_window_at_idx ON tries (window_at);
