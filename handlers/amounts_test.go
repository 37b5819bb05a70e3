package handlers

import (
	"strings"
	"testing"
)

// Amounts that cannot be paid are refused wherever one is named, with the number that would be
// taken, and nothing changes.
func TestAmountsThatCannotBePaid(t *testing.T) {
	p := newPortal(t)
	p.want(201, "mp", "PUT", "/orders/A-1", orderBody("mp-b-1", "b1@example.com", "mp-s-1"))
	p.want(200, "", "POST", "/sandbox/clock", `{"to":"`+p.contact("A-1")+`"}`)
	claim := strings.TrimSuffix(filing("A-1"), "}") + `,"amount":`
	refuse := func(who, path, body, amount string, least, most float64) {
		t.Helper()
		a := p.send(who, "POST", path, body+amount+"}")
		switch amount {
		case "0", "-1", "-9223372036854775808", "3801", "9223372036854775807":
			if a.status != 422 {
				t.Errorf("%s %s: %d %s", path, amount, a.status, a.raw)
			} else if a.str("code") == "amount_too_large" {
				if a.at("max_amount") != most || !strings.Contains(a.str("detail"), "3,800円まで") {
					t.Errorf("%s %s: %s", path, amount, a.raw)
				}
			} else if a.str("errors", 0, "field") != "amount" || a.str("errors", 0, "code") != "out_of_range" || a.at("errors", 0, "min") != least || a.at("errors", 0, "max") != most {
				t.Errorf("%s %s: %s", path, amount, a.raw)
			}
		default: // not whole, of another currency, past what a number can be: not readable as minor units
			if a.status != 400 || a.str("code") != "wrong_type" || a.str("errors", 0, "field") != "amount" {
				t.Errorf("%s %s: %d %s", path, amount, a.status, a.raw)
			}
		}
	}
	wrong := []string{"0", "-1", "-9223372036854775808", "3801", "9223372036854775807", "9223372036854775808", "1.5", "1e3", "1e400", `"100"`, `{"amount":100,"currency":"USD"}`, "[100]", "true"}
	all := func(who, path, body string, least, most float64) {
		t.Helper()
		for _, amount := range wrong {
			refuse(who, path, body, amount, least, most)
		}
	}
	all("b1", "/claims", claim, 1, 3800)
	number := p.want(201, "b1", "POST", "/claims", filing("A-1")).str("number")
	act := "/claims/" + number + "/actions/"
	all("s1", act+"offer", `{"kind":"partial_refund","message":"いかがですか。","amount":`, 1, 3799)
	p.want(200, "s1", "POST", act+"offer", `{"kind":"partial_refund","message":"いかがですか。","amount":1000}`)
	all("b1", act+"counter", `{"message":"いかがですか。","amount":`, 1001, 3800)
	p.want(200, "b1", "POST", act+"decline_offer", `{}`)
	before := p.want(200, "agent", "GET", "/claims/"+number, "")
	all("agent", act+"decide", `{"outcome":"granted","borne_by":"seller","counts_against_seller":true,"reason_code":"not_delivered","rule":"4-2","facts":"x","explanation":"届いていません。","amount":`, 1, 3800)
	if after := p.want(200, "agent", "GET", "/claims/"+number, ""); string(after.raw) != string(before.raw) || after.at("refund") != nil {
		t.Errorf("was %s\nis %s", before.raw, after.raw)
	}
}
