package models

import (
	"context"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// FindOwnOrder returns the number of the order bought under the actor's email that is meant by
// what was typed: width, case, spaces and hyphens do not matter. Of several the newest is meant.
// Kinds: NotFound.
func (s *Store) FindOwnOrder(ctx context.Context, by Actor, typed string) (string, error) {
	asked := plainNumber(typed)
	if asked == "" || by.Email == "" || len(typed) > 400 {
		return "", notFound()
	}
	rows, err := find[struct{ Number string }](ctx, s, `SELECT o.number FROM buyers b JOIN orders o ON o.buyer_id = b.id
		WHERE b.email = ? AND UPPER(REPLACE(REPLACE(o.number, '-', ''), ' ', '')) = ? ORDER BY o.placed_at DESC LIMIT 1`, by.Email, asked)
	if err != nil {
		return "", fmt.Errorf("find order: %w", err)
	}
	if len(rows) == 0 {
		return "", notFound()
	}
	return rows[0].Number, nil
}

// plainNumber leaves of a number as typed what tells it from others.
func plainNumber(typed string) string {
	return strings.ToUpper(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) || r == 'ー' || r == '−' || unicode.IsControl(r) {
			return -1
		}
		return r
	}, norm.NFKC.String(typed)))
}
