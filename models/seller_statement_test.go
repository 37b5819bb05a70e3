package models

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func saidOf(entries []StatementEntry) string {
	var parts []string
	for _, e := range entries {
		parts = append(parts, strings.TrimSpace(fmt.Sprintf("%s %d %s %+d", e.Kind, e.Amount, e.BorneBy, e.Counts)))
	}
	return strings.Join(parts, "; ")
}

// What changes has a row of its own, money and metric apart; what does not has none.
func TestEntriesFor(t *testing.T) {
	for _, c := range []struct {
		name          string
		before, after outcome
		want          string
	}{
		{"a refund by consent", outcome{}, outcome{seller: 3800}, "refund 3800 seller +0"},
		{"granted, and it counts", outcome{}, outcome{seller: 3800, decided: true, counts: true}, "refund 3800 seller +0; counted 0  +1"},
		{"granted, and it does not", outcome{}, outcome{marketplace: 3800, decided: true}, "refund 3800 marketplace +0; not_counted 0  +0"},
		{"denied", outcome{}, outcome{decided: true}, "not_counted 0  +0"},
		{"denied, and it counts", outcome{}, outcome{decided: true, counts: true}, "counted 0  +1"},
		{"upheld", outcome{seller: 3800, decided: true, counts: true}, outcome{seller: 3800, decided: true, counts: true}, ""},
		{"another bearer", outcome{seller: 3800, decided: true, counts: true}, outcome{marketplace: 3800, decided: true, counts: true}, "refund_reversed -3800 seller +0; refund 3800 marketplace +0"},
		{"and back", outcome{marketplace: 3800, decided: true}, outcome{seller: 3800, decided: true, counts: true}, "refund_reversed -3800 marketplace +0; refund 3800 seller +0; counted 0  +1"},
		{"it does not count any more", outcome{seller: 3800, decided: true, counts: true}, outcome{seller: 3800, decided: true}, "count_reversed 0  -1"},
		{"overturned", outcome{seller: 3800, decided: true, counts: true}, outcome{decided: true}, "refund_reversed -3800 seller +0; count_reversed 0  -1"},
		{"a smaller sum", outcome{seller: 3800}, outcome{seller: 3300}, "refund_lowered -500 seller +0"},
		{"a larger one", outcome{seller: 3800, decided: true}, outcome{seller: 4000, decided: true}, "refund_raised 200 seller +0"},
		{"shared", outcome{seller: 3800}, outcome{seller: 1000, marketplace: 2800}, "refund_lowered -2800 seller +0; refund 2800 marketplace +0"},
	} {
		if got := saidOf(entriesFor(c.before, c.after)); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

// However often a claim's outcome changes, its rows add up to the last.
func TestEntriesAddUp(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var all []StatementEntry
		var now outcome
		for range rapid.IntRange(1, 12).Draw(r, "steps") {
			next := outcome{
				seller: rapid.Int64Range(0, 3).Draw(r, "seller") * 1000, marketplace: rapid.Int64Range(0, 3).Draw(r, "marketplace") * 1000,
				counts: rapid.Bool().Draw(r, "counts"), decided: true,
			}
			rows := entriesFor(now, next)
			for i := range rows {
				if rows[i].Amount != 0 && rows[i].Counts != 0 {
					r.Fatalf("money and metric in one row: %+v", rows[i])
				}
				rows[i].Currency = "JPY"
			}
			all, now = append(all, rows...), next
			if got := outcomeOf(all); got != now {
				r.Fatalf("rows say %+v, it is %+v: %s", got, now, saidOf(all))
			}
		}
		total := addTo(nil, all...)
		count := 0
		if now.counts {
			count = 1
		}
		if len(total) > 0 && (total[0].Seller != now.seller || total[0].Marketplace != now.marketplace || total[0].Counts != count || total[0].Rows != len(all)) {
			r.Fatalf("added up to %+v, it is %+v", total, now)
		}
	})
}

