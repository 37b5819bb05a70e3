-- +goose Up
-- What a buyer asks of the seller before any claim: to cancel a line, or to take it back. open_kind is the kind while the request waits for an answer, so that there is one of a kind on a line.
-- message_id and answer_id are what buyer and seller wrote; postage is who pays for sending back, as it was told when it was sent.
-- DDL commits by itself here, so the first statement may be met again after a stop between the two.
CREATE TABLE IF NOT EXISTS requests (
    id VARCHAR(64) NOT NULL,
    order_id VARCHAR(64) NOT NULL,
    order_line_id VARCHAR(64) NOT NULL,
    seller_id VARCHAR(128) NOT NULL,
    kind VARCHAR(16) NOT NULL,
    open_kind VARCHAR(16) NULL,
    reason VARCHAR(64) NOT NULL,
    status VARCHAR(16) NOT NULL,
    postage VARCHAR(16) NULL,
    message_id VARCHAR(64) NOT NULL,
    answer_id VARCHAR(64) NULL,
    return_address TEXT NULL,
    sent_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    answered_at BIGINT NULL,
    closed_at BIGINT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY requests_order_line_id_open_kind_key (order_line_id, open_kind),
    KEY requests_order_line_id_sent_at_id_idx (order_line_id, sent_at, id),
    KEY requests_seller_id_status_due_at_id_idx (seller_id, status, due_at, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
ALTER TABLE order_lines ADD COLUMN requests BIGINT NOT NULL DEFAULT 0;
