package models

import (
	"testing"
	"time"

	"hosho/models/health"
)

// Points come with what is written, and go by the clock.
func TestStandingFollows(t *testing.T) {
	m := newMarket(t)
	standing := func() (list []SellerStanding) {
		t.Helper()
		list, _, err := m.SellersByRisk(m.ctx, m.agent, RiskFilter{}, Page{})
		m.must(err)
		return list
	}
	m.order("o-1", nil)
	if list := standing(); len(list) != 0 {
		t.Fatalf("nothing counts: %+v", list)
	}
	for _, n := range []string{"o-2", "o-3", "o-4"} {
		m.order(n, cancelled("out_of_stock"))
	}
	if list := standing(); len(list) != 1 || list[0].Points != 45 || list[0].Level != 1 || list[0].StockOuts != 3 || list[0].Orders != 4 || list[0].Buyers != 1 {
		t.Fatalf("three stock-outs: %+v", list)
	}
	_, err := m.saysOf("o-2", health.AnswerAskedToCancel)
	m.must(err)
	if list := standing(); list[0].Points != 50 {
		t.Errorf("one of them was asked to cancel: %+v", list)
	}
	m.order("o-3", unshipped)
	if list := standing(); list[0].Points != 35 {
		t.Errorf("one was taken back: %+v", list)
	}
	leaves := standing()[0].NextLeaveAt
	if want := at("2026-01-04T10:00:00+09:00").Add(90 * 24 * time.Hour); leaves != want {
		t.Errorf("points leave at %v, want %v", leaves, want)
	}
	m.clock.set(leaves - 1)
	m.run()
	if list := standing(); list[0].Points != 35 {
		t.Errorf("a microsecond before: %+v", list)
	}
	m.clock.set(leaves)
	m.run()
	if list := standing(); list[0].Points != 0 || list[0].Level != 0 || list[0].NextLeaveAt != 0 {
		t.Errorf("when they leave: %+v", list)
	}
	if n := m.countRows("SELECT COUNT(*) FROM timers WHERE kind = 'standing'"); n != 0 {
		t.Errorf("%d timers left of a seller without points", n)
	}
	if _, _, err := m.SellersByRisk(m.ctx, m.seller, RiskFilter{}, Page{}); KindOf(err) != Forbidden {
		t.Errorf("a seller reads the list of all: %v", err)
	}
}

// A window begins right after its instant, to the microsecond, wherever in a day that is.
func TestHealthWindows(t *testing.T) {
	m := newMarket(t)
	now := m.MachineNow()
	for i, ago := range []time.Duration{0, 7*24*time.Hour - time.Microsecond, 7 * 24 * time.Hour, 30*24*time.Hour - time.Microsecond, 30 * 24 * time.Hour, 90*24*time.Hour - time.Microsecond, 90 * 24 * time.Hour} {
		m.order("o-"+itoa(int64(i)), func(in *OrderInput) {
			cancelled([]string{"out_of_stock", "buyer_request"}[i%2])(in)
			in.PlacedAt = now.Add(-ago).String()
		})
	}
	h, err := m.SellerHealth(m.ctx, m.seller, "mp-s-1")
	m.must(err)
	for i, want := range []HealthWindow{
		{Days: 7, Orders: 2, Cancelled: 2, StockOut: 1, BuyerRequest: 1, StockOuts: 1},
		{Days: 30, Orders: 4, Cancelled: 4, StockOut: 2, BuyerRequest: 2, StockOuts: 2},
		{Days: 90, Orders: 6, Cancelled: 6, StockOut: 3, BuyerRequest: 3, StockOuts: 3},
	} {
		want.After = now.Add(-days(want.Days))
		if h.Windows[i] != want {
			t.Errorf("%+v, want %+v", h.Windows[i], want)
		}
	}
	sum := 0
	for _, w := range h.Weeks {
		sum += w.Orders
	}
	if len(h.Weeks) != healthWeeks || sum != 7 || h.Weeks[healthWeeks-1].Orders != 2 || h.Before.Orders != 1 {
		t.Errorf("weeks: %+v, before: %+v", h.Weeks, h.Before)
	}
	for _, who := range []Actor{m.buyer, m.seller2, m.integration} {
		if _, err := m.SellerHealth(m.ctx, who, "mp-s-1"); KindOf(err) != NotFound {
			t.Errorf("%s reads it: %v", who.Role, err)
		}
	}
	if _, err := m.SellerHealth(m.ctx, m.agent, "none"); KindOf(err) != NotFound {
		t.Errorf("a seller that is not there: %v", err)
	}
	b, err := m.SellerBadge(m.ctx, "mp-s-1")
	m.must(err)
	if b.Rate != (health.Rate{Hits: 3, Orders: 6}) || !b.Rate.Small() {
		t.Errorf("badge: %+v", b)
	}
}

