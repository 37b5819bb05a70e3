package health

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// What a replay says at an instant is what the rules say of all that was known then.
func TestReplay(t *testing.T) {
	r := Default()
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		whole := func(label string, most int) time.Duration { // days, so that the ends of windows are met exactly
			return time.Duration(rapid.IntRange(0, most).Draw(t, label)) * Day
		}
		var p Past
		for i := range rapid.IntRange(1, 60).Draw(t, "orders") {
			placed := start.Add(whole("placed", 200))
			p.Placed = append(p.Placed, placed)
			if rapid.IntRange(0, 3).Draw(t, "counts") == 0 {
				c := Counted{Placed: placed}
				c.Order, c.Buyer, c.At = fmt.Sprint(i), fmt.Sprint(rapid.IntRange(0, 4).Draw(t, "buyer")), placed.Add(whole("cancelled", 3))
				c.Known = c.At.Add(whole("known", 100))
				p.Counts = append(p.Counts, c)
				if rapid.IntRange(0, 3).Draw(t, "reports") == 0 {
					p.Reports = append(p.Reports, Report{Buyer: c.Buyer, At: c.At.Add(whole("reported", 2))})
				}
			}
		}
		slices.SortFunc(p.Placed, time.Time.Compare)
		slices.SortFunc(p.Counts, func(a, b Counted) int { return a.Known.Compare(b.Known) })
		slices.SortFunc(p.Reports, func(a, b Report) int { return a.At.Compare(b.At) })
		open := false
		for _, touch := range r.Replay(p) {
			var counts []Count
			life, window := Rate{}, Rate{}
			count := func(placed time.Time, d time.Duration, n *int) {
				if placed.After(touch.At.Add(-d)) && !placed.After(touch.At) {
					*n++
				}
			}
			for _, placed := range p.Placed {
				count(placed, r.PointsLife, &life.Orders)
				count(placed, r.OpenWindow, &window.Orders)
			}
			for _, c := range p.Counts {
				if !c.Known.After(touch.At) {
					counts = append(counts, c.Count)
					count(c.Placed, r.PointsLife, &life.Hits)
					count(c.Placed, r.OpenWindow, &window.Hits)
				}
			}
			if want := r.Stand(counts, life, touch.At); !reflect.DeepEqual(touch.Stand, want) {
				t.Fatalf("at %s: %+v, want %+v", touch.At, touch.Stand, want)
			}
			reports := slices.DeleteFunc(slices.Clone(p.Reports), func(q Report) bool { return q.At.After(touch.At) })
			want := NotYet
			if !open {
				want = r.Opens(counts, window, reports, time.Time{}, touch.At)
			}
			open = open || want != NotYet
			if touch.Trigger != want || touch.Open != open {
				t.Fatalf("at %s: opens %q, open %t, want %q", touch.At, touch.Trigger, touch.Open, want)
			}
		}
	})
}
