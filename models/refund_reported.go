package models

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
)

// openLeg is a leg of an order's refunds with the lines its refund is about.
type openLeg struct {
	ID          string
	RefundID    string
	Tender      Tender
	Destination Tender
	Amount      int64
	Status      LegStatus
	Reference   *string
	Shares      string
}

// pays reports whether a refund that the marketplace tells of on a line is the payment of this
// leg: by its reference, which is the leg's id or the payment system's, or as one of the same
// line, sum and tender. It is pure.
func (l openLeg) pays(r orderRefundRow, lines []RefundLine, told map[string]bool) bool {
	if r.Reference == l.ID || r.Reference == orEmpty(l.Reference) || told[r.Reference] {
		return true
	}
	return r.Amount == l.Amount && (r.Tender == l.Tender || r.Tender == l.Destination) &&
		(r.LineNo == 0 || slices.ContainsFunc(lines, func(x RefundLine) bool { return x.Line == r.LineNo }))
}

// paidLeg is a leg that the marketplace tells to have paid.
type paidLeg struct {
	refund, leg, reference string
}

// matchLegs finds which of the refunds that the marketplace newly tells of pay legs of our own
// refunds, and notes it on them, so that no money counts twice. It returns the legs that are
// done by that, with the reference.
func (tx *Store) matchLegs(ctx context.Context, old Order, refunds []orderRefundRow) (done []paidLeg, err error) {
	if old.ID == "" || len(refunds) == 0 {
		return nil, nil
	}
	legs, err := find[openLeg](ctx, tx, `SELECT l.id, l.refund_id, l.tender, l.destination, l.amount, l.status, l.reference, r.shares FROM refund_legs l JOIN refunds r ON r.id = l.refund_id
		WHERE l.order_id = ? AND NOT EXISTS (SELECT 1 FROM order_refunds o WHERE o.order_id = l.order_id AND o.leg_id = l.id) ORDER BY l.order_seq`, old.ID)
	if err != nil {
		return nil, fmt.Errorf("read legs: %w", err)
	}
	if len(legs) == 0 {
		return nil, nil
	}
	ids := make([]string, 0, len(legs))
	for _, l := range legs {
		ids = append(ids, l.ID)
	}
	events, err := find[legEventRow](ctx, tx, "SELECT * FROM refund_leg_events WHERE leg_id IN ?", ids)
	if err != nil {
		return nil, fmt.Errorf("read leg events: %w", err)
	}
	told := map[string]map[string]bool{}
	for _, e := range events {
		if told[e.LegID] == nil {
			told[e.LegID] = map[string]bool{}
		}
		told[e.LegID][e.Reference] = true
	}
	for i := range refunds {
		for j, l := range legs {
			var lines []RefundLine
			if err := json.Unmarshal([]byte(l.Shares), &lines); err != nil {
				return nil, fmt.Errorf("read refund lines: %w", err)
			}
			if !l.pays(refunds[i], lines, told[l.ID]) {
				continue
			}
			refunds[i].LegID = &l.ID
			if l.Status != LegDone {
				done = append(done, paidLeg{l.RefundID, l.ID, refunds[i].Reference})
			}
			legs = slices.Delete(legs, j, j+1)
			break
		}
	}
	return done, nil
}
