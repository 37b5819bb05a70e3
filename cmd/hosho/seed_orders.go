package main

import (
	"time"

	"hosho/models"
)

// timeline tells the demo's orders in days before and after now.
type timeline struct {
	now  time.Time
	zone *time.Location
}

func (t timeline) at(days float64) string {
	return t.now.Add(time.Duration(days * 24 * float64(time.Hour))).Format(time.RFC3339)
}

func (t timeline) day(days int) string {
	return t.now.In(t.zone).AddDate(0, 0, days).Format(time.DateOnly)
}

func (t timeline) promised(earliest, latest int) *models.EstimateInput {
	return &models.EstimateInput{Earliest: t.day(earliest), Latest: t.day(latest)}
}

// item is one unit of a seller's, with shipping.
func item(line int, seller, title string, price, shipping int64) models.LineInput {
	return models.LineInput{
		Line: line, Seller: models.SellerRef{ID: seller}, SKU: seller + "-" + title, Title: title, Quantity: 1, UnitPrice: &price, Shipping: shipping,
		Status: models.Unshipped,
	}
}

func pay(tender models.Tender, amount int64) models.PaymentInput {
	return models.PaymentInput{Tender: tender, Amount: &amount}
}

func demoOrder(number string, buyer models.BuyerInput, placed string, lines []models.LineInput, payments ...models.PaymentInput) models.OrderInput {
	return models.OrderInput{Number: number, Buyer: buyer, PlacedAt: placed, Currency: "JPY", Lines: lines, Payments: payments}
}

// demoOrders are orders in the states that matter: not shipped in time, shipped and overdue,
// delivered, cancelled for want of stock with and without a refund, digital, shipped by the
// marketplace, and near the end of the time to claim.
func demoOrders(now time.Time, zone *time.Location) []models.OrderInput {
	t := timeline{now, zone}
	hana, ken, emma, yui := demoBuyers[0], demoBuyers[1], demoBuyers[2], demoBuyers[3]

	kettle := item(1, "aoi", "南部鉄器の急須", 6800, 700)
	kettle.EstimatedDelivery = t.promised(-12, -8)

	radio := item(1, "kumo", "防災ラジオ", 4980, 550)
	radio.Status, radio.EstimatedDelivery = models.Shipped, t.promised(-10, -7)
	radio.Shipment = &models.ShipmentInput{Carrier: "ヤマト運輸", TrackingNumber: "4012-3345-1278", ShippedAt: t.at(-14), FirstScanAt: t.at(-13.8)}

	shoes := item(1, "nami", "革のローファー 25.0cm", 12800, 0)
	shoes.Status, shoes.EstimatedDelivery = models.Delivered, t.promised(-6, -3)
	shoes.Shipment = &models.ShipmentInput{Carrier: "佐川急便", TrackingNumber: "3981-0022-7710", ShippedAt: t.at(-7), FirstScanAt: t.at(-6.9), DeliveredAt: t.at(-4)}
	shoes.Listing = &models.ListingInput{Description: "牛革のローファー。新品、箱付き。", Condition: "new", Promises: []string{"箱付き", "替えの靴ひも付き"}}
	cream := item(2, "nami", "靴クリーム", 1200, 300)
	cream.Status, cream.EstimatedDelivery, cream.Shipment = models.Delivered, shoes.EstimatedDelivery, shoes.Shipment

	camera := item(1, "sora", "中古フィルムカメラ", 23000, 900)
	camera.Status, camera.EstimatedDelivery = models.Cancelled, t.promised(-4, -1)
	camera.Cancellation = &models.CancellationInput{At: t.at(-5), By: "seller", StatedReason: "out_of_stock"}

	lens := item(1, "sora", "単焦点レンズ 50mm", 18500, 900)
	lens.Status, lens.EstimatedDelivery = models.Cancelled, t.promised(-9, -5)
	lens.Cancellation = &models.CancellationInput{At: t.at(-10), By: "seller", StatedReason: "out_of_stock"}

	book := item(1, "harbor", "A Field Guide to Sea Birds (ebook)", 2400, 0)
	book.Digital, book.Status = true, models.Delivered

	lamp := item(1, "kumo", "デスクランプ", 7400, 0)
	lamp.FulfilledBy, lamp.Status, lamp.EstimatedDelivery = models.ByMarketplace, models.Shipped, t.promised(-5, -4)

	bag := item(1, "aoi", "帆布のトートバッグ", 5400, 600)
	bag.Status, bag.EstimatedDelivery = models.Shipped, t.promised(-92, -89)
	bag.Shipment = &models.ShipmentInput{Carrier: "日本郵便", TrackingNumber: "6601-2210-0915", ShippedAt: t.at(-96), FirstScanAt: t.at(-95.7)}

	lensPaid := demoOrder("250-0005", yui, t.at(-12), []models.LineInput{lens}, pay("credit_card", 19400))
	lensPaid.Refunds = []models.RefundInput{{Reference: "r-250-0005", Line: 1, Tender: "credit_card", Amount: 19400, At: t.at(-9)}}
	return []models.OrderInput{
		demoOrder("250-0001", hana, t.at(-16), []models.LineInput{kettle}, pay("credit_card", 6500), pay("points", 1000)),
		demoOrder("250-0002", hana, t.at(-15), []models.LineInput{radio}, pay("convenience_store", 5530)),
		demoOrder("250-0003", hana, t.at(-9), []models.LineInput{shoes, cream}, pay("wallet", 14300)),
		demoOrder("250-0004", ken, t.at(-8), []models.LineInput{camera}, pay("credit_card", 21900), pay("coupon", 2000)),
		lensPaid,
		demoOrder("250-0006", emma, t.at(-3), []models.LineInput{book}, pay("gift_card", 2400)),
		demoOrder("250-0007", emma, t.at(-9), []models.LineInput{lamp}, pay("credit_card", 7400)),
		demoOrder("250-0008", ken, t.at(-98), []models.LineInput{bag}, pay("bank_transfer", 6000)),
	}
}
