-- +goose Up
-- A contest that is not decided in time is told of. Those that wait already get their timer.
INSERT INTO timers (kind, subject, fire_at, tries) SELECT 'contest', id, due_at, 0 FROM contests
    WHERE status = 'open' AND NOT EXISTS (SELECT 1 FROM timers t WHERE t.kind = 'contest' AND t.subject = contests.id);
