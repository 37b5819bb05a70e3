package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"
)

// pace is how long and how often is measured.
type pace struct {
	warm, length time.Duration
	rounds       int
	server       int // process of the database; 0 when it is this one
}

var (
	fullPace  = pace{700 * time.Millisecond, 3 * time.Second, 3, 0}
	quickPace = pace{200 * time.Millisecond, 700 * time.Millisecond, 1, 0}
)

// window is what one stretch of time brought.
type window struct {
	rate     float64 // a second
	p50, p99 time.Duration
	idle     float64 // share of the processors that was idle just before
	cpu      burnt   // for each piece of work, its caller included
}

// operation is one piece of work; worker tells concurrent callers apart.
type operation func(ctx context.Context, worker int) error

// measure lets c callers repeat an operation for the warm-up and the window and counts what
// ends inside the window.
func (p pace) measure(ctx context.Context, c int, op operation) (window, error) {
	w := window{idle: idleShare()}
	start := time.Now().Add(p.warm)
	end := start.Add(p.length)
	var wg sync.WaitGroup
	took := make([][]time.Duration, c)
	errs := make([]error, c)
	counts := make([]int, c)
	before := p.burnt()
	for i := range c {
		wg.Go(func() {
			for {
				from := time.Now()
				if !from.Before(end) || ctx.Err() != nil {
					return
				}
				if errs[i] = op(ctx, i); errs[i] != nil {
					return
				}
				counts[i]++
				if to := time.Now(); !to.Before(start) && to.Before(end) {
					took[i] = append(took[i], to.Sub(from))
				}
			}
		})
	}
	wg.Wait()
	w.cpu = p.burnt().since(before, counts)
	for _, err := range errs {
		if err != nil {
			return w, err
		}
	}
	all := slices.Concat(took...)
	if len(all) == 0 {
		return w, fmt.Errorf("nothing ended within %v", p.length)
	}
	slices.Sort(all)
	w.rate = float64(len(all)) / p.length.Seconds()
	w.p50, w.p99 = quantile(all, 0.5), quantile(all, 0.99)
	return w, nil
}

func quantile(sorted []time.Duration, q float64) time.Duration {
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}

// comparison is the program (a) against a comparator (b) in rounds of a b b a, so that a
// drift of the machine meets both alike.
type comparison struct {
	a, b   []window
	ratios []float64 // a round each
	shaky  int       // rounds repeated
}

// A round is shaky when two windows of the same work differ by more than this.
const shakyAbove = 1.25

func (p pace) compare(ctx context.Context, c int, a, b operation) (comparison, error) {
	var all comparison
	for range p.rounds {
		as, bs, err := p.round(ctx, c, a, b)
		if err != nil {
			return all, err
		}
		if apart(as) > shakyAbove || apart(bs) > shakyAbove {
			all.shaky++
			if as, bs, err = p.round(ctx, c, a, b); err != nil {
				return all, err
			}
		}
		all.a, all.b = append(all.a, as...), append(all.b, bs...)
		all.ratios = append(all.ratios, (as[0].rate+as[1].rate)/(bs[0].rate+bs[1].rate))
	}
	return all, nil
}

func (p pace) round(ctx context.Context, c int, a, b operation) (as, bs []window, err error) {
	for _, first := range []bool{true, false, false, true} {
		op := b
		if first {
			op = a
		}
		w, err := p.measure(ctx, c, op)
		if err != nil {
			return nil, nil, err
		}
		if first {
			as = append(as, w)
		} else {
			bs = append(bs, w)
		}
	}
	return as, bs, nil
}

func apart(w []window) float64 {
	return max(w[0].rate, w[1].rate) / min(w[0].rate, w[1].rate)
}

func median(ws []window, of func(window) float64) float64 {
	list := make([]float64, 0, len(ws))
	for _, w := range ws {
		list = append(list, of(w))
	}
	slices.Sort(list)
	n := len(list)
	return (list[(n-1)/2] + list[n/2]) / 2
}

func rateOf(w window) float64 { return w.rate }
func p50Of(w window) float64  { return w.p50.Seconds() }
func p99Of(w window) float64  { return w.p99.Seconds() }

func (c comparison) ratio() float64 { return median(c.a, rateOf) / median(c.b, rateOf) }

// result is the comparison as a line of the table.
func (c comparison) result(number, layer, what string, must, aim float64) result {
	idle := 1.0
	for _, w := range slices.Concat(c.a, c.b) {
		idle = min(idle, w.idle)
	}
	detail := fmt.Sprintf("%.0f/s against %.0f/s; p50 %v against %v; idle before ≥ %.0f%%; processor %s", median(c.a, rateOf), median(c.b, rateOf),
		seconds(median(c.a, p50Of)), seconds(median(c.b, p50Of)), 100*idle, c.burnt())
	if c.shaky > 0 {
		detail += fmt.Sprintf("; %d shaky rounds repeated", c.shaky)
	}
	return result{Number: number, Layer: layer, What: what, Value: c.ratio(), Low: slices.Min(c.ratios), High: slices.Max(c.ratios), Must: must, Aim: aim, Detail: detail}
}

func seconds(s float64) time.Duration {
	d := time.Duration(s * float64(time.Second))
	switch {
	case d > 100*time.Millisecond:
		return d.Round(time.Millisecond)
	case d > time.Millisecond:
		return d.Round(10 * time.Microsecond)
	}
	return d.Round(time.Microsecond)
}

// idleShare watches the processors for a tenth of a second; 1 where the system does not say.
func idleShare() float64 {
	idle, total, ok := cpuTimes()
	if !ok {
		return 1
	}
	time.Sleep(100 * time.Millisecond)
	idle2, total2, ok := cpuTimes()
	if !ok || total2 == total {
		return 1
	}
	return float64(idle2-idle) / float64(total2-total)
}

func cpuTimes() (idle, total int64, ok bool) {
	b, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, 0, false
	}
	line, _, _ := bytes.Cut(b, []byte("\n"))
	for i, f := range bytes.Fields(line) {
		if i == 0 {
			continue
		}
		n, err := strconv.ParseInt(string(f), 10, 64)
		if err != nil {
			return 0, 0, false
		}
		total += n
		if i == 4 || i == 5 { // idle, iowait
			idle += n
		}
	}
	return idle, total, total > 0
}
