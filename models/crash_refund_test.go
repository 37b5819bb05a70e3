package models

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// deed is something that moves money, or tells of it, on one claim. It is killed after each
// of its statements, on a claim of its own each time, and then done again.
type deed struct {
	name string
	// prepare makes what it is done to, and returns the names it needs.
	prepare func(m *market, order string) []string
	do      func(ctx context.Context, s *Store, who func(email string) Actor, on []string) error
	// traces are counts that are 0 where nothing has been done and 1 where all has.
	traces func(m *market, on []string) []int
	fewest int // statements it takes at least
}

// TestMoneyKilledAtEveryStep kills a process between any two steps of what pays a buyer back:
// afterwards all of it is there or nothing, what was acknowledged is, and done again it is
// there once.
func TestMoneyKilledAtEveryStep(t *testing.T) {
	if name := os.Getenv("HOSHO_CRASH_MONEY"); name != "" {
		moneyChild(t, deeds[slices.IndexFunc(deeds, func(d deed) bool { return d.name == name })])
		return
	}
	for _, d := range deeds {
		t.Run(d.name, func(t *testing.T) {
			m := newMarket(t)
			began := m.MachineNow()
			for step := 1; ; step++ {
				m.clock.set(began)
				m.config.SimulatePayments = d.name == "simulated"
				on := d.prepare(m, fmt.Sprintf("O-%d", step))
				killed, acked := killedAt(t, m, "TestMoneyKilledAtEveryStep", step, "HOSHO_CRASH_MONEY="+d.name, "HOSHO_CRASH_ON="+strings.Join(on, " "))
				got := d.traces(m, on)
				if whole := slices.Repeat(got[:1], len(got)); !slices.Equal(got, whole) || acked && got[0] != 1 {
					t.Fatalf("killed after statement %d, acknowledged %v: %v", step, acked, got)
				}
				m.later(2 * time.Minute) // past the lease of whoever was killed
				if err := d.do(m.ctx, m.Store, m.who, on); err != nil && (got[0] == 0 || KindOf(err) != Conflict) {
					t.Fatalf("killed after statement %d, done again: %v", step, err)
				}
				if got := d.traces(m, on); !slices.Equal(got, slices.Repeat([]int{1}, len(got))) {
					t.Fatalf("killed after statement %d, done again: %v", step, got)
				}
				checkChain(t, m, on[0])
				if !killed {
					if !acked || step < d.fewest {
						t.Fatalf("the child ended by itself at step %d, acknowledged %v", step, acked)
					}
					return
				}
			}
		})
	}
}

func moneyChild(t *testing.T, d deed) {
	on := strings.Fields(os.Getenv("HOSHO_CRASH_ON"))
	store, arm := doomed(t, Config{Keys: Keys{Sign: make([]byte, 32), Encrypt: make([]byte, 32)}, SimulatePayments: d.name == "simulated"})
	m := &market{t: t, ctx: t.Context(), Store: store}
	known := map[string]Actor{}
	for _, email := range []string{"b1@example.com", "s1@example.com", "t1@example.com", "m1@example.com"} {
		known[email] = m.who(email)
	}
	arm()
	if err := d.do(t.Context(), store, func(email string) Actor { return known[email] }, on); err != nil {
		t.Fatal(err)
	}
	fmt.Println("ACKNOWLEDGED") //nolint:forbidigo // what the parent waits for
	_ = store.Close()
}

// who is an account of the market by its email.
func (m *market) who(email string) Actor {
	m.t.Helper()
	rows, err := find[accountRow](m.ctx, m.Store, "SELECT * FROM accounts WHERE email = ?", email)
	m.must(err)
	return rows[0].account().Actor()
}

// has counts rows in units of as many as are there once all has been done; a part of them is
// less than nothing.
func (m *market) has(unit int, query string, args ...any) int {
	m.t.Helper()
	n := m.countRows("SELECT COUNT(*) FROM "+query, args...)
	if n%unit != 0 {
		return -n
	}
	return n / unit
}

// chained counts the events of a type about a leg.
func (m *market) chained(kind, leg string) int {
	return m.has(1, "claim_events WHERE type = ? AND data LIKE ?", kind, `%"leg":"`+leg+`"%`)
}

// refunded is a claim paid by three tenders that its seller has accepted: its number, the refund's id and its legs'.
func refunded(m *market, order string) []string {
	c := m.filed(m.order(order, threeTenders), NotReceived)
	c, err := m.Act(m.ctx, m.seller, c.Number, &AcceptInput{})
	m.must(err)
	v := m.refund(m.buyer, c.Refund.ID)
	return []string{c.Number, v.ID, v.Legs[0].ID, v.Legs[1].ID, v.Legs[2].ID}
}

func threeTenders(in *OrderInput) { paid("convenience_store", 2300, "points", 1000, "coupon", 500)(in) }

func (m *market) toldAll(refund string, event LegStatus, legs ...string) {
	m.t.Helper()
	for _, leg := range legs {
		_, err := m.tell(refund, leg, event, "before")
		m.must(err)
	}
}

