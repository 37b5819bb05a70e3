-- +goose Up
-- Lines of a claim. open_key is the order line while the claim is open, else null: its unique key allows one open claim a line.
CREATE TABLE claim_lines (
    claim_id TEXT NOT NULL,
    line_no INTEGER NOT NULL,
    order_line_id TEXT NOT NULL,
    amount INTEGER NOT NULL,
    open_key TEXT NULL,
    counted INTEGER NOT NULL,
    PRIMARY KEY (claim_id, line_no)
);
CREATE UNIQUE INDEX claim_lines_open_key_key ON claim_lines (open_key);
CREATE INDEX claim_lines_order_line_id_idx ON claim_lines (order_line_id);
