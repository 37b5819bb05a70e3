package models

import (
	"encoding/base64"
	"math"
	"strconv"
	"strings"
)

// A cursor is the sort key of the last row shown: an instant and an id. It is opaque to
// clients, and a wrong one is an Invalid error of the field "cursor".
func writeCursor(at Instant, id string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(int64(at), 10) + " " + id))
}

// readCursor returns the key to go on below; for the first page of a descending list that is
// the end of time.
func readCursor(cursor string) (Instant, string, error) {
	if cursor == "" {
		return Instant(math.MaxInt64), "~", nil
	}
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	at, id, ok := strings.Cut(string(b), " ")
	n, perr := strconv.ParseInt(at, 10, 64)
	if err != nil || !ok || perr != nil || len(id) > 128 {
		return 0, "", &Error{Kind: Invalid, Code: "invalid_fields", Fields: []FieldError{{Field: "cursor", Code: "unknown_value"}}}
	}
	return Instant(n), id, nil
}

// readAscending is readCursor for lists that grow, where the first page begins before all.
func readAscending(cursor string) (Instant, string, error) {
	if cursor == "" {
		return math.MinInt64, "", nil
	}
	return readCursor(cursor)
}

// place is where a list that can be read both ways goes on, with the words of its query: rows
// from the edge on, of equal ones those beyond, in the order.
type place struct {
	at                  Instant
	id                  string
	edge, beyond, order string
}

// readPlace is readCursor or readAscending, whichever way a list is read.
func readPlace(cursor string, down bool) (p place, err error) {
	if down {
		p.edge, p.beyond, p.order = "<=", "<", " DESC"
		p.at, p.id, err = readCursor(cursor)
		return p, err
	}
	p.edge, p.beyond = ">=", ">"
	p.at, p.id, err = readAscending(cursor)
	return p, err
}
