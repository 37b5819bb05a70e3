package handlers

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// mismatched is a claim whose refund waits because another sum was reported.
func (p *portal) mismatched(dear bool, reported string) (number, refund string) {
	p.t.Helper()
	body := orderBody("mp-b-1", "b1@example.com", "mp-s-1")
	if dear {
		body = strings.NewReplacer(`"unit_price":3000`, `"unit_price":150000`, `"amount":3800`, `"amount":150800`).Replace(body)
	}
	p.want(201, "mp", "PUT", "/orders/A-1", body)
	p.want(200, "", "POST", "/sandbox/clock", `{"to":"`+p.contact("A-1")+`"}`)
	number = p.want(201, "b1", "POST", "/claims", filing("A-1")).str("number")
	refund = "/refunds/" + p.want(200, "s1", "POST", "/claims/"+number+"/actions/accept", "{}").str("refund", "id")
	p.want(200, "mp", "PUT", "/orders/A-1", strings.Replace(body, `"payments"`, `"refunds":[{"reference":"mp-9","line":1,"tender":"credit_card","amount":`+reported+`}],"payments"`, 1))
	return number, refund
}

func TestMismatchOverTheAPI(t *testing.T) {
	p := newPortal(t)
	_, refund := p.mismatched(false, "3000")
	if got := p.want(200, "mp", "GET", "/refunds?status=pending", ""); len(got.at("items").([]any)) != 0 {
		t.Errorf("a payment system would pay %s", got.raw)
	}
	held := p.want(200, "mp", "GET", "/refunds?status=held", "")
	if held.str("items", 0, "legs", 0, "status") != "held" || held.str("items", 0, "mismatches", 0, "reference") != "mp-9" || held.at("items", 0, "mismatches", 0, "amount", "amount") != 3000.0 {
		t.Errorf("held: %s", held.raw)
	}
	for _, who := range []string{"b1", "s1"} {
		if got := p.want(200, who, "GET", refund, ""); len(got.at("mismatches").([]any)) != 0 || got.str("status") != "held" {
			t.Errorf("%s reads %s", who, got.raw)
		}
	}
	p.want(200, "", "POST", "/sandbox/clock", `{"advance":"1s"}`)
	events := p.want(200, "mp", "GET", "/events?limit=200", "")
	if !strings.Contains(string(events.raw), `"refund.held"`) {
		t.Errorf("the feed does not tell of it: %s", events.raw)
	}
	decide := refund + "/mismatches/" + held.str("items", 0, "mismatches", 0, "id") + "/actions/decide"
	p.wantCode(422, "invalid_fields", "agent", "POST", decide, `{"choice":"both","reason":"x"}`)
	p.wantCode(409, "stale_version", "agent", "POST", decide, `{"version":1,"choice":"count","reason":"x"}`)
	got := p.want(200, "agent", "POST", decide, `{"choice":"count","reason":"支払い担当に確認"}`)
	if got.str("legs", 0, "status") != "cancelled" || got.str("legs", 1, "status") != "done" || got.str("legs", 2, "status") != "pending" || got.at("legs", 2, "amount", "amount") != 800.0 {
		t.Errorf("counted: %s", got.raw)
	}
	p.wantCode(409, "mismatch_decided", "agent", "POST", decide, `{"choice":"count","reason":"x"}`)
	if got := p.want(200, "b1", "GET", refund, ""); len(got.at("legs").([]any)) != 2 {
		t.Errorf("the buyer reads of a part that is no more: %s", got.raw)
	}
	p.want(200, "", "POST", "/sandbox/clock", `{"advance":"1s"}`)
	events = p.want(200, "mp", "GET", "/events?limit=200", "")
	if !strings.Contains(string(events.raw), `"refund.counted"`) || strings.Contains(string(events.raw), "支払い担当") || strings.Contains(string(events.raw), "mismatch_decided") {
		t.Errorf("the feed tells of it: %s", events.raw)
	}
}

