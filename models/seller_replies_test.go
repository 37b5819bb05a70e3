package models

import (
	"testing"
	"time"
)

func TestSellerReplies(t *testing.T) {
	m := newMarket(t)
	number := m.order("o-1", nil)
	m.contact(number, NotReceived)
	o, err := m.OrderByNumber(m.ctx, m.seller, number)
	m.must(err)
	ids := []string{o.Lines[0].ID}
	if last, err := m.SellerReplies(m.ctx, m.seller, ids); err != nil || len(last) != 0 {
		t.Errorf("the buyer's message counts as a reply: %v, %v", last, err)
	}
	m.clock.set(m.MachineNow().Add(time.Hour))
	_, err = m.SendMessage(m.ctx, m.seller, SendMessage{OrderNumber: number, Line: 1, Body: "確認しています。"})
	m.must(err)
	if last, err := m.SellerReplies(m.ctx, m.seller, ids); err != nil || last[ids[0]] != m.MachineNow() {
		t.Errorf("replied %v, %v", last, err)
	}
	if last, err := m.SellerReplies(m.ctx, m.seller2, ids); err != nil || len(last) != 0 {
		t.Errorf("another seller sees %v, %v", last, err)
	}
	if _, err := m.SellerReplies(m.ctx, m.buyer, ids); KindOf(err) != Forbidden {
		t.Errorf("a buyer: %v", err)
	}
}
