package models

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
)

// tellsAll has the payment system tell that all legs of some refunds are paid, each refund's in a
// part of the batch of its own.
func tellsAll(ctx context.Context, s *Store, by Actor, refunds []string) error {
	for _, refund := range refunds {
		v, err := s.RefundByID(ctx, by, refund)
		if err != nil {
			return err
		}
		var told []LegTold
		for i, l := range v.Legs {
			told = append(told, LegTold{refund, l.ID, LegEvent{Event: LegDone, Reference: fmt.Sprintf("p-%d", i)}})
		}
		results, err := s.TellLegs(ctx, by, told)
		if err != nil {
			return err
		}
		for _, r := range results {
			if r.Err != nil {
				return r.Err
			}
		}
	}
	return nil
}

// TestBatchKilledAtEveryStep kills a process between any two statements of a batch of three parts.
// What is there of each part is all of it or nothing, and a batch that is sent again as a whole
// comes to what it would have come to at once, and tells nobody twice.
func TestBatchKilledAtEveryStep(t *testing.T) {
	if on := os.Getenv("HOSHO_CRASH_ON"); on != "" {
		store, arm := doomed(t, Config{})
		m := &market{t: t, ctx: t.Context(), Store: store}
		by := m.who("m1@example.com")
		arm()
		if err := tellsAll(t.Context(), store, by, strings.Fields(on)); err != nil {
			t.Fatal(err)
		}
		fmt.Println("ACKNOWLEDGED") //nolint:forbidigo // what the parent waits for
		_ = store.Close()
		return
	}
	m := newMarket(t)
	began := m.MachineNow()
	for step := 1; ; step++ {
		m.clock.set(began)
		var claims, refunds []string
		for i := range 3 {
			m.clock.set(began)
			on := refunded(m, fmt.Sprintf("O-%d-%d", step, i))
			claims, refunds = append(claims, on[0]), append(refunds, on[1])
		}
		traces := func(i int) []int {
			return []int{
				m.has(3, "refund_legs WHERE refund_id = ? AND status = 'done'", refunds[i]), m.has(3, "refund_leg_events WHERE leg_id IN (SELECT id FROM refund_legs WHERE refund_id = ?)", refunds[i]),
				m.has(1, "refunds WHERE id = ? AND status = 'done'", refunds[i]), m.has(3, "claim_events WHERE type = 'refund_done' AND data LIKE ?", `%"refund":"`+refunds[i]+`"%`),
				m.has(1, "notices WHERE claim_number = ? AND kind = 'refund_done'", claims[i]),
			}
		}
		killed, acked := killedAt(t, m, "TestBatchKilledAtEveryStep", step, "HOSHO_CRASH_ON="+strings.Join(refunds, " "))
		for i := range refunds {
			got := traces(i)
			for _, n := range got {
				if n != got[0] || n < 0 || n > 1 || acked && n != 1 {
					t.Fatalf("killed after statement %d, acknowledged %v: part %d is %v", step, acked, i, got)
				}
			}
		}
		m.must(tellsAll(m.ctx, m.Store, m.integration, refunds))
		for i := range refunds {
			if got := fmt.Sprint(traces(i)); got != "[1 1 1 1 1]" {
				t.Fatalf("killed after statement %d, sent again: part %d is %s", step, i, got)
			}
			checkChain(t, m, claims[i])
		}
		if !killed {
			if !acked || step < 15 {
				t.Fatalf("the child ended by itself at step %d, acknowledged %v", step, acked)
			}
			return
		}
	}
}
