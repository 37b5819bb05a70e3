package handlers

import (
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// A page that somebody reads for long asks from time to time how much has changed since, and
// says so. It never loads itself anew: what has been typed stays.

// watch has the page of a case ask for what its reader can see of what comes after it.
func (w words) watch(v models.ClaimView) *templates.Watch {
	return &templates.Watch{Href: w.path("cases", v.Number, "changes") + "?after=" + strconv.FormatInt(v.LastSeq, 10)}
}

// countChanges answers with the number of events of a case after one, as its reader may see them.
func (h *Handlers) countChanges(c *gin.Context) error {
	number, err := numberOf(c, 'C', "number")
	if err != nil {
		return err
	}
	after, err := strconv.ParseInt(c.DefaultQuery("after", "0"), 10, 64)
	if err != nil {
		return notFound()
	}
	n, err := h.store.EventsSince(c.Request.Context(), requestOf(c).actor, number, after)
	if err != nil {
		return err
	}
	return replyCount(c, n)
}

func replyCount(c *gin.Context, n int) error {
	requestOf(c).answer = &answer{status: http.StatusOK, mediaType: "text/plain; charset=utf-8", body: []byte(strconv.Itoa(n))}
	return nil
}
