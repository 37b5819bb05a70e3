package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// testData is a folder of the test data outside the repository: HOSHO_TEST_DATA, or the
// folder shared/data beside the repository. Where it is absent the test is skipped with a
// sentence, unless HOSHO_TEST_REQUIRE asks for "data".
func testData(t *testing.T, name string) string {
	t.Helper()
	root := os.Getenv("HOSHO_TEST_DATA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "data")
	}
	dir := filepath.Join(root, name)
	if _, err := os.Stat(dir); err != nil {
		if slices.Contains(strings.Split(os.Getenv("HOSHO_TEST_REQUIRE"), ","), "data") {
			t.Fatalf("the test data %s is not there (%v), and HOSHO_TEST_REQUIRE asks for it", name, err)
		}
		t.Skipf("skipped: the test data %s is not there; HOSHO_TEST_DATA names its folder", name)
	}
	return dir
}

// All orders of the data set: each is taken or refused with a reason, a second run changes
// nothing, and the rules answer for all of them.
func TestOlist(t *testing.T) {
	dir := testData(t, "olist")
	env := migrated(t)
	args := []string{"import", "orders", dir, "--format", "olist"}
	began := time.Now()
	first := call(t, env, args...).want(t, exitPartial)
	t.Logf("imported in %s", time.Since(began).Round(10*time.Millisecond))
	const report = `18302 orders: 18166 taken, 136 refused
      88  no_lines
      47  payments_do_not_add_up
       1  no_payments
71 orders paid at most one centavo a line more or less than they cost; the difference is booked on their largest tender.
`
	if first.stdout != report {
		t.Errorf("got\n%s\nwant\n%s", first.stdout, report)
	}
	began = time.Now()
	second := call(t, env, args...).want(t, exitPartial)
	t.Logf("imported again in %s", time.Since(began).Round(10*time.Millisecond))
	if second.stdout != report {
		t.Errorf("a second run says\n%s", second.stdout)
	}
	says(t, second.stderr, "new 0, changed 0, unchanged 18166")

	began = time.Now()
	r := call(t, env, "assess", "--at", "2018-08-20T00:00:00-03:00", "--reason", "not_received", "--assume-contact", "--time-zone", olistZone).want(t, exitOK)
	t.Logf("assessed in %s", time.Since(began).Round(10*time.Millisecond))
	const answers = `20844 order lines: 4154 eligible, 16690 not
    4154  eligible
   15365  deadline_passed
    1325  not_overdue_yet
`
	if r.stdout != answers {
		t.Errorf("got\n%s\nwant\n%s", r.stdout, answers)
	}
}
