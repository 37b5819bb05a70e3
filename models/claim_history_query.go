package models

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"hosho/models/health"
)

// CaseHistory is what there was between the people of a case before it: how many claims of
// this buyer and about this seller in the last 90 days, with outcomes, for staff.
type CaseHistory struct {
	Buyer, Seller map[ClaimStatus]int // up to historyLimit of the newest each
	Between       []EarlierCase       // of this buyer about this seller, however old, newest first, a few
	BuyerCases    []EarlierCase       // the buyer's other cases, newest first, a few
	SellerCases   []EarlierCase       // others about this seller, newest first, a few
	Flags         []Flag              // of the buyer's account, newest first, a few, without their steps
}

// EarlierCase is one line of a case's history.
type EarlierCase struct {
	Number string
	Status ClaimStatus
	Reason Reason
}

const (
	historyLimit = 100
	historyShown = 5
)

// historyRow is one earlier case of a party, or a flag of the buyer's account with its kind in
// place of a reason.
type historyRow struct {
	Party    string
	SellerID string // of the buyer's cases
	FiledAt  Instant
	EarlierCase
	TallyCount int
	TallyOf    int
}

// historyQuery reads the newest cases of both parties from indexes that hold all that is asked
// for; those between the two are among the buyer's. They are counted here: that many short rows
// cost less than the tables the database would count them in. Flags come along, since a statement
// of their own for each page would cost more than they do; who looks does not see those of its own.
func (s *Store) historyQuery(by Actor, c Claim) (query string, args []any) {
	part := func(party, condition string) string {
		return s.limited("SELECT '" + party + "' AS party, seller_id, filed_at, number, status, reason, 0 AS tally_count, 0 AS tally_of FROM claims" + s.engine.hint("claims_"+party+"_id_filed_at_id_idx") +
			" WHERE " + party + "_id = ? AND " + condition + "id <> ? ORDER BY filed_at DESC, id DESC LIMIT ?")
	}
	flags := s.limited("SELECT 'flag' AS party, '' AS seller_id, f.flagged_at AS filed_at, f.number, f.status, f.kind AS reason, f.tally_count, f.tally_of FROM accounts a" + s.engine.join() +
		"flags f" + s.engine.hint("flags_account_id_flagged_at_id_idx") + " ON f.account_id = a.id WHERE a.email = ? AND a.id <> ? ORDER BY f.flagged_at DESC, f.id DESC LIMIT ?")
	return part("buyer", "") + " UNION ALL " + part("seller", "filed_at >= ? AND ") + " UNION ALL " + flags,
		[]any{c.BuyerID, c.ID, historyLimit, c.SellerID, historySince(c), c.ID, historyLimit, c.BuyerEmail, by.AccountID, historyShown}
}

// historySince is from when on cases before a claim are counted.
func historySince(c Claim) Instant { return c.FiledAt.Add(-days(90)) }

// betweenQuery is for a buyer with so many cases that those about one seller may lie behind
// the newest; they need no index of their own.
func (s *Store) betweenQuery(c Claim) (query string, args []any) {
	return "SELECT 'buyer' AS party, seller_id, filed_at, number, status, reason FROM claims" + s.engine.hint("claims_buyer_id_filed_at_id_idx") +
		" WHERE buyer_id = ? AND seller_id = ? AND id <> ? ORDER BY filed_at DESC, id DESC LIMIT ?", []any{c.BuyerID, c.SellerID, c.ID, historyShown}
}

// History tells staff of earlier cases of both parties. Kinds: NotFound, Forbidden.
func (s *Store) History(ctx context.Context, by Actor, c Claim) (CaseHistory, error) {
	side := by.sideOf(c.BuyerEmail, c.SellerID)
	if side != SideStaff && side != SideObserver {
		return CaseHistory{}, forbidden()
	}
	query, args := s.historyQuery(by, c)
	rows, err := find[historyRow](ctx, s, query, args...)
	if err != nil {
		return CaseHistory{}, fmt.Errorf("read history: %w", err)
	}
	// The parts of a union come in no order that is promised.
	slices.SortStableFunc(rows, func(a, b historyRow) int { return cmp.Compare(b.FiledAt, a.FiledAt) })
	h := CaseHistory{Buyer: map[ClaimStatus]int{}, Seller: map[ClaimStatus]int{}}
	ofBuyer := 0
	for _, r := range rows {
		switch r.Party {
		case "seller":
			h.Seller[r.Status]++
			h.SellerCases = append(h.SellerCases, r.EarlierCase)
			continue
		case "flag":
			h.Flags = append(h.Flags, Flag{Number: r.Number, Kind: health.Suspicion(r.Reason), Status: FlagStatus(r.Status), Tally: health.Tally{Count: r.TallyCount, Of: r.TallyOf}, FlaggedAt: r.FiledAt})
			continue
		}
		ofBuyer++
		if r.SellerID == c.SellerID {
			h.Between = append(h.Between, r.EarlierCase)
		}
		if r.FiledAt >= historySince(c) {
			h.Buyer[r.Status]++
			h.BuyerCases = append(h.BuyerCases, r.EarlierCase)
		}
	}
	if ofBuyer == historyLimit && len(h.Between) < historyShown {
		query, args := s.betweenQuery(c)
		between, err := find[historyRow](ctx, s, query, args...)
		if err != nil {
			return CaseHistory{}, fmt.Errorf("read cases between two: %w", err)
		}
		h.Between = nil
		for _, r := range between {
			h.Between = append(h.Between, r.EarlierCase)
		}
	}
	h.Between = h.Between[:min(historyShown, len(h.Between))]
	h.BuyerCases, h.SellerCases = h.BuyerCases[:min(historyShown, len(h.BuyerCases))], h.SellerCases[:min(historyShown, len(h.SellerCases))]
	return h, nil
}
