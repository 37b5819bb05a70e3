package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// TestViewer looks at the files of a case above its page, by mouse and by keys, as the buyer and at the desk.
func TestViewer(t *testing.T) {
	t.Parallel()
	m := openMarket(t)
	number := m.signedIn(t, "ja", hanako).claimOf("HS-1001")
	for _, c := range []struct{ name, lang, path string }{
		{hanako, "ja", "my/claims/" + number}, {mori, "en", "staff/cases/" + number},
	} {
		g := m.signedIn(t, c.lang, c.name)
		g.open(c.path)
		files := evaluate[int](g, `document.querySelectorAll(".evidence a").length`)
		if files < 2 {
			t.Fatalf("%s shows %d files", c.path, files)
		}
		g.Click("css=.evidence li:first-child a")
		g.until(`document.querySelector("#view[open] .viewer img")?.complete`)
		g.at(c.path)
		first := g.Text("#view h2")
		g.until(`document.activeElement.matches("#view h2") && document.getElementById("view").getAttribute("aria-label") === ` + quoted(first))
		g.Axe()
		g.Screenshot("viewer-" + c.lang)

		// On by key and by the link, which keeps the focus while there is one; back; closed.
		g.key("ArrowRight", 0)
		g.until(`document.querySelector("#view [role=status]").textContent.includes("2 / ")`)
		g.Click("css=#view a[rel=prev]")
		g.until(`document.querySelector("#view [role=status]").textContent.includes("1 / ")`)
		g.Click("css=#view a[rel=next]")
		g.until(`document.querySelector("#view [role=status]").textContent.includes("2 / ")`)
		second := evaluate[string](g, `document.getElementById("view").dataset.shown`)
		g.Press("Escape")
		g.until(`!document.getElementById("view") && document.activeElement.href === ` + quoted(second))
		g.at(c.path)

		// The button closes as well.
		g.Click("css=.evidence li:first-child a")
		g.until(`document.querySelector("#view[open]")`)
		g.press("viewer.close")
		g.until(`!document.getElementById("view") && document.activeElement.matches(".evidence li:first-child a")`)
		g.quiet()
	}

	// With Ctrl it is a link like any other, and where the page cannot be had the link is followed.
	g := m.signedIn(t, "ja", hanako)
	g.open("my/claims/" + number)
	left := evaluate[bool](g, `(() => {
		let kept;
		addEventListener("click", (event) => { kept = !event.defaultPrevented; event.preventDefault(); }, { once: true });
		document.querySelector(".evidence a").dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, ctrlKey: true }));
		return kept;
	})()`)
	if !left {
		t.Error("Ctrl and a click open the dialog")
	}
	file := evaluate[string](g, `document.querySelector(".evidence a").pathname`)
	evaluate[bool](g, `(window.fetch = () => Promise.reject(new TypeError("gone")), true)`)
	g.Click("css=.evidence li:first-child a")
	g.until(`location.pathname === ` + quoted(file))
	g.quiet()
}

