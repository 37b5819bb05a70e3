package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"hosho/models/modelstest"
)

// started is a server that runs until the test ends or stop is called, which returns its exit
// code.
type started struct {
	base string
	stop func() int
}

func startServe(t *testing.T, env []string, args ...string) started {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...), env, strings.NewReader(""), io.Discard, writer)
		_ = writer.Close()
	}()
	lines := bufio.NewScanner(reader)
	s := started{}
	for s.base == "" && lines.Scan() {
		var line struct {
			Msg     string `json:"msg"`
			BaseURL string `json:"base_url"`
		}
		if json.Unmarshal(lines.Bytes(), &line) != nil {
			t.Errorf("not a line of JSON: %s", lines.Text())
		}
		s.base = line.BaseURL
	}
	go func() { _, _ = io.Copy(io.Discard, reader) }()
	s.stop = func() int { cancel(); return <-code }
	t.Cleanup(cancel)
	if s.base == "" {
		t.Fatalf("serve ended with %d before it listened", <-code)
	}
	return s
}

func serveEnv(t *testing.T) []string {
	t.Helper()
	env := []string{"HOSHO_DATABASE=" + modelstest.Database(t), "HOSHO_EVIDENCE=file:" + t.TempDir(), "HOSHO_KEYS=" + t.TempDir()}
	call(t, env, "migrate", "up").want(t, exitOK)
	return env
}

func status(t *testing.T, url string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	return response.StatusCode
}

func TestServeAnswersAndStops(t *testing.T) {
	env := serveEnv(t)
	s := startServe(t, env)
	for _, path := range []string{"/healthz", "/readyz"} {
		if got := status(t, s.base+path); got != http.StatusOK {
			t.Errorf("%s: %d", path, got)
		}
	}
	if strings.Contains(env[0], "sqlite:") {
		second := call(t, env, "serve", "--listen", "127.0.0.1:0").want(t, exitFailed)
		says(t, second.stderr, "another hosho serves", "one replica")
	}
	began := time.Now()
	if code := s.stop(); code != exitOK {
		t.Errorf("stopped with %d", code)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("stopping took %s", took)
	}
	// What it held is free again.
	if code := startServe(t, env, "--workers", "0").stop(); code != exitOK {
		t.Errorf("the second server stopped with %d", code)
	}
}

// A request that runs when the signal comes gets its answer.
func TestStoppingFinishesWhatRuns(t *testing.T) {
	env := serveEnv(t)
	var c config
	var wrong problems
	databaseFlags{Database: strings.TrimPrefix(env[0], "HOSHO_DATABASE=")}.check(&c, &wrong, defaultZone)
	serverFlags{Evidence: strings.TrimPrefix(env[1], "HOSHO_EVIDENCE="), Keys: strings.TrimPrefix(env[2], "HOSHO_KEYS=")}.check(&c, &wrong)
	c.Listen = "127.0.0.1:0"
	if len(wrong) > 0 {
		t.Fatal(wrong)
	}
	log := slog.New(slog.DiscardHandler)
	s, err := openServer(t.Context(), c, log, log)
	if err != nil {
		t.Fatal(err)
	}
	running := make(chan struct{})
	s.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(running)
		time.Sleep(300 * time.Millisecond)
		if r.Context().Err() == nil {
			w.WriteHeader(http.StatusTeapot)
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.run(ctx) }()
	go func() { <-running; cancel() }()
	if got := status(t, s.config.BaseURL); got != http.StatusTeapot {
		t.Errorf("the request under way got %d", got)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// The sandbox's clock starts where it is told to, once: a restart does not turn time back.
func TestTheSandboxClockStartsOnce(t *testing.T) {
	env := serveEnv(t)
	for _, start := range []string{"2018-08-20T09:00:00-03:00", "2017-01-01T00:00:00Z"} {
		if code := startServe(t, env, "--sandbox", "--sandbox-now", start).stop(); code != exitOK {
			t.Fatalf("stopped with %d", code)
		}
		says(t, call(t, env, "doctor", "--sandbox").want(t, exitOK).stdout, "sandbox clock at 2018-08-20T12:00:")
	}
}

// A pass under way when the signal comes is finished, and no other begins.
func TestStoppingFinishesThePass(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	begun, passes := make(chan struct{}), 0
	var cutOff error
	wait := start(ctx, t.Context(), slog.New(slog.DiscardHandler), []loop{{"mail", time.Millisecond, 1, func(ctx context.Context, _ int) (int, error) {
		passes++
		close(begun)
		time.Sleep(50 * time.Millisecond)
		cutOff = ctx.Err()
		return 1, nil
	}}})
	<-begun
	cancel()
	wait()
	if cutOff != nil || passes != 1 {
		t.Errorf("%d passes, %v", passes, cutOff)
	}
}

func TestLoops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var passes, full atomic.Int64
	wait := start(ctx, t.Context(), slog.New(slog.DiscardHandler), []loop{
		{"fails", time.Millisecond, 10, func(context.Context, int) (int, error) {
			if passes.Add(1)%2 == 0 {
				panic("one bad row")
			}
			return 0, errors.New("no database")
		}},
		{"has much to do", time.Hour, 10, func(context.Context, int) (int, error) {
			if full.Add(1) < 5 {
				return 10, nil
			}
			return 3, nil
		}},
	})
	deadline := time.Now().Add(5 * time.Second)
	for (passes.Load() < 6 || full.Load() < 5) && time.Now().Before(deadline) {
		time.Sleep(time.Millisecond)
	}
	cancel()
	wait()
	if passes.Load() < 6 {
		t.Errorf("%d passes: a failure or panic ended the loop", passes.Load())
	}
	if full.Load() != 5 {
		t.Errorf("%d passes: after a full one the next follows at once, after another it waits", full.Load())
	}
	for range 1000 {
		if d := jitter(time.Second); d < 800*time.Millisecond || d > 1200*time.Millisecond {
			t.Fatalf("jitter gave %s", d)
		}
	}
	if n := len(loopsOf(nil, 0)); n != 0 {
		t.Errorf("%d loops without workers", n)
	}
}
