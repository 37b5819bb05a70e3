package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// client is somebody who reads pages and calls the API without a browser.
type client struct {
	t     *testing.T
	http  http.Client
	base  string
	token string
}

// client signs somebody in at the sandbox, for pages and for the API.
func (m market) client(t *testing.T, email, token string) *client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &client{t: t, http: http.Client{Jar: jar}, base: m.base}
	at := regexp.MustCompile(regexp.QuoteMeta(email) + `</span></div><form[^>]*><input type="hidden" name="account" value="([^"]+)"`).FindStringSubmatch(c.page("/ja/sandbox"))
	if at == nil {
		t.Fatalf("the sandbox does not know %s", email)
	}
	c.send("POST", "/ja/sandbox/sign-in", "application/x-www-form-urlencoded", url.Values{"account": {at[1]}}.Encode())
	var made struct{ Token string }
	if err := json.Unmarshal([]byte(c.send("POST", "/api/v1/sandbox/tokens", "application/json", token)), &made); err != nil {
		t.Fatal(err)
	}
	c.token = made.Token
	return c
}

func (c *client) send(method, path, mediaType, body string) string {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.base+path, bytes.NewReader([]byte(body)))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if mediaType != "" {
		r.Header.Set("Content-Type", mediaType)
	}
	if c.token != "" && strings.HasPrefix(path, "/api/") {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	answer, err := c.http.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	if answer.StatusCode >= http.StatusBadRequest {
		c.t.Fatalf("%s %s: %d %.300s", method, path, answer.StatusCode, text)
	}
	return string(text)
}

func (c *client) page(path string) string { c.t.Helper(); return c.send("GET", path, "", "") }

func (c *client) api(path string, into any) {
	c.t.Helper()
	if err := json.Unmarshal([]byte(c.send("GET", "/api/v1"+path, "", "")), into); err != nil {
		c.t.Fatal(err)
	}
}

var (
	aTable   = regexp.MustCompile(`(?s)<table class="(money|cards)".*?</table>`)
	aFoot    = regexp.MustCompile(`(?s)<tfoot>.*</tfoot>`)
	aSum     = regexp.MustCompile(`<td(?: role="cell" data-label="[^"]*" class="n")?>([^<]*[0-9][^<]*)</td>`)
	notDigit = regexp.MustCompile(`[^0-9]`)
)

// sums are the amounts of a part of a page, in minor units.
func sums(t *testing.T, part string) (list []int64) {
	t.Helper()
	for _, m := range aSum.FindAllStringSubmatch(part, -1) {
		n, err := strconv.ParseInt(notDigit.ReplaceAllString(m[1], ""), 10, 64)
		if err != nil {
			t.Fatalf("%q: %v", m[1], err)
		}
		if strings.ContainsAny(m[1], "-−") {
			n = -n
		}
		list = append(list, n)
	}
	return list
}

func total(list []int64) (sum int64) {
	for _, n := range list {
		sum += n
	}
	return sum
}

// moneyTables are the tables of a page that end in a sum: their rows add up to it.
func moneyTables(t *testing.T, what, page string) (totals []int64) {
	t.Helper()
	for _, table := range aTable.FindAllString(page, -1) {
		foot := sums(t, aFoot.FindString(table))
		if len(foot) != 1 {
			continue
		}
		if rows := sums(t, aFoot.ReplaceAllString(table, "")); total(rows) != foot[0] {
			t.Errorf("%s: %v do not add up to %d: %.200s", what, rows, foot[0], table)
		}
		totals = append(totals, foot[0])
	}
	return totals
}

type amount struct{ Amount int64 }

type apiRefund struct {
	Claim         string
	Total, Lapsed amount
	Legs          []struct{ Amount amount }
}

