-- +goose Up
-- When the one who has a case last did something on it: a case nobody touches goes back. Those taken already are looked at once.
ALTER TABLE claims ADD COLUMN touched_at INTEGER NULL;
UPDATE timers SET fire_at = (SELECT c.taken_at FROM claims c WHERE c.id = timers.subject)
    WHERE kind = 'claim' AND subject IN (SELECT id FROM claims WHERE taken_by <> '' AND taken_at > 0 AND next_actor = 'staff');
INSERT INTO timers (kind, subject, fire_at, tries) SELECT 'claim', id, taken_at, 0 FROM claims
    WHERE taken_by <> '' AND taken_at > 0 AND next_actor = 'staff' AND NOT EXISTS (SELECT 1 FROM timers t WHERE t.kind = 'claim' AND t.subject = claims.id);
