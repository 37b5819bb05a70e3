package models

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// book is a receiver that processes share: a file it writes down what it is told in, a line each.
type book string

func (b book) Post(_ context.Context, _ string, header map[string]string, body string) (Posted, error) {
	f, err := os.OpenFile(string(b), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return Posted{}, err
	}
	dies("before")
	_, err = fmt.Fprintf(f, "%s %s\n", header["webhook-id"], body)
	dies("after")
	return Posted{Status: 204}, errors.Join(err, f.Close())
}

// dies ends a process that was told to end here.
func dies(when string) {
	if os.Getenv("HOSHO_CRASH_POST") == when {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
}

// take returns what has come, by its id, and how often, and forgets it.
func (b book) take(t *testing.T) (told map[string]string, times int) {
	t.Helper()
	text, err := os.ReadFile(string(b))
	if err != nil {
		t.Fatal(err)
	}
	told = map[string]string{}
	for line := range strings.Lines(string(text)) {
		id, body, _ := strings.Cut(line, " ")
		if before, ok := told[id]; ok && before != body {
			t.Errorf("%s came as %s and as %s", id, before, body)
		}
		told[id] = body
		times++
	}
	if err := os.Remove(string(b)); err != nil {
		t.Fatal(err)
	}
	return told, times
}

// TestTellingKilledAtEveryStep kills a process between any two steps of numbering events,
// making deliveries of them and sending these: each arrives, under one id and with the same
// words, twice at most for the one that was cut off.
func TestTellingKilledAtEveryStep(t *testing.T) {
	if b := book(os.Getenv("HOSHO_CRASH_BOOK")); b != "" {
		store, arm := doomed(t, Config{Keys: Keys{Sign: make([]byte, 32), Encrypt: make([]byte, 32)}, Poster: b})
		arm()
		tellAll(t, store)
		fmt.Println("ACKNOWLEDGED") //nolint:forbidigo // what the parent waits for
		return
	}
	m := newMarket(t)
	m.webhooks("claim.accepted", "refund.*")
	b := book(filepath.Join(t.TempDir(), "told"))
	m.config.Poster = b
	began := m.MachineNow()
	for step := 1; ; step++ {
		m.clock.set(began)
		refunded(m, fmt.Sprintf("O-%d", step)) // accepted, and refund requested
		env := []string{"HOSHO_CRASH_BOOK=" + string(b)}
		when := ""
		if step <= 2 { // between statements, before it is told and before it is noted that it was
			when = []string{"before", "after"}[step-1]
			env = append(env, "HOSHO_CRASH_POST="+when)
		}
		killed, acked := killedAt(t, m, "TestTellingKilledAtEveryStep", map[bool]int{true: 1000, false: step - 2}[step <= 2], env...)
		m.later(2 * time.Minute)
		tellAll(t, m.Store)
		told, sent := b.take(t)
		most := map[string]int{"before": 2, "after": 3}[when]
		if len(told) != 2 || sent > 3 || most != 0 && (sent != most || !killed) || !killed && sent != 2 {
			t.Fatalf("killed at step %d: %d of two events came, %d times in all", step, len(told), sent)
		}
		if e := m.endpoint(); e.Waiting != 0 || e.GivenUp != 0 {
			t.Fatalf("killed at step %d: %+v", step, e)
		}
		if !killed {
			if !acked || step < 12 {
				t.Fatalf("the child ended by itself at step %d, acknowledged %v", step, acked)
			}
			return
		}
	}
}

func tellAll(t *testing.T, s *Store) {
	t.Helper()
	for _, pass := range []func() (int, error){
		func() (int, error) { return s.NumberEvents(t.Context(), 100) },
		func() (int, error) { return s.DeliverWebhooks(t.Context(), 1, 100) },
	} {
		for n := 1; n > 0; {
			var err error
			if n, err = pass(); err != nil {
				t.Fatal(err)
			}
		}
	}
}
