-- +goose Up
-- Counters of limited tries shared by replicas (sign-in codes, second factor, mails). Machine clock.
CREATE TABLE tries (
    bucket VARCHAR(200) NOT NULL,
    window_at BIGINT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (bucket),
    KEY tries_window_at_idx (window_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
