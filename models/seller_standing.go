package models

import (
	"context"
	"fmt"
	"time"

	"hosho/models/health"
)

// sellerStandingRow is where a seller stands on the ladder, for the list of sellers by risk. It is
// written with whatever changes what counts, and by the clock while points stand or an order of the
// windows counts: as points go, and once a day, since the orders of the window change too.
type sellerStandingRow struct {
	SellerID        string
	Risk            int64
	Points          int
	Level           int
	Reached         int
	Held            health.Guard
	Buyers          int
	RecentStockOuts int // of the orders of 30 days
	StockOuts       int // of those of 90 days
	Orders          int
	NextLeaveAt     Instant
	ReckonedAt      Instant
}

func (sellerStandingRow) TableName() string { return "seller_standings" }

// riskOfLevel parts the levels in the number that sellers are sorted by.
const riskOfLevel = 1_000_000

// riskOf is the level that the ladder proposes, then the points.
func riskOf(level, points int) int64 {
	return int64(level)*riskOfLevel + int64(min(points, riskOfLevel-1))
}

// standingAgain is after how long a standing with points is reckoned again.
const standingAgain = 24 * time.Hour

// followStanding reckons a seller's standing anew and says when the clock does so next.
func (tx *Store) followStanding(ctx context.Context, seller string) error {
	policy, err := tx.Policy(ctx, tx.now)
	if err != nil {
		return err
	}
	rules := policy.Health
	counts, err := tx.countsOf(ctx, seller, tx.now.Add(-rules.PointsLife))
	if err != nil {
		return err
	}
	n, err := tx.sellerNumbersSince(ctx, seller, []Instant{tx.now.Add(-days(30)), tx.now.Add(-rules.PointsLife)})
	if err != nil {
		return err
	}
	st := rules.Stand(counts, health.Rate{Hits: n[1].Counted, Orders: n[1].Orders}, tx.now.Time())
	row := sellerStandingRow{
		SellerID: seller, Risk: riskOf(st.Level, st.Points), Points: st.Points, Level: st.Level, Reached: st.Reached, Held: st.Held, Buyers: st.Buyers,
		RecentStockOuts: n[0].Counted, StockOuts: n[1].Counted, Orders: n[1].Orders, ReckonedAt: tx.now,
	}
	var again Instant
	if len(st.Leaves) > 0 {
		row.NextLeaveAt = InstantOf(st.Leaves[0].At)
		again = min(row.NextLeaveAt, tx.now.Add(standingAgain))
	} else if len(counts) > 0 || row.StockOuts > 0 { // told ahead of its time, or spared: the windows move all the same
		again = tx.now.Add(standingAgain)
	}
	if err := tx.writeStanding(ctx, row); err != nil {
		return err
	}
	if err := tx.setTimer(ctx, standingTimer, seller, again); err != nil {
		return fmt.Errorf("set timer of standing: %w", err)
	}
	return nil
}

func (tx *Store) writeStanding(ctx context.Context, r sellerStandingRow) error {
	n, err := tx.exec(ctx, `UPDATE seller_standings SET risk = ?, points = ?, level = ?, reached = ?, held = ?, buyers = ?, recent_stock_outs = ?, stock_outs = ?, orders = ?, next_leave_at = ?, reckoned_at = ?
		WHERE seller_id = ?`, r.Risk, r.Points, r.Level, r.Reached, r.Held, r.Buyers, r.RecentStockOuts, r.StockOuts, r.Orders, r.NextLeaveAt, r.ReckonedAt, r.SellerID)
	if err == nil && n == 0 {
		if err = tx.insert(ctx, &r); isDuplicate(err) {
			return errAgain
		}
	}
	if err != nil {
		return fmt.Errorf("write standing: %w", err)
	}
	return nil
}

// fireStandings reckons anew the standings that the clock is to look at.
func (tx *Store) fireStandings(ctx context.Context, due []timerRow) (int, error) {
	taken, err := tx.takeTimers(ctx, standingTimer, due)
	if err != nil {
		return 0, err
	}
	for _, t := range taken {
		if err := tx.followStanding(ctx, t.Subject); err != nil {
			return 0, err
		}
	}
	return len(taken), nil
}
