package main

import (
	"strings"
	"testing"
	"time"
)

// TestFiledAheadAndSilent: a claim filed inside the wait opens by itself, and when the seller says nothing the refund
// is decided by rule.
func TestFiledAheadAndSilent(t *testing.T) {
	t.Parallel()
	filedAheadAndSilent(t, openMarket(t))
}

func filedAheadAndSilent(t *testing.T, m market) {
	buyer := m.signedIn(t, "ja", tanaka) // told the seller of 木のトレイ 20 hours ago
	buyer.open("my/orders/HS-1037")
	buyer.press("action.file_ahead")
	buyer.askedAll("HS-1037", "届いたトレイの縁が欠けていました。写真を添付します。", picture(t, "photo.png"))
	buyer.Axe()
	buyer.Screenshot("ahead-check")
	buyer.press("action.file_ahead")
	buyer.reads("claims.sent", "status.buyer.scheduled", "claims.clock_opens")
	number := buyer.number()
	buyer.Axe()
	buyer.Screenshot("ahead-sent")

	seller := m.signedIn(t, "ja", aoba)
	seller.open("seller/cases?v=todo")
	if seller.has(number) {
		t.Error("a claim that has not opened stands on the seller's list of things to do")
	}
	buyer.open("my/claims/" + number)
	buyer.later(time.Hour)
	buyer.reads("status.buyer.scheduled") // 21 of the 48 hours
	buyer.later(48 * time.Hour)
	buyer.reads("status.buyer.awaiting_seller")
	seller.open("seller/cases?v=todo")
	seller.WaitText(number)
	seller.Click(number)
	seller.reads("seller.respond")

	// Nothing comes of it, so the rule decides and says that it was the rule.
	buyer.later(72 * time.Hour)
	buyer.reads("status.buyer.granted")
	buyer.press("claims.read_decision")
	buyer.reads("letter.automated.seller_silent")
	buyer.WaitText("4,600")
	buyer.Axe()
	buyer.Screenshot("silent-letter-buyer")
	seller.open("seller/cases/" + number)
	seller.reads("status.seller.granted")
	seller.press("seller.open_decision")
	seller.reads("letter.by_rule", "decision_reason.seller_silent")
	buyer.quiet()
	seller.quiet()
}

