package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"hosho/cmd/hosho/seed"
	"hosho/handlers"
	"hosho/models"
)

type demoCommand struct {
	Listen   string `placeholder:"ADDRESS" help:"Where to listen (127.0.0.1:8080)."`
	Data     string `placeholder:"DIR" help:"The folder that holds everything (./hosho-data)."`
	Fresh    bool   `help:"Start over: delete what an earlier demo left in the folder."`
	TimeZone string `placeholder:"ZONE" help:"The marketplace's time zone (Asia/Tokyo)."`
	Scale    int    `placeholder:"SELLERS" help:"Beside the sample marketplace, so many made-up sellers, honest and not, with 100 days of orders (0). For a new folder."`
	BaseURL  string `placeholder:"URL" help:"The portal's public address (http:// and the address listened on)."`
}

const (
	demoListen = "127.0.0.1:8080"
	demoFolder = "hosho-data"
	demoMarker = ".hosho-demo"       // in every folder a demo has made, and in no other
	demoReady  = ".hosho-demo-ready" // once the sample marketplace is complete
	maxScale   = 2_000               // made-up sellers, some 400,000 orders
	demoLinks  = 30 * 24 * time.Hour
)

func (cmd demoCommand) Run(ctx context.Context, p program) error {
	wrong := p.wrong
	listen, folder, zone := cmd.Listen, cmd.Data, cmd.TimeZone
	if listen == "" {
		listen = demoListen
	}
	if folder == "" {
		folder = demoFolder
	}
	if zone == "" {
		zone = defaultZone
	}
	c := config{
		Database: "sqlite:" + filepath.Join(folder, "hosho.db"), Evidence: "file:" + filepath.Join(folder, "evidence"), Keys: filepath.Join(folder, "keys"),
		Zone: checkZone(zone, &wrong), Listen: checkListen(listen, &wrong), BaseURL: checkBaseURL(cmd.BaseURL, &wrong), Workers: 1, Sandbox: true, SandboxPays: true,
		Operator: "Hosho Demo", Support: demoSupport(),
	}
	if cmd.Scale < 0 || cmd.Scale > maxScale {
		wrong.add("scale", "must be from 0 to %d", maxScale)
	}
	if err := wrong.err(); err != nil {
		return err
	}
	if err := prepareFolder(folder, c.Database, cmd.Fresh); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	if err := p.migrateDemo(ctx, c); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	// People read this terminal: requests are not logged; mails are, with their links, but not
	// those of the sample marketplace's past.
	mails := new(slog.LevelVar)
	mails.Set(slog.LevelWarn)
	s, err := openServer(ctx, c, p.loggerFrom(slog.LevelWarn), p.loggerFrom(mails))
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	if cmd.Scale > 0 {
		p.scaling(folder, cmd.Scale)
	}
	people, err := seed.Market(ctx, s.store, cmd.Scale)
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, demoReady), nil, 0o600)
	}
	if err == nil {
		mails.Set(slog.LevelInfo)
		err = s.invite(ctx, p, people)
	}
	if err != nil {
		s.release()
		return fmt.Errorf("demo: %w", err)
	}
	return s.run(ctx)
}

// scaling says what --scale is about to do, which takes its time, or that it does nothing.
func (p program) scaling(folder string, sellers int) {
	if _, err := os.Stat(filepath.Join(folder, demoReady)); err == nil {
		p.printf("%s has its marketplace already: --scale changes nothing, --fresh starts over.\n\n", folder)
		return
	}
	p.printf("Making %d sellers and some %d orders of 100 days, a minute for each 40,000 or so.\n\n", sellers, sellers*200)
}

// demoSupport is how the sample marketplace's people are reached: nobody reads the address.
func demoSupport() handlers.Support {
	return handlers.Support{
		Email: "help@hosho.example", Reply: 24 * time.Hour,
		Hours: handlers.OpenHours{First: time.Monday, Last: time.Friday, From: 9 * time.Hour, To: 18 * time.Hour},
	}
}

// prepareFolder makes the folder, and with fresh, or where an earlier demo was stopped before
// its marketplace was complete, empties it. A folder that has something in it and no marker is
// somebody else's and is left alone.
func prepareFolder(folder, database string, fresh bool) error {
	marker := filepath.Join(folder, demoMarker)
	entries, err := os.ReadDir(folder)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case len(entries) > 0:
		if info, err := os.Lstat(marker); err != nil || !info.Mode().IsRegular() {
			return fmt.Errorf("%s holds something that no demo has made; name another folder with --data", folder)
		}
		if _, err := os.Stat(filepath.Join(folder, demoReady)); err == nil && !fresh {
			return nil
		}
		unlock, err := lockSQLite(database)
		if err != nil {
			return err
		}
		defer unlock()
		for _, e := range entries {
			if e.Name() == demoMarker {
				continue // last, so that a deletion that was cut short can be taken up again
			}
			if err := os.RemoveAll(filepath.Join(folder, e.Name())); err != nil {
				return err
			}
		}
		return nil
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	return os.WriteFile(marker, []byte("Made by hosho demo. --fresh deletes everything in this folder.\n"), 0o600)
}

func (p program) migrateDemo(ctx context.Context, c config) error {
	store, err := models.Open(ctx, models.Config{Database: c.Database, Zone: c.Zone, Sandbox: true, Log: p.logger()})
	if err != nil {
		return err
	}
	defer store.Close()
	return store.Migrate(ctx)
}

// invite prints the address and a sign-in link for each role.
func (s *server) invite(ctx context.Context, p program, people seed.People) error {
	p.printf("Hosho demo: %s/\n\n", s.config.BaseURL)
	p.printf("Everything is in %s; the clock can be moved. Sign in as:\n\n", filepath.Dir(sqlitePath(s.config.Database)))
	for _, account := range []models.Account{people.Buyers[0], people.Members[0], people.Agents[0], people.Leads[0], people.Admin} {
		path, _, err := s.store.PrintSignIn(ctx, models.Operator, account.ID, demoLinks)
		if err != nil {
			return fmt.Errorf("make a sign-in link: %w", err)
		}
		p.printf("  %-7s %-32s %s%s\n", account.Role, account.Email, s.config.BaseURL, path)
	}
	p.printf("\nEach link works once, in any browser. Stop with Ctrl+C.\n")
	return nil
}
