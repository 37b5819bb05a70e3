package handlers

import (
	"cmp"
	"context"
	"time"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/models/calendar"
	"hosho/templates"
)

type eligibilityView struct {
	Eligible      bool             `json:"eligible"`
	Code          *models.RuleCode `json:"code"`
	AvailableAt   models.Instant   `json:"available_at"`
	WaitEndsAt    models.Instant   `json:"wait_ends_at"`
	DeadlineAt    models.Instant   `json:"deadline_at"`
	Rules         []ruleView       `json:"rules"`
	PolicyVersion int              `json:"policy_version"`
	AssessedAt    models.Instant   `json:"assessed_at"`
}

type ruleView struct {
	Code    models.RuleCode `json:"code"`
	Passed  bool            `json:"passed"`
	Detail  string          `json:"detail"`
	TurnsAt models.Instant  `json:"turns_at"`
}

// ruleWords are the facts that the sentences of the rules name. Where one is not known the
// sentence falls back to what the rule asks.
type ruleWords struct {
	policy      models.Policy
	currency    string
	latestDay   calendar.Date
	contactedAt models.Instant
	left        int64 // unrefunded, minor units
	assessment  models.Assessment
}

func (w *ruleWords) args(r models.RuleResult) map[string]any {
	args := map[string]any{}
	if w == nil {
		return args
	}
	args["window"] = time.Duration(w.policy.FilingDays) * 24 * time.Hour
	args["wait"] = time.Duration(w.policy.WaitHours) * time.Hour
	args["deadline_at"] = w.assessment.DeadlineAt
	if !w.latestDay.IsZero() {
		args["latest_day"] = w.latestDay
	}
	if r.TurnsAt != 0 {
		args["turns_at"] = r.TurnsAt
	}
	if w.assessment.WaitEndsAt != 0 {
		args["wait_ends_at"] = w.assessment.WaitEndsAt
	}
	if w.contactedAt != 0 {
		args["contacted_at"] = w.contactedAt
	}
	limit := w.left
	if limits, ok := w.policy.Limits[w.currency]; ok && (limit == 0 || limits.MaxClaim < limit) {
		limit = limits.MaxClaim
	}
	if limit > 0 {
		args["limit"] = templates.Money{Amount: limit, Currency: w.currency}
	}
	return args
}

func (h *Handlers) ruleDetail(locale string, a models.Assessment, r models.RuleResult, words *ruleWords) string {
	key := "rule." + string(r.Code)
	if r.Passed {
		return h.text(locale, key+passedHow(a, r), nil)
	}
	args := words.args(r)
	return cmp.Or(h.text(locale, key+".detail", args), h.text(locale, key+".no_contact", args), h.text(locale, key+".title", nil))
}

// passedHow tells a wait that was over from one that a filing ahead need not await, and
// files that were given from files that were not asked for.
func passedHow(a models.Assessment, r models.RuleResult) string {
	switch {
	case r.Code == models.RuleWaitNotElapsed && r.TurnsAt > a.At:
		return ".passed_ahead"
	case r.Code == models.RuleEvidenceRequired && !a.Because.Reason.NeedsEvidence():
		return ".not_needed"
	}
	return ".passed"
}

func (h *Handlers) ruleViews(locale string, a models.Assessment, words *ruleWords) []ruleView {
	if words != nil {
		words.assessment = a
	}
	views := make([]ruleView, 0, len(a.Rules))
	for _, r := range a.Rules {
		views = append(views, ruleView{r.Code, r.Passed, h.ruleDetail(locale, a, r, words), r.TurnsAt})
	}
	return views
}

func (h *Handlers) viewAssessment(locale string, a models.Assessment, words *ruleWords) eligibilityView {
	return eligibilityView{
		Eligible: a.Eligible, Code: orNull(a.Code), AvailableAt: a.AvailableAt, WaitEndsAt: a.WaitEndsAt, DeadlineAt: a.DeadlineAt,
		Rules: h.ruleViews(locale, a, words), PolicyVersion: a.Policy, AssessedAt: a.At,
	}
}

// lineWords gathers the facts of an order line for the sentences of its rules.
func (h *Handlers) lineWords(ctx context.Context, by models.Actor, number string, line int, a models.Assessment) (*ruleWords, error) {
	order, err := h.store.OrderByNumber(ctx, by, number)
	if err != nil {
		return nil, err
	}
	policy, err := h.store.PolicyVersion(ctx, a.Policy)
	if err != nil {
		return nil, err
	}
	w := &ruleWords{policy: policy, currency: order.Currency, assessment: a}
	l, ok := order.Line(line)
	if !ok {
		return w, nil
	}
	w.left = l.Unrefunded()
	if w.latestDay = l.EstimatedLatest; w.latestDay.IsZero() {
		w.latestDay = calendar.DateOf(order.PlacedAt.Time(), h.store.Zone()).AddDays(policy.EstimateFallbackDays)
	}
	if l.Contact != nil {
		w.contactedAt = l.Contact.SentAt
	}
	return w, nil
}

// wordsFor gathers the facts a refused filing's sentence names; nil when the failure is not
// one, or when they cannot be had.
func (h *Handlers) wordsFor(c *gin.Context, e *models.Error) *ruleWords {
	a, refused := models.AssessmentOf(e)
	in, filing := requestOf(c).body.(*models.FileClaim)
	if !refused || !filing {
		return nil
	}
	line := 0
	if in.Line != nil {
		line = *in.Line
	} else if len(in.Lines) > 0 {
		line = in.Lines[0]
	}
	words, err := h.lineWords(c.Request.Context(), requestOf(c).actor, in.OrderNumber, line, a)
	if err != nil {
		h.note(c, err)
		return nil
	}
	return words
}
