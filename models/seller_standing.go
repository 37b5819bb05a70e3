package models

import (
	"context"
	"fmt"
	"reflect"
	"slices"
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

// followStandings reckons the standings of sellers anew and says when the clock does so next, in
// five statements however many they are.
func (tx *Store) followStandings(ctx context.Context, sellers ...string) error {
	if len(sellers) == 0 {
		return nil
	}
	rows, again, err := tx.reckonStandings(ctx, sellers)
	if err != nil {
		return err
	}
	return tx.writeStandings(ctx, rows, again)
}

// reckonStandings reckons the standings of sellers, by seller, and when the clock is to do so again.
func (tx *Store) reckonStandings(ctx context.Context, sellers []string) ([]sellerStandingRow, map[string]Instant, error) {
	slices.Sort(sellers) // so that two who do so wait for each other in one order
	policy, err := tx.Policy(ctx, tx.now)
	if err != nil {
		return nil, nil, err
	}
	rules := policy.Health
	counts, err := tx.countsOfAll(ctx, sellers, tx.now.Add(-rules.PointsLife))
	if err != nil {
		return nil, nil, err
	}
	month, err := tx.ratesOf(ctx, sellers, tx.now.Add(-days(30)))
	if err != nil {
		return nil, nil, err
	}
	life, err := tx.ratesOf(ctx, sellers, tx.now.Add(-rules.PointsLife))
	if err != nil {
		return nil, nil, err
	}
	rows := make([]sellerStandingRow, 0, len(sellers))
	again := map[string]Instant{}
	for _, seller := range sellers {
		st := rules.Stand(counts[seller], life[seller], tx.now.Time())
		row := sellerStandingRow{
			SellerID: seller, Risk: riskOf(st.Level, st.Points), Points: st.Points, Level: st.Level, Reached: st.Reached, Held: st.Held, Buyers: st.Buyers,
			RecentStockOuts: month[seller].Hits, StockOuts: life[seller].Hits, Orders: life[seller].Orders, ReckonedAt: tx.now,
		}
		if len(st.Leaves) > 0 {
			row.NextLeaveAt = InstantOf(st.Leaves[0].At)
			again[seller] = min(row.NextLeaveAt, tx.now.Add(standingAgain))
		} else if len(counts[seller]) > 0 || row.StockOuts > 0 { // told ahead of its time, or spared: the windows move all the same
			again[seller] = tx.now.Add(standingAgain)
		}
		rows = append(rows, row)
	}
	return rows, again, nil
}

func (tx *Store) writeStandings(ctx context.Context, rows []sellerStandingRow, again map[string]Instant) error {
	sellers := make([]string, 0, len(rows))
	for _, row := range rows {
		sellers = append(sellers, row.SellerID)
	}
	if err := tx.writeRows(ctx, &rows, tx.ifThere("seller_id", standingColumns, false)); err != nil {
		return fmt.Errorf("write standings: %w", err)
	}
	return tx.setTimers(ctx, standingTimer, sellers, again)
}

// standingColumns are what is reckoned of a standing.
var standingColumns = func() (names []string) {
	for _, f := range shapeOf(reflect.TypeFor[sellerStandingRow]()).fields[1:] {
		names = append(names, f.column)
	}
	return names
}()

// fireStandings reckons anew the standings that the clock is to look at.
func (tx *Store) fireStandings(ctx context.Context, due []timerRow) (int, error) {
	taken, err := tx.takeTimers(ctx, standingTimer, due)
	if err != nil {
		return 0, err
	}
	sellers := make([]string, 0, len(taken))
	for _, t := range taken {
		sellers = append(sellers, t.Subject)
	}
	return len(taken), tx.followStandings(ctx, sellers...)
}
