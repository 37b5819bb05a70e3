package handlers

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// The claim form: one page that is kept as a draft on the server, then the answers to check,
// then the claim. Nothing is sent before the last button, and sending twice is harmless.

var claimQuestions = questions{
	"lines": choice("claims.lines"), "reason": choice("claims.reason"), "description": story("claims.story", messageMax),
	"outcome": choice("claims.outcome"), "amount": typed("claims.amount"), "when": choice("claims.when"), filesField: files("claims.evidence"),
}

var outcomes = []string{string(models.WantsRefund), string(models.WantsPartialRefund), string(models.WantsReplacement)}

// claimScope is what one claim form is about: the lines of one seller in one order.
type claimScope struct {
	order  models.Order
	line   models.OrderLine // the one the form was opened from
	lines  []models.OrderLine
	policy models.Policy
	now    models.Instant
}

func (h *Handlers) claimScope(c *gin.Context) (claimScope, error) {
	o, l, err := h.ownLine(c)
	if err != nil {
		return claimScope{}, err
	}
	s := claimScope{order: o, line: l}
	for _, other := range o.Lines {
		if other.SellerID == l.SellerID {
			s.lines = append(s.lines, other)
		}
	}
	s.policy, s.now, err = h.policyNow(c)
	return s, err
}

func (s claimScope) path(w words, more ...string) string {
	return w.path("my/orders", append([]string{s.order.Number, "claim", strconv.Itoa(s.line.Number)}, more...)...)
}

// chosen are the lines of these numbers.
func (s claimScope) chosen(numbers []int) []models.OrderLine {
	var list []models.OrderLine
	for _, l := range s.lines {
		if slices.Contains(numbers, l.Number) {
			list = append(list, l)
		}
	}
	return list
}

func unrefunded(lines []models.OrderLine) (sum int64) {
	for _, l := range lines {
		sum += l.Unrefunded()
	}
	return sum
}

// assess asks the rules of a filing for the chosen lines and returns the first answer that
// is no, or the last yes. Amounts are asked about by the filing itself.
func (h *Handlers) assess(s claimScope, b models.DraftBody, ahead bool) models.Assessment {
	var a models.Assessment
	for _, l := range s.chosen(b.Lines) {
		facts := s.order.Facts(l, b.Reason, s.policy, h.store.Zone())
		facts.OwnOrder, facts.Filing, facts.Schedule, facts.Files = true, true, ahead, len(b.Evidence)
		if a = models.Assess(facts, s.policy, s.now, h.store.Zone()); !a.Eligible {
			return a
		}
	}
	return a
}

type claimFormPage struct {
	Item    []templates.SummaryRow
	Clocks  []templates.Clock
	Blocked string // why a claim cannot be sent now, while a draft can be written
	SavedAt string
	Lines   *templates.Field
	Reason  templates.Field
	Story   templates.Field
	Outcome templates.Field
	Amount  templates.Field
	Files   templates.Field
	Kept    templates.Field
	When    *templates.Field
	Submit  templates.Submit
	Discard string
}

// showClaimForm shows the draft, or a form filled in with what the order says already.
func (h *Handlers) showClaimForm(c *gin.Context) error {
	s, err := h.claimScope(c)
	if err != nil {
		return err
	}
	f := h.newEntry(c, claimQuestions)
	saved, err := h.store.DraftFor(c.Request.Context(), requestOf(c).actor, s.order.Number, s.line.SellerID)
	switch {
	case err == nil:
		f.fill(saved.Body)
	case models.KindOf(err) == models.NotFound:
		if a := h.assess(s, models.DraftBody{Lines: []int{s.line.Number}, Reason: models.ReturnRefused}, true); neverAgain(a.Code) {
			return h.showNoClaim(c, s, a)
		}
		f.fill(s.fresh())
	default:
		return err
	}
	return h.claimForm(f, s, saved.ChangedAt)
}

