package handlers

import (
	"slices"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// A decision is written, then read as both parties will read it, then sent.

// ownReason is the choice of a reason code that is not on the policy's list.
const ownReason = "own"

var decideQuestions = questions{
	"outcome": choice("decide.outcome"), "return_required": choice("returns.title"), "amount": typed("decide.amount"), "borne_by": choice("decide.borne_by"),
	"counts_against_seller": choice("decide.counts"), "reason_code": choice("decide.reason"), "own_code": typed("decide.own"),
	"rule": typed("decide.rule"), "facts": story("decide.facts", 4000), "evidence_cited": choice("decide.evidence"), "explanation": story("decide.explanation", 8000),
}

// decidePage is the form beside what it is decided on.
type decidePage struct {
	Number      string
	Tag         templates.Tag
	Second      string
	Outcome     templates.Field
	Amount      templates.Field
	Return      *templates.Field // nil once goods were sent back
	BorneBy     templates.Field
	Counts      templates.Field
	Reason      templates.Field
	Own         templates.Field
	Rule        templates.Field
	Facts       templates.Field
	Evidence    templates.Field
	Explanation templates.Field
	Changed     []templates.TimelineItem
	Buyer       caseVersion
	Seller      caseVersion
	Compared    []comparedFact
	Photos      *photoPair // of a return; nil without any
	Hidden      []templates.Hidden
	Submit      templates.Submit
	Lost        bool // it cannot be sent any more

	First   []namedLetter // of an appeal: what it is against
	Similar []similarCase
}

// decidePreview shows both letters before anything is sent.
type decidePreview struct {
	Number  string
	Money   []templates.SummaryRow // of an appeal: what changes of what goes back
	Letters []namedLetter
	Second  string
	Hidden  []templates.Hidden
	Submit  templates.Submit
}

func (h *Handlers) decideView(c *gin.Context) (models.ClaimView, bool, error) {
	v, ok, err := h.staffView(c)
	if err != nil || !ok {
		return v, ok, err
	}
	if !slices.ContainsFunc(v.Allowed, decidesNow) {
		return v, false, seeOther(c, plus(caseQuery(c).caseHref(h.desk(c, models.SideStaff), v.Number), "done", notNow))
	}
	return v, true, nil
}

func (h *Handlers) showDecide(c *gin.Context) error {
	v, ok, err := h.decideView(c)
	if err != nil || !ok {
		return err
	}
	f := h.newEntry(c, decideQuestions)
	f.set("amount", plainAmount(v.Claimed, v.Currency))
	f.set("facts", h.tourSays(c, v.Number, "facts"))
	f.set("explanation", h.tourSays(c, v.Number, "explained"))
	return h.decidePage(c, v, f)
}

func (h *Handlers) decidePage(c *gin.Context, v models.ClaimView, f *entry) error {
	d := h.desk(c, models.SideStaff)
	label := func(prefix string) func(string) string { return func(s string) string { return d.label(prefix, s) } }
	content := decidePage{
		Number: v.Number, Tag: templates.Tag{Status: string(v.Status), Role: "staff"}, Second: d.secondPerson(v, v.Claimed), Hidden: d.carry(v, f),
		Outcome:  f.choices("outcome", "", []string{"granted", "denied"}, label("decide.outcome_is")),
		Amount:   f.field("amount", ""),
		BorneBy:  f.choices("borne_by", "", []string{"seller", "marketplace"}, label("borne_by")),
		Counts:   f.choices("counts_against_seller", "decide.counts_hint", []string{"yes", "no"}, label("counts")),
		Reason:   f.choices("reason_code", "", append(slices.Clone(v.Policy.ReasonCodes), ownReason), label("decision_reason")),
		Own:      f.field("own_code", "decide.own_hint"),
		Rule:     f.field("rule", "decide.rule_hint"),
		Facts:    f.field("facts", "decide.facts_hint"),
		Evidence: f.field("evidence_cited", "decide.evidence_hint"), Explanation: f.field("explanation", "decide.explanation_hint"),
		Submit: templates.Submit{Label: d.text("decide.to_preview"), Name: "do", Value: "preview", Key: "Ctrl+Enter", Cancel: &templates.Link{Label: d.text("action.cancel"), Href: caseQuery(c).caseHref(d, v.Number)}},
	}
	if v.OpenAppeal() != nil {
		content.Outcome = f.choices("outcome", "", []string{models.AppealUpheld, models.AppealOverturned, models.AppealChanged}, label("appeals.outcome_is"))
		for i, x := range content.Outcome.Choices {
			content.Outcome.Choices[i].Hint = d.text("appeals.outcome_hint." + x.Value)
		}
		content.First = d.bothLetters(v.Claim, v.Contested())
		if x := v.OpenAppeal().First; x == nil {
			content.First = nil // the parties had settled it
		}
	}
	content.Amount.Hint = d.text("decide.amount_hint", "amount", d.spoken(v.Claimed, v.Currency))
	content.Amount.Digits, content.Amount.Width = true, "m"
	if !v.Return.Shipped() && v.OpenAppeal() == nil {
		field := f.choices("return_required", "", []string{"yes"}, func(string) string { return d.text("returns.decide") })
		field.Optional, field.Choices[0].Hint = true, d.text("returns.decide_hint", "period", dayPeriod(v.Policy.ReturnShipDays))
		content.Return = &field
	}
	content.Reason.Choices = append([]templates.Choice{{Label: d.text("decide.choose"), Checked: !f.has("reason_code")}}, content.Reason.Choices...)
	content.Own.Optional, content.Own.Width = true, "m"
	content.Rule.Optional, content.Rule.Width = true, "l"
	content.Facts.Rows, content.Explanation.Rows = 4, 8
	cited, barred := f.all("evidence_cited"), []templates.Choice(nil)
	for _, e := range v.Evidence {
		choice := templates.Choice{Value: e.ID, Label: e.FileName, Hint: d.label("role", string(e.By)), Checked: slices.Contains(cited, e.ID)}
		if e.Barred() {
			barred = append(barred, templates.Choice{Label: e.FileName, Reason: d.lateness(e)})
			continue
		}
		content.Evidence.Choices = append(content.Evidence.Choices, choice)
	}
	content.Evidence.Choices = append(content.Evidence.Choices, barred...)
	var s staffCase
	order, err := h.store.OrderFacts(c.Request.Context(), requestOf(c).actor, v.OrderNumber)
	if err != nil {
		return err
	}
	hints, err := h.hints(c.Request.Context(), requestOf(c).actor, v, order.PlacedAt)
	if err != nil {
		return err
	}
	d.versions(besideDispute(v), d.pagesOf(c, v.Number), hints, &s)
	content.Photos = d.photos(v, d.pagesOf(c, v.Number), hints)
	content.Buyer, content.Seller = s.Buyer, s.Seller
	content.Compared = d.compared(v, order)
	if content.Similar, err = h.similarCases(c, d, v); err != nil {
		return err
	}
	if f.stale {
		if content.Changed, err = h.changedSince(c, d, v.Number, f); err != nil {
			return err
		}
		// Somebody else has decided: the words stay to be copied, there is nothing to send.
		if content.Lost = !slices.ContainsFunc(v.Allowed, decidesNow); content.Lost {
			content.Submit.Cancel.Label = d.text("seller.back_to_case", "number", v.Number)
		}
	}
	title := "decide.title"
	if v.OpenAppeal() != nil {
		title = "appeals.decide_title"
	}
	p := h.page(c, d.text(title, "number", v.Number), content)
	p.Wide = true
	p.Back = d.backToStaff(caseQuery(c), v.Number)
	asDesk(c, &p)
	return f.showPage("staff/decide", p)
}

// decideInput reads the decision out of the form.
func decideInput(f *entry, currency string) *models.DecideInput {
	in := &models.DecideInput{
		Versioned: models.Versioned{Version: f.version()}, Outcome: f.get("outcome"), BorneBy: f.get("borne_by"), ReasonCode: f.get("reason_code"),
		Rule: f.get("rule"), Facts: f.get("facts"), Explanation: f.get("explanation"), EvidenceCited: f.all("evidence_cited"),
		ReturnRequired: f.get("return_required") == "yes",
	}
	if in.Outcome != string(models.Denied) && in.Outcome != models.AppealUpheld {
		in.Amount = f.amount(currency) // nothing is granted where nothing is owed
	}
	if in.ReasonCode == ownReason {
		if in.ReasonCode = f.get("own_code"); in.ReasonCode == "" {
			f.fail("own_code", "required")
			in.ReasonCode = ownReason
		} else if !ownCode(in.ReasonCode) {
			f.say("own_code", f.words.text("decide.own_wrong"))
			in.ReasonCode = ownReason
		}
	}
	switch f.get("counts_against_seller") {
	case "yes", "no":
		counts := f.get("counts_against_seller") == "yes"
		in.CountsAgainstSeller = &counts
	}
	return in
}

// decidesNow are the actions that the form of a decision sends.
func decidesNow(a models.Action) bool { return a == models.Decide || a == models.DecideAppeal }

// decides are those and the second person's.
func decides(a models.Action) bool { return decidesNow(a) || a == models.Approve }

// decisionOn is what the form says: of an appeal while there is one. Of one that changes nothing no
// amount, bearer or metric is read.
func decisionOn(f *entry, v models.ClaimView) models.ActionInput {
	in := decideInput(f, v.Currency)
	if v.OpenAppeal() == nil {
		return in
	}
	on := &models.DecideClaimAppealInput{
		Versioned: in.Versioned, Outcome: in.Outcome, ReasonCode: in.ReasonCode, Rule: in.Rule, Facts: in.Facts, EvidenceCited: in.EvidenceCited, Explanation: in.Explanation,
	}
	if in.Outcome != models.AppealUpheld {
		on.BorneBy, on.CountsAgainstSeller = in.BorneBy, in.CountsAgainstSeller
	}
	if on.Goes(v.Claim) == models.Granted {
		on.Amount = in.Amount // nothing is granted where nothing is owed
	}
	return on
}

// ownCode tells whether a code has the form codes have.
func ownCode(s string) bool {
	if len(s) > 64 {
		return false
	}
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_' {
			return false
		}
	}
	return true
}

