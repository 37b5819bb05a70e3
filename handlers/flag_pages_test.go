package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// From two accounts of one person to a warning that is read before it is sent, contested and
// withdrawn by somebody else; by page, in both languages.
func TestFlagPages(t *testing.T) {
	p := newPortal(t)
	p.want(201, "mp", "PUT", "/orders/X-b1", outOfStockBody("mp-b1", "b1@example.com", "mp-s-1"))
	twin := "b1+x@example.com"
	p.tokens[twin] = p.want(201, "", "POST", "/sandbox/tokens", `{"email":"`+twin+`","role":"buyer"}`).str("token")
	p.want(201, "mp", "PUT", "/orders/Y-b1", outOfStockBody("mp-x-b1", twin, "mp-s-1"))
	number := p.want(201, "b1", "POST", "/reports", reportBody("X-b1")).str("number")
	agent, lead, buyer, other := p.as("agent"), p.as("lead"), p.as("b1"), p.as("b2")
	wants(t, "before anybody is flagged", agent.page(http.StatusOK, "/ja/staff/flags"), "要確認の記録はありません")
	p.want(201, twin, "POST", "/reports", strings.Replace(reportBody("Y-b1"), "X-b1", "Y-b1", 1))
	flag := p.want(200, "agent", "GET", "/flags?account="+p.actor("b1").AccountID, "").str("items", 0, "number")

	wants(t, "the list", agent.page(http.StatusOK, "/ja/staff/flags?v=look"), flag, "同じ人の複数のアカウント", "通報したアカウント2のうち2(100%)")
	wants(t, "the list in English", agent.page(http.StatusOK, "/en/staff/flags?seller=mp-s-1"), "2 of 2 accounts that reported (100%)")
	wants(t, "the desk", agent.page(http.StatusOK, "/ja/staff/reports"), `href="/ja/staff/flags"`)
	wants(t, "the reports of the seller", agent.page(http.StatusOK, "/ja/staff/reports?seller=mp-s-1"), "要確認の理由", "同じ人の複数のアカウント", `href="/ja/staff/flags/`+flag+`"`)
	if got := buyer.page(http.StatusOK, "/ja/my/reports/"+number); strings.Contains(got, "要確認") || strings.Contains(got, "アカウント") {
		t.Error("the sender of a report reads that it is under suspicion")
	}
	buyer.page(http.StatusNotFound, "/ja/my/flags/"+flag)
	buyer.page(http.StatusForbidden, "/ja/staff/flags")

	file := "/ja/staff/flags/" + flag
	wants(t, "the flag", agent.page(http.StatusOK, file), "本人には知らせていません", "b1@example.com", number, file+"/warn", file+"/set_aside")
	agent.page(http.StatusNotFound, file+"/appeal_warning")
	if got := agent.post(http.StatusUnprocessableEntity, file+"/warn", url.Values{"words": {" "}}); strings.Contains(got, "送信する前の確認") {
		t.Error("an empty letter is shown")
	}
	read := agent.post(http.StatusOK, file+"/warn", url.Values{"words": {"11-1"}, "do": {"preview"}})
	wants(t, "the letter", read, "通報についての警告", "11-1", `value="send"`)
	if n := p.want(200, "b1", "GET", "/flags", ""); len(n.at("items").([]any)) != 0 {
		t.Error("reading a letter sends it")
	}
	wants(t, "back to the form", agent.post(http.StatusOK, file+"/warn", url.Values{"words": {"11-1"}, "do": {"edit"}}), "11-1")
	agent.post(http.StatusSeeOther, file+"/warn", url.Values{"words": {"11-1"}, "do": {"send"}})
	if got := agent.post(http.StatusConflict, file+"/warn", url.Values{"words": {"もう一度"}}); !strings.Contains(got, "もう一度") {
		t.Error("what was typed is gone")
	}

	mine := "/ja/my/flags/" + flag
	other.page(http.StatusNotFound, mine)
	wants(t, "the list of reports", buyer.page(http.StatusOK, "/ja/my/reports"), mine, "警告済み")
	wants(t, "the warning", buyer.page(http.StatusOK, mine), "11-1", number, "何も制限しません", mine+"/appeal_warning")
	wants(t, "the warning in English", buyer.page(http.StatusOK, "/en/my/flags/"+flag), "This warning limits nothing", "Contest the warning")
	wants(t, "the form", buyer.page(http.StatusOK, mine+"/appeal_warning"), "これまで関わっていない担当者が確認します")
	buyer.page(http.StatusNotFound, mine+"/warn")
	buyer.post(http.StatusUnprocessableEntity, mine+"/appeal_warning", url.Values{"grounds": {""}})
	buyer.post(http.StatusSeeOther, mine+"/appeal_warning", url.Values{"grounds": {"11-2"}})
	wants(t, "contested", buyer.page(http.StatusOK, mine), "担当者が確認しています", "11-2")

	wants(t, "waiting", agent.page(http.StatusOK, "/ja/staff/flags?v=appeal"), flag)
	agent.post(http.StatusForbidden, file+"/decide_warning", url.Values{"outcome": {"upheld"}, "explanation": {"x"}})
	wants(t, "the form of who decides", lead.page(http.StatusOK, file+"/decide_warning"), "11-2", `value="withdrawn"`)
	lead.post(http.StatusSeeOther, file+"/decide_warning", url.Values{"outcome": {"withdrawn"}, "explanation": {"11-3"}})
	wants(t, "withdrawn", buyer.page(http.StatusOK, mine), "この警告を取り消しました", "11-3")
	wants(t, "on the record", lead.page(http.StatusOK, file), "記録は残り、数えません")
}

