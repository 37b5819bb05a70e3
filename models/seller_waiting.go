package models

import (
	"context"
	"fmt"
	"time"
)

// WaitingLine is an order line whose buyer waits for the seller's reply, which can still prevent
// a claim.
type WaitingLine struct {
	OrderNumber string
	Title       string
	Topic       Reason
	WaitEndsAt  Instant
}

// waitingOrders is how long after an order was placed its buyer is looked for among those who wait.
const waitingOrders = 366 * 24 * time.Hour

// WaitingLines are the lines of the actor's own seller whose buyer waits, the first end of a wait
// first, up to limit: told of a problem, not answered since, neither solved nor refused, not all
// paid back, without an open claim, on orders of the last year. Kinds: Forbidden for others than a seller's members.
func (s *Store) WaitingLines(ctx context.Context, by Actor, limit int) ([]WaitingLine, error) {
	if by.Role != RoleSeller || by.SellerID == "" {
		return nil, forbidden()
	}
	now, err := s.Now(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := find[WaitingLine](ctx, s, `SELECT o.number AS order_number, l.title, c.topic, c.wait_ends_at
		FROM order_lines l JOIN contacts c ON c.id = l.contact_id JOIN orders o ON o.id = l.order_id
		WHERE l.seller_id = ? AND l.placed_at > ? AND l.open_claim_id = '' AND c.wait_ends_at > ? AND c.solved_at IS NULL AND c.refused_at IS NULL AND (l.total = 0 OR l.refunded + l.owed < l.total)
		AND NOT EXISTS (SELECT 1 FROM message_lines ml JOIN messages m ON m.id = ml.message_id
			WHERE ml.order_line_id = l.id AND ml.sent_at > c.sent_at AND m.seller_id = ? AND m.author_role = ?)
		ORDER BY c.wait_ends_at, l.id LIMIT ?`, by.SellerID, now.Add(-waitingOrders), now, by.SellerID, SideSeller, limit)
	if err != nil {
		return nil, fmt.Errorf("read who waits: %w", err)
	}
	return rows, nil
}
