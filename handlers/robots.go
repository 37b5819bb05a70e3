package handlers

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"hosho/templates"
)

// robots keeps search engines out of what only somebody signed in can see.
func (h *Handlers) robots(c *gin.Context) error {
	var b strings.Builder
	b.WriteString("User-agent: *\nDisallow: " + apiBase + "/\n")
	for _, lang := range templates.Locales() {
		for _, area := range []string{"my", "seller", "staff", "settings", "files", "sandbox"} {
			b.WriteString("Disallow: /" + lang + "/" + area + "\n")
		}
	}
	c.Header("Cache-Control", "public, max-age=86400")
	c.String(http.StatusOK, "%s", b.String())
	return nil
}
