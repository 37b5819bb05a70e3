package main

import (
	"fmt"
	"html"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The contact sheet is a picture of every page in all eight ways, and an index.html that shows those of a page side by
// side, for people to look at. One command makes it:
//
//	HOSHO_SCREENSHOTS=DIR go test ./cmd/hosho -run TestContactSheet -timeout 60m

// posed is the state of a page on which something is done before its picture is taken.
const posed = "posed"

// poses are what no address shows: a dialog, a step that is sent to. Each names a page and says what is done there, and
// leaves the marketplace as it was.
var poses = map[string]struct {
	route, role, path string
	do                func(g guest)
}{
	"files-held": {"/my/orders/:order/claim/:line/:question", "buyer", "my/orders/HS-1013/claim/1/evidence", func(g guest) {
		g.pastes()
		g.pastes()
	}},
	"file-covered": {"/my/orders/:order/claim/:line/:question", "buyer", "my/orders/HS-1013/claim/1/evidence", func(g guest) {
		g.pastes()
		g.Click("css=.uploads li:first-child [data-do=cover]")
		g.until(`document.querySelector("dialog[open] svg image")?.getAttribute("href")`)
		g.drags(80, 180, 520, 320)
	}},
	"answer-offer": {"/seller/cases/:number/respond", "second seller", "seller/cases/{HS-1006}/respond", func(g guest) {
		g.pick("choice", "offer")
		g.press("seller.next")
		g.reads("seller.to_check")
	}},
	"answer-check": {"/seller/cases/:number/respond", "second seller", "seller/cases/{HS-1006}/respond", func(g guest) {
		g.pick("choice", "contest")
		g.press("seller.next")
		g.write("seller.message", "お届けの記録があります。")
		g.press("seller.to_check")
		g.reads("seller.send_now")
	}},
	"evidence-viewer": {"/my/claims/:claim/evidence", "buyer", "my/claims/{HS-1001}/evidence", func(g guest) {
		g.Click("css=.evidence li:first-child a")
		g.until(`document.querySelector("dialog[open] img")?.complete`)
	}},
	"keys": {"/staff/queue", "agent", "staff/queue", func(g guest) {
		g.until(`document.documentElement.dataset.keys === "on"`)
		g.key("?", 0)
		g.until(`document.querySelector("dialog[open]")`)
	}},
	"letters": {"/staff/cases/:number/decide", "agent", "staff/cases/{HS-1032}/decide", func(g guest) {
		g.decides()
		g.press("decide.to_preview")
		g.reads("staff.letter_buyer")
	}},
	"tour": {"/", "tourist", "", func(g guest) {
		g.Click("css=form:has([value=contested]) button")
		g.names("contact")
	}},
}

// allLoaded has pictures below the screen loaded too, and tells when all are there.
const allLoaded = `[...document.images].every((i) => (i.loading = "eager", i.complete))`

// TestContactSheet takes the pictures where HOSHO_SCREENSHOTS names a folder. Without one it
// only strikes the poses, in two of the eight ways; the other pages are walked by TestWalk.
func TestContactSheet(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("HOSHO_SCREENSHOTS")
	m := openMarket(t)
	m.prepare(t)
	var list []sheet
	each := ways()
	if dir == "" {
		each = []way{each[0], each[len(each)-1]}
	} else {
		list = inventory(t, m.crawls(t, m.theirs(t), "ja"), false)
	}
	for _, name := range sortedKeys(poses) {
		p := poses[name]
		path := p.path
		if before, order, ok := strings.Cut(path, "{"); ok {
			order, after, _ := strings.Cut(order, "}")
			path = before + m.numberOf(t, order) + after
		}
		list = append(list, sheet{p.route, p.role, posed, path, name})
	}
	var round []visit
	for _, one := range list {
		for _, w := range each {
			round = append(round, visit{one, w})
		}
	}
	t.Run("pictures", func(t *testing.T) {
		for name, part := range parts(round, 40) {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				g := m.as(t, part[0].role)
				for _, v := range part {
					g.show(v)
					if v.state == posed {
						poses[v.send].do(g)
					}
					g.until(allLoaded)
					g.Screenshot(v.picture())
				}
			})
		}
	})
	if dir == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(dir, "index.html"), []byte(contactSheet(round)), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d pages, %d pictures", len(list), len(round))
}

func (v visit) picture() string {
	return fmt.Sprintf("%s-%s-%s-%d", v.file(), v.lang, v.theme, v.width)
}

// contactSheet is a page with a row for each page: narrow ones first, then wide ones.
func contactSheet(round []visit) string {
	rows := map[sheet][]visit{}
	var list []sheet
	for _, v := range round {
		if rows[v.sheet] == nil {
			list = append(list, v.sheet)
		}
		rows[v.sheet] = append(rows[v.sheet], v)
	}
	var b strings.Builder
	b.WriteString(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Contact sheet</title>
<style>
body { margin: 1rem; font: 1rem/1.4 system-ui, sans-serif; background: #777; color: #fff }
section { margin-block: 2rem }
h2 { position: sticky; top: 0; margin: 0; padding: .25rem .5rem; background: #222; font-size: 1rem }
div { display: flex; gap: .5rem; overflow-x: auto; align-items: flex-start }
figure { margin: .5rem 0; flex: none }
figcaption { font-size: .75rem }
img { display: block; height: auto }
.w360 { width: 240px } .w1280 { width: 560px }
a { color: #fff }
</style></head><body>
<h1>Contact sheet</h1>
`)
	for _, one := range list {
		fmt.Fprintf(&b, "<section><h2>%s <small>%s, %s, /%s</small></h2><div>\n", html.EscapeString(one.route), html.EscapeString(one.role), one.state, html.EscapeString(one.path))
		for _, width := range []int{360, 1280} {
			for _, v := range rows[one] {
				if v.width != width {
					continue
				}
				name := html.EscapeString(v.picture())
				fmt.Fprintf(&b, "<figure><figcaption>%s %s %d</figcaption><a href=\"%s.png\"><img class=\"w%d\" loading=\"lazy\" src=\"%s.png\" alt=\"\"></a></figure>\n", v.lang, v.theme, width, name, width, name)
			}
		}
		b.WriteString("</div></section>\n")
	}
	b.WriteString("</body></html>\n")
	return b.String()
}
