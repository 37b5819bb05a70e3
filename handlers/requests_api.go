package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"hosho/models"
)

type requestView struct {
	ID             string                 `json:"id"`
	OrderNumber    string                 `json:"order_number"`
	Line           int                    `json:"line"`
	Kind           models.RequestKind     `json:"kind"`
	Reason         models.Reason          `json:"reason"`
	IsContact      bool                   `json:"is_contact"`
	Status         models.RequestStatus   `json:"status"`
	Message        string                 `json:"message"`
	Evidence       []evidenceView         `json:"evidence"`
	ReturnPostage  *string                `json:"return_postage"`
	SentAt         models.Instant         `json:"sent_at"`
	DueAt          models.Instant         `json:"due_at"`
	Answer         *string                `json:"answer"`
	ReturnAddress  *string                `json:"return_address"`
	Warnings       []models.Warning       `json:"warnings"`
	AnsweredAt     models.Instant         `json:"answered_at"`
	ClosedAt       models.Instant         `json:"closed_at"`
	AllowedActions []models.RequestAction `json:"allowed_actions"`
}

// requestRefView is a request as an order names it: what was asked and how far it has come, without
// what was written, which the marketplace does not read.
type requestRefView struct {
	ID             string                 `json:"id"`
	Kind           models.RequestKind     `json:"kind"`
	Reason         models.Reason          `json:"reason"`
	IsContact      bool                   `json:"is_contact"`
	Status         models.RequestStatus   `json:"status"`
	ReturnPostage  *string                `json:"return_postage"`
	SentAt         models.Instant         `json:"sent_at"`
	DueAt          models.Instant         `json:"due_at"`
	AnsweredAt     models.Instant         `json:"answered_at"`
	ClosedAt       models.Instant         `json:"closed_at"`
	AllowedActions []models.RequestAction `json:"allowed_actions"`
}

func viewRequestRef(r models.Request, side models.Side, now models.Instant) requestRefView {
	return requestRefView{
		ID: r.ID, Kind: r.Kind, Reason: r.Reason, IsContact: r.Contact(), Status: r.Status, ReturnPostage: orNull(string(r.Postage)), SentAt: r.SentAt, DueAt: r.DueAt,
		AnsweredAt: r.AnsweredAt, ClosedAt: r.ClosedAt, AllowedActions: filled(r.AllowedActions(side, now)),
	}
}

// viewRequest is a request as its reader sees it: what may be done depends on whose side that is.
func viewRequest(r models.Request, side models.Side, now models.Instant) requestView {
	return requestView{
		ID: r.ID, OrderNumber: r.OrderNumber, Line: r.Line, Kind: r.Kind, Reason: r.Reason, IsContact: r.Contact(), Status: r.Status, Message: r.Message,
		Evidence: evidenceViews(r.Evidence), ReturnPostage: orNull(string(r.Postage)), SentAt: r.SentAt, DueAt: r.DueAt, Answer: orNull(r.Answer),
		ReturnAddress: orNull(r.ReturnAddress), Warnings: filled(r.Warnings), AnsweredAt: r.AnsweredAt, ClosedAt: r.ClosedAt, AllowedActions: filled(r.AllowedActions(side, now)),
	}
}

func (h *Handlers) listRequests(c *gin.Context) error {
	if err := onlyQuery(c); err != nil {
		return err
	}
	n, err := lineParam(c)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	list, side, err := h.store.Requests(ctx, requestOf(c).actor, c.Param("number"), n)
	if err != nil {
		return err
	}
	now, err := h.store.Now(ctx)
	if err != nil {
		return err
	}
	views := make([]requestView, 0, len(list))
	for _, r := range list {
		views = append(views, viewRequest(r, side, now))
	}
	return replyList(c, views, "")
}

func (h *Handlers) sendRequest(c *gin.Context) error {
	n, err := lineParam(c)
	if err != nil {
		return err
	}
	in := bodyOf[models.SendRequest](c)
	in.OrderNumber, in.Line = c.Param("number"), n
	r, err := h.store.SendRequest(c.Request.Context(), requestOf(c).actor, in)
	return h.replyRequest(c, http.StatusCreated, r, models.SideBuyer, err)
}

func (h *Handlers) replyRequest(c *gin.Context, status int, r models.Request, side models.Side, err error) error {
	if err != nil {
		return err
	}
	now, err := h.store.Now(c.Request.Context())
	if err != nil {
		return err
	}
	return reply(c, status, viewRequest(r, side, now))
}

// requestRef is the request that an address names.
func requestRef(c *gin.Context) (models.RequestRef, error) {
	n, err := lineParam(c)
	return models.RequestRef{OrderNumber: c.Param("number"), Line: n, ID: c.Param("id")}, err
}

// seesRequest: it must be one of this line, and readable by the caller.
func (h *Handlers) seesRequest(c *gin.Context) error {
	ref, err := requestRef(c)
	if err != nil {
		return err
	}
	_, _, err = h.store.RequestByID(c.Request.Context(), requestOf(c).actor, ref.OrderNumber, ref.Line, ref.ID)
	return err
}

func (h *Handlers) acceptRequest(c *gin.Context) error {
	ref, err := requestRef(c)
	if err != nil {
		return err
	}
	r, err := h.store.AcceptRequest(c.Request.Context(), requestOf(c).actor, ref, bodyOf[models.AcceptRequest](c))
	return h.replyRequest(c, http.StatusOK, r, models.SideSeller, err)
}

func (h *Handlers) declineRequest(c *gin.Context) error {
	ref, err := requestRef(c)
	if err != nil {
		return err
	}
	r, err := h.store.DeclineRequest(c.Request.Context(), requestOf(c).actor, ref, bodyOf[models.DeclineRequest](c))
	return h.replyRequest(c, http.StatusOK, r, models.SideSeller, err)
}

func (h *Handlers) withdrawRequest(c *gin.Context) error {
	ref, err := requestRef(c)
	if err != nil {
		return err
	}
	r, err := h.store.WithdrawRequest(c.Request.Context(), requestOf(c).actor, ref)
	return h.replyRequest(c, http.StatusOK, r, models.SideBuyer, err)
}
