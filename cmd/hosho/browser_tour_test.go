package main

import (
	"strings"
	"testing"
)

// TestTourOfEachStory follows the three stories from the home page to a decision, on a phone,
// pressing nothing but what the tour names: a button it forgets or calls otherwise ends here.
func TestTourOfEachStory(t *testing.T) {
	t.Parallel()
	m := openMarket(t)
	for _, lang := range []string{"ja", "en"} {
		for _, c := range []struct{ story, topic, reason string }{
			{"silent", "not_received", ""},
			{"contested", "not_as_described", "not_as_described"},
			{"stockout", "stock_out_unrefunded", "stock_out_unrefunded"},
		} {
			t.Run(lang+"/"+c.story, func(t *testing.T) {
				g := m.guest(t, lang)
				g.SetViewport(360, 740)
				g.open("")
				g.Click("css=form:has([value=" + c.story + "]) button")
				g.names("contact", "action.contact")
				g.Click("css=main a.button[href$='/contact']")
				g.names("contact_contact", "contact.insert", "action.send_message")
				g.pick("topic", c.topic)
				g.presses("contact.insert")
				g.presses("action.send_message")
				g.names("wait")
				g.onwards()
				g.names("file", "action.file")
				g.filesByTour()
				switch c.story {
				case "contested":
					g.onwards() // becomes the seller
					g.names("answer", "seller.respond")
					g.presses("seller.respond")
					g.names("answer_respond", "action.contest")
					g.pick("choice", "contest")
					g.presses("seller.next")
					g.names("answer_respond_evidence", "seller.to_check")
					g.presses("seller.to_check")
					g.names("answer_respond_check", "seller.send_now")
					if lang == "ja" {
						g.presses("seller.send_now")
					} else { // held until the deadline: the story knows that too
						g.presses("seller.send")
						g.names("held")
					}
				default:
					g.names("silence")
				}
				if c.reason != "" {
					g.onwards() // lets the deadline pass or becomes the reviewer
					if !strings.Contains(g.URL(), "/staff/") {
						g.onwards()
					}
					g.decidesByTour(c.reason)
				}
				g.onwards() // to the buyer and the letter
				g.names("letter", "claims.read_decision")
				g.presses("claims.read_decision")
				g.names("letter_decision")
				g.Axe()
				g.onwards()
				if !strings.Contains(g.URL(), "/seller/cases/") {
					t.Errorf("the seller's letter is not at %s", g.URL())
				}
				g.names("letter_seller")
				g.Click("css=.tour-moves a")
				g.reads("tour.offer")
				g.quiet()
			})
		}
	}
}

// names wants the sentence of a place on the tour's bar, with the buttons it names on the page
// below, and nothing beside the page.
func (g guest) names(key string, buttons ...string) {
	g.t.Helper()
	// What a bar says depends on names and dates; what stands before the first of them does not.
	const cut = "\x00"
	var values []any
	for _, name := range []string{"person", "due", "wait_ends_at", "topic", "ahead", "contact", "insert", "send", "file", "next", "save", "dates", "sample", "claim", "respond", "contest", "check", "hold", "now", "decide", "preview", "final", "read"} {
		values = append(values, name, cut, "press_"+name, cut)
	}
	before, _, _ := strings.Cut(g.say("tour.any."+key, values...), cut)
	g.WaitText(strings.TrimSpace(before))
	bar := g.Text(".tour")
	for _, b := range buttons {
		label := g.say(b)
		if !strings.Contains(bar, label) {
			g.t.Errorf("%s: the bar does not name %q: %s", g.URL(), label, bar)
		}
		if !g.has(label) {
			g.t.Errorf("%s: there is no %q on the page", g.URL(), label)
		}
	}
	if wide := evaluate[int](g, `document.documentElement.scrollWidth - innerWidth`); wide > 0 {
		g.t.Errorf("%s is %d px too wide", g.URL(), wide)
	}
	if high := evaluate[int](g, `document.querySelector(".tour").offsetHeight`); high > 230 {
		g.t.Errorf("%s: the tour takes %d px of the screen", g.URL(), high)
	}
}

// presses clicks the button or link of the page, not a word of the bar, that is called so.
func (g guest) presses(key string) {
	g.t.Helper()
	label := g.say(key)
	mark := `(() => { const found = [...document.querySelectorAll("main button, main a")].find((e) => e.textContent.replace(/\s+/g, " ").trim().startsWith(` + quoted(label) + `)); found?.setAttribute("data-tour", ""); return !!found })()`
	if !evaluate[bool](g, mark) {
		g.t.Fatalf("%s has no button %q", g.URL(), label)
	}
	g.Click("css=[data-tour]")
}

// onwards presses the one button of the tour.
func (g guest) onwards() {
	g.t.Helper()
	g.Click("css=.tour-moves button")
}

// filesByTour goes from the order through the questions of a claim as the bar says.
func (g guest) filesByTour() {
	g.t.Helper()
	g.presses("action.file")
	g.names("file_draft")
	g.Click("css=main a.button[href$='/story']")
	g.names("file_draft_story", "draft.add_dates", "action.save_continue")
	g.presses("draft.add_dates")
	g.presses("action.save_continue")
	g.names("file_draft_contact_proof", "draft.next")
	g.presses("draft.next")
	g.names("file_draft_evidence", "draft.sample", "action.save_continue")
	g.presses("draft.sample")
	g.WaitText("sample.png")
	g.names("file_draft_evidence_given", "action.save_continue")
	g.presses("action.save_continue")
	g.names("file_draft_outcome")
	g.pick("outcome", "refund")
	g.presses("action.save_continue")
	g.names("file_draft_check", "action.send_claim")
	g.presses("action.send_claim")
	g.reads("claims.sent")
}

// decidesByTour decides with the words that the story has put into the form.
func (g guest) decidesByTour(reason string) {
	g.t.Helper()
	g.presses("staff.to_decide")
	g.names("decide_decide", "decide.to_preview")
	g.pick("outcome", "granted")
	g.pick("borne_by", "seller")
	g.pick("counts_against_seller", "no")
	g.Fill(g.say("decide.reason"), g.say("decision_reason."+reason))
	g.Click("css=input[name=evidence_cited]")
	g.presses("decide.to_preview")
	g.names("decide_preview", "action.decide")
	g.presses("action.decide")
	g.reads("status.staff.granted")
}
