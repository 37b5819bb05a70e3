package models

import (
	"context"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// FindOwnOrder returns the number of the order bought under the actor's email that is meant by
// what was typed: that very number, or else the same but for width, case, spaces and hyphens, of
// several the newest. Kinds: NotFound.
func (s *Store) FindOwnOrder(ctx context.Context, by Actor, typed string) (string, error) {
	asked := plainNumber(typed)
	if asked == "" || by.Email == "" || len(typed) > 400 {
		return "", notFound()
	}
	// Databases know neither width nor the marks that stand for a hyphen, and a buyer's orders are few.
	rows, err := find[struct{ Number string }](ctx, s, "SELECT o.number FROM buyers b JOIN orders o ON o.buyer_id = b.id WHERE b.email = ? ORDER BY o.placed_at DESC, o.id DESC", by.Email)
	if err != nil {
		return "", fmt.Errorf("find order: %w", err)
	}
	number := ""
	for _, r := range rows {
		switch {
		case r.Number == typed:
			return r.Number, nil
		case number == "" && plainNumber(r.Number) == asked:
			number = r.Number
		}
	}
	if number == "" {
		return "", notFound()
	}
	return number, nil
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
