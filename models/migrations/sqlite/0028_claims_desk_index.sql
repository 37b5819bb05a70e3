-- +goose Up
-- The desk of staff: the cases nobody has taken and the cases a person has taken, by due date.
CREATE INDEX claims_taken_by_next_actor_due_at_id_idx ON claims (taken_by, next_actor, due_at, id);
