// Command bench measures the program against what the machine and the database can do at
// all: each piece of work is held against the same work done by database/sql alone, on the
// same schema, driver and durability.
//
//	go run ./cmd/bench -db mariadb|sqlite [-rows 1000000] [-only 1,4] [-quick] [-json FILE]
//	go run ./cmd/bench -counters
//
// MariaDB is started on a private folder with its durability on. The measures carry the
// numbers of the scoreboard: 1 and 2 filing a claim, 3 and 4 the staff's queue, 5 a case, 6 a
// seller's answer, 7 timers, 8 sellers' numbers (with -only 8 -orders N), 9 files sent, 10 pictures, 11 start and memory, 12 exact counts, 13 a refund, 14 legs reconciled. The counts do not shake, and
// -counters holds them against limits, on both engines, and exits 1 when one is exceeded.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"time"

	"hosho/cmd/heap"
	"hosho/models"
)

// result is a line of the table.
type result struct {
	Number string  `json:"number"`
	Layer  string  `json:"layer"`
	What   string  `json:"what"`
	Value  float64 `json:"value"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
	Must   float64 `json:"must"`
	Aim    float64 `json:"aim"`
	Less   bool    `json:"less_is_better"`
	Unit   string  `json:"unit,omitempty"`
	Detail string  `json:"detail"`
}

func (r result) verdict() string {
	reaches := func(limit float64) bool { return r.Less && r.Value <= limit || !r.Less && r.Value >= limit }
	switch {
	case reaches(r.Aim):
		return "aim"
	case reaches(r.Must):
		return "must"
	}
	return "SHORT"
}

func (r result) print() {
	fmt.Printf("| %2s | %-8s | %-76s | %8.3g %s (%.3g–%.3g) | %g | %g | %-5s | %s |\n", r.Number, r.Layer, r.What, r.Value, r.Unit, r.Low, r.High, r.Must, r.Aim, r.verdict(), r.Detail)
}

// openProgram opens the program's store on a database, once.
type openProgram func(context.Context, *place) (*models.Store, error)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop has run
	}
}

func run(ctx context.Context) error {
	db := flag.String("db", "mariadb", "mariadb or sqlite")
	rows := flag.Int("rows", 1_000_000, "claims to load")
	layer := flag.String("layer", "http", "http, or usecase to leave the server out")
	only := flag.String("only", "", "numbers of measures, separated by commas")
	quick := flag.Bool("quick", false, "one short round each")
	file := flag.String("json", "", "write the results there")
	orders := flag.Int("orders", 1_000_000, "orders to load for measure 8, which runs only when named")
	profile := flag.String("cpuprofile", "", "write a CPU profile of the measures there")
	counters := flag.Bool("counters", false, "exact counts on both engines against their limits")
	flag.Parse()
	heap.Ease() // as the program does; the raw work gains by it too
	if *counters {
		return runCounters(ctx)
	}
	if *profile != "" {
		f, err := os.Create(*profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	results, err := runMeasures(ctx, *db, *layer, *rows, *orders, *quick, strings.FieldsFunc(*only, func(r rune) bool { return r == ',' }))
	if *file != "" && len(results) > 0 {
		body, merr := json.MarshalIndent(map[string]any{"at": time.Now().UTC(), "db": *db, "rows": *rows, "quick": *quick, "layer": *layer, "cpus": runtime.NumCPU(), "results": results}, "", "  ")
		err = errors.Join(err, merr, os.WriteFile(*file, append(body, '\n'), 0o644)) //nolint:gosec // a report
	}
	return err
}

func runMeasures(ctx context.Context, db, layer string, rows, orders int, quick bool, only []string) ([]result, error) {
	began := time.Now()
	wanted := func(numbers ...string) bool {
		return len(only) == 0 || slices.ContainsFunc(numbers, func(n string) bool { return slices.Contains(only, n) })
	}
	e, err := openEngine(ctx, db)
	if errors.Is(err, errNoServer) {
		fmt.Println(err.Error() + ": SQLite only")
		db = "sqlite"
		e, err = openEngine(ctx, db)
	}
	if err != nil {
		return nil, err
	}
	defer e.close()
	b := &bench{pace: fullPace, layer: layer}
	if quick {
		b.pace = quickPace
	}
	if e.server != nil {
		b.pace.server = e.server.command.Process.Pid
	}
	fmt.Printf("%s, %d claims, %d processors, idle %.0f%%; windows of %v after %v, %d rounds of a b b a\n", db, rows, runtime.NumCPU(), 100*idleShare(), b.pace.length, b.pace.warm, b.pace.rounds)
	pool := 180_000
	if quick {
		pool = 40_000
	}
	b.stock = stockOf(rows, pool)
	if wanted("1", "2", "3", "4", "5", "6", "7", "13", "14") {
		closing, err := b.prepare(ctx, e, pool)
		defer closing()
		if err != nil {
			return nil, err
		}
	}
	filing := "1"
	if db == "sqlite" {
		filing = "2"
	}
	for _, m := range []struct {
		number string
		run    func(context.Context) error
	}{{"3", b.queueDepth}, {"4", b.queueRates}, {"5", b.cases}, {filing, b.filing}, {"6", b.answering}, {"7", b.sweep}, {"13", b.refunding}, {"14", b.reconciling}, {"9", func(ctx context.Context) error { return b.uploads(ctx, e) }}, {"10", b.pictures}, {"11", func(ctx context.Context) error { return b.start(ctx, e) }}, {"8", func(ctx context.Context) error { return b.health(ctx, e, orders) }}} {
		if !wanted(m.number) || m.number == "8" && len(only) == 0 {
			continue
		}
		if err := m.run(ctx); err != nil {
			return b.results, fmt.Errorf("measure %s: %w", m.number, err)
		}
	}
	fmt.Printf("took %v\n", time.Since(began).Round(time.Second))
	return b.results, nil
}

// prepare loads both databases and opens the program on them.
func (b *bench) prepare(ctx context.Context, e *engine, pool int) (closing func(), err error) {
	var closers []func()
	closing = func() {
		for i := len(closers) - 1; i >= 0; i-- {
			closers[i]()
		}
	}
	if b.place, err = e.open(ctx, "large"); err != nil {
		return closing, err
	}
	closers = append(closers, b.place.close)
	took, err := b.place.load(ctx, b.stock)
	if err != nil {
		return closing, fmt.Errorf("load: %w", err)
	}
	fmt.Printf("loaded %d claims and %d orders that can be claimed in %v\n", b.stock.rows, pool, took.Round(100*time.Millisecond))
	if b.small, err = e.open(ctx, "small"); err != nil {
		return closing, err
	}
	closers = append(closers, b.small.close)
	if _, err := b.small.load(ctx, stockOf(1000, 10)); err != nil {
		return closing, fmt.Errorf("load: %w", err)
	}
	for _, p := range []*place{b.place, b.small} {
		if err := p.keysOf(ctx); err != nil {
			return closing, err
		}
	}
	stores := map[*place]*models.Store{}
	b.open = func(ctx context.Context, p *place) (*models.Store, error) {
		if s, ok := stores[p]; ok {
			return s, nil
		}
		s, err := models.Open(ctx, models.Config{Database: p.url})
		if err == nil {
			stores[p] = s
		}
		return s, err
	}
	closers = append(closers, func() {
		for _, s := range stores {
			_ = s.Close()
		}
	})
	if b.program, err = b.driver(ctx, b.place); err != nil {
		return closing, err
	}
	if b.sparse, err = b.driver(ctx, b.small); err != nil {
		return closing, err
	}
	for _, d := range []driver{b.program, b.sparse} {
		if w, ok := d.(*web); ok {
			closers = append(closers, w.close)
		}
	}
	b.raw = newRaw(b.place)
	return closing, nil
}

func (b *bench) driver(ctx context.Context, p *place) (driver, error) {
	store, err := b.open(ctx, p)
	if err != nil {
		return nil, err
	}
	if b.layer == "usecase" {
		return direct{store, tokenOf}, nil
	}
	return openWeb(ctx, store)
}
