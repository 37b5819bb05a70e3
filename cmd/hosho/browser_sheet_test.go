package main

import (
	"fmt"
	"html"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestContactSheet takes a picture of every page of the inventory, as every role, in each language, in light and dark,
// narrow and wide, and an index.html that shows them side by side:
//
//	HOSHO_SCREENSHOTS=DIR go test ./cmd/hosho -run TestContactSheet -timeout 60m
func TestContactSheet(t *testing.T) {
	dir := os.Getenv("HOSHO_SCREENSHOTS")
	if dir == "" {
		t.Skip("skipped: HOSHO_SCREENSHOTS names no folder for the pictures")
	}
	m := openMarket(t)
	m.prepare(t)
	list := inventory(t, m.discover(t), os.Getenv("HOSHO_WALK") == "all")
	round := visits(list, true)
	t.Run("pictures", func(t *testing.T) {
		for name, part := range parts(round, 160) {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				g := m.as(t, part[0].role)
				for _, v := range part {
					g.show(v)
					g.Screenshot(v.picture())
				}
			})
		}
	})
	if err := os.WriteFile(filepath.Join(dir, "index.html"), []byte(contactSheet(list)), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d pictures of %d pages: %s", len(round), len(list), filepath.Join(dir, "index.html"))
}

func (v visit) picture() string {
	return fmt.Sprintf("%s-%s-%s-%d", v.file(), v.lang, v.theme, v.width)
}

// contactSheet is a page with a row for each page: narrow ones first, then wide ones, each once in a language and theme.
func contactSheet(list []sheet) string {
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
			for _, w := range ways() {
				if w.width != width {
					continue
				}
				name := html.EscapeString(visit{one, w}.picture())
				fmt.Fprintf(&b, "<figure><figcaption>%s %s %d</figcaption><a href=\"%s.png\"><img class=\"w%d\" loading=\"lazy\" src=\"%s.png\" alt=\"\"></a></figure>\n", w.lang, w.theme, width, name, width, name)
			}
		}
		b.WriteString("</div></section>\n")
	}
	b.WriteString("</body></html>\n")
	return b.String()
}
