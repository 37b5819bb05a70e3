package models

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// RefundDeskView is which legs of refunds the staff look at.
type RefundDeskView string

// The views: what needs somebody, its two halves, all that waits for the payment system, and what
// is held because it does not fit.
const (
	RefundsStuck   RefundDeskView = "stuck"
	RefundsFailed  RefundDeskView = "failed"
	RefundsOverdue RefundDeskView = "overdue"
	RefundsWaiting RefundDeskView = "waiting"

	RefundsMismatched RefundDeskView = "mismatched" // refunds that are held, whose payments MismatchDesk lists
)

// RefundDeskViews are all of them, the first is the one to begin with.
var RefundDeskViews = []RefundDeskView{RefundsStuck, RefundsFailed, RefundsOverdue, RefundsMismatched, RefundsWaiting}

// DeskLeg is a leg as staff see it among others.
type DeskLeg struct {
	Leg
	RefundID    string
	ClaimNumber string
	OrderNumber string
	Currency    string
	AskedBy     string // name of the member of staff who asked for another try
	Overdue     bool   // it should have been sent
	NeedsSecond bool   // another try takes two members of staff
	MayRetry    bool   // this viewer may have it tried again now, or ask for it
	Party       bool   // the viewer is the refund's buyer or its seller
}

type deskLegRow struct {
	Row         legRow `gorm:"embedded"`
	ClaimNumber string
	OrderNumber string
	Currency    string
	SellerID    string
	BuyerEmail  string
	AskedBy     *string
}

// statuses are those of a view's legs; overdue ones are those that wait from before now.
func (v RefundDeskView) statuses() []LegStatus {
	switch v {
	case RefundsFailed:
		return []LegStatus{LegFailed}
	case RefundsOverdue, RefundsWaiting:
		return []LegStatus{LegPending, LegRetried}
	case RefundsMismatched:
		return []LegStatus{LegHeld}
	case RefundsStuck:
	}
	return []LegStatus{LegFailed, LegPending, LegRetried}
}

// deskLegs is the statement of a page of legs: of each status a range of its index from a place
// on, merged in one order, the longest due first.
func (s *Store) deskLegs(view RefundDeskView, now, at Instant, id string, limit int) (query string, args []any) {
	var parts []string
	for _, status := range view.statuses() {
		where := "status = ? AND due_at >= ? AND (due_at > ? OR id > ?)"
		args = append(args, status, at, at, id)
		if status != LegFailed && status != LegHeld && view != RefundsWaiting {
			where += " AND due_at <= ?"
			args = append(args, now)
		}
		parts = append(parts, s.limited("SELECT id, due_at FROM refund_legs"+s.engine.hint("refund_legs_status_due_at_id_idx")+" WHERE "+where+" ORDER BY due_at, id LIMIT ?"))
		args = append(args, limit)
	}
	return `SELECT l.*, c.number AS claim_number, r.order_number, r.currency, r.seller_id, b.email AS buyer_email, a.name AS asked_by
		FROM (` + strings.Join(parts, " UNION ALL ") + ` ORDER BY due_at, id LIMIT ?) d
		JOIN refund_legs l ON l.id = d.id JOIN refunds r ON r.id = l.refund_id JOIN claims c ON c.id = r.claim_id JOIN buyers b ON b.id = c.buyer_id
		LEFT JOIN accounts a ON a.id = l.retry_by ORDER BY d.due_at, d.id`, append(args, limit)
}

// RefundDesk lists legs of refunds in a view, the longest due first; an unknown view is the
// first. Staff and admins may. Kinds: Forbidden, Invalid for a cursor that is not ours.
func (s *Store) RefundDesk(ctx context.Context, by Actor, view RefundDeskView, page Page) (items []DeskLeg, next string, err error) {
	if !by.SeesAllCases() {
		return nil, "", forbidden()
	}
	if !slices.Contains(RefundDeskViews, view) {
		view = RefundDeskViews[0]
	}
	at, id, err := readAscending(page.Cursor)
	if err != nil {
		return nil, "", err
	}
	now, err := s.Now(ctx)
	if err != nil {
		return nil, "", err
	}
	limit := page.size() + 1
	query, args := s.deskLegs(view, now, at, id, limit)
	rows, err := find[deskLegRow](ctx, s, query, args...)
	if err != nil {
		return nil, "", fmt.Errorf("list legs: %w", err)
	}
	if len(rows) == limit {
		last := rows[limit-2].Row
		rows, next = rows[:limit-1], writeCursor(last.DueAt, last.ID)
	}
	p, err := s.Policy(ctx, now)
	if err != nil {
		return nil, "", err
	}
	for _, r := range rows {
		leg, err := r.Row.leg()
		if err != nil {
			return nil, "", err
		}
		item := leg.onDesk(by, by.sideOf(r.BuyerEmail, r.SellerID), r.Currency, p, now)
		item.RefundID, item.ClaimNumber, item.OrderNumber, item.AskedBy = r.Row.RefundID, r.ClaimNumber, r.OrderNumber, orEmpty(r.AskedBy)
		items = append(items, item)
	}
	return items, next, nil
}

// onDesk is a leg as a viewer on a side of its refund may deal with it.
func (l Leg) onDesk(by Actor, side Side, currency string, p Policy, now Instant) DeskLeg {
	d := DeskLeg{
		Leg: l, Currency: currency, Overdue: l.Status.Waits() && l.DueAt <= now, NeedsSecond: p.NeedsApproval(l.Amount, currency),
		Party: side == SideBuyer || side == SideSeller,
	}
	d.MayRetry = l.Status == LegFailed && side == SideStaff && !(d.NeedsSecond && l.RetryBy == by.AccountID)
	return d
}

// LegOnDesk is one leg of a refund as a member of staff or an admin sees it. Kinds: Forbidden,
// NotFound.
func (s *Store) LegOnDesk(ctx context.Context, by Actor, refundID, legID string) (DeskLeg, error) {
	if !by.SeesAllCases() {
		return DeskLeg{}, forbidden()
	}
	v, err := s.RefundByID(ctx, by, refundID)
	if err != nil {
		return DeskLeg{}, err
	}
	at := slices.IndexFunc(v.Legs, func(l Leg) bool { return l.ID == legID })
	if at < 0 {
		return DeskLeg{}, notFound()
	}
	d := v.Legs[at].onDesk(by, v.Side, v.Currency, v.Policy, v.Now)
	d.RefundID, d.ClaimNumber, d.OrderNumber = v.ID, v.ClaimNumber, v.OrderNumber
	return d, nil
}

// LegsOf are the legs of the refund of a claim that was read for its desk, in one statement; none
// for a claim without one and for who may not know how the buyer paid.
func (s *Store) LegsOf(ctx context.Context, v ClaimView) ([]Leg, error) {
	if v.Refund == nil || v.Side != SideStaff && v.Side != SideObserver && v.Side != SideBuyer {
		return nil, nil
	}
	legs, err := s.legsOf(ctx, []string{v.Refund.ID})
	return standing(legs[v.Refund.ID]), err
}
