package handlers

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// A buyer finds an order by its number, leafs through the list forth and back, and each order
// says how to go on.
func TestOrderList(t *testing.T) {
	p := newPortal(t)
	v := p.visitor("buyer")
	wants(t, "empty", v.page(http.StatusOK, "/ja/my/orders"), `class="empty"`, "/ja/check")
	for i := range 45 {
		p.order(fmt.Sprintf("L-%02d", i))
	}
	first := v.page(http.StatusOK, "/ja/my/orders")
	wants(t, "first page", first, "問題を報告する", "/lines/1/contact", `rel="next"`)
	for _, typed := range []string{"L-07", "l07", "Ｌ－０７", " L 07 "} {
		got := v.send(http.MethodGet, "/ja/my/orders?number="+url.QueryEscape(typed), "", nil)
		if got.status != http.StatusSeeOther || got.header.Get("Location") != "/ja/my/orders/L-07" {
			t.Errorf("%q leads to %d %s", typed, got.status, got.header.Get("Location"))
		}
	}
	wants(t, "no such order", v.page(http.StatusUnprocessableEntity, "/ja/my/orders?number=L-99"), `href="#f-number"`, `value="L-99"`, "ハイフンの有無", "L-44")
	v.page(http.StatusUnprocessableEntity, "/ja/my/orders?number=")

	link := func(page, rel string) string {
		m := regexp.MustCompile(`rel="` + rel + `" href="([^"]+)"`).FindStringSubmatch(page)
		if m == nil {
			return ""
		}
		return html.UnescapeString(m[1])
	}
	second := v.page(http.StatusOK, link(first, "next"))
	third := v.page(http.StatusOK, link(second, "next"))
	if link(third, "next") != "" || link(first, "prev") != "" {
		t.Error("the list does not end")
	}
	titles := func(page string) string {
		return strings.Join(regexp.MustCompile(`/my/orders/(L-\d\d)"`).FindAllString(page, -1), " ")
	}
	if back := v.page(http.StatusOK, link(third, "prev")); titles(back) != titles(second) {
		t.Errorf("back from the third page stands %s", titles(back))
	} else if again := v.page(http.StatusOK, link(back, "prev")); titles(again) != titles(first) {
		t.Errorf("back from the second page stands %s", titles(again))
	}
	if !strings.Contains(third, `<a href="/ja/my/orders">最初のページ</a>`) {
		t.Error("the third page does not lead to the first")
	}
}

// Every action on a line is there; what cannot be done has its own reason and another way.
func TestOrderRows(t *testing.T) {
	p := newPortal(t)
	for _, number := range []string{"N-1", "W-1", "S-1", "F-1"} {
		p.order(number)
	}
	p.contact("S-1")
	p.want(200, "b1", "POST", "/orders/S-1/lines/1/contact/actions/solved", "")
	open := p.claim("C-1")
	p.contact("W-1")
	v := p.visitor("buyer")
	off := regexp.MustCompile(`(?s)<li data-s="off">.*?</li>`)
	for number, words := range map[string][]string{
		"N-1": {"申請の前に、問題の内容を選んで出品者に連絡してください。", "先に申請できるのは、出品者に連絡した後の48時間です。", "解決を記録するものがありません。"},
		"W-1": {"申請できるのは", "連絡が記録されています。"},
		"S-1": {"解決したことを記録しています。"},
		"C-1": {"この商品の申請 " + open + " が進行中です。", "申請を取り下げてください。"},
	} {
		for _, lang := range []string{"ja", "en"} {
			page := v.page(http.StatusOK, "/"+lang+"/my/orders/"+number)
			if n := strings.Count(page, `class="yes"`) + strings.Count(page, `class="no"`); n != 9 {
				t.Errorf("%s in %s lists %d actions", number, lang, n)
			}
			for _, row := range off.FindAllString(page, -1) {
				if !strings.Contains(row, "<a href=") || !regexp.MustCompile(`<p>[^<]{10,}</p>`).MatchString(row) {
					t.Errorf("%s in %s: no reason or no other way: %s", number, lang, row)
				}
			}
			if lang == "ja" {
				wants(t, number, page, words...)
			}
		}
	}
	if strings.Contains(v.page(http.StatusOK, "/ja/my/orders/C-1"), "申請できる回数") {
		t.Error("an open claim is told as used up")
	}
	p.clock.add(100 * 24 * time.Hour)
	late := p.visitor("buyer").page(http.StatusOK, "/ja/my/orders/F-1")
	wants(t, "late", late, "4月8日(水)23:59")
	if strings.Contains(late, "orders/F-1/claim/1") {
		t.Error("a claim past the deadline is offered")
	}
}