var deeds = []deed{
	{
		name: "accept", fewest: 15,
		prepare: func(m *market, order string) []string {
			return []string{m.filed(m.order(order, threeTenders), NotReceived).Number}
		},
		do: func(ctx context.Context, s *Store, who func(string) Actor, on []string) error {
			_, err := s.Act(ctx, who("s1@example.com"), on[0], &AcceptInput{})
			return err
		},
		traces: func(m *market, on []string) []int {
			c := m.claim(on[0])
			return []int{
				m.has(1, "refunds WHERE claim_id = ?", c.ID), m.has(1, "claims WHERE id = ? AND status = 'settled'", c.ID),
				m.has(3, "refund_legs WHERE refund_id IN (SELECT id FROM refunds WHERE claim_id = ?)", c.ID),
				m.has(1, "claim_events WHERE claim_id = ? AND type = 'accepted'", c.ID), m.has(1, "claim_events WHERE claim_id = ? AND type = 'refund_requested'", c.ID),
				m.has(1, "order_lines WHERE order_id = ? AND owed = 3800", c.OrderID), m.has(1, "claim_lines WHERE claim_id = ? AND open_key IS NULL", c.ID),
				m.has(2, "notices WHERE claim_id = ? AND kind = 'claim_settled'", c.ID),
			}
		},
	},
	{
		name: "told", fewest: 8,
		prepare: func(m *market, order string) []string {
			on := refunded(m, order)
			m.toldAll(on[1], LegDone, on[3:]...)
			return on
		},
		do: tells(LegDone, "p-1"),
		traces: func(m *market, on []string) []int {
			return []int{
				m.has(1, "refund_legs WHERE id = ? AND status = 'done'", on[2]), m.has(1, "refund_leg_events WHERE leg_id = ?", on[2]),
				m.has(1, "refunds WHERE id = ? AND status = 'done'", on[1]), m.chained("refund_done", on[2]),
				m.has(1, "notices WHERE claim_number = ? AND kind = 'refund_done'", on[0]),
			}
		},
	},
	{
		name: "failed", fewest: 8,
		prepare: func(m *market, order string) []string {
			on := refunded(m, order)
			m.toldAll(on[1], LegDone, on[3:]...)
			return on
		},
		do: tells(LegFailed, "p-1"),
		traces: func(m *market, on []string) []int {
			return []int{
				m.has(1, "refund_legs WHERE id = ? AND status = 'failed'", on[2]), m.has(1, "refund_leg_events WHERE leg_id = ?", on[2]),
				m.has(1, "refunds WHERE id = ? AND status = 'failed'", on[1]), m.chained("refund_failed", on[2]), m.has(1, "notices WHERE claim_number = ? AND kind = 'refund_failed'", on[0]),
			}
		},
	},
	{
		name: "retry", fewest: 7,
		prepare: func(m *market, order string) []string {
			on := refunded(m, order)
			m.toldAll(on[1], LegFailed, on[2])
			return on
		},
		do: func(ctx context.Context, s *Store, who func(string) Actor, on []string) error {
			_, err := s.RetryLeg(ctx, who("t1@example.com"), on[1], on[2])
			return err
		},
		traces: func(m *market, on []string) []int {
			return []int{
				m.has(1, "refund_legs WHERE id = ? AND status = 'retried' AND tries = 2", on[2]),
				m.chained("refund_retried", on[2]),
			}
		},
	},
	{
		name: "redirect", fewest: 7,
		prepare: func(m *market, order string) []string { return refunded(m, order) },
		do: func(ctx context.Context, s *Store, who func(string) Actor, on []string) error {
			v, err := s.RefundByID(ctx, who("b1@example.com"), on[1])
			if err != nil || v.Legs[0].To == TenderBankTransfer {
				return err
			}
			_, err = s.ChooseDestination(ctx, who("b1@example.com"), on[1], Destination{Leg: on[2], To: TenderBankTransfer, Account: &account})
			return err
		},
		traces: func(m *market, on []string) []int {
			return []int{
				m.has(1, "refund_legs WHERE id = ? AND destination = 'bank_transfer' AND account IS NOT NULL AND account_tail = '567'", on[2]),
				m.chained("refund_redirected", on[2]),
			}
		},
	},
	{
		name: "simulated", fewest: 12,
		prepare: func(m *market, order string) []string { return refunded(m, order) }, // points and coupon are due at once
		do: func(ctx context.Context, s *Store, _ func(string) Actor, _ []string) error {
			_, err := s.RunDueTimers(ctx, 100)
			return err
		},
		traces: func(m *market, on []string) []int {
			return []int{
				m.has(2, "refund_legs WHERE refund_id = ? AND status = 'done'", on[1]), m.has(2, "refund_leg_events WHERE leg_id IN (?, ?)", on[3], on[4]),
				m.chained("refund_done", on[3]), m.chained("refund_done", on[4]),
				1 - m.has(2, "timers WHERE kind = 'payment' AND subject IN (?, ?)", on[3], on[4]),
			}
		},
	},
	{
		name: "reported", fewest: 20,
		prepare: func(m *market, order string) []string { return append(refunded(m, order), order) },
		do: func(ctx context.Context, s *Store, who func(string) Actor, on []string) error {
			in := orderInput(on[5], func(in *OrderInput) {
				threeTenders(in)
				in.Refunds = []RefundInput{{Reference: on[3], Line: 1, Tender: "points", Amount: 1000}}
			})
			_, _, err := s.PutOrder(ctx, who("m1@example.com"), in)
			return err
		},
		traces: func(m *market, on []string) []int {
			return []int{
				m.has(1, "order_refunds WHERE leg_id = ?", on[3]), m.has(1, "refund_legs WHERE id = ? AND status = 'done'", on[3]), m.chained("refund_done", on[3]),
				m.has(1, "order_lines l JOIN orders o ON o.id = l.order_id WHERE o.number = ? AND l.refunded = 1000 AND l.owed = 2800", on[5]),
			}
		},
	},
}

func tells(event LegStatus, reference string) func(context.Context, *Store, func(string) Actor, []string) error {
	return func(ctx context.Context, s *Store, who func(string) Actor, on []string) error {
		_, err := s.TellLeg(ctx, who("m1@example.com"), on[1], on[2], LegEvent{Event: event, Reference: reference})
		return err
	}
}
