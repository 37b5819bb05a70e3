package models

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"hosho/models/modelstest"
)

// wired is a market whose program reaches its database over a wire that the test breaks; who
// looks on does so by a way of their own.
func wired(t *testing.T) (m *market, wire *modelstest.Wire, program *Store, step func(n int64, do func())) {
	t.Helper()
	t.Setenv("HOSHO_TEST_DB", "mariadb") // no network leads to a file
	m = newMarket(t)
	m.config.SimulatePayments = true
	wire, address := modelstest.Through(t, m.config.Database)
	config := m.config
	config.Database = address
	var from, at int64
	var then func()
	config.OnStatement = func(n int64) {
		if then != nil && n-from == at {
			do := then
			then = nil
			do()
		}
	}
	program, err := Open(m.ctx, config)
	m.must(err)
	t.Cleanup(func() { _ = program.Close() })
	return m, wire, program, func(n int64, do func()) { from, at, then = program.Statements(), n, do }
}

// A connection that breaks off after any statement, or before the answer to the next one has
// come back, leaves all or nothing, COMMIT among them; who asks hears that it does not answer
// now, and done again over new connections all is there, once.
func TestDatabaseCutAtEveryStep(t *testing.T) {
	for _, d := range deeds {
		if !slices.Contains([]string{"accept", "told", "simulated", "reported"}, d.name) {
			continue
		}
		for _, how := range []string{"cut", "deaf"} {
			t.Run(d.name+" "+how, func(t *testing.T) {
				m, wire, program, after := wired(t)
				began := m.MachineNow()
				unknown := 0
				for step := int64(1); ; step++ {
					m.clock.set(began)
					on := d.prepare(m, fmt.Sprintf("O-%d", step))
					broken := false
					after(step, func() {
						if broken = true; how == "cut" {
							wire.Cut()
						} else {
							wire.Deafen()
						}
					})
					err := d.do(m.ctx, program, m.who, on)
					after(0, nil)
					wire.Cut()
					if err != nil && !Lost(err) {
						t.Fatalf("broken off after statement %d: %v", step, err)
					}
					got := d.traces(m, on)
					if !slices.Equal(got, slices.Repeat(got[:1], len(got))) || err == nil && got[0] != 1 {
						t.Fatalf("broken off after statement %d, %v: %v", step, err, got)
					}
					if err != nil {
						unknown += got[0]
					}
					m.later(2 * time.Minute)
					if err := d.do(m.ctx, program, m.who, on); err != nil && (got[0] == 0 || KindOf(err) != Conflict) {
						t.Fatalf("broken off after statement %d, done again: %v", step, err)
					}
					if got := d.traces(m, on); !slices.Equal(got, slices.Repeat([]int{1}, len(got))) {
						t.Fatalf("broken off after statement %d, done again: %v", step, got)
					}
					checkChain(t, m, on[0])
					if !broken {
						if step < int64(d.fewest) {
							t.Fatalf("it took %d statements", step)
						}
						break
					}
				}
				if how == "deaf" && d.name != "simulated" && unknown == 0 { // timers go on by themselves
					t.Error("no answer to a COMMIT was lost")
				}
			})
		}
	}
}

// A slow network makes a consent slow, and one that its caller no longer waits for is not done
// by half.
func TestDatabaseIsSlow(t *testing.T) {
	m, wire, program, _ := wired(t)
	accept := deeds[0]
	on := accept.prepare(m, "O-1")
	wire.Slow(20 * time.Millisecond)
	ctx, stop := context.WithTimeout(m.ctx, 300*time.Millisecond)
	defer stop()
	if err := accept.do(ctx, program, m.who, on); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a caller who leaves: %v", err)
	}
	wire.Slow(0)
	if got := accept.traces(m, on); !slices.Equal(got, make([]int, len(got))) {
		t.Errorf("a caller who left: %v", got)
	}
	wire.Slow(5 * time.Millisecond)
	m.must(accept.do(m.ctx, program, m.who, on))
	if got := accept.traces(m, on); !slices.Equal(got, slices.Repeat([]int{1}, len(got))) {
		t.Errorf("slowly: %v", got)
	}
}

// While the database is away nothing is done and nothing forgotten: what fell due meanwhile
// happens when it is back, once, over the same program.
func TestDatabaseIsAway(t *testing.T) {
	m, wire, program, _ := wired(t)
	simulated := deeds[slices.IndexFunc(deeds, func(d deed) bool { return d.name == "simulated" })]
	var refunds [][]string
	for i := range 5 {
		refunds = append(refunds, simulated.prepare(m, fmt.Sprintf("O-%d", i)))
	}
	r, _, _ := m.webhooks("refund.done")
	program.config.Poster = r
	wire.Down(true)
	for range 3 {
		if _, err := program.RunDueTimers(m.ctx, 100); !Lost(err) {
			t.Errorf("timers: %v", err)
		}
		if _, err := program.NumberEvents(m.ctx, 100); !Lost(err) {
			t.Errorf("numbers: %v", err)
		}
		if _, err := program.DeliverWebhooks(m.ctx, 1, 100); !Lost(err) {
			t.Errorf("webhooks: %v", err)
		}
		if err := deeds[0].do(m.ctx, program, m.who, refunds[0]); !Lost(err) {
			t.Errorf("a consent: %v", err)
		}
	}
	wire.Down(false)
	m.later(2 * time.Minute)
	if _, err := program.RunDueTimers(m.ctx, 100); err != nil {
		t.Fatal(err)
	}
	for _, on := range refunds {
		if got := simulated.traces(m, on); !slices.Equal(got, slices.Repeat([]int{1}, len(got))) {
			t.Errorf("when it is back: %v", got)
		}
	}
	for range 3 {
		_, err := program.NumberEvents(m.ctx, 100)
		m.must(err)
		_, err = program.DeliverWebhooks(m.ctx, 1, 100)
		m.must(err)
	}
	if got := len(r.take()); got != 10 {
		t.Errorf("told %d times of ten legs that were paid", got)
	}
}