// neverAgain tells the rules that neither time nor anything the buyer writes will cure.
func neverAgain(code models.RuleCode) bool {
	switch code { //nolint:exhaustive // the others are cured by time or by the buyer
	case models.RuleNotMarketplaceSold, models.RuleDigitalNotCovered, models.RuleAlreadyClaimed, models.RuleAlreadyRefunded, models.RuleChargebackOpen, models.RuleDeadlinePassed:
		return true
	}
	return false
}

// showNoClaim is the page in place of a form that could never be sent, with the next best
// way; where there is a claim already, that claim.
func (h *Handlers) showNoClaim(c *gin.Context, s claimScope, a models.Assessment) error {
	w := h.words(c)
	if a.Code == models.RuleAlreadyClaimed && s.line.OpenClaimID != "" {
		return h.afterDraft(c, s)
	}
	page := checkResultPage{Detail: w.rule(a, a.Code), Ways: checkWays(w, a.Code)}
	page.Primary = templates.Link{Label: w.text("action.contact"), Href: w.path("my/orders", s.order.Number, "lines", strconv.Itoa(s.line.Number), "contact")}
	p := h.page(c, w.text("public.result."+string(a.Code)), page)
	p.Back = &templates.Link{Label: w.text("orders.order", "number", s.order.Number), Href: w.path("my/orders", s.order.Number)}
	return h.render(c, http.StatusOK, "public/result", p)
}

// fresh is a draft nobody has begun: the line it was opened from and the problem the seller
// was told.
func (s claimScope) fresh() models.DraftBody {
	b := models.DraftBody{Lines: []int{s.line.Number}}
	if ct := s.line.Contact; ct != nil && ct.Topic.Covered() {
		b.Reason = ct.Topic
		for _, l := range s.lines {
			if l.Number != s.line.Number && l.Contact != nil && l.Contact.MessageID == ct.MessageID {
				b.Lines = append(b.Lines, l.Number)
			}
		}
	}
	return b
}

func (f *entry) fill(b models.DraftBody) {
	for _, n := range b.Lines {
		f.Add("lines", strconv.Itoa(n))
	}
	f.set("reason", string(b.Reason))
	f.set("description", b.Description)
	f.set("outcome", string(b.DesiredOutcome))
	f.set("amount", b.Amount)
	f.set("contact_notes", b.ContactNotes)
	f.set(evidenceField, b.Evidence...)
	if b.Schedule {
		f.set("when", "ahead")
	}
}

func (f *entry) draft() models.DraftBody {
	return models.DraftBody{
		Lines: f.ints("lines"), Reason: models.Reason(f.get("reason")), Description: f.get("description"), DesiredOutcome: models.Outcome(f.get("outcome")),
		Amount: f.get("amount"), Evidence: f.all(evidenceField), Schedule: f.get("when") == "ahead", ContactNotes: f.get("contact_notes"),
	}
}

// postClaimForm keeps what was written, whatever is still missing, and goes on to the
// answers when nothing is.
func (h *Handlers) postClaimForm(c *gin.Context) error {
	s, err := h.claimScope(c)
	if err != nil {
		return err
	}
	f, err := h.readEntry(c, claimQuestions)
	if err != nil {
		return err
	}
	if len(s.lines) == 1 {
		f.set("lines", strconv.Itoa(s.line.Number))
	}
	body := f.draft()
	fileErrors := !f.ok()
	saved, err := h.store.SaveDraft(c.Request.Context(), requestOf(c).actor, s.order.Number, s.line.SellerID, body)
	if err != nil {
		if err := f.refused(err); err != nil {
			return err
		}
		return h.claimForm(f, s, 0)
	}
	if fileErrors {
		return h.claimForm(f, s, saved.ChangedAt)
	}
	if f.get("do") == "save" {
		return seeOther(c, s.path(f.words))
	}
	if body.Reason == models.ChangeOfMind {
		return seeOther(c, f.words.path("check/result")+"?item=seller&reason="+string(models.ChangeOfMind))
	}
	h.checkComplete(f, s, body)
	if !f.ok() {
		return h.claimForm(f, s, saved.ChangedAt)
	}
	return seeOther(c, s.path(f.words, "check"))
}

