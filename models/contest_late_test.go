package models

import (
	"slices"
	"testing"
)

// A contest that staff do not decide in 7 days is told of, once, to the seller and to the leads
// who are no party; meanwhile the order counts, and the contest can be decided as before.
func TestLateContest(t *testing.T) {
	m := newMarket(t)
	party := m.account("l2@example.com", RoleLead, "")
	m.order("o-1", func(in *OrderInput) {
		cancelled("out_of_stock")(in)
		in.Buyer = BuyerInput{ID: "mp-l", Email: "l2@example.com", Name: "責任者"}
	})
	m.order("o-2", cancelled("out_of_stock"))
	m.must(errorOf(m.counted(m.seller, "o-1", ContestsCount)))
	m.must(errorOf(m.counted(m.seller, "o-2", ContestsCount)))
	m.must(errorOf(m.counted(m.agent, "o-2", RejectsContest)))
	if n := m.countRows("SELECT COUNT(*) FROM timers WHERE kind = 'contest'"); n != 1 {
		t.Errorf("%d timers of one contest that waits", n)
	}
	due := m.standing("o-1").Contest.DueAt
	told := func() (to []string) {
		t.Helper()
		for _, kind := range []string{"contest_late", "contest_overdue"} {
			for _, n := range m.noticesOf(kind) {
				if n.OrderNumber != "o-1" {
					t.Errorf("told of %s", n.OrderNumber)
				}
				to = append(to, n.Party)
			}
		}
		return to
	}
	overdue := func(want ...string) {
		t.Helper()
		list, _, err := m.ContestDesk(m.ctx, m.agent, ContestFilter{Overdue: true})
		m.must(err)
		var got []string
		for _, k := range list {
			got = append(got, k.OrderNumber)
		}
		if !slices.Equal(got, want) {
			t.Errorf("overdue: %v, want %v", got, want)
		}
	}
	m.clock.set(due - 1)
	m.run()
	if got := told(); len(got) != 0 || m.standing("o-1").Contest.Overdue(due-1) {
		t.Errorf("a microsecond before: %v", got)
	}
	overdue()
	m.clock.set(due)
	m.run()
	if got, want := told(), []string{"seller:mp-s-1", "account:" + m.lead.AccountID}; !slices.Equal(got, want) {
		t.Errorf("told %v, want %v, and not %s", got, want, party.AccountID)
	}
	overdue("o-1")
	if o := m.standing("o-1"); !o.Counts || !o.Contest.Overdue(due) || o.Contest.Status != ContestOpen {
		t.Errorf("meanwhile: %+v %+v", o, o.Contest)
	}
	m.clock.set(due.Add(days(30)))
	m.run()
	if n := m.countRows("SELECT COUNT(*) FROM timers WHERE kind = 'contest'"); n != 0 || len(told()) != 2 {
		t.Errorf("%d timers left, told %v", n, told())
	}
	o, err := m.counted(m.lead, "o-1", AcceptsContest)
	if m.must(err); o.Counts || o.Contest.Status != ContestAccepted {
		t.Errorf("decided late: %+v", o)
	}
	overdue()
}
