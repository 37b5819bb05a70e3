package handlers

import (
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"hosho/models"
)

// authz.tsv says for each route and role what comes of a request about a record of one's own,
// of somebody else's and about one that is not there. It is written and read by people; this
// test walks all of it over HTTP, with bodies that change nothing: where a request is let
// through it ends in 422 (the body lacks something) or 409 (an old version). A cell of one
// number is a route without a record. What is one's own: the buyer's and the seller's order
// of each other, and for staff and admins an order they have bought themselves, where they
// are a party and must not act as staff.

var authzRoles = []string{"anonymous", "buyer", "seller", "agent", "lead", "admin", "integration"}

var authzWho = map[string]string{"anonymous": "", "buyer": "b1", "seller": "s1", "agent": "agent", "lead": "lead", "admin": "admin", "integration": "mp"}

type authzRow struct {
	line   int
	route  string // method and path, an action instead of its parameter
	cells  map[string][]int
	method string
	path   string
}

func readAuthz(t *testing.T) []authzRow {
	t.Helper()
	text, err := os.ReadFile("authz.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var rows []authzRow
	for i, line := range strings.Split(string(text), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		cells := strings.Split(line, "\t")
		if len(cells) != 1+len(authzRoles) {
			t.Fatalf("authz.tsv:%d has %d cells, want %d", i+1, len(cells), 1+len(authzRoles))
		}
		row := authzRow{line: i + 1, route: cells[0], cells: map[string][]int{}}
		var ok bool
		if row.method, row.path, ok = strings.Cut(cells[0], " "); !ok {
			t.Fatalf("authz.tsv:%d: no method and path", i+1)
		}
		for j, role := range authzRoles {
			for _, text := range strings.Fields(cells[j+1]) {
				status, err := strconv.Atoi(text)
				if err != nil {
					t.Fatalf("authz.tsv:%d: %v", i+1, err)
				}
				row.cells[role] = append(row.cells[role], status)
			}
			if n := len(row.cells[role]); n != 1 && n != 3 {
				t.Fatalf("authz.tsv:%d: %s has %d outcomes, want one or three", i+1, role, n)
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// target is one order with all that hangs on it.
type target struct {
	order, claim, seller, evidence, message, outside, upload, request string
	notice, noticeNumber                                              string
	refund, leg, paid                                                 string // a refund with a leg, and its claim
	draft                                                             string // of policy
	webhook, kept                                                     string // kept: an endpoint for the pages, since the API's rows delete the other
	mismatch                                                          string // of the refund
	report                                                            string // of a seller
	counted, cancels                                                  string // an order of which a seller cancelled a line, and that seller
	investigation, measure                                            string // of the seller
	flag                                                              string // about who bought, who was warned
	quality                                                           string // the second look at a decision of another order
}

var missing = target{"none", "C-0000-0000", "none", "none", "none", "none", "none", "none", "none", "M-0000-0000", "none", "none", "C-0000-0000", "none", "none", "none", "none", "R-0000-0000", "none", "none", "E-0000-0000", "E-0000-0000", "F-0000-0000", "Q-0000-0000"}

// world makes a target for each who has something of their own, and one of strangers.
func (p *portal) world() (own map[string]target, other target) {
	p.t.Helper()
	cases := map[string][2]string{} // before staff are a party to any
	for _, seller := range []string{"mp-s-1", "mp-s-2", "mp-s-3"} {
		investigation, measure := p.enforcement(seller)
		cases[seller] = [2]string{investigation, measure}
	}
	people := []struct{ buyer, seller, sellerID string }{
		{"b1", "s1", "mp-s-1"}, {"agent", "s2", "mp-s-2"}, {"lead", "s2", "mp-s-2"}, {"admin", "s2", "mp-s-2"}, {"b2", "s2", "mp-s-2"},
	}
	ends := ""
	for _, x := range people { // all waits first, so that every claim is fresh at the end
		p.want(201, "mp", "PUT", "/orders/W-"+x.buyer, orderBody("mp-"+x.buyer, x.buyer+"@example.com", x.sellerID))
		p.want(201, "mp", "PUT", "/orders/R-"+x.buyer, orderBody("mp-"+x.buyer, x.buyer+"@example.com", x.sellerID))
		p.want(201, x.buyer, "POST", "/orders/R-"+x.buyer+"/lines/1/messages", `{"body":"届きません。","topic":"not_received"}`)
		p.want(201, "mp", "PUT", "/orders/Q-"+x.buyer, orderBody("mp-"+x.buyer, x.buyer+"@example.com", x.sellerID))
		p.want(201, x.buyer, "POST", "/orders/Q-"+x.buyer+"/lines/1/messages", `{"body":"届きません。","topic":"not_received"}`)
		sent := p.want(201, x.buyer, "POST", "/orders/W-"+x.buyer+"/lines/1/messages", `{"body":"届きません。","topic":"not_received"}`)
		ends = sent.str("contact", "wait_ends_at")
	}
	p.want(200, "", "POST", "/sandbox/clock", `{"to":"`+ends+`"}`)
	made := map[string]target{}
	for i, who := range people {
		x := target{order: "W-" + who.buyer, seller: who.sellerID}
		line := "/orders/" + x.order + "/lines/1"
		x.message = p.want(201, who.seller, "POST", line+"/messages", `{"body":"LINEで話しましょう。"}`).str("id")
		x.request = p.want(201, who.buyer, "POST", line+"/requests", `{"kind":"return","reason":"change_of_mind","message":"色が合いませんでした。"}`).str("id")
		x.evidence = p.uploaded(who.buyer, byte(i))
		x.claim = p.want(201, who.buyer, "POST", "/claims", strings.Replace(filing(x.order), `"line"`, `"evidence":["`+x.evidence+`"],"line"`, 1)).str("number")
		shot := p.uploaded(who.buyer, 99)
		x.outside = p.want(201, who.buyer, "POST", line+"/outside-contacts", `{"contacted_at":"2026-01-10T00:00:00Z","channel":"phone","evidence":["`+shot+`"]}`).str("id")
		x.upload = p.uploaded(who.buyer, 5)
		x.paid = p.want(201, who.buyer, "POST", "/claims", filing("R-"+who.buyer)).str("number")
		x.refund = p.want(200, who.seller, "POST", "/claims/"+x.paid+"/actions/accept", "{}").str("refund", "id")
		x.leg = p.want(200, who.buyer, "GET", "/refunds/"+x.refund, "").str("legs", 0, "id")
		p.want(200, "mp", "PUT", "/orders/R-"+who.buyer, strings.Replace(orderBody("mp-"+who.buyer, who.buyer+"@example.com", who.sellerID), `"payments"`, `"refunds":[{"reference":"x","line":1,"tender":"wallet","amount":100}],"payments"`, 1))
		x.mismatch = p.want(200, "mp", "GET", "/refunds/"+x.refund, "").str("mismatches", 0, "id")
		p.want(201, "mp", "PUT", "/orders/X-"+who.buyer, outOfStockBody("mp-"+who.buyer, who.buyer+"@example.com", who.sellerID))
		x.report = p.want(201, who.buyer, "POST", "/reports", `{"seller_id":"`+who.sellerID+`","orders":["X-`+who.buyer+`"],"statement":"在庫切れでした。"}`).str("number")
		x.flag = p.flagged(who.buyer, who.sellerID)
		x.quality = p.secondLook(who.buyer, who.seller)
		x.keepNotice(p, who.buyer)
		x.counted, x.cancels = "K-"+who.buyer, who.sellerID
		if who.buyer == "b2" {
			x.cancels = "mp-s-3" // which cancelled none of the staff's own orders
		}
		p.want(201, "mp", "PUT", "/orders/"+x.counted, strings.Replace(orderBody("mp-"+who.buyer, who.buyer+"@example.com", x.cancels), `"status":"shipped"`,
			`"status":"cancelled","cancellation":{"at":"2026-01-03T10:00:00+09:00","by":"seller","stated_reason":"buyer_request"}`, 1))
		made[who.buyer] = x
	}
	for seller, of := range map[string][]string{"mp-s-1": {"b1"}, "mp-s-2": {"agent", "lead", "admin"}, "mp-s-3": {"b2"}} {
		for _, who := range of {
			x := made[who]
			x.investigation, x.measure = cases[seller][0], cases[seller][1]
			made[who] = x
		}
	}
	seller := made["b1"] // the other side of the same order, with uploads and notices of its own
	seller.upload = p.uploaded("s1", 6)
	seller.keepNotice(p, "s1")
	own = map[string]target{"buyer": made["b1"], "seller": seller, "agent": made["agent"], "lead": made["lead"], "admin": made["admin"]}
	other = made["b2"]
	other.webhook, other.kept = p.webhook("admin"), p.webhook("admin")
	other.draft = p.policyDraft()
	own["integration"], own["anonymous"] = other, other
	for role, who := range map[string]string{"admin": "mp", "integration": "mp"} {
		x := own[role]
		x.webhook, x.kept = p.webhook(who), p.webhook(who)
		own[role] = x
	}
	for role, x := range own {
		x.draft = other.draft
		own[role] = x
	}
	return own, other
}

// secondLook has a claim of an order decided by staff that are no party of any, and picked by a lead
// of whom the same is true.
func (p *portal) secondLook(buyer, seller string) string {
	p.t.Helper()
	if p.tokens["lead2"] == "" {
		p.tokens["lead2"] = p.want(201, "", "POST", "/sandbox/tokens", `{"email":"lead2@example.com","role":"lead","name":"lead2"}`).str("token")
	}
	number := p.want(201, buyer, "POST", "/claims", filing("Q-"+buyer)).str("number")
	p.want(200, seller, "POST", "/claims/"+number+"/actions/contest", `{"message":"発送しました。"}`)
	p.want(200, "agent2", "POST", "/claims/"+number+"/actions/decide", `{"outcome":"denied","borne_by":"marketplace","counts_against_seller":false,"reason_code":"as_described","facts":"配達の記録がある","explanation":"配達の記録を確認しました。"}`)
	return p.want(201, "lead2", "POST", "/quality-reviews", `{"claim":"`+number+`"}`).str("number")
}

// webhook makes an endpoint and returns its id.
func (p *portal) webhook(who string) string {
	p.t.Helper()
	return p.want(201, who, "POST", "/webhook-endpoints", `{"url":"https://shop.example/hooks"}`).str("id")
}

// policyDraft makes a draft of policy that changes the wait, and returns its id.
func (p *portal) policyDraft() string {
	p.t.Helper()
	v := p.as("lead")
	to := v.post(303, "/ja/staff/policy/new", with(hidden(v.page(200, "/ja/staff/policy/new")), "name", "短い待ち時間", "from", "1"))
	id := strings.TrimSuffix(strings.TrimPrefix(to, "/ja/staff/policy/drafts/"), "/edit")
	v.post(303, to, with(hidden(v.page(200, to)), "name", "短い待ち時間", "wait_hours", "24"))
	return id
}

// flagged has the mailbox of a person report a seller under two accounts, and warns the first.
func (p *portal) flagged(who, seller string) string {
	p.t.Helper()
	twin := who + "+x@example.com"
	token := p.want(201, "", "POST", "/sandbox/tokens", `{"email":"`+twin+`","role":"buyer"}`).str("token")
	p.tokens[twin] = token
	p.want(201, "mp", "PUT", "/orders/Y-"+who, outOfStockBody("mp-x-"+who, twin, seller))
	p.want(201, twin, "POST", "/reports", `{"seller_id":"`+seller+`","orders":["Y-`+who+`"],"statement":"在庫切れでした。"}`)
	by := "agent"
	if who == by {
		by = "lead"
	}
	number := ""
	for _, f := range p.want(200, by, "GET", "/flags?account="+p.actor(who).AccountID, "").at("items").([]any) {
		number = f.(map[string]any)["number"].(string)
	}
	p.want(200, by, "POST", "/flags/"+number+"/actions/warn", `{"words":"ご注意ください。"}`)
	return number
}

// enforcement cancels three orders of a seller, and asks it for a plan in the investigation of these.
func (p *portal) enforcement(seller string) (investigation, measure string) {
	p.t.Helper()
	for i, buyer := range []string{"z1", "z2", "z2"} {
		body := strings.NewReplacer(`"status":"shipped"`, `"status":"cancelled","cancellation":{"at":"2026-01-03T10:00:00+09:00","by":"seller","stated_reason":"out_of_stock"}`).Replace(orderBody("mp-"+buyer, buyer+"@example.com", seller))
		p.want(201, "mp", "PUT", "/orders/Z-"+seller+"-"+strconv.Itoa(i), body)
	}
	investigation = p.want(200, "lead", "GET", "/investigations?seller="+seller, "").str("items", 0, "number")
	got := p.want(200, "lead", "POST", "/investigations/"+investigation+"/actions/propose_measure", `{"kind":"plan","facts":"3","rule":"8-6","explanation":"8-6"}`)
	return investigation, got.str("measures", 0, "number")
}

func (x *target) keepNotice(p *portal, who string) {
	p.t.Helper()
	list := p.want(200, who, "GET", "/notices?limit=1", "")
	x.notice, x.noticeNumber = list.str("items", 0, "id"), list.str("items", 0, "number")
}

// fill puts a target's names into a path. Pages name theirs as the API does.
func (x target) fill(path string) string {
	id := x.evidence
	switch {
	case strings.Contains(path, "/outside-contacts/"):
		id = x.outside
	case strings.Contains(path, "/requests/"):
		id = x.request
	case strings.Contains(path, "/messages/:id"):
		id = x.message
	case strings.Contains(path, "/uploads/"):
		id = x.upload
	case strings.Contains(path, "/counted/"):
		id = x.cancels
	case strings.Contains(path, "/sellers/"), strings.Contains(path, "/listings/"):
		id = x.seller
	case strings.Contains(path, "/notices/"):
		id = x.notice
	case strings.Contains(path, "/refunds/"):
		id = x.refund
	case strings.Contains(path, "/webhook-endpoints/"):
		id = x.webhook
	case strings.Contains(path, "/staff/webhooks/"):
		id = x.kept
	case strings.Contains(path, "/policy/drafts/"), strings.Contains(path, "/policy-drafts/"):
		id = x.draft
	}
	number := x.order
	if strings.Contains(path, "/claims/:number") || strings.Contains(path, "/cases/:number") {
		number = x.claim
	}
	if strings.Contains(path, "/reports/:number") {
		number = x.report
	}
	if strings.Contains(path, "/counted/") || strings.Contains(path, "/health/orders/") {
		number = x.counted
	}
	if strings.Contains(path, "/notices/:number") {
		number = x.noticeNumber
	}
	if strings.Contains(path, "/investigations/:number") {
		number = x.investigation
	}
	if strings.Contains(path, "/measures/:number") {
		number = x.measure
	}
	if strings.Contains(path, "/flags/:number") {
		number = x.flag
	}
	if strings.Contains(path, "/quality-reviews/:number") || strings.Contains(path, "/quality/:number") {
		number = x.quality
	}
	claim := x.claim
	if strings.HasSuffix(path, "/refund") {
		claim = x.paid
	}
	action := "lift"
	switch {
	case strings.Contains(path, "/investigations/"):
		action = "request_facts"
	case strings.Contains(path, "/my/flags/"):
		action = "appeal_warning"
	case strings.Contains(path, "/flags/"):
		action = "warn"
	case strings.Contains(path, "/seller/"):
		action = "submit_plan"
	}
	entry := "1"
	if x.order == missing.order {
		entry = "999999"
	}
	return strings.NewReplacer(":entry", entry, ":action", action, ":part", "content", ":queue", "claims", ":step", "1", ":question", "reason", ":number", number, ":order", x.order, ":claim", claim, ":report", x.report, ":flag", x.flag, ":line", "1", ":leg", x.leg, ":mismatch", x.mismatch, ":delivery", "none", ":version", "1", ":sku", "LAMP-1", ":id", id, ":lang", "ja",
		":folder", "css", ":name", "app.css").Replace(path)
}

// authzBody is what is sent to a route: well-formed, and short of something.
func authzBody(row authzRow, x target) (body, mediaType string) {
	switch {
	case row.method == http.MethodGet:
		return "", ""
	case strings.HasSuffix(row.path, "/orders/batch"), strings.HasSuffix(row.path, "/refunds/events"):
		return "\n", "application/x-ndjson"
	case row.route == "POST "+apiBase+"/claims":
		return filing(x.order), "application/json"
	case strings.HasSuffix(row.path, "/actions/accept") && strings.Contains(row.path, "outside"):
		return `{"reason":"` + strings.Repeat("x", 1001) + `"}`, "application/json"
	case strings.HasSuffix(row.path, "/requests/:id/actions/accept"):
		return `{"message":"` + strings.Repeat("x", 4001) + `"}`, "application/json"
	case strings.Contains(row.path, "s/:number/actions/") && !strings.HasSuffix(row.path, "/note"), strings.Contains(row.path, "/policy-drafts/:id/actions/"):
		return `{"version":99}`, "application/json"
	case strings.HasPrefix(row.path, "/:lang"):
		return "version=99", "application/x-www-form-urlencoded"
	}
	return "{}", "application/json"
}

func TestAuthorization(t *testing.T) {
	p := newPortal(t)
	own, other := p.world()
	var last int64
	p.refused(&last)
	for _, row := range readAuthz(t) {
		for _, role := range authzRoles {
			targets := []target{own[role], other, missing}[:len(row.cells[role])]
			for i, x := range targets {
				got := p.ask(row, role, x)
				said := p.refused(&last)
				if want := got == http.StatusForbidden && role != "anonymous" && row.path != uploadPath; want != (len(said) == 1) || len(said) > 1 {
					t.Errorf("authz.tsv:%d %s as %s: %d, and %d entries of the audit log", row.line, row.route, role, got, len(said))
				} else if want && (said[0].ActorRole != models.Role(role) || said[0].Details["method"] != row.method || said[0].RequestID == "") {
					t.Errorf("authz.tsv:%d %s as %s: the audit log says %+v", row.line, row.route, role, said[0])
				}
				if want := row.cells[role][i]; got != want {
					t.Errorf("authz.tsv:%d %s as %s about %s: %d, want %d", row.line, row.route, role, []string{"their own", "another's", "nothing"}[i], got, want)
				}
			}
		}
	}
}

// refused are the refusals that the audit log says there were since the last one.
func (p *portal) refused(last *int64) (list []models.AuditEntry) {
	p.t.Helper()
	items, _, err := p.store.AuditEntries(p.t.Context(), models.Operator, models.AuditFilter{Type: models.AuditRefused, Page: models.Page{Limit: 5}})
	if err != nil {
		p.t.Fatal(err)
	}
	for _, e := range items {
		if e.Seq > *last {
			list = append(list, e)
		}
	}
	if len(items) > 0 {
		*last = items[0].Seq
	}
	return list
}

// signIn gives a page a session of its own, since pages can end them.
func (p *portal) signIn(r *http.Request, role string) {
	p.t.Helper()
	if role == "anonymous" || role == "integration" { // the integration has no pages
		return
	}
	signed, err := p.store.SandboxSignIn(p.t.Context(), p.actor(authzWho[role]).AccountID, "test", "")
	if err != nil {
		p.t.Fatal(err)
	}
	r.AddCookie(&http.Cookie{Name: p.h.sessionCookie(), Value: signed.Secret})
}

func (p *portal) ask(row authzRow, role string, x target) int {
	p.t.Helper()
	body, mediaType := authzBody(row, x)
	path := x.fill(row.path)
	if strings.HasSuffix(path, "/eligibility") {
		path += "?reason=not_received"
	}
	r := httptest.NewRequestWithContext(p.t.Context(), row.method, "http://portal.test"+path, strings.NewReader(body))
	if mediaType != "" {
		r.Header.Set("Content-Type", mediaType)
	}
	if strings.HasPrefix(path, apiBase) {
		if who := authzWho[role]; who != "" {
			r.Header.Set("Authorization", "Bearer "+p.tokens[who])
		}
	} else {
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		if strings.HasPrefix(row.path, "/:lang") {
			p.signIn(r, role)
		}
	}
	return p.do(r).status
}

// Every route has its rows, and every row a route.
func TestAuthorizationIsComplete(t *testing.T) {
	p := newPortal(t)
	routes := map[string]bool{}
	for _, r := range p.h.engine.Routes() {
		routes[r.Method+" "+r.Path] = false
	}
	for _, row := range readAuthz(t) {
		route := row.route
		if _, there := routes[route]; !there && strings.Contains(route, "/claims/:number/actions/") {
			action := models.Action(route[strings.LastIndexByte(route, '/')+1:])
			if !models.KnownAction(action) {
				t.Errorf("authz.tsv:%d: no action %q", row.line, action)
			}
			route = "POST " + apiBase + "/claims/:number/actions/:action"
		}
		for _, about := range []string{"investigations/:number", "measures/:number", "flags/:number", "quality-reviews/:number", "policy-drafts/:id"} {
			if base := "POST " + apiBase + "/" + about + "/actions/"; strings.HasPrefix(route, base) {
				route = base + ":action"
			}
		}
		if _, there := routes[route]; !there {
			t.Errorf("authz.tsv:%d: there is no route %s", row.line, route)
			continue
		}
		routes[route] = true
	}
	for route, seen := range routes {
		if !seen {
			t.Errorf("authz.tsv says nothing of %s", route)
		}
	}
}

// The engine has exactly the routes of the list, and the list says who may call each.
func TestRoutes(t *testing.T) {
	p := newPortal(t)
	var listed, built []string
	for _, r := range p.h.routes() {
		listed = append(listed, r.method+" "+r.path)
		if err := r.check(); err != nil {
			t.Error(err)
		}
		if r.method != http.MethodGet && r.kind == pageRoute && strings.HasPrefix(r.path, "/api/") {
			t.Errorf("%s %s: a page under the API", r.method, r.path)
		}
	}
	for _, r := range p.h.engine.Routes() {
		built = append(built, r.Method+" "+r.Path)
	}
	slices.Sort(listed)
	slices.Sort(built)
	if !slices.Equal(listed, built) {
		t.Errorf("listed %v\nbuilt %v", listed, built)
	}
	if err := (route{method: "GET", path: "/x", handle: p.h.alive}).check(); err == nil {
		t.Error("a route without roles is taken")
	}
}
