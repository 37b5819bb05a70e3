package handlers

import (
	"strings"
	"testing"
)

func TestInvestigationAndMeasures(t *testing.T) {
	p := newPortal(t)
	n, e := p.enforcement("mp-s-1")
	inv, mea := "/investigations/"+n, "/measures/"+e
	got := p.want(200, "agent", "GET", inv, "")
	if got.str("trigger") != "stock_outs" || got.str("numbers", "proposes") != "plan" || !strings.Contains(string(got.raw), `"reports":[]`) {
		t.Errorf("staff read %s", got.raw)
	}
	if got := p.want(200, "s1", "GET", inv, ""); !strings.Contains(string(got.raw), `"reports":null`) || strings.Contains(string(got.raw), "z1@") {
		t.Errorf("the seller reads %s", got.raw)
	}
	if got := p.want(200, "s1", "GET", inv, ""); !strings.Contains(string(got.raw), `"ties":null,"skus":null`) {
		t.Errorf("the seller reads %s", got.raw)
	}
	pause := `{"kind":"listing_pause","sku":"NOT-THEIRS","facts":"1","rule":"8-6","explanation":"2"}`
	p.wantCode(422, "unknown_sku", "lead", "POST", inv+"/actions/propose_measure", pause)
	p.wantCode(404, "not_found", "s2", "GET", inv, "")
	p.wantCode(422, "invalid_fields", "agent", "GET", "/investigations?status=lost", "")
	p.want(200, "agent", "POST", inv+"/actions/take", "")
	p.wantCode(409, "not_allowed_now", "agent", "POST", inv+"/actions/take", "")
	p.wantCode(404, "not_found", "agent", "POST", inv+"/actions/ban", "{}")
	p.wantCode(422, "invalid_fields", "agent", "POST", inv+"/actions/request_facts", `{}`)
	p.wantCode(409, "stale_version", "agent", "POST", inv+"/actions/request_facts", `{"version":1,"question":"在庫の数え方は"}`)
	p.wantCode(403, "forbidden", "s1", "POST", inv+"/actions/request_facts", `{"question":"在庫の数え方は"}`)
	asked := p.want(200, "agent", "POST", inv+"/actions/request_facts", `{"question":"在庫の数え方は"}`)
	file := p.uploaded("s1", 7)
	answered := p.want(200, "s1", "POST", inv+"/actions/submit_facts", `{"message":"毎朝数えます。","evidence":["`+file+`"]}`)
	if asked.str("status") != "facts_requested" || answered.str("status") != "open" || answered.str("evidence", 0, "id") != file {
		t.Errorf("asked %s answered %s", asked.raw, answered.raw)
	}
	p.want(200, "agent", "GET", "/evidence/"+file, "")
	p.wantCode(404, "not_found", "s2", "GET", "/evidence/"+file, "")
	asked = p.want(200, "agent", "POST", inv+"/actions/request_facts", `{"question":"いつからですか"}`)
	p.want(200, "", "POST", "/sandbox/clock", `{"to":"`+asked.str("due_at")+`"}`)
	p.wantCode(409, "facts_closed", "s1", "POST", inv+"/actions/submit_facts", `{"message":"昨日"}`)

	if s := p.want(200, "mp", "GET", "/sellers/mp-s-1/standing", ""); !strings.Contains(string(s.raw), `"may_list":true`) || s.str("measures", 0) != e {
		t.Errorf("stands %s", s.raw)
	}
	plan := `{"root_cause":"数え間違い","actions_taken":"数え直し","prevention":"毎朝"}`
	p.wantCode(422, "invalid_fields", "s1", "POST", mea+"/actions/submit_plan", `{"root_cause":" "}`)
	p.wantCode(403, "forbidden", "agent", "POST", mea+"/actions/submit_plan", plan)
	p.want(200, "s1", "POST", mea+"/actions/submit_plan", plan)
	if list := p.want(200, "lead", "GET", "/measures?waits=plan", ""); list.str("items", 0, "number") != e {
		t.Errorf("waits %s", list.raw)
	}
	back := p.want(200, "lead", "POST", mea+"/actions/reject_plan", `{"points":["だれが","いつ"]}`)
	p.want(200, "", "POST", "/sandbox/clock", `{"to":"`+back.str("plan", "due_at")+`"}`)
	p.wantCode(409, "plan_closed", "s1", "POST", mea+"/actions/submit_plan", plan)
	p.want(200, "s1", "POST", mea+"/actions/appeal", `{"grounds":"火災でした。"}`)
	p.wantCode(409, "not_allowed_now", "s1", "POST", mea+"/actions/appeal", `{"grounds":"火災でした。"}`)
	p.wantCode(403, "forbidden", "lead", "POST", mea+"/actions/decide_appeal", `{"outcome":"overturned","explanation":"x"}`)
	p.wantCode(422, "invalid_fields", "lead", "POST", mea+"/actions/lift", `{}`)
	p.want(200, "lead", "POST", mea+"/actions/lift", `{"reason":"火災の記録"}`)
	p.wantCode(409, "not_allowed_now", "lead", "POST", mea+"/actions/lift", `{"reason":"火災の記録"}`)
	if done := p.want(200, "lead", "POST", inv+"/actions/close", `{"reason":"終わり"}`); done.str("outcome") != "acted" || done.str("status") != "closed" {
		t.Errorf("closed %s", done.raw)
	}
}
