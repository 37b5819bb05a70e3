package models

import (
	"context"
	"fmt"
	"slices"
)

// refundJoined is a refund with what says who may see it.
type refundJoined struct {
	Row         refundRow `gorm:"embedded"`
	ClaimNumber string
	BuyerEmail  string
}

const selectRefund = "SELECT r.*, c.number AS claim_number, b.email AS buyer_email FROM refunds r"

const refundTables = " JOIN claims c ON c.id = r.claim_id JOIN buyers b ON b.id = c.buyer_id "

func (r refundJoined) refund() (Refund, error) {
	refund, err := r.Row.refund()
	refund.ClaimNumber = r.ClaimNumber
	return refund, err
}

// RefundFilter narrows a list of refunds; zero values do not.
type RefundFilter struct {
	Status      RefundStatus
	ClaimNumber string
	OrderNumber string
	Page
}

// index gives the filter's rows in their order.
func (f RefundFilter) index(by Actor) string {
	switch {
	case f.ClaimNumber != "":
		return ""
	case f.OrderNumber != "":
		return "refunds_order_id_idx"
	case by.Role == RoleBuyer:
		return "" // by the buyers of an email
	case by.Role == RoleSeller:
		return "refunds_seller_id_created_at_id_idx"
	case f.Status != "":
		return "refunds_status_created_at_id_idx"
	}
	return "refunds_created_at_id_idx"
}

// RefundView is a refund as one viewer may see it.
type RefundView struct {
	Refund
	Side     Side
	Accounts map[string]BankAccount // by leg: where to send it; for the payment system alone
	Open     []Mismatch             // payments that fit none of its legs; not for its buyer and its seller
	Now      Instant
	Policy   Policy
}

// Refunds lists refunds the actor may see, the newest first: staff, admins and the
// integration all, a seller those of its claims, without how the buyer paid, a buyer its own.
// Kinds: Invalid for a cursor that is not ours.
func (s *Store) Refunds(ctx context.Context, by Actor, f RefundFilter) (items []RefundView, next string, err error) {
	at, id, err := readCursor(f.Cursor)
	if err != nil {
		return nil, "", err
	}
	where, args := "r.created_at <= ? AND (r.created_at < ? OR r.id < ?)", []any{at, at, id}
	and := func(condition string, values ...any) {
		where += " AND " + condition
		args = append(args, values...)
	}
	switch {
	case by.SeesAllCases() || by.Role == RoleIntegration:
	case by.Role == RoleSeller:
		and("r.seller_id = ?", by.SellerID)
	default:
		and("r.buyer_id IN (SELECT id FROM buyers WHERE email = ?)", by.Email)
	}
	if f.Status != "" {
		and("r.status = ?", f.Status)
	}
	if f.ClaimNumber != "" {
		and("r.claim_id = (SELECT id FROM claims WHERE number = ?)", f.ClaimNumber)
	}
	if f.OrderNumber != "" {
		and("r.order_id = (SELECT id FROM orders WHERE number = ?)", f.OrderNumber)
	}
	head := selectRefund
	if index := f.index(by); index != "" {
		head += s.engine.hint(index)
	}
	limit := f.size() + 1
	rows, err := find[refundJoined](ctx, s, head+refundTables+"WHERE "+where+" ORDER BY r.created_at DESC, r.id DESC LIMIT ?", append(args, limit)...)
	if err != nil {
		return nil, "", fmt.Errorf("list refunds: %w", err)
	}
	if len(rows) == limit {
		last := rows[limit-2].Row
		rows, next = rows[:limit-1], writeCursor(last.CreatedAt, last.ID)
	}
	items, err = s.refundViews(ctx, by, rows)
	return items, next, err
}

// RefundByID is one refund. Kinds: NotFound, also for others' refunds.
func (s *Store) RefundByID(ctx context.Context, by Actor, id string) (RefundView, error) {
	rows, err := find[refundJoined](ctx, s, selectRefund+refundTables+"WHERE r.id = ?", id)
	if err != nil {
		return RefundView{}, fmt.Errorf("read refund: %w", err)
	}
	views, err := s.refundViews(ctx, by, rows)
	if err != nil {
		return RefundView{}, err
	}
	if len(views) == 0 {
		return RefundView{}, notFound()
	}
	return views[0], nil
}

