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
		{"the buyer alone says more", Claim{Reason: UnexpectedCharge, Statements: []Statement{{By: SideBuyer}}}, OrderLine{}, nil},
		{"the seller answers a question", Claim{Reason: UnexpectedCharge, Statements: []Statement{{By: SideSeller, Answer: true}}}, OrderLine{}, nil},
		{"the seller contests and answers", Claim{Reason: UnexpectedCharge, Statements: []Statement{{By: SideSeller}, {By: SideSeller, Answer: true}}}, OrderLine{}, []CaseFact{{Code: FactSellerContests, Conflict: true}}},
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

// What contests a claim and what answers a question are told apart where they are given.
func TestAnswersAreNoContests(t *testing.T) {
	m := newMarket(t)
	c := m.inReview(m.order("A-1", nil))
	_, err := m.Act(m.ctx, m.agent, c.Number, &AskInput{Party: SideSeller, Question: "控えはありますか。"})
	m.must(err)
	_, err = m.Act(m.ctx, m.seller, c.Number, &AnswerInput{Message: "あります。"})
	m.must(err)
	if said := m.claim(c.Number).Statements; len(said) != 2 || said[0].Answer || !said[1].Answer {
		t.Fatalf("%+v", said)
	}
}
