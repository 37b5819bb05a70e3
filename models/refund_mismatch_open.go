package models

import (
	"context"
	"fmt"
	"slices"
)

// openMismatches holds the refunds that a payment told in an order update may have been of, in the
// update's transaction. It runs once the order is written.
func (tx *Store) openMismatches(ctx context.Context, old Order, rows orderRows, m matched) error {
	over := paysOver(old, rows, m.legs)
	for _, r := range m.loose {
		taken := takenBy(old, rows, r.row)
		for _, refund := range r.about(m.legs, over) {
			if err := tx.openMismatch(ctx, refund, r, taken); err != nil {
				return err
			}
			taken = 0 // it was taken off once
		}
	}
	return nil
}

// paysOver says whether what has been told to have come back and what our legs still pay is more
// than the lines cost. It is pure.
func paysOver(old Order, rows orderRows, legs []openLeg) bool {
	var sum int64
	for _, r := range old.Refunds {
		sum += r.Amount
	}
	for _, r := range rows.refunds {
		sum += r.Amount
	}
	for _, l := range legs {
		sum += l.Amount
	}
	for _, l := range rows.lines {
		sum -= l.Total
	}
	return sum > 0
}

// takenBy is how much of a line's owed sum a reported payment took: what pays legs comes first, then
// the others in their order. It is pure.
func takenBy(old Order, rows orderRows, r orderRefundRow) int64 {
	before, _ := old.Line(r.LineNo)
	at := slices.IndexFunc(rows.lines, func(l lineRow) bool { return l.LineNo == r.LineNo })
	if at < 0 {
		return 0
	}
	rest := before.Owed - rows.lines[at].Owed
	for _, paid := range []bool{true, false} {
		for _, x := range rows.refunds {
			if x.LineNo != r.LineNo || (x.LegID != nil) != paid {
				continue
			}
			if x.Reference == r.Reference {
				return min(rest, x.Amount)
			}
			rest -= min(rest, x.Amount)
		}
	}
	return 0
}

func (tx *Store) openMismatch(ctx context.Context, refundID string, r looseRefund, taken int64) error {
	return tx.changeRefund(ctx, Actor{Role: RoleIntegration}, refundID, func(w *refundWork) error {
		known, err := find[mismatchRow](ctx, tx, "SELECT * FROM refund_mismatches WHERE refund_id = ? AND reference = ?", refundID, r.row.Reference)
		if err != nil {
			return fmt.Errorf("read mismatches: %w", err)
		}
		if len(known) > 0 {
			return tx.toldOfBoth(ctx, w, known[0], r, taken)
		}
		return tx.addMismatch(ctx, w, mismatchRow{
			ID: newID(), OrderID: w.row.OrderID, RefundID: refundID, Reference: r.row.Reference, LegID: r.leg, Source: MismatchByOrder, LineNo: r.row.LineNo, Tender: r.row.Tender,
			Amount: r.row.Amount, Taken: taken, State: mismatchOpen, OpenedAt: tx.now, Version: 1,
		})
	})
}

// paidAfterAll takes what the payment system tells of a leg that was cancelled: money that left for
// it all the same counts towards what its refund still pays, unless it is the payment that the leg
// was counted as.
func (tx *Store) paidAfterAll(ctx context.Context, w *refundWork, l legRow, in LegEvent) error {
	reference := text(in.Reference)
	if in.Event == LegFailed || reference == orEmpty(l.CountedAs) {
		return errNothingNew
	}
	known, err := find[mismatchRow](ctx, tx, "SELECT * FROM refund_mismatches WHERE refund_id = ? AND reference = ? AND leg_id IN ?", w.row.ID, reference, []string{"", l.ID})
	if err != nil {
		return fmt.Errorf("read mismatches: %w", err)
	}
	if len(known) > 0 {
		return errNothingNew
	}
	return tx.addMismatch(ctx, w, mismatchRow{
		ID: newID(), OrderID: w.row.OrderID, RefundID: w.row.ID, Reference: reference, LegID: l.ID, Source: MismatchByLeg, Tender: l.Destination,
		Amount: l.Amount, State: mismatchOpen, OpenedAt: tx.now, Version: 1,
	})
}

// addMismatch opens a mismatch, which holds the refund's legs that may still be paid.
func (tx *Store) addMismatch(ctx context.Context, w *refundWork, row mismatchRow) error {
	if err := tx.insert(ctx, &row); err != nil {
		if isDuplicate(err) {
			return errAgain
		}
		return fmt.Errorf("insert mismatch: %w", err)
	}
	return w.holdFor(row)
}