// TestOthersChanges has the page of a case say that somebody else has done something, and keeps what is typed.
func TestOthersChanges(t *testing.T) {
	t.Parallel()
	m := openMarket(t)
	buyer := m.signedIn(t, "ja", hanako)
	number := buyer.claimOf("HS-1001")
	seller, agent := m.signedIn(t, "ja", aoba), m.signedIn(t, "en", mori)
	const typed = "確認しています。"
	look := func(g guest) { evaluate[bool](g, `document.dispatchEvent(new Event("visibilitychange"))`) }
	told := func(g guest) bool {
		look(g)
		evaluate[bool](g, `fetch(document.querySelector("[data-watch]").dataset.watch).then(() => true)`)
		return evaluate[bool](g, `!document.querySelector("[data-watch] p").hidden`)
	}
	buyer.open("my/claims/" + number)
	seller.open("seller/cases/" + number)
	agent.open("staff/cases/" + number)
	queue := m.signedIn(t, "ja", mori)
	queue.open("staff/queue?v=all")
	seller.write("work.message", typed)
	for _, g := range []guest{buyer, seller, agent, queue} {
		if told(g) {
			t.Errorf("%s says that something has changed", g.URL())
		}
	}

	// A note of staff is nobody's business but theirs.
	other := m.signedIn(t, "ja", abe)
	other.open("staff/cases/" + number + "/note")
	other.Fill("css=main textarea", "社内だけのメモです。")
	other.press("action.note")
	agent.until(`(document.dispatchEvent(new Event("visibilitychange")), !document.querySelector("[data-watch] p").hidden)`)
	agent.reads("watch.changed", "watch.show")
	agent.Axe()
	agent.Screenshot("changed-staff")
	queue.until(`(document.dispatchEvent(new Event("visibilitychange")), !document.querySelector("[data-watch] p").hidden)`)
	queue.WaitText("新しい変更が1件あります。")
	queue.Axe()
	queue.Screenshot("changed-queue")
	for _, g := range []guest{buyer, seller} {
		if told(g) {
			t.Errorf("%s tells of a note of staff", g.URL())
		}
	}

	// A message is for all.
	other.open("staff/cases/" + number)
	other.write("work.message", "届いたか確認してください。")
	other.press("action.send_message")
	for _, g := range []guest{buyer, seller} {
		g.until(`(document.dispatchEvent(new Event("visibilitychange")), !document.querySelector("[data-watch] p").hidden)`)
		g.reads("watch.changed")
		g.Axe()
	}
	if got := evaluate[string](seller, `document.querySelector("main textarea").value`); got != typed {
		t.Errorf("of what was typed is left %q", got)
	}
	seller.press("watch.show")
	seller.WaitText("届いたか確認してください。")
	if got := evaluate[string](seller, `document.querySelector("main textarea").value`); got != typed {
		t.Errorf("on the new page of what was typed is left %q", got)
	}
	if told(seller) {
		t.Error("the new page says that it is old")
	}
	for _, g := range []guest{buyer, seller, agent, queue, other} {
		g.quiet()
	}
}

// TestOwnTimeZone says a deadline a second time where the device's clock is another.
func TestOwnTimeZone(t *testing.T) {
	t.Parallel()
	m := openMarket(t)
	g := m.signedIn(t, "en", hanako)
	number := g.claimOf("HS-1001")
	g.open("my/claims/" + number)
	_, words, _ := strings.Cut(g.say("clock.local", "here", "|"), "|")
	if g.has(words) != evaluate[bool](g, `new Date().getTimezoneOffset() !== -540`) {
		t.Error("the line is there for a device that keeps Japan time, or not for another")
	}
	for zone, there := range map[string]bool{"America/New_York": true, "Asia/Seoul": false} { // Seoul has the same time
		if _, err := chromedp.Call(g.Context(), emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: zone}); err != nil {
			t.Fatal(err)
		}
		g.open("my/claims/" + number)
		if g.has(words) != there {
			t.Errorf("in %s: %s", zone, g.Text(".clock"))
		}
	}
	g.quiet()
}

// TestThemeAtOnce changes the colours as they are chosen, and they stay.
func TestThemeAtOnce(t *testing.T) {
	t.Parallel()
	m := openMarket(t)
	g := m.signedIn(t, "ja", hanako)
	g.open("settings")
	evaluate[bool](g, `(window.here = true)`)
	g.pick("theme", "dark")
	g.until(`document.documentElement.dataset.theme === "dark" && document.getElementById("live").textContent === ` + quoted(g.say("settings.theme_saved")))
	if !evaluate[bool](g, `window.here`) {
		t.Error("the page was loaded anew")
	}
	g.open("my")
	g.until(`document.documentElement.dataset.theme === "dark"`)
	g.open("settings")
	g.Click(`css=input[name="theme"][value=""]`)
	g.until(`!document.documentElement.dataset.theme && document.getElementById("live").textContent`)
	g.open("my")
	g.until(`!document.documentElement.dataset.theme`)
	g.quiet()
}

// sentSoFar counts what the page has sent of files.
const sentSoFar = `performance.getEntriesByType("resource").filter((e) => e.name.endsWith("/uploads")).length`

