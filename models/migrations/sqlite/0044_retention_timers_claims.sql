-- +goose Up
-- Claims closed before there was a retention rule. The instant is that of the default policy; when it comes, the rule is asked and sets the exact one.
INSERT INTO timers (kind, subject, fire_at, tries)
SELECT 'retention', c.id, COALESCE(c.appeal_until, c.closed_at) + 15552000000000, 0
FROM claims c WHERE c.status IN ('settled', 'granted', 'denied', 'withdrawn') AND c.closed_at IS NOT NULL;
