package handlers

import (
	"strings"
	"testing"
)

// A replacement on the pages of both: agreed on, missed, shipped late, corrected, and reopened.
func TestReplacementOnPages(t *testing.T) {
	p := newPortal(t)
	number := p.claim("A-1")
	p.want(200, "s1", "POST", "/claims/"+number+"/actions/offer", `{"kind":"replacement","message":"商品が届きません。"}`)
	buyer, seller := p.as("b1"), p.as("s1")
	here, theirs := "/ja/my/claims/"+number, "/ja/seller/cases/"+number
	respond := buyer.page(200, here+"/respond")
	wants(t, "the offer", respond, "交換品が5日以内に発送され", "14日以内に再開できます")
	buyer.post(303, here+"/respond", with(hidden(respond), "kind", "offer", "choice", "accept"))

	wants(t, "to be shipped", buyer.page(200, here), "解決済み", "出品者の番です", "出品者が交換品を発送する期限", "出品者の発送待ち", "交換品の到着を待っています", here+"/reopen", "申請を再開できる期限")
	wants(t, "the list", buyer.page(200, "/ja/my"), number)
	order := buyer.page(200, "/ja/my/orders/A-1")
	wants(t, "the order", order, "出品者が、交換品を", "申請を再開できます", "の状況を見る")
	lacks(t, "the order", order, `class="button" href="/ja/my/orders/A-1/claim`)
	asks := buyer.page(200, here+"/messages")
	buyer.postFiles(303, here+"/messages", with(hidden(asks), "body", "3333-2222"))
	wants(t, "both can talk", seller.page(200, theirs), "3333-2222", `name="body"`)
	for _, page := range []string{"/ja/seller", "/ja/seller/cases?v=todo"} {
		wants(t, page, seller.page(200, page), number)
	}
	wants(t, "the home", seller.page(200, "/ja/seller"), "交換品を発送する期限", "購入者が申請を再開できる")
	wants(t, "the list of cases", seller.page(200, "/ja/seller/cases?v=todo"), "交換品の発送待ち")
	wants(t, "the case", seller.page(200, theirs), "交換品を発送する期限", "交換品の発送を知らせる", theirs+"/replacement", "購入者が申請を再開できる期限")

	form := seller.page(200, theirs+"/replacement")
	wants(t, "the form", form, `name="carrier"`, `name="tracking_number"`, `name="note"`, "期限を過ぎた発送も知らせられます")
	wants(t, "nothing typed", seller.post(422, theirs+"/replacement", with(hidden(form), "note", "8888-9999")), "配送会社を入力してください", "追跡番号を入力してください", "8888-9999")

	// The date passes: the buyer is told the way on, and the seller may still ship.
	p.want(200, "", "POST", "/sandbox/clock", `{"advance":"121h"}`)
	wants(t, "missed", buyer.page(200, here), "交換品の発送の連絡がありません", "期限までにありませんでした", "発送の連絡がない", "申請を再開する")
	wants(t, "told so", buyer.page(200, "/ja/my/notices"), "交換品の発送の連絡がありません")
	wants(t, "the seller too", seller.page(200, theirs), "交換品の発送を知らせる", "期限までにありませんでした")
	form = seller.page(200, theirs+"/replacement")
	typed := with(hidden(form), "carrier", "飛脚", "tracking_number", "4000-1111", "note", "8888-9999")
	wants(t, "shipped", seller.page(200, seller.post(303, theirs+"/replacement", typed)), "交換品の発送を購入者に知らせました", "4000-1111", "発送の連絡を訂正する")
	seller.post(303, theirs+"/replacement", typed) // the button pressed twice
	sent := buyer.page(200, here)
	wants(t, "on its way", sent, "飛脚", "4000-1111", "8888-9999", "発送済み", "交換品が発送されました", "届かないので、申請を再開する")
	lacks(t, "on its way", sent, "交換品の発送の連絡がありません")
	wants(t, "in English", buyer.page(200, "/en/my/claims/"+number), "Replacement", "Reported as shipped", "You can reopen the claim until", "It does not arrive: reopen the claim")

	correct := seller.page(200, theirs+"/replacement")
	wants(t, "to correct", correct, `value="飛脚"`, `value="4000-1111"`, "8888-9999", "訂正を知らせる")
	seller.post(303, theirs+"/replacement", with(hidden(correct), "carrier", "飛脚", "tracking_number", "5000-1111"))
	wants(t, "corrected", buyer.page(200, here), "5000-1111", "発送の連絡の訂正")

	// It does not come: the buyer reopens, and the desk reads what is known of the parcel.
	stale := seller.page(200, theirs+"/replacement")
	p.want(200, "mp", "POST", "/claims/"+number+"/replacement/events", `{"event":"undeliverable"}`)
	wants(t, "came back", buyer.page(200, here), "交換品が配達されませんでした", "配達できなかった")
	reopen := buyer.page(200, here+"/reopen")
	wants(t, "to reopen", reopen, "交換品が配達されなかったため、審査に戻ります", `name="reason"`)
	buyer.post(303, here+"/reopen", with(hidden(reopen), "reason", "7777-6666"))
	wants(t, "under review", buyer.page(200, here), "審査中", "7777-6666")
	lacks(t, "under review", buyer.page(200, here), here+"/reopen", "交換品の到着を待っています")
	wants(t, "the desk", p.as("agent").page(200, "/ja/staff/cases/"+number), "交換品", "5000-1111", "配達できなかった", "7777-6666", "購入者による申請の再開")
	late := seller.post(409, theirs+"/replacement", with(hidden(stale), "carrier", "飛脚", "tracking_number", "6000-1111", "note", "5555-4444"))
	wants(t, "too late to correct", late, "5555-4444", "6000-1111", theirs)
	wants(t, "nothing to do", seller.page(200, seller.post(303, theirs+"/replacement", typed)), number)
	wants(t, "the seller reads why", seller.page(200, theirs), "7777-6666", "審査中")
	wants(t, "the order again", buyer.page(200, "/ja/my/orders/A-1"), number)
	for _, page := range []string{"/en/seller/cases/" + number, "/en/my/orders/A-1", "/en/my/claims/" + number} {
		if page == "/en/seller/cases/"+number {
			seller.page(200, page)
			continue
		}
		buyer.page(200, page)
	}
}

