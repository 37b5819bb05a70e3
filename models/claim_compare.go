package models

import "slices"

// CaseFact is something the order or the seller shows that bears on what the buyer says. Line is
// 0 for what is about the whole claim. At and Amount are filled where the sentence of the code
// names them.
type CaseFact struct {
	Code     string
	Conflict bool // it speaks against what the buyer says; otherwise it goes with it
	Line     int
	At       Instant
	Amount   int64
}

// Codes of CaseFact.
const (
	FactDelivered       = "delivered"
	FactNotDelivered    = "not_delivered"
	FactNotShipped      = "not_shipped"
	FactNoScan          = "no_scan"
	FactScanned         = "scanned"
	FactException       = "exception"
	FactCancelledSeller = "cancelled_by_seller"
	FactCancelledBuyer  = "cancelled_by_buyer"
	FactNotCancelled    = "not_cancelled"
	FactRefunded        = "refunded"
	FactNotRefunded     = "not_refunded"
	FactSellerOffers    = "seller_offers"
	FactSellerContests  = "seller_contests"
	FactNoFiles         = "no_files"
)

// aboutWhatCame tells whether a reason says something about a thing that has come.
func aboutWhatCame(r Reason) bool {
	return r == NotAsDescribed || r == DamagedOrDefective || r == WrongOrMissingItem
}

// CompareCase sets what the buyer says beside what the order and the seller show: what goes
// with it and what speaks against it. It judges nothing; the order is that of the lines.
func CompareCase(c Claim, o Order) []CaseFact {
	var facts []CaseFact
	for _, n := range c.LineNumbers() {
		if l, ok := o.Line(n); ok {
			facts = append(facts, compareLine(c.Reason, l)...)
		}
	}
	contested := slices.ContainsFunc(c.Statements, func(s Statement) bool { return s.By == SideSeller && !s.Answer })
	switch {
	case c.Offer != nil:
		facts = append(facts, CaseFact{Code: FactSellerOffers, Amount: c.Offer.Amount, At: c.Offer.At})
	case contested:
		facts = append(facts, CaseFact{Code: FactSellerContests, Conflict: true})
	}
	if aboutWhatCame(c.Reason) && !slices.ContainsFunc(c.Evidence, func(e Evidence) bool { return e.By == SideBuyer }) {
		facts = append(facts, CaseFact{Code: FactNoFiles, Conflict: true})
	}
	return facts
}

func compareLine(reason Reason, l OrderLine) []CaseFact {
	var facts []CaseFact
	add := func(code string, conflict bool, at Instant) {
		facts = append(facts, CaseFact{Code: code, Conflict: conflict, Line: l.Number, At: at})
	}
	switch {
	case reason == NotReceived || reason == FalseShipment:
		switch {
		case l.DeliveredAt != 0:
			add(FactDelivered, true, l.DeliveredAt)
		case l.FirstScanAt != 0:
			add(FactScanned, reason == FalseShipment, l.FirstScanAt)
		case l.ShippedAt != 0:
			add(FactNoScan, false, l.ShippedAt)
		default:
			add(FactNotShipped, false, 0)
		}
		if l.Exception != "" {
			add(FactException, false, 0)
		}
	case aboutWhatCame(reason):
		if l.DeliveredAt != 0 {
			add(FactDelivered, false, l.DeliveredAt)
		} else {
			add(FactNotDelivered, true, 0)
		}
	case reason == StockOutUnrefunded:
		switch {
		case l.CancelledAt == 0:
			add(FactNotCancelled, true, 0)
		case l.CancelledBy == "buyer":
			add(FactCancelledBuyer, true, l.CancelledAt)
		case l.CancelledBy == "seller":
			add(FactCancelledSeller, false, l.CancelledAt)
		}
	}
	switch {
	case l.Refunded > 0:
		facts = append(facts, CaseFact{Code: FactRefunded, Conflict: true, Line: l.Number, Amount: l.Refunded})
	case reason == StockOutUnrefunded || reason == ReturnUnrefunded:
		add(FactNotRefunded, false, 0)
	}
	return facts
}
