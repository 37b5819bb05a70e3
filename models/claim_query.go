package models

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// claimHead loads a claim if the actor may see it. Kinds: NotFound.
func (s *Store) claimHead(ctx context.Context, by Actor, number string) (Claim, error) {
	c, err := s.claimByNumber(ctx, number)
	if err != nil {
		return Claim{}, err
	}
	if !c.visibleTo(by.sideOf(c.BuyerEmail, c.SellerID)) {
		return Claim{}, notFound()
	}
	return c, nil
}

// seenClaim is as much of a claim as says who may see it.
type seenClaim struct {
	ID         string
	SellerID   string
	OpenedAt   Instant
	BuyerEmail string
}

// claimSeen is claimHead for what needs no more than to know that the actor may see the
// claim. Kinds: NotFound.
func (s *Store) claimSeen(ctx context.Context, by Actor, number string) (id string, side Side, err error) {
	found, err := find[seenClaim](ctx, s, "SELECT c.id, c.seller_id, c.opened_at, b.email AS buyer_email FROM claims c JOIN buyers b ON b.id = c.buyer_id WHERE c.number = ?", number)
	if err != nil {
		return "", SideNone, fmt.Errorf("read claim: %w", err)
	}
	if len(found) == 0 {
		return "", SideNone, notFound()
	}
	side = by.sideOf(found[0].BuyerEmail, found[0].SellerID)
	if !(Claim{OpenedAt: found[0].OpenedAt}).visibleTo(side) {
		return "", SideNone, notFound()
	}
	return found[0].ID, side, nil
}

// ClaimView is a claim as one viewer may see it.
type ClaimView struct {
	Claim
	Side    Side
	Allowed []Action
	Now     Instant
	Policy  Policy
}

// ClaimByNumber returns a claim as the actor may see it, with what it may do now. Others'
// claims are NotFound, and the seller's before they are open. An answer held for revision is
// shown to its own side only, a proposal to staff only.
func (s *Store) ClaimByNumber(ctx context.Context, by Actor, number string) (ClaimView, error) {
	c, err := s.claimHead(ctx, by, number)
	if err != nil {
		return ClaimView{}, err
	}
	return s.ViewOf(ctx, by, c)
}

// ViewOf is a claim as the actor may see it; the answers of Act and FileClaim pass through it.
func (s *Store) ViewOf(ctx context.Context, by Actor, c Claim) (ClaimView, error) {
	now, err := s.Now(ctx)
	if err != nil {
		return ClaimView{}, err
	}
	p, err := s.PolicyVersion(ctx, c.PolicyVersion)
	if err != nil {
		return ClaimView{}, err
	}
	side := by.sideOf(c.BuyerEmail, c.SellerID)
	v := ClaimView{Claim: c, Side: side, Allowed: c.AllowedActions(by, p, now), Now: now, Policy: p}
	if c.Held != nil && c.Held.By != side {
		v.Held = nil
	}
	v.HeldAppeals = slices.DeleteFunc(slices.Clone(c.HeldAppeals), func(h HeldAnswer) bool { return h.By != side })
	if side == SideBuyer || side == SideSeller {
		v.Proposal, v.TakenBy, v.LegalHold, v.Evidence = nil, "", nil, forParties(c.Evidence)
		v.wait(0, "")
	}
	if side == SideSeller {
		v.BuyerEmail = ""
	}
	return v, nil
}

// ClaimFilter narrows a list of claims; zero values do not.
type ClaimFilter struct {
	Status      ClaimStatus
	OrderNumber string
	SellerID    string
	NextActor   NextActor
	DueBefore   Instant
	Query       string // a claim or order number, as typed
	ByDue       bool   // the next due first; else the newest first
	Unanswered  bool   // none whose answer lies ready, leaves at its deadline and is not being revised
	Page
}

// index is the one that gives the filter's rows in their order. It is named, because with
// half of all claims in one queue both engines take another and read them all.
func (f ClaimFilter) index(by Actor) string {
	if f.Query != "" {
		if _, err := ParseNumber('C', f.Query); err == nil {
			return "claims_number_key"
		}
	}
	switch {
	case f.Query != "" || f.OrderNumber != "":
		return "claims_order_id_idx"
	case f.ByDue && f.NextActor != "" && (by.Role == RoleSeller || f.SellerID != "" && by.Role != RoleBuyer):
		return "claims_seller_id_next_actor_due_at_id_idx"
	case by.Role == RoleBuyer:
		return "claims_buyer_id_filed_at_id_idx"
	case f.ByDue && f.NextActor != "":
		return "claims_next_actor_due_at_id_idx"
	case f.ByDue && f.Status != "":
		return "claims_status_due_at_id_idx"
	case by.Role == RoleSeller || f.SellerID != "":
		return "claims_seller_id_filed_at_id_idx"
	case f.Status != "":
		return "claims_status_filed_at_id_idx"
	case f.ByDue:
		return "" // by due date over all turns: no page asks for it
	}
	return "claims_filed_at_id_idx"
}

func (s *Store) selectClaimsBy(index string) string {
	if index == "" {
		return selectClaim
	}
	return strings.Replace(selectClaim, "FROM claims c", "FROM claims c"+s.engine.hint(index), 1)
}

