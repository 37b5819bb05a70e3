package models

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
)

// openLeg is a leg of an order's refunds that no report has paid yet, with the lines its refund is about.
type openLeg struct {
	ID          string
	RefundID    string
	Tender      Tender
	Destination Tender
	Amount      int64
	Status      LegStatus
	Reference   *string
	CountedAs   *string
	Shares      string

	lines []RefundLine
	told  []string // references of the payment system
}

// names reports whether a refund that the marketplace tells of is called as the payment of this leg:
// by the leg's id or the payment system's reference. It is pure.
func (l openLeg) names(r orderRefundRow) bool {
	if l.CountedAs != nil {
		return r.Reference == *l.CountedAs
	}
	return r.Reference == l.ID || r.Reference == orEmpty(l.Reference) || slices.Contains(l.told, r.Reference)
}

// fits reports whether it is of the same line, sum and tender. It is pure.
func (l openLeg) fits(r orderRefundRow) bool {
	return l.CountedAs == nil && r.Amount == l.Amount && (r.Tender == l.Tender || r.Tender == l.Destination) &&
		(r.LineNo == 0 || slices.ContainsFunc(l.lines, func(x RefundLine) bool { return x.Line == r.LineNo }))
}

// paidLeg is a leg that the marketplace tells to have paid.
type paidLeg struct {
	refund, leg, reference string
}

// looseRefund is a refund that the marketplace tells of and that is the payment of no leg as it
// stands; where it is called as that of one, in another sum, it names it.
type looseRefund struct {
	row         orderRefundRow
	refund, leg string
}

// matched is what became of the refunds that an order update tells of.
type matched struct {
	done  []paidLeg     // legs that are done by them
	loose []looseRefund // those that pay none
	legs  []openLeg     // that none pays
}

// matchLegs finds which of the refunds that the marketplace newly tells of pay legs of our own
// refunds, and notes it on them, so that no money counts twice.
func (tx *Store) matchLegs(ctx context.Context, old Order, refunds []orderRefundRow) (matched, error) {
	if old.ID == "" || len(refunds) == 0 {
		return matched{}, nil
	}
	legs, err := find[openLeg](ctx, tx, `SELECT l.id, l.refund_id, l.tender, l.destination, l.amount, l.status, l.reference, l.counted_as, r.shares FROM refund_legs l JOIN refunds r ON r.id = l.refund_id
		WHERE l.order_id = ? AND l.status <> 'cancelled' AND NOT EXISTS (SELECT 1 FROM order_refunds o WHERE o.order_id = l.order_id AND o.leg_id = l.id) ORDER BY l.order_seq`, old.ID)
	if err != nil {
		return matched{}, fmt.Errorf("read legs: %w", err)
	}
	if len(legs) == 0 {
		return matched{}, nil
	}
	ids := make([]string, 0, len(legs))
	for _, l := range legs {
		ids = append(ids, l.ID)
	}
	events, err := find[legEventRow](ctx, tx, "SELECT * FROM refund_leg_events WHERE leg_id IN ?", ids)
	if err != nil {
		return matched{}, fmt.Errorf("read leg events: %w", err)
	}
	for i := range legs {
		if err := json.Unmarshal([]byte(legs[i].Shares), &legs[i].lines); err != nil {
			return matched{}, fmt.Errorf("read refund lines: %w", err)
		}
		for _, e := range events {
			if e.LegID == legs[i].ID {
				legs[i].told = append(legs[i].told, e.Reference)
			}
		}
	}
	return match(refunds, legs), nil
}

// match is the pure rule of matchLegs: names count before sums, and a payment pays one leg. It notes
// the legs on the refunds.
func match(refunds []orderRefundRow, legs []openLeg) matched {
	m := matched{legs: slices.Clone(legs)}
	named := map[string]int{} // places of refunds that name a leg, in another sum
	pay := func(i int, is func(openLeg, orderRefundRow) bool) {
		j := slices.IndexFunc(m.legs, func(l openLeg) bool { return is(l, refunds[i]) })
		if j < 0 {
			return
		}
		l := m.legs[j]
		if l.CountedAs == nil && l.Amount != refunds[i].Amount {
			if _, ok := named[l.ID]; !ok {
				named[l.ID] = i
			}
			return
		}
		refunds[i].LegID = &l.ID
		if l.Status != LegDone {
			m.done = append(m.done, paidLeg{l.RefundID, l.ID, refunds[i].Reference})
		}
		m.legs = slices.Delete(m.legs, j, j+1)
	}
	for i := range refunds {
		pay(i, openLeg.names)
	}
	for i := range refunds {
		if refunds[i].LegID == nil {
			pay(i, func(l openLeg, r orderRefundRow) bool {
				_, taken := named[l.ID]
				return !taken && l.fits(r)
			})
		}
	}
	for i, r := range refunds {
		if r.LegID != nil {
			continue
		}
		loose := looseRefund{row: r}
		for _, l := range m.legs {
			if at, ok := named[l.ID]; ok && at == i {
				loose.refund, loose.leg = l.RefundID, l.ID
			}
		}
		m.loose = append(m.loose, loose)
	}
	return m
}
