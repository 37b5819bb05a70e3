package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// control is the bit of the Ctrl key.
const control = 2

// key sends one key as a keyboard does: with its text, so that a field would take it.
func (g guest) key(name string, modifiers int64) {
	g.t.Helper()
	for _, step := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeKeyDown, input.DispatchKeyEventTypeKeyUp} {
		event := input.DispatchKeyEventParams{Type: step, Key: name, Modifiers: modifiers}
		if step == input.DispatchKeyEventTypeKeyDown && len(name) == 1 {
			event.Text = name
		}
		switch name {
		case "Enter":
			event.Code, event.WindowsVirtualKeyCode = "Enter", 13
			if step == input.DispatchKeyEventTypeKeyDown && modifiers == 0 {
				event.Text = "\r"
			}
		case "Escape":
			event.Code, event.WindowsVirtualKeyCode = "Escape", 27
		}
		if _, err := chromedp.Call(g.Context(), input.DispatchKeyEvent, event); err != nil {
			g.t.Fatalf("key %s: %v", name, err)
		}
	}
}

// until waits for an expression of the page to become true; the page may be going away meanwhile.
func (g guest) until(expression string) {
	g.t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(30 * time.Millisecond) {
		if ok, err := chromedp.Run(g.Context(), chromedp.Evaluate[bool]("document.readyState === 'complete' && Boolean("+expression+")")); err == nil && ok {
			return
		}
	}
	g.t.Fatalf("never %s at %s; the page says: %.800s", expression, g.URL(), g.Text("main"))
}

// decides fills the form of a decision.
func (g guest) decides() {
	g.t.Helper()
	g.pick("outcome", "granted")
	g.pick("borne_by", "seller")
	g.pick("counts_against_seller", "yes")
	g.Fill(g.say("decide.reason"), g.say("decision_reason.not_delivered"))
	g.write("decide.facts", "The carrier cannot say where the parcel is.")
	g.write("decide.explanation", "jkd? Neither side could show a delivery.")
}

// TestKeysOfTheDesk decides a case by keys alone, and then the next without them.
func TestKeysOfTheDesk(t *testing.T) {
	t.Parallel()
	m := openMarket(t)
	g := m.signedIn(t, "en", mori)
	g.at("staff/queue")
	g.until(`document.documentElement.dataset.keys === "on"`)
	rows := strings.Fields(evaluate[string](g, `[...document.querySelectorAll("#work tbody th a")].map((a) => a.textContent).join(" ")`))
	if len(rows) < 3 {
		t.Fatalf("the queue holds %v", rows)
	}

	// The list of keys opens above the page, and nothing else fires below it.
	g.key("?", 0)
	g.until(`document.querySelector("dialog[open]")?.textContent.includes(` + quoted(g.say("keys.does.queues")) + `)`)
	g.key("j", 0)
	g.Axe()
	g.Screenshot("keys-sheet")
	g.key("Escape", 0)
	g.until(`!document.querySelector("dialog[open]")`)

	// While one types, keys are letters.
	g.key("/", 0)
	g.until(`document.activeElement.type === "search"`)
	for _, k := range []string{"j", "u", "g", "q", "?"} {
		g.key(k, 0)
	}
	g.until(`document.activeElement.value === "jugq?"`)
	g.at("staff/queue")
	evaluate[bool](g, `(document.activeElement.value = "", document.activeElement.blur(), true)`)

	// Neither do they fire while a word is being converted, nor with another key held.
	for _, event := range []string{`isComposing: true`, `keyCode: 229`, `ctrlKey: true`, `altKey: true`, `metaKey: true`} {
		evaluate[bool](g, `(document.body.dispatchEvent(new KeyboardEvent("keydown", {key: "j", bubbles: true, `+event+`})), true)`)
		if evaluate[bool](g, `document.activeElement.matches("tbody a")`) {
			t.Errorf("j fires with %s", event)
		}
	}

	g.key("j", 0)
	g.key("j", 0)
	g.until(`document.activeElement.textContent === ` + quoted(rows[1]))
	g.key("Enter", 0)
	g.until(`document.querySelector("#panel h2 a")?.textContent === ` + quoted(rows[1]))
	g.until(`location.search.includes(` + quoted("sel="+rows[1]) + `) && document.activeElement.closest("#panel")`)
	g.Axe()
	g.Screenshot("keys-panel")
	g.key("Escape", 0)
	g.until(`!document.getElementById("panel") && document.activeElement.textContent === ` + quoted(rows[1]))
	g.key("k", 0)
	g.until(`document.activeElement.textContent === ` + quoted(rows[0]))
	g.key("j", 0)
	g.key("Enter", 0)
	g.until(`document.getElementById("panel")`)
	g.key("d", 0)
	g.until(`location.pathname.endsWith(` + quoted(rows[1]+"/decide") + `)`)
	g.decides()
	g.key("Enter", control)
	g.until(`document.querySelector("button[value=next]")`)
	g.reads("decide.final")
	g.key("Enter", control)
	g.until(`location.pathname.endsWith(` + quoted("/staff/cases/"+rows[2]) + `)`)
	g.WaitText(g.say("staff.decided_before", "number", rows[1]))

	// From here: the neighbour before, the versions, the list again.
	g.key("[", 0)
	g.until(`location.pathname.endsWith(` + quoted("/staff/cases/"+rows[0]) + `)`)
	g.key("e", 0)
	g.until(`document.activeElement.closest("#versions")`)
	g.key("u", 0)
	g.until(`document.getElementById("work")`)
	g.key("j", 0)
	g.key("o", 0)
	g.until(`location.pathname.endsWith(` + quoted("/staff/cases/"+rows[0]) + `)`)
	g.key("g", 0)
	g.key("q", 0)
	g.until(`document.getElementById("work")`)
	g.quiet()

	// Switched off, the same is done with what is on the pages.
	g.open("staff/keys")
	g.pick("keys", "off")
	g.Click(g.say("action.save"))
	g.open("staff/queue")
	g.key("j", 0)
	g.key("Enter", 0)
	if got := evaluate[string](g, `document.documentElement.dataset.keys ?? ""`); got != "" || evaluate[bool](g, `document.activeElement.matches("tbody a")`) {
		t.Errorf("the keys are off, but the page has %q", got)
	}
	g.Click(rows[2])
	g.Click("css=#panel a[href*='/decide']")
	g.until(`location.pathname.endsWith(` + quoted(rows[2]+"/decide") + `)`)
	g.decides()
	g.press("decide.to_preview")
	g.press("decide.and_next")
	g.WaitText(g.say("staff.decided_before", "number", rows[2]))
	g.quiet()
}

