package models

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
)

// wantTo asks for one code on the field "to".
func wantTo(t *testing.T, err error, code string) {
	t.Helper()
	wantCode(t, err, "invalid_fields")
	var e *Error
	if !errors.As(err, &e) {
		t.Fatal(err)
	}
	if f := e.Fields; len(f) != 1 || f[0].Field != "to" || f[0].Code != code {
		t.Fatalf("got %+v, want %s on to", f, code)
	}
}

func TestAssign(t *testing.T) {
	m := newMarket(t)
	c := m.filed(m.order("A-1", nil), NotReceived)
	after, err := m.Act(m.ctx, m.agent, c.Number, &AssignInput{To: m.agent2.AccountID, Reason: "追跡番号を確認してください"})
	m.must(err)
	if after.TakenBy != m.agent2.AccountID || after.TakenAt == 0 || after.Version != c.Version || after.DueAt != c.DueAt {
		t.Fatalf("after: %+v", after)
	}
	told := m.noticesOf("claim_assigned")
	if len(told) != 1 || told[0].Party != "account:"+m.agent2.AccountID || told[0].ClaimNumber != c.Number {
		t.Fatalf("told: %+v", told)
	}
	for _, by := range []Actor{m.agent2, m.buyer} {
		v, err := m.ClaimByNumber(m.ctx, by, c.Number)
		m.must(err)
		events, err := m.EventsOf(m.ctx, v)
		m.must(err)
		note := slices.ContainsFunc(events, func(e Event) bool {
			return e.Type == "noted" && e.Texts["body"] == "追跡番号を確認してください"
		})
		told := slices.ContainsFunc(events, func(e Event) bool { return e.Type == "assigned" })
		if staff := by.IsStaff(); note != staff || told != staff {
			t.Errorf("%s reads note %v, hand-over %v", by.Role, note, told)
		}
	}

	// To oneself nobody is told; without a reason there is no note.
	_, err = m.Act(m.ctx, m.agent, c.Number, &AssignInput{To: m.agent.AccountID})
	m.must(err)
	if told := m.noticesOf("claim_assigned"); len(told) != 1 {
		t.Errorf("told %d times", len(told))
	}
}

func TestAssignRefuses(t *testing.T) {
	m := newMarket(t)
	c := m.filed(m.order("A-1", nil), NotReceived)
	assign := func(by Actor, to string) error {
		_, err := m.Preview(m.ctx, by, c.Number, &AssignInput{To: to})
		_, acted := m.Act(m.ctx, by, c.Number, &AssignInput{To: to})
		if CodeOf(err) != CodeOf(acted) {
			t.Errorf("preview says %v, the act %v", err, acted)
		}
		return acted
	}
	for _, by := range []Actor{m.buyer, m.seller, m.admin} {
		wantCode(t, assign(by, m.agent.AccountID), "forbidden")
	}
	wantTo(t, assign(m.agent, ""), "required")
	wantTo(t, assign(m.agent, "nobody"), "unknown_value")
	for _, to := range []Actor{m.seller, m.buyer, m.admin, m.integration} {
		wantTo(t, assign(m.agent, to.AccountID), "assignee_not_staff")
	}
	m.must(assign(m.agent, m.lead.AccountID))
	wantTo(t, assign(m.agent, m.lead.AccountID), "assigned_already")
	_, err := m.DisableAccount(m.ctx, m.admin, m.agent2.AccountID)
	m.must(err)
	wantTo(t, assign(m.agent, m.agent2.AccountID), "assignee_disabled")
	if list, err := m.Assignees(m.ctx, m.agent, c); err != nil || slices.ContainsFunc(list, func(a Account) bool { return a.ID == m.agent2.AccountID || a.ID == m.agent.AccountID }) {
		t.Errorf("choices: %+v, %v", list, err)
	}
	if _, err := m.Assignees(m.ctx, m.seller, c); KindOf(err) != Forbidden {
		t.Errorf("seller: %v", err)
	}

	party := m.account("party@example.com", RoleAgent, "")
	m.mustExec("UPDATE buyers SET email = ? WHERE id = ?", party.Email, c.BuyerID)
	wantTo(t, assign(m.agent, party.AccountID), "assignee_is_party")
	if code := (Claim{Status: AwaitingApproval, Proposal: &Decision{DecidedBy: "a"}}).whyNotWith(Account{ID: "a", Role: RoleAgent, Status: AccountActive}); code != "assignee_proposed" {
		t.Errorf("proposer: %q", code)
	}
	if code := (Claim{Status: UnderReview}).whyNotWith(Account{ID: "a", Role: RoleAgent, Status: AccountActive}); code != "" {
		t.Errorf("another: %q", code)
	}
}

// Two hand over at once: one colleague has the case in the end, and the last event says who.
func TestAssignAtOnce(t *testing.T) {
	m := newMarket(t)
	c := m.filed(m.order("A-1", nil), NotReceived)
	var wait sync.WaitGroup
	for range 4 {
		for _, to := range []Actor{m.agent2, m.lead} {
			wait.Go(func() {
				if _, err := m.Act(m.ctx, m.agent, c.Number, &AssignInput{To: to.AccountID}); err != nil && KindOf(err) != Invalid && KindOf(err) != Conflict {
					t.Errorf("assign: %v", err)
				}
			})
		}
	}
	wait.Wait()
	v, err := m.ClaimByNumber(m.ctx, m.agent, c.Number)
	m.must(err)
	events, err := m.EventsOf(m.ctx, v)
	m.must(err)
	last, count := "", 0
	for _, e := range events {
		if e.Type == "assigned" {
			var data struct{ To string }
			m.must(json.Unmarshal(e.Data, &data))
			last, count = data.To, count+1
		}
	}
	if last == "" || v.TakenBy != last || len(m.noticesOf("claim_assigned")) != count {
		t.Errorf("holder %s, last event %s, %d events", v.TakenBy, last, count)
	}
}

// A colleague can be named by email; who cannot have the case cannot have it by email either.
func TestAssignByEmail(t *testing.T) {
	m := newMarket(t)
	c := m.filed(m.order("A-1", nil), NotReceived)
	in := &AssignInput{To: " " + m.agent2.Email}
	if _, err := m.Act(m.ctx, m.agent, c.Number, in); KindOf(err) != Invalid {
		t.Errorf("with a blank: %v", err)
	}
	after, err := m.Act(m.ctx, m.agent, c.Number, &AssignInput{To: strings.ToUpper(m.agent2.Email)})
	m.must(err)
	if after.TakenBy != m.agent2.AccountID {
		t.Fatalf("it is with %q", after.TakenBy)
	}
	for email, code := range map[string]string{"nobody@example.com": "unknown_value", m.buyer.Email: "assignee_not_staff", m.agent2.Email: "assigned_already"} {
		_, err := m.Act(m.ctx, m.agent, c.Number, &AssignInput{To: email})
		wantTo(t, err, code)
	}
	told := m.noticesOf("claim_assigned")
	if len(told) != 1 || told[0].Party != "account:"+m.agent2.AccountID {
		t.Errorf("told: %+v", told)
	}
}
