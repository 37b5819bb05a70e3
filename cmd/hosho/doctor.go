package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"hosho/models"
)

type doctorCommand struct {
	databaseFlags
	serverFlags
	sandboxFlags
}

// checkTime bounds each check: what does not answer is broken.
const checkTime = 10 * time.Second

// Run says one line for each part, with nothing secret in it, and fails if one does.
func (cmd doctorCommand) Run(ctx context.Context, p program) error {
	var c config
	wrong := p.wrong
	cmd.databaseFlags.check(&c, &wrong, defaultZone)
	cmd.serverFlags.check(&c, &wrong)
	cmd.sandboxFlags.check(&c, &wrong)
	if err := wrong.err(); err != nil {
		return err
	}
	store, openErr := models.Open(ctx, models.Config{Database: c.Database, Zone: c.Zone, Sandbox: c.Sandbox, Log: slog.New(slog.DiscardHandler)})
	if openErr == nil {
		defer store.Close()
	}
	withStore := func(check func(context.Context, *models.Store) (string, error)) func(context.Context) (string, error) {
		return func(ctx context.Context) (string, error) {
			if openErr != nil {
				return "", openErr
			}
			return check(ctx, store)
		}
	}
	checks := []struct {
		name string
		run  func(context.Context) (string, error)
	}{
		{"database", withStore(checkDatabaseHealth)},
		{"evidence", func(ctx context.Context) (string, error) { return checkEvidence(ctx, c) }},
		{"mail", func(ctx context.Context) (string, error) { return checkMailHealth(ctx, c) }},
		{"clock", withStore(checkClock)},
		{"keys", func(context.Context) (string, error) { return checkKeys(c.Keys) }},
	}
	failed := 0
	for _, check := range checks {
		limited, cancel := context.WithTimeout(ctx, checkTime)
		words, err := check.run(limited)
		cancel()
		state := "ok    "
		if err != nil {
			failed++
			state, words = "FAILED", err.Error()
		}
		p.printf("%s  %-8s  %s\n", state, check.name, strings.Join(strings.Fields(words), " "))
	}
	if failed > 0 {
		return exitCode(exitFailed)
	}
	return nil
}

func checkDatabaseHealth(ctx context.Context, store *models.Store) (string, error) {
	if err := store.CheckSchema(ctx); err != nil {
		return "", err
	}
	d, err := store.Durability(ctx)
	if err != nil {
		return "", err
	}
	if !d.Safe {
		return d.Settings + ": a power cut may lose what was acknowledged", nil
	}
	return d.Settings, nil
}

func checkEvidence(ctx context.Context, c config) (string, error) {
	store, err := openEvidence(ctx, c, models.Keys{})
	if err != nil {
		return "", err
	}
	if err := store.Check(ctx); err != nil {
		return "", err
	}
	return store.String(), nil
}

func checkMailHealth(ctx context.Context, c config) (string, error) {
	if c.Mail.Host == "" {
		return "mail is written to the log, not sent", nil
	}
	s, err := newSMTPSender(c.Mail, letters{baseURL: c.BaseURL})
	if err != nil {
		return "", err
	}
	if err := s.check(ctx); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s:%d answers (%s), sender %s", c.Mail.Host, c.Mail.Port, c.Mail.TLS, s.from.Address), nil
}

// clockTolerance is how far machine and database may be apart before deadlines are in doubt.
const clockTolerance = 5 * time.Second

// released is a day this program did not exist before: a clock that shows an earlier one is wrong.
var released = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func checkClock(ctx context.Context, store *models.Store) (string, error) {
	machine := store.MachineNow()
	if machine.Time().Before(released) {
		return "", fmt.Errorf("the machine says %s, which is past", machine)
	}
	database, err := store.DatabaseClock(ctx)
	if err != nil {
		return "", err
	}
	apart := database.Sub(machine).Abs()
	if apart > clockTolerance {
		return "", fmt.Errorf("machine and database are %s apart", apart.Round(time.Millisecond))
	}
	words := fmt.Sprintf("%s, zone %s", machine.Time().Format(time.RFC3339), store.Zone())
	if store.Sandbox() {
		now, err := store.Now(ctx)
		if err != nil {
			return "", err
		}
		words += ", sandbox clock at " + now.Time().Format(time.RFC3339)
	}
	return words, nil
}

// checkKeys makes none: a folder without keys gets them at the first start.
func checkKeys(dir string) (string, error) {
	words := dir
	for _, name := range []string{signKey, encryptKey} {
		path := filepath.Join(dir, name)
		_, err := readKey(path)
		if errors.Is(err, fs.ErrNotExist) {
			words += ", " + name + " will be made at the first start"
			continue
		}
		if err != nil {
			return "", err
		}
		info, err := os.Stat(path)
		if err != nil {
			return "", err
		}
		if info.Mode().Perm()&0o077 != 0 {
			words += fmt.Sprintf(", others may read %s (mode %04o; 0600 is enough)", name, info.Mode().Perm())
		}
	}
	ring, err := readSealKeys(dir)
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return "", err
	case ring.current.IsZero():
		words += ", a key that seals will be made at the first start"
	default:
		words += fmt.Sprintf(", seals with %s, %d retired", ring.current.Public().Fingerprint(), len(ring.retired))
	}
	return words, nil
}
