package handlers

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"hosho/templates"
)

var publicPaths = []string{"", "guarantee", "check", "prepare", "refunds", "report", "help", "help/contact", "accessibility", "privacy", "terms"}

// Every public page opens for anyone, in each language, with what search engines and people
// in a hurry look for: a description, its one address, and help in the same place.
func TestPublicPages(t *testing.T) {
	p := newPortal(t)
	v := p.visitor("")
	for _, lang := range templates.Locales() {
		for _, path := range publicPaths {
			what := "/" + lang + "/" + path
			page := v.page(http.StatusOK, what)
			wants(t, what, page, `href="/`+lang+`/help"`, `href="/`+lang+`/privacy"`)
			wants(t, what, page, `<meta name="description" content="`, `<link rel="canonical" href="http://portal.test`+what+`">`,
				`hreflang="ja" href="http://portal.test/ja/`+path+`"`, `hreflang="en" href="http://portal.test/en/`+path+`"`)
			if strings.Contains(page, "noindex") {
				t.Errorf("%s is kept from search engines", what)
			}
		}
	}
	if got := v.page(http.StatusOK, "/ja/guarantee?x=1"); !strings.Contains(got, `<link rel="canonical" href="http://portal.test/ja/guarantee">`) {
		t.Error("a query is part of the address a page is known by")
	}
	got := v.send(http.MethodGet, "/robots.txt", "", nil)
	if got.status != http.StatusOK || !strings.HasPrefix(string(got.raw), "User-agent: *\nDisallow: /api/v1/\n") {
		t.Errorf("robots.txt: %d %s", got.status, got.raw)
	}
}

// Who has begun a claim is led back to it from where the rules stand.
func TestGuaranteeLeadsToDrafts(t *testing.T) {
	p := newPortal(t)
	p.order("o-1")
	p.contact("o-1")
	v := p.as("b1")
	guarantee := func() string { return v.page(http.StatusOK, "/ja/guarantee") }
	if strings.Contains(guarantee(), "下書きの続き") {
		t.Error("there is nothing to go on with")
	}
	v.post(http.StatusSeeOther, "/ja/my/orders/o-1/claim/1/reason", url.Values{"reason": {"not_received"}})
	wants(t, "a draft", guarantee(), `<a href="/ja/my#drafts">下書きの続きから始める</a>`)
	wants(t, "where it leads", v.page(http.StatusOK, "/ja/my"), `id="drafts"`, "o-1")
}

// One name for one thing: what a link of header and footer says is the heading of its page.
func TestNavigationNamesItsPages(t *testing.T) {
	p := newPortal(t)
	v := p.visitor("")
	heading := regexp.MustCompile(`<h1>([^<]*)</h1>`)
	for _, lang := range templates.Locales() {
		for _, m := range regexp.MustCompile(`<li><a href="(/`+lang+`/[a-z/-]+)">(?:<svg.*?</svg>)?([^<]*)</a></li>`).FindAllStringSubmatch(v.page(http.StatusOK, "/"+lang+"/terms"), -1) {
			h1 := heading.FindStringSubmatch(v.page(http.StatusOK, m[1]))
			if h1 == nil || h1[1] != m[2] {
				t.Errorf("%q leads to %s with the heading %q", m[2], m[1], h1)
			}
		}
	}
}

// Numbers of the policy come from the policy: none is typed into a public page or its words.
func TestNoPolicyNumberInPublicPages(t *testing.T) {
	number := regexp.MustCompile(`\d+ ?(?:時間|日間|日以内|日後|日過ぎ|か月|件まで|円|hours?\b|days?\b|files\b)`)
	var sources []string
	for _, pattern := range []string{"pages/public/*.html", "partials/public.html", "locales/*/public.toml", "locales/*/info.toml", "locales/*/help.toml"} {
		list, err := filepath.Glob("../templates/" + pattern)
		if err != nil || len(list) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(list), err)
		}
		sources = append(sources, list...)
	}
	for _, source := range sources {
		body, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		if m := number.FindString(string(body)); m != "" {
			t.Errorf("%s says %q", source, m)
		}
	}
}