func TestMonths(t *testing.T) {
	for _, c := range []struct{ in, next, before string }{{"2026-11", "2026-12", "2026-10"}, {"2026-12", "2027-01", "2026-11"}, {"2026-01", "2026-02", "2025-12"}} {
		m, err := ParseMonth(c.in)
		if err != nil || m.String() != c.in || m.Add(1).String() != c.next || m.Add(-1).String() != c.before {
			t.Errorf("%s: %s, %s, %s, %v", c.in, m, m.Add(1), m.Add(-1), err)
		}
	}
	for _, s := range []string{"", "2026", "2026-13", "2026-00", "2026-1", "1999-12", "3000-01", "2026-11-01", "２０２６-11"} {
		if m, err := ParseMonth(s); err == nil {
			t.Errorf("%q is %s", s, m)
		}
	}
	zone := tokyo
	m, _ := ParseMonth("2026-11")
	from, to := m.Bounds(zone)
	if from != at("2026-11-01T00:00:00+09:00") || to != at("2026-12-01T00:00:00+09:00") {
		t.Errorf("%s to %s", from, to)
	}
	if MonthOf(from, zone) != m || MonthOf(from-1, zone) != m.Add(-1) || MonthOf(to-1, zone) != m || MonthOf(to, zone) != m.Add(1) {
		t.Error("a month's edges are in another month")
	}
	paulo, err := time.LoadLocation("America/Sao_Paulo")
	if err != nil {
		t.Fatal(err)
	}
	if m, _ := ParseMonth("1999-11"); m != (Month{}) {
		t.Error("a month before there were any")
	}
	rapid.Check(t, func(r *rapid.T) {
		m := Month{rapid.IntRange(2000, 2900).Draw(r, "year"), time.Month(rapid.IntRange(1, 12).Draw(r, "month"))}
		for _, z := range []*time.Location{zone, paulo, time.UTC} {
			from, to := m.Bounds(z)
			after, _ := m.Add(1).Bounds(z)
			if to != after || from >= to || MonthOf(from, z) != m || MonthOf(to-1, z) != m {
				r.Fatalf("%s in %s: %s to %s", m, z, from, to)
			}
		}
	})
}

// statement reads all of a month, two rows at a time, and holds the sums against the rows.
func (m *market) statement(by Actor, seller, month string) []StatementEntry {
	m.t.Helper()
	in, err := ParseMonth(month)
	m.must(err)
	var all []StatementEntry
	for page := (Page{Limit: 2}); ; {
		st, next, err := m.SellerStatement(m.ctx, by, seller, in, page)
		m.must(err)
		if all = append(all, st.Entries...); next == "" {
			if got := addTo(nil, all...); !slices.Equal(got, st.Totals) {
				m.t.Errorf("rows add up to %+v, told %+v", got, st.Totals)
			}
			break
		}
		page.Cursor = next
	}
	var streamed []StatementEntry
	m.must(m.EachStatementEntry(m.ctx, by, seller, in, func(SellerStatement) error { return nil }, func(e StatementEntry) error {
		streamed = append(streamed, e)
		return nil
	}))
	if !slices.Equal(streamed, all) {
		m.t.Errorf("streamed %d rows, listed %d", len(streamed), len(all))
	}
	return all
}

func TestSellerStatement(t *testing.T) {
	m := newMarket(t)
	m.granted(m.order("O-1", nil), 0) // by the seller, and it counts
	start := InstantOf(m.clock.now())
	accepted := m.filed(m.order("O-2", func(in *OrderInput) { in.PlacedAt = "2026-01-10T10:00:00+09:00" }), NotReceived)
	_, err := m.Act(m.ctx, m.seller, accepted.Number, &AcceptInput{})
	m.must(err)
	m.clock.set(start)
	denied := m.inReview(m.order("O-3", nil))
	in := decision("denied", 0)
	in.CountsAgainstSeller = new(bool)
	_, err = m.Act(m.ctx, m.agent, denied.Number, in)
	m.must(err)
	month := MonthOf(start, m.Zone()).String()
	all := m.statement(m.seller, "mp-s-1", month)
	if got := saidOf(all); got != "refund 3800 seller +0; counted 0  +1; refund 3800 seller +0; not_counted 0  +0" {
		t.Errorf("got %s", got)
	}
	if e := all[2]; e.Cause != "accepted" || e.ClaimNumber != accepted.Number || e.OrderNumber != "O-2" || all[0].Cause != "decision" {
		t.Errorf("got %+v", e)
	}
	for _, by := range []Actor{m.agent, m.lead, m.admin} {
		if got := m.statement(by, "mp-s-1", month); len(got) != 4 {
			t.Errorf("%s sees %s", by.Role, saidOf(got))
		}
	}
	if got := m.statement(m.seller, "mp-s-1", "2027-05"); len(got) != 0 {
		t.Errorf("a month to come: %s", saidOf(got))
	}
	for _, by := range []Actor{m.seller2, m.buyer, m.integration} {
		_, _, err := m.SellerStatement(m.ctx, by, "mp-s-1", Month{2026, 1}, Page{})
		wantCode(t, err, "not_found")
	}
	_, _, err = m.SellerStatement(m.ctx, m.agent, "none", Month{2026, 1}, Page{})
	wantCode(t, err, "not_found")
	_, _, err = m.SellerStatement(m.ctx, m.seller, "mp-s-1", Month{2026, 1}, Page{Cursor: "?"})
	wantCode(t, err, "invalid_fields")
}

