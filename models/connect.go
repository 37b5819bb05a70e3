package models

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/glebarez/sqlite"
	"github.com/go-sql-driver/mysql"
	gormmysql "gorm.io/driver/mysql"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

func (s *Store) connect(ctx context.Context) error {
	scheme, rest, _ := strings.Cut(s.config.Database, ":")
	switch scheme {
	case "sqlite":
		s.engine = sqliteEngine
		return s.connectSQLite(ctx, rest)
	case "mysql":
		s.engine = mysqlEngine
		return s.connectMySQL(ctx, s.config.Database)
	}
	return fmt.Errorf("database %q: want sqlite:PATH or mysql://USER:PASS@HOST:PORT/NAME", scheme+":…")
}

func (s *Store) gormConfig(prepare bool) *gorm.Config {
	return &gorm.Config{
		SkipDefaultTransaction: true,
		TranslateError:         true,
		PrepareStmt:            prepare,
		DisableAutomaticPing:   true,
		Logger:                 statementCounter{s.count, s.config.OnStatement},
		NowFunc:                func() time.Time { return s.MachineNow().Time() },
	}
}

// SQLite: WAL with full sync, one writer with group commit, a pool of readers. Transactions
// are begun immediate, since an upgrade from reading to writing cannot wait for a lock.
func (s *Store) connectSQLite(ctx context.Context, path string) error {
	path = strings.TrimPrefix(path, "//")
	if path == "" {
		return errors.New("database sqlite: a path is missing")
	}
	const pragmas = "?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)" +
		"&_pragma=foreign_keys(1)&_pragma=trusted_schema(0)"
	file := "file:" + (&url.URL{Path: path}).EscapedPath() + pragmas
	var err error
	if s.write, err = gorm.Open(sqlite.Open(file+"&_txlock=immediate"), s.gormConfig(true)); err != nil {
		return fmt.Errorf("open sqlite: %w", err)
	}
	if s.read, err = gorm.Open(sqlite.Open(file), s.gormConfig(true)); err != nil {
		return fmt.Errorf("open sqlite: %w", err)
	}
	w, err := s.write.DB()
	if err != nil {
		return err
	}
	w.SetMaxOpenConns(1)
	r, err := s.read.DB()
	if err != nil {
		return err
	}
	r.SetMaxOpenConns(8)
	r.SetMaxIdleConns(8)
	s.batch = &groupCommit{db: s.write}
	var version string
	if err := w.QueryRowContext(ctx, "SELECT sqlite_version()").Scan(&version); err != nil {
		return fmt.Errorf("open sqlite: %w", err)
	}
	var major, minor, patch int
	if _, err := fmt.Sscanf(version, "%d.%d.%d", &major, &minor, &patch); err != nil {
		return fmt.Errorf("read SQLite version %q: %w", version, err)
	}
	if major*1_000_000+minor*1_000+patch < 3_051_003 {
		return fmt.Errorf("SQLite %s has the WAL-reset fault; 3.51.3 or newer is needed", version)
	}
	return nil
}

// MySQL and MariaDB: writes go with interpolated parameters (one round trip each), list
// reads through a second, prepared handle, which measured faster both ways.
func (s *Store) connectMySQL(ctx context.Context, raw string) error {
	config, err := mysqlConfig(raw)
	if err != nil {
		return err
	}
	config.InterpolateParams = true
	if s.write, err = s.openMySQL(ctx, config, false); err != nil {
		return err
	}
	reading := config.Clone()
	reading.InterpolateParams = false
	s.read, err = s.openMySQL(ctx, reading, true)
	return err
}

