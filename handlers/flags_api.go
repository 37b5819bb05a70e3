package handlers

import (
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/models/health"
)

type (
	// flagView is a flag as its reader sees it. What whom it is about is not told is null to them.
	flagView struct {
		Number         string              `json:"number"`
		Kind           health.Suspicion    `json:"kind"`
		Status         models.FlagStatus   `json:"status"`
		Person         *reportSenderView   `json:"person"`
		Seller         *sellerRefView      `json:"seller"`
		Counted        tallyView           `json:"counted"`
		CountedNow     *tallyView          `json:"counted_now"`
		Cases          []string            `json:"cases"`
		FlaggedAt      models.Instant      `json:"flagged_at"`
		ClosedAt       models.Instant      `json:"closed_at"`
		Waits          *models.FlagWait    `json:"waits"`
		Steps          []flagStepView      `json:"steps"`
		Version        int64               `json:"version"`
		AllowedActions []models.FlagAction `json:"allowed_actions"`
	}
	tallyView struct {
		Count int     `json:"count"`
		Of    int     `json:"of"`
		Share float64 `json:"share"`
	}
	flagStepView struct {
		Kind        models.FlagStepKind `json:"kind"`
		Words       string              `json:"words"`
		At          models.Instant      `json:"at"`
		PerDay      *int                `json:"per_day"`
		EndsAt      models.Instant      `json:"ends_at"`
		EndedAt     models.Instant      `json:"ended_at"`
		EndReason   *string             `json:"end_reason"`
		EndWords    *string             `json:"end_words"`
		AppealUntil models.Instant      `json:"appeal_until"`
		Appeal      *flagAppealView     `json:"appeal"`
	}
	flagAppealView struct {
		Status      string         `json:"status"`
		Grounds     *string        `json:"grounds"`
		At          models.Instant `json:"at"`
		Evidence    []evidenceView `json:"evidence"`
		DecidedAt   models.Instant `json:"decided_at"`
		Explanation *string        `json:"explanation"`
	}
)

func viewTally(t health.Tally) tallyView { return tallyView{t.Count, t.Of, t.Share()} }

func viewFlag(f models.Flag, by models.Actor, now models.Instant) flagView {
	v := flagView{
		Number: f.Number, Kind: f.Kind, Status: f.Status, Counted: viewTally(f.Tally), Cases: filled(f.Cases), FlaggedAt: f.FlaggedAt, ClosedAt: f.ClosedAt, Steps: []flagStepView{},
		Version: f.Version, AllowedActions: f.AllowedActions(by, now),
	}
	if f.SellerID != "" {
		v.Seller = &sellerRefView{f.SellerID, f.SellerName}
	}
	if !f.Own {
		v.Person, v.Waits = &reportSenderView{f.AccountID, f.Name, f.Email}, orNull(f.Waits)
	}
	for _, s := range f.Steps {
		one := flagStepView{
			Kind: s.Kind, Words: s.Words, At: s.At, EndsAt: s.EndsAt, EndedAt: s.EndedAt, EndReason: orNull(s.End), EndWords: orNull(s.EndWords), AppealUntil: s.AppealUntil,
		}
		if s.Kind == models.FlagLimit {
			one.PerDay = &s.PerDay
		}
		if s.Appeal != "" {
			one.Appeal = &flagAppealView{s.Appeal, orNull(s.Grounds), s.AppealedAt, evidenceViews(s.Evidence), s.DecidedAt, orNull(s.Explanation)}
		}
		v.Steps = append(v.Steps, one)
	}
	return v
}

func (h *Handlers) listFlags(c *gin.Context) error {
	if err := onlyQuery(c, "limit", "cursor", "waits", "account", "seller"); err != nil {
		return err
	}
	page, err := pageOf(c)
	if err != nil {
		return err
	}
	f := models.FlagFilter{Waits: models.FlagWait(c.Query("waits")), Account: c.Query("account"), Seller: c.Query("seller"), Page: page}
	if f.Waits != "" && !slices.Contains(models.FlagWaits, f.Waits) {
		return invalidField("waits", "unknown_value")
	}
	by := requestOf(c).actor
	list, next, err := h.store.Flags(c.Request.Context(), by, f)
	if err != nil {
		return err
	}
	views := make([]flagView, 0, len(list))
	for _, f := range list {
		views = append(views, viewFlag(f, by, h.instantNow(c)))
	}
	return replyList(c, views, next)
}

func (h *Handlers) readFlag(c *gin.Context) error {
	if err := onlyQuery(c); err != nil {
		return err
	}
	f, err := h.store.FlagByNumber(c.Request.Context(), requestOf(c).actor, c.Param("number"))
	return h.replyFlag(c, f, err)
}

func (h *Handlers) seesFlag(c *gin.Context) error {
	_, err := h.store.FlagByNumber(c.Request.Context(), requestOf(c).actor, c.Param("number"))
	return err
}

func (h *Handlers) replyFlag(c *gin.Context, f models.Flag, err error) error {
	if err != nil {
		return err
	}
	v := viewFlag(f, requestOf(c).actor, h.instantNow(c))
	if !f.Own {
		now := viewTally(f.Now)
		v.CountedNow = &now
	}
	return reply(c, http.StatusOK, v)
}

func flagBody(c *gin.Context) (any, error) {
	in, ok := models.NewFlagInput(models.FlagAction(c.Param("action")))
	if !ok {
		return nil, notFound()
	}
	return in, nil
}

func (h *Handlers) actOnFlag(c *gin.Context) error {
	f, err := h.store.ActFlag(c.Request.Context(), requestOf(c).actor, c.Param("number"), requestOf(c).body.(models.FlagInput))
	return h.replyFlag(c, f, err)
}
