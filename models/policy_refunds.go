package models

// Units of a Span.
const (
	SpanHours      = "hours"
	SpanDays       = "days"
	SpanStatements = "statements" // of a card or a phone bill: 0 is the present one
)

// Span is how long something usually takes. The zero Span is "at once".
type Span struct {
	Unit string `json:"unit,omitempty"`
	From int    `json:"from,omitempty"`
	To   int    `json:"to,omitempty"`
}

// RefundTime is when money comes back that was paid by one tender: how long the marketplace
// takes to pass it on, and from then until the buyer sees it. A tender that cannot take money
// back has a row for each way the buyer can choose instead.
type RefundTime struct {
	Tender Tender `json:"tender"`
	To     Tender `json:"to"` // where the money goes; the first of a tender's rows is the default
	Ours   Span   `json:"ours"`
	Theirs Span   `json:"theirs"`
}

// defaultRefundTimes are the usual times of PRODUCT.md §7, in the order pages print them.
func defaultRefundTimes() []RefundTime {
	day := Span{Unit: SpanHours, To: 24}
	statement := Span{Unit: SpanStatements, To: 2}
	few, weeks := Span{Unit: SpanDays, From: 1, To: 3}, Span{Unit: SpanDays, From: 7, To: 14}
	return []RefundTime{
		{"credit_card", "credit_card", day, statement},
		{"debit_card", "debit_card", day, Span{Unit: SpanDays, From: 3, To: 21}},
		{"convenience_store", "gift_card", day, few},
		{"convenience_store", "bank_transfer", day, weeks},
		{"cash_on_delivery", "gift_card", day, few},
		{"cash_on_delivery", "bank_transfer", day, weeks},
		{"carrier_billing", "carrier_billing", day, statement},
		{"bank_transfer", "bank_transfer", day, weeks},
		{"wallet", "wallet", day, few},
		{"points", "points", Span{}, Span{Unit: SpanHours, To: 6}},
		{"gift_card", "gift_card", day, few},
		{"coupon", "coupon", Span{}, Span{}},
	}
}

// UsuallyBy is when money whose way back begins at an instant is there at the latest, as it
// usually goes; for a page to say, not for a rule.
func (t RefundTime) UsuallyBy(from Instant) Instant {
	return Leg{DueAt: from.Add(t.Ours.longest()), Theirs: t.Theirs}.VisibleBy()
}
