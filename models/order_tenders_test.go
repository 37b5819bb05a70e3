package models

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Whatever an update says of the payments: the sum stays, no tender is left with less than goes back
// by it, and where none is, nothing is changed.
func TestCoverBack(t *testing.T) {
	tenders := []Tender{"credit_card", "points", "coupon", "wallet", "convenience_store"}
	rapid.Check(t, func(rt *rapid.T) {
		paid := func(name string) []Payment {
			var list []Payment
			for range rapid.IntRange(1, 5).Draw(rt, name) {
				list = append(list, Payment{rapid.SampledFrom(tenders).Draw(rt, "tender"), rapid.Int64Range(1, 5000).Draw(rt, "amount"), true})
			}
			return list
		}
		before, now := paid("before"), paid("now")
		sum := int64(0)
		for _, p := range now {
			sum += p.Amount
		}
		back, left, short := map[Tender]int64{}, sum, false
		for _, b := range before {
			n := rapid.Int64Range(0, min(left, paidBy(before, b.Tender)-back[b.Tender])).Draw(rt, "back")
			back[b.Tender] += n
			left -= n
		}
		for tender, n := range back {
			short = short || paidBy(now, tender) < n
		}
		was := slices.Clone(now)
		got := coverBack(before, now, back)
		after := int64(0)
		for _, p := range got {
			if after += p.Amount; p.Amount <= 0 {
				rt.Fatalf("%+v paid %d", p, p.Amount)
			}
		}
		if after != sum || !slices.Equal(now, was) || !short && !slices.Equal(got, now) {
			rt.Fatalf("%v over %v: %v comes to %d, not %d", before, now, got, after, sum)
		}
		for tender, n := range back {
			if paidBy(got, tender) < n {
				rt.Fatalf("%d goes back by %s, of %v", n, tender, got)
			}
		}
	})
}

// An order update that says after a decision that all was paid otherwise changes nothing of how the
// money goes back, nor of what its page holds it against.
func TestTendersOfMoneyThatGoesBack(t *testing.T) {
	m := newMarket(t)
	number := m.order("A-1", threeTenders)
	c := m.filed(number, NotReceived)
	otherwise := func(in *OrderInput) { paid("wallet", 3800)(in) }
	m.order("A-1", otherwise) // before anything was decided it is as the marketplace says
	m.order("A-1", threeTenders)
	c, err := m.Act(m.ctx, m.seller, c.Number, &AcceptInput{})
	m.must(err)
	m.order("A-1", otherwise)
	o, err := m.OrderByNumber(m.ctx, m.integration, number)
	m.must(err)
	for _, l := range m.refund(m.buyer, c.Refund.ID).Legs {
		if got := paidBy(o.Payments, l.Tender); got < l.Amount {
			t.Errorf("%d goes back by %s, which is said to have paid %d", l.Amount, l.Tender, got)
		}
	}
	if o.Total() != 3800 || paidBy(o.Payments, "wallet") != 0 {
		t.Errorf("%+v", o.Payments)
	}
	_, outcome, err := m.PutOrder(m.ctx, m.integration, orderInput("A-1", otherwise))
	m.must(err)
	if outcome != OrderUnchanged {
		t.Errorf("told again: %s", outcome)
	}
	m.order("A-1", paid("wallet", 1500, "convenience_store", 2300)) // one of them is right
	if o, err = m.OrderByNumber(m.ctx, m.integration, number); err != nil || paidBy(o.Payments, "points") != 1000 || paidBy(o.Payments, "convenience_store") != 2300 {
		t.Errorf("%+v, %v", o.Payments, err)
	}
}
