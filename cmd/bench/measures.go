package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"
)

// bench is one run on one engine.
type bench struct {
	place   *place
	small   *place // a thousand claims
	stock   stock
	pace    pace
	layer   string
	program driver
	sparse  driver // the program on the small database
	raw     *raw
	open    openProgram
	results []result

	filed    atomic.Int64 // orders of the pool used up
	answered atomic.Int64
}

// errUsedUp says that a measure has nothing left to act on.
var errUsedUp = errors.New("the loaded stock is used up; load more rows")

func take(counter *atomic.Int64, s span) (int, error) {
	n := s.from + int(counter.Add(1)) - 1
	if n >= s.to {
		return 0, errUsedUp
	}
	return n, nil
}

// around goes through a span for ever.
func around(counter *atomic.Int64, s span) int {
	return s.from + int(counter.Add(1)-1)%s.size()
}

func (b *bench) fileOne(ctx context.Context, _ int) error {
	n, err := take(&b.filed, b.stock.pool)
	if err != nil {
		return err
	}
	return b.program.file(ctx, n)
}

// filing is measures 1 and 2: a claim filed against the raw transaction. On SQLite the raw
// one commits by itself, as a program without group commit would.
func (b *bench) filing(ctx context.Context) error {
	number, callers, must, aim := "1", 8, 0.40, 0.55
	if b.place.sqlite() {
		number, callers, must, aim = "2", 32, 0.6, 1.2
	}
	if err := b.raw.prepareWrites(ctx); err != nil {
		return err
	}
	var next atomic.Int64
	c, err := b.pace.compare(ctx, callers, b.fileOne, func(ctx context.Context, _ int) error {
		return b.raw.file(ctx, around(&next, b.stock.due)) // lines that are there, of claims whose lines are not looked at
	})
	if err != nil {
		return err
	}
	b.add(c.result(number, b.program.layer(), fmt.Sprintf("file a claim, c=%d ÷ raw transaction of 5 statements", callers), must, aim))
	return nil
}

// answering is measure 6: the seller contests.
func (b *bench) answering(ctx context.Context) error {
	if err := b.raw.prepareWrites(ctx); err != nil {
		return err
	}
	var next atomic.Int64
	c, err := b.pace.compare(ctx, 8, func(ctx context.Context, _ int) error {
		n, err := take(&b.answered, b.stock.open)
		if err != nil {
			return err
		}
		return b.program.answer(ctx, n)
	}, func(ctx context.Context, _ int) error {
		return b.raw.answer(ctx, around(&next, b.stock.done))
	})
	if err != nil {
		return err
	}
	b.add(c.result("6", b.program.layer(), "seller's answer, c=8 ÷ raw transaction of 4 statements", 0.40, 0.55))
	return nil
}

// queueRates is measure 4: a page of the queue against the raw keyset page, each caller
// going through the first pages.
func (b *bench) queueRates(ctx context.Context) error {
	cursors, err := b.cursors(ctx, b.program, 20)
	if err != nil {
		return err
	}
	var i, j atomic.Int64
	type place struct {
		at int64
		id string
	}
	places := []place{{-1 << 62, ""}}
	for range len(cursors) - 1 {
		at, id, err := b.raw.queue(ctx, places[len(places)-1].at, places[len(places)-1].id)
		if err != nil {
			return err
		}
		places = append(places, place{at, id})
	}
	c, err := b.pace.compare(ctx, 8, func(ctx context.Context, _ int) error {
		_, _, err := b.program.queue(ctx, cursors[int(i.Add(1))%len(cursors)])
		return err
	}, func(ctx context.Context, _ int) error {
		p := places[int(j.Add(1))%len(places)]
		_, _, err := b.raw.queue(ctx, p.at, p.id)
		return err
	})
	if err != nil {
		return err
	}
	b.add(c.result("4", b.program.layer(), "queue page, c=8 ÷ raw keyset page", 0.35, 0.60))
	return nil
}

// cursors of the first pages of the queue.
func (b *bench) cursors(ctx context.Context, d driver, pages int) ([]string, error) {
	list := []string{""}
	for len(list) < pages {
		_, next, err := d.queue(ctx, list[len(list)-1])
		if err != nil {
			return nil, err
		}
		if next == "" {
			break
		}
		list = append(list, next)
	}
	return list, nil
}

