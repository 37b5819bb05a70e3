package handlers

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// grantedPart is a claim of b1 on an order with that body, of which a reviewer grants an amount;
// it returns the claim's number and the refund's path in the API.
func (p *portal) grantedPart(order, body string, amount int) (number, refund string) {
	p.t.Helper()
	p.want(201, "mp", "PUT", "/orders/"+order, body)
	p.want(200, "", "POST", "/sandbox/clock", `{"to":"`+p.contact(order)+`"}`)
	number = p.want(201, "b1", "POST", "/claims", filing(order)).str("number")
	p.want(200, "s1", "POST", "/claims/"+number+"/actions/contest", `{"message":"発送しました。"}`)
	decided := p.want(200, "agent", "POST", "/claims/"+number+"/actions/decide",
		fmt.Sprintf(`{"outcome":"granted","amount":%d,"borne_by":"seller","counts_against_seller":true,"reason_code":"not_delivered","rule":"4-2","facts":"x","explanation":"届いていません。"}`, amount))
	if decided.str("status") == "awaiting_approval" {
		decided = p.want(200, "agent2", "POST", "/claims/"+number+"/actions/approve", `{}`)
	}
	return number, "/refunds/" + decided.str("refund", "id")
}

// legsAddUp fails unless the legs of a refund are its total.
func (p *portal) legsAddUp(refund string) {
	p.t.Helper()
	got, sum := p.want(200, "b1", "GET", refund, ""), 0.0
	legs, _ := got.at("legs").([]any)
	for i := range legs {
		sum += got.at("legs", i, "amount", "amount").(float64)
	}
	if len(legs) == 0 || sum != got.at("total", "amount") {
		p.t.Errorf("%d legs add up to %v: %s", len(legs), sum, got.raw)
	}
}

// A part of a line says what of its price, tax and postage it is, to the yen.
func TestPartOfALineIsExplained(t *testing.T) {
	p := newPortal(t)
	number, refund := p.grantedPart("A-1", orderBody("mp-b-1", "b1@example.com", "mp-s-1"), 2000)
	page := p.as("b1").page(200, "/ja/my/claims/"+number+"/refund")
	wants(t, "in Japanese", page, "返金の内訳 合計2,000円", "支払った3,800円の一部(商品の代金1,579円、税158円、送料263円)", "お支払いの合計のうち、2,000円を返金します")
	p.amountsHaveHeads(page)
	p.legsAddUp(refund)
	wants(t, "in English", p.as("b1").page(200, "/en/my/claims/"+number+"/refund"), "Part of the ¥3,800 you paid (price ¥1,579, tax ¥158, postage ¥263)")
}

// A card that was only authorised is released, and the page says that nothing may show.
func TestAuthorisedCardIsReleased(t *testing.T) {
	p := newPortal(t)
	number, refund := p.refunded("A-1", `{"tender":"credit_card","amount":3000,"captured":false},{"tender":"points","amount":800}`)
	page := p.as("b1").page(200, "/ja/my/claims/"+number+"/refund")
	wants(t, "in Japanese", page, "利用枠が戻ります", "明細に何も表示されないことがあります", "まだ請求されていません", "¥3,000", "¥800")
	p.amountsHaveHeads(page)
	p.legsAddUp(refund)
	p.tellLeg(refund, 0, "done")
	wants(t, "released", p.as("b1").page(200, "/ja/my/claims/"+number+"/refund"), "請求の取り消しが完了しました")
}

// Money of three decimals is split and written to the last of them.
func TestThreeDecimals(t *testing.T) {
	p := newPortal(t)
	body := strings.NewReplacer(`"currency":"JPY"`, `"currency":"BHD"`, `[{"tender":"credit_card","amount":3800}]`, `[{"tender":"credit_card","amount":1267},{"tender":"wallet","amount":1267},{"tender":"gift_card","amount":1266}]`).
		Replace(orderBody("mp-b-1", "b1@example.com", "mp-s-1"))
	number, refund := p.grantedPart("A-1", body, 1000)
	p.legsAddUp(refund)
	for lang, words := range map[string][]string{
		"ja": {"商品の代金", "0.789", "0.079", "0.132", "0.334", "0.333"},
		"en": {"1.000", "price", "0.789", "0.079", "0.132", "0.334", "0.333"},
	} {
		page := p.as("b1").page(200, "/"+lang+"/my/claims/"+number+"/refund")
		wants(t, lang, page, words...)
		p.amountsHaveHeads(page)
	}
}

// Where the shop tells of more than the line cost, or makes the line smaller than what has gone back,
// the page still adds up: what is beyond the price has a row and a cause of its own.
func TestMoreCameBackThanTheLineCost(t *testing.T) {
	p := newPortal(t)
	body := orderBody("mp-b-1", "b1@example.com", "mp-s-1")
	refunds := func(order string, amounts ...int) string {
		list := make([]string, 0, len(amounts))
		for i, n := range amounts {
			list = append(list, fmt.Sprintf(`{"reference":"%s-%d","line":1,"tender":"credit_card","amount":%d}`, order, i, n))
		}
		return `,"refunds":[` + strings.Join(list, ",") + `]}`
	}
	p.want(201, "mp", "PUT", "/orders/A-1", body[:len(body)-1]+refunds("A-1", 3800, 3800))
	p.want(201, "mp", "PUT", "/orders/A-2", body[:len(body)-1]+refunds("A-2", 1000))
	small := strings.NewReplacer(`"unit_price":3000,"tax":300,"shipping":500`, `"unit_price":10`, `"amount":3800}]`, `"amount":10}]`).Replace(body)
	p.want(200, "mp", "PUT", "/orders/A-2", small[:len(small)-1]+refunds("A-2", 1000))
	v := p.as("b1")
	for _, order := range []string{"A-1", "A-2"} {
		for lang, label := range map[string]string{"ja": "この商品の額を超える返金", "en": "Refunded beyond its price"} {
			page := v.page(200, "/"+lang+"/my/orders/"+order+"/refund")
			wants(t, order, page, label)
			var sum, last int64
			rows := 0
			for _, m := range regexp.MustCompile(`<td>\+?(−?)¥([0-9,]+)</td>`).FindAllStringSubmatch(regexp.MustCompile(`(?s)<table.*?</table>`).FindString(page), -1) {
				n, err := strconv.ParseInt(strings.ReplaceAll(m[2], ",", ""), 10, 64)
				if err != nil {
					t.Fatal(err)
				}
				if m[1] != "" {
					n = -n
				}
				sum, last, rows = sum+n, n, rows+1
			}
			if rows < 4 || last != 0 || sum != 0 {
				t.Errorf("%s in %s comes to %d, of which %d are left", order, lang, sum, last)
			}
		}
	}
	p.order("A-3")
	lacks(t, "nothing beyond", v.page(200, "/ja/my/orders/A-3/refund"), "この商品の額を超える返金")
}
