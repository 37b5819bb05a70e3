-- +goose Up
-- Files given on messages about order lines, and on contacts made elsewhere, before there was a retention rule: 180 days after no claim can be filed any more the rule is asked.
INSERT INTO timers (kind, subject, fire_at, tries)
SELECT 'retention', ml.message_id, MAX(l.deadline_at) + 15552000000000, 0
FROM attachments a JOIN message_lines ml ON ml.message_id = a.subject_id JOIN order_lines l ON l.id = ml.order_line_id
WHERE a.subject_kind = 'message' GROUP BY ml.message_id
UNION ALL
SELECT 'retention', x.id, MAX(l.deadline_at) + 15552000000000, 0
FROM attachments a JOIN outside_contacts x ON x.id = a.subject_id JOIN order_lines l ON l.id = x.order_line_id
WHERE a.subject_kind = 'outside' GROUP BY x.id;
