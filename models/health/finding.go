package health

// Stated is the reason that the seller gave for a cancellation.
type Stated string

// The reasons there are (API.md §3).
const (
	StatedOutOfStock   Stated = "out_of_stock"
	StatedBuyerRequest Stated = "buyer_request"
	StatedAddress      Stated = "address_problem"
	StatedPricing      Stated = "pricing_error"
	StatedOther        Stated = "other"
)

// Answer is what the buyer says of the cancellation; "" before they have answered.
type Answer string

// The answers there are (API.md §3).
const (
	AnswerIAsked        Answer = "i_asked"
	AnswerToldOut       Answer = "told_out_of_stock"
	AnswerAskedToCancel Answer = "asked_to_cancel"
	AnswerDoNotKnow     Answer = "do_not_know"
)

// After is what became of the listing in the days after the cancellation.
type After struct {
	Gone   bool // not for sale any more, and not again
	Dearer bool // for sale again at a higher price within 7 days
}

// Finding is the cause of a cancellation as the facts have it.
type Finding string

// The findings there are (PRODUCT.md §8.1).
const (
	StockOut     Finding = "stock_out"
	BuyerRequest Finding = "buyer_request"
	Misdeclared  Finding = "misdeclared" // a stock-out under another name
	Other        Finding = "other"
)

// Counts reports whether the finding is the seller's fault: the two kinds of stock-out.
func (f Finding) Counts() bool { return f == StockOut || f == Misdeclared }

// Basis is what a finding rests on.
type Basis string

// What a finding can rest on.
const (
	ByStated Basis = "stated" // the seller's reason, with no answer against it
	ByAnswer Basis = "answer" // the buyer's
	ByFacts  Basis = "facts"  // what became of the listing
	ByStaff  Basis = "staff"  // who overruled it, with a reason
)

// Find gives the cause of a seller's cancellation. Without an answer the stated reason stands.
// With one the buyer's word decides: they know whether they asked, and what they were told. A
// buyer who does not know leaves it to the facts: what is for sale no more after a cancellation
// under another name was out of stock. A seller who says "out of stock" is believed at once,
// whatever comes after; a price that rises adds points and changes no cause.
func Find(s Stated, a Answer, after After) (Finding, Basis) {
	switch a {
	case AnswerIAsked:
		return BuyerRequest, ByAnswer
	case AnswerToldOut, AnswerAskedToCancel:
		if s == StatedOutOfStock {
			return StockOut, ByAnswer
		}
		return Misdeclared, ByAnswer
	case AnswerDoNotKnow:
		if s != StatedOutOfStock && after.Gone {
			return Misdeclared, ByFacts
		}
	}
	switch s {
	case StatedOutOfStock:
		return StockOut, ByStated
	case StatedBuyerRequest:
		return BuyerRequest, ByStated
	case StatedAddress, StatedPricing, StatedOther:
	}
	return Other, ByStated
}
