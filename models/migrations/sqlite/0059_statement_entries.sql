-- +goose Up
-- What a seller's monthly statement lists, never changed once written: money that goes back on their lines and whether it counts against them, a reversal a row of its own.
CREATE TABLE statement_entries (
    id TEXT NOT NULL,
    seller_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    kind TEXT NOT NULL,
    cause TEXT NOT NULL,
    claim_id TEXT NOT NULL,
    claim_number TEXT NOT NULL,
    order_number TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount INTEGER NOT NULL,
    borne_by TEXT NOT NULL,
    counts INTEGER NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX statement_entries_claim_id_seq_key ON statement_entries (claim_id, seq);
CREATE INDEX statement_entries_seller_id_at_id_idx ON statement_entries (seller_id, at, id);
INSERT INTO statement_entries (id, seller_id, at, seq, kind, cause, claim_id, claim_number, order_number, currency, amount, borne_by, counts)
    SELECT r.id, r.seller_id, r.created_at, 1, 'refund', r.cause, c.id, c.number, r.order_number, r.currency, r.total, r.borne_by, 0 FROM refunds r JOIN claims c ON c.id = r.claim_id
    WHERE r.total > 0 AND NOT EXISTS (SELECT 1 FROM refunds x WHERE x.claim_id = r.claim_id AND x.id < r.id);
INSERT INTO statement_entries (id, seller_id, at, seq, kind, cause, claim_id, claim_number, order_number, currency, amount, borne_by, counts)
    SELECT c.id, c.seller_id, c.closed_at, 2, CASE WHEN c.decision LIKE '%"counts_against_seller":true%' THEN 'counted' ELSE 'not_counted' END, 'decision', c.id, c.number, c.order_number, c.currency, 0, '',
        CASE WHEN c.decision LIKE '%"counts_against_seller":true%' THEN 1 ELSE 0 END
    FROM claims c WHERE c.decision IS NOT NULL AND c.closed_at IS NOT NULL AND c.status IN ('granted', 'denied');
