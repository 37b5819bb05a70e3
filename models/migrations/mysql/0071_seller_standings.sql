-- +goose Up
-- Where each seller with a counted order stands on the ladder, as of reckoned_at. The clock looks at it again while points stand. risk sorts them: the level the ladder proposes, then the points.
CREATE TABLE IF NOT EXISTS seller_standings (
    seller_id VARCHAR(128) NOT NULL,
    risk BIGINT NOT NULL,
    points BIGINT NOT NULL,
    level BIGINT NOT NULL,
    reached BIGINT NOT NULL,
    held VARCHAR(16) NOT NULL,
    buyers BIGINT NOT NULL,
    recent_stock_outs BIGINT NOT NULL,
    stock_outs BIGINT NOT NULL,
    orders BIGINT NOT NULL,
    next_leave_at BIGINT NULL,
    reckoned_at BIGINT NOT NULL,
    PRIMARY KEY (seller_id),
    KEY seller_standings_risk_seller_id_idx (risk, seller_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
-- A seller is the subject of the timer of its standing, and its id may be as long as this.
ALTER TABLE timers MODIFY subject VARCHAR(128) NOT NULL;
