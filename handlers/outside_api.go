package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"hosho/models"
)

type outsideView struct {
	ID          string              `json:"id"`
	OrderNumber string              `json:"order_number"`
	Line        int                 `json:"line"`
	ContactedAt models.Instant      `json:"contacted_at"`
	Channel     models.Channel      `json:"channel"`
	Status      models.OutsideState `json:"status"`
	Reason      *string             `json:"reason"`
	DecidedAt   models.Instant      `json:"decided_at"`
	CreatedAt   models.Instant      `json:"created_at"`
	Evidence    []evidenceView      `json:"evidence"`
}

func viewOutside(o models.OutsideContact) outsideView {
	return outsideView{
		ID: o.ID, OrderNumber: o.OrderNumber, Line: o.Line, ContactedAt: o.ContactedAt, Channel: o.Channel, Status: o.State, Reason: orNull(o.Reason),
		DecidedAt: o.DecidedAt, CreatedAt: o.CreatedAt, Evidence: evidenceViews(o.Evidence),
	}
}

func (h *Handlers) listOutsideContacts(c *gin.Context) error {
	if err := onlyQuery(c); err != nil {
		return err
	}
	list, err := h.outsideOnLine(c)
	if err != nil {
		return err
	}
	views := make([]outsideView, 0, len(list))
	for _, o := range list {
		views = append(views, viewOutside(o))
	}
	return replyList(c, views, "")
}

func (h *Handlers) outsideOnLine(c *gin.Context) ([]models.OutsideContact, error) {
	n, err := lineParam(c)
	if err != nil {
		return nil, err
	}
	return h.store.OutsideContacts(c.Request.Context(), requestOf(c).actor, c.Param("number"), n)
}

func (h *Handlers) declareOutsideContact(c *gin.Context) error {
	n, err := lineParam(c)
	if err != nil {
		return err
	}
	o, err := h.store.DeclareOutsideContact(c.Request.Context(), requestOf(c).actor, c.Param("number"), n, bodyOf[models.DeclareOutsideContact](c))
	if err != nil {
		return err
	}
	return reply(c, http.StatusCreated, viewOutside(o))
}

// seesOutsideContact: it must be one of this line, and readable by the caller.
func (h *Handlers) seesOutsideContact(c *gin.Context) error {
	list, err := h.outsideOnLine(c)
	if models.KindOf(err) == models.Forbidden {
		return notFound() // the line may be seen, what was declared about it may not
	}
	if err != nil {
		return err
	}
	for _, o := range list {
		if o.ID == c.Param("id") {
			return nil
		}
	}
	return notFound()
}

func (h *Handlers) acceptOutsideContact(c *gin.Context) error { return h.decideOutside(c, true) }
func (h *Handlers) rejectOutsideContact(c *gin.Context) error { return h.decideOutside(c, false) }

func (h *Handlers) decideOutside(c *gin.Context, accept bool) error {
	if err := h.seesOutsideContact(c); err != nil {
		return err
	}
	in := bodyOf[models.OutsideDecision](c)
	in.Accept = accept
	o, err := h.store.DecideOutsideContact(c.Request.Context(), requestOf(c).actor, c.Param("id"), in)
	if err != nil {
		return err
	}
	return reply(c, http.StatusOK, viewOutside(o))
}
