package models

import (
	"context"
	"fmt"
	"slices"

	"hosho/models/health"
)

// ReportedSeller is a seller with the reports of it, as staff see them side by side.
type ReportedSeller struct {
	SellerID    string
	SellerName  string
	Reports     int
	Buyers      int // who sent them, each once
	Orders      int // in them, each once
	FirstSentAt Instant
	LastSentAt  Instant
	Measures    int         // that began, overturned ones left out
	Rate        health.Rate // of the orders placed in the last 90 days
}

// Lone reports whether there is one report only, which opens nothing by itself.
func (r ReportedSeller) Lone() bool { return r.Reports == 1 }

// reportRateDays is how far back the rate beside reports looks.
const reportRateDays = 90

// ReportedSellers lists the sellers of whom there are reports that wait for an outcome, or of
// whom all reports had one, the latest reported first. The numbers are of all their reports.
// Staff and admins read it. Kinds: Forbidden, Invalid for a cursor that is not ours.
func (s *Store) ReportedSellers(ctx context.Context, by Actor, waiting bool, page Page) (items []ReportedSeller, next string, err error) {
	if !by.SeesAllCases() {
		return nil, "", forbidden()
	}
	at, id, err := readCursor(page.Cursor)
	if err != nil {
		return nil, "", err
	}
	limit := page.size() + 1
	items, err = find[ReportedSeller](ctx, s, `SELECT rs.seller_id, s.name AS seller_name, rs.last_sent_at FROM reported_sellers rs JOIN sellers s ON s.id = rs.seller_id
		WHERE rs.waiting = ? AND rs.last_sent_at <= ? AND (rs.last_sent_at < ? OR rs.seller_id < ?) ORDER BY rs.last_sent_at DESC, rs.seller_id DESC LIMIT ?`, waiting, at, at, id, limit)
	if err != nil {
		return nil, "", fmt.Errorf("list reported sellers: %w", err)
	}
	if len(items) == limit {
		items = items[:limit-1]
		next = writeCursor(items[limit-2].LastSentAt, items[limit-2].SellerID)
	}
	return items, next, s.countReports(ctx, items)
}

// countReports fills in the numbers of sellers, in three statements however many they are.
func (s *Store) countReports(ctx context.Context, items []ReportedSeller) error {
	if len(items) == 0 {
		return nil
	}
	now, err := s.Now(ctx)
	if err != nil {
		return err
	}
	ids := make([]string, 0, len(items))
	for _, r := range items {
		ids = append(ids, r.SellerID)
	}
	counts, err := find[ReportedSeller](ctx, s, `SELECT r.seller_id, COUNT(DISTINCT r.id) AS reports, COUNT(DISTINCT r.account_id) AS buyers, COUNT(DISTINCT ro.order_id) AS orders, MIN(r.sent_at) AS first_sent_at
		FROM reports r JOIN report_orders ro ON ro.report_id = r.id WHERE r.seller_id IN ? GROUP BY r.seller_id`, ids)
	if err != nil {
		return fmt.Errorf("count reports: %w", err)
	}
	type count struct {
		SellerID string
		N        int
	}
	rates, err := s.ratesOf(ctx, ids, now.Add(-days(reportRateDays)))
	if err != nil {
		return err
	}
	measures, err := find[count](ctx, s, "SELECT seller_id, COUNT(*) AS n FROM measures WHERE seller_id IN ? AND began_at IS NOT NULL AND status <> ? GROUP BY seller_id", ids, MeasureIsOverturned)
	if err != nil {
		return fmt.Errorf("count measures of reported sellers: %w", err)
	}
	for i := range items {
		r := &items[i]
		for _, m := range measures {
			if m.SellerID == r.SellerID {
				r.Measures = m.N
			}
		}
		for _, c := range counts {
			if c.SellerID == r.SellerID {
				r.Reports, r.Buyers, r.Orders, r.FirstSentAt = c.Reports, c.Buyers, c.Orders, c.FirstSentAt
			}
		}
		r.Rate = rates[r.SellerID]
	}
	return nil
}

// TiesBetween says of each of some reports what ties its sender to the senders of others of
// them, by the reports' ids. Staff and admins only; nobody else is told that there are ties.
func (s *Store) TiesBetween(ctx context.Context, by Actor, reports []Report) (map[string][]TieKind, error) {
	if !by.SeesAllCases() {
		return nil, forbidden()
	}
	ids := make([]string, 0, len(reports))
	for _, r := range reports {
		ids = append(ids, r.ID)
	}
	ties, err := s.tiesByReport(ctx, ids)
	if err != nil {
		return nil, err
	}
	list := map[string][]TieKind{}
	for _, r := range reports {
		for _, other := range reports {
			if r.Own || other.Own || r.SenderID == other.SenderID {
				continue
			}
			for _, kind := range shared(ties[r.ID], ties[other.ID]) {
				if !slices.Contains(list[r.ID], kind) {
					list[r.ID] = append(list[r.ID], kind)
				}
			}
		}
	}
	return list, nil
}

// shared are the kinds of ties that two reports have in common. Pure.
func shared(a, b []reportTieRow) (kinds []TieKind) {
	for _, x := range a {
		if !slices.Contains(kinds, x.Kind) && slices.ContainsFunc(b, func(y reportTieRow) bool { return x.Kind == y.Kind && x.Digest == y.Digest }) {
			kinds = append(kinds, x.Kind)
		}
	}
	return kinds
}