// TestQueueByKeys filters the queue, takes the filter away and sorts it, by keys alone.
func TestQueueByKeys(t *testing.T) {
	t.Parallel()
	m := openMarket(t)
	g := m.signedIn(t, "en", mori)
	g.open("staff/queue?v=all")
	rows := func(ask string) []string {
		return evaluate[[]string](g, `[...document.querySelectorAll("#work tbody tr")].map((row) => `+ask+`)`)
	}
	const number, reason = `row.querySelector("th a").textContent`, `row.cells[3].textContent`
	all := rows(number)
	if len(all) < 5 {
		t.Fatalf("the queue holds %v", all)
	}

	// A filter is chosen from a list and applied.
	g.tabTo("details.filter-box > summary")
	g.Press("Enter")
	g.until(`document.querySelector(".filter-box").open`)
	g.tabTo("select[name=reason]")
	for range 12 {
		if evaluate[string](g, "document.activeElement.value") == "not_received" {
			break
		}
		g.Press("ArrowDown")
	}
	g.enter(".filter-box button[type=submit]")
	g.until(`new URLSearchParams(location.search).get("reason") === "not_received" && document.querySelector(".chips")`)
	found, want := rows(reason), g.say("reason_short.not_received")
	if len(found) == 0 || len(found) >= len(all) || slices.ContainsFunc(found, func(s string) bool { return s != want }) {
		t.Errorf("of %d cases, the filter leaves %v", len(all), found)
	}
	if got := g.Text(".chips li:first-child a"); !strings.Contains(got, g.say("reason.not_received")) {
		t.Errorf("the filter in use is called %q", got)
	}
	g.Axe()

	// It is taken away where it is named.
	g.enter(".chips li:first-child a")
	g.until(`!document.querySelector(".chips") && document.getElementById("work")`)
	if got := rows(number); !slices.Equal(got, all) {
		t.Errorf("without the filter the queue is %v, not %v", got, all)
	}

	// The head of a column sorts: what was filed last stands first; at one press what was filed first does, at one more it is as before.
	for _, order := range []string{"ascending", "descending"} {
		g.enter("#work thead th:last-child a")
		g.until(`document.querySelector("#work thead th:last-child")?.ariaSort === ` + quoted(order))
		filed := rows(`row.querySelector("td:last-child time").dateTime`)
		if order == "descending" {
			slices.Reverse(filed)
		}
		if len(filed) != len(all) || !slices.IsSorted(filed) || filed[0] == filed[len(filed)-1] {
			t.Errorf("%s: %v", order, filed)
		}
	}
	g.quiet()
}

// TestCompare puts files of both parties side by side: at full size both move together, by mouse
// and by keys, whichever one is moved.
func TestCompare(t *testing.T) {
	t.Parallel()
	m := openMarket(t)
	number := m.numberOf(t, "HS-1032")
	g := m.signedIn(t, "ja", mori)
	g.open("staff/cases/" + number + "/compare")
	g.Click("css=#zoom")
	const boxes = `[...document.querySelectorAll(".viewer-box")]`
	g.until(boxes + `.length === 2 && ` + boxes + `.every((b) => b.scrollHeight > b.clientHeight + 50)`)
	together := func(moved int) {
		g.until(boxes + `[` + []string{"0", "1"}[moved] + `].scrollTop > 20 && new Set(` + boxes + `.map((b) => Math.round(20 * b.scrollTop / (b.scrollHeight - b.clientHeight)))).size === 1`)
	}
	evaluate[bool](g, `(`+boxes+`[0].scrollTo(0, 120), true)`)
	together(0)
	time.Sleep(200 * time.Millisecond) // the one that was moved by hand leads for a moment
	evaluate[bool](g, `(`+boxes+`[1].scrollTo(0, 40), true)`)
	together(1)
	g.Axe()
	g.quiet()
}
