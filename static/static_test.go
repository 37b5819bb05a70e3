package static

import (
	"bytes"
	"compress/gzip"
	"io"
	"maps"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func TestEveryFileHasTwoNames(t *testing.T) {
	names := Names()
	if len(names) < 4 {
		t.Fatalf("only %v", names)
	}
	for _, name := range names {
		url, ok := URL(name)
		if !ok || !strings.HasPrefix(url, Prefix) || url == Prefix+name {
			t.Errorf("URL(%q) = %q, %v", name, url, ok)
		}
		long, ok := Open(url)
		if !ok || !long.Immutable {
			t.Errorf("%s: hashed name not immutable (found: %v)", url, ok)
		}
		short, ok := Open(name)
		if !ok || short.Immutable {
			t.Errorf("%s: plain name immutable (found: %v)", name, ok)
		}
		if !bytes.Equal(long.Body, short.Body) || len(long.Body) == 0 {
			t.Errorf("%s: the two names differ", name)
		}
		if long.ContentType == "application/octet-stream" {
			t.Errorf("%s: no content type", name)
		}
		r, err := gzip.NewReader(bytes.NewReader(long.Gzip))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if unpacked, err := io.ReadAll(r); err != nil || !bytes.Equal(unpacked, long.Body) {
			t.Errorf("%s: gzip holds something else (%v)", name, err)
		}
	}
	for _, name := range []string{"", "css", "css/none.css", "../static.go", "static.go", "css/app.0000000000.css"} {
		if _, ok := Open(name); ok {
			t.Errorf("Open(%q) found something", name)
		}
		if _, ok := URL(name); ok {
			t.Errorf("URL(%q) found something", name)
		}
	}
}

// served is what a file weighs on its way to a browser: a style sheet lean, and packed where that helps.
func served(f File) int {
	if f.Gzip == nil {
		return len(f.Body)
	}
	return len(f.Gzip)
}

// The first view of a page is app.css, app.js and, where it takes files, upload.js. What upload.js asks for when somebody
// covers a part of a picture, cover.js, has a limit of its own, as has every other module.
func TestBudgets(t *testing.T) {
	for name, limit := range map[string]int{"css/app.css": 9 << 10, "js/app.js": 4 << 10, "js/staff.js": 8 << 10, "js/upload.js": 8 << 10, "img/icons.svg": 4 << 10, "img/favicon.svg": 1 << 10} {
		f, ok := Open(name)
		if !ok {
			t.Fatalf("no %s", name)
		}
		if weight := served(f); weight > limit {
			t.Errorf("%s: %d bytes as it is served, at most %d", name, weight, limit)
		}
	}
	for _, name := range Names() { // whatever else a page asks for
		if f, _ := Open(name); strings.HasPrefix(name, "js/") && served(f) > 8<<10 {
			t.Errorf("%s: %d bytes as it is served, at most %d", name, served(f), 8<<10)
		}
	}
	source, err := tree.ReadFile("css/app.css")
	if err != nil {
		t.Fatal(err)
	}
	if lines := bytes.Count(source, []byte("\n")); lines > 650 {
		t.Errorf("app.css has %d lines, at most 650", lines)
	}
}

// Comments and indentation stay at home; a rule never does, and no text is touched.
func TestSheetIsLean(t *testing.T) {
	const css = "/* why */\n\na { b: c; }\n@media x {\n  d::before { content: \"\"; } /* two\n  lines */\n}\n"
	if got := string(lean([]byte(css))); got != "\na { b: c; }\n@media x {\nd::before { content: \"\"; }\n}\n" {
		t.Errorf("%q", got)
	}
	served := string(sheet(t))
	if strings.Contains(served, "/*") || strings.Contains(served, "\n ") {
		t.Error("the sheet as served still has comments or indentation")
	}
	source, err := tree.ReadFile("css/app.css")
	if err != nil {
		t.Fatal(err)
	}
	bare := comment.ReplaceAll(source, nil)
	if strings.Count(served, "{") != bytes.Count(bare, []byte("{")) || strings.Count(served, ";") != bytes.Count(bare, []byte(";")) {
		t.Error("a rule is lost")
	}
	if m := regexp.MustCompile(`"[^"\n]*(?:/\*|\s\s)[^"\n]*"`).FindString(served); m != "" {
		t.Errorf("a text that may have lost something: %s", m)
	}
}

// The policy allows nothing from elsewhere and nothing inline, cookies are the server's, and words
// belong to the catalogue.
func TestNothingFromElsewhere(t *testing.T) {
	foreign := regexp.MustCompile(`url\(|@import|https?://|eval\(|innerHTML|\.style\b|document\.cookie`)
	japanese := regexp.MustCompile(`[ぁ-んァ-ヶ一-龠]`)
	for _, name := range []string{"css/app.css", "js/app.js", "js/staff.js", "js/upload.js", "js/cover.js"} {
		f, _ := Open(name)
		if m := foreign.FindString(string(f.Body)); m != "" {
			t.Errorf("%s contains %q", name, m)
		}
		if m := japanese.FindString(string(f.Body)); m != "" {
			t.Errorf("%s contains the word %q", name, m)
		}
	}
}

func sheet(t *testing.T) []byte {
	t.Helper()
	f, ok := Open("css/app.css")
	if !ok {
		t.Fatal("no app.css")
	}
	return f.Body
}

type theme map[string]string

// themes reads the tokens as the browser does, light and dark.
func themes(t *testing.T) (light, dark theme) {
	t.Helper()
	light, dark = theme{}, theme{}
	token := regexp.MustCompile(`--([a-z0-9-]+): light-dark\((#[0-9A-F]{6}), (#[0-9A-F]{6})\)`)
	for _, m := range token.FindAllStringSubmatch(string(sheet(t)), -1) {
		light[m[1]], dark[m[1]] = m[2], m[3]
	}
	if len(light) < 25 {
		t.Fatalf("only %d tokens found", len(light))
	}
	return light, dark
}

// contrast is WCAG's ratio of two sRGB colours.
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	la, lb := luminance(t, a), luminance(t, b)
	return (math.Max(la, lb) + .05) / (math.Min(la, lb) + .05)
}

