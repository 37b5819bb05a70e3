-- +goose Up
-- Which order lines a message is about; the key is the order of the thread.
CREATE TABLE message_lines (
    order_line_id VARCHAR(64) NOT NULL,
    sent_at BIGINT NOT NULL,
    message_id VARCHAR(64) NOT NULL,
    PRIMARY KEY (order_line_id, sent_at, message_id),
    KEY message_lines_message_id_idx (message_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
