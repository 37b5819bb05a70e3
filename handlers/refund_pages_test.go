package handlers

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// refunded makes a claim of b1 on an order paid as said, which its seller accepts, and returns
// its number and the refund's path in the API.
func (p *portal) refunded(order, payments string) (number, refund string) {
	p.t.Helper()
	body := strings.Replace(orderBody("mp-b-1", "b1@example.com", "mp-s-1"), `[{"tender":"credit_card","amount":3800}]`, "["+payments+"]", 1)
	p.want(201, "mp", "PUT", "/orders/"+order, body)
	ends := p.contact(order)
	p.want(200, "", "POST", "/sandbox/clock", `{"to":"`+ends+`"}`)
	number = p.want(201, "b1", "POST", "/claims", filing(order)).str("number")
	claim := p.want(200, "s1", "POST", "/claims/"+number+"/actions/accept", "{}")
	return number, "/refunds/" + claim.str("refund", "id")
}

// tellLeg has the payment system say something of a refund's leg.
func (p *portal) tellLeg(refund string, leg int, event string) {
	p.t.Helper()
	id := p.want(200, "mp", "GET", refund, "").str("legs", leg, "id")
	p.want(200, "mp", "POST", refund+"/legs/"+id+"/events", `{"event":"`+event+`","reference":"`+event+id+`","reason":"口座の名義が違います"}`)
}

var anAmount = regexp.MustCompile(`¥[0-9]|[0-9]円`)

// amountsHaveHeads fails on a row of a table that says an amount and has no heading.
func (p *portal) amountsHaveHeads(page string) {
	p.t.Helper()
	main := page[strings.Index(page, "<main"):]
	for row := range strings.SplitSeq(main, "<tr") {
		row, _, _ = strings.Cut(row, "</tr>")
		if anAmount.MatchString(row) && strings.Contains(row, "<td") && !strings.Contains(row, "<th") {
			p.t.Errorf("an amount without a heading: %s", row)
		}
	}
}

func TestRefundBreakdown(t *testing.T) {
	p := newPortal(t)
	number, refund := p.refunded("A-1", `{"tender":"credit_card","amount":2300},{"tender":"points","amount":1000},{"tender":"coupon","amount":500}`)
	here := "/ja/my/claims/" + number + "/refund"
	b := p.as("b1")
	page := b.page(200, here)
	wants(t, "pending", page, "返金の内訳 合計3,800円", "手続き中", "クレジットカード", "¥2,300", "¥1,000", "¥500", "に手続きします", "明細。遅くとも", "30日使えるポイント", "現金での返金はありません",
		"机の灯り", "商品の代金と税、送料500円の全額", "この合計と一致します", "合計のうち500円は、クーポンの再発行です", "返金の合計は、お支払いの合計と一致しています")
	lacks(t, "pending", page, "付の返金処理", "戻らないクーポン", `name="to"`)
	p.amountsHaveHeads(page)
	for _, path := range []string{"/ja/my/claims/" + number, "/ja/my", "/ja/my/orders/A-1"} {
		wants(t, path, b.page(200, path), `href="`+here+`"`)
	}
	p.tellLeg(refund, 0, "sent")
	p.tellLeg(refund, 1, "done")
	p.tellLeg(refund, 2, "done")
	wants(t, "sent", b.page(200, here), "送金済み", "に送金しました", "に完了しました", "に再発行しました", "カード会社に「", "付の返金処理」")
	p.tellLeg(refund, 0, "done")
	wants(t, "done", b.page(200, here), "返金の手続きは完了しています")
	wants(t, "in English", b.page(200, "/en"+here[3:]), "Refund breakdown, ¥3,800 in total", "Credit card", "a refund dated", "All of its price and tax, and ¥500 postage")
	notices := b.page(200, "/ja/my/notices")
	wants(t, "notices", notices, "返金が完了しました")
	first := regexp.MustCompile(`href="(/ja/my/notices/M-[^"]+)"[^>]*>[^<]*返金が完了`).FindStringSubmatch(notices)
	if first == nil {
		t.Fatal("no notice of the refund")
	}
	wants(t, "notice", b.page(200, first[1]), `href="`+here+`"`)
	p.as("s1").page(404, here)
	p.as("b2").page(404, here)
	b.page(404, "/ja/my/claims/"+p.claim("A-2")+"/refund")
}

