package handlers

import "testing"

// Before cancelling, a seller reads what would change, by API and by page.
func TestCancelWhatIf(t *testing.T) {
	p := newPortal(t)
	p.want(201, "mp", "PUT", "/orders/O-1", unshippedBody("unshipped"))
	p.want(201, "mp", "PUT", "/orders/O-2", cancelledBody("out_of_stock"))
	p.want(201, "mp", "PUT", "/orders/O-3", cancelledBody("out_of_stock"))
	p.want(201, "mp", "PUT", "/orders/O-4", unshippedBody("delivered"))
	const path = "/sellers/mp-s-1/what-if/"
	got := p.want(200, "s1", "GET", path+"O-1", "")
	if got.at("points") != 30.0 || got.at("level") != 0.0 || got.at("lines", 0) != 1.0 || got.at("investigation_open") != false || got.at("counts") != false {
		t.Errorf("now: %s", got.raw)
	}
	for i, want := range []struct {
		way           string
		added, points float64
	}{{"stock_out", 15, 45}, {"misdeclared", 20, 50}, {"dearer", 35, 65}} {
		if got.str("outcomes", i, "way") != want.way || got.at("outcomes", i, "points_added") != want.added || got.at("outcomes", i, "points") != want.points || got.str("outcomes", i, "measure") != "plan" {
			t.Errorf("%s: %s", want.way, got.raw)
		}
	}
	if got.at("rates", 1, "now", "stock_outs") != 2.0 || got.at("rates", 1, "then", "stock_outs") != 3.0 || got.str("outcomes", 0, "leaves_at") != "2026-04-20T01:00:00Z" {
		t.Errorf("rates: %s", got.raw)
	}
	p.want(200, "agent", "GET", path+"O-1", "")
	p.wantCode(404, "not_found", "s2", "GET", path+"O-1", "")
	p.wantCode(404, "not_found", "b1", "GET", path+"O-1", "")
	p.wantCode(404, "not_found", "s1", "GET", path+"none", "")
	p.wantCode(409, "already_cancelled", "s1", "GET", path+"O-2", "")
	p.wantCode(409, "already_shipped", "s1", "GET", path+"O-4", "")

	seller := p.as("s1")
	const link = `/seller/orders/O-1/what-if"`
	wants(t, "the order", seller.page(200, "/ja/seller/orders/O-1"), `"/ja`+link)
	wants(t, "the page of account health", seller.page(200, "/ja/seller/health"), `<a href="/ja/seller/orders">キャンセルする前に`)
	lacks(t, "a cancelled order", seller.page(200, "/ja/seller/orders/O-2"), "/what-if")
	wants(t, "the page", seller.page(200, "/ja/seller/orders/O-1/what-if"), "現在30点、キャンセル後45点", "段階1", "4件中3件", "このページではキャンセルされません", `href="/ja/seller/orders/O-1"`, "count=late")
	wants(t, "in English", seller.raw("/en/seller/orders/O-1/what-if"), "30 now, 45 after", "None would open", "3 of 4, small sample")
	wants(t, "a shipped one", seller.page(200, "/ja/seller/orders/O-4/what-if"), "発送済みのため、キャンセルできません")
	wants(t, "a cancelled one", seller.page(200, "/ja/seller/orders/O-2/what-if"), "すでにすべてキャンセルされています", `href="/ja/seller/health/orders/O-2"`)
	seller.page(404, "/ja/seller/orders/none/what-if")
	p.as("s2").page(404, "/ja/seller/orders/O-1/what-if")
}
