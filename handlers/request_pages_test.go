package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// A buyer asks by page and the seller answers by page; each reads where it stands, and a
// refused form keeps what was typed.
func TestRequestPages(t *testing.T) {
	p := newPortal(t)
	p.want(201, "mp", "PUT", "/orders/A-1", unshippedBody("unshipped"))
	buyer, seller := p.visitor("buyer"), p.visitor("seller")
	page := "/ja/my/orders/A-1/lines/1/cancel"
	wants(t, "what can be done", buyer.page(http.StatusOK, "/ja/my/orders/A-1"), `href="`+page+`"`, "まだ発送されていないため、返品は依頼できません。")
	wants(t, "the form", buyer.page(http.StatusOK, page), "1月22日(木)10:00(日本時間)まで", "キャンセル料はかかりません。", "問題の連絡にはならず、保証の対象外です。", "送信から48時間後に保証を申請できます。")
	wants(t, "no return yet", buyer.page(http.StatusOK, "/ja/my/orders/A-1/lines/1/return"), "発送前は、キャンセルを依頼できます。", `href="`+page+`"`)
	wants(t, "without a reason", buyer.post(http.StatusUnprocessableEntity, page, url.Values{"message": {"急いでいます。"}}), `href="#f-reason"`, "急いでいます。")
	buyer.post(http.StatusSeeOther, page, url.Values{"reason": {"takes_too_long"}, "message": {"急いでいます。"}})
	wants(t, "sent", buyer.page(http.StatusOK, "/ja/my/orders/A-1?done=requested&line=1"), "出品者に依頼を送信しました", "出品者の回答を待っています。", "同じ依頼を送信済みです。", "キャンセルの依頼")
	wants(t, "twice", buyer.post(http.StatusUnprocessableEntity, page, url.Values{"reason": {"takes_too_long"}, "message": {"まだですか。"}}), "同じ依頼を送信済みです。", "まだですか。")

	list := seller.page(http.StatusOK, "/ja/seller/requests")
	wants(t, "the list", list, "キャンセルの依頼", "A-1", "1月22日(木)")
	one := p.want(200, "s1", "GET", "/orders/A-1/lines/1/requests", "").str("items", 0, "id")
	answer := "/ja/seller/orders/A-1/lines/1/requests/" + one
	wants(t, "linked", list+seller.page(http.StatusOK, "/ja/seller"), `href="`+answer+`"`)
	wants(t, "the seller's order", seller.page(http.StatusOK, "/ja/seller/orders/A-1"), `href="`+answer+`"`, "依頼に回答する")
	wants(t, "the request", seller.page(http.StatusOK, answer), "急いでいます。", "発送せずにお待ちください。", "「回答なし」と双方に表示します。")
	wants(t, "declined without a word", seller.post(http.StatusUnprocessableEntity, answer, url.Values{"choice": {"decline"}}), `href="#f-message"`)
	seller.post(http.StatusSeeOther, answer, url.Values{"choice": {"decline"}, "message": {"本日発送します。"}})
	wants(t, "answered", seller.page(http.StatusOK, answer+"?done=sent"), "回答を送信しました", "本日発送します。")
	wants(t, "too late", seller.post(http.StatusConflict, answer, url.Values{"choice": {"accept"}, "message": {"やはりお受けします。"}}), "やはりお受けします。")
	wants(t, "the answer", buyer.page(http.StatusOK, "/ja/my/orders/A-1"), "承諾できないと回答しました。", "本日発送します。", "問題の内容を選んで出品者に連絡すると、48時間後から保証を申請できます。")
	wants(t, "nothing to answer", seller.page(http.StatusOK, "/ja/seller/requests"), "回答を待っている依頼はありません。")

	p.want(201, "mp", "PUT", "/orders/A-2", unshippedBody("delivered"))
	back := "/ja/my/orders/A-2/lines/1/return"
	form := buyer.page(http.StatusOK, back)
	wants(t, "postage", form, "返送料は出品者の負担です。")
	if strings.Contains(form, "返送料はお客様の負担です。") {
		t.Error("free returns were promised")
	}
	buyer.post(http.StatusSeeOther, back, url.Values{"reason": {"damaged_or_defective"}, "message": {"欠けています。"}})
	wants(t, "a contact", buyer.page(http.StatusOK, "/ja/my/orders/A-2?done=requested&line=1"), "1月22日(木)10:00(日本時間)から申請できます。", "出品者の負担(商品や発送に問題があるため)")
	two := p.want(200, "s1", "GET", "/orders/A-2/lines/1/requests", "").str("items", 0, "id")
	withdraw := "/ja/my/orders/A-2/lines/1/requests/" + two + "/withdraw"
	wants(t, "a way to take it back", buyer.page(http.StatusOK, "/ja/my/orders/A-2"), `href="`+withdraw+`"`)
	wants(t, "asked once more", buyer.page(http.StatusOK, withdraw), "問題の連絡は取り消されず、待つ時間は続きます。")
	buyer.post(http.StatusSeeOther, withdraw, url.Values{})
	buyer.post(http.StatusSeeOther, withdraw, url.Values{})
	wants(t, "taken back", buyer.page(http.StatusOK, "/ja/my/orders/A-2?done=request_withdrawn"), "依頼を取り下げました", "に取り下げました。")
	buyer.post(http.StatusSeeOther, back, url.Values{"reason": {"change_of_mind"}, "message": {"返品したいです。"}})
	p.want(200, "", "POST", "/sandbox/clock", `{"advance":"48h"}`)
	wants(t, "silence", buyer.page(http.StatusOK, "/ja/my/orders/A-2"), "1月22日(木)10:00(日本時間)までに、出品者の回答はありませんでした。", "保証を申請できます。", "回答なし")
}

