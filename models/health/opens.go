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
// among them.
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
	if strangers(later) >= r.OpenReporters {
		return ByReports
	}
	return NotYet
}

// strangers counts the reporters that nothing ties to one another: those who share a tie,
// themselves or through others, are one.
func strangers(reports []Report) int {
	group := map[string]string{} // a buyer or a tie, and what stands for its group
	var find func(string) string
	find = func(x string) string {
		if group[x] == "" || group[x] == x {
			group[x] = x
			return x
		}
		group[x] = find(group[x])
		return group[x]
	}
	for _, p := range reports {
		who := find("buyer " + p.Buyer)
		for _, tie := range p.Ties {
			group[find("tie "+tie)] = who
		}
	}
	groups := map[string]bool{}
	for _, p := range reports {
		groups[find("buyer "+p.Buyer)] = true
	}
	return len(groups)
}
