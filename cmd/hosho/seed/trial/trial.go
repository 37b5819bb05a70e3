// Package trial makes up sellers whose honesty is known, so that the rules on those who cancel
// for stock-outs can be tried on them before they are held against anybody. It is pure, and the
// same seed makes the same sellers.
package trial

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"hosho/models/health"
)

// Kind is what a made-up seller is.
type Kind string

// The kinds of sellers.
const (
	Honest    Kind = "honest"    // runs out of stock now and then, and says so
	Careless  Kind = "careless"  // sells what it does not count, and mostly says so
	Dishonest Kind = "dishonest" // sells what it does not have, and tells it under other names
)

// Habits are how a seller and its buyers behave. Shares are 0–1.
type Habits struct {
	Kind         Kind
	OrdersAMonth int     // on average, in 30 days
	StockOuts    float64 // share of the orders
	Declared     float64 // share of the stock-outs that the seller calls by their name
	Asked        float64 // share of the other stock-outs where the seller has the buyer ask for it
	Requests     float64 // share of the orders that the buyer asks to cancel
	Answers      float64 // share of the cancelled buyers who answer the question
	Mistaken     float64 // share of the answers about a wish of the buyer's own that say "out of stock"
	Reports      float64 // share of the buyers of a stock-out who report it
}

// Usual are the habits of a kind of seller of a size, as we think of them: half of the buyers
// answer, one in six of those who were cancelled on reports it, one answer in twenty is wrong,
// and a dishonest seller calls only half of its stock-outs by their name.
func Usual(kind Kind, ordersAMonth int, stockOuts float64) Habits {
	h := Habits{Kind: kind, OrdersAMonth: ordersAMonth, StockOuts: stockOuts, Declared: 1, Requests: 0.01, Answers: 0.5, Mistaken: 0.05, Reports: 1.0 / 6}
	switch kind {
	case Honest:
	case Careless:
		h.Declared = 0.8
	case Dishonest:
		h.Declared, h.Asked = 0.5, 0.5
	}
	return h
}

// Deal is an order of a made-up seller, and what became of it.
type Deal struct {
	Order, Buyer string
	Placed       time.Time
	Cancelled    time.Time // by the seller; zero where it was not
	StockOut     bool      // the truth, which no rule reads
	Stated       health.Stated
	Answer       health.Answer
	Answered     time.Time
	Reported     time.Time
}

// Deals are the orders of a seller over a time, in the order they are placed. Names begin with
// the prefix.
func (h Habits) Deals(seed uint64, prefix string, from time.Time, length time.Duration) []Deal {
	rng := rand.New(rand.NewPCG(seed, 0x686f73686f)) //nolint:gosec // made-up sellers, the same for a seed
	share := func(p float64) bool { return rng.Float64() < p }
	within := func(d time.Duration) time.Duration { return time.Duration(rng.Int64N(int64(d))).Truncate(time.Second) }
	var deals []Deal
	every := float64(30*health.Day) / float64(h.OrdersAMonth)
	regulars := max(2, h.OrdersAMonth) // buyers to draw from: some come back
	for at := from.Add(time.Duration(rng.ExpFloat64() * every)); at.Before(from.Add(length)); at = at.Add(time.Duration(rng.ExpFloat64() * every)) {
		d := Deal{Order: fmt.Sprintf("%s-%d", prefix, len(deals)+1), Buyer: fmt.Sprintf("%s-b%d", prefix, rng.IntN(regulars)), Placed: at.Truncate(time.Second)}
		switch {
		case share(h.StockOuts):
			d.StockOut, d.Stated = true, health.StatedOutOfStock
			told := health.AnswerToldOut
			if !share(h.Declared) {
				d.Stated = health.StatedOther
				if share(h.Asked) {
					d.Stated, told = health.StatedBuyerRequest, health.AnswerAskedToCancel
				}
			}
			d.Cancelled = d.Placed.Add(within(3 * health.Day))
			if share(h.Answers) {
				d.Answer, d.Answered = told, d.Cancelled.Add(within(2*health.Day))
			}
			if share(h.Reports) {
				d.Reported = d.Cancelled.Add(within(4 * health.Day))
			}
		case share(h.Requests):
			d.Stated, d.Cancelled = health.StatedBuyerRequest, d.Placed.Add(within(health.Day))
			if share(h.Answers) {
				d.Answer, d.Answered = health.AnswerIAsked, d.Cancelled.Add(within(2*health.Day))
				if share(h.Mistaken) {
					d.Answer = health.AnswerToldOut
				}
			}
		}
		deals = append(deals, d)
	}
	return deals
}

