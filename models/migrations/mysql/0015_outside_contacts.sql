-- +goose Up
-- Contact made elsewhere, declared by the buyer, counting only when staff accept it.
CREATE TABLE outside_contacts (
    id VARCHAR(64) NOT NULL,
    order_line_id VARCHAR(64) NOT NULL,
    order_id VARCHAR(64) NOT NULL,
    account_id VARCHAR(64) NOT NULL,
    contacted_at BIGINT NOT NULL,
    channel VARCHAR(32) NOT NULL,
    state VARCHAR(16) NOT NULL,
    reason MEDIUMTEXT NULL,
    decided_by VARCHAR(64) NULL,
    decided_at BIGINT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (id),
    KEY outside_contacts_order_line_id_created_at_idx (order_line_id, created_at),
    KEY outside_contacts_state_created_at_id_idx (state, created_at, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
