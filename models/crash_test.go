package models

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// TestKilledAtEveryStep kills a process after each statement of filing and of deciding, and
// looks at what is there afterwards: all of it or nothing, and all of it once the process
// has said so.
func TestKilledAtEveryStep(t *testing.T) {
	if what := os.Getenv("HOSHO_CRASH_DO"); what != "" {
		crashChild(t, what)
		return
	}
	for _, what := range []string{"file", "decide", "remove"} {
		t.Run(what, func(t *testing.T) {
			for step := 1; ; step++ {
				m := newMarket(t)
				number := m.order("A-1", nil)
				claim := ""
				var s *shelf
				switch what {
				case "file":
					m.clock.set(m.contact(number, NotReceived).Add(48 * time.Hour))
				case "decide":
					claim = m.inReview(number).Number
				default:
					claim, s = m.withOldFiles(number)
				}
				killed, acked := crashParent(t, m, what, step, claim)
				switch what {
				case "file":
					checkFiledWhole(t, m, step, acked)
				case "decide":
					checkDecidedWhole(t, m, step, claim, acked)
				default:
					checkRemovedWhole(t, m, s, step, claim, acked)
				}
				if !killed {
					if !acked || step < 8 {
						t.Fatalf("the child ended by itself at step %d, acknowledged %v", step, acked)
					}
					return
				}
			}
		})
	}
}

func crashParent(t *testing.T, m *market, what string, step int, claim string) (killed, acked bool) {
	t.Helper()
	actor := m.buyer
	if what == "decide" {
		actor = m.agent
	}
	return killedAt(t, m, "TestKilledAtEveryStep", step, "HOSHO_CRASH_DO="+what, "HOSHO_CRASH_ACCOUNT="+actor.AccountID, "HOSHO_CRASH_CLAIM="+claim)
}

// killedAt runs a test of this program as a process of its own that kills itself after a
// number of statements, and says whether it did and whether it had said that it was through.
func killedAt(t *testing.T, m *market, test string, step int, env ...string) (killed, acked bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+test+"$", "-test.count=1")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.Env = append(os.Environ(), "HOSHO_CRASH_DB="+m.config.Database, "HOSHO_CRASH_STEP="+strconv.Itoa(step), "HOSHO_CRASH_NOW="+m.MachineNow().String())
	cmd.Env = append(cmd.Env, env...)
	err := cmd.Run()
	status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
	killed = ok && status.Signaled() && status.Signal() == syscall.SIGKILL
	if err != nil && !killed {
		t.Fatalf("child at step %d: %v\n%s", step, err, out.String())
	}
	return killed, bytes.Contains(out.Bytes(), []byte("ACKNOWLEDGED"))
}

