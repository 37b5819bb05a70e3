package models

import (
	"fmt"
	"testing"
	"time"
)

// A seller with many orders is counted page by page, those with few together, and what is wrong is
// found wherever it lies: a row that says something else, one that is missing, one of no order.
func TestRecountInPages(t *testing.T) {
	m := newMarket(t)
	defer func(was int) { recountLines = was }(recountLines)
	recountLines = 5
	orders := 0
	for seller, count := range map[string]int{"mp-s-1": 23, "mp-s-2": 2, "mp-s-3": 2, "mp-s-4": 2, "mp-s-6": 11, "mp-s-7": 5} {
		for i := range count {
			m.order(fmt.Sprintf("%s-%02d", seller, i), func(in *OrderInput) {
				in.Lines[0].Seller.ID = seller
				in.PlacedAt = m.MachineNow().Add(-time.Duration(i/3) * 7 * time.Hour).String() // some at one time
			})
			orders++
		}
	}
	count := func(corrected int) {
		t.Helper()
		r, err := m.RecountSellers(m.ctx, Operator)
		m.must(err)
		if r.Orders != orders || r.Corrected != corrected {
			t.Fatalf("%+v, want %d orders and %d corrected", r, orders, corrected)
		}
	}
	count(0)
	kept := m.sellerSums()
	rows, err := find[sellerOrderRow](m.ctx, m.Store, "SELECT * FROM seller_orders")
	m.must(err)
	for i, r := range rows {
		key := " WHERE seller_id = ? AND order_id = ?"
		switch i % 3 {
		case 0:
			m.mustExec("UPDATE seller_orders SET marks = marks + 1"+key, r.SellerID, r.OrderID)
		case 1:
			m.mustExec("DELETE FROM seller_orders"+key, r.SellerID, r.OrderID)
		case 2:
			m.mustExec("UPDATE seller_orders SET placed_at = placed_at + 1"+key, r.SellerID, r.OrderID)
		}
	}
	r, err := m.RecountSellers(m.ctx, Operator)
	m.must(err)
	if r.Corrected < len(rows) {
		t.Fatalf("corrected %d of %d", r.Corrected, len(rows))
	}
	count(0)
	for seller, is := range m.sellerSums() {
		if is != kept[seller] {
			t.Errorf("seller %s:\n%s kept\n%s anew", seller, kept[seller], is)
		}
	}
	for _, table := range []string{"seller_orders", "seller_days"} {
		m.mustExec("DELETE FROM " + table)
	}
	r, err = m.RecountSellers(m.ctx, Operator)
	m.must(err)
	if r.Corrected < orders {
		t.Fatalf("%+v", r)
	}
	count(0)
	m.mustExec("UPDATE seller_days SET day = day - 100 WHERE seller_id = 'mp-s-2'") // a day without orders
	count(2)
	count(0)
}

// A standing that is as it should be is left alone; one that is not, or that the clock has
// forgotten, is written.
func TestRecountOfStandings(t *testing.T) {
	m := newMarket(t)
	for i := range 3 {
		m.order(fmt.Sprintf("o-%d", i), func(in *OrderInput) {
			cancelled("out_of_stock")(in)
			in.Lines[0].Seller.ID = fmt.Sprintf("mp-s-%d", 1+i)
		})
	}
	was := m.sellerSums()
	m.mustExec("UPDATE seller_standings SET points = 7, reckoned_at = 1 WHERE seller_id = 'mp-s-1'")
	m.mustExec("UPDATE seller_standings SET reckoned_at = 2 WHERE seller_id = 'mp-s-2'")
	m.mustExec("UPDATE seller_standings SET reckoned_at = 3 WHERE seller_id = 'mp-s-3'")
	m.mustExec("DELETE FROM timers WHERE kind = ? AND subject = 'mp-s-3'", standingTimer)
	_, err := m.RecountSellers(m.ctx, Operator)
	m.must(err)
	rows, err := find[sellerStandingRow](m.ctx, m.Store, "SELECT * FROM seller_standings ORDER BY seller_id")
	m.must(err)
	if len(rows) != 3 || rows[0].ReckonedAt == 1 || rows[1].ReckonedAt != 2 || rows[2].ReckonedAt == 3 {
		t.Errorf("%+v", rows)
	}
	if timers, err := find[timerRow](m.ctx, m.Store, "SELECT * FROM timers WHERE kind = ?", standingTimer); err != nil || len(timers) != 3 {
		t.Errorf("timers %+v %v", timers, err)
	}
	if is := m.sellerSums(); is["mp-s-1"] != was["mp-s-1"] {
		t.Errorf("%s, want %s", is["mp-s-1"], was["mp-s-1"])
	}
}

// Every page of the orders behind a number, however small, goes on where the one before it ended,
// in the middle of a day as well, and the day in which the window begins counts in part.
func TestOrdersBehindANumberInPages(t *testing.T) {
	m := newMarket(t)
	for i := range 12 {
		m.order(fmt.Sprintf("o-%02d", i), func(in *OrderInput) {
			in.PlacedAt = m.MachineNow().Add(-time.Duration(i) * 11 * time.Hour).String()
			if i%4 != 3 {
				cancelled("out_of_stock")(in)
				in.Lines[0].Cancellation.At = m.MachineNow().String()
			}
		})
	}
	const want = "o-00 o-01 o-02 o-04 o-05 o-06 o-08 o-09 o-10 "
	for limit := 1; limit < 10; limit++ {
		got, cursor := "", ""
		for pages := 0; pages == 0 || cursor != ""; pages++ {
			list, next, err := m.SellerOrders(m.ctx, m.seller, "mp-s-1", CountStockOuts, 5, Page{Limit: limit, Cursor: cursor})
			m.must(err)
			for _, o := range list {
				got += o.Number + " "
			}
			cursor = next
			if pages > 9 {
				t.Fatal("no end")
			}
		}
		if got != want {
			t.Errorf("%d a page: %s, want %s", limit, got, want)
		}
	}
}
