package handlers

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// outOfStockBody is an order whose seller cancelled it as out of stock on 10 January 2026.
func outOfStockBody(buyer, email, seller string) string {
	return strings.Replace(strings.Replace(orderBody(buyer, email, seller), `"status":"shipped"`, `"status":"cancelled","cancellation":{"at":"2026-01-10T10:00:00+09:00","by":"seller","stated_reason":"out_of_stock"}`, 1),
		`"shipment":{"carrier":"飛脚","shipped_at":"2026-01-02T09:00:00+09:00"}`, `"shipment":null`, 1)
}

// reportBody reports the first seller with orders.
func reportBody(orders ...string) string {
	return `{"seller_id":"mp-s-1","orders":["` + strings.Join(orders, `","`) + `"],"statement":"在庫切れと言われました。"}`
}

// A report from sending to its outcome, and each refusal, over the API alone.
func TestReportsOverTheAPI(t *testing.T) {
	p := newPortal(t)
	for i := range 13 {
		p.want(201, "mp", "PUT", fmt.Sprintf("/orders/A-%d", i), outOfStockBody("mp-b-1", "b1@example.com", "mp-s-1"))
	}
	p.want(201, "mp", "PUT", "/orders/B-1", orderBody("mp-b-1", "b1@example.com", "mp-s-1"))
	p.want(201, "mp", "PUT", "/orders/B-2", outOfStockBody("mp-b-2", "b2@example.com", "mp-s-2"))
	p.wantCode(422, "order_not_yours", "b1", "POST", "/reports", reportBody("A-0", "B-1", "B-2"))
	p.wantCode(422, "order_not_yours", "b1", "POST", "/reports", reportBody("Z-9"))
	p.wantCode(422, "not_cancelled_by_seller", "b1", "POST", "/reports", reportBody("A-0", "B-1"))
	p.wantCode(422, "invalid_fields", "b1", "POST", "/reports", `{"seller_id":"mp-s-1","orders":[],"statement":"在庫切れでした。"}`)
	p.wantCode(400, "unknown_field", "b1", "POST", "/reports", `{"seller_id":"mp-s-1","order":"A-0"}`)
	p.wantCode(422, "unknown_upload", "b1", "POST", "/reports", strings.Replace(reportBody("A-0"), `"statement"`, `"evidence":["none"],"statement"`, 1))

	shot := p.uploaded("b1", 7)
	body := strings.Replace(reportBody("A-0", "A-1"), `"statement"`, `"evidence":["`+shot+`"],"statement"`, 1)
	sent := p.want(201, "b1", "POST", "/reports", body)
	number := sent.str("number")
	if sent.str("status") != "received" || sent.at("outcome") != nil || sent.str("seller", "id") != "mp-s-1" || sent.str("orders", 1, "number") == "" || sent.str("due_at") != "2026-02-03T01:00:00Z" || sent.at("sender") != nil || sent.at("orders", 0, "stock_out") != nil {
		t.Errorf("sent: %s", sent.raw)
	}
	p.wantCode(422, "already_reported", "b1", "POST", "/reports", reportBody("A-2", "A-1"))
	for who, want := range map[string]int{"b1": 200, "agent": 200, "admin": 200, "b2": 404, "s1": 404, "mp": 404, "": 401} {
		p.want(want, who, "GET", "/reports/"+number, "")
	}
	for who, want := range map[string]int{"b1": 200, "agent": 200, "b2": 404, "s1": 404} {
		p.want(want, who, "GET", "/evidence/"+shot, "")
	}
	staff := p.want(200, "agent", "GET", "/reports?seller=mp-s-1", "")
	if staff.str("items", 0, "sender", "email") != "b1@example.com" || staff.at("items", 0, "orders", 0, "stock_out") != true || staff.at("items", 0, "suspected") != false {
		t.Errorf("staff read %s", staff.raw)
	}
	if got := p.want(200, "s1", "GET", "/reports?seller=mp-s-1", ""); len(got.at("items").([]any)) != 0 {
		t.Errorf("the seller lists %s", got.raw)
	}
	for i := 2; i < 11; i++ {
		p.want(201, "b1", "POST", "/reports", reportBody(fmt.Sprintf("A-%d", i)))
	}
	full := p.wantCode(429, "too_many_reports", "b1", "POST", "/reports", reportBody("A-11"))
	if full.str("available_at") != "2026-01-21T01:00:00Z" || !strings.Contains(full.str("detail"), "1月21日(水)10:00") {
		t.Errorf("full: %s", full.raw)
	}
	if page := p.want(200, "b1", "GET", "/reports?limit=4", ""); len(page.at("items").([]any)) != 4 || page.at("next_cursor") == nil {
		t.Errorf("page: %s", page.raw)
	}
	p.want(200, "", "POST", "/sandbox/clock", `{"advance":"337h"}`)
	if got := p.want(200, "b1", "GET", "/reports/"+number, ""); got.str("status") != "closed_no_action" || got.str("outcome") != "within_limit" || got.at("due_at") != nil {
		t.Errorf("closed: %s", got.raw)
	}
	events := p.want(200, "mp", "GET", "/events?limit=100", "")
	var types []string
	for i := range events.at("items").([]any) {
		if kind := events.str("items", i, "type"); strings.HasPrefix(kind, "report.") && events.str("items", i, "subject", "id") == number {
			types = append(types, kind)
		}
	}
	if !slices.Equal(types, []string{"report.received", "report.closed_no_action"}) || strings.Contains(string(events.raw), "在庫切れと") || strings.Contains(string(events.raw), "b1@") {
		t.Errorf("events %v: %s", types, events.raw)
	}
	// Ninety days after the cancellation.
	p.want(200, "", "POST", "/sandbox/clock", `{"to":"2026-04-10T01:00:00Z"}`)
	p.wantCode(422, "too_old", "b1", "POST", "/reports", reportBody("A-11"))
}

// The same key sends one report.
func TestReportUnderAKey(t *testing.T) {
	p := newPortal(t)
	p.want(201, "mp", "PUT", "/orders/A-1", outOfStockBody("mp-b-1", "b1@example.com", "mp-s-1"))
	first := p.want(201, "b1", "POST", "/reports", reportBody("A-1"), "Idempotency-Key: k1")
	if again := p.want(201, "b1", "POST", "/reports", reportBody("A-1"), "Idempotency-Key: k1"); again.str("number") != first.str("number") {
		t.Errorf("%s and %s", first.raw, again.raw)
	}
	p.wantCode(422, "already_reported", "b1", "POST", "/reports", reportBody("A-1"), "Idempotency-Key: k2")
}
