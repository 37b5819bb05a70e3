package handlers

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"hosho/models"
)

type clockView struct {
	Now models.Instant `json:"now"`
}

type movedClockView struct {
	Now   models.Instant `json:"now"`
	Fired int            `json:"fired"`
}

// clockInput moves the sandbox's clock by a Go duration or to an instant.
type clockInput struct {
	Advance *string `json:"advance"`
	To      *string `json:"to"`
}

// maxAdvance bounds one move; a slip of the unit should not end the world.
const maxAdvance = 10 * 366 * 24 * time.Hour

func (h *Handlers) readClock(c *gin.Context) error {
	now, err := h.store.Now(c.Request.Context())
	if err != nil {
		return err
	}
	return reply(c, http.StatusOK, clockView{now})
}

func (h *Handlers) moveClock(c *gin.Context) error {
	in := bodyOf[clockInput](c)
	ctx := c.Request.Context()
	now, err := h.store.Now(ctx)
	if err != nil {
		return err
	}
	to, err := in.target(now)
	if err != nil {
		return err
	}
	at, fired, err := h.store.MoveClock(ctx, to)
	if err != nil {
		return err
	}
	return reply(c, http.StatusOK, movedClockView{at, fired})
}

func (in clockInput) target(now models.Instant) (models.Instant, error) {
	switch {
	case in.Advance != nil && in.To != nil:
		return 0, invalidField("advance", "unknown_value")
	case in.Advance != nil:
		d, err := time.ParseDuration(*in.Advance)
		if err != nil {
			return 0, invalidField("advance", "unknown_value")
		}
		if d < 0 || d > maxAdvance {
			return 0, invalidField("advance", "out_of_range")
		}
		return now.Add(d), nil
	case in.To != nil:
		to, err := models.ParseInstant(*in.To)
		if err != nil {
			return 0, invalidField("to", "bad_instant")
		}
		if to > now.Add(maxAdvance) {
			return 0, invalidField("to", "out_of_range")
		}
		return to, nil
	}
	return 0, invalidField("advance", "required")
}

type sandboxTokenView struct {
	Token   string      `json:"token"`
	Account accountView `json:"account"`
}

type accountView struct {
	ID       string      `json:"id"`
	Email    string      `json:"email"`
	Name     *string     `json:"name"`
	Role     models.Role `json:"role"`
	SellerID *string     `json:"seller_id"`
	Locale   string      `json:"locale"`
}

func (h *Handlers) sandboxToken(c *gin.Context) error {
	secret, t, err := h.store.SandboxToken(c.Request.Context(), bodyOf[models.SandboxTokenInput](c))
	if err != nil {
		return err
	}
	a := t.Account
	return reply(c, http.StatusCreated, sandboxTokenView{secret, accountView{a.ID, a.Email, orNull(a.Name), a.Role, orNull(a.SellerID), a.Locale}})
}
