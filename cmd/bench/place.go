package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	_ "github.com/glebarez/go-sqlite" // the driver the program uses
)

// engine is a database server or the embedded one, with room for several databases.
type engine struct {
	name   string // sqlite or mariadb
	server *mariaServer
	folder string
}

func openEngine(ctx context.Context, name string) (*engine, error) {
	e := &engine{name: name}
	var err error
	switch name {
	case "sqlite":
	case "mariadb":
		if e.server, err = startMariaDB(ctx); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("database %q: want mariadb or sqlite", name)
	}
	if e.folder, err = os.MkdirTemp("", "hosho-bench-"); err != nil {
		e.close()
		return nil, err
	}
	return e, nil
}

func (e *engine) close() {
	if e.server != nil {
		e.server.stop()
	}
	if e.folder != "" {
		_ = os.RemoveAll(e.folder)
	}
}

// place is one database with raw handles of the same driver, settings and durability as the
// program's. SQLite has one writer, as it must.
type place struct {
	engine *engine
	url    string // --database
	file   string // of SQLite
	write  *sql.DB
	read   *sql.DB
}

const sqlitePragmas = "?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_pragma=trusted_schema(0)"

// open makes an empty database.
func (e *engine) open(ctx context.Context, name string) (*place, error) {
	p := &place{engine: e}
	var err error
	if e.server != nil {
		admin, aerr := e.server.open("", true)
		if aerr != nil {
			return nil, aerr
		}
		_, aerr = admin.ExecContext(ctx, "CREATE DATABASE "+name+" CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci")
		if aerr = errors.Join(aerr, admin.Close()); aerr != nil {
			return nil, aerr
		}
		p.url = e.server.url(name)
		if p.write, err = e.server.open(name, true); err != nil {
			return nil, err
		}
		p.read, err = e.server.open(name, false)
		return p, err
	}
	p.file = filepath.Join(e.folder, name+".db")
	p.url = "sqlite:" + p.file
	if p.write, err = sql.Open("sqlite", "file:"+p.file+sqlitePragmas+"&_txlock=immediate"); err != nil {
		return nil, err
	}
	p.write.SetMaxOpenConns(1)
	if p.read, err = sql.Open("sqlite", "file:"+p.file+sqlitePragmas); err != nil {
		return nil, err
	}
	p.read.SetMaxOpenConns(8)
	p.read.SetMaxIdleConns(8)
	return p, nil
}

func (p *place) close() {
	_ = p.write.Close()
	_ = p.read.Close()
}

func (p *place) sqlite() bool { return p.engine.server == nil }
