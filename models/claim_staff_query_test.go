package models

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hosho/models/modelstest"
)

// deskOf reads all pages of a view.
func (m *market) deskOf(by Actor, f DeskFilter) []DeskRow {
	m.t.Helper()
	var all []DeskRow
	for range 100 {
		rows, next, err := m.Desk(m.ctx, by, f)
		m.must(err)
		all = append(all, rows...)
		if f.Cursor = next; next == "" {
			return all
		}
	}
	m.t.Fatal("the pages never end")
	return nil
}

func numbersOf(rows []DeskRow) (list []string) {
	for _, r := range rows {
		list = append(list, r.Number)
	}
	return list
}

func TestDeskViews(t *testing.T) {
	m := newMarket(t)
	waiting := m.filed(m.order("o-1", nil), NotReceived)
	first := m.inReview(m.order("o-2", nil))
	m.clock.set(m.MachineNow().Add(time.Hour))
	second := m.inReview(m.order("o-3", nil))
	_, err := m.Act(m.ctx, m.agent, second.Number, &TakeInput{})
	m.must(err)
	big := m.inReview(m.order("o-4", func(in *OrderInput) { price := int64(150_000); in.Lines[0].UnitPrice = &price }))
	_, err = m.Act(m.ctx, m.agent, big.Number, decision("granted", 0))
	m.must(err)
	for _, tc := range []struct {
		by   Actor
		f    DeskFilter
		want []string
	}{
		{m.agent, DeskFilter{View: DeskDue}, []string{first.Number, second.Number, big.Number}},
		{m.agent, DeskFilter{View: DeskDue, SellerID: "mp-s-1"}, []string{first.Number, second.Number, big.Number}},
		{m.agent, DeskFilter{View: DeskDue, SellerID: "mp-s-2"}, nil},
		{m.agent, DeskFilter{View: DeskDue, Reason: DamagedOrDefective}, nil},
		{m.agent, DeskFilter{View: DeskMine}, []string{second.Number}},
		{m.agent2, DeskFilter{View: DeskMine}, nil},
		{m.lead, DeskFilter{View: DeskUnassigned}, []string{first.Number, big.Number}},
		{m.lead, DeskFilter{View: DeskApproval}, []string{big.Number}},
		{m.lead, DeskFilter{View: DeskLeads}, nil},
		{m.admin, DeskFilter{View: DeskAll}, []string{big.Number, second.Number, first.Number, waiting.Number}},
		{m.admin, DeskFilter{View: DeskAll, Status: AwaitingSeller}, []string{waiting.Number}},
	} {
		got := numbersOf(m.deskOf(tc.by, tc.f))
		if fmt.Sprint(got) != fmt.Sprint(tc.want) {
			t.Errorf("%+v: got %v, want %v", tc.f, got, tc.want)
		}
	}
	counts, err := m.DeskCounts(m.ctx, m.agent)
	m.must(err)
	if counts[DeskMine] != 1 {
		t.Errorf("counts are %v", counts)
	}
	m.clock.set(m.MachineNow().Add(8 * 24 * time.Hour))
	m.run()
	if got := m.deskOf(m.lead, DeskFilter{View: DeskLeads}); len(got) < 3 {
		t.Errorf("after eight days the leads have %v", numbersOf(got))
	}
	counts, err = m.DeskCounts(m.ctx, m.agent)
	m.must(err)
	if counts[DeskMine] != 0 || counts[DeskApproval] != 1 || counts[DeskDue] < 3 {
		t.Errorf("counts are %v", counts)
	}
	if _, _, err := m.Desk(m.ctx, m.seller, DeskFilter{}); KindOf(err) != Forbidden {
		t.Errorf("a seller got %v from the desk", err)
	}
	names, err := m.DeskNames(m.ctx, m.agent, []string{"mp-s-1", "nobody"}, []string{m.agent.AccountID})
	m.must(err)
	if names["mp-s-1"] != "青葉雑貨店" || names[m.agent.AccountID] == "" || len(names) != 2 {
		t.Errorf("names are %v", names)
	}
}

