package handlers

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// The forms of what staff and sellers do in an investigation and to a measure: each action
// has its fields, and one page shows any of them.

var enforcementQuestions = questions{
	"kind": choice("enforcement.kind"), "days": typed("enforcement.days_field"), "cap": typed("enforcement.cap"), "sku": typed("enforcement.sku"),
	"facts": story("enforcement.facts", 4000), "rule": story("enforcement.rule", 500), "explanation": story("enforcement.explanation", 4000),
	"question": story("enforcement.question", 2000), "reason": story("enforcement.reason", 2000), "message": story("enforcement.message", 4000),
	"points": story("enforcement.points_to_mend", 4000), "outcome": choice("enforcement.outcome_of_appeal"), "grounds": story("enforcement.grounds", 4000),
	"root_cause": story("enforcement.root_cause", 4000), "actions_taken": story("enforcement.actions_taken", 4000), "prevention": story("enforcement.prevention", 4000),
	"words": story("flags.words", 4000), filesField: files("contact.files"),
}

// enforcementFields are the fields of each action, as the inputs of models have them.
var enforcementFields = map[string][]string{
	"take": {}, "request_facts": {"question"}, "submit_facts": {"message", filesField}, "propose_measure": {"kind", "days", "cap", "sku", "facts", "rule", "explanation"}, "approve_measure": {}, "send_back": {"reason"}, "close": {"reason"},
	"submit_plan": {"root_cause", "actions_taken", "prevention"}, "accept_plan": {}, "reject_plan": {"points"}, "appeal": {"grounds", filesField}, "decide_appeal": {"outcome", "days", "cap", "explanation"}, "lift": {"reason"},
	"warn": {"words"}, "set_aside": {"reason"}, "limit": {"words"}, "appeal_warning": {"grounds", filesField}, "appeal_limit": {"grounds", filesField}, "decide_warning": {"outcome", "explanation"}, "decide_limit": {"outcome", "explanation"},
}

// otherHints are those of fields whose reader or use is another in this action.
var otherHints = map[string]string{
	"appeal_warning grounds": "flags.hint_contest", "appeal_limit grounds": "flags.hint_contest", "lift reason": "flags.hint_read", "decide_warning explanation": "flags.hint_read", "decide_limit explanation": "flags.hint_read",
}

var optionalFields = []string{"days", "cap", "sku"}

// fill makes a page's form of one action.
func (f *entry) enforcement(action, lead, label string, back templates.Link, version int64, may bool) (enforcementForm, error) {
	w := f.words
	page := enforcementForm{Lead: lead, Back: back, Lost: !may}
	if f.version() == nil {
		f.set("version", strconv.FormatInt(version, 10))
	}
	if !may {
		for _, name := range enforcementFields[action] {
			if name != filesField && f.has(name) {
				page.Areas = append(page.Areas, f.lateField(name))
			}
		}
		f.hasOnly()
		return page, nil
	}
	page.Hidden = []templates.Hidden{{Name: "version", Value: strconv.FormatInt(version, 10)}, f.once()}
	for _, name := range enforcementFields[action] {
		hint := cmp.Or(otherHints[action+" "+name], "enforcement_hint."+name)
		switch name {
		case "kind":
			values := make([]string, 0, len(models.MeasureKinds))
			for _, k := range models.MeasureKinds {
				values = append(values, string(k))
			}
			page.Radios = append(page.Radios, f.choices(name, hint, values, func(v string) string { return w.label("measure", v) }))
		case "outcome":
			outcomes := []string{models.AppealUpheld, models.AppealChanged, models.AppealOverturn}
			if action != string(models.DecidesAppeal) {
				outcomes = []string{models.AppealUpheld, models.AppealWithdrawn}
			}
			page.Radios = append(page.Radios, f.choices(name, "", outcomes, func(v string) string { return w.label("appeal", v) }))
		case "days", "cap", "sku":
			field := f.field(name, hint)
			field.Optional, field.Width, field.Digits = true, "s", name != "sku"
			page.Texts = append(page.Texts, field)
		case filesField:
			input, kept, err := f.files("contact.files_hint")
			if err != nil {
				return page, err
			}
			input.Optional = true
			f.captioned(&input, &kept)
			page.Files, page.Kept = &input, &kept
		default:
			field := f.field(name, hint)
			field.Rows = 4
			page.Areas = append(page.Areas, field)
		}
	}
	page.Submit = templates.Submit{Label: label, Cancel: &templates.Link{Label: w.text("action.cancel"), Href: back.Href}}
	return page, nil
}

