-- +goose Up
-- Buyers by the marketplace id. A person is matched by email.
CREATE TABLE buyers (
    id VARCHAR(128) NOT NULL,
    email VARCHAR(254) NOT NULL,
    name VARCHAR(200) NOT NULL,
    locale VARCHAR(16) NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (id),
    KEY buyers_email_idx (email)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
