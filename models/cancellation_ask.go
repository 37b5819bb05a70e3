package models

import (
	"context"
	"fmt"
)

// CancellationsOf are the cancellations by sellers of an order that its buyer or staff has read,
// by the lines' numbers; no statement is sent where there are none. A seller is given none: the
// buyer's answers are not theirs to read.
func (s *Store) CancellationsOf(ctx context.Context, by Actor, o Order) (map[int]Cancellation, error) {
	var ids []string
	number := map[string]int{}
	for _, l := range o.Lines {
		if side := by.sideOf(o.BuyerEmail, l.SellerID); l.cancelledBySeller() && side != SideSeller && side != SideNone {
			ids = append(ids, l.ID)
			number[l.ID] = l.Number
		}
	}
	list := map[int]Cancellation{}
	if len(ids) == 0 {
		return list, nil
	}
	now, err := s.Now(ctx)
	if err != nil {
		return nil, err
	}
	policy, err := s.Policy(ctx, now)
	if err != nil {
		return nil, err
	}
	rows, err := find[cancellationRow](ctx, s, "SELECT * FROM cancellations WHERE order_line_id IN ? AND undone_at IS NULL", ids)
	if err != nil {
		return nil, fmt.Errorf("read cancellations: %w", err)
	}
	for _, r := range rows {
		n := number[r.OrderLineID]
		list[n] = r.cancellation(o.Number, n, policy)
	}
	return list, nil
}

// asks reports whether the buyer is asked about a cancellation that has just become what it is:
// once for each time a line is cancelled, while an answer is taken and none was given. What lies
// far ahead has not happened yet. It is pure.
func (r cancellationRow) asks(before cancellationRow, p Policy, now Instant) bool {
	began := r.UndoneAt == 0 && (before.Version == 0 || before.UndoneAt != 0)
	return began && r.Answer == nil && r.CancelledAt <= now.Add(maxAhead) && r.cancellation("", 0, p).Answerable(now)
}

// askBuyer sends the buyer one question for all lines that an update has told to be cancelled.
func (tx *Store) askBuyer(ctx context.Context, o orderRow, lines []lineRow) error {
	if len(lines) == 0 {
		return nil
	}
	buyers, err := find[buyerRow](ctx, tx, "SELECT * FROM buyers WHERE id = ?", o.BuyerID)
	if err != nil {
		return fmt.Errorf("read buyer: %w", err)
	}
	locale := ""
	if len(buyers) > 0 {
		locale = buyers[0].Locale
	}
	kind := "cancellation_asked"
	if len(lines) > 1 {
		kind = "cancellations_asked"
	}
	row, err := tx.noticeRow("buyer:"+o.BuyerID, locale, kind, map[string]any{"title": lines[0].Title, "line": lines[0].LineNo, "others": len(lines) - 1, "party": string(SideBuyer)})
	if err != nil {
		return err
	}
	row.OrderNumber = o.Number
	return tx.insertNoticeRows(ctx, row)
}
