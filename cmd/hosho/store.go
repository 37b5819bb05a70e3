package main

import (
	"context"
	"fmt"
	"log/slog"

	"hosho/models"
)

// openStore opens the database for a command that has no need of mail or evidence, and
// refuses a schema that is not this program's.
func (p program) openStore(ctx context.Context, c config) (*models.Store, error) {
	store, err := models.Open(ctx, models.Config{Database: c.Database, Zone: c.Zone, Sandbox: c.Sandbox, Log: p.logger()})
	if err != nil {
		return nil, err
	}
	if err := store.CheckSchema(ctx); err != nil {
		_ = store.Close()
		return nil, fmt.Errorf("database: %w", err)
	}
	return store, nil
}

// logger writes JSON lines to stderr.
func (p program) logger() *slog.Logger { return p.loggerFrom(slog.LevelInfo) }

func (p program) loggerFrom(level slog.Leveler) *slog.Logger {
	return slog.New(slog.NewJSONHandler(p.stderr, &slog.HandlerOptions{Level: level}))
}
