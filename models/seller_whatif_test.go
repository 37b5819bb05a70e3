package models

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"hosho/models/health"
)

// What is told before a cancellation is what stands after it, whatever has been before.
func TestWhatIfComesTrue(t *testing.T) {
	past := func(n int) func(*market) {
		return func(m *market) {
			for i := range n {
				m.stockOut("past-"+itoa(int64(i)), 1+i%2, "2026-01-19T10:00:00+09:00")
			}
		}
	}
	const second = "2026-01-18T10:00:00+09:00"
	for name, x := range map[string]struct {
		before func(*market)
		points int
		opens  health.Trigger
		second string // when the other line was cancelled
	}{
		"nothing before":            {nil, 15, health.NotYet, ""},
		"two before":                {past(2), 15, health.ByStockOuts, ""},
		"an investigation is open":  {past(4), 15, health.NotYet, ""},
		"another line of the order": {func(m *market) { past(1)(m); m.order("o-1", twoLines("", second)) }, 0, health.NotYet, second},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMarket(t)
			m.order("o-1", twoLines("", ""))
			if x.before != nil {
				x.before(m)
			}
			opened := len(m.investigations())
			was, err := m.CancelWhatIf(m.ctx, m.seller, "mp-s-1", "o-1")
			m.must(err)
			plain := was.Ways[0]
			if plain.Points != x.points || plain.Opens != x.opens || was.Investigation != (opened > 0) || plain.After.Points != was.Now.Points+x.points {
				t.Errorf("told: %+v of %+v", plain, was.Now)
			}
			m.order("o-1", twoLines(m.MachineNow().String(), x.second))
			h, err := m.SellerHealth(m.ctx, m.seller, "mp-s-1")
			m.must(err)
			if !reflect.DeepEqual(h.Standing, plain.After) {
				t.Errorf("after: %+v, told %+v", h.Standing, plain.After)
			}
			for i, w := range h.Windows {
				if w.Rate() != was.Rates[i].Then || w.Days != was.Rates[i].Days {
					t.Errorf("%d days: %+v, told %+v", w.Days, w.Rate(), was.Rates[i])
				}
			}
			if got := len(m.investigations()) > opened; got != (x.opens != health.NotYet) {
				t.Errorf("an investigation opens: %t, told %q", got, x.opens)
			}
			o, _, err := m.CountedOrder(m.ctx, m.seller, "mp-s-1", "o-1")
			if m.must(err); !o.LeavesAt.Time().Equal(plain.Leaves) {
				t.Errorf("leaves at %s, told %s", o.LeavesAt, plain.Leaves)
			}
		})
	}
}

// twoLines is an order of two lines that are not shipped; each was cancelled at a time, if any.
func twoLines(times ...string) func(*OrderInput) {
	return func(in *OrderInput) {
		unshipped(in)
		in.PlacedAt = "2026-01-15T10:00:00+09:00"
		second := in.Lines[0]
		second.Line = 2
		in.Lines = append(in.Lines, second)
		for i, at := range times {
			if at != "" {
				in.Lines[i].Status, in.Lines[i].Cancellation = Cancelled, &CancellationInput{At: at, By: "seller", StatedReason: "out_of_stock"}
			}
		}
	}
}

// Under another name an order weighs more, and the most where the same is dearer after.
func TestWhatIfWays(t *testing.T) {
	m := newMarket(t)
	m.order("o-1", unshipped)
	w, err := m.CancelWhatIf(m.ctx, m.agent, "mp-s-1", "o-1")
	m.must(err)
	var points []int
	for _, o := range w.Ways {
		points = append(points, o.Points)
	}
	if !slices.Equal(points, []int{15, 20, 35}) || w.Ways[2].After.Level != 1 || w.Ways[0].After.Level != 0 || !slices.Equal(w.Lines, []int{1}) || w.Counts {
		t.Errorf("ways: %v %+v", points, w)
	}
}

// Nobody is told of others' orders; what nothing is left of to cancel says so.
func TestWhatIfRefuses(t *testing.T) {
	m := newMarket(t)
	m.order("o-1", unshipped)
	m.order("shipped", nil)
	m.order("cancelled", cancelled("other"))
	m.order("half", func(in *OrderInput) {
		cancelled("other")(in)
		second := orderInput("half", nil).Lines[0]
		second.Line = 2
		in.Lines = append(in.Lines, second)
	})
	m.order("theirs", func(in *OrderInput) { unshipped(in); in.Lines[0].Seller = SellerRef{ID: "mp-s-2", Name: "別の店"} })
	m.order("own", func(in *OrderInput) {
		unshipped(in)
		in.Buyer = BuyerInput{ID: "mp-b-s", Email: "s1@example.com", Name: "出品者"}
	})
	for order, code := range map[string]string{"shipped": "already_shipped", "cancelled": "already_cancelled", "half": "already_shipped", "theirs": "not_found", "own": "not_found", "none": "not_found"} {
		_, err := m.CancelWhatIf(m.ctx, m.seller, "mp-s-1", order)
		wantCode(t, err, code)
	}
	for _, who := range []Actor{m.buyer, m.seller2, m.integration} {
		_, err := m.CancelWhatIf(m.ctx, who, "mp-s-1", "o-1")
		wantCode(t, err, "not_found")
	}
	before := m.countRows("SELECT COUNT(*) FROM cancellations")
	if _, err := m.CancelWhatIf(m.ctx, m.admin, "mp-s-1", "o-1"); err != nil || m.countRows("SELECT COUNT(*) FROM cancellations") != before {
		t.Errorf("an admin asks: %v", err)
	}
}

// After a closed investigation only what is newer counts towards another.
func TestWhatIfAfterAnInvestigation(t *testing.T) {
	m := newMarket(t)
	number := m.underInvestigation()
	m.investigates(m.lead, number, &CloseInvestigationInput{Reason: "今回はここまでとします。"})
	m.clock.set(m.MachineNow().Add(time.Hour))
	m.order("o-9", unshipped)
	w, err := m.CancelWhatIf(m.ctx, m.seller, "mp-s-1", "o-9")
	if m.must(err); w.Investigation || w.Ways[0].Opens != health.NotYet {
		t.Errorf("one is closed: %+v", w)
	}
}
