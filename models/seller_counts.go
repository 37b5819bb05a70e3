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

// countsOf are the orders that count against a seller by what was cancelled after a time, the
// earliest first (PRODUCT.md §8.4). What an overturned measure relied on weighs no more. It is
// the one source of points, of the ladder and of what opens an investigation.
func (s *Store) countsOf(ctx context.Context, seller string, since Instant) ([]health.Count, error) {
	lines, err := find[countedLine](ctx, s, `SELECT c.order_id, o.buyer_id, c.cancelled_at, c.finding, c.answer, c.dearer FROM cancellations c JOIN orders o ON o.id = c.order_id
		WHERE c.seller_id = ? AND c.cancelled_at > ? AND c.undone_at IS NULL AND c.finding IN (?, ?)
			AND NOT EXISTS (SELECT 1 FROM spared_orders sp WHERE sp.seller_id = c.seller_id AND sp.order_id = c.order_id AND sp.until_at >= c.cancelled_at) ORDER BY c.cancelled_at, c.order_line_id`, seller, since, health.StockOut, health.Misdeclared)
	if err != nil {
		return nil, fmt.Errorf("read what counts: %w", err)
	}
	return countOrders(lines), nil
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
