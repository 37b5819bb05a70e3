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

// historyRow is a count of a status, or else one case.
type historyRow struct {
	Party   string
	Counts  int
	FiledAt Instant
	EarlierCase
}

// historyQuery reads for both parties how many of the newest cases have which status, and
// the few newest themselves. It is counted in the database: two hundred rows read here cost
// more than all else on the page.
func (s *Store) historyQuery(c Claim) (query string, args []any) {
	since := c.FiledAt.Add(-days(90))
	var counts, shown []string
	var shownArgs []any
	for _, p := range []struct{ party, index, of string }{
		{"buyer_id", "claims_buyer_id_filed_at_id_idx", c.BuyerID},
		{"seller_id", "claims_seller_id_filed_at_id_idx", c.SellerID},
	} {
		from := " FROM claims FORCE INDEX (" + p.index + ")"
		if s.engine == sqliteEngine {
			from = " FROM claims INDEXED BY " + p.index
		}
		from += " WHERE " + p.party + " = ? AND filed_at >= ? AND id <> ? ORDER BY filed_at DESC, id DESC LIMIT ?"
		counts = append(counts, "SELECT '"+p.party+"' AS party, COUNT(*) AS counts, 0 AS filed_at, '' AS number, status, '' AS reason FROM (SELECT status"+from+") AS "+p.party+"_counted GROUP BY status")
		args = append(args, p.of, since, c.ID, historyLimit)
		shown = append(shown, "SELECT '"+p.party+"', 0, filed_at, number, status, reason FROM (SELECT filed_at, number, status, reason"+from+") AS "+p.party+"_shown")
		shownArgs = append(shownArgs, p.of, since, c.ID, historyShown)
	}
	// A buyer's claims are few, so that those about one seller need no index of their own.
	from := " FROM claims FORCE INDEX (claims_buyer_id_filed_at_id_idx)"
	if s.engine == sqliteEngine {
		from = " FROM claims INDEXED BY claims_buyer_id_filed_at_id_idx"
	}
	shown = append(shown, "SELECT 'between', 0, filed_at, number, status, reason FROM (SELECT filed_at, number, status, reason"+from+
		" WHERE buyer_id = ? AND seller_id = ? AND id <> ? ORDER BY filed_at DESC, id DESC LIMIT ?) AS between_shown")
	shownArgs = append(shownArgs, c.BuyerID, c.SellerID, c.ID, historyShown)
	return strings.Join(append(counts, shown...), " UNION ALL "), append(args, shownArgs...)
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
		count, cases := h.Buyer, &h.BuyerCases
		switch r.Party {
		case "seller_id":
			count, cases = h.Seller, &h.SellerCases
		case "between":
			cases = &h.Between
		}
		if r.Counts > 0 {
			count[r.Status] = r.Counts
		} else {
			*cases = append(*cases, r.EarlierCase)
		}
	}
	return h, nil
}
