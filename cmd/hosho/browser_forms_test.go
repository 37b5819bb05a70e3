package main

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

// errorsLead fails the test unless the page shows a summary that has the focus, with messages that each lead to the
// field they are about.
func (g guest) errorsLead(fields ...string) {
	g.t.Helper()
	g.Text(".errors")
	if !evaluate[bool](g, "document.activeElement.matches('.errors')") {
		g.t.Errorf("the focus is on %s, not on the summary", evaluate[string](g, "document.activeElement.outerHTML.slice(0, 100)"))
	}
	if !strings.HasPrefix(evaluate[string](g, "document.title"), g.m.words.Text(g.lang, "form.title_prefix", nil)) {
		g.t.Errorf("the title says nothing of errors: %s", evaluate[string](g, "document.title"))
	}
	got := evaluate[[]string](g, "[...document.querySelectorAll('.errors a')].map((a) => a.hash.slice(3))")
	if strings.Join(got, " ") != strings.Join(fields, " ") {
		g.t.Errorf("the summary leads to %q, want %q", got, fields)
	}
	for _, field := range fields {
		g.Click("css=.errors a[href='#f-" + field + "']")
		at := evaluate[string](g, "document.activeElement.id + ' ' + document.activeElement.getAttribute('aria-invalid') + ' ' + (document.activeElement.getAttribute('aria-describedby') ?? '').includes('e-')")
		if at != "f-"+field+" true true" {
			g.t.Errorf("the message on %s leads to %q", field, at)
		}
		// The message stands at the field too.
		g.Text("#e-" + field)
	}
}

