package models

import (
	"cmp"
	"context"
	"fmt"
	"slices"
)

// claimWithOrder is a claim beside one line of its order, with its own part of that line
// where it has one.
type claimWithOrder struct {
	Claim           claimWithLine `gorm:"embedded"`
	SellerSuspended bool
	Order           orderHeadRow `sql:"then"`
}

// An order has few lines, so that a claim on each of them costs less than a second statement.
// Of an order's claims on many lines only the own line joins each. The people of an order are
// nearly always those of its claim: each table joined once more took longer than all that is
// read of it. The lines are put in their order afterwards, which no key gives them in here.
const selectClaimWithOrder = "SELECT " + claimLineColumns + claimHasFiles + ", s.suspended AS seller_suspended, NULL AS " + thenColumn + `, ` + orderOwnColumns + `
	FROM claims c JOIN buyers b ON b.id = c.buyer_id JOIN sellers s ON s.id = c.seller_id JOIN orders o ON o.id = c.order_id JOIN order_lines l ON l.order_id = o.id
		LEFT JOIN contacts lc ON lc.id = l.contact_id LEFT JOIN claim_lines cl ON cl.claim_id = c.id AND cl.order_line_id = l.id
	WHERE c.number = ?`

// ClaimWithOrder is ClaimByNumber and, for staff and admins, OrderFacts of its order in the
// same statement, where nobody else has to do with the order; it is empty for others. Kinds:
// NotFound.
func (s *Store) ClaimWithOrder(ctx context.Context, by Actor, number string) (ClaimView, Order, error) {
	found, err := find[claimWithOrder](ctx, s, selectClaimWithOrder, number)
	if err != nil {
		return ClaimView{}, Order{}, fmt.Errorf("read claim and order: %w", err)
	}
	slices.SortFunc(found, func(a, b claimWithOrder) int { return cmp.Compare(a.Order.Line.Row.LineNo, b.Order.Line.Row.LineNo) })
	claims := make([]claimWithLine, 0, len(found))
	for _, f := range found {
		if f.Claim.OrderLineID != "" {
			claims = append(claims, f.Claim)
		}
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
	order, err := s.orderOf(ctx, c, found)
	return v, order, err
}

// orderOf is the order found with a claim. One of other people too is read by itself.
func (s *Store) orderOf(ctx context.Context, c Claim, found []claimWithOrder) (Order, error) {
	lines := make([]orderHeadRow, 0, len(found))
	for _, f := range found {
		r := f.Order
		if r.BuyerID != c.BuyerID || r.Line.Row.SellerID != c.SellerID {
			return s.orderHead(ctx, c.OrderNumber)
		}
		r.BuyerEmail, r.BuyerName, r.BuyerLocale = c.BuyerEmail, c.BuyerName, c.BuyerLocale
		r.Line.SellerName, r.Line.SellerSuspended = c.SellerName, f.SellerSuspended
		lines = append(lines, r)
	}
	return orderFrom(lines)
}
