package models

import (
	"slices"
	"testing"
)

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
		if v := m.claim(c.Number); v.Replacement.PaidBackAt == 0 || slices.Contains(v.AllowedActions(m.buyer, Policy{PolicyValues: DefaultPolicy()}, m.MachineNow()), Reopen) {
			t.Errorf("it can be taken up again: %+v", v.Replacement)
		}
		_, err = m.Act(m.ctx, m.buyer, c.Number, &ReopenInput{})
		wantCode(t, err, "not_allowed_now") // nothing is left to claim
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

// Nor is the price of a line looked at while a decision still owes money for it: what the
// marketplace then pays for a line that it has set to zero pays the debt.
func TestALowerPriceKeepsADebt(t *testing.T) {
	m := newMarket(t)
	m.order("A-1", nil)
	c := m.filed("A-1", NotReceived)
	m.clock.set(c.DueAt)
	m.run()
	if c = m.claim(c.Number); c.Status != Granted || c.Refund.Total != 3800 {
		t.Fatalf("status %s refund %+v", c.Status, c.Refund)
	}
	zero := func(in *OrderInput) {
		l := &in.Lines[0]
		l.UnitPrice, l.Tax, l.Shipping, in.Payments = ptr(int64(0)), 0, 0, []PaymentInput{}
	}
	m.order("A-1", zero)
	m.order("A-1", func(in *OrderInput) {
		zero(in)
		in.Refunds = []RefundInput{{Reference: "r", Line: 1, Amount: 3800}}
	})
	o, err := m.orderByNumber(m.ctx, "A-1")
	m.must(err)
	if l := o.Lines[0]; l.Owed != 0 || l.Refunded != 3800 {
		t.Fatalf("owed %d, refunded %d of %d", l.Owed, l.Refunded, l.Total)
	}
}

// A line that keeps its money keeps the payments of it alone; the rest of an update holds.
func TestAKeptLineKeepsItsPaymentsAlone(t *testing.T) {
	m := newMarket(t)
	two := func(in *OrderInput) {
		second := in.Lines[0]
		second.Line = 2
		in.Lines = append(in.Lines, second)
	}
	m.order("A-1", func(in *OrderInput) {
		two(in)
		in.Payments = []PaymentInput{{Tender: "credit_card", Amount: ptr(int64(6000)), Captured: new(bool)}, {Tender: "points", Amount: ptr(int64(1600))}}
	})
	m.filed("A-1", NotReceived)
	m.order("A-1", func(in *OrderInput) { // line 1, which is claimed, is set to zero; line 2 costs 1,000 more
		two(in)
		in.Lines[0].UnitPrice, in.Lines[0].Tax, in.Lines[0].Shipping = ptr(int64(0)), 0, 0
		in.Lines[1].UnitPrice = ptr(int64(4000))
		in.Payments = []PaymentInput{{Tender: "credit_card", Amount: ptr(int64(4300))}, {Tender: "wallet", Amount: ptr(int64(500))}}
	})
	o, err := m.orderByNumber(m.ctx, "A-1")
	m.must(err)
	want := []Payment{{"credit_card", 6500, true}, {"wallet", 500, true}, {"points", 1600, true}}
	if !slices.Equal(o.Payments, want) || o.Total() != 8600 {
		t.Fatalf("%+v paid for %d", o.Payments, o.Total())
	}
}

func TestKeepPaid(t *testing.T) {
	for _, tc := range []struct {
		name        string
		before, now []Payment
		missing     int64
		want        []Payment
	}{
		{"nothing is missing", []Payment{{"points", 500, true}}, []Payment{{"wallet", 300, true}}, 0, []Payment{{"wallet", 300, true}}},
		{"all is gone", []Payment{{"credit_card", 300, false}, {"points", 200, true}}, nil, 500, []Payment{{"credit_card", 300, false}, {"points", 200, true}}},
		{"a tender of two parts", []Payment{{"credit_card", 300, true}, {"credit_card", 200, true}}, []Payment{{"credit_card", 100, true}, {"credit_card", 50, true}}, 350, []Payment{{"credit_card", 450, true}, {"credit_card", 50, true}}},
		{"captured since", []Payment{{"credit_card", 300, false}}, []Payment{{"credit_card", 100, true}}, 200, []Payment{{"credit_card", 300, true}}},
		{"more than any tender has lost", []Payment{{"points", 100, true}, {"wallet", 400, true}}, []Payment{{"points", 100, true}, {"wallet", 400, true}}, 50, []Payment{{"points", 100, true}, {"wallet", 450, true}}},
	} {
		now := slices.Clone(tc.now)
		if got := keepPaid(tc.before, tc.now, tc.missing); !slices.Equal(got, tc.want) || !slices.Equal(tc.now, now) {
			t.Errorf("%s: %+v, want %+v", tc.name, got, tc.want)
		}
	}
}
