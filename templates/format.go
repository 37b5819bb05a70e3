package templates

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/currency"
)

// Money is an amount in minor units of an ISO 4217 currency.
type Money struct {
	Amount   int64
	Currency string
}

// format prints times and money in one locale.
type format struct {
	locale string
	zone   *time.Location
	now    func() time.Time
	text   func(key string, args map[string]any, count any) (string, error)
}

func (f format) japanese() bool { return f.locale == "ja" }

// value prints an argument of a text. Arguments also come from stored notices,
// where JSON has made strings of instants and floats of integers.
func (f format) value(name string, v any) any {
	switch v := v.(type) {
	case time.Time:
		return f.namedTime(name, v)
	case *time.Time:
		if v == nil {
			return ""
		}
		return f.namedTime(name, *v)
	case interface{ Time() time.Time }:
		return f.namedTime(name, v.Time())
	case time.Duration:
		s, err := f.period(v)
		if err != nil {
			return v.String()
		}
		return s
	case Money:
		return f.money(v.Amount, v.Currency)
	case int:
		return group(int64(v))
	case int64:
		return group(v)
	case float64:
		if n := int64(v); float64(n) == v {
			return group(n)
		}
	case string:
		return f.storedValue(name, v)
	case fmt.Stringer:
		if day, err := time.Parse(time.DateOnly, v.String()); err == nil {
			return f.day(day)
		}
	}
	return v
}

// storedValue reads strings whose name says what they are; words that people
// typed under other names are left as they are.
func (f format) storedValue(name, s string) string {
	switch {
	case isTimeName(name):
		if at, err := time.Parse(time.RFC3339Nano, s); err == nil {
			return f.namedTime(name, at)
		}
	case name == "max" || name == "min":
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			return group(n)
		}
	case name == "day" || strings.HasSuffix(name, "_day"):
		if day, err := time.Parse(time.DateOnly, s); err == nil {
			return f.day(day)
		}
	}
	return s
}

func isTimeName(name string) bool {
	return name == "at" || name == "deadline" || strings.HasSuffix(name, "_at") || strings.HasSuffix(name, "until")
}

// namedTime prints a time by what its name says it is: an exclusive end, an
// inclusive start, a calendar day, or something that happened. Of the last only
// "at" carries the zone, so that a text of two times names it once.
func (f format) namedTime(name string, at time.Time) string {
	switch {
	case name == "deadline" || name == "deadline_at" || name == "due_at" || strings.HasSuffix(name, "until"):
		return f.until(f.lastMoment(at), true)
	case name == "last_at":
		return f.withZone(f.clock(f.lastMoment(at)))
	case name == "opens_at" || name == "available_at" || name == "turns_at" || strings.HasSuffix(name, "_ends_at"):
		return f.withZone(f.clock(ceilMinute(at)))
	case name == "day" || strings.HasSuffix(name, "_day"):
		return f.date(at)
	case strings.HasSuffix(name, "_at"):
		return f.moment(at)
	default:
		return f.instant(at)
	}
}

var weekdaysJa = [...]string{"日", "月", "火", "水", "木", "金", "土"}

// day prints a calendar day, with its year unless it is the present one.
func (f format) day(t time.Time) string {
	year := f.now == nil || f.now().In(f.zone).Year() != t.Year()
	if f.japanese() {
		var room [len("2026年11月30日(月)")]byte
		s := room[:0]
		if year {
			s = append(strconv.AppendInt(s, int64(t.Year()), 10), "年"...)
		}
		s = append(strconv.AppendInt(s, int64(t.Month()), 10), "月"...)
		s = append(strconv.AppendInt(s, int64(t.Day()), 10), "日("...)
		return string(append(append(s, weekdaysJa[t.Weekday()]...), ")"...))
	}
	if year {
		return t.Format("Mon 2 Jan 2006")
	}
	return t.Format("Mon 2 Jan")
}

