package main

import (
	"strings"
	"testing"
	"time"
)

// TestJourney is the main job from first contact to decision, in both languages.
func TestJourney(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ lang, order, seller, topic, told string }{
		{"ja", "HS-1004", hamada, "not_as_described", "届いた海苔が説明と違います。12袋のはずが10袋でした。"},
		{"en", "HS-1039", olivia, "not_received", "The candles have not arrived. Where are they?"},
	} {
		t.Run(c.lang, func(t *testing.T) {
			t.Parallel()
			journey(t, openMarket(t), c.lang, c.order, c.seller, c.topic, c.told)
		})
	}
}

func journey(t *testing.T, m market, lang, order, shopkeeper, topic, told string) {
	// The buyer contacts the seller from the order; two days later the claim is open.
	buyer := m.guest(t, lang)
	buyer.open("")
	buyer.press("sandbox.panel")
	buyer.Click("(" + hanako + ")")
	buyer.at("my/orders")
	buyer.Click("css=main h2 a[href$='" + order + "']")
	buyer.contacts(order, topic, told)
	buyer.later(48 * time.Hour)
	number := buyer.files(order, topic, "I waited for an answer. "+told)

	// The seller contests with a file.
	seller := m.signedIn(t, lang, shopkeeper)
	seller.at("seller")
	seller.Screenshot("journey-" + lang + "-seller-home")
	seller.contests(number, told)

	// An agent asks the buyer.
	agent := m.signedIn(t, lang, mori)
	agent.at("staff/queue")
	agent.Screenshot("journey-" + lang + "-queue")
	agent.Click(number)
	agent.press("staff.open_case")
	agent.at("staff/cases/" + number)
	agent.WaitText("slip.png")
	agent.WaitText("screenshot.png")
	agent.Screenshot("journey-" + lang + "-case")
	agent.press("action.ask")
	agent.pick("party", "buyer")
	question := "Did the neighbours take it in?"
	agent.write("staff.ask_question", question)
	agent.press("action.ask")
	agent.reads("status.staff.awaiting_buyer")
	agent.quiet()

	// The buyer answers from the overview.
	buyer.press("nav.my")
	buyer.Click("css=main a[href*='" + number + "']:not([href$='respond'])")
	buyer.WaitText(question)
	buyer.press("claims.to_answer")
	buyer.write("claims.answer", "No, I asked all of them.")
	buyer.Screenshot("journey-" + lang + "-answer")
	buyer.press("action.answer")
	buyer.reads("status.buyer.under_review")
	buyer.quiet()

	// The agent decides, reading both letters first.
	agent.open("staff/cases/" + number)
	agent.WaitText("No, I asked all of them.")
	agent.press("staff.to_decide")
	agent.pick("outcome", "granted")
	agent.pick("borne_by", "seller")
	agent.pick("counts_against_seller", "yes")
	agent.Fill(agent.say("decide.reason"), agent.say("decision_reason.not_as_described"))
	agent.write("decide.facts", "The parcel is not accounted for.")
	agent.Click("css=label:last-of-type > input[name=evidence_cited]")
	why := "Neither side could show a delivery of what was promised."
	agent.write("decide.explanation", why)
	agent.Screenshot("journey-" + lang + "-decide")
	agent.press("decide.to_preview")
	agent.reads("staff.letter_buyer", "staff.letter_seller", "decide.final")
	agent.WaitText(why)
	agent.Axe()
	agent.Screenshot("journey-" + lang + "-preview")
	agent.press("action.decide")
	agent.reads("status.staff.granted")
	agent.quiet()

	// Both read their letter.
	buyer.open("my/claims/" + number)
	buyer.reads("status.buyer.granted")
	buyer.press("claims.read_decision")
	buyer.at("my/claims/" + number + "/decision")
	buyer.WaitText(why)
	buyer.reads("decision_reason.not_as_described")
	buyer.Screenshot("journey-" + lang + "-letter-buyer")
	buyer.quiet()
	seller.open("seller/cases/" + number)
	seller.press("seller.open_decision")
	seller.WaitText(why)
	seller.reads("counts_you.yes", "borne_by_you.seller")
	seller.Screenshot("journey-" + lang + "-letter-seller")
	if money := map[string]string{"HS-1004": "3,980", "HS-1039": "3,400"}[order]; !strings.Contains(seller.Text("main"), money) {
		t.Errorf("the seller's letter does not say %s", money)
	}
	seller.quiet()

	// The message centre of each holds the decision.
	for g, path := range map[guest]string{buyer: "my/notices", seller: "seller/notices"} {
		g.open(path)
		g.WaitText(number)
		g.quiet()
	}
}

// contacts writes to the seller from the page of the order, about a problem.
func (g guest) contacts(order, topic, told string) {
	g.t.Helper()
	g.reads("orders.actions")
	g.Screenshot("journey-" + g.lang + "-order")
	g.press("action.contact")
	g.pick("topic", topic)
	g.write("contact.body", told)
	g.Screenshot("journey-" + g.lang + "-contact")
	g.press("action.send_message")
	g.at("my/orders/" + order + "?done=sent&line=1")
	g.reads("contact.done_sent")
	g.WaitText(told)
	g.quiet()
}

// files files a claim from the page of the order, with a screenshot of that page; the form keeps the problem that
// was told. It returns the claim's number.
func (g guest) files(order, topic, story string) (number string) {
	g.t.Helper()
	shot := g.shot()
	g.press("action.file")
	g.at("my/orders/" + order + "/claim/1")
	g.Screenshot("journey-" + g.lang + "-claim-hub")
	g.askedAll(order, story, shot)
	g.reads("form.not_sent_yet", "reason."+topic)
	g.WaitText("screenshot.png")
	g.Screenshot("journey-" + g.lang + "-claim-check")
	g.press("action.send_claim")
	g.reads("claims.sent", "status.buyer.awaiting_seller", "claims.idle")
	number = g.number()
	g.WaitText(number)
	g.Screenshot("journey-" + g.lang + "-claim-sent")
	g.quiet()
	return number
}

// askedAll goes from the hub of a draft through its questions to the answers to check, and wants a refund.
func (g guest) askedAll(order, story string, files ...string) {
	g.t.Helper()
	g.Click("css=.tasks a[href$='/story']")
	g.write("draft.ask.story", story)
	g.press("action.save_continue")
	g.press("draft.next") // the contact is there
	if len(files) > 0 {
		g.Upload(g.say("draft.add_files"), files...)
	}
	g.press("action.save_continue")
	g.pick("outcome", "refund")
	g.press("action.save_continue")
	g.at("my/orders/" + order + "/claim/1/check")
}

// contests answers a case from the list of cases, against it and with a file.
func (g guest) contests(number, told string) {
	g.t.Helper()
	g.open("seller/cases")
	g.Click(number)
	g.WaitText(told)
	g.press("seller.respond")
	g.pick("choice", "contest")
	g.press("seller.next")
	g.write("seller.message", "We shipped what was listed. The slip is attached.")
	g.Upload(g.say("seller.files"), picture(g.t, "slip.png"))
	g.Screenshot("journey-" + g.lang + "-seller-write")
	g.press("seller.to_check")
	g.WaitText("slip.png")
	g.Screenshot("journey-" + g.lang + "-seller-check")
	g.press("seller.send_now")
	g.reads("status.seller.under_review")
	g.WaitText("We shipped what was listed.")
	g.quiet()
}
