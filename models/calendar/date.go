// Package calendar turns calendar dates into instants and back. A date means a
// day in some time zone, the marketplace's where rules are concerned; the
// package always asks for the zone and never looks at the process's own or at
// the clock. It knows the odd days (days that begin at 01:00, days that never
// were, nights on which the clock goes back across midnight) so that no rule
// above it has to. It knows nothing of orders, claims or policies, only days.
//
// Programs that load zones by name import time/tzdata themselves, so that a
// machine without a zone database reckons alike.
package calendar

import (
	"bytes"
	"cmp"
	"database/sql/driver"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Date is a day of the Gregorian calendar without a zone. The zero Date means
// no date; dates that are read are in the years 1 to 9999.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// ErrDate is returned for text that is not a date.
var ErrDate = errors.New("calendar: not a date of the form YYYY-MM-DD")

// ParseDate reads exactly YYYY-MM-DD, a day that exists, from 0001-01-01 to
// 9999-12-31; anything else is ErrDate.
func ParseDate(s string) (Date, error) {
	if len(s) != len(time.DateOnly) || s[4] != '-' || s[7] != '-' {
		return Date{}, refused(s)
	}
	year, ok1 := number(s[:4])
	month, ok2 := number(s[5:7])
	day, ok3 := number(s[8:])
	d := Date{Year: year, Month: time.Month(month), Day: day}
	if !ok1 || !ok2 || !ok3 || !d.exists() {
		return Date{}, refused(s)
	}
	return d, nil
}

func refused(s string) error {
	const most = 40
	if len(s) > most {
		s = s[:most] + "…"
	}
	return fmt.Errorf("%w: %q", ErrDate, s)
}

// number reads digits only, where strconv would take a sign.
func number(s string) (int, bool) {
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, true
}

// DateOf is the day the calendar shows in the zone at the instant.
func DateOf(t time.Time, loc *time.Location) Date {
	year, month, day := t.In(loc).Date()
	return Date{Year: year, Month: month, Day: day}
}

// String is YYYY-MM-DD, and empty for the zero Date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day)
}

// IsZero reports whether there is no date.
func (d Date) IsZero() bool { return d == Date{} }

// AddDays is the date n days later, or earlier if n is negative. Of
// the zero Date it has no meaning.
func (d Date) AddDays(n int) Date {
	return DateOf(time.Date(d.Year, d.Month, d.Day+n, 0, 0, 0, 0, time.UTC), time.UTC)
}

// Weekday is the day of the week.
func (d Date) Weekday() time.Weekday { return d.midnight().Weekday() }

// Before reports whether d is an earlier day than other.
func (d Date) Before(other Date) bool { return d.Compare(other) < 0 }

// After reports whether d is a later day than other.
func (d Date) After(other Date) bool { return d.Compare(other) > 0 }

// Compare is -1, 0 or +1 as d is before, the same as or after other; the zero
// Date is before all others.
func (d Date) Compare(other Date) int {
	return cmp.Or(cmp.Compare(d.Year, other.Year), cmp.Compare(d.Month, other.Month), cmp.Compare(d.Day, other.Day))
}

// MarshalJSON writes "YYYY-MM-DD", and null for the zero Date.
func (d Date) MarshalJSON() ([]byte, error) {
	if d.IsZero() {
		return []byte("null"), nil
	}
	if !d.exists() {
		return nil, fmt.Errorf("%w: %v", ErrDate, d.String())
	}
	return strconv.AppendQuote(nil, d.String()), nil
}

// UnmarshalJSON reads a string as ParseDate does, and null as the zero Date.
func (d *Date) UnmarshalJSON(text []byte) error {
	if bytes.Equal(text, []byte("null")) {
		*d = Date{}
		return nil
	}
	if len(text) < 2 || text[0] != '"' || text[len(text)-1] != '"' {
		return refused(string(text))
	}
	// No character of a date needs an escape, so none is taken.
	parsed, err := ParseDate(string(text[1 : len(text)-1]))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

// Value stores a date as the text YYYY-MM-DD, which sorts as dates do, and the
// zero Date as NULL.
func (d Date) Value() (driver.Value, error) {
	if d.IsZero() {
		return nil, nil
	}
	if !d.exists() {
		return nil, fmt.Errorf("%w: %v", ErrDate, d.String())
	}
	return d.String(), nil
}

// Scan reads what Value stored, from a text column.
func (d *Date) Scan(value any) error {
	var text string
	switch v := value.(type) {
	case nil:
		*d = Date{}
		return nil
	case string:
		text = v
	case []byte:
		text = string(v)
	default:
		// A driver that made a time.Time of it chose a zone on the way.
		return fmt.Errorf("%w: a column of %T", ErrDate, value)
	}
	parsed, err := ParseDate(text)
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

// midnight is the date's midnight on a clock that never jumps.
func (d Date) midnight() time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC)
}

func (d Date) exists() bool {
	return d.Year >= 1 && d.Year <= 9999 && d == DateOf(d.midnight(), time.UTC)
}
