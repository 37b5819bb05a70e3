package main

import (
	"bytes"
	"fmt"
	"image"
	_ "image/jpeg" // thumbnails are
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// pastes puts a screenshot on the page as from the clipboard: 720 × 1280 pixels, with an address in red.
func (g guest) pastes() {
	g.t.Helper()
	before := evaluate[int](g, `document.querySelectorAll(".uploads li").length`)
	evaluate[bool](g, `(async () => {
		const canvas = Object.assign(document.createElement("canvas"), { width: 720, height: 1280 });
		const pen = canvas.getContext("2d");
		pen.fillStyle = "#fff";
		pen.fillRect(0, 0, 720, 1280);
		pen.fillStyle = "#00f";
		for (let y = 400; y < 1200; y += 100) pen.fillRect(60, y, 500, 30);
		pen.fillStyle = "#f00";
		pen.fillRect(100, 200, 400, 100);
		const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
		const d = new DataTransfer();
		d.items.add(new File([blob], "image.png", { type: "image/png" }));
		document.activeElement.dispatchEvent(new ClipboardEvent("paste", { clipboardData: d, bubbles: true, cancelable: true }));
		return true;
	})()`)
	g.until(fmt.Sprintf(`document.querySelectorAll(".uploads [data-s=held] canvas").length === %d`, before+1))
}

// drags presses the mouse at one place of the picture that is being covered, and lets go at another; pixels of the picture.
func (g guest) drags(x1, y1, x2, y2 int) {
	g.t.Helper()
	at := func(x, y int) []float64 {
		return evaluate[[]float64](g, fmt.Sprintf(`(() => {
			const p = new DOMPoint(%d, %d).matrixTransform(document.querySelector("dialog[open] svg").getScreenCTM());
			return [p.x, p.y];
		})()`, x, y))
	}
	evaluate[bool](g, `(document.querySelector("dialog[open] svg").scrollIntoView({ block: "start" }), true)`)
	from, to := at(x1, y1), at(x2, y2)
	for _, step := range []input.DispatchMouseEventParams{
		{Type: input.DispatchMouseEventTypeMousePressed, X: from[0], Y: from[1], Button: input.MouseButtonLeft, Buttons: 1, ClickCount: 1},
		{Type: input.DispatchMouseEventTypeMouseMoved, X: to[0], Y: to[1], Button: input.MouseButtonLeft, Buttons: 1},
		{Type: input.DispatchMouseEventTypeMouseReleased, X: to[0], Y: to[1], Button: input.MouseButtonLeft, ClickCount: 1},
	} {
		if _, err := chromedp.Call(g.Context(), input.DispatchMouseEvent, step); err != nil {
			g.t.Fatal(err)
		}
	}
}

// fetched is what the guest gets at an address, wherever the portal sends the guest for it.
func (g guest) fetched(path string) []byte {
	g.t.Helper()
	request, err := http.NewRequestWithContext(g.t.Context(), http.MethodGet, g.m.base+path, nil)
	if err != nil {
		g.t.Fatal(err)
	}
	kept, err := chromedp.Call(g.Context(), network.GetCookies, network.GetCookiesParams{URLs: []string{g.m.base}})
	if err != nil {
		g.t.Fatal(err)
	}
	for _, c := range kept.Cookies {
		request.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		g.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		g.t.Fatalf("%s: %d %v", path, response.StatusCode, err)
	}
	return body
}

// pixels counts what there is of red and of black in a part of a stored file.
func (g guest) pixels(id, part string) (red, black int) {
	g.t.Helper()
	im, _, err := image.Decode(bytes.NewReader(g.fetched("/" + g.lang + "/files/" + id + "/" + part)))
	if err != nil {
		g.t.Fatal(err)
	}
	for x := range im.Bounds().Dx() {
		for y := range im.Bounds().Dy() {
			r, gr, b, _ := im.At(x, y).RGBA()
			if r > 120<<8 && gr < 100<<8 && b < 100<<8 {
				red++
			}
			if r+gr+b < 30<<8 {
				black++
			}
		}
	}
	return red, black
}

// coversByPointer hides the address, once by dragging and once by its corners, and takes one step back.
func (g guest) coversByPointer() {
	g.t.Helper()
	g.Click("css=.uploads li:first-child [data-do=cover]")
	g.until(`document.querySelector("dialog[open] svg image")?.getAttribute("href")`)
	g.Axe()
	g.Screenshot("cover-" + g.lang)
	g.drags(80, 180, 520, 320)
	g.until(`document.querySelectorAll("dialog svg > rect").length === 1`)
	g.drags(60, 600, 60, 600)
	g.WaitText(g.say("cover.corner"))
	g.drags(300, 640, 300, 640)
	g.until(`document.querySelectorAll("dialog svg > rect").length === 2 && document.querySelector("dialog svg > rect:last-child").getAttribute("width") > 200`)
	g.Axe()
	g.press("cover.undo")
	g.until(`document.querySelectorAll("dialog svg > rect").length === 1`)
	g.Screenshot("cover-" + g.lang + "-drawn")
	g.press("cover.use")
}

// coversByKeys does it without a pointer.
func (g guest) coversByKeys() {
	g.t.Helper()
	boxes := func(n int) { g.until(fmt.Sprintf(`document.querySelectorAll("dialog svg > rect").length === %d`, n)) }
	times := func(n int, key string) {
		for range n {
			g.Press(key)
		}
	}
	g.enter(".uploads li:first-child [data-do=cover]")
	g.until(`document.querySelector("dialog[open] svg image")?.getAttribute("href")`)
	g.enter("dialog [data-part=add]")
	g.until(`document.activeElement.matches("svg > rect")`)
	times(4, "ArrowDown")
	times(10, "ArrowLeft")
	times(5, "Shift+ArrowDown")
	times(12, "Shift+ArrowRight")
	if said := g.Text("dialog [role=status]"); said != evaluate[string](g, `document.activeElement.getAttribute("aria-label")`) || !strings.Contains(said, "1") {
		g.t.Errorf("it is said: %q", said)
	}
	g.enter("dialog [data-part=add]")
	boxes(2)
	g.Press("Delete")
	boxes(1)
	g.until(`document.activeElement.matches("svg > rect")`) // the one that is left
	g.key("z", control)
	boxes(2)
	g.enter("dialog [data-part=clear]")
	boxes(0)
	g.enter("dialog [data-part=undo]")
	boxes(2)
	g.tabTo("svg > rect:last-child")
	const top = `document.querySelector("dialog[open] svg > rect:last-child").getAttribute("y")`
	was := evaluate[string](g, top)
	times(3, "ArrowDown")
	if now := evaluate[string](g, top); now == was {
		g.t.Errorf("the box stays at %s", now)
	}
	g.key("z", control) // a row of keys is one step
	g.until(top + ` === "` + was + `"`)
	boxes(2)
	g.tabTo("svg > rect:last-child")
	g.Press("Delete")
	boxes(1)
	g.Screenshot("cover-" + g.lang + "-keys")
	g.enter("dialog [data-part=use]")
}

// TestCover pastes three screenshots on a phone, covers the address on the first before it is sent, and files: what
// the portal holds has black there, and everyone is told how many parts are covered.
func TestCover(t *testing.T) {
	t.Parallel()
	for lang, covers := range map[string]func(guest){"ja": guest.coversByPointer, "en": guest.coversByKeys} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			m := openMarket(t)
			m.signedIn(t, lang, hanako).filesWithThree("HS-1013", covers)
		})
	}
}

