package models

import (
	"cmp"
	"context"
	"fmt"
	"slices"
)

// SimilarCase is a decided case that a case to be decided can be held against.
type SimilarCase struct {
	Number       string
	Status       ClaimStatus // granted or denied
	Claimed      int64       // minor units
	Currency     string
	Decision     Decision
	SellerSilent bool
	Arrived      bool // somebody reported that the goods came
	SentBack     bool // they went back, or are to
	FiledAt      Instant
}

const (
	similarShown = 5
	// similarRead is how many of the newest cases granted, and of those denied, are looked among: the same rows are
	// read however many there are.
	similarRead = 200
	// similarBand is how many times more or less may be claimed.
	similarBand = 2
)

// SimilarCases tells staff how cases were decided that are about the same reason and a sum of the same size, out of the
// newest: those with more of the same facts first, then the newest. Of the reader's own purchases there is none.
// Kinds: Forbidden.
func (s *Store) SimilarCases(ctx context.Context, by Actor, c Claim) ([]SimilarCase, error) {
	side := by.sideOf(c.BuyerEmail, c.SellerID)
	if side != SideStaff && side != SideObserver {
		return nil, forbidden()
	}
	const columns = "c.number, c.status, c.claimed, c.currency, c.decision, c.seller_silent, c.arrived_at, c.returned, c.filed_at"
	of := func() string {
		return "SELECT " + columns + " FROM (SELECT id FROM claims" + s.engine.hint("claims_status_filed_at_id_idx") + " WHERE status = ? ORDER BY filed_at DESC, id DESC LIMIT ?) newest" +
			s.engine.join() + "claims c ON c.id = newest.id" + s.engine.join() + "buyers b ON b.id = c.buyer_id WHERE c.reason = ? AND c.currency = ? AND c.claimed >= ? AND c.claimed <= ? AND c.id <> ? AND b.email <> ?"
	}
	args := func(status ClaimStatus) []any {
		return []any{status, similarRead, c.Reason, c.Currency, c.Claimed / similarBand, c.Claimed * similarBand, c.ID, by.Email}
	}
	rows, err := find[struct {
		Number       string
		Status       ClaimStatus
		Claimed      int64
		Currency     string
		Decision     *string
		SellerSilent bool
		ArrivedAt    Instant
		Returned     *string
		FiledAt      Instant
	}](ctx, s, of()+" UNION ALL "+of(), slices.Concat(args(Granted), args(Denied))...)
	if err != nil {
		return nil, fmt.Errorf("read similar cases: %w", err)
	}
	var found []SimilarCase
	for _, r := range rows {
		d, err := fromJSON[Decision](r.Decision)
		if err != nil {
			return nil, err
		}
		if d == nil {
			continue
		}
		found = append(found, SimilarCase{
			Number: r.Number, Status: r.Status, Claimed: r.Claimed, Currency: r.Currency, Decision: *d, SellerSilent: r.SellerSilent,
			Arrived: r.ArrivedAt != 0, SentBack: r.Returned != nil, FiledAt: r.FiledAt,
		})
	}
	return mostAlike(c, found), nil
}

// mostAlike puts the cases first that share most facts with a claim, of those that share as many the newest, and
// keeps a few.
func mostAlike(c Claim, found []SimilarCase) []SimilarCase {
	slices.SortStableFunc(found, func(a, b SimilarCase) int {
		return cmp.Or(cmp.Compare(b.shares(c), a.shares(c)), cmp.Compare(b.FiledAt, a.FiledAt), cmp.Compare(a.Number, b.Number))
	})
	return found[:min(similarShown, len(found))]
}

// shares counts the facts that are the same of both: whether the seller was silent, whether arrival was reported,
// whether the goods went back.
func (x SimilarCase) shares(c Claim) int {
	n := 0
	for _, same := range []bool{x.SellerSilent == c.SellerSilent, x.Arrived == (c.ArrivedAt != 0), x.SentBack == (c.Return != nil)} {
		if same {
			n++
		}
	}
	return n
}
