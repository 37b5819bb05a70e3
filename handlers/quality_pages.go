package handlers

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// A second look: somebody else decides a decided case blind, then both are put side by side.

// qualityPage is one second look: blind with what is to be answered, or both decisions.
type qualityPage struct {
	Tag    templates.Tag
	Stands string
	Clock  *templates.Clock
	Do     []templates.Link
	Lead   string
	Parts  []filePart
	Form   *enforcementForm // to take it, or to close a difference
	Answer *qualityAnswer
	Kept   *templates.Field // words that cannot be sent any more
	Case   *blindCase
}

// qualityAnswer is the form of the second decision.
type qualityAnswer struct {
	Hidden  []templates.Hidden
	Outcome templates.Field
	Amount  templates.Field
	Reason  templates.Field
	Own     templates.Field
	Facts   templates.Field
	Submit  templates.Submit
}

// blindCase is a case as it stood before it was decided, without names.
type blindCase struct {
	Facts    []templates.SummaryRow
	Lines    []sellerLine
	Rules    []templates.SummaryRow
	Compared []comparedFact
	Buyer    caseVersion
	Seller   caseVersion
	Files    []templates.EvidenceItem
	Question *templates.Message
	Thread   []templates.Message
}

var qualityQuestions = questions{
	"outcome": choice("decide.outcome"), "amount": typed("decide.amount"), "reason_code": choice("decide.reason"), "own_code": typed("decide.own"), "facts": story("quality.facts", 500),
	"conclusion": choice("quality.conclusion"), "note": story("quality.note", 2000), "version": typed("quality.title"),
}

// qualityTag is where a second look stands, in the inks of claims in like states.
func qualityTag(w words, s models.QualityStatus) templates.Tag {
	look := map[models.QualityStatus]string{
		models.QualityWaiting: "under_review", models.QualityTaken: "awaiting_approval", models.QualityDiffers: "attention", models.QualityAgreed: "settled", models.QualityClosed: "closed",
	}[s]
	return templates.Tag{Status: look, Role: "staff", Text: w.label("quality_status", string(s))}
}

func (h *Handlers) listQualityPages(c *gin.Context) error {
	ctx, by, d := c.Request.Context(), requestOf(c).actor, h.desk(c, models.SideStaff)
	status := cmp.Or(models.QualityStatus(c.Query("v")), models.QualityWaiting)
	if !slices.Contains(models.QualityStatuses, status) {
		return notFound()
	}
	list, next, err := h.store.QualityReviews(ctx, by, models.QualityFilter{Status: status, Page: models.Page{Limit: 50, Cursor: c.Query("cursor")}})
	if err != nil {
		return listError(err)
	}
	var accounts []string
	for _, r := range list {
		accounts = append(accounts, r.TakenBy)
	}
	names, err := h.store.DeskNames(ctx, by, nil, accounts)
	if err != nil {
		return err
	}
	base := d.path("staff/quality")
	page := enforcementList{}
	for _, s := range models.QualityStatuses {
		page.Views = append(page.Views, templates.Link{Label: d.label("quality_status", string(s)), Href: plus(base, "v", string(s)), Current: s == status})
	}
	page.Views = append(page.Views, templates.Link{Label: d.text("quality.numbers"), Href: d.path("staff/quality/numbers")})
	page.Table = templates.Table{
		Caption: d.label("quality_status", string(status)), Empty: &templates.Empty{Text: d.label("quality_none", string(status))}, Pages: listPages(c, next),
		Columns: []templates.Column{{Label: d.text("quality.number")}, {Label: d.text("work.status")}, {Label: d.text("work.reason")}, {Label: d.text("work.amount_column"), Number: true}, {Label: d.text("quality.drawn_at")}, {Label: d.text("quality.second_by")}},
	}
	for _, r := range list {
		tag := qualityTag(d.words, r.Status)
		page.Table.Rows = append(page.Table.Rows, templates.Row{Cells: []templates.Cell{
			{Link: &templates.Link{Label: r.Number, Href: d.path("staff/quality", r.Number)}},
			{Tag: &tag},
			{Text: d.label("reason_short", string(r.Reason))},
			{Money: &templates.Money{Amount: r.Claimed, Currency: r.Currency}},
			{At: timeOf(r.DrawnAt)},
			d.cell(orDash(names[r.TakenBy])),
		}})
	}
	p := h.page(c, d.text("quality.title"), page)
	p.Back = &templates.Link{Label: d.text("nav.queue"), Href: d.path("staff/queue"), Key: "u"}
	p.Wide = true
	asDesk(c, &p)
	sentBanner(c, d, &p)
	return h.render(c, http.StatusOK, "staff/investigations", p)
}

