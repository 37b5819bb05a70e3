package handlers

import (
	"regexp"
	"strings"
	"testing"
)

// A seller and staff read the same numbers, by API and by page; the badge is anybody's.
func TestSellerHealth(t *testing.T) {
	p := newPortal(t)
	gone := func(n string) {
		t.Helper()
		body := orderBody("mp-b1", "b1@example.com", "mp-s-1")
		body = regexp.MustCompile(`"status":"[a-z]+"`).ReplaceAllString(body, `"status":"cancelled","cancellation":{"at":"2026-01-15T00:00:00Z","by":"seller","stated_reason":"out_of_stock"}`)
		p.want(201, "mp", "PUT", "/orders/"+n, body)
	}
	p.want(201, "mp", "PUT", "/orders/O-1", orderBody("mp-b1", "b1@example.com", "mp-s-1"))
	for _, n := range []string{"O-2", "O-3", "O-4"} {
		gone(n)
	}
	got := p.want(200, "s1", "GET", "/sellers/mp-s-1/health", "")
	if got.at("windows", 2, "stock_outs") != 3.0 || got.at("windows", 2, "orders") != 4.0 || got.at("points") != 45.0 || got.at("level") != 1.0 || got.str("next_step", "measure") != "warning" {
		t.Errorf("health: %s", got.raw)
	}
	p.want(200, "lead", "GET", "/sellers/mp-s-1/health", "")
	p.wantCode(404, "not_found", "s2", "GET", "/sellers/mp-s-1/health", "")
	p.wantCode(404, "not_found", "b1", "GET", "/sellers/mp-s-1/health", "")
	badge := p.want(200, "", "GET", "/sellers/mp-s-1/badge", "")
	if badge.at("stock_outs") != 3.0 || badge.at("orders") != 4.0 || badge.at("small_sample") != true || badge.header.Get("ETag") == "" || !strings.HasPrefix(badge.header.Get("Cache-Control"), "public") {
		t.Errorf("badge: %s %v", badge.raw, badge.header)
	}
	lacks(t, "nobody is named", string(badge.raw), "mp-b1", "example.com")
	picture := p.want(200, "", "GET", "/sellers/mp-s-1/badge.svg?lang=en", "")
	wants(t, "the picture", string(picture.raw), "<title>Stock-out cancellations, last 90 days: 3 of 4, small sample</title>")
	p.want(422, "", "GET", "/sellers/mp-s-1/badge.svg?lang=xx", "")

	seller, agent := p.as("s1"), p.as("agent")
	page := seller.page(200, "/ja/seller/health")
	wants(t, "the seller's page", page, "4件中3件、少数のため目安です", "件数が少ないため判定しません", "<title id=\"chart-title\">", "段階1", `href="/ja/seller/health/orders?count=stock_outs&amp;days=90"`)
	wants(t, "behind a number", seller.page(200, "/ja/seller/health/orders?count=stock_outs&days=90"), "O-2", "在庫切れとして数えます")
	seller.page(404, "/ja/seller/health/orders?count=x")
	seller.page(404, "/ja/seller/health/orders?days=x")
	wants(t, "in English", seller.raw("/en/seller/health"), "3 of 4, small sample", "Too few to judge", "1 more before")
	wants(t, "sellers by risk", agent.page(200, "/ja/staff/sellers"), "mp-s-1", "注意と改善計画")
	wants(t, "none of that step", agent.page(200, "/ja/staff/sellers?level=5"), "この条件に合う出品者はいません")
	wants(t, "the seller's file", agent.page(200, "/ja/staff/sellers/mp-s-1"), "アカウント健全性", `href="/ja/staff/sellers/mp-s-1/statement"`)
	wants(t, "behind it", agent.page(200, "/ja/staff/sellers/mp-s-1/orders?count=cancelled&days=30"), "O-2")
}
