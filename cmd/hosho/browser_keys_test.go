package main

import (
	"strings"
	"testing"
	"time"
)

// enter presses Tab until the focus is on what the selector finds, and then Enter.
func (g guest) enter(css string) {
	g.t.Helper()
	g.tabTo(css)
	g.Press("Enter")
}

// answers goes through a page with questions by keys alone: the first choice of each group, words in each field that is
// required and empty, then the button that goes on. Files are chosen in a window of the system's, which is not ours; what
// is said of one, on the list of those that wait, is optional.
func (g guest) answers(words string, files ...string) {
	g.t.Helper()
	const open = `(() => {
		const form = document.querySelector('main form:not([action*="sign-out"])');
		for (const e of form.querySelectorAll('input:not([type=hidden], [type=checkbox], [type=file]), textarea, select')) {
			if (e.closest('.uploads') || !e.checkVisibility() && ![...e.labels ?? []].some((l) => l.checkVisibility())) continue;
			if (e.type === 'radio' && !form.querySelector('input[name="' + e.name + '"]:checked')) return '#' + e.id;
			if ((e.tagName === 'TEXTAREA' || e.type === 'text') && e.value === '' && !/optional|caption|amount/.test(e.name)) return '#' + e.id;
		}
		return '';
	})()`
	if len(files) > 0 && evaluate[bool](g, "document.querySelector('main input[type=file]') !== null") {
		g.Upload("css=main input[type=file]", files...)
	}
	for range 6 {
		field := evaluate[string](g, open)
		if field == "" {
			break
		}
		g.tabTo(field)
		if evaluate[bool](g, "document.activeElement.type === 'radio'") {
			g.Press("Space")
		} else {
			g.Type(words)
		}
	}
	g.enter("main form p.buttons > button[type=submit]:not(.quiet, .plain)")
}

