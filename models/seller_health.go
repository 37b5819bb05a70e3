package models

import (
	"context"
	"fmt"
	"time"

	"hosho/models/health"
)

// SellerHealth is how a seller stands (PRODUCT.md §8.3): the numbers of orders placed in the last
// days, each day 24 hours, and the points of the ladder.
type SellerHealth struct {
	SellerID   string
	SellerName string
	At         Instant
	Windows    []HealthWindow // of HealthDays
	Before     HealthWindow   // the 30 days before the last 30
	Defects    health.Rate    // orders with a claim decided against the seller, of those of health.Defects.Days
	Late       health.Rate    // of the orders the seller shipped, those with a line shipped late
	Tracked    health.Rate    // of the orders the seller shipped, those with every line traceable
	Answered   health.Rate    // of the orders with a contact, those the seller has answered
	AnswerTime time.Duration  // until the first answer, on average of those answered
	Weeks      []HealthWindow // 13 of them, the last ending now, the oldest first
	Standing   health.Standing
	Next       health.Step // zero where there is none
}

// HealthDays are the windows of a seller's health.
var HealthDays = []int{7, 30, 90}

// HealthWindow are the orders placed in a window of time.
type HealthWindow struct {
	Days         int
	After        Instant // exclusive
	Orders       int
	Cancelled    int // by the seller; of these, by the cause found:
	StockOut     int
	Misdeclared  int
	BuyerRequest int
	Other        int
	StockOuts    int // those that count
}

// Rate is the share of orders that count as stock-outs.
func (w HealthWindow) Rate() health.Rate { return health.Rate{Hits: w.StockOuts, Orders: w.Orders} }

// rate is the share of the orders that count as stock-outs.
func (n orderSums) rate() health.Rate { return health.Rate{Hits: n.Counted, Orders: n.Orders} }

func (n orderSums) window(days int, after Instant) HealthWindow {
	return HealthWindow{days, after, n.Orders, n.Cancelled, n.StockOut, n.Misdeclared, n.BuyerRequest, n.Other, n.Counted}
}

// Weeks of the chart: as many as the longest window holds.
const healthWeeks = 13

// SellerHealth reads a seller's health. The seller's members and staff may. Kinds: NotFound, also
// for others' sellers.
func (s *Store) SellerHealth(ctx context.Context, by Actor, sellerID string) (SellerHealth, error) {
	name, err := s.sellerFile(ctx, by, sellerID)
	if err != nil {
		return SellerHealth{}, err
	}
	now, err := s.Now(ctx)
	if err != nil {
		return SellerHealth{}, err
	}
	policy, err := s.Policy(ctx, now)
	if err != nil {
		return SellerHealth{}, err
	}
	rules := policy.Health
	h := SellerHealth{SellerID: sellerID, SellerName: name, At: now}
	since := make([]Instant, 0, healthWeeks+len(HealthDays)+2)
	for _, d := range []int{7, 30, 60, 90} {
		since = append(since, now.Add(-days(d)))
	}
	for w := healthWeeks; w > 1; w-- {
		since = append(since, now.Add(-days(7*w)))
	}
	since = append(since, now.Add(-rules.PointsLife))
	n, err := s.sellerNumbersSince(ctx, sellerID, since)
	if err != nil {
		return SellerHealth{}, err
	}
	weighed, n := n[len(n)-1], n[:len(n)-1]
	week, month, two, quarter := n[0], n[1], n[2], n[3]
	for i, w := range []orderSums{week, month, quarter} {
		h.Windows = append(h.Windows, w.window(HealthDays[i], now.Add(-days(HealthDays[i]))))
	}
	h.Before = two.plus(month, -1).window(30, now.Add(-days(60)))
	h.Defects = health.Rate{Hits: two.Defects, Orders: two.Orders}
	h.Late = health.Rate{Hits: month.Late, Orders: month.Shipped}
	h.Tracked = health.Rate{Hits: month.Shipped - month.Untracked, Orders: month.Shipped}
	h.Answered = health.Rate{Hits: quarter.Answered, Orders: quarter.Contacted}
	if quarter.Answered > 0 {
		h.AnswerTime = time.Duration(quarter.AnswerTime/int64(quarter.Answered)) * time.Microsecond
	}
	edges := append(n[4:], week)
	for i, from := range edges {
		if i+1 < len(edges) {
			from = from.plus(edges[i+1], -1)
		}
		h.Weeks = append(h.Weeks, from.window(7, now.Add(-days(7*(healthWeeks-i)))))
	}
	counts, err := s.countsOf(ctx, sellerID, now.Add(-rules.PointsLife))
	if err != nil {
		return SellerHealth{}, err
	}
	h.Standing = rules.Stand(counts, weighed.rate(), now.Time())
	h.Next, _ = rules.Next(h.Standing)
	return h, nil
}