// Facts to begin a message with, the memo by date, and a text of one's own that stays.
func TestContactTexts(t *testing.T) {
	p := newPortal(t)
	p.order("T-1")
	v := p.visitor("buyer")
	contact := "/ja/my/orders/T-1/lines/1/contact"
	wants(t, "when a claim opens", v.page(http.StatusOK, contact), "1月22日(木)10:00")
	wants(t, "no topic", v.post(http.StatusUnprocessableEntity, contact, url.Values{"do": {"template"}}), `href="#f-topic"`)
	late := v.post(http.StatusOK, contact, url.Values{"do": {"template"}, "topic": {"not_received"}})
	wants(t, "a text", late, "お届け予定最終日の1月8日(木)を過ぎても届いていません。", "T-1")
	body := html.UnescapeString(regexp.MustCompile(`(?s)<textarea[^>]*>\n(.*?)</textarea>`).FindStringSubmatch(late)[1])
	other := v.post(http.StatusOK, contact, url.Values{"do": {"template"}, "topic": {"damaged_or_defective"}, "body": {body + "\n急いでいます。"}})
	wants(t, "another text", other, "破損または不良", "急いでいます。")
	if strings.Contains(other, "を過ぎても届いていません。") {
		t.Error("the text of the other problem stays")
	}
	memo := url.Values{"do": {"memo"}, "topic": {"not_received"}, "body": {"商品が届きません。"}, "memo_day_0": {"2026-01-08"}, "memo_what_0": {"届く予定の日"}, "memo_what_2": {"不在票もない"}}
	wants(t, "a memo", v.post(http.StatusOK, contact, memo), "商品が届きません。\n\n1月8日(木) 届く予定の日\n・不在票もない", `value="not_received" checked`)
	memo.Set("memo_day_1", "昨日")
	memo.Set("memo_what_1", "電話した")
	wants(t, "a day nobody can read", v.post(http.StatusUnprocessableEntity, contact, memo), `href="#f-memo_day_1"`, "届く予定の日", "昨日")
	memo.Del("memo_day_1")
	memo.Set("do", "")
	v.post(http.StatusSeeOther, contact, memo)
	said := p.want(200, "b1", "GET", "/orders/T-1/lines/1/messages", "").str("items", 0, "body")
	if !strings.Contains(said, "届く予定の日") || !strings.Contains(said, "・電話した") {
		t.Errorf("sent was %q", said)
	}
}

// The list says of a line that ended without its money what the order's page says: what is not
// back yet, and where a claim about it is made ready, not that all is well but for a contact.
func TestOrderListTellsOfUnpaidLines(t *testing.T) {
	p := newPortal(t)
	cancelled := strings.Replace(orderBody("mp-b-1", "b1@example.com", "mp-s-1"), `"status":"shipped"`, `"status":"cancelled","cancellation":{"at":"2026-01-10T10:00:00+09:00","by":"seller","stated_reason":"out_of_stock"}`, 1)
	cancelled = strings.Replace(cancelled, `,"shipment":{"carrier":"飛脚","shipped_at":"2026-01-02T09:00:00+09:00"}`, "", 1)
	part := cancelled[:len(cancelled)-1] + `,"refunds":[{"reference":"r-1","line":1,"tender":"credit_card","amount":800}]}`
	p.want(201, "mp", "PUT", "/orders/U-1", cancelled)
	p.want(201, "mp", "PUT", "/orders/U-2", part)
	p.want(201, "mp", "PUT", "/orders/U-3", strings.Replace(part, `"amount":800}]`, `"amount":3800}]`, 1))
	p.order("U-4")
	v := p.as("b1")
	card := func(page, number string) string {
		t.Helper()
		return regexp.MustCompile(`(?s)<a href="/../my/orders/` + number + `">.*?</li>`).FindString(page)
	}
	list := v.page(http.StatusOK, "/ja/my/orders")
	wants(t, "unpaid", card(list, "U-1"), "未返金", "3,800円がまだ返金されていません", "4月8日(水)23:59", `href="/ja/my/orders/U-1/refund"`)
	lacks(t, "unpaid", card(list, "U-1"), "先に出品者へ連絡してください")
	wants(t, "paid in part", card(list, "U-2"), "3,000円がまだ返金されていません", `href="/ja/my/orders/U-2/refund"`)
	lacks(t, "paid", card(list, "U-3"), "まだ返金されていません", "未返金")
	wants(t, "under way", card(list, "U-4"), "先に出品者へ連絡してください")
	wants(t, "in English", card(v.page(http.StatusOK, "/en/my/orders"), "U-1"), "¥3,800 has not been refunded yet", "Not refunded yet")
	p.contact("U-1") // told of another problem, so that the wait runs
	lacks(t, "told", card(v.page(http.StatusOK, "/ja/my/orders"), "U-1"), "先に出品者へ連絡してください")
	p.clock.add(100 * 24 * time.Hour)
	wants(t, "too late for a claim", card(p.as("b1").page(http.StatusOK, "/ja/my/orders"), "U-2"), "3,000円がまだ返金されていません", "申請の期限は過ぎています", `href="/ja/my/orders/U-2/refund"`)
}
