package models

import (
	"testing"
	"time"
)

// A sandbox pays by the clock: what it sends is there in each tender's usual time.
func TestSimulatedPayments(t *testing.T) {
	m := newMarket(t)
	m.config.SimulatePayments = true
	v := m.granted(m.order("O-1", paid("convenience_store", 3000, "points", 300, "coupon", 500)), 0)
	start := InstantOf(m.clock.now())
	m.run()
	if got := said(m.refund(m.buyer, v.ID)); got != "pending; convenience_store→gift_card 3000 pending; points→points 300 done; coupon→coupon 500 done" {
		t.Errorf("at once: %s", got)
	}
	failed := v.Legs[0].ID
	m.clock.set(start.Add(24 * time.Hour))
	m.run()
	got := m.refund(m.buyer, v.ID)
	if s := got.Legs[0].Status; s != LegSent && s != LegFailed {
		t.Errorf("after a day: %s", said(got))
	}
	if got.Legs[0].Status == LegFailed {
		_, err := m.RetryLeg(m.ctx, m.agent, v.ID, failed)
		m.must(err)
		m.clock.set(start.Add(48 * time.Hour))
		m.run()
	}
	m.clock.set(start.Add(10 * 24 * time.Hour))
	m.run()
	if got := m.refund(m.buyer, v.ID); got.Status != RefundDone {
		t.Errorf("in the end: %s", said(got))
	}
	left, err := find[timerRow](m.ctx, m.Store, "SELECT * FROM timers WHERE kind = ?", paymentTimer)
	m.must(err)
	if len(left) != 0 {
		t.Errorf("timers left: %+v", left)
	}
}

// Without simulation nothing is paid by the clock, whatever timers an earlier run has left.
func TestPaymentsAreNotSimulated(t *testing.T) {
	m := newMarket(t)
	m.config.SimulatePayments = true
	v := m.granted(m.order("O-1", nil), 0)
	m.config.SimulatePayments = false
	m.clock.set(InstantOf(m.clock.now()).Add(30 * 24 * time.Hour))
	m.run()
	if got := m.refund(m.buyer, v.ID); got.Status != RefundPending {
		t.Errorf("got %s", said(got))
	}
}

func TestSimulatedEvent(t *testing.T) {
	fails := func(l legRow) bool { return l.simulated().Event == LegFailed }
	n := 0
	for i := range 1200 {
		l := legRow{ID: newID(), Kind: LegRefund, Tender: "credit_card", Status: LegPending, Tries: 1}
		if fails(l) {
			n++
			if l.Tries = 2; fails(l) {
				t.Fatalf("%d: a second try fails too", i)
			}
		}
	}
	if n < 50 || n > 150 {
		t.Errorf("%d of 1,200 fail; want one in twelve", n)
	}
	for _, c := range []struct {
		l    legRow
		want LegStatus
	}{
		{legRow{ID: "x", Kind: LegRefund, Tender: "points", Status: LegPending, Tries: 1}, LegDone},
		{legRow{ID: "x", Kind: LegReissue, Tender: "coupon", Status: LegPending, Tries: 1}, LegDone},
		{legRow{ID: "x", Kind: LegRelease, Tender: "credit_card", Status: LegPending, Tries: 1}, LegDone},
		{legRow{ID: "x", Kind: LegRefund, Tender: "wallet", Status: LegRetried, Tries: 2}, LegSent},
		{legRow{ID: "x", Kind: LegRefund, Tender: "wallet", Status: LegSent, Tries: 2}, LegDone},
	} {
		if got := c.l.simulated(); got.Event != c.want {
			t.Errorf("%s %s: %s, want %s", c.l.Tender, c.l.Status, got.Event, c.want)
		}
	}
}

// What is held is not paid by the clock either, however long it takes; let go, it is.
func TestSimulatedPaymentsLeaveHeldLegsAlone(t *testing.T) {
	m := newMarket(t)
	m.config.SimulatePayments = true
	v := m.granted(m.order("O-1", paid("convenience_store", 3300, "wallet", 500)), 0)
	m.reports("O-1", paid("convenience_store", 3300, "wallet", 500), RefundInput{Reference: "mp-1", Line: 1, Tender: "convenience_store", Amount: 3000})
	held := said(m.refund(m.agent, v.ID))
	if held != "held; convenience_store→gift_card 3300 held; wallet→wallet 500 held" {
		t.Fatal(held)
	}
	for range 3 {
		m.clock.set(m.MachineNow().Add(30 * 24 * time.Hour))
		m.run()
	}
	if got := said(m.refund(m.agent, v.ID)); got != held || m.countRows("SELECT COUNT(*) FROM refund_leg_events") != 0 {
		t.Errorf("after three months: %s", got)
	}
	_, err := m.decide(m.agent, v, MismatchRelease)
	m.must(err)
	for range 4 { // a first try may fail, and is tried again
		m.clock.set(m.MachineNow().Add(10 * 24 * time.Hour))
		m.run()
		for _, l := range m.refund(m.agent, v.ID).Legs {
			if l.Status == LegFailed {
				_, err := m.RetryLeg(m.ctx, m.agent, v.ID, l.ID)
				m.must(err)
			}
		}
	}
	if got := m.refund(m.agent, v.ID); got.Status != RefundDone {
		t.Errorf("let go: %s", said(got))
	}
}