// No answer of the checker is a bare no: each ends with something to do, as a button and as a
// list with at least one link.
func TestCheckerAlwaysLeadsOn(t *testing.T) {
	p := newPortal(t) // 2026-01-20 10:00 in Japan
	v := p.visitor("")
	for _, query := range []string{
		"item=marketplace", "item=first_party", "item=digital", "item=seller&reason=change_of_mind",
		"item=seller&reason=not_as_described&latest=2025-10-01&contacted=no",
		"item=seller&reason=not_as_described&latest=2026-01-08&contacted=no",
		"item=seller&reason=not_as_described&latest=2025-10-23&contacted=no",
		"item=seller&reason=not_as_described&latest=2025-10-23&contacted=yes&contacted_at=2026-01-20T09:00",
		"item=seller&reason=not_as_described&latest=2026-01-08&contacted=yes&contacted_at=2026-01-19T11:00",
		"item=seller&reason=not_received&latest=2026-01-19&contacted=yes&contacted_at=2026-01-10T11:00",
		"item=seller&reason=not_as_described&latest=2026-01-08&contacted=yes&contacted_at=2026-01-10T11:00",
	} {
		for _, lang := range templates.Locales() {
			page := v.page(http.StatusOK, "/"+lang+"/check/result?"+query)
			if !regexp.MustCompile(`<a class="button" href="/` + lang + `/[a-z/]+">`).MatchString(page) {
				t.Errorf("%s ends without a button", query)
			}
			if !regexp.MustCompile(`(?s)<ul class="bullets">.*?<a href=.*?</ul>`).MatchString(page) {
				t.Errorf("%s names no other way", query)
			}
		}
	}
	wants(t, "the wait ends after the deadline", v.page(http.StatusOK, "/ja/check/result?item=seller&reason=not_as_described&latest=2025-10-23&contacted=yes&contacted_at=2026-01-20T09:00"), "先に申請してください", "1月21日(水)23:59")
	wants(t, "contact on the last days", v.page(http.StatusOK, "/ja/check/result?item=seller&reason=not_as_described&latest=2025-10-23&contacted=no"), "今日のうちに")
}

// A page about a failure names what became of what was sent and where to go on.
func TestProblemPages(t *testing.T) {
	p := newPortal(t)
	v := p.visitor("")
	for _, lang := range templates.Locales() {
		for _, status := range []int{403, 404, 409, 410, 413, 422, 429, 500, 503} {
			n := strconv.Itoa(status)
			page := v.page(http.StatusOK, "/"+lang+"/design/problems/"+n)
			wants(t, n, page, p.h.catalog.Text(lang, "problem."+n+".data", nil), `class="button"`, "/"+lang+"/help/contact", `name="robots" content="noindex"`)
			if h1 := regexp.MustCompile(`<h1>[^<]*</h1>`).FindString(page); h1 == "" || strings.Contains(h1, n) {
				t.Errorf("%s: the heading is %q", n, h1)
			}
		}
		v.page(http.StatusNotFound, "/"+lang+"/design/problems/418")
	}
	wants(t, "read in vain", v.page(http.StatusNotFound, "/ja/nothing"), "そのまま残っています")
	wants(t, "unknown language", v.page(http.StatusNotFound, "/fr/refunds"), `href="/ja/refunds"`, `href="/en/refunds"`)
}

func TestSupport(t *testing.T) {
	p := newPortal(t)
	v := p.visitor("")
	wants(t, "nobody named", v.page(http.StatusOK, "/ja/help/contact"), "/ja/my/claims", "注文したストアのサポート")
	hours, err := ParseOpenHours("Mon-Fri 09:00-18:00")
	if err != nil {
		t.Fatal(err)
	}
	p.h.config.Support = Support{Email: "desk@example.com", Hours: hours, Reply: 24 * time.Hour}
	p.h.config.Operator = "青木"
	wants(t, "somebody named", v.page(http.StatusOK, "/ja/help/contact"), "mailto:desk@example.com", "月〜金 9:00〜18:00", "24時間以内")
	wants(t, "terms", v.page(http.StatusOK, "/ja/terms"), "青木が運営しています")

	zone := time.FixedZone("", 9*3600)
	for _, c := range []struct {
		now, next string
		open      bool
	}{
		{"2026-01-19 08:59", "2026-01-19 09:00", false},
		{"2026-01-19 09:00", "2026-01-19 09:00", true},
		{"2026-01-19 17:59", "2026-01-19 09:00", true},
		{"2026-01-19 18:00", "2026-01-20 09:00", false},
		{"2026-01-23 18:00", "2026-01-26 09:00", false},
		{"2026-01-25 12:00", "2026-01-26 09:00", false},
	} {
		now, _ := time.ParseInLocation("2006-01-02 15:04", c.now, zone)
		open, next := hours.at(now)
		if open != c.open || next.Format("2006-01-02 15:04") != c.next {
			t.Errorf("%s: %v, %s", c.now, open, next)
		}
	}
	for _, wrong := range []string{"", "mon-fri", "mon-fri 9-18", "mon-xxx 09:00-18:00", "mon-fri 18:00-09:00"} {
		if _, err := ParseOpenHours(wrong); err == nil {
			t.Errorf("%q is taken", wrong)
		}
	}
	if over, err := ParseOpenHours("sat-mon 10:00-12:30"); err != nil || !over.on(time.Sunday) || over.on(time.Tuesday) {
		t.Errorf("over the weekend: %+v, %v", over, err)
	}
}
