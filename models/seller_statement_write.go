package models

import (
	"context"
	"fmt"
)

// back adds to what goes back at the cost of a side.
func (o *outcome) back(borneBy string, amount int64) {
	if borneBy == borneBySeller {
		o.seller += amount
		return
	}
	o.marketplace += amount
}

// enterOutcome writes what a change of a claim, or the decision of an appeal, makes of the seller's
// statement.
func (tx *Store) enterOutcome(ctx context.Context, before, c Claim, ch change, works []*refundWork, o owed) error {
	if ch.appeal == nil {
		return tx.enterStatement(ctx, before, c, ch.refund, o)
	}
	if ch.refund == nil {
		return tx.enterAppeal(ctx, c, works, nil)
	}
	return tx.enterAppeal(ctx, c, works, &o)
}

// enterStatement writes what a change of a claim makes of the seller's statement: money that becomes
// owed, and a decision.
func (tx *Store) enterStatement(ctx context.Context, before, c Claim, refund *refundDraft, o owed) error {
	decided := c.Decision != nil && (before.Decision == nil || before.Decision.DecidedAt != c.Decision.DecidedAt)
	reopened := before.Decision != nil && c.Decision == nil
	if refund == nil && !decided && !reopened {
		return nil
	}
	cause := causeDecision
	switch {
	case reopened:
		cause = causeReopened
	case decided && c.Decision.Automated && c.Decision.ReasonCode == ReasonSellerSilent:
		cause = causeSilence
	case refund != nil:
		cause = refund.cause
	}
	change := func(to *outcome) {
		if refund != nil {
			to.back(o.row.BorneBy, o.row.Total)
		}
		if decided {
			to.decided, to.counts = true, c.Decision.CountsAgainstSeller
		}
		if reopened { // no decision stands that could count; the next one says anew
			to.counts = false
		}
	}
	if before.Decision == nil && before.Refund == nil && before.Return == nil {
		// Usually there is nothing before it, and nothing to read; where there is, its first row tells.
		err := tx.insertEntries(ctx, c, cause, nil, change)
		if !isDuplicate(err) {
			return err
		}
	}
	return tx.writeEntries(ctx, c, cause, change)
}

// writeEntries writes the rows that lead from what a claim has come to to what it comes to by a
// change, with what it tells of.
func (tx *Store) writeEntries(ctx context.Context, c Claim, cause string, change func(*outcome)) error {
	said, err := find[StatementEntry](ctx, tx, "SELECT * FROM statement_entries WHERE claim_id = ? ORDER BY seq", c.ID)
	if err != nil {
		return fmt.Errorf("read statement: %w", err)
	}
	if err := tx.insertEntries(ctx, c, cause, said, change); isDuplicate(err) {
		return errAgain
	} else if err != nil {
		return err
	}
	return nil
}

func (tx *Store) insertEntries(ctx context.Context, c Claim, cause string, said []StatementEntry, change func(*outcome)) error {
	seq := 0
	if n := len(said); n > 0 {
		seq = said[n-1].Seq
	}
	before := outcomeOf(said)
	after := before
	change(&after)
	rows := entriesFor(before, after)
	for i := range rows {
		r := &rows[i]
		r.ID, r.SellerID, r.At, r.Seq, r.Cause = newID(), c.SellerID, tx.now, seq+i+1, cause
		r.ClaimID, r.ClaimNumber, r.OrderNumber, r.Currency = c.ID, c.Number, c.OrderNumber, c.Currency
	}
	if err := tx.insert(ctx, &rows); err != nil {
		return fmt.Errorf("insert statement: %w", err)
	}
	if before.counts != after.counts {
		return tx.followDefect(ctx, c, after.counts)
	}
	return nil
}