// toldOfBoth takes what the marketplace reports of a payment of a cancelled leg that the payment
// system has told of before: the report has its sum and its line. Where it was said to be something
// else, that is asked again.
func (tx *Store) toldOfBoth(ctx context.Context, w *refundWork, m mismatchRow, r looseRefund, taken int64) error {
	if m.State == mismatchCounted || m.Source == MismatchByOrder {
		return errNothingNew
	}
	again := m.State == mismatchReleased
	m.State, m.Source, m.Amount, m.Taken, m.LineNo, m.Tender = mismatchOpen, MismatchByOrder, r.row.Amount, taken, r.row.LineNo, r.row.Tender
	n, err := tx.exec(ctx, "UPDATE refund_mismatches SET state = ?, source = ?, amount = ?, taken = ?, line_no = ?, tender = ?, proposed_by = NULL, version = version + 1 WHERE id = ? AND version = ?",
		m.State, m.Source, m.Amount, m.Taken, m.LineNo, m.Tender, m.ID, m.Version)
	if err != nil {
		return fmt.Errorf("update mismatch: %w", err)
	}
	if n == 0 {
		return errAgain
	}
	if again {
		return w.holdFor(m)
	}
	return nil
}

// holdFor holds the legs of a refund for a mismatch that is open from now on.
func (w *refundWork) holdFor(row mismatchRow) error {
	w.row.Mismatches++
	held := []string{}
	for _, l := range slices.Clone(w.legs) {
		if !l.Status.holds() {
			continue
		}
		leg, err := w.leg(l.ID)
		if err != nil {
			return err
		}
		leg.hold()
		held = append(held, l.ID)
	}
	w.ch.recordFor(ForBuyer, "refund_held", map[string]any{
		"refund": w.row.ID, "mismatch": row.ID, "reference": row.Reference, "amount": row.Amount, "currency": w.row.Currency, "tender": string(row.Tender), "line": row.LineNo, "legs": held,
	}, nil)
	return nil
}

// explains ends a mismatch that a leg was told under the reference of: it is that leg's payment.
// Where the sums differ it stays open, and names the leg.
func (tx *Store) explains(ctx context.Context, w *refundWork, l *legRow, reference string) error {
	if w.row.Mismatches == 0 || l.Status != LegSent && l.Status != LegDone {
		return nil
	}
	rows, err := find[mismatchRow](ctx, tx, "SELECT * FROM refund_mismatches WHERE refund_id = ? AND reference = ? AND state = 'open' AND leg_id IN ?", w.row.ID, reference, []string{"", l.ID})
	if err != nil {
		return fmt.Errorf("read mismatches: %w", err)
	}
	if len(rows) == 0 || rows[0].Source != MismatchByOrder {
		return nil
	}
	row := rows[0]
	left, err := tx.uncounted(ctx, row)
	if err != nil {
		return err
	}
	if left != l.Amount {
		_, err := tx.exec(ctx, "UPDATE refund_mismatches SET leg_id = ?, version = version + 1 WHERE id = ? AND version = ?", l.ID, row.ID, row.Version)
		return err
	}
	l.enter(LegDone, LegEvent{Reference: reference}, tx.now)
	row.State, row.Counted, row.LegID = mismatchCounted, l.Amount, l.ID
	if err := tx.linkPayment(ctx, row, l.ID); err != nil {
		return err
	}
	return tx.endMismatch(ctx, w, row)
}

// linkPayment notes on what the marketplace reported how much of it was a refund's payment, at most
// all of it, and of which leg.
func (tx *Store) linkPayment(ctx context.Context, m mismatchRow, leg string) error {
	if m.Source != MismatchByOrder || m.Counted == 0 {
		return nil
	}
	n, err := tx.exec(ctx, "UPDATE order_refunds SET leg_id = COALESCE(leg_id, ?), counted = counted + ? WHERE order_id = ? AND reference = ? AND counted + ? <= amount",
		leg, m.Counted, m.OrderID, m.Reference, m.Counted)
	if err != nil {
		return fmt.Errorf("link payment: %w", err)
	}
	if n == 0 {
		return errAgain
	}
	return nil
}

// endMismatch stores what was said of it; after the last of a refund its legs go on.
func (tx *Store) endMismatch(ctx context.Context, w *refundWork, m mismatchRow) error {
	n, err := tx.exec(ctx, "UPDATE refund_mismatches SET state = ?, counted = ?, leg_id = ?, choice = ?, reason = ?, decided_by = ?, decided_at = ?, version = version + 1 WHERE id = ? AND version = ?",
		m.State, m.Counted, m.LegID, m.Choice, m.Reason, m.DecidedBy, tx.now, m.ID, m.Version)
	if err != nil {
		return fmt.Errorf("update mismatch: %w", err)
	}
	if n == 0 {
		return errAgain
	}
	w.row.Mismatches--
	if w.row.Mismatches > 0 {
		return nil
	}
	p, err := tx.Policy(ctx, tx.now)
	if err != nil {
		return err
	}
	for i := range w.legs {
		if w.legs[i].Status == LegHeld {
			l, err := w.leg(w.legs[i].ID)
			if err != nil {
				return err
			}
			l.free(p, tx.now)
		}
	}
	for i := range w.fresh {
		w.fresh[i].free(p, tx.now)
	}
	return nil
}
