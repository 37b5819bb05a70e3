package health

import (
	"slices"
	"time"
)

// Count is a cancelled order that counts against its seller: once, however many of its lines
// were cancelled, at the most that one of them weighs.
type Count struct {
	Order         string
	Buyer         string // who is behind it: two accounts of one person are one buyer
	At            time.Time
	Misdeclared   bool
	AskedToCancel bool
	Dearer        bool
}

// Points is what the order weighs.
func (r Rules) Points(c Count) int {
	switch {
	case c.Dearer:
		return r.PointsDearer
	case c.Misdeclared, c.AskedToCancel:
		return r.PointsMisdeclared
	}
	return r.PointsStockOut
}

// Leaving are points that go at an instant.
type Leaving struct {
	At     time.Time
	Points int
}

// Standing is where a seller stands on the ladder at an instant.
type Standing struct {
	Points  int
	Buyers  int       // affected, each once
	Leaves  []Leaving // when points go, soonest first, one entry an instant
	Rate    Rate      // of the orders placed in the life of points
	Reached int       // the level the points reach, 0 below the first
	Level   int       // the level the ladder proposes: Reached, unless a guard holds it lower
	Held    Guard     // why Level is below Reached
}

// Guard is why the ladder proposes less than the points reach.
type Guard string

// The guards there are.
const (
	NoGuard    Guard = ""
	LowRate    Guard = "low_rate"    // of a big seller
	FewBuyers  Guard = "few_buyers"  // a small sample
	WideSample Guard = "wide_sample" // the interval's lower end is too low
)

// Stand reckons a seller's standing. Of counts only those of the life of points count: from
// the cancellation on, exclusive of the instant at which they end. rate is of the orders placed
// in that time.
func (r Rules) Stand(counts []Count, rate Rate, now time.Time) Standing {
	s := Standing{Rate: rate}
	buyers, leaves := map[string]bool{}, map[int64]int{}
	for _, c := range counts {
		end := c.At.Add(r.PointsLife)
		if c.At.After(now) || !now.Before(end) {
			continue
		}
		p := r.Points(c)
		s.Points += p
		buyers[c.Buyer] = true
		leaves[end.UnixMicro()] += p
	}
	s.Buyers = len(buyers)
	for at, p := range leaves {
		s.Leaves = append(s.Leaves, Leaving{time.UnixMicro(at).UTC(), p})
	}
	slices.SortFunc(s.Leaves, func(a, b Leaving) int { return a.At.Compare(b.At) })
	for i, l := range r.Levels {
		if s.Points >= l.Points {
			s.Reached = i + 1
		}
	}
	s.Level, s.Held = r.guard(s)
	return s
}

// guard is the level proposed where the points reach s.Reached. It binds the proposal, never
// the people who decide.
func (r Rules) guard(s Standing) (int, Guard) {
	lower, _ := s.Rate.Interval()
	switch {
	case s.Reached == 0:
		return 0, NoGuard
	case s.Rate.Orders >= r.BigSeller && s.Rate.Value() < r.BigSellerRate:
		return 0, LowRate
	case s.Reached <= r.GuardLevel:
		return s.Reached, NoGuard
	case s.Buyers < r.GuardBuyers:
		return r.GuardLevel, FewBuyers
	case lower < r.GuardLowerRate:
		return r.GuardLevel, WideSample
	}
	return s.Reached, NoGuard
}

// Step is the next step of the ladder and how far it is.
type Step struct {
	Level     int
	Measure   Measure
	Points    int       // still missing
	StockOuts int       // as plain ones
	Before    time.Time // when the first points go, so that it is further again; zero where none go
}

// Next is the step above the points of a standing; false on the last one.
func (r Rules) Next(s Standing) (Step, bool) {
	if s.Reached >= len(r.Levels) {
		return Step{}, false
	}
	l := r.Levels[s.Reached]
	step := Step{Level: s.Reached + 1, Measure: l.Measure, Points: l.Points - s.Points}
	step.StockOuts = (step.Points + r.PointsStockOut - 1) / r.PointsStockOut
	if len(s.Leaves) > 0 {
		step.Before = s.Leaves[0].At
	}
	return step, true
}
