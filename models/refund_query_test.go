package models

import (
	"fmt"
	"slices"
	"testing"
)

func TestListOfRefunds(t *testing.T) {
	m := newMarket(t)
	var ids []string
	for i := range 5 {
		v := m.granted(m.order(fmt.Sprintf("O-%d", i), nil), 0)
		ids = append([]string{v.ID}, ids...)
	}
	_, err := m.tell(ids[0], m.refund(m.buyer, ids[0]).Legs[0].ID, LegDone, "p")
	m.must(err)
	list := func(by Actor, f RefundFilter) (got []string) {
		t.Helper()
		for {
			f.Limit = 2
			items, next, err := m.Refunds(m.ctx, by, f)
			m.must(err)
			for _, v := range items {
				got = append(got, v.ID)
			}
			if next == "" {
				return got
			}
			f.Cursor = next
		}
	}
	for _, by := range []Actor{m.buyer, m.seller, m.agent, m.admin, m.integration} {
		if got := list(by, RefundFilter{}); !slices.Equal(got, ids) {
			t.Errorf("%s: %v, want %v", by.Role, got, ids)
		}
	}
	for _, by := range []Actor{m.buyer2, m.seller2} {
		if got := list(by, RefundFilter{}); got != nil {
			t.Errorf("%s of others: %v", by.Role, got)
		}
	}
	for _, c := range []struct {
		f    RefundFilter
		want []string
	}{
		{RefundFilter{Status: RefundPending}, ids[1:]},
		{RefundFilter{Status: RefundDone}, ids[:1]},
		{RefundFilter{OrderNumber: "O-1"}, ids[3:4]},
		{RefundFilter{ClaimNumber: m.refund(m.buyer, ids[2]).ClaimNumber}, ids[2:3]},
		{RefundFilter{OrderNumber: "none"}, nil},
	} {
		for _, by := range []Actor{m.buyer, m.seller, m.agent, m.integration} {
			if got := list(by, c.f); !slices.Equal(got, c.want) {
				t.Errorf("%s, %+v: %v, want %v", by.Role, c.f, got, c.want)
			}
		}
	}
}
