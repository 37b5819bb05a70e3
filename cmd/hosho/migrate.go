package main

import (
	"context"
	"fmt"

	"hosho/models"
)

type migrateCommand struct {
	Up     migrateUpCommand     `cmd:"" help:"Apply every change the database does not have yet. Any number of replicas may run it at once."`
	Status migrateStatusCommand `cmd:"" help:"List the changes and whether the database has them."`
}

type migrateUpCommand struct{ databaseFlags }

func (cmd migrateUpCommand) Run(ctx context.Context, p program) error {
	store, err := p.openBare(ctx, cmd.databaseFlags)
	if err != nil {
		return err
	}
	defer store.Close()
	before, err := store.Migrations(ctx)
	if err != nil {
		return err
	}
	if err := store.Migrate(ctx); err != nil {
		return err
	}
	count := 0
	for _, m := range before {
		if !m.Applied {
			count++
			p.printf("applied %04d %s\n", m.Number, m.Name)
		}
	}
	p.printf("%d of %d changes were applied now; the schema is this program's.\n", count, len(before))
	return nil
}

type migrateStatusCommand struct{ databaseFlags }

func (cmd migrateStatusCommand) Run(ctx context.Context, p program) error {
	store, err := p.openBare(ctx, cmd.databaseFlags)
	if err != nil {
		return err
	}
	defer store.Close()
	list, err := store.Migrations(ctx)
	if err != nil {
		return err
	}
	for _, m := range list {
		state := "pending"
		if m.Applied {
			state = "applied"
		}
		p.printf("%s %04d %s\n", state, m.Number, m.Name)
	}
	if err := store.CheckSchema(ctx); err != nil {
		p.printf("%s\n", err)
	}
	return nil
}

// openBare opens the database whatever its schema.
func (p program) openBare(ctx context.Context, f databaseFlags) (*models.Store, error) {
	var c config
	wrong := p.wrong
	f.check(&c, &wrong, defaultZone)
	if err := wrong.err(); err != nil {
		return nil, err
	}
	store, err := models.Open(ctx, models.Config{Database: c.Database, Zone: c.Zone, Log: p.logger()})
	if err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	return store, nil
}
