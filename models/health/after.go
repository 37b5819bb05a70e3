package health

import "time"

// FactDays is how long after a cancellation what becomes of the listing tells of its cause.
const FactDays = 7

// Word is one word on a listing at an instant: of the marketplace's feed, or an order placed of it.
type Word struct {
	At        time.Time
	Available bool
	Price     int64 // of one, in minor units; 0 where it is not comparable
}

// Seen is what words have told of a listing after a cancellation. More words only ever add to it,
// in whatever order they come.
type Seen struct {
	OffSale bool // not for sale at the cancellation or in the days after
	OnSale  bool // for sale in the days after, still or again
	Dearer  bool // for sale then at more than the cancelled order paid
}

// With adds a word. cancelled is when the line was cancelled, price what one of it cost in that
// order. A word from before tells only where it was the last one by then, and only that the listing
// was off sale: one that was still up tells nothing, since the feed may lag behind.
func (s Seen) With(w Word, cancelled time.Time, price int64) Seen {
	switch after := w.At.Sub(cancelled); {
	case after >= FactDays*Day:
	case after <= 0:
		s.OffSale = s.OffSale || !w.Available
	default:
		s.OffSale = s.OffSale || !w.Available
		s.OnSale = s.OnSale || w.Available
		s.Dearer = s.Dearer || w.Available && w.Price > price
	}
	return s
}

// After is what it comes to: what was on sale at any time in the days after is not gone.
func (s Seen) After() After { return After{Gone: s.OffSale && !s.OnSale, Dearer: s.Dearer} }