// However long a page, the pages of a view hold each case once and in order.
func TestDeskPages(t *testing.T) {
	m := newMarket(t)
	var want []string
	for i := range 7 {
		c := m.inReview(m.order(fmt.Sprintf("p-%d", i), nil))
		want = append(want, c.Number)
	}
	m.mustExec("UPDATE claims SET due_at = (SELECT MIN(x.due_at) FROM (SELECT due_at FROM claims) x)") // all due at once: ids break the tie
	rapid.Check(t, func(rt *rapid.T) {
		f := DeskFilter{View: rapid.SampledFrom([]DeskView{DeskDue, DeskUnassigned, DeskAll}).Draw(rt, "view")}
		f.Limit = rapid.IntRange(1, 9).Draw(rt, "limit")
		seen := map[string]bool{}
		rows := m.deskOf(m.agent, f)
		for i, r := range rows {
			if seen[r.Number] {
				rt.Fatalf("%s stands twice", r.Number)
			}
			seen[r.Number] = true
			if i > 0 && f.View != DeskAll && (rows[i-1].DueAt > r.DueAt || rows[i-1].DueAt == r.DueAt && rows[i-1].ID >= r.ID) {
				rt.Fatalf("%s is out of order", r.Number)
			}
		}
		if len(rows) != len(want) {
			rt.Fatalf("%d cases on the pages, %d there", len(rows), len(want))
		}
	})
}

func (m *market) mustExec(query string, args ...any) {
	m.t.Helper()
	m.must(m.inTx(m.ctx, func(tx *Store) error { _, err := tx.exec(m.ctx, query, args...); return err }))
}

func TestDeskSearch(t *testing.T) {
	m := newMarket(t)
	c := m.filed(m.order("503-9942117-5567001", nil), NotReceived)
	wide := strings.Map(func(r rune) rune {
		if r > ' ' && r < 0x7f {
			return r + 0xfee0
		}
		return r
	}, c.Number)
	for _, typed := range []string{c.Number, strings.ToLower(c.Number), " " + wide + " ", strings.ReplaceAll(c.Number, "-", ""), "503-9942117-5567001", "５０３-９９４２１１７-５５６７００１"} {
		rows, err := m.DeskSearch(m.ctx, m.agent, typed)
		m.must(err)
		if len(rows) != 1 || rows[0].Number != c.Number {
			t.Errorf("%q found %v", typed, numbersOf(rows))
		}
	}
	for _, typed := range []string{"", "C-0000-0000", "503", strings.Repeat("9", 500)} {
		if rows, err := m.DeskSearch(m.ctx, m.agent, typed); err != nil || len(rows) != 0 {
			t.Errorf("%q found %v, %v", typed, numbersOf(rows), err)
		}
	}
	if _, err := m.DeskSearch(m.ctx, m.buyer, c.Number); KindOf(err) != Forbidden {
		t.Errorf("a buyer searched the desk: %v", err)
	}
}

func TestHistoryIsForStaff(t *testing.T) {
	m := newMarket(t)
	before := m.filed(m.order("h-1", nil), NotReceived)
	c := m.inReview(m.order("h-2", nil))
	h, err := m.History(m.ctx, m.agent, c)
	m.must(err)
	if len(h.Between) != 1 || h.Between[0].Number != before.Number {
		t.Errorf("between these two there is %+v", h.Between)
	}
	if len(h.BuyerCases) != 1 || h.BuyerCases[0].Number != before.Number || h.Seller[AwaitingSeller] != 1 {
		t.Errorf("history is %+v", h)
	}
	query, args := m.historyQuery(m.agent, c)
	plan := m.explain(query, args...)
	query, args = m.betweenQuery(c)
	plan += m.explain(query, args...)
	for index, times := range map[string]int{"claims_buyer_id_filed_at_id_idx": 2, "claims_seller_id_filed_at_id_idx": 1} {
		if strings.Count(plan, index) < times {
			t.Errorf("the history does not use %s:\n%s", index, plan)
		}
	}
	lower := strings.ToLower(plan) // an index condition alone still looks the rows up
	if strings.Count(lower, "covering index")+strings.Count(lower, "using index")-strings.Count(lower, "using index condition") < 3 {
		t.Errorf("the history looks claims up:\n%s", plan)
	}
	if _, err := m.History(m.ctx, m.seller, c); KindOf(err) != Forbidden {
		t.Errorf("a seller read the history: %v", err)
	}
}

