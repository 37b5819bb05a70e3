package models

import (
	"errors"
	"testing"
	"time"
)

// A case on hold is among the own and in no list of work; it comes back at its time, and when it is
// taken up again, given back, handed over, asked about or answered.
func TestHold(t *testing.T) {
	for _, c := range []struct {
		name string
		ends func(m *market, number string) error
		back bool // to the list of what is due
	}{
		{"nothing", func(*market, string) error { return nil }, false},
		{"a note", func(m *market, n string) error {
			_, err := m.Act(m.ctx, m.agent2, n, &NoteInput{Body: "待っています。"})
			return err
		}, false},
		{"just before its time", func(m *market, _ string) error { m.later(days(10) - time.Microsecond); return nil }, false},
		{"at its time", func(m *market, _ string) error { m.later(days(10)); return nil }, true},
		{"taken up again", func(m *market, n string) error {
			_, err := m.Act(m.ctx, m.agent, n, &TakeInput{})
			return err
		}, true},
		{"taken by somebody else", func(m *market, n string) error {
			_, err := m.Act(m.ctx, m.agent2, n, &TakeInput{})
			return err
		}, true},
		{"given back", func(m *market, n string) error {
			_, err := m.Act(m.ctx, m.agent, n, &ReleaseInput{})
			return err
		}, true},
		{"handed over", func(m *market, n string) error {
			_, err := m.Act(m.ctx, m.agent, n, &AssignInput{To: m.agent2.AccountID})
			return err
		}, true},
		{"evidence of the buyer", func(m *market, n string) error {
			_, err := m.Act(m.ctx, m.buyer, n, &AddEvidenceInput{Evidence: []string{m.upload(m.buyer, "png:x").ID}})
			return err
		}, true},
		{"asked, and no answer", func(m *market, n string) error {
			if _, err := m.Act(m.ctx, m.agent, n, &AskInput{Party: SideSeller, Question: "?"}); err != nil {
				return err
			}
			m.later(days(5))
			_, err := m.RunDueTimers(m.ctx, 100)
			return err
		}, true},
		{"asked and answered", func(m *market, n string) error {
			if _, err := m.Act(m.ctx, m.agent, n, &AskInput{Party: SideBuyer, Question: "?"}); err != nil {
				return err
			}
			_, err := m.Act(m.ctx, m.buyer, n, &AnswerInput{Message: "はい"})
			return err
		}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, _ := withEvidence(t)
			claim := m.inReview(m.order("O-1", nil))
			until := m.MachineNow().Add(days(10))
			held, err := m.Act(m.ctx, m.agent, claim.Number, &HoldInput{Until: until.String(), Reason: "配送会社の回答を待っています。"})
			m.must(err)
			if held.TakenBy != m.agent.AccountID || held.HoldUntil != until || held.DueAt != claim.DueAt || held.Version != claim.Version {
				t.Errorf("%+v", held)
			}
			m.must(c.ends(m, claim.Number))
			listed := func(view DeskView) bool {
				rows, _, err := m.Desk(m.ctx, m.agent, DeskFilter{View: view})
				m.must(err)
				counts, err := m.DeskCounts(m.ctx, m.agent)
				m.must(err)
				if view != DeskAll && counts[view] != len(rows) {
					t.Errorf("%s lists %d and counts %d", view, len(rows), counts[view])
				}
				return len(rows) == 1
			}
			if listed(DeskDue) != c.back || !listed(DeskAll) {
				t.Errorf("due: %t", listed(DeskDue))
			}
			if !c.back && !listed(DeskMine) {
				t.Error("it is not among the own")
			}
			for _, by := range []Actor{m.buyer, m.seller} {
				v, err := m.ClaimByNumber(m.ctx, by, claim.Number)
				m.must(err)
				if v.HoldUntil != 0 || v.HoldReason != "" {
					t.Errorf("a party reads %q", v.HoldReason)
				}
				events, err := m.ClaimEvents(m.ctx, by, claim.Number)
				m.must(err)
				for _, e := range events {
					if e.Type == "put_on_hold" {
						t.Errorf("a party reads %+v", e)
					}
				}
			}
		})
	}
}

// A case rests for 30 days at most, with a reason, and only where staff have something to do.
func TestHoldIsRefused(t *testing.T) {
	m := newMarket(t)
	claim := m.inReview(m.order("O-1", nil))
	now := m.MachineNow()
	for name, c := range map[string]struct {
		in    HoldInput
		field string
		code  string
	}{
		"past":      {HoldInput{Until: now.String(), Reason: "x"}, "until", "out_of_range"},
		"too long":  {HoldInput{Until: (now + 1).Add(longestHold).String(), Reason: "x"}, "until", "out_of_range"},
		"no time":   {HoldInput{Until: "soon", Reason: "x"}, "until", "bad_instant"},
		"no reason": {HoldInput{Until: now.Add(time.Hour).String(), Reason: " "}, "reason", "required"},
	} {
		_, err := m.Act(m.ctx, m.agent, claim.Number, &c.in)
		var refused *Error
		if KindOf(err) != Invalid || !errors.As(err, &refused) || len(refused.Fields) != 1 || refused.Fields[0].Field != c.field || refused.Fields[0].Code != c.code {
			t.Errorf("%s: %+v", name, err)
		}
	}
	_, err := m.Act(m.ctx, m.agent, claim.Number, &HoldInput{Until: now.Add(longestHold).String(), Reason: "x"})
	m.must(err)
	waits := m.filed(m.order("O-2", nil), NotReceived)
	if _, err := m.Act(m.ctx, m.agent, waits.Number, &HoldInput{Until: now.Add(time.Hour).String(), Reason: "x"}); CodeOf(err) != "not_allowed_now" {
		t.Errorf("while the seller answers: %v", err)
	}
}
