-- +goose Up
-- The desk of staff: the cases in review by amount.
CREATE INDEX claims_next_actor_claimed_id_idx ON claims (next_actor, claimed, id);
