package calendar

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func date(s string) Date {
	d, err := ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

func TestParseDate(t *testing.T) {
	for _, s := range []string{"2026-01-31", "2024-02-29", "2000-02-29", "0001-01-01", "9999-12-31"} {
		d, err := ParseDate(s)
		if err != nil || d.String() != s {
			t.Errorf("ParseDate(%q) = %v, %v", s, d, err)
		}
	}
	for _, s := range []string{
		"", "2026", "2026-1-31", "2026-01-32", "2026-13-01", "2026-00-01", "2026-01-00", "2026-02-29", "1900-02-29",
		"0000-01-01", "+026-01-01", "2026-+1-01", "2026-01- 1", " 2026-01-01", "2026-01-01 ", "2026-01-01T00:00:00Z",
		"2026/01/01", "20260101", "02026-01-01", "２０２６-01-01", "-026-01-01", "abcd-ef-gh",
	} {
		if d, err := ParseDate(s); !errors.Is(err, ErrDate) || !d.IsZero() {
			t.Errorf("ParseDate(%q) = %v, %v", s, d, err)
		}
	}
}

func TestAddDays(t *testing.T) {
	for _, c := range []struct {
		from string
		days int
		want string
	}{
		{"2026-01-31", 90, "2026-05-01"},
		{"2026-02-28", 1, "2026-03-01"},
		{"2024-02-28", 1, "2024-02-29"},
		{"2024-02-29", 366, "2025-03-01"},
		{"2025-12-31", 1, "2026-01-01"},
		{"2026-01-01", -1, "2025-12-31"},
		{"2026-01-01", 0, "2026-01-01"},
	} {
		if got := date(c.from).AddDays(c.days); got != date(c.want) {
			t.Errorf("%s and %d days: %v, want %s", c.from, c.days, got, c.want)
		}
	}
	if got := date("2026-05-01").Weekday(); got != time.Friday {
		t.Errorf("2026-05-01 is a %v", got)
	}
}

var someDate = rapid.Custom(func(t *rapid.T) Date {
	// Up to the year 9900, so that days added to it keep a year of four digits.
	return date("0100-01-01").AddDays(rapid.IntRange(0, 3_579_000).Draw(t, "day"))
})

func TestDateProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, n := someDate.Draw(t, "date"), rapid.IntRange(-30_000, 30_000).Draw(t, "days")
		there := d.AddDays(n)
		if back := there.AddDays(-n); back != d {
			t.Fatalf("%v and %d days is %v, back %v", d, n, there, back)
		}
		if there.Before(d) != (n < 0) || there.After(d) != (n > 0) || there.Compare(d) != -d.Compare(there) {
			t.Fatalf("%v and %v are in the wrong order", d, there)
		}
		if (there.Compare(d) < 0) != (there.String() < d.String()) {
			t.Fatalf("the text of %v and %v sorts otherwise", d, there)
		}
		if got := int(d.Weekday()+time.Weekday(((n%7)+7)%7)) % 7; got != int(there.Weekday()) {
			t.Fatalf("%v is a %v, %d days on a %v", d, d.Weekday(), n, there.Weekday())
		}
		text, err := json.Marshal(d)
		var read Date
		if err != nil || json.Unmarshal(text, &read) != nil || read != d {
			t.Fatalf("%v as JSON %s came back as %v", d, text, read)
		}
		stored, err := d.Value()
		var scanned Date
		if err != nil || scanned.Scan(stored) != nil || scanned != d {
			t.Fatalf("%v as column %v came back as %v", d, stored, scanned)
		}
	})
}

func TestDateJSON(t *testing.T) {
	type record struct {
		Set     Date  `json:"set"`
		Unset   Date  `json:"unset"`
		Left    Date  `json:"left,omitzero"`
		Pointer *Date `json:"pointer"`
	}
	text, err := json.Marshal(record{Set: date("2026-05-01")})
	if want := `{"set":"2026-05-01","unset":null,"pointer":null}`; err != nil || string(text) != want {
		t.Errorf("%s, %v; want %s", text, err, want)
	}
	d := date("2026-05-01")
	read := record{Unset: d, Pointer: &d}
	if err := json.Unmarshal([]byte(`{"set":"2024-02-29","unset":null,"pointer":null}`), &read); err != nil {
		t.Error(err)
	}
	if (read != record{Set: date("2024-02-29")}) {
		t.Errorf("read %+v", read)
	}
	for _, s := range []string{`"2026-02-30"`, `""`, `20260101`, `{}`, `true`, `"2026-01-01T00:00:00Z"`, `"2026\u002d01-01"`} {
		kept := date("2026-05-01")
		if err := json.Unmarshal([]byte(s), &kept); !errors.Is(err, ErrDate) || kept != date("2026-05-01") {
			t.Errorf("%s: %v, %v", s, kept, err)
		}
	}
	if err := new(Date).UnmarshalJSON([]byte(`"`)); !errors.Is(err, ErrDate) {
		t.Errorf("half a string: %v", err)
	}
	if _, err := json.Marshal(Date{Year: 2026, Month: 2, Day: 30}); err == nil {
		t.Error("a day that does not exist was written")
	}
}

func TestDateColumn(t *testing.T) {
	if v, err := (Date{}).Value(); v != nil || err != nil {
		t.Errorf("no date is stored as %v, %v", v, err)
	}
	if _, err := (Date{Year: 2026, Month: 2, Day: 30}).Value(); !errors.Is(err, ErrDate) {
		t.Errorf("a day that does not exist: %v", err)
	}
	d := date("2026-01-01")
	if err := d.Scan([]byte("2026-05-01")); err != nil || d != date("2026-05-01") {
		t.Errorf("bytes: %v, %v", d, err)
	}
	for _, v := range []any{int64(5), "", "2026-05-01 00:00:00", time.Unix(0, 0)} {
		if err := d.Scan(v); !errors.Is(err, ErrDate) {
			t.Errorf("%v: %v", v, err)
		}
	}
	if err := d.Scan(nil); err != nil || !d.IsZero() || d.String() != "" {
		t.Errorf("NULL: %v, %v", d, err)
	}
}
