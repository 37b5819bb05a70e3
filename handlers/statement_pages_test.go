package handlers

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"hosho/templates"
)

// cookiesSet are the names of the cookies the source of this package sets, without their prefixes; a cookie it cannot
// name fails the test.
func cookiesSet(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var source strings.Builder
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		source.Write(b)
	}
	text := source.String()
	constants := map[string]string{}
	for _, m := range regexp.MustCompile(`(\w+Cookie)\s*= "([^"]+)"`).FindAllStringSubmatch(text, -1) {
		constants[m[1]] = m[2]
	}
	var names []string
	set := regexp.MustCompile(`http\.Cookie\{[^{}]*?Name:\s*([^,]+),`).FindAllStringSubmatch(text, -1)
	if len(set) != strings.Count(text, "http.Cookie{") || strings.Contains(text, "c.SetCookie(") {
		t.Errorf("%d cookies have a name the test can read, of %d", len(set), strings.Count(text, "http.Cookie{"))
	}
	for _, m := range set {
		switch name := m[1]; {
		case constants[name] != "":
			names = append(names, constants[name])
		case name == "h.sessionCookie()":
			names = append(names, "session")
		case name == "h.guestCookie(name)":
			for _, guest := range regexp.MustCompile(`h\.setGuest\(c, "hosho-([a-z]+)"`).FindAllStringSubmatch(text, -1) {
				names = append(names, guest[1])
			}
		default:
			t.Errorf("nothing says what the cookie %s is called", name)
		}
	}
	return names
}

// Every cookie has a line on the page that says what is kept.
func TestPrivacyNamesEveryCookie(t *testing.T) {
	p := newPortal(t)
	names := cookiesSet(t)
	if len(names) < 7 {
		t.Errorf("only %v found", names)
	}
	for _, lang := range templates.Locales() {
		page, w := p.visitor("").page(http.StatusOK, "/"+lang+"/privacy"), words{p.h, lang, p.h.catalog}
		for _, name := range names {
			wants(t, name+" in "+lang, page, "<dt>"+w.text("privacy.cookie_"+name)+"</dt>", w.text("privacy.cookie_"+name+"_text"))
		}
	}
}
