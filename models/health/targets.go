package health

// Target is what a share of a seller's orders is held against, and over how many days.
type Target struct {
	Days  int
	Limit float64 // 0–1
	Least bool    // the share is to reach it; else to stay below it
}

// The targets beside the ladder (PRODUCT.md §8.3). They tell a seller where they stand; points and
// the ladder rest on stock-outs alone.
var (
	Defects = Target{Days: 60, Limit: 0.01}
	Late    = Target{Days: 30, Limit: 0.04}
	Tracked = Target{Days: 30, Limit: 0.95, Least: true}
)

// Answered is how long a first answer may take, and over how many days that is looked at.
const (
	AnsweredWithin = 2 * Day
	AnsweredDays   = 90
)

// SmallSample is the number of orders below which one alone is more than 1% of them.
const SmallSample = 100

// Small reports whether the orders are too few for a bare percentage.
func (r Rate) Small() bool { return r.Orders < SmallSample }

// Verdict is how a share stands to a target.
type Verdict string

// The verdicts there are.
const (
	TooFew Verdict = "too_few" // one order alone would decide it
	Meets  Verdict = "meets"
	Misses Verdict = "misses"
)

// Judge holds a share against the target. Where one order alone would break it, it is not judged.
func (t Target) Judge(r Rate) Verdict {
	room := t.Limit
	if t.Least {
		room = 1 - t.Limit
	}
	const rounding = 1e-9
	switch {
	case r.Orders == 0 || 1/float64(r.Orders) > room+rounding:
		return TooFew
	case t.Least && r.Value() >= t.Limit, !t.Least && r.Value() < t.Limit:
		return Meets
	}
	return Misses
}

// Direction is where a rate goes.
type Direction string

// The directions there are.
const (
	Rising  Direction = "rising"
	Falling Direction = "falling"
	Steady  Direction = "steady"
)

// Trend compares a rate with the one of the time before. It moves only where the intervals say so:
// neither rate lies in that of the other.
func Trend(before, now Rate) Direction {
	l0, u0 := before.Interval()
	l1, u1 := now.Interval()
	switch {
	case now.Value() > u0 && before.Value() < l1:
		return Rising
	case now.Value() < l0 && before.Value() > u1:
		return Falling
	}
	return Steady
}
