package models

import (
	"database/sql/driver"
	"fmt"
	"time"

	"hosho/models/seal"
)

// Instant is a moment in UTC as microseconds since 1970, which is how every engine stores
// it: text compares wrong across zones and some databases cut fractions off. Zero means
// "not yet" and is NULL in the database. Deadlines compare Instants with < and <=.
type Instant int64

// InstantOf drops what is finer than a microsecond.
func InstantOf(t time.Time) Instant { return Instant(t.UnixMicro()) }

// Time returns the moment in UTC; the zero Instant gives the zero time.
func (i Instant) Time() time.Time {
	if i == 0 {
		return time.Time{}
	}
	return time.UnixMicro(int64(i)).UTC()
}

// IsZero reports whether there is no moment.
func (i Instant) IsZero() bool { return i == 0 }

// Add returns the moment d of elapsed time later.
func (i Instant) Add(d time.Duration) Instant { return i + Instant(d.Microseconds()) }

// Sub returns the elapsed time from j to i.
func (i Instant) Sub(j Instant) time.Duration { return time.Duration(i-j) * time.Microsecond }

// String is RFC 3339 in UTC with as many digits as are needed, the form of API and events.
func (i Instant) String() string { return seal.Instant(i.Time()) }

// MarshalJSON gives the RFC 3339 form, or null for no moment.
func (i Instant) MarshalJSON() ([]byte, error) {
	if i == 0 {
		return []byte("null"), nil
	}
	return []byte(`"` + i.String() + `"`), nil
}

// UnmarshalJSON reads RFC 3339 with a zone, or null.
func (i *Instant) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*i = 0
		return nil
	}
	if len(b) < 2 || b[0] != '"' {
		return fmt.Errorf("instant: not a string")
	}
	v, err := ParseInstant(string(b[1 : len(b)-1]))
	*i = v
	return err
}

// What is read lies in these years, so that every deadline counted from it has four digits too.
const firstYear, lastYear = 1971, 9998

// ParseInstant reads RFC 3339 with a zone. Years outside 1971–9998 are refused.
func ParseInstant(s string) (Instant, error) {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return 0, fmt.Errorf("instant %q: %w", s, err)
	}
	if y := t.UTC().Year(); y < firstYear || y > lastYear {
		return 0, fmt.Errorf("instant %q: year out of range", s)
	}
	return InstantOf(t), nil
}

// Value stores microseconds, or NULL.
func (i Instant) Value() (driver.Value, error) {
	if i == 0 {
		return nil, nil //nolint:nilnil // NULL is the stored form of "no moment"
	}
	return int64(i), nil
}

// Scan reads what Value stored.
func (i *Instant) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*i = 0
	case int64:
		*i = Instant(v)
	default:
		return fmt.Errorf("instant: cannot read %T", src)
	}
	return nil
}

// GormDataType tells GORM that this is an integer, not a struct.
func (Instant) GormDataType() string { return "bigint" }

func instantDuration(microseconds int64) time.Duration {
	return time.Duration(microseconds) * time.Microsecond
}

// InstantOrZero is InstantOf for a time that may not be.
func InstantOrZero(t time.Time) Instant {
	if t.IsZero() {
		return 0
	}
	return InstantOf(t)
}
