package handlers

import (
	"strings"
	"testing"
)

func TestCancellationAnswer(t *testing.T) {
	p := newPortal(t)
	p.order("o-1")
	const path = "/orders/o-1/lines/1/cancellation-answer"
	p.wantCode(409, "not_allowed_now", "b1", "POST", path, `{"answer":"i_asked"}`)
	body := strings.NewReplacer(`"status":"shipped"`, `"status":"cancelled","cancellation":{"at":"2026-01-03T10:00:00+09:00","by":"seller","stated_reason":"buyer_request"}`,
		`"updated_at":"2026-01-02T`, `"updated_at":"2026-01-04T`).Replace(orderBody("mp-b-1", "b1@example.com", "mp-s-1"))
	p.want(200, "mp", "PUT", "/orders/o-1", body)
	p.wantCode(422, "invalid_fields", "b1", "POST", path, `{"answer":"perhaps"}`)
	got := p.want(200, "b1", "POST", path, `{"answer":"asked_to_cancel"}`)
	if got.str("finding") != "misdeclared" || got.str("basis") != "answer" || got.str("stated_reason") != "buyer_request" || got.str("answer") != "asked_to_cancel" {
		t.Errorf("found: %s", got.raw)
	}
	if got := p.want(200, "b1", "POST", path, `{"answer":"i_asked"}`); got.str("finding") != "buyer_request" {
		t.Errorf("changed: %s", got.raw)
	}
	p.want(200, "", "POST", "/sandbox/clock", `{"to":"`+got.str("answer_until")+`"}`)
	closed := p.wantCode(409, "answer_closed", "b1", "POST", path, `{"answer":"do_not_know"}`)
	if !strings.Contains(closed.str("detail"), "締め切りました") {
		t.Errorf("says: %s", closed.raw)
	}
}
