package main

import (
	"fmt"
	"strings"
	"testing"
)

// zoomed are the pages looked at large, with wide spacing and in other modes: one of each way a page is built.
var zoomed = []struct{ role, path string }{
	{"anonymous", ""},
	{"anonymous", "guarantee"},
	{"anonymous", "check"},
	{"anonymous", "sign-in"},
	{"buyer", "my"},
	{"buyer", "my/orders/HS-1001"},
	{"buyer", "my/claims/{HS-1005}"},
	{"buyer", "my/orders/HS-1013/claim/1"},
	{"seller", "seller"},
	{"seller", "seller/cases"},
	{"agent", "staff/queue"},
	{"agent", "staff/cases/{HS-1032}/decide"},
}

// eachZoomed opens each of them.
func eachZoomed(t *testing.T, m market, langs []string, look func(g guest, path string)) {
	t.Helper()
	buyers := map[string]string{"HS-1005": m.numberOf(t, "HS-1005"), "HS-1032": m.numberOf(t, "HS-1032")}
	windows := map[string]guest{}
	for _, one := range zoomed {
		path := one.path
		for order, number := range buyers {
			path = strings.Replace(path, "{"+order+"}", number, 1)
		}
		g, open := windows[one.role]
		if !open {
			g = m.as(t, one.role)
			windows[one.role] = g
		}
		for _, lang := range langs {
			g.lang = lang
			look(g, path)
		}
	}
}

// cut finds what is larger than the box that holds it, where the box does not show the rest, and what lies outside of
// the screen. Words for screen readers alone are in a box of one pixel on purpose, but nothing there may take the focus.
const cut = `(() => {
	const root = document.documentElement, found = [];
	if (root.scrollWidth > root.clientWidth) found.push('the page is ' + root.scrollWidth + ' wide');
	for (const e of document.querySelectorAll('body *')) {
		if (e.closest('.vh, svg, .skip') || !e.checkVisibility() || /^(SELECT|OPTION|IMG|INPUT|TEXTAREA|VIDEO)$/.test(e.tagName)) continue;
		const s = getComputedStyle(e);
		if (!/hidden|clip/.test(s.overflowX + s.overflowY)) continue;
		if (e.clientWidth <= 1 && e.clientHeight <= 1) {
			const stop = e.querySelector('a[href], button, input, select, textarea, [tabindex="0"]');
			if (stop) found.push('takes the focus where nobody sees it: ' + stop.outerHTML.slice(0, 150));
			continue;
		}
		if (e.scrollHeight > e.clientHeight + 1 && e.clientHeight > 0 || e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0) found.push(e.outerHTML.slice(0, 150));
	}
	return found.slice(0, 4);
})()`

// wideSpacing is what readers may set (WCAG 2.2, 1.4.12).
const wideSpacing = `(() => {
	for (const e of document.querySelectorAll('body, body *')) {
		e.style.setProperty('line-height', '1.5', 'important');
		e.style.setProperty('letter-spacing', '0.12em', 'important');
		e.style.setProperty('word-spacing', '0.16em', 'important');
		if (e.tagName === 'P') e.style.setProperty('margin-block-end', '2em', 'important');
	}
	return true;
})()`

// TestZoom: at 200 % and 400 % (640 and 320 CSS pixels of a screen 1280 wide) and with the widest spacing readers may
// set, nothing is cut off and nothing scrolls sideways.
func TestZoom(t *testing.T) {
	t.Parallel()
	m := openMarket(t)
	eachZoomed(t, m, []string{"ja", "en"}, func(g guest, path string) {
		for _, width := range []int{640, 320} {
			g.SetViewport(width, width*5/8)
			g.open(path)
			for _, what := range evaluate[[]string](g, cut) {
				t.Errorf("/%s/%s at %d pixels: cut: %s", g.lang, path, width, what)
			}
			g.Screenshot(fmt.Sprintf("zoom-%s-%d-%s", g.lang, width, strings.NewReplacer("/", "-", "?", "-").Replace(path)))
			if width == 320 {
				evaluate[bool](g, wideSpacing)
				for _, what := range evaluate[[]string](g, cut) {
					t.Errorf("/%s/%s at %d pixels with wide spacing: cut: %s", g.lang, path, width, what)
				}
				g.Screenshot(fmt.Sprintf("spaced-%s-%s", g.lang, strings.NewReplacer("/", "-", "?", "-").Replace(path)))
			}
		}
		// On a whole screen the wide spacing has more lines beside each other to push.
		g.SetViewport(1280, 800)
		g.open(path)
		evaluate[bool](g, wideSpacing)
		for _, what := range evaluate[[]string](g, cut) {
			t.Errorf("/%s/%s at 1280 pixels with wide spacing: cut: %s", g.lang, path, what)
		}
		g.quiet()
	})
}

// moving finds what moves by itself, or would when the pointer or the page does.
const moving = `(() => [
	...document.getAnimations().filter((a) => a.playState === 'running').map((a) => 'runs: ' + (a.animationName ?? a.transitionProperty)),
	...[...document.querySelectorAll('body *')].filter((e) => getComputedStyle(e).transitionDuration.split(', ').some((d) => parseFloat(d) > 0.01)).slice(0, 3).map((e) => 'fades: ' + e.outerHTML.slice(0, 120)),
	...(getComputedStyle(document.documentElement).scrollBehavior === 'smooth' ? ['scrolls smoothly'] : []),
])()`

// edgeless finds controls whose edge nobody sees once a reader's own colours replace backgrounds.
const edgeless = `(() => [...document.querySelectorAll('main button, main input:not([type=hidden], [type=radio], [type=checkbox], [type=file]), main select, main textarea, main a.button, main .notice, main .tag')].filter((e) => {
	if (!e.checkVisibility() || e.closest('.vh') || e.matches('.plain')) return false;
	const s = getComputedStyle(e);
	return ['Top', 'Right', 'Bottom', 'Left'].every((side) => s['border' + side + 'Style'] === 'none' || parseFloat(s['border' + side + 'Width']) === 0);
}).slice(0, 4).map((e) => e.outerHTML.slice(0, 120)))()`

// TestModes: who prefers less motion sees none, and with the colours of the system every control still has an edge.
func TestModes(t *testing.T) {
	t.Parallel()
	m := openMarket(t)
	eachZoomed(t, m, []string{"ja"}, func(g guest, path string) {
		g.open(path) // windows prefer reduced motion from the start
		for _, what := range evaluate[[]string](g, moving) {
			t.Errorf("/%s/%s with reduced motion: %s", g.lang, path, what)
		}
		for _, scheme := range []string{"light", "dark"} {
			g.ColorScheme(scheme)
			g.SetMedia("forced-colors", "active")
			if !evaluate[bool](g, "matchMedia('(forced-colors: active)').matches") {
				t.Fatal("colours are not forced")
			}
			for _, what := range evaluate[[]string](g, edgeless) {
				t.Errorf("/%s/%s in forced colours: no edge: %s", g.lang, path, what)
			}
			g.Screenshot(fmt.Sprintf("forced-%s-%s", scheme, strings.NewReplacer("/", "-", "?", "-").Replace(path)))
			g.SetMedia("forced-colors", "none")
		}
		g.SetMedia("prefers-contrast", "more")
		g.Axe()
		g.SetMedia("prefers-contrast", "no-preference")
		g.ColorScheme("light")
		g.quiet()
	})
}