// number reads a field of a whole number, nil where it is empty.
func (f *entry) number(name string) *int {
	if !f.has(name) {
		return nil
	}
	n, err := strconv.Atoi(strings.TrimSpace(f.get(name)))
	if err != nil {
		f.fail(name, "out_of_range")
		return nil
	}
	return &n
}

// needed notes which fields of an action are empty.
func (f *entry) needed(action string) {
	for _, name := range enforcementFields[action] {
		if name != filesField && !slices.Contains(optionalFields, name) {
			f.need(name)
		}
	}
}

func (f *entry) investigationInput(action models.InvestigationAction) (models.InvestigationInput, bool) {
	v := models.Versioned{Version: f.version()}
	switch action {
	case models.TakesInvestigation:
		return &models.TakeInvestigationInput{Versioned: v}, true
	case models.RequestsFacts:
		return &models.RequestFactsInput{Versioned: v, Question: f.get("question")}, true
	case models.SubmitsFacts:
		return &models.SubmitFactsInput{Versioned: v, Captioned: f.captions(), Message: f.get("message"), Evidence: f.all(evidenceField)}, true
	case models.ProposesMeasure:
		return &models.ProposeMeasureInput{
			Versioned: v, Kind: models.MeasureKind(f.get("kind")), Days: f.number("days"), Cap: f.number("cap"), SKU: strings.TrimSpace(f.get("sku")),
			Facts: f.get("facts"), Rule: f.get("rule"), Explanation: f.get("explanation"),
		}, true
	case models.ApprovesMeasure:
		return &models.ApproveMeasureInput{Versioned: v}, true
	case models.SendsMeasureBack:
		return &models.SendBackMeasureInput{Versioned: v, Reason: f.get("reason")}, true
	case models.ClosesCase:
		return &models.CloseInvestigationInput{Versioned: v, Reason: f.get("reason")}, true
	}
	return nil, false
}

func (f *entry) measureInput(action models.MeasureAction) (models.MeasureInput, bool) {
	v := models.Versioned{Version: f.version()}
	switch action {
	case models.SubmitsPlan:
		return &models.SubmitPlanInput{Versioned: v, RootCause: f.get("root_cause"), ActionsTaken: f.get("actions_taken"), Prevention: f.get("prevention")}, true
	case models.AcceptsPlan:
		return &models.AcceptPlanInput{Versioned: v}, true
	case models.RejectsPlan:
		return &models.RejectPlanInput{Versioned: v, Points: linesOf(f.get("points"))}, true
	case models.AppealsIt:
		return &models.AppealInput{Versioned: v, Captioned: f.captions(), Grounds: f.get("grounds"), Evidence: f.all(evidenceField)}, true
	case models.DecidesAppeal:
		return &models.DecideAppealInput{Versioned: v, Outcome: f.get("outcome"), Explanation: f.get("explanation"), Days: f.number("days"), Cap: f.number("cap")}, true
	case models.LiftsMeasure:
		return &models.LiftInput{Versioned: v, Reason: f.get("reason")}, true
	}
	return nil, false
}

// linesOf are the lines of a text that hold something.
func linesOf(s string) (list []string) {
	for _, line := range strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' }) {
		if models.Visible(line) {
			list = append(list, line)
		}
	}
	return list
}

// enforcementAction is what the address names, if the side of the desk has it.
func enforcementAction(c *gin.Context, own ...string) (string, error) {
	if action := c.Param("action"); slices.Contains(own, action) {
		return action, nil
	}
	return "", notFound()
}

var staffInvestigates = []string{"take", "request_facts", "propose_measure", "approve_measure", "send_back", "close"}

func (h *Handlers) showInvestigationAct(c *gin.Context) error {
	return h.investigationForm(h.newEntry(c, enforcementQuestions), models.SideStaff)
}

func (h *Handlers) postInvestigationAct(c *gin.Context) error {
	return h.postInvestigation(c, models.SideStaff)
}

// investigationAction is what the page is for: one of staff, or the seller's answer.
func investigationAction(c *gin.Context, side models.Side) (string, error) {
	if side == models.SideSeller {
		return string(models.SubmitsFacts), nil
	}
	return enforcementAction(c, staffInvestigates...)
}