// From the page of an order's money to a claim in two steps, with the contact that comes first.
func TestOrderRefundPage(t *testing.T) {
	p := newPortal(t)
	cancelled := strings.Replace(unshippedBody("cancelled"), `"status":"cancelled"`, `"status":"cancelled","cancellation":{"at":"2026-01-10T09:00:00+09:00","by":"seller","stated_reason":"out_of_stock"}`, 1)
	p.want(201, "mp", "PUT", "/orders/A-1", strings.Replace(cancelled, `}]}`, `}],"refunds":[{"reference":"R-1","line":1,"tender":"credit_card","amount":800,"at":"2026-01-11T09:00:00+09:00"}]}`, 1))
	buyer := p.visitor("buyer")
	page := "/ja/my/orders/A-1/refund"
	wants(t, "linked", buyer.page(http.StatusOK, "/ja/my/orders/A-1"), `href="`+page+`"`, `<a class="button" href="/ja/my/orders/A-1/lines/1/contact`, "出品者によるキャンセル", "まだ返金されていない3,000円")
	first := buyer.page(http.StatusOK, page)
	wants(t, "the money", first, "¥3,800", "−¥800", "¥3,000", "1月11日(日)にストアが記録。返金先: クレジットカード", "出品者によるキャンセル", "3,000円がまだ返金されていません。", "1月22日(木)10:00(日本時間)に自動で手続きが始まります。")
	wants(t, "nothing written", buyer.post(http.StatusUnprocessableEntity, page, url.Values{"line": {"1"}, "message": {" "}, "story": {"返金されません。"}}), `href="#f-message"`, "返金されません。")
	if to := buyer.post(http.StatusSeeOther, page, url.Values{"line": {"1"}, "message": {"返金してください。"}, "story": {"返金されません。"}}); to != "/ja/my/orders/A-1/claim/1/check" {
		t.Fatalf("it leads to %s", to)
	}
	check := buyer.page(http.StatusOK, "/ja/my/orders/A-1/claim/1/check")
	wants(t, "all is filled in", check, "返金されません。", "在庫切れでキャンセルされたのに返金されない", "3,000円")
	told := p.want(200, "b1", "GET", "/orders/A-1", "")
	if told.str("lines", 0, "contact", "topic") != "stock_out_unrefunded" {
		t.Errorf("the seller was not told: %s", told.raw)
	}
	again := buyer.page(http.StatusOK, page)
	wants(t, "told", again, "先に送信しておくと、1月22日(木)10:00")
	if strings.Contains(again, "f-message") {
		t.Error("it asks for the message again")
	}
	buyer.post(http.StatusNotFound, page, url.Values{"line": {"2"}, "story": {"x"}})

	p.order("A-2")
	wants(t, "nothing is due", buyer.page(http.StatusOK, "/ja/my/orders/A-2/refund"), "キャンセル・返品・返金の記録はありません。", "¥3,800")
	buyer.post(http.StatusNotFound, "/ja/my/orders/A-2/refund", url.Values{"line": {"1"}, "story": {"x"}})
}
