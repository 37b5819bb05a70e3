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
	"hosho/storage"
)

type doctorCommand struct {
	databaseFlags
	serverFlags
	sandboxFlags
	Thorough bool `help:"Compare every checkpoint of the chains with the database, however long that takes."`
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
		{"uploads", func(ctx context.Context) (string, error) { return checkUploads(ctx, c) }},
		{"scanner", withStore(func(ctx context.Context, s *models.Store) (string, error) { return checkScanner(ctx, c, s) })},
		{"mail", func(ctx context.Context) (string, error) { return checkMailHealth(ctx, c) }},
		{"clock", withStore(checkClock)},
		{"keys", func(context.Context) (string, error) { return checkKeys(c.Keys) }},
		{"chains", func(ctx context.Context) (string, error) { return checkChains(ctx, c, cmd.Thorough) }},
	}
	failed := 0
	for _, check := range checks {
		limited, cancel := context.WithTimeout(ctx, checkTime)
		if check.name == "chains" && cmd.Thorough {
			limited = ctx
		}
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

// checkEvidence writes, reads and deletes a file, and says how a bucket keeps what is put there.
func checkEvidence(ctx context.Context, c config) (string, error) {
	store, err := openEvidence(ctx, c, models.Keys{})
	if err != nil {
		return "", err
	}
	if err := store.Check(ctx); err != nil {
		return "", err
	}
	bucket, ok := store.(*storage.S3)
	if !ok {
		return store.String(), nil
	}
	if err := bucket.CheckPrivate(ctx); err != nil {
		return "", err
	}
	b, err := bucket.Bucket(ctx)
	if err != nil {
		return "", err
	}
	words := fmt.Sprintf("%s: private; versioning %s; Object Lock %s", store, b.Versioning, b.Lock)
	if b.LockRule != "" {
		words += ", of the bucket: " + b.LockRule
	}
	if b.LockDays > 0 {
		words += fmt.Sprintf(", of lock_days: governance %d days", b.LockDays)
	}
	if b.Versioning == "enabled" {
		words += "; what is deleted stays as an old version until a lifecycle rule removes it"
	}
	return words, nil
}

// checkUploads asks as a browser does whether a page of the portal may send files to the store.
func checkUploads(ctx context.Context, c config) (string, error) {
	store, err := openEvidence(ctx, c, models.Keys{})
	if err != nil {
		return "", err
	}
	bucket, ok := store.(*storage.S3)
	if !ok {
		return "files come through the portal", nil
	}
	if c.BaseURL == "" {
		return "not asked: --base-url says from where browsers send files", nil
	}
	if err := bucket.CheckUpload(ctx, c.BaseURL); err != nil {
		return "", err
	}
	return "browsers may send files from " + c.BaseURL + " straight to the bucket", nil
}

// checkScanner asks the daemon that looks at files, and says how many wait for it. Files that
// wait while there is no scanner will wait for ever.
func checkScanner(ctx context.Context, c config, store *models.Store) (string, error) {
	waiting, err := store.UncheckedUploads(ctx)
	if err != nil {
		return "", err
	}
	if c.Scanner == nil {
		if waiting > 0 {
			return "", fmt.Errorf("%d files wait for a safety check, and there is no --scanner", waiting)
		}
		return "files are not scanned", nil
	}
	version, err := c.Scanner.Check(ctx)
	if err != nil {
		return "", fmt.Errorf("%w; %d files wait", err, waiting)
	}
	return fmt.Sprintf("%s at %s, %d files wait", version, c.Scanner, waiting), nil
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