func (h *Handlers) showQuality(c *gin.Context) error {
	return h.qualityForm(h.newEntry(c, qualityQuestions))
}

func (h *Handlers) postQuality(c *gin.Context) error {
	f, err := h.readEntry(c, qualityQuestions)
	if err != nil {
		return err
	}
	by := requestOf(c).actor
	r, err := h.store.QualityByNumber(c.Request.Context(), by, c.Param("number"))
	if err != nil {
		return err
	}
	in := f.qualityInput(r.Currency)
	if f.ok() {
		err := f.doOnce(func() error {
			_, err := h.store.ActQuality(c.Request.Context(), by, r.Number, in)
			return err
		})
		switch {
		case err == nil && in.Action() == models.ReleasesQuality:
			return seeOther(c, plus(f.words.path("staff/quality"), "done", "sent"))
		case err == nil:
			return seeOther(c, plus(f.words.path("staff/quality", r.Number), "done", "sent"))
		}
		if err := f.refused(err); err != nil {
			return err
		}
	}
	return h.qualityForm(f)
}

// qualityInput reads which action a form sends, and what comes with it.
func (f *entry) qualityInput(currency string) models.QualityInput {
	v := models.Versioned{Version: f.version()}
	switch models.QualityAction(f.get("do")) {
	case models.TakesQuality:
		return &models.TakeQualityInput{Versioned: v}
	case models.ReleasesQuality:
		return &models.ReleaseQualityInput{Versioned: v}
	case models.ClosesQuality:
		f.need("conclusion", "note")
		return &models.CloseQualityInput{Versioned: v, Conclusion: f.get("conclusion"), Note: f.get("note")}
	case models.SubmitsQuality:
	}
	f.need("outcome", "reason_code", "facts")
	d := decideInput(f, currency)
	return &models.SubmitQualityInput{Versioned: v, Outcome: d.Outcome, Amount: d.Amount, ReasonCode: d.ReasonCode, Facts: d.Facts}
}

func (h *Handlers) qualityForm(f *entry) error {
	c, by, d := f.c, requestOf(f.c).actor, h.desk(f.c, models.SideStaff)
	ctx := c.Request.Context()
	r, err := h.store.QualityByNumber(ctx, by, c.Param("number"))
	if err != nil {
		return err
	}
	names, err := h.store.DeskNames(ctx, by, nil, []string{r.TakenBy, r.DecidedBy, r.ApprovedBy, r.SecondBy, r.ClosedBy, r.PickedBy})
	if err != nil {
		return err
	}
	page := qualityPage{Tag: qualityTag(d.words, r.Status), Stands: d.qualityStands(r, names, by)}
	allowed := r.AllowedActions(by)
	base := []templates.Hidden{{Name: "version", Value: strconv.FormatInt(r.Version, 10)}}
	cancel := &templates.Link{Label: d.text("quality.to_list"), Href: d.path("staff/quality")}
	if f.stale && !slices.Contains(allowed, models.SubmitsQuality) && f.has("facts") {
		kept := f.lateField("facts")
		page.Kept = &kept
	}
	switch {
	case slices.Contains(allowed, models.TakesQuality):
		page.Form = &enforcementForm{Hidden: base, Submit: templates.Submit{Label: d.text("quality.take"), Name: "do", Value: string(models.TakesQuality), Cancel: cancel}}
	case slices.Contains(allowed, models.SubmitsQuality):
		b, err := h.store.QualityCase(ctx, by, r.Number)
		if err != nil {
			return err
		}
		page.Answer, page.Case = d.qualityAnswer(f, b, append(base, f.once()), cancel), h.blind(d, b)
		page.Lead = d.text("quality.blind_lead")
	case slices.Contains(allowed, models.ReleasesQuality):
		page.Form = &enforcementForm{Hidden: base, Submit: templates.Submit{Label: d.text("quality.release"), Name: "do", Value: string(models.ReleasesQuality), Cancel: cancel}}
	case slices.Contains(allowed, models.ClosesQuality):
		note := f.field("note", "quality.note_hint")
		note.Rows = 4
		page.Form = &enforcementForm{
			Hidden: append(base, f.once()), Areas: []templates.Field{note}, Submit: templates.Submit{Label: d.text("quality.close"), Name: "do", Value: string(models.ClosesQuality), Cancel: cancel},
			Radios: []templates.Field{f.choices("conclusion", "", models.QualityConclusions, func(v string) string { return d.label("quality_conclusion", v) })},
		}
	}
	if page.Answer == nil {
		f.hasOnly("conclusion", "note")
	}
	if !r.Blind() {
		page.Parts = d.bothVerdicts(r, names)
	} else if page.Answer == nil {
		page.Parts = []filePart{{Facts: []templates.SummaryRow{
			{Label: d.text("work.reason"), Value: d.label("reason", string(r.Reason))},
			{Label: d.text("money.claimed"), Money: &templates.Money{Amount: r.Claimed, Currency: r.Currency}},
			{Label: d.text("quality.drawn_at"), At: timeOf(r.DrawnAt)},
		}}}
	}
	p := h.page(c, d.text("quality.look", "number", r.Number), page)
	p.Back = &templates.Link{Label: d.text("quality.title"), Href: d.path("staff/quality"), Key: "u"}
	p.Wide = true
	asDesk(c, &p)
	sentBanner(c, d, &p)
	return f.showPage("staff/quality", p)
}

