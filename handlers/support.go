package handlers

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Support is how people reach a person outside their claim. The zero value is an operator
// who has named no way: pages then lead to the messages of claims and orders.
type Support struct {
	Email string
	Hours OpenHours
	Reply time.Duration // how long a reply usually takes; 0 says nothing
}

// OpenHours are the hours at which somebody is there, in the marketplace's zone. The zero
// value says nothing of hours.
type OpenHours struct {
	First, Last time.Weekday // both included; Last may come before First
	From, To    time.Duration
}

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// ParseOpenHours reads "mon-fri 09:00-18:00".
func ParseOpenHours(s string) (OpenHours, error) {
	wrong := fmt.Errorf("hours %q: want mon-fri 09:00-18:00", s)
	days, times, ok := strings.Cut(strings.ToLower(strings.TrimSpace(s)), " ")
	first, last, both := strings.Cut(days, "-")
	if !both {
		last = first
	}
	from, to, two := strings.Cut(strings.TrimSpace(times), "-")
	i, j := slices.Index(weekdays, first), slices.Index(weekdays, last)
	start, err1 := time.Parse("15:04", from)
	end, err2 := time.Parse("15:04", to)
	if !ok || !two || i < 0 || j < 0 || err1 != nil || err2 != nil || !start.Before(end) {
		return OpenHours{}, wrong
	}
	clock := func(t time.Time) time.Duration {
		return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute
	}
	return OpenHours{First: time.Weekday(i), Last: time.Weekday(j), From: clock(start), To: clock(end)}, nil
}

func (o OpenHours) none() bool { return o.To == 0 }

func (o OpenHours) on(day time.Weekday) bool {
	if o.First <= o.Last {
		return day >= o.First && day <= o.Last
	}
	return day >= o.First || day <= o.Last
}

// at tells whether somebody is there, and if not, from when on.
func (o OpenHours) at(now time.Time) (open bool, next time.Time) {
	for day := range 8 {
		y, m, d := now.AddDate(0, 0, day).Date()
		hour := func(h time.Duration) time.Time {
			return time.Date(y, m, d, int(h/time.Hour), int(h%time.Hour/time.Minute), 0, 0, now.Location())
		}
		from, to := hour(o.From), hour(o.To)
		if !o.on(from.Weekday()) || !now.Before(to) {
			continue
		}
		return !now.Before(from), from
	}
	return false, time.Time{}
}

// hours prints opening hours: 月〜金 9:00〜18:00.
func (w words) hours(o OpenHours) string {
	clock := func(d time.Duration) string {
		return fmt.Sprintf("%d:%02d", int(d/time.Hour), int(d%time.Hour/time.Minute))
	}
	days := w.label("help.weekday", weekdays[o.First])
	if o.First != o.Last {
		days = w.text("help.days", "first", days, "last", w.label("help.weekday", weekdays[o.Last]))
	}
	return w.text("help.hours_value", "days", days, "from", clock(o.From), "to", clock(o.To))
}
