package models

import (
	"testing"

	"pgregory.net/rapid"
)

func TestPartOfALine(t *testing.T) {
	line := OrderLine{Total: 3800, Tax: 300, Shipping: 500}
	for amount, want := range map[int64]LinePart{
		3800: {3000, 300, 500}, 1900: {1500, 150, 250}, 2000: {1579, 158, 263}, 1: {1, 0, 0}, 0: {}, 3801: {}, -1: {},
	} {
		if got := line.Part(amount); got != want {
			t.Errorf("%d of 3800 is %+v, want %+v", amount, got, want)
		}
	}
	if got := (OrderLine{Total: 500, Shipping: 500}).Part(120); got != (LinePart{Shipping: 120}) {
		t.Errorf("of postage alone: %+v", got)
	}
}

func TestPartsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sum := rapid.Int64Range(0, 1<<50)
		l := OrderLine{Tax: sum.Draw(t, "tax"), Shipping: sum.Draw(t, "shipping")}
		goods := sum.Draw(t, "goods")
		l.Total = goods + l.Tax + l.Shipping
		amount := rapid.Int64Range(0, l.Total).Draw(t, "amount")
		p := l.Part(amount)
		if p.Goods+p.Tax+p.Shipping != amount || p.Goods < 0 || p.Tax < 0 || p.Shipping < 0 || p.Goods > goods || p.Tax > l.Tax || p.Shipping > l.Shipping {
			t.Fatalf("%d of %+v is %+v", amount, l, p)
		}
	})
}