func TestRefundOfACouponThatLapses(t *testing.T) {
	p := newPortal(t)
	body := strings.Replace(orderBody("mp-b-1", "b1@example.com", "mp-s-1"), `[{"tender":"credit_card","amount":3800}]`, `[{"tender":"credit_card","amount":3300},{"tender":"coupon","amount":500}]`, 1)
	p.want(201, "mp", "PUT", "/orders/A-1", body)
	p.want(200, "", "POST", "/sandbox/clock", `{"to":"`+p.contact("A-1")+`"}`)
	number := p.want(201, "b1", "POST", "/claims", filing("A-1")).str("number")
	p.want(200, "s1", "POST", "/claims/"+number+"/actions/contest", `{"message":"発送しました。"}`)
	p.want(200, "agent", "POST", "/claims/"+number+"/actions/decide", `{"outcome":"granted","borne_by":"marketplace","counts_against_seller":false,"reason_code":"not_delivered","rule":"4-2","facts":"x","explanation":"届いていません。"}`)
	b := p.as("b1")
	page := b.page(200, "/ja/my/claims/"+number+"/refund")
	wants(t, "page", page, "返金の内訳 合計3,300円", "戻らないクーポンの分", "出品者に原因がない", "−¥500", "¥3,800", "返金の合計3,300円に、戻らないクーポンの分500円を足すと、お支払いの合計と一致します")
	p.amountsHaveHeads(page)
	wants(t, "letter", b.page(200, "/ja/my/claims/"+number+"/decision"), `href="/ja/my/claims/`+number+`/refund"`)
}

func TestWhereARefundGoes(t *testing.T) {
	p := newPortal(t)
	number, refund := p.refunded("A-1", `{"tender":"convenience_store","amount":3300},{"tender":"points","amount":500}`)
	here := "/ja/my/claims/" + number + "/refund"
	b := p.as("b1")
	page := b.page(200, here)
	wants(t, "choice", page, "コンビニ払いの分(3,300円)の返金先", "現金で返金できません", "ギフトカード残高(コンビニ払いの分)", "お手元への反映: 通常1〜3日", "お手元への反映: 通常7〜14日", "何度でも変更できます", `name="number"`,
		`id="f-to" name="to" value="gift_card" checked`)
	if strings.Count(page, `name="leg"`) != 1 {
		t.Error("points can go one way only")
	}
	empty := b.post(422, here, with(hidden(page), "to", ""))
	wants(t, "nothing chosen", empty, `href="#f-to"`, "返金先を選択してください")
	half := b.post(422, here, with(hidden(page), "to", "bank_transfer", "bank", "みどり銀行", "number", "12"))
	wants(t, "half an account", half, `href="#f-branch"`, `href="#f-kind"`, `href="#f-holder"`, "支店を入力してください", `value="みどり銀行"`, `value="12"`, `value="bank_transfer" checked`)
	account := []string{"to", "bank_transfer", "bank", "みどり銀行", "branch", "中央支店", "kind", "ordinary", "holder", "アオキ ハナ"}
	wrong := b.post(422, here, with(hidden(page), append(account, "number", "12")...))
	wants(t, "a number that is none", wrong, `href="#f-number"`, "4〜34文字の数字", `value="12"`, `value="アオキ ハナ"`)
	if to := b.post(303, here, with(hidden(page), append(account, "number", "１２３-4567")...)); to != here+"?done=chosen" {
		t.Fatalf("leads to %s", to)
	}
	saved := b.page(200, here+"?done=chosen")
	wants(t, "saved", saved, "返金先を保存しました", "銀行振込(口座番号の末尾567)", `value="bank_transfer" checked`)
	lacks(t, "saved", saved, "1234567", "みどり銀行", "アオキ")
	// Changed again, the account's fields left as they were typed count for nothing.
	b.post(303, here, with(hidden(page), "to", "gift_card", "bank", "x"))
	lacks(t, "changed", b.page(200, here), "末尾567")

	p.tellLeg(refund, 0, "failed")
	p.tellLeg(refund, 1, "done")
	failed := b.page(200, here)
	wants(t, "failed", failed, "ギフトカード残高に返金できませんでした", "口座の名義が違います", "別の返金先を選択してください", `href="#choose-`, "返金先が決まってから")
	lacks(t, "failed", failed, "checked")
	for _, path := range []string{"/ja/my/claims/" + number, "/ja/my"} {
		wants(t, path, b.page(200, path), "返金できなかった支払い方法があります", `<a class="button" href="`+here+`"`)
	}
	wants(t, "failed, in English", b.raw("/en"+here[3:]), `<span lang="ja">口座の名義が違います</span>`)
	b.post(303, here, with(hidden(failed), append(account, "number", "7654321")...))
	wants(t, "again", b.page(200, here), "もう一度手続きします")
	p.want(200, "", "POST", "/sandbox/clock", `{"advance":"48h"}`)
	wants(t, "late", b.page(200, here), "予定を過ぎています")
	p.tellLeg(refund, 0, "sent")
	late := b.post(409, here, with(hidden(failed), "to", "gift_card"))
	wants(t, "sent meanwhile", late, "返金先は変更できません", "最新の内訳を確認してください")
	lacks(t, "sent meanwhile", late, `name="to"`, "7654321")
	b.post(422, here, url.Values{"leg": {"none"}, "to": {"gift_card"}})
}

