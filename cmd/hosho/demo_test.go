package main

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"hosho/models"
)

// tap hands the test each line the program writes.
type tap struct {
	lines chan string
	rest  string
}

func (w *tap) Write(b []byte) (int, error) {
	w.rest += string(b)
	for {
		line, rest, ok := strings.Cut(w.rest, "\n")
		if !ok {
			return len(b), nil
		}
		w.rest = rest
		w.lines <- line
	}
}

// runDemo starts the demo and returns what it printed until it says how to stop.
func runDemo(t *testing.T, folder string, args ...string) (printed string, stop func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	out := &tap{lines: make(chan string, 100)}
	code := make(chan int, 1)
	var errors strings.Builder
	go func() {
		code <- run(ctx, append([]string{"demo", "--listen", "127.0.0.1:0", "--data", folder}, args...), nil, strings.NewReader(""), out, &errors)
	}()
	for {
		select {
		case line := <-out.lines:
			printed += line + "\n"
			if strings.Contains(line, "Ctrl+C") {
				return printed, func() int { cancel(); return <-code }
			}
		case c := <-code:
			t.Fatalf("the demo ended with %d: %s", c, errors.String())
		case <-time.After(30 * time.Second):
			t.Fatal("the demo did not start")
		}
	}
}

func TestDemo(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "hosho-data")
	printed, stop := runDemo(t, folder)
	base := regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(printed)
	for _, role := range []string{"buyer", "seller", "agent", "lead", "admin"} {
		if !regexp.MustCompile(`(?m)^ +` + role + ` .* ` + base + `/(ja|en)/sign-in/\S+$`).MatchString(printed) {
			t.Errorf("no link for %s in\n%s", role, printed)
		}
	}
	if got := status(t, base+"/readyz"); got != http.StatusOK {
		t.Errorf("/readyz: %d", got)
	}
	if code := stop(); code != exitOK {
		t.Errorf("stopped with %d", code)
	}

	orders := func() int {
		store, err := models.Open(t.Context(), models.Config{Database: "sqlite:" + filepath.Join(folder, "hosho.db"), Sandbox: true})
		if err != nil {
			t.Fatal(err)
		}
		defer store.Close()
		list, _, err := store.Orders(t.Context(), models.Actor{Role: models.RoleIntegration}, models.Page{Limit: models.MaxPage})
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	seeded := orders()
	if seeded < 8 {
		t.Errorf("%d orders", seeded)
	}
	mark := filepath.Join(folder, "evidence", "mine")
	if err := os.WriteFile(mark, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, stop = runDemo(t, folder)
	if says(t, call(t, nil, "demo", "--listen", "127.0.0.1:0", "--data", folder, "--fresh").want(t, exitFailed).stderr, "another hosho serves"); orders() != seeded {
		t.Error("--fresh took the data of a demo that runs")
	}
	stop()
	if n := orders(); n != seeded {
		t.Errorf("a second start made %d orders of %d", n, seeded)
	}
	_, stop = runDemo(t, folder, "--fresh")
	stop()
	if _, err := os.Stat(mark); err == nil || orders() != seeded {
		t.Error("--fresh did not start over")
	}

	// One that was stopped before its marketplace was complete is made anew.
	if err := os.Remove(filepath.Join(folder, demoReady)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(mark, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, stop = runDemo(t, folder)
	stop()
	if _, err := os.Stat(mark); err == nil || orders() != seeded {
		t.Error("a half-told marketplace was kept")
	}
}

func TestTheDemoDeletesNothingOfOthers(t *testing.T) {
	folder := t.TempDir()
	mine := filepath.Join(folder, "thesis.txt")
	if err := os.WriteFile(mine, []byte("years of work"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{}, {"--fresh"}} {
		r := call(t, nil, append([]string{"demo", "--listen", "127.0.0.1:0", "--data", folder}, args...)...).want(t, exitFailed)
		says(t, r.stderr, "no demo has made")
	}
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) != 1 {
		t.Errorf("the folder holds %v, %v", entries, err)
	}
}

func TestDoctor(t *testing.T) {
	env := serveEnv(t)
	says(t, call(t, env, "doctor").want(t, exitOK).stdout, "ok      database", "ok      evidence", "ok      uploads", "through the portal", "ok      scanner", "files are not scanned", "ok      mail", "ok      clock", "ok      keys", "made at the first start", "ok      chains")
	if entries, err := os.ReadDir(strings.TrimPrefix(env[2], "HOSHO_KEYS=")); err != nil || len(entries) != 0 {
		t.Errorf("the doctor made keys: %v, %v", entries, err)
	}
	server := newSink(t)
	well := call(t, env, "doctor", "--mail", "smtp://"+server.address).want(t, exitOK)
	says(t, well.stdout, server.address+" answers")
	ill := call(t, env, "doctor", "--mail", "smtp://user:hunter2@127.0.0.1:1").want(t, exitFailed)
	says(t, ill.stdout, "FAILED  mail", "ok      database")
	if strings.Contains(ill.stdout+ill.stderr, "hunter2") {
		t.Error("the doctor tells a password")
	}
	if n := strings.Count(ill.stdout, "\n"); n != 8 {
		t.Errorf("%d lines", n)
	}
	says(t, call(t, env, "doctor", "--scanner", "tcp://127.0.0.1:1").want(t, exitFailed).stdout, "FAILED  scanner", "0 files wait", "ok      mail")
	says(t, call(t, env, "doctor", "--scanner", "clamd").want(t, exitUsage).stderr, "scanner", "tcp://HOST:PORT")
	if err := os.WriteFile(filepath.Join(strings.TrimPrefix(env[2], "HOSHO_KEYS="), signKey), []byte("cut"), 0o600); err != nil {
		t.Fatal(err)
	}
	says(t, call(t, env, "doctor").want(t, exitFailed).stdout, "FAILED  keys")
	ruin := filepath.Join(t.TempDir(), "ruin.db")
	if err := os.WriteFile(ruin, bytes.Repeat([]byte("no database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	says(t, call(t, []string{"HOSHO_DATABASE=sqlite:" + ruin}, "doctor").want(t, exitFailed).stdout, "FAILED  database", "FAILED  clock", "ok      evidence")
}

// Made-up sellers trade beside the sample marketplace, the same ones each time, with names that
// say what they are.
func TestDemoScale(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "hosho-data")
	printed, stop := runDemo(t, folder, "--scale", "4")
	says(t, printed, "Making 4 sellers")
	stop()
	store, err := models.Open(t.Context(), models.Config{Database: "sqlite:" + filepath.Join(folder, "hosho.db"), Sandbox: true})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	for _, number := range []string{"trial-0001-1", "trial-0004-1"} {
		o, err := store.OrderByNumber(t.Context(), models.Actor{Role: models.RoleIntegration}, number)
		if err != nil {
			t.Fatalf("%s: %v", number, err)
		}
		says(t, o.Lines[0].SellerName, "試験店")
	}
	printed, stop = runDemo(t, folder, "--scale", "4")
	says(t, printed, "--scale changes nothing")
	stop()
	says(t, call(t, nil, "demo", "--listen", "127.0.0.1:0", "--data", folder, "--scale", "-1").want(t, exitUsage).stderr, "--scale: must be from 0 to 2000")
}
