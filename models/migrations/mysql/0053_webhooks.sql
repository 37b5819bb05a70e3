-- +goose Up
-- Who wants to be told of events. A slot each, so that there are never more than there are slots; after_number is the last event that has become deliveries.
-- DDL commits by itself here, so the first statement may be met again after a stop between the two.
CREATE TABLE IF NOT EXISTS webhook_endpoints (
    id VARCHAR(64) NOT NULL,
    slot BIGINT NOT NULL,
    account_id VARCHAR(64) NOT NULL,
    url VARCHAR(1000) NOT NULL,
    types MEDIUMTEXT NOT NULL,
    secret VARCHAR(300) NOT NULL,
    after_number BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    delivered_at BIGINT NULL,
    failing_since BIGINT NULL,
    fails BIGINT NOT NULL,
    last_error VARCHAR(300) NULL,
    pause_until BIGINT NULL,
    disabled_at BIGINT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY webhook_endpoints_slot_key (slot)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
-- An event for one endpoint, as it is sent: the outbox of webhooks. due_at is of the rules' clock, lease_until of the machine's.
CREATE TABLE webhook_deliveries (
    id VARCHAR(64) NOT NULL,
    endpoint_id VARCHAR(64) NOT NULL,
    number BIGINT NULL,
    type VARCHAR(48) NOT NULL,
    body MEDIUMTEXT NOT NULL,
    state VARCHAR(12) NOT NULL,
    created_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    lease_until BIGINT NULL,
    tries BIGINT NOT NULL,
    status BIGINT NOT NULL,
    error VARCHAR(300) NULL,
    PRIMARY KEY (id),
    UNIQUE KEY webhook_deliveries_endpoint_id_number_key (endpoint_id, number),
    KEY webhook_deliveries_endpoint_id_state_due_at_id_idx (endpoint_id, state, due_at, id),
    KEY webhook_deliveries_endpoint_id_id_idx (endpoint_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
