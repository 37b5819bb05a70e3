package handlers

import (
	"fmt"
	"strings"
	"testing"
)

// grantedPart is a claim of b1 on an order with that body, of which a reviewer grants an amount;
// it returns the claim's number and the refund's path in the API.
func (p *portal) grantedPart(order, body string, amount int) (number, refund string) {
	p.t.Helper()
	p.want(201, "mp", "PUT", "/orders/"+order, body)
	p.want(200, "", "POST", "/sandbox/clock", `{"to":"`+p.contact(order)+`"}`)
	number = p.want(201, "b1", "POST", "/claims", filing(order)).str("number")
	p.want(200, "s1", "POST", "/claims/"+number+"/actions/contest", `{"message":"発送しました。"}`)
	decided := p.want(200, "agent", "POST", "/claims/"+number+"/actions/decide",
		fmt.Sprintf(`{"outcome":"granted","amount":%d,"borne_by":"seller","counts_against_seller":true,"reason_code":"not_delivered","rule":"4-2","facts":"x","explanation":"届いていません。"}`, amount))
	if decided.str("status") == "awaiting_approval" {
		decided = p.want(200, "agent2", "POST", "/claims/"+number+"/actions/approve", `{}`)
	}
	return number, "/refunds/" + decided.str("refund", "id")
}

// legsAddUp fails unless the legs of a refund are its total.
func (p *portal) legsAddUp(refund string) {
	p.t.Helper()
	got, sum := p.want(200, "b1", "GET", refund, ""), 0.0
	legs, _ := got.at("legs").([]any)
	for i := range legs {
		sum += got.at("legs", i, "amount", "amount").(float64)
	}
	if len(legs) == 0 || sum != got.at("total", "amount") {
		p.t.Errorf("%d legs add up to %v: %s", len(legs), sum, got.raw)
	}
}

// A part of a line says what of its price, tax and postage it is, to the yen.
func TestPartOfALineIsExplained(t *testing.T) {
	p := newPortal(t)
	number, refund := p.grantedPart("A-1", orderBody("mp-b-1", "b1@example.com", "mp-s-1"), 2000)
	page := p.as("b1").page(200, "/ja/my/claims/"+number+"/refund")
	wants(t, "in Japanese", page, "返金の内訳 合計2,000円", "支払った3,800円の一部(商品の代金1,579円、税158円、送料263円)", "お支払いの合計のうち、2,000円を返金します")
	p.amountsHaveHeads(page)
	p.legsAddUp(refund)
	wants(t, "in English", p.as("b1").page(200, "/en/my/claims/"+number+"/refund"), "Part of the ¥3,800 you paid (price ¥1,579, tax ¥158, postage ¥263)")
}

// A card that was only authorised is released, and the page says that nothing may show.
func TestAuthorisedCardIsReleased(t *testing.T) {
	p := newPortal(t)
	number, refund := p.refunded("A-1", `{"tender":"credit_card","amount":3000,"captured":false},{"tender":"points","amount":800}`)
	page := p.as("b1").page(200, "/ja/my/claims/"+number+"/refund")
	wants(t, "in Japanese", page, "利用枠が戻ります", "明細に何も表示されないことがあります", "まだ請求されていません", "¥3,000", "¥800")
	p.amountsHaveHeads(page)
	p.legsAddUp(refund)
	p.tellLeg(refund, 0, "done")
	wants(t, "released", p.as("b1").page(200, "/ja/my/claims/"+number+"/refund"), "請求の取り消しが完了しました")
}

// Money of three decimals is split and written to the last of them.
func TestThreeDecimals(t *testing.T) {
	p := newPortal(t)
	body := strings.NewReplacer(`"currency":"JPY"`, `"currency":"BHD"`, `[{"tender":"credit_card","amount":3800}]`, `[{"tender":"credit_card","amount":1267},{"tender":"wallet","amount":1267},{"tender":"gift_card","amount":1266}]`).
		Replace(orderBody("mp-b-1", "b1@example.com", "mp-s-1"))
	number, refund := p.grantedPart("A-1", body, 1000)
	p.legsAddUp(refund)
	for lang, words := range map[string][]string{
		"ja": {"商品の代金", "0.789", "0.079", "0.132", "0.334", "0.333"},
		"en": {"1.000", "price", "0.789", "0.079", "0.132", "0.334", "0.333"},
	} {
		page := p.as("b1").page(200, "/"+lang+"/my/claims/"+number+"/refund")
		wants(t, lang, page, words...)
		p.amountsHaveHeads(page)
	}
}
