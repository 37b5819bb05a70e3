package models

import (
	"slices"
	"testing"
)

func TestCompareCase(t *testing.T) {
	const at = Instant(1_000_000)
	one := []ClaimLine{{LineNumber: 1}}
	photo := []Evidence{{By: SideBuyer}}
	for _, tc := range []struct {
		name  string
		claim Claim
		line  OrderLine
		want  []CaseFact
	}{
		{"delivered, says the carrier", Claim{Reason: NotReceived}, OrderLine{ShippedAt: at, FirstScanAt: at, DeliveredAt: at}, []CaseFact{{Code: FactDelivered, Conflict: true, Line: 1, At: at}}},
		{"no scan", Claim{Reason: NotReceived}, OrderLine{ShippedAt: at}, []CaseFact{{Code: FactNoScan, Line: 1, At: at}}},
		{"on its way", Claim{Reason: NotReceived}, OrderLine{ShippedAt: at, FirstScanAt: at}, []CaseFact{{Code: FactScanned, Line: 1, At: at}}},
		{"on its way, said to be feigned", Claim{Reason: FalseShipment}, OrderLine{ShippedAt: at, FirstScanAt: at}, []CaseFact{{Code: FactScanned, Conflict: true, Line: 1, At: at}}},
		{"not shipped", Claim{Reason: NotReceived}, OrderLine{}, []CaseFact{{Code: FactNotShipped, Line: 1}}},
		{"lost", Claim{Reason: NotReceived}, OrderLine{ShippedAt: at, FirstScanAt: at, Exception: "lost"}, []CaseFact{{Code: FactScanned, Line: 1, At: at}, {Code: FactException, Line: 1}}},
		{"damaged, and delivered", Claim{Reason: DamagedOrDefective, Evidence: photo}, OrderLine{DeliveredAt: at}, []CaseFact{{Code: FactDelivered, Line: 1, At: at}}},
		{"damaged, never delivered, no picture", Claim{Reason: DamagedOrDefective}, OrderLine{}, []CaseFact{{Code: FactNotDelivered, Conflict: true, Line: 1}, {Code: FactNoFiles, Conflict: true}}},
		{"damaged, only the seller's picture", Claim{Reason: WrongOrMissingItem, Evidence: []Evidence{{By: SideSeller}}}, OrderLine{DeliveredAt: at}, []CaseFact{{Code: FactDelivered, Line: 1, At: at}, {Code: FactNoFiles, Conflict: true}}},
		{"out of stock", Claim{Reason: StockOutUnrefunded}, OrderLine{CancelledAt: at, CancelledBy: "seller"}, []CaseFact{{Code: FactCancelledSeller, Line: 1, At: at}, {Code: FactNotRefunded, Line: 1}}},
		{"cancelled by the buyer", Claim{Reason: StockOutUnrefunded}, OrderLine{CancelledAt: at, CancelledBy: "buyer"}, []CaseFact{{Code: FactCancelledBuyer, Conflict: true, Line: 1, At: at}, {Code: FactNotRefunded, Line: 1}}},
		{"not cancelled", Claim{Reason: StockOutUnrefunded}, OrderLine{}, []CaseFact{{Code: FactNotCancelled, Conflict: true, Line: 1}, {Code: FactNotRefunded, Line: 1}}},
		{"refunded already", Claim{Reason: ReturnUnrefunded}, OrderLine{Refunded: 500}, []CaseFact{{Code: FactRefunded, Conflict: true, Line: 1, Amount: 500}}},
		{"return not refunded", Claim{Reason: ReturnUnrefunded}, OrderLine{}, []CaseFact{{Code: FactNotRefunded, Line: 1}}},
		{"the seller offers", Claim{Reason: UnexpectedCharge, Offer: &Offer{Amount: 300, At: at}, Statements: []Statement{{By: SideSeller}}}, OrderLine{}, []CaseFact{{Code: FactSellerOffers, Amount: 300, At: at}}},
		{"the seller contests", Claim{Reason: UnexpectedCharge, Statements: []Statement{{By: SideBuyer}, {By: SideSeller}}}, OrderLine{}, []CaseFact{{Code: FactSellerContests, Conflict: true}}},
		{"the seller is silent", Claim{Reason: UnexpectedCharge, SellerSilent: true, SellerDueAt: at}, OrderLine{}, nil},
		{"nothing known", Claim{Reason: UnexpectedCharge}, OrderLine{}, nil},
	} {
		tc.claim.Lines, tc.line.Number = one, 1
		other := OrderLine{Number: 2, DeliveredAt: at, Refunded: 900} // not claimed for
		if got := CompareCase(tc.claim, Order{Lines: []OrderLine{other, tc.line}}); !slices.Equal(got, tc.want) {
			t.Errorf("%s: %+v, want %+v", tc.name, got, tc.want)
		}
	}
}
