package handlers

import "hosho/models"

// tourOrder is the order in which the stories are offered.
var tourOrder = []string{"silent", "contested", "stockout"}

func tourDue(f tourFacts) models.Instant { return f.due }
func tourDesk(f tourFacts) []string      { return []string{"staff/cases", f.claim} }
func tourClaim(f tourFacts) []string     { return []string{"my/claims", f.claim} }

// tourStories are the three tales: a parcel that never came and a seller who says nothing, goods
// that differ and a seller who objects, and a cancelled order whose money stayed away.
func tourStories() map[string]tourStory {
	contacted := func(f tourFacts) bool { return f.waitEnds != 0 || f.claim != "" }
	waited := func(f tourFacts) bool {
		return f.claim != "" && f.status != models.Scheduled || f.waitEnds != 0 && f.now >= f.waitEnds
	}
	filed := func(f tourFacts) bool { return f.claim != "" && f.status != models.Scheduled }
	answered := func(f tourFacts) bool { return filed(f) && f.status != models.AwaitingSeller }
	decided := func(f tourFacts) bool { return f.claim != "" && !f.status.Open() }

	order := func(f tourFacts) []string { return []string{"my/orders", f.order} }
	respond := func(f tourFacts) []string { return []string{"seller/cases", f.claim} }
	waitEnds := func(f tourFacts) models.Instant { return f.waitEnds }

	contact := tourStep{key: "contact", who: models.RoleBuyer, path: order, done: contacted}
	wait := tourStep{key: "wait", until: waitEnds, done: waited}
	file := tourStep{key: "file", who: models.RoleBuyer, path: order, done: filed}
	silence := tourStep{key: "silence", until: tourDue, done: answered}
	decide := tourStep{key: "decide", who: models.RoleAgent, path: tourDesk, done: decided}
	letter := tourStep{key: "letter", who: models.RoleBuyer, path: tourClaim}

	return map[string]tourStory{
		"silent": {key: "silent", topic: models.NotReceived, order: tourParcel, steps: []tourStep{contact, wait, file, silence, letter}},
		"contested": {key: "contested", topic: models.NotAsDescribed, order: tourGoods, steps: []tourStep{
			contact, wait, file, {key: "answer", who: models.RoleSeller, path: respond, done: answered}, decide, letter,
		}},
		"stockout": {key: "stockout", topic: models.StockOutUnrefunded, order: tourCancelled, steps: []tourStep{contact, wait, file, silence, decide, letter}},
	}
}

// tourLine is the one line of a story's order, with what is the same in all three.
func tourLine(t tourCast, ja, en string, price int64) models.OrderInput {
	title, promise := ja, "3日以内に発送"
	if t.lang == "en" {
		title, promise = en, "Ships within 3 days"
	}
	return models.OrderInput{
		Number: t.number, Buyer: models.BuyerInput{ID: t.buyerID, Email: t.buyer.Email, Name: t.buyer.Name, Locale: t.buyer.Locale},
		PlacedAt: t.hour(-15, 10), Currency: "JPY",
		Lines: []models.LineInput{{
			Line: 1, Seller: models.SellerRef{ID: t.seller.SellerID}, SKU: "TOUR-1", Title: title, Quantity: 1, UnitPrice: &price, Status: models.Unshipped,
			EstimatedDelivery: &models.EstimateInput{Earliest: t.day(-9), Latest: t.day(-6)},
			Listing:           &models.ListingInput{Description: title, Promises: []string{promise}},
		}},
		Payments: []models.PaymentInput{{Tender: "credit_card", Amount: &price}},
	}
}

// tourParcel is shipped, overdue and nowhere.
func tourParcel(t tourCast) models.OrderInput {
	in := tourLine(t, "ウールのひざ掛け", "Wool lap blanket", 8_900)
	in.Lines[0].Status = models.Shipped
	in.Lines[0].Shipment = &models.ShipmentInput{Carrier: t.carrier(), TrackingNumber: "4812-7700-0001", ShippedAt: t.hour(-12, 11)}
	return in
}

// tourGoods arrived, and is not what was promised.
func tourGoods(t tourCast) models.OrderInput {
	in := tourLine(t, "銅のやかん 1.2L", "Copper kettle, 1.2 L", 12_400)
	in.Lines[0].Status = models.Delivered
	in.Lines[0].Shipment = &models.ShipmentInput{
		Carrier: t.carrier(), TrackingNumber: "4812-7700-0002", ShippedAt: t.hour(-12, 11), FirstScanAt: t.hour(-12, 18), DeliveredAt: t.hour(-7, 14),
	}
	return in
}

// tourCancelled was cancelled for a stock-out, and nothing was paid back. It costs more than a
// rule may grant by itself, so that people decide.
func tourCancelled(t tourCast) models.OrderInput {
	in := tourLine(t, "コーヒーミル 限定色", "Coffee grinder, limited colour", 48_000)
	in.Lines[0].Status = models.Cancelled
	in.Lines[0].Cancellation = &models.CancellationInput{At: t.hour(-5, 9), By: "seller", StatedReason: "out_of_stock"}
	return in
}

// carrier is who carries a story's parcels, in its reader's letters.
func (t tourCast) carrier() string {
	if t.lang == "en" {
		return "Yamato Transport"
	}
	return "ヤマト運輸"
}
