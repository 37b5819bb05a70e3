package handlers

import (
	"cmp"

	"hosho/models"
)

type claimView struct {
	Number         string           `json:"number"`
	Version        int64            `json:"version"`
	OrderNumber    string           `json:"order_number"`
	Line           int              `json:"line"`
	Lines          []int            `json:"lines"`
	Seller         sellerRefView    `json:"seller"`
	Title          string           `json:"title"`
	Reason         models.Reason    `json:"reason"`
	Status         string           `json:"status"`
	NextActor      *string          `json:"next_actor"`
	DueAt          models.Instant   `json:"due_at"`
	OpensAt        models.Instant   `json:"opens_at"`
	FiledAt        models.Instant   `json:"filed_at"`
	ClosedAt       models.Instant   `json:"closed_at"`
	AppealUntil    models.Instant   `json:"appeal_until"`
	Claimed        moneyView        `json:"claimed"`
	Amounts        []lineAmountView `json:"amounts"`
	Description    string           `json:"description"`
	DesiredOutcome models.Outcome   `json:"desired_outcome"`
	PolicyVersion  int              `json:"policy_version"`
	Assessment     eligibilityView  `json:"assessment"`
	Offer          *offerView       `json:"offer"`
	Question       *questionView    `json:"question"`
	Answer         *statementView   `json:"answer"`
	Held           *heldView        `json:"held"`
	Decision       *decisionView    `json:"decision"`
	Appeals        []appealView     `json:"appeals"`
	Return         *returnView      `json:"return"`
	Replacement    *replacementView `json:"replacement"`
	Refund         *claimRefundView `json:"refund"`
	Evidence       []evidenceView   `json:"evidence"`
	SellerSilent   bool             `json:"seller_silent"`
	PausedUntil    models.Instant   `json:"paused_until"`
	PauseReason    *string          `json:"pause_reason"`
	AllowedActions []models.Action  `json:"allowed_actions"`

	// Staff and admins only.
	Proposal *decisionView `json:"proposal,omitempty"`
	TakenBy  string        `json:"taken_by,omitempty"`
	OnHold   *onHoldView   `json:"on_hold,omitempty"`
	Hold     *holdView     `json:"legal_hold,omitempty"`
}

// onHoldView is until when a case rests, and why.
type onHoldView struct {
	Until  models.Instant `json:"until"`
	Reason string         `json:"reason"`
}

// holdView is why the files of a claim are kept beyond the retention rule.
type holdView struct {
	Reason string         `json:"reason"`
	At     models.Instant `json:"at"`
}

type lineAmountView struct {
	Line   int       `json:"line"`
	Amount moneyView `json:"amount"`
}

type offerView struct {
	Kind    models.OfferKind `json:"kind"`
	Amount  *moneyView       `json:"amount"`
	Message string           `json:"message"`
	At      models.Instant   `json:"at"`
	Pending bool             `json:"pending"`
	Counter *counterView     `json:"counter"`

	ReturnAddress  *string    `json:"return_address"`
	LabelReference *string    `json:"label_reference"`
	LabelCost      *moneyView `json:"label_cost"`
}

type counterView struct {
	Amount  moneyView      `json:"amount"`
	Message string         `json:"message"`
	At      models.Instant `json:"at"`
	Pending bool           `json:"pending"`
}

type questionView struct {
	Party    models.Side    `json:"party"`
	Question string         `json:"question"`
	At       models.Instant `json:"at"`
	Pending  bool           `json:"pending"`
}

type statementView struct {
	By      models.Side    `json:"by"`
	Message string         `json:"message"`
	At      models.Instant `json:"at"`
}

type heldView struct {
	Action   models.Action     `json:"action"`
	Message  string            `json:"message"`
	Kind     *models.OfferKind `json:"kind"`
	Amount   *moneyView        `json:"amount"`
	Evidence []string          `json:"evidence"`
	At       models.Instant    `json:"at"`

	ReturnAddress  *string    `json:"return_address"`
	LabelReference *string    `json:"label_reference"`
	LabelCost      *moneyView `json:"label_cost"`
}

