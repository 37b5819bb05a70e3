package handlers

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// A buyer reports a seller from the order's page: what is refused keeps what was typed, what is
// sent says where the money stands, and each of the three outcomes is told in its words.
func TestBuyerReportsASeller(t *testing.T) {
	p := newPortal(t)
	p.want(201, "mp", "PUT", "/orders/A-1", outOfStockBody("mp-b-1", "b1@example.com", "mp-s-1"))
	p.want(201, "mp", "PUT", "/orders/A-2", outOfStockBody("mp-b-1", "b1@example.com", "mp-s-1"))
	p.want(201, "mp", "PUT", "/orders/A-3", outOfStockBody("mp-b-1", "b1@example.com", "mp-s-2"))
	p.want(201, "mp", "PUT", "/orders/A-4", orderBody("mp-b-1", "b1@example.com", "mp-s-2"))
	v := p.visitor("buyer")
	wants(t, "public page", v.page(200, "/ja/report"), "通報しても返金は早まりません", `href="/ja/my/reports/new"`)
	wants(t, "empty list", v.page(200, "/ja/my/reports"), "通報はまだありません")
	wants(t, "home", v.page(200, "/ja/my"), `<a href="/ja/my/reports">通報一覧</a>`)
	wants(t, "order", v.page(200, "/ja/my/orders/A-1"), `/ja/my/reports/new?seller=mp-s-1&amp;order=A-1`)
	wants(t, "order that was shipped", v.page(200, "/ja/my/orders/A-4"), "通報できるのは、出品者がキャンセルした商品です。")
	wants(t, "sellers", v.page(200, "/ja/my/reports/new"), "通報する出品者を選んでください", "seller=mp-s-1", "seller=mp-s-2")
	form := v.page(200, "/ja/my/reports/new?seller=mp-s-1&order=A-1")
	wants(t, "form", form, `value="A-1" checked`, `value="A-2">`, "通報しても返金は早まりません", `/ja/my/orders/A-1/refund`, "返金の記録が、まだありません")
	lacks(t, "form", form, "A-3")

	post := func(status int, fields url.Values) string {
		return v.post(status, "/ja/my/reports/new", fields)
	}
	refused := post(http.StatusUnprocessableEntity, url.Values{"seller": {"mp-s-1"}, "statement": {"在庫切れと\n言われました。"}})
	wants(t, "no order", refused, "在庫切れと\n言われました。", `href="#f-orders"`)
	kept := v.postFiles(http.StatusUnprocessableEntity, "/ja/my/reports/new", url.Values{"seller": {"mp-s-1"}, "statement": {"在庫切れでした。"}}, sentFile{"a.png", picture(1)})
	wants(t, "a file stays", kept, `name="evidence"`, "a.png", "在庫切れでした。")
	wants(t, "no words", post(http.StatusUnprocessableEntity, url.Values{"seller": {"mp-s-1"}, "orders": {"A-2"}}), `href="#f-statement"`, `value="A-2" checked`)
	wants(t, "another seller's", post(http.StatusUnprocessableEntity, url.Values{"seller": {"mp-s-1"}, "orders": {"A-1", "A-3"}, "statement": {"在庫切れでした。"}}), "出品者がキャンセルした注文だけを通報できます。", "在庫切れでした。")

	once := regexp.MustCompile(`name="once" value="([^"]+)"`).FindStringSubmatch(form)
	fields := url.Values{"seller": {"mp-s-1"}, "orders": {"A-1"}, "statement": {"商品が届きません。"}}
	if once != nil {
		fields.Set("once", once[1])
	}
	sent := post(http.StatusSeeOther, fields)
	number := p.want(200, "b1", "GET", "/reports", "").str("items", 0, "number")
	post(http.StatusSeeOther, fields) // pressed twice
	if n := len(p.want(200, "b1", "GET", "/reports", "").at("items").([]any)); n != 1 {
		t.Errorf("%d reports of one form: %s", n, sent)
	}
	wants(t, "sent", v.page(200, "/ja/my/reports/"+number+"?done=sent"), "通報を受け付けました("+number+")", "在庫切れキャンセル1件", "14日以内に", "2月3日(火)10:00", "返金の状況を見る", "商品が届きません。")
	wants(t, "in English", v.page(200, "/en/my/reports/"+number), "Usually within 14 days", "does not speed up")
	wants(t, "typed by hand", v.page(200, "/ja/my/reports/"+strings.ToLower(strings.ReplaceAll(number, "-", ""))), number)
	wants(t, "list", v.page(200, "/ja/my/reports"), number, "受け付けました")
	wants(t, "already reported", v.page(200, "/ja/my/reports/new?seller=mp-s-1"), "注文 A-1 は、"+number+" で通報済みです。", `value="A-2"`)
	wants(t, "reported twice", post(http.StatusUnprocessableEntity, url.Values{"seller": {"mp-s-1"}, "orders": {"A-1"}, "statement": {"もう一度。"}}), "すでに通報を受け付けています", "もう一度。")
	staff := p.visitor("agent")
	wants(t, "desk", staff.page(200, "/ja/staff/reports?by=seller"), "1件のみ — 基準未満", "注文2件のうち2件", `/ja/staff/reports?seller=mp-s-1`)
	wants(t, "reports of a seller", staff.page(200, "/ja/staff/reports?seller=mp-s-1"), number, "b1@example.com", "商品が届きません。", "原因は在庫切れと判定しています。")
	wants(t, "in English", staff.page(200, "/en/staff/reports?seller=mp-s-1"), "The cause found is a stock-out.")
	wants(t, "of nobody", staff.page(200, "/ja/staff/reports?seller=none"), "この出品者についての通報はありません")
	wants(t, "closed ones", staff.page(200, "/ja/staff/reports?v=closed"), "通報された出品者はいません")
	p.visitor("seller").page(403, "/ja/staff/reports")
	staff.page(404, "/ja/my/reports/"+number)
	wants(t, "nothing to report", p.visitor("lead").page(200, "/ja/my/reports/new"), "通報できる注文はありません")

	p.want(200, "", "POST", "/sandbox/clock", `{"advance":"336h"}`)
	wants(t, "closed", v.page(200, "/ja/my/reports/"+number), "今回は基準を超えていませんでした", "確認を終えました")
	wants(t, "told", v.page(200, "/ja/my/notices"), "通報の結果をお知らせします("+number+")")
	for _, seller := range []string{"/ja/seller/notices", "/ja/seller/orders/A-1"} {
		lacks(t, "what the seller reads", p.visitor("seller").page(200, seller), number)
	}
	p.want(200, "", "POST", "/sandbox/clock", `{"to":"2026-04-10T01:00:00Z"}`)
	wants(t, "too late", v.page(200, "/ja/my/orders/A-2"), "通報できるのは4月10日")
	wants(t, "nothing left", v.page(200, "/ja/my/reports/new"), "通報できる注文はありません")
}
