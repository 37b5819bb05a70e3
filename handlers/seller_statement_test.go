package handlers

import (
	"encoding/csv"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestPlainCell(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "青葉雑貨店": "青葉雑貨店", "C-1": "C-1", "=1+1": "'=1+1", "+81": "'+81", "-500": "'-500", "@SUM(A1)": "'@SUM(A1)", "\t=1": "'\t=1", "\r": "'\r", "\n=1": "'\n=1", " =1": "' =1",
		"　＝１": "'　＝１", "＠A": "'＠A", "a=1": "a=1", "1-2": "1-2",
	} {
		if got := plainCell(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	rapid.Check(t, func(r *rapid.T) {
		s := rapid.StringOf(rapid.RuneFrom([]rune("=+-@\t\r\n ＝＋－＠'\"a,1　"))).Draw(r, "cell")
		got := plainCell(s)
		if !strings.HasSuffix(got, s) || len(got) > len(s)+1 {
			r.Fatalf("%q became %q", s, got)
		}
		if got == "" {
			return
		}
		if strings.ContainsRune("=+-@\t\r\n", rune(got[0])) || got[0] == ' ' && strings.ContainsAny(strings.TrimSpace(got)[:min(1, len(strings.TrimSpace(got)))], "=+-@") {
			r.Fatalf("%q is reckoned as %q", s, got)
		}
	})
}

// settled is a claim about an order that the seller has accepted.
func (p *portal) settled(order string) (number string) {
	p.t.Helper()
	p.want(201, "mp", "PUT", "/orders/"+order, orderBody("mp-b-1", "b1@example.com", "mp-s-1"))
	p.want(200, "", "POST", "/sandbox/clock", `{"to":"`+p.contact(order)+`"}`)
	number = p.want(201, "b1", "POST", "/claims", filing(order)).str("number")
	p.want(200, "s1", "POST", "/claims/"+number+"/actions/accept", "{}")
	return number
}

func TestStatementOverTheAPI(t *testing.T) {
	p := newPortal(t)
	number := p.settled("A-1")
	got := p.want(200, "s1", "GET", "/sellers/mp-s-1/statement", "")
	if got.str("items", 0, "kind") != "refund" || got.str("items", 0, "claim") != number || got.at("items", 0, "amount", "amount") != 3800.0 || got.at("items", 0, "counts") != nil ||
		got.at("totals", 0, "borne_by_seller", "amount") != 3800.0 || got.at("totals", 0, "rows") != 1.0 {
		t.Errorf("statement: %s", got.raw)
	}
	month := got.str("month")
	if same := p.want(200, "lead", "GET", "/sellers/mp-s-1/statement?month="+month+"&limit=1", ""); same.str("items", 0, "id") != got.str("items", 0, "id") {
		t.Errorf("a lead reads %s", same.raw)
	}
	if none := p.want(200, "s1", "GET", "/sellers/mp-s-1/statement?month=2030-01", ""); len(none.at("items").([]any)) != 0 || len(none.at("totals").([]any)) != 0 {
		t.Errorf("a month without entries: %s", none.raw)
	}
	for _, month := range []string{"", "2026", "2026-13", "x"} {
		p.wantCode(422, "invalid_fields", "s1", "GET", "/sellers/mp-s-1/statement?month="+month, "")
	}
	p.want(400, "s1", "GET", "/sellers/mp-s-1/statement?year=2026", "")
	p.wantCode(404, "not_found", "s2", "GET", "/sellers/mp-s-1/statement", "")
}

func TestStatementPages(t *testing.T) {
	p := newPortal(t)
	number := p.settled("A-1")
	seller, agent := p.as("s1"), p.as("agent")
	page := seller.page(200, "/ja/seller/statement")
	wants(t, "page", page, "月次明細", "¥3,800", "出品者が全額の返金に同意", `href="/ja/seller/cases/`+number+`"`, "貴店の負担", ">貴店</td>", "0件", "表計算ソフト用の一覧をダウンロード", "A-1")
	lacks(t, "page", page, "クレジットカード")
	wants(t, "in English", seller.raw("/en/seller/statement"), "Monthly statement", "The seller agreed to the full refund")
	links := regexp.MustCompile(`/ja/seller/statement\?month=\d{4}-\d{2}`).FindAllString(page, -1)
	if len(links) < 2 {
		t.Fatalf("months: %v", links)
	}
	wants(t, "the month before", seller.page(200, links[0]), "この月の明細はありません")
	lacks(t, "the month before", seller.page(200, links[0]), "表計算ソフト用の一覧をダウンロード")
	seller.page(404, "/ja/seller/statement?month=2026-13")
	seller.page(404, "/ja/seller/statement?cursor=x")
	wants(t, "staff", agent.page(200, "/ja/staff/sellers/mp-s-1/statement"), "の商品についての保証申請", "出品者の負担", ">出品者</td>", `href="/ja/staff/cases/`+number+`"`)
	wants(t, "the case", agent.page(200, "/ja/staff/cases/"+number), `href="/ja/staff/sellers/mp-s-1/statement"`)

	file := seller.send("GET", regexp.MustCompile(`/ja/seller/statement/csv\?month=[\d-]+`).FindString(page), "", nil)
	if file.header.Get("Content-Type") != "text/csv; charset=utf-8" || !strings.HasPrefix(file.header.Get("Content-Disposition"), `attachment; filename="hosho-mp-s-1-`) || file.header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers: %v", file.header)
	}
	text, marked := strings.CutPrefix(string(file.raw), "\ufeff")
	if !marked || !strings.Contains(text, "\r\n") {
		t.Errorf("for Excel it is not: %q", text)
	}
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(rows) != 2 || rows[0][6] != "金額" || rows[1][6] != "3800" || rows[1][7] != "JPY" || rows[1][3] != number || rows[1][8] != "" {
		t.Errorf("rows: %q, %v", rows, err)
	}
	agent.page(404, "/ja/staff/sellers/none/statement/csv")
}
