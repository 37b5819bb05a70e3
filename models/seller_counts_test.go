package models

import (
	"testing"

	"hosho/models/health"
)

// An order counts once, at the most that a line of it weighs; what was taken back, what the
// buyer asked for and what another seller cancelled does not.
func TestWhatCounts(t *testing.T) {
	m := newMarket(t)
	out := cancelled("out_of_stock")
	m.order("o-1", out)
	m.order("o-2", func(in *OrderInput) {
		out(in)
		second := in.Lines[0]
		second.Line, second.Cancellation = 2, &CancellationInput{At: "2026-01-06T10:00:00+09:00", By: "seller", StatedReason: "other"}
		in.Lines = append(in.Lines, second)
	})
	m.order("o-3", cancelled("buyer_request"))
	m.order("o-4", func(in *OrderInput) {
		out(in)
		in.Lines[0].Seller = SellerRef{ID: "mp-s-2", Name: "別の店"}
	})
	m.order("o-5", out)
	m.order("o-5", unshipped)
	m.order("o-6", nil)

	counts := func(since string) []health.Count {
		t.Helper()
		list, err := m.countsOf(m.ctx, "mp-s-1", at(since))
		m.must(err)
		return list
	}
	list := counts("2026-01-01T00:00:00+09:00")
	if len(list) != 2 || list[0].Misdeclared || list[1].Misdeclared || !list[1].At.Equal(at("2026-01-04T10:00:00+09:00").Time()) {
		t.Fatalf("two orders, as plain stock-outs: %+v", list)
	}
	_, err := m.AnswerCancellation(m.ctx, m.buyer, AnswerCancellation{OrderNumber: "o-2", Line: 2, Answer: health.AnswerAskedToCancel})
	m.must(err)
	list = counts("2026-01-01T00:00:00+09:00")
	if len(list) != 2 || !list[1].Misdeclared || !list[1].AskedToCancel || !list[1].At.Equal(at("2026-01-06T10:00:00+09:00").Time()) {
		t.Errorf("the heavier line, and the later: %+v", list)
	}
	if list := counts("2026-01-04T10:00:00+09:00"); len(list) != 1 {
		t.Errorf("after the first: %+v", list)
	}
	rate, err := m.orderRate(m.ctx, "mp-s-1", at("2025-12-01T00:00:00+09:00"))
	m.must(err)
	if rate != (health.Rate{Hits: 2, Orders: 5}) {
		t.Errorf("rate: %+v", rate)
	}
	if rate, _ := m.orderRate(m.ctx, "mp-s-1", at("2026-01-01T10:00:00+09:00")); rate.Orders != 0 {
		t.Errorf("placed at the very start of the window: %+v", rate)
	}
}
