package models_test

import (
	"fmt"
	"testing"

	"hosho/models"
)

// Whatever a sender changes in an order is written; the same again is not.
func TestImportWritesWhatChangedAndNothingElse(t *testing.T) {
	more, late := int64(2000), int64(700)
	changes := map[string]func(o *models.OrderInput){
		"buyer":        func(o *models.OrderInput) { o.Buyer.ID = "b2" },
		"email":        func(o *models.OrderInput) { o.Buyer.Email = "c@example.com" },
		"name":         func(o *models.OrderInput) { o.Buyer.Name = "Hana" },
		"locale":       func(o *models.OrderInput) { o.Buyer.Locale = "en" },
		"placed":       func(o *models.OrderInput) { o.PlacedAt = "2026-01-01T10:00:01+09:00" },
		"updated":      func(o *models.OrderInput) { o.UpdatedAt = "2026-01-02T10:00:00+09:00" },
		"currency":     func(o *models.OrderInput) { o.Currency = "USD" },
		"chargeback":   func(o *models.OrderInput) { o.Chargeback = true },
		"tender":       func(o *models.OrderInput) { o.Payments[0].Tender = "points" },
		"captured":     func(o *models.OrderInput) { o.Payments[0].Captured = new(bool) },
		"refund":       func(o *models.OrderInput) { o.Refunds = []models.RefundInput{{Reference: "r", Line: 1, Amount: 5}} },
		"line added":   func(o *models.OrderInput) { *o = importedOrder("o", 3) },
		"line gone":    func(o *models.OrderInput) { *o = importedOrder("o", 1) },
		"line renamed": func(o *models.OrderInput) { o.Lines[1].Line = 7 },
		"seller":       func(o *models.OrderInput) { o.Lines[1].Seller.ID = "s2" },
		"sku":          func(o *models.OrderInput) { o.Lines[1].SKU = "k" },
		"title":        func(o *models.OrderInput) { o.Lines[1].Title = "皿" },
		"price":        func(o *models.OrderInput) { o.Lines[1].UnitPrice, o.Payments[0].Amount = &late, sum(1700) },
		"tax":          func(o *models.OrderInput) { o.Lines[1].UnitPrice, o.Lines[1].Tax = &late, 300 },
		"shipping":     func(o *models.OrderInput) { o.Lines[1].UnitPrice, o.Lines[1].Shipping = &late, 300 },
		"quantity":     func(o *models.OrderInput) { o.Lines[1].UnitPrice, o.Lines[1].Quantity = sum(500), 2 },
		"fulfilled by": func(o *models.OrderInput) { o.Lines[1].FulfilledBy = models.ByMarketplace },
		"digital":      func(o *models.OrderInput) { o.Lines[1].Digital = true },
		"listing":      func(o *models.OrderInput) { o.Lines[1].Listing = &models.ListingInput{Description: "c"} },
		"earlier":      func(o *models.OrderInput) { o.Lines[1].EstimatedDelivery = &models.EstimateInput{Latest: "2026-01-02"} },
		"later":        func(o *models.OrderInput) { o.Lines[1].EstimatedDelivery = &models.EstimateInput{Latest: "2026-02-02"} },
		"no estimate":  func(o *models.OrderInput) { o.Lines[1].EstimatedDelivery = nil },
		"status":       func(o *models.OrderInput) { o.Lines[1].Status = models.Shipped },
		"cancelled": func(o *models.OrderInput) {
			o.Lines[1].Cancellation = &models.CancellationInput{At: "2026-01-02T10:00:00Z", By: "seller"}
		},
		"shipped": func(o *models.OrderInput) {
			o.Lines[1].Shipment = &models.ShipmentInput{ShippedAt: "2026-01-02T10:00:00Z"}
		},
		"tracking":      func(o *models.OrderInput) { o.Lines[1].Shipment = &models.ShipmentInput{TrackingNumber: "1"} },
		"undeliverable": func(o *models.OrderInput) { o.Lines[1].Shipment = &models.ShipmentInput{Exception: "undeliverable"} },
		"paid more, costs more": func(o *models.OrderInput) {
			o.Lines[1].UnitPrice, o.Payments[0].Amount = &more, sum(3000)
		},
	}
	s := importStore(t)
	put := func(o models.OrderInput) models.PutOutcome {
		t.Helper()
		r, err := s.PutOrders(t.Context(), importer, []models.OrderInput{o})
		if err != nil || r[0].Err != nil {
			t.Fatal(err, r[0].Err)
		}
		return r[0].Outcome
	}
	version := func(number string) int64 {
		t.Helper()
		o, err := s.OrderByNumber(t.Context(), importer, number)
		if err != nil {
			t.Fatal(err)
		}
		return o.Version
	}
	i := 0
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			i++
			number := fmt.Sprintf("o-%d", i)
			order := importedOrder(number, 2)
			order.Buyer.ID = "b-" + number // others of this buyer would change its name under us
			if got := put(order); got != models.OrderCreated {
				t.Fatalf("first: %s", got)
			}
			if got := put(order); got != models.OrderUnchanged || version(number) != 1 {
				t.Errorf("the same again: %s, version %d", got, version(number))
			}
			buyer := order.Buyer.ID
			change(&order)
			order.Number = number
			if order.Buyer.ID == "b1" {
				order.Buyer.ID = buyer
			}
			if got := put(order); got != models.OrderUpdated || version(number) != 2 {
				t.Errorf("changed: %s, version %d", got, version(number))
			}
			if got := put(order); got != models.OrderUnchanged || version(number) != 2 {
				t.Errorf("the change again: %s, version %d", got, version(number))
			}
		})
	}
}

func sum(n int64) *int64 { return &n }

// Each order of a batch stands for itself, in its place, whether read or written.
func TestImportKeepsResultsInPlace(t *testing.T) {
	s := importStore(t)
	if _, err := s.PutOrders(t.Context(), importer, []models.OrderInput{importedOrder("a", 1), importedOrder("c", 1)}); err != nil {
		t.Fatal(err)
	}
	bad := importedOrder("b", 1)
	bad.Payments = []models.PaymentInput{{Tender: "credit_card", Amount: sum(1)}}
	newer := importedOrder("c", 1)
	newer.Lines[0].Status = models.Shipped
	got, err := s.PutOrders(t.Context(), importer, []models.OrderInput{importedOrder("a", 1), bad, newer, importedOrder("d", 1)})
	if err != nil {
		t.Fatal(err)
	}
	if got[0].Outcome != models.OrderUnchanged || models.CodeOf(got[1].Err) != "payments_do_not_add_up" || got[2].Outcome != models.OrderUpdated || got[3].Outcome != models.OrderCreated {
		t.Errorf("%+v", got)
	}
	if _, err := s.PutOrders(t.Context(), models.Operator, nil); models.KindOf(err) != models.Forbidden {
		t.Errorf("the operator imported: %v", err)
	}
}

func TestDurabilityAndClock(t *testing.T) {
	s := importStore(t)
	d, err := s.Durability(t.Context())
	if err != nil || d.Settings == "" {
		t.Errorf("%+v, %v", d, err)
	}
	at, err := s.DatabaseClock(t.Context())
	if apart := at.Sub(s.MachineNow()).Abs().Seconds(); err != nil || apart > 5 {
		t.Errorf("%s apart, %v", at.Sub(s.MachineNow()), err)
	}
}
