package models

import (
	"context"
	"fmt"
)

// claimWithOrder is a claim beside one line of its order, with its own part of that line
// where it has one.
type claimWithOrder struct {
	Claim claimWithLine `gorm:"embedded"`
	Order orderHeadRow  `sql:"then"`
}

// An order has few lines, so that a claim on each of them costs less than a second statement.
// Of an order's claims on many lines only the own line joins each.
const selectClaimWithOrder = "SELECT " + claimLineColumns + claimHasFiles + ", NULL AS " + thenColumn + `, ` + orderHeadColumns + `
	FROM claims c JOIN buyers b ON b.id = c.buyer_id JOIN sellers s ON s.id = c.seller_id
		JOIN orders o ON o.id = c.order_id JOIN buyers ob ON ob.id = o.buyer_id JOIN order_lines l ON l.order_id = o.id JOIN sellers ls ON ls.id = l.seller_id
		LEFT JOIN contacts lc ON lc.id = l.contact_id LEFT JOIN claim_lines cl ON cl.claim_id = c.id AND cl.order_line_id = l.id
	WHERE c.number = ? ORDER BY l.line_no`

// ClaimWithOrder is ClaimByNumber and, for staff and admins, OrderFacts of its order in the
// same statement; the order is empty for others. Kinds: NotFound.
func (s *Store) ClaimWithOrder(ctx context.Context, by Actor, number string) (ClaimView, Order, error) {
	found, err := find[claimWithOrder](ctx, s, selectClaimWithOrder, number)
	if err != nil {
		return ClaimView{}, Order{}, fmt.Errorf("read claim and order: %w", err)
	}
	claims, lines := make([]claimWithLine, 0, len(found)), make([]orderHeadRow, 0, len(found))
	for _, f := range found {
		if f.Claim.OrderLineID != "" {
			claims = append(claims, f.Claim)
		}
		lines = append(lines, f.Order)
	}
	c, err := s.claimFrom(ctx, claims)
	if err != nil {
		return ClaimView{}, Order{}, err
	}
	side := by.sideOf(c.BuyerEmail, c.SellerID)
	if !c.visibleTo(side) {
		return ClaimView{}, Order{}, notFound()
	}
	v, err := s.ViewOf(ctx, by, c)
	if err != nil || side != SideStaff && side != SideObserver {
		return v, Order{}, err
	}
	order, err := orderFrom(lines)
	return v, order, err
}
