package models

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// The list of what does not fit: the oldest first, a page at a time, with both sums, from its index.
func TestMismatchDesk(t *testing.T) {
	m := newMarket(t)
	var want []string
	for i := range 3 {
		number := fmt.Sprintf("O-%d", i)
		v := m.granted(m.order(number, paid("credit_card", 3300, "points", 500)), 0)
		_, err := m.tell(v.ID, v.Legs[1].ID, LegDone, "p-1")
		m.must(err)
		m.order(number, func(in *OrderInput) {
			paid("credit_card", 3300, "points", 500)(in)
			in.Refunds = []RefundInput{{Reference: "mp-1", Line: 1, Tender: "credit_card", Amount: int64(3000 + i)}}
		})
		want = append(want, fmt.Sprintf("%s %d of 3300: %d", number, 3000+i, i-300))
		m.clock.set(InstantOf(m.clock.now()).Add(-48 * time.Hour).Add(time.Second))
	}
	var got []string
	for page := (Page{Limit: 2}); ; {
		before := m.Statements()
		items, next, err := m.MismatchDesk(m.ctx, m.agent, page)
		m.must(err)
		if n := m.Statements() - before; n > 3 {
			t.Errorf("a page took %d statements", n)
		}
		for _, x := range items {
			got = append(got, fmt.Sprintf("%s %d of %d: %d", x.OrderNumber, x.Amount, x.Asked, x.Beyond()))
			if !x.MayDecide || x.NeedsSecond || x.Party || x.ClaimNumber == "" {
				t.Errorf("the agent sees %+v", x)
			}
		}
		if next == "" {
			break
		}
		page.Cursor = next
	}
	if strings.Join(got, "; ") != strings.Join(want, "; ") {
		t.Errorf("got %s\nwant %s", got, want)
	}
	items, _, err := m.MismatchDesk(m.ctx, m.admin, Page{})
	m.must(err)
	if items[0].MayDecide {
		t.Error("an admin may decide")
	}
	for _, by := range []Actor{m.buyer, m.seller, m.integration} {
		_, _, err := m.MismatchDesk(m.ctx, by, Page{})
		wantCode(t, err, "forbidden")
		_, _, err = m.MismatchOnDesk(m.ctx, by, items[0].RefundID, items[0].ID)
		wantCode(t, err, "forbidden")
	}
	_, _, err = m.MismatchDesk(m.ctx, m.agent, Page{Cursor: "?"})
	wantCode(t, err, "invalid_fields")
	_, _, err = m.MismatchOnDesk(m.ctx, m.agent, items[1].RefundID, items[0].ID)
	wantCode(t, err, "not_found")
	s, w := m.watch()
	_, _, err = s.MismatchDesk(m.ctx, m.agent, Page{})
	m.must(err)
	for _, a := range w.asked {
		if plan := m.explain(a.query, a.args...); strings.Contains(a.query, "refund_mismatches") && !strings.Contains(plan, "refund_mismatches_state_opened_at_id_idx") {
			t.Errorf("%s: %s", a.query, plan)
		}
	}
}

