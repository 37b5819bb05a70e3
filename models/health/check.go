package health

import "time"

// Fault is a number of rules that cannot be, by the name it is written under, with what it can
// be. Levels are named level_1 and so on.
type Fault struct {
	Name     string
	Min, Max float64
}

// Faults are the numbers of rules that nobody could apply, in the order of Rules.
func (r Rules) Faults() []Fault {
	var faults []Fault
	within := func(name string, v, low, high float64) {
		if !(v >= low && v <= high) { // so that what is no number fails too
			faults = append(faults, Fault{name, low, high})
		}
	}
	inDays := func(d time.Duration) float64 { return float64(d) / float64(Day) }
	within("points_stock_out", float64(r.PointsStockOut), 1, 1000)
	within("points_misdeclared", float64(r.PointsMisdeclared), float64(r.PointsStockOut), 1000)
	within("points_dearer", float64(r.PointsDearer), float64(r.PointsMisdeclared), 1000)
	within("points_life_days", inDays(r.PointsLife), 1, 365)
	within("big_seller", float64(r.BigSeller), 1, 1_000_000)
	within("big_seller_rate", r.BigSellerRate, 0, 1)
	low := 1
	for i, l := range r.Levels {
		within("level_"+string(rune('1'+i)), float64(l.Points), float64(low), 10_000)
		low = max(low, l.Points+1)
	}
	within("guard_buyers", float64(r.GuardBuyers), 0, 1000)
	within("guard_lower_rate", r.GuardLowerRate, 0, 1)
	within("open_window_days", inDays(r.OpenWindow), 1, 365)
	within("open_stock_outs", float64(r.OpenStockOuts), 1, 1000)
	within("open_buyers", float64(r.OpenBuyers), 1, 1000)
	within("open_big_seller", float64(r.OpenBigSeller), 1, 1_000_000)
	within("open_big_rate", r.OpenBigRate, 0, 1)
	within("open_reporters", float64(r.OpenReporters), 1, 1000)
	return faults
}
