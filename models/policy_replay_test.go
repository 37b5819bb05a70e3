package models

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

func (m *market) replayed(values map[string]string) (Replay, []string) {
	m.t.Helper()
	var list []string
	r, err := m.ReplayPolicy(m.ctx, m.lead, m.drafted(values).ID, func(x ReplayedClaim) error {
		c, err := m.ClaimByNumber(m.ctx, m.agent, x.Number)
		if err != nil {
			return err
		}
		list = append(list, fmt.Sprint(c.OrderNumber, " ", x.Refused, " ", x.OpensAfter.Sub(x.OpensBefore), " ", x.Silent, " ", x.Second, " ", x.Refund))
		return nil
	})
	m.must(err)
	return r, list
}

// What each claim would have come to, counted by hand. The two filed ahead open when the timers run,
// and the seller still has time to answer them. The wait is 48 hours when they are filed.
func TestReplayPolicy(t *testing.T) {
	m := newMarket(t)
	ahead := func(order string, after time.Duration) {
		sent := m.contact(m.order(order, nil), NotReceived)
		m.clock.set(sent.Add(after))
		in := filing(order, NotReceived)
		in.Schedule = true
		_, err := m.FileClaim(m.ctx, m.buyer, in)
		m.must(err)
	}
	ahead("A-10h", 10*time.Hour)                // opened after 48 h; after 24 h it would have 24 h earlier
	ahead("A-30h", 30*time.Hour)                // opened after 48 h; after 24 h at its filing, 18 h earlier
	m.filed(m.order("A-48h", nil), NotReceived) // opened at its filing, as it would have after 24 h; the seller says nothing: 3,800 yen by rule
	silent := m.filed(m.order("A-silent", nil), NotReceived)
	m.clock.set(silent.DueAt)
	_, err := m.RunDueTimers(m.ctx, 100)
	m.must(err)
	decided := m.inReview(m.order("A-decided", nil)) // 3,800 yen, granted by staff
	_, err = m.Act(m.ctx, m.agent, decided.Number, decision("granted", 0))
	m.must(err)

	for name, x := range map[string]struct {
		values map[string]string
		want   []string
	}{
		"24 hours":            {map[string]string{"wait_hours": "24"}, []string{"A-10h  -24h0m0s   0", "A-30h  -18h0m0s   0"}},
		"72 hours":            {map[string]string{"wait_hours": "72"}, []string{"A-10h  24h0m0s   0", "A-30h  24h0m0s   0", "A-48h wait_not_elapsed 0s   -3800", "A-silent wait_not_elapsed 0s   -3800", "A-decided wait_not_elapsed 0s   -3800"}},
		"nothing by itself":   {map[string]string{"auto_grant_jpy": "3799"}, []string{"A-48h  0s reviewed  -3800", "A-silent  0s reviewed  -3800"}},
		"a second person":     {map[string]string{"approval_jpy": "3800"}, []string{"A-decided  0s  needed 0"}},
		"a day of filing":     {map[string]string{"filing_days": "1", "collision_note_days": "1"}, []string{"A-10h deadline_passed 0s   0", "A-30h deadline_passed 0s   0", "A-48h deadline_passed 0s   -3800", "A-silent deadline_passed 0s   -3800", "A-decided deadline_passed 0s   -3800"}},
		"small claims":        {map[string]string{"max_claim_jpy": "3799", "auto_grant_jpy": "0"}, []string{"A-10h amount_too_large 0s   0", "A-30h amount_too_large 0s   0", "A-48h amount_too_large 0s   -3800", "A-silent amount_too_large 0s   -3800", "A-decided amount_too_large 0s   -3800"}},
		"another two months":  {map[string]string{"overdue_whole_days": "60"}, []string{"A-10h not_overdue_yet 0s   0", "A-30h not_overdue_yet 0s   0", "A-48h not_overdue_yet 0s   -3800", "A-silent not_overdue_yet 0s   -3800", "A-decided not_overdue_yet 0s   -3800"}},
		"what no claim knows": {map[string]string{"plan_days": "9"}, nil},
	} {
		r, got := m.replayed(x.values)
		slices.Sort(got)
		slices.Sort(x.want)
		if !slices.Equal(got, x.want) || r.Looked != 5 {
			t.Errorf("%s: %d looked at\n got %q\nwant %q", name, r.Looked, got, x.want)
		}
	}
	if _, err := m.ReplayPolicy(m.ctx, m.agent, "x", nil); KindOf(err) != Forbidden {
		t.Error("an agent", err)
	}
}

// replayRows is how many claims the benchmark replays; a million take ten times as long.
const replayRows = 100_000

// BenchmarkReplayPolicy replays 100,000 claims of which every one would differ.
func BenchmarkReplayPolicy(b *testing.B) {
	a := Assessment{WaitEndsAt: 1, Because: Because{ContactedAt: at("2026-01-18T10:00:00+09:00"), WaitHours: 48}}
	a.WaitEndsAt = a.Because.ContactedAt.Add(48 * time.Hour)
	a.DeadlineAt = a.WaitEndsAt.Add(days(60))
	for range RuleCodes {
		a.Rules = append(a.Rules, RuleResult{Code: RuleWaitNotElapsed, Passed: true})
	}
	body, err := toJSON(a)
	if err != nil {
		b.Fatal(err)
	}
	before, after := Policy{PolicyValues: DefaultPolicy()}, Policy{PolicyValues: DefaultPolicy()}
	after.WaitHours = 24
	c := pastClaim{Number: "C-0000-0000", Reason: NotAsDescribed, FiledAt: a.Because.ContactedAt.Add(time.Hour), OpensAt: a.WaitEndsAt, Claimed: 3800, Currency: "JPY", Assessment: *body}
	for b.Loop() {
		for range replayRows {
			if x, err := c.replay(before, after, tokyo); err != nil || x.OpensAfter == x.OpensBefore {
				b.Fatal(x, err)
			}
		}
	}
}
