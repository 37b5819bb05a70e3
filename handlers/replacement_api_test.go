package handlers

import "testing"

// A replacement over the API: agreed on, shipped, corrected, delivered by the record, and reopened.
func TestReplacementOverTheAPI(t *testing.T) {
	p := newPortal(t)
	claim := "/claims/" + p.claim("A-1")
	acts := claim + "/actions/"
	if r := p.want(200, "s1", "POST", acts+"offer", `{"kind":"replacement","message":"交換品をお送りします。"}`); r.at("replacement") != nil {
		t.Fatalf("%s", r.raw)
	}
	p.want(409, "s1", "POST", acts+"ship_replacement", `{}`)
	p.want(409, "mp", "POST", claim+"/replacement/events", `{"event":"delivered"}`)
	r := p.want(200, "b1", "POST", acts+"accept_offer", `{}`)
	if r.str("status") != "settled" || r.str("next_actor") != "seller" || r.str("due_at") != r.str("replacement", "ship_by") || r.at("replacement", "shipped_at") != nil {
		t.Fatalf("%s", r.raw)
	}
	if mine := p.want(200, "s1", "GET", claim, ""); mine.str("allowed_actions", 0) != "ship_replacement" {
		t.Fatalf("%s", mine.raw)
	}
	p.want(403, "b1", "POST", acts+"ship_replacement", `{}`)
	p.want(422, "s1", "POST", acts+"ship_replacement", `{"carrier":"ヤマト運輸"}`)
	p.want(400, "s1", "POST", acts+"ship_replacement", `{"carrier":"ヤマト運輸","tracking_number":"4000","evidence":[]}`)
	p.want(409, "s1", "POST", acts+"ship_replacement", `{"carrier":"ヤマト運輸","tracking_number":"4000","version":1}`)
	r = p.want(200, "s1", "POST", acts+"ship_replacement", `{"carrier":"ヤマト運輸","tracking_number":"4000","note":"金曜日に届く予定です。"}`)
	if r.at("next_actor") != nil || r.at("due_at") != nil || r.str("replacement", "tracking_number") != "4000" || r.str("replacement", "note") != "金曜日に届く予定です。" {
		t.Fatalf("%s", r.raw)
	}
	twice := p.want(200, "s1", "POST", acts+"ship_replacement", `{"carrier":"ヤマト運輸","tracking_number":"4000","note":"金曜日に届く予定です。"}`)
	if string(twice.raw) != string(r.raw) {
		t.Fatalf("%s\n%s", r.raw, twice.raw)
	}
	r = p.want(200, "s1", "POST", acts+"ship_replacement", `{"carrier":"日本郵便","tracking_number":"5000"}`)
	if r.str("replacement", "carrier") != "日本郵便" || r.at("replacement", "note") != nil || r.at("replacement", "corrected_at") == nil {
		t.Fatalf("%s", r.raw)
	}
	p.want(422, "mp", "POST", claim+"/replacement/events", `{"event":"delivered","tracking_number":"4000"}`)
	told := p.want(200, "mp", "POST", claim+"/replacement/events", `{"event":"delivered","tracking_number":"5000"}`)
	again := p.want(200, "mp", "POST", claim+"/replacement/events", `{"event":"delivered"}`)
	if told.str("status") != "settled" || told.at("note") != nil || string(told.raw) != string(again.raw) {
		t.Fatalf("%s\n%s", told.raw, again.raw)
	}
	p.want(409, "s1", "POST", acts+"ship_replacement", `{"carrier":"日本郵便","tracking_number":"6000"}`)
	r = p.want(200, "b1", "POST", acts+"reopen", `{"reason":"箱が空でした。"}`)
	if r.str("status") != "under_review" || r.str("replacement", "reopen_reason") != "箱が空でした。" || r.at("replacement", "delivered_at") == nil {
		t.Fatalf("%s", r.raw)
	}
	p.want(409, "s1", "POST", acts+"ship_replacement", `{}`)
	if staff := p.want(200, "agent", "GET", claim, ""); staff.str("replacement", "tracking_number") != "5000" {
		t.Fatalf("%s", staff.raw)
	}
	p.want(200, "", "POST", "/sandbox/clock", `{"advance":"1s"}`)
	seen := map[string]bool{}
	for _, e := range p.want(200, "mp", "GET", "/events?limit=200", "").at("items").([]any) {
		seen[e.(map[string]any)["type"].(string)] = true
	}
	for _, want := range []string{"claim.replacement_started", "claim.replacement_shipped", "claim.replacement_corrected", "claim.replacement_delivered", "claim.reopened"} {
		if !seen[want] {
			t.Errorf("the feed has no %s", want)
		}
	}
}
