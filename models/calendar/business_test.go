package calendar

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// holidays are the days off that were announced, or follow from the law as it stands.
var holidays = map[int]string{
	2019: "1/1 1/14 2/11 3/21 4/29 4/30 5/1 5/2 5/3 5/4 5/5 5/6 7/15 8/11 8/12 9/16 9/23 10/14 10/22 11/3 11/4 11/23",
	2020: "1/1 1/13 2/11 2/23 2/24 3/20 4/29 5/3 5/4 5/5 5/6 7/23 7/24 8/10 9/21 9/22 11/3 11/23",
	2021: "1/1 1/11 2/11 2/23 3/20 4/29 5/3 5/4 5/5 7/22 7/23 8/8 8/9 9/20 9/23 11/3 11/23",
	2022: "1/1 1/10 2/11 2/23 3/21 4/29 5/3 5/4 5/5 7/18 8/11 9/19 9/23 10/10 11/3 11/23",
	2023: "1/1 1/2 1/9 2/11 2/23 3/21 4/29 5/3 5/4 5/5 7/17 8/11 9/18 9/23 10/9 11/3 11/23",
	2024: "1/1 1/8 2/11 2/12 2/23 3/20 4/29 5/3 5/4 5/5 5/6 7/15 8/11 8/12 9/16 9/22 9/23 10/14 11/3 11/4 11/23",
	2025: "1/1 1/13 2/11 2/23 2/24 3/20 4/29 5/3 5/4 5/5 5/6 7/21 8/11 9/15 9/23 10/13 11/3 11/23 11/24",
	2026: "1/1 1/12 2/11 2/23 3/20 4/29 5/3 5/4 5/5 5/6 7/20 8/11 9/21 9/22 9/23 10/12 11/3 11/23",
	2027: "1/1 1/11 2/11 2/23 3/21 3/22 4/29 5/3 5/4 5/5 7/19 8/11 9/20 9/23 10/11 11/3 11/23",
}

func TestJapaneseHolidays(t *testing.T) {
	for year, want := range holidays {
		var got []string
		for d := (Date{year, time.January, 1}); d.Year == year; d = d.AddDays(1) {
			if JapaneseHoliday(d) {
				got = append(got, fmt.Sprintf("%d/%d", d.Month, d.Day))
			}
		}
		if list := strings.Join(got, " "); list != want {
			t.Errorf("%d:\ngot  %s\nwant %s", year, list, want)
		}
	}
	for _, d := range []string{"2018-01-01", "2100-01-01", "1999-05-03"} {
		if JapaneseHoliday(date(d)) {
			t.Errorf("%s is out of the years that are known", d)
		}
	}
	if !JapaneseHoliday(date("2099-01-01")) {
		t.Error("2099-01-01 is no holiday")
	}
}

// What the law's rules make true of every year.
func TestJapaneseHolidayProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := date("2019-01-02").AddDays(rapid.IntRange(0, 29_500).Draw(t, "day"))
		next := d.AddDays(1)
		if nationalHoliday(d) && d.Weekday() == time.Sunday {
			for nationalHoliday(next) {
				next = next.AddDays(1)
			}
			if !JapaneseHoliday(next) {
				t.Fatalf("nothing stands for %v", d)
			}
		}
		if nationalHoliday(d.AddDays(-1)) && nationalHoliday(d.AddDays(1)) && !JapaneseHoliday(d) {
			t.Fatalf("%v between two holidays is none", d)
		}
		for _, e := range equinoxes(d.Year) {
			if (e.Month == time.March && e.Day != 19 && e.Day != 20 && e.Day != 21) || (e.Month == time.September && e.Day != 22 && e.Day != 23) {
				t.Fatalf("an equinox on %v", e)
			}
		}
		n := 0
		for i := range 366 {
			if h := (Date{d.Year, time.January, 1}).AddDays(i); h.Year == d.Year && JapaneseHoliday(h) {
				n++
			}
		}
		if n < 16 || n > 22 {
			t.Fatalf("%d has %d holidays", d.Year, n)
		}
	})
}