// clock prints day and time of an instant; the fraction of a minute is dropped.
func (f format) clock(at time.Time) string {
	at = at.In(f.zone)
	if f.japanese() {
		return f.day(at) + at.Format("15:04")
	}
	return f.day(at) + at.Format(", 15:04")
}

func (f format) withZone(s string) string {
	if f.japanese() {
		return s + "(" + f.zoneName() + ")"
	}
	return s + " (" + f.zoneName() + ")"
}

// date prints a calendar day as it stands in t, without moving it to a zone.
func (f format) date(t time.Time) string { return f.day(t) }

// anyDate lets templates pass a time.Time or a date that prints as YYYY-MM-DD.
func (f format) anyDate(v any) (string, error) {
	switch v := v.(type) {
	case time.Time:
		return f.date(v), nil
	case *time.Time:
		return f.date(*v), nil
	case fmt.Stringer:
		day, err := time.Parse(time.DateOnly, v.String())
		return f.day(day), err
	}
	return "", fmt.Errorf("date: %T is no date", v)
}

func (f format) instant(at time.Time) string { return f.withZone(f.clock(at)) }

func (f format) moment(at time.Time) string { return f.clock(at) }

// hour prints the time of day alone, for "as of" beside a date.
func (f format) hour(at time.Time) string { return at.In(f.zone).Format("15:04") }

func (f format) instantTable(at time.Time) string {
	if f.japanese() {
		return at.In(f.zone).Format("2006/01/02 15:04")
	}
	return at.In(f.zone).Format("2006-01-02 15:04")
}

// lastMoment turns an exclusive end into the minute a person may still count
// on. The start of a day becomes 23:59 of the day before, whatever hour that
// day starts at, and so does anything in the minute 0:00: nobody should have
// to think about which night is meant.
func (f format) lastMoment(end time.Time) time.Time {
	local := end.In(f.zone)
	before := local.Add(-time.Microsecond)
	if before.Day() != local.Day() {
		return before
	}
	if local.Hour() == 0 && local.Minute() == 0 {
		return before.Add(-time.Minute)
	}
	return local
}

func (f format) until(at time.Time, zone bool) string {
	s := f.clock(at)
	if zone {
		s = f.withZone(s)
	}
	if f.japanese() {
		return s + "まで"
	}
	return "until " + s
}

func (f format) deadline(end time.Time) string { return f.until(f.lastMoment(end), false) }

// ceilMinute keeps a page from promising a start some seconds too early.
func ceilMinute(at time.Time) time.Time {
	return at.Add(time.Minute - time.Nanosecond).Truncate(time.Minute)
}

func (f format) opening(at time.Time) string {
	s := f.clock(ceilMinute(at))
	if f.japanese() {
		return s + "から"
	}
	return "from " + s
}

// remaining rounds down: from 48 hours in days, from an hour in hours, else
// in minutes. The thresholds are matters of reading, not of policy.
func (f format) remaining(end, now time.Time) (string, error) {
	const inDays = 2 * 24 * time.Hour
	left := end.Sub(now)
	switch {
	case left <= 0:
		return f.text("clock.over", nil, nil)
	case left < time.Minute:
		return f.text("clock.now", nil, nil)
	case left < time.Hour:
		return f.text("clock.min", nil, int(left/time.Minute))
	case left < inDays:
		return f.text("clock.hour", nil, int(left/time.Hour))
	default:
		return f.text("clock.day", nil, int(left/(24*time.Hour)))
	}
}

// late says how long ago a time passed, rounded down as remaining is.
func (f format) late(end, now time.Time) (string, error) {
	const inDays = 2 * 24 * time.Hour
	over := now.Sub(end)
	switch {
	case over < time.Minute:
		return f.text("clock.over", nil, nil)
	case over < time.Hour:
		return f.text("clock.late_min", nil, int(over/time.Minute))
	case over < inDays:
		return f.text("clock.late_hour", nil, int(over/time.Hour))
	default:
		return f.text("clock.late_day", nil, int(over/(24*time.Hour)))
	}
}

