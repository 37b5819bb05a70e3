package templates

import (
	"bytes"
	"strings"
	"testing"
	"text/template/parse"
)

// A folded page is the page html/template writes, to the byte, in every language.
func TestFoldedPagesAreTheSame(t *testing.T) {
	set := parsed(t)
	for _, locale := range Locales() {
		plain, err := parsePages(set.catalog.funcs(locale))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range []struct {
			name string
			page Page
		}{
			{"design", DesignPage(locale, noon)},
			{"problem", Page{Lang: locale, Path: `x"><script>`, Now: noon, Title: `<b>&"'`, Site: `<i>&`, Theme: `"dark`, Content: Problem{Status: 404}}},
			{"problem", Page{Lang: locale, Now: noon, Title: "x", User: &User{Name: "<u>", Role: "buyer"}, Nav: []Link{{Label: "<", Href: "javascript:x"}}, Content: Problem{Status: 404}}},
		} {
			var want bytes.Buffer
			if err := plain.ExecuteTemplate(&want, p.name, p.page); err != nil {
				t.Fatal(err)
			}
			if got := rendered(t, set, locale, p.name, p.page); got != want.String() {
				t.Errorf("%s in %s is folded to\n%s\nnot\n%s", p.name, locale, got, want.String())
			}
		}
	}
}

// The foot of a page is one text, and no step with a value of the page is lost.
func TestFoldLeavesOnlyWhatChanges(t *testing.T) {
	set := parsed(t)
	bottom := set.locales["ja"].pages.Lookup("bottom").Tree.Root
	if len(bottom.Nodes) != 1 || bottom.Nodes[0].Type() != parse.NodeText {
		t.Errorf("the foot has %d steps: %s", len(bottom.Nodes), bottom)
	}
	top := set.locales["ja"].pages.Lookup("top").Tree.Root.String()
	for _, step := range []string{".Title", ".User", ".Nav", ".Path", "iso"} {
		if !strings.Contains(top, step) {
			t.Errorf("%s is gone from the head", step)
		}
	}
	for _, step := range []string{`"layout.skip"`, `asset "css/app.css"`, `"nav.guarantee"`} {
		if strings.Contains(top, step) {
			t.Errorf("%s is still worked out for every page", step)
		}
	}
}
