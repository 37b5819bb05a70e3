package calendar

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// BusinessDays says on which days business is done. The zero value knows every day of the
// week and no holidays.
type BusinessDays struct {
	weekend [7]bool // by time.Weekday
	japan   bool
	off     map[Date]bool
}

// Japan has business from Monday to Friday, but for the holidays of JapaneseHoliday.
func Japan() BusinessDays {
	b := Weekdays()
	b.japan = true
	return b
}

// Weekdays has business from Monday to Friday, whatever is celebrated.
func Weekdays() BusinessDays {
	var b BusinessDays
	b.weekend[time.Saturday], b.weekend[time.Sunday] = true, true
	return b
}

// ErrBusinessDays is returned for text that describes no business days.
var ErrBusinessDays = errors.New("calendar: not business days, want japan, or days of the week without business (sat sun) and dates")

// ParseBusinessDays reads business days as they are configured: "japan", or the days of the
// week without business and single dates, in any order: "sat sun 2026-12-25 2027-01-01".
// At least one day of the week must have business.
func ParseBusinessDays(s string) (BusinessDays, error) {
	words := strings.Fields(strings.ToLower(s))
	if slices.Equal(words, []string{"japan"}) {
		return Japan(), nil
	}
	b := BusinessDays{off: map[Date]bool{}}
	for _, w := range words {
		if i := slices.Index([]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}, w); i >= 0 {
			b.weekend[i] = true
			continue
		}
		d, err := ParseDate(w)
		if err != nil {
			return BusinessDays{}, fmt.Errorf("%w: %w", ErrBusinessDays, err)
		}
		b.off[d] = true
	}
	if len(words) == 0 || !slices.Contains(b.weekend[:], false) {
		return BusinessDays{}, ErrBusinessDays
	}
	return b, nil
}

// On reports whether business is done on a day.
func (b BusinessDays) On(d Date) bool {
	return !b.weekend[d.Weekday()] && !b.off[d] && (!b.japan || !JapaneseHoliday(d))
}

// End is the end, exclusive, of the n-th business day after the day that the zone's calendar
// shows at the instant: two business days after a Friday noon in Japan end where Wednesday
// starts, with no holiday between. The day of the instant itself never counts, nor a day the
// zone left out. With n of 0 or less it is the end of that day.
func (b BusinessDays) End(after time.Time, n int, loc *time.Location) time.Time {
	d := DateOf(after, loc)
	for n > 0 {
		d = d.AddDays(1)
		if b.On(d) && StartOfDay(d, loc).Before(EndOfDay(d, loc)) {
			n--
		}
	}
	return EndOfDay(d, loc)
}
