package main

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"strings"
	"time"

	"hosho/models"
)

// The claims of a loaded database by what they are for. They stand in this order, by n from
// 0: half of all in one queue, as a bad month would have it.
//
//	staff    50 %  under review, staff's turn; a fifth is taken by somebody
//	open     12 %  the seller's turn, with order and line: answered by measure 6
//	due      26 %  filed ahead, waiting to open: fired by measure 7
//	closed   rest  granted
type stock struct {
	rows  int
	staff span
	open  span
	due   span
	done  span // closed
	pool  span // orders that can be claimed, beside the claims
	cases int  // of staff's claims, the first so many have 10 events and 3 files
}

// span is a range of rows, the last not included.
type span struct{ from, to int }

func (s span) size() int { return s.to - s.from }

func stockOf(rows, pool int) stock {
	half := rows / 2
	open := half + rows*12/100
	due := open + rows*26/100
	return stock{rows: rows, staff: span{0, half}, open: span{half, open}, due: span{open, due}, done: span{due, rows}, pool: span{rows, rows + pool}, cases: min(1000, half)}
}

const (
	buyerCount  = 20_000
	sellerCount = 1_000
	agentCount  = 50
)

// idOf is the id of the n-th row of a kind; ids are time-ordered, as the program's are.
func idOf(kind byte, n int) string {
	return fmt.Sprintf("019a0000-0000-7000-8%c00-%012d", kind, n)
}

func buyerID(n int) string { return fmt.Sprintf("mp-b-%06d", n%buyerCount) }

// One order in ten is of one big seller.
func sellerOf(n int) int {
	if n%10 == 3 {
		return 0
	}
	return n % sellerCount
}
func sellerID(n int) string    { return fmt.Sprintf("mp-s-%06d", sellerOf(n)) }
func orderNumber(n int) string { return fmt.Sprintf("503-%07d-%07d", n/1000, n) }

// loader fills tables by INSERT ... SELECT over a table of numbers: the rows never leave the
// server, which is the fastest way on either engine.
type loader struct {
	p   *place
	db  *sql.Conn
	now int64
}

func (l *loader) exec(ctx context.Context, query string) error {
	if _, err := l.db.ExecContext(ctx, query); err != nil {
		if len(query) > 300 {
			query = query[:300] + "…"
		}
		return fmt.Errorf("%w in %s", err, query)
	}
	return nil
}

// join is the concatenation of SQL expressions.
func (l *loader) join(parts ...string) string {
	if l.p.sqlite() {
		return "(" + strings.Join(parts, " || ") + ")"
	}
	return "CONCAT(" + strings.Join(parts, ", ") + ")"
}

// padded is a number as so many digits.
func (l *loader) padded(n string, digits int) string {
	if l.p.sqlite() {
		return fmt.Sprintf("printf('%%0%dd', %s)", digits, n)
	}
	return fmt.Sprintf("LPAD(%s, %d, '0')", n, digits)
}

func (l *loader) id(kind byte, n string) string {
	return l.join(fmt.Sprintf("'019a0000-0000-7000-8%c00-'", kind), l.padded(n, 12))
}

func (l *loader) buyer() string {
	return l.join("'mp-b-'", l.padded(fmt.Sprintf("n %% %d", buyerCount), 6))
}

func (l *loader) seller(n string) string {
	return l.join("'mp-s-'", l.padded(fmt.Sprintf("CASE WHEN (%s) %% 10 = 3 THEN 0 ELSE (%s) %% %d END", n, n, sellerCount), 6))
}

func (l *loader) orderNumber(n string) string {
	return l.join("'503-'", l.padded(l.div(n, 1000), 7), "'-'", l.padded(n, 7))
}

// claimNumber is the public number of the n-th claim with its check character; numberOf is
// the same in Go.
func (l *loader) claimNumber(n string) string {
	sum := "67"
	for i, by := 0, 1_000_000; i < 7; i, by = i+1, by/10 {
		sum += fmt.Sprintf(" + %d * (%s %% 10)", 2*i+1, l.div(n, by))
	}
	return l.join("'C-'", "SUBSTR("+l.padded(n, 7)+", 1, 4)", "'-'", "SUBSTR("+l.padded(n, 7)+", 5, 3)", "SUBSTR('"+numberAlphabet+"', ("+sum+") % 32 + 1, 1)")
}

const numberAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

func numberOf(n int) string {
	digits, sum := fmt.Sprintf("%07d", n), int('C')
	for i, d := range digits {
		sum += (2*i + 1) * int(d-'0')
	}
	return "C-" + digits[:4] + "-" + digits[4:] + numberAlphabet[sum%32:sum%32+1]
}

func (l *loader) div(n string, by int) string {
	if l.p.sqlite() {
		return fmt.Sprintf("((%s) / %d)", n, by)
	}
	return fmt.Sprintf("((%s) DIV %d)", n, by)
}

// column is a column and the expression over n that fills it.
type column struct{ name, value string }

// fill inserts the rows of a span in pieces, each a transaction, so that no undo log grows large.
func (l *loader) fill(ctx context.Context, table string, s span, columns []column) error {
	names, values := make([]string, len(columns)), make([]string, len(columns))
	for i, c := range columns {
		names[i], values[i] = c.name, c.value
	}
	const piece = 50_000
	for from := s.from; from < s.to; from += piece {
		query := fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM bench_numbers WHERE n >= %d AND n < %d ORDER BY n",
			table, strings.Join(names, ", "), strings.Join(values, ", "), from, min(s.to, from+piece))
		if err := l.exec(ctx, query); err != nil {
			return err
		}
	}
	return nil
}

