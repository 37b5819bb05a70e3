package models

import (
	"slices"
	"testing"
)

// Whatever somebody paid with, the page can say when it comes back and where to.
func TestRefundTimesOfEveryTender(t *testing.T) {
	known := []Tender{"credit_card", "debit_card", "convenience_store", "cash_on_delivery", "carrier_billing", "bank_transfer", "wallet", "points", "gift_card", "coupon"}
	var seen []Tender
	for _, r := range DefaultPolicy().RefundTimes {
		if !slices.Contains(known, r.Tender) || !slices.Contains(known, r.To) {
			t.Errorf("%s to %s: no such tender", r.Tender, r.To)
		}
		seen = append(seen, r.Tender)
		for _, s := range []Span{r.Ours, r.Theirs} {
			if s.From > s.To || (s.Unit == "") != (s == Span{}) {
				t.Errorf("%s takes %+v", r.Tender, s)
			}
		}
	}
	for _, tender := range known {
		if !slices.Contains(seen, tender) {
			t.Errorf("nothing is said of %s", tender)
		}
	}
}
