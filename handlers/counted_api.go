package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/models/health"
)

type countedView struct {
	OrderNumber    string                 `json:"order_number"`
	SellerID       string                 `json:"seller_id"`
	Counts         bool                   `json:"counts"`
	Points         int                    `json:"points"`
	LeavesAt       models.Instant         `json:"leaves_at"`
	Lines          []countedLineView      `json:"lines"`
	Contest        *countContestView      `json:"contest"`
	Earlier        []countContestView     `json:"earlier_contests"`
	Version        int64                  `json:"version"`
	AllowedActions []models.CountedAction `json:"allowed_actions"`
}

type countedLineView struct {
	Line           int            `json:"line"`
	SKU            *string        `json:"sku"`
	Title          string         `json:"title"`
	CancelledAt    models.Instant `json:"cancelled_at"`
	StatedReason   health.Stated  `json:"stated_reason"`
	Finding        health.Finding `json:"finding"`
	Basis          health.Basis   `json:"basis"`
	RelistedDearer bool           `json:"relisted_dearer"`
}

type countContestView struct {
	Status    models.ContestStatus `json:"status"`
	Reason    string               `json:"reason"`
	Evidence  []evidenceView       `json:"evidence"`
	At        models.Instant       `json:"at"`
	DueAt     models.Instant       `json:"due_at"`
	Answer    *string              `json:"answer"`
	DecidedAt models.Instant       `json:"decided_at"`
}

func viewCounted(o models.CountedOrder, side models.Side, now models.Instant) countedView {
	v := countedView{
		OrderNumber: o.OrderNumber, SellerID: o.SellerID, Counts: o.Counts, Points: o.Points, LeavesAt: o.LeavesAt, Lines: []countedLineView{}, Earlier: []countContestView{}, Version: o.Version,
		AllowedActions: filled(o.AllowedActions(side, now)),
	}
	for _, l := range o.Lines {
		v.Lines = append(v.Lines, countedLineView{l.Line, orNull(l.SKU), l.Title, l.CancelledAt, l.Stated, l.Finding, l.Basis, l.Dearer})
	}
	if k := o.Contest; k != nil {
		last := viewCountContest(*k)
		v.Contest = &last
	}
	for _, k := range o.Earlier {
		v.Earlier = append(v.Earlier, viewCountContest(k))
	}
	return v
}

func viewCountContest(k models.CountContest) countContestView {
	return countContestView{k.Status, k.Reason, evidenceViews(k.Evidence), k.At, k.DueAt, orNull(k.Answer), k.DecidedAt}
}

// seesCounted: the order must be one of which the seller cancelled a line, and readable by the caller.
func (h *Handlers) seesCounted(c *gin.Context) error {
	_, _, err := h.store.CountedOrder(c.Request.Context(), requestOf(c).actor, c.Param("id"), c.Param("number"))
	return err
}

func (h *Handlers) replyCounted(c *gin.Context, o models.CountedOrder, side models.Side, err error) error {
	if err != nil {
		return err
	}
	now, err := h.store.Now(c.Request.Context())
	if err != nil {
		return err
	}
	return reply(c, http.StatusOK, viewCounted(o, side, now))
}

func (h *Handlers) readCounted(c *gin.Context) error {
	o, side, err := h.store.CountedOrder(c.Request.Context(), requestOf(c).actor, c.Param("id"), c.Param("number"))
	return h.replyCounted(c, o, side, err)
}

func (h *Handlers) actOnCounted(action models.CountedAction) func(*gin.Context) error {
	return func(c *gin.Context) error {
		in := bodyOf[models.ActOnCounted](c)
		in.SellerID, in.OrderNumber, in.Action = c.Param("id"), c.Param("number"), action
		o, side, err := h.store.ActOnCounted(c.Request.Context(), requestOf(c).actor, in)
		return h.replyCounted(c, o, side, err)
	}
}
