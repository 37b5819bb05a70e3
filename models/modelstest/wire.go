package modelstest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os/exec"
	"sync"
	"testing"
	"time"

	"hosho/storage/tooltest"
)

var toxiproxy = tooltest.Tool{Name: "toxiproxy", Package: "github.com/Shopify/toxiproxy/v2/cmd/server", Version: "v2.5.0", Part: "toxiproxy"}

// Wire is the network between a program and a server it calls, its database or a receiver of webhooks, which a test
// breaks: a toxiproxy of the test's own. It is whole at first.
type Wire struct {
	tb    testing.TB
	proxy string // address of the proxy's settings
	mu    sync.Mutex
	slow  bool
}

// The names of what is wrong with a wire.
const (
	deafToxic = "deaf"
	slowToxic = "slow"
)

// Through puts a wire before the server of an address with a port, and returns it with the address that leads through
// it. It ends with the test, which is skipped where toxiproxy is missing, or fails if HOSHO_TEST_REQUIRE lists it.
func Through(tb testing.TB, address string) (*Wire, string) {
	tb.Helper()
	u, err := url.Parse(address)
	if err != nil || u.Port() == "" {
		tb.Fatal("a wire needs an address that names a host and a port")
	}
	settings := startToxiproxy(tb, toxiproxy.Find(tb))
	w := &Wire{tb: tb, proxy: settings + "/proxies/wire"}
	var made struct{ Listen string }
	w.call(http.MethodPost, settings+"/proxies", map[string]any{"name": "wire", "listen": "127.0.0.1:0", "upstream": u.Host, "enabled": true}, &made)
	u.Host = made.Listen
	return w, u.String()
}

func startToxiproxy(tb testing.TB, program string) (settings string) {
	tb.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // only to learn of a free port
	if err != nil {
		tb.Fatal(err)
	}
	host, port, err := net.SplitHostPort(free.Addr().String())
	if err != nil {
		tb.Fatal(err)
	}
	_ = free.Close()
	var output bytes.Buffer
	cmd := exec.CommandContext(context.WithoutCancel(tb.Context()), program, "-host", host, "-port", port)
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	tb.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-ended
	})
	settings = "http://" + net.JoinHostPort(host, port)
	for began := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		res, err := http.Get(settings + "/version") //nolint:noctx // it answers at once or not at all
		if err == nil {
			_ = res.Body.Close()
			return settings
		}
		select {
		case <-ended:
			tb.Fatalf("toxiproxy ended: %s", output.String())
		default:
		}
		if time.Since(began) > 20*time.Second {
			tb.Fatal("toxiproxy does not answer")
		}
	}
}

// Cut breaks all connections off. New ones are made.
func (w *Wire) Cut() {
	w.remove(deafToxic)
	w.enable(false)
	w.enable(true)
}

// Down breaks all connections off and lets no new one through, until it is called with false.
func (w *Wire) Down(down bool) { w.enable(!down) }

// Deafen lets through what the program still says, but no answer: it breaks the connection off in its place, so that
// the server has done what the program does not know of. It lasts until all are cut.
func (w *Wire) Deafen() { w.add(deafToxic, "limit_data", "downstream", map[string]any{"bytes": 0}) }

// Slow holds back each piece of what either side says.
func (w *Wire) Slow(delay time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, stream := range []string{"upstream", "downstream"} {
		if w.slow {
			w.remove(slowToxic + stream)
		}
		if delay > 0 {
			w.add(slowToxic+stream, "latency", stream, map[string]any{"latency": delay.Milliseconds()})
		}
	}
	w.slow = delay > 0
}

func (w *Wire) enable(on bool) {
	w.call(http.MethodPost, w.proxy, map[string]any{"enabled": on}, nil)
}

func (w *Wire) add(name, kind, stream string, attributes map[string]any) {
	w.call(http.MethodPost, w.proxy+"/toxics", map[string]any{"name": name, "type": kind, "stream": stream, "attributes": attributes}, nil)
}

func (w *Wire) remove(name string) { w.call(http.MethodDelete, w.proxy+"/toxics/"+name, nil, nil) }

// call asks the proxy for a change. It may run beside the test, in a server that the wire leads to.
func (w *Wire) call(method, address string, in map[string]any, out any) {
	w.tb.Helper()
	err := func() error {
		body, err := json.Marshal(in)
		if err != nil {
			return err
		}
		req, err := http.NewRequestWithContext(context.WithoutCancel(w.tb.Context()), method, address, bytes.NewReader(body))
		if err != nil {
			return err
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		defer res.Body.Close()
		switch {
		case method == http.MethodDelete && res.StatusCode == http.StatusNotFound: // it was whole
			return nil
		case res.StatusCode >= http.StatusBadRequest:
			return fmt.Errorf("%s %s: %s", method, address, res.Status)
		case out != nil:
			return json.NewDecoder(res.Body).Decode(out)
		}
		return nil
	}()
	if err != nil {
		w.tb.Errorf("the wire: %v", err)
	}
}