// PastOf is what the portal comes to know of deals, and when.
func PastOf(deals []Deal) health.Past {
	var p health.Past
	for _, d := range deals {
		p.Placed = append(p.Placed, d.Placed)
		if !d.Reported.IsZero() {
			p.Reports = append(p.Reports, health.Report{Buyer: d.Buyer, At: d.Reported})
		}
		if d.Cancelled.IsZero() {
			continue
		}
		before, _ := health.Find(d.Stated, "", health.After{})
		finding, _ := health.Find(d.Stated, d.Answer, health.After{})
		if !finding.Counts() {
			continue
		}
		c := health.Counted{Placed: d.Placed, Known: d.Cancelled}
		c.Order, c.Buyer, c.At = d.Order, d.Buyer, d.Cancelled
		c.Misdeclared, c.AskedToCancel = finding == health.Misdeclared, d.Answer == health.AnswerAskedToCancel
		if !before.Counts() {
			c.Known = d.Answered
		}
		p.Counts = append(p.Counts, c)
	}
	slices.SortStableFunc(p.Counts, func(a, b health.Counted) int { return a.Known.Compare(b.Known) })
	slices.SortStableFunc(p.Reports, func(a, b health.Report) int { return a.At.Compare(b.At) })
	return p
}

// Verdict is what the rules say of made-up sellers.
type Verdict struct {
	Sellers    int
	Months     int // of 30 days, of all sellers together
	Found      int // sellers under investigation within 30 days of their beginning
	Touched    int // sellers that came under investigation at all
	Above      int // seller-months in which more than notice and plan was proposed anew of a seller under investigation
	StockOuts  int // in truth
	Recognised int // orders that came to count
}

// Add takes up what was said of other sellers.
func (v *Verdict) Add(other Verdict) {
	v.Sellers += other.Sellers
	v.Months += other.Months
	v.Found += other.Found
	v.Touched += other.Touched
	v.Above += other.Above
	v.StockOuts += other.StockOuts
	v.Recognised += other.Recognised
}

// month is the unit of a trial.
const month = 30 * health.Day

// Try runs the rules over sellers of the same habits, for some months each.
func Try(r health.Rules, h Habits, sellers, months int, seed uint64) Verdict {
	v := Verdict{Sellers: sellers, Months: sellers * months}
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range sellers {
		deals := h.Deals(seed+uint64(i), fmt.Sprintf("t%d", i), from, time.Duration(months)*month)
		past := PastOf(deals)
		for _, d := range deals {
			if d.StockOut {
				v.StockOuts++
			}
		}
		v.Recognised += len(past.Counts)
		above, level := map[int]bool{}, 0
		for _, t := range r.Replay(past) {
			age := t.At.Sub(from)
			if t.Trigger != health.NotYet {
				v.Touched++
				if age < month {
					v.Found++
				}
			}
			if !t.Open {
				continue
			}
			if t.Stand.Level > r.GuardLevel && level <= r.GuardLevel && age < time.Duration(months)*month {
				above[int(age/month)] = true
			}
			level = t.Stand.Level
		}
		v.Above += len(above)
	}
	return v
}

// Sizes are the sellers of a made-up marketplace by orders a month, with how many of a hundred
// are of each: most are small, as on real ones.
var Sizes = []struct{ OrdersAMonth, Percent int }{{10, 60}, {30, 20}, {60, 10}, {100, 6}, {300, 3}, {1000, 1}}

// Draw is a seller of a made-up marketplace: of a size as often as Sizes has it, but none
// smaller than least, and with a share of stock-outs between two, each as likely.
func Draw(kind Kind, least int, low, high float64, seed uint64) Habits {
	rng := rand.New(rand.NewPCG(seed, 0x64726177)) //nolint:gosec // made-up sellers, the same for a seed
	whole := 0
	for _, s := range Sizes {
		if s.OrdersAMonth >= least {
			whole += s.Percent
		}
	}
	at := rng.IntN(whole)
	for _, s := range Sizes {
		if s.OrdersAMonth < least {
			continue
		}
		if at -= s.Percent; at < 0 {
			return Usual(kind, s.OrdersAMonth, low+rng.Float64()*(high-low))
		}
	}
	panic("trial: the percents of Sizes have changed under us")
}
