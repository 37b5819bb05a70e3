-- +goose Up
-- What a buyer asks of the seller before any claim: to cancel a line, or to take it back. open_kind is the kind while the request waits for an answer, so that there is one of a kind on a line.
-- message_id and answer_id are what buyer and seller wrote; postage is who pays for sending back, as it was told when it was sent.
CREATE TABLE requests (
    id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    order_line_id TEXT NOT NULL,
    seller_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    open_kind TEXT NULL,
    reason TEXT NOT NULL,
    status TEXT NOT NULL,
    postage TEXT NULL,
    message_id TEXT NOT NULL,
    answer_id TEXT NULL,
    return_address TEXT NULL,
    sent_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    answered_at INTEGER NULL,
    closed_at INTEGER NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX requests_order_line_id_open_kind_key ON requests (order_line_id, open_kind);
CREATE INDEX requests_order_line_id_sent_at_id_idx ON requests (order_line_id, sent_at, id);
CREATE INDEX requests_seller_id_status_due_at_id_idx ON requests (seller_id, status, due_at, id);
ALTER TABLE order_lines ADD COLUMN requests INTEGER NOT NULL DEFAULT 0;
