-- +goose Up
-- Where each seller with a counted order stands on the ladder, as of reckoned_at. The clock looks at it again while points stand. risk sorts them: the level the ladder proposes, then the points.
CREATE TABLE IF NOT EXISTS seller_standings (
    seller_id TEXT NOT NULL,
    risk INTEGER NOT NULL,
    points INTEGER NOT NULL,
    level INTEGER NOT NULL,
    reached INTEGER NOT NULL,
    held TEXT NOT NULL,
    buyers INTEGER NOT NULL,
    recent_stock_outs INTEGER NOT NULL,
    stock_outs INTEGER NOT NULL,
    orders INTEGER NOT NULL,
    next_leave_at INTEGER NULL,
    reckoned_at INTEGER NOT NULL,
    PRIMARY KEY (seller_id)
);
CREATE INDEX IF NOT EXISTS seller_standings_risk_seller_id_idx ON seller_standings (risk, seller_id);