// TestKeyboardWalks are whole jobs done without a pointer; on the way tabTo holds that the focus can be seen. Staff's
// walks are TestKeysOfTheDesk and TestQueueByKeys.
func TestKeyboardWalks(t *testing.T) {
	t.Parallel()
	m := openMarket(t)

	t.Run("past the head of the page", func(t *testing.T) {
		g := m.signedIn(t, "ja", hanako)
		g.open("my/orders")
		g.Press("Tab")
		if !evaluate[bool](g, "document.activeElement.matches('.skip')") {
			t.Fatal("the first stop is not the link past the head")
		}
		if !evaluate[bool](g, "(() => { const r = document.activeElement.getBoundingClientRect(); return r.top >= 0 && r.left >= 0 && r.width > 20 && r.height > 10; })()") {
			t.Error("it cannot be seen when it has the focus")
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

	t.Run("from the home page to a claim", func(t *testing.T) {
		g := m.signedIn(t, "ja", hanako)
		day := time.Now().Format("01022006") // as the browser's own field for dates has it
		g.open("")
		g.enter(".skip")
		g.enter("main .doors a.button")
		for range 6 { // the checker
			if strings.Contains(g.URL(), "/check/result") {
				break
			}
			if evaluate[bool](g, "document.querySelector('main input[type=date]') !== null") {
				g.tabTo("main input[type=date]")
				for _, digit := range day {
					g.key(string(digit), 0)
				}
			}
			if evaluate[bool](g, "document.querySelector('main input[name=contacted]') !== null") {
				g.tabTo("main input[name=contacted]")
				g.Press("Space")
				g.Press("ArrowDown") // not yet
			}
			g.answers("")
		}
		if !strings.Contains(g.URL(), "/check/result") {
			t.Fatalf("the checker ends at %s", g.URL())
		}
		g.enter("main .buttons a.button")
		g.quiet()

		g.open("my/orders/HS-1013") // its seller was asked four days ago
		g.enter("main a[href*='/claim/1']")
		shot := picture(t, "photo.png")
		for range 12 { // the list of questions and the questions
			switch at := g.URL(); {
			case strings.HasSuffix(at, "/claim/1/check"):
			case evaluate[bool](g, "document.querySelector('main form p.buttons button[type=submit]') !== null"):
				g.answers("届きません。返事もありません。", shot)
				continue
			default:
				g.enter("main p.buttons a.button")
				continue
			}
			break
		}
		g.enter("main form p.buttons > button[type=submit]:not(.quiet, .plain)")
		g.reads("claims.sent")
		g.number()
		g.quiet()
	})

	t.Run("an error leads to its field", func(t *testing.T) {
		g := m.signedIn(t, "ja", hanako)
		g.open("my/orders/HS-1039/lines/1/contact")
		g.enter("main form p.buttons > button[type=submit]")
		g.Text(".errors")
		if !evaluate[bool](g, "document.activeElement.matches('.errors')") {
			t.Error("the summary has not the focus")
		}
		g.enter(".errors a[href='#f-body']")
		if got := evaluate[string](g, "document.activeElement.id"); got != "f-body" {
			t.Errorf("the message leads to %q", got)
		}
		g.quiet()
	})

	t.Run("a text to begin a message with", func(t *testing.T) {
		g := m.signedIn(t, "ja", hanako)
		g.open("my/orders/HS-1039/lines/1/contact")
		g.tabTo("input[name=topic]")
		g.Press("Space")
		g.enter("button[value=template]")
		g.until(`document.activeElement.id === "f-body" && document.activeElement.value !== ""`) // where one goes on, not the top of the page
		if !evaluate[bool](g, `(() => { const r = document.activeElement.getBoundingClientRect(); return r.top >= 0 && r.top < innerHeight; })()`) {
			t.Error("the text is out of sight")
		}
		g.quiet()
	})

	t.Run("evidence and back", func(t *testing.T) {
		g := m.signedIn(t, "ja", suzuki)
		g.open("my/claims/" + m.numberOf(t, "HS-1032"))
		g.tabTo("main .evidence li:first-child a")
		g.Press("Enter")
		g.until(`document.querySelector("dialog:modal .viewer img")?.complete && document.activeElement.matches("#view h2")`)
		first := evaluate[string](g, `document.getElementById("view").dataset.shown`)
		g.enter("#view a[rel=next]")
		g.until(`document.querySelector("#view [role=status]").textContent.includes("2 / ")`)
		second := evaluate[string](g, `document.getElementById("view").dataset.shown`)
		if first == second {
			t.Errorf("the next file is %s again", second)
		}
		g.Press("Escape")
		g.until(`!document.querySelector("dialog") && document.activeElement.href === ` + quoted(second))
		g.quiet()
	})

	t.Run("a seller's answer", func(t *testing.T) {
		g := m.signedIn(t, "ja", kitano)
		g.open("seller")
		for range 3 {
			if strings.Contains(g.URL(), "/respond") {
				break
			}
			g.enter("main .buttons a.button")
		}
		g.tabTo("input[name=choice]")
		g.Press("Space")
		for range 6 {
			if evaluate[string](g, "document.activeElement.value") == "contest" {
				break
			}
			g.Press("ArrowDown")
		}
		g.enter("main form p.buttons > button[type=submit]:not(.quiet, .plain)")
		g.answers("発送済みです。伝票を添付します。", picture(t, "slip.png"))
		g.reads("seller.check")
		g.enter("main form p.buttons > button[type=submit]:not(.quiet, .plain)")
		g.reads("seller.tag_held") // until the deadline it may be written anew
		g.enter("main form[action$='/respond/send'] button[type=submit]")
		g.reads("status.seller.under_review")
		g.quiet()
	})

	t.Run("the other language keeps the page", func(t *testing.T) {
		g := m.guest(t, "ja")
		g.open("check")
		g.enter("header a[hreflang=en]")
		if !strings.HasSuffix(g.URL(), "/en/check") {
			t.Errorf("the switch leads to %s", g.URL())
		}
		g.quiet()
	})
}
