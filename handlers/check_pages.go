package handlers

import (
	"cmp"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/models/calendar"
	"hosho/templates"
)

// The checker asks at most four questions. Its answers stand in the address, so that a
// result can be sent on and nothing is stored.
var checkSteps = []string{"item", "reason", "latest", "contacted"}

type checkPage struct {
	Question templates.Field
	When     *templates.Field // beside the last question
	Hidden   []templates.Hidden
	Action   string
	Kind     string // radio or date
	Count    string
	Submit   templates.Submit
}

var checkQuestions = questions{
	"item":      {label: "public.ask_item", noun: "public.noun_item", kind: choiceKind},
	"reason":    {label: "public.ask_reason", noun: "public.noun_reason", kind: choiceKind},
	"latest":    {label: "public.ask_latest", noun: "orders.latest"},
	"contacted": {label: "public.ask_contacted", noun: "public.noun_contacted", kind: choiceKind}, "contacted_at": typed("public.ask_contacted_at"),
}

var checkItems = []string{"seller", "marketplace", "first_party", "digital"}

// showCheck asks the first question, with the answers there are.
func (h *Handlers) showCheck(c *gin.Context) error { return h.askCheck(c, h.checkEntry(c), 0) }

func (h *Handlers) checkEntry(c *gin.Context) *entry {
	f := h.newEntry(c, checkQuestions)
	for name := range checkQuestions {
		if v := c.Query(name); v != "" {
			f.set(name, v)
		}
	}
	f.status = http.StatusUnprocessableEntity
	return f
}

// stepCheck takes the answers so far and asks the next question, or shows the result.
func (h *Handlers) stepCheck(c *gin.Context) error {
	steps := map[string]int{"2": 1, "3": 2, "4": 3, "result": 4}
	step, ok := steps[c.Param("step")]
	if !ok {
		return notFound()
	}
	f := h.checkEntry(c)
	q, last := h.readCheck(f, step)
	if !f.ok() {
		return h.askCheck(c, f, last)
	}
	ends := q.SoldBy != models.BySeller || q.Digital || step > 1 && !q.Reason.Covered()
	if step < len(checkSteps) && !ends {
		return h.askCheck(c, f, step)
	}
	if step < len(checkSteps) {
		c.Redirect(http.StatusSeeOther, h.words(c).path("check/result")+"?"+f.Encode())
		return nil
	}
	return h.showCheckResult(c, f, q)
}

// readCheck reads the first answers; last is the question of the first that is missing.
func (h *Handlers) readCheck(f *entry, step int) (q models.QuickCheck, last int) {
	f.oneOf("item", checkItems...)
	if !f.ok() {
		return q, 0
	}
	switch item := f.get("item"); item {
	case "digital":
		q.SoldBy, q.Digital = models.BySeller, true
	default:
		q.SoldBy = models.Fulfilment(item)
	}
	if step < 2 || q.Digital || q.SoldBy != models.BySeller {
		return q, 0
	}
	q.Reason = models.Reason(f.get("reason"))
	f.oneOf("reason", reasonCodes()...)
	if !f.ok() || !q.Reason.Covered() || step < 3 {
		return q, 1
	}
	q.Latest = f.date("latest")
	if !f.ok() || step < 4 {
		return q, 2
	}
	f.oneOf("contacted", "yes", "no")
	if f.get("contacted") == "yes" {
		q.ContactedAt = f.localTime("contacted_at")
	}
	return q, 3
}

// reasonCodes are the reasons a buyer can choose, the uncovered one last.
func reasonCodes() []string {
	list := make([]string, 0, len(models.CoveredReasons)+1)
	for _, r := range models.CoveredReasons {
		list = append(list, string(r))
	}
	return append(list, string(models.ChangeOfMind))
}