type decisionView struct {
	Outcome             models.ClaimStatus `json:"outcome"`
	Amount              moneyView          `json:"amount"`
	BorneBy             string             `json:"borne_by"`
	CountsAgainstSeller bool               `json:"counts_against_seller"`
	ReasonCode          string             `json:"reason_code"`
	Rule                *string            `json:"rule"`
	Facts               string             `json:"facts"`
	Explanation         string             `json:"explanation"`
	ReturnRequired      bool               `json:"return_required"`
	EvidenceCited       []string           `json:"evidence_cited"`
	Automated           bool               `json:"automated"`
	DecidedAt           models.Instant     `json:"decided_at"`
}

// appealView is a party's appeal; the decision it is against, and the one that ended it, each null
// where there is none.
type appealView struct {
	By       models.Side    `json:"by"`
	Grounds  string         `json:"grounds"`
	Evidence []string       `json:"evidence"`
	At       models.Instant `json:"at"`
	Joined   bool           `json:"joined"`
	First    *decisionView  `json:"first"`
	Outcome  *string        `json:"outcome"`
	Decision *decisionView  `json:"decision"`
	EndedAt  models.Instant `json:"ended_at"`
}

type claimRefundView struct {
	ID     string              `json:"id"`
	Total  moneyView           `json:"total"`
	Status models.RefundStatus `json:"status"`
}

// viewClaim writes a claim as its viewer may see it; models has taken out what it may not.
func (h *Handlers) viewClaim(locale string, v models.ClaimView) claimView {
	money := func(n int64) moneyView { return moneyView{n, v.Currency} }
	words := &ruleWords{policy: v.Policy, currency: v.Currency}
	view := claimView{
		Number: v.Number, Version: v.Version, OrderNumber: v.OrderNumber, Lines: v.LineNumbers(), Seller: sellerRefView{v.SellerID, v.SellerName},
		Title: v.Title, Reason: v.Reason, Status: string(v.Status), NextActor: orNull(string(v.NextActor)), DueAt: v.DueAt, OpensAt: v.OpensAt,
		FiledAt: v.FiledAt, ClosedAt: v.ClosedAt, AppealUntil: v.AppealUntil, Claimed: money(v.Claimed), Description: v.Description,
		DesiredOutcome: v.DesiredOutcome, PolicyVersion: v.PolicyVersion, Assessment: h.viewAssessment(locale, v.Assessment, words),
		Evidence: evidenceViews(v.Evidence), SellerSilent: v.SellerSilent, PauseReason: orNull(v.PauseReason),
		AllowedActions: filled(v.Allowed), TakenBy: v.TakenBy,
	}
	if v.PauseUntil > v.Now {
		view.PausedUntil = v.PauseUntil
	}
	if v.HoldUntil > v.Now {
		view.OnHold = &onHoldView{v.HoldUntil, v.HoldReason}
	}
	for i, l := range v.Lines {
		if i == 0 {
			view.Line = l.LineNumber
		}
		view.Amounts = append(view.Amounts, lineAmountView{l.LineNumber, money(l.Amount)})
	}
	view.Amounts = filled(view.Amounts)
	if o := v.Offer; o != nil {
		view.Offer = &offerView{Kind: o.Kind, Message: o.Message, At: o.At, Pending: o.Pending}
		view.Offer.ReturnAddress, view.Offer.LabelReference, view.Offer.LabelCost = viewReturnTo(o.ReturnTo, v.Currency)
		if o.Amount > 0 {
			view.Offer.Amount = &moneyView{o.Amount, v.Currency}
		}
		if x := o.Counter; x != nil {
			view.Offer.Counter = &counterView{money(x.Amount), x.Message, x.At, x.Pending}
		}
	}
	if q := v.Question; q != nil {
		view.Question = &questionView{q.Party, q.Text, q.At, q.Pending}
	}
	if n := len(v.Statements); n > 0 {
		s := v.Statements[n-1]
		view.Answer = &statementView{s.By, s.Text, s.At}
	}
	if v.Held == nil && len(v.HeldAppeals) > 0 {
		v.Held = &v.HeldAppeals[0] // of its own side, the only one a viewer sees
	}
	if d := v.Held; d != nil {
		view.Held = &heldView{Action: d.Action, Message: d.Message, Kind: orNull(d.Kind), Evidence: filled(d.Files), At: d.At}
		view.Held.ReturnAddress, view.Held.LabelReference, view.Held.LabelCost = viewReturnTo(d.ReturnTo, v.Currency)
		if d.Amount > 0 {
			view.Held.Amount = &moneyView{d.Amount, v.Currency}
		}
	}
	view.Decision = h.viewDecision(locale, v.Decision, v.Currency)
	view.Appeals = []appealView{}
	for _, a := range v.Appeals {
		view.Appeals = append(view.Appeals, appealView{
			By: a.By, Grounds: a.Grounds, Evidence: filled(a.Files), At: a.At, Joined: a.Joined, First: h.viewDecision(locale, a.First, v.Currency), Outcome: orNull(a.Outcome),
			Decision: h.viewDecision(locale, a.Decision, v.Currency), EndedAt: a.EndedAt,
		})
	}
	view.Proposal = h.viewDecision(locale, v.Proposal, v.Currency)
	if x := v.LegalHold; x != nil {
		view.Hold = &holdView{x.Reason, x.At}
	}
	view.Return, view.Replacement = viewReturn(v.Return, v.Currency), viewReplacement(v.Replacement)
	if r := v.Refund; r != nil {
		view.Refund = &claimRefundView{r.ID, moneyView{r.Total, r.Currency}, r.Status}
	}
	return view
}