// The pure rules of what a payment was of, and of how much less is paid.
func TestCountsAndCuts(t *testing.T) {
	paid := func(s string) *string { return &s }
	legs := []legRow{
		{ID: "a", Tender: "credit_card", Destination: "credit_card", Amount: 1000, Status: LegHeld},
		{ID: "b", Tender: "points", Destination: "points", Amount: 500, Status: LegSent},
		{ID: "c", Tender: "convenience_store", Destination: "gift_card", Amount: 300, Status: LegHeld},
		{ID: "d", Tender: "wallet", Destination: "wallet", Amount: 200, Status: LegDone},
		{ID: "e", Tender: "wallet", Destination: "wallet", Amount: 200, Status: LegCancelled},
		{ID: "f", Tender: "wallet", Destination: "wallet", Amount: 200, Status: LegDone, CountedAs: paid("x")},
	}
	spell := func(cuts []legCut, left int64) string {
		var parts []string
		for _, c := range cuts {
			parts = append(parts, fmt.Sprintf("%s %d+%d", legs[c.leg].ID, c.paid, c.rest))
		}
		return fmt.Sprintf("%s; %d", strings.Join(parts, ", "), left)
	}
	for _, c := range []struct {
		amount int64
		named  string
		tender Tender
		want   string
	}{
		{400, "", "", "a 400+600; 0"},
		{1000, "", "credit_card", "a 1000+0; 0"},
		{1200, "", "", "a 1000+0, b 200+300; 0"},
		{600, "", "points", "b 500+0, a 100+900; 0"},
		{300, "", "gift_card", "c 300+0; 0"},
		{100, "c", "points", "c 100+200; 0"},
		{150, "d", "wallet", "d 150+50; 0"},
		{150, "e", "wallet", "a 150+850; 0"},
		{150, "f", "wallet", "a 150+850; 0"},
		{2000, "", "", "a 1000+0, b 500+0, c 300+0; 200"},
		{0, "", "", "; 0"},
	} {
		if got := spell(countOf(c.amount, c.named, c.tender, legs)); got != c.want {
			t.Errorf("%d of %q by %q: %s, want %s", c.amount, c.named, c.tender, got, c.want)
		}
	}
	for _, c := range []struct {
		sum    int64
		tender Tender
		want   string
	}{
		{0, "", "; 0"}, {100, "", "c 0+200; 0"}, {400, "", "c 0+0, a 0+900; 0"}, {400, "credit_card", "a 0+600; 0"}, {1100, "credit_card", "a 0+0, c 0+200; 0"}, {2000, "points", "c 0+0, a 0+0; 700"},
	} {
		if got := spell(lessOf(c.sum, c.tender, legs)); got != c.want {
			t.Errorf("%d less by %q: %s, want %s", c.sum, c.tender, got, c.want)
		}
	}
	for _, c := range []struct{ taken, room, over, others, back, less int64 }{
		{500, 0, 0, 0, 0, 500},
		{500, 500, 0, 0, 500, 0},
		{500, 200, 0, 0, 200, 300},
		{500, 900, -100, 0, 500, 0},
		{0, 900, 700, 0, 0, 700},
		{500, 200, 900, 0, 200, 900},
		{500, -50, 0, 0, 0, 500},
		{500, 0, 500, 500, 0, 0},
		{500, 0, 500, 300, 0, 200},
		{500, 900, 0, 300, 200, 0},
		{500, 100, 500, 300, 100, 200},
		{0, 900, 700, 600, 0, 100},
		{500, 900, -100, 800, 0, 0},
	} {
		if back, less := lessOwed(c.taken, c.room, c.over, c.others); back != c.back || less != c.less {
			t.Errorf("%+v: %d back, %d less", c, back, less)
		}
	}
	shares := []RefundLine{{1, 300}, {2, 500}}
	for _, c := range []struct {
		line int
		sum  int64
		want string
	}{{2, 200, "[{1 300} {2 300}]"}, {2, 600, "[{1 200}]"}, {9, 350, "[{2 450}]"}, {1, 800, "[]"}} {
		if got := fmt.Sprint(lessShares(shares, c.line, c.sum)); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

// A name counts before a sum, and a payment pays one leg.
func TestMatch(t *testing.T) {
	lines := []RefundLine{{1, 1500}}
	legs := func() []openLeg {
		return []openLeg{
			{ID: "a", RefundID: "r", Tender: "credit_card", Destination: "credit_card", Amount: 500, Status: LegPending, lines: lines},
			{ID: "b", RefundID: "r", Tender: "credit_card", Destination: "credit_card", Amount: 500, Status: LegSent, lines: lines, told: []string{"p-1"}},
		}
	}
	say := func(reference string, amount int64) orderRefundRow {
		return orderRefundRow{Reference: reference, LineNo: 1, Tender: "credit_card", Amount: amount}
	}
	for _, c := range []struct {
		name  string
		told  []orderRefundRow
		want  string
		loose string
	}{
		{"by name though the first has the sum", []orderRefundRow{say("p-1", 500)}, "b", ""},
		{"one each", []orderRefundRow{say("x", 500), say("p-1", 500)}, "b a", ""},
		{"a third is another", []orderRefundRow{say("x", 500), say("y", 500), say("z", 500)}, "a b", "z()"},
		{"a name in another sum", []orderRefundRow{say("a", 400)}, "", "a(a)"},
		{"what is named so is paid by no other", []orderRefundRow{say("a", 400), say("x", 500), say("y", 500)}, "b", "a(a) y()"},
		{"another sum", []orderRefundRow{say("x", 499)}, "", "x()"},
	} {
		m := match(c.told, legs())
		var done, loose []string
		for _, d := range m.done {
			done = append(done, d.leg)
		}
		for _, l := range m.loose {
			loose = append(loose, l.row.Reference+"("+l.leg+")")
		}
		if strings.Join(done, " ") != c.want || strings.Join(loose, " ") != c.loose || len(m.legs)+len(done) != 2 {
			t.Errorf("%s: done %v, loose %v", c.name, done, loose)
		}
	}
}
