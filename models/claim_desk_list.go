package models

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"hosho/models/money"
)

// DeskSort is an order of a list of the desk. Each view has its own (""): the due date, or the
// newest filing.
type DeskSort string

// The orders one may ask for. By amount there is only DeskDue, which has an index for it.
const (
	DeskReversed DeskSort = "reversed" // the view's own, the other way round
	DeskSmallest DeskSort = "smallest" // by amount in minor units, whatever the currency
	DeskLargest  DeskSort = "largest"
)

// notHeld leaves out what rests: who put it on hold finds it among their own, and leads what is overdue.
const notHeld = "(hold_until IS NULL OR hold_until <= ?)"

const (
	deskByFiled     = "filed_at"
	deskByEscalated = "escalated_at"
)

// DeskFilter narrows a view; zero values do not. Status is looked at in DeskAll only, the
// other views being about one turn each, and DueBefore in all but DeskAll. AtLeast is an
// amount in whole units of whatever currency. Before turns the page round: it is the one that
// ends just before Cursor, in the same order as any other.
type DeskFilter struct {
	View      DeskView
	Status    ClaimStatus
	Reason    Reason
	SellerID  string
	AtLeast   int64
	DueBefore Instant
	Sort      DeskSort
	Before    bool
	Page
}

// deskQuery is the part of a view that chooses and orders. The index is named, because with
// half of all rows in one queue both engines take another one and read them all.
type deskQuery struct {
	index string
	where []string
	args  []any
	by    string // what orders it: due_at, escalated_at, filed_at or claimed
	desc  bool
}

func (q *deskQuery) and(condition string, values ...any) {
	q.where = append(q.where, condition)
	q.args = append(q.args, values...)
}

func (f DeskFilter) query(by Actor, now Instant) deskQuery {
	q := deskQuery{by: "due_at"}
	switch f.View {
	case DeskMine:
		// Closed cases have no next actor. What is left is what one person has in hand.
		q.index = "claims_taken_by_next_actor_due_at_id_idx"
		q.and("taken_by = ?", by.AccountID)
		q.and("next_actor IN ?", []NextActor{BuyersTurn, SellersTurn, StaffsTurn, ClocksTurn})
	case DeskUnassigned:
		q.index = "claims_taken_by_next_actor_due_at_id_idx"
		q.and("taken_by = ?", "")
		q.and("next_actor = ?", StaffsTurn)
	case DeskApproval:
		q.index = "claims_status_due_at_id_idx"
		q.and("status = ?", AwaitingApproval)
		q.and(notHeld, now)
	case DeskAppeals:
		q.index = "claims_status_due_at_id_idx"
		q.and("status = ?", UnderAppeal)
		q.and(notHeld, now)
	case DeskLeads:
		// What went to the leads was due before; the longest overdue come first.
		// By when they went there: few of very many cases, so that this needs an index of its own.
		q.by = deskByEscalated
		q.index = "claims_next_actor_escalated_at_id_idx"
		q.and("next_actor = ?", StaffsTurn)
		q.and("escalated_at > 0")
		q.and("due_at <= ?", now)
	case DeskAll:
		q.by, q.desc = deskByFiled, true
		q.index = "claims_filed_at_id_idx"
		switch {
		case f.SellerID != "":
			q.index = "claims_seller_id_filed_at_id_idx"
		case f.Status != "":
			q.index = "claims_status_filed_at_id_idx"
		}
		if f.Status != "" {
			q.and("status = ?", f.Status)
		}
	case DeskDue:
		fallthrough
	default:
		q.index = "claims_next_actor_due_at_id_idx"
		if f.SellerID != "" {
			q.index = "claims_seller_id_next_actor_due_at_id_idx"
		}
		q.and("next_actor = ?", StaffsTurn)
		q.and(notHeld, now)
	}
	if f.SellerID != "" {
		q.and("seller_id = ?", f.SellerID)
	}
	if f.Reason != "" {
		q.and("reason = ?", f.Reason)
	}
	if f.AtLeast > 0 {
		q.and("claimed >= ? * CASE WHEN currency IN ? THEN 1 WHEN currency IN ? THEN 1000 ELSE 100 END", f.AtLeast, money.Currencies(0), money.Currencies(3))
	}
	if f.DueBefore > 0 && f.View != DeskAll {
		q.and("due_at < ?", f.DueBefore)
	}
	switch f.Sort {
	case DeskReversed:
		q.desc = !q.desc
	case DeskSmallest, DeskLargest:
		if f.View == DeskDue {
			q.index, q.by, q.desc = "claims_next_actor_claimed_id_idx", "claimed", f.Sort == DeskLargest
		}
	}
	return q
}

// sql puts the query together: columns, the index by name, the conditions and what follows.
func (q deskQuery) sql(e engine, columns, rest string) string {
	return "SELECT " + columns + " FROM claims" + e.hint(q.index) + " WHERE " + strings.Join(q.where, " AND ") + rest
}

