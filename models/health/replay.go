package health

import (
	"slices"
	"time"
)

// Past is what a seller did over a long time, as far as the rules look at it.
type Past struct {
	Placed  []time.Time // when each of the orders was placed, ascending
	Counts  []Counted   // those that came to count, the first known first
	Reports []Report    // ascending
}

// Counted is an order that counts against its seller, with when it was placed and from when on
// it is known to count: at its cancellation, or at the answer that told it from another.
type Counted struct {
	Count
	Placed, Known time.Time
}

// Touch is an instant at which the rules would have had something to say of a seller.
type Touch struct {
	At      time.Time
	Trigger Trigger // what would have opened an investigation, "" where one is open or nothing does
	Open    bool    // an investigation
	Stand   Standing
}

// Replay tells what the rules would have said of a seller at each instant at which something
// came to be known: what they say now of the past, for those who weigh other numbers. An
// investigation that has opened stays open; what people would have decided nobody can know.
func (r Rules) Replay(p Past) []Touch {
	var touches []Touch
	var instants []time.Time
	for _, c := range p.Counts {
		instants = append(instants, c.Known)
	}
	for _, report := range p.Reports {
		instants = append(instants, report.At)
	}
	slices.SortFunc(instants, time.Time.Compare)
	instants = slices.CompactFunc(instants, time.Time.Equal)
	open := false
	for _, now := range instants {
		known := p.known(now, max(r.PointsLife, r.OpenWindow))
		counts := make([]Count, len(known))
		for i, c := range known {
			counts[i] = c.Count
		}
		t := Touch{At: now, Stand: r.Stand(counts, p.rate(known, now, r.PointsLife), now)}
		if !open {
			t.Trigger = r.Opens(counts, p.rate(known, now, r.OpenWindow), p.reported(now), time.Time{}, now)
			open = t.Trigger != NotYet
		}
		t.Open = open
		touches = append(touches, t)
	}
	return touches
}

// known are the orders of which it is known at an instant that they count, but for those that
// were known before the longest time that any rule looks back.
func (p Past) known(now time.Time, back time.Duration) []Counted {
	after := func(c Counted, limit time.Time) int { return c.Known.Compare(limit)*2 - 1 } // never 0: one known at the limit lies before it
	first, _ := slices.BinarySearchFunc(p.Counts, now.Add(-back), after)
	last, _ := slices.BinarySearchFunc(p.Counts, now, after)
	return p.Counts[first:last]
}

func (p Past) reported(now time.Time) []Report {
	n, _ := slices.BinarySearchFunc(p.Reports, now, func(report Report, now time.Time) int { return report.At.Compare(now)*2 - 1 })
	return p.Reports[:n]
}

// rate is of the orders placed in a time that ends at an instant, exclusive of its beginning.
func (p Past) rate(known []Counted, now time.Time, window time.Duration) Rate {
	start := now.Add(-window)
	after := func(placed, limit time.Time) int { return placed.Compare(limit)*2 - 1 }
	first, _ := slices.BinarySearchFunc(p.Placed, start, after)
	last, _ := slices.BinarySearchFunc(p.Placed, now, after)
	rate := Rate{Orders: last - first}
	for _, c := range known {
		if c.Placed.After(start) && !c.Placed.After(now) {
			rate.Hits++
		}
	}
	return rate
}
