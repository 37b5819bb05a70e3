package calendar

import (
	"testing"
	"time"
	_ "time/tzdata"

	"pgregory.net/rapid"
)

func zone(name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return loc
}

var zones = []string{
	"UTC", "Asia/Tokyo", "Asia/Kathmandu", "Pacific/Kiritimati", "America/St_Johns", "America/Sao_Paulo",
	"Pacific/Apia", "Pacific/Kwajalein", "Africa/Cairo", "America/Havana", "America/Nuuk", "Antarctica/Troll", "Australia/Lord_Howe",
	"Asia/Manila", "America/Juneau", "America/Asuncion", "Asia/Tehran", "Europe/Dublin",
}

// Every start is held against the zone's own words: the instant, what the
// calendar shows a microsecond before it, and what it shows at it.
func TestStartOfDay(t *testing.T) {
	for _, c := range []struct {
		zone, day, want, before, at string
	}{
		{"UTC", "2024-02-29", "2024-02-29T00:00:00Z", "2024-02-28", "2024-02-29"},
		{"UTC", "2026-01-01", "2026-01-01T00:00:00Z", "2025-12-31", "2026-01-01"},
		{"Asia/Tokyo", "2026-05-02", "2026-05-02T00:00:00+09:00", "2026-05-01", "2026-05-02"},
		{"Asia/Kathmandu", "2026-05-02", "2026-05-02T00:00:00+05:45", "2026-05-01", "2026-05-02"},
		{"Asia/Kathmandu", "1986-01-01", "1986-01-01T00:15:00+05:45", "1985-12-31", "1986-01-01"},
		{"Pacific/Kiritimati", "2026-01-01", "2026-01-01T00:00:00+14:00", "2025-12-31", "2026-01-01"},
		{"America/St_Johns", "2026-03-08", "2026-03-08T00:00:00-03:30", "2026-03-07", "2026-03-08"},
		{"America/St_Johns", "2026-03-09", "2026-03-09T00:00:00-02:30", "2026-03-08", "2026-03-09"},
		{"America/St_Johns", "2026-11-02", "2026-11-02T00:00:00-03:30", "2026-11-01", "2026-11-02"},
		// The clock went from 00:01 to 23:01: this day started twice.
		{"America/St_Johns", "2010-11-07", "2010-11-07T00:00:00-02:30", "2010-11-06", "2010-11-07"},
		// Midnight did not exist.
		{"America/Sao_Paulo", "2018-11-04", "2018-11-04T01:00:00-02:00", "2018-11-03", "2018-11-04"},
		{"America/Sao_Paulo", "2018-11-05", "2018-11-05T00:00:00-02:00", "2018-11-04", "2018-11-05"},
		// The clock went back at midnight, to 23:00: the day before had 25 hours.
		{"America/Sao_Paulo", "2018-02-18", "2018-02-18T00:00:00-03:00", "2018-02-17", "2018-02-18"},
		{"Africa/Cairo", "2026-04-24", "2026-04-24T01:00:00+03:00", "2026-04-23", "2026-04-24"},
		// Midnight came twice, both times on the same day.
		{"America/Havana", "2026-11-01", "2026-11-01T00:00:00-04:00", "2026-10-31", "2026-11-01"},
		// The day did not exist.
		{"Pacific/Apia", "2011-12-30", "2011-12-31T00:00:00+14:00", "2011-12-29", "2011-12-31"},
		{"Pacific/Apia", "2011-12-31", "2011-12-31T00:00:00+14:00", "2011-12-29", "2011-12-31"},
		{"Pacific/Kwajalein", "1993-08-21", "1993-08-22T00:00:00+12:00", "1993-08-20", "1993-08-22"},
		{"America/Nuuk", "2024-03-31", "2024-03-31T00:00:00-01:00", "2024-03-30", "2024-03-31"},
	} {
		got := StartOfDay(date(c.day), zone(c.zone))
		if text := got.Format(time.RFC3339Nano); text != c.want {
			t.Errorf("%s %s: %s, want %s", c.zone, c.day, text, c.want)
		}
		if d := DateOf(got.Add(-time.Microsecond), zone(c.zone)).String(); d != c.before {
			t.Errorf("%s %s: a microsecond before is %s, want %s", c.zone, c.day, d, c.before)
		}
		if d := DateOf(got, zone(c.zone)).String(); d != c.at {
			t.Errorf("%s %s: at it is %s, want %s", c.zone, c.day, d, c.at)
		}
	}
	fixed := time.FixedZone("+09:00", 9*3600)
	if got := StartOfDay(date("2026-05-02"), fixed).Format(time.RFC3339); got != "2026-05-02T00:00:00+09:00" {
		t.Errorf("fixed zone: %s", got)
	}
}