// page adds the place to go on from and the order.
func (q *deskQuery) page(f DeskFilter, limit int) (rest string, err error) {
	from, err := readPlace(f.Cursor, q.desc != f.Before)
	if err != nil {
		return "", err
	}
	q.and(q.by+" "+from.edge+" ?", from.at)
	q.and("("+q.by+" "+from.beyond+" ? OR id "+from.beyond+" ?)", from.at, from.id)
	q.args = append(q.args, limit)
	return " ORDER BY " + q.by + from.order + ", id" + from.order + " LIMIT ?", nil
}

// DeskCursor is where a row stands in the order of a filter's list: the page after it, or with
// Before the one that ends above it.
func DeskCursor(f DeskFilter, r DeskRow) string {
	by := f.query(Actor{}, 0).by
	return writeCursor(map[string]Instant{"due_at": r.DueAt, deskByEscalated: r.EscalatedAt, deskByFiled: r.FiledAt, "claimed": Instant(r.Claimed)}[by], r.ID)
}

// Desk lists cases for agents, leads and admins in one statement that an index serves; next
// is "" on the last page, and with Before on the first. Kinds: Forbidden, Invalid for a cursor
// that is not ours.
func (s *Store) Desk(ctx context.Context, by Actor, f DeskFilter) (rows []DeskRow, next string, err error) {
	if !by.SeesAllCases() {
		return nil, "", forbidden()
	}
	now, err := s.Now(ctx)
	if err != nil {
		return nil, "", err
	}
	limit := f.size() + 1
	q := f.query(by, now)
	rest, err := q.page(f, limit)
	if err != nil {
		return nil, "", err
	}
	if rows, err = find[DeskRow](ctx, s, q.sql(s.engine, deskColumns, rest), q.args...); err != nil {
		return nil, "", fmt.Errorf("list the desk: %w", err)
	}
	if len(rows) == limit {
		rows = rows[:limit-1]
		next = DeskCursor(f, rows[limit-2])
	}
	if f.Before {
		slices.Reverse(rows)
	}
	return rows, next, nil
}

// DeskNeighbour is the number of the case after one in a filter's list, or with Before the one
// above it; "" where there is none. The case itself need not be in the list. Kinds: Forbidden,
// NotFound.
func (s *Store) DeskNeighbour(ctx context.Context, by Actor, f DeskFilter, number string) (string, error) {
	if !by.SeesAllCases() {
		return "", forbidden()
	}
	here, err := find[DeskRow](ctx, s, "SELECT "+deskColumns+" FROM claims WHERE number = ?", number)
	if err != nil {
		return "", fmt.Errorf("read a place on the desk: %w", err)
	}
	if len(here) == 0 {
		return "", notFound()
	}
	f.Page = Page{Limit: 1, Cursor: DeskCursor(f, here[0])}
	rows, _, err := s.Desk(ctx, by, f)
	if err != nil || len(rows) == 0 {
		return "", err
	}
	return rows[0].Number, nil
}

// DeskNextDue is the next instant at which a case that is not with staff may come to them: what
// an empty list waits for. 0 where nothing is open. Kinds: Forbidden.
func (s *Store) DeskNextDue(ctx context.Context, by Actor) (Instant, error) {
	if !by.SeesAllCases() {
		return 0, forbidden()
	}
	var parts []string
	var args []any
	for _, turn := range []NextActor{BuyersTurn, SellersTurn, ClocksTurn} {
		parts = append(parts, "SELECT MIN(due_at) AS due_at FROM claims WHERE next_actor = ? AND due_at > 0")
		args = append(args, turn)
	}
	rows, err := find[struct{ DueAt *Instant }](ctx, s, strings.Join(parts, " UNION ALL "), args...)
	if err != nil {
		return 0, fmt.Errorf("read the next due date: %w", err)
	}
	next := Instant(0)
	for _, r := range rows {
		if r.DueAt != nil && (next == 0 || *r.DueAt < next) {
			next = *r.DueAt
		}
	}
	return next, nil
}

// DeskChanges counts the cases of a page of the desk in which somebody else has done something
// after an instant: those it was shown with, by number, MaxPage at most, and those it would show
// now. Kinds: Forbidden, Invalid for a cursor that is not ours.
func (s *Store) DeskChanges(ctx context.Context, by Actor, f DeskFilter, shown []string, after Instant) (int, error) {
	rows, _, err := s.Desk(ctx, by, f)
	if err != nil {
		return 0, err
	}
	numbers := slices.Clone(shown[:min(len(shown), MaxPage)])
	for _, r := range rows {
		numbers = append(numbers, r.Number)
	}
	if len(numbers) == 0 {
		return 0, nil
	}
	found, err := find[struct{ N int }](ctx, s, `SELECT COUNT(DISTINCT c.id) AS n FROM claims c JOIN claim_events e ON e.claim_id = c.id
		WHERE c.number IN ? AND e.at > ? AND e.actor_id <> ?`, numbers, after, by.AccountID)
	if err != nil {
		return 0, fmt.Errorf("count changes of the desk: %w", err)
	}
	return found[0].N, nil
}
