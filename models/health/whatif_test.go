package health

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestWhatIf(t *testing.T) {
	r := Default()
	now := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	ago := func(days int) time.Time { return now.Add(-time.Duration(days) * Day) }
	counted := func(ages ...int) (list []Count) { // one buyer each
		for i, days := range ages {
			list = append(list, Count{Order: fmt.Sprint(i), Buyer: fmt.Sprint(i), At: ago(days)})
		}
		return list
	}
	fresh := Candidate{Order: "new", Buyer: "new", Placed: ago(1)}
	type want struct {
		points, then, level int
		held                Guard
		opens               Trigger
	}
	for name, x := range map[string]struct {
		f    Facts
		c    Candidate
		way  Way
		want want
	}{
		"the first one":                {Facts{Life: Rate{0, 40}, Window: Rate{0, 20}}, fresh, Plainly, want{15, 15, 0, NoGuard, NotYet}},
		"under another name":           {Facts{Life: Rate{0, 40}, Window: Rate{0, 20}}, fresh, UnderOther, want{20, 20, 0, NoGuard, NotYet}},
		"and dearer, a step at once":   {Facts{Life: Rate{0, 40}, Window: Rate{0, 20}}, fresh, ThenDearer, want{35, 35, 1, NoGuard, NotYet}},
		"the third":                    {Facts{Counts: counted(5, 29), Life: Rate{2, 40}, Window: Rate{2, 20}}, fresh, Plainly, want{15, 45, 1, NoGuard, ByStockOuts}},
		"the third, one long ago":      {Facts{Counts: counted(5, 30), Life: Rate{2, 40}, Window: Rate{2, 20}}, fresh, Plainly, want{15, 45, 1, NoGuard, NotYet}},
		"the third, one is open":       {Facts{Counts: counted(5, 29), Life: Rate{2, 40}, Window: Rate{2, 20}, Open: true}, fresh, Plainly, want{15, 45, 1, NoGuard, NotYet}},
		"the third since one closed":   {Facts{Counts: counted(5, 29), Life: Rate{2, 40}, Window: Rate{2, 20}, Since: ago(5)}, fresh, Plainly, want{15, 45, 1, NoGuard, NotYet}},
		"few buyers hold a step":       {Facts{Counts: counted(5, 6, 7), Life: Rate{3, 40}, Window: Rate{3, 20}, Open: true}, fresh, Plainly, want{15, 60, 1, FewBuyers, NotYet}},
		"enough buyers":                {Facts{Counts: counted(5, 6, 7, 8), Life: Rate{4, 40}, Window: Rate{4, 20}, Open: true}, fresh, Plainly, want{15, 75, 3, NoGuard, NotYet}},
		"of a hundred orders":          {Facts{Counts: counted(5, 6), Life: Rate{2, 350}, Window: Rate{2, 301}}, fresh, Plainly, want{15, 45, 1, NoGuard, NotYet}},
		"of a hundred orders, enough":  {Facts{Counts: counted(5, 6), Life: Rate{2, 350}, Window: Rate{2, 300}}, fresh, Plainly, want{15, 45, 1, NoGuard, ByStockOuts}},
		"a big seller":                 {Facts{Counts: counted(5, 6), Life: Rate{2, 400}, Window: Rate{2, 301}}, fresh, Plainly, want{15, 45, 0, LowRate, NotYet}},
		"placed before every window":   {Facts{Counts: counted(5, 6), Life: Rate{2, 300}, Window: Rate{2, 300}}, Candidate{Order: "new", Buyer: "new", Placed: ago(90)}, Plainly, want{15, 45, 1, NoGuard, NotYet}},
		"an order that counts already": {Facts{Counts: counted(5, 29), Life: Rate{2, 40}, Window: Rate{2, 20}}, Candidate{Order: "1", Buyer: "1", Placed: ago(30), Hit: true}, Plainly, want{0, 30, 0, NoGuard, NotYet}},
		"that one under another name":  {Facts{Counts: counted(5, 29), Life: Rate{2, 40}, Window: Rate{2, 20}}, Candidate{Order: "1", Buyer: "1", Placed: ago(30), Hit: true}, UnderOther, want{5, 35, 1, NoGuard, NotYet}},
		"one that weighs no more":      {Facts{Counts: counted(90), Life: Rate{0, 40}, Window: Rate{0, 20}}, fresh, Plainly, want{15, 15, 0, NoGuard, NotYet}},
	} {
		before := slices.Clone(x.f.Counts)
		o := r.WhatIf(x.f, x.c, x.way, now)
		if got := (want{o.Points, o.After.Points, o.After.Level, o.After.Held, o.Opens}); got != x.want {
			t.Errorf("%s: %+v, want %+v", name, got, x.want)
		}
		if !o.Leaves.Equal(now.Add(90 * Day)) {
			t.Errorf("%s: leaves at %s", name, o.Leaves)
		}
		if !reflect.DeepEqual(before, x.f.Counts) {
			t.Errorf("%s: what counts was changed", name)
		}
	}
}

// Whatever the past: one more never takes points away, a heavier way never weighs less, and the
// next instant without a cancellation is as if nobody had asked.
func TestWhatIfOnlyAdds(t *testing.T) {
	r := Default()
	now := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		var f Facts
		n := rapid.IntRange(0, 12).Draw(t, "counts")
		for i := range n {
			f.Counts = append(f.Counts, Count{
				Order: fmt.Sprint(i), Buyer: fmt.Sprint(rapid.IntRange(0, 3).Draw(t, "buyer")), At: now.Add(-time.Duration(rapid.IntRange(0, 100).Draw(t, "age")) * Day),
				Misdeclared: rapid.Bool().Draw(t, "misdeclared"), Dearer: rapid.Bool().Draw(t, "dearer"),
			})
		}
		f.Life = Rate{n, n + rapid.IntRange(1, 900).Draw(t, "orders")}
		f.Window = Rate{min(n, 3), min(n, 3) + rapid.IntRange(1, 300).Draw(t, "in the window")}
		c := Candidate{Order: fmt.Sprint(rapid.IntRange(0, 12).Draw(t, "order")), Buyer: "0", Placed: now.Add(-time.Duration(rapid.IntRange(0, 100).Draw(t, "placed")) * Day)}
		c.Hit = slices.ContainsFunc(f.Counts, func(x Count) bool { return x.Order == c.Order })
		last := 0
		for _, way := range Ways {
			o := r.WhatIf(f, c, way, now)
			if o.Points < last || o.After.Points < r.PointsStockOut {
				t.Fatalf("%s adds %d to come to %d, after %d", way, o.Points, o.After.Points, last)
			}
			if o.After.Rate.Hits > o.After.Rate.Orders || o.After.Rate.Hits < f.Life.Hits {
				t.Fatalf("%s: a rate of %+v", way, o.After.Rate)
			}
			if c.Hit && o.After.Rate != f.Life {
				t.Fatalf("%s: a rate of %+v with an order that it holds already, before %+v", way, o.After.Rate, f.Life)
			}
			sum := 0
			for _, l := range o.After.Leaves {
				sum += l.Points
			}
			if end := o.After.Leaves[len(o.After.Leaves)-1]; sum != o.After.Points || !end.At.Equal(o.Leaves) {
				t.Fatalf("%s: leaves %+v, the order at %s", way, o.After.Leaves, o.Leaves)
			}
			last = o.Points
		}
	})
}
