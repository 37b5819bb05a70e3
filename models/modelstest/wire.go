package modelstest

import (
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"
)

// Wire is the network between a program and a server it calls, its database or a receiver of webhooks, which a test
// breaks. It is whole at first.
type Wire struct {
	target string
	mu     sync.Mutex
	open   map[net.Conn]bool
	down   bool
	deaf   bool
	delay  time.Duration
}

// Through puts a wire before the server of an address with a port, and returns it with the address that leads through
// it. It ends with the test.
func Through(tb testing.TB, address string) (*Wire, string) {
	tb.Helper()
	u, err := url.Parse(address)
	if err != nil || u.Port() == "" {
		tb.Fatal("a wire needs an address that names a host and a port")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it ends with the test
	if err != nil {
		tb.Fatal(err)
	}
	w := &Wire{target: u.Host, open: map[net.Conn]bool{}}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go w.carry(conn)
		}
	}()
	tb.Cleanup(func() {
		_ = listener.Close()
		w.Cut()
	})
	u.Host = listener.Addr().String()
	return w, u.String()
}

// Cut breaks all connections off. New ones are made.
func (w *Wire) Cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.open {
		_ = c.Close()
	}
	w.open, w.deaf = map[net.Conn]bool{}, false
}

// Down breaks all connections off and lets no new one through, until it is called with false.
func (w *Wire) Down(down bool) {
	w.mu.Lock()
	w.down = down
	w.mu.Unlock()
	if down {
		w.Cut()
	}
}

// Deafen lets through what the program still says, but not the next answer: it breaks all connections off in its
// place, so that the server has done what the program does not know of.
func (w *Wire) Deafen() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.deaf = true
}

// Slow holds back each piece of what either side says.
func (w *Wire) Slow(delay time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.delay = delay
}

func (w *Wire) keep(conns ...net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.down {
		return false
	}
	for _, c := range conns {
		w.open[c] = true
	}
	return true
}

func (w *Wire) state() (delay time.Duration, deaf bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.delay, w.deaf
}

func (w *Wire) carry(program net.Conn) {
	defer program.Close()
	server, err := net.Dial("tcp", w.target) //nolint:noctx // the wire is cut by its test
	if err != nil {
		return
	}
	defer server.Close()
	if !w.keep(program, server) {
		return
	}
	over := make(chan struct{}, 2)
	pass := func(to io.Writer, from io.Reader, answers bool) {
		defer func() { over <- struct{}{} }()
		piece := make([]byte, 32<<10)
		for {
			n, err := from.Read(piece)
			delay, deaf := w.state()
			if deaf && answers && n > 0 {
				w.Cut()
				return
			}
			time.Sleep(delay)
			if _, werr := to.Write(piece[:n]); err != nil || werr != nil {
				return
			}
		}
	}
	go pass(server, program, false)
	go pass(program, server, true)
	<-over
}
