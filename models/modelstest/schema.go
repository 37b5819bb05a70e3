package modelstest

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/glebarez/go-sqlite" // the driver the program opens SQLite with
)

// migrationsTable is where the tool that migrates notes what it has done.
const migrationsTable = "goose_db_version"

// Schema returns the address of a database, of the engine that HOSHO_TEST_DB names, that has the program's schema and
// no rows but those that say so. Making the schema takes a second on MariaDB, so it is not made for each test: SQLite
// gets a copy of the first one's file, and MariaDB the database of a test that has passed, emptied. migrate brings an
// empty database up to date and is the same for all calls of a process. A test that changes the schema wants Database.
func Schema(tb testing.TB, migrate func(address string) error) string {
	tb.Helper()
	if os.Getenv("HOSHO_TEST_DB") != "mariadb" {
		return sqliteSchema(tb, migrate)
	}
	srv, err := server()
	if err != nil || srv.lifeline == nil {
		return Database(tb) // says what is wrong; nothing is left on a server that somebody else runs
	}
	name := srv.takeIdle()
	if name == "" {
		if name, err = srv.create(); err != nil {
			tb.Fatalf("create database: %v", err)
		}
		if err := migrate(srv.address(name)); err != nil {
			tb.Fatalf("make the schema: %v", err)
		}
		if err := srv.empty(name); err != nil {
			tb.Fatalf("empty the database: %v", err)
		}
	}
	tb.Cleanup(func() {
		if !tb.Failed() && srv.empty(name) == nil {
			srv.idle.put(name)
			return
		}
		if err := srv.exec("DROP DATABASE " + name); err != nil {
			tb.Errorf("drop database: %v", err)
		}
	})
	return srv.address(name)
}

// databases are those that wait for another test.
type databases struct {
	mu    sync.Mutex
	names []string
}

func (d *databases) put(name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.names = append(d.names, name)
}

func (s *mariaServer) takeIdle() string {
	s.idle.mu.Lock()
	defer s.idle.mu.Unlock()
	last := len(s.idle.names) - 1
	if last < 0 {
		return ""
	}
	name := s.idle.names[last]
	s.idle.names = s.idle.names[:last]
	return name
}

// empty deletes every row of a database.
func (s *mariaServer) empty(name string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	rows, err := s.admin.QueryContext(ctx, "SELECT table_name FROM information_schema.tables WHERE table_schema = ? AND table_name <> ?", name, migrationsTable)
	if err != nil {
		return err
	}
	tables, err := names(rows)
	if err != nil {
		return err
	}
	for _, t := range tables {
		if _, err := s.admin.ExecContext(ctx, "DELETE FROM "+name+"."+t); err != nil {
			return fmt.Errorf("empty %s: %w", t, err)
		}
	}
	return nil
}

// names reads rows of one text each, and closes them.
func names(rows *sql.Rows) (list []string, err error) {
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		list = append(list, name)
	}
	return list, rows.Err()
}

// firstFile is the file of a database with the schema, once one was made.
var firstFile struct {
	sync.Mutex
	content []byte
}

func sqliteSchema(tb testing.TB, migrate func(address string) error) string {
	tb.Helper()
	firstFile.Lock()
	defer firstFile.Unlock()
	address := Database(tb)
	path := strings.TrimPrefix(address, "sqlite:")
	if firstFile.content == nil {
		first := filepath.Join(tb.TempDir(), "first.db")
		if err := migrate("sqlite:" + first); err != nil {
			tb.Fatalf("make the schema: %v", err)
		}
		if err := emptyFile(first); err != nil {
			tb.Fatalf("empty the database: %v", err)
		}
		content, err := os.ReadFile(first)
		if err != nil {
			tb.Fatalf("read the database: %v", err)
		}
		firstFile.content = content
	}
	if err := os.WriteFile(path, firstFile.content, 0o600); err != nil {
		tb.Fatalf("copy the database: %v", err)
	}
	return address
}

// emptyFile deletes every row of a database that nothing else has open.
func emptyFile(path string) (err error) {
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Opaque: path}).String())
	if err != nil {
		return err
	}
	defer func() {
		if closed := db.Close(); err == nil {
			err = closed
		}
	}()
	rows, err := db.Query("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> ?", migrationsTable) //nolint:noctx // a file of our own
	if err != nil {
		return err
	}
	tables, err := names(rows)
	if err != nil {
		return err
	}
	for _, t := range tables {
		if _, err := db.Exec("DELETE FROM " + t); err != nil { //nolint:noctx // the same
			return fmt.Errorf("empty %s: %w", t, err)
		}
	}
	_, err = db.Exec("PRAGMA wal_checkpoint(TRUNCATE)") //nolint:noctx // the same
	return err
}
