package handlers

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"hosho/models"
)

// maxURL bounds the address line; every address of ours is far shorter.
const maxURL = 2 << 10

// request is what is known of the request under way. It lives in Gin's context, which is
// pooled: nothing may keep it after the handler has returned.
type request struct {
	id     string
	route  *route
	actor  models.Actor
	locale string
	body   any    // decoded, of the type the route names
	raw    []byte // as it came; part of what an Idempotency-Key stands for
	answer *answer
	failed bool // the failure has been logged
}

// release gives back what reading the request took of the machine.
func (r *request) release() {
	if held, ok := r.body.(io.Closer); ok {
		_ = held.Close()
	}
}

const requestKey = "hosho.request"

func requestOf(c *gin.Context) *request {
	v, ok := c.Get(requestKey)
	if !ok {
		panic("a handler ran outside the middleware")
	}
	return v.(*request)
}

// machineTime is the clock of rates and logs.
func (h *Handlers) machineTime() time.Time { return h.store.MachineNow().Time() }

// observe gives the request its id and writes one line when it is over: the route's pattern
// rather than the path, no query and no body, since those may hold secrets.
func (h *Handlers) observe(c *gin.Context) {
	req := &request{id: rand.Text(), actor: models.Anonymous}
	c.Set(requestKey, req)
	c.Header("X-Request-Id", req.id)
	start := h.machineTime()
	c.Next()
	attrs := []slog.Attr{
		slog.String("request_id", req.id),
		slog.String("method", c.Request.Method),
		slog.String("route", c.FullPath()),
		slog.Int("status", c.Writer.Status()),
		slog.Int("bytes", max(0, c.Writer.Size())),
		slog.Duration("duration", h.machineTime().Sub(start)),
		slog.String("address", c.ClientIP()),
	}
	if req.actor.AccountID != "" {
		attrs = append(attrs, slog.String("role", string(req.actor.Role)), slog.String("account", req.actor.AccountID))
	}
	h.log.LogAttrs(c.Request.Context(), slog.LevelInfo, "request", attrs...)
}

// recoverPanic turns a panic into a 500 with the request's id; the stack goes to the log.
func (h *Handlers) recoverPanic(c *gin.Context) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			panic(v)
		}
		h.fail(c, fmt.Errorf("panic: %v\n%s", v, debug.Stack()))
		c.Abort()
	}()
	c.Next()
}

// limitAddress counts a request against its address. Probes and the sandbox are free.
func (h *Handlers) limitAddress(c *gin.Context) {
	if len(c.Request.RequestURI) > maxURL {
		h.fail(c, tooLarge(maxURL))
		c.Abort()
		return
	}
	switch path := c.FullPath(); {
	case path == "/healthz", path == "/readyz", strings.HasPrefix(path, apiBase+"/sandbox/"):
		return
	}
	if wait, ok := h.addresses.take(addressKey(c.ClientIP())); !ok {
		h.fail(c, tooManyRequests(wait))
		c.Abort()
	}
}

func tooManyRequests(wait time.Duration) error {
	return &models.Error{Kind: models.TooMany, Code: "rate_limited", Args: map[string]any{"retry_after": wait, "wait": max(time.Minute, (wait + time.Minute - 1).Truncate(time.Minute))}}
}

// securityHeaders go with every answer, errors and redirects among them.
func securityHeaders(secure bool, bucket string) http.Header {
	origins := ""
	if bucket != "" {
		origins = " " + bucket
	}
	h := http.Header{}
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:"+origins+
		"; connect-src 'self'"+origins+"; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
	h.Set("X-Frame-Options", "DENY")
	if secure {
		h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	}
	return h
}
