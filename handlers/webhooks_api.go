package handlers

import (
	"log/slog"
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
	h.keptWebhook(c, "webhook endpoint created", e.ID)
	return nil
}

func (h *Handlers) deleteWebhookEndpoint(c *gin.Context) error {
	e, err := h.store.DeleteWebhookEndpoint(c.Request.Context(), requestOf(c).actor, c.Param("id"))
	if err != nil {
		return err
	}
	h.keptWebhook(c, "webhook endpoint deleted", e.ID)
	return reply(c, http.StatusOK, viewWebhookEndpoint(e))
}

// seesWebhook is for those who keep no endpoints too, to whom there are none.
func (h *Handlers) seesWebhook(c *gin.Context) error {
	_, err := h.store.WebhookEndpointByID(c.Request.Context(), requestOf(c).actor, c.Param("id"))
	if models.KindOf(err) == models.Forbidden {
		return notFound()
	}
	return err
}

// webhookDeliveryView is what became of an event on its way; what it says is in GET /events.
type webhookDeliveryView struct {
	ID         string         `json:"id"`
	Type       string         `json:"type"`
	Number     *int64         `json:"number"`
	State      string         `json:"state"`
	CreatedAt  models.Instant `json:"created_at"`
	Tries      int            `json:"tries"`
	NextTryAt  models.Instant `json:"next_try_at"`
	LastStatus *int           `json:"last_status"`
	LastError  *string        `json:"last_error"`
	MayRetry   bool           `json:"may_retry"`
}

func viewWebhookDelivery(d models.WebhookDelivery) webhookDeliveryView {
	v := webhookDeliveryView{ID: d.ID, Type: d.Type, State: d.State, CreatedAt: d.CreatedAt, Tries: d.Tries, LastError: orNull(d.Error), MayRetry: d.MayRetry()}
	if d.Number != 0 {
		v.Number = &d.Number
	}
	if d.Waits() {
		v.NextTryAt = d.DueAt
	}
	if d.Status != 0 {
		v.LastStatus = &d.Status
	}
	return v
}

func (h *Handlers) readWebhookEndpoint(c *gin.Context) error {
	return replyWebhook(c)(h.store.WebhookEndpointByID(c.Request.Context(), requestOf(c).actor, c.Param("id")))
}

func replyWebhook(c *gin.Context) func(models.WebhookEndpoint, error) error {
	return func(e models.WebhookEndpoint, err error) error {
		if err != nil {
			return err
		}
		return reply(c, http.StatusOK, viewWebhookEndpoint(e))
	}
}

func (h *Handlers) listWebhookDeliveries(c *gin.Context) error {
	if err := onlyQuery(c, "limit", "cursor"); err != nil {
		return err
	}
	page, err := pageOf(c)
	if err != nil {
		return err
	}
	items, next, err := h.store.WebhookDeliveries(c.Request.Context(), requestOf(c).actor, c.Param("id"), page)
	if err != nil {
		return err
	}
	views := make([]webhookDeliveryView, 0, len(items))
	for _, d := range items {
		views = append(views, viewWebhookDelivery(d))
	}
	return replyList(c, views, next)
}

func (h *Handlers) retryWebhook(c *gin.Context) error {
	return h.replyDelivery(c, "webhook retried")(h.store.RetryWebhook(c.Request.Context(), requestOf(c).actor, c.Param("id"), c.Param("delivery")))
}

func (h *Handlers) testWebhook(c *gin.Context) error {
	return h.replyDelivery(c, "webhook tested")(h.store.SendTestWebhook(c.Request.Context(), requestOf(c).actor, c.Param("id")))
}

func (h *Handlers) replyDelivery(c *gin.Context, what string) func(models.WebhookDelivery, error) error {
	return func(d models.WebhookDelivery, err error) error {
		if err != nil {
			return err
		}
		h.keptWebhook(c, what, c.Param("id"))
		return reply(c, http.StatusOK, viewWebhookDelivery(d))
	}
}

func (h *Handlers) enableWebhook(c *gin.Context) error {
	e, err := h.store.EnableWebhook(c.Request.Context(), requestOf(c).actor, c.Param("id"))
	if err == nil {
		h.keptWebhook(c, "webhook endpoint enabled", e.ID)
	}
	return replyWebhook(c)(e, err)
}

// keptWebhook logs what a keeper has done to an endpoint; neither its secret nor its address, which may hold one.
func (h *Handlers) keptWebhook(c *gin.Context, what, id string) {
	h.log.LogAttrs(c.Request.Context(), slog.LevelInfo, what, slog.String("endpoint", id), slog.String("account", requestOf(c).actor.AccountID), slog.String("request_id", requestOf(c).id))
}
