package models

import (
	"fmt"
	"os"
	"testing"

	"hosho/models/modelstest"
)

// TestDatabaseKilledInRefundWork kills the database server between any two statements of what pays
// buyers back, and starts it again on the same data: the program goes on by itself, what is there of
// each transaction is all of it or nothing, and done again nothing is paid twice or forgotten.
func TestDatabaseKilledInRefundWork(t *testing.T) {
	if os.Getenv("HOSHO_TEST_DB") != "mariadb" {
		t.Skip("skipped: SQLite has no server; HOSHO_TEST_DB=mariadb runs this")
	}
	server, address := modelstest.RestartableMariaDB(t)
	m := newMarketOn(t, address)
	began := m.MachineNow()
	for _, d := range []struct {
		name  string
		every int64 // statement that is the last one
		do    func(number, refund string) error
	}{
		{"told", 1, func(_, refund string) error { return tellsAll(m.ctx, m.Store, m.integration, []string{refund}) }},
		{"decided", 5, func(number, _ string) error {
			_, err := m.Act(m.ctx, m.seller, number, &AcceptInput{})
			return err
		}},
	} {
		for step := d.every; ; step += d.every {
			m.clock.set(began)
			order := fmt.Sprintf("%s-%d", d.name, step)
			number, refund := "", ""
			if d.name == "told" {
				on := refunded(m, order)
				number, refund = on[0], on[1]
			} else {
				number = m.filed(m.order(order, threeTenders), NotReceived).Number
			}
			start, killed := m.Statements(), false
			m.config.OnStatement = func(n int64) {
				if !killed && n-start == step {
					killed = true
					server.Kill()
				}
			}
			err := d.do(number, refund)
			m.config.OnStatement = nil
			if !killed {
				m.must(err)
				if step < 6 {
					t.Fatalf("%s: done after %d statements", d.name, step)
				}
				break
			}
			server.Start()
			if err != nil && !Lost(err) && KindOf(err) != Unavailable {
				t.Errorf("%s: killed after statement %d: %v", d.name, step, err)
			}
			c := m.claim(number)
			traces := func() string {
				if d.name == "told" {
					return fmt.Sprint(m.has(3, "refund_legs WHERE refund_id = ? AND status = 'done'", refund), m.has(3, "refund_leg_events WHERE leg_id IN (SELECT id FROM refund_legs WHERE refund_id = ?)", refund),
						m.has(1, "refunds WHERE id = ? AND status = 'done'", refund), m.has(3, "claim_events WHERE claim_id = ? AND type = 'refund_done'", c.ID), m.has(1, "notices WHERE claim_id = ? AND kind = 'refund_done'", c.ID))
				}
				return fmt.Sprint(m.has(1, "refunds WHERE claim_id = ?", c.ID), m.has(3, "refund_legs WHERE refund_id IN (SELECT id FROM refunds WHERE claim_id = ?)", c.ID),
					m.has(1, "claim_events WHERE claim_id = ? AND type = 'accepted'", c.ID), m.has(1, "order_lines WHERE order_id = ? AND owed = 3800", c.OrderID), m.has(2, "notices WHERE claim_id = ? AND kind = 'claim_settled'", c.ID))
			}
			const nothing, all = "0 0 0 0 0", "1 1 1 1 1"
			if got := traces(); got != nothing && got != all || err == nil && got != all {
				t.Fatalf("%s: killed after statement %d, answered %v: %s", d.name, step, err, got)
			}
			if err := d.do(number, refund); err != nil && KindOf(err) != Conflict {
				t.Fatalf("%s: killed after statement %d, done again: %v", d.name, step, err)
			}
			if got := traces(); got != all {
				t.Fatalf("%s: killed after statement %d, done again: %s", d.name, step, got)
			}
			checkChain(t, m, number)
		}
	}
}
