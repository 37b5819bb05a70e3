package models

import (
	"context"
	"fmt"
	"slices"
)

// followReplacements makes an end of goods that were to be sent anew for lines which an order
// update has paid back: in its transaction, so that nobody sends what has been made good already.
func (tx *Store) followReplacements(ctx context.Context, old Order, rows orderRows) error {
	paid := slices.ContainsFunc(rows.lines, func(l lineRow) bool {
		before, there := old.Line(l.LineNo)
		return there && before.ClaimsCounted > 0 && before.OpenClaimID == "" && before.Unrefunded() > 0 && l.Total <= l.Refunded+l.Owed
	})
	if !paid {
		return nil
	}
	return tx.endReplacements(ctx, old.Number)
}

// endReplacements ends the replacements of an order of whose claims nothing is left to pay back.
func (tx *Store) endReplacements(ctx context.Context, number string) error {
	order, err := tx.orderHead(ctx, number)
	if err != nil {
		return err
	}
	found, err := find[struct{ ID string }](ctx, tx, "SELECT id FROM claims WHERE order_id = ? AND status = ? AND replacement IS NOT NULL ORDER BY id", order.ID, Settled)
	if err != nil {
		return fmt.Errorf("read replacements: %w", err)
	}
	for _, f := range found {
		c, err := tx.loadClaim(ctx, "c.id = ?", f.ID)
		if err != nil {
			return err
		}
		if !c.owesGoods() || c.unrefundedOf(order) != 0 {
			continue
		}
		policy, err := tx.PolicyVersion(ctx, c.PolicyVersion)
		if err != nil {
			return err
		}
		ch := c.change()
		ch.replacementPaidBack(tx.now)
		ch.claim.WakeAt = ch.claim.nextWake(policy, 0, tx.now)
		if _, err := tx.writeClaim(ctx, Clock, SideClock, c, ch, policy, false); err != nil {
			return err
		}
	}
	return nil
}
