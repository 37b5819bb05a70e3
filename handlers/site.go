package handlers

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"hosho/static"
)

func (h *Handlers) alive(c *gin.Context) error {
	c.Header("Cache-Control", "no-store")
	c.String(http.StatusOK, "ok\n")
	return nil
}

// readiness remembers for a moment whether the store of evidence answers: the probe writes
// an object, and probes come often.
type readiness struct {
	mu  sync.Mutex
	at  time.Time
	err error
}

const readyEvery = 10 * time.Second

func (h *Handlers) readyz(c *gin.Context) error {
	ctx, cancel := context.WithTimeout(c.Request.Context(), 5*time.Second)
	defer cancel()
	c.Header("Cache-Control", "no-store")
	err := h.store.Ping(ctx)
	if err == nil {
		err = h.evidenceAnswers(ctx)
	}
	if err != nil {
		h.log.WarnContext(ctx, "not ready", "error", err)
		c.String(http.StatusServiceUnavailable, "not ready\n")
		return nil
	}
	c.String(http.StatusOK, "ready\n")
	return nil
}

func (h *Handlers) evidenceAnswers(ctx context.Context) error {
	if h.config.CheckEvidence == nil {
		return nil
	}
	h.ready.mu.Lock()
	defer h.ready.mu.Unlock()
	now := h.machineTime()
	if h.ready.err != nil || h.ready.at.IsZero() || now.Sub(h.ready.at) >= readyEvery {
		h.ready.at, h.ready.err = now, h.config.CheckEvidence(ctx)
	}
	return h.ready.err
}

func (h *Handlers) staticFile(c *gin.Context) error {
	f, ok := static.Open(c.Param("folder") + "/" + c.Param("name"))
	if !ok {
		return notFound()
	}
	header := c.Writer.Header()
	header.Set("Content-Type", f.ContentType)
	header.Set("ETag", f.ETag)
	header.Set("Vary", "Accept-Encoding")
	header.Set("Cache-Control", "no-cache")
	if f.Immutable {
		header.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	if c.GetHeader("If-None-Match") == f.ETag {
		c.Writer.WriteHeader(http.StatusNotModified)
		c.Writer.WriteHeaderNow()
		return nil
	}
	body := f.Body
	if f.Gzip != nil && strings.Contains(c.GetHeader("Accept-Encoding"), "gzip") {
		header.Set("Content-Encoding", "gzip")
		body = f.Gzip
	}
	c.Writer.WriteHeader(http.StatusOK)
	_, _ = c.Writer.Write(body) // a client that went away is no failure of ours
	return nil
}
