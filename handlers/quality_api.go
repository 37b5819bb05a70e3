package handlers

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"hosho/models"
)

type (
	// qualityView is a second look at a decision. What was decided first, by whom and of which claim is
	// null until the second has said what they would decide.
	qualityView struct {
		Number         string                 `json:"number"`
		Status         models.QualityStatus   `json:"status"`
		Reason         models.Reason          `json:"reason"`
		Claimed        moneyView              `json:"claimed"`
		PolicyVersion  int                    `json:"policy_version"`
		DrawnAt        models.Instant         `json:"drawn_at"`
		Picked         bool                   `json:"picked"`
		TakenBy        *string                `json:"taken_by"`
		TakenAt        models.Instant         `json:"taken_at"`
		Claim          *string                `json:"claim"`
		First          *verdictView           `json:"first"`
		Second         *verdictView           `json:"second"`
		Same           *agreementView         `json:"same"`
		Conclusion     *string                `json:"conclusion"`
		Note           *string                `json:"note"`
		ClosedBy       *string                `json:"closed_by"`
		ClosedAt       models.Instant         `json:"closed_at"`
		Version        int64                  `json:"version"`
		AllowedActions []models.QualityAction `json:"allowed_actions"`
	}
	verdictView struct {
		Outcome    models.ClaimStatus `json:"outcome"`
		Amount     moneyView          `json:"amount"`
		ReasonCode string             `json:"reason_code"`
		Facts      *string            `json:"facts"`
		By         string             `json:"by"`
		ApprovedBy *string            `json:"approved_by"`
		At         models.Instant     `json:"at"`
	}
	agreementView struct {
		Outcome    bool `json:"outcome"`
		Amount     bool `json:"amount"`
		ReasonCode bool `json:"reason_code"`
	}
	// blindView is a case as it stood before it was decided, without who its parties are.
	blindView struct {
		Reason         models.Reason      `json:"reason"`
		DesiredOutcome models.Outcome     `json:"desired_outcome"`
		Description    string             `json:"description"`
		FiledAt        models.Instant     `json:"filed_at"`
		Claimed        moneyView          `json:"claimed"`
		Lines          []blindLineView    `json:"lines"`
		Offer          *blindOfferView    `json:"offer"`
		Question       *questionView      `json:"question"`
		Statements     []statementView    `json:"statements"`
		Messages       []blindMessageView `json:"messages"`
		Evidence       []evidenceView     `json:"evidence"`
		Facts          []blindFactView    `json:"facts"`
		Rules          []blindRuleView    `json:"rules"`
		ReasonCodes    []string           `json:"reason_codes"`
	}
	blindLineView struct {
		Line   int       `json:"line"`
		Title  string    `json:"title"`
		Amount moneyView `json:"amount"`
	}
	blindOfferView struct {
		Kind    models.OfferKind `json:"kind"`
		Amount  moneyView        `json:"amount"`
		Message string           `json:"message"`
		At      models.Instant   `json:"at"`
	}
	blindMessageView struct {
		By   models.Side    `json:"by"`
		Body string         `json:"body"`
		At   models.Instant `json:"at"`
	}
	blindFactView struct {
		Code     string         `json:"code"`
		Conflict bool           `json:"conflict"`
		Line     *int           `json:"line"`
		At       models.Instant `json:"at"`
	}
	blindRuleView struct {
		Code   models.RuleCode `json:"code"`
		Passed bool            `json:"passed"`
	}
	qualityNumbersView struct {
		Since      models.Instant     `json:"since"`
		Reviewed   int                `json:"reviewed"`
		Agreed     int                `json:"agreed"`
		PairsFrom  int                `json:"pairs_from"`
		ByReason   []qualityShareView `json:"by_reason"`
		ByPair     []qualityPairView  `json:"by_pair"`
		OnAppeal   []appealShareView  `json:"on_appeal"`
		ReviewDays int                `json:"days"`
	}
	qualityShareView struct {
		ReasonCode string `json:"reason_code"`
		Reviewed   int    `json:"reviewed"`
		Agreed     int    `json:"agreed"`
	}
	qualityPairView struct {
		Accounts []string `json:"accounts"`
		Reviewed int      `json:"reviewed"`
		Agreed   int      `json:"agreed"`
	}
	appealShareView struct {
		ReasonCode string `json:"reason_code"`
		Decided    int    `json:"decided"`
		Reversed   int    `json:"reversed"`
	}
	pickQualityInput struct {
		Claim string `json:"claim"`
	}
)

