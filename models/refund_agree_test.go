package models

import (
	"fmt"
	"testing"
	"time"
)

// Both parties settle by any way they have, and the marketplace pays the line back by itself, 50 at
// once: the money goes back once, and never more of it than was paid.
func TestOneRefundWhoeverAgrees(t *testing.T) {
	m := newMarket(t)
	type way func() error
	act := func(by Actor, number string, in ActionInput) way {
		return func() error { _, err := m.Act(m.ctx, by, number, in); return err }
	}
	for round := range 6 {
		number := fmt.Sprintf("O-%d", round)
		offered := round%2 == 0
		var c Claim
		if m.order(number, threeTenders); offered {
			c = m.offered(number, 2000)
		} else {
			c = m.filed(number, NotReceived)
		}
		refunded := orderInput(number, func(in *OrderInput) {
			threeTenders(in)
			in.Refunds = []RefundInput{{Reference: "mp-1", Line: 1, Tender: "convenience_store", Amount: 2300}, {Reference: "mp-2", Line: 1, Tender: "points", Amount: 1000}, {Reference: "mp-3", Line: 1, Tender: "coupon", Amount: 500}}
		})
		ways := []way{func() error { _, _, err := m.PutOrder(m.ctx, m.integration, refunded); return err }}
		if round >= 4 {
			ways = nil // the parties alone
		}
		if offered {
			ways = append(ways, act(m.buyer, c.Number, &AcceptOfferInput{}), act(m.buyer, c.Number, &AcceptOfferInput{}), act(m.buyer, c.Number, &CounterInput{Amount: ptr(int64(3000)), Message: "3,000円でお願いします。"}))
		} else {
			ways = append(ways, act(m.seller, c.Number, &AcceptInput{}), act(m.seller, c.Number, &AcceptInput{}), act(m.seller, c.Number, &OfferInput{Kind: OfferPartialRefund, Amount: ptr(int64(2000)), Message: "2,000円でいかがですか。"}))
		}
		atOnce(t, func(i int) error {
			if round == 2 || round == 3 { // the marketplace a little earlier than the parties, so that either comes first
				time.Sleep(time.Duration(min(i%len(ways), 1)*(1+i%9)) * time.Millisecond)
			}
			return ways[i%len(ways)]()
		})
		o, err := m.orderByNumber(m.ctx, number)
		m.must(err)
		c = m.claim(c.Number)
		n := m.countRows("SELECT COUNT(*) FROM refunds WHERE claim_id = ?", c.ID)
		l := o.Lines[0]
		if n > 1 || (c.Refund == nil) != (n == 0) || l.Refunded+l.Owed > 3800 || round < 4 && (l.Refunded != 3800 || l.Owed != 0) || round >= 4 && l.Refunded != 0 {
			t.Errorf("round %d: %s with %d refunds, %d refunded and %d owed", round, c.Status, n, l.Refunded, l.Owed)
		}
		if round >= 4 && n == 1 && l.Owed != c.Refund.Total+c.Refund.Lapsed {
			t.Errorf("round %d: %d owed of %+v", round, l.Owed, c.Refund)
		}
		checkChain(t, m, c.Number)
	}
}