// period names a length of time as rules speak of it: 48 and 72 hours stay
// hours, 90 × 24 hours are 90 days.
func (f format) period(d time.Duration) (string, error) {
	const day = 24 * time.Hour
	switch {
	case d > 3*day && d%day == 0:
		return f.text("period.day", nil, int(d/day))
	case d >= time.Hour && d%time.Hour == 0:
		return f.text("period.hour", nil, int(d/time.Hour))
	default:
		return f.text("period.min", nil, int(d/time.Minute))
	}
}

// zoneName is what people call the marketplace's zone.
func (f format) zoneName() string {
	name := f.zone.String()
	switch {
	case name == "Asia/Tokyo" && f.japanese():
		return "日本時間"
	case name == "Asia/Tokyo":
		return "Japan time"
	case name == "UTC":
		return "UTC"
	case f.japanese():
		return name + " 時間"
	default:
		return name + " time"
	}
}

// clockParts lets a large date break between day and time only.
type clockParts struct {
	Day, Time, After string
	At               time.Time // the moment that Day and Time name
}

func (f format) parts(kind string, at time.Time) clockParts {
	before, after := "", "まで"
	if kind == ClockOpens {
		at, after = ceilMinute(at).In(f.zone), "から"
	} else {
		at = f.lastMoment(at)
	}
	if !f.japanese() {
		before, after = ",", ""
	}
	return clockParts{Day: f.day(at) + before, Time: at.Format("15:04"), After: after, At: at}
}

// FileSize prints bytes as people compare them with a limit in MB; number and unit stay on one line.
func FileSize(n int64) string {
	const kb, mb = 1 << 10, 1 << 20
	switch {
	case n < kb:
		return fmt.Sprintf("%d\u00a0B", n)
	case n < mb:
		return fmt.Sprintf("%d\u00a0KB", (n+kb-1)/kb)
	default:
		return strings.TrimSuffix(fmt.Sprintf("%.1f", float64(n)/mb), ".0") + "\u00a0MB"
	}
}

// dot parts short facts on one line.
func (f format) dot() string {
	if f.japanese() {
		return "・"
	}
	return "·"
}

func (f format) iso(at time.Time) string { return at.In(f.zone).Format(time.RFC3339) }

// number lets templates pass any integer they have.
func number(n any) (string, error) {
	switch n := n.(type) {
	case int:
		return group(int64(n)), nil
	case int64:
		return group(n), nil
	}
	return "", fmt.Errorf("number: %T is no integer", n)
}

// group prints an integer with a comma every three digits, as ja and en do.
func group(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "−", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

var symbols = map[string]string{
	"JPY": "¥", "USD": "US$", "EUR": "€", "GBP": "£", "BRL": "R$", "KRW": "₩", "CNY": "CN¥", "TWD": "NT$",
}

// decimals prints minor units as a number: 1234 of BRL is 12.34.
func decimals(amount int64, code string) (sign, digits string) {
	scale := 2
	if unit, err := currency.ParseISO(code); err == nil {
		scale, _ = currency.Standard.Rounding(unit)
	}
	// Digits, not division: the smallest int64 has no positive twin.
	s := strconv.FormatInt(amount, 10)
	if rest, ok := strings.CutPrefix(s, "-"); ok {
		sign, s = "−", rest
	}
	for len(s) <= scale {
		s = "0" + s
	}
	whole, fraction := s[:len(s)-scale], s[len(s)-scale:]
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if fraction != "" {
		whole += "." + fraction
	}
	return sign, whole
}

func (f format) money(amount int64, code string) string {
	if f.japanese() && code == "JPY" {
		sign, digits := decimals(amount, code)
		return sign + digits + "円"
	}
	return f.moneyTable(amount, code)
}

func (f format) moneyTable(amount int64, code string) string {
	sign, digits := decimals(amount, code)
	if symbol, ok := symbols[code]; ok {
		return sign + symbol + digits
	}
	return sign + code + " " + digits
}

func (f format) points(n int64) (string, error) { return f.text("money.points", nil, n) }
