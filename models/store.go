// Package models is the guarantee itself: orders, contacts, claims, evidence, decisions and
// what follows from them, as types, pure rules, use cases and queries over one database.
//
// It knows nothing of HTTP, pages, mail or object stores; what it needs of them it declares
// as an interface (Blobs, Sender) and cmd plugs it in. It is flat on purpose: one decision
// touches a claim, its order, a refund, events, notices and timers in one transaction, and
// the relations are the rules. The leaf packages calendar, money and seal are pure and know
// nothing of claims.
//
// A use case is one method of Store, always in this order: validate the input, then in one
// transaction load, ask whether this actor may, apply a pure rule, write conditionally, and
// record event, notices and timers.
package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"gorm.io/gorm"

	"hosho/models/calendar"
)

// Config is what a Store is opened with.
type Config struct {
	Database string           // sqlite:PATH or mysql://USER:PASS@HOST:PORT/NAME
	Zone     *time.Location   // the marketplace's; turns instants into calendar days
	Machine  func() time.Time // the machine's clock; nil is the real one
	Sandbox  bool             // rules follow a clock that can be moved
	Keys     Keys             // secrets that replicas share

	BusinessDays *calendar.BusinessDays // of the marketplace; nil is the zone's usual ones

	SimulatePayments bool         // refunds are paid by the clock; in a sandbox only
	Log              *slog.Logger // nil discards
	Blobs            Blobs        // where evidence rests; nil where none is needed
	Sender           Sender       // carries mail; nil leaves it in the outbox
	Poster           Poster       // carries webhooks; nil leaves events to those who poll

	OnStatement func(n int64) // called after the n-th statement; tests stop the process there

	Inspector Inspector // says what received files are; nil where none are taken
	Scanner   Scanner   // says whether they are safe; nil where nobody asks
}

// Store is the database with everything the use cases need. It is safe for concurrent use.
// The copy a transaction works on (see inTx) is not.
type Store struct {
	config   Config
	engine   engine
	write    *gorm.DB
	read     *gorm.DB
	batch    *groupCommit // SQLite only
	policies *policyCache
	unread   *unreadCache
	count    *atomic.Int64
	asked    *atomic.Int64 // transactions but those of sweeping copies

	sweeping bool     // this copy does background work, which gives way to people
	tx       *gorm.DB // set inside a transaction
	now      Instant  // the transaction's one reading of the clock
	told     *bool    // the transaction has sent or read messages
}

type engine string

const (
	sqliteEngine engine = "sqlite"
	mysqlEngine  engine = "mysql"
)

// Open connects to the database without changing it; call Migrate or CheckSchema before
// using it. Errors: a URL that cannot be read, a server that does not answer, a SQLite with
// the WAL-reset fault.
func Open(ctx context.Context, config Config) (*Store, error) {
	if config.Machine == nil {
		config.Machine = time.Now //nolint:forbidigo // the one place where the machine's clock comes in
	}
	if config.Zone == nil {
		config.Zone = time.UTC
	}
	if config.BusinessDays == nil {
		usual := businessDays(config.Zone)
		config.BusinessDays = &usual
	}
	if config.Log == nil {
		config.Log = slog.New(slog.DiscardHandler)
	}
	s := &Store{config: config, count: new(atomic.Int64), asked: new(atomic.Int64), policies: new(policyCache), unread: new(unreadCache)}
	if err := s.connect(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// Close ends all connections.
func (s *Store) Close() error {
	var errs []error
	for _, h := range []*gorm.DB{s.write, s.read} {
		if h == nil {
			continue
		}
		if db, err := h.DB(); err == nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	db, err := s.read.DB()
	if err != nil {
		return err
	}
	return db.PingContext(ctx)
}

// Statements counts the SQL statements sent so far; tests and the bench compare it.
func (s *Store) Statements() int64 { return s.count.Load() }

// Zone is the marketplace's time zone.
func (s *Store) Zone() *time.Location { return s.config.Zone }

// Sandbox reports whether the clock may be moved and anyone may be signed in as.
func (s *Store) Sandbox() bool { return s.config.Sandbox }

// MachineNow is the machine's clock, which sign-ins, tokens, idempotency keys, rate limits
// and links follow; everything else follows Now.
func (s *Store) MachineNow() Instant { return InstantOf(s.config.Machine()) }

// db is where reads go: the transaction when inside one, else the read handle.
func (s *Store) db(ctx context.Context) *gorm.DB {
	if s.tx != nil {
		return s.tx.WithContext(ctx)
	}
	return s.read.WithContext(ctx)
}

// exec runs one writing statement inside the transaction and returns the rows it matched.
func (s *Store) exec(ctx context.Context, query string, args ...any) (int64, error) {
	if s.tx == nil {
		return 0, errors.New("write outside a transaction")
	}
	return s.run(ctx, query, args)
}

// insert writes one row or a slice of rows inside the transaction.
func (s *Store) insert(ctx context.Context, rows any) error {
	if s.tx == nil {
		return errors.New("write outside a transaction")
	}
	return s.insertRows(ctx, rows)
}

// errAgain makes inTx run its function once more, as after a deadlock.
var errAgain = errors.New("run the transaction again")

const transactionTries = 4

// inTx runs fn in one transaction. fn gets a shallow copy of the Store bound to it, may run
// again after a deadlock or a busy database, and so must hold rows only: no mail, no blob,
// no log. Inside a transaction it joins. After the last try a busy database is Unavailable
// and nothing was done.
func (s *Store) inTx(ctx context.Context, fn func(tx *Store) error) error {
	if s.tx != nil {
		return fn(s)
	}
	if !s.sweeping {
		s.asked.Add(1)
	}
	var err error
	for try := range transactionTries {
		if try > 0 {
			wait := time.Duration(5<<try)*time.Millisecond + rand.N(10*time.Millisecond) //nolint:gosec // jitter
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(wait):
			}
		}
		err = s.transact(ctx, fn)
		if !isBusy(err) && !errors.Is(err, errAgain) {
			return err
		}
	}
	return &Error{Kind: Unavailable, Code: "unavailable", Err: fmt.Errorf("after %d tries: %w", transactionTries, err)}
}

func (s *Store) transact(ctx context.Context, fn func(tx *Store) error) error {
	told := false
	run := func(db *gorm.DB) error {
		tx := *s
		tx.tx, tx.told = db, &told
		now, err := tx.Now(ctx)
		if err != nil {
			return err
		}
		tx.now = now
		return fn(&tx)
	}
	var err error
	if s.batch != nil {
		err = s.batch.do(run)
	} else {
		err = s.write.WithContext(ctx).Transaction(run)
	}
	if told && err == nil {
		s.unread.generation.Add(1)
	}
	return err
}

// Now is the clock every rule follows: UTC with microseconds, moved by the sandbox's offset.
// Inside a transaction it is read once and stays.
func (s *Store) Now(ctx context.Context) (Instant, error) {
	if s.now != 0 {
		return s.now, nil
	}
	now := s.MachineNow()
	if !s.config.Sandbox {
		return now, nil
	}
	offset, err := s.clockOffset(ctx)
	if err != nil {
		return 0, err
	}
	return now.Add(offset), nil
}

// rawDB is the writing connection pool, for migrations and checks.
func (s *Store) rawDB() (*sql.DB, error) { return s.write.DB() }
