package models

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

func TestSellerCases(t *testing.T) {
	m := newMarket(t)
	var todo, waiting, decided []string
	for i := range 3 {
		todo = append(todo, m.filed(m.order(fmt.Sprintf("t-%d", i), nil), NotReceived).Number)
		m.clock.set(m.MachineNow().Add(time.Minute))
	}
	for i := range 2 {
		waiting = append(waiting, m.inReview(m.order(fmt.Sprintf("w-%d", i), nil)).Number)
	}
	c := m.filed(m.order("w-9", nil), NotReceived)
	amount := int64(500)
	_, err := m.Act(m.ctx, m.seller, c.Number, &OfferInput{Kind: OfferPartialRefund, Amount: &amount, Message: "一部を返金します。"})
	m.must(err)
	waiting = append(waiting, c.Number)
	for i := range 2 {
		c := m.filed(m.order(fmt.Sprintf("d-%d", i), nil), NotReceived)
		_, err := m.Act(m.ctx, m.seller, c.Number, &AcceptInput{})
		m.must(err)
		decided = append(decided, c.Number)
	}
	// What is answered and held until its deadline needs nothing of the seller, but may be revised.
	held := m.filed(m.order("w-10", nil), NotReceived)
	_, err = m.Act(m.ctx, m.seller, held.Number, &ContestInput{Message: "発送しました。", Hold: true})
	m.must(err)
	waiting = append(waiting, held.Number)
	// A claim filed ahead is not the seller's to see yet.
	number := m.order("a-1", nil)
	m.contact(number, NotReceived)
	ahead := filing(number, NotReceived)
	ahead.Schedule = true
	_, err = m.FileClaim(m.ctx, m.buyer, ahead)
	m.must(err)
	all := slices.Concat(todo, waiting, decided)
	slices.Sort(all)
	for view, want := range map[SellerView][]string{SellerTodo: todo, SellerWaiting: waiting, SellerDecided: decided, SellerAll: all} {
		for _, limit := range []int{1, 2, 50} {
			var got []string
			var last Instant
			page := Page{Limit: limit}
			for {
				rows, next, err := m.SellerCases(m.ctx, m.seller, SellerFilter{View: view, Page: page})
				m.must(err)
				for _, r := range rows {
					got = append(got, r.Number)
					if r.Answered != (r.Number == held.Number) {
						t.Errorf("%s: %s is answered: %v", view, r.Number, r.Answered)
					}
					if (view == SellerTodo || view == SellerWaiting) && r.DueAt < last {
						t.Errorf("%s: %s is out of order", view, r.Number)
					}
					last = r.DueAt
				}
				if page.Cursor = next; next == "" {
					break
				}
			}
			slices.Sort(got)
			sorted := slices.Sorted(slices.Values(want))
			if !slices.Equal(got, sorted) {
				t.Errorf("%s by %d: got %v, want %v", view, limit, got, sorted)
			}
		}
	}
	if rows, _, err := m.SellerCases(m.ctx, m.seller2, SellerFilter{View: SellerAll}); err != nil || len(rows) != 0 {
		t.Errorf("another seller sees %d cases, %v", len(rows), err)
	}
	if _, _, err := m.SellerCases(m.ctx, m.agent, SellerFilter{View: SellerAll}); KindOf(err) != Forbidden {
		t.Errorf("an agent listed a seller's cases: %v", err)
	}
	if _, _, err := m.SellerCases(m.ctx, m.seller, SellerFilter{View: SellerTodo, Page: Page{Cursor: "nonsense"}}); KindOf(err) != Invalid {
		t.Errorf("a cursor of nobody's gave %v", err)
	}
}

// A list reads the same from the end to its beginning, and filters only narrow it.
func TestSellerCasesBackAndFiltered(t *testing.T) {
	m := newMarket(t)
	var numbers []string
	var filed []Instant
	for i := range 5 {
		c := m.filed(m.order(fmt.Sprintf("f-%d", i), nil), NotReceived)
		numbers, filed = append(numbers, c.Number), append(filed, c.FiledAt)
	}
	for _, view := range []SellerView{SellerTodo, SellerAll} {
		f := SellerFilter{View: view}
		all, _, err := m.SellerCases(m.ctx, m.seller, f)
		m.must(err)
		if len(all) != 5 {
			t.Fatalf("%s has %d", view, len(all))
		}
		f.Before, f.Limit, f.Cursor = true, 2, SellerCursor(view, all[4])
		for _, want := range [][]SellerCase{all[2:4], all[0:2]} {
			rows, next, err := m.SellerCases(m.ctx, m.seller, f)
			m.must(err)
			if len(rows) != 2 || rows[0].ID != want[0].ID || rows[1].ID != want[1].ID || (next == "") != (want[0].ID == all[0].ID) {
				t.Errorf("%s before %s: %+v, next %q", view, f.Cursor, rows, next)
			}
			if len(rows) > 0 {
				f.Cursor = SellerCursor(view, rows[0])
			}
		}
		for name, tc := range map[string]struct {
			f    SellerFilter
			want int
		}{
			"reason": {SellerFilter{Reason: NotReceived}, 5}, "another": {SellerFilter{Reason: WrongOrMissingItem}, 0}, "from": {SellerFilter{From: filed[3]}, 2},
			"until": {SellerFilter{Until: filed[3]}, 3}, "both": {SellerFilter{From: filed[1], Until: filed[3]}, 2},
		} {
			tc.f.View = view
			rows, _, err := m.SellerCases(m.ctx, m.seller, tc.f)
			if err != nil || len(rows) != tc.want {
				t.Errorf("%s, %s: %d of %v, %v", view, name, len(rows), numbers, err)
			}
		}
	}
}

// What Preview answers, Act then does; and nothing is written by looking.
func TestPreviewWritesNothing(t *testing.T) {
	m := newMarket(t)
	c := m.inReview(m.order("v-1", nil))
	before := m.claim(c.Number)
	next, err := m.Preview(m.ctx, m.agent, c.Number, decision("granted", 0))
	m.must(err)
	if next.Status != Granted || next.Decision == nil || next.Decision.Amount != c.Claimed {
		t.Errorf("the preview is %s %+v", next.Status, next.Decision)
	}
	if after := m.claim(c.Number); after.Status != before.Status || after.Version != before.Version || after.LastHash != before.LastHash {
		t.Errorf("looking changed the claim: %s", after.Status)
	}
	stale := decision("denied", 0)
	old := c.Version - 1
	stale.Version = &old
	for _, tc := range []struct {
		by   Actor
		in   ActionInput
		code string
	}{
		{m.agent, stale, "stale_version"},
		{m.agent, decision("granted", c.Claimed+1), "invalid_fields"},
		{m.agent, &DecideInput{}, "invalid_fields"},
		{m.seller, decision("denied", 0), "forbidden"},
		{m.seller2, &ContestInput{Message: "x"}, "not_found"},
		{m.seller, &ContestInput{Message: "x"}, "not_allowed_now"},
	} {
		_, err := m.Preview(m.ctx, tc.by, c.Number, tc.in)
		wantCode(t, err, tc.code)
		_, err = m.Act(m.ctx, tc.by, c.Number, tc.in)
		wantCode(t, err, tc.code)
	}
}
