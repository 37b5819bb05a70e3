package models

import (
	"runtime"
	"testing"
)

// A large statement is streamed: what is kept of it does not grow with its rows.
func TestStatementIsStreamed(t *testing.T) {
	const rows, step = 50_000, 10_000
	m := newMarket(t)
	at := InstantOf(m.clock.now())
	m.must(m.inTx(m.ctx, func(tx *Store) error {
		for from := 0; from < rows; from += step {
			list := make([]StatementEntry, step)
			for i := range list {
				id := newID()
				list[i] = StatementEntry{
					ID: id, SellerID: "mp-s-1", At: at + Instant((from+i)/7), Seq: 1, Kind: EntryRefund, Cause: "accepted", ClaimID: id, ClaimNumber: "C-1", OrderNumber: "O-1", Currency: "JPY", Amount: 1, BorneBy: "seller",
				}
			}
			if err := tx.insert(m.ctx, &list); err != nil {
				return err
			}
		}
		return nil
	}))
	m.order("O-1", nil) // makes the seller
	live := func() int64 {
		var s runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&s)
		return int64(s.HeapAlloc)
	}
	n, sum, first, most := 0, int64(0), int64(0), int64(0)
	err := m.EachStatementEntry(m.ctx, m.seller, "mp-s-1", MonthOf(at, m.Zone()), func(SellerStatement) error { return nil }, func(e StatementEntry) error {
		n, sum = n+1, sum+e.Amount
		if n%step != step/2 {
			return nil
		}
		now := live()
		if first == 0 {
			first = now
		}
		most = max(most, now-first)
		return nil
	})
	m.must(err)
	if n != rows || sum != rows {
		t.Errorf("%d rows of %d came to %d", n, rows, sum)
	}
	// All rows at once are about 15 MiB.
	if most > 2<<20 {
		t.Errorf("%d bytes more are kept as rows go by", most)
	}
}
