package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strconv"

	"hosho/models"
)

// limits are what -counters holds the program against: exact figures that do not depend on
// the machine. A change that exceeds one has to make its case here.
var limits = []limit{
	{"filing", "statements", 10, 8},
	{"filing", "commits", 1, 1},
	{"answer", "statements", 10, 8},
	{"answer", "commits", 1, 1},
	{"decision", "statements", 17, 12}, // its rows in the seller's statement are written with it, and what it adds to the seller's numbers
	{"decision", "commits", 1, 1},
	{"case page", "statements", 8, 6}, // with its threads and earlier cases; the count of unread notices is kept
	{"queue page", "statements", 3, 3},
	{"queue page", "rows examined", 60, 55}, // MariaDB only; SQLite does not say
	{"queue page", "bytes compressed", 25_000, 6_000},
	{"queue page", "allocations ÷ raw", 3, 1.3},
}

// limit is the most a figure may be, and what it should come to.
type limit struct {
	work, figure string
	must, aim    float64
}

type figure struct {
	work, name string
	value      float64
}

// runCounters counts on SQLite and, where it is installed, on MariaDB.
func runCounters(ctx context.Context) error {
	exceeded := 0
	fmt.Printf("| %-8s | %-10s | %-18s | %10s | %6s | %6s |\n", "engine", "work", "figure", "value", "must", "aim")
	for _, name := range []string{"sqlite", "mariadb"} {
		figures, err := countOn(ctx, name)
		if errors.Is(err, errNoServer) {
			fmt.Println(err.Error() + ": counted on SQLite only")
			continue
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		for _, f := range figures {
			must, aim := "", ""
			verdict := ""
			for _, l := range limits {
				if l.work != f.work || l.figure != f.name {
					continue
				}
				must, aim = strconv.FormatFloat(l.must, 'g', -1, 64), strconv.FormatFloat(l.aim, 'g', -1, 64)
				if f.value > l.must {
					verdict = " EXCEEDED"
					exceeded++
				}
			}
			fmt.Printf("| %-8s | %-10s | %-18s | %10.4g | %6s | %6s |%s\n", name, f.work, f.name, f.value, must, aim, verdict)
		}
	}
	if exceeded > 0 {
		return fmt.Errorf("%d limits are exceeded", exceeded)
	}
	return nil
}

// counter reads how much a database has done.
type counter struct {
	b     *bench
	store *models.Store
	web   *web
}

func countOn(ctx context.Context, name string) ([]figure, error) {
	e, err := openEngine(ctx, name)
	if err != nil {
		return nil, err
	}
	defer e.close()
	b := &bench{stock: stockOf(20_000, 1_000)}
	if b.place, err = e.open(ctx, "counted"); err != nil {
		return nil, err
	}
	defer b.place.close()
	if _, err := b.place.load(ctx, b.stock); err != nil {
		return nil, err
	}
	if err := b.place.keysOf(ctx); err != nil {
		return nil, err
	}
	store, err := models.Open(ctx, models.Config{Database: b.place.url})
	if err != nil {
		return nil, err
	}
	defer store.Close()
	if _, err := store.RecountSellers(ctx, models.Operator); err != nil { // the orders were loaded past the program
		return nil, err
	}
	w, err := openWeb(ctx, store)
	if err != nil {
		return nil, err
	}
	defer w.close()
	b.raw = newRaw(b.place)
	c := counter{b, store, w}
	return c.all(ctx)
}

func (c counter) all(ctx context.Context) ([]figure, error) {
	counts := true
	decide := &models.DecideInput{
		Outcome: "granted", BorneBy: "seller", CountsAgainstSeller: &counts, ReasonCode: "not_delivered", Rule: "4-2", Facts: "配送の記録がない", Explanation: "記録を確認しました。",
	}
	var figures []figure
	for _, w := range []struct {
		name  string
		from  int
		write bool
		do    func(n int) error
	}{
		{"filing", c.b.stock.pool.from, true, func(n int) error { return c.web.file(ctx, n) }},
		{"answer", c.b.stock.open.from, true, func(n int) error { return c.web.answer(ctx, n) }},
		{"decision", 500, true, func(n int) error {
			return c.web.post(ctx, "/api/v1/claims/"+numberOf(n)+"/actions/decide", tokenOf('a', 1), decide, http.StatusOK)
		}},
		{"case page", 0, false, func(n int) error { return c.web.casePage(ctx, n) }},
		{"queue page", 0, false, func(int) error { _, _, err := c.web.queue(ctx, ""); return err }},
	} {
		more, err := c.count(ctx, w.name, w.from, w.write, w.do)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", w.name, err)
		}
		figures = append(figures, more...)
	}
	size, compressed, err := c.web.queueSize(ctx)
	if err != nil {
		return nil, err
	}
	allocations, err := c.allocations(ctx)
	if err != nil {
		return nil, err
	}
	return append(figures, figure{"queue page", "bytes", float64(size)}, figure{"queue page", "bytes compressed", float64(compressed)}, figure{"queue page", "allocations ÷ raw", allocations}), nil
}

