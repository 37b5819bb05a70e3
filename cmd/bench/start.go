package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// start is measure 11: the program as it is shipped, from its start to its first answer, and
// what it takes of disk and memory.
func (b *bench) start(ctx context.Context, e *engine) error {
	binary, err := build(ctx, e)
	if err != nil {
		return err
	}
	info, err := os.Stat(binary)
	if err != nil {
		return err
	}
	const mb = 1 << 20
	least := func(what, unit string, values []float64, must, aim float64, detail string) {
		b.least("11", "program", what, unit, values, must, aim, detail)
	}
	least("stripped binary, -tags nomsgpack", "MB", []float64{float64(info.Size()) / mb}, 45, 40, "")
	p, detail, closePlace, err := b.somePlace(ctx, e, stockOf(20_000, 40_000))
	if err != nil {
		return err
	}
	defer closePlace()
	var took, idle []float64
	for range 5 {
		s, err := b.launch(ctx, e, p, binary, "file:"+filepath.Join(e.folder, "files"))
		if err != nil {
			return err
		}
		took = append(took, float64(s.took.Microseconds())/1000)
		time.Sleep(500 * time.Millisecond)
		rss, err := s.memory()
		s.stop()
		if err != nil {
			return err
		}
		idle = append(idle, rss)
	}
	least("start to the first 200", "ms", took, 180, 60, detail)
	least("memory idle", "MB", idle, 50, 30, "resident, half a second after the start")
	s, err := b.launch(ctx, e, p, binary, "file:"+filepath.Join(e.folder, "files"))
	if err != nil {
		return err
	}
	defer s.stop()
	w, err := b.load(ctx, s)
	if err != nil {
		return err
	}
	rss, err := s.memory()
	if err != nil {
		return err
	}
	least("memory after filing, answering and pages, c=8", "MB", []float64{rss}, 110, 64, fmt.Sprintf("%.0f requests a second", w.rate))
	return nil
}

// build makes the program as it is shipped.
func build(ctx context.Context, e *engine) (binary string, err error) {
	binary = filepath.Join(e.folder, "hosho")
	cmd := exec.CommandContext(ctx, "go", "build", "-tags", "nomsgpack", "-trimpath", "-ldflags", "-s -w", "-o", binary, "hosho/cmd/hosho") //nolint:gosec // our own
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return binary, nil
}

// somePlace is the database of the other measures, or a smaller one if there were none.
func (b *bench) somePlace(ctx context.Context, e *engine, small stock) (p *place, detail string, closing func(), err error) {
	if b.place != nil {
		return b.place, "database as the other measures left it", func() {}, nil
	}
	b.stock = small
	if p, err = e.open(ctx, fmt.Sprintf("started%d", small.rows)); err != nil {
		return nil, "", nil, err
	}
	if _, err = p.load(ctx, b.stock); err == nil {
		err = p.keysOf(ctx)
	}
	if err != nil {
		p.close()
		return nil, "", nil, err
	}
	return p, fmt.Sprintf("%d claims", small.rows), p.close, nil
}

// least adds a line of which less is better: the middle of some values.
func (b *bench) least(number, layer, what, unit string, values []float64, must, aim float64, detail string) {
	slices.Sort(values)
	b.add(result{Number: number, Layer: layer, What: what, Unit: unit, Value: values[len(values)/2], Low: values[0], High: values[len(values)-1], Must: must, Aim: aim, Less: true, Detail: detail})
}

// running is the program as a process of its own.
type running struct {
	command *exec.Cmd
	base    string
	took    time.Duration
}

func (b *bench) launch(ctx context.Context, e *engine, p *place, binary, evidence string, environment ...string) (*running, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		return nil, err
	}
	s := &running{base: "http://" + address}
	// A thousand addresses stand behind a proxy, so that the rate of one limits nobody.
	s.command = exec.Command(binary, "serve", "--database", p.url, "--listen", address, "--base-url", s.base, "--evidence", evidence, //nolint:gosec,noctx // our own, stopped by stop
		"--keys", filepath.Join(e.folder, "keys"), "--trusted-proxy", "127.0.0.1/32", "--workers", "0")
	s.command.Env = append(os.Environ(), environment...)
	var said bytes.Buffer
	s.command.Stderr = &said
	s.command.Stdout = io.Discard
	s.command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	start := time.Now()
	if err := s.command.Start(); err != nil {
		return nil, err
	}
	for time.Since(start) < 20*time.Second {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+"/healthz", nil)
		if err != nil {
			return nil, err
		}
		if resp, err := http.DefaultClient.Do(req); err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				s.took = time.Since(start)
				return s, nil
			}
		}
		time.Sleep(time.Millisecond)
	}
	s.stop()
	return nil, fmt.Errorf("the program does not answer: %s", said.Bytes()[:min(said.Len(), 1000)])
}

func (s *running) stop() {
	_ = s.command.Process.Signal(syscall.SIGTERM)
	_ = s.command.Wait() // stopped as asked
}

// memory is what the process holds of it, in MB.
func (s *running) memory() (float64, error) { return s.status("VmRSS:") }

// forgetPeak begins to count the highest memory (VmHWM) anew.
func (s *running) forgetPeak() error {
	return os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", s.command.Process.Pid), []byte("5"), 0o600)
}

// status is a size of the process's memory, in MB.
func (s *running) status(name string) (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.command.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			kb, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 64)
			return kb / 1024, err
		}
	}
	return 0, errors.New("the system does not say how much memory a process holds")
}

// load keeps eight callers busy with what the other measures do.
func (b *bench) load(ctx context.Context, s *running) (window, error) {
	w := &web{base: s.base, address: strings.TrimPrefix(s.base, "http://"), lines: make(chan *line, 8), proxied: true}
	var n, page atomic.Int64
	return pace{time.Second, 10 * time.Second, 1, 0}.measure(ctx, 8, func(ctx context.Context, _ int) error {
		switch n.Add(1) % 4 {
		case 0:
			n, err := take(&b.filed, b.stock.pool)
			if err != nil {
				return err
			}
			return w.file(ctx, n)
		case 1:
			n, err := take(&b.answered, b.stock.open)
			if errors.Is(err, errUsedUp) {
				return w.casePage(ctx, 2)
			}
			if err != nil {
				return err
			}
			return w.answer(ctx, n)
		case 2:
			return w.casePage(ctx, around(&page, span{0, b.stock.cases}))
		}
		_, _, err := w.queue(ctx, "")
		return err
	})
}
