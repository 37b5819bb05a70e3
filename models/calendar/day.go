package calendar

import "time"

// reach is further than any zone has ever been from UTC (Manila and Alaska kept
// the other side of the date line until 1844 and 1867: 16 hours).
const reach = 26 * time.Hour

// StartOfDay is the first instant in the zone at which the calendar shows the
// date: midnight, or 01:00 where the clock jumps over midnight (São Paulo,
// 2018-11-04). Of a day the zone left out (Apia, 2011-12-30) it is the first
// instant after the gap, where the next day starts.
func StartOfDay(d Date, loc *time.Location) time.Time {
	midnight := d.midnight()
	for at := midnight.Add(-reach).In(loc); ; {
		from, to, offset := stretch(at)
		start := midnight.Add(-offset).In(loc)
		if start.Before(from) {
			start = from // the clock jumped over this midnight
		}
		if to.IsZero() || start.Before(to) {
			return start
		}
		at = to
	}
}

// EndOfDay is the instant, exclusive, from which on the zone's calendar never
// shows the date or an earlier one again. It is StartOfDay of the next day,
// except on a night when the clock goes back across midnight (St. John's,
// until 2011, from 00:01 to 23:01): then the day is not over at the first
// midnight, only at the second.
func EndOfDay(d Date, loc *time.Location) time.Time {
	midnight := d.AddDays(1).midnight()
	var end time.Time
	for at := midnight.Add(-reach).In(loc); ; {
		from, to, offset := stretch(at)
		last := midnight.Add(-offset).In(loc)
		if from.Before(last) {
			end = last
			if !to.IsZero() && to.Before(last) {
				end = to
			}
		}
		if to.IsZero() || to.After(midnight.Add(reach)) {
			return end
		}
		at = to
	}
}

// stretch is the time around t over which its zone's clock runs without a jump,
// from inclusive, to exclusive, and how far the clock is ahead of UTC. A zero
// to means for ever.
func stretch(t time.Time) (from, to time.Time, offset time.Duration) {
	from, to = t.ZoneBounds()
	if !to.IsZero() && !to.After(t) {
		// Past the last year of a zone's table (2037) Go takes leap years for a day
		// shorter than they are, and on their last day says that it ended already. The
		// bounds of the day after are right, and no clock jumps on New Year's Eve.
		_, to = t.Add(24 * time.Hour).ZoneBounds()
	}
	_, seconds := t.Zone()
	return from, to, time.Duration(seconds) * time.Second
}

// FilingDeadline is the end, exclusive, of the day that is a number of days
// after the latest estimated delivery date: of 2026-01-31 and 90 days in
// Asia/Tokyo 2026-05-02T00:00:00+09:00. While the zone's calendar shows that
// day or an earlier one, the deadline has not come.
func FilingDeadline(latest Date, days int, loc *time.Location) time.Time {
	return EndOfDay(latest.AddDays(days), loc)
}

// OverdueFrom is the instant from which on a delivery is more than wholeDays
// whole days late: after the latest date and three whole days, the start of
// the fourth day.
func OverdueFrom(latest Date, wholeDays int, loc *time.Location) time.Time {
	return EndOfDay(latest.AddDays(wholeDays), loc)
}

// LastDay is the last day in the zone that is over at the deadline, for saying
// "until the end of". A deadline within a day leaves that day out: the day
// before is the last one wholly in time.
func LastDay(deadline time.Time, loc *time.Location) Date {
	d := DateOf(deadline, loc)
	for {
		end := EndOfDay(d, loc)
		// A day the zone left out is over too, but nobody could have used it.
		if !end.After(deadline) && StartOfDay(d, loc).Before(end) {
			return d
		}
		d = d.AddDays(-1)
	}
}