// count does a work some times, the first of them unseen, since caches are filled then.
func (c counter) count(ctx context.Context, name string, from int, write bool, do func(n int) error) ([]figure, error) {
	const times = 10
	for i := range 3 {
		if err := do(from + i); err != nil {
			return nil, err
		}
	}
	if c.b.place.sqlite() && write {
		// From an empty log on, each commit is a mark in it.
		if _, err := c.b.place.write.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
			return nil, err
		}
	}
	statements, before, err := c.store.Statements(), map[string]float64(nil), error(nil)
	if !c.b.place.sqlite() {
		if before, err = c.status(ctx); err != nil {
			return nil, err
		}
	}
	for i := range times {
		if err := do(from + 3 + i); err != nil {
			return nil, err
		}
	}
	per := func(n float64) float64 { return n / times }
	figures := []figure{{name, "statements", per(float64(c.store.Statements() - statements))}}
	if c.b.place.sqlite() {
		if write {
			commits, err := walCommits(c.b.place.file + "-wal")
			if err != nil {
				return nil, err
			}
			figures = append(figures, figure{name, "commits", per(float64(commits))})
		}
		return figures, nil
	}
	after, err := c.status(ctx)
	if err != nil {
		return nil, err
	}
	again, err := c.status(ctx) // what asking costs
	if err != nil {
		return nil, err
	}
	delta := func(names ...string) (n float64) {
		for _, s := range names {
			n += after[s] - before[s] - (again[s] - after[s])
		}
		return per(n)
	}
	if write {
		figures = append(figures, figure{name, "commits", delta("Com_commit")})
	}
	return append(figures, figure{name, "rows examined", delta("Handler_read_first", "Handler_read_key", "Handler_read_last", "Handler_read_next", "Handler_read_prev", "Handler_read_rnd", "Handler_read_rnd_next")}), nil
}

// status is what MariaDB has counted so far; nobody else uses it.
func (c counter) status(ctx context.Context) (map[string]float64, error) {
	rows, err := c.b.place.write.QueryContext(ctx, "SHOW GLOBAL STATUS WHERE Variable_name LIKE 'Handler_read%' OR Variable_name LIKE 'Com_commit'")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := map[string]float64{}
	for rows.Next() {
		var name string
		var value float64
		if err := rows.Scan(&name, &value); err != nil {
			return nil, err
		}
		all[name] = value
	}
	return all, rows.Err()
}

// walCommits counts the commits in SQLite's write-ahead log: frames that say how large the
// database is after them. With full durability each is one wait for the disk.
func walCommits(path string) (int, error) {
	log, err := os.ReadFile(path) //nolint:gosec // of our own database
	if err != nil {
		return 0, err
	}
	const head, frameHead = 32, 24
	if len(log) < head {
		return 0, errors.New("the write-ahead log is empty")
	}
	page := int(binary.BigEndian.Uint32(log[8:]))
	salt := string(log[16:24])
	commits := 0
	for at := head; at+frameHead+page <= len(log); at += frameHead + page {
		if string(log[at+8:at+16]) != salt {
			return 0, errors.New("the write-ahead log began anew while commits were counted")
		}
		if binary.BigEndian.Uint32(log[at+4:]) > 0 {
			commits++
		}
	}
	return commits, nil
}

// allocations of a page of the queue, without network, over those of the raw query.
func (c counter) allocations(ctx context.Context) (float64, error) {
	page, err := mallocs(func() error {
		req := httptest.NewRequestWithContext(ctx, http.MethodGet, c.web.base+"/ja/staff/queue?v=due", nil)
		req.Header.Set("Cookie", "lang=ja; hosho="+secretOf('a', 1))
		answer := httptest.NewRecorder()
		c.web.server.Handler.ServeHTTP(answer, req)
		if answer.Code != http.StatusOK {
			return fmt.Errorf("queue page: %d", answer.Code)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	least, err := mallocs(func() error {
		_, _, err := c.b.raw.queue(ctx, -1<<62, "")
		return err
	})
	return page / least, err
}

func mallocs(do func() error) (float64, error) {
	const times = 50
	for range 5 {
		if err := do(); err != nil {
			return 0, err
		}
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range times {
		if err := do(); err != nil {
			return 0, err
		}
	}
	runtime.ReadMemStats(&after)
	return float64(after.Mallocs-before.Mallocs) / times, nil
}
