package calendar

import "time"

// The holidays of Japan follow from the Act on National Holidays (国民の祝日に関する法律) and the
// acts that moved some of them for single years. They are reckoned from the rules, as below,
// for the years JapanFrom to JapanTo; the law may change before the last of these.
//
// The days of the equinoxes are announced in February of the year before, after the
// reckoning of the National Astronomical Observatory. The formula here is the common
// approximation of the sun's course on Japan's clock. It is made for 1980 to 2099, which is
// why the years end there, and has met every announcement so far.
const (
	JapanFrom = 2019
	JapanTo   = 2099
)

// fixedHolidays are those of a day of the year.
var fixedHolidays = []struct {
	month time.Month
	day   int
	from  int // the first year
}{
	{time.January, 1, 0},      // 元日
	{time.February, 11, 0},    // 建国記念の日
	{time.February, 23, 2020}, // 天皇誕生日, until 2018 in December
	{time.April, 29, 0},       // 昭和の日
	{time.May, 3, 0},          // 憲法記念日
	{time.May, 4, 0},          // みどりの日
	{time.May, 5, 0},          // こどもの日
	{time.November, 3, 0},     // 文化の日
	{time.November, 23, 0},    // 勤労感謝の日
}

// mondayHolidays are the n-th Monday of a month.
var mondayHolidays = []struct {
	month time.Month
	n     int
}{
	{time.January, 2},   // 成人の日
	{time.September, 3}, // 敬老の日
}

// summer are 海の日, 山の日 and スポーツの日, which single years moved for the Olympic Games.
func summer(year int) []Date {
	switch year {
	case 2020:
		return []Date{{year, time.July, 23}, {year, time.August, 10}, {year, time.July, 24}}
	case 2021:
		return []Date{{year, time.July, 22}, {year, time.August, 8}, {year, time.July, 23}}
	}
	return []Date{monday(year, time.July, 3), {year, time.August, 11}, monday(year, time.October, 2)}
}

// accession are the two days of 2019 on which the Emperor acceded and was enthroned.
var accession = []Date{{2019, time.May, 1}, {2019, time.October, 22}}

// monday is the n-th Monday of a month.
func monday(year int, month time.Month, n int) Date {
	first := Date{year, month, 1}
	return first.AddDays((int(time.Monday-first.Weekday())+7)%7 + 7*(n-1))
}

// equinoxes are 春分の日 and 秋分の日.
func equinoxes(year int) []Date {
	n := float64(year - 1980)
	leap := float64((year - 1980) / 4)
	return []Date{
		{year, time.March, int(20.8431 + 0.242194*n - leap)},
		{year, time.September, int(23.2488 + 0.242194*n - leap)},
	}
}

// nationalHoliday reports whether the day is one of those the law names (article 2).
func nationalHoliday(d Date) bool {
	for _, f := range fixedHolidays {
		if d.Month == f.month && d.Day == f.day && d.Year >= f.from {
			return true
		}
	}
	for _, m := range mondayHolidays {
		if d.Month == m.month && d == monday(d.Year, m.month, m.n) {
			return true
		}
	}
	for _, list := range [][]Date{summer(d.Year), equinoxes(d.Year), accession} {
		for _, h := range list {
			if d == h {
				return true
			}
		}
	}
	return false
}

// JapaneseHoliday reports whether a day is a day off by the law: a national holiday, the day
// that stands for one on a Sunday (the first after it that is none itself), or a day between
// two of them. Of years before JapanFrom and after JapanTo it knows none.
func JapaneseHoliday(d Date) bool {
	if d.Year < JapanFrom || d.Year > JapanTo {
		return false
	}
	if nationalHoliday(d) {
		return true
	}
	yesterday := d.AddDays(-1)
	if nationalHoliday(yesterday) && nationalHoliday(d.AddDays(1)) {
		return true
	}
	for ; nationalHoliday(yesterday); yesterday = yesterday.AddDays(-1) {
		if yesterday.Weekday() == time.Sunday {
			return true
		}
	}
	return false
}
