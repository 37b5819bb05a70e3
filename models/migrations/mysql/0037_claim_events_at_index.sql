-- +goose Up
-- Checkpoints list the chains that have grown since the one before; the key follows in the index by itself.
CREATE INDEX claim_events_at_idx ON claim_events (at);