// qualityStands says in a sentence where a second look stands.
func (d desk) qualityStands(r models.QualityReview, names map[string]string, by models.Actor) string {
	key := string(r.Status)
	switch {
	case r.Blind() && r.Involved:
		key = "involved"
	case r.Status == models.QualityTaken && r.TakenBy == by.AccountID:
		key = "mine"
	}
	return d.text("quality.stands_"+key, "name", cmp.Or(names[r.TakenBy], d.label("role", "agent")))
}

// qualityAnswer is the form in which the second says what they would decide.
func (d desk) qualityAnswer(f *entry, b models.BlindCase, base []templates.Hidden, cancel *templates.Link) *qualityAnswer {
	label := func(prefix string) func(string) string { return func(s string) string { return d.label(prefix, s) } }
	a := qualityAnswer{
		Hidden: base, Outcome: f.choices("outcome", "", []string{"granted", "denied"}, label("decide.outcome_is")), Amount: f.field("amount", ""),
		Reason: f.choices("reason_code", "", append(slices.Clone(b.Policy.ReasonCodes), ownReason), label("decision_reason")), Own: f.field("own_code", "decide.own_hint"), Facts: f.field("facts", "quality.facts_hint"),
		Submit: templates.Submit{Label: d.text("quality.submit"), Name: "do", Value: string(models.SubmitsQuality), Key: "Ctrl+Enter", Cancel: cancel, Quiet: []templates.Submit{{Label: d.text("quality.release"), Name: "do", Value: string(models.ReleasesQuality)}}},
	}
	a.Amount.Hint, a.Amount.Digits, a.Amount.Width = d.text("decide.amount_hint", "amount", d.spoken(b.Claim.Claimed, b.Claim.Currency)), true, "m"
	a.Reason.Choices = append([]templates.Choice{{Label: d.text("decide.choose"), Checked: !f.has("reason_code")}}, a.Reason.Choices...)
	a.Own.Optional, a.Own.Width, a.Facts.Rows = true, "m", 3
	return &a
}

// blind is a case as it stood before it was decided.
func (h *Handlers) blind(d desk, b models.BlindCase) *blindCase {
	v := models.ClaimView{Claim: b.Claim, Side: models.SideStaff, Policy: b.Policy}
	v.BuyerName, v.SellerName = d.label("role", "buyer"), d.label("role", "seller")
	var s staffCase
	d.versions(v, func(...string) string { return "" }, nil, &s)
	out := blindCase{Buyer: s.Buyer, Seller: s.Seller, Question: s.Question, Compared: d.factLines(b.Facts, v, b.Order), Thread: d.messages(b.Thread)}
	out.Buyer.Name, out.Seller.Name = "", ""
	out.Buyer.Files, out.Seller.Files, out.Files = d.evidenceBy(v.Evidence, models.SideBuyer), d.evidenceBy(v.Evidence, models.SideSeller), d.evidenceBy(v.Evidence, models.SideStaff)
	out.Facts = []templates.SummaryRow{
		{Label: d.text("work.reason"), Value: d.label("reason", string(v.Reason))},
		{Label: d.text("seller.wish"), Value: d.label("desired_outcome", string(v.DesiredOutcome))},
		{Label: d.text("money.claimed"), Money: &templates.Money{Amount: v.Claimed, Currency: v.Currency}},
		{Label: d.text("work.placed"), At: timeOf(b.Order.PlacedAt)},
		{Label: d.text("work.filed"), At: timeOf(v.FiledAt)},
	}
	for i, n := range v.LineNumbers() {
		line := sellerLine{Facts: []templates.SummaryRow{{Label: d.text("money.claimed"), Money: &templates.Money{Amount: v.Lines[i].Amount, Currency: v.Currency}}}}
		for _, p := range v.Listings {
			if p.Line == n {
				line.Pinned = d.listing(p, v.Currency)
			}
		}
		if l, ok := b.Order.Line(n); ok {
			l.TrackingNumber = "" // it leads to the case
			line.Facts = append(line.Facts, d.tracking(l)...)
			line.Facts = append(line.Facts, templates.SummaryRow{Label: d.text("work.estimate"), Value: d.day(b.Order.LatestEstimate(l, v.Policy, h.store.Zone()))})
		}
		out.Lines = append(out.Lines, line)
	}
	out.Rules = d.ruleRows(v)
	return &out
}

