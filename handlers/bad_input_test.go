package handlers

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"hosho/models"
)

// badInput is something that is refused, over the API and on its page: by a code of its own, in a sentence of
// the reader's language, and with what was typed still in the form.
type badInput struct {
	name   string
	after  string // to when the clock is moved first
	who    string
	call   string // method and path of the API
	body   string
	status int
	code   string
	ja, en string     // how the sentence begins
	page   string     // "" where people have none
	form   url.Values // with the words in it
}

// typedWords is in every form; digits are no words of another language.
const typedWords = "77-1\r\n77-2"

// speaker makes an account that reads a language.
func (p *portal) speaker(name, locale string, role models.Role, seller string) {
	p.t.Helper()
	in := models.AccountInput{Email: name + "@example.com", Name: "青木", Locale: locale, Role: role, SellerID: seller}
	if _, err := p.store.CreateAccount(p.t.Context(), models.Operator, in); err != nil {
		p.t.Fatal(err)
	}
	p.tokens[name] = p.want(201, "", "POST", "/sandbox/tokens", fmt.Sprintf(`{"email":%q,"role":%q,"seller_id":%q}`, in.Email, role, seller)).str("token")
}

// Everything about reports, contests, plans and the feed of listings that is refused.
func TestBadInput(t *testing.T) {
	for _, locale := range []string{"ja", "en"} {
		t.Run(locale, func(t *testing.T) { badInputIn(t, locale) })
	}
}

func badInputIn(t *testing.T, locale string) {
	p := newPortal(t)
	_, measure := p.enforcement("mp-s-1")
	p.speaker("buyer-x", locale, models.RoleBuyer, "")
	p.speaker("seller-x", locale, models.RoleSeller, "mp-s-1")
	p.speaker("shop-x", locale, models.RoleIntegration, "")
	put := func(number, body string) { p.want(201, "mp", "PUT", "/orders/"+number, body) }
	for i := range 12 {
		put(fmt.Sprintf("A-%d", i), outOfStockBody("mp-x", "buyer-x@example.com", "mp-s-1"))
	}
	put("S-9", orderBody("mp-x", "buyer-x@example.com", "mp-s-1"))
	put("B-9", outOfStockBody("mp-y", "b2@example.com", "mp-s-1"))
	put("O-OWN", outOfStockBody("mp-z", "seller-x@example.com", "mp-s-1"))
	put("W-WISH", strings.Replace(outOfStockBody("mp-y", "b2@example.com", "mp-s-1"), `"stated_reason":"out_of_stock"`, `"stated_reason":"buyer_request"`, 1))
	for i := range 9 {
		p.want(201, "buyer-x", "POST", "/reports", reportBody(fmt.Sprintf("A-%d", i)))
	}
	p.want(200, "seller-x", "POST", "/sellers/mp-s-1/counted/A-0/actions/contest", `{"reason":"1"}`)
	due := p.want(200, "s1", "GET", "/measures/"+measure, "").str("plan", "due_at")

	report := func(orders ...string) url.Values {
		return url.Values{"seller": {"mp-s-1"}, "orders": orders, "statement": {typedWords}}
	}
	const newReport, contest, feed = "my/reports/new", "seller/health/orders/", "PUT /listings/mp-s-1/LAMP-1"
	reason := url.Values{"reason": {typedWords}}
	plan := url.Values{"root_cause": {typedWords}, "actions_taken": {"3"}, "prevention": {"4"}}
	listing := func(price int, at string) string {
		return fmt.Sprintf(`{"price":%d,"currency":"JPY","available":true,"at":%q}`, price, at)
	}
	for _, x := range []badInput{
		{"of somebody else's order", "", "buyer-x", "POST /reports", reportBody("A-9", "B-9"), 422, "order_not_yours", "お客様の注文だけを通報できます。注文 B-9 は、", "You can report your own orders only. Order B-9 is not one.", newReport, report("A-9", "B-9")},
		{"of no order", "", "buyer-x", "POST /reports", reportBody("N-9"), 422, "order_not_yours", "お客様の注文だけを通報できます。", "You can report your own orders only.", newReport, report("N-9")},
		{"of one's own shop", "", "seller-x", "POST /reports", reportBody("O-OWN"), 422, "own_shop", "ご自身の店舗は、通報できません。", "You cannot report your own shop.", newReport, report("O-OWN")},
		{"not cancelled by the seller", "", "buyer-x", "POST /reports", reportBody("S-9"), 422, "not_cancelled_by_seller", "出品者がキャンセルした注文だけを通報できます。", "You can report orders that the seller cancelled.", newReport, report("S-9")},
		{"twice", "", "buyer-x", "POST /reports", reportBody("A-0"), 422, "already_reported", "注文 A-0 は、すでに通報を受け付けています。", "Order A-0 has been reported already.", newReport, report("A-0")},
		{"without words", "", "buyer-x", "POST /reports", `{"seller_id":"mp-s-1","orders":["A-9"],"statement":" "}`, 422, "invalid_fields", "statementを入力してください", "statement must be filled in", "", nil},
		{"contested twice", "", "seller-x", "POST /sellers/mp-s-1/counted/A-0/actions/contest", `{"reason":"2"}`, 409, "already_contested", "この注文の数え方への異議は、すでに受け付けています。", "This order has been contested already.", contest + "A-0", reason},
		{"contested where it does not count", "", "seller-x", "POST /sellers/mp-s-1/counted/W-WISH/actions/contest", `{"reason":"2"}`, 409, "not_counted", "この注文は在庫切れのキャンセルとして数えていない", "This order does not count", contest + "W-WISH", reason},
		{"a price below nothing", "", "shop-x", feed, listing(-1, "2026-01-12T10:00:00+09:00"), 422, "price_negative", "価格は0以上の整数", "The price must be a whole number", "", nil},
		{"a clock that is ahead", "", "shop-x", feed, listing(1, "2026-01-21T10:00:01+09:00"), 422, "at_in_future", "出品の状態の日時が、現在の時刻より24時間を超えて先です。", "at is more than 24 hours ahead of the clock.", "", nil},
		{"a listing of no seller", "", "shop-x", "PUT /listings/NONE/LAMP-1", listing(1, "2026-01-12T10:00:00+09:00"), 404, "not_found", "ページが見つかりません。", "Nothing was found here.", "", nil},
		{"a plan after its time", due, "seller-x", "POST /measures/" + measure + "/actions/submit_plan", `{"root_cause":"1","actions_taken":"2","prevention":"3"}`, 409, "plan_closed", "改善計画を提出できたのは、", "The plan could be handed in ", "seller/measures/" + measure + "/submit_plan", plan},
		{"too old", "2026-04-10T01:00:00Z", "buyer-x", "POST /reports", reportBody("A-9"), 422, "too_old", "通報できるのは、キャンセルから90日以内の注文です。注文 A-9 は、期間を過ぎています。", "Orders can be reported within 90 days of their cancellation. For order A-9 that time is over.", newReport, report("A-9")},
		{"contested after its time", "", "seller-x", "POST /sellers/mp-s-1/counted/A-9/actions/contest", `{"reason":"2"}`, 409, "contest_closed", "この注文は数え終わったため、", "This order counts no more", contest + "A-9", reason},
	} {
		t.Run(x.name, func(t *testing.T) { x.walk(t, p, locale) })
	}
	t.Run("over the limit of a day", func(t *testing.T) { tooManyReports(t, p, locale) })
	if got := p.want(201, "shop-x", "PUT", "/listings/mp-s-1/NEVER-SOLD", listing(1, "2026-01-12T10:00:00+09:00")); got.at("known") != false {
		t.Errorf("a SKU that no order has named: %s", got.raw)
	}
	if n := len(p.want(200, "buyer-x", "GET", "/reports?limit=100", "").at("items").([]any)); n != 9+10 {
		t.Errorf("%d reports are there", n)
	}
	if kept := p.want(200, "seller-x", "GET", "/sellers/mp-s-1/counted/A-0", ""); kept.str("contest", "reason") != "1" {
		t.Errorf("the contest that stands: %s", kept.raw)
	}
}