// filesWithThree makes a claim with three pasted screenshots, parts of the first of them covered.
func (g guest) filesWithThree(order string, covers func(guest)) {
	g.t.Helper()
	t := g.t
	g.SetViewport(360, 740)
	g.open("my/orders/" + order + "/claim/1/evidence")
	for range 3 {
		g.pastes()
	}
	covers(g)
	g.until(`!document.querySelector("dialog[open]") && document.activeElement.matches(".uploads li:first-child [data-do=cover]")`)
	g.WaitText(g.say("attach.covered", "count", 1))
	g.Axe()
	g.Screenshot("cover-" + g.lang + "-list")
	if n := evaluate[int](g, sentSoFar); n != 0 {
		t.Fatalf("%d files have left before a button was pressed", n)
	}
	g.enter("main form p.buttons > button[value=next]")
	g.reads("draft.ask.outcome")
	g.pick("outcome", "refund")
	g.press("action.save_continue")
	if !strings.HasSuffix(g.URL(), "/check") { // the story is asked before
		g.Click("css=.tasks a[href$='/story']")
		g.write("draft.ask.story", "3 pictures.")
		g.press("action.save_continue")
		g.open("my/orders/" + order + "/claim/1/check")
	}
	g.WaitText("image.png")
	g.WaitText("image-3.png")
	g.press("action.send_claim")
	number := g.number()
	g.quiet()

	// The buyer and the desk see it, and no red is left in anything there is of it.
	for name, path := range map[string]string{hanako: "my/claims/", mori: "staff/cases/"} {
		reader := g.m.signedIn(t, g.lang, name)
		reader.open(path + number)
		told := strings.ReplaceAll(g.say("evidence.covered", "n", 1), "{{.n}}", "1")
		reader.WaitText(told)
		id := evaluate[string](reader, `document.querySelector(".evidence li:first-child img").src.match(/files\/([^/]+)/)[1]`)
		parts := []string{"content", "thumbnail"}
		if name == mori {
			parts = append(parts, "original")
		}
		for _, part := range parts {
			if red, black := reader.pixels(id, part); red != 0 || black < 500 {
				t.Errorf("%s: the %s has %d red pixels and %d black ones", name, part, red, black)
			}
		}
		other := evaluate[string](reader, `document.querySelector(".evidence li:nth-child(2) img").src.match(/files\/([^/]+)/)[1]`)
		if red, black := reader.pixels(other, "content"); red < 30_000 || black != 0 {
			t.Errorf("%s: the second has %d red pixels and %d black ones", name, red, black)
		}
		reader.until(`[...document.querySelectorAll(".evidence img")].every((i) => (i.loading = "eager", i.complete && i.naturalWidth))`)
		reader.quiet()
	}
}

