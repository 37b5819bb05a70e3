package handlers

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// Money back over the API: the plan, the payment system's words, the buyer's choice.
func TestRefundOverTheAPI(t *testing.T) {
	p := newPortal(t)
	body := orderBody("mp-b1", "b1@example.com", "mp-s-1")
	body = strings.Replace(body, `"payments":[{"tender":"credit_card","amount":3800}]`, `"payments":[{"tender":"convenience_store","amount":3300},{"tender":"points","amount":500}]`, 1)
	if !strings.Contains(body, "convenience_store") {
		t.Fatal("the order is not paid as this test needs it")
	}
	p.want(201, "mp", "PUT", "/orders/A-1", body)
	p.contact("A-1")
	p.want(200, "", "POST", "/sandbox/clock", `{"advance":"48h"}`)
	number := p.want(201, "b1", "POST", "/claims", filing("A-1")).str("number")
	claim := p.want(200, "s1", "POST", "/claims/"+number+"/actions/accept", "{}")
	if claim.str("refund", "status") != "pending" || claim.at("refund", "total", "amount") != 3800.0 {
		t.Errorf("claim: %s", claim.raw)
	}
	refund := "/refunds/" + claim.str("refund", "id")

	pending := p.want(200, "mp", "GET", "/refunds?status=pending", "")
	if got := pending.at("items").([]any); len(got) != 1 {
		t.Fatalf("pending: %s", pending.raw)
	}
	r := p.want(200, "b1", "GET", refund, "")
	cash, points := r.str("legs", 0, "id"), r.str("legs", 1, "id")
	if r.str("claim") != number || r.str("order_number") != "A-1" || r.at("lines", 0) != 1.0 || r.str("cause") != "accepted" || r.str("legs", 0, "to") != "gift_card" ||
		r.at("legs", 0, "amount", "amount") != 3300.0 || r.at("legs", 0, "ways", 1) != "bank_transfer" {
		t.Errorf("refund: %s", r.raw)
	}
	if got := p.want(200, "s1", "GET", refund, ""); len(got.at("legs").([]any)) != 0 {
		t.Errorf("the seller reads how the buyer paid: %s", got.raw)
	}
	account := `{"bank":"みどり銀行","branch":"中央支店","kind":"ordinary","number":"123-4567","holder":"カイテ ハナコ"}`
	chosen := p.want(200, "b1", "POST", refund+"/destination", `{"leg":"`+cash+`","to":"bank_transfer","account":`+account+`}`)
	if chosen.str("legs", 0, "account_tail") != "567" || chosen.at("legs", 0, "account") != nil {
		t.Errorf("chosen: %s", chosen.raw)
	}
	if got := p.want(200, "mp", "GET", refund, ""); got.str("legs", 0, "account", "number") != "1234567" {
		t.Errorf("the payment system reads %s", got.raw)
	}
	wrong := p.wantCode(422, "invalid_fields", "b1", "POST", refund+"/destination", `{"leg":"`+cash+`","to":"bank_transfer","account":{"bank":"","branch":"x","kind":"gold","number":"1","holder":"x"}}`)
	if wrong.str("errors", 0, "field") != "account.bank" || wrong.str("errors", 1, "field") != "account.kind" {
		t.Errorf("refused: %s", wrong.raw)
	}

	events := refund + "/legs/" + cash + "/events"
	for range 2 {
		p.want(200, "mp", "POST", events, `{"event":"failed","reference":"t-1","reason":"口座名義が違います"}`)
	}
	p.want(200, "mp", "POST", refund+"/legs/"+points+"/events", `{"event":"done","reference":"t-2"}`)
	if got := p.want(200, "b1", "GET", refund, ""); got.str("status") != "failed" || got.str("legs", 0, "reason") != "口座名義が違います" {
		t.Errorf("failed: %s", got.raw)
	}
	if got := p.want(200, "agent", "POST", refund+"/legs/"+cash+"/actions/retry", ""); got.str("legs", 0, "status") != "retried" {
		t.Errorf("retried: %s", got.raw)
	}
	p.wantCode(409, "leg_not_failed", "agent", "POST", refund+"/legs/"+cash+"/actions/retry", "")
	p.want(200, "mp", "POST", events, `{"event":"sent","reference":"t-3"}`)
	p.wantCode(409, "leg_sent", "b1", "POST", refund+"/destination", `{"leg":"`+cash+`","to":"gift_card"}`)
	if got := p.want(200, "mp", "POST", events, `{"event":"done","reference":"t-3"}`); got.str("status") != "done" || got.at("legs", 0, "account") != nil {
		t.Errorf("done: %s", got.raw)
	}
	p.wantCode(409, "leg_done", "mp", "POST", events, `{"event":"failed","reference":"t-4"}`)
	p.want(400, "mp", "POST", events, `{"event":"done","reference":"t-3","amount":1}`)
	p.wantCode(404, "not_found", "mp", "POST", refund+"/legs/none/events", `{"event":"done","reference":"t-3"}`)
	p.wantCode(422, "invalid_fields", "mp", "GET", "/refunds?status=lost", "")
	if got := p.want(200, "b1", "GET", "/claims/"+number, ""); got.str("refund", "status") != "done" {
		t.Errorf("claim: %s", got.raw)
	}
}