func mysqlConfig(raw string) (*mysql.Config, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || strings.Trim(u.Path, "/") == "" {
		return nil, errors.New("database mysql: want mysql://USER:PASS@HOST:PORT/NAME")
	}
	c := mysql.NewConfig()
	c.Net, c.Addr = "tcp", u.Host
	if u.Port() == "" {
		c.Addr += ":3306"
	}
	c.User = u.User.Username()
	c.Passwd, _ = u.User.Password()
	c.DBName = strings.Trim(u.Path, "/")
	c.ParseTime, c.Loc, c.ClientFoundRows = true, time.UTC, true
	c.Timeout, c.ReadTimeout, c.WriteTimeout = 5*time.Second, 15*time.Second, 15*time.Second
	c.RejectReadOnly = true
	c.Logger = &mysql.NopLogger{} // what fails is returned
	c.Collation = "utf8mb4_bin"
	if err := c.Apply(mysql.Charset("utf8mb4", "utf8mb4_bin")); err != nil {
		return nil, err
	}
	for name, values := range u.Query() {
		switch name {
		case "tls":
			if v := values[0]; v != "true" && v != "preferred" && v != "false" {
				return nil, fmt.Errorf("database mysql: tls=%s is not safe; use true", v)
			}
			c.TLSConfig = values[0]
		case "parseTime", "clientFoundRows", "charset", "interpolateParams", "loc", "time_zone", "collation":
			// Hosho sets these itself, whatever the URL says.
		default:
			return nil, fmt.Errorf("database mysql: parameter %q is not known", name)
		}
	}
	return c, nil
}

func (s *Store) openMySQL(ctx context.Context, config *mysql.Config, prepare bool) (*gorm.DB, error) {
	inner, err := mysql.NewConnector(config)
	if err != nil {
		return nil, fmt.Errorf("open mysql: %w", err)
	}
	pool := sql.OpenDB(sessionConnector{inner})
	pool.SetMaxOpenConns(24)
	pool.SetMaxIdleConns(24)
	pool.SetConnMaxLifetime(3 * time.Minute)
	if err := pool.PingContext(ctx); err != nil {
		return nil, fmt.Errorf("open mysql: %w", err)
	}
	db, err := gorm.Open(gormmysql.New(gormmysql.Config{Conn: pool, SkipInitializeWithVersion: true}), s.gormConfig(prepare))
	if err != nil {
		return nil, fmt.Errorf("open mysql: %w", err)
	}
	return db, nil
}

// sessionConnector prepares each new connection. The isolation level has two names among
// MySQL and MariaDB as a variable but one as a statement, so it is set by statement.
type sessionConnector struct{ driver.Connector }

func (c sessionConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	exec, ok := conn.(driver.ExecerContext)
	if !ok {
		return nil, errors.New("open mysql: the driver cannot execute directly")
	}
	for _, q := range []string{
		"SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
		"SET SESSION sql_mode='STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ENGINE_SUBSTITUTION,ONLY_FULL_GROUP_BY', time_zone='+00:00', innodb_lock_wait_timeout=5",
	} {
		if _, err := exec.ExecContext(ctx, q, nil); err != nil {
			_ = conn.Close()
			return nil, fmt.Errorf("prepare connection: %w", err)
		}
	}
	return conn, nil
}

// groupCommit folds the transactions of concurrent callers into one commit of SQLite's one
// writer, a savepoint each: an fsync is shared by all who wait for it. A caller's failure
// rolls back to its own savepoint and leaves the others whole.
type groupCommit struct {
	db      *gorm.DB
	mu      sync.Mutex
	waiting []*pending
	running bool
}

type pending struct {
	run   func(*gorm.DB) error
	err   error
	panic any
	done  chan struct{}
}

// At most this many transactions share a commit, so that the first does not wait long.
const groupLimit = 64

func (g *groupCommit) do(run func(*gorm.DB) error) error {
	p := &pending{run: run, done: make(chan struct{})}
	g.mu.Lock()
	g.waiting = append(g.waiting, p)
	lead := !g.running
	g.running = true
	g.mu.Unlock()
	if lead {
		g.serve()
	}
	<-p.done
	if p.panic != nil {
		panic(p.panic)
	}
	return p.err
}

