package models

import (
	"context"
	"fmt"
	"slices"

	"hosho/models/health"
)

// CancelWhatIf is what would come of an order, or a line of it, that its seller cancels now for a
// stock-out. Nobody cancels here: that is the marketplace's, whose order update tells of it.
type CancelWhatIf struct {
	OrderNumber   string
	SellerID      string
	At            Instant
	Lines         []int // not shipped and not cancelled: what could be
	Counts        bool  // the order counts already, by another line
	Investigation bool  // one is open
	Now           health.Standing
	Ways          []health.Outcome // of health.Ways
	Rates         []RateChange     // of HealthDays
	Late          health.Rate      // of the orders shipped in the days of health.Late, those shipped late
	Rules         health.Rules
}

// RateChange is the share of stock-outs of the orders placed in so many days, and as it would be.
type RateChange struct {
	Days      int
	Now, Then health.Rate
}

// CancelWhatIf tells what would come of cancelling. The seller's members and staff may ask; it
// changes nothing. Kinds: NotFound, also for an order without a line of the seller's and for one
// that a member has bought, Conflict (already_cancelled, already_shipped where nothing is left to
// cancel).
func (s *Store) CancelWhatIf(ctx context.Context, by Actor, sellerID, number string) (CancelWhatIf, error) {
	if _, err := s.sellerFile(ctx, by, sellerID); err != nil {
		return CancelWhatIf{}, err
	}
	order, err := s.orderHead(ctx, number)
	if err != nil {
		return CancelWhatIf{}, err
	}
	if by.sideOf(order.BuyerEmail, sellerID) == SideBuyer && by.Role == RoleSeller {
		return CancelWhatIf{}, notFound()
	}
	now, err := s.Now(ctx)
	if err != nil {
		return CancelWhatIf{}, err
	}
	w := CancelWhatIf{OrderNumber: number, SellerID: sellerID, At: now}
	if w.Lines, err = cancellable(order, sellerID); err != nil {
		return CancelWhatIf{}, err
	}
	policy, err := s.Policy(ctx, now)
	if err != nil {
		return CancelWhatIf{}, err
	}
	w.Rules = policy.Health
	row, err := s.sellerOrderOf(ctx, sellerID, order.PlacedAt, order.ID)
	if err != nil {
		return CancelWhatIf{}, fmt.Errorf("read seller's order: %w", err)
	}
	c := health.Candidate{Order: order.ID, Buyer: order.BuyerID, Placed: order.PlacedAt.Time(), Hit: row.Marks&markCounted != 0}
	facts, err := s.factsFor(ctx, &w, c)
	if err != nil {
		return CancelWhatIf{}, err
	}
	w.Counts = slices.ContainsFunc(facts.Counts, func(x health.Count) bool {
		return x.Order == order.ID && x.At.Add(w.Rules.PointsLife).After(now.Time())
	})
	w.Investigation = facts.Open
	w.Now = w.Rules.Stand(facts.Counts, facts.Life, now.Time())
	for _, way := range health.Ways {
		w.Ways = append(w.Ways, w.Rules.WhatIf(facts, c, way, now.Time()))
	}
	return w, nil
}

// cancellable are the lines of a seller that could still be cancelled.
func cancellable(o Order, seller string) ([]int, error) {
	var lines []int
	mine, left := 0, 0
	for _, l := range o.Lines {
		if l.SellerID != seller {
			continue
		}
		if mine++; l.Status == Unshipped {
			lines = append(lines, l.Number)
		}
		if l.Status != Cancelled {
			left++
		}
	}
	switch {
	case mine == 0:
		return nil, notFound()
	case left == 0:
		return nil, &Error{Kind: Conflict, Code: "already_cancelled"}
	case len(lines) == 0:
		return nil, &Error{Kind: Conflict, Code: "already_shipped"}
	}
	return lines, nil
}

// factsFor reads what the rules look at of the seller, and the rates of the windows beside it.
func (s *Store) factsFor(ctx context.Context, w *CancelWhatIf, c health.Candidate) (health.Facts, error) {
	rules, now := w.Rules, w.At
	var f health.Facts
	var err error
	if f.Counts, err = s.countsOf(ctx, w.SellerID, now.Add(-max(rules.PointsLife, rules.OpenWindow))); err != nil {
		return f, err
	}
	since := []Instant{now.Add(-rules.PointsLife), now.Add(-rules.OpenWindow), now.Add(-days(health.Late.Days))}
	for _, d := range HealthDays {
		since = append(since, now.Add(-days(d)))
	}
	sums, err := s.sellerNumbersSince(ctx, w.SellerID, since)
	if err != nil {
		return f, err
	}
	rate := func(i int) health.Rate { return health.Rate{Hits: sums[i].Counted, Orders: sums[i].Orders} }
	f.Life, f.Window = rate(0), rate(1)
	w.Late = health.Rate{Hits: sums[2].Late, Orders: sums[2].Shipped}
	for i, d := range HealthDays {
		r := rate(3 + i)
		w.Rates = append(w.Rates, RateChange{d, r, c.With(r, since[3+i].Time())})
	}
	last, err := s.latestInvestigation(ctx, w.SellerID)
	if err != nil {
		return f, err
	}
	if f.Open = last.OpenSeller != nil; f.Open {
		return f, nil
	}
	f.Since = last.ClosedAt.Time()
	reports, err := s.reportsAbout(ctx, []string{w.SellerID}, last.ClosedAt)
	f.Reports = reports[w.SellerID]
	return f, err
}

// latestInvestigation is the last one that was opened of a seller, zero where there was none.
func (s *Store) latestInvestigation(ctx context.Context, seller string) (investigationRow, error) {
	rows, err := find[investigationRow](ctx, s, "SELECT * FROM investigations WHERE seller_id = ? ORDER BY opened_at DESC, id DESC LIMIT 1", seller)
	if err != nil {
		return investigationRow{}, fmt.Errorf("read investigations: %w", err)
	}
	if len(rows) == 0 {
		return investigationRow{}, nil
	}
	return rows[0], nil
}
