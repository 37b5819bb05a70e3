package health

import (
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// findings is the whole table: the stated reason, the answer, what is found, and what is found
// where the listing is gone, if that is something else.
const findings = `
out_of_stock    -                 stock_out stated
out_of_stock    i_asked           buyer_request answer
out_of_stock    told_out_of_stock stock_out answer
out_of_stock    asked_to_cancel   stock_out answer
out_of_stock    do_not_know       stock_out stated
buyer_request   -                 buyer_request stated
buyer_request   i_asked           buyer_request answer
buyer_request   told_out_of_stock misdeclared answer
buyer_request   asked_to_cancel   misdeclared answer
buyer_request   do_not_know       buyer_request stated  misdeclared facts
address_problem -                 other stated
address_problem i_asked           buyer_request answer
address_problem told_out_of_stock misdeclared answer
address_problem asked_to_cancel   misdeclared answer
address_problem do_not_know       other stated  misdeclared facts
pricing_error   -                 other stated
pricing_error   i_asked           buyer_request answer
pricing_error   told_out_of_stock misdeclared answer
pricing_error   asked_to_cancel   misdeclared answer
pricing_error   do_not_know       other stated  misdeclared facts
other           -                 other stated
other           i_asked           buyer_request answer
other           told_out_of_stock misdeclared answer
other           asked_to_cancel   misdeclared answer
other           do_not_know       other stated  misdeclared facts
unheard_of      -                 other stated
`

func TestFind(t *testing.T) {
	rows := strings.Split(strings.TrimSpace(findings), "\n")
	if len(rows) != 5*5+1 {
		t.Fatalf("%d rows", len(rows))
	}
	for _, row := range rows {
		f := strings.Fields(row)
		stated, answer := Stated(f[0]), Answer(strings.TrimPrefix(f[1], "-"))
		for _, after := range []After{{}, {Dearer: true}, {Gone: true}, {Gone: true, Dearer: true}} {
			want := f[2:4]
			if after.Gone && len(f) == 6 {
				want = f[4:6]
			}
			if got, by := Find(stated, answer, after); string(got) != want[0] || string(by) != want[1] {
				t.Errorf("%s, %q, %+v: %s by %s, want %v", stated, answer, after, got, by, want)
			}
		}
	}
	for f, want := range map[Finding]bool{StockOut: true, Misdeclared: true, BuyerRequest: false, Other: false} {
		if f.Counts() != want {
			t.Errorf("%s counts: %v", f, !want)
		}
	}
}

// The interval against values worked out with forty digits.
func TestInterval(t *testing.T) {
	for rate, want := range map[Rate][2]float64{
		{0, 0}: {0, 1}, {0, 10}: {0, 0.277532800}, {10, 10}: {0.722467200, 1}, {1, 1}: {0.206549314, 1}, {3, 40}: {0.025836026, 0.198642335}, {12, 100}: {0.069994064, 0.198120994},
		{4, 400}: {0.003895484, 0.025426565}, {5, 400}: {0.005350751, 0.028923736}, {1, 1000}: {0.000176546, 0.005642559}, {50, 10000}: {0.003794901, 0.006585257},
	} {
		lower, upper := rate.Interval()
		if math.Abs(lower-want[0]) > 1e-9 || math.Abs(upper-want[1]) > 1e-9 {
			t.Errorf("%d of %d: %.9f to %.9f, want %v", rate.Hits, rate.Orders, lower, upper, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 10_000_000).Draw(t, "orders")
		r := Rate{rapid.IntRange(0, n).Draw(t, "hits"), n}
		lower, upper := r.Interval()
		if lower < 0 || upper > 1 || lower > r.Value() || upper < r.Value() {
			t.Fatalf("%+v: %v to %v", r, lower, upper)
		}
		// Both ends are the rates at which the share seen is just z standard deviations off.
		for _, end := range []float64{lower, upper} {
			off, sigma := r.Value()-end, end*(1-end)/float64(n)
			if end > 0 && end < 1 && math.Abs(off*off-z*z*sigma) > 1e-9 {
				t.Fatalf("%+v: %v is no end", r, end)
			}
		}
		if lo, _ := (Rate{r.Hits * 2, n * 2}).Interval(); lo < lower {
			t.Fatalf("%+v: twice the orders say less", r)
		}
	})
}

var noon = time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)

