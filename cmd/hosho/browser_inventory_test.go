package main

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"hosho/models"
)

// The inventory is every page there is: each route of pages, as each role that may read it, in each state it can be
// in. Routes come from handlers/authz.tsv, which a test there holds against the program. Addresses are found by
// following links; a page that no link leads to in the sample marketplace, and a state that needs a query, stand in
// morePages. A route that neither finds fails the walk, and so does a form that can be refused and is not.
//
// To add a page: link to it from a page that is found already. That is all, unless nothing can lead there.

// States of a page.
const (
	normal  = "normal"
	empty   = "empty"   // there is nothing to list
	refused = "refused" // an empty form was sent: 422 or 409
	problem = "problem" // the page that says why there is none
)

// sheet is one page for one reader in one state.
type sheet struct {
	route string // below the language, as in "/my/orders/:order"
	role  string
	state string
	path  string // below the language; one that starts with "/" is in no language
	send  string // where the empty form goes, for a refused one
}

// notPages are the routes of pages that never answer with a page of their own.
var notPages = map[string]string{
	"/files/:id/:part": "a file",

	"/my/claims/:claim/case-file/zip":     "a file",
	"/seller/cases/:number/case-file/zip": "a file",
	"/staff/cases/:number/case-file/zip":  "a file",
	"/seller/statement/csv":               "a file",
	"/staff/audit/csv":                    "a file",
	"/staff/sellers/:id/statement/csv":    "a file",

	"/cases/:number/changes":                   "a number, which pages ask for",
	"/staff/policy/drafts/:id/what-if/csv":     "a file",
	"/staff/policy/versions/:version/withdraw": "leads to the version that is in effect already; TestPolicyPages of handlers reads it",
	"/staff/queue/changes":                     "a number, which pages ask for",
	"/staff/users/:id/enable":                  "leads back from an account that may act; TestAccountPagesAndAuditLog of handlers reads it",
	"/staff/users/:id/factor":                  "leads back from an account without a second factor, which the sandbox asks of nobody",
	"/staff":                                   "leads to the queue",
	"/staff/queues/:queue":                     "leads to the queue, from an address of the past",
	"/sign-in/second-factor":                   "needs a sign-in that is half done; TestSecondFactor of handlers reads it",
	"/check/:step":                             "steps are known by name, and /check leads to them",
}

// morePages are pages and states that no link of the sample marketplace leads to.
var morePages = []sheet{
	{"/design", "anonymous", normal, "design", ""},
	{"/design/problems/:status", "anonymous", normal, "design/problems/404", ""},
	{"/sign-in/sent", "anonymous", normal, "sign-in/sent", ""},
	{"/sign-in/:token", "anonymous", problem, "sign-in/used-before", ""},
	{"", "anonymous", problem, "nowhere", ""},
	{"", "buyer", problem, "staff/queue", ""},
	{"", "anonymous", normal, "/api", ""},
	{"/my", "lead", empty, "my", ""},
	{"/settings/files", "admin", empty, "settings/files", ""},
	{"/my/orders", "lead", empty, "my/orders", ""},
	{"/my/orders/:order", "buyer", problem, "my/orders/HS-0000", ""},
	{"/my/orders/:order/claim/:line/check", "buyer", normal, "my/orders/HS-1013/claim/1/check", ""},
	{"/my/claims", "lead", empty, "my/claims", ""},
}

// notRefused are the forms that an empty one cannot show refused, and why.
var notRefused = map[string]string{
	"/my/orders/:order/claim/:line/check":      "it sends what the form before it has held against the rules",
	"/sandbox/clock":                           "its buttons always send what is asked",
	"/sandbox/tour":                            "its buttons always send what is asked",
	"/staff/policy/versions/:version/withdraw": "the sample marketplace has no version that waits; TestPolicyPages of handlers refuses it",
	"/staff/investigations/:number/:action":    "the first action there is takes the case, which asks for no words; TestEnforcementPages of handlers refuses the others",
}

// readBy are the pages that whoever reads the one above them may not read, and a role that may.
var readBy = map[string]string{"/staff/cases/:number/admit": "lead", "/staff/cases/:number/quality": "lead", "/staff/cases/:number/lift-legal-hold": "lead", "/staff/policy/drafts/:id/publish": "admin"}

// routesOfPages reads the routes below a language: those that show a page, and those whose form can be refused.
func routesOfPages(t *testing.T) (shown, refusable []string) {
	t.Helper()
	text, err := os.ReadFile("../../handlers/authz.tsv")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(string(text), "\n") {
		route, outcomes, _ := strings.Cut(line, "\t")
		if path, ok := strings.CutPrefix(route, "GET /:lang/"); ok {
			shown = append(shown, "/"+path)
		}
		if path, ok := strings.CutPrefix(route, "POST /:lang/"); ok && strings.Contains(outcomes, "422") {
			refusable = append(refusable, "/"+path)
		}
	}
	if len(shown) < 40 || len(refusable) < 10 {
		t.Fatalf("authz.tsv names %d pages and %d forms", len(shown), len(refusable))
	}
	return shown, refusable
}

