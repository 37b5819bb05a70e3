package handlers

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// failPage shows a failure as a page.
func (h *Handlers) failPage(c *gin.Context, status int, e *models.Error) {
	if wait := retryAfter(e); wait != "" {
		c.Header("Retry-After", wait)
	}
	if err := h.render(c, status, "problem", h.problemPage(c, status, e, c.Request.Method != http.MethodGet)); err != nil {
		requestOf(c).failed = false
		h.note(c, err)
		c.String(http.StatusInternalServerError, "%s\n", http.StatusText(http.StatusInternalServerError))
	}
}

// problemPage says what happened, what became of what was sent, and where to go from here.
func (h *Handlers) problemPage(c *gin.Context, status int, e *models.Error, sent bool) templates.Page {
	locale := h.localeOf(c)
	w := words{h, locale, h.catalog}
	shown := status
	switch status {
	case http.StatusBadRequest:
		shown = http.StatusUnprocessableEntity
	case http.StatusMethodNotAllowed, http.StatusUnauthorized:
		shown = http.StatusNotFound
	}
	content := templates.Problem{Status: shown, Reading: !sent && shown != http.StatusNotFound && shown != http.StatusForbidden && shown != http.StatusGone}
	if h.text(locale, "error."+e.Code, e.Args) != "" && status < http.StatusInternalServerError && status != http.StatusNotFound {
		content.Detail = h.detail(locale, e, nil)
	}
	if status >= http.StatusInternalServerError {
		content.Request = requestOf(c).id
	}
	if at, ok := e.Args["available_at"].(models.Instant); ok && at != 0 {
		t := at.Time()
		content.Opens = &t
	}
	if back := h.cameFrom(c); back != "" && !content.Reading {
		content.Links = append(content.Links, templates.Link{Label: w.text("problem.back"), Href: back})
	}
	content.Contact = w.path("help/contact")
	page := h.page(c, h.catalog.Text(locale, "problem."+strconv.Itoa(shown)+".title", nil), content)
	page.NoIndex = true
	return page
}

// cameFrom is the page of ours whose form was sent, or "".
func (h *Handlers) cameFrom(c *gin.Context) string {
	u, err := url.Parse(c.Request.Referer())
	if err != nil || u.Host == "" || u.Scheme+"://"+u.Host != h.config.BaseURL {
		return ""
	}
	return models.LocalPath(u.EscapedPath())
}

// showProblem shows the page of a failure that has not happened, so that people and tests can
// look at it. Only the sandbox has it.
func (h *Handlers) showProblem(c *gin.Context) error {
	status, err := strconv.Atoi(c.Param("status"))
	if err != nil || h.text(h.localeOf(c), "problem."+c.Param("status")+".title", nil) == "" {
		return notFound()
	}
	e := &models.Error{Code: "preview"}
	switch status {
	case http.StatusTooManyRequests:
		e = e.With("available_at", models.InstantOf(h.pageTime(c).Add(15*time.Minute)))
	case http.StatusServiceUnavailable:
		e = e.With("available_at", models.InstantOf(h.pageTime(c).Add(time.Hour)))
	}
	return h.render(c, http.StatusOK, "problem", h.problemPage(c, status, e, true))
}