// A limit over the API and on the pages: its letter names the policy's numbers, a second report
// of a day is refused with its own code and the date, and the reporter reads why.
func TestLimitPages(t *testing.T) {
	p := newPortal(t)
	for _, order := range []string{"X-b1", "X-2", "X-3"} {
		p.want(201, "mp", "PUT", "/orders/"+order, outOfStockBody("mp-b1", "b1@example.com", "mp-s-1"))
	}
	p.want(201, "b1", "POST", "/reports", reportBody("X-b1"))
	flag := p.flagged("b1", "mp-s-1")
	p.wantCode(403, "forbidden", "agent", "POST", "/flags/"+flag+"/actions/limit", `{"words":"x"}`)
	lead, buyer := p.as("lead"), p.as("b1")
	file := "/ja/staff/flags/" + flag
	wants(t, "the form", lead.page(http.StatusOK, file+"/limit"), "90日", "24時間に1件まで")
	wants(t, "the letter", lead.post(http.StatusOK, file+"/limit", url.Values{"words": {"11-4"}}), "通報の数を制限しました", "11-4")
	lead.post(http.StatusSeeOther, file+"/limit", url.Values{"words": {"11-4"}, "do": {"send"}})
	wants(t, "the form of a report", buyer.page(http.StatusOK, "/ja/my/reports/new"), "通報の数が制限されています", "/ja/my/flags/"+flag)
	wants(t, "in English", buyer.page(http.StatusOK, "/en/my/reports"), "Your reports are limited")
	wants(t, "the limit", buyer.page(http.StatusOK, "/ja/my/flags/"+flag), "<dt>24時間に送れる通報</dt><dd>1</dd>")
	got := p.wantCode(429, "reports_limited", "b1", "POST", "/reports", reportBody("X-2"))
	if got.str("available_at") != "2026-01-21T01:00:00Z" || !strings.Contains(got.str("detail"), "4月20日(月)10:00(日本時間)まで") {
		t.Errorf("refused: %s", got.raw)
	}
	read := p.want(200, "b1", "GET", "/flags/"+flag, "")
	if read.str("steps", 1, "kind") != "limit" || read.at("steps", 1, "per_day") != float64(1) || read.at("person") != nil || read.at("waits") != nil {
		t.Errorf("whom it is about reads %s", read.raw)
	}
	p.want(200, "b1", "POST", "/flags/"+flag+"/actions/appeal_limit", `{"grounds":"11-2"}`)
	p.wantCode(403, "forbidden", "lead", "POST", "/flags/"+flag+"/actions/decide_limit", `{"outcome":"upheld","explanation":"x"}`)
	wants(t, "lifting it", lead.page(http.StatusOK, file+"/lift"), "制限はすぐになくなり")
	lead.post(http.StatusSeeOther, file+"/lift", url.Values{"reason": {"確認が済みました。"}})
	p.want(201, "b1", "POST", "/reports", reportBody("X-3"))
	p.want(200, "", "POST", "/sandbox/clock", `{"advance":"1h"}`)
	events := p.want(200, "mp", "GET", "/events?limit=100", "")
	for _, want := range []string{"report.flag.flagged", "report.flag.warned", "report.flag.limited", "report.flag.limit_lifted"} {
		if !strings.Contains(string(events.raw), want) {
			t.Errorf("no event %s", want)
		}
	}
	if strings.Contains(string(events.raw), "11-4") || strings.Contains(string(events.raw), p.actor("b1").AccountID) {
		t.Error("the feed tells words, or whom a flag is about")
	}
}
