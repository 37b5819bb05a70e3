package templates

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func zoned(t *testing.T, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func formatIn(t *testing.T, locale, zone string) format {
	t.Helper()
	c, err := NewCatalog(Options{Zone: zoned(t, zone), Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	return c.words[locale].format
}

func at(t *testing.T, s string) time.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestTimes(t *testing.T) {
	for _, c := range []struct {
		what, zone, in, ja, en string
	}{
		{"instant", "Asia/Tokyo", "2026-11-23T05:05:59Z", "11月23日(月)14:05(日本時間)", "Mon 23 Nov, 14:05 (Japan time)"},
		{"instant", "Asia/Tokyo", "2025-12-31T15:00:00Z", "1月1日(木)00:00(日本時間)", "Thu 1 Jan, 00:00 (Japan time)"},
		{"instant", "Asia/Tokyo", "2026-12-31T15:00:00Z", "2027年1月1日(金)00:00(日本時間)", "Fri 1 Jan 2027, 00:00 (Japan time)"},
		{"instant", "UTC", "2026-11-23T05:05:00Z", "11月23日(月)05:05(UTC)", "Mon 23 Nov, 05:05 (UTC)"},
		{"instant", "America/Sao_Paulo", "2018-08-20T12:00:00Z", "2018年8月20日(月)09:00(America/Sao_Paulo 時間)", "Mon 20 Aug 2018, 09:00 (America/Sao_Paulo time)"},
		{"moment", "Asia/Tokyo", "2026-11-23T05:05:00Z", "11月23日(月)14:05", "Mon 23 Nov, 14:05"},
		{"table", "Asia/Tokyo", "2026-11-30T14:59:00Z", "2026/11/30 23:59", "2026-11-30 23:59"},
		{"date", "Asia/Tokyo", "2026-11-30T23:30:00Z", "11月30日(月)", "Mon 30 Nov"}, // a calendar day is not moved
		{"opening", "Asia/Tokyo", "2026-11-23T05:05:00Z", "11月23日(月)14:05から", "from Mon 23 Nov, 14:05"},
		{"opening", "Asia/Tokyo", "2026-11-23T05:05:00.000001Z", "11月23日(月)14:06から", "from Mon 23 Nov, 14:06"},
		// An exclusive end at the start of a day is the last minute of the day before.
		{"deadline", "Asia/Tokyo", "2026-05-01T15:00:00Z", "5月1日(金)23:59まで", "until Fri 1 May, 23:59"},
		{"deadline", "Asia/Tokyo", "2026-12-31T15:00:00Z", "12月31日(木)23:59まで", "until Thu 31 Dec, 23:59"},
		{"deadline", "Asia/Tokyo", "2026-05-01T15:00:30Z", "5月1日(金)23:59まで", "until Fri 1 May, 23:59"},
		{"deadline", "Asia/Tokyo", "2026-05-01T15:01:00Z", "5月2日(土)00:01まで", "until Sat 2 May, 00:01"},
		{"deadline", "Asia/Tokyo", "2026-11-26T05:05:30Z", "11月26日(木)14:05まで", "until Thu 26 Nov, 14:05"},
		// This day began at one o'clock.
		{"deadline", "America/Sao_Paulo", "2018-11-04T03:00:00Z", "2018年11月3日(土)23:59まで", "until Sat 3 Nov 2018, 23:59"},
	} {
		for locale, want := range map[string]string{"ja": c.ja, "en": c.en} {
			f := formatIn(t, locale, c.zone)
			print := map[string]func(time.Time) string{
				"instant": f.instant, "moment": f.moment, "table": f.instantTable, "opening": f.opening, "deadline": f.deadline,
				"date": func(v time.Time) string { return f.date(v) },
			}[c.what]
			if got := print(at(t, c.in)); got != want {
				t.Errorf("%s of %s in %s, %s: %q, want %q", c.what, c.in, c.zone, locale, got, want)
			}
		}
	}
}

// Whatever the end and the zone: never midnight, and never later than the end.
func TestDeadlineNeverMidnightNeverLate(t *testing.T) {
	zones := []format{
		formatIn(t, "ja", "Asia/Tokyo"), formatIn(t, "ja", "America/Sao_Paulo"), formatIn(t, "ja", "UTC"), formatIn(t, "ja", "Asia/Kathmandu"),
	}
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.SampledFrom(zones).Draw(t, "zone")
		micros := rapid.Int64Range(1_400_000_000_000_000, 2_000_000_000_000_000).Draw(t, "end")
		if rapid.Bool().Draw(t, "dayEnd") {
			d := time.UnixMicro(micros).In(f.zone)
			micros = time.Date(d.Year(), d.Month(), d.Day(), 0, 0, 0, 0, f.zone).UnixMicro()
		}
		end := time.UnixMicro(micros)
		got := f.deadline(end)
		if strings.Contains(got, ")00:00") || strings.Contains(got, "24:00") {
			t.Fatalf("%s prints as %s", end, got)
		}
		if last := f.lastMoment(end); last.After(end) || end.Sub(last) > 2*time.Minute {
			t.Fatalf("%s prints as %s", end, last)
		}
	})
}

func TestRemainingRoundsDown(t *testing.T) {
	for _, c := range []struct {
		left   time.Duration
		ja, en string
	}{
		{96*time.Hour - 1, "あと3日", "3 days left"},
		{48 * time.Hour, "あと2日", "2 days left"},
		{48*time.Hour - 1, "あと47時間", "47 hours left"},
		{32*time.Hour - time.Minute, "あと31時間", "31 hours left"},
		{2*time.Hour - 1, "あと1時間", "1 hour left"},
		{time.Hour, "あと1時間", "1 hour left"},
		{time.Hour - 1, "あと59分", "59 minutes left"},
		{time.Minute, "あと1分", "1 minute left"},
		{time.Minute - 1, "あと1分未満", "Less than 1 minute left"},
		{0, "期限を過ぎました", "The time has passed"},
		{-time.Hour, "期限を過ぎました", "The time has passed"},
	} {
		for locale, want := range map[string]string{"ja": c.ja, "en": c.en} {
			if got, err := formatIn(t, locale, "Asia/Tokyo").remaining(noon.Add(c.left), noon); got != want || err != nil {
				t.Errorf("%v left in %s: %q (%v), want %q", c.left, locale, got, err, want)
			}
		}
	}
}

func TestLateRoundsDown(t *testing.T) {
	for _, c := range []struct {
		over   time.Duration
		ja, en string
	}{
		{0, "期限を過ぎました", "The time has passed"},
		{time.Minute - 1, "期限を過ぎました", "The time has passed"},
		{time.Minute, "超過 1分", "1 minute overdue"},
		{time.Hour - 1, "超過 59分", "59 minutes overdue"},
		{time.Hour, "超過 1時間", "1 hour overdue"},
		{48*time.Hour - 1, "超過 47時間", "47 hours overdue"},
		{48 * time.Hour, "超過 2日", "2 days overdue"},
	} {
		for locale, want := range map[string]string{"ja": c.ja, "en": c.en} {
			if got, err := formatIn(t, locale, "Asia/Tokyo").late(noon, noon.Add(c.over)); got != want || err != nil {
				t.Errorf("%v over in %s: %q (%v), want %q", c.over, locale, got, err, want)
			}
		}
	}
}

func TestPeriods(t *testing.T) {
	for _, c := range []struct {
		d      time.Duration
		ja, en string
	}{
		{48 * time.Hour, "48時間", "48 hours"},
		{72 * time.Hour, "72時間", "72 hours"},
		{time.Hour, "1時間", "1 hour"},
		{90 * 24 * time.Hour, "90日", "90 days"},
		{15 * time.Minute, "15分", "15 minutes"},
		{90 * time.Minute, "90分", "90 minutes"},
	} {
		for locale, want := range map[string]string{"ja": c.ja, "en": c.en} {
			if got, err := formatIn(t, locale, "Asia/Tokyo").period(c.d); got != want || err != nil {
				t.Errorf("%v in %s: %q (%v), want %q", c.d, locale, got, err, want)
			}
		}
	}
}

func TestMoney(t *testing.T) {
	for _, c := range []struct {
		amount                int64
		currency              string
		ja, en, tableInBothOf string
	}{
		{12800, "JPY", "12,800円", "¥12,800", "¥12,800"},
		{-500, "JPY", "−500円", "−¥500", "−¥500"},
		{0, "JPY", "0円", "¥0", "¥0"},
		{999, "JPY", "999円", "¥999", "¥999"},
		{8990, "BRL", "R$89.90", "R$89.90", "R$89.90"},
		{5, "BRL", "R$0.05", "R$0.05", "R$0.05"},
		{-5, "USD", "−US$0.05", "−US$0.05", "−US$0.05"},
		{123456789, "USD", "US$1,234,567.89", "US$1,234,567.89", "US$1,234,567.89"},
		{12800, "KRW", "₩12,800", "₩12,800", "₩12,800"},
		{1234, "BHD", "BHD 1.234", "BHD 1.234", "BHD 1.234"},
		{1 << 62, "JPY", "4,611,686,018,427,387,904円", "¥4,611,686,018,427,387,904", "¥4,611,686,018,427,387,904"},
		{-1 << 63, "JPY", "−9,223,372,036,854,775,808円", "−¥9,223,372,036,854,775,808", "−¥9,223,372,036,854,775,808"},
	} {
		for locale, want := range map[string]string{"ja": c.ja, "en": c.en} {
			f := formatIn(t, locale, "Asia/Tokyo")
			if got := f.money(c.amount, c.currency); got != want {
				t.Errorf("money %d %s in %s: %q, want %q", c.amount, c.currency, locale, got, want)
			}
			if got := f.moneyTable(c.amount, c.currency); got != c.tableInBothOf {
				t.Errorf("moneyTable %d %s in %s: %q, want %q", c.amount, c.currency, locale, got, c.tableInBothOf)
			}
		}
	}
}

// A page may print an end as a big date beside its label; it must agree with the sentence.
func TestPartsAgreeWithDeadline(t *testing.T) {
	f := formatIn(t, "ja", "Asia/Tokyo")
	end := at(t, "2026-05-01T15:00:00Z")
	p := f.parts(ClockDue, end)
	if got := p.Day + p.Time + p.After; got != f.deadline(end) {
		t.Errorf("parts %q, sentence %q", got, f.deadline(end))
	}
	start := at(t, "2026-11-23T05:05:01Z")
	p = f.parts(ClockOpens, start)
	if got := p.Day + p.Time + p.After; got != f.opening(start) {
		t.Errorf("parts %q, sentence %q", got, f.opening(start))
	}
}
