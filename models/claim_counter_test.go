package models

import (
	"slices"
	"testing"
	"time"
)

// offered is a claim of 3,800 yen to which the seller has offered a sum, or a replacement for 0.
func (m *market) offered(order string, amount int64) Claim {
	m.t.Helper()
	c := m.filed(order, NotReceived)
	in := &OfferInput{Kind: OfferPartialRefund, Amount: &amount, Message: "一部を返金します。"}
	if amount == 0 {
		in.Kind, in.Amount = OfferReplacement, nil
	}
	c, err := m.Act(m.ctx, m.seller, c.Number, in)
	m.must(err)
	return c
}

func (m *market) counter(number string, amount int64) (Claim, error) {
	return m.Act(m.ctx, m.buyer, number, &CounterInput{Amount: &amount, Message: "送料も含めてください。"})
}

// The buyer names a sum once; the seller pays it, offers anew or disputes.
func TestCounter(t *testing.T) {
	m := newMarket(t)
	c := m.offered(m.order("O-1", nil), 1000)
	for _, amount := range []int64{-1, 0, 1, 1000, 3801} {
		_, err := m.counter(c.Number, amount)
		if KindOf(err) != Invalid || fieldOf(err) != "amount" {
			t.Errorf("%d: %v", amount, err)
		}
	}
	_, err := m.Act(m.ctx, m.buyer, c.Number, &CounterInput{Amount: ptr(int64(2000)), Message: " "})
	wantCode(t, err, "invalid_fields")
	c, err = m.counter(c.Number, 2000)
	m.must(err)
	if c.Status != AwaitingSeller || c.DueAt != InstantOf(m.clock.now()).Add(48*time.Hour) || c.offerPending() || !c.counterPending() || c.Claimed != 3800 {
		t.Errorf("after the counter: %+v %+v", c, c.Offer)
	}
	if n := len(m.noticesOf("claim_counter")); n != 1 {
		t.Errorf("%d messages to the seller", n)
	}
	v, err := m.ClaimByNumber(m.ctx, m.seller, c.Number)
	m.must(err)
	if got := v.Allowed; !slices.Contains(got, Accept) || !slices.Contains(got, MakeOffer) || !slices.Contains(got, Contest) {
		t.Errorf("the seller may %v", got)
	}
	c, err = m.Act(m.ctx, m.seller, c.Number, &AcceptInput{})
	m.must(err)
	if c.Status != Settled || c.Refund == nil || c.Refund.Total != 2000 || c.counterPending() {
		t.Errorf("accepted: %s, %+v", c.Status, c.Refund)
	}
}

// A second offer can be taken or declined, not countered.
func TestCounterOnce(t *testing.T) {
	m := newMarket(t)
	c := m.offered(m.order("O-1", nil), 0)
	c, err := m.counter(c.Number, 3800)
	m.must(err)
	c, err = m.Act(m.ctx, m.seller, c.Number, &OfferInput{Kind: OfferPartialRefund, Amount: ptr(int64(1500)), Message: "これが精一杯です。"})
	m.must(err)
	if c.Offer.Counter == nil || c.counterPending() {
		t.Errorf("the counter after a new offer: %+v", c.Offer)
	}
	_, err = m.counter(c.Number, 2000)
	wantCode(t, err, "not_allowed_now")
	c, err = m.Act(m.ctx, m.buyer, c.Number, &AcceptOfferInput{})
	m.must(err)
	if c.Refund.Total != 1500 {
		t.Errorf("refund of %d", c.Refund.Total)
	}
}

// Silence on a counter is the seller's silence on the claim; a dispute goes to review, where the
// counter binds nobody.
func TestCounterUnanswered(t *testing.T) {
	m := newMarket(t)
	c, err := m.counter(m.offered(m.order("O-1", nil), 1000).Number, 2000)
	m.must(err)
	c, err = m.Act(m.ctx, m.seller, c.Number, &ContestInput{Message: "発送しました。"})
	m.must(err)
	if c.Status != UnderReview || c.counterPending() || c.Settles() != 3800 {
		t.Errorf("disputed: %s, %+v", c.Status, c.Offer.Counter)
	}
	silent, err := m.counter(m.offered(m.order("O-2", nil), 1000).Number, 2000)
	m.must(err)
	m.clock.set(silent.DueAt)
	m.run()
	if c := m.claim(silent.Number); c.Status != Granted || c.Decision.ReasonCode != ReasonSellerSilent || c.Refund.Total != 3800 {
		t.Errorf("silent: %s %+v", c.Status, c.Refund)
	}
}

func TestCounterIsPure(t *testing.T) {
	c := Claim{Status: AwaitingBuyer, Claimed: 3800, Offer: &Offer{Kind: OfferPartialRefund, Amount: 1000, Pending: true}}
	ch, err := (&CounterInput{Amount: ptr(int64(2000)), Message: "x"}).apply(c, Actor{}, testPolicy(), 9)
	if err != nil || !c.Offer.Pending || c.Offer.Counter != nil {
		t.Errorf("the claim before was changed: %+v, %v", c.Offer, err)
	}
	next, err := (&ContestInput{Message: "x"}).apply(ch.claim, Actor{}, testPolicy(), 10)
	if err != nil || !ch.claim.counterPending() || next.claim.counterPending() {
		t.Errorf("the counter before was changed: %+v, %v", ch.claim.Offer.Counter, err)
	}
}
