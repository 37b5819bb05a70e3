package main

import (
	"fmt"
	"testing"
	"time"
)

// TestWithoutScript tells whole stories with scripts turned off: pages work without, scripts only add comfort.
func TestWithoutScript(t *testing.T) {
	t.Parallel()
	story := func(name string, tell func(t *testing.T, m market)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := openMarket(t)
			m.plain = true
			tell(t, m)
		})
	}
	story("not received, and the seller says nothing", filedAheadAndSilent)
	story("not as described, contested, asked and decided", func(t *testing.T, m market) {
		journey(t, m, "ja", "HS-1004", hamada, "not_as_described", "届いた海苔が説明と違います。12袋のはずが10袋でした。")
	})
	story("cancelled because it was out of stock", func(t *testing.T, m market) {
		buyer := m.signedIn(t, "ja", suzuki) // 味噌 3種 was cancelled six days ago, and nothing was paid back
		buyer.open("my/orders/HS-1033")
		const told = "キャンセルされましたが、返金されていません。"
		buyer.contacts("HS-1033", "stock_out_unrefunded", told)
		buyer.later(48 * time.Hour)
		number := buyer.files("HS-1033", "stock_out_unrefunded", told)
		buyer.later(72 * time.Hour)
		buyer.reads("status.buyer.granted")
		buyer.open("my/claims/" + number + "/decision")
		buyer.WaitText("3,150")
		buyer.quiet()
	})
	story("an empty form", func(t *testing.T, m market) { // is refused by the server, with the same summary
		buyer := m.signedIn(t, "ja", hanako)
		buyer.open("my/orders/HS-1039/lines/1/contact")
		buyer.press("action.send_message")
		buyer.Click("css=.errors a[href='#f-body']")
		buyer.quiet()
	})
}

// tabTo presses Tab until the focus is on what the selector finds, in a ring that can be seen.
func (g guest) tabTo(css string) {
	g.t.Helper()
	for range 80 {
		g.Press("Tab")
		if !evaluate[bool](g, fmt.Sprintf("document.activeElement.matches(%s)", quoted(css))) {
			continue
		}
		if !evaluate[bool](g, `(() => {
			let e = document.activeElement;
			const ringed = (e) => { const s = getComputedStyle(e); return s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0 || s.boxShadow !== 'none'; };
			return ringed(e) || e.labels?.length > 0 && ringed(e.labels[0]);
		})()`) {
			g.t.Errorf("the focus on %s cannot be seen", css)
		}
		return
	}
	g.t.Fatalf("80 steps of the Tab key do not reach %s on %s", css, g.URL())
}
