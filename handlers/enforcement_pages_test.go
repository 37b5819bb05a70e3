package handlers

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// From the file of a case to a measure, a plan and an appeal, by page.
func TestEnforcementPages(t *testing.T) {
	p := newPortal(t)
	n, e := p.enforcement("mp-s-1")
	agent, lead, seller := p.as("agent"), p.as("lead"), p.as("s1")
	list := agent.page(http.StatusOK, "/ja/staff/investigations?status=open")
	if !strings.Contains(list, n) {
		t.Error("the list does not name the case")
	}
	file := "/ja/staff/investigations/" + n
	for _, want := range []string{"目安は段階1の「改善計画」", "Z-mp-s-1-0", e} {
		if got := agent.page(http.StatusOK, file); !strings.Contains(got, want) {
			t.Errorf("the file does not say %s", want)
		}
	}
	agent.post(http.StatusUnprocessableEntity, file+"/request_facts", url.Values{"question": {" "}})
	agent.post(http.StatusSeeOther, file+"/request_facts", url.Values{"question": {"11-1"}})
	mine := "/ja/seller/investigations/" + n
	if got := seller.page(http.StatusOK, mine); !strings.Contains(got, "11-1") || strings.Contains(got, "z1@") || strings.Contains(got, "購入者の回答") {
		t.Error("the seller's page")
	}
	seller.post(http.StatusUnprocessableEntity, mine, url.Values{"message": {""}})
	seller.post(http.StatusSeeOther, mine, url.Values{"message": {"11-2"}})
	seller.page(http.StatusOK, "/en/seller/investigations/"+n)
	if got := lead.post(http.StatusUnprocessableEntity, file+"/propose_measure", url.Values{"kind": {"order_cap"}, "facts": {"11-3"}, "rule": {"8-6"}, "explanation": {"11-4"}}); !strings.Contains(got, "11-3") {
		t.Error("what was typed is gone")
	}
	proposal := url.Values{"kind": {"order_cap"}, "cap": {"5"}, "facts": {"11-3"}, "rule": {"8-6"}, "explanation": {"11-4"}}
	preview := lead.send("POST", file+"/propose_measure", "application/x-www-form-urlencoded", []byte(proposal.Encode()))
	wants(t, "the letter before it is proposed", string(preview.raw), "まだ送信されていません", "二人目の審査責任者が認めた後", "1日の注文を5件まで", `<div lang="en">`, "5 orders a day", "11-3", "11-4", `name="do" value="send"`, `name="explanation" value="11-4"`, "送信時に番号が付きます")
	if got := p.want(200, "lead", "GET", "/investigations/"+n, ""); got.str("status") != "open" {
		t.Errorf("a preview has proposed it: %s", got.raw)
	}
	with := func(do string) url.Values { v := maps.Clone(proposal); v["do"] = []string{do}; return v }
	wants(t, "to be changed", lead.post(http.StatusOK, file+"/propose_measure", with("edit")), `11-4</textarea>`, `value="5"`)
	wants(t, "a wrong one is not shown as a letter", lead.post(http.StatusUnprocessableEntity, file+"/propose_measure", url.Values{"kind": {"warning"}, "cap": {"5"}, "facts": {"11-3"}, "rule": {"8-6"}, "explanation": {"11-4"}}), "11-3")
	lead.post(http.StatusSeeOther, file+"/propose_measure", with("send"))
	p.tokens["lead2"] = p.want(201, "", "POST", "/sandbox/tokens", `{"email":"lead2@example.com","role":"lead","name":"lead2"}`).str("token")
	wants(t, "before it is approved", p.as("lead2").raw(file+"/approve_measure"), "1日の注文数に上限を設けました", `<div lang="en">`, "5 orders a day", "11-3", "11-4")
	wants(t, "its end before it is approved", lead.page(http.StatusOK, file+"/send_back"), "開始から30日後")
	lead.page(http.StatusOK, file+"/close")
	lead.post(http.StatusSeeOther, file+"/send_back", url.Values{"reason": {"11-5"}})

	letter := "/ja/seller/measures/" + e
	if got := seller.page(http.StatusOK, letter); !strings.Contains(got, "受けた注文の発送") || !strings.Contains(got, "submit_plan") {
		t.Error("the letter")
	}
	if got := seller.post(http.StatusUnprocessableEntity, letter+"/submit_plan", url.Values{"root_cause": {"11-6"}}); !strings.Contains(got, "11-6") {
		t.Error("what was typed is gone")
	}
	seller.post(http.StatusSeeOther, letter+"/submit_plan", url.Values{"root_cause": {"11-6"}, "actions_taken": {"11-7"}, "prevention": {"11-8"}})
	staff := "/ja/staff/measures/" + e
	lead.page(http.StatusOK, staff)
	lead.post(http.StatusSeeOther, staff+"/reject_plan", url.Values{"points": {"11-9\r\n\r\n12-1"}})
	if got := seller.page(http.StatusOK, "/en/seller/measures/"+e+"/submit_plan"); !strings.Contains(got, "11-9") {
		t.Error("the points are not on the form")
	}
	seller.post(http.StatusSeeOther, letter+"/appeal", url.Values{"grounds": {"12-2"}})
	if got := seller.post(http.StatusConflict, letter+"/appeal", url.Values{"grounds": {"12-3"}}); !strings.Contains(got, "12-3") {
		t.Error("what was typed is gone")
	}
	lead.page(http.StatusOK, staff+"/lift")
	lead.post(http.StatusForbidden, staff+"/decide_appeal", url.Values{"outcome": {"upheld"}, "explanation": {"x"}})
	agent.page(http.StatusOK, "/en/staff/measures/"+e)
	seller.page(http.StatusOK, "/ja/seller/measures")
}