// TestOtherPaths are the ways beside the main one, in one marketplace whose clock stands still.
func TestOtherPaths(t *testing.T) {
	t.Parallel()
	m := openMarket(t)

	t.Run("a change of mind in the public checker", func(t *testing.T) {
		for _, lang := range []string{"ja", "en"} {
			g := m.guest(t, lang)
			g.open("")
			g.press("action.check")
			g.pick("item", "seller")
			g.press("public.next")
			g.pick("reason", "change_of_mind")
			g.press("public.next")
			g.reads("public.result.reason_not_covered", "public.lead.reason_not_covered", "public.instead.return")
			g.Axe()
			g.Screenshot("check-change-of-mind-" + lang)
			g.quiet()
		}
	})

	t.Run("the whole public checker", func(t *testing.T) {
		g := m.guest(t, "ja")
		g.open("check")
		g.press("public.next") // without an answer
		g.Text(".errors")
		g.pick("item", "seller")
		g.press("public.next")
		g.pick("reason", "not_received")
		g.press("public.next")
		g.write("public.ask_latest", "2026-01-31")
		g.press("public.next")
		g.pick("contacted", "no")
		g.press("public.next")
		g.reads("public.result.deadline_passed", "public.instead.card")
		g.Back()
		g.Back()
		if got := g.Text("h1"); !strings.Contains(got, g.say("public.ask_latest")) {
			t.Errorf("two steps back stands %q", got)
		}
		g.quiet()
	})

	t.Run("a change of mind on the form", func(t *testing.T) {
		g := m.signedIn(t, "ja", hanako)
		g.open("my/orders/HS-1004/claim/1/story")
		g.write("draft.ask.story", "思っていた味と違いました。")
		g.press("action.save_continue")
		g.open("my/orders/HS-1004/claim/1/reason")
		g.pick("reason", "change_of_mind")
		g.press("action.save_continue")
		g.reads("public.result.reason_not_covered", "public.instead.wrong_reason")
		g.open("my/orders/HS-1004/claim/1/story")
		if got := g.value("#f-description"); !strings.Contains(got, "思っていた味") {
			t.Errorf("the draft is gone: %q", got)
		}
		g.quiet()
	})

	t.Run("past the deadline", func(t *testing.T) {
		g := m.signedIn(t, "ja", hanako)
		g.open("my/orders/HS-1012")
		g.WaitText("申請できるのは、お届け予定最終日")
		g.reads("case.not_possible", "action.contact") // what is not possible is not hidden, and what is stands beside it
		g.Screenshot("past-deadline-order")
		g.open("my/orders/HS-1012/claim/1")
		g.reads("public.result.deadline_passed", "public.instead.seller", "public.instead.card") // in place of a form
		g.Screenshot("past-deadline-form")
		g.quiet()
	})

	t.Run("an offer is accepted", func(t *testing.T) {
		g := m.signedIn(t, "ja", hanako)
		number := g.claimOf("HS-1005")
		g.open("my") // it waits for the buyer, so it stands here
		g.Click("css=main h3 a[href$='" + number + "']")
		g.WaitText("割れた1個分と送料の半額を返金します。")
		g.press("claims.to_offer")
		g.press("action.answer") // without a choice
		g.Text(".errors")
		g.pick("choice", "accept")
		g.Screenshot("offer")
		g.press("action.answer")
		g.reads("status.buyer.settled")
		g.WaitText("2,400")
		g.quiet()
	})

	t.Run("withdrawn and taken up again", func(t *testing.T) {
		g := m.signedIn(t, "ja", hanako)
		g.open("my/claims/" + g.claimOf("HS-1001"))
		g.press("action.withdraw")
		g.reads("claims.withdraw_lead", "claims.withdraw_money")
		g.Screenshot("withdraw")
		g.Click("css=main form button.danger")
		g.reads("status.buyer.withdrawn")
		g.press("action.reopen")
		g.reads("claims.reopen_lead")
		g.Click("css=main form button[type=submit]")
		g.reads("status.buyer.awaiting_seller")
		g.quiet()
	})

	t.Run("a second person approves", func(t *testing.T) {
		first := m.signedIn(t, "ja", mori)
		first.open("staff/queue?v=approval")
		number := strings.TrimSpace(first.Text("main table tbody th a"))
		first.open("staff/cases/" + number)
		first.reads("staff.proposed", "staff.why_own_proposal")
		if first.has(first.say("action.approve")) {
			t.Error("who proposed is offered to approve")
		}
		first.Screenshot("own-proposal")
		first.open("staff/cases/" + number + "/approve")
		if first.Text("h1") == first.say("action.approve") {
			t.Error("who proposed gets the form of the approval")
		}

		second := m.signedIn(t, "ja", abe)
		second.open("staff/cases/" + number)
		second.press("action.approve")
		second.reads("staff.letter_buyer", "staff.lead_approve")
		second.WaitText("129,500")
		second.Screenshot("approve")
		second.Click("css=main form button[type=submit]")
		second.reads("status.staff.granted")
		buyer := m.signedIn(t, "ja", tanaka)
		buyer.open("my/claims/" + number + "/decision")
		buyer.WaitText("129,500")
		first.quiet()
		second.quiet()
		buyer.quiet()
	})
}

// claimOf is the number of the claim on an order of the sample marketplace.
func (g guest) claimOf(order string) string {
	g.t.Helper()
	g.open("my/orders/" + order)
	g.Click("css=main .tags a")
	return g.number()
}

// value is what stands in a field.
func (g guest) value(css string) string {
	g.t.Helper()
	return evaluate[string](g, "document.querySelector("+quoted(css)+").value")
}