// The orders behind a number come by pages, each once, the latest first.
func TestSellerOrdersByNumber(t *testing.T) {
	m := newMarket(t)
	for i := range 7 {
		m.order("o-"+itoa(int64(i)), func(in *OrderInput) {
			if i%2 == 0 {
				cancelled("out_of_stock")(in)
			}
			in.PlacedAt = m.MachineNow().Add(-days(10 * i)).String()
		})
	}
	var got []string
	for cursor := ""; ; {
		list, next, err := m.SellerOrders(m.ctx, m.seller, "mp-s-1", CountStockOuts, 61, Page{Limit: 1, Cursor: cursor})
		m.must(err)
		for _, o := range list {
			got = append(got, o.Number)
			if o.Cause != health.StockOut || !o.Counts {
				t.Errorf("%+v", o)
			}
		}
		if cursor = next; next == "" {
			break
		}
	}
	if len(got) != 4 || got[0] != "o-0" || got[3] != "o-6" {
		t.Errorf("pages: %v", got)
	}
	if _, _, err := m.SellerOrders(m.ctx, m.seller2, "mp-s-1", CountStockOuts, 30, Page{}); KindOf(err) != NotFound {
		t.Errorf("another seller: %v", err)
	}
	if _, _, err := m.SellerOrders(m.ctx, m.seller, "mp-s-1", "x", 30, Page{}); KindOf(err) != Invalid {
		t.Errorf("a number there is not: %v", err)
	}
}

// A claim that is decided against the seller is a defect, until it is reversed; a contact waits for its first answer.
func TestDefectAndFirstAnswer(t *testing.T) {
	m := newMarket(t)
	c := m.inReview(m.order("o-1", nil))
	health := func() SellerHealth {
		t.Helper()
		h, err := m.SellerHealth(m.ctx, m.seller, "mp-s-1")
		m.must(err)
		return h
	}
	if h := health(); h.Defects.Hits != 0 || h.Answered.Orders != 1 || h.Answered.Hits != 0 {
		t.Fatalf("before the decision: %+v", h)
	}
	_, err := m.SendMessage(m.ctx, m.seller, SendMessage{OrderNumber: "o-1", Line: 1, Body: "確認します。"})
	m.must(err)
	if h := health(); h.Answered.Hits != 1 || h.AnswerTime != 48*time.Hour {
		t.Errorf("answered: %+v after %v", h.Answered, h.AnswerTime)
	}
	_, err = m.Act(m.ctx, m.agent, c.Number, decision("granted", 3800))
	m.must(err)
	if h := health(); h.Defects.Hits != 1 || h.Defects.Orders != 1 || h.Late.Orders != 1 || h.Tracked.Hits != 1 {
		t.Errorf("decided: %+v", h)
	}
	r, err := m.RecountSellers(m.ctx, Operator)
	m.must(err)
	if r.Corrected != 0 {
		t.Errorf("counted anew: %+v", r)
	}
}

// A cancellation that is told before its own time counts from that time on, by the clock.
func TestStandingOfACancellationToldAhead(t *testing.T) {
	m := newMarket(t)
	ahead := m.MachineNow().Add(12 * time.Hour)
	m.stockOut("o-1", 1, ahead.String())
	points := func() int {
		t.Helper()
		list, _, err := m.SellersByRisk(m.ctx, m.agent, RiskFilter{}, Page{})
		m.must(err)
		if len(list) != 1 {
			t.Fatalf("listed: %+v", list)
		}
		return list[0].Points
	}
	if n := points(); n != 0 {
		t.Errorf("%d points ahead of its time", n)
	}
	m.clock.set(m.MachineNow().Add(24 * time.Hour))
	m.run()
	if n := points(); n != 15 {
		t.Errorf("%d points", n)
	}
}

// Of an order with two cancelled lines one is taken back: what it weighed more goes at once.
func TestStandingOfALineTakenBack(t *testing.T) {
	m := newMarket(t)
	both := func(in *OrderInput) {
		cancelled("out_of_stock")(in)
		second := in.Lines[0]
		second.Line, second.Cancellation = 2, &CancellationInput{At: "2026-01-04T11:00:00+09:00", By: "seller", StatedReason: "other"}
		in.Lines = append(in.Lines, second)
	}
	m.order("o-1", both)
	_, err := m.AnswerCancellation(m.ctx, m.buyer, AnswerCancellation{OrderNumber: "o-1", Line: 2, Answer: health.AnswerToldOut})
	m.must(err)
	points := func(want int) {
		t.Helper()
		list, _, err := m.SellersByRisk(m.ctx, m.agent, RiskFilter{}, Page{})
		if err != nil || len(list) != 1 || list[0].Points != want {
			t.Errorf("%+v %v, want %d points", list, err, want)
		}
	}
	points(20)
	m.order("o-1", func(in *OrderInput) {
		both(in)
		in.Lines[1].Status, in.Lines[1].Cancellation = Unshipped, nil
	})
	points(15)
}
