package handlers

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"hosho/templates"
)

// page fills what every page has. Handlers add what is theirs and give it to render.
func (h *Handlers) page(c *gin.Context, title string, content any) templates.Page {
	locale := h.localeOf(c)
	p := templates.Page{Lang: locale, Title: title, Site: h.config.Site, Content: content, NoIndex: true}
	if rest, ok := strings.CutPrefix(c.Request.URL.EscapedPath(), "/"+locale+"/"); ok {
		p.Path, p.Base = rest, h.config.BaseURL
		if q := c.Request.URL.RawQuery; q != "" && c.Request.Method == http.MethodGet {
			p.Path += "?" + q
		}
	}
	now, err := h.store.Now(c.Request.Context())
	if err != nil {
		h.note(c, fmt.Errorf("read the clock for a page: %w", err))
		now = h.store.MachineNow() // a page about a failing database must not need it
	}
	p.Now = now.Time()
	if h.furnish != nil {
		h.furnish(c, &p)
	}
	return p
}

// render writes a page. Nothing is written when its template fails.
func (h *Handlers) render(c *gin.Context, status int, name string, p templates.Page) error {
	return h.templates.Render(pageWriter{c, status, p.Lang}, p.Lang, name, p)
}

// pageWriter sends a page that is whole, in one piece and without a copy of it.
type pageWriter struct {
	c      *gin.Context
	status int
	lang   string
}

func (w pageWriter) Write(page []byte) (int, error) {
	if !w.c.Writer.Written() {
		header := w.c.Writer.Header()
		header.Set("Content-Type", "text/html; charset=utf-8")
		header.Set("Content-Language", w.lang)
		if header.Get("Cache-Control") == "" {
			header.Set("Cache-Control", "no-store")
		}
		header.Set("Content-Length", strconv.Itoa(len(page)))
		w.c.Writer.WriteHeader(w.status)
	}
	_, _ = w.c.Writer.Write(page) // a client that went away is no failure of ours
	return len(page), nil
}
