package models

import (
	"testing"
	"time"
)

// A mistyped year must not move a deadline beyond what time can count, and so into the past.
func TestPauseHasAnEnd(t *testing.T) {
	m := newMarket(t)
	c := m.filed(m.order("A-1", nil), NotReceived)
	now := m.MachineNow()
	for _, until := range []Instant{now, now.Add(366*24*time.Hour) + 1, now.Add(290 * 365 * 24 * time.Hour)} {
		_, err := m.Act(m.ctx, m.agent, c.Number, &PauseInput{Reason: "確認中", Until: until.String()})
		wantCode(t, err, "invalid_fields")
	}
	_, err := m.Act(m.ctx, m.agent, c.Number, &PauseInput{Reason: "確認中", Until: "9999-01-01T00:00:00Z"})
	wantCode(t, err, "invalid_fields")
	c2, err := m.Act(m.ctx, m.agent, c.Number, &PauseInput{Reason: "確認中", Until: now.Add(366 * 24 * time.Hour).String()})
	m.must(err)
	if c2.DueAt != c.DueAt.Add(366*24*time.Hour) || c2.SellerDueAt != c2.DueAt {
		t.Fatalf("due %s, was %s", c2.DueAt, c.DueAt)
	}
}