// viewDecision words what the rules decided by themselves as the letters do.
func (h *Handlers) viewDecision(locale string, d *models.Decision, currency string) *decisionView {
	if d == nil {
		return nil
	}
	facts, explanation := d.Facts, d.Explanation
	if d.Automated {
		facts = cmp.Or(h.text(locale, "decision_fact."+d.Facts, nil), d.Facts)
		explanation = h.text(locale, "letter.automated."+d.ReasonCode, nil)
	}
	return &decisionView{
		Outcome: d.Outcome, Amount: moneyView{d.Amount, currency}, BorneBy: d.BorneBy, CountsAgainstSeller: d.CountsAgainstSeller, ReasonCode: d.ReasonCode,
		Rule: orNull(d.Rule), Facts: facts, Explanation: explanation, ReturnRequired: d.ReturnRequired, EvidenceCited: filled(d.EvidenceCited), Automated: d.Automated, DecidedAt: d.DecidedAt,
	}
}

type messageView struct {
	ID             string           `json:"id"`
	By             models.Side      `json:"by"`
	Author         string           `json:"author"`
	Topic          models.Reason    `json:"topic"`
	Body           string           `json:"body"`
	Locale         *string          `json:"locale"`
	Request        *string          `json:"request"`
	Lines          []int            `json:"lines"`
	Warnings       []models.Warning `json:"warnings"`
	Evidence       []evidenceView   `json:"evidence"`
	SentAt         models.Instant   `json:"sent_at"`
	ScamReportedAt models.Instant   `json:"scam_reported_at"`
}

func viewMessage(m models.Message) messageView {
	return messageView{
		ID: m.ID, By: m.AuthorRole, Author: m.AuthorName, Topic: m.Topic, Body: m.Body, Locale: orNull(m.Locale), Request: orNull(m.Request), Lines: filled(m.Lines),
		Warnings: filled(m.Warnings), Evidence: evidenceViews(m.Evidence), SentAt: m.SentAt, ScamReportedAt: m.ScamReportedAt,
	}
}

func messageViews(messages []models.Message) []messageView {
	views := make([]messageView, 0, len(messages))
	for _, m := range messages {
		views = append(views, viewMessage(m))
	}
	return views
}
