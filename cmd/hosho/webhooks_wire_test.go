package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"hosho/models/modelstest"
)

// broken is a way in which the network between the portal and a receiver fails while money is asked
// for, and whether the receiver has heard of it all the same.
type broken struct {
	name  string
	fail  func(*modelstest.Wire, *shop)
	heard bool
}

var brokenWires = []broken{
	{"the answer is lost", func(w *modelstest.Wire, _ *shop) { w.Deafen() }, true},
	{"it breaks off while the receiver works", func(w *modelstest.Wire, s *shop) {
		s.does(func(http.ResponseWriter, *http.Request) { w.Cut() })
	}, true},
	{"nothing gets through", func(w *modelstest.Wire, _ *shop) { w.Down(true) }, false},
	{"it is slow", func(w *modelstest.Wire, _ *shop) { w.Slow(30 * time.Millisecond) }, true},
}

// payingShop is a receiver that pays what it is asked for, each leg once, and tells so.
type payingShop struct {
	*shop
	t     *testing.T
	pay   func(refund, leg string)
	said  map[string]string // by webhook-id: the body
	times map[string]int    // by refund: how often it was asked
	paid  map[string]int64  // by leg
}

// works takes what has come.
func (p *payingShop) works() {
	p.t.Helper()
	for _, d := range p.take() {
		id := d.header.Get("webhook-id")
		if before, again := p.said[id]; again && before != string(d.body) {
			p.t.Errorf("%s says %s and then %s", id, before, d.body)
		}
		p.said[id] = string(d.body)
		var body struct {
			Data struct {
				Subject struct{ ID string }
				Data    struct {
					Legs []struct {
						Leg    string
						Amount int64
					}
				}
			}
		}
		if err := json.Unmarshal(d.body, &body); err != nil {
			p.t.Fatal(err)
		}
		p.times[body.Data.Subject.ID]++
		for _, l := range body.Data.Data.Legs {
			if _, done := p.paid[l.Leg]; !done {
				p.paid[l.Leg] = l.Amount
			}
			p.pay(body.Data.Subject.ID, l.Leg) // said again each time it is asked
		}
	}
}

// A receiver behind a network that loses answers, breaks off, is away or is slow hears of every refund
// in the end, under one id and in the same words each time, so that each leg is paid once.
func TestReceiverBehindABrokenWire(t *testing.T) {
	serve := startServe(t, serveEnv(t), "--sandbox")
	base := serve.base + "/api/v1"
	token := func(body string) string {
		return callAPI(t, "POST", base+"/sandbox/tokens", "", body)["token"].(string)
	}
	market, buyer, seller := token(`{"email":"shop@example.com","role":"integration"}`), token(`{"email":"b@example.com","role":"buyer"}`), token(`{"email":"s@example.com","role":"seller","seller_id":"s-1"}`)
	later := func(advance string) { callAPI(t, "POST", base+"/sandbox/clock", "", `{"advance":"`+advance+`"}`) }

	store := newShop(t)
	wire, address := modelstest.Through(t, store.URL)
	callAPI(t, "POST", base+"/webhook-endpoints", market, `{"url":"`+address+`","types":["refund.requested"]}`)
	p := &payingShop{shop: store, t: t, said: map[string]string{}, times: map[string]int{}, paid: map[string]int64{}}
	p.pay = func(refund, leg string) {
		callAPI(t, "POST", base+"/refunds/"+refund+"/legs/"+leg+"/events", market, `{"event":"done","reference":"pay-`+leg+`"}`)
	}
	now, err := time.Parse(time.RFC3339, callAPI(t, "GET", base+"/sandbox/clock", "", "")["now"].(string))
	if err != nil {
		t.Fatal(err)
	}
	claims := make([]string, len(brokenWires))
	for i := range brokenWires {
		callAPI(t, "PUT", fmt.Sprintf("%s/orders/W-%d", base, i), market, fmt.Sprintf(`{"buyer":{"id":"b","email":"b@example.com"},"placed_at":%q,"currency":"JPY",
			"lines":[{"line":1,"seller":{"id":"s-1"},"title":"机の灯り","quantity":1,"unit_price":3800,"status":"shipped","estimated_delivery":{"latest":%q}}],
			"payments":[{"tender":"credit_card","amount":2300},{"tender":"points","amount":1000},{"tender":"coupon","amount":500}]}`,
			now.Add(-20*24*time.Hour).Format(time.RFC3339), now.Add(-12*24*time.Hour).Format(time.DateOnly)))
		callAPI(t, "POST", fmt.Sprintf("%s/orders/W-%d/lines/1/messages", base, i), buyer, `{"body":"商品が届きません。","topic":"not_received"}`)
	}
	later("48h")
	for i := range claims {
		claims[i] = callAPI(t, "POST", base+"/claims", buyer, fmt.Sprintf(`{"order_number":"W-%d","line":1,"reason":"not_received","description":"届きません。","desired_outcome":"refund"}`, i))["number"].(string)
	}
	refunds := make([]string, len(claims))
	for i, b := range brokenWires {
		b.fail(wire, store)
		refunds[i] = callAPI(t, "POST", base+"/claims/"+claims[i]+"/actions/accept", seller, `{}`)["refund"].(map[string]any)["id"].(string)
		for range 3 {
			later("1m")
		}
		p.works()
		if heard := p.times[refunds[i]] > 0; heard != b.heard {
			t.Errorf("%s: the receiver has heard of it: %t", b.name, heard)
		}
		store.does(nil)
		wire.Slow(0)
		wire.Down(false)
		wire.Cut()
		for range 6 {
			later("1h")
			p.works()
		}
		if b.heard && b.name != "it is slow" && p.times[refunds[i]] < 2 {
			t.Errorf("%s: it was asked %d times", b.name, p.times[refunds[i]])
		}
	}
	var out int64
	for _, amount := range p.paid {
		out += amount
	}
	if len(p.paid) != 3*len(claims) || out != int64(3800*len(claims)) || len(p.said) != len(claims) {
		t.Errorf("%d legs of %d webhooks were paid, %d in all", len(p.paid), len(p.said), out)
	}
	for i, id := range refunds {
		if got := callAPI(t, "GET", base+"/refunds/"+id, market, ""); got["status"] != "done" {
			t.Errorf("%s: %v", brokenWires[i].name, got)
		}
	}
	if left := callAPI(t, "GET", base+"/refunds?status=pending", market, "")["items"].([]any); len(left) != 0 {
		t.Errorf("still to be paid: %v", left)
	}
}
