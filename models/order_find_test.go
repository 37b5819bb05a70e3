package models

import "testing"

func TestFindOwnOrder(t *testing.T) {
	m := newMarket(t)
	number := m.order("HS-1013-a 7", nil)
	for _, typed := range []string{number, "HS1013A7", "ｈｓ－１０１３－Ａ７", " hs 1013 a7 ", "HSー1013ーA7", "HS−1013−A7"} {
		if got, err := m.FindOwnOrder(m.ctx, m.buyer, typed); err != nil || got != number {
			t.Errorf("%q leads to %q, %v", typed, got, err)
		}
	}
	for _, typed := range []string{"", "-", "HS-1013", "HS-1013-A8", "%", "' OR 1=1 --"} {
		if got, err := m.FindOwnOrder(m.ctx, m.buyer, typed); KindOf(err) != NotFound {
			t.Errorf("%q leads to %q, %v", typed, got, err)
		}
	}
	for _, by := range []Actor{m.buyer2, m.seller, m.agent, m.integration, {}} {
		if got, err := m.FindOwnOrder(m.ctx, by, number); KindOf(err) != NotFound {
			t.Errorf("%s is led to %q, %v", by.Role, got, err)
		}
	}
}