func (h *Handlers) postInvestigation(c *gin.Context, side models.Side) error {
	action, err := investigationAction(c, side)
	if err != nil {
		return err
	}
	f, err := h.readEntry(c, enforcementQuestions)
	if err != nil {
		return err
	}
	f.needed(action)
	in, ok := f.investigationInput(models.InvestigationAction(action))
	if !ok {
		return notFound()
	}
	if in.Action() == models.ProposesMeasure {
		if shown, err := h.readFirst(f, in); shown || err != nil {
			return err
		}
	}
	if f.ok() {
		err := f.doOnce(func() error {
			_, err := h.store.ActInvestigation(c.Request.Context(), requestOf(c).actor, c.Param("number"), in)
			return err
		})
		if err == nil {
			return seeOther(c, plus(f.words.path(enforcementBase(side, "investigations"), c.Param("number")), "done", "sent"))
		}
		if err := f.refused(err); err != nil {
			return err
		}
	}
	return h.investigationForm(f, side)
}

func enforcementBase(side models.Side, what string) string {
	if side == models.SideSeller {
		return "seller/" + what
	}
	return "staff/" + what
}

func (h *Handlers) investigationForm(f *entry, side models.Side) error {
	c := f.c
	action, err := investigationAction(c, side)
	if err != nil {
		return err
	}
	by := requestOf(c).actor
	x, err := h.store.InvestigationByNumber(c.Request.Context(), by, c.Param("number"))
	if err != nil {
		return err
	}
	d := h.desk(c, side)
	if side == models.SideSeller {
		return h.sellerInvestigation(f, d, x)
	}
	may := slices.Contains(x.AllowedActions(by, h.instantNow(c)), models.InvestigationAction(action))
	label := d.label("investigation_do", action)
	back := templates.Link{Label: d.text("enforcement.investigation", "number", x.Number), Href: d.path("staff/investigations", x.Number)}
	policy, err := h.store.PolicyVersion(c.Request.Context(), x.Policy)
	if err != nil {
		return err
	}
	lead := ""
	if action == string(models.RequestsFacts) {
		lead = d.text("investigation_lead.request_facts", "hours", policy.FactsAnswerHours)
	} else {
		lead = d.label("investigation_lead", action)
	}
	page, err := f.enforcement(action, lead, label, back, x.Version, may)
	if err != nil {
		return err
	}
	page.Facts = []templates.SummaryRow{d.row(d.text("enforcement.seller"), x.SellerName)}
	if action == "propose_measure" {
		ladder := d.ladderPart(x)
		page.Facts = append(page.Facts, templates.SummaryRow{Label: ladder.Title, Value: d.sentences(ladder.Lead, ladder.Text)})
		d.offerSKUs(&page, x.SKUs)
		page.Submit.Label, page.Submit.Name, page.Submit.Value = d.text("enforcement.to_preview"), "do", "preview"
	}
	for _, m := range x.Measures {
		if m.Status == models.MeasureIsProposed && (action == "approve_measure" || action == "send_back") {
			page.Facts = append(page.Facts, d.measureFacts(m)...)
			page.Letter = d.statementParts(m)[0].Facts
		}
	}
	if may && action == string(models.ApprovesMeasure) {
		m, _, err := h.store.PreviewMeasure(c.Request.Context(), by, x.Number, &models.ApproveMeasureInput{})
		if err != nil {
			return err
		}
		page.Facts = page.Facts[:1] // the letters say what it does
		page.Letter, page.Letters = nil, d.measureLetters(m)
	}
	p := h.page(c, label, page)
	p.Back = &back
	asDesk(c, &p)
	p.Wide = page.Letters != nil
	return f.showPage("staff/enforcement_form", p)
}

// offerSKUs names the listings of the case where one of them can be paused.
func (d desk) offerSKUs(page *enforcementForm, list []models.CaseSKU) {
	var choices []templates.Choice
	var names []string
	for _, x := range list {
		if x.Sku != "" {
			choices, names = append(choices, templates.Choice{Value: x.Sku, Label: x.Title}), append(names, x.Sku+" "+x.Title)
		}
	}
	if len(names) > 0 {
		page.Facts = append(page.Facts, templates.SummaryRow{Label: d.text("enforcement.known_skus"), Value: strings.Join(names, "\n")})
	}
	for i, f := range page.Texts {
		if f.Name == "sku" {
			page.Texts[i].Choices = choices
		}
	}
}

