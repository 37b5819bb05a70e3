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

// TestNarrow: on a screen 320 pixels wide nothing is cut off and nothing scrolls sideways.
func TestNarrow(t *testing.T) {
	t.Parallel()
	m := openMarket(t)
	visit := func(name string, paths ...string) {
		for _, lang := range []string{"ja", "en"} {
			g := m.guest(t, lang)
			g.SetViewport(320, 640)
			if name != "" {
				g.open("sandbox")
				g.Click("(" + name + ")")
			}
			for _, path := range paths {
				g.open(path)
				wide := evaluate[string](g, `(() => {
					const page = document.documentElement;
					if (page.scrollWidth <= 320) return '';
					const out = [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > 321 && !e.closest('.vh'));
					return page.scrollWidth + ' pixels, by ' + out.slice(0, 3).map((e) => e.outerHTML.slice(0, 150)).join(' | ');
				})()`)
				if wide != "" {
					t.Errorf("/%s/%s is wider than the screen: %s", lang, path, wide)
				}
			}
			g.quiet()
		}
	}
	visit("", "", "guarantee", "check", "check/result?item=seller&reason=change_of_mind", "sign-in", "sandbox", "sandbox/mail")
	buyer := m.signedIn(t, "ja", hanako)
	claim := buyer.claimOf("HS-1005")
	visit(hanako, "my", "my/orders", "my/orders/HS-1001", "my/orders/HS-1014", "my/orders/HS-1039/lines/1/contact", "my/orders/HS-1013/claim/1", "my/claims", "my/claims/"+claim,
		"my/claims/"+claim+"/respond", "my/notices", "settings")
	seller := m.signedIn(t, "ja", aoba)
	seller.open("seller/cases?v=todo")
	todo := seller.Text("main table tbody th a")
	visit(aoba, "seller", "seller/cases", "seller/cases/"+todo, "seller/cases/"+todo+"/respond", "seller/cases/"+todo+"/respond?choice=contest", "seller/orders", "seller/orders/HS-1037")
	staff := m.signedIn(t, "ja", mori)
	staff.open("staff/queue")
	review := staff.Text("main table tbody th a")
	visit(mori, "staff/queue", "staff/queue?sel="+review, "staff/cases/"+review, "staff/cases/"+review+"/decide", "staff/cases/"+review+"/ask", "staff/outside-contacts")
	buyer.quiet()
	seller.quiet()
	staff.quiet()
}

// TestKeyboard walks through the forms by keys alone.
func TestKeyboard(t *testing.T) {
	t.Parallel()
	m := openMarket(t)

	t.Run("the skip link", func(t *testing.T) {
		g := m.signedIn(t, "ja", hanako)
		g.open("my/orders")
		g.Press("Tab")
		if got := evaluate[string](g, "document.activeElement.textContent"); got != g.say("layout.skip") {
			t.Fatalf("the first stop is %q", got)
		}
		if !evaluate[bool](g, "(() => { const r = document.activeElement.getBoundingClientRect(); return r.top >= 0 && r.left >= 0 && r.width > 20 && r.height > 10; })()") {
			t.Error("the skip link cannot be seen when it has the focus")
		}
		g.Press("Enter")
		if got := evaluate[string](g, "document.activeElement.id"); got != "main" {
			t.Errorf("it leads to %q", got)
		}
		g.Press("Tab")
		if !evaluate[bool](g, "document.activeElement.closest('main') !== null") {
			t.Error("the next stop is outside the content")
		}
		g.quiet()
	})

	t.Run("a claim", func(t *testing.T) {
		g := m.signedIn(t, "ja", hanako)
		g.open("my/orders/HS-1013/claim/1")
		g.tabTo(".tasks a[href$='/story']")
		g.Press("Enter")
		g.tabTo("#f-description")
		g.Type("届きません。返事もありません。")
		for _, page := range []string{"story", "contact-proof", "evidence"} {
			g.at("my/orders/HS-1013/claim/1/" + page)
			g.tabTo("main form button[value=next]")
			g.Press("Enter")
		}
		g.at("my/orders/HS-1013/claim/1/outcome")
		g.tabTo("input[name=outcome]")
		g.Press("Space")
		g.tabTo("main form button[value=next]")
		g.Press("Enter")
		g.at("my/orders/HS-1013/claim/1/check")
		g.tabTo("main form button[type=submit]")
		g.Press("Enter")
		g.reads("claims.sent")
		g.quiet()
	})

	t.Run("a seller's answer", func(t *testing.T) {
		g := m.signedIn(t, "ja", kitano)
		g.open("seller")
		g.tabTo("main .buttons a.button")
		g.Press("Enter")
		if evaluate[bool](g, "!location.pathname.endsWith('/respond')") {
			g.tabTo("main .buttons a.button")
			g.Press("Enter")
		}
		g.tabTo("input[name=choice]")
		g.Press("Space")
		for range 4 {
			if evaluate[string](g, "document.activeElement.value") == "contest" {
				break
			}
			g.Press("ArrowDown")
		}
		g.tabTo("main form button[type=submit]")
		g.Press("Enter")
		g.tabTo("textarea")
		g.Type("発送済みです。")
		g.tabTo("main form button[type=submit]")
		g.Press("Enter")
		g.reads("seller.check")
		g.Axe()
		g.quiet()
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
