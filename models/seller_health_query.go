package models

import (
	"context"
	"fmt"
	"math"

	"hosho/models/health"
)

// HealthCount is a number of a seller's health whose orders can be looked at.
type HealthCount string

// The numbers there are.
const (
	CountStockOuts HealthCount = "stock_outs" // those that count
	CountCancelled HealthCount = "cancelled"  // by the seller, whatever the cause
	CountDefects   HealthCount = "defects"
	CountLate      HealthCount = "late"
	CountUntracked HealthCount = "untracked"
	CountSilent    HealthCount = "unanswered" // a contact without an answer so far
)

// HealthCounts are all of them.
var HealthCounts = []HealthCount{CountStockOuts, CountCancelled, CountDefects, CountLate, CountUntracked, CountSilent}

// where says which orders are behind the number, and how many of a day are.
func (n HealthCount) where() (where, ofDay string, known bool) {
	switch n {
	case CountStockOuts:
		return markCounted.bit() + " = 1", "counted", true
	case CountCancelled:
		return markCancelled.bit() + " = 1", "cancelled", true
	case CountDefects:
		return markDefect.bit() + " = 1", "defects", true
	case CountLate:
		return markLate.bit() + " = 1", "late", true
	case CountUntracked:
		return markUntracked.bit() + " = 1", "untracked", true
	case CountSilent:
		return "s.contacted_at IS NOT NULL AND s.answered_at IS NULL", "contacted - answered", true
	}
	return "", "", false
}

// daysBehind are the days, the latest first, among which the next orders behind a number are. Of the
// first day some may have been listed, and of the last some were placed before the window, so those
// in between are to hold so many.
func (s *Store) daysBehind(ctx context.Context, sellerID, ofDay string, first, last int64, orders int) ([]int64, error) {
	rows, err := find[struct {
		Day   int64
		Count int
	}](ctx, s, "SELECT day, "+ofDay+" AS count FROM seller_days WHERE seller_id = ? AND day >= ? AND day <= ? AND "+ofDay+" > 0 ORDER BY day DESC LIMIT ?", sellerID, first, last, orders+1)
	if err != nil {
		return nil, fmt.Errorf("read seller's days: %w", err)
	}
	var list []int64
	sum := 0
	for _, r := range rows {
		list = append(list, r.Day)
		if r.Day == last || r.Day == first {
			continue
		}
		if sum += r.Count; sum >= orders {
			break
		}
	}
	return list, nil
}

// SellerOrder is an order as it counts for a seller.
type SellerOrder struct {
	ID          string
	Number      string
	PlacedAt    Instant
	Cause       health.Finding // of what the seller cancelled of it; "" where nothing was
	Counts      bool           // as a stock-out
	Contest     ContestStatus  // of the seller's contest of that, "" without one
	Shipped     bool
	Late        bool
	Untracked   bool
	Defect      bool
	ContactedAt Instant
	AnsweredAt  Instant
}

// SellerOrders lists the orders behind a number: of those placed in the last days, the latest
// first. The seller's members and staff may. Kinds: NotFound, Invalid for a number or days that
// there are not, and for a cursor that is not ours.
func (s *Store) SellerOrders(ctx context.Context, by Actor, sellerID string, count HealthCount, inDays int, page Page) ([]SellerOrder, string, error) {
	if _, err := s.sellerFile(ctx, by, sellerID); err != nil {
		return nil, "", err
	}
	where, ofDay, known := count.where()
	switch {
	case !known:
		return nil, "", fieldError("count", "unknown_value")
	case inDays < 1 || inDays > 366:
		return nil, "", fieldError("days", "out_of_range")
	}
	at, id, err := readCursor(page.Cursor)
	if err != nil {
		return nil, "", err
	}
	now, err := s.Now(ctx)
	if err != nil {
		return nil, "", err
	}
	since, limit := now.Add(-days(inDays)), page.size()+1
	type row struct {
		sellerOrderRow
		Number  string
		Contest ContestStatus
	}
	last := dayOf(at)
	if page.Cursor == "" {
		last = math.MaxInt64
	}
	in, err := s.daysBehind(ctx, sellerID, ofDay, dayOf(since), last, limit)
	if err != nil || len(in) == 0 {
		return []SellerOrder{}, "", err
	}
	rows, err := find[row](ctx, s, "SELECT s.*, o.number, COALESCE(k.status, '') AS contest FROM seller_orders s"+s.engine.join()+"orders o ON o.id = s.order_id LEFT JOIN contests k ON k.seller_id = s.seller_id AND k.order_id = s.order_id AND k.contest_no = (SELECT MAX(l.contest_no) FROM contests l WHERE l.seller_id = k.seller_id AND l.order_id = k.order_id) WHERE s.seller_id = ? AND s.day IN ? AND s.placed_at > ? AND s.placed_at <= ? AND (s.placed_at < ? OR s.order_id < ?) AND "+
		where+" ORDER BY s.day DESC, s.placed_at DESC, s.order_id DESC LIMIT ?", sellerID, in, since, at, at, id, limit)
	if err != nil {
		return nil, "", fmt.Errorf("list seller's orders: %w", err)
	}
	next := ""
	if len(rows) == limit {
		rows = rows[:limit-1]
		next = writeCursor(rows[limit-2].PlacedAt, rows[limit-2].OrderID)
	}
	list := make([]SellerOrder, 0, len(rows))
	for _, r := range rows {
		o := SellerOrder{
			ID: r.OrderID, Number: r.Number, PlacedAt: r.PlacedAt, Counts: r.Marks&markCounted != 0, Contest: r.Contest, Shipped: r.Marks&markShipped != 0, Late: r.Marks&markLate != 0,
			Untracked: r.Marks&markUntracked != 0, Defect: r.Marks&markDefect != 0, ContactedAt: r.ContactedAt, AnsweredAt: r.AnsweredAt,
		}
		for mark, cause := range map[sellerMarks]health.Finding{markStockOut: health.StockOut, markMisdeclared: health.Misdeclared, markBuyerRequest: health.BuyerRequest, markOther: health.Other} {
			if r.Marks&mark != 0 {
				o.Cause = cause
			}
		}
		list = append(list, o)
	}
	return list, next, nil
}