func TestFilingDeadline(t *testing.T) {
	for _, c := range []struct {
		zone, latest string
		days         int
		want, last   string
	}{
		{"Asia/Tokyo", "2026-01-31", 90, "2026-05-02T00:00:00+09:00", "2026-05-01"},
		{"UTC", "2026-01-31", 90, "2026-05-02T00:00:00Z", "2026-05-01"},
		{"UTC", "2023-12-01", 90, "2024-03-01T00:00:00Z", "2024-02-29"},
		{"UTC", "2025-12-31", 0, "2026-01-01T00:00:00Z", "2025-12-31"},
		{"Asia/Kathmandu", "2025-10-02", 90, "2026-01-01T00:00:00+05:45", "2025-12-31"},
		{"Pacific/Kiritimati", "2026-01-31", 90, "2026-05-02T00:00:00+14:00", "2026-05-01"},
		{"America/St_Johns", "2025-12-07", 90, "2026-03-08T00:00:00-03:30", "2026-03-07"},
		{"America/St_Johns", "2025-12-08", 90, "2026-03-09T00:00:00-02:30", "2026-03-08"},
		{"America/St_Johns", "2026-08-03", 90, "2026-11-02T00:00:00-03:30", "2026-11-01"},
		// The clock goes back across midnight: at 23:30 the second time the
		// calendar still shows the last day, so the first midnight is not it.
		{"America/St_Johns", "2010-08-08", 90, "2010-11-07T00:00:00-03:30", "2010-11-06"},
		{"America/Sao_Paulo", "2018-08-05", 90, "2018-11-04T01:00:00-02:00", "2018-11-03"},
		{"America/Sao_Paulo", "2018-08-06", 90, "2018-11-05T00:00:00-02:00", "2018-11-04"},
		{"America/Sao_Paulo", "2017-11-19", 90, "2018-02-18T00:00:00-03:00", "2018-02-17"},
		// The last day fell out, so the one before it was the last there was.
		{"Pacific/Apia", "2011-10-01", 90, "2011-12-31T00:00:00+14:00", "2011-12-29"},
	} {
		loc := zone(c.zone)
		got := FilingDeadline(date(c.latest), c.days, loc)
		if text := got.Format(time.RFC3339Nano); text != c.want {
			t.Errorf("%s %s: %s, want %s", c.zone, c.latest, text, c.want)
		}
		if d := LastDay(got, loc).String(); d != c.last {
			t.Errorf("%s %s: last day %s, want %s", c.zone, c.latest, d, c.last)
		}
		// An hour or a microsecond less, and the day is no longer wholly in time.
		if d := LastDay(got.Add(-time.Microsecond), loc); !d.Before(date(c.last)) {
			t.Errorf("%s %s: a microsecond earlier the last day is %s", c.zone, c.latest, d)
		}
		if d := LastDay(got.Add(time.Microsecond), loc).String(); d != c.last {
			t.Errorf("%s %s: a microsecond later the last day is %s", c.zone, c.latest, d)
		}
	}
}

func TestOverdueFrom(t *testing.T) {
	for _, c := range []struct{ zone, latest, want string }{
		{"Asia/Tokyo", "2026-01-31", "2026-02-04T00:00:00+09:00"},
		{"UTC", "2024-02-26", "2024-03-01T00:00:00Z"},
		{"America/Sao_Paulo", "2018-10-31", "2018-11-04T01:00:00-02:00"},
	} {
		if got := OverdueFrom(date(c.latest), 3, zone(c.zone)).Format(time.RFC3339); got != c.want {
			t.Errorf("%s %s: %s, want %s", c.zone, c.latest, got, c.want)
		}
	}
}

// moment draws instants of three centuries, half of them within hours of a
// jump of the zone's clock.
func moment(t *rapid.T, loc *time.Location) time.Time {
	at := time.UnixMicro(rapid.Int64Range(-5_000_000_000_000_000, 5_000_000_000_000_000).Draw(t, "instant")).In(loc)
	if rapid.Bool().Draw(t, "near a jump") {
		if _, jump := at.ZoneBounds(); !jump.IsZero() {
			at = jump.Add(time.Duration(rapid.Int64Range(-90_000_000, 90_000_000).Draw(t, "off")) * time.Millisecond)
		}
	}
	return at
}

