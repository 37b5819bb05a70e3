package models

import "testing"

// Whatever is told is counted at once, though counts are kept for some seconds.
func TestUnreadIsCountedAtOnce(t *testing.T) {
	m, _ := withEvidence(t)
	number := m.order("A-1", nil)
	declared := m.declared(number, "2026-01-19T10:00:00+09:00")
	for _, step := range []struct {
		what string
		to   Actor
		do   func() error
	}{
		{"a contact", m.seller, func() error { m.contact(number, NotReceived); return nil }},
		{"a refusal", m.buyer, func() error { return errOf(m.RefuseContact(m.ctx, m.seller, number, 1)) }},
		{"a message", m.buyer, func() error {
			return errOf(m.SendMessage(m.ctx, m.seller, SendMessage{OrderNumber: number, Line: 1, Body: "調べます。"}))
		}},
		{"a declared contact", m.buyer, func() error {
			return errOf(m.DecideOutsideContact(m.ctx, m.agent, declared.ID, OutsideDecision{Accept: true}))
		}},
		{"a problem solved", m.seller, func() error { return errOf(m.SolveContact(m.ctx, m.buyer, number, 1)) }},
	} {
		before, err := m.UnreadNotices(m.ctx, step.to)
		m.must(err)
		m.must(step.do())
		if after, err := m.UnreadNotices(m.ctx, step.to); err != nil || after != before+1 {
			t.Errorf("%s: %d unread after %d, %v", step.what, after, before, err)
		}
	}
}