// queueDepth is measure 3: the same page whatever the number of claims and the depth, with
// half of all claims in the queue.
func (b *bench) queueDepth(ctx context.Context) error {
	first, err := b.cursors(ctx, b.program, 5)
	if err != nil {
		return err
	}
	few, err := b.cursors(ctx, b.sparse, 5)
	if err != nil {
		return err
	}
	deep := []string{b.cursorAt(b.stock.staff.size() * 9 / 10)}
	for range 4 {
		_, next, err := b.program.queue(ctx, deep[len(deep)-1])
		if err != nil {
			return err
		}
		deep = append(deep, next)
	}
	of := func(d driver, cursors []string) operation {
		var i atomic.Int64
		return func(ctx context.Context, _ int) error {
			_, _, err := d.queue(ctx, cursors[int(i.Add(1))%len(cursors)])
			return err
		}
	}
	ops := []operation{of(b.program, first), of(b.sparse, few), of(b.program, deep)}
	var ws [3][]window
	short := pace{b.pace.warm / 2, b.pace.length / 2, b.pace.rounds, b.pace.server}
	for range short.rounds {
		for _, i := range []int{0, 1, 2, 2, 1, 0} {
			w, err := short.measure(ctx, 1, ops[i])
			if err != nil {
				return err
			}
			ws[i] = append(ws[i], w)
		}
	}
	add := func(what string, over, under []window) {
		value, tail := median(over, p50Of)/median(under, p50Of), median(over, p99Of)/median(under, p99Of)
		var rounds []float64
		for i := 0; i+1 < len(over); i += 2 {
			rounds = append(rounds, (over[i].p50+over[i+1].p50).Seconds()/(under[i].p50+under[i+1].p50).Seconds())
		}
		b.add(result{
			Number: "3", Layer: b.program.layer(), What: what, Value: value, Low: slices.Min(rounds), High: slices.Max(rounds), Must: 1.5, Aim: 1.15, Less: true,
			Detail: fmt.Sprintf("p50 %v against %v; p99 ÷ %.2f (%v against %v)", seconds(median(over, p50Of)), seconds(median(under, p50Of)), tail,
				seconds(median(over, p99Of)), seconds(median(under, p99Of))),
		})
	}
	add(fmt.Sprintf("queue page p50 at %d ÷ at 1000 claims", b.stock.rows), ws[0], ws[1])
	add("queue page p50 at 90 % depth ÷ first pages", ws[2], ws[0])
	return nil
}

// cases is measure 5.
func (b *bench) cases(ctx context.Context) error {
	var i, j atomic.Int64
	s := span{0, b.stock.cases}
	c, err := b.pace.compare(ctx, 8, func(ctx context.Context, _ int) error {
		return b.program.casePage(ctx, around(&i, s))
	}, func(ctx context.Context, _ int) error {
		return b.raw.casePage(ctx, around(&j, s))
	})
	if err != nil {
		return err
	}
	b.add(c.result("5", b.program.layer(), "case page with 10 events and 3 files, c=8 ÷ raw 1 point + 2 range reads", 0.35, 0.55))
	return nil
}

func (b *bench) add(r result) {
	b.results = append(b.results, r)
	r.print()
}

// cursorAt is the cursor of the queue after so many of its rows.
func (b *bench) cursorAt(rows int) string {
	var at int64
	var id string
	// A measure that reads its own start by OFFSET does so once, outside every window.
	query := "SELECT due_at, id FROM claims WHERE next_actor = 'staff' ORDER BY due_at, id LIMIT 1 OFFSET " + fmt.Sprint(rows)
	if err := b.place.read.QueryRow(query).Scan(&at, &id); err != nil { //nolint:noctx // once, at the start
		return ""
	}
	return cursorOf(at, id)
}

// sweep is measure 7.
func (b *bench) sweep(ctx context.Context) error {
	s := b.stock.due
	chunk := min(25_000, s.size()/10)
	at := s.from
	next := func(size int) span {
		part := span{at, min(at+size, s.to)}
		at = part.to
		return part
	}
	var rates [2][]float64
	var ratios []float64
	for range 2 {
		var took [2]time.Duration
		for _, who := range []int{0, 1, 1, 0} {
			part := next(chunk)
			if err := b.makeDue(ctx, part); err != nil {
				return err
			}
			start := time.Now()
			var err error
			if who == 0 {
				err = b.fire(ctx, part.size())
			} else {
				err = b.raw.fire(ctx, part.size())
			}
			if err != nil {
				return err
			}
			d := time.Since(start)
			took[who] += d
			rates[who] = append(rates[who], float64(part.size())/d.Seconds())
		}
		ratios = append(ratios, took[1].Seconds()/took[0].Seconds())
	}
	for i := range rates {
		slices.Sort(rates[i])
	}
	mid := func(r []float64) float64 { return (r[(len(r)-1)/2] + r[len(r)/2]) / 2 }
	b.add(result{
		Number: "7", Layer: "use case", What: fmt.Sprintf("timers: %d due claims open ÷ raw batches of 500", 4*chunk), Value: mid(rates[0]) / mid(rates[1]),
		Low: slices.Min(ratios), High: slices.Max(ratios), Must: 0.3, Aim: 0.6, Detail: fmt.Sprintf("%.0f/s against %.0f/s", mid(rates[0]), mid(rates[1])),
	})
	if err := b.replicas(ctx, next(chunk/2)); err != nil {
		return err
	}
	return b.filingDuring(ctx, span{at, s.to})
}