var (
	staffMeasures  = []string{"accept_plan", "reject_plan", "decide_appeal", "lift"}
	sellerMeasures = []string{"submit_plan", "appeal"}
)

func (h *Handlers) measureAct(side models.Side, own []string) func(*gin.Context) error {
	return func(c *gin.Context) error { return h.measureForm(h.newEntry(c, enforcementQuestions), side, own) }
}

func (h *Handlers) postMeasureAct(side models.Side, own []string) func(*gin.Context) error {
	return func(c *gin.Context) error {
		action, err := enforcementAction(c, own...)
		if err != nil {
			return err
		}
		f, err := h.readEntry(c, enforcementQuestions)
		if err != nil {
			return err
		}
		f.needed(action)
		in, ok := f.measureInput(models.MeasureAction(action))
		if !ok {
			return errors.New("no input of " + action)
		}
		if f.ok() {
			err := f.doOnce(func() error {
				_, err := h.store.ActMeasure(c.Request.Context(), requestOf(c).actor, c.Param("number"), in)
				return err
			})
			if err == nil {
				return seeOther(c, plus(f.words.path(enforcementBase(side, "measures"), c.Param("number")), "done", "sent"))
			}
			if err := f.refused(err); err != nil {
				return err
			}
		}
		return h.measureForm(f, side, own)
	}
}

func (h *Handlers) measureForm(f *entry, side models.Side, own []string) error {
	c := f.c
	action, err := enforcementAction(c, own...)
	if err != nil {
		return err
	}
	by := requestOf(c).actor
	m, err := h.store.MeasureByNumber(c.Request.Context(), by, c.Param("number"))
	if err != nil {
		return err
	}
	d := h.desk(c, side)
	label := d.label("measure_do", action)
	back := templates.Link{Label: d.text("enforcement.measure", "number", m.Number), Href: d.path(enforcementBase(side, "measures"), m.Number)}
	may := slices.Contains(m.AllowedActions(by, h.instantNow(c)), models.MeasureAction(action))
	policy, err := h.store.PolicyVersion(c.Request.Context(), m.Policy)
	if err != nil {
		return err
	}
	page, err := f.enforcement(action, d.text("measure_lead."+action, "due_at", m.PlanDueAt, "until", m.AppealUntil, "period", dayPeriod(policy.PlanDays)), label, back, m.Version, may)
	if err != nil {
		return err
	}
	if !may {
		page.Lead = d.text("enforcement.not_now")
	}
	if n := len(m.Plans); n > 0 && action != "lift" && action != "appeal" {
		last := m.Plans[n-1]
		page.Facts = []templates.SummaryRow{
			d.row(d.text("enforcement.root_cause"), last.RootCause), d.row(d.text("enforcement.actions_taken"), last.ActionsTaken), d.row(d.text("enforcement.prevention"), last.Prevention),
		}
		if len(last.Points) > 0 {
			page.Facts = append(page.Facts, d.row(d.text("enforcement.points_to_mend"), strings.Join(last.Points, "\n")))
		}
	}
	p := h.page(c, label, page)
	p.Back = &back
	if side == models.SideStaff {
		asDesk(c, &p)
		p.Wide = false
	}
	return f.showPage("staff/enforcement_form", p)
}

// The seller's pages.

func (h *Handlers) listSellerMeasures(c *gin.Context) error {
	ctx, by, d := c.Request.Context(), requestOf(c).actor, h.desk(c, models.SideSeller)
	list, next, err := h.store.Measures(ctx, by, models.MeasureFilter{Page: models.Page{Limit: 50, Cursor: c.Query("cursor")}})
	if err != nil {
		return listError(err)
	}
	cases, _, err := h.store.Investigations(ctx, by, models.InvestigationFilter{Page: models.Page{Limit: 20}})
	if err != nil {
		return err
	}
	t := d.measuresPart(d.text("enforcement.measures"), list).Table
	t.Pages = listPages(c, next)
	page := enforcementFile{Stands: d.text("enforcement.measures_lead"), Parts: []filePart{{Table: t}}}
	x := templates.Table{Caption: d.text("enforcement.investigations"), Empty: &templates.Empty{Text: d.text("enforcement.no_investigations")}, Columns: []templates.Column{{Label: d.text("enforcement.number")}, {Label: d.text("work.status")}, {Label: d.text("enforcement.opened")}}}
	for _, i := range cases {
		tag := enforcementTag(d.words, "investigation", string(i.Status))
		x.Rows = append(x.Rows, templates.Row{Cells: []templates.Cell{{Link: &templates.Link{Label: i.Number, Href: d.path("seller/investigations", i.Number)}}, {Tag: &tag}, {At: timeOf(i.OpenedAt)}}})
	}
	page.Parts = append(page.Parts, filePart{Table: x})
	p := h.page(c, d.text("enforcement.seller_title"), page)
	p.Wide = true
	return h.render(c, 200, "seller/measures", p)
}

