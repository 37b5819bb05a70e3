package handlers

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

// unshippedBody is an order of b1 that has not been shipped.
func unshippedBody(status string) string {
	return strings.Replace(strings.Replace(orderBody("mp-b-1", "b1@example.com", "mp-s-1"), `"status":"shipped"`, `"status":"`+status+`"`, 1),
		`"shipment":{"carrier":"飛脚","shipped_at":"2026-01-02T09:00:00+09:00"}`, `"listing":{"promises":["free_returns"]}`, 1)
}

// A cancellation and a return from asking to what comes of it, over the API alone.
func TestRequestsOverTheAPI(t *testing.T) {
	p := newPortal(t)
	p.want(201, "mp", "PUT", "/orders/A-1", unshippedBody("unshipped"))
	line := "/orders/A-1/lines/1/requests"
	p.wantCode(422, "request_not_shipped", "b1", "POST", line, `{"kind":"return","reason":"change_of_mind","message":"返品したいです。"}`)
	p.wantCode(422, "invalid_fields", "b1", "POST", line, `{"kind":"cancel","reason":"general","message":"x"}`)
	sent := p.want(201, "b1", "POST", line, `{"kind":"cancel","reason":"takes_too_long","message":"急いでいます。"}`)
	if sent.str("status") != "open" || sent.at("is_contact") != false || sent.str("due_at") != "2026-01-22T01:00:00Z" || sent.at("return_postage") != nil || sent.str("allowed_actions", 0) != "withdraw" {
		t.Errorf("sent: %s", sent.raw)
	}
	refused := p.wantCode(422, "request_already_open", "b1", "POST", line, `{"kind":"cancel","reason":"takes_too_long","message":"急いでいます。"}`)
	if !strings.Contains(refused.str("detail"), "1月22日(木)10:00") {
		t.Errorf("refused without its date: %s", refused.raw)
	}
	one := line + "/" + sent.str("id") + "/actions/"
	if got := p.want(200, "s1", "GET", line, ""); got.str("items", 0, "allowed_actions", 0) != "accept" || got.str("items", 0, "message") != "急いでいます。" {
		t.Errorf("the seller reads %s", got.raw)
	}
	if got := p.want(200, "agent", "GET", line, ""); len(got.at("items", 0, "allowed_actions").([]any)) > 0 {
		t.Errorf("staff may act: %s", got.raw)
	}
	p.wantCode(422, "invalid_fields", "s1", "POST", one+"decline", `{"message":" "}`)
	p.wantCode(422, "invalid_fields", "s1", "POST", one+"accept", `{"return_address":"東京都"}`)
	if got := p.want(200, "s1", "POST", one+"accept", ""); got.str("status") != "accepted" || got.at("answer") != nil || got.at("answered_at") == nil {
		t.Errorf("accepted: %s", got.raw)
	}
	late := p.wantCode(409, "not_allowed_now", "b1", "POST", one+"withdraw", "")
	if len(late.at("allowed_actions").([]any)) > 0 {
		t.Errorf("withdrawn after: %s", late.raw)
	}
	p.want(200, "mp", "PUT", "/orders/A-1", strings.Replace(unshippedBody("cancelled"), `"status":"cancelled"`, `"status":"cancelled","cancellation":{"at":"2026-01-20T11:00:00+09:00","by":"marketplace"}`, 1))
	if got := p.want(200, "b1", "GET", line, ""); got.str("items", 0, "status") != "fulfilled" {
		t.Errorf("cancelled: %s", got.raw)
	}
	p.wantCode(422, "request_cancelled", "b1", "POST", line, `{"kind":"cancel","reason":"change_of_mind","message":"もう一度"}`)

	p.want(201, "mp", "PUT", "/orders/A-2", unshippedBody("delivered"))
	line = "/orders/A-2/lines/1/requests"
	back := p.want(201, "b1", "POST", line, `{"kind":"return","reason":"change_of_mind","message":"色が違いました。"}`)
	if back.str("return_postage") != "seller" {
		t.Errorf("free returns were promised: %s", back.raw)
	}
	p.want(200, "b1", "POST", line+"/"+back.str("id")+"/actions/withdraw", "")
	problem := p.want(201, "b1", "POST", line, `{"kind":"return","reason":"not_as_described","message":"説明と違います。"}`)
	if got := p.want(200, "b1", "GET", "/orders/A-2", ""); problem.at("is_contact") != true || got.str("lines", 0, "contact", "topic") != "not_as_described" || got.str("lines", 0, "contact", "wait_ends_at") != "2026-01-22T01:00:00Z" {
		t.Errorf("no contact: %s", got.raw)
	}
	thread := p.want(200, "s1", "GET", "/orders/A-2/lines/1/messages", "")
	if thread.str("items", 0, "request") != "return" || thread.str("items", 1, "topic") != "not_as_described" {
		t.Errorf("the thread: %s", thread.raw)
	}
	p.want(200, "", "POST", "/sandbox/clock", `{"to":"2026-01-22T01:00:00Z"}`)
	if got := p.want(200, "s1", "GET", line, ""); got.str("items", 1, "status") != "unanswered" || got.str("items", 1, "closed_at") != "2026-01-22T01:00:00Z" {
		t.Errorf("after silence: %s", got.raw)
	}
	if got := p.want(200, "b1", "GET", "/orders/A-2/lines/1/eligibility?reason=not_as_described", ""); got.at("eligible") != true {
		t.Errorf("silence has blocked the claim: %s", got.raw)
	}
	p.want(200, "", "POST", "/sandbox/clock", `{"advance":"1s"}`)
	events := p.want(200, "mp", "GET", "/events?limit=100", "")
	var types []string
	for i := range events.at("items").([]any) {
		types = append(types, events.str("items", i, "type"))
	}
	want := []string{"request.opened", "request.accepted", "request.fulfilled", "request.opened", "request.withdrawn", "request.opened", "request.unanswered"}
	if !slices.Equal(types, want) {
		t.Errorf("events %v, want %v", types, want)
	}
	if strings.Contains(string(events.raw), "急いで") || events.str("items", 0, "data", "seller_id") != "mp-s-1" || events.str("items", 3, "data", "return_postage") != "seller" || events.str("items", 6, "actor", "role") != "clock" {
		t.Errorf("events: %s", events.raw)
	}
}