// A card that cannot be credited: the money goes to an account instead.
func TestFailedCardGoesToAnAccount(t *testing.T) {
	p := newPortal(t)
	number, refund := p.refunded("A-1", `{"tender":"credit_card","amount":3800}`)
	here := "/ja/my/claims/" + number + "/refund"
	b := p.as("b1")
	lacks(t, "a card", b.page(200, here), `name="to"`)
	p.tellLeg(refund, 0, "failed")
	failed := b.page(200, here)
	wants(t, "failed", failed, "クレジットカードに返金できませんでした", `value="credit_card"`, `value="gift_card"`, `value="bank_transfer"`, "確認が必要")
	b.post(303, here, with(hidden(failed), "to", "gift_card"))
	wants(t, "gift card", b.page(200, here), "ギフトカード残高(クレジットカードの分)")
	number, refund = p.refunded("A-2", `{"tender":"bank_transfer","amount":3800}`)
	here = "/ja/my/claims/" + number + "/refund"
	p.tellLeg(refund, 0, "failed")
	wants(t, "the account that paid", b.page(200, here), "口座情報の確認が必要です")
}

// Staff see what failed or is overdue, and have it tried again; a large one takes two of them.
func TestRefundDeskPages(t *testing.T) {
	p := newPortal(t)
	agent, admin := p.as("agent"), p.as("admin")
	wants(t, "empty", agent.page(200, "/ja/staff/refunds"), "返金の確認", "失敗した返金も、予定を過ぎた返金もありません", "/ja/staff/refunds?v=waiting", `aria-current="page">返金の確認`)
	plain := p.claim("A-0")
	number, refund := p.refunded("A-1", `{"tender":"credit_card","amount":3300},{"tender":"wallet","amount":500}`)
	p.tellLeg(refund, 0, "failed")
	list := agent.page(200, "/ja/staff/refunds")
	wants(t, "failed", list, `href="/ja/staff/cases/`+number+`"`, "クレジットカード", "¥3,300", "口座の名義が違います", "1回", "失敗", "再実行する")
	lacks(t, "failed", list, "¥500")
	wants(t, "waiting", agent.page(200, "/ja/staff/refunds?v=waiting"), "¥500", "送金を待っています")
	lacks(t, "an admin", admin.page(200, "/ja/staff/refunds"), "再実行する")
	wants(t, "in English", agent.raw("/en/staff/refunds"), "Refund checks", "Try again", `<span lang="ja">口座の名義が違います</span>`)
	statements := func(number string) int64 {
		before := p.store.Statements()
		agent.page(200, "/ja/staff/cases/"+number)
		return p.store.Statements() - before
	}
	if without, with := statements(plain), statements(number); with > without+2 {
		t.Errorf("a refund costs the page of a case %d statements", with-without)
	}
	wants(t, "case", agent.page(200, "/ja/staff/cases/"+number), "手続き中", "3,300円\n返金できませんでした", "口座の名義が違います", "500円", `href="/ja/staff/refunds"`)
	retry := regexp.MustCompile(`/ja/staff/refunds/[^"]+/retry`).FindString(list)
	admin.page(403, retry)
	wants(t, "confirmation", agent.page(200, retry), "この返金を再実行しますか", "3,300円", "口座の名義が違います", "返金先は変わりません")
	to := agent.post(303, retry, url.Values{})
	wants(t, "done", agent.page(200, to), "再実行しました", "失敗した返金も")
	if to := agent.send("GET", retry, "", nil).header.Get("Location"); to != "/ja/staff/refunds?done=not_now" {
		t.Errorf("once more leads to %s", to)
	}
	agent.post(409, retry, url.Values{})
	p.want(200, "", "POST", "/sandbox/clock", `{"advance":"48h"}`)
	wants(t, "overdue", agent.page(200, "/ja/staff/refunds?v=overdue"), "¥3,300", "¥500", "超過 ", "再実行待ち", "決済の担当に")
	wants(t, "unknown view", agent.page(200, "/ja/staff/refunds?v=all"), "¥3,300")
	agent.page(404, "/ja/staff/refunds?cursor=x")

	decision := p.as("s1").page(200, "/ja/seller/cases/"+number)
	lacks(t, "the seller's case", decision, "クレジットカード", "電子マネー")
}

