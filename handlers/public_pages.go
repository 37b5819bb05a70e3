package handlers

import (
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// chooseLanguage sends "/" to the language the browser was last read in, or prefers.
func (h *Handlers) chooseLanguage(c *gin.Context) error {
	lang, err := c.Cookie(languageCookie)
	if err != nil || !templates.Supported(lang) {
		lang = templates.Negotiate(c.GetHeader("Accept-Language"))
	}
	c.Header("Vary", "Accept-Language, Cookie")
	c.Header("Cache-Control", "no-store")
	c.Redirect(http.StatusFound, "/"+lang+"/")
	return nil
}

// toHome mends an address without its last slash.
func (h *Handlers) toHome(c *gin.Context) error {
	c.Redirect(http.StatusMovedPermanently, "/"+c.Param("lang")+"/")
	return nil
}

// policyNow is the policy in force with the rules' clock.
func (h *Handlers) policyNow(c *gin.Context) (models.Policy, models.Instant, error) {
	now, err := h.store.Now(c.Request.Context())
	if err != nil {
		return models.Policy{}, 0, err
	}
	policy, err := h.store.Policy(c.Request.Context(), now)
	return policy, now, err
}

func hourPeriod(n int) time.Duration { return time.Duration(n) * time.Hour }
func dayPeriod(n int) time.Duration  { return time.Duration(n) * 24 * time.Hour }

// showPublic answers with a page for anyone, described for search engines.
func (h *Handlers) showPublic(c *gin.Context, name, title, about string, content any) error {
	p := h.page(c, title, content)
	p.Description = about
	p.Wide = name != "public/statement"
	return h.render(c, http.StatusOK, name, p)
}

type homePage struct {
	Check, Seller, Case string // addresses behind the doors
	Steps               []templates.Step
	Clocks              []templates.Stretch
	Prepare             []string
	Refunds             []templates.SummaryRow
	More                []wayView
	Tour                *templates.TourOffer // in the sandbox
}

// showHome is where people begin: three doors, then what they want to know before one.
func (h *Handlers) showHome(c *gin.Context) error {
	w := h.words(c)
	policy, _, err := h.policyNow(c)
	if err != nil {
		return err
	}
	page := homePage{
		Check: w.path("check"), Case: w.path("my/claims"),
		Steps: usualSteps(w, policy), Clocks: twoClocks(w, policy), Refunds: usualRefunds(w, policy),
	}
	if role := requestOf(c).actor.Role; role == models.RoleAnonymous || role == models.RoleSeller {
		page.Seller = w.path("seller/cases") // a door that would not open is not shown
	}
	for _, task := range prepareTasks {
		page.Prepare = append(page.Prepare, w.text("prepare."+task))
	}
	for _, name := range []string{"guarantee", "prepare", "refunds", "report", "help"} {
		page.More = append(page.More, wayView{w.text("public.more_" + name), &templates.Link{Label: w.text("nav." + name), Href: w.path(name)}})
	}
	if h.store.Sandbox() {
		page.Tour = h.tourOffer(c)
	}
	return h.showPublic(c, "public/home", w.text("public.home"), w.text("public.home_lead"), page)
}

// usualSteps are the stations of a claim, with how long each usually takes.
func usualSteps(w words, p models.Policy) []templates.Step {
	return []templates.Step{
		{Label: w.text("case.step_contact"), Note: w.text("public.flow_wait", "period", p.Wait())},
		{Label: w.text("case.step_file"), Note: w.text("public.flow_window", "period", dayPeriod(p.FilingDays))},
		{Label: w.text("case.step_answer"), Note: w.text("public.flow_within", "period", hourPeriod(p.SellerAnswerHours))},
		{Label: w.text("case.step_review"), Note: w.text("public.flow_usually", "period", hourPeriod(p.ReviewTargetHours))},
		{Label: w.text("case.step_refund"), Note: w.text("public.flow_refund")},
	}
}

// twoClocks are the wait and the window, each between its two ends.
func twoClocks(w words, p models.Policy) []templates.Stretch {
	return []templates.Stretch{
		{Label: w.text("public.wait"), Icon: "hourglass", Length: p.Wait(), From: w.text("case.step_contact"), To: w.text("clock.can_file"), Text: w.text("public.wait_text")},
		{Label: w.text("public.window"), Icon: "clock", Length: dayPeriod(p.FilingDays), From: w.text("orders.latest"), To: w.text("clock.filing_deadline"), Text: w.text("public.window_text")},
	}
}

type guaranteePage struct {
	Clocks   []templates.Stretch
	Steps    []templates.Step
	Coverage templates.Table
	Prepare  []string
	Periods  []templates.SummaryRow
	Check    string
	Drafts   *templates.Link // to claims begun and not sent
	Version  string
	Policy   templates.Link // to all numbers and their changes
}

// showGuarantee prints the rules from the policy in force, so that the page and the rules
// cannot differ.
func (h *Handlers) showGuarantee(c *gin.Context) error {
	w := h.words(c)
	policy, _, err := h.policyNow(c)
	if err != nil {
		return err
	}
	page := guaranteePage{
		Clocks: twoClocks(w, policy), Steps: usualSteps(w, policy), Coverage: coverage(w, policy), Check: w.path("check"),
		Version: policyVersion(w, policy), Policy: templates.Link{Label: w.text("policy.public_more"), Href: w.path("policy")},
	}
	for _, task := range prepareTasks {
		page.Prepare = append(page.Prepare, w.text("prepare."+task))
	}
	if page.Drafts, err = h.draftsLink(c, w); err != nil {
		return err
	}
	row := func(key string, d time.Duration) {
		page.Periods = append(page.Periods, templates.SummaryRow{Label: w.text(key), Value: w.text("public.period", "period", d)})
	}
	row("public.period_wait", policy.Wait())
	row("public.period_filing", dayPeriod(policy.FilingDays))
	row("public.period_request", hourPeriod(policy.RequestAnswerHours))
	row("public.period_seller", hourPeriod(policy.SellerAnswerHours))
	row("public.period_offer", hourPeriod(policy.OfferAnswerHours))
	row("public.period_question", hourPeriod(policy.QuestionAnswerHours))
	row("public.period_review", hourPeriod(policy.ReviewTargetHours))
	for _, reason := range []models.Reason{models.DamagedOrDefective, models.ChangeOfMind} {
		page.Periods = append(page.Periods, templates.SummaryRow{
			Label: w.text("public.postage_" + causeOf(reason)), Value: w.text("public.postage_by_" + string(policy.ReturnPostage(reason, nil))),
		})
	}
	for _, currency := range slices.Sorted(maps.Keys(policy.Limits)) {
		page.Periods = append(page.Periods, templates.SummaryRow{
			Label: w.text("public.limit"), Money: &templates.Money{Amount: policy.Limits[currency].MaxClaim, Currency: currency},
		})
	}
	return h.showPublic(c, "public/guarantee", w.text("nav.guarantee"), w.text("public.guarantee_about"), page)
}

// policyVersion says by which rules a page speaks, and since when they hold.
func policyVersion(w words, p models.Policy) string {
	if p.EffectiveAt > 1 {
		return w.text("public.version_since", "version", p.Version, "effective_at", p.EffectiveAt)
	}
	return w.text("public.version", "version", p.Version) // the first has been in force ever since
}

// draftsLink leads who has begun a claim back to it; nil for everybody else.
func (h *Handlers) draftsLink(c *gin.Context, w words) (*templates.Link, error) {
	by := requestOf(c).actor
	if by.AccountID == "" {
		return nil, nil
	}
	drafts, err := h.store.Drafts(c.Request.Context(), by)
	if err != nil || len(drafts) == 0 {
		return nil, err
	}
	return &templates.Link{Label: w.text("public.go_on"), Href: w.path("my") + "#drafts"}, nil
}

// coverage is one table of what is covered, what is not, and the other way then.
func coverage(w words, p models.Policy) templates.Table {
	yes := &templates.Tag{Status: "granted", Text: w.text("public.covered")}
	no := &templates.Tag{Status: "denied", Text: w.text("public.not_covered")}
	t := templates.Table{Caption: w.text("public.coverage"), Columns: []templates.Column{
		{Label: w.text("public.coverage_case")}, {Label: w.text("public.coverage_answer")}, {Label: w.text("public.coverage_way")},
	}}
	add := func(what string, tag *templates.Tag, way string) {
		t.Rows = append(t.Rows, templates.Row{Cells: []templates.Cell{{Text: what}, {Tag: tag}, {Text: way}}})
	}
	for _, r := range models.CoveredReasons {
		way := w.text("public.way." + string(r))
		if r == models.NotReceived {
			way = w.text("public.way_overdue", "period", dayPeriod(p.OverdueWholeDays))
		}
		add(w.label("reason", string(r)), yes, way)
	}
	add(w.label("reason", string(models.ChangeOfMind)), no, w.text("public.way.change_of_mind"))
	add(w.text("public.case_digital"), no, w.text("public.way.digital"))
	add(w.text("public.case_marketplace"), no, w.text("public.way.marketplace"))
	add(w.text("public.case_chargeback"), no, w.text("public.way.chargeback"))
	return t
}