func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	var sum float64
	for i, weight := range []float64{.2126, .7152, .0722} {
		n, err := strconv.ParseUint(hex[1+2*i:3+2*i], 16, 8)
		if err != nil {
			t.Fatalf("colour %q: %v", hex, err)
		}
		c := float64(n) / 255
		if c <= .04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}

func TestContrast(t *testing.T) {
	const text, control = 4.5, 3.0
	type pair struct {
		ink, on string
		least   float64
	}
	var pairs []pair
	surfaces := []string{"surface", "page", "sunken"}
	for _, on := range surfaces {
		for _, ink := range []string{"text", "text-2", "text-3", "link", "visited", "brand", "info", "ok", "warn", "danger", "wait", "neutral"} {
			pairs = append(pairs, pair{ink, on, text})
		}
		pairs = append(pairs, pair{"field", on, control}, pair{"focus", on, control})
	}
	for _, ink := range []string{"info", "ok", "warn", "danger", "wait", "neutral", "brand"} {
		pairs = append(pairs, pair{ink, ink + "-soft", text})
		// What stands in a banner or a chosen option besides its title.
		pairs = append(pairs, pair{"text", ink + "-soft", text}, pair{"text-2", ink + "-soft", text}, pair{"link", ink + "-soft", text}, pair{"visited", ink + "-soft", text})
	}
	pairs = append(pairs,
		pair{"on-brand", "brand", text}, pair{"on-brand", "brand-hover", text}, pair{"on-danger", "danger", text},
		pair{"halo", "focus", control},
	)
	light, dark := themes(t)
	for name, colours := range map[string]theme{"light": light, "dark": dark} {
		for _, p := range pairs {
			if colours[p.ink] == "" || colours[p.on] == "" {
				t.Fatalf("no token %s or %s", p.ink, p.on)
			}
			if got := contrast(t, colours[p.ink], colours[p.on]); got < p.least {
				t.Errorf("%s: %s on %s is %.2f, at least %.1f", name, p.ink, p.on, got, p.least)
			}
		}
	}
	// The formula itself, against a value published with the palette.
	if got := contrast(t, "#1A2230", "#FFFFFF"); math.Abs(got-15.96) > .01 {
		t.Errorf("text on white is %.2f, want 15.96", got)
	}
}

// Engines without light-dark() must get the whole light theme.
func TestFallbackTheme(t *testing.T) {
	light, _ := themes(t)
	_, fallback, ok := strings.Cut(string(sheet(t)), "@supports not (color: light-dark(")
	if !ok {
		t.Fatal("no fallback")
	}
	fallback, _, _ = strings.Cut(fallback, "\n}\n")
	given := theme{}
	for _, m := range regexp.MustCompile(`--([a-z0-9-]+): (#[0-9A-F]{6});`).FindAllStringSubmatch(fallback, -1) {
		given[m[1]] = m[2]
	}
	if !maps.Equal(given, light) {
		t.Errorf("the fallback has\n%v\nand the light theme\n%v", given, light)
	}
}

// The scale of type and the two densities, as the design has them.
func TestType(t *testing.T) {
	css := string(sheet(t))
	_, dense, _ := strings.Cut(css, "[data-density=dense] {")
	dense, _, _ = strings.Cut(dense, "}")
	root, _, _ := strings.Cut(css, "[data-theme=light]")
	for _, want := range []struct{ in, rule string }{
		{root, "--h1: clamp(1.625rem, 1.3rem + 1.4vw, 2.125rem);"},
		{root, "--small: .875rem;"},
		{root, "--body: 1rem;"},
		{root, "--leading: 1.75;"},
		{dense, "--body: .875rem;"},
		{dense, "--leading: 1.45;"},
		{dense, "--small: .8125rem;"},
		{dense, "--tight: 1.4;"},
		{css, "[lang=en] { --leading: 1.55; }"},
		{css, "h2 { font-size: 1.5rem; }"},
		{css, "h3 { font-size: 1.25rem; line-height: 1.5; }"},
		{css, ".lead { font-size: 1.125rem; line-height: 1.6; }"},
		{css, "letter-spacing: .02em;"},
		{css, "line-break: strict;"},
	} {
		if !strings.Contains(want.in, want.rule) {
			t.Errorf("app.css lacks %q", want.rule)
		}
	}
	if m := regexp.MustCompile(`font-weight: (?:[1235689]00|bold)|italic|"palt"|system-ui`).FindString(css); m != "" {
		t.Errorf("app.css says %q", m)
	}
}

// Shapes carry the meaning of a status for those who cannot tell its colour.
func TestIconsDiffer(t *testing.T) {
	f, _ := Open("img/icons.svg")
	seen := map[string]string{}
	symbols := regexp.MustCompile(`<symbol id="([a-z-]+)"[^>]*>(.*?)</symbol>`).FindAllStringSubmatch(string(f.Body), -1)
	if len(symbols) < 16 {
		t.Fatalf("%d icons", len(symbols))
	}
	for _, m := range symbols {
		if other, ok := seen[m[2]]; ok {
			t.Errorf("%s is drawn like %s", m[1], other)
		}
		seen[m[2]] = m[1]
	}
}
