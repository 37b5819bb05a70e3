package models

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// nextLook is how many of the cases due first are looked at for one in a language of the officer's:
// beyond them no language goes before a due date.
const nextLook = 50

// mostPulls is how often a transaction that has lost each of its cases to others is begun anew.
const mostPulls = 3

// nextCandidate is a case that may be somebody's next.
type nextCandidate struct {
	Number       string
	BuyerLocale  string
	SellerLocale string
}

// TakeNext takes for the caller, an agent or a lead, the case that is due first of those which wait
// for staff, are taken by nobody, do not rest and may be decided by the caller: none the caller is
// the buyer of, and no proposal of their own. Cases whose parties use a language the caller has
// named go first. Appeals have a list of their own. Who takes at the same time gets another case.
// It reports false where there is none. Kinds: Forbidden.
func (s *Store) TakeNext(ctx context.Context, by Actor) (next Claim, ok bool, err error) {
	if !by.IsStaff() {
		return Claim{}, false, forbidden()
	}
	lost := 0
	take := func(tx *Store) error {
		next, ok = Claim{}, false
		list, languages, err := tx.nextCandidates(ctx, by)
		if err != nil {
			return err
		}
		number := pickNext(list, languages, lost)
		lost++
		if number == "" {
			return nil
		}
		c, err := tx.claimByNumber(ctx, number)
		if err != nil {
			return err
		}
		if c.TakenBy != "" {
			return errAgain // taken since the list was read
		}
		next, err = tx.act(ctx, by, c, &TakeInput{})
		ok = err == nil
		return err
	}
	for range mostPulls {
		if err = s.inTx(ctx, take); !errors.Is(err, errAgain) {
			break
		}
	}
	return next, ok && err == nil, err
}

// nextCandidates reads the cases due first that the caller could take now, and the languages the
// caller has named.
func (tx *Store) nextCandidates(ctx context.Context, by Actor) ([]nextCandidate, []string, error) {
	languages, err := tx.Languages(ctx, by)
	if err != nil {
		return nil, nil, err
	}
	q := DeskFilter{View: DeskUnassigned}.query(by, tx.now)
	q.and("status IN ?", []ClaimStatus{UnderReview, AwaitingApproval})
	q.and(notHeld, tx.now)
	// The account's id cannot stand so within words of people: quotes in them are escaped.
	q.and("(status <> ? OR INSTR(proposal, ?) = 0)", AwaitingApproval, `"decided_by":"`+by.AccountID+`"`)
	q.and("buyer_id NOT IN (SELECT id FROM buyers WHERE email = ?)", by.Email)
	first := q.sql(tx.engine, "number, buyer_id, seller_id, due_at, id", " ORDER BY due_at, id LIMIT ?")
	list, err := find[nextCandidate](ctx, tx, `SELECT f.number, b.locale AS buyer_locale, s.locale AS seller_locale FROM (`+first+`) f
		LEFT JOIN buyers b ON b.id = f.buyer_id LEFT JOIN sellers s ON s.id = f.seller_id ORDER BY f.due_at, f.id`, append(q.args, nextLook)...)
	if err != nil {
		return nil, nil, fmt.Errorf("read the next cases: %w", err)
	}
	return list, languages, nil
}

// pickNext chooses of cases in the order of their due dates: the first in the languages, or the first
// of all. Who has lost a case to somebody else looks a little further each time, so that many
// who take at once do not all run after the same one. "" is none.
func pickNext(list []nextCandidate, languages []string, lost int) string {
	var mine []nextCandidate
	for _, c := range list {
		if len(languages) == 0 || speaks(languages, c.BuyerLocale) && speaks(languages, c.SellerLocale) {
			mine = append(mine, c)
		}
	}
	if len(mine) == 0 {
		mine = list
	}
	if len(mine) == 0 {
		return ""
	}
	return mine[rand.N(min(len(mine), 1+4*lost))].Number //nolint:gosec // spreads, hides nothing
}

// speaks tells whether a locale is of one of the languages; one nobody has named is.
func speaks(languages []string, locale string) bool {
	language, _, _ := strings.Cut(strings.ToLower(locale), "-")
	return language == "" || slices.Contains(languages, language)
}

// LanguagesInput are the languages somebody of staff works in: codes as "ja" and "en". None is any.
type LanguagesInput struct {
	Languages []string `json:"languages" validate:"max=20,unique,dive,min=2,max=3,alpha,lowercase"`
}

// Languages are the languages an account has named for its work; none means any.
func (s *Store) Languages(ctx context.Context, by Actor) ([]string, error) {
	rows, err := find[struct{ Languages string }](ctx, s, "SELECT languages FROM accounts WHERE id = ?", by.AccountID)
	if err != nil {
		return nil, fmt.Errorf("read languages: %w", err)
	}
	if len(rows) == 0 || rows[0].Languages == "" {
		return nil, nil
	}
	return strings.Split(rows[0].Languages, ","), nil
}

// SetLanguages keeps the languages an agent or a lead works in. Kinds: Forbidden, Invalid.
func (s *Store) SetLanguages(ctx context.Context, by Actor, in LanguagesInput) error {
	if !by.IsStaff() {
		return forbidden()
	}
	if err := check(in); err != nil {
		return err
	}
	return s.inTx(ctx, func(tx *Store) error {
		if _, err := tx.exec(ctx, "UPDATE accounts SET languages = ? WHERE id = ?", strings.Join(in.Languages, ","), by.AccountID); err != nil {
			return fmt.Errorf("set languages: %w", err)
		}
		return nil
	})
}
