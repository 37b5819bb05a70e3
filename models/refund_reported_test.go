package models

import (
	"fmt"
	"sync"
	"testing"
)

// What the marketplace tells of our own refund in an update of the order is its payment, not
// another one.
func TestMarketplaceReportsOurRefund(t *testing.T) {
	pays := paid("credit_card", 3300, "points", 500)
	for _, c := range []struct {
		name    string
		refunds func(RefundView) []RefundInput
		want    string
	}{
		{"by the leg's id", func(v RefundView) []RefundInput {
			return []RefundInput{{Reference: v.Legs[0].ID, Line: 1, Tender: "credit_card", Amount: 3300}}
		}, "pending; credit_card→credit_card 3300 done; points→points 500 pending"},
		{"by the payment system's reference", func(RefundView) []RefundInput {
			return []RefundInput{{Reference: "p-1", Line: 1, Tender: "credit_card", Amount: 3300}}
		}, "pending; credit_card→credit_card 3300 done; points→points 500 pending"},
		{"by sum and tender", func(RefundView) []RefundInput {
			return []RefundInput{{Reference: "other", Line: 1, Tender: "points", Amount: 500}}
		}, "pending; credit_card→credit_card 3300 pending; points→points 500 done"},
		{"both", func(RefundView) []RefundInput {
			return []RefundInput{{Reference: "x", Line: 1, Tender: "points", Amount: 500}, {Reference: "y", Line: 1, Tender: "credit_card", Amount: 3300}}
		}, "done; credit_card→credit_card 3300 done; points→points 500 done"},
		{"another tender", func(RefundView) []RefundInput {
			return []RefundInput{{Reference: "other", Line: 1, Tender: "wallet", Amount: 500}}
		}, "held; credit_card→credit_card 3300 held; points→points 500 held"},
		{"another sum", func(RefundView) []RefundInput {
			return []RefundInput{{Reference: "other", Line: 1, Tender: "points", Amount: 499}}
		}, "held; credit_card→credit_card 3300 held; points→points 500 held"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMarket(t)
			m.order("O-1", pays)
			v := m.granted("O-1", 0)
			told := c.refunds(v)
			if told[0].Reference == "p-1" {
				_, err := m.tell(v.ID, v.Legs[0].ID, LegSent, "p-1")
				m.must(err)
			}
			m.order("O-1", func(in *OrderInput) { pays(in); in.Refunds = told })
			if got := said(m.refund(m.buyer, v.ID)); got != c.want {
				t.Errorf("got %s\nwant %s", got, c.want)
			}
			o, err := m.orderByNumber(m.ctx, "O-1")
			m.must(err)
			if l := o.Lines[0]; l.Refunded+l.Owed != 3800 {
				t.Errorf("%d refunded and %d owed of 3,800", l.Refunded, l.Owed)
			}
			// The same told again changes nothing.
			m.order("O-1", func(in *OrderInput) { pays(in); in.Refunds = told })
			if got := said(m.refund(m.buyer, v.ID)); got != c.want {
				t.Errorf("told again: %s", got)
			}
		})
	}
}

// One payment pays one leg: the same sum told again under another reference is another refund.
func TestReportedRefundPaysOnce(t *testing.T) {
	m := newMarket(t)
	pays := paid("credit_card", 1900, "points", 1900)
	m.order("O-1", pays)
	m.granted("O-1", 1000)
	var told []RefundInput
	for _, reference := range []string{"a", "b"} {
		told = append(told, RefundInput{Reference: reference, Line: 1, Tender: "points", Amount: 500})
		m.order("O-1", func(in *OrderInput) { pays(in); in.Refunds = told })
	}
	rows, err := find[orderRefundRow](m.ctx, m.Store, "SELECT * FROM order_refunds ORDER BY reference")
	m.must(err)
	if len(rows) != 2 || rows[0].LegID == nil || rows[1].LegID != nil {
		t.Errorf("got %+v", rows)
	}
}

// The seller's consent, and the marketplace's own refund, 50 at once: the buyer gets the money once.
func TestOneRefundWhoeverIsFirst(t *testing.T) {
	m := newMarket(t)
	for round := range 5 {
		number := fmt.Sprintf("O-%d", round)
		c := m.filed(m.order(number, nil), NotReceived)
		var wg sync.WaitGroup
		for i := range 50 {
			wg.Go(func() {
				if i%2 == 0 {
					_, err := m.Act(m.ctx, m.seller, c.Number, &AcceptInput{})
					if err != nil && KindOf(err) != Conflict {
						t.Error(err)
					}
					return
				}
				m.order(number, func(in *OrderInput) {
					in.Refunds = []RefundInput{{Reference: "mp-1", Line: 1, Tender: "credit_card", Amount: 3800}}
				})
			})
		}
		wg.Wait()
		o, err := m.orderByNumber(m.ctx, number)
		m.must(err)
		if l := o.Lines[0]; l.Refunded != 3800 || l.Owed != 0 || len(o.Refunds) != 1 {
			t.Errorf("%d refunded, %d owed, told %+v", l.Refunded, l.Owed, o.Refunds)
		}
		c = m.claim(c.Number)
		if c.Status != Settled {
			t.Errorf("the claim is %s", c.Status)
		}
		if c.Refund != nil {
			if v := m.refund(m.buyer, c.Refund.ID); v.Status != RefundDone {
				t.Errorf("our own refund, paid by the marketplace: %s", said(v))
			}
		}
	}
}
