-- +goose Up
-- Versioned policy values. A claim keeps the version it was filed under.
CREATE TABLE policies (
    version BIGINT NOT NULL,
    effective_at BIGINT NOT NULL,
    body MEDIUMTEXT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by VARCHAR(64) NULL,
    PRIMARY KEY (version)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