func TestDayProperties(t *testing.T) {
	for _, name := range zones {
		loc := zone(name)
		rapid.Check(t, func(t *rapid.T) {
			at := moment(t, loc)
			d := DateOf(at, loc)
			start, end, next := StartOfDay(d, loc), EndOfDay(d, loc), StartOfDay(d.AddDays(1), loc)
			if start.After(at) || !at.Before(end) {
				t.Fatalf("%s %v: %v is not within %v and %v", name, d, at, start, end)
			}
			if DateOf(start, loc) != d {
				t.Fatalf("%s %v starts on %v", name, d, DateOf(start, loc))
			}
			if DateOf(start.Add(-time.Microsecond), loc).Compare(d) >= 0 {
				t.Fatalf("%s %v was there before %v", name, d, start)
			}
			// The day's end is the next one's start unless the clock went back
			// over midnight, and never before it.
			if end.Before(next) {
				t.Fatalf("%s %v ends at %v, before the next starts, %v", name, d, end, next)
			}
			if !end.Equal(next) {
				jump, _ := end.ZoneBounds()
				if jump.Before(next) || DateOf(jump, loc).After(d) {
					t.Fatalf("%s %v ends at %v, the next starts at %v, the clock jumped at %v", name, d, end, next, jump)
				}
			} else if !at.Before(next) {
				t.Fatalf("%s: %v is not before %v", name, at, next)
			}
		})
	}
}

// Beyond the tables of zones Go's own bounds stand still on the last day of leap years.
func TestLastDayOfLeapYearsToCome(t *testing.T) {
	for _, name := range zones {
		for _, last := range []string{"2040-12-31", "2044-12-30", "2096-12-31", "2124-12-31"} {
			d, loc := date(last), zone(name)
			if end := EndOfDay(d, loc); DateOf(end, loc) != d.AddDays(1) || DateOf(end.Add(-time.Microsecond), loc) != d {
				t.Errorf("%s %s ends at %v", name, last, end)
			}
		}
	}
}

// As long as the calendar shows the last day or one before, the deadline has
// not come; once it shows a later day for good, it has.
func TestDeadlineIsNeverEarly(t *testing.T) {
	for _, name := range zones {
		loc := zone(name)
		rapid.Check(t, func(t *rapid.T) {
			now := moment(t, loc)
			last := DateOf(now, loc).AddDays(rapid.IntRange(-2, 1).Draw(t, "days left"))
			days := rapid.IntRange(0, 400).Draw(t, "days")
			deadline := FilingDeadline(last.AddDays(-days), days, loc)
			if shown := DateOf(now, loc); shown.Compare(last) <= 0 && !now.Before(deadline) {
				t.Fatalf("%s: %v shows %v, the last day is %v, the deadline %v", name, now, shown, last, deadline)
			}
			if shown := DateOf(deadline, loc); !shown.After(last) {
				t.Fatalf("%s: the deadline %v of %v still shows %v", name, deadline, last, shown)
			}
			if shown := LastDay(deadline, loc); shown.After(last) {
				t.Fatalf("%s: the page would promise %v, the last day is %v", name, shown, last)
			}
			if before := DateOf(deadline.Add(-time.Microsecond), loc); before.After(last) {
				t.Fatalf("%s: the deadline %v of %v is late, before it is %v", name, deadline, last, before)
			}
		})
	}
}

// The process's own zone must not matter, as it differs between replicas.
func TestProcessZone(t *testing.T) {
	own := time.Local
	t.Cleanup(func() { time.Local = own })
	sao := zone("America/Sao_Paulo")
	instant := time.Date(2018, 11, 4, 2, 59, 59, 999_999_000, time.UTC)
	for _, name := range zones {
		time.Local = zone(name)
		if got := DateOf(instant.Local(), sao).String(); got != "2018-11-03" {
			t.Errorf("in %s: %s", name, got)
		}
		got := FilingDeadline(date("2018-08-05"), 90, sao)
		if text := got.Format(time.RFC3339); text != "2018-11-04T01:00:00-02:00" {
			t.Errorf("in %s: %s", name, text)
		}
		if got := LastDay(got.Local(), sao).String(); got != "2018-11-03" {
			t.Errorf("in %s: last day %s", name, got)
		}
		if got := date("2018-11-03").AddDays(1); got != date("2018-11-04") || got.Weekday() != time.Sunday {
			t.Errorf("in %s: %v, a %v", name, got, got.Weekday())
		}
	}
}

func BenchmarkFilingDeadline(b *testing.B) {
	loc, latest := zone("America/Sao_Paulo"), date("2026-01-31")
	for b.Loop() {
		FilingDeadline(latest, 90, loc)
	}
}
