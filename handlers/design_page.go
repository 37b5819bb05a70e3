package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"hosho/templates"
)

// showDesign shows every part of the pages in every state it can have. Only the sandbox has
// this page: what stands on it is made up.
func (h *Handlers) showDesign(c *gin.Context) error {
	p := h.page(c, "", nil)
	d := templates.DesignPage(p.Lang, p.Now)
	p.Title, p.Content, p.Wide, p.Banner = d.Title, d.Content, d.Wide, d.Banner
	return h.render(c, http.StatusOK, "design", p)
}