func viewQuality(r models.QualityReview, by models.Actor) qualityView {
	v := qualityView{
		Number: r.Number, Status: r.Status, Reason: r.Reason, Claimed: moneyView{r.Claimed, r.Currency}, PolicyVersion: r.Policy, DrawnAt: r.DrawnAt, Picked: r.PickedBy != "",
		TakenBy: orNull(r.TakenBy), TakenAt: r.TakenAt, Conclusion: orNull(r.Conclusion), Note: orNull(r.Note), ClosedBy: orNull(r.ClosedBy), ClosedAt: r.ClosedAt,
		Version: r.Version, AllowedActions: r.AllowedActions(by),
	}
	if r.Blind() {
		return v
	}
	v.Claim = &r.ClaimNumber
	v.First = &verdictView{r.First.Outcome, moneyView{r.First.Amount, r.Currency}, r.First.ReasonCode, orNull(r.FirstFacts), r.DecidedBy, orNull(r.ApprovedBy), r.DecidedAt}
	v.Second = &verdictView{r.Second.Outcome, moneyView{r.Second.Amount, r.Currency}, r.Second.ReasonCode, orNull(r.SecondFacts), r.SecondBy, nil, r.SecondAt}
	v.Same = &agreementView{r.Same.Outcome, r.Same.Amount, r.Same.Reason}
	return v
}

func (h *Handlers) seesQuality(c *gin.Context) error {
	_, err := h.store.QualityByNumber(c.Request.Context(), requestOf(c).actor, c.Param("number"))
	return err
}

func (h *Handlers) listQuality(c *gin.Context) error {
	if err := onlyQuery(c, "limit", "cursor", "status"); err != nil {
		return err
	}
	page, err := pageOf(c)
	if err != nil {
		return err
	}
	f := models.QualityFilter{Status: models.QualityStatus(c.Query("status")), Page: page}
	if f.Status != "" && !slices.Contains(models.QualityStatuses, f.Status) {
		return invalidField("status", "unknown_value")
	}
	by := requestOf(c).actor
	list, next, err := h.store.QualityReviews(c.Request.Context(), by, f)
	if err != nil {
		return err
	}
	views := make([]qualityView, 0, len(list))
	for _, r := range list {
		views = append(views, viewQuality(r, by))
	}
	return replyList(c, views, next)
}

func (h *Handlers) pickQuality(c *gin.Context) error {
	number, err := models.ParseNumber('C', requestOf(c).body.(*pickQualityInput).Claim)
	if err != nil {
		return invalidField("claim", "unknown_value")
	}
	r, err := h.store.PickQuality(c.Request.Context(), requestOf(c).actor, number)
	if models.KindOf(err) == models.NotFound {
		return invalidField("claim", "unknown_value")
	}
	return h.replyQuality(c, http.StatusCreated, r, err)
}

func (h *Handlers) readQuality(c *gin.Context) error {
	if err := onlyQuery(c); err != nil {
		return err
	}
	r, err := h.store.QualityByNumber(c.Request.Context(), requestOf(c).actor, c.Param("number"))
	return h.replyQuality(c, http.StatusOK, r, err)
}

func (h *Handlers) replyQuality(c *gin.Context, status int, r models.QualityReview, err error) error {
	if err != nil {
		return err
	}
	return reply(c, status, viewQuality(r, requestOf(c).actor))
}

