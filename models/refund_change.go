package models

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// refundWork is a refund that is being changed, with its claim's chain.
type refundWork struct {
	row     refundRow
	refund  Refund
	legs    []legRow
	touched []string // ids of the legs to be written
	fresh   []legRow // legs that are new
	ch      change
}

// leg is a leg of the refund that is to be written. Kinds: NotFound.
func (w *refundWork) leg(id string) (*legRow, error) {
	at := slices.IndexFunc(w.legs, func(l legRow) bool { return l.ID == id })
	if at < 0 {
		return nil, notFound()
	}
	if !slices.Contains(w.touched, id) {
		w.touched = append(w.touched, id)
	}
	return &w.legs[at], nil
}

// changeRefund changes a refund and its legs, guarded by their versions, and with them the
// refund's status, the claim's chain and the notices, in the transaction it runs in. Whether the
// actor may is the caller's to ask. Kinds: NotFound.
func (tx *Store) changeRefund(ctx context.Context, by Actor, refundID string, do func(*refundWork) error) error {
	rows, err := find[refundJoined](ctx, tx, selectRefund+refundTables+"WHERE r.id = ?", refundID)
	if err != nil {
		return fmt.Errorf("read refund: %w", err)
	}
	if len(rows) == 0 {
		return notFound()
	}
	w := &refundWork{row: rows[0].Row}
	if w.refund, err = rows[0].refund(); err != nil {
		return err
	}
	if w.legs, err = find[legRow](ctx, tx, "SELECT * FROM refund_legs WHERE refund_id = ? ORDER BY order_seq", refundID); err != nil {
		return fmt.Errorf("read legs: %w", err)
	}
	c, err := tx.claimAlone(ctx, "c.id = ?", w.row.ClaimID)
	if err != nil {
		return err
	}
	c.Refund = &w.refund
	w.ch = c.change()
	err = do(w)
	if errors.Is(err, errNothingNew) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := tx.saveLegs(ctx, w); err != nil {
		return err
	}
	if err := tx.moveRefund(ctx, w); err != nil {
		return err
	}
	policy, err := tx.PolicyVersion(ctx, c.PolicyVersion)
	if err != nil {
		return err
	}
	_, err = tx.writeClaim(ctx, by, SideNone, c, w.ch, policy, true)
	return err
}

// changeLeg changes one leg of a refund, as changeRefund does. Kinds: NotFound.
func (tx *Store) changeLeg(ctx context.Context, by Actor, refundID, legID string, do func(Refund, *legRow, *change) error) error {
	return tx.changeRefund(ctx, by, refundID, func(w *refundWork) error {
		l, err := w.leg(legID)
		if err != nil {
			return err
		}
		return do(w.refund, l, &w.ch)
	})
}

func (tx *Store) saveLegs(ctx context.Context, w *refundWork) error {
	for _, l := range w.legs {
		if !slices.Contains(w.touched, l.ID) {
			continue
		}
		if err := tx.saveLeg(ctx, l); err != nil {
			return err
		}
	}
	if err := tx.insert(ctx, &w.fresh); err != nil {
		if isDuplicate(err) {
			return errAgain // another refund of the order was planned meanwhile
		}
		return fmt.Errorf("insert legs: %w", err)
	}
	for _, l := range slices.Concat(w.legs, w.fresh) {
		if !slices.Contains(w.touched, l.ID) && !slices.ContainsFunc(w.fresh, func(f legRow) bool { return f.ID == l.ID }) {
			continue
		}
		if err := tx.simulate(ctx, l); err != nil {
			return err
		}
	}
	return nil
}

func (tx *Store) saveLeg(ctx context.Context, l legRow) error {
	n, err := tx.exec(ctx, `UPDATE refund_legs SET destination=?, status=?, due_at=?, theirs=?, account=?, account_tail=?, reference=?, failure=?, tries=?, retry_by=?,
		sent_at=?, done_at=?, held_from=?, counted_as=?, changed_at=?, version=version+1 WHERE id=? AND version=?`,
		l.Destination, l.Status, l.DueAt, l.Theirs, l.Account, l.AccountTail, l.Reference, l.Failure, l.Tries, l.RetryBy, l.SentAt, l.DoneAt, l.HeldFrom, l.CountedAs, tx.now, l.ID, l.Version)
	if err != nil {
		return fmt.Errorf("update leg: %w", err)
	}
	if n == 0 {
		return errAgain
	}
	return nil
}

// moveRefund gives the refund the status of its legs; the buyer hears when all has been paid,
// and when something could not be.
func (tx *Store) moveRefund(ctx context.Context, w *refundWork) error {
	var legs []Leg
	for _, l := range slices.Concat(w.legs, w.fresh) {
		leg, err := l.leg()
		if err != nil {
			return err
		}
		legs = append(legs, leg)
	}
	before, done := w.row.Status, Instant(0)
	status := statusOf(legs)
	switch {
	case status == RefundDone && before == RefundDone:
		done = w.row.DoneAt
	case status == RefundDone:
		done = tx.now
	}
	n, err := tx.exec(ctx, "UPDATE refunds SET status = ?, done_at = ?, total = ?, shares = ?, mismatches = ?, version = version + 1 WHERE id = ? AND version = ?",
		status, done, w.row.Total, w.row.Shares, w.row.Mismatches, w.row.ID, w.row.Version)
	if err != nil {
		return fmt.Errorf("update refund: %w", err)
	}
	if n == 0 {
		return errAgain
	}
	if status == before {
		return nil
	}
	switch status {
	case RefundDone:
		w.ch.tell(SideBuyer, "refund_done", "amount", w.row.Total)
	case RefundFailed:
		w.ch.tell(SideBuyer, "refund_failed", "amount", w.row.Total)
	case RefundPending, RefundSent, RefundHeld:
	}
	return nil
}
