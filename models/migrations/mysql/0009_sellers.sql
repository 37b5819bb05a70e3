-- +goose Up
-- Sellers by the marketplace id.
CREATE TABLE sellers (
    id VARCHAR(128) NOT NULL,
    name VARCHAR(200) NOT NULL,
    locale VARCHAR(16) NOT NULL,
    suspended TINYINT(1) NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