// Claims lists claims the actor may see: staff and admins all, a seller its own once open, a
// buyer its own. Kinds: Invalid for a cursor that is not ours, Forbidden for roles without
// cases.
func (s *Store) Claims(ctx context.Context, by Actor, f ClaimFilter) (items []Claim, next string, err error) {
	where, args := "1 = 1", []any{}
	index := f.index(by)
	and := func(condition string, values ...any) {
		where += " AND " + condition
		args = append(args, values...)
	}
	switch {
	case by.SeesAllCases():
		if f.SellerID != "" {
			and("c.seller_id = ?", f.SellerID)
		}
	case by.Role == RoleSeller:
		and("c.seller_id = ? AND c.opened_at IS NOT NULL", by.SellerID)
		if f.SellerID != "" && f.SellerID != by.SellerID {
			return nil, "", nil
		}
	case by.Role == RoleBuyer:
		and("c.buyer_id IN (SELECT id FROM buyers WHERE email = ?)", by.Email)
		if f.SellerID != "" {
			and("c.seller_id = ?", f.SellerID)
		}
	default:
		return nil, "", forbidden()
	}
	if f.Status != "" {
		and("c.status = ?", f.Status)
	}
	if f.NextActor != "" {
		and("c.next_actor = ?", f.NextActor)
	}
	if f.Unanswered {
		and("NOT (" + answered("c") + ")")
	}
	if f.OrderNumber != "" {
		and("c.order_id = (SELECT id FROM orders WHERE number = ?)", f.OrderNumber)
	}
	if f.DueBefore != 0 {
		and("c.due_at < ?", f.DueBefore)
	}
	if f.Query != "" {
		if number, err := ParseNumber('C', f.Query); err == nil {
			and("c.number = ?", number)
		} else {
			and("c.order_id = (SELECT id FROM orders WHERE number = ?)", f.Query)
		}
	}
	limit := f.size() + 1
	order := ""
	if f.ByDue {
		at, id, err := readAscending(f.Cursor)
		if err != nil {
			return nil, "", err
		}
		and("c.due_at >= ? AND (c.due_at > ? OR c.id > ?)", at, at, id)
		order = " ORDER BY c.due_at, c.id LIMIT ?"
	} else {
		at, id, err := readCursor(f.Cursor)
		if err != nil {
			return nil, "", err
		}
		and("c.filed_at <= ? AND (c.filed_at < ? OR c.id < ?)", at, at, id)
		order = " ORDER BY c.filed_at DESC, c.id DESC LIMIT ?"
	}
	rows, err := find[claimJoined](ctx, s, s.selectClaimsBy(index)+"WHERE "+where+order, append(args, limit)...)
	if err != nil {
		return nil, "", fmt.Errorf("list claims: %w", err)
	}
	if len(rows) == limit {
		last := rows[limit-2]
		rows = rows[:limit-1]
		next = writeCursor(last.Row.FiledAt, last.Row.ID)
		if f.ByDue {
			next = writeCursor(last.Row.DueAt, last.Row.ID)
		}
	}
	ids := make([]string, 0, len(rows))
	for _, r := range rows {
		c, err := r.claim()
		if err != nil {
			return nil, "", err
		}
		items, ids = append(items, c), append(ids, c.ID)
	}
	if len(ids) == 0 {
		return nil, "", nil
	}
	return items, next, s.fillClaims(ctx, items, ids)
}

// OwnClaims lists the claims under the actor's email, whatever its role.
func (s *Store) OwnClaims(ctx context.Context, by Actor, f ClaimFilter) ([]Claim, string, error) {
	by.Role, by.SellerID = RoleBuyer, ""
	return s.Claims(ctx, by, f)
}

// fillClaims adds lines, evidence and refunds to a page of claims, a statement for each kind.
func (s *Store) fillClaims(ctx context.Context, claims []Claim, ids []string) error {
	at := map[string]*Claim{}
	for i := range claims {
		at[claims[i].ID] = &claims[i]
	}
	var lines []claimLineRow
	if err := s.db(ctx).Raw("SELECT * FROM claim_lines WHERE claim_id IN ? ORDER BY claim_id, line_no", ids).Scan(&lines).Error; err != nil {
		return fmt.Errorf("list claim lines: %w", err)
	}
	for _, l := range lines {
		c := at[l.ClaimID]
		c.Lines = append(c.Lines, ClaimLine{l.LineNo, l.OrderLineID, l.Amount, l.Counted})
	}
	var refunds []refundRow
	if err := s.db(ctx).Raw("SELECT * FROM refunds WHERE claim_id IN ? ORDER BY created_at", ids).Scan(&refunds).Error; err != nil {
		return fmt.Errorf("list refunds: %w", err)
	}
	for _, r := range refunds {
		at[r.ClaimID].Refund = &Refund{
			ID: r.ID, ClaimID: r.ClaimID, OrderNumber: r.OrderNumber, Cause: r.Cause, Currency: r.Currency, Total: r.Total,
			BorneBy: r.BorneBy, Status: r.Status, CreatedAt: r.CreatedAt,
		}
	}
	return nil
}
