package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"hosho/models"
)

type webhookEndpointView struct {
	ID           string         `json:"id"`
	URL          string         `json:"url"`
	Types        []string       `json:"types"`
	Status       string         `json:"status"`
	CreatedAt    models.Instant `json:"created_at"`
	DeliveredAt  models.Instant `json:"delivered_at"`
	FailingSince models.Instant `json:"failing_since"`
	LastError    *string        `json:"last_error"`
	DisabledAt   models.Instant `json:"disabled_at"`
	Waiting      int            `json:"waiting"`
	GivenUp      int            `json:"given_up"`
}

// newWebhookEndpointView shows the secret, which is shown once.
type newWebhookEndpointView struct {
	webhookEndpointView
	Secret string `json:"secret"`
}

func viewWebhookEndpoint(e models.WebhookEndpoint) webhookEndpointView {
	v := webhookEndpointView{
		ID: e.ID, URL: e.URL, Types: filled(e.Types), Status: "active", CreatedAt: e.CreatedAt, DeliveredAt: e.DeliveredAt, FailingSince: e.FailingSince,
		LastError: orNull(e.LastError), DisabledAt: e.DisabledAt, Waiting: e.Waiting, GivenUp: e.GivenUp,
	}
	switch {
	case e.DisabledAt != 0:
		v.Status = "disabled"
	case e.FailingSince != 0:
		v.Status = "failing"
	}
	return v
}

func (h *Handlers) listWebhookEndpoints(c *gin.Context) error {
	if err := onlyQuery(c); err != nil {
		return err
	}
	endpoints, err := h.store.WebhookEndpoints(c.Request.Context(), requestOf(c).actor)
	if err != nil {
		return err
	}
	views := make([]webhookEndpointView, 0, len(endpoints))
	for _, e := range endpoints {
		views = append(views, viewWebhookEndpoint(e))
	}
	return replyList(c, views, "")
}

func (h *Handlers) createWebhookEndpoint(c *gin.Context) error {
	e, secret, err := h.store.CreateWebhookEndpoint(c.Request.Context(), requestOf(c).actor, bodyOf[models.WebhookEndpointInput](c))
	if err != nil {
		return err
	}
	if err := reply(c, http.StatusCreated, newWebhookEndpointView{viewWebhookEndpoint(e), secret}); err != nil {
		return err
	}
	requestOf(c).answer.secret = true
	return nil
}

func (h *Handlers) deleteWebhookEndpoint(c *gin.Context) error {
	e, err := h.store.DeleteWebhookEndpoint(c.Request.Context(), requestOf(c).actor, c.Param("id"))
	if err != nil {
		return err
	}
	return reply(c, http.StatusOK, viewWebhookEndpoint(e))
}