// refundViews adds the legs, in one statement, and leaves out what is not the actor's to see.
func (s *Store) refundViews(ctx context.Context, by Actor, rows []refundJoined) ([]RefundView, error) {
	now, err := s.Now(ctx)
	if err != nil {
		return nil, err
	}
	p, err := s.Policy(ctx, now)
	if err != nil {
		return nil, err
	}
	views := make([]RefundView, 0, len(rows))
	ids := make([]string, 0, len(rows))
	for _, row := range rows {
		refund, err := row.refund()
		if err != nil {
			return nil, err
		}
		v := RefundView{Refund: refund, Side: by.sideOf(row.BuyerEmail, row.Row.SellerID), Now: now, Policy: p}
		if v.Side == SideNone && by.Role != RoleIntegration {
			continue
		}
		if v.Side != SideSeller {
			ids = append(ids, refund.ID)
		}
		views = append(views, v)
	}
	legs, err := s.legsOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	open, err := s.openMismatchesOf(ctx, views)
	if err != nil {
		return nil, err
	}
	for i := range views {
		if err := s.showLegs(by, &views[i], legs[views[i].ID], open[views[i].ID]); err != nil {
			return nil, err
		}
	}
	return views, nil
}

// showLegs gives a viewer what it may see of the legs of a refund and of payments that fit none.
func (s *Store) showLegs(by Actor, v *RefundView, legs []Leg, open []Mismatch) (err error) {
	switch v.Side {
	case SideSeller:
		return nil
	case SideBuyer:
		legs = standing(legs)
	case SideNone, SideStaff, SideObserver, SideClock:
		v.Open = open
	}
	v.Legs = legs
	if by.Role != RoleIntegration {
		return nil
	}
	v.Accounts = map[string]BankAccount{}
	for _, l := range v.Legs {
		if l.account == "" {
			continue
		}
		if v.Accounts[l.ID], err = s.openAccount(l); err != nil {
			return err
		}
	}
	return nil
}

// viewOf is a refund that this transaction has written, for who wrote it.
func (tx *Store) viewOf(ctx context.Context, by Actor, w *refundWork) (RefundView, error) {
	refund, err := w.row.refund()
	if err != nil {
		return RefundView{}, err
	}
	refund.ClaimNumber = w.refund.ClaimNumber
	v := RefundView{Refund: refund, Side: by.sideOf(w.ch.claim.BuyerEmail, w.row.SellerID), Now: tx.now}
	if v.Policy, err = tx.Policy(ctx, tx.now); err != nil {
		return RefundView{}, err
	}
	legs := make([]Leg, 0, len(w.legs)+len(w.fresh))
	for _, r := range slices.Concat(w.legs, w.fresh) {
		l, err := r.leg()
		if err != nil {
			return RefundView{}, err
		}
		legs = append(legs, l)
	}
	open, err := tx.openMismatchesOf(ctx, []RefundView{v})
	if err != nil {
		return RefundView{}, err
	}
	return v, tx.showLegs(by, &v, legs, open[v.ID])
}

// legsOf are the legs of refunds, in their order.
func (s *Store) legsOf(ctx context.Context, refunds []string) (map[string][]Leg, error) {
	if len(refunds) == 0 {
		return nil, nil //nolint:nilnil // no refunds have no legs
	}
	rows, err := find[legRow](ctx, s, "SELECT * FROM refund_legs WHERE refund_id IN ? ORDER BY refund_id, order_seq", refunds)
	if err != nil {
		return nil, fmt.Errorf("read legs: %w", err)
	}
	legs := map[string][]Leg{}
	for _, r := range rows {
		l, err := r.leg()
		if err != nil {
			return nil, err
		}
		legs[r.RefundID] = append(legs[r.RefundID], l)
	}
	return legs, nil
}

// standing leaves out legs that others stand in the place of.
func standing(legs []Leg) []Leg {
	return slices.DeleteFunc(legs, func(l Leg) bool { return l.Status == LegCancelled })
}

// Ways are the ways in which a leg can go back: those of its tender, and for one that failed
// the ways that need no card as well. A leg that is sent has none any more.
func (l Leg) Ways(p Policy) []Tender {
	if l.Kind != LegRefund || !l.Status.Waits() && l.Status != LegFailed {
		return nil
	}
	ways := p.RefundWays(l.Tender)
	if l.Status == LegFailed || l.Tries > 1 {
		for _, t := range []Tender{TenderGiftCard, TenderBankTransfer} {
			if !slices.Contains(ways, t) {
				ways = append(ways, t)
			}
		}
	}
	if len(ways) < 2 {
		return nil
	}
	return ways
}
