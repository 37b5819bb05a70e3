package main

import (
	"strings"
	"testing"
	"time"
)

// TestJourney is the main job from first contact to decision, in both languages.
func TestJourney(t *testing.T) {
	for _, c := range []struct{ lang, order, seller, topic, told string }{
		{"ja", "HS-1004", hamada, "not_as_described", "届いた海苔が説明と違います。12袋のはずが10袋でした。"},
		{"en", "HS-1039", olivia, "not_received", "The candles have not arrived. Where are they?"},
	} {
		t.Run(c.lang, func(t *testing.T) {
			t.Parallel()
			journey(t, c.lang, c.order, c.seller, c.topic, c.told)
		})
	}
}

func journey(t *testing.T, lang, order, shopkeeper, topic, told string) {
	m := openMarket(t)

	// The buyer contacts the seller from the order.
	buyer := m.guest(t, lang)
	buyer.open("")
	buyer.press("sandbox.panel")
	buyer.Click("(" + hanako + ")")
	buyer.at("my/orders")
	buyer.Click("css=main h2 a[href$='" + order + "']")
	buyer.reads("orders.actions")
	buyer.Screenshot("journey-" + lang + "-order")
	slip := buyer.shot()
	buyer.press("action.contact")
	buyer.pick("topic", topic)
	buyer.write("contact.body", told)
	buyer.Screenshot("journey-" + lang + "-contact")
	buyer.press("action.send_message")
	buyer.at("my/orders/" + order + "#line-1")
	buyer.WaitText(told)
	buyer.quiet()

	// Two days later the claim is open; the form keeps the problem that was told.
	buyer.later(48 * time.Hour)
	buyer.press("action.file")
	buyer.write("claims.story", "I waited for an answer. "+told)
	buyer.pick("outcome", "refund")
	buyer.Upload(buyer.say("claims.evidence"), slip)
	buyer.Screenshot("journey-" + lang + "-claim-form")
	buyer.press("action.save_continue")
	buyer.at("my/orders/" + order + "/claim/1/check")
	buyer.reads("form.not_sent_yet", "reason."+topic)
	buyer.WaitText("screenshot.png")
	buyer.Screenshot("journey-" + lang + "-claim-check")
	buyer.press("action.send_claim")
	buyer.reads("claims.sent", "status.buyer.awaiting_seller", "case.nothing_to_do")
	number := buyer.number()
	buyer.WaitText(number)
	buyer.Screenshot("journey-" + lang + "-claim-sent")
	buyer.quiet()

	// The seller contests with a file.
	seller := m.signedIn(t, lang, shopkeeper)
	seller.at("seller")
	seller.Screenshot("journey-" + lang + "-seller-home")
	seller.open("seller/cases")
	seller.Click(number)
	seller.WaitText(told)
	seller.press("seller.respond")
	seller.pick("choice", "contest")
	seller.press("seller.next")
	seller.write("seller.message", "We shipped what was listed. The slip is attached.")
	seller.Upload(seller.say("seller.files"), picture(t, "slip.png"))
	seller.Screenshot("journey-" + lang + "-seller-write")
	seller.press("seller.to_check")
	seller.WaitText("slip.png")
	seller.Screenshot("journey-" + lang + "-seller-check")
	seller.press("seller.send_now")
	seller.reads("status.seller.under_review")
	seller.WaitText("We shipped what was listed.")
	seller.quiet()

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
	seller.reads("counts.yes", "borne_by.seller")
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
