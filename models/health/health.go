// Package health reckons how a seller stands who cancels for stock-outs (PRODUCT.md §8): the
// cause of a cancellation by facts, the rate with its interval, points, the ladder and what
// opens an investigation. It is pure: it reads no clock and no database, and two who give it
// the same facts get the same answer, which a seller can work out by hand.
package health

import (
	"encoding/json"
	"time"
)

// Day is a day of these rules: elapsed time, not a calendar's (PRODUCT.md §2).
const Day = 24 * time.Hour

// Rules are the numbers of PRODUCT.md §8, as a policy holds them.
type Rules struct {
	PointsStockOut    int           `json:"points_stock_out"`   // per order with a seller-fault stock-out
	PointsMisdeclared int           `json:"points_misdeclared"` // in its place: under another name, or the buyer was asked to cancel
	PointsDearer      int           `json:"points_dearer"`      // in its place: relisted dearer soon
	PointsLife        time.Duration `json:"-"`                  // from the cancellation

	BigSeller      int     `json:"big_seller"`       // from so many orders in the life of points on
	BigSellerRate  float64 `json:"big_seller_rate"`  // points count only from this rate on
	Levels         []Level `json:"levels"`           // ascending
	GuardLevel     int     `json:"guard_level"`      // nothing above this level …
	GuardBuyers    int     `json:"guard_buyers"`     // … with fewer affected buyers
	GuardLowerRate float64 `json:"guard_lower_rate"` // … or with the interval's lower end under this rate

	OpenWindow    time.Duration `json:"-"`               // an investigation opens by itself within this time
	OpenStockOuts int           `json:"open_stock_outs"` // at so many stock-outs
	OpenBuyers    int           `json:"open_buyers"`     // from so many buyers
	OpenBigSeller int           `json:"open_big_seller"` // from so many orders in the window on …
	OpenBigRate   float64       `json:"open_big_rate"`   // … only from this rate on
	OpenReporters int           `json:"open_reporters"`  // or at reports by so many buyers who share nothing
}

// Level is a step of the ladder.
type Level struct {
	Points  int     `json:"points"`
	Measure Measure `json:"measure"`
}

// plainRules are rules without their ways of being written.
type plainRules Rules

// storedRules are rules as a policy is written: times in days.
type storedRules struct {
	plainRules
	PointsLifeDays int `json:"points_life_days"`
	OpenWindowDays int `json:"open_window_days"`
}

// MarshalJSON writes the rules with their times in days.
func (r Rules) MarshalJSON() ([]byte, error) {
	return json.Marshal(storedRules{plainRules(r), int(r.PointsLife / Day), int(r.OpenWindow / Day)})
}

// UnmarshalJSON reads rules as they are written. Errors: JSON that is none of these.
func (r *Rules) UnmarshalJSON(b []byte) error {
	var s storedRules
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	*r = Rules(s.plainRules)
	r.PointsLife, r.OpenWindow = time.Duration(s.PointsLifeDays)*Day, time.Duration(s.OpenWindowDays)*Day
	return nil
}

// LevelOf is the lowest step of the ladder whose measure this is, 0 for one that is on none.
func (r Rules) LevelOf(m Measure) int {
	for i, l := range r.Levels {
		if l.Measure == m {
			return i + 1
		}
	}
	return 0
}

// Measure is what a step of the ladder proposes.
type Measure string

// The measures of the ladder.
const (
	Plan         Measure = "plan" // notice and plan of action
	Warning      Measure = "warning"
	OrderCap     Measure = "order_cap"
	ListingPause Measure = "listing_pause"
	Termination  Measure = "termination"
)

// Default are the numbers that PRODUCT.md §8 gives.
func Default() Rules {
	return Rules{
		PointsStockOut: 15, PointsMisdeclared: 20, PointsDearer: 35, PointsLife: 90 * Day,
		BigSeller: 400, BigSellerRate: 0.01,
		Levels:     []Level{{35, Plan}, {55, Warning}, {75, OrderCap}, {80, ListingPause}, {100, Termination}},
		GuardLevel: 1, GuardBuyers: 5, GuardLowerRate: 0.01,
		OpenWindow: 30 * Day, OpenStockOuts: 3, OpenBuyers: 2, OpenBigSeller: 100, OpenBigRate: 0.01, OpenReporters: 2,
	}
}
