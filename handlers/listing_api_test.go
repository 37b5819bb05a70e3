package handlers

import (
	"strings"
	"testing"
)

func TestListingFeed(t *testing.T) {
	p := newPortal(t)
	p.order("o-1")
	const path = "/listings/mp-s-1/LAMP-1"
	got := p.want(201, "mp", "PUT", path, `{"price":3000,"currency":"JPY","available":true,"at":"2026-01-10T10:00:00+09:00"}`)
	if got.str("sku") != "LAMP-1" || got.str("price", "currency") != "JPY" || !strings.Contains(string(got.raw), `"stale":false`) {
		t.Errorf("told: %s", got.raw)
	}
	if got := p.want(200, "mp", "PUT", path, `{"price":9000,"currency":"JPY","available":false,"at":"2026-01-09T10:00:00+09:00"}`); !strings.Contains(string(got.raw), `"stale":true`) || !strings.Contains(string(got.raw), `"amount":3000`) {
		t.Errorf("an older word: %s", got.raw)
	}
	if got := p.want(201, "mp", "PUT", "/listings/mp-s-1/never-sold", `{"price":1,"currency":"JPY","available":true,"at":"2026-01-09T10:00:00+09:00"}`); !strings.Contains(string(got.raw), `"known":false`) {
		t.Errorf("of no order: %s", got.raw)
	}
	for body, code := range map[string]string{
		`{"price":-1,"currency":"JPY","available":true,"at":"2026-01-12T10:00:00+09:00"}`:   "price_negative",
		`{"price":3000,"currency":"JPY","available":true,"at":"2026-01-21T10:00:01+09:00"}`: "at_in_future",
	} {
		got := p.wantCode(422, code, "mp", "PUT", path, body)
		if detail := got.str("detail"); detail == "" || strings.Contains(detail, "_") {
			t.Errorf("%s says %q", code, detail)
		}
	}
	p.wantCode(404, "not_found", "mp", "PUT", "/listings/none/LAMP-1", `{"price":1,"currency":"JPY","available":true,"at":"2026-01-12T10:00:00+09:00"}`)
	p.wantCode(400, "unknown_field", "mp", "PUT", path, `{"prize":1}`)
	p.wantCode(403, "forbidden", "s1", "PUT", path, `{}`)
}
