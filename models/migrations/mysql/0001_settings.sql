-- +goose Up
-- One value by name; the sandbox clock offset lives here so that replicas agree.
CREATE TABLE settings (
    name VARCHAR(64) NOT NULL,
    value MEDIUMTEXT NOT NULL,
    PRIMARY KEY (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