// The ten refunds that are not everyday, as their buyers read them: what each page says adds up on the
// page itself and is what the API says, in both languages.
func TestTenRefundsAddUp(t *testing.T) {
	m := openMarket(t)
	buyers := map[string]*client{}
	for _, name := range []string{"tanaka", "emma", "suzuki"} {
		buyers[name] = m.client(t, name+"@example.com", `{"email":"`+name+`@example.com","role":"buyer"}`)
	}
	for _, x := range []struct {
		order, buyer string
		refunds      int
		ja, en       string // said on the page of the refund, or of the order where there is none
	}{
		{"HS-1017", "tanaka", 1, "ポイントとして戻ります", "Points"},
		{"HS-1090", "suzuki", 1, "(コンビニ払いの分)", "Bank transfer"},
		{"HS-1091", "tanaka", 2, "この注文では、ほかに", "Other refunds of this order come to"},
		{"HS-1042", "emma", 1, "クーポンの再発行です", "coupon"},
		{"HS-1036", "emma", 1, "送料409円", "postage ¥409"},
		{"HS-1085", "tanaka", 1, "返送料の免除", "¥500"},
		{"HS-1092", "suzuki", 1, "カードの利用枠に戻ります", "available credit"},
		{"HS-1093", "tanaka", 1, "クレジットカードに返金できなかったため", "the refund failed there"},
		{"HS-1094", "suzuki", 0, "カード会社の手続き", "at your card company"},
		{"HS-1095", "emma", 1, "BHD 0.546", "BHD 0.546"},
	} {
		c := buyers[x.buyer]
		var found struct{ Items []apiRefund }
		c.api("/refunds?order="+x.order, &found)
		var order struct {
			Payments []struct{ Amount amount }
		}
		c.api("/orders/"+x.order, &order)
		var paid int64
		for _, p := range order.Payments {
			paid += p.Amount.Amount
		}
		if len(found.Items) != x.refunds {
			t.Errorf("%s has %d refunds, want %d", x.order, len(found.Items), x.refunds)
		}
		for lang, words := range map[string]string{"ja": x.ja, "en": x.en} {
			whole := c.page("/" + lang + "/my/orders/" + x.order + "/refund")
			all := moneyTables(t, x.order, whole)
			if !slices.Contains(all, paid) {
				t.Errorf("%s in %s: %v names no %d, which was paid", x.order, lang, all, paid)
			}
			said := whole
			for _, r := range found.Items {
				said = c.page("/" + lang + "/my/claims/" + r.Claim + "/refund")
				what := fmt.Sprintf("%s %s in %s", x.order, r.Claim, lang)
				if got := moneyTables(t, what, said); !slices.Equal(got, []int64{r.Total.Amount, paid}) {
					t.Errorf("%s: the page's sums are %v, want %d and %d", what, got, r.Total.Amount, paid)
				}
				var legs []int64
				for _, l := range r.Legs {
					legs = append(legs, l.Amount.Amount)
				}
				if got := sums(t, aTable.FindString(said)); !slices.Equal(got, legs) || total(legs) != r.Total.Amount {
					t.Errorf("%s: by destination %v, the API says %v of %d", what, got, legs, r.Total.Amount)
				}
			}
			if !strings.Contains(said, words) {
				t.Errorf("%s in %s does not say %q", x.order, lang, words)
			}
		}
	}
}

// A seller's statement names every amount of the ten that is its own, as the API has it, and what was
// reversed later.
func TestStatementsOfTheTenAddUp(t *testing.T) {
	m := openMarket(t)
	var all strings.Builder
	named := map[string]bool{}
	for _, x := range [][2]string{{"mp-s-aoba", "aoba"}, {"mp-s-kita", "kitamachi"}, {"mp-s-hoshi", "hoshino"}, {"mp-s-umi", "umikaze"}, {"mp-s-leaf", "hart"}} {
		email := x[1] + "@shop.example"
		c := m.client(t, email, `{"email":"`+email+`","role":"seller","seller_id":"`+x[0]+`"}`)
		var now struct{ Now time.Time }
		c.api("/sandbox/clock", &now)
		for back := range 4 {
			month := now.Now.AddDate(0, 0, -now.Now.Day()+1).AddDate(0, -back, 0).Format("2006-01")
			var st struct {
				Totals []struct {
					Seller      amount `json:"borne_by_seller"`
					Marketplace amount `json:"borne_by_marketplace"`
				}
				Items []struct {
					Order  string `json:"order_number"`
					Amount *amount
				}
			}
			c.api("/sellers/"+x[0]+"/statement?limit=200&month="+month, &st)
			var want []int64
			var sum int64
			for _, e := range st.Items {
				named[e.Order] = true
				if e.Amount != nil {
					want = append(want, e.Amount.Amount)
				}
			}
			for _, of := range st.Totals {
				sum += of.Seller.Amount + of.Marketplace.Amount
			}
			if total(want) != sum {
				t.Errorf("%s in %s: rows %v, totals %d", x[0], month, want, sum)
			}
			for _, lang := range []string{"ja", "en"} {
				page := c.page("/" + lang + "/seller/statement?month=" + month)
				if got := sums(t, aTable.FindString(page)); !slices.Equal(got, want) {
					t.Errorf("%s in %s, %s: the page has %v, the API %v", x[0], month, lang, got, want)
				}
				all.WriteString(page)
			}
		}
	}
	for _, words := range []string{"指標への反映の取り消し", "返品が完了せず、審査をやり直し", "The return failed, and the case is decided anew"} {
		if !strings.Contains(all.String(), words) {
			t.Errorf("no statement says %q", words)
		}
	}
	for _, order := range []string{"HS-1017", "HS-1036", "HS-1042", "HS-1085", "HS-1090", "HS-1091", "HS-1092", "HS-1093", "HS-1095"} {
		if !named[order] {
			t.Errorf("no statement names %s", order)
		}
	}
}
