package models

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
)

// CaseHistory is what there was between the people of a case before it: how many claims of
// this buyer and about this seller in the last 90 days, with outcomes, for staff.
type CaseHistory struct {
	Buyer, Seller map[ClaimStatus]int // up to historyLimit of the newest each
	Between       []EarlierCase       // of this buyer about this seller, however old, newest first, a few
	BuyerCases    []EarlierCase       // the buyer's other cases, newest first, a few
	SellerCases   []EarlierCase       // others about this seller, newest first, a few
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

// historyRow is one earlier case of a party.
type historyRow struct {
	Party   string
	FiledAt Instant
	EarlierCase
}

// historyQuery reads the newest cases of both parties, and those between them, from indexes
// that hold all that is asked for. They are counted here: that many short rows cost less than
// the tables the database would count them in.
func (s *Store) historyQuery(c Claim) (query string, args []any) {
	since := c.FiledAt.Add(-days(90))
	var parts []string
	add := func(party, column, condition string, values ...any) {
		parts = append(parts, s.limited("SELECT '"+party+"' AS party, filed_at, number, status, reason FROM claims"+s.engine.hint("claims_"+column+"_filed_at_id_idx")+
			" WHERE "+column+" = ? AND "+condition+" AND id <> ? ORDER BY filed_at DESC, id DESC LIMIT ?"))
		args = append(args, values...)
	}
	add("buyer", "buyer_id", "filed_at >= ?", c.BuyerID, since, c.ID, historyLimit)
	add("seller", "seller_id", "filed_at >= ?", c.SellerID, since, c.ID, historyLimit)
	// A buyer's claims are few, so that those about one seller need no index of their own.
	add("between", "buyer_id", "seller_id = ?", c.BuyerID, c.SellerID, c.ID, historyShown)
	return strings.Join(parts, " UNION ALL "), args
}

// History tells staff of earlier cases of both parties. Kinds: NotFound, Forbidden.
func (s *Store) History(ctx context.Context, by Actor, c Claim) (CaseHistory, error) {
	side := by.sideOf(c.BuyerEmail, c.SellerID)
	if side != SideStaff && side != SideObserver {
		return CaseHistory{}, forbidden()
	}
	query, args := s.historyQuery(c)
	rows, err := find[historyRow](ctx, s, query, args...)
	if err != nil {
		return CaseHistory{}, fmt.Errorf("read history: %w", err)
	}
	// The parts of a union come in no order that is promised.
	slices.SortStableFunc(rows, func(a, b historyRow) int { return cmp.Compare(b.FiledAt, a.FiledAt) })
	h := CaseHistory{Buyer: map[ClaimStatus]int{}, Seller: map[ClaimStatus]int{}}
	for _, r := range rows {
		switch r.Party {
		case "between":
			h.Between = append(h.Between, r.EarlierCase)
		case "buyer":
			h.Buyer[r.Status]++
			h.BuyerCases = append(h.BuyerCases, r.EarlierCase)
		default:
			h.Seller[r.Status]++
			h.SellerCases = append(h.SellerCases, r.EarlierCase)
		}
	}
	h.BuyerCases, h.SellerCases = h.BuyerCases[:min(historyShown, len(h.BuyerCases))], h.SellerCases[:min(historyShown, len(h.SellerCases))]
	return h, nil
}
