package handlers

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// What all pages share: the frame around them, their addresses, redirects and words. Forms
// are in forms.go.
//
// A page is written as
//
//	func (h *Handlers) showThing(c *gin.Context) error {
//		thing, err := h.store.Thing(…)
//		if err != nil {
//			return err // becomes the problem page of its kind
//		}
//		return h.show(c, "noun/show", h.words(c).text("noun.title"), thingPage{…})
//	}
//
// and a form posts to its own address and answers with seeOther, or with the page again.

// themeCookie and languageCookie keep what a browser has chosen; neither says who it is.
const (
	themeCookie    = "theme"
	languageCookie = "lang"
)

// sandboxSteps are the buttons of the sandbox's clock.
var sandboxSteps = []time.Duration{time.Hour, 48 * time.Hour, 72 * time.Hour, 30 * 24 * time.Hour}

// frame adds to a page what depends on who looks at it: language switch, theme, sandbox bar,
// name and navigation.
func (h *Handlers) frame(c *gin.Context, p *templates.Page) {
	req := requestOf(c)
	if req.route == nil && !isAPI(c) { // an address there is none of still knows who asks
		if err := h.readSession(c); err != nil {
			h.note(c, err)
		}
	}
	p.NoIndex = req.route == nil || !req.route.public()
	if theme, err := c.Cookie(themeCookie); err == nil && (theme == "light" || theme == "dark") {
		p.Theme = theme
	}
	if h.store.Sandbox() {
		p.Sandbox = sandboxBar(*p)
		p.Tour = h.tourBar(c, *p)
	}
	if a := req.actor; a.AccountID != "" {
		p.User = &templates.User{Name: cmp.Or(a.Name, a.Email), Role: string(a.Role)}
		p.Nav = h.navigation(c, a)
		p.Dense = strings.HasPrefix(p.Path, "staff")
		p.Wide = p.Dense
	}
	if problem, ok := p.Content.(templates.Problem); ok && c.Param("lang") != "" && !templates.Supported(c.Param("lang")) {
		for _, l := range templates.Languages() { // a language there is none of: the same page in those there are
			problem.Links = append(problem.Links, templates.Link{Label: l.Name, Href: "/" + l.Code + strings.TrimPrefix(c.Request.URL.EscapedPath(), "/"+c.Param("lang"))})
		}
		p.Content = problem
	}
	h.keepLanguage(c, p.Lang)
}

// formPage is the page on which a form stands that posts to an address: that of the address
// itself, or the nearest above it.
func formPage(list []route, path string) string {
	for path != "" && !slices.ContainsFunc(list, func(r route) bool { return r.method == http.MethodGet && r.path == path }) {
		path = path[:strings.LastIndexByte(path, '/')]
	}
	return path
}

// pagePath is the address of the page one is at, as it can be opened again: for a form that was
// sent, the page it stands on.
func pagePath(c *gin.Context) string {
	path := c.Request.URL.EscapedPath()
	r := requestOf(c).route
	if r == nil || c.Request.Method == http.MethodGet {
		return path
	}
	parts := strings.Split(path, "/")
	return strings.Join(parts[:min(len(parts), r.depth+1)], "/")
}

// pageTime is the clock of rules; a page that cannot read it shows the machine's.
func (h *Handlers) pageTime(c *gin.Context) time.Time {
	now, err := h.store.Now(c.Request.Context())
	if err != nil {
		return h.machineTime()
	}
	return now.Time()
}

func sandboxBar(p templates.Page) *templates.Sandbox {
	bar := &templates.Sandbox{Now: p.Now, Action: "/" + p.Lang + "/sandbox/clock", Panel: "/" + p.Lang + "/sandbox", Next: "/" + p.Lang + "/" + withoutSaid(p.Path)}
	for _, by := range sandboxSteps {
		bar.Steps = append(bar.Steps, templates.SandboxStep{Advance: by.String(), By: by})
	}
	return bar
}

// withoutSaid is an address without what a form has told the page to say, which is said once.
func withoutSaid(path string) string {
	path, query, _ := strings.Cut(path, "?")
	kept := slices.DeleteFunc(strings.Split(query, "&"), func(part string) bool {
		name, _, _ := strings.Cut(part, "=")
		return part == "" || name == "done" || name == "sent"
	})
	if len(kept) == 0 {
		return path
	}
	return path + "?" + strings.Join(kept, "&")
}

