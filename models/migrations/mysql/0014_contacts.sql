-- +goose Up
-- One wait on one order line. order_lines.contact_id names the one that counts.
CREATE TABLE contacts (
    id VARCHAR(64) NOT NULL,
    order_line_id VARCHAR(64) NOT NULL,
    message_id VARCHAR(64) NULL,
    topic VARCHAR(32) NOT NULL,
    source VARCHAR(16) NOT NULL,
    sent_at BIGINT NOT NULL,
    wait_ends_at BIGINT NOT NULL,
    solved_at BIGINT NULL,
    refused_at BIGINT NULL,
    cut_at BIGINT NULL,
    cut_reason VARCHAR(32) NULL,
    PRIMARY KEY (id),
    KEY contacts_order_line_id_sent_at_idx (order_line_id, sent_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
