package models

import (
	"context"
	"fmt"

	"hosho/models/health"
)

// weighBuyer flags the buyer of a claim that staff have just denied, where too many of theirs
// were: by number and share, as who reports without a ground is. It says nothing about this
// claim, and refuses none.
func (tx *Store) weighBuyer(ctx context.Context, c Claim, p Policy) error {
	account, err := tx.AccountByEmail(ctx, c.BuyerEmail)
	if KindOf(err) == NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	tally, cases, err := tx.deniedOf(ctx, c.BuyerID, account.ID, p)
	if err != nil || !p.Abuse.ManyDenied(tally) {
		return err
	}
	return tx.raiseFlags(ctx, []Flag{{AccountID: account.ID, Kind: health.ByDenied, Tally: tally, Cases: cases}}, p)
}

// deniedOf is how many of a buyer's claims that were decided in the time policy looks back, the
// newest up to historyLimit, stand denied now, with their numbers. Those filed before a flag
// for it came to nothing weigh nothing.
func (s *Store) deniedOf(ctx context.Context, buyer, account string, p Policy) (tally health.Tally, numbers []string, err error) {
	now, err := s.Now(ctx)
	if err != nil {
		return tally, nil, err
	}
	rows, err := find[struct {
		Number string
		Status ClaimStatus
	}](ctx, s, `SELECT number, status FROM claims WHERE buyer_id = ? AND filed_at > ? AND filed_at > COALESCE((SELECT MAX(f.closed_at) FROM flags f WHERE f.account_id = ? AND f.kind = ?), 0)
		ORDER BY filed_at DESC, id DESC LIMIT ?`, buyer, now.Add(-p.Abuse.Window), account, health.ByDenied, historyLimit)
	if err != nil {
		return tally, nil, fmt.Errorf("count denied claims: %w", err)
	}
	for _, r := range rows {
		switch r.Status { //nolint:exhaustive // the others are not decided, or were settled between the parties
		case Denied:
			tally.Count++
			tally.Of++
			numbers = append(numbers, r.Number)
		case Granted:
			tally.Of++
		}
	}
	return tally, numbers, nil
}
