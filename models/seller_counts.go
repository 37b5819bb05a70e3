package models

import (
	"context"
	"fmt"

	"hosho/models/health"
)

// countedLine is a cancelled line whose cause counts against its seller.
type countedLine struct {
	OrderID     string
	BuyerID     string
	CancelledAt Instant
	Finding     health.Finding
	Answer      *health.Answer
	Dearer      bool
}

// The cancellations c, of orders o, that count against a seller: for a stock-out, under whatever
// name, that stands and that no overturned measure has spared. Its arguments are findingsCounted.
const (
	selectCounted = "c.order_id, o.buyer_id, c.cancelled_at, c.finding, c.answer, c.dearer"
	whereCounted  = `c.undone_at IS NULL AND c.finding IN ?
			AND NOT EXISTS (SELECT 1 FROM spared_orders sp WHERE sp.seller_id = c.seller_id AND sp.order_id = c.order_id AND sp.until_at >= c.cancelled_at)`
)

var findingsCounted = []health.Finding{health.StockOut, health.Misdeclared}

// countsOf are the orders that count against a seller by what was cancelled after a time, the
// earliest first (PRODUCT.md §8.4). What an overturned measure relied on weighs no more. It is
// the one source of points, of the ladder and of what opens an investigation.
func (s *Store) countsOf(ctx context.Context, seller string, since Instant) ([]health.Count, error) {
	all, err := s.countsOfAll(ctx, []string{seller}, since)
	return all[seller], err
}

// countsOfAll are those of many sellers.
func (s *Store) countsOfAll(ctx context.Context, sellers []string, since Instant) (map[string][]health.Count, error) {
	type line struct {
		SellerID string
		countedLine
	}
	rows, err := find[line](ctx, s, "SELECT c.seller_id, "+selectCounted+` FROM cancellations c JOIN orders o ON o.id = c.order_id
		WHERE c.seller_id IN ? AND c.cancelled_at > ? AND `+whereCounted+" ORDER BY c.seller_id, c.cancelled_at, c.order_line_id", sellers, since, findingsCounted)
	if err != nil {
		return nil, fmt.Errorf("read what counts: %w", err)
	}
	lines := map[string][]countedLine{}
	for _, r := range rows {
		lines[r.SellerID] = append(lines[r.SellerID], r.countedLine)
	}
	counts := make(map[string][]health.Count, len(lines))
	for seller, list := range lines {
		counts[seller] = countOrders(list)
	}
	return counts, nil
}

// ratesOf are of how many orders of each seller, placed after a time, a stock-out counts: the sums
// of whole days, and the rows of the day in which that time was.
func (s *Store) ratesOf(ctx context.Context, sellers []string, since Instant) (map[string]health.Rate, error) {
	rows, err := find[struct {
		SellerID string
		health.Rate
	}](ctx, s, `SELECT seller_id, CAST(SUM(orders) AS SIGNED) AS orders, CAST(SUM(counted) AS SIGNED) AS hits FROM seller_days WHERE seller_id IN ? AND day > ? GROUP BY seller_id
		UNION ALL SELECT s.seller_id, COUNT(*), CAST(SUM(`+markCounted.bit()+") AS SIGNED) FROM seller_orders s WHERE s.seller_id IN ? AND s.day = ? AND s.placed_at > ? GROUP BY s.seller_id",
		sellers, dayOf(since), sellers, dayOf(since), since)
	if err != nil {
		return nil, fmt.Errorf("read rates of sellers: %w", err)
	}
	rates := map[string]health.Rate{}
	for _, r := range rows {
		sum := rates[r.SellerID]
		rates[r.SellerID] = health.Rate{Hits: sum.Hits + r.Hits, Orders: sum.Orders + r.Orders}
	}
	return rates, nil
}

// countOrders makes one count of each order, however many of its lines were cancelled: at the
// most that one of them weighs, from the last of them on. The lines are in order of time.
func countOrders(lines []countedLine) []health.Count {
	var counts []health.Count
	place := map[string]int{}
	for _, l := range lines {
		i, known := place[l.OrderID]
		if !known {
			i = len(counts)
			place[l.OrderID] = i
			counts = append(counts, health.Count{Order: l.OrderID, Buyer: l.BuyerID})
		}
		c := &counts[i]
		c.At = l.CancelledAt.Time()
		c.Misdeclared = c.Misdeclared || l.Finding == health.Misdeclared
		c.Dearer = c.Dearer || l.Dearer
		c.AskedToCancel = c.AskedToCancel || orEmpty(l.Answer) == health.AnswerAskedToCancel
	}
	return counts
}