// routeOf finds the route of a path below the language; a route that says a part by name wins over one with a
// parameter there. It returns the values of the parameters.
func routeOf(routes []string, path string) (route string, values map[string]string) {
	parts := strings.Split(path, "/")
	best := -1
	for _, candidate := range routes {
		names := strings.Split(candidate, "/")
		if len(names) != len(parts) {
			continue
		}
		got, named, fits := map[string]string{}, 0, true
		for i, name := range names {
			switch {
			case strings.HasPrefix(name, ":") && parts[i] != "":
				got[name] = parts[i]
			case name == parts[i]:
				named++
			default:
				fits = false
			}
		}
		if fits && named > best {
			best, route, values = named, candidate, got
		}
	}
	return route, values
}

// reader is a crawler who is somebody, by the name on the sandbox's panel; "" is nobody.
func (m market) reader(t *testing.T, role, name, lang string) *crawler {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &crawler{t: t, m: m, client: &http.Client{Jar: jar, Timeout: time.Minute}, role: role, lang: lang, theirs: strings.NewReplacer(), forms: map[string]form{}, said: map[string]bool{}}
	if name != "" {
		c.signIn(name)
	}
	return c
}

// found is what a crawl in Japanese has found: addresses of pages, by kind, and forms by where they go.
type found struct {
	role  string
	pages map[string]string
	forms map[string]form
}

// inventory makes the list of pages. Without every, pages that several roles may read are read by the first of them.
func inventory(t *testing.T, all []found, every bool) (list []sheet) {
	t.Helper()
	shown, refusable := routesOfPages(t)
	reached, drawn := map[string]sheet{}, map[string]bool{}
	for _, by := range all {
		for _, kind := range sortedKeys(by.pages) {
			at, err := url.Parse(by.pages[kind])
			if err != nil {
				t.Fatal(err)
			}
			path, inLanguage := strings.CutPrefix(at.Path, "/ja/")
			route, _ := routeOf(shown, "/"+path)
			if !inLanguage || route == "" || notPages[route] != "" || drawnAs(kind) == "" {
				continue
			}
			key := drawnAs(kind)
			if every {
				key += " " + by.role
			}
			if at.RawQuery != "" {
				path += "?" + at.RawQuery
			}
			one := sheet{route, by.role, normal, path, ""}
			if _, known := reached[route]; !known {
				reached[route] = one
			}
			if !drawn[key] {
				drawn[key] = true
				list = append(list, one)
			}
		}
	}
	for _, one := range morePages {
		if _, known := reached[one.route]; !known || one.state != normal || one.route == "" { // of no route below a language
			list = append(list, one)
		}
		if _, known := reached[one.route]; !known {
			reached[one.route] = one
		}
	}
	for _, route := range shown {
		if _, known := reached[route]; known || notPages[route] != "" {
			continue
		}
		// A step that is not offered now says why, at the address it has.
		one, ok := below(reached, shown, route)
		if !ok {
			t.Errorf("no link leads to a page of %s, and morePages does not name one", route)
			continue
		}
		if role := readBy[route]; role != "" {
			one.role = role
		}
		reached[route] = one
		list = append(list, one)
	}
	for _, route := range refusable {
		if notRefused[route] != "" {
			continue
		}
		one, ok := formTo(all, refusable, route)
		if page, known := reached[route]; !ok && known { // a later step of a page with the same address
			to, _, _ := strings.Cut(page.path, "?")
			one, ok = sheet{route, page.role, refused, page.path, to}, true
		}
		if !ok {
			t.Errorf("no page that links lead to has a form that goes to %s", route)
			continue
		}
		list = append(list, one)
	}
	return list
}

// below fills the parameters of a route from a page it belongs to, such as the one of its claim.
func below(reached map[string]sheet, shown []string, route string) (sheet, bool) {
	for from := route; strings.Contains(from, "/"); from = from[:strings.LastIndexByte(from, '/')] {
		one, known := reached[from]
		if !known {
			continue
		}
		path, _, _ := strings.Cut(one.path, "?")
		_, values := routeOf(shown, "/"+path)
		to := route
		for name, value := range values {
			to = strings.Replace(to, name, value, 1)
		}
		return sheet{route, one.role, normal, strings.TrimPrefix(to, "/"), ""}, !strings.Contains(to, ":")
	}
	return sheet{}, false
}

