package main

import "testing"

// hoshino sells as 星野書房.
const hoshino = "星野 光"

// TestAppealJourney is a denial that its buyer appeals against with something new and another agent overturns, in both
// languages: both parties read the letter, with the first decision beside it.
func TestAppealJourney(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"ja", "en"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			m := openMarket(t)
			buyer, seller := m.signedIn(t, lang, suzuki), m.signedIn(t, lang, hoshino)
			number := m.numberOf(t, "HS-1029") // denied by the first agent
			before := "商品の状態は説明と一致しているため、保証の対象にはなりませんでした。"
			what, why := "A binder has looked at it: the spine is broken under the dent.", "The binder's note shows damage that the first photo does not."

			buyer.open("my/claims/" + number + "/decision")
			buyer.WaitText(before)
			buyer.press("action.appeal")
			buyer.at("my/claims/" + number + "/appeal")
			buyer.reads("appeals.lead", "appeals.who")
			buyer.Axe()
			buyer.Screenshot("appeal-" + lang + "-form")
			buyer.send()
			buyer.errorsLead("grounds")
			buyer.fill("grounds", what)
			buyer.Upload("css=main input[type=file]", buyer.shot())
			buyer.send()
			buyer.at("my/claims/" + number)
			buyer.reads("status.buyer.under_appeal")
			buyer.WaitText(what)
			buyer.quiet()

			seller.open("seller/cases/" + number)
			seller.WaitText(what)
			seller.reads("status.seller.under_appeal")
			seller.Axe()
			seller.quiet()

			involved := m.signedIn(t, lang, mori)
			involved.open("staff/cases/" + number)
			involved.reads("appeals.why_involved")
			involved.quiet()

			agent := m.signedIn(t, lang, abe)
			agent.open("staff/queue?v=appeals")
			agent.Click(number)
			agent.press("staff.open_case")
			agent.WaitText(what)
			agent.WaitText(before)
			agent.press("appeals.to_decide")
			agent.pick("outcome", "overturned")
			agent.pick("borne_by", "seller")
			agent.pick("counts_against_seller", "yes")
			agent.Fill(agent.say("decide.reason"), agent.say("decision_reason.damaged"))
			agent.write("decide.facts", "The spine is broken.")
			agent.write("decide.explanation", why)
			agent.Axe()
			agent.Screenshot("appeal-" + lang + "-decide")
			agent.press("decide.to_preview")
			agent.reads("appeals.money_more", "decide.final")
			agent.WaitText(why)
			agent.Axe()
			agent.Screenshot("appeal-" + lang + "-preview")
			agent.press("action.decide")
			agent.reads("status.staff.granted")
			agent.quiet()

			buyer.open("my/claims/" + number + "/decision")
			buyer.WaitText(why)
			buyer.WaitText(before)
			buyer.reads("appeals.before")
			buyer.Axe()
			buyer.Screenshot("appeal-" + lang + "-letter-buyer")
			buyer.quiet()
			seller.open("seller/cases/" + number + "/decision")
			seller.WaitText(why)
			seller.WaitText(before)
			seller.reads("appeals.before", "counts_you.yes", "action.appeal")
			seller.Axe()
			seller.Screenshot("appeal-" + lang + "-letter-seller")
			seller.quiet()
			for g, path := range map[guest]string{buyer: "my/notices", seller: "seller/notices"} {
				g.open(path)
				g.WaitText(number)
				g.quiet()
			}
		})
	}
}
