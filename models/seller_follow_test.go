package models

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"hosho/models/health"
)

// stockOut puts an order of a buyer, 1 or 2, that the seller cancelled for a stock-out at an instant.
func (m *market) stockOut(number string, buyer int, at string) {
	m.t.Helper()
	m.order(number, soldOut(buyer, at))
}

func soldOut(buyer int, at string) func(*OrderInput) {
	return func(in *OrderInput) {
		cancelled("out_of_stock")(in)
		in.Lines[0].Cancellation.At = at
		in.Buyer.ID, in.Buyer.Email = fmt.Sprintf("mp-b-%d", buyer), fmt.Sprintf("b%d@example.com", buyer)
	}
}

func (m *market) investigations() []investigationRow {
	m.t.Helper()
	rows, err := find[investigationRow](m.ctx, m.Store, "SELECT * FROM investigations ORDER BY opened_at, id")
	m.must(err)
	return rows
}

// toldSeller are the kinds of the notices to a seller, in their order.
func (m *market) toldSeller(seller string) (kinds []string) {
	m.t.Helper()
	rows, err := find[noticeRow](m.ctx, m.Store, "SELECT * FROM notices WHERE party = ? ORDER BY created_at, id", "seller:"+seller)
	m.must(err)
	for _, r := range rows {
		kinds = append(kinds, r.Kind)
	}
	return kinds
}

func TestInvestigationOpensByStockOuts(t *testing.T) {
	m := newMarket(t)
	m.stockOut("o-1", 1, "2026-01-18T10:00:00+09:00")
	m.stockOut("o-2", 1, "2026-01-19T10:00:00+09:00")
	m.stockOut("o-3", 1, "2026-01-19T11:00:00+09:00")
	if got := m.investigations(); len(got) > 0 {
		t.Fatalf("three of one buyer open %+v", got)
	}
	m.stockOut("o-4", 2, "2026-01-19T12:00:00+09:00")
	got := m.investigations()
	if len(got) != 1 || got[0].SellerID != "mp-s-1" || got[0].Status != InvestigationOpen || got[0].OpenedBy != health.ByStockOuts || got[0].OpenedAt != m.MachineNow() {
		t.Fatalf("opened: %+v", got)
	}
	numbers, err := fromJSON[SellerNumbers](&got[0].Numbers)
	m.must(err)
	if n := numbers; n.Points != 60 || n.StockOuts != 4 || n.Buyers != 2 || n.Reached != 2 || n.Level != 1 || n.Held != health.FewBuyers || n.Proposes != health.Plan || len(n.Windows) != 3 || n.Windows[1].StockOuts != 4 {
		t.Errorf("frozen: %+v", n)
	}
	m.stockOut("o-5", 2, "2026-01-19T13:00:00+09:00")
	if got := m.investigations(); len(got) != 1 || got[0].Numbers == "" {
		t.Errorf("a later one: %+v", got)
	}
	if told := m.toldSeller("mp-s-1"); len(told) != 1 {
		t.Errorf("told: %v", told)
	}
}

// What one buyer says makes it three: the answer opens it.
func TestInvestigationOpensByAnAnswer(t *testing.T) {
	m := newMarket(t)
	m.stockOut("o-1", 2, "2026-01-18T10:00:00+09:00")
	m.stockOut("o-2", 2, "2026-01-19T10:00:00+09:00")
	m.order("o-3", cancelled("buyer_request"))
	if got := m.investigations(); len(got) > 0 {
		t.Fatalf("two: %+v", got)
	}
	_, err := m.saysOf("o-3", health.AnswerToldOut)
	m.must(err)
	if got := m.investigations(); len(got) != 1 {
		t.Fatalf("answered: %+v", got)
	}
}

// After one has closed only what is newer counts towards another.
func TestInvestigationAfterClosing(t *testing.T) {
	m := newMarket(t)
	m.stockOut("o-1", 1, "2026-01-18T10:00:00+09:00")
	m.stockOut("o-2", 2, "2026-01-19T10:00:00+09:00")
	m.stockOut("o-3", 2, "2026-01-19T11:00:00+09:00")
	m.must(m.inTx(m.ctx, func(tx *Store) error {
		_, err := tx.exec(m.ctx, "UPDATE investigations SET open_seller = NULL, status = ?, closed_at = ?", InvestigationClosed, tx.now)
		return err
	}))
	m.clock.set(m.MachineNow().Add(72 * time.Hour))
	m.stockOut("o-4", 1, "2026-01-20T09:00:00+09:00") // of before the closing
	m.stockOut("o-5", 1, "2026-01-21T10:00:00+09:00")
	m.stockOut("o-6", 2, "2026-01-22T10:00:00+09:00")
	if got := m.investigations(); len(got) != 1 {
		t.Fatalf("two since: %+v", got)
	}
	m.stockOut("o-7", 2, "2026-01-22T11:00:00+09:00")
	if got := m.investigations(); len(got) != 2 || got[1].SinceAt != got[0].ClosedAt {
		t.Fatalf("three since: %+v", got)
	}
}

// However many bring the third at once, on however many replicas, one is opened, and one is.
func TestInvestigationOpensOnce(t *testing.T) {
	m := newMarket(t)
	stores := []*Store{m.Store, m.replica(nil)}
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			in := orderInput(fmt.Sprintf("o-%d", i), soldOut(1+i%2, "2026-01-19T10:00:00+09:00"))
			for range 5 { // parallel writers of the same buyer may be sent away
				_, _, err := stores[i%2].PutOrder(m.ctx, m.integration, in)
				if err == nil {
					return
				}
				if KindOf(err) != Unavailable {
					t.Error(err)
					return
				}
			}
			t.Error("never taken")
		})
	}
	wg.Wait()
	if got := m.investigations(); len(got) != 1 {
		t.Fatalf("%d are open", len(got))
	}
	if told := m.toldSeller("mp-s-1"); len(told) != 1 {
		t.Errorf("told: %v", told)
	}
}
