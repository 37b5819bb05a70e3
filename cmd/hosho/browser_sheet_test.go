package main

import (
	"fmt"
	"html"
	"strings"
)

// A walk leaves a contact sheet where HOSHO_SCREENSHOTS names a folder: a picture of each visit, and an index.html that
// shows those of a page side by side. All of them:
//
//	HOSHO_SCREENSHOTS=DIR HOSHO_WALK=all go test ./cmd/hosho -run TestWalk -timeout 60m

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
