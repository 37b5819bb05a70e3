package handlers

import (
	"net/http"
	"strings"
	"testing"
)

// A member of a seller who has bought something elsewhere is its buyer and nothing else: the
// seller's pages of that case and that order are not there, on none of their addresses.
func TestSellersOwnPurchase(t *testing.T) {
	p := newPortal(t)
	p.want(201, "mp", "PUT", "/orders/o-1", orderBody("mp-s1", "s1@example.com", "mp-s-2"))
	ends := p.want(201, "s1", "POST", "/orders/o-1/lines/1/messages", `{"body":"商品が届きません。","topic":"not_received"}`).str("contact", "wait_ends_at")
	p.want(200, "", "POST", "/sandbox/clock", `{"to":"`+ends+`"}`)
	evidence := p.uploaded("s1", 3)
	number := p.want(201, "s1", "POST", "/claims", strings.Replace(filing("o-1"), `"line"`, `"evidence":["`+evidence+`"],"line"`, 1)).str("number")
	own := target{order: "o-1", claim: number, evidence: evidence}
	walked := 0
	for _, row := range readAuthz(t) {
		if !strings.Contains(row.path, "/seller/cases/:number") && !strings.Contains(row.path, "/seller/orders/:number") {
			continue
		}
		walked++
		if got := p.ask(row, "seller", own); got != http.StatusNotFound {
			t.Errorf("%s about the seller's own purchase: %d, want 404", row.route, got)
		}
	}
	if walked < 15 {
		t.Errorf("only %d addresses were walked", walked)
	}
	for who, paths := range map[string][]string{"s1": {"/ja/my/claims/" + number, "/ja/my/orders/o-1"}, "s2": {"/ja/seller/cases/" + number, "/ja/seller/orders/o-1"}} {
		for _, path := range paths {
			if got := p.as(who).send("GET", path, "", nil); got.status != 200 {
				t.Errorf("%s about it as %s: %d", path, who, got.status)
			}
		}
	}
}