func TestBusinessDayEnds(t *testing.T) {
	parsed := func(s string) BusinessDays {
		b, err := ParseBusinessDays(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for _, c := range []struct {
		days        BusinessDays
		zone, after string
		n           int
		want        string
	}{
		{Japan(), "Asia/Tokyo", "2026-11-20T12:00:00+09:00", 2, "2026-11-26T00:00:00+09:00"}, // Friday, then Monday the 23rd is a holiday
		{Japan(), "Asia/Tokyo", "2026-11-17T00:00:00+09:00", 2, "2026-11-20T00:00:00+09:00"},
		{Japan(), "Asia/Tokyo", "2026-11-16T23:59:59.999999+09:00", 2, "2026-11-19T00:00:00+09:00"},
		{Japan(), "Asia/Tokyo", "2026-11-16T15:00:00Z", 2, "2026-11-20T00:00:00+09:00"}, // Tuesday already in Tokyo
		{Japan(), "Asia/Tokyo", "2026-09-18T10:00:00+09:00", 1, "2026-09-25T00:00:00+09:00"},
		{Japan(), "Asia/Tokyo", "2026-11-21T10:00:00+09:00", 1, "2026-11-25T00:00:00+09:00"}, // a Saturday
		{Japan(), "Asia/Tokyo", "2019-04-26T10:00:00+09:00", 2, "2019-05-09T00:00:00+09:00"}, // the ten days of 2019
		{Japan(), "Asia/Tokyo", "2026-12-30T10:00:00+09:00", 2, "2027-01-05T00:00:00+09:00"},
		{Japan(), "Asia/Tokyo", "2026-11-20T12:00:00+09:00", 0, "2026-11-21T00:00:00+09:00"},
		{Japan(), "Asia/Tokyo", "2026-11-20T12:00:00+09:00", -3, "2026-11-21T00:00:00+09:00"},
		{parsed("sat sun 2026-11-23"), "America/Sao_Paulo", "2026-11-20T12:00:00-03:00", 1, "2026-11-25T00:00:00-03:00"},
		{parsed("sat sun"), "America/Sao_Paulo", "2018-11-01T12:00:00-03:00", 1, "2018-11-03T00:00:00-03:00"},
		{parsed("fri sat"), "America/Sao_Paulo", "2018-11-01T12:00:00-03:00", 1, "2018-11-05T00:00:00-02:00"}, // Sunday began at 01:00
		{parsed("sun"), "America/Sao_Paulo", "2018-11-02T12:00:00-03:00", 1, "2018-11-04T01:00:00-02:00"},
		{parsed("sun"), "Pacific/Apia", "2011-12-29T12:00:00-10:00", 1, "2012-01-01T00:00:00+14:00"}, // Friday fell out
		{BusinessDays{}, "UTC", "2026-11-20T12:00:00Z", 3, "2026-11-24T00:00:00Z"},
	} {
		after, err := time.Parse(time.RFC3339Nano, c.after)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.days.End(after, c.n, zone(c.zone)).Format(time.RFC3339Nano); got != c.want {
			t.Errorf("%d days after %s in %s: %s, want %s", c.n, c.after, c.zone, got, c.want)
		}
	}
}

func TestParseBusinessDays(t *testing.T) {
	b, err := ParseBusinessDays(" Sat\tSUN 2026-12-25 ")
	if err != nil || b.On(date("2026-12-25")) || b.On(date("2026-12-26")) || !b.On(date("2026-11-23")) {
		t.Errorf("%+v, %v", b, err)
	}
	if b, err = ParseBusinessDays("japan"); err != nil || b.On(date("2026-11-23")) || b.On(date("2026-11-22")) || !b.On(date("2026-11-24")) {
		t.Errorf("japan: %+v, %v", b, err)
	}
	for _, s := range []string{"", "  ", "japan sat", "samedi", "sat,sun", "2026-02-30", "sun mon tue wed thu fri sat"} {
		if b, err := ParseBusinessDays(s); !errors.Is(err, ErrBusinessDays) {
			t.Errorf("%q: %+v, %v", s, b, err)
		}
	}
}

// Between the instant and the end lie the n business days that were asked for, the last of
// them at the end; one day more never ends earlier, a later instant neither.
func TestBusinessDayProperties(t *testing.T) {
	for _, name := range []string{"Asia/Tokyo", "America/St_Johns", "America/Sao_Paulo", "Pacific/Apia"} {
		loc := zone(name)
		rapid.Check(t, func(t *rapid.T) {
			after := moment(t, loc)
			n := rapid.IntRange(1, 30).Draw(t, "n")
			end := Japan().End(after, n, loc)
			if !after.Before(end) {
				t.Fatalf("%s: %v is not before %v", name, after, end)
			}
			last := LastDay(end, loc)
			days := 0
			for d := DateOf(after, loc).AddDays(1); !d.After(last); d = d.AddDays(1) {
				if Japan().On(d) && StartOfDay(d, loc).Before(EndOfDay(d, loc)) {
					days++
				}
			}
			if days != n || !Japan().On(last) {
				t.Fatalf("%s: %d business days to %v, the last %v, want %d", name, days, end, last, n)
			}
			if more := Japan().End(after, n+1, loc); !more.After(end) {
				t.Fatalf("%s: a day more ends at %v, not after %v", name, more, end)
			}
			if late := Japan().End(after.Add(time.Duration(rapid.Int64Range(0, 1e15).Draw(t, "later"))), n, loc); late.Before(end) {
				t.Fatalf("%s: later it ends at %v, before %v", name, late, end)
			}
		})
	}
}

func BenchmarkBusinessDays(b *testing.B) {
	loc, after := zone("Asia/Tokyo"), time.Date(2026, 11, 20, 3, 0, 0, 0, time.UTC)
	for b.Loop() {
		Japan().End(after, 2, loc)
	}
}
