package health

import "time"

// Facts are what the rules look at of a seller at an instant.
type Facts struct {
	Counts  []Count   // all of the life of points and of the time in which an investigation opens
	Life    Rate      // of the orders placed in the life of points
	Window  Rate      // of those placed in the time in which an investigation opens
	Reports []Report  // all that count towards an investigation
	Since   time.Time // when the last investigation closed, zero before the first
	Open    bool      // one is open
}

// Candidate is an order of a seller that could be cancelled, or a line of it.
type Candidate struct {
	Order, Buyer string
	Placed       time.Time
	Hit          bool // the rates hold it as a stock-out already: another line of it was cancelled
}

// Way is how an order comes to count, as the points tell the ways apart.
type Way string

// The ways there are, the lightest first.
const (
	Plainly    Way = "stock_out"
	UnderOther Way = "misdeclared" // under another name, or the buyer was asked to cancel
	ThenDearer Way = "dearer"      // and on sale again at a higher price soon after
)

// Ways are all of them.
var Ways = []Way{Plainly, UnderOther, ThenDearer}

// Outcome is what cancelling an order would change.
type Outcome struct {
	Way    Way
	Points int       // that come to those of now
	Leaves time.Time // when the order weighs nothing any more
	After  Standing
	Opens  Trigger // what would open an investigation; NotYet also where one is open
}

// With is the rate of the orders placed after an instant, the candidate among those that are hit.
func (c Candidate) With(r Rate, after time.Time) Rate {
	if !c.Hit && c.Placed.After(after) {
		r.Hits++
	}
	return r
}

// WhatIf tells where a seller would stand who cancels the order now, in one of the ways. An order
// that counts already counts once all the same: at the most that one of its lines weighs, and from
// the last of them on. It changes nothing.
func (r Rules) WhatIf(f Facts, c Candidate, way Way, now time.Time) Outcome {
	count := Count{Order: c.Order, Buyer: c.Buyer, At: now, Misdeclared: way == UnderOther, Dearer: way == ThenDearer}
	counts := make([]Count, 0, len(f.Counts)+1)
	for _, old := range f.Counts {
		if old.Order != c.Order {
			counts = append(counts, old)
			continue
		}
		count.Misdeclared = count.Misdeclared || old.Misdeclared
		count.Dearer = count.Dearer || old.Dearer
		count.AskedToCancel = count.AskedToCancel || old.AskedToCancel
	}
	counts = append(counts, count)
	o := Outcome{Way: way, Leaves: now.Add(r.PointsLife), After: r.Stand(counts, c.With(f.Life, now.Add(-r.PointsLife)), now)}
	o.Points = o.After.Points - r.Stand(f.Counts, f.Life, now).Points
	if !f.Open {
		o.Opens = r.Opens(counts, c.With(f.Window, now.Add(-r.OpenWindow)), f.Reports, f.Since, now)
	}
	return o
}
