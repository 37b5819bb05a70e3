package models

import (
	"slices"
	"testing"
	"time"
)

func TestDeadlineToTheMicrosecond(t *testing.T) {
	deadline := at("2026-04-09T00:00:00+09:00") // 2026-01-08 + 90 days is April 8
	for _, zone := range []string{"UTC", "Asia/Kathmandu", "Pacific/Kiritimati", "America/St_Johns"} {
		t.Run(zone, func(t *testing.T) {
			local, err := time.LoadLocation(zone)
			if err != nil {
				t.Fatal(err)
			}
			before := time.Local
			time.Local = local
			t.Cleanup(func() { time.Local = before })
			m := newMarket(t)
			number, other := m.order("A-1", nil), m.order("A-2", nil)
			m.contact(number, NotReceived)
			m.contact(other, NotReceived)
			m.clock.set(deadline - 1)
			if _, err := m.FileClaim(m.ctx, m.buyer, filing(number, NotReceived)); err != nil {
				t.Fatalf("one microsecond before the deadline: %v", err)
			}
			m.clock.set(deadline)
			_, err = m.FileClaim(m.ctx, m.buyer, filing(other, NotReceived))
			wantCode(t, err, "deadline_passed")
		})
	}
}

func TestFileAhead(t *testing.T) {
	m := newMarket(t)
	number := m.order("A-1", nil)
	sent := m.contact(number, NotReceived)
	m.clock.set(sent.Add(time.Hour))
	in := filing(number, NotReceived)
	in.Schedule = true
	c, err := m.FileClaim(m.ctx, m.buyer, in)
	m.must(err)
	if c.Status != Scheduled || c.OpensAt != sent.Add(48*time.Hour) {
		t.Fatalf("claim %+v", c)
	}
	if _, err := m.ClaimByNumber(m.ctx, m.seller, c.Number); KindOf(err) != NotFound {
		t.Fatalf("the seller sees a claim that is not open: %v", err)
	}
	m.clock.set(sent.Add(48*time.Hour - 1))
	if n := m.run(); n != 0 {
		t.Fatalf("%d timers fired early", n)
	}
	m.clock.set(sent.Add(48 * time.Hour))
	m.run()
	if c := m.claim(c.Number); c.Status != AwaitingSeller || c.DueAt != sent.Add(120*time.Hour) {
		t.Fatalf("after the wait: %s due %s", c.Status, c.DueAt)
	}
}

func TestSellerSilent(t *testing.T) {
	for _, tc := range []struct {
		name   string
		price  int64
		want   ClaimStatus
		silent bool
	}{
		{"up to the limit granted by policy", 29_200, Granted, false},
		{"above it to review", 29_201, UnderReview, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := newMarket(t)
			number := m.order("A-1", func(in *OrderInput) { in.Lines[0].UnitPrice = &tc.price })
			c := m.filed(number, NotReceived)
			m.clock.set(c.DueAt)
			_, err := m.Act(m.ctx, m.seller, c.Number, &ContestInput{Message: "遅れました。"})
			wantCode(t, err, "not_allowed_now") // at due_at, though no timer has fired yet
			m.run()
			c = m.claim(c.Number)
			if c.Status != tc.want || c.SellerSilent != tc.silent {
				t.Fatalf("status %s silent %v", c.Status, c.SellerSilent)
			}
			if tc.want == Granted && (!c.Decision.Automated || c.Decision.BorneBy != "seller" || !c.Decision.CountsAgainstSeller || c.Decision.ReasonCode != "seller_silent" || c.Refund == nil) {
				t.Fatalf("decision %+v", c.Decision)
			}
			checkChain(t, m, c.Number)
		})
	}
}

