package models

import (
	"context"
	"fmt"
	"hash/crc32"
)

// A sandbox without a payment system pays by the clock: each leg in its usual time, and one in
// twelve fails at its first try.

// simulatedCard is how many days a card company takes.
const simulatedCard = 3

// simulate sets when the simulated payment system has something to tell of a leg.
func (tx *Store) simulate(ctx context.Context, l legRow) error {
	if !tx.config.SimulatePayments {
		return nil
	}
	at := Instant(0)
	switch {
	case l.Status.Waits():
		at = tx.now.Add(l.DueAt.Sub(tx.now) / 2) // before it is promised
	case l.Status == LegSent:
		leg, err := l.leg()
		if err != nil {
			return err
		}
		if at = leg.VisibleBy(); leg.Theirs.Unit == SpanStatements {
			at = tx.now.Add(days(simulatedCard)) // the money is there before the statement is
		}
	}
	if err := tx.setTimer(ctx, paymentTimer, l.ID, at); err != nil {
		return fmt.Errorf("simulate payment: %w", err)
	}
	return nil
}

// simulated is what the simulated payment system tells of a leg when its time has come. It is
// pure. What is there at once is not sent first.
func (l legRow) simulated() LegEvent {
	const oneIn = 12
	e := LegEvent{Event: LegSent, Reference: fmt.Sprintf("sandbox-%s-%d", l.ID, l.Tries)}
	switch {
	case l.Status == LegSent:
		e.Event = LegDone
	case l.Kind == LegRefund && l.Tender != tenderPoints && l.Tries == 1 && crc32.ChecksumIEEE([]byte(l.ID))%oneIn == 0:
		e.Event = LegFailed // without a reason: it would be in one language
	case l.Tender == tenderPoints || l.Kind != LegRefund:
		e.Event = LegDone
	}
	return e
}

// firePayments lets the simulated payment system tell of legs whose time has come.
func (tx *Store) firePayments(ctx context.Context, due []timerRow) (int, error) {
	taken, err := tx.takeTimers(ctx, paymentTimer, due)
	if err != nil {
		return 0, err
	}
	for _, t := range taken {
		rows, err := find[legRow](ctx, tx, "SELECT * FROM refund_legs WHERE id = ?", t.Subject)
		if err != nil {
			return 0, fmt.Errorf("read leg: %w", err)
		}
		if len(rows) == 0 || !tx.config.SimulatePayments || !rows[0].Status.Waits() && rows[0].Status != LegSent {
			if err := tx.setTimer(ctx, paymentTimer, t.Subject, 0); err != nil {
				return 0, err
			}
			continue
		}
		if err := tx.tellLeg(ctx, Clock, rows[0].RefundID, rows[0].ID, rows[0].simulated()); err != nil {
			return 0, err
		}
	}
	return len(taken), nil
}