// many are plain stock-outs of as many buyers, a day apart, the newest a day old.
func many(n int) []Count {
	list := make([]Count, n)
	for i := range list {
		list[i] = Count{Order: string(rune('a' + i)), Buyer: string(rune('A' + i)), At: noon.Add(-time.Duration(i+1) * Day)}
	}
	return list
}

func TestPoints(t *testing.T) {
	r := Default()
	for _, c := range []struct {
		count Count
		want  int
	}{
		{Count{}, 15},
		{Count{Misdeclared: true}, 20},
		{Count{AskedToCancel: true}, 20},
		{Count{Misdeclared: true, AskedToCancel: true}, 20},
		{Count{Dearer: true}, 35},
		{Count{Misdeclared: true, Dearer: true}, 35},
	} {
		if got := r.Points(c.count); got != c.want {
			t.Errorf("%+v weighs %d, want %d", c.count, got, c.want)
		}
	}
}

func TestStand(t *testing.T) {
	r := Default()
	some := Rate{7, 40} // its lower end is over 8%
	for name, c := range map[string]struct {
		counts []Count
		rate   Rate
		want   Standing
	}{
		"nothing":                {nil, Rate{0, 40}, Standing{}},
		"one":                    {many(1), some, Standing{Points: 15, Buyers: 1}},
		"two":                    {many(2), some, Standing{Points: 30, Buyers: 2}},
		"three":                  {many(3), some, Standing{Points: 45, Buyers: 3, Reached: 1, Level: 1}},
		"four, few buyers":       {many(4), some, Standing{Points: 60, Buyers: 4, Reached: 2, Level: 1, Held: FewBuyers}},
		"five":                   {many(5), some, Standing{Points: 75, Buyers: 5, Reached: 3, Level: 3}},
		"six":                    {many(6), some, Standing{Points: 90, Buyers: 6, Reached: 4, Level: 4}},
		"seven":                  {many(7), some, Standing{Points: 105, Buyers: 7, Reached: 5, Level: 5}},
		"seven of one buyer":     {[]Count{{Buyer: "A", At: noon, Dearer: true}, {Buyer: "A", At: noon, Dearer: true}, {Buyer: "A", At: noon, Dearer: true}}, some, Standing{Points: 105, Buyers: 1, Reached: 5, Level: 1, Held: FewBuyers}},
		"a wide sample":          {many(7), Rate{7, 399}, Standing{Points: 105, Buyers: 7, Reached: 5, Level: 1, Held: WideSample}},
		"a big seller":           {many(7), Rate{7, 701}, Standing{Points: 105, Buyers: 7, Reached: 5, Held: LowRate}},
		"a big seller, at 1%":    {many(7), Rate{7, 700}, Standing{Points: 105, Buyers: 7, Reached: 5, Level: 1, Held: WideSample}},
		"nearly a big seller":    {many(3), Rate{3, 399}, Standing{Points: 45, Buyers: 3, Reached: 1, Level: 1}},
		"just a big seller":      {many(3), Rate{3, 400}, Standing{Points: 45, Buyers: 3, Reached: 1, Held: LowRate}},
		"old ones and to come":   {[]Count{{Buyer: "A", At: noon.Add(-90 * Day)}, {Buyer: "B", At: noon.Add(time.Microsecond)}}, some, Standing{}},
		"the last and first":     {[]Count{{Buyer: "A", At: noon.Add(-90*Day + time.Microsecond)}, {Buyer: "B", At: noon}}, some, Standing{Points: 30, Buyers: 2}},
		"dearer and misdeclared": {[]Count{{Buyer: "A", At: noon, Dearer: true}, {Buyer: "B", At: noon, Misdeclared: true}}, some, Standing{Points: 55, Buyers: 2, Reached: 2, Level: 1, Held: FewBuyers}},
	} {
		got := r.Stand(c.counts, c.rate, noon)
		leaving := 0
		for i, l := range got.Leaves {
			leaving += l.Points
			if !l.At.After(noon) || i > 0 && !l.At.After(got.Leaves[i-1].At) {
				t.Errorf("%s: points leave at %v", name, got.Leaves)
			}
		}
		if leaving != got.Points {
			t.Errorf("%s: %d points stand and %d leave", name, got.Points, leaving)
		}
		c.want.Rate, got.Leaves = c.rate, nil
		if got.Points != c.want.Points || got.Buyers != c.want.Buyers || got.Reached != c.want.Reached || got.Level != c.want.Level || got.Held != c.want.Held {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestNext(t *testing.T) {
	r := Default()
	for n, want := range map[int]Step{
		0: {1, Plan, 35, 3, time.Time{}}, 1: {1, Plan, 20, 2, noon.Add(89 * Day)}, 2: {1, Plan, 5, 1, noon.Add(88 * Day)}, 3: {2, Warning, 10, 1, noon.Add(87 * Day)},
		4: {3, OrderCap, 15, 1, noon.Add(86 * Day)}, 5: {4, ListingPause, 5, 1, noon.Add(85 * Day)}, 6: {5, Termination, 10, 1, noon.Add(84 * Day)},
	} {
		if got, ok := r.Next(r.Stand(many(n), Rate{n, 40}, noon)); !ok || got != want {
			t.Errorf("after %d: %+v, want %+v", n, got, want)
		}
	}
	if _, ok := r.Next(r.Stand(many(7), Rate{7, 40}, noon)); ok {
		t.Error("there is a step after the last")
	}
}

func TestOpens(t *testing.T) {
	r := Default()
	one := func(c Count, n int) (list []Count) {
		for range n {
			list = append(list, c)
		}
		return list
	}
	tied := func(ties ...[]string) (list []Report) {
		for i, t := range ties {
			list = append(list, Report{Buyer: string(rune('A' + i)), At: noon.Add(-Day), Ties: t})
		}
		return list
	}
	doubted := func(list []Report, at ...int) []Report {
		for _, i := range at {
			list[i].Suspected = true
		}
		return list
	}
	for name, c := range map[string]struct {
		counts  []Count
		orders  Rate
		reports []Report
		since   time.Time
		want    Trigger
	}{
		"nothing":                  {want: NotYet},
		"two":                      {counts: many(2), want: NotYet},
		"three":                    {counts: many(3), want: ByStockOuts},
		"three of one buyer":       {counts: one(Count{Buyer: "A", At: noon.Add(-Day)}, 3), want: NotYet},
		"three of two":             {counts: append(one(Count{Buyer: "A", At: noon.Add(-Day)}, 2), Count{Buyer: "B", At: noon}), want: ByStockOuts},
		"one of them 30 days old":  {counts: append(many(2), Count{Buyer: "X", At: noon.Add(-30 * Day)}), want: NotYet},
		"one of them nearly":       {counts: append(many(2), Count{Buyer: "X", At: noon.Add(-30*Day + time.Microsecond)}), want: ByStockOuts},
		"one of them to come":      {counts: append(many(2), Count{Buyer: "X", At: noon.Add(time.Microsecond)}), want: NotYet},
		"a big seller":             {counts: many(3), orders: Rate{3, 301}, want: NotYet},
		"a big seller, at 1%":      {counts: many(3), orders: Rate{3, 300}, want: ByStockOuts},
		"just a big seller":        {counts: many(3), orders: Rate{0, 100}, want: NotYet},
		"nearly a big seller":      {counts: many(3), orders: Rate{0, 99}, want: ByStockOuts},
		"closed since":             {counts: many(4), since: noon.Add(-2 * Day), want: NotYet},
		"three since":              {counts: many(4), since: noon.Add(-4 * Day), want: ByStockOuts},
		"one report":               {reports: tied(nil), want: NotYet},
		"two reports":              {reports: tied(nil, nil), want: ByReports},
		"two of one buyer":         {reports: []Report{{Buyer: "A", At: noon}, {Buyer: "A", At: noon}}, want: NotYet},
		"two with one address":     {reports: tied([]string{"x"}, []string{"x"}), want: NotYet},
		"tied through a third":     {reports: tied([]string{"x"}, []string{"x", "y"}, []string{"y"}), want: NotYet},
		"tied in a ring":           {reports: tied([]string{"x", "z"}, []string{"x", "y"}, []string{"y", "z"}), want: NotYet},
		"a pair and a stranger":    {reports: tied([]string{"x"}, []string{"x"}, []string{"y"}), want: ByReports},
		"a buyer named like a tie": {reports: []Report{{Buyer: "A", At: noon, Ties: []string{"buyer B"}}, {Buyer: "B", At: noon}}, want: ByReports},
		"reports of before":        {reports: tied(nil, nil), since: noon.Add(-Day), want: NotYet},
		"a report of a big seller": {counts: many(3), orders: Rate{3, 1000}, reports: tied(nil, nil), want: ByReports},
		"reports that are to come": {reports: []Report{{Buyer: "A", At: noon}, {Buyer: "B", At: noon.Add(time.Microsecond)}}, want: NotYet},
		"both":                     {counts: many(3), reports: tied(nil, nil), want: ByStockOuts},
		"two under suspicion":      {reports: doubted(tied(nil, nil), 0, 1), want: NotYet},
		"ten under suspicion":      {reports: doubted(tied(nil, nil, nil, nil, nil, nil, nil, nil, nil, nil), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9), want: NotYet},
		"one of two is plain":      {reports: doubted(tied(nil, nil), 1), want: ByReports},
		"the plain one is tied":    {reports: doubted(tied([]string{"x"}, []string{"x"}), 1), want: NotYet},
		"the plain one is past":    {reports: append(doubted(tied(nil, nil), 0, 1), Report{Buyer: "P", At: noon.Add(-3 * Day)}), since: noon.Add(-2 * Day), want: NotYet},
		"stock-outs beside doubts": {counts: many(3), reports: doubted(tied(nil, nil), 0, 1), want: ByStockOuts},
	} {
		if got := r.Opens(c.counts, c.orders, c.reports, c.since, noon); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// Whatever happens, more stock-outs never lower a standing, and time alone never raises it.
func TestStandingProperties(t *testing.T) {
	r := Default()
	rapid.Check(t, func(t *rapid.T) {
		counts := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Count {
			return Count{
				Buyer: rapid.StringMatching("[A-F]").Draw(t, "buyer"), At: noon.Add(-time.Duration(rapid.Int64Range(0, int64(100*Day)).Draw(t, "ago"))),
				Misdeclared: rapid.Bool().Draw(t, "misdeclared"), AskedToCancel: rapid.Bool().Draw(t, "asked"), Dearer: rapid.Bool().Draw(t, "dearer"),
			}
		}), 0, 12).Draw(t, "counts")
		orders := rapid.IntRange(len(counts), 2000).Draw(t, "orders")
		s := r.Stand(counts, Rate{len(counts), orders}, noon)
		if s.Level > s.Reached || (s.Level == s.Reached) != (s.Held == NoGuard) {
			t.Fatalf("%+v", s)
		}
		if s.Level > r.GuardLevel && s.Buyers < r.GuardBuyers {
			t.Fatalf("%d buyers and level %d", s.Buyers, s.Level)
		}
		if len(counts) > 0 {
			if less := r.Stand(counts[1:], Rate{len(counts) - 1, orders}, noon); less.Points > s.Points || less.Level > s.Level {
				t.Fatalf("one less raises %+v to %+v", s, less)
			}
		}
		later := noon.Add(time.Duration(rapid.Int64Range(0, int64(100*Day)).Draw(t, "later")))
		after, gone := r.Stand(counts, s.Rate, later), 0
		for _, l := range s.Leaves {
			if !later.Before(l.At) {
				gone += l.Points
			}
		}
		if after.Points != s.Points-gone || after.Level > s.Level {
			t.Fatalf("%v later %+v is %+v, and %d points were to leave", later.Sub(noon), s, after, gone)
		}
	})
}
