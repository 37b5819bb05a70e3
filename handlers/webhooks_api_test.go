package handlers

import (
	"strings"
	"testing"

	"hosho/models"
)

// The secret of an endpoint is shown once, to whoever made it, also when they ask again under
// the same key.
func TestWebhookEndpoints(t *testing.T) {
	p := newPortal(t)
	const body = `{"url":"https://shop.example/hooks","types":["claim.decided","refund.*"]}`
	made := p.want(201, "mp", "POST", "/webhook-endpoints", body, "Idempotency-Key: k1")
	again := p.want(201, "mp", "POST", "/webhook-endpoints", body, "Idempotency-Key: k1")
	secret := made.str("secret")
	if !strings.HasPrefix(secret, "whsec_") || again.str("secret") != secret || again.str("id") != made.str("id") {
		t.Errorf("made %s, again %s", made.raw, again.raw)
	}
	if made.str("status") != "active" || made.str("types", 1) != "refund.*" || made.at("failing_since") != nil || made.at("last_error") != nil {
		t.Errorf("made %s", made.raw)
	}
	for _, who := range []string{"mp", "admin"} {
		list := p.want(200, who, "GET", "/webhook-endpoints", "")
		if len(list.at("items").([]any)) != 1 || list.str("items", 0, "url") != "https://shop.example/hooks" || strings.Contains(string(list.raw), "whsec_") || strings.Contains(string(list.raw), "secret") {
			t.Errorf("%s sees %s", who, list.raw)
		}
	}
	mine := p.want(201, "admin", "POST", "/webhook-endpoints", `{"url":"https://staff.example/"}`)
	p.wantCode(404, "not_found", "mp", "DELETE", "/webhook-endpoints/"+mine.str("id"), "")
	if gone := p.want(200, "mp", "DELETE", "/webhook-endpoints/"+made.str("id"), ""); gone.str("id") != made.str("id") {
		t.Errorf("deleted %s", gone.raw)
	}
	p.wantCode(404, "not_found", "mp", "DELETE", "/webhook-endpoints/"+made.str("id"), "")
	for _, wrong := range []string{`{}`, `{"url":""}`, `{"url":"ftp://shop.example/"}`, `{"url":"https://u:p@shop.example/"}`, `{"url":"https://shop.example/","types":["decided"]}`, `{"url":"https://shop.example/","types":["claim.decided","claim.decided"]}`} {
		p.wantCode(422, "invalid_fields", "mp", "POST", "/webhook-endpoints", wrong)
	}
	for range models.MaxWebhookEndpoints - 1 {
		p.webhook("mp")
	}
	p.wantCode(422, "too_many_webhook_endpoints", "mp", "POST", "/webhook-endpoints", `{"url":"https://shop.example/"}`)
}

// A keeper reads what was sent, sends a test and tries again; who is no keeper knows of none.
func TestWebhookDeliveriesOverTheAPI(t *testing.T) {
	p := newPortal(t)
	id := p.webhook("mp")
	here := "/webhook-endpoints/" + id
	if e := p.want(200, "mp", "GET", here, ""); e.str("id") != id || strings.Contains(string(e.raw), "secret") {
		t.Errorf("read %s", e.raw)
	}
	if none := p.want(200, "admin", "GET", here+"/deliveries", ""); len(none.at("items").([]any)) != 0 {
		t.Errorf("listed %s", none.raw)
	}
	made := p.want(200, "mp", "POST", here+"/actions/test", "{}")
	if made.str("type") != "webhook.test" || made.str("state") != "pending" || made.at("number") != nil || made.at("tries") != 0.0 || made.at("last_status") != nil || made.at("may_retry") != false {
		t.Errorf("made %s", made.raw)
	}
	list := p.want(200, "admin", "GET", here+"/deliveries?limit=1", "")
	if list.str("items", 0, "id") != made.str("id") || list.at("next_cursor") != nil {
		t.Errorf("listed %s", list.raw)
	}
	p.wantCode(409, "delivery_not_failed", "mp", "POST", here+"/deliveries/"+made.str("id")+"/actions/retry", "{}")
	p.wantCode(404, "not_found", "mp", "POST", here+"/deliveries/none/actions/retry", "{}")
	p.wantCode(409, "webhook_enabled", "mp", "POST", here+"/actions/enable", "{}")
	p.wantCode(422, "invalid_fields", "mp", "GET", here+"/deliveries?cursor=x", "")
	if log := p.log.String(); !strings.Contains(log, "webhook tested") || !strings.Contains(log, "webhook endpoint created") || strings.Contains(log, "whsec_") || strings.Contains(log, "shop.example") {
		t.Errorf("the log: %s", log)
	}
}