func TestLargeRefundIsTriedAgainByTwo(t *testing.T) {
	p := newPortal(t)
	body := strings.NewReplacer(`"unit_price":3000`, `"unit_price":150000`, `"amount":3800`, `"amount":150800`).Replace(orderBody("mp-b-1", "b1@example.com", "mp-s-1"))
	p.want(201, "mp", "PUT", "/orders/A-1", body)
	p.want(200, "", "POST", "/sandbox/clock", `{"to":"`+p.contact("A-1")+`"}`)
	number := p.want(201, "b1", "POST", "/claims", filing("A-1")).str("number")
	refund := "/refunds/" + p.want(200, "s1", "POST", "/claims/"+number+"/actions/accept", "{}").str("refund", "id")
	p.tellLeg(refund, 0, "failed")
	agent, lead := p.as("agent"), p.as("lead")
	retry := regexp.MustCompile(`/ja/staff/refunds/[^"]+/retry`).FindString(agent.page(200, "/ja/staff/refunds"))
	wants(t, "before", agent.page(200, retry), "別の担当者が確認するまで、送金しません", "再実行を依頼する")
	wants(t, "asked", agent.page(200, agent.post(303, retry, url.Values{})), "再実行を依頼しました", "別の担当者の確認が必要です")
	lacks(t, "the one who asked", agent.page(200, "/ja/staff/refunds"), retry)
	agent.post(403, retry, url.Values{})
	wants(t, "the second", lead.page(200, "/ja/staff/refunds"), retry, "依頼: ", "別の担当者の確認が必要です")
	wants(t, "the second's page", lead.page(200, retry), "別の担当者が依頼した再実行です")
	wants(t, "done", lead.page(200, lead.post(303, retry, url.Values{})), "再実行しました")
}
