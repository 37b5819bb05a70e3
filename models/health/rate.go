package health

import "math"

// Rate is a share of orders with the interval in which the true one lies.
type Rate struct {
	Hits, Orders int
}

// z is of the normal distribution, for 95% between both ends.
const z = 1.959963984540054

// Value is the share, 0–1; 0 of no orders.
func (r Rate) Value() float64 {
	if r.Orders <= 0 {
		return 0
	}
	return float64(r.Hits) / float64(r.Orders)
}

// Interval is Wilson's 95% interval, 0–1: unlike the share itself it knows how little three
// orders of forty say. Of no orders it is everything, 0 to 1.
func (r Rate) Interval() (lower, upper float64) {
	if r.Orders <= 0 {
		return 0, 1
	}
	n, p := float64(r.Orders), r.Value()
	middle := p + z*z/(2*n)
	half := z * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	whole := 1 + z*z/n
	lower, upper = (middle-half)/whole, (middle+half)/whole
	if r.Hits <= 0 {
		lower = 0 // what floating point leaves of it
	}
	if r.Hits >= r.Orders {
		upper = 1
	}
	return max(0, lower), min(1, upper)
}
