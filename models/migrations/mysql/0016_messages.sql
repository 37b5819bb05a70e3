-- +goose Up
-- Words between buyer, seller and staff, on order lines (message_lines) or on a claim.
CREATE TABLE messages (
    id VARCHAR(64) NOT NULL,
    order_id VARCHAR(64) NOT NULL,
    seller_id VARCHAR(128) NOT NULL,
    claim_id VARCHAR(64) NULL,
    author_role VARCHAR(16) NOT NULL,
    author_id VARCHAR(64) NOT NULL,
    author_name VARCHAR(200) NOT NULL,
    topic VARCHAR(32) NOT NULL,
    body MEDIUMTEXT NOT NULL,
    locale VARCHAR(16) NOT NULL,
    warnings MEDIUMTEXT NULL,
    sent_at BIGINT NOT NULL,
    scam_reported_at BIGINT NULL,
    PRIMARY KEY (id),
    KEY messages_claim_id_sent_at_id_idx (claim_id, sent_at, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
