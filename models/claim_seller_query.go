package models

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// SellerView is one of the lists a seller works from.
type SellerView string

// The views of a seller's cases.
const (
	SellerTodo    SellerView = "todo"    // the seller's turn and nothing answered, the next due first
	SellerWaiting SellerView = "waiting" // open and somebody else's turn, or answered and held; the next due first
	SellerDecided SellerView = "decided" // closed, the newest first
	SellerAll     SellerView = "all"     // the newest first
)

// SellerViews are all views, in the order of the tabs.
var SellerViews = []SellerView{SellerTodo, SellerWaiting, SellerDecided, SellerAll}

// SellerCase is a case as a seller's lists show it.
type SellerCase struct {
	DeskRow
	DesiredOutcome Outcome
	Answered       bool // the answer lies ready, leaves at its deadline and is not being revised
}

// answered chooses the claims of a table whose answer lies ready until its deadline, with nobody
// writing another.
func answered(claims string) string {
	return claims + ".held IS NOT NULL AND NOT EXISTS (SELECT 1 FROM answer_drafts d WHERE d.claim_id = " + claims + ".id AND d.round = " + claims + ".seller_asked)"
}

// SellerFilter narrows a view; zero values do not. From and Until are days of filing as
// instants, Until exclusive. Before turns the page round: it is the one that ends just before
// Cursor, in the same order as any other.
type SellerFilter struct {
	View   SellerView
	Reason Reason
	From   Instant
	Until  Instant
	Before bool
	Page
}

// SellerCursor is where a row stands in a view's order: the page after it, or with Before the
// one that ends above it.
func SellerCursor(view SellerView, r SellerCase) string {
	if view == SellerTodo || view == SellerWaiting {
		return writeCursor(r.DueAt, r.ID)
	}
	return writeCursor(r.FiledAt, r.ID)
}

// SellerCases lists the open cases of the actor's own seller that it may see, by view, each
// a range of one index; next is "" on the last page, and with Before on the first. Kinds:
// Forbidden for others than a seller's members, Invalid for a cursor that is not ours.
func (s *Store) SellerCases(ctx context.Context, by Actor, f SellerFilter) (rows []SellerCase, next string, err error) {
	if by.Role != RoleSeller || by.SellerID == "" {
		return nil, "", forbidden()
	}
	limit := f.size() + 1
	query, args, err := s.sellerQuery(f, by.SellerID, limit)
	if err != nil {
		return nil, "", err
	}
	if rows, err = find[SellerCase](ctx, s, query, args...); err != nil {
		return nil, "", fmt.Errorf("list a seller's cases: %w", err)
	}
	if len(rows) == limit {
		rows = rows[:limit-1]
		next = SellerCursor(f.View, rows[limit-2])
	}
	if f.Before {
		slices.Reverse(rows)
	}
	return rows, next, nil
}

// narrow adds the filters to a condition.
func (f SellerFilter) narrow(args []any) (string, []any) {
	where := ""
	if f.Reason != "" {
		where, args = where+" AND reason = ?", append(args, f.Reason)
	}
	if f.From > 0 {
		where, args = where+" AND filed_at >= ?", append(args, f.From)
	}
	if f.Until > 0 {
		where, args = where+" AND filed_at < ?", append(args, f.Until)
	}
	return where, args
}

func (s *Store) sellerQuery(f SellerFilter, seller string, limit int) (string, []any, error) {
	from, err := readPlace(f.Cursor, (f.View == SellerDecided || f.View == SellerAll) != f.Before)
	if err != nil {
		return "", nil, err
	}
	columns := deskColumns + ", desired_outcome, " + answered("claims") + " AS answered"
	// rows is a range of an index: what stands first, then from a place on.
	rows := func(first, by string, args ...any) (string, []any) {
		narrowed, args := f.narrow(append(args, from.at, from.at, from.id))
		return "SELECT " + columns + " FROM claims WHERE seller_id = ? AND " + first + by + " " + from.edge + " ? AND (" + by + " " + from.beyond + " ? OR id " + from.beyond +
			" ?) AND opened_at IS NOT NULL" + narrowed + " ORDER BY " + by + from.order + ", id" + from.order + " LIMIT ?", append(args, limit)
	}
	switch f.View {
	case SellerTodo, SellerWaiting:
		turns := []NextActor{SellersTurn}
		if f.View == SellerWaiting {
			turns = []NextActor{BuyersTurn, StaffsTurn, ClocksTurn, SellersTurn}
		}
		// A range of (seller, turn, due) for each turn, merged: one list in one order.
		var parts []string
		var args []any
		for _, turn := range turns {
			first := "next_actor = ? AND "
			switch {
			case turn != SellersTurn:
			case f.View == SellerWaiting:
				first += answered("claims") + " AND "
			default:
				first += "NOT (" + answered("claims") + ") AND "
			}
			query, of := rows(first, "due_at", seller, turn)
			parts, args = append(parts, s.limited(query)), append(args, of...)
		}
		return strings.Join(parts, " UNION ALL ") + " ORDER BY due_at" + from.order + ", id" + from.order + " LIMIT ?", append(args, limit), nil
	case SellerDecided:
		// Closed cases have no turn and no due time; ids grow with the time of filing.
		narrowed, args := f.narrow([]any{seller, "", from.id})
		return "SELECT " + columns + " FROM claims WHERE seller_id = ? AND next_actor = ? AND due_at IS NULL AND id " + from.beyond + " ? AND opened_at IS NOT NULL" + narrowed +
			" ORDER BY id" + from.order + " LIMIT ?", append(args, limit), nil
	case SellerAll:
	}
	query, args := rows("", "filed_at", seller)
	return query, args, nil
}
