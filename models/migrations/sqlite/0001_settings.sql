-- +goose Up
-- One value by name; the sandbox clock offset lives here so that replicas agree.
CREATE TABLE settings (
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (name)
);