func (h *Handlers) askCheck(c *gin.Context, f *entry, step int) error {
	w := f.words
	page := checkPage{Kind: "radio", Submit: templates.Submit{Label: w.text("public.next")}, Count: w.text("public.question_of", "step", step+1, "steps", len(checkSteps))}
	next := []string{"2", "3", "4", "result"}[step]
	page.Action = w.path("check/" + next)
	switch checkSteps[step] {
	case "item":
		page.Question = f.choices("item", "", checkItems, func(v string) string { return w.label("public.item", v) })
	case "reason":
		page.Question = f.choices("reason", "", reasonCodes(), func(v string) string { return w.label("reason", v) })
	case "latest":
		page.Kind = "date"
		page.Question = f.field("latest", "public.ask_latest_hint")
		page.Question.Type, page.Question.Width = "date", "m"
	case "contacted":
		page.Question = f.choices("contacted", "public.ask_contacted_hint", []string{"yes", "no"}, func(v string) string { return w.label("public.answer", v) })
		when := f.field("contacted_at", "public.ask_contacted_at_hint")
		when.Type, when.Width = "datetime-local", "m"
		page.When = &when
	}
	page.Question.Heading = true
	for _, name := range checkSteps[:step] {
		page.Hidden = append(page.Hidden, templates.Hidden{Name: name, Value: f.get(name)})
	}
	p := h.page(c, page.Question.Label, page)
	if step == 0 {
		p.Description = w.text("public.door_problem_text")
		p.Back = &templates.Link{Label: w.text("action.back"), Href: w.path("guarantee")}
	} else {
		back := url.Values{}
		for _, name := range checkSteps[:step] {
			back.Set(name, f.get(name))
		}
		p.Back = &templates.Link{Label: w.text("action.back"), Href: w.path("check") + "?" + back.Encode()}
		if step > 1 {
			p.Back.Href = w.path([]string{"", "", "check/2", "check/3"}[step]) + "?" + back.Encode()
		}
	}
	return f.showPage("public/check", p)
}

type checkResultPage struct {
	Lead, Detail string
	Clocks       []templates.Clock
	Primary      templates.Link
	Ways         []wayView
	Rules        []ruleLine
	Again        string
}

// wayView is something else that may help.
type wayView struct {
	Text string
	Link *templates.Link
}

// ruleLine is one rule with its answer in words.
type ruleLine struct {
	Passed      bool
	Title, Text string
}

// showCheckResult says what comes of the answers, until when, and the next best way: never
// a bare no.
func (h *Handlers) showCheckResult(c *gin.Context, f *entry, q models.QuickCheck) error {
	policy, now, err := h.policyNow(c)
	if err != nil {
		return err
	}
	w := f.words
	if q.Latest.IsZero() { // the answer was clear before the date was asked for
		q.Latest = calendar.DateOf(now.Time(), h.store.Zone())
	}
	a := q.Assess(policy, now, h.store.Zone())
	a.Code = a.Binding()
	code := string(a.Code)
	if a.Eligible {
		code = "eligible"
	}
	switch waits := a.Code == models.RuleWaitNotElapsed; {
	case waits && a.WaitEndsAt >= a.DeadlineAt: // only a filing ahead is in time (PRODUCT.md §2)
		code = "file_ahead"
	case a.Code == models.RuleContactRequired && now.Add(policy.Wait()) >= a.DeadlineAt:
		code = "contact_now"
	}
	args := a.Args(a.Code)
	page := checkResultPage{Again: w.path("check")}
	title := h.text(w.locale, "public.result."+code, args)
	if title == "" {
		title = w.text("rule." + code + ".title")
	}
	if page.Lead = h.text(w.locale, "public.lead."+code, args); page.Lead == "" && !a.Eligible {
		page.Detail = w.refusal(a, a.Code)
	}
	clock := func(kind, label string, at models.Instant) {
		if at != 0 {
			page.Clocks = append(page.Clocks, templates.Clock{Label: w.text(label), At: at.Time(), Now: now.Time(), Kind: kind})
		}
	}
	switch a.Code {
	case models.RuleWaitNotElapsed, models.RuleNotOverdueYet:
		if code == "file_ahead" {
			clock(templates.ClockDue, "clock.filing_deadline", a.DeadlineAt)
			break
		}
		clock(templates.ClockOpens, "clock.can_file", cmp.Or(a.AvailableAt, a.WaitEndsAt))
		clock(templates.ClockWait, "clock.filing_deadline", a.DeadlineAt)
	case "", models.RuleContactRequired:
		clock(templates.ClockWait, "clock.filing_deadline", a.DeadlineAt)
	default:
	}
	page.Primary = templates.Link{Label: w.text("public.to_orders"), Href: w.path("my/orders")}
	page.Ways = checkWays(w, a.Code)
	if now < a.DeadlineAt || !q.Reason.Covered() {
		page.Rules = quickRules(w, a, q)
	}
	switch a.Code {
	case "":
		page.Primary.Label = w.text("action.file")
	case models.RuleContactRequired, models.RuleDeadlinePassed:
		page.Primary.Label = w.text("action.contact")
	case models.RuleWaitNotElapsed:
		page.Primary.Label = w.text("action.create_draft")
		if code == "file_ahead" {
			page.Primary.Label = w.text("action.file")
		}
	case models.RuleNotMarketplaceSold, models.RuleDigitalNotCovered:
		page.Primary = templates.Link{Label: w.text("nav.contact"), Href: w.path("help/contact")}
	default:
	}
	p := h.page(c, title, page)
	p.NoIndex = true
	p.Back = &templates.Link{Label: w.text("public.change_answers"), Href: w.path("check") + "?" + f.Encode()}
	return h.render(c, http.StatusOK, "public/result", p)
}

