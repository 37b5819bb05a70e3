package models

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

const idle = 30 * time.Minute

// taken is a case in review that the first agent has.
func (m *market) taken(order string) Claim {
	m.t.Helper()
	c, err := m.Act(m.ctx, m.agent, m.inReview(m.order(order, nil)).Number, &TakeInput{})
	m.must(err)
	return c
}

func TestTakenCaseGoesBack(t *testing.T) {
	m := newMarket(t)
	c := m.taken("i-1")
	start := m.MachineNow()
	m.clock.set(start.Add(idle - time.Microsecond))
	m.run()
	if got := m.claim(c.Number); got.TakenBy != m.agent.AccountID {
		t.Fatal("it went back a microsecond early")
	}
	m.clock.set(start.Add(idle))
	m.run()
	got := m.claim(c.Number)
	if got.TakenBy != "" || got.TakenAt != 0 || got.Version != c.Version || got.DueAt != c.DueAt || got.Status != UnderReview || got.WakeAt == 0 {
		t.Fatalf("after: %+v", got)
	}
	told := m.noticesOf("claim_put_back")
	if len(told) != 1 || told[0].Party != "account:"+m.agent.AccountID || told[0].ClaimNumber != c.Number || told[0].MailState != mailNone || !told[0].Listed {
		t.Fatalf("told: %+v", told)
	}
	for _, by := range []Actor{m.agent2, m.buyer, m.seller} {
		v, err := m.ClaimByNumber(m.ctx, by, c.Number)
		m.must(err)
		events, err := m.EventsOf(m.ctx, v)
		m.must(err)
		if said := slices.ContainsFunc(events, func(e Event) bool { return e.Type == "put_back" && !e.Redacted }); said != by.IsStaff() {
			t.Errorf("%s reads of it: %v", by.Role, said)
		}
	}
	m.run()
	if told := m.noticesOf("claim_put_back"); len(told) != 1 {
		t.Errorf("told %d times", len(told))
	}
	if got := m.next(m.agent2); got != c.Number {
		t.Errorf("the next case is %q", got)
	}
	m.clock.set(got.DueAt.Add(8 * 24 * time.Hour)) // to the leads, and back again
	m.run()
	if got := m.claim(c.Number); got.EscalatedAt == 0 || got.TakenBy != "" {
		t.Errorf("late: %+v", got)
	}
}

// What the one who has the case does begins the time anew; what others do does not.
func TestTouching(t *testing.T) {
	for name, tc := range map[string]struct {
		act   func(m *market, c Claim) error
		stays bool
	}{
		"a note": {func(m *market, c Claim) error {
			_, err := m.Act(m.ctx, m.agent, c.Number, &NoteInput{Body: "電話した"})
			return err
		}, true},
		"a message": {func(m *market, c Claim) error {
			_, err := m.SendClaimMessage(m.ctx, m.agent, c.Number, ClaimMessage{Body: "確認しています。"})
			return err
		}, true},
		"a colleague's note": {func(m *market, c Claim) error {
			_, err := m.Act(m.ctx, m.agent2, c.Number, &NoteInput{Body: "見た"})
			return err
		}, false},
		"a party's message": {func(m *market, c Claim) error {
			_, err := m.SendClaimMessage(m.ctx, m.buyer, c.Number, ClaimMessage{Body: "まだですか。"})
			return err
		}, false},
		"nothing": {func(*market, Claim) error { return nil }, false},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMarket(t)
			c := m.taken("i-1")
			m.later(20 * time.Minute)
			m.must(tc.act(m, c))
			touched := m.MachineNow()
			m.later(10 * time.Minute)
			m.run()
			if stays := m.claim(c.Number).TakenBy != ""; stays != tc.stays {
				t.Fatalf("30 minutes after taking it is still taken: %v", stays)
			}
			m.clock.set(touched.Add(idle - time.Microsecond))
			m.run()
			if stays := m.claim(c.Number).TakenBy != ""; stays != tc.stays {
				t.Fatalf("before 30 minutes of nothing it is still taken: %v", stays)
			}
			m.clock.set(touched.Add(idle))
			m.run()
			if m.claim(c.Number).TakenBy != "" {
				t.Fatal("after 30 minutes of nothing it is still taken")
			}
		})
	}
}

// A hold stops the time, and so does the turn of a party; the time begins anew when they end.
func TestIdleOnHoldAndInOthersTurn(t *testing.T) {
	m := newMarket(t)
	held, asked := m.taken("i-1"), m.taken("i-2")
	until := m.MachineNow().Add(5 * time.Hour)
	_, err := m.Act(m.ctx, m.agent, held.Number, &HoldInput{Until: until.String(), Reason: "荷物を待つ"})
	m.must(err)
	_, err = m.Act(m.ctx, m.agent, asked.Number, &AskInput{Party: SideBuyer, Question: "箱の写真はありますか。"})
	m.must(err)
	m.clock.set(until.Add(idle - time.Microsecond))
	m.run()
	for _, c := range []Claim{held, asked} {
		if m.claim(c.Number).TakenBy != m.agent.AccountID {
			t.Fatalf("%s went back", c.Number)
		}
	}
	m.clock.set(until.Add(idle))
	m.run()
	if got := m.claim(held.Number); got.TakenBy != "" || got.HoldUntil != 0 {
		t.Errorf("after the hold: %+v", got)
	}
	_, err = m.Act(m.ctx, m.buyer, asked.Number, &AnswerInput{Message: "あります。"})
	m.must(err)
	answered := m.MachineNow()
	m.clock.set(answered.Add(idle - time.Microsecond))
	m.run()
	if m.claim(asked.Number).TakenBy == "" {
		t.Error("it went back before its holder could read the answer")
	}
	m.clock.set(answered.Add(idle))
	m.run()
	if m.claim(asked.Number).TakenBy != "" {
		t.Error("answered and not touched it is still taken")
	}
}

// Many go back in few statements, and replicas at once tell everybody once. A version of policy says when.
func TestManyGoBackAtOnce(t *testing.T) {
	m := newMarket(t)
	m.publishWith(func(p *PolicyValues) { p.TakenIdleMinutes = 5 })
	for i := range 12 {
		m.taken(fmt.Sprintf("i-%d", i))
	}
	m.later(5 * time.Minute)
	m.replicas()
	if n := m.countRows("SELECT COUNT(*) FROM claims WHERE taken_by <> ''"); n != 0 {
		t.Errorf("%d are still taken", n)
	}
	if told := m.noticesOf("claim_put_back"); len(told) != 12 {
		t.Errorf("told %d times", len(told))
	}
}