func TestSilenceIsNotHeldAgainstTheUnreachable(t *testing.T) {
	m := newMarket(t)
	number := m.order("A-1", func(in *OrderInput) { in.Lines[0].Seller.ID = "mp-s-nobody" })
	c := m.filed(number, NotReceived)
	m.clock.set(c.DueAt)
	m.run()
	if c := m.claim(c.Number); c.Status != UnderReview || c.SellerSilent {
		t.Fatalf("status %s silent %v", c.Status, c.SellerSilent)
	}
}

func TestRemindersAtTheirTimes(t *testing.T) {
	m := newMarket(t)
	c := m.filed(m.order("A-1", nil), NotReceived)
	for _, before := range []time.Duration{24 * time.Hour, 6 * time.Hour} {
		m.clock.set(c.DueAt.Add(-before) - 1)
		if n := m.run(); n != 0 {
			t.Fatalf("%s before: %d fired a microsecond early", before, n)
		}
		m.clock.set(c.DueAt.Add(-before))
		if n := m.run(); n != 1 {
			t.Fatalf("%s before: %d fired", before, n)
		}
	}
	notices, _, err := m.Notices(m.ctx, m.seller, Page{})
	m.must(err)
	reminders := 0
	for _, n := range notices {
		if n.Kind == "claim_reminder" {
			reminders++
		}
	}
	if reminders != 2 || m.claim(c.Number).Version != c.Version {
		t.Fatalf("%d reminders, version %d after %d", reminders, m.claim(c.Number).Version, c.Version)
	}
}

func TestDeadlineOnlyMovesLater(t *testing.T) {
	m := newMarket(t)
	estimate := func(latest string) func(*OrderInput) {
		return func(in *OrderInput) { in.Lines[0].EstimatedDelivery = &EstimateInput{Latest: latest} }
	}
	deadline := func() Instant {
		o, err := m.OrderByNumber(m.ctx, m.integration, "A-1")
		m.must(err)
		return o.Lines[0].DeadlineAt
	}
	m.order("A-1", estimate("2026-01-31"))
	if got := deadline(); got != at("2026-05-02T00:00:00+09:00") {
		t.Fatalf("deadline %s", got)
	}
	m.order("A-1", estimate("2026-01-10"))
	if got := deadline(); got != at("2026-05-02T00:00:00+09:00") {
		t.Fatalf("moved earlier to %s", got)
	}
	m.order("A-1", estimate("2026-02-01"))
	if got := deadline(); got != at("2026-05-03T00:00:00+09:00") {
		t.Fatalf("deadline %s", got)
	}
}

func TestHeldAnswerGoesAtTheDeadline(t *testing.T) {
	m := newMarket(t)
	c := m.filed(m.order("A-1", nil), NotReceived)
	_, err := m.Act(m.ctx, m.seller, c.Number, &ContestInput{Message: "一回目", Hold: true})
	m.must(err)
	held, err := m.Act(m.ctx, m.seller, c.Number, &ContestInput{Message: "二回目", Hold: true})
	m.must(err)
	if held.Status != AwaitingSeller || held.Held.Message != "二回目" {
		t.Fatalf("held %+v", held.Held)
	}
	if v, err := m.ClaimByNumber(m.ctx, m.buyer, c.Number); err != nil || v.Held != nil {
		t.Fatalf("the buyer sees the held answer: %v", err)
	}
	for side, by := range map[string]Actor{"buyer": m.buyer, "agent": m.agent, "admin": m.admin, "seller": m.seller} {
		events, err := m.ClaimEvents(m.ctx, by, c.Number)
		m.must(err)
		if slices.ContainsFunc(events, func(e Event) bool { return e.Type == "held" }) != (side == "seller") {
			t.Fatalf("the %s and what is not sent yet: %+v", side, events)
		}
	}
	m.clock.set(c.DueAt)
	m.run()
	if c := m.claim(c.Number); c.Status != UnderReview || c.LastStatement(SideSeller).Text != "二回目" || c.SellerSilent {
		t.Fatalf("%s %+v", c.Status, c.Statements)
	}
	checkChain(t, m, c.Number)
}