// A buyer with more cases than are read at once keeps those about one seller, however old.
func TestHistoryBehindTheNewestCases(t *testing.T) {
	m := newMarket(t)
	var before []string
	for i := range historyShown + 1 {
		before = append(before, m.filed(m.order(fmt.Sprintf("b-%d", i), nil), NotReceived).Number)
		m.clock.set(m.MachineNow().Add(time.Minute))
	}
	c := m.inReview(m.order("b-now", nil))
	row, err := rowOf(m.claim(before[0]))
	m.must(err)
	others := make([]claimRow, historyLimit)
	for i := range others {
		others[i] = row
		others[i].ID, others[i].Number, others[i].SellerID, others[i].Status = fmt.Sprintf("%s-%03d", row.ID[:24], i), fmt.Sprintf("X-%03d", i), "mp-s-9", Denied
		others[i].FiledAt = c.FiledAt.Add(-time.Duration(i+1) * time.Millisecond)
	}
	for _, many := range []int{0, historyLimit - historyShown - 1, historyLimit} {
		some := others[:many]
		m.mustExec("DELETE FROM claims WHERE number LIKE 'X-%'")
		if many > 0 {
			m.must(m.inTx(m.ctx, func(tx *Store) error { return tx.insert(m.ctx, &some) }))
		}
		h, err := m.History(m.ctx, m.agent, c)
		m.must(err)
		var between []string
		for _, e := range h.Between {
			between = append(between, e.Number)
		}
		want := slices.Clone(before[1:])
		slices.Reverse(want)
		if !slices.Equal(between, want) {
			t.Errorf("%d cases with others: between these two there are %v, not %v", many, between, want)
		}
		if n := h.Buyer[Denied]; n != many || len(h.BuyerCases) != historyShown {
			t.Errorf("%d cases with others: %d are counted and %d shown", many, n, len(h.BuyerCases))
		}
	}
}

// Every view and filter is a range of the index it names, and none sorts.
func TestDeskIsServedByIndexes(t *testing.T) {
	m := newMarketOn(t, modelstest.Database(t)) // whose plans no other test's rows have a say in
	m.inReview(m.order("e-1", nil))
	for _, v := range DeskViews {
		for _, f := range []DeskFilter{{View: v}, {View: v, SellerID: "mp-s-1"}, {View: v, Reason: NotReceived}, {View: v, Status: UnderReview}, {View: v, Sort: DeskReversed}, {View: v, Before: true}, {View: v, Sort: DeskLargest}, {View: v, AtLeast: 100, DueBefore: m.MachineNow()}} {
			q := f.query(m.agent, m.MachineNow())
			rest, err := q.page(f, 51)
			m.must(err)
			plan := m.explain(q.sql(m.engine, deskColumns, rest), q.args...)
			if !strings.Contains(plan, q.index) {
				t.Errorf("%+v does not use %s:\n%s", f, q.index, plan)
			}
			if v != DeskMine && (strings.Contains(plan, "TEMP B-TREE") || strings.Contains(plan, "filesort")) {
				t.Errorf("%+v sorts:\n%s", f, plan)
			}
			if strings.Contains(plan, "SCAN claims") && v != DeskAll {
				t.Errorf("%+v scans:\n%s", f, plan)
			}
		}
	}
}

// explain is the engine's plan of a query, as text.
func (m *market) explain(query string, args ...any) string {
	m.t.Helper()
	head := "EXPLAIN "
	if m.engine == sqliteEngine {
		head = "EXPLAIN QUERY PLAN "
	}
	rows, err := m.db(m.ctx).Raw(head+query, args...).Rows()
	m.must(err)
	defer rows.Close()
	names, err := rows.Columns()
	m.must(err)
	var plan strings.Builder
	for rows.Next() {
		cells := make([]any, len(names))
		for i := range cells {
			cells[i] = new(any)
		}
		m.must(rows.Scan(cells...))
		for _, c := range cells {
			if b, ok := (*c.(*any)).([]byte); ok {
				fmt.Fprintf(&plan, "%s ", b)
			} else {
				fmt.Fprintf(&plan, "%v ", *c.(*any))
			}
		}
		plan.WriteByte('\n')
	}
	m.must(rows.Err())
	return plan.String()
}
