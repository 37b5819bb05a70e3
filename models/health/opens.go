package health

import (
	"slices"
	"time"
)

// Report is a buyer's report of a seller, with what may tie its sender to another's.
type Report struct {
	Buyer string
	At    time.Time
	Ties  []string // addresses, devices and payment accounts, each as one opaque word

	Suspected bool // it opens nothing unless one that is not under suspicion stands beside it
}

// Trigger is what opened an investigation.
type Trigger string

// What opens one (PRODUCT.md §8.5).
const (
	NotYet      Trigger = ""
	ByStockOuts Trigger = "stock_outs"
	ByReports   Trigger = "reports"
)

// Opens tells whether facts open an investigation of a seller that has none open. counts and
// reports are all there are; since is when the last one closed, zero before the first: only
// what came later counts. orders is of the orders placed in the window, those with a stock-out
// among them. Reports under suspicion open nothing alone, however many they are: it takes one
// that is not. They take nothing away from what stock-outs open.
func (r Rules) Opens(counts []Count, orders Rate, reports []Report, since, now time.Time) Trigger {
	stockOuts, buyers := 0, map[string]bool{}
	for _, c := range counts {
		if c.At.After(since) && !c.At.After(now) && now.Sub(c.At) < r.OpenWindow {
			stockOuts++
			buyers[c.Buyer] = true
		}
	}
	enough := stockOuts >= r.OpenStockOuts && len(buyers) >= r.OpenBuyers
	if enough && (orders.Orders < r.OpenBigSeller || orders.Value() >= r.OpenBigRate) {
		return ByStockOuts
	}
	later := slices.DeleteFunc(slices.Clone(reports), func(p Report) bool { return !p.At.After(since) || p.At.After(now) })
	plain := slices.ContainsFunc(later, func(p Report) bool { return !p.Suspected })
	if plain && strangers(later) >= r.OpenReporters {
		return ByReports
	}
	return NotYet
}

// strangers counts the reporters that nothing ties to one another: those who share a tie,
// themselves or through others, are one.
func strangers(reports []Report) int {
	g := groups{}
	for _, p := range reports {
		g.join("buyer "+p.Buyer, p.Ties)
	}
	roots := map[string]bool{}
	for _, p := range reports {
		roots[g.find("buyer "+p.Buyer)] = true
	}
	return len(roots)
}

// groups holds, by a buyer or a tie, what stands for its group.
type groups map[string]string

func (g groups) find(x string) string {
	if g[x] == "" || g[x] == x {
		g[x] = x
		return x
	}
	g[x] = g.find(g[x])
	return g[x]
}

// join puts a buyer and what ties it to others into one group.
func (g groups) join(buyer string, ties []string) {
	who := g.find(buyer)
	for _, tie := range ties {
		g[g.find("tie "+tie)] = who
	}
}
