-- +goose Up
-- Which order lines a message is about; the key is the order of the thread.
CREATE TABLE message_lines (
    order_line_id TEXT NOT NULL,
    sent_at INTEGER NOT NULL,
    message_id TEXT NOT NULL,
    PRIMARY KEY (order_line_id, sent_at, message_id)
) WITHOUT ROWID;
CREATE INDEX message_lines_message_id_idx ON message_lines (message_id);
