package models

import (
	"fmt"
	"testing"
	"time"
)

func TestWaitingLines(t *testing.T) {
	m := newMarket(t)
	waiting := func(by Actor) []string {
		t.Helper()
		rows, err := m.WaitingLines(m.ctx, by, 10)
		m.must(err)
		var numbers []string
		for _, r := range rows {
			numbers = append(numbers, r.OrderNumber)
		}
		return numbers
	}
	want := func(what string, orders ...string) {
		t.Helper()
		if got := waiting(m.seller); fmt.Sprint(got) != fmt.Sprint(orders) {
			t.Errorf("%s: %v wait, want %v", what, got, orders)
		}
	}
	for i := range 7 {
		m.order(fmt.Sprintf("o-%d", i), nil)
	}
	m.must(errOf(m.SendMessage(m.ctx, m.seller, SendMessage{OrderNumber: "o-0", Line: 1, Body: "発送しました。"}))) // no answer to what comes after
	want("nobody has said anything")
	for i := range 7 {
		m.contact(fmt.Sprintf("o-%d", i), NotReceived)
		m.clock.set(m.MachineNow().Add(time.Minute))
	}
	all := []string{"o-0", "o-1", "o-2", "o-3", "o-4", "o-5", "o-6"}
	want("seven have", all...)
	if rows, err := m.WaitingLines(m.ctx, m.seller, 2); err != nil || len(rows) != 2 || rows[0].OrderNumber != "o-0" || rows[0].Topic != NotReceived || rows[0].Title == "" {
		t.Errorf("two of them: %+v, %v", rows, err)
	}
	m.must(errOf(m.SendMessage(m.ctx, m.seller, SendMessage{OrderNumber: "o-1", Line: 1, Body: "確認しています。"})))
	want("answered", "o-0", "o-2", "o-3", "o-4", "o-5", "o-6")
	m.must(errOf(m.RefuseContact(m.ctx, m.seller, "o-2", 1))) // without a word
	want("refused", "o-0", "o-3", "o-4", "o-5", "o-6")
	m.must(errOf(m.SolveContact(m.ctx, m.buyer, "o-3", 1)))
	want("solved", "o-0", "o-4", "o-5", "o-6")
	m.must(errOf(m.SendMessage(m.ctx, m.buyer, SendMessage{OrderNumber: "o-5", Line: 1, Body: "いかがでしょうか。"})))
	want("asked again by the buyer", "o-0", "o-4", "o-5", "o-6")
	ahead := filing("o-4", NotReceived)
	ahead.Schedule = true
	m.must(errOf(m.FileClaim(m.ctx, m.buyer, ahead)))
	want("claimed", "o-0", "o-5", "o-6")
	m.order("o-7", nil)
	m.contact("o-7", NotReceived)
	pay := func(amount int64) {
		m.order("o-7", func(in *OrderInput) {
			in.Refunds = []RefundInput{{Reference: fmt.Sprint("r-", amount), Line: 1, Amount: amount}}
		})
	}
	pay(1000)
	want("paid back in part", "o-0", "o-5", "o-6", "o-7")
	pay(2800)
	want("paid back", "o-0", "o-5", "o-6")
	o, err := m.OrderByNumber(m.ctx, m.seller, "o-5")
	m.must(err)
	m.clock.set(o.Lines[0].Contact.WaitEndsAt)
	want("the wait is over at its instant", "o-6")
	m.clock.set(o.Lines[0].Contact.WaitEndsAt - 1)
	want("and not before", "o-5", "o-6")
	m.mustExec("UPDATE order_lines SET placed_at = ? WHERE id = ?", int64(m.MachineNow().Add(-waitingOrders)), o.Lines[0].ID)
	want("of an order of more than a year ago", "o-6")
	m.mustExec("UPDATE order_lines SET placed_at = ? WHERE id = ?", int64(m.MachineNow().Add(-waitingOrders))+1, o.Lines[0].ID)
	want("of the last year", "o-5", "o-6")
	if got := waiting(m.seller2); len(got) != 0 {
		t.Errorf("another seller sees %v", got)
	}
	if _, err := m.WaitingLines(m.ctx, m.buyer, 10); KindOf(err) != Forbidden {
		t.Errorf("a buyer: %v", err)
	}
}
