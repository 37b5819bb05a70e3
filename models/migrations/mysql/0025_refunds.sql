-- +goose Up
-- Money owed back. One a claim and cause.
CREATE TABLE refunds (
    id VARCHAR(64) NOT NULL,
    claim_id VARCHAR(64) NOT NULL,
    cause VARCHAR(32) NOT NULL,
    order_id VARCHAR(64) NOT NULL,
    order_number VARCHAR(128) NOT NULL,
    currency VARCHAR(3) NOT NULL,
    total BIGINT NOT NULL,
    borne_by VARCHAR(16) NOT NULL,
    status VARCHAR(16) NOT NULL,
    shares MEDIUMTEXT NOT NULL,
    created_at BIGINT NOT NULL,
    done_at BIGINT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY refunds_claim_id_cause_key (claim_id, cause),
    KEY refunds_order_id_idx (order_id),
    KEY refunds_status_created_at_id_idx (status, created_at, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
