package models

import (
	"context"
	"fmt"
	"slices"
)

// orderOver is how much more than an order cost has come back or is to come, with a refund of it as
// it is being changed.
func (tx *Store) orderOver(ctx context.Context, w *refundWork) (int64, error) {
	reported, err := find[struct {
		Reference string
		LegID     *string
		Amount    int64
	}](ctx, tx, "SELECT reference, leg_id, amount FROM order_refunds WHERE order_id = ?", w.row.OrderID)
	if err != nil {
		return 0, fmt.Errorf("read what came back: %w", err)
	}
	rest, err := find[struct{ Amount int64 }](ctx, tx, `SELECT CAST(COALESCE(SUM(l.amount), 0) AS SIGNED) AS amount FROM refund_legs l WHERE l.order_id = ? AND l.refund_id <> ? AND l.status <> 'cancelled'
			AND NOT EXISTS (SELECT 1 FROM order_refunds o WHERE o.order_id = l.order_id AND (o.leg_id = l.id OR o.reference = l.counted_as))
		UNION ALL SELECT CAST(COALESCE(SUM(lapsed), 0) AS SIGNED) FROM refunds WHERE order_id = ?
		UNION ALL SELECT CAST(-SUM(total) AS SIGNED) FROM order_lines WHERE order_id = ?`, w.row.OrderID, w.row.ID, w.row.OrderID, w.row.OrderID)
	if err != nil {
		return 0, fmt.Errorf("read what is to come: %w", err)
	}
	var sum int64
	known := map[string]bool{} // legs and references of what the marketplace has reported
	for _, r := range reported {
		sum += r.Amount
		known[r.Reference], known[orEmpty(r.LegID)] = true, true
	}
	for _, r := range rest {
		sum += r.Amount
	}
	for _, l := range slices.Concat(w.legs, w.fresh) {
		if l.Status != LegCancelled && !known[l.ID] && (l.CountedAs == nil || !known[*l.CountedAs]) {
			sum += l.Amount
		}
	}
	return sum, nil
}

// undecided is how much of an order's reported payments may still be counted as a refund's, those of
// a mismatch left out that is being decided.
func (tx *Store) undecided(ctx context.Context, orderID, mismatchID string) (int64, error) {
	rows, err := find[struct{ Amount int64 }](ctx, tx, `SELECT o.amount - o.counted AS amount FROM order_refunds o WHERE o.order_id = ? AND EXISTS
		(SELECT 1 FROM refund_mismatches m WHERE m.order_id = o.order_id AND m.reference = o.reference AND m.source = ? AND m.state = ? AND m.id <> ?)`,
		orderID, MismatchByOrder, mismatchOpen, mismatchID)
	if err != nil {
		return 0, fmt.Errorf("read undecided payments: %w", err)
	}
	var sum int64
	for _, r := range rows {
		sum += r.Amount
	}
	return sum, nil
}

// trim takes off a refund's legs that can be stopped again what would come back beyond what was paid.
// When a payment was said to be something else, a leg that was on its way could not be made less; it
// can once it has failed, and once another payment was counted as a part of it. What open mismatches
// of the order may still account for is left to them.
func (tx *Store) trim(ctx context.Context, w *refundWork, mismatchID string, p Policy) error {
	over, err := tx.orderOver(ctx, w)
	if err != nil || over <= 0 {
		return err
	}
	open, err := tx.undecided(ctx, w.row.OrderID, mismatchID)
	if err != nil {
		return err
	}
	surplus := over - open
	if surplus <= 0 {
		return nil
	}
	for i := range w.legs {
		if w.legs[i].Status == LegFailed {
			w.legs[i].hold() // as lessOf wants them; the others that can be stopped are held already
		}
	}
	left := w.lessNew(surplus)
	cuts, uncut := lessOf(left, "", w.legs)
	if less := surplus - uncut; less > 0 {
		data := map[string]any{"refund": w.row.ID, "less": less, "currency": w.row.Currency}
		if err := tx.recut(ctx, w, cuts, "", p, data); err != nil {
			return err
		}
		if err := tx.payLess(ctx, w, 0, less, data); err != nil {
			return err
		}
		w.sayLegs(data)
		w.ch.recordFor(ForBuyer, "refund_reduced", data, nil)
	}
	if w.row.Mismatches == 0 {
		for _, legs := range [][]legRow{w.legs, w.fresh} {
			for i := range legs {
				legs[i].free(p, tx.now)
			}
		}
	}
	return nil
}

// lessNew takes a sum off the legs that are new and held: nobody knows them yet, so that they become
// less in place. It returns what it could not take.
func (w *refundWork) lessNew(sum int64) (left int64) {
	for i := len(w.fresh) - 1; i >= 0; i-- {
		if l := &w.fresh[i]; l.Status == LegHeld {
			less := min(sum, l.Amount)
			l.Amount -= less
			sum -= less
		}
	}
	w.fresh = slices.DeleteFunc(w.fresh, func(l legRow) bool { return l.Amount == 0 })
	return sum
}

// payLess takes a sum off what a refund pays, off a line's share first.
func (tx *Store) payLess(ctx context.Context, w *refundWork, line int, less int64, data map[string]any) error {
	if less == 0 {
		return nil
	}
	w.row.Total -= less
	w.refund.Lines = lessShares(w.refund.Lines, line, less)
	if err := w.row.keepShares(w.refund.Lines); err != nil {
		return err
	}
	data["total"] = w.row.Total
	return tx.writeEntries(ctx, w.ch.claim, causeMismatch, func(o *outcome) { o.back(w.row.BorneBy, -less) })
}