// checkComplete notes what a claim cannot do without.
func (h *Handlers) checkComplete(f *entry, s claimScope, b models.DraftBody) {
	f.need("lines", "reason", "description", "outcome")
	lines := s.chosen(b.Lines)
	if amount := f.amount(s.order.Currency); amount != nil {
		limit := unrefunded(lines)
		if l, ok := s.policy.Limits[s.order.Currency]; ok {
			limit = min(limit, l.MaxClaim)
		}
		if *amount > limit {
			f.say("amount", f.words.text("rule.amount_too_large.detail", "limit", templates.Money{Amount: limit, Currency: s.order.Currency}))
		}
	} else if b.DesiredOutcome == models.WantsPartialRefund && f.message("amount") == "" {
		f.fail("amount", "required")
	}
	if b.Reason.NeedsEvidence() && len(b.Evidence) == 0 {
		f.say(filesField, f.words.text("rule.evidence_required.detail"))
	}
	if s.waitRuns(b) && f.get("when") == "" {
		f.fail("when", "required")
	}
}

// waitRuns tells whether a chosen line is inside its wait.
func (s claimScope) waitRuns(b models.DraftBody) bool {
	return slices.ContainsFunc(s.chosen(b.Lines), func(l models.OrderLine) bool {
		return l.Contact != nil && l.Contact.SolvedAt == 0 && s.now < l.Contact.WaitEndsAt
	})
}

func (h *Handlers) claimForm(f *entry, s claimScope, saved models.Instant) error {
	w, b := f.words, f.draft()
	page := claimFormPage{
		Item:   []templates.SummaryRow{{Label: w.text("orders.number"), Value: s.order.Number}, w.row(w.label("role", "seller"), s.line.SellerName)},
		Clocks: h.lineClocks(w, s.order, s.line, s.policy, s.now), Story: f.field("description", "claims.story_hint"), Amount: f.field("amount", ""),
	}
	if saved != 0 {
		page.SavedAt = w.text("claims.saved", "saved_at", saved)
		page.Discard = s.path(w, "discard")
	}
	if len(s.lines) > 1 {
		values, titles := []string{}, map[string]string{}
		for _, l := range s.lines {
			n := strconv.Itoa(l.Number)
			values, titles[n] = append(values, n), l.Title
		}
		lines := f.choices("lines", "claims.lines_hint", values, func(v string) string { return titles[v] })
		page.Lines = &lines
	} else {
		page.Item = append([]templates.SummaryRow{w.row(w.text("contact.item"), s.line.Title)}, page.Item...)
	}
	page.Reason = f.choices("reason", "", reasonCodes(), func(v string) string { return w.label("reason", v) })
	page.Outcome = f.choices("outcome", "", outcomes, func(v string) string { return w.label("desired_outcome", v) })
	lines := s.chosen(b.Lines)
	if len(lines) == 0 {
		lines = []models.OrderLine{s.line}
	}
	page.Amount.Hint = w.text("claims.amount_hint", "amount", templates.Money{Amount: unrefunded(lines), Currency: s.order.Currency})
	page.Amount.Optional, page.Amount.Digits, page.Amount.Width = true, true, "m"
	var err error
	if page.Files, page.Kept, err = f.files(""); err != nil {
		return err
	}
	page.Files.Hint = w.text("evidence.formats", "max", "10 MB", "count", s.policy.MaxFiles)
	if s.waitRuns(b) {
		when := f.choices("when", "", []string{"ahead", "later"}, func(v string) string { return w.label("claims.when_choice", v) })
		for i, v := range []string{"ahead", "later"} {
			when.Choices[i].Hint = w.text("claims.when_hint."+v, "opens_at", waitEnd(lines))
		}
		page.When = &when
	} else if a := h.assess(s, firstReason(b), true); !a.Eligible && a.Code != models.RuleEvidenceRequired && a.Code != models.RuleReasonNotCovered && len(b.Lines) > 0 {
		page.Blocked = w.refusal(a, a.Code)
	}
	page.Submit = templates.Submit{
		Label: w.text("action.save_continue"), Name: "do", Value: "check", Quiet: []templates.Submit{{Label: w.text("action.save_draft"), Name: "do", Value: "save"}},
		Cancel: &templates.Link{Label: w.text("action.cancel"), Href: w.path("my/orders", s.order.Number)},
	}
	p := h.page(f.c, w.text("claims.form"), page)
	p.Back = &templates.Link{Label: w.text("orders.order", "number", s.order.Number), Href: w.path("my/orders", s.order.Number)}
	return f.showPage("claims/form", p)
}

