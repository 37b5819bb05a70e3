package handlers

import (
	"net/http"
	"strconv"
	"strings"
	"time"

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

// watch has the queue ask in how many of its cases somebody else has done something since it was
// shown.
func (q queueQuery) watch(d desk, rows []models.DeskRow, now time.Time) *templates.Watch {
	v := q.values()
	v.Set("v", string(q.view))
	v.Set("cursor", q.cursor)
	v.Set("before", q.before)
	v.Set("after", strconv.FormatInt(int64(models.InstantOf(now)), 10))
	numbers := make([]string, 0, len(rows))
	for _, r := range rows {
		numbers = append(numbers, strings.TrimPrefix(r.Number, "C-"))
	}
	v.Set("shown", strings.Join(numbers, "."))
	return &templates.Watch{Href: d.path("staff/queue/changes") + "?" + encoded(v), Cases: true}
}

// countQueueChanges answers with the number of cases of a page of the queue that others have
// changed after an instant.
func (h *Handlers) countQueueChanges(c *gin.Context) error {
	q, err := readQueueQuery(c)
	if err != nil {
		return err
	}
	after, err := strconv.ParseInt(c.DefaultQuery("after", "0"), 10, 64)
	if err != nil {
		return notFound()
	}
	shown := strings.Split(c.Query("shown"), ".")
	for i := range shown {
		shown[i] = "C-" + shown[i]
	}
	n, err := h.store.DeskChanges(c.Request.Context(), requestOf(c).actor, q.filter(h.pageTime(c), h.store.Zone()), shown, models.Instant(after))
	if err != nil {
		return listError(err)
	}
	return replyCount(c, n)
}

func replyCount(c *gin.Context, n int) error {
	requestOf(c).answer = &answer{status: http.StatusOK, mediaType: "text/plain; charset=utf-8", body: []byte(strconv.Itoa(n))}
	return nil
}
