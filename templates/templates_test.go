package templates

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func tokyo(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

var noon = time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC) // 12:00 in Japan

func parsed(t *testing.T) *Set {
	t.Helper()
	set, err := Parse(Options{Zone: tokyo(t), Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func rendered(t *testing.T, set *Set, locale, page string, data any) string {
	t.Helper()
	var buf bytes.Buffer
	if err := set.Render(&buf, locale, page, data); err != nil {
		t.Fatal(err)
	}
	return buf.String()
}

func TestDesignPageRenders(t *testing.T) {
	set := parsed(t)
	for locale, want := range map[string]string{"ja": "11月24日(火)", "en": "Tue 24 Nov"} {
		got := rendered(t, set, locale, "design", DesignPage(locale, noon))
		if !strings.Contains(got, want) || !strings.Contains(got, `<html lang="`+locale+`"`) {
			t.Errorf("%s: page lacks %q", locale, want)
		}
		for _, bad := range []string{"ZgotmplZ", "<no value>", " style=", "onclick", "<script>"} {
			if strings.Contains(got, bad) {
				t.Errorf("%s: page contains %q", locale, bad)
			}
		}
	}
}
