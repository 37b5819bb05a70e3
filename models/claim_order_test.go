package models

import "testing"

// What the marketplace told while a claim was closed holds when it is taken up again: money
// that has come back is never claimed twice.
func TestReopenMeetsTheOrder(t *testing.T) {
	refund := func(amount int64) func(*OrderInput) {
		return func(in *OrderInput) {
			in.Refunds = []RefundInput{{Reference: "r", Line: 1, Tender: "credit_card", Amount: amount, At: "2026-01-22T12:00:00Z"}}
		}
	}
	withdrawn := func(edit func(*OrderInput)) (*market, Claim) {
		m := newMarket(t)
		m.order("A-1", nil)
		c := m.filed("A-1", NotReceived)
		_, err := m.Act(m.ctx, m.buyer, c.Number, &WithdrawInput{})
		m.must(err)
		m.order("A-1", edit)
		return m, c
	}
	t.Run("paid back", func(t *testing.T) {
		m, c := withdrawn(refund(3800))
		_, err := m.Act(m.ctx, m.buyer, c.Number, &ReopenInput{})
		wantCode(t, err, "already_refunded")
		if c := m.claim(c.Number); c.Status != Withdrawn {
			t.Fatalf("status %s", c.Status)
		}
	})
	t.Run("paid back in part", func(t *testing.T) {
		m, c := withdrawn(refund(800))
		c, err := m.Act(m.ctx, m.buyer, c.Number, &ReopenInput{})
		m.must(err)
		if c.Claimed != 3000 || m.claim(c.Number).Lines[0].Amount != 3000 {
			t.Fatalf("claimed %d, line %d", c.Claimed, c.Lines[0].Amount)
		}
		m.clock.set(c.DueAt)
		m.run()
		if c := m.claim(c.Number); c.Status != Granted || c.Refund == nil || c.Refund.Total != 3000 {
			t.Fatalf("status %s refund %+v", c.Status, c.Refund)
		}
		checkChain(t, m, c.Number)
	})
	t.Run("charged back", func(t *testing.T) {
		m, c := withdrawn(func(in *OrderInput) { in.Chargeback = true })
		c, err := m.Act(m.ctx, m.buyer, c.Number, &ReopenInput{})
		m.must(err)
		if c.Status != Frozen || c.DueAt != 0 {
			t.Fatalf("status %s due %s", c.Status, c.DueAt)
		}
		m.order("A-1", nil)
		if c := m.claim(c.Number); c.Status != AwaitingSeller {
			t.Fatalf("thawed to %s", c.Status)
		}
	})
	t.Run("replaced and paid back", func(t *testing.T) {
		m := newMarket(t)
		m.order("A-1", nil)
		c := m.filed("A-1", NotReceived)
		_, err := m.Act(m.ctx, m.seller, c.Number, &OfferInput{Kind: OfferReplacement, Message: "送り直します。"})
		m.must(err)
		_, err = m.Act(m.ctx, m.buyer, c.Number, &AcceptOfferInput{})
		m.must(err)
		m.order("A-1", refund(3800))
		_, err = m.Act(m.ctx, m.buyer, c.Number, &ReopenInput{})
		wantCode(t, err, "already_refunded")
	})
}

// A marketplace that sets a cancelled line to zero has not paid anything back yet.
func TestALowerPriceIsNoRefund(t *testing.T) {
	m := newMarket(t)
	m.order("A-1", nil)
	c := m.filed("A-1", NotReceived)
	m.order("A-1", func(in *OrderInput) {
		l := &in.Lines[0]
		l.UnitPrice, l.Tax, l.Shipping, in.Payments = ptr(int64(0)), 0, 0, []PaymentInput{}
	})
	after := m.claim(c.Number)
	if after.Status != AwaitingSeller || after.Claimed != c.Claimed {
		t.Fatalf("%s, %d of %d claimed", after.Status, after.Claimed, c.Claimed)
	}
	m.clock.set(c.DueAt)
	m.run()
	if c := m.claim(c.Number); c.Status != Granted || c.Refund == nil || c.Refund.Total != after.Claimed {
		t.Fatalf("status %s refund %+v", c.Status, c.Refund)
	}
	order, err := m.orderByNumber(m.ctx, "A-1")
	m.must(err)
	var paid int64
	for _, p := range order.Payments {
		paid += p.Amount
	}
	if paid != order.Total() {
		t.Fatalf("%d paid for lines of %d", paid, order.Total())
	}
}
