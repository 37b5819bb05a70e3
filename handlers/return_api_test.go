package handlers

import (
	"testing"
)

// A return over the API from the offer to the refund, and one that is disputed.
func TestReturnOverTheAPI(t *testing.T) {
	p := newPortal(t)
	claimed := func(order string) (claim, acts string) {
		claim = p.claim(order)
		return "/claims/" + claim, "/claims/" + claim + "/actions/"
	}
	claim, acts := claimed("A-1")
	p.want(200, "s1", "POST", acts+"offer", `{"kind":"return_for_refund","message":"返品してください。","label_reference":"着払い 123","label_cost":500}`)
	r := p.want(200, "b1", "POST", acts+"accept_offer", `{}`)
	if r.str("status") != "awaiting_return" || r.str("next_actor") != "buyer" || r.str("return", "label_reference") != "着払い 123" || r.at("refund") != nil {
		t.Fatalf("%s", r.raw)
	}
	p.want(409, "s1", "POST", acts+"confirm_return", `{}`)
	r = p.want(200, "s1", "POST", acts+"return_address", `{"address":"東京都渋谷区神宮前1-2-3","label_cost":500}`)
	if r.str("return", "return_address") != "東京都渋谷区神宮前1-2-3" || r.at("return", "label_reference") != nil {
		t.Fatalf("%s", r.raw)
	}
	packing := p.uploaded("b1", 1)
	p.want(422, "b1", "POST", acts+"ship_return", `{"carrier":"ヤマト運輸"}`)
	r = p.want(200, "b1", "POST", acts+"ship_return", `{"carrier":"ヤマト運輸","tracking_number":"4000-1111","evidence":["`+packing+`"]}`)
	if r.str("next_actor") != "seller" || r.str("return", "packing_evidence", 0) != packing || r.str("due_at") != r.str("return", "confirm_by") {
		t.Fatalf("%s", r.raw)
	}
	p.want(409, "b1", "POST", acts+"withdraw", `{}`)
	p.want(422, "mp", "POST", claim+"/return/events", `{"event":"delivered","tracking_number":"other"}`)
	told := p.want(200, "mp", "POST", claim+"/return/events", `{"event":"delivered","tracking_number":"4000-1111"}`)
	again := p.want(200, "mp", "POST", claim+"/return/events", `{"event":"delivered"}`)
	if told.str("status") != "awaiting_return" || string(told.raw) != string(again.raw) {
		t.Fatalf("%s\n%s", told.raw, again.raw)
	}
	r = p.want(200, "s1", "POST", acts+"confirm_return", `{"note":"受け取りました。"}`)
	if r.str("status") != "settled" || r.at("refund", "total", "amount") != 3800.0 {
		t.Fatalf("%s", r.raw)
	}
	p.want(409, "mp", "POST", claim+"/return/events", `{"event":"undeliverable"}`)

	claim, acts = claimed("A-2")
	p.want(200, "s1", "POST", acts+"contest", `{"message":"正常な商品です。"}`)
	decide := `{"outcome":"granted","return_required":true,"borne_by":"seller","counts_against_seller":false,"reason_code":"damaged","facts":"破損","explanation":"返品後に返金します。"}`
	r = p.want(200, "agent", "POST", acts+"decide", decide)
	if r.str("status") != "awaiting_return" || r.at("decision", "return_required") != true || r.at("closed_at") != nil {
		t.Fatalf("%s", r.raw)
	}
	p.want(200, "b1", "POST", acts+"ship_return", `{"carrier":"ヤマト運輸","tracking_number":"4000-2222"}`)
	r = p.want(200, "s1", "POST", acts+"dispute_return", `{"message":"違う商品です。","evidence":["`+p.uploaded("s1", 2)+`"]}`)
	if r.str("status") != "under_review" || r.str("return", "dispute") != "違う商品です。" || r.at("return", "opening_evidence", 0) == nil || r.at("decision") != nil {
		t.Fatalf("%s", r.raw)
	}
	p.want(422, "agent", "POST", acts+"decide", decide)
	if other := p.want(404, "b2", "GET", claim, ""); other.at("return") != nil {
		t.Fatalf("%s", other.raw)
	}
}