// formTo finds a page with a form that goes to a route.
func formTo(all []found, refusable []string, route string) (sheet, bool) {
	for _, by := range all {
		for _, kind := range sortedKeys(by.forms) {
			f := by.forms[kind]
			if got, _ := routeOf(refusable, "/"+f.to); got == route {
				return sheet{route, by.role, refused, f.on, f.to}, true
			}
		}
	}
	return sheet{}, false
}

// people finds somebody by name.
func (m market) people(t *testing.T, store *models.Store) func(name string) models.Actor {
	t.Helper()
	accounts, _, err := store.Accounts(t.Context(), models.Operator, models.AccountFilter{Page: models.Page{Limit: models.MaxPage}})
	if err != nil {
		t.Fatal(err)
	}
	return func(name string) models.Actor {
		return accounts[slices.IndexFunc(accounts, func(a models.Account) bool { return a.Name == name })].Actor()
	}
}

// claimsOn are the claims on an order, the newest first; there is one at least.
func (m market) claimsOn(t *testing.T, store *models.Store, order string) []models.Claim {
	t.Helper()
	claims, _, err := store.Claims(t.Context(), m.people(t, store)(mori), models.ClaimFilter{OrderNumber: order, Page: models.Page{Limit: 10}})
	if err != nil || len(claims) == 0 {
		t.Fatalf("%d claims on %s, %v", len(claims), order, err)
	}
	return claims
}

// numberOf is the number of the claim on an order of the sample marketplace.
func (m market) numberOf(t *testing.T, order string) (number string) {
	t.Helper()
	m.ask(t, func(store *models.Store) { number = m.claimsOn(t, store, order)[0].Number })
	return number
}

// prepare puts into the market what pages need that its sample people have not left there: a claim being written, one
// withdrawn today, a case whose clock stands, one on legal hold, a contact made elsewhere that waits for staff.
func (m market) prepare(t *testing.T) {
	t.Helper()
	m.ask(t, func(store *models.Store) {
		as := m.people(t, store)
		act := func(name, order string, in models.ActionInput) {
			if _, err := store.Act(t.Context(), as(name), m.claimsOn(t, store, order)[0].Number, in); err != nil {
				t.Fatalf("%s on %s: %v", name, order, err)
			}
		}
		now, err := store.Now(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		act(tanaka, "HS-1015", &models.WithdrawInput{Reason: "届きました。"})
		act(mori, "HS-1031", &models.PauseInput{Reason: "配送会社の調査を待っています。", Until: now.Add(48 * time.Hour).String()})
		act(nakamura, "HS-1032", &models.LegalHoldInput{Reason: "訴訟のため"})
		order, err := store.OrderByNumber(t.Context(), as(hanako), "HS-1013")
		if err != nil {
			t.Fatal(err)
		}
		written := models.DraftBody{Lines: []int{1}, Reason: models.NotReceived, Description: "届きません。", DesiredOutcome: models.WantsRefund}
		if _, err := store.SaveDraft(t.Context(), as(hanako), order.Number, order.Lines[0].SellerID, written); err != nil {
			t.Fatal(err)
		}
	})
	g := m.signedIn(t, "ja", hanako)
	g.open("my/orders/HS-1002/lines/1/outside-contact")
	g.pick("channel", "phone")
	g.Fill("css=#f-contacted_at", time.Now().Add(-24*time.Hour).Format("2006-01-02T15:04"))
	g.Upload("css=main input[type=file]", picture(t, "call.png"))
	g.press("contact.declare")
	g.at("my/orders/HS-1002?done=declared")
}

// TestInventory holds the matching of routes.
func TestInventory(t *testing.T) {
	t.Parallel()
	shown, _ := routesOfPages(t)
	for path, want := range map[string]string{
		"/":                                "/",
		"/my/orders/HS-1":                  "/my/orders/:order",
		"/my/orders/HS-1/claim/2/check":    "/my/orders/:order/claim/:line/check",
		"/sign-in/sent":                    "/sign-in/sent",
		"/sign-in/abc":                     "/sign-in/:token",
		"/staff/cases/C-1/decide":          "/staff/cases/:number/decide",
		"/nowhere/at/all/that/is/known/of": "",
		"/my/orders/":                      "",
	} {
		if got, _ := routeOf(shown, path); got != want {
			t.Errorf("%s is matched to %q, want %q", path, got, want)
		}
	}
	for route := range notPages {
		if !slices.Contains(shown, route) {
			t.Errorf("notPages names %s, which is no route", route)
		}
	}
	for _, one := range morePages {
		if one.route != "" && !slices.Contains(shown, one.route) {
			t.Errorf("morePages names %s, which is no route", one.route)
		}
	}
}