func (h *Handlers) postDecide(c *gin.Context) error {
	f, err := h.readEntry(c, decideQuestions)
	if err != nil {
		return err
	}
	v, ok, err := h.staffView(c)
	if err != nil || !ok {
		return err
	}
	if f.get("do") == "edit" {
		f.status = 200
		return h.decidePage(c, v, f)
	}
	ctx, by := c.Request.Context(), requestOf(c).actor
	in := decisionOn(f, v)
	next, err := h.store.Preview(ctx, by, v.Number, in)
	if err != nil {
		if err := f.refused(err); err != nil {
			return err
		}
	}
	switch do := f.get("do"); {
	case !f.ok():
		return h.decidePage(c, v, f)
	case do != "decide" && do != "next":
		return h.previewDecision(c, v, next, f)
	}
	d, q := h.desk(c, models.SideStaff), caseQuery(c)
	after := ""
	if f.get("do") == "next" { // looked up before the case leaves its place
		if after, err = h.store.DeskNeighbour(ctx, by, q.filter(v.Now.Time(), h.store.Zone()), v.Number); err != nil {
			return err
		}
	}
	done, err := h.store.Act(ctx, by, v.Number, in)
	if err != nil {
		if err := f.refused(err); err != nil {
			return err
		}
		if v, ok, err = h.staffView(c); err != nil || !ok {
			return err
		}
		return h.decidePage(c, v, f)
	}
	said := "decided"
	if done.Status == models.AwaitingApproval {
		said = "proposed"
	}
	switch {
	case f.get("do") != "next":
		return seeOther(c, plus(q.caseHref(d, v.Number), "done", said))
	case after == "" || after == v.Number: // the view ends here, and begins again with what was left over
		return seeOther(c, q.href(d, said, v.Number))
	default:
		return seeOther(c, plus(q.caseHref(d, after), said, v.Number))
	}
}

