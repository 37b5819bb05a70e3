package handlers

import (
	"strconv"

	"github.com/gin-gonic/gin"
)

// listFeed goes on after a number, so that whoever polls asks with the last number they have.
func (h *Handlers) listFeed(c *gin.Context) error {
	if err := onlyQuery(c, "limit", "after"); err != nil {
		return err
	}
	page, err := pageOf(c)
	if err != nil {
		return err
	}
	var after int64
	if text, given := c.GetQuery("after"); given {
		if after, err = strconv.ParseInt(text, 10, 64); err != nil || after < 0 {
			return invalidField("after", "not_a_number")
		}
	}
	events, next, err := h.store.Feed(c.Request.Context(), requestOf(c).actor, after, page)
	if err != nil {
		return err
	}
	return replyList(c, events, next)
}
