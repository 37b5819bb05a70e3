package models

import (
	"strings"
	"testing"
)

func TestFindOwnOrder(t *testing.T) {
	m := newMarket(t)
	number := m.order("HS-1013-a 7", nil)
	for _, typed := range []string{number, "HS1013A7", "ｈｓ－１０１３－Ａ７", " hs 1013 a7 ", "HSー1013ーA7", "HS−1013−A7"} {
		if got, err := m.FindOwnOrder(m.ctx, m.buyer, typed); err != nil || got != number {
			t.Errorf("%q leads to %q, %v", typed, got, err)
		}
	}
	// Of numbers that differ in what does not matter the very one that was typed is meant, else the newest.
	m.order("12-34", nil)
	m.order("１２－３４", nil)
	m.order("1234", func(in *OrderInput) { in.PlacedAt = "2026-01-02T10:00:00+09:00" })
	m.order("ＡＢー７", nil)
	for typed, want := range map[string]string{"12-34": "12-34", "１２－３４": "１２－３４", "1234": "1234", "12 34": "1234", "１２３４": "1234", "ab7": "ＡＢー７", "AB-7": "ＡＢー７"} {
		if got, err := m.FindOwnOrder(m.ctx, m.buyer, typed); err != nil || got != want {
			t.Errorf("%q leads to %q, %v; want %q", typed, got, err, want)
		}
	}
	for _, typed := range []string{"", "-", number + strings.Repeat(" ", 400), "HS-1013", "HS-1013-A8", "%", "' OR 1=1 --"} {
		if got, err := m.FindOwnOrder(m.ctx, m.buyer, typed); KindOf(err) != NotFound {
			t.Errorf("%q leads to %q, %v", typed, got, err)
		}
	}
	m.mustExec("UPDATE buyers SET email = '' WHERE email = ?", m.buyer.Email)
	for _, by := range []Actor{m.buyer2, m.seller, m.agent, m.integration, {}} {
		if got, err := m.FindOwnOrder(m.ctx, by, number); KindOf(err) != NotFound {
			t.Errorf("%s is led to %q, %v", by.Role, got, err)
		}
	}
}