// TestUpload keeps files on a list until a button is pressed, with refusals in words and removal, and sends them one by
// one, with another try; the form waits for them, and a refused form keeps them.
func TestUpload(t *testing.T) {
	t.Parallel()
	m := openMarket(t)
	for _, lang := range []string{"ja", "en"} {
		t.Run(lang, func(t *testing.T) {
			g := m.signedIn(t, lang, hanako)
			g.open("my/orders/HS-1039/lines/1/contact")
			g.Axe()
			note, heic := fileOf(t, "memo.txt", []byte("60")), fileOf(t, "IMG_2041.HEIC", []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"))
			g.Upload("css=main input[type=file]", picture(t, "one.png"), note, heic, picture(t, "two.png"))
			g.until(`document.querySelectorAll(".uploads [data-s=held] canvas").length === 2 && document.querySelectorAll(".uploads [data-s=refused]").length === 2`)
			g.WaitText(g.say("upload.unsupported_type", "name", "memo.txt"))
			g.WaitText(g.say("upload.heic", "name", "IMG_2041.HEIC"))
			if got := evaluate[string](g, `document.querySelector("[data-drop] [role=status]").textContent`); got != g.say("attach.chosen", "name", "two.png") {
				t.Errorf("at last it is said: %q", got)
			}
			if n := evaluate[int](g, sentSoFar); n != 0 {
				t.Errorf("%d files have left before a button was pressed", n)
			}
			g.Axe()
			g.Screenshot("upload-" + lang)

			// Nothing goes out while a file is missing that somebody thinks is there.
			g.press("action.send_message")
			g.reads("attach.left")
			g.until(`document.activeElement.closest("[data-s=refused]")`)
			g.Press("Enter") // the button has the focus
			g.until(`document.querySelectorAll("[data-s=refused]").length === 1`)
			g.Click("css=[data-s=refused] [data-do=remove]")
			g.until(`!document.querySelector("[data-s=refused]") && document.activeElement.closest("[data-s=held]")`)

			// A connection that fails: once more.
			evaluate[bool](g, `(window.send = XMLHttpRequest.prototype.send, XMLHttpRequest.prototype.send = function () {
				setTimeout(() => { this.dispatchEvent(new Event("error")); this.dispatchEvent(new Event("loadend")); });
			}, true)`)
			g.Upload("css=main input[type=file]", picture(t, "three.png"))
			g.until(`document.querySelectorAll(".uploads [data-s=held]").length === 3`)
			g.press("action.send_message")
			g.reads("attach.failed", "attach.left")
			g.until(`document.querySelectorAll(".uploads [data-s=failed]").length === 3`)
			evaluate[bool](g, `(XMLHttpRequest.prototype.send = window.send, true)`)
			for n := 1; n <= 3; n++ {
				g.Click("css=.uploads li:nth-child(" + fmt.Sprint(n) + ") [data-do=again]")
				g.until(fmt.Sprintf(`document.querySelectorAll(".uploads [data-s=done]").length === %d`, n))
			}
			g.Click("css=.uploads li:first-child [data-do=remove]")
			g.until(`document.querySelectorAll(".uploads li").length === 2 && document.activeElement.closest(".uploads li:first-child")`)

			// A form that is refused keeps what was sent: on the list, to be taken off.
			g.press("action.send_message")
			g.Text(".errors")
			g.until(`document.querySelectorAll(".uploads [data-s=done]").length === 2`)
			if got := g.Text(".uploads"); strings.Contains(got, "one.png") || !strings.Contains(got, "two.png") || !strings.Contains(got, "three.png") {
				t.Errorf("after the refusal the list has %s", got)
			}
			if g.has(g.say("page.files_kept_hint")) {
				t.Error("there are two lists of files")
			}
			g.Click("css=.uploads li:first-child [data-do=remove]")

			// What comes as text too is text where one writes, and a picture elsewhere.
			for where, taken := range map[string]bool{"main textarea": false, "main": true} {
				got := evaluate[bool](g, `(() => {
					const d = new DataTransfer();
					d.items.add(new File([Uint8Array.of(0x89, 80, 78, 71)], "cells.png", { type: "image/png" }));
					d.setData("text/plain", "1\t2");
					const paste = new ClipboardEvent("paste", { clipboardData: d, bubbles: true, cancelable: true });
					document.querySelector(`+quoted(where)+`).dispatchEvent(paste);
					return paste.defaultPrevented;
				})()`)
				if got != taken {
					t.Errorf("a table pasted on %s is taken as a picture: %v", where, got)
				}
			}
			g.Click("css=.uploads li:last-child [data-do=remove]")

			// Pasted, dropped and pressed on at once: the form waits.
			g.pick("topic", "not_received")
			g.write("contact.body", "Where is it? "+lang)
			evaluate[bool](g, `(() => {
				const file = (name) => { const d = new DataTransfer(); d.items.add(new File([window.dot], name, { type: "image/png" })); return d; };
				window.dot = Uint8Array.from(atob("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="), (c) => c.charCodeAt(0));
				document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: file("pasted.png"), bubbles: true }));
				document.querySelector("[data-drop]").dispatchEvent(new DragEvent("drop", { dataTransfer: file("dropped.png"), bubbles: true, cancelable: true }));
				document.querySelector("main form button:not([name])[type=submit]").click();
				return true;
			})()`)
			g.reads("contact.thread")
			for _, name := range []string{"three.png", "pasted.png", "dropped.png"} {
				g.WaitText(name)
			}
			if g.has("two.png") || g.has("memo.txt") {
				t.Errorf("what was taken off is sent: %s", g.Text("main"))
			}
			g.quiet()
		})
	}

	t.Run("draft", func(t *testing.T) {
		g := m.signedIn(t, "ja", suzuki)
		g.open("my/orders/HS-1030/claim/1/evidence")
		g.Upload(g.say("draft.add_files"), picture(t, "shot.png"))
		g.until(`document.querySelector(".uploads [data-s=held]")`)
		g.Fill("css=.uploads textarea", "注文番号が写っています")
		g.Axe()
		g.Screenshot("upload-draft")

		// While a picture is looked at, what is below the list stays where one is about to press.
		for _, width := range []int{1280, 360} {
			g.SetViewport(width, 740)
			if moved := evaluate[float64](g, `(async () => {
				const canvas = Object.assign(document.createElement("canvas"), { width: 720, height: 1280 });
				const d = new DataTransfer();
				canvas.getContext("2d");
				d.items.add(new File([await new Promise((done) => canvas.toBlob(done, "image/png"))], "large.png", { type: "image/png" }));
				const top = () => document.querySelector("main form button[value=next]").getBoundingClientRect().top + scrollY;
				document.querySelector("[data-drop]").dispatchEvent(new DragEvent("drop", { dataTransfer: d, bubbles: true, cancelable: true }));
				const before = top();
				while (!document.querySelector(".uploads li:last-child[data-s=held] canvas")) await new Promise((done) => setTimeout(done, 20));
				return top() - before;
			})()`); moved != 0 {
				t.Errorf("at %d pixels the button moves by %v once the picture is looked at", width, moved)
			}
			g.Click("css=.uploads li:last-child [data-do=remove]")
		}

		// A picture too much for this device's canvas waits without a small one, and is sent.
		evaluate[bool](g, `(CanvasRenderingContext2D.prototype.drawImage = () => { throw new Error("no memory"); }, true)`)
		g.Upload(g.say("draft.add_files"), picture(t, "huge.png"))
		g.until(`document.querySelector(".uploads li:last-child[data-s=held] .thumb > svg") && document.querySelector(".uploads li:last-child [data-do=cover]").hidden`)
		g.press("action.save_continue")
		g.until(`!location.pathname.endsWith("/evidence")`)
		g.open("my/orders/HS-1030/claim/1/evidence")
		g.WaitText("shot.png")
		g.WaitText("huge.png")
		if got := g.leftInFields(); !strings.Contains(got, "注文番号が写っています") {
			t.Errorf("the caption is lost: %s", got)
		}
		g.quiet()
	})
}
