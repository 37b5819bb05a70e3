package models

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func (m *market) onDesk(by Actor, view RefundDeskView) []DeskLeg {
	m.t.Helper()
	var all []DeskLeg
	for page := (Page{Limit: 2}); ; {
		before := m.Statements()
		items, next, err := m.RefundDesk(m.ctx, by, view, page)
		m.must(err)
		if n := m.Statements() - before; n > 4 {
			m.t.Errorf("a page of %s took %d statements", view, n)
		}
		if all = append(all, items...); next == "" {
			return all
		}
		if page.Cursor = next; len(items) != 2 || len(all) > 20 {
			m.t.Fatalf("a page of %d that leads on, %d in all", len(items), len(all))
		}
	}
}

func TestRefundDesk(t *testing.T) {
	m := newMarket(t)
	var refunds []RefundView
	for i := range 3 {
		refunds = append(refunds, m.granted(m.order(fmt.Sprintf("O-%d", i), paid("credit_card", 3300, "wallet", 500)), 0))
	}
	tell := func(refund, leg int, event LegStatus) {
		_, err := m.tell(refunds[refund].ID, refunds[refund].Legs[leg].ID, event, "t-1")
		m.must(err)
	}
	tell(0, 0, LegFailed)
	tell(1, 0, LegDone)
	tell(2, 0, LegSent)
	tell(2, 1, LegFailed)
	_, err := m.RetryLeg(m.ctx, m.agent, refunds[2].ID, refunds[2].Legs[1].ID)
	m.must(err)
	due := m.refund(m.agent, refunds[2].ID).Legs[1].DueAt
	list := func(view RefundDeskView) string {
		var said []string
		for _, l := range m.onDesk(m.agent, view) {
			said = append(said, fmt.Sprintf("%s %s %s", l.OrderNumber, l.Tender, l.Status))
		}
		return strings.Join(said, "; ")
	}
	check := func(when string, want map[RefundDeskView]string) {
		t.Helper()
		for _, v := range RefundDeskViews {
			if got := list(v); got != want[v] {
				t.Errorf("%s, %s:\n%s, want\n%s", when, v, got, want[v])
			}
		}
	}
	const failed, first, second, again = "O-0 credit_card failed", "O-0 wallet pending", "O-1 wallet pending", "O-2 wallet retried"
	last := refunds[2].Legs[1].DueAt
	if due < last {
		t.Fatal("a leg that is tried again is due again")
	}
	m.clock.set(refunds[0].Legs[1].DueAt.Add(-time.Microsecond))
	waiting := strings.Join([]string{first, second, again}, "; ")
	check("before they are due", map[RefundDeskView]string{RefundsStuck: failed, RefundsFailed: failed, RefundsWaiting: waiting})
	m.clock.set(refunds[0].Legs[1].DueAt)
	check("when the first is due", map[RefundDeskView]string{RefundsStuck: list(RefundsStuck), RefundsFailed: failed, RefundsOverdue: first, RefundsWaiting: waiting})
	if got := list(RefundsStuck); got != failed+"; "+first && got != first+"; "+failed { // due at once, one before the other by their ids
		t.Errorf("stuck: %s", got)
	}
	m.clock.set(due)
	if got := m.onDesk(m.admin, RefundsStuck); len(got) != 4 || !got[3].Overdue || slices.ContainsFunc(got, func(l DeskLeg) bool { return l.MayRetry }) {
		t.Errorf("an admin sees %+v", got)
	}
	if got := m.onDesk(m.agent, RefundsFailed); !got[0].MayRetry || got[0].NeedsSecond || got[0].Party || got[0].Failure == "" || got[0].ClaimNumber != refunds[0].ClaimNumber {
		t.Errorf("the agent sees %+v", got[0])
	}
	for _, by := range []Actor{m.buyer, m.seller, m.integration} {
		_, _, err := m.RefundDesk(m.ctx, by, RefundsStuck, Page{})
		wantCode(t, err, "forbidden")
		_, err = m.LegOnDesk(m.ctx, by, refunds[0].ID, refunds[0].Legs[0].ID)
		wantCode(t, err, "forbidden")
	}
	_, _, err = m.RefundDesk(m.ctx, m.agent, RefundsStuck, Page{Cursor: "?"})
	wantCode(t, err, "invalid_fields")
	_, err = m.LegOnDesk(m.ctx, m.agent, refunds[0].ID, refunds[1].Legs[0].ID)
	wantCode(t, err, "not_found")

	for _, v := range RefundDeskViews {
		query, args := m.deskLegs(v, due, 1, "", 3)
		plan := m.explain(query, args...)
		if strings.Count(plan, "refund_legs_status_due_at_id_idx") < len(v.statuses()) || m.engine == sqliteEngine && strings.Contains(plan, "SCAN refund_legs") {
			t.Errorf("%s: %s", v, plan)
		}
	}
}

// From the amount on that needs a second person, the desk says who asked, and that it is not they who may.
func TestRefundDeskSaysWhoAsked(t *testing.T) {
	m := newMarket(t)
	number := m.order("O-1", func(in *OrderInput) {
		price := int64(150_000)
		in.Lines[0].UnitPrice = &price
	})
	c := m.inReview(number)
	_, err := m.Act(m.ctx, m.agent, c.Number, decision("granted", 0))
	m.must(err)
	c, err = m.Act(m.ctx, m.lead, c.Number, &ApproveInput{})
	m.must(err)
	v := m.refund(m.agent, c.Refund.ID)
	_, err = m.tell(v.ID, v.Legs[0].ID, LegFailed, "t-1")
	m.must(err)
	if l := m.onDesk(m.agent, RefundsFailed)[0]; !l.NeedsSecond || !l.MayRetry || l.AskedBy != "" {
		t.Errorf("before: %+v", l)
	}
	_, err = m.RetryLeg(m.ctx, m.agent, v.ID, v.Legs[0].ID)
	m.must(err)
	mine, others := m.onDesk(m.agent, RefundsFailed)[0], m.onDesk(m.lead, RefundsFailed)[0]
	if mine.MayRetry || !others.MayRetry || mine.AskedBy == "" || others.AskedBy != mine.AskedBy {
		t.Errorf("asked: %+v, %+v", mine, others)
	}
	one, err := m.LegOnDesk(m.ctx, m.agent, v.ID, v.Legs[0].ID)
	if err != nil || one.MayRetry || !one.NeedsSecond || one.ClaimNumber != c.Number {
		t.Errorf("one: %+v, %v", one, err)
	}
}
