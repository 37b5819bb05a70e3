-- +goose Up
-- What a seller's monthly statement lists, never changed once written: money that goes back on their lines and whether it counts against them, a reversal a row of its own.
CREATE TABLE statement_entries (
    id VARCHAR(64) NOT NULL,
    seller_id VARCHAR(128) NOT NULL,
    at BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    kind VARCHAR(24) NOT NULL,
    cause VARCHAR(24) NOT NULL,
    claim_id VARCHAR(64) NOT NULL,
    claim_number VARCHAR(64) NOT NULL,
    order_number VARCHAR(128) NOT NULL,
    currency VARCHAR(8) NOT NULL,
    amount BIGINT NOT NULL,
    borne_by VARCHAR(16) NOT NULL,
    counts BIGINT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY statement_entries_claim_id_seq_key (claim_id, seq),
    KEY statement_entries_seller_id_at_id_idx (seller_id, at, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
INSERT INTO statement_entries (id, seller_id, at, seq, kind, cause, claim_id, claim_number, order_number, currency, amount, borne_by, counts)
    SELECT r.id, r.seller_id, r.created_at, 1, 'refund', r.cause, c.id, c.number, r.order_number, r.currency, r.total, r.borne_by, 0 FROM refunds r JOIN claims c ON c.id = r.claim_id
    WHERE r.total > 0 AND NOT EXISTS (SELECT 1 FROM refunds x WHERE x.claim_id = r.claim_id AND x.id < r.id);
INSERT INTO statement_entries (id, seller_id, at, seq, kind, cause, claim_id, claim_number, order_number, currency, amount, borne_by, counts)
    SELECT c.id, c.seller_id, c.closed_at, 2, CASE WHEN c.decision LIKE '%"counts_against_seller":true%' THEN 'counted' ELSE 'not_counted' END, 'decision', c.id, c.number, c.order_number, c.currency, 0, '',
        CASE WHEN c.decision LIKE '%"counts_against_seller":true%' THEN 1 ELSE 0 END
    FROM claims c WHERE c.decision IS NOT NULL AND c.closed_at IS NOT NULL AND c.status IN ('granted', 'denied');
