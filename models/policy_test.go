package models

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"
	"time"
)

// publish puts a version of policy in force from now on.
func (m *market) publish(body string) {
	m.t.Helper()
	m.must(m.inTx(m.ctx, func(tx *Store) error {
		return tx.insert(m.ctx, &policyRow{Version: 2, EffectiveAt: tx.now, Body: body, CreatedAt: tx.now})
	}))
	m.clock.set(m.MachineNow().Add(time.Minute)) // so long a version that is not the newest may be used
}

// publishWith puts the usual policy in force with a change.
func (m *market) publishWith(edit func(*PolicyValues)) {
	m.t.Helper()
	p := DefaultPolicy()
	edit(&p)
	body, err := json.Marshal(p)
	m.must(err)
	m.publish(string(body))
}

// A version published before policy held a value goes on with the usual one; none on purpose is none.
func TestPolicyOfBefore(t *testing.T) {
	usual := DefaultPolicy()
	for body, want := range map[string][]int{`{"wait_hours": 48}`: usual.FilingReminderDays, `{"filing_reminder_days": []}`: {}, `{"filing_reminder_days": [3]}`: {3}} {
		m := newMarket(t)
		m.publish(body)
		p, err := m.Policy(m.ctx, m.MachineNow())
		m.must(err)
		if p.Version != 2 || !slices.Equal(p.FilingReminderDays, want) || len(p.RefundTimes) != len(usual.RefundTimes) || !reflect.DeepEqual(p.Health, usual.Health) || p.PlanDays != usual.PlanDays {
			t.Errorf("%s: %+v", body, p)
		}
	}
}
