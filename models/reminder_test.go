package models

import (
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"hosho/models/calendar"
)

// told are the kinds of notices about an order that its buyer has got, in their order.
func (m *market) told(number string) []string {
	m.t.Helper()
	rows, err := find[noticeRow](m.ctx, m.Store, "SELECT * FROM notices WHERE order_number = ? AND party LIKE 'buyer:%' AND kind IN ? ORDER BY created_at, id", number, []string{"filing_open", "filing_deadline"})
	m.must(err)
	kinds := []string{}
	for _, r := range rows {
		kinds = append(kinds, r.Kind)
	}
	return kinds
}

func TestToldWhenAClaimCanBeFiled(t *testing.T) {
	m := newMarket(t)
	numbers := map[string]string{}
	for _, name := range []string{"told", "undone", "solved", "claimed", "refunded", "never asked"} {
		number := m.order(fmt.Sprintf("A-%d", len(numbers)), nil)
		numbers[name] = number
		if err := m.RemindWhenOpen(m.ctx, m.buyer, number, 1, true); KindOf(err) != Conflict {
			t.Fatalf("%s: no contact, %v", name, err)
		}
		m.contact(number, NotAsDescribed)
		if name == "never asked" {
			continue
		}
		m.must(m.RemindWhenOpen(m.ctx, m.buyer, number, 1, true))
		m.must(m.RemindWhenOpen(m.ctx, m.buyer, number, 1, true))
	}
	sent := m.MachineNow()
	for who, by := range map[string]Actor{"another buyer": m.buyer2, "the seller": m.seller, "staff": m.agent, "the integration": m.integration} {
		if err := m.RemindWhenOpen(m.ctx, by, numbers["told"], 1, true); KindOf(err) != NotFound && KindOf(err) != Forbidden {
			t.Errorf("%s may ask: %v", who, err)
		}
	}
	m.must(m.RemindWhenOpen(m.ctx, m.buyer, numbers["undone"], 1, false))
	o, err := m.OrderByNumber(m.ctx, m.buyer, numbers["told"])
	m.must(err)
	lines, err := m.Reminded(m.ctx, o)
	m.must(err)
	if !slices.Equal(lines, []int{1}) {
		t.Fatalf("reminded of %v", lines)
	}
	m.must(errOf(m.SolveContact(m.ctx, m.buyer, numbers["solved"], 1)))
	in := filing(numbers["claimed"], ReturnRefused)
	in.Schedule = true
	m.must(errOf(m.FileClaim(m.ctx, m.buyer, in)))
	m.order(numbers["refunded"], func(in *OrderInput) { in.Refunds = []RefundInput{{Reference: "r-1", Line: 1, Amount: 3800}} })

	m.clock.set(sent.Add(48*time.Hour) - 1)
	m.run()
	for name, number := range numbers {
		if got := m.told(number); len(got) != 0 {
			t.Errorf("%s: %v before the wait is over", name, got)
		}
	}
	m.clock.set(sent.Add(48 * time.Hour))
	m.replicas()
	for name, number := range numbers {
		want := []string{}
		if name == "told" {
			want = []string{"filing_open"}
		}
		if got := m.told(number); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	if n := m.countRows("SELECT COUNT(*) FROM timers WHERE kind = 'wait'"); n != 0 {
		t.Errorf("%d reminders are left", n)
	}
	if err := m.RemindWhenOpen(m.ctx, m.buyer, numbers["told"], 1, true); KindOf(err) != Conflict {
		t.Errorf("the wait is over, %v", err)
	}
}

// A parcel whose latest date moves is told of when it is overdue, not when the wait ends.
func TestToldWhenTheDateMoves(t *testing.T) {
	m := newMarket(t)
	number := m.order("A-1", nil)
	sent := m.contact(number, NotReceived)
	m.must(m.RemindWhenOpen(m.ctx, m.buyer, number, 1, true))
	m.order(number, func(in *OrderInput) { in.Lines[0].EstimatedDelivery.Latest = "2026-01-25" })
	m.clock.set(sent.Add(48 * time.Hour))
	m.run()
	if got := m.told(number); len(got) != 0 {
		t.Fatalf("told %v while the parcel is not overdue", got)
	}
	m.clock.set(at("2026-01-29T00:00:00+09:00"))
	m.run()
	if got := m.told(number); !slices.Equal(got, []string{"filing_open"}) {
		t.Fatalf("told %v", got)
	}
}

func TestRemindedOfTheDeadline(t *testing.T) {
	m := newMarket(t)
	deadline := at("2026-04-09T00:00:00+09:00") // of every order here
	contacted, drafted, solved, discarded, both, claimed, moved := m.order("A-1", nil), m.order("A-2", nil), m.order("A-3", nil), m.order("A-4", nil), m.order("A-5", nil), m.order("A-6", nil), m.order("A-7", nil)
	for _, number := range []string{contacted, solved, both, claimed, moved} {
		m.contact(number, NotAsDescribed)
	}
	for _, number := range []string{drafted, discarded, both} {
		m.must(errOf(m.SaveDraft(m.ctx, m.buyer, number, "mp-s-1", DraftBody{Lines: []int{1}})))
	}
	m.order("A-8", nil) // nothing is going on here
	m.must(errOf(m.SolveContact(m.ctx, m.buyer, solved, 1)))
	m.must(errOf(m.SolveContact(m.ctx, m.buyer, both, 1))) // its draft goes on
	m.must(m.DiscardDraft(m.ctx, m.buyer, discarded, "mp-s-1"))
	m.later(48 * time.Hour)
	in := filing(claimed, ReturnRefused)
	m.must(errOf(m.FileClaim(m.ctx, m.buyer, in)))
	m.order(moved, func(in *OrderInput) { in.Lines[0].EstimatedDelivery.Latest = "2026-01-12" })

	check := func(when string, want map[string][]string) {
		t.Helper()
		for range 3 {
			m.run()
		}
		for _, number := range []string{contacted, drafted, solved, discarded, both, claimed, moved, "A-8"} {
			if got := m.told(number); !slices.Equal(got, append([]string{}, want[number]...)) {
				t.Errorf("%s, %s: %v, want %v", when, number, got, want[number])
			}
		}
	}
	once, twice := []string{"filing_deadline"}, []string{"filing_deadline", "filing_deadline"}
	m.clock.set(deadline.Add(-7*24*time.Hour) - 1)
	check("a microsecond early", nil)
	m.clock.set(deadline.Add(-7 * 24 * time.Hour))
	check("seven days before", map[string][]string{contacted: once, drafted: once, both: once})
	m.clock.set(deadline.Add(-3 * 24 * time.Hour))
	check("three days before", map[string][]string{contacted: once, drafted: once, both: once, moved: once})
	m.clock.set(deadline.Add(-24 * time.Hour))
	check("the day before", map[string][]string{contacted: twice, drafted: twice, both: twice, moved: once})
	m.clock.set(deadline.Add(30 * 24 * time.Hour))
	check("after it", map[string][]string{contacted: twice, drafted: twice, both: twice, moved: once})
	if n := m.countRows("SELECT COUNT(*) FROM timers WHERE kind = 'deadline'"); n != 0 {
		t.Errorf("%d reminders are left", n)
	}
}

// Clicked twice at once, or two questions of a new draft saved at once: nobody gets an error.
func TestRemindersAtOnce(t *testing.T) {
	m := newMarket(t)
	for i := range 6 {
		number := m.order("A-"+strconv.Itoa(i), nil)
		m.contact(number, NotReceived)
		m.must(m.inTx(m.ctx, func(tx *Store) error { // as before there were reminders
			_, err := tx.exec(m.ctx, "DELETE FROM timers WHERE kind = ?", deadlineTimer)
			return err
		}))
		var wg sync.WaitGroup
		start := make(chan struct{})
		at := func(do func() error) {
			wg.Go(func() {
				<-start
				if err := do(); err != nil {
					t.Error(err)
				}
			})
		}
		for n := range 4 {
			at(func() error { return m.RemindWhenOpen(m.ctx, m.buyer, number, 1, true) })
			at(func() error {
				return errOf(m.ChangeDraft(m.ctx, m.buyer, number, "mp-s-1", DraftBody{}, DraftBody{Lines: []int{1}, Description: strconv.Itoa(n)}))
			})
		}
		close(start)
		wg.Wait()
	}
}

// A line that is taken out of a draft is no longer reminded of, but for a problem that lasts.
func TestRemindersOfLinesLeftOut(t *testing.T) {
	m := newMarket(t)
	number := m.order("A-1", func(in *OrderInput) {
		second := in.Lines[0]
		second.Line = 2
		in.Lines = append(in.Lines, second)
	})
	m.contact(number, NotReceived) // line 1
	m.must(errOf(m.SaveDraft(m.ctx, m.buyer, number, "mp-s-1", DraftBody{Lines: []int{1, 2}})))
	count := func() int { return m.countRows("SELECT COUNT(*) FROM timers WHERE kind = ?", deadlineTimer) }
	if n := count(); n != 2 {
		t.Fatalf("%d reminders of two lines", n)
	}
	m.must(errOf(m.SaveDraft(m.ctx, m.buyer, number, "mp-s-1", DraftBody{})))
	if n := count(); n != 1 {
		t.Fatalf("%d reminders are left", n)
	}
}

// Whatever opens the way to a claim earlier is told of when it does, not when the wait would have ended.
func TestToldWhenTheWayOpensEarlier(t *testing.T) {
	m, _ := withEvidence(t)
	m.publishWith(func(p *PolicyValues) { p.CutWaitOnRefusal, p.CutWaitOnUndeliverable = true, true })
	asked := func(number string, reason Reason, edit func(*OrderInput)) string {
		m.order(number, edit)
		m.contact(number, reason)
		m.must(m.RemindWhenOpen(m.ctx, m.buyer, number, 1, true))
		return number
	}
	late := func(in *OrderInput) { in.Lines[0].EstimatedDelivery.Latest = "2026-01-25" }
	refused := asked("A-1", NotAsDescribed, nil)
	outside := asked("A-2", NotAsDescribed, nil)
	lost := asked("A-3", NotReceived, late)
	sooner := asked("A-4", NotReceived, late)
	later := asked("A-5", NotAsDescribed, nil)
	sent := m.MachineNow()

	m.must(errOf(m.RefuseContact(m.ctx, m.seller, refused, 1)))
	declared := m.declared(outside, sent.Add(-40*time.Hour).String())
	m.must(errOf(m.DecideOutsideContact(m.ctx, m.agent, declared.ID, OutsideDecision{Accept: true})))
	m.order(lost, func(in *OrderInput) {
		late(in)
		in.Lines[0].Shipment.Exception = "undeliverable"
	})
	m.order(sooner, nil)
	m.order(later, late) // changes nothing for this reason
	check := func(when Instant, want ...string) {
		t.Helper()
		m.clock.set(when)
		m.run()
		m.run()
		for _, number := range []string{refused, outside, lost, sooner, later} {
			if got := len(m.told(number)) == 1; got != slices.Contains(want, number) {
				t.Errorf("%s: %s told %v", when, number, m.told(number))
			}
		}
	}
	check(sent, refused, lost)
	check(sent.Add(8*time.Hour)-1, refused, lost)
	check(sent.Add(8*time.Hour), refused, lost, outside)
	check(sent.Add(48*time.Hour)-1, refused, lost, outside)
	check(sent.Add(48*time.Hour), refused, lost, outside, sooner, later)
}

// The deadline is reminded of after a contact made elsewhere too, and anew when it moves later
// after the last reminder of it.
func TestRemindedOfTheDeadlineThatFollowsFacts(t *testing.T) {
	m, _ := withEvidence(t)
	deadline := at("2026-04-09T00:00:00+09:00")
	outside, again, drafted, quiet := m.order("A-1", nil), m.order("A-2", nil), m.order("A-3", nil), m.order("A-4", nil)
	declared := m.declared(outside, "2026-01-19T10:00:00+09:00")
	m.must(errOf(m.DecideOutsideContact(m.ctx, m.agent, declared.ID, OutsideDecision{Accept: true})))
	m.contact(again, NotAsDescribed)
	m.must(errOf(m.SaveDraft(m.ctx, m.buyer, drafted, "mp-s-1", DraftBody{Lines: []int{1}})))
	check := func(when string, n int) {
		t.Helper()
		m.run()
		m.run()
		for _, number := range []string{outside, again, drafted, quiet} {
			got := 0
			for _, kind := range m.told(number) {
				if kind == "filing_deadline" {
					got++
				}
			}
			if number == quiet && got != 0 || number != quiet && got != n {
				t.Errorf("%s: %s was told %d times, want %d", when, number, got, n)
			}
		}
	}
	m.clock.set(deadline.Add(-7 * 24 * time.Hour))
	check("seven days before", 1)
	m.clock.set(deadline.Add(-24 * time.Hour))
	check("the day before", 2)
	for _, number := range []string{outside, again, drafted, quiet} {
		m.order(number, func(in *OrderInput) { in.Lines[0].EstimatedDelivery.Latest = "2026-01-18" })
	}
	check("moved ten days later", 2)
	m.clock.set(deadline.Add((10 - 7) * 24 * time.Hour))
	check("seven days before the later one", 3)
}

func TestRemind(t *testing.T) {
	now := at("2026-02-01T10:00:00+09:00")
	policy := Policy{PolicyValues: DefaultPolicy()}
	deadline := now.Add(5 * 24 * time.Hour)
	line := func(edit func(*OrderLine)) OrderLine {
		l := OrderLine{Total: 100, FulfilledBy: BySeller, DeadlineAt: deadline, Contact: &Contact{Topic: NotAsDescribed, SentAt: now.Add(-48 * time.Hour), WaitEndsAt: now}}
		if edit != nil {
			edit(&l)
		}
		return l
	}
	waiting := func(l *OrderLine) { l.Contact.WaitEndsAt = now + 1 }
	for _, tc := range []struct {
		name   string
		kind   string
		line   OrderLine
		fireAt Instant
		tell   string
		next   Instant
	}{
		{"a claim can be filed", waitTimer, line(nil), now, "filing_open", 0},
		{"not for a microsecond yet", waitTimer, line(waiting), now, "", now + 1},
		{"solved", waitTimer, line(func(l *OrderLine) { l.Contact.SolvedAt = now }), now, "", 0},
		{"claimed", waitTimer, line(func(l *OrderLine) { l.OpenClaimID = "c" }), now, "", 0},
		{"seven days before", deadlineTimer, line(func(l *OrderLine) { l.DeadlineAt = now.Add(7 * 24 * time.Hour) }), now, "filing_deadline", now.Add(6 * 24 * time.Hour)},
		{"fired late", deadlineTimer, line(nil), now.Add(-2 * 24 * time.Hour), "filing_deadline", now.Add(4 * 24 * time.Hour)},
		{"the deadline has moved later", deadlineTimer, line(nil), now, "", now.Add(4 * 24 * time.Hour)},
		{"the last one", deadlineTimer, line(func(l *OrderLine) { l.DeadlineAt = now.Add(24 * time.Hour) }), now, "filing_deadline", 0},
		{"while the wait runs", deadlineTimer, line(func(l *OrderLine) { waiting(l); l.DeadlineAt = now.Add(24 * time.Hour) }), now, "filing_deadline", 0},
		{"while the parcel is not overdue", deadlineTimer, line(func(l *OrderLine) {
			l.Contact.Topic, l.EstimatedLatest, l.DeadlineAt = NotReceived, calendar.Date{Year: 2026, Month: 2, Day: 1}, now.Add(24*time.Hour)
		}), now, "filing_deadline", 0},
		{"with a draft and no contact", deadlineTimer, line(func(l *OrderLine) { l.Contact = nil; l.DeadlineAt = now.Add(24 * time.Hour) }), now, "filing_deadline", 0},
		{"claimed since", deadlineTimer, line(func(l *OrderLine) { l.OpenClaimID = "c"; l.DeadlineAt = now.Add(24 * time.Hour) }), now, "", 0},
		{"made good", deadlineTimer, line(func(l *OrderLine) { l.Refunded = 100; l.DeadlineAt = now.Add(24 * time.Hour) }), now, "", 0},
		{"the deadline has passed", deadlineTimer, line(func(l *OrderLine) { l.DeadlineAt = now }), now.Add(-24 * time.Hour), "", 0},
	} {
		order := Order{PlacedAt: now.Add(-80 * 24 * time.Hour), Currency: "JPY", Lines: []OrderLine{tc.line}}
		if tell, next := order.remind(tc.line, policy, timerRow{Kind: tc.kind, FireAt: tc.fireAt}, now, tokyo); tell != tc.tell || next != tc.next {
			t.Errorf("%s: tells %q, next %s; want %q, %s", tc.name, tell, next, tc.tell, tc.next)
		}
	}
}
