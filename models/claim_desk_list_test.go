package models

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Going on and coming back lead over the same cases in the same order, whatever the order is,
// and the neighbours of a case are those beside it on the list.
func TestDeskThereAndBack(t *testing.T) {
	m := newMarket(t)
	for i := range 7 {
		price := int64(1000 * (1 + i%3))
		m.inReview(m.order(fmt.Sprintf("b-%d", i), func(in *OrderInput) { in.Lines[0].UnitPrice = &price }))
	}
	rapid.Check(t, func(rt *rapid.T) {
		f := DeskFilter{
			View: rapid.SampledFrom([]DeskView{DeskDue, DeskUnassigned, DeskAll}).Draw(rt, "view"),
			Sort: rapid.SampledFrom([]DeskSort{"", DeskReversed, DeskSmallest, DeskLargest}).Draw(rt, "sort"),
		}
		all := m.deskOf(m.agent, f)
		if len(all) != 7 {
			rt.Fatalf("%+v has %d cases", f, len(all))
		}
		for i := 1; f.View == DeskDue && i < len(all); i++ {
			a, b := all[i-1].Claimed, all[i].Claimed
			if f.Sort == DeskSmallest && a > b || f.Sort == DeskLargest && a < b {
				rt.Fatalf("%d stands before %d by %s", a, b, f.Sort)
			}
		}
		back := f
		back.Before, back.Limit, back.Cursor = true, rapid.IntRange(1, 8).Draw(rt, "limit"), DeskCursor(f, all[6])
		var seen []string
		for range 8 {
			rows, next, err := m.Desk(m.ctx, m.agent, back)
			m.must(err)
			seen = append(numbersOf(rows), seen...)
			if back.Cursor = next; next == "" {
				break
			}
		}
		if !slices.Equal(seen, numbersOf(all[:6])) {
			rt.Fatalf("%+v: back over %v, there over %v", f, seen, numbersOf(all))
		}
		at := rapid.IntRange(0, 6).Draw(rt, "at")
		after, err := m.DeskNeighbour(m.ctx, m.agent, f, all[at].Number)
		m.must(err)
		f.Before = true
		before, err := m.DeskNeighbour(m.ctx, m.agent, f, all[at].Number)
		m.must(err)
		if at < 6 && after != all[at+1].Number || at == 6 && after != "" || at > 0 && before != all[at-1].Number || at == 0 && before != "" {
			rt.Fatalf("%d: %q before and %q after, of %v", at, before, after, numbersOf(all))
		}
	})
	if _, err := m.DeskNeighbour(m.ctx, m.seller, DeskFilter{}, "C-0000-0000"); KindOf(err) != Forbidden {
		t.Errorf("a seller asked for a neighbour: %v", err)
	}
	if _, err := m.DeskNeighbour(m.ctx, m.agent, DeskFilter{}, "C-0000-0000"); KindOf(err) != NotFound {
		t.Errorf("a case that is not there has neighbours: %v", err)
	}
}

func TestDeskFilters(t *testing.T) {
	m := newMarket(t)
	price := int64(5000)
	small := m.inReview(m.order("f-1", nil)) // 3,800 yen
	m.clock.set(m.MachineNow().Add(time.Hour))
	large := m.inReview(m.order("f-2", func(in *OrderInput) { in.Lines[0].UnitPrice = &price })) // 5,800 yen
	for _, tc := range []struct {
		f    DeskFilter
		want []string
	}{
		{DeskFilter{View: DeskDue, AtLeast: 3800}, []string{small.Number, large.Number}},
		{DeskFilter{View: DeskDue, AtLeast: 3801}, []string{large.Number}},
		{DeskFilter{View: DeskAll, AtLeast: 5800}, []string{large.Number}},
		{DeskFilter{View: DeskAll, AtLeast: 5801}, nil},
		{DeskFilter{View: DeskDue, DueBefore: small.DueAt}, nil},
		{DeskFilter{View: DeskDue, DueBefore: small.DueAt + 1}, []string{small.Number}},
		{DeskFilter{View: DeskDue, DueBefore: large.DueAt + 1, Sort: DeskReversed}, []string{large.Number, small.Number}},
	} {
		if got := numbersOf(m.deskOf(m.agent, tc.f)); !slices.Equal(got, tc.want) {
			t.Errorf("%+v: %v, want %v", tc.f, got, tc.want)
		}
	}
	m.mustExec("UPDATE claims SET currency = 'USD' WHERE number = ?", small.Number)
	if got := numbersOf(m.deskOf(m.agent, DeskFilter{View: DeskDue, AtLeast: 39})); !slices.Equal(got, []string{large.Number}) {
		t.Errorf("38 dollars count as 39 or more: %v", got)
	}
	if got := numbersOf(m.deskOf(m.agent, DeskFilter{View: DeskDue, AtLeast: 38})); len(got) != 2 {
		t.Errorf("38 dollars do not count as 38: %v", got)
	}
	if next, err := m.DeskNextDue(m.ctx, m.agent); err != nil || next != 0 {
		t.Errorf("nothing waits, but the next is %v, %v", next, err)
	}
	waits := m.filed(m.order("f-3", nil), NotReceived)
	if next, err := m.DeskNextDue(m.ctx, m.agent); err != nil || next != waits.DueAt {
		t.Errorf("the next is %v, want %v, %v", next, waits.DueAt, err)
	}
	if _, err := m.DeskNextDue(m.ctx, m.seller); KindOf(err) != Forbidden {
		t.Errorf("a seller asked the desk: %v", err)
	}
}