// The file of a case marks buyers that something ties together and shows prices around the
// cancellation; the reports of its seller lead to it, and none of it is the seller's to read.
func TestInvestigationFileLinks(t *testing.T) {
	p := newPortal(t)
	n, _ := p.enforcement("mp-s-1")
	p.want(201, "mp", "PUT", "/orders/L-1", outOfStockBody("mp-x1", "b1+x@example.com", "mp-s-1"))
	p.want(201, "mp", "PUT", "/orders/L-2", outOfStockBody("mp-b1", "b1@example.com", "mp-s-1"))
	p.want(201, "b1", "POST", "/reports", reportBody("L-2"))
	withSKU := strings.Replace(outOfStockBody("mp-b2", "b2@example.com", "mp-s-1"), `"title":`, `"sku":"LAMP-7","title":`, 1)
	p.want(201, "mp", "PUT", "/orders/L-3", withSKU)
	p.tokens["b1x"] = p.want(201, "", "POST", "/sandbox/tokens", `{"email":"b1+x@example.com","role":"buyer","name":"x"}`).str("token")
	p.want(201, "b1x", "POST", "/reports", reportBody("L-1"))
	p.want(201, "mp", "PUT", "/listings/mp-s-1/LAMP-7", `{"price":9000,"currency":"JPY","available":true,"at":"2026-01-12T10:00:00+09:00"}`)
	agent, file := p.as("agent"), "/ja/staff/investigations/"+n
	read := p.want(200, "agent", "GET", "/investigations/"+n, "")
	var lamp map[string]any
	for _, x := range read.at("skus").([]any) {
		if s := x.(map[string]any); s["sku"] == "LAMP-7" {
			lamp = s
		}
	}
	if lamp["price_after"] != float64(9000) || lamp["price_paid"] == nil || lamp["price_before"] != nil || lamp["times"] != float64(1) {
		t.Errorf("prices: %s", read.raw)
	}
	if len(read.at("ties").([]any)) != 2 || read.str("ties", 0, "kinds", 0) != "mailbox" {
		t.Errorf("ties: %v", read.at("ties"))
	}
	lead := p.as("lead")
	wants(t, "the listings are offered", lead.raw(file+"/propose_measure"), `list="l-sku"`, `<option value="LAMP-7">`, "キャンセルの多い商品")
	wrong := url.Values{"kind": {"listing_pause"}, "sku": {"LAMP-9"}, "facts": {"11-3"}, "rule": {"8-6"}, "explanation": {"11-4"}}
	refused := lead.send("POST", file+"/propose_measure", "application/x-www-form-urlencoded", []byte(wrong.Encode()))
	wants(t, "another is refused", string(refused.raw), `href="#f-sku"`, `value="LAMP-9"`, "11-3")
	wants(t, "the file", agent.raw(file), "青木(ほかの購入者・通報者と共通: 同じメールボックス)", "キャンセルされた注文の価格", "7日以内の最高価格")
	wants(t, "the reports lead to it", agent.page(http.StatusOK, "/ja/staff/reports?seller=mp-s-1"), `href="`+file+`"`)
	wants(t, "the list, too", agent.page(http.StatusOK, "/ja/staff/reports?by=seller"), `href="`+file+`"`, "調査中("+n+")")
	lacks(t, "the seller", p.as("s1").page(http.StatusOK, "/ja/seller/investigations/"+n), "メールボックス", "最高価格", "青木")
}
