-- +goose Up
-- Reports of sellers who cancel for stock-outs. due_at is until when the reporter next hears; outcome is which of the three answers was given, and investigation_id what it was joined to.
CREATE TABLE reports (
    id TEXT NOT NULL,
    number TEXT NOT NULL,
    account_id TEXT NOT NULL,
    seller_id TEXT NOT NULL,
    statement TEXT NOT NULL,
    locale TEXT NOT NULL,
    status TEXT NOT NULL,
    outcome TEXT NULL,
    investigation_id TEXT NULL,
    order_count INTEGER NOT NULL,
    sent_at INTEGER NOT NULL,
    due_at INTEGER NULL,
    joined_at INTEGER NULL,
    closed_at INTEGER NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX reports_number_key ON reports (number);
CREATE INDEX reports_account_id_sent_at_id_idx ON reports (account_id, sent_at, id);
CREATE INDEX reports_seller_id_sent_at_id_idx ON reports (seller_id, sent_at, id);
CREATE INDEX reports_sent_at_id_idx ON reports (sent_at, id);
CREATE INDEX reports_investigation_id_idx ON reports (investigation_id);
-- The orders of a report. live_seller_id is the seller while the report stands, so that an order is in one report of a seller; one that ended because the cause was another leaves it.
CREATE TABLE report_orders (
    report_id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    order_number TEXT NOT NULL,
    seller_id TEXT NOT NULL,
    live_seller_id TEXT NULL,
    cancelled_at INTEGER NOT NULL,
    PRIMARY KEY (report_id, order_id)
);
CREATE UNIQUE INDEX report_orders_order_id_live_seller_id_key ON report_orders (order_id, live_seller_id);
-- What may tie the sender of a report to another's, as keyed digests: who does not hold the key can neither read nor guess them.
CREATE TABLE report_ties (
    report_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (report_id, kind, digest)
);
-- Who reports, one row a person, so that two reports sent at once meet; and who is reported.
CREATE TABLE reporters (
    account_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (account_id)
);
CREATE TABLE reported_sellers (
    seller_id TEXT NOT NULL,
    reports INTEGER NOT NULL,
    open_reports INTEGER NOT NULL,
    last_sent_at INTEGER NOT NULL,
    waiting INTEGER NOT NULL,
    PRIMARY KEY (seller_id)
);
CREATE INDEX reported_sellers_waiting_last_sent_at_seller_id_idx ON reported_sellers (waiting, last_sent_at, seller_id);