// checkWays are the other things one can do, in the order of how likely they help.
func checkWays(w words, code models.RuleCode) []wayView {
	way := func(key string, link *templates.Link) wayView { return wayView{w.text("public.instead." + key), link} }
	to := func(label, path string) *templates.Link {
		return &templates.Link{Label: w.text(label), Href: w.path(path)}
	}
	orders, contact := to("public.to_orders", "my/orders"), to("nav.contact", "help/contact")
	switch code {
	case models.RuleReasonNotCovered:
		again := to("public.choose_again", "check/2")
		again.Href += "?item=seller"
		return []wayView{way("cancel", orders), way("return", nil), way("wrong_reason", again)}
	case models.RuleDeadlinePassed:
		return []wayView{way("seller", orders), way("card", nil), way("advice", nil), way("record", contact)}
	case models.RuleNotMarketplaceSold, models.RuleDigitalNotCovered:
		return []wayView{way("support", contact), way("wrong_item", to("public.choose_again", "check"))}
	case models.RuleAlreadyClaimed, models.RuleAlreadyRefunded, models.RuleChargebackOpen:
		return []wayView{way("seller", orders), way("claims", to("nav.claims", "my/claims"))}
	case models.RuleWaitNotElapsed:
		return []wayView{way("draft", to("nav.prepare", "prepare")), way("ahead", nil), way("solved", nil)}
	case models.RuleNotOverdueYet:
		return []wayView{way("track", orders), way("contact_now", nil), way("prepare", to("nav.prepare", "prepare"))}
	case models.RuleContactRequired:
		return []wayView{way("facts", to("nav.prepare", "prepare")), way("outside", nil)}
	default:
		return []wayView{way("prepare", to("nav.prepare", "prepare")), way("order", nil)}
	}
}

// quickRules says in sentences which of the rules that were asked passed. What the four
// questions do not ask is left for the order's own page.
func quickRules(w words, a models.Assessment, q models.QuickCheck) []ruleLine {
	var lines []ruleLine
	for _, r := range a.Rules {
		switch r.Code {
		case models.RuleNotMarketplaceSold, models.RuleDigitalNotCovered:
		case models.RuleReasonNotCovered:
			if q.Reason == "" {
				continue
			}
		case models.RuleDeadlinePassed, models.RuleContactRequired, models.RuleWaitNotElapsed, models.RuleNotOverdueYet:
			if !q.Reason.Covered() {
				continue
			}
		default:
			continue
		}
		lines = append(lines, w.ruleLine(a, r))
	}
	return lines
}

func (w words) ruleLine(a models.Assessment, r models.RuleResult) ruleLine {
	line := ruleLine{Passed: r.Passed, Title: w.text("rule." + string(r.Code) + ".title")}
	if r.Passed {
		line.Text = w.text("rule." + string(r.Code) + passedHow(a, r))
	} else {
		line.Text = w.rule(a, r.Code)
	}
	return line
}
