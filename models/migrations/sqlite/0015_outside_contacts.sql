-- +goose Up
-- Contact made elsewhere, declared by the buyer, counting only when staff accept it.
CREATE TABLE outside_contacts (
    id TEXT NOT NULL,
    order_line_id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    contacted_at INTEGER NOT NULL,
    channel TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NULL,
    decided_by TEXT NULL,
    decided_at INTEGER NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX outside_contacts_order_line_id_created_at_idx ON outside_contacts (order_line_id, created_at);
CREATE INDEX outside_contacts_state_created_at_id_idx ON outside_contacts (state, created_at, id);