// firstReason stands in while no reason is chosen, so that what blocks any claim is said at
// once.
func firstReason(b models.DraftBody) models.DraftBody {
	if b.Reason == "" || b.Reason == models.ChangeOfMind {
		b.Reason = models.ReturnRefused
	}
	return b
}

func waitEnd(lines []models.OrderLine) models.Instant {
	var at models.Instant
	for _, l := range lines {
		if l.Contact != nil {
			at = max(at, l.Contact.WaitEndsAt)
		}
	}
	return at
}

type claimCheckPage struct {
	Answers  []templates.SummaryRow
	Files    []templates.EvidenceItem
	Blocked  string
	Clocks   []templates.Clock
	Submit   *templates.Submit
	Change   string
	WhatNext []string
}

// showClaimCheck shows all answers before anything is sent.
func (h *Handlers) showClaimCheck(c *gin.Context) error {
	s, err := h.claimScope(c)
	if err != nil {
		return err
	}
	d, err := h.store.DraftFor(c.Request.Context(), requestOf(c).actor, s.order.Number, s.line.SellerID)
	if models.KindOf(err) == models.NotFound {
		return h.afterDraft(c, s)
	}
	if err != nil {
		return err
	}
	return h.claimCheck(h.newEntry(c, claimQuestions), s, d.Body)
}

// afterDraft is where a check without a draft leads: the claim it became, or the form.
func (h *Handlers) afterDraft(c *gin.Context, s claimScope) error {
	w := h.words(c)
	for _, l := range s.lines {
		if n := len(l.Claims); n > 0 && l.OpenClaimID != "" {
			return seeOther(c, w.path("my/claims", l.Claims[n-1].Number))
		}
	}
	if n := len(s.line.Claims); n > 0 {
		return seeOther(c, w.path("my/claims", s.line.Claims[n-1].Number))
	}
	return seeOther(c, s.path(w))
}