// load migrates a database and fills it. The keys of the large tables are taken away while
// they grow and built afterwards, and nothing waits for the disk until the end.
func (p *place) load(ctx context.Context, s stock) (took time.Duration, err error) {
	start := time.Now()
	store, err := models.Open(ctx, models.Config{Database: p.url})
	if err != nil {
		return 0, err
	}
	if err := store.Migrate(ctx); err != nil {
		_ = store.Close()
		return 0, err
	}
	if err := store.Close(); err != nil {
		return 0, err
	}
	conn, err := p.write.Conn(ctx)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	l := &loader{p: p, db: conn, now: time.Now().UnixMicro()}
	if err := l.hurry(ctx, true); err != nil {
		return 0, err
	}
	if err := l.fillAll(ctx, s); err != nil {
		return 0, err
	}
	return time.Since(start), l.hurry(ctx, false)
}

func (l *loader) hurry(ctx context.Context, on bool) error {
	var settings []string
	switch {
	case l.p.sqlite() && on:
		settings = []string{"PRAGMA synchronous = OFF", "PRAGMA cache_size = -400000", "PRAGMA temp_store = MEMORY"}
	case l.p.sqlite():
		settings = []string{"ANALYZE", "PRAGMA wal_checkpoint(TRUNCATE)", "PRAGMA synchronous = FULL", "PRAGMA cache_size = -2000", "PRAGMA temp_store = DEFAULT"}
	case on:
		settings = []string{"SET GLOBAL innodb_flush_log_at_trx_commit = 0", "SET SESSION unique_checks = 0", "SET SESSION foreign_key_checks = 0", "SET SESSION sort_buffer_size = 8388608"}
	default:
		settings = []string{"ANALYZE TABLE claims, order_lines, orders, timers, notices, claim_events, claim_lines", "SET GLOBAL innodb_flush_log_at_trx_commit = 1"}
	}
	for _, q := range settings {
		if err := l.exec(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

func (l *loader) fillAll(ctx context.Context, s stock) error {
	steps := []func(context.Context, stock) error{l.numbers, l.people, l.claims, l.orders, l.casesOf, l.timers, l.refunds}
	for _, step := range steps {
		if err := step(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

func (l *loader) numbers(ctx context.Context, s stock) error {
	if err := l.exec(ctx, "CREATE TABLE bench_numbers (n BIGINT NOT NULL PRIMARY KEY)"); err != nil {
		return err
	}
	const ten = "(SELECT 0 AS i UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)"
	if err := l.exec(ctx, "INSERT INTO bench_numbers (n) SELECT a.i + 10 * b.i + 100 * c.i + 1000 * d.i FROM "+ten+" a, "+ten+" b, "+ten+" c, "+ten+" d"); err != nil {
		return err
	}
	for have := 10_000; have < max(s.pool.to, buyerCount); have *= 2 {
		if err := l.exec(ctx, fmt.Sprintf("INSERT INTO bench_numbers (n) SELECT n + %d FROM bench_numbers ORDER BY n", have)); err != nil {
			return err
		}
	}
	return nil
}

var (
	mysqlKey   = regexp.MustCompile(`(?m)^\s*((?:UNIQUE )?KEY \w+ \([^)]*\)),?$`)
	mysqlNamed = regexp.MustCompile(`KEY (\w+) `)
)

// dropKeys takes the secondary keys of a table away; restore builds them again as they were.
func (l *loader) dropKeys(ctx context.Context, table string) (restore func() error, err error) {
	var dropped, create []string
	if l.p.sqlite() {
		rows, err := l.db.QueryContext(ctx, "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL", table)
		if err != nil {
			return nil, err
		}
		defer rows.Close()
		for rows.Next() {
			var name, text string
			if err := rows.Scan(&name, &text); err != nil {
				return nil, err
			}
			dropped, create = append(dropped, "DROP INDEX "+name), append(create, text)
		}
		if err := rows.Err(); err != nil {
			return nil, err
		}
		_ = rows.Close()
	} else {
		var name, text string
		if err := l.db.QueryRowContext(ctx, "SHOW CREATE TABLE "+table).Scan(&name, &text); err != nil {
			return nil, err
		}
		var drops, adds []string
		for _, m := range mysqlKey.FindAllStringSubmatch(strings.ReplaceAll(text, "`", ""), -1) {
			drops = append(drops, "DROP KEY "+mysqlNamed.FindStringSubmatch(m[1])[1])
			adds = append(adds, "ADD "+m[1])
		}
		if len(drops) > 0 {
			dropped = []string{"ALTER TABLE " + table + " " + strings.Join(drops, ", ")}
			create = []string{"ALTER TABLE " + table + " " + strings.Join(adds, ", ")}
		}
	}
	for _, q := range dropped {
		if err := l.exec(ctx, q); err != nil {
			return nil, err
		}
	}
	return func() error {
		for _, q := range create {
			if err := l.exec(ctx, q); err != nil {
				return err
			}
		}
		return nil
	}, nil
}