// navigation is what the account's role has to do with. Everyone may also have bought
// something, so that the own orders are there for all.
func (h *Handlers) navigation(c *gin.Context, a models.Actor) []templates.Link {
	w := h.words(c)
	var nav []templates.Link
	add := func(key, path string, count int) {
		href, here := w.path(path), c.Request.URL.Path
		nav = append(nav, templates.Link{Label: w.text(key), Href: href, Count: count, Current: here == href || strings.HasPrefix(here, href+"/") && path != "my"})
	}
	unread, err := h.store.UnreadNotices(c.Request.Context(), a)
	if err != nil {
		unread = 0 // a count that cannot be read must not take the page with it
	}
	switch {
	case a.SeesAllCases():
		add("nav.queue", "staff/queue", 0)
		add("nav.refund_desk", "staff/refunds", 0)
		add("nav.staff_reports", "staff/reports", 0)
		add("nav.sellers", "staff/sellers", 0)
		add("nav.investigations", "staff/investigations", 0)
		if a.Role == models.RoleLead || a.Role == models.RoleAdmin {
			add("policy.title", "staff/policy", 0)
		}
		if a.Role == models.RoleAdmin {
			add("nav.webhooks", "staff/webhooks", 0)
			add("users.title", "staff/users", 0)
			add("audit.title", "staff/audit", 0)
		}
		add("nav.notices", "my/notices", unread)
	case a.Role == models.RoleSeller:
		add("nav.cases", "seller/cases", 0)
		add("nav.orders", "seller/orders", 0)
		add("nav.statement", "seller/statement", 0)
		add("nav.health", "seller/health", 0)
		add("nav.measures", "seller/measures", 0)
		add("nav.notices", "seller/notices", unread)
	default:
		add("nav.my", "my", 0)
		add("nav.orders", "my/orders", 0)
		add("nav.claims", "my/claims", 0)
		add("nav.reports", "my/reports", 0)
		add("nav.notices", "my/notices", unread)
	}
	return nav
}

// show answers with a page.
func (h *Handlers) show(c *gin.Context, name, title string, content any) error {
	return h.render(c, http.StatusOK, name, h.page(c, title, content))
}

// keepLanguage remembers the language of the page somebody chose to read, for "/".
func (h *Handlers) keepLanguage(c *gin.Context, lang string) {
	if kept, err := c.Cookie(languageCookie); err == nil && kept == lang || c.Param("lang") != lang {
		return
	}
	http.SetCookie(c.Writer, &http.Cookie{ //nolint:gosec // Secure wherever the portal is reached over https
		Name: languageCookie, Value: lang, Path: "/", MaxAge: 365 * 24 * 60 * 60, HttpOnly: true, Secure: h.secure, SameSite: http.SameSiteLaxMode,
	})
}

// seeOther sends the browser on after a form, so that reloading sends nothing twice.
func seeOther(c *gin.Context, path string) error {
	c.Header("Cache-Control", "no-store")
	c.Redirect(http.StatusSeeOther, path)
	return nil
}

// words speak the page's language.
type words struct {
	h       *Handlers
	locale  string
	catalog *templates.Catalog
}

func (h *Handlers) words(c *gin.Context) words { return words{h, h.localeOf(c), h.catalog} }

// text is a text of the catalogue; its arguments are names and values in turn.
func (w words) text(key string, pairs ...any) string {
	args := make(map[string]any, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		args[pairs[i].(string)] = pairs[i+1]
	}
	return w.catalog.Text(w.locale, key, args)
}

// label is the text of prefix.code, or the code itself for one the catalogue does not know:
// values may grow.
func (w words) label(prefix, code string) string {
	if s := w.h.text(w.locale, prefix+"."+code, nil); s != "" {
		return s
	}
	return code
}

// cell is a cell of somebody's own words.
func (w words) cell(text string) templates.Cell {
	return templates.Cell{Text: text, Lang: templates.LangOf(text, w.locale)}
}

// row is a fact in somebody's own words: a title, a name, what they wrote.
func (w words) row(label, value string) templates.SummaryRow {
	return templates.SummaryRow{Label: label, Value: value, Lang: templates.LangOf(value, w.locale)}
}

// money prints an amount of minor units in prose.
func (w words) money(amount int64, currency string) string {
	return w.text("page.amount", "amount", templates.Money{Amount: amount, Currency: currency})
}

// path is an address in the page's language; the parts after the first are escaped, since
// numbers of the marketplace may hold anything.
func (w words) path(first string, more ...string) string {
	var b strings.Builder
	b.WriteString("/" + w.locale + "/" + first)
	for _, part := range more {
		b.WriteString("/" + url.PathEscape(part))
	}
	return b.String()
}

// timeOf gives templates an instant that may not be there.
func timeOf(i models.Instant) *time.Time {
	if i == 0 {
		return nil
	}
	t := i.Time()
	return &t
}

// numberOf reads a public number in an address as people type it; what is none cannot be
// found.
func numberOf(c *gin.Context, kind byte, param string) (string, error) {
	number, err := models.ParseNumber(kind, c.Param(param))
	if err != nil {
		return "", notFound()
	}
	return number, nil
}
