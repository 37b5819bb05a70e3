package models

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
)

// keepTenders keeps of an order's payments what claims have decided to give back by each of them: an
// update that says otherwise of what has been paid would leave money going back by a way it never
// came. It asks only where a tender is said to have paid less than before.
func (tx *Store) keepTenders(ctx context.Context, old Order, rows *orderRows) error {
	if !old.hasClaims() {
		return nil
	}
	var now []Payment
	if err := json.Unmarshal([]byte(rows.order.Payments), &now); err != nil {
		return fmt.Errorf("read payments: %w", err)
	}
	if !slices.ContainsFunc(old.Payments, func(b Payment) bool { return paidBy(now, b.Tender) < paidBy(old.Payments, b.Tender) }) {
		return nil
	}
	found, err := find[fundingRow](ctx, tx, `SELECT tender, CAST(SUM(amount) AS SIGNED) AS amount FROM refund_legs WHERE order_id = ? AND status <> 'cancelled' GROUP BY tender
		UNION ALL SELECT 'coupon', CAST(COALESCE(SUM(lapsed), 0) AS SIGNED) FROM refunds WHERE order_id = ?`, old.ID, old.ID)
	if err != nil {
		return fmt.Errorf("read what goes back: %w", err)
	}
	back := map[Tender]int64{}
	for _, f := range found {
		back[f.Tender] += f.Amount
	}
	body, err := json.Marshal(coverBack(old.Payments, now, back))
	if err != nil {
		return err
	}
	rows.order.Payments = string(body)
	return nil
}

// coverBack is now, so that no tender paid less than goes back by it: what one lacks is taken off those
// that have the most to spare, and the sum stays. Where the sum is less than all that goes back, the
// last of them stay short. Pure.
func coverBack(before, now []Payment, back map[Tender]int64) []Payment {
	now = slices.Clone(now)
	for _, b := range before {
		lacks := back[b.Tender] - paidBy(now, b.Tender)
		for lacks > 0 {
			from, most := -1, int64(0)
			for i, p := range now {
				if spare := min(p.Amount, paidBy(now, p.Tender)-back[p.Tender]); spare > most {
					from, most = i, spare
				}
			}
			if from < 0 {
				break
			}
			part := min(lacks, most)
			now[from].Amount -= part
			i := slices.IndexFunc(now, func(p Payment) bool { return p.Tender == b.Tender })
			if i < 0 {
				i, now = len(now), append(now, Payment{b.Tender, 0, b.Captured})
			}
			now[i].Amount += part
			lacks -= part
		}
	}
	return slices.DeleteFunc(now, func(p Payment) bool { return p.Amount == 0 })
}
