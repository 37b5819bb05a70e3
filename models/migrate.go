package models

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*/*.sql
var migrations embed.FS

// Migration is one numbered change of the schema.
type Migration struct {
	Number  int64
	Name    string
	Applied bool
}

func (s *Store) goose() (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations/"+string(s.engine))
	if err != nil {
		return nil, err
	}
	db, err := s.rawDB()
	if err != nil {
		return nil, err
	}
	if s.engine == sqliteEngine {
		return goose.NewProvider(database.DialectSQLite3, db, files)
	}
	locker, err := lock.NewMySQLTableLocker()
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(database.DialectMySQL, db, files, goose.WithLocker(locker))
}

// Migrate brings the schema up to this program's. Several replicas may call it at once: one
// works, the others wait. It also seeds the first policy version.
func (s *Store) Migrate(ctx context.Context) error {
	p, err := s.goose()
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	unlock, err := s.lockFile()
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	defer unlock()
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if err := s.seedPolicy(ctx); err != nil {
		return err
	}
	return s.countSellersOnce(ctx)
}

// countSellersOnce counts the orders there were before sellers' numbers were kept.
func (s *Store) countSellersOnce(ctx context.Context) error {
	done, err := find[struct{ Value string }](ctx, s, "SELECT value FROM settings WHERE name = 'sellers_counted'")
	if err != nil || len(done) > 0 {
		return err
	}
	if _, err := s.RecountSellers(ctx, Operator); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return s.inTx(ctx, func(tx *Store) error {
		_, err := tx.exec(ctx, "INSERT INTO settings (name, value) VALUES ('sellers_counted', '1')")
		if isDuplicate(err) {
			return nil // by another replica
		}
		return err
	})
}

// Migrations lists the schema's changes and which of them the database has.
func (s *Store) Migrations(ctx context.Context) ([]Migration, error) {
	p, err := s.goose()
	if err != nil {
		return nil, err
	}
	status, err := p.Status(ctx)
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	list := make([]Migration, 0, len(status))
	for _, m := range status {
		list = append(list, Migration{m.Source.Version, strings.TrimSuffix(filepath.Base(m.Source.Path), ".sql"), m.State == goose.StateApplied})
	}
	return list, nil
}

// CheckSchema refuses a database whose schema is not exactly this program's: older needs
// `hosho migrate up`, newer a newer hosho.
func (s *Store) CheckSchema(ctx context.Context) error {
	p, err := s.goose()
	if err != nil {
		return err
	}
	current, target, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read schema version: %w", err)
	}
	switch {
	case current < target:
		return fmt.Errorf("the schema is at %d, this program needs %d: run `hosho migrate up`", current, target)
	case current > target:
		return fmt.Errorf("the schema is at %d, newer than this program's %d: use a newer hosho", current, target)
	}
	return nil
}

// lockFile keeps two processes from migrating one SQLite file at once; MySQL has goose's
// own lock table.
func (s *Store) lockFile() (unlock func(), err error) {
	if s.engine != sqliteEngine {
		return func() {}, nil
	}
	path := strings.TrimPrefix(strings.TrimPrefix(s.config.Database, "sqlite:"), "//") + ".migrating"
	for range 600 {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // beside the database the operator named
		if err == nil {
			_ = f.Close()
			return func() { _ = os.Remove(path) }, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
		if info, err := os.Stat(path); err == nil && s.config.Machine().Sub(info.ModTime()) > time.Minute {
			_ = os.Remove(path) // left by a process that was killed
			continue
		}
		time.Sleep(50 * time.Millisecond)
	}
	return nil, fmt.Errorf("another process is migrating (%s)", path)
}