// TestForms sends forms as they come from hurried people: empty, half filled, with files that cannot be taken.
func TestForms(t *testing.T) {
	t.Parallel()
	m := openMarket(t)
	for _, lang := range []string{"ja", "en"} {
		t.Run("contact "+lang, func(t *testing.T) {
			g := m.signedIn(t, lang, hanako)
			g.open("my/orders/HS-1039/lines/1/contact")
			g.press("action.send_message")
			g.errorsLead("topic", "body")
			g.write("contact.body", "Where is it?\nIt should have come by now.")
			g.press("action.send_message")
			g.errorsLead("topic")
			g.reads("contact.not_sent")
			if got := g.value("#f-body"); got != "Where is it?\nIt should have come by now." {
				t.Errorf("of the message is left %q", got)
			}
			g.Axe()
			g.Screenshot("errors-contact-" + lang)
			g.quiet()
		})
	}

	t.Run("claim", func(t *testing.T) {
		g := m.signedIn(t, "ja", suzuki) // told the seller of 冷凍餃子 60個 three days ago
		g.open("my/orders/HS-1030/claim/1/story")
		g.press("action.save_continue")
		g.errorsLead("description")
		g.write("draft.ask.story", "60個のはずが40個でした。")
		g.press("action.save_continue")
		g.press("draft.next")
		g.press("action.save_continue")
		g.errorsLead("files")

		// A photo of a telephone that cannot be read, a note, and a picture: the picture stays, and is sent once the
		// two others are off the list.
		heic := fileOf(t, "IMG_0042.HEIC", append([]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"), make([]byte, 2000)...))
		note := fileOf(t, "memo.txt", []byte("60個のはずが40個"))
		g.Upload(g.say("draft.add_files"), picture(t, "photo.png"), heic, note)
		listed := `document.querySelectorAll(".uploads [data-s=held] canvas").length === 1 && document.querySelectorAll(".uploads [data-s=refused]").length === 2`
		g.until(listed)
		g.press("action.save_continue")
		g.reads("attach.left")
		g.until(listed)
		if n := evaluate[int](g, sentSoFar); n != 0 {
			t.Errorf("%d files have left beside those that are refused", n)
		}
		for _, f := range []struct{ name, why string }{{"IMG_0042.HEIC", "upload.heic"}, {"memo.txt", "upload.unsupported_type"}} {
			if got := g.Text(".uploads"); !strings.Contains(got, g.say(f.why, "name", f.name)) {
				t.Errorf("the list does not say what is wrong with %s: %s", f.name, got)
			}
			g.Click("css=.uploads li:nth-child(2) [data-do=remove]")
		}
		g.press("action.upload")
		g.reads("draft.remove_file")
		g.WaitText("photo.png")
		g.Axe()
		g.Screenshot("errors-files")
		g.press("action.save_continue")
		g.press("action.save_continue")
		g.errorsLead("outcome")
		g.pick("outcome", "partial_refund")
		g.write("claims.amount", "たくさん")
		g.press("action.save_continue")
		g.errorsLead("amount")
		if got := g.value("#f-amount"); got != "たくさん" {
			t.Errorf("what was typed is gone: %q", got)
		}
		g.write("claims.amount", "1,400") // full width, as an input method writes it
		g.press("action.save_continue")
		g.at("my/orders/HS-1030/claim/1/check")
		g.WaitText("photo.png")
		g.WaitText("1,400")
		if g.has("HEIC") || g.has("memo.txt") {
			t.Error("a refused file is among the answers")
		}
		g.quiet()
	})

	t.Run("seller", func(t *testing.T) {
		g := m.signedIn(t, "ja", aoba)
		g.open("seller/cases")
		g.Click("css=main table tbody tr:first-child th a")
		g.press("seller.respond")
		g.press("seller.next")
		g.errorsLead("choice")
		g.pick("choice", "offer")
		g.press("seller.next")
		g.press("seller.to_check")
		g.Text(".errors")
		g.errorsLead("kind", "message")
		g.Axe()
		g.Screenshot("errors-offer")
		g.quiet()
	})

	t.Run("staff", func(t *testing.T) {
		g := m.signedIn(t, "ja", mori)
		g.open("staff/queue")
		g.Click("css=main table tbody tr:first-child th a")
		g.press("staff.open_case")
		number := g.number()
		g.press("staff.to_decide")
		g.press("decide.to_preview")
		g.Text(".errors")
		g.Axe()
		g.Screenshot("errors-decide")
		g.errorsLead("outcome", "borne_by", "counts_against_seller", "reason_code", "facts", "explanation")
		g.open("staff/cases/" + number + "/ask")
		g.press("action.ask")
		g.errorsLead("party", "question")
		g.quiet()
	})
}

// TestTwice does things twice: two presses, two tabs, the back button, a page that has grown old.
func TestTwice(t *testing.T) {
	t.Parallel()
	m := openMarket(t)

	t.Run("one claim of many presses", func(t *testing.T) {
		g := m.signedIn(t, "ja", hanako) // told the seller of 旅する活版印刷 47 hours ago
		g.open("my/orders/HS-1013/claim/1")
		g.askedAll("HS-1013", "届きません。")
		second := guest{g.Tab(), t, m, "ja"}
		second.open("my/orders/HS-1013/claim/1/check")
		second.reads("action.send_claim")

		// Two requests at once, as two presses without the page's own guard would send.
		sent := evaluate[[]string](g, `Promise.all([0, 1, 2].map(async () => {
			const form = [...document.querySelectorAll('main form')].find((f) => f.method === 'post');
			const answer = await fetch(form.action || location.href, { method: 'POST', body: new URLSearchParams(new FormData(form)) });
			return answer.status + ' ' + answer.url;
		}))`)
		for _, answer := range sent {
			if !regexp.MustCompile(`^200 .*/my/claims/C-\w{4}-\w{4}`).MatchString(answer) {
				t.Errorf("a press is answered with %s", answer)
			}
		}
		// The page as it still stands in this tab, and in the other.
		g.press("action.send_claim")
		number := g.number()
		second.press("action.send_claim")
		if got := second.number(); got != number {
			t.Errorf("the other tab made %s beside %s", got, number)
		}
		// Back, and once more.
		g.Back()
		if g.has(g.say("action.send_claim")) {
			g.press("action.send_claim")
		}
		g.open("my/claims")
		if got := strings.Count(g.Text("main table"), "港町の地図"); got != 1 {
			t.Errorf("%d claims on the line", got)
		}
		g.quiet()
		second.quiet()
	})

	t.Run("the guard of the page", func(t *testing.T) {
		g := m.signedIn(t, "ja", hanako)
		g.open("my/orders/HS-1039/lines/1/contact")
		g.pick("topic", "not_received")
		g.write("contact.body", "いつ届きますか。")
		evaluate[bool](g, `(() => { const send = document.querySelector('main form p.buttons > button[type=submit]'); send.click(); send.click(); send.click(); return true; })()`)
		g.reads("contact.thread")
		if got := strings.Count(g.Text("main"), "いつ届きますか。"); got != 1 {
			t.Errorf("%d messages came of one triple click", got)
		}
		g.quiet()
	})

	t.Run("a stale answer", func(t *testing.T) {
		g := m.signedIn(t, "ja", hanako)
		number := g.claimOf("HS-1005")
		g.open("my/claims/" + number + "/respond")
		second := guest{g.Tab(), t, m, "ja"}
		second.open("my/claims/" + number + "/respond")
		second.pick("choice", "decline")
		second.press("action.answer")
		second.reads("status.buyer.under_review")
		g.pick("choice", "accept")
		g.write("claims.words_to_seller", "やはり受け入れます。")
		g.press("action.answer")
		g.reads("claims.nothing_to_answer", "claims.changed")
		if !strings.Contains(g.leftInFields(), "やはり受け入れます。") {
			t.Error("what was typed is gone")
		}
		g.Screenshot("stale-answer")
		g.open("my/claims/" + number)
		g.reads("status.buyer.under_review")
		g.quiet()
		second.quiet()
	})

	t.Run("a stale decision", func(t *testing.T) {
		first, second := m.signedIn(t, "ja", mori), m.signedIn(t, "ja", abe)
		buyer := m.signedIn(t, "ja", suzuki)
		number := buyer.claimOf("HS-1032")
		why := map[string]string{mori: "箱に傷がないため、輸送中の破損ではありません。", abe: "写真のひびは、落下の跡です。"}
		for name, g := range map[string]guest{mori: first, abe: second} {
			g.open("staff/cases/" + number + "/decide")
			g.pick("outcome", "granted")
			g.pick("borne_by", "marketplace")
			g.pick("counts_against_seller", "no")
			g.Fill(g.say("decide.reason"), g.say("decision_reason.damaged"))
			g.write("decide.facts", "花瓶の側面にひびがある。")
			g.write("decide.explanation", why[name])
		}
		// What the case is decided on changes under the first one's hands: the text stays, and what is new stands above.
		buyer.open("my/claims/" + number + "/evidence")
		buyer.Upload(buyer.say("claims.evidence"), picture(t, "second.png"))
		buyer.press("action.add_evidence")
		buyer.WaitText("second.png")
		first.press("decide.to_preview")
		first.reads("work.changed", "event.evidence_added")
		if got := first.value("#f-explanation"); got != why[mori] {
			t.Errorf("of the explanation is left %q", got)
		}
		first.Axe()
		first.Screenshot("stale-decision")
		first.press("decide.to_preview")
		first.WaitText(why[mori])
		first.press("action.decide")
		first.reads("status.staff.granted")

		// The second one comes too late: one decision, and the words are there to be copied.
		second.press("decide.to_preview")
		second.Screenshot("late-decision")
		if text := second.Text("main"); !strings.Contains(text+second.leftInFields(), why[abe]) {
			t.Errorf("the late explanation is lost on %s: %s", second.URL(), text)
		}
		second.open("staff/cases/" + number)
		second.WaitText(why[mori])
		if second.has(why[abe]) {
			t.Error("two decisions stand")
		}
		first.quiet()
		second.quiet()
		buyer.quiet()
	})

	t.Run("forward in time in another tab", func(t *testing.T) {
		seller := m.signedIn(t, "ja", kitano)
		seller.open("seller/cases")
		seller.Click("css=main table tbody tr:first-child th a")
		seller.press("seller.respond")
		seller.pick("choice", "contest")
		seller.press("seller.next")
		text := "発送済みです。追跡番号は記録のとおりです。"
		seller.write("seller.message", text)
		other := guest{seller.Tab(), t, m, "ja"}
		other.open("seller")
		other.later(72 * time.Hour)
		seller.press("seller.to_check") // too late now; the words stay
		if !strings.Contains(seller.Text("main")+seller.leftInFields(), text) {
			t.Errorf("the late answer is lost: %s", seller.Text("main"))
		}
		seller.Screenshot("late-answer")
		seller.quiet()
		other.quiet()
	})
}

// leftInFields is everything that stands in the fields of the page.
func (g guest) leftInFields() string {
	g.t.Helper()
	return evaluate[string](g, "[...document.querySelectorAll('main textarea, main input')].map((f) => f.value).join('\\n')")
}
