-- +goose Up
-- A contest answers the cause as it was found then; once another was found the order can be contested again. contest_no counts them, the last is the one that stands; causes is how many causes had been found of the order when it was decided.
ALTER TABLE contests ADD COLUMN contest_no INTEGER NOT NULL DEFAULT 1;
ALTER TABLE contests ADD COLUMN causes INTEGER NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX contests_seller_id_order_id_contest_no_key ON contests (seller_id, order_id, contest_no);
DROP INDEX contests_seller_id_order_id_key;
UPDATE contests SET causes = (SELECT COUNT(*) FROM order_lines l JOIN cancellations c ON c.order_line_id = l.id JOIN cancellation_versions v ON v.order_line_id = l.id
    LEFT JOIN cancellation_versions b ON b.order_line_id = v.order_line_id AND b.version = v.version - 1 WHERE l.order_id = contests.order_id AND c.seller_id = contests.seller_id AND v.at <= contests.decided_at AND v.undone_at IS NULL
    AND (b.version IS NULL OR b.undone_at IS NOT NULL OR b.finding <> v.finding)) WHERE status <> 'open';
