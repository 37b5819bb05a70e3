package seed

import (
	"context"
	"fmt"
	"time"

	"hosho/cmd/hosho/seed/trial"
	"hosho/models"
)

const (
	scaleDays  = 100 // of selling, so that each window of a seller's health is full
	scaleChunk = 200 // orders a transaction
)

// kinds are what made-up sellers are, how many of a hundred, and how often they run out.
var kinds = []struct {
	kind      trial.Kind
	name      string
	percent   int
	low, high float64
}{
	{trial.Honest, "正直", 80, 0.005, 0.005},
	{trial.Careless, "不注意", 12, 0.02, 0.05},
	{trial.Dishonest, "不誠実", 8, 0.10, 0.40},
}

// tellScale has made-up sellers trade for a hundred days, honest, careless and dishonest ones in
// known shares, with names that say which they are. Their buyers answer why an order was
// cancelled. The same number makes the same sellers.
func (st *story) tellScale(count int) {
	var puts [scaleDays + 1][]models.OrderInput
	var answers [scaleDays + 1][]trial.Deal
	start := st.ago(d(scaleDays)).Time()
	for i := range count {
		k, at := kinds[0], i*37%100 // 37 and 100 share nothing: each hundred has its shares, well mixed
		for _, k = range kinds {
			if at -= k.percent; at < 0 {
				break
			}
		}
		seed := uint64(i)
		habits := trial.Draw(k.kind, 0, k.low, k.high, seed)
		seller := models.SellerRef{ID: fmt.Sprintf("trial-%04d", i+1), Name: fmt.Sprintf("試験店 %04d(%s・月%d件)", i+1, k.name, habits.OrdersAMonth)}
		for _, deal := range habits.Deals(seed, seller.ID, start, d(scaleDays-4)) {
			known := deal.Placed.Add(d(3))
			if !deal.Cancelled.IsZero() {
				known = deal.Cancelled
			}
			if day := int(known.Sub(start)/d(1)) + 1; day <= scaleDays {
				puts[day] = append(puts[day], orderOf(deal, seller))
			}
			if day := int(deal.Answered.Sub(start)/d(1)) + 1; deal.Answer != "" && day <= scaleDays {
				answers[day] = append(answers[day], deal)
			}
		}
	}
	for day := 1; day <= scaleDays; day++ {
		st.at(d(scaleDays-day), fmt.Sprintf("day %d of the made-up sellers", day), func(ctx context.Context) error {
			if err := st.putAll(ctx, puts[day]); err != nil {
				return err
			}
			for _, deal := range answers[day] {
				if err := st.answer(ctx, deal); err != nil {
					return fmt.Errorf("answer on %s: %w", deal.Order, err)
				}
			}
			return nil
		})
	}
}

func (st *story) putAll(ctx context.Context, orders []models.OrderInput) error {
	for len(orders) > 0 {
		n := min(len(orders), scaleChunk)
		results, err := st.s.PutOrders(ctx, st.people.Integration.Actor(), orders[:n])
		if err != nil {
			return err
		}
		for i, r := range results {
			if r.Err != nil {
				return fmt.Errorf("order %s: %w", orders[i].Number, r.Err)
			}
		}
		orders = orders[n:]
	}
	return nil
}

func (st *story) answer(ctx context.Context, deal trial.Deal) error {
	a, err := st.account(ctx, models.AccountInput{Email: deal.Buyer + "@trial.example", Name: "試験の購入者", Locale: "ja", Role: models.RoleBuyer})
	if err != nil {
		return err
	}
	_, err = st.s.AnswerCancellation(ctx, a.Actor(), models.AnswerCancellation{OrderNumber: deal.Order, Line: 1, Answer: deal.Answer})
	return err
}

// orderOf is a made-up order as the marketplace tells it once, at its end.
func orderOf(deal trial.Deal, seller models.SellerRef) models.OrderInput {
	price := int64(2_980)
	day := func(days int) string { return deal.Placed.AddDate(0, 0, days).Format(time.DateOnly) }
	line := models.LineInput{
		Line: 1, Seller: seller, SKU: "ITEM-1", Title: "試験の商品", Quantity: 1, UnitPrice: &price,
		EstimatedDelivery: &models.EstimateInput{Earliest: day(2), Latest: day(5)},
	}
	if deal.Cancelled.IsZero() {
		at := func(days int) string { return deal.Placed.AddDate(0, 0, days).Format(time.RFC3339) }
		line.Status = models.Delivered
		line.Shipment = &models.ShipmentInput{Carrier: "試験便", TrackingNumber: deal.Order, ShippedAt: at(1), FirstScanAt: at(1), DeliveredAt: at(3)}
	} else {
		line.Status = models.Cancelled
		line.Cancellation = &models.CancellationInput{At: deal.Cancelled.Format(time.RFC3339), By: "seller", StatedReason: string(deal.Stated)}
	}
	return models.OrderInput{
		Number: deal.Order, Buyer: models.BuyerInput{ID: deal.Buyer, Email: deal.Buyer + "@trial.example", Name: "試験の購入者"}, PlacedAt: deal.Placed.Format(time.RFC3339),
		Currency: "JPY", Lines: []models.LineInput{line}, Payments: []models.PaymentInput{tender("credit_card", price)},
	}
}
