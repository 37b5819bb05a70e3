package models

import (
	"context"
	"fmt"
)

// SellerReplies tells for order lines of the actor's own seller, by their id, when the seller
// wrote about them last. Lines it has not written about are left out. Kinds: Forbidden for
// others than a seller's members.
func (s *Store) SellerReplies(ctx context.Context, by Actor, lines []string) (map[string]Instant, error) {
	if by.Role != RoleSeller || by.SellerID == "" {
		return nil, forbidden()
	}
	last := map[string]Instant{}
	if len(lines) == 0 {
		return last, nil
	}
	rows, err := find[struct {
		OrderLineID string
		SentAt      Instant
	}](ctx, s, `SELECT l.order_line_id, MAX(l.sent_at) AS sent_at FROM message_lines l JOIN messages m ON m.id = l.message_id
		WHERE l.order_line_id IN ? AND m.seller_id = ? AND m.author_role = ? GROUP BY l.order_line_id`, lines, by.SellerID, SideSeller)
	if err != nil {
		return nil, fmt.Errorf("read replies: %w", err)
	}
	for _, r := range rows {
		last[r.OrderLineID] = r.SentAt
	}
	return last, nil
}