// Many events at once, a line each: a bad line does not stop the rest, and sent again nothing
// counts twice.
func TestManyLegEventsOverTheAPI(t *testing.T) {
	p := newPortal(t)
	var refunds, legs []string
	for i := range 3 {
		_, refund := p.refunded(fmt.Sprintf("A-%d", i), `{"tender":"convenience_store","amount":3300},{"tender":"points","amount":500}`)
		r := p.want(200, "b1", "GET", refund, "")
		refunds, legs = append(refunds, r.str("id")), append(legs, r.str("legs", 0, "id"), r.str("legs", 1, "id"))
	}
	line := func(refund, leg, rest string) string {
		return `{"refund":"` + refund + `","leg":"` + leg + `",` + rest + "}"
	}
	const done = `"event":"done","reference":"p-1"`
	batch := strings.Join([]string{
		line(refunds[0], legs[0], `"event":"sent","reference":"p-1"`), line(refunds[0], legs[1], done), `{"refund":`, "", line(refunds[0], legs[2], done),
		line(refunds[1], legs[2], `"event":"failed","reference":"p-1","reason":"口座名義が違います"`), line(refunds[1], legs[3], `"event":"lost","reference":"p-1"`),
		line(refunds[0], legs[0], done), line(refunds[0], legs[0], `"event":"failed","reference":"p-9"`), line("", legs[0], done), line(refunds[0], "", done),
		line(refunds[0], legs[0], done+`,"amount":1`), `{"refund":"` + strings.Repeat("x", maxLine) + `"}`, line(refunds[2], legs[4], done), line(refunds[2], legs[5], done),
	}, "\n")
	want := []string{
		"1 sent", "2 done", "3 malformed", "5 not_found", "6 failed", "7 invalid_fields event", "8 done", "9 leg_done", "10 invalid_fields refund", "11 invalid_fields leg",
		"12 unknown_field amount", "13 too_large", "14 done", "15 done",
	}
	const ndjson = "Content-Type: application/x-ndjson"
	answers := func(raw []byte) (list []string) {
		for text := range strings.Lines(string(raw)) {
			var r eventResult
			if err := json.Unmarshal([]byte(text), &r); err != nil {
				t.Fatalf("%v: %s", err, text)
			}
			said := fmt.Sprintf("%d %s%s", r.Line, r.Status, r.Code)
			if len(r.Errors) > 0 {
				said += " " + r.Errors[0].Field
			}
			if (r.Status == "") == (r.Detail == "") || r.Code != "" && r.Status != "" {
				t.Errorf("half said: %s", text)
			}
			list = append(list, said)
		}
		return list
	}
	if got := answers(p.want(200, "mp", "POST", "/refunds/events", batch, ndjson).raw); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	states := func() (s string) {
		for _, id := range refunds {
			s += string(p.want(200, "b1", "GET", "/refunds/"+id, "").raw)
		}
		return s + string(p.want(200, "b1", "GET", "/notices", "").raw)
	}
	before := states()
	want[0] = "1 done" // where the leg is by now
	if got := answers(p.want(200, "mp", "POST", "/refunds/events", batch, ndjson).raw); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("sent again: got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if states() != before {
		t.Errorf("sent again, it is\n%s\nafter\n%s", states(), before)
	}
	for _, who := range []string{"b1", "s1", "agent"} {
		p.wantCode(403, "forbidden", who, "POST", "/refunds/events", batch, ndjson)
	}
	p.wantCode(400, "malformed", "mp", "POST", "/refunds/events", batch)
	first := p.want(200, "mp", "POST", "/refunds/events", batch, ndjson, "Idempotency-Key: b")
	second := p.want(200, "mp", "POST", "/refunds/events", batch, ndjson, "Idempotency-Key: b")
	if string(first.raw) != string(second.raw) || second.header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("replay: %s\n%s", first.raw, second.raw)
	}
}
