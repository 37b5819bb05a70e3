// Package health reckons how a seller stands who cancels for stock-outs (PRODUCT.md §8): the
// cause of a cancellation by facts, the rate with its interval, points, the ladder and what
// opens an investigation. It is pure: it reads no clock and no database, and two who give it
// the same facts get the same answer, which a seller can work out by hand.
package health

import "time"

// Day is a day of these rules: elapsed time, not a calendar's (PRODUCT.md §2).
const Day = 24 * time.Hour

// Rules are the numbers of PRODUCT.md §8, as a policy holds them.
type Rules struct {
	PointsStockOut    int           // per order with a seller-fault stock-out
	PointsMisdeclared int           // in its place: under another name, or the buyer was asked to cancel
	PointsDearer      int           // in its place: relisted dearer soon
	PointsLife        time.Duration // from the cancellation

	BigSeller      int     // from so many orders in the life of points on
	BigSellerRate  float64 // points count only from this rate on
	Levels         []Level // ascending
	GuardLevel     int     // nothing above this level …
	GuardBuyers    int     // … with fewer affected buyers
	GuardLowerRate float64 // … or with the interval's lower end under this rate

	OpenWindow    time.Duration // an investigation opens by itself within this time
	OpenStockOuts int           // at so many stock-outs
	OpenBuyers    int           // from so many buyers
	OpenBigSeller int           // from so many orders in the window on …
	OpenBigRate   float64       // … only from this rate on
	OpenReporters int           // or at reports by so many buyers who share nothing
}

// Level is a step of the ladder.
type Level struct {
	Points  int
	Measure Measure
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