// bothVerdicts are the first decision and the second side by side, and what came of a difference.
func (d desk) bothVerdicts(r models.QualityReview, names map[string]string) []filePart {
	same := func(yes bool) templates.Cell {
		tag := templates.Tag{Status: "settled", Role: "staff", Text: d.text("quality.same")}
		if !yes {
			tag = templates.Tag{Status: "attention", Role: "staff", Text: d.text("quality.differ")}
		}
		return templates.Cell{Tag: &tag}
	}
	amount := func(v models.Verdict) templates.Cell {
		return templates.Cell{Money: &templates.Money{Amount: v.Amount, Currency: r.Currency}}
	}
	who := func(first, approved string) string {
		s := cmp.Or(names[first], d.label("role", "agent"))
		if approved != "" {
			s = d.text("quality.with", "name", s, "second", cmp.Or(names[approved], d.label("role", "agent")))
		}
		return s
	}
	t := templates.Table{
		Caption: d.text("quality.both"), Columns: []templates.Column{{Label: d.text("quality.what")}, {Label: d.text("quality.first")}, {Label: d.text("quality.second")}, {Label: d.text("quality.compared")}},
		Rows: []templates.Row{
			{Cells: []templates.Cell{{Text: d.text("decide.outcome")}, {Text: d.label("decide.outcome_is", string(r.First.Outcome))}, {Text: d.label("decide.outcome_is", string(r.Second.Outcome))}, same(r.Same.Outcome)}},
			{Cells: []templates.Cell{{Text: d.text("decide.amount")}, amount(r.First), amount(r.Second), same(r.Same.Amount)}},
			{Cells: []templates.Cell{{Text: d.text("decide.reason")}, {Text: d.label("decision_reason", r.First.ReasonCode)}, {Text: d.label("decision_reason", r.Second.ReasonCode)}, same(r.Same.Reason)}},
			{Cells: []templates.Cell{{Text: d.text("quality.who")}, d.cell(who(r.DecidedBy, r.ApprovedBy)), d.cell(who(r.SecondBy, "")), {Text: "–"}}},
			{Cells: []templates.Cell{{Text: d.text("quality.when")}, {At: timeOf(r.DecidedAt)}, {At: timeOf(r.SecondAt)}, {Text: "–"}}},
		},
	}
	said := []templates.SummaryRow{d.row(d.text("quality.first_facts"), r.FirstFacts), d.row(d.text("quality.facts"), r.SecondFacts)}
	parts := []filePart{{Table: t}, {Facts: said, Links: []templates.Link{{Label: d.text("quality.case", "number", r.ClaimNumber), Href: d.path("staff/cases", r.ClaimNumber)}}}}
	if r.Status == models.QualityClosed {
		parts = append(parts, filePart{Title: d.text("quality.talked"), Facts: []templates.SummaryRow{
			{Label: d.text("quality.conclusion"), Value: d.label("quality_conclusion", r.Conclusion)},
			d.row(d.text("quality.note"), r.Note),
			d.row(d.text("quality.closed_by"), cmp.Or(names[r.ClosedBy], d.label("role", "lead"))),
			{Label: d.text("quality.closed_at"), At: timeOf(r.ClosedAt)},
		}})
	}
	return parts
}

