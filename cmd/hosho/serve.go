package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"hosho/models"
)

type serveCommand struct {
	databaseFlags
	serverFlags
	sandboxFlags
	Listen string `placeholder:"ADDRESS" help:"Where to listen (:8080)."`
}

func (cmd serveCommand) Run(ctx context.Context, p program) error {
	var c config
	wrong := p.wrong
	cmd.databaseFlags.check(&c, &wrong, defaultZone)
	cmd.serverFlags.check(&c, &wrong)
	cmd.sandboxFlags.check(&c, &wrong)
	if c.Listen = cmd.Listen; c.Listen == "" {
		c.Listen = defaultListen
	}
	checkListen(c.Listen, &wrong)
	if err := wrong.err(); err != nil {
		return err
	}
	log := p.logger()
	s, err := openServer(ctx, c, log, log)
	if err != nil {
		return err
	}
	go debug.FreeOSMemory() // what starting took and nothing needs any more, some thirty megabytes
	log.InfoContext(ctx, "listening", "address", s.listener.Addr().String(), "base_url", s.config.BaseURL, "sandbox", c.Sandbox, "workers", c.Workers)
	return s.run(ctx)
}

// server is one replica, ready to run: everything is open and checked, nothing is answered yet.
type server struct {
	config   config
	store    *models.Store
	listener net.Listener
	handler  http.Handler
	log      *slog.Logger
	close    []func() // in the order things were opened
	clock    struct { // the sandbox's, as read last
		sync.Mutex
		readAt time.Time
		ahead  time.Duration
	}
}

// openServer opens everything a replica needs, or says what is wrong. mailLog is where the
// log: sender writes.
func openServer(ctx context.Context, c config, log, mailLog *slog.Logger) (_ *server, err error) {
	s := &server{config: c, log: log}
	defer func() {
		if err != nil {
			s.release()
		}
	}()
	unlock, err := lockSQLite(c.Database)
	if err != nil {
		return nil, err
	}
	s.close = append(s.close, unlock)
	if s.listener, err = new(net.ListenConfig).Listen(ctx, "tcp", c.Listen); err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	s.close = append(s.close, func() { _ = s.listener.Close() })
	if s.config.BaseURL == "" {
		s.config.BaseURL = "http://" + reachable(s.listener.Addr())
	}
	if err := s.assemble(ctx, mailLog); err != nil {
		return nil, err
	}
	return s, nil
}

// reachable is the address to write into a link for people on this machine, where the
// listener takes connections to any.
func reachable(a net.Addr) string {
	tcp, ok := a.(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return a.String()
	}
	return net.JoinHostPort("localhost", fmt.Sprint(tcp.Port))
}

func (s *server) release() {
	for i := len(s.close) - 1; i >= 0; i-- {
		s.close[i]()
	}
	s.close = nil
}

// How long requests and background work under way may take after the signal to stop.
const (
	stopTime = 28 * time.Second
	passTime = 10 * time.Second
)

// run answers requests and does the background work until ctx ends; then it takes no new
// connection, finishes what runs and closes everything. Stopping in time is no error.
func (s *server) run(ctx context.Context) error {
	defer s.release()
	web := &http.Server{
		Handler:           s.handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      60 * time.Second,
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
	background, stop := context.WithCancel(ctx)
	work, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	wait := start(background, work, s.log, loopsOf(s.store, s.config.Workers))
	failed := make(chan error, 1)
	go func() { failed <- web.Serve(s.listener) }()
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
		s.log.Info("stopping")
		time.AfterFunc(passTime, cut)
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
		defer cancel()
		err = web.Shutdown(last)
	}
	stop()
	if ctx.Err() == nil {
		cut() // the listener broke
	}
	wait()
	if err != nil && !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	s.log.Info("stopped")
	return nil
}