// TestSellerSendsTwoFiles answers a case on a phone with two files: by keys, and without script one by one.
func TestSellerSendsTwoFiles(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		lang  string
		plain bool
	}{{"ja", false}, {"en", false}, {"ja", true}} {
		t.Run(fmt.Sprintf("%s plain=%v", c.lang, c.plain), func(t *testing.T) {
			t.Parallel()
			m := openMarket(t)
			m.plain = c.plain
			m.signedIn(t, c.lang, aoba).answersWithTwo()
		})
	}
}

// answersWithTwo contests the seller's next case with two files.
func (g guest) answersWithTwo() {
	g.t.Helper()
	t := g.t
	g.SetViewport(360, 740)
	g.open("seller/cases?v=todo")
	g.open("seller/cases/" + g.Text("main table tbody th a") + "/respond")
	g.pick("choice", "contest")
	g.press("seller.next")
	if g.m.plain {
		g.write("seller.message", "Both are attached.")
		g.Upload(g.say("seller.files"), picture(t, "slip.png"))
		g.press("seller.to_check")
		g.WaitText("slip.png")
		g.press("seller.edit")
		g.Upload(g.say("seller.files"), picture(t, "box.png"))
		g.Screenshot("two-files-plain")
		g.press("seller.to_check")
		g.press("seller.edit")
		g.WaitText("slip.png")
		g.WaitText("box.png")
		g.press("seller.to_check")
	} else {
		g.tabTo("textarea[name=message]")
		g.Type("Both are attached.")
		g.Upload(g.say("seller.files"), picture(t, "slip.png"), picture(t, "box.png"))
		g.until(`document.querySelectorAll(".uploads [data-s=held] canvas").length === 2`)
		g.Screenshot("two-files-" + g.lang)
		g.enter("main form p.buttons > button[type=submit]:not(.quiet, .plain)")
	}
	g.reads("seller.check")
	g.WaitText("slip.png")
	g.WaitText("box.png")
	g.press("seller.send_now")
	g.reads("status.seller.under_review")
	g.WaitText("slip.png")
	g.WaitText("box.png")
	g.quiet()
}

// TestEvidenceWithoutScript gives three files one by one, each with what it shows.
func TestEvidenceWithoutScript(t *testing.T) {
	t.Parallel()
	m := openMarket(t)
	m.plain = true
	m.signedIn(t, "ja", hanako).givesOneByOne("HS-1013")
}

// givesOneByOne keeps three files on a draft, without script.
func (g guest) givesOneByOne(order string) {
	g.t.Helper()
	t := g.t
	g.SetViewport(360, 740)
	g.open("my/orders/" + order + "/claim/1/evidence")
	if g.has(g.say("attach.waits")) {
		t.Error("without script it is said that files wait")
	}
	for _, name := range []string{"one.png", "two.png", "three.png"} {
		g.Upload(g.say("draft.add_files"), picture(t, name))
		g.press("action.upload")
		g.WaitText(name)
	}
	g.Upload(g.say("draft.add_files"), fileOf(t, "IMG_2041.HEIC", []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic")))
	g.press("action.upload")
	g.WaitText(g.say("upload.heic", "name", "IMG_2041.HEIC"))
	g.WaitText("three.png")
	g.Fill("css=main form li:first-of-type textarea", "配達の記録です")
	g.Screenshot("evidence-plain")
	g.press("action.save_continue")
	g.open("my/orders/" + order + "/claim/1/evidence")
	g.WaitText("one.png")
	g.WaitText("three.png")
	g.quiet()
}
