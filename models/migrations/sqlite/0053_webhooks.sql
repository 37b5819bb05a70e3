-- +goose Up
-- Who wants to be told of events. A slot each, so that there are never more than there are slots; after_number is the last event that has become deliveries.
CREATE TABLE webhook_endpoints (
    id TEXT NOT NULL,
    slot INTEGER NOT NULL,
    account_id TEXT NOT NULL,
    url TEXT NOT NULL,
    types TEXT NOT NULL,
    secret TEXT NOT NULL,
    after_number INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    delivered_at INTEGER NULL,
    failing_since INTEGER NULL,
    fails INTEGER NOT NULL,
    last_error TEXT NULL,
    pause_until INTEGER NULL,
    disabled_at INTEGER NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX webhook_endpoints_slot_key ON webhook_endpoints (slot);
-- An event for one endpoint, as it is sent: the outbox of webhooks. due_at is of the rules' clock, lease_until of the machine's.
CREATE TABLE webhook_deliveries (
    id TEXT NOT NULL,
    endpoint_id TEXT NOT NULL,
    number INTEGER NULL,
    type TEXT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    lease_until INTEGER NULL,
    tries INTEGER NOT NULL,
    status INTEGER NOT NULL,
    error TEXT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX webhook_deliveries_endpoint_id_number_key ON webhook_deliveries (endpoint_id, number);
CREATE INDEX webhook_deliveries_endpoint_id_state_due_at_id_idx ON webhook_deliveries (endpoint_id, state, due_at, id);
CREATE INDEX webhook_deliveries_endpoint_id_id_idx ON webhook_deliveries (endpoint_id, id);
