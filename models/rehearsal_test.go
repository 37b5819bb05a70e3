package models

import (
	"errors"
	"fmt"
	"testing"

	"hosho/models/health"
)

func (m *market) rehearsed(edit func(*health.Rules)) Rehearsal {
	m.t.Helper()
	rules := health.Default()
	if edit != nil {
		edit(&rules)
	}
	r, err := m.Rehearse(m.ctx, m.lead, RehearseRules{rules})
	m.must(err)
	return r
}

func TestRehearsal(t *testing.T) {
	m := newMarket(t)
	// Four stock-outs of one seller for two buyers; two of another.
	for i, at := range []string{"2026-01-12T10:00:00+09:00", "2026-01-14T10:00:00+09:00", "2026-01-16T10:00:00+09:00", "2026-01-18T10:00:00+09:00"} {
		m.stockOut(fmt.Sprintf("o-%d", i), 1+i%2, at)
	}
	for i := range 2 {
		m.order(fmt.Sprintf("p-%d", i), func(in *OrderInput) {
			soldOut(1+i, "2026-01-17T10:00:00+09:00")(in)
			in.Lines[0].Seller = SellerRef{ID: "mp-s-2", Name: "別の店"}
		})
	}
	m.order("q-1", nil)

	same := m.rehearsed(nil)
	if same.Looked != 2 || same.Now != 1 || same.Draft != 1 || same.Hit+same.Spared != 0 || len(same.Sellers) != 1 {
		t.Fatalf("the same rules: %+v", same)
	}
	s := same.Sellers[0]
	if s.Seller != "mp-s-1" || s.Name != "青葉雑貨店" || s.Counted != 4 || s.Orders != 5 || s.Now != s.Draft || s.Now.Opened != at("2026-01-16T10:00:00+09:00") || s.Now.Level != 1 || s.Now.Measure != health.Plan {
		t.Errorf("as it was: %+v", s)
	}
	spared := m.rehearsed(func(r *health.Rules) { r.OpenStockOuts = 5 })
	if spared.Spared != 1 || spared.Draft != 0 || len(spared.Sellers) != 1 || spared.Sellers[0].Draft != (Rehearsed{}) {
		t.Errorf("five needed: %+v", spared)
	}
	hit := m.rehearsed(func(r *health.Rules) { r.OpenStockOuts, r.GuardBuyers, r.GuardLowerRate = 2, 2, 0 })
	if hit.Hit != 1 || hit.Draft != 2 || len(hit.Sellers) != 2 || hit.Sellers[0].Seller != "mp-s-2" {
		t.Errorf("two needed: %+v", hit)
	}
	if s := hit.Sellers[1]; s.Draft.Level != 2 || s.Draft.Measure != health.Warning || s.Draft.Opened != at("2026-01-14T10:00:00+09:00") {
		t.Errorf("without the guard: %+v", s)
	}
	if rows := m.investigations(); len(rows) != 1 {
		t.Errorf("a rehearsal changed %+v", rows)
	}
}

// What came to count only by the buyer's answer is known from then on.
func TestRehearsalKnowsWhatWasKnown(t *testing.T) {
	m := newMarket(t)
	for i := range 3 {
		m.order(fmt.Sprintf("o-%d", i), func(in *OrderInput) {
			soldOut(1, "2026-01-18T10:00:00+09:00")(in)
			in.Lines[0].Cancellation.StatedReason = "other"
		})
		_, err := m.saysOf(fmt.Sprintf("o-%d", i), health.AnswerToldOut)
		m.must(err)
	}
	r := m.rehearsed(func(r *health.Rules) { r.OpenBuyers = 1 })
	if len(r.Sellers) != 1 || r.Sellers[0].Draft.Opened != m.MachineNow() || r.Sellers[0].Now.Touched() {
		t.Errorf("known: %+v", r)
	}
}

func TestRehearsalIsForLeads(t *testing.T) {
	m := newMarket(t)
	for _, by := range []Actor{m.buyer, m.seller, m.agent, m.integration} {
		if _, err := m.Rehearse(m.ctx, by, RehearseRules{health.Default()}); KindOf(err) != Forbidden {
			t.Errorf("%s: %v", by.Role, err)
		}
	}
	rules := health.Default()
	rules.Levels = append([]health.Level(nil), rules.Levels...)
	rules.Levels[1].Points, rules.OpenWindow, rules.OpenBigRate = 35, 0, 1.5
	_, err := m.Rehearse(m.ctx, m.lead, RehearseRules{rules})
	var e *Error
	if !errors.As(err, &e) || e.Kind != Invalid {
		t.Fatalf("wrong numbers: %v", err)
	}
	var names []string
	for _, f := range e.Fields {
		names = append(names, f.Field)
	}
	if fmt.Sprint(names) != "[level_2 open_window_days open_big_rate]" {
		t.Errorf("wrong numbers: %v", names)
	}
	if faults := health.Default().Faults(); len(faults) > 0 {
		t.Errorf("the rules as delivered: %v", faults)
	}
}

// A rehearsal weighs what the ladder weighs: relisted dearer is the heaviest, and what an
// overturned measure relied on is nothing.
func TestRehearsalWeighsAsTheLadderDoes(t *testing.T) {
	m := newMarket(t)
	for i, day := range []string{"12", "14", "16"} {
		m.stockOut(fmt.Sprintf("o-%d", i), 1+i%2, "2026-01-"+day+"T10:00:00+09:00")
	}
	unguarded := func(r *health.Rules) { r.GuardBuyers, r.GuardLowerRate = 1, 0 }
	level := func() int {
		t.Helper()
		r := m.rehearsed(unguarded)
		if len(r.Sellers) == 0 {
			return -1
		}
		return r.Sellers[0].Draft.Level
	}
	if got := level(); got != 1 { // 45 points
		t.Errorf("three stock-outs reach level %d", got)
	}
	exec := func(query string, args ...any) {
		t.Helper()
		m.must(m.inTx(m.ctx, func(tx *Store) error {
			_, err := tx.exec(m.ctx, query, args...)
			return err
		}))
	}
	exec("UPDATE cancellations SET dearer = ? WHERE cancelled_at = ?", true, at("2026-01-16T10:00:00+09:00"))
	if got := level(); got != 2 { // 65
		t.Errorf("one of them relisted dearer: level %d", got)
	}
	exec("INSERT INTO spared_orders (seller_id, order_id, measure_id, until_at) SELECT seller_id, order_id, 'm', cancelled_at FROM cancellations WHERE cancelled_at < ?", at("2026-01-13T00:00:00+09:00"))
	if got := level(); got != -1 { // two are left
		t.Errorf("one of them spared: level %d", got)
	}
}
