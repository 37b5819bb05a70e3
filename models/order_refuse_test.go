package models

import "testing"

// A refund is known by its reference: told again it changes nothing, told otherwise it is
// refused before anything of the order is written, in a batch too.
func TestRefundToldOtherwise(t *testing.T) {
	m := newMarket(t)
	var in OrderInput
	number := m.order("A-1", func(o *OrderInput) {
		second := o.Lines[0]
		second.Line = 2
		o.Lines = append(o.Lines, second)
		o.Refunds = []RefundInput{{Reference: "r-1", Line: 1, Amount: 500}}
		in = *o
	})
	paid := int64(7600)
	in.Payments = []PaymentInput{{Tender: "credit_card", Amount: &paid}}
	put := func(edit func(*OrderInput)) error {
		next := in
		next.Refunds = append([]RefundInput(nil), in.Refunds...)
		edit(&next)
		next.Buyer.Email = "stranger@example.com"
		_, _, err := m.PutOrder(m.ctx, m.integration, next)
		results, batch := m.PutOrders(m.ctx, m.integration, []OrderInput{next})
		m.must(batch)
		if CodeOf(err) != CodeOf(results[0].Err) {
			t.Fatalf("alone %v, in a batch %v", err, results[0].Err)
		}
		return err
	}
	for what, edit := range map[string]func(*OrderInput){
		"another amount":   func(o *OrderInput) { o.Refunds[0].Amount = 600 },
		"another line":     func(o *OrderInput) { o.Refunds[0].Line = 2 },
		"another currency": func(o *OrderInput) { o.Currency = "USD" },
	} {
		if err := put(edit); KindOf(err) != Invalid {
			t.Errorf("%s: %v", what, err)
		}
		o, err := m.OrderByNumber(m.ctx, m.integration, number)
		m.must(err)
		if o.BuyerEmail != "b1@example.com" || o.Currency != "JPY" || len(o.Refunds) != 1 || o.Refunds[0].Amount != 500 {
			t.Errorf("%s was refused and left %s %s %+v", what, o.BuyerEmail, o.Currency, o.Refunds)
		}
	}
	m.must(put(func(o *OrderInput) {
		o.Refunds = append(o.Refunds, RefundInput{Reference: "r-2", Line: 1, Amount: 500})
	}))
}