func TestMismatchOnPages(t *testing.T) {
	p := newPortal(t)
	number, _ := p.mismatched(false, "3000")
	agent, admin, buyer := p.as("agent"), p.as("admin"), p.as("b1")
	wants(t, "tab", agent.page(200, "/ja/staff/refunds"), "不一致", ">1<")
	list := agent.page(200, "/ja/staff/refunds?v=mismatched")
	wants(t, "list", list, `href="/ja/staff/cases/`+number+`"`, "¥3,800", "¥3,000", "突き合わせる")
	wants(t, "in English", agent.raw("/en/staff/refunds?v=mismatched"), "Compare", "Difference")
	page := regexp.MustCompile(`/ja/staff/refunds/[^"]+/mismatches/[^"]+`).FindString(list)
	shown := agent.page(200, page)
	wants(t, "page", shown, "二重に支払わないよう", "¥3,000", "¥3,800", "mp-9", "突き合わせ中", "この返金の支払いだった", "別の返金だった")
	wants(t, "an admin", admin.page(200, page), "審査担当が判断します")
	wants(t, "the case", agent.page(200, "/ja/staff/cases/"+number), "突き合わせ", "3,800円")
	wants(t, "the buyer", buyer.page(200, "/ja/my/claims/"+number+"/refund"), "手続きを一時止めています", "お手続きは不要です", "手続きを止めています")
	wants(t, "the buyer's claim", buyer.page(200, "/ja/my/claims/"+number), "確認中")
	order := buyer.page(200, "/ja/my/orders/A-1/refund")
	wants(t, "the buyer's order", order, "申請で決まった返金", "−¥3,800", "手続きを止めています", "残りの金額", "¥0")
	lacks(t, "the buyer's order tells of it a second time", order, "ストアが記録", "−¥3,000", "まだ返金されていない")
	version := regexp.MustCompile(`name="version" value="(\d+)"`).FindStringSubmatch(shown)[1]
	wants(t, "nothing chosen", agent.post(422, page, url.Values{"version": {version}, "reason": {"銀行の明細"}}), "銀行の明細", `href="#f-choice"`)
	wants(t, "stale", agent.post(409, page, url.Values{"version": {"1"}, "choice": {"release"}, "reason": {"銀行の明細"}}), "銀行の明細")
	to := agent.post(303, page, url.Values{"version": {version}, "choice": {"release"}, "reason": {"銀行の明細で確認"}})
	wants(t, "done", agent.page(200, to), "確定しました", "一致しない返金はありません")
	if to := agent.send("GET", page, "", nil).header.Get("Location"); !strings.HasSuffix(to, "done=decided_before") {
		t.Errorf("once more leads to %s", to)
	}
	agent.post(409, page, url.Values{"version": {version}, "choice": {"release"}, "reason": {"x"}})
	wants(t, "waiting", agent.page(200, "/ja/staff/refunds?v=waiting"), "¥800")
}

func TestLargeMismatchTakesTwo(t *testing.T) {
	p := newPortal(t)
	p.mismatched(true, "100000")
	agent, lead := p.as("agent"), p.as("lead")
	page := regexp.MustCompile(`/ja/staff/refunds/[^"]+/mismatches/[^"]+`).FindString(agent.page(200, "/ja/staff/refunds?v=mismatched"))
	wants(t, "before", agent.page(200, page), "提案する(別の担当者の確認が必要です)")
	wants(t, "proposed", agent.page(200, agent.post(303, page, url.Values{"choice": {"count"}, "reason": {"振込の控え"}})), "提案しました", "が提案しました")
	wants(t, "the one who proposed", agent.page(200, page), "別の担当者が確認すると確定します", "振込の控え")
	agent.post(403, page, url.Values{"choice": {"count"}, "reason": {"x"}})
	wants(t, "the second", lead.page(200, page), "振込の控え", "確認して確定する")
	wants(t, "done", lead.page(200, lead.post(303, page, url.Values{"choice": {"count"}, "reason": {"控えを確認"}})), "確定しました")
}
