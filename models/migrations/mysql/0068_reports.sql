-- +goose Up
-- Reports of sellers who cancel for stock-outs. due_at is until when the reporter next hears; outcome is which of the three answers was given, and investigation_id what it was joined to.
CREATE TABLE IF NOT EXISTS reports (
    id VARCHAR(64) NOT NULL,
    number VARCHAR(16) NOT NULL,
    account_id VARCHAR(64) NOT NULL,
    seller_id VARCHAR(128) NOT NULL,
    statement TEXT NOT NULL,
    locale VARCHAR(16) NOT NULL,
    status VARCHAR(32) NOT NULL,
    outcome VARCHAR(32) NULL,
    investigation_id VARCHAR(64) NULL,
    order_count BIGINT NOT NULL,
    sent_at BIGINT NOT NULL,
    due_at BIGINT NULL,
    joined_at BIGINT NULL,
    closed_at BIGINT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY reports_number_key (number),
    KEY reports_account_id_sent_at_id_idx (account_id, sent_at, id),
    KEY reports_seller_id_sent_at_id_idx (seller_id, sent_at, id),
    KEY reports_sent_at_id_idx (sent_at, id),
    KEY reports_investigation_id_idx (investigation_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
-- The orders of a report. live_seller_id is the seller while the report stands, so that an order is in one report of a seller; one that ended because the cause was another leaves it.
CREATE TABLE IF NOT EXISTS report_orders (
    report_id VARCHAR(64) NOT NULL,
    order_id VARCHAR(64) NOT NULL,
    order_number VARCHAR(128) NOT NULL,
    seller_id VARCHAR(128) NOT NULL,
    live_seller_id VARCHAR(128) NULL,
    cancelled_at BIGINT NOT NULL,
    PRIMARY KEY (report_id, order_id),
    UNIQUE KEY report_orders_order_id_live_seller_id_key (order_id, live_seller_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
-- What may tie the sender of a report to another's, as keyed digests: who does not hold the key can neither read nor guess them.
CREATE TABLE IF NOT EXISTS report_ties (
    report_id VARCHAR(64) NOT NULL,
    kind VARCHAR(16) NOT NULL,
    digest VARCHAR(64) NOT NULL,
    PRIMARY KEY (report_id, kind, digest)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
-- Who reports, one row a person, so that two reports sent at once meet; and who is reported.
CREATE TABLE IF NOT EXISTS reporters (
    account_id VARCHAR(64) NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (account_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE IF NOT EXISTS reported_sellers (
    seller_id VARCHAR(128) NOT NULL,
    reports BIGINT NOT NULL,
    open_reports BIGINT NOT NULL,
    last_sent_at BIGINT NOT NULL,
    waiting BIGINT NOT NULL,
    PRIMARY KEY (seller_id),
    KEY reported_sellers_waiting_last_sent_at_seller_id_idx (waiting, last_sent_at, seller_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