// SellerStanding is a line of the list of sellers by risk, as of when it was last reckoned.
type SellerStanding struct {
	SellerID        string
	Name            string
	Points          int
	Level           int // that the ladder proposes
	Reached         int
	Held            health.Guard
	Buyers          int // affected
	RecentStockOuts int // of the orders of 30 days
	StockOuts       int // of those of 90 days
	Orders          int // of 90 days
	NextLeaveAt     Instant
	ReckonedAt      Instant
}

// Rate is that of the 90 days.
func (s SellerStanding) Rate() health.Rate { return health.Rate{Hits: s.StockOuts, Orders: s.Orders} }

// RiskFilter says which sellers are listed.
type RiskFilter struct {
	Level *int // that the ladder proposes, 0 for none; nil for all
}

// SellersByRisk lists the sellers who have or had an order that counts: by the level the ladder
// proposes and then by points, the most first. Staff and admins may. Kinds: Forbidden, Invalid.
func (s *Store) SellersByRisk(ctx context.Context, by Actor, f RiskFilter, page Page) ([]SellerStanding, string, error) {
	if !by.SeesAllCases() {
		return nil, "", forbidden()
	}
	at, id, err := readCursor(page.Cursor)
	if err != nil {
		return nil, "", err
	}
	least, most := int64(0), int64(at)
	if f.Level != nil {
		if *f.Level < 0 || *f.Level > len(health.Default().Levels) {
			return nil, "", fieldError("level", "out_of_range")
		}
		least, most = riskOf(*f.Level, 0), min(most, riskOf(*f.Level, riskOfLevel))
		if page.Cursor == "" {
			at = Instant(most)
		}
	}
	limit := page.size() + 1
	type row struct {
		sellerStandingRow
		Name string
	}
	rows, err := find[row](ctx, s, "SELECT t.*, s.name FROM seller_standings t"+s.engine.hint("seller_standings_risk_seller_id_idx")+s.engine.join()+
		"sellers s ON s.id = t.seller_id WHERE t.risk >= ? AND t.risk <= ? AND (t.risk < ? OR t.seller_id < ?) ORDER BY t.risk DESC, t.seller_id DESC LIMIT ?", least, most, int64(at), id, limit)
	if err != nil {
		return nil, "", fmt.Errorf("list sellers: %w", err)
	}
	next := ""
	if len(rows) == limit {
		rows = rows[:limit-1]
		next = writeCursor(Instant(rows[limit-2].Risk), rows[limit-2].SellerID)
	}
	list := make([]SellerStanding, 0, len(rows))
	for _, r := range rows {
		list = append(list, SellerStanding{
			SellerID: r.SellerID, Name: r.Name, Points: r.Points, Level: r.Level, Reached: r.Reached, Held: r.Held, Buyers: r.Buyers,
			RecentStockOuts: r.RecentStockOuts, StockOuts: r.StockOuts, Orders: r.Orders, NextLeaveAt: r.NextLeaveAt, ReckonedAt: r.ReckonedAt,
		})
	}
	return list, next, nil
}