// showQualityNumbers shows how often two officers decide alike, and how appeals end.
func (h *Handlers) showQualityNumbers(c *gin.Context) error {
	ctx, by, d := c.Request.Context(), requestOf(c).actor, h.desk(c, models.SideStaff)
	n, err := h.store.QualityNumbers(ctx, by, qualityDays)
	if err != nil {
		return err
	}
	var accounts []string
	for _, x := range n.Pairs {
		accounts = append(accounts, x.One, x.Other)
	}
	names, err := h.store.DeskNames(ctx, by, nil, accounts)
	if err != nil {
		return err
	}
	share := func(x models.QualityShare) []templates.Cell {
		return []templates.Cell{{Text: strconv.Itoa(x.Of)}, {Text: strconv.Itoa(x.Count)}, {Text: strconv.Itoa((200*x.Count+x.Of)/(2*x.Of)) + "%"}}
	}
	table := func(caption, first, all, some, empty string, list []models.QualityShare, name func(models.QualityShare) string) filePart {
		t := templates.Table{
			Caption: d.text(caption), Empty: &templates.Empty{Text: d.text(empty, "least", n.Least)},
			Columns: []templates.Column{{Label: d.text(first)}, {Label: d.text(all), Number: true}, {Label: d.text(some), Number: true}, {Label: d.text("quality.share"), Number: true}},
		}
		for _, x := range list {
			t.Rows = append(t.Rows, templates.Row{Cells: append([]templates.Cell{d.cell(name(x))}, share(x)...)})
		}
		if len(t.Rows) == 0 { // an empty table has no caption
			return filePart{Title: t.Caption, Table: t}
		}
		return filePart{Table: t}
	}
	code := func(x models.QualityShare) string { return d.label("decision_reason", x.Code) }
	pair := func(x models.QualityShare) string {
		return d.text("quality.pair", "name", cmp.Or(names[x.One], d.label("role", "agent")), "second", cmp.Or(names[x.Other], d.label("role", "agent")))
	}
	slices.SortStableFunc(n.Pairs, func(a, b models.QualityShare) int { return cmp.Compare(pair(a), pair(b)) })
	scope := "quality.scope_all"
	if by.Role == models.RoleAgent {
		scope = "quality.scope_own"
	}
	page := enforcementFile{Stands: d.text(scope, "days", qualityDays)}
	page.Parts = []filePart{
		table("quality.by_reason", "decide.reason", "quality.looked", "quality.agreed", "quality.none_looked", n.Reasons, code),
		table("quality.by_pair", "quality.pair_column", "quality.looked", "quality.agreed", "quality.none_pairs", n.Pairs, pair),
		table("quality.on_appeal", "decide.reason", "quality.appeals", "quality.reversed", "quality.none_appeals", n.Appeals, code),
	}
	p := h.page(c, d.text("quality.numbers"), page)
	p.Back = &templates.Link{Label: d.text("quality.title"), Href: d.path("staff/quality"), Key: "u"}
	p.Wide = true
	asDesk(c, &p)
	return h.render(c, http.StatusOK, "staff/measure", p)
}

// showPickQuality lets a lead put a decided case on the list of second looks.
func (h *Handlers) showPickQuality(c *gin.Context) error {
	return h.pickForm(h.newEntry(c, qualityQuestions))
}

func (h *Handlers) pickForm(f *entry) error {
	c := f.c
	v, ok, err := h.staffView(c)
	if err != nil || !ok {
		return err
	}
	d := h.desk(c, models.SideStaff)
	back := templates.Link{Label: d.text("staff.back_to_case", "number", v.Number), Href: d.path("staff/cases", v.Number)}
	page := enforcementForm{Lead: d.text("quality.pick_lead"), Back: back, Submit: templates.Submit{Label: d.text("quality.pick"), Name: "do", Value: "pick", Cancel: &templates.Link{Label: d.text("action.cancel"), Href: back.Href}}}
	if !v.Checkable() {
		page.Lead, page.Lost = d.text("error.not_decided"), true
	}
	p := h.page(c, d.text("quality.pick"), page)
	p.Back = &back
	asDesk(c, &p)
	return f.showPage("staff/enforcement_form", p)
}

func (h *Handlers) postPickQuality(c *gin.Context) error {
	f, err := h.readEntry(c, qualityQuestions)
	if err != nil {
		return err
	}
	number, err := numberOf(c, 'C', "number")
	if err != nil {
		return err
	}
	r, err := h.store.PickQuality(c.Request.Context(), requestOf(c).actor, number)
	if err == nil {
		return seeOther(c, plus(f.words.path("staff/quality", r.Number), "done", "sent"))
	}
	if err := f.refused(err); err != nil {
		return err
	}
	return h.pickForm(f)
}