// Another refund of the marketplace's leaves less to be paid: that is a row of its own.
func TestStatementOfALoweredRefund(t *testing.T) {
	m := newMarket(t)
	v := m.granted(m.order("O-1", nil), 0)
	m.reports("O-1", nil, RefundInput{Reference: "mp-1", Line: 1, Tender: "credit_card", Amount: 500})
	_, err := m.decide(m.agent, v, MismatchRelease)
	m.must(err)
	all := m.statement(m.seller, "mp-s-1", MonthOf(InstantOf(m.clock.now()), m.Zone()).String())
	if got := saidOf(all); got != "refund 3800 seller +0; counted 0  +1; refund_lowered -500 seller +0" || all[2].Cause != "mismatch" {
		t.Errorf("got %s, %s", got, all[2].Cause)
	}
}

// A first decision does not look for rows before it; where there are some after all it goes on from them.
func TestStatementGoesOn(t *testing.T) {
	m := newMarket(t)
	c := m.inReview(m.order("O-1", nil))
	m.must(m.inTx(m.ctx, func(tx *Store) error {
		return tx.insert(m.ctx, &StatementEntry{
			ID: newID(), SellerID: "mp-s-1", At: InstantOf(m.clock.now()), Seq: 1, Kind: EntryCounted, Cause: "decision", ClaimID: c.ID, ClaimNumber: c.Number, OrderNumber: "O-1", Currency: "JPY", Counts: 1,
		})
	}))
	in := decision("granted", 0)
	in.CountsAgainstSeller = new(bool)
	_, err := m.Act(m.ctx, m.agent, c.Number, in)
	m.must(err)
	all := m.statement(m.seller, "mp-s-1", MonthOf(InstantOf(m.clock.now()), m.Zone()).String())
	if got := saidOf(all); got != "counted 0  +1; refund 3800 seller +0; count_reversed 0  -1" {
		t.Errorf("got %s", got)
	}
}

// Silence grants, counts, and says why.
func TestStatementOfSilence(t *testing.T) {
	m := newMarket(t)
	c := m.filed(m.order("O-1", nil), NotReceived)
	m.clock.set(c.DueAt)
	m.run()
	all := m.statement(m.seller, "mp-s-1", MonthOf(c.DueAt, m.Zone()).String())
	if got := saidOf(all); got != "refund 3800 seller +0; counted 0  +1" || all[0].Cause != "seller_silent" {
		t.Errorf("got %s", got)
	}
}

func TestStatementIsRead(t *testing.T) {
	m := newMarket(t)
	m.granted(m.order("O-1", nil), 0)
	st := SellerStatement{SellerID: "mp-s-1", To: 1 << 60}
	s, w := m.watch()
	_, err := s.statementRows(m.ctx, st, 1, "", 10)
	m.must(err)
	_, _, err = s.SellerStatement(m.ctx, m.seller, "mp-s-1", Month{2026, 1}, Page{})
	m.must(err)
	for _, a := range w.asked {
		plan := m.explain(a.query, a.args...)
		if strings.Contains(a.query, "statement_entries") && !strings.Contains(plan, "statement_entries_seller_id_at_id_idx") {
			t.Errorf("%s: %s", a.query, plan)
		}
	}
}

// A decision on condition of a return stands no more once the return has failed: whether by the seller's
// word or by the clock, it counts no more from then on, until the next one says so.
func TestStatementOfAFailedReturn(t *testing.T) {
	for _, again := range []bool{true, false} {
		for _, byClock := range []bool{true, false} {
			m := newMarket(t)
			c := m.returning(m.order("O-1", nil), true, "")
			if byClock { // the seller never said where to
				m.clock.set(c.DueAt)
				m.run()
			} else {
				_, err := m.Act(m.ctx, m.seller, c.Number, &ReturnAddressInput{Address: shop})
				m.must(err)
				m.shipped(c)
				_, err = m.Act(m.ctx, m.seller, c.Number, &DisputeReturnInput{Message: "箱は空でした。"})
				m.must(err)
			}
			if c = m.claim(c.Number); c.Status != UnderReview {
				t.Fatalf("by clock %v: %s", byClock, c.Status)
			}
			said := func() (rows []StatementEntry) {
				rows, err := find[StatementEntry](m.ctx, m.Store, "SELECT * FROM statement_entries WHERE claim_id = ? ORDER BY seq", c.ID)
				m.must(err)
				return rows
			}
			rows := said()
			if got := saidOf(rows); got != "counted 0  +1; count_reversed 0  -1" || rows[1].Cause != "reopened" {
				t.Errorf("by clock %v: %s", byClock, got)
			}
			in := decision("granted", 2000)
			in.CountsAgainstSeller = &again
			_, err := m.Act(m.ctx, m.agent2, c.Number, in)
			m.must(err)
			want := "counted 0  +1; count_reversed 0  -1; refund 2000 seller +0"
			if again {
				want += "; counted 0  +1"
			}
			if got := saidOf(said()); got != want {
				t.Errorf("by clock %v, counting again %v: %s", byClock, again, got)
			}
		}
	}
}
