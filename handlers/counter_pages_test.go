package handlers

import (
	"net/url"
	"testing"
)

// The buyer proposes another sum on the page of the offer, and the seller sees what it would pay.
func TestCounterOnPages(t *testing.T) {
	p := newPortal(t)
	number := p.claim("A-1")
	p.want(200, "s1", "POST", "/claims/"+number+"/actions/offer", `{"kind":"partial_refund","amount":1000,"message":"予定日を過ぎても届きません。"}`)
	buyer, seller := p.as("b1"), p.as("s1")
	respond := "/ja/my/claims/" + number + "/respond"
	form := buyer.page(200, respond)
	wants(t, "the offer", form, "別の金額を提案する", "48時間以内", "出品者への説明", `name="amount"`, "3,800円")
	sent := func(pairs ...string) url.Values {
		return with(hidden(form), append([]string{"kind", "offer", "choice", "counter"}, pairs...)...)
	}
	wants(t, "nothing typed", buyer.post(422, respond, sent("message", "")), `href="#f-amount"`, `href="#f-message"`, "出品者への説明を入力してください")
	wants(t, "less than offered", buyer.post(422, respond, sent("amount", "900", "message", "商品が届きません。")), `href="#f-amount"`, `value="900"`, "商品が届きません。")
	wants(t, "no number", buyer.post(422, respond, sent("amount", "たくさん", "message", "x")), `href="#f-amount"`, "たくさん")
	to := buyer.post(303, respond, sent("amount", "２,０００円", "message", "商品が届きません。"))
	wants(t, "after it", buyer.page(200, to), "別の金額を提案", "商品が届きません。")
	here := "/ja/seller/cases/" + number
	wants(t, "the seller's choice", seller.page(200, here+"/respond"), "購入者が提案した金額", "2,000円", "商品が届きません。", "2,000円を返金して終了します")
	for _, lang := range []string{"ja", "en"} {
		seller.page(200, "/"+lang+"/seller/cases/"+number)
		p.as("agent").page(200, "/"+lang+"/staff/cases/"+number)
	}
	got := p.want(200, "b1", "GET", "/claims/"+number, "")
	if got.at("offer", "counter", "amount", "amount") != 2000.0 || got.at("offer", "counter", "pending") != true || got.at("offer", "pending") != false {
		t.Errorf("the claim over the API: %s", got.raw)
	}
	p.wantCode(409, "not_allowed_now", "b1", "POST", "/claims/"+number+"/actions/counter", `{"amount":2500,"message":"x"}`)
	settled := p.want(200, "s1", "POST", "/claims/"+number+"/actions/accept", `{}`)
	if settled.str("status") != "settled" || settled.at("refund", "total", "amount") != 2000.0 {
		t.Errorf("accepted: %s", settled.raw)
	}
}