// walk sends it over the API and by its page.
func (x badInput) walk(t *testing.T, p *portal, locale string) {
	if x.after != "" {
		p.want(200, "", "POST", "/sandbox/clock", `{"to":"`+x.after+`"}`)
	}
	sentence := map[string]string{"ja": x.ja, "en": x.en}[locale]
	method, path, _ := strings.Cut(x.call, " ")
	got := p.wantCode(x.status, x.code, x.who, method, path, x.body)
	if detail := got.str("detail"); !strings.HasPrefix(detail, sentence) {
		t.Errorf("the API says %q, want %q", detail, sentence)
	}
	if x.page == "" {
		return
	}
	page := p.as(x.who).post(x.status, "/"+locale+"/"+x.page, x.form)
	wants(t, "the page", page, strings.ReplaceAll(typedWords, "\r\n", "\n"))
	title := p.h.text(locale, "title."+x.code, nil)
	if !strings.Contains(page, sentence) && (title == "" || !strings.Contains(page, title)) {
		t.Errorf("the page says neither %q nor %q:\n%s", sentence, title, page)
	}
}

// tooManyReports sends as many reports as a day takes, and one more.
func tooManyReports(t *testing.T, p *portal, locale string) {
	numbers := make([]string, 0, 11)
	for i := range 11 {
		numbers = append(numbers, fmt.Sprintf("N-%d", i))
		body := strings.ReplaceAll(outOfStockBody("mp-x", "buyer-x@example.com", "mp-s-1"), "2026-01-10T10:00:00+09:00", "2026-04-01T10:00:00+09:00")
		p.want(201, "mp", "PUT", "/orders/"+numbers[i], body)
	}
	for _, n := range slices.Backward(numbers[1:]) {
		p.want(201, "buyer-x", "POST", "/reports", reportBody(n))
	}
	badInput{
		who: "buyer-x", call: "POST /reports", body: reportBody("N-0"), status: 429, code: "too_many_reports", ja: "受け付けられる通報は24時間に10件までです。", en: "Up to 10 reports in 24 hours are accepted.",
		page: "my/reports/new", form: url.Values{"seller": {"mp-s-1"}, "orders": {"N-0"}, "statement": {typedWords}},
	}.walk(t, p, locale)
}