// sellerFile is the name of a seller whose file the actor may read: a member its own, staff and
// admins any. Kinds: NotFound, also for those of others.
func (s *Store) sellerFile(ctx context.Context, by Actor, sellerID string) (string, error) {
	if !by.SeesAllCases() && (by.Role != RoleSeller || by.SellerID != sellerID) {
		return "", notFound()
	}
	return s.sellerName(ctx, sellerID)
}

func (s *Store) sellerName(ctx context.Context, sellerID string) (string, error) {
	rows, err := find[sellerRow](ctx, s, "SELECT * FROM sellers WHERE id = ?", sellerID)
	if err != nil {
		return "", fmt.Errorf("read seller: %w", err)
	}
	if len(rows) == 0 {
		return "", notFound()
	}
	return rows[0].Name, nil
}

// SellerBadge is what anybody may know of a seller: of the orders of 90 days, those cancelled for
// stock-outs, as a number and an interval.
type SellerBadge struct {
	SellerID string
	Days     int
	Rate     health.Rate
}

// SellerBadge reads it. Anybody may. Kinds: NotFound.
func (s *Store) SellerBadge(ctx context.Context, sellerID string) (SellerBadge, error) {
	if _, err := s.sellerName(ctx, sellerID); err != nil {
		return SellerBadge{}, err
	}
	now, err := s.Now(ctx)
	if err != nil {
		return SellerBadge{}, err
	}
	const window = 90
	rate, err := s.orderRate(ctx, sellerID, now.Add(-days(window)))
	return SellerBadge{sellerID, window, rate}, err
}

// orderRate is how many orders with lines of a seller were placed after a time, and in how many
// of them a stock-out counts.
func (s *Store) orderRate(ctx context.Context, seller string, since Instant) (health.Rate, error) {
	rates, err := s.ratesOf(ctx, []string{seller}, since)
	return rates[seller], err
}

// sellerNumbersSince are the sums of a seller's orders placed after each of some times, in one
// statement: the sums of whole days, and the rows of the one day in which each begins.
func (s *Store) sellerNumbersSince(ctx context.Context, seller string, since []Instant) ([]orderSums, error) {
	first := since[0]
	for _, at := range since {
		first = min(first, at)
	}
	query, args := "SELECT * FROM seller_days WHERE seller_id = ? AND day > ?", []any{seller, dayOf(first)}
	for i, at := range since {
		// Each names itself by a number below zero in place of its day.
		query += " UNION ALL SELECT '', " + partOfDay[i] + ", " + sumsOfOrders + " FROM seller_orders WHERE seller_id = ? AND day = ? AND placed_at > ?"
		args = append(args, seller, dayOf(at), at)
	}
	rows, err := find[sellerDayRow](ctx, s, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read seller's numbers: %w", err)
	}
	sums := make([]orderSums, len(since))
	for _, r := range rows {
		for i, at := range since {
			if r.SellerID != "" && r.Day > dayOf(at) || r.SellerID == "" && r.Day == int64(-1-i) {
				sums[i] = sums[i].plus(r.orderSums, 1)
			}
		}
	}
	return sums, nil
}

var partOfDay = func() (names []string) {
	for i := range healthWeeks + 4 {
		names = append(names, fmt.Sprint(-1-i))
	}
	return names
}()

// Trend is where the rate of stock-outs goes: the last 30 days against the 30 before.
func (h SellerHealth) Trend() health.Direction {
	return health.Trend(h.Before.Rate(), h.Windows[1].Rate())
}

// SeesSeller reports whether an actor may read a seller's file: its members and staff. Kinds: NotFound.
func (s *Store) SeesSeller(ctx context.Context, by Actor, sellerID string) error {
	_, err := s.sellerFile(ctx, by, sellerID)
	return err
}
