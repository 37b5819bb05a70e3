package models

import (
	"context"
	"fmt"
	"strings"
)

// SellerView is one of the lists a seller works from.
type SellerView string

// The views of a seller's cases.
const (
	SellerTodo    SellerView = "todo"    // the seller's turn, the next due first
	SellerWaiting SellerView = "waiting" // open and somebody else's turn, the next due first
	SellerDecided SellerView = "decided" // closed, the newest first
	SellerAll     SellerView = "all"     // the newest first
)

// SellerViews are all views, in the order of the tabs.
var SellerViews = []SellerView{SellerTodo, SellerWaiting, SellerDecided, SellerAll}

// SellerCase is a case as a seller's lists show it.
type SellerCase struct {
	DeskRow
	DesiredOutcome Outcome
}

const sellerColumns = deskColumns + ", desired_outcome"

// SellerCases lists the open cases of the actor's own seller that it may see, by view, each
// a range of one index; next is "" on the last page. Kinds: Forbidden for others than a
// seller's members, Invalid for a cursor that is not ours.
func (s *Store) SellerCases(ctx context.Context, by Actor, view SellerView, page Page) (rows []SellerCase, next string, err error) {
	if by.Role != RoleSeller || by.SellerID == "" {
		return nil, "", forbidden()
	}
	limit := page.size() + 1
	query, args, err := sellerQuery(by.SellerID, view, page.Cursor, limit)
	if err != nil {
		return nil, "", err
	}
	if err := s.db(ctx).Raw(query, args...).Scan(&rows).Error; err != nil {
		return nil, "", fmt.Errorf("list a seller's cases: %w", err)
	}
	if len(rows) == limit {
		rows = rows[:limit-1]
		last := rows[limit-2]
		switch view {
		case SellerTodo, SellerWaiting:
			next = writeCursor(last.DueAt, last.ID)
		case SellerDecided, SellerAll:
			next = writeCursor(last.FiledAt, last.ID)
		}
	}
	return rows, next, nil
}

func sellerQuery(seller string, view SellerView, cursor string, limit int) (string, []any, error) {
	switch view {
	case SellerTodo, SellerWaiting:
		at, id, err := readAscending(cursor)
		if err != nil {
			return "", nil, err
		}
		turns := []NextActor{SellersTurn}
		if view == SellerWaiting {
			turns = []NextActor{BuyersTurn, StaffsTurn, ClocksTurn}
		}
		// A range of (seller, turn, due) for each turn, merged: one list in one order.
		var parts []string
		var args []any
		for _, turn := range turns {
			parts = append(parts, "SELECT * FROM (SELECT "+sellerColumns+` FROM claims
				WHERE seller_id = ? AND next_actor = ? AND due_at >= ? AND (due_at > ? OR id > ?) AND opened_at IS NOT NULL ORDER BY due_at, id LIMIT ?) AS `+string(turn)+"_turn")
			args = append(args, seller, turn, at, at, id, limit)
		}
		return strings.Join(parts, " UNION ALL ") + " ORDER BY due_at, id LIMIT ?", append(args, limit), nil
	case SellerDecided:
		// Closed cases have no turn and no due time; ids grow with the time of filing.
		_, id, err := readCursor(cursor)
		return "SELECT " + sellerColumns + " FROM claims WHERE seller_id = ? AND next_actor = ? AND due_at IS NULL AND id < ? AND opened_at IS NOT NULL ORDER BY id DESC LIMIT ?",
			[]any{seller, "", id, limit}, err
	case SellerAll:
	}
	at, id, err := readCursor(cursor)
	return "SELECT " + sellerColumns + ` FROM claims WHERE seller_id = ? AND filed_at <= ? AND (filed_at < ? OR id < ?) AND opened_at IS NOT NULL
		ORDER BY filed_at DESC, id DESC LIMIT ?`, []any{seller, at, at, id, limit}, err
}
