package models

import (
	"reflect"
	"testing"
)

// One statement finds what two find, also where only some lines of an order are claimed.
func TestClaimWithItsOrder(t *testing.T) {
	m := newMarket(t)
	number := m.order("w-1", func(in *OrderInput) {
		for i := range 2 {
			more := in.Lines[0]
			more.Line, more.SKU = 2+i, "more"
			in.Lines = append(in.Lines, more)
		}
	})
	c := m.inReview(number)
	first, second := m.claim(c.Number), 2
	m.mustExec("UPDATE claim_lines SET line_no = ?, order_line_id = (SELECT id FROM order_lines WHERE order_id = ? AND line_no = ?) WHERE claim_id = ?", second, c.OrderID, second, c.ID)
	for _, by := range []Actor{m.agent, m.buyer, m.seller} {
		want, err := m.ClaimByNumber(m.ctx, by, c.Number)
		m.must(err)
		wantOrder, err := m.OrderFacts(m.ctx, by, number)
		m.must(err)
		if by.Role != RoleAgent {
			wantOrder = Order{}
		}
		got, order, err := m.ClaimWithOrder(m.ctx, by, c.Number)
		m.must(err)
		if len(got.Lines) != 1 || got.Lines[0] == first.Lines[0] || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: the claim is %+v, not %+v", by.Role, got, want)
		}
		if !reflect.DeepEqual(order, wantOrder) {
			t.Errorf("%s: the order is %+v, not %+v", by.Role, order, wantOrder)
		}
	}
	m.order("w-2", func(in *OrderInput) {
		in.Buyer, in.Lines[0].Seller = BuyerInput{ID: "mp-b-2", Email: "B2@example.com", Name: "別の買い手"}, SellerRef{ID: "mp-s-2", Name: "別の店"}
	})
	for _, change := range []string{
		"UPDATE orders SET buyer_id = 'mp-b-2' WHERE id = ?",
		"UPDATE orders SET buyer_id = 'mp-b-1' WHERE id = ?",
		"UPDATE order_lines SET seller_id = 'mp-s-2' WHERE order_id = ? AND line_no = 3",
	} {
		m.mustExec(change, c.OrderID)
		wantOrder, err := m.OrderFacts(m.ctx, m.agent, number)
		m.must(err)
		got, order, err := m.ClaimWithOrder(m.ctx, m.agent, c.Number)
		m.must(err)
		if got.BuyerEmail != first.BuyerEmail || !reflect.DeepEqual(order, wantOrder) {
			t.Errorf("after %s the order is %+v, not %+v", change, order, wantOrder)
		}
	}
	for _, by := range []Actor{m.seller2, {}} {
		if _, _, err := m.ClaimWithOrder(m.ctx, by, c.Number); KindOf(err) != NotFound {
			t.Errorf("%s reads a case of others: %v", by.Role, err)
		}
	}
	if _, _, err := m.ClaimWithOrder(m.ctx, m.agent, "C-000-0000"); KindOf(err) != NotFound {
		t.Errorf("a claim that is not there: %v", err)
	}
}