func qualityBody(c *gin.Context) (any, error) {
	in, ok := models.NewQualityInput(models.QualityAction(c.Param("action")))
	if !ok {
		return nil, notFound()
	}
	return in, nil
}

func (h *Handlers) actOnQuality(c *gin.Context) error {
	r, err := h.store.ActQuality(c.Request.Context(), requestOf(c).actor, c.Param("number"), requestOf(c).body.(models.QualityInput))
	return h.replyQuality(c, http.StatusOK, r, err)
}

func (h *Handlers) readQualityCase(c *gin.Context) error {
	if err := onlyQuery(c); err != nil {
		return err
	}
	b, err := h.store.QualityCase(c.Request.Context(), requestOf(c).actor, c.Param("number"))
	if err != nil {
		return err
	}
	return reply(c, http.StatusOK, viewBlind(b))
}

func viewBlind(b models.BlindCase) blindView {
	x := b.Claim
	v := blindView{
		Reason: x.Reason, DesiredOutcome: x.DesiredOutcome, Description: x.Description, FiledAt: x.FiledAt, Claimed: moneyView{x.Claimed, x.Currency}, ReasonCodes: b.Policy.ReasonCodes,
		Lines: []blindLineView{}, Statements: []statementView{}, Messages: []blindMessageView{}, Evidence: evidenceViews(x.Evidence), Facts: []blindFactView{}, Rules: []blindRuleView{},
	}
	for _, l := range x.Lines {
		one := blindLineView{Line: l.LineNumber, Amount: moneyView{l.Amount, x.Currency}}
		for _, p := range x.Listings {
			if p.Line == l.LineNumber {
				one.Title = p.Title
			}
		}
		v.Lines = append(v.Lines, one)
	}
	if o := x.Offer; o != nil {
		v.Offer = &blindOfferView{o.Kind, moneyView{o.Amount, x.Currency}, o.Message, o.At}
	}
	if q := x.Question; q != nil {
		v.Question = &questionView{q.Party, q.Text, q.At, false}
	}
	for _, s := range x.Statements {
		v.Statements = append(v.Statements, statementView{s.By, s.Text, s.At})
	}
	for _, m := range b.Thread {
		v.Messages = append(v.Messages, blindMessageView{m.AuthorRole, m.Body, m.SentAt})
	}
	for _, f := range b.Facts {
		v.Facts = append(v.Facts, blindFactView{f.Code, f.Conflict, orNull(f.Line), f.At})
	}
	for _, r := range x.Assessment.Rules {
		v.Rules = append(v.Rules, blindRuleView{r.Code, r.Passed})
	}
	return v
}

// qualityDays is the usual stretch of the numbers.
const qualityDays = 90

func (h *Handlers) readQualityNumbers(c *gin.Context) error {
	if err := onlyQuery(c, "days"); err != nil {
		return err
	}
	last := qualityDays
	if typed := c.Query("days"); typed != "" {
		n, err := strconv.Atoi(typed)
		if err != nil {
			return invalidField("days", "not_a_number")
		}
		last = n
	}
	n, err := h.store.QualityNumbers(c.Request.Context(), requestOf(c).actor, last)
	if err != nil {
		return err
	}
	v := qualityNumbersView{Since: n.Since, Reviewed: n.Looked, Agreed: n.Agreed, PairsFrom: n.Least, ReviewDays: last, ByReason: []qualityShareView{}, ByPair: []qualityPairView{}, OnAppeal: []appealShareView{}}
	for _, x := range n.Reasons {
		v.ByReason = append(v.ByReason, qualityShareView{x.Code, x.Of, x.Count})
	}
	for _, x := range n.Pairs {
		v.ByPair = append(v.ByPair, qualityPairView{[]string{x.One, x.Other}, x.Of, x.Count})
	}
	for _, x := range n.Appeals {
		v.OnAppeal = append(v.OnAppeal, appealShareView{x.Code, x.Of, x.Count})
	}
	return reply(c, http.StatusOK, v)
}
