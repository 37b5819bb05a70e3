package models

import (
	"context"
	"fmt"
)

// DeskMismatch is a payment that does not fit, with the refund it may have been of, as staff see it.
type DeskMismatch struct {
	Mismatch
	ClaimNumber string
	OrderNumber string
	Currency    string
	Asked       int64 // what the refund still asks to be paid
	Version     int64 // of the refund
	Undecided   bool
	AskedBy     string // name of the member of staff who proposed what it was
	NeedsSecond bool   // it takes two members of staff
	MayDecide   bool   // this viewer may say what it was now, or propose it
	Party       bool   // the viewer is the refund's buyer or its seller
}

// Beyond is by how much more came back than the refund asks for; below zero it is less.
func (m DeskMismatch) Beyond() int64 { return m.Amount - m.Asked }

type deskMismatchRow struct {
	Row           mismatchRow `gorm:"embedded"`
	ClaimNumber   string
	OrderNumber   string
	Currency      string
	SellerID      string
	BuyerEmail    string
	RefundVersion int64
	Asked         int64
	AskedBy       *string
}

// selectMismatch reads mismatches; a leg that one names is asked for although it is done.
const selectMismatch = `SELECT m.*, c.number AS claim_number, r.order_number, r.currency, r.seller_id, b.email AS buyer_email, r.version AS refund_version, a.name AS asked_by,
	(SELECT CAST(COALESCE(SUM(l.amount), 0) AS SIGNED) FROM refund_legs l WHERE l.refund_id = m.refund_id
		AND (l.status NOT IN ('done', 'cancelled') OR l.id = m.leg_id AND l.status = 'done' AND l.counted_as IS NULL)) AS asked `

const mismatchTables = ` JOIN refunds r ON r.id = m.refund_id JOIN claims c ON c.id = r.claim_id JOIN buyers b ON b.id = c.buyer_id LEFT JOIN accounts a ON a.id = m.proposed_by `

// MismatchDesk lists the payments that wait for somebody to say what they were, the oldest first.
// Staff and admins may. Kinds: Forbidden, Invalid for a cursor that is not ours.
func (s *Store) MismatchDesk(ctx context.Context, by Actor, page Page) (items []DeskMismatch, next string, err error) {
	if !by.SeesAllCases() {
		return nil, "", forbidden()
	}
	at, id, err := readAscending(page.Cursor)
	if err != nil {
		return nil, "", err
	}
	limit := page.size() + 1
	rows, err := find[deskMismatchRow](ctx, s, selectMismatch+`FROM (`+s.limited("SELECT id, opened_at FROM refund_mismatches"+s.engine.hint("refund_mismatches_state_opened_at_id_idx")+
		" WHERE state = 'open' AND opened_at >= ? AND (opened_at > ? OR id > ?) ORDER BY opened_at, id LIMIT ?")+`) d JOIN refund_mismatches m ON m.id = d.id`+mismatchTables+"ORDER BY d.opened_at, d.id", at, at, id, limit)
	if err != nil {
		return nil, "", fmt.Errorf("list mismatches: %w", err)
	}
	if len(rows) == limit {
		last := rows[limit-2].Row
		rows, next = rows[:limit-1], writeCursor(last.OpenedAt, last.ID)
	}
	items, err = s.deskMismatches(ctx, by, rows)
	return items, next, err
}

func (s *Store) deskMismatches(ctx context.Context, by Actor, rows []deskMismatchRow) ([]DeskMismatch, error) {
	now, err := s.Now(ctx)
	if err != nil {
		return nil, err
	}
	p, err := s.Policy(ctx, now)
	if err != nil {
		return nil, err
	}
	items := make([]DeskMismatch, 0, len(rows))
	for _, r := range rows {
		m := DeskMismatch{
			Mismatch: r.Row.mismatch(r.RefundVersion), ClaimNumber: r.ClaimNumber, OrderNumber: r.OrderNumber, Currency: r.Currency, Asked: r.Asked, Version: r.RefundVersion, Undecided: r.Row.State == mismatchOpen,
		}
		side := by.sideOf(r.BuyerEmail, r.SellerID)
		m.Party = side == SideBuyer || side == SideSeller
		m.NeedsSecond = p.NeedsApproval(max(m.Amount, m.Asked), m.Currency)
		m.MayDecide = side == SideStaff && m.Undecided && !(m.NeedsSecond && m.ProposedBy == by.AccountID)
		if m.ProposedBy != "" {
			m.AskedBy = orEmpty(r.AskedBy)
		}
		items = append(items, m)
	}
	return items, nil
}

// MismatchOnDesk is one of them as a member of staff or an admin sees it, with the refund; one that
// has been decided can be decided by nobody. Kinds: Forbidden, NotFound.
func (s *Store) MismatchOnDesk(ctx context.Context, by Actor, refundID, id string) (DeskMismatch, RefundView, error) {
	if !by.SeesAllCases() {
		return DeskMismatch{}, RefundView{}, forbidden()
	}
	rows, err := find[deskMismatchRow](ctx, s, selectMismatch+"FROM refund_mismatches m"+mismatchTables+"WHERE m.id = ? AND m.refund_id = ?", id, refundID)
	if err != nil {
		return DeskMismatch{}, RefundView{}, fmt.Errorf("read mismatch: %w", err)
	}
	items, err := s.deskMismatches(ctx, by, rows)
	if err != nil {
		return DeskMismatch{}, RefundView{}, err
	}
	if len(items) == 0 {
		return DeskMismatch{}, RefundView{}, notFound()
	}
	v, err := s.RefundByID(ctx, by, refundID)
	return items[0], v, err
}

// openMismatchesOf are those of refunds that are held, in one statement; most refunds are not, and
// take none.
func (s *Store) openMismatchesOf(ctx context.Context, views []RefundView) (map[string][]Mismatch, error) {
	version := map[string]int64{}
	var ids []string
	for _, v := range views {
		if v.Mismatches > 0 && v.Side != SideBuyer && v.Side != SideSeller {
			version[v.ID] = v.Version
			ids = append(ids, v.ID)
		}
	}
	if len(ids) == 0 {
		return nil, nil //nolint:nilnil // nothing is held
	}
	rows, err := find[mismatchRow](ctx, s, "SELECT * FROM refund_mismatches WHERE refund_id IN ? AND state = 'open' ORDER BY opened_at, id", ids)
	if err != nil {
		return nil, fmt.Errorf("read mismatches: %w", err)
	}
	list := map[string][]Mismatch{}
	for _, r := range rows {
		list[r.RefundID] = append(list[r.RefundID], r.mismatch(version[r.RefundID]))
	}
	return list, nil
}