// serve commits one group, and leaves what has come meanwhile to a goroutine, so that the
// caller who led goes home with the answer.
func (g *groupCommit) serve() {
	g.mu.Lock()
	n := min(len(g.waiting), groupLimit)
	if n == 0 {
		g.running = false
		g.mu.Unlock()
		return
	}
	group := append([]*pending(nil), g.waiting[:n]...)
	g.waiting = g.waiting[n:]
	g.mu.Unlock()
	g.commit(group)
	for _, p := range group {
		close(p.done)
	}
	go g.serve()
}

func (g *groupCommit) commit(group []*pending) {
	tx := g.db.Begin()
	if tx.Error != nil {
		for _, p := range group {
			p.err = fmt.Errorf("begin: %w", tx.Error)
		}
		return
	}
	if len(group) == 1 { // nobody to be kept apart from
		p := group[0]
		p.runIn(tx)
		if p.err == nil && p.panic == nil {
			if err := tx.Commit().Error; err != nil {
				tx.Rollback()
				p.err = fmt.Errorf("commit: %w", err)
			}
			return
		}
		if err := tx.Rollback().Error; err != nil {
			p.err = errors.Join(p.err, fmt.Errorf("roll back: %w", err))
		}
		return
	}
	for _, p := range group {
		if p.err = tx.SavePoint("caller").Error; p.err != nil {
			continue
		}
		p.runIn(tx)
		if p.err != nil || p.panic != nil {
			if err := tx.RollbackTo("caller").Error; err != nil {
				p.err = errors.Join(p.err, fmt.Errorf("roll back: %w", err))
			}
		}
		if err := tx.Exec("RELEASE SAVEPOINT caller").Error; err != nil && p.err == nil {
			p.err = fmt.Errorf("release: %w", err)
		}
	}
	if err := tx.Commit().Error; err != nil {
		tx.Rollback()
		for _, p := range group {
			if p.err == nil {
				p.err = fmt.Errorf("commit: %w", err)
			}
		}
	}
}

func (p *pending) runIn(tx *gorm.DB) {
	defer func() { p.panic = recover() }()
	// A fresh session each, so that no condition of one caller reaches another.
	p.err = p.run(tx.Session(&gorm.Session{NewDB: true}))
}

// isBusy reports a deadlock, a lock wait that ran out or a busy SQLite: the transaction was
// rolled back as a whole and may run again.
func isBusy(err error) bool {
	if err == nil {
		return false
	}
	var my *mysql.MySQLError
	if errors.As(err, &my) {
		return my.Number == 1205 || my.Number == 1213 || my.Number == 1020 || my.Number == 3572
	}
	s := err.Error()
	return strings.Contains(s, "SQLITE_BUSY") || strings.Contains(s, "database is locked")
}

// Lost reports a failure to reach the database: what was asked may be asked again. Only of a
// COMMIT whose answer did not come is it not known whether it was done.
func Lost(err error) bool {
	var network net.Error
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, mysql.ErrInvalidConn) || errors.As(err, &network) && !errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// isDuplicate reports a row that breaks a unique key.
func isDuplicate(err error) bool { return errors.Is(err, gorm.ErrDuplicatedKey) }

// statementCounter is GORM's logger reduced to counting: what fails is returned, and who
// receives it logs it once.
type statementCounter struct {
	n     *atomic.Int64
	after func(n int64)
}

func (c statementCounter) LogMode(logger.LogLevel) logger.Interface { return c }

// Info, Warn and Error say nothing.
func (statementCounter) Info(context.Context, string, ...any)  {}
func (statementCounter) Warn(context.Context, string, ...any)  {}
func (statementCounter) Error(context.Context, string, ...any) {}

// Trace counts one statement.
func (c statementCounter) Trace(context.Context, time.Time, func() (string, int64), error) {
	n := c.n.Add(1)
	if c.after != nil {
		c.after(n)
	}
}