// doomed opens the parent's database with the config; from the call of arm on, the process
// kills itself after as many statements as it was told.
func doomed(t *testing.T, config Config) (store *Store, arm func()) {
	t.Helper()
	step, err := strconv.ParseInt(os.Getenv("HOSHO_CRASH_STEP"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	armed, start := false, int64(0)
	config.Database, config.Zone, config.Machine = os.Getenv("HOSHO_CRASH_DB"), tokyo, at(os.Getenv("HOSHO_CRASH_NOW")).Time
	config.OnStatement = func(n int64) {
		if armed && n-start >= step {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}
	if store, err = Open(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	return store, func() { armed, start = true, store.Statements() }
}

func crashChild(t *testing.T, what string) {
	store, arm := doomed(t, Config{})
	arm()
	var err error
	switch what {
	case "remove":
		_, err = store.RunDueTimers(t.Context(), 10)
	case "file":
		_, err = store.FileClaim(t.Context(), Actor{Role: RoleBuyer, AccountID: os.Getenv("HOSHO_CRASH_ACCOUNT"), Email: "b1@example.com"}, filing("A-1", NotReceived))
	default:
		_, err = store.Act(t.Context(), Actor{Role: RoleAgent, AccountID: os.Getenv("HOSHO_CRASH_ACCOUNT")}, os.Getenv("HOSHO_CRASH_CLAIM"), decision("granted", 0))
	}
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("ACKNOWLEDGED") //nolint:forbidigo // what the parent waits for
	_ = store.Close()
}

func (m *market) countRows(query string, args ...any) int {
	m.t.Helper()
	var n int
	m.must(m.db(m.ctx).Raw(query, args...).Scan(&n).Error)
	return n
}

func checkFiledWhole(t *testing.T, m *market, step int, acked bool) {
	t.Helper()
	counts := []int{
		m.countRows("SELECT COUNT(*) FROM claims"), m.countRows("SELECT COUNT(*) FROM claim_lines"),
		m.countRows("SELECT COUNT(*) FROM timers WHERE kind = 'claim'"), m.countRows("SELECT COUNT(*) FROM order_lines WHERE open_claim_id <> ''"),
		m.countRows("SELECT COUNT(*) FROM claim_events") / 2, m.countRows("SELECT COUNT(*) FROM notices WHERE kind = 'claim_opened'") / 2,
	}
	for _, n := range counts {
		if n != counts[0] || n > 1 {
			t.Fatalf("killed after statement %d: half a claim: %v", step, counts)
		}
	}
	if acked && counts[0] != 1 {
		t.Fatalf("killed after statement %d: an acknowledged claim is lost", step)
	}
	if counts[0] == 0 { // and it can be done again
		_, err := m.FileClaim(m.ctx, m.buyer, filing("A-1", NotReceived))
		m.must(err)
	}
}

func checkDecidedWhole(t *testing.T, m *market, step int, number string, acked bool) {
	t.Helper()
	c := m.claim(number)
	decided := 0
	if c.Status == Granted {
		decided = 1
	}
	counts := []int{
		decided, m.countRows("SELECT COUNT(*) FROM refunds"), m.countRows("SELECT COUNT(*) FROM claim_events WHERE type = 'decided'"),
		m.countRows("SELECT COUNT(*) FROM order_lines WHERE owed = 3800"), 1 - m.countRows("SELECT COUNT(*) FROM claim_lines WHERE open_key IS NOT NULL"),
		m.countRows("SELECT COUNT(*) FROM notices WHERE kind = 'claim_decided'") / 2,
	}
	for _, n := range counts {
		if n != decided {
			t.Fatalf("killed after statement %d: half a decision: %v", step, counts)
		}
	}
	if acked && decided != 1 {
		t.Fatalf("killed after statement %d: an acknowledged decision is lost", step)
	}
	checkChain(t, m, number)
	if decided == 0 {
		_, err := m.Act(m.ctx, m.agent, number, decision("granted", 0))
		m.must(err)
	}
}

// withOldFiles is a claim whose two files leave now.
func (m *market) withOldFiles(number string) (claim string, s *shelf) {
	m.t.Helper()
	s = newShelf()
	m.config.Blobs, m.config.Inspector = s, readingInspector{}
	m.clock.set(m.contact(number, NotReceived).Add(48 * time.Hour))
	c := m.deniedWith(number, m.upload(m.buyer, "png:a").ID, m.upload(m.buyer, "png:b").ID)
	m.clock.set(c.AppealUntil.Add(days(180)))
	return c.Number, s
}

func checkRemovedWhole(t *testing.T, m *market, s *shelf, step int, number string, acked bool) {
	t.Helper()
	files := m.claim(number).Evidence
	done := m.kept(s, files[0].ID)
	removed := 0
	if done == "-" {
		removed = 1
	}
	counts := []int{
		m.countRows("SELECT COUNT(*) FROM uploads WHERE state = 'removed'") / 2, m.countRows("SELECT COUNT(*) FROM claim_events WHERE type = 'files_removed'"),
		1 - m.countRows("SELECT COUNT(*) FROM timers WHERE kind = 'retention'"), m.countRows("SELECT COUNT(*) FROM loose_blobs") / 6,
	}
	for _, n := range counts {
		if n != removed {
			t.Fatalf("killed after statement %d: half removed: %v", step, counts)
		}
	}
	if acked && removed != 1 {
		t.Fatalf("killed after statement %d: an acknowledged removal is lost", step)
	}
	m.later(2 * time.Minute) // past the lease of whoever was killed
	m.run()
	m.sweepAll()
	if got := m.kept(s, files[0].ID, files[1].ID); got != "--" || len(s.held()) != 0 || m.loose() != 0 {
		t.Fatalf("killed after statement %d: %s, left in the store %v", step, got, s.held())
	}
	checkChain(t, m, number)
}