// An order names the requests on its lines to everybody who reads it, each with what they may do,
// and without what was written.
func TestOrderNamesItsRequests(t *testing.T) {
	p := newPortal(t)
	p.want(201, "mp", "PUT", "/orders/A-1", strings.Replace(unshippedBody("unshipped"), `"listing":{"promises":["free_returns"]}`, `"sku":"x"`, 1))
	if got := p.want(200, "b1", "GET", "/orders/A-1", ""); len(got.at("lines", 0, "requests").([]any)) != 0 {
		t.Errorf("before any: %s", got.raw)
	}
	line := "/orders/A-1/lines/1/requests"
	sent := p.want(201, "b1", "POST", line, `{"kind":"cancel","reason":"takes_too_long","message":"急いでいます。"}`)
	for who, may := range map[string][]any{"b1": {"withdraw"}, "s1": {"accept", "decline"}, "agent": {}, "mp": {}} {
		for _, got := range []response{p.want(200, who, "GET", "/orders/A-1", ""), p.want(200, who, "GET", "/orders", "")} {
			order := []any{"lines", 0, "requests"}
			if got.at("items") != nil {
				order = append([]any{"items", 0}, order...)
			}
			one := func(name string) any { return got.at(append(slices.Clone(order), 0, name)...) }
			if one("id") != sent.str("id") || one("status") != "open" || one("kind") != "cancel" || one("due_at") != sent.str("due_at") || !reflect.DeepEqual(one("allowed_actions"), may) {
				t.Errorf("%s reads %s", who, got.raw)
			}
			if strings.Contains(string(got.raw), "急いで") {
				t.Errorf("%s reads what was written", who)
			}
		}
	}
	p.want(200, "", "POST", "/sandbox/clock", `{"to":"2026-01-22T01:00:00Z"}`)
	if got := p.want(200, "mp", "GET", "/orders/A-1", ""); got.at("lines", 0, "requests", 0, "status") != "unanswered" || got.at("lines", 0, "requests", 0, "closed_at") == nil {
		t.Errorf("after silence: %s", got.raw)
	}
}
