package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"hosho/static"
)

// apiGuide is the description of the API made ready for its page.
type apiGuide struct{}

func readGuide() (apiGuide, error) { return apiGuide{}, nil }

func (h *Handlers) showSpec(c *gin.Context) error {
	c.Header("Cache-Control", "no-cache")
	c.Data(http.StatusOK, "application/yaml; charset=utf-8", static.OpenAPI)
	return nil
}

func (h *Handlers) showGuide(c *gin.Context) error { return notFound() }
