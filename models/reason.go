package models

// Reason is why a buyer claims; the covered reasons are also the problem types of a contact.
type Reason string

// The covered reasons, change of mind, which never is, and general talk, which is no problem.
const (
	StockOutUnrefunded Reason = "stock_out_unrefunded"
	NotReceived        Reason = "not_received"
	FalseShipment      Reason = "false_shipment"
	NotAsDescribed     Reason = "not_as_described"
	DamagedOrDefective Reason = "damaged_or_defective"
	WrongOrMissingItem Reason = "wrong_or_missing_item"
	ReturnRefused      Reason = "return_refused"
	ReturnUnrefunded   Reason = "return_unrefunded"
	UnexpectedCharge   Reason = "unexpected_charge"
	ChangeOfMind       Reason = "change_of_mind"
	GeneralTopic       Reason = "general"
)

// CoveredReasons are the reasons the guarantee covers, in the order pages list them.
var CoveredReasons = []Reason{
	NotReceived, FalseShipment, StockOutUnrefunded, NotAsDescribed, DamagedOrDefective, WrongOrMissingItem, ReturnRefused, ReturnUnrefunded, UnexpectedCharge,
}

// Covered reports whether the guarantee covers the reason.
func (r Reason) Covered() bool {
	for _, c := range CoveredReasons {
		if r == c {
			return true
		}
	}
	return false
}

// NeedsEvidence reports whether at least one file must come with the claim.
func (r Reason) NeedsEvidence() bool {
	switch r {
	case NotAsDescribed, DamagedOrDefective, WrongOrMissingItem, UnexpectedCharge:
		return true
	case StockOutUnrefunded, NotReceived, FalseShipment, ReturnRefused, ReturnUnrefunded, ChangeOfMind, OrderedByMistake, TakesTooLong, GeneralTopic:
	}
	return false
}