// previewDecision shows what each party would read. next is the claim as it would be.
func (h *Handlers) previewDecision(c *gin.Context, v models.ClaimView, next models.Claim, f *entry) error {
	d := h.desk(c, models.SideStaff)
	x := next.Decision
	if a := v.OpenAppeal(); a != nil {
		x = next.AppealOf(a.By).Decision
	}
	if next.Proposal != nil {
		x = next.Proposal
	}
	p := decidePreview{Number: v.Number, Hidden: d.carry(v, f, "outcome", "amount", "return_required", "borne_by", "counts_against_seller", "reason_code", "own_code", "rule", "facts", "evidence_cited", "explanation")}
	if next.Status == models.AwaitingApproval {
		p.Second = d.secondPerson(v, x.Amount)
	}
	shown := *x
	shown.DecidedAt = 0 // nothing is decided yet
	p.Letters = d.bothLetters(next, shown)
	p.Money = d.moneyOnAppeal(v, shown)
	p.Submit = templates.Submit{Label: d.label("action", "decide"), Name: "do", Value: "decide", Quiet: []templates.Submit{
		{Label: d.text("decide.and_next"), Name: "do", Value: "next", Key: "Ctrl+Enter"}, {Label: d.text("decide.edit"), Name: "do", Value: "edit"},
	}}
	if p.Second != "" {
		p.Submit.Label, p.Submit.Quiet[0].Label = d.text("decide.propose"), d.text("decide.propose_next")
	}
	page := h.page(c, d.text("decide.preview_title", "number", v.Number), p)
	page.Wide = true
	page.Back = d.backToStaff(caseQuery(c), v.Number)
	asDesk(c, &page)
	f.status = 200
	return f.showPage("staff/preview", page)
}
