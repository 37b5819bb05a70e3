-- +goose Up
-- Lines of a claim. open_key is the order line while the claim is open, else null: its unique key allows one open claim a line.
CREATE TABLE claim_lines (
    claim_id VARCHAR(64) NOT NULL,
    line_no BIGINT NOT NULL,
    order_line_id VARCHAR(64) NOT NULL,
    amount BIGINT NOT NULL,
    open_key VARCHAR(64) NULL,
    counted TINYINT(1) NOT NULL,
    PRIMARY KEY (claim_id, line_no),
    UNIQUE KEY claim_lines_open_key_key (open_key),
    KEY claim_lines_order_line_id_idx (order_line_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
