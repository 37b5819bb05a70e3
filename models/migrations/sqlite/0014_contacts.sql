-- +goose Up
-- One wait on one order line. order_lines.contact_id names the one that counts.
CREATE TABLE contacts (
    id TEXT NOT NULL,
    order_line_id TEXT NOT NULL,
    message_id TEXT NULL,
    topic TEXT NOT NULL,
    source TEXT NOT NULL,
    sent_at INTEGER NOT NULL,
    wait_ends_at INTEGER NOT NULL,
    solved_at INTEGER NULL,
    refused_at INTEGER NULL,
    cut_at INTEGER NULL,
    cut_reason TEXT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX contacts_order_line_id_sent_at_idx ON contacts (order_line_id, sent_at);