// Goods that were to be sent anew are not any more once the money is back in another way: both pages
// say so at once, and nobody is sent to ship or to reopen.
func TestReplacementPaidBackOnPages(t *testing.T) {
	p := newPortal(t)
	number := p.claim("A-1")
	p.want(200, "s1", "POST", "/claims/"+number+"/actions/offer", `{"kind":"replacement","message":"商品が届きません。"}`)
	p.want(200, "b1", "POST", "/claims/"+number+"/actions/accept_offer", `{}`)
	buyer, seller := p.as("b1"), p.as("s1")
	here, theirs := "/ja/my/claims/"+number, "/ja/seller/cases/"+number
	stale := seller.page(200, theirs+"/replacement")
	body := orderBody("mp-b-1", "b1@example.com", "mp-s-1")
	p.want(200, "mp", "PUT", "/orders/A-1", body[:len(body)-1]+`,"refunds":[{"reference":"r-1","line":1,"tender":"credit_card","amount":3800}]}`)

	mine := buyer.page(200, here)
	wants(t, "the claim", mine, "代わりに返金済み", "交換品は送られません")
	lacks(t, "the claim", mine, "何も送る必要はありません", here+"/reopen", "交換品を発送する期限", "出品者の番です", "交換品の到着を待っています")
	wants(t, "the order", buyer.page(200, "/ja/my/orders/A-1"), number)
	lacks(t, "the order", buyer.page(200, "/ja/my/orders/A-1"), "申請を再開できます")
	sale := seller.page(200, theirs)
	wants(t, "the case", sale, "代金は別の方法で返金されました。何も送る必要はありません。", `name="body"`)
	lacks(t, "the case", sale, theirs+"/replacement", "交換品の発送待ち")
	lacks(t, "the home", seller.page(200, "/ja/seller"), "交換品を発送する期限")
	wants(t, "the seller's order", seller.page(200, "/ja/seller/orders/A-1"), "購入者への返金", "3,800円(全額)")
	wants(t, "shipped too late", seller.post(409, theirs+"/replacement", with(hidden(stale), "carrier", "飛脚", "tracking_number", "4000-1111")), "4000-1111", theirs)
	wants(t, "reopened", buyer.page(200, here+"/reopen"), "代金が別の方法で返金されたため、交換品は送られません。")
	wants(t, "in English", buyer.page(200, "/en/my/claims/"+number), "no replacement is due")
	got := p.want(200, "b1", "GET", "/claims/"+number, "")
	if got.at("replacement", "paid_back_at") == nil || got.at("next_actor") != nil || got.at("due_at") != nil {
		t.Errorf("%s", got.raw)
	}
}

// A seller sees on its orders what has gone back, and that a line paid back before it was sent stays here.
func TestPaidBackLineIsNotToShip(t *testing.T) {
	p := newPortal(t)
	for order, amount := range map[string]string{"A-1": "3800", "A-2": "800"} {
		body := strings.NewReplacer(`"status":"shipped"`, `"status":"unshipped"`, `,"shipment":{"carrier":"飛脚","shipped_at":"2026-01-02T09:00:00+09:00"}`, "").Replace(orderBody("mp-b-1", "b1@example.com", "mp-s-1"))
		p.want(201, "mp", "PUT", "/orders/"+order, body[:len(body)-1]+`,"refunds":[{"reference":"r-`+order+`","line":1,"tender":"credit_card","amount":`+amount+`}]}`)
	}
	for _, order := range []string{"A-1", "A-2"} { // whatever was said of them before
		p.want(201, "b1", "POST", "/orders/"+order+"/lines/1/messages", `{"body":"商品が届きません。","topic":"not_received"}`)
	}
	seller := p.as("s1")
	lacks(t, "paid back", seller.page(200, "/ja/seller/orders/A-1"), "返信の期限", "/refuse")
	wants(t, "paid back in part", seller.page(200, "/ja/seller/orders/A-2"), "返信の期限", "/refuse")
	list := p.as("b1").page(200, "/ja/my/orders")
	wants(t, "the buyer's list", list, "すべて返金されたか、返金の手続き中です", `href="/ja/my/orders/A-1/refund"`)
	lacks(t, "the buyer's list", list, `href="/ja/my/orders/A-2/refund"`)
	wants(t, "paid back", seller.page(200, "/ja/seller/orders/A-1"), "購入者への返金", "3,800円(全額)。この明細は発送不要です。")
	wants(t, "in English", seller.page(200, "/en/seller/orders/A-1"), "Paid back to the buyer", "does not have to be shipped")
	part := seller.page(200, "/ja/seller/orders/A-2")
	wants(t, "a part", part, "800円(一部)")
	lacks(t, "a part", part, "発送不要")
	wants(t, "the list", seller.page(200, "/ja/seller/orders"), "返金済み(発送不要)", "未発送")
}