func (h *Handlers) showSellerMeasure(c *gin.Context) error {
	by, d, now := requestOf(c).actor, h.desk(c, models.SideSeller), h.instantNow(c)
	m, err := h.store.MeasureByNumber(c.Request.Context(), by, c.Param("number"))
	if err != nil {
		return err
	}
	page := enforcementFile{Tag: enforcementTag(d.words, "measure_status", string(m.Status)), Stands: d.label("measure_letter", string(m.Kind))}
	allowed := m.AllowedActions(by, now)
	for _, a := range allowed {
		page.Do = append(page.Do, templates.Link{Label: d.label("measure_do", string(a)), Href: d.path("seller/measures", m.Number, string(a))})
	}
	if slices.Contains(allowed, models.SubmitsPlan) {
		page.Clock = &templates.Clock{Label: d.text("enforcement.plan_by"), At: m.PlanDueAt.Time(), Now: h.pageTime(c), Kind: templates.ClockDue}
	}
	page.Parts = append([]filePart{{Facts: d.measureFacts(m)}}, d.statementParts(m)...)
	page.Parts = append(page.Parts, filePart{Links: []templates.Link{{Label: d.text("enforcement.investigation", "number", m.Investigation), Href: d.path("seller/investigations", m.Investigation)}}})
	p := h.page(c, d.text("enforcement.measure", "number", m.Number), page)
	p.Back = &templates.Link{Label: d.text("enforcement.seller_title"), Href: d.path("seller/measures")}
	sentBanner(c, d, &p)
	return h.render(c, 200, "seller/measure", p)
}

// sentBanner says that what a form sent is done. A form that is refused has the address of what was done before it.
func sentBanner(c *gin.Context, d desk, p *templates.Page) {
	if c.Request.Method != http.MethodPost && c.Query("done") == "sent" {
		p.Banner = &templates.Banner{Tone: "ok", Title: d.text("enforcement.sent"), Role: "status"}
	}
}

func (h *Handlers) showSellerInvestigation(c *gin.Context) error {
	return h.investigationForm(h.newEntry(c, enforcementQuestions), models.SideSeller)
}

func (h *Handlers) postSellerInvestigation(c *gin.Context) error {
	return h.postInvestigation(c, models.SideSeller)
}

type sellerInvestigation struct {
	File enforcementFile
	Form *enforcementForm
}

// sellerInvestigation is a case as its seller reads it, with the form to answer a question.
func (h *Handlers) sellerInvestigation(f *entry, d desk, x models.InvestigationFile) error {
	c := f.c
	page := sellerInvestigation{File: enforcementFile{Tag: enforcementTag(d.words, "investigation", string(x.Status)), Stands: d.investigationStands(x.Investigation)}}
	may := slices.Contains(x.AllowedActions(requestOf(c).actor, h.instantNow(c)), models.SubmitsFacts)
	back := templates.Link{Label: d.text("enforcement.seller_title"), Href: d.path("seller/measures")}
	if may || f.has("message") {
		form, err := f.enforcement(string(models.SubmitsFacts), x.Question, d.label("investigation_do", string(models.SubmitsFacts)), back, x.Version, may)
		if err != nil {
			return err
		}
		page.Form = &form
	}
	if may {
		page.File.Clock = &templates.Clock{Label: d.text("enforcement.answer_by"), At: x.DueAt.Time(), Now: h.pageTime(c), Kind: templates.ClockDue}
	}
	page.File.Parts = []filePart{d.numbersPart(x), d.ordersPart(x, false), d.measuresPart(d.text("enforcement.measures"), x.Measures), d.entriesPart(x.Entries, x.Evidence)}
	p := h.page(c, d.text("enforcement.investigation", "number", x.Number), page)
	p.Back = &back
	sentBanner(c, d, &p)
	return f.showPage("seller/investigation", p)
}
