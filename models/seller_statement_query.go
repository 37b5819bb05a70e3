package models

import (
	"context"
	"fmt"
	"slices"
)

// SellerStatement is a page of a seller's statement of a month, the oldest row first, with the sums of
// the whole month.
type SellerStatement struct {
	SellerID   string
	SellerName string
	Month      Month
	From, To   Instant // To is not in it
	Totals     []StatementTotal
	Entries    []StatementEntry
}

// StatementTotal is what a month's rows in one currency add up to: money that goes back by who bears
// it, in minor units, and how many decisions count, less those that do no more.
type StatementTotal struct {
	Currency    string
	Seller      int64
	Marketplace int64
	Counts      int
	Rows        int
}

// addTo adds rows up by currency, in the order of the currencies' names. It is pure.
func addTo(totals []StatementTotal, entries ...StatementEntry) []StatementTotal {
	for _, e := range entries {
		at, found := slices.BinarySearchFunc(totals, e.Currency, func(t StatementTotal, currency string) int {
			switch {
			case t.Currency < currency:
				return -1
			case t.Currency > currency:
				return 1
			}
			return 0
		})
		if !found {
			totals = slices.Insert(totals, at, StatementTotal{Currency: e.Currency})
		}
		t := &totals[at]
		switch e.BorneBy {
		case borneBySeller:
			t.Seller += e.Amount
		case borneByMarketplace:
			t.Marketplace += e.Amount
		}
		t.Counts += e.Counts
		t.Rows++
	}
	return totals
}

// statementOf says whose statement of which month an actor asks for: a seller its own, staff and
// admins any. Kinds: NotFound, also for those of others.
func (s *Store) statementOf(ctx context.Context, by Actor, sellerID string, month Month) (SellerStatement, error) {
	if !by.SeesAllCases() && (by.Role != RoleSeller || by.SellerID != sellerID) {
		return SellerStatement{}, notFound()
	}
	rows, err := find[sellerRow](ctx, s, "SELECT * FROM sellers WHERE id = ?", sellerID)
	if err != nil {
		return SellerStatement{}, fmt.Errorf("read seller: %w", err)
	}
	if len(rows) == 0 {
		return SellerStatement{}, notFound()
	}
	st := SellerStatement{SellerID: sellerID, SellerName: rows[0].Name, Month: month}
	st.From, st.To = month.Bounds(s.Zone())
	return st, nil
}

// SellerStatement reads a page of a statement. Kinds: NotFound, Invalid for a cursor that is not ours.
func (s *Store) SellerStatement(ctx context.Context, by Actor, sellerID string, month Month, page Page) (st SellerStatement, next string, err error) {
	if st, err = s.statementOf(ctx, by, sellerID, month); err != nil {
		return st, "", err
	}
	at, id, err := readAscending(page.Cursor)
	if err != nil {
		return st, "", err
	}
	limit := page.size() + 1
	if st.Entries, err = s.statementRows(ctx, st, max(at, st.From), id, limit); err != nil {
		return st, "", err
	}
	if len(st.Entries) == limit {
		last := st.Entries[limit-2]
		st.Entries, next = st.Entries[:limit-1], writeCursor(last.At, last.ID)
	}
	sums, err := find[StatementEntry](ctx, s, "SELECT currency, borne_by, CAST(SUM(amount) AS SIGNED) AS amount, CAST(SUM(counts) AS SIGNED) AS counts, COUNT(*) AS seq FROM statement_entries"+
		s.engine.hint("statement_entries_seller_id_at_id_idx")+" WHERE seller_id = ? AND at >= ? AND at < ? GROUP BY currency, borne_by ORDER BY currency", sellerID, st.From, st.To)
	if err != nil {
		return st, "", fmt.Errorf("sum statement: %w", err)
	}
	for _, e := range sums {
		st.Totals = addTo(st.Totals, e)
		st.Totals[len(st.Totals)-1].Rows += e.Seq - 1
	}
	return st, next, nil
}

func (s *Store) statementRows(ctx context.Context, st SellerStatement, at Instant, id string, limit int) ([]StatementEntry, error) {
	rows, err := find[StatementEntry](ctx, s, "SELECT * FROM statement_entries"+s.engine.hint("statement_entries_seller_id_at_id_idx")+
		" WHERE seller_id = ? AND at >= ? AND at < ? AND (at > ? OR id > ?) ORDER BY at, id LIMIT ?", st.SellerID, at, st.To, at, id, limit)
	if err != nil {
		return nil, fmt.Errorf("list statement: %w", err)
	}
	return rows, nil
}

// EachStatementEntry hands on all rows of a statement, a part of them at a time, the oldest first:
// what is held in memory does not grow with the month. begin hears whose it is, before the first row.
// Kinds: NotFound.
func (s *Store) EachStatementEntry(ctx context.Context, by Actor, sellerID string, month Month, begin func(SellerStatement) error, each func(StatementEntry) error) error {
	st, err := s.statementOf(ctx, by, sellerID, month)
	if err != nil {
		return err
	}
	if err := s.RecordExport(ctx, by, AuditStatementExported, OnSeller, sellerID); err != nil {
		return err
	}
	if err := begin(st); err != nil {
		return err
	}
	const part = 500
	for at, id := st.From, ""; ; {
		rows, err := s.statementRows(ctx, st, at, id, part)
		if err != nil {
			return err
		}
		for _, e := range rows {
			if err := each(e); err != nil {
				return err
			}
			at, id = e.At, e.ID
		}
		if len(rows) < part {
			return nil
		}
	}
}
