package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"hosho/models"
	"hosho/static"
	"hosho/storage"
	"hosho/templates"
)

// assemble plugs the parts together: keys, words, evidence, mail, the store over them and the
// handlers over that.
func (s *server) assemble(ctx context.Context, mailLog *slog.Logger) error {
	c := s.config
	keys, err := openKeys(c.Keys)
	if err != nil {
		return err
	}
	words, err := templates.Parse(templates.Options{Zone: c.Zone, Now: s.now, Asset: static.URL})
	if err != nil {
		return err
	}
	evidence, err := openEvidence(ctx, c, keys)
	if err != nil {
		return err
	}
	sender, err := newSender(c.Mail, letters{words, c.BaseURL}, c.Sandbox, mailLog)
	if err != nil {
		return err
	}
	parts := models.Config{
		Database: c.Database, Zone: c.Zone, BusinessDays: c.BusinessDays, Sandbox: c.Sandbox, Keys: keys, Log: s.log,
		Blobs: blobs{evidence}, Inspector: newInspector(), Sender: sender, Poster: newPoster(c.Sandbox, webhookTimeout), SimulatePayments: c.Sandbox && c.SandboxPays,
	}
	if c.Scanner != nil { // a nil pointer in the interface would be a scanner
		parts.Scanner = c.Scanner
	}
	s.store, err = models.Open(ctx, parts)
	if err != nil {
		return fmt.Errorf("database: %w", err)
	}
	s.close = append(s.close, func() { _ = s.store.Close() })
	if err := s.store.CheckSchema(ctx); err != nil {
		return fmt.Errorf("database: %w", err)
	}
	if c.SandboxNow != 0 {
		if err := s.store.SetSandboxStart(ctx, c.SandboxNow); err != nil {
			return fmt.Errorf("sandbox clock: %w", err)
		}
	}
	s.handler, err = s.web(ctx, words, evidence)
	return err
}

// now is the clock of the rules, which decides whether a date prints its year. It falls back
// on the machine's where the database does not answer: a page about that still has dates.
func (s *server) now() time.Time {
	machine := time.Now()
	if s.store == nil || !s.store.Sandbox() {
		return machine
	}
	s.clock.Lock()
	defer s.clock.Unlock()
	if machine.Sub(s.clock.readAt) > clockKept {
		now, err := s.store.Now(context.Background())
		if err != nil {
			return machine
		}
		s.clock.readAt, s.clock.ahead = machine, now.Time().Sub(machine)
	}
	return machine.Add(s.clock.ahead)
}

// clockKept is how long the sandbox's clock is not read again: a page asks for each of its
// dates, and the clock is not moved while it is being written.
const clockKept = 50 * time.Millisecond

// openEvidence opens the store of evidence; a folder takes uploads under the portal's own
// signed addresses.
func openEvidence(ctx context.Context, c config, keys models.Keys) (storage.Store, error) {
	store, err := storage.Open(ctx, c.Evidence, storage.Options{SigningKey: keys.Sign, BaseURL: c.BaseURL + "/uploads/put", Now: time.Now})
	if err != nil {
		return nil, fmt.Errorf("evidence: %w", err)
	}
	return store, nil
}