func (h *Handlers) claimCheck(f *entry, s claimScope, b models.DraftBody) error {
	w, form := f.words, s.path(f.words)
	row := func(label, value, anchor string) templates.SummaryRow {
		return templates.SummaryRow{Label: w.text(label), Value: value, Change: form + "#f-" + anchor}
	}
	lines := s.chosen(b.Lines)
	titles := ""
	for i, l := range lines {
		if i > 0 {
			titles += "\n"
		}
		titles += l.Title
	}
	item := templates.SummaryRow{Label: w.text("contact.item"), Value: titles}
	if len(s.lines) > 1 {
		item.Change = form + "#f-lines"
	}
	page := claimCheckPage{Change: form, Answers: []templates.SummaryRow{
		{Label: w.text("orders.number"), Value: s.order.Number},
		w.row(w.label("role", "seller"), s.line.SellerName),
		item,
		row("claims.reason", w.label("reason", string(b.Reason)), "reason"),
		row("claims.story", b.Description, "description"),
		row("claims.outcome", w.label("desired_outcome", string(b.DesiredOutcome)), "outcome"),
	}}
	amount := row("claims.amount", "", "amount")
	if b.Amount == "" {
		amount.Value = w.text("claims.amount_all", "amount", templates.Money{Amount: unrefunded(lines), Currency: s.order.Currency})
	} else if n := f.parsed(b.Amount, s.order.Currency); n != nil {
		amount.Money = &templates.Money{Amount: *n, Currency: s.order.Currency}
	} else {
		amount.Value = b.Amount
	}
	page.Answers = append(page.Answers, amount)
	uploads, err := h.store.Uploads(f.c.Request.Context(), requestOf(f.c).actor, b.Evidence)
	if err != nil {
		return err
	}
	names := ""
	for _, u := range uploads {
		if names != "" {
			names += "\n"
		}
		names += u.FileName
	}
	if names == "" && b.Reason.NeedsEvidence() {
		names = w.text("claims.no_evidence")
	}
	page.Answers = append(page.Answers, row("claims.evidence", names, filesField))
	ahead := s.waitRuns(b) && b.Schedule
	if s.waitRuns(b) {
		choice := "later"
		if b.Schedule {
			choice = "ahead"
		}
		page.Answers = append(page.Answers, row("claims.when", w.label("claims.when_choice", choice), "when"))
	}
	a := h.assess(s, b, ahead)
	page.Clocks = h.lineClocks(w, s.order, s.line, s.policy, s.now)
	switch {
	case !a.Eligible && len(lines) > 0:
		page.Blocked = w.refusal(a, a.Code)
	case ahead:
		page.Submit = &templates.Submit{Label: w.text("action.file_ahead")}
		page.WhatNext = []string{w.text("claims.next_ahead", "opens_at", waitEnd(lines)), w.text("claims.next_withdraw")}
	default:
		page.Submit = &templates.Submit{Label: w.text("action.send_claim")}
		page.WhatNext = []string{w.text("claims.next_seller", "period", hourPeriod(s.policy.SellerAnswerHours)), w.text("claims.next_evidence"), w.text("claims.next_withdraw")}
	}
	p := h.page(f.c, w.text("claims.check"), page)
	p.Back = &templates.Link{Label: w.text("action.back"), Href: form}
	return f.showPage("claims/check", p)
}

// parsed reads an amount without noting that it cannot be read.
func (f *entry) parsed(typed, currency string) *int64 {
	probe := &entry{form: form{map[string][]string{"amount": {typed}}}, h: f.h, c: f.c, words: f.words}
	return probe.amount(currency)
}

// sendClaim files the draft as a claim. Sent twice, from two windows or by going back, it
// lands on the claim there is.
func (h *Handlers) sendClaim(c *gin.Context) error {
	s, err := h.claimScope(c)
	if err != nil {
		return err
	}
	f, err := h.readEntry(c, claimQuestions)
	if err != nil {
		return err
	}
	ctx, by := c.Request.Context(), requestOf(c).actor
	d, err := h.store.DraftFor(ctx, by, s.order.Number, s.line.SellerID)
	if models.KindOf(err) == models.NotFound {
		return h.afterDraft(c, s)
	}
	if err != nil {
		return err
	}
	claim, err := h.store.FileClaim(ctx, by, models.FileClaim{
		OrderNumber: s.order.Number, Lines: d.Body.Lines, Reason: d.Body.Reason, Description: d.Body.Description, DesiredOutcome: d.Body.DesiredOutcome,
		Amount: f.parsed(d.Body.Amount, s.order.Currency), Evidence: d.Body.Evidence, Schedule: d.Body.Schedule && s.waitRuns(d.Body),
		FromDraft: true,
	})
	if err != nil {
		if models.CodeOf(err) == string(models.RuleAlreadyClaimed) {
			if again, rerr := h.claimScope(c); rerr == nil && again.line.OpenClaimID != "" {
				return h.afterDraft(c, again)
			}
		}
		if err := f.refused(err); err != nil {
			return err
		}
		return h.claimCheck(f, s, d.Body)
	}
	return seeOther(c, f.words.path("my/claims", claim.Number)+"?sent=1")
}

// discardClaim throws the draft away.
func (h *Handlers) discardClaim(c *gin.Context) error {
	s, err := h.claimScope(c)
	if err != nil {
		return err
	}
	if err := h.store.DiscardDraft(c.Request.Context(), requestOf(c).actor, s.order.Number, s.line.SellerID); err != nil {
		return err
	}
	return seeOther(c, h.words(c).path("my/orders", s.order.Number))
}
