package handlers

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"hosho/models"
)

// routeKind is how a route is reached, which decides what stands before its handler.
type routeKind int

const (
	apiRoute  routeKind = iota // bearer token, JSON, problems
	openRoute                  // no caller is known: probes, files, the sandbox's calls
	pageRoute                  // cookie session, pages, protected from other sites
)

// route is one line of the list in routes.go.
type route struct {
	method, path string
	kind         routeKind
	who          []models.Role // everybody who may ever call it; RoleAnonymous makes it public
	handle       func(*gin.Context) error
	// body gives what the JSON body is decoded into; nil takes none but {}. A route whose
	// body is something else has read instead, which may fill request.body and raw.
	body func(*gin.Context) (any, error)
	read func(*gin.Context) error
	// sees asks, for a caller whose role may never do this, whether the record can be seen:
	// then the answer is forbidden, else it is not found. nil: there is no record to see.
	sees func(*gin.Context) error
	// quiet routes are asked by pages by themselves, so that a session does not live by them.
	quiet bool
	// depth is how many parts of a form's address are that of the page it stands on.
	depth int
}

func (r route) check() error {
	switch {
	case len(r.who) == 0:
		return fmt.Errorf("route %s %s does not say who may call it", r.method, r.path)
	case r.handle == nil:
		return fmt.Errorf("route %s %s does nothing", r.method, r.path)
	}
	return nil
}

func (r route) public() bool { return slices.Contains(r.who, models.RoleAnonymous) }

func (r route) allows(role models.Role) bool { return r.public() || slices.Contains(r.who, role) }

// bodyOf gives the decoded body.
func bodyOf[T any](c *gin.Context) T { return *requestOf(c).body.(*T) }

// jsonOf says that a route's body is a T.
func jsonOf[T any](*gin.Context) (any, error) { return new(T), nil }

// answer is a whole answer, kept until nothing can fail any more; answers under an
// Idempotency-Key are stored like this.
type answer struct {
	status    int
	mediaType string
	body      []byte
	header    http.Header
	secret    bool // holds what is shown once
}

// reply answers with a value as JSON.
func reply(c *gin.Context, status int, v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	requestOf(c).answer = &answer{status: status, mediaType: "application/json; charset=utf-8", body: b.Bytes()}
	return nil
}

func (h *Handlers) write(c *gin.Context, a answer) {
	header := c.Writer.Header()
	for name, values := range a.header {
		header[name] = values
	}
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Type", a.mediaType)
	header.Set("Content-Length", strconv.Itoa(len(a.body)))
	c.Writer.WriteHeader(a.status)
	// A client that went away is no failure of ours.
	_, _ = c.Writer.Write(a.body)
}

// adapt makes a Gin handler of a route.
func (h *Handlers) adapt(r route) gin.HandlerFunc {
	run := map[routeKind]func(*gin.Context) error{apiRoute: h.serveAPI, openRoute: h.serveOpen, pageRoute: h.servePage}[r.kind]
	return func(c *gin.Context) {
		req := requestOf(c)
		req.route = &r
		c.Request = c.Request.WithContext(models.WithOrigin(c.Request.Context(), models.Origin{Address: c.ClientIP(), RequestID: req.id}))
		defer req.release()
		if err := run(c); err != nil {
			h.fail(c, err)
		}
	}
}

// serveAPI keeps the order of checks of API.md §2: token, well-formed, there and visible,
// role; what follows is the use case's.
func (h *Handlers) serveAPI(c *gin.Context) error {
	req := requestOf(c)
	c.Writer.Header().Set("Cache-Control", "no-store")
	if !req.route.public() {
		if err := h.authenticate(c); err != nil {
			return err
		}
	}
	if err := checkQuery(c); err != nil {
		return err
	}
	if err := readParams(c); err != nil {
		return err
	}
	if err := h.readRoute(c); err != nil {
		return err
	}
	if !req.route.allows(req.actor.Role) {
		if req.route.sees != nil {
			if err := req.route.sees(c); err != nil {
				return err
			}
		}
		return forbidden()
	}
	key, keyed := c.Request.Header["Idempotency-Key"]
	if !keyed || c.Request.Method != http.MethodPost || req.actor.AccountID == "" {
		return h.runAPI(c)
	}
	if len(key) != 1 || key[0] == "" {
		return malformed("one Idempotency-Key is needed")
	}
	return h.serveKeyed(c, key[0])
}

func (h *Handlers) runAPI(c *gin.Context) error {
	if err := requestOf(c).route.handle(c); err != nil {
		return err
	}
	if a := requestOf(c).answer; a != nil {
		h.write(c, *a)
	}
	return nil
}

// serveKeyed runs a request at most once under its Idempotency-Key.
func (h *Handlers) serveKeyed(c *gin.Context, key string) error {
	req := requestOf(c)
	sum := sha256.New()
	fmt.Fprintf(sum, "%s %s\n", req.route.method, c.Request.URL.RequestURI())
	sum.Write(req.raw)
	ctx := c.Request.Context()
	run, stored, err := h.store.BeginKeyed(ctx, req.actor, models.KeyedRequest{
		Key: key, Route: cutBytes(req.route.method+" "+req.route.path, 200), Hash: hex.EncodeToString(sum.Sum(nil)),
	})
	if err != nil {
		return err
	}
	if stored != nil {
		c.Header("Idempotency-Replayed", "true")
		h.write(c, answer{status: stored.Status, mediaType: stored.MediaType, body: stored.Body})
		return nil
	}
	// The answer is stored even if the client has gone: it will ask again.
	after := context.WithoutCancel(ctx)
	done := false
	defer func() {
		if !done { // a panic, or a failure that trying again may mend
			if err := h.store.ForgetKeyed(after, run); err != nil {
				h.note(c, err)
			}
		}
	}()
	var a answer
	if err := req.route.handle(c); err != nil {
		h.note(c, err)
		status, e := statusOf(err)
		a = h.problemAnswer(c, status, e)
	} else if req.answer == nil {
		return errors.New("a keyed request gave no answer to keep")
	} else {
		a = *req.answer
	}
	if a.status < http.StatusInternalServerError && a.status != http.StatusTooManyRequests {
		if err := h.store.FinishKeyed(after, run, models.StoredAnswer{Status: a.status, MediaType: a.mediaType, Body: a.body, Secret: a.secret}); err != nil {
			return err
		}
		done = true
	}
	h.write(c, a)
	return nil
}

func cutBytes(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}

// readRoute decodes the body into what the route takes.
func (h *Handlers) readRoute(c *gin.Context) error {
	req := requestOf(c)
	switch {
	case req.route.read != nil:
		return req.route.read(c)
	case c.Request.Method == http.MethodGet:
		return nil
	}
	var in any = new(struct{})
	if req.route.body != nil {
		var err error
		if in, err = req.route.body(c); err != nil {
			return err
		}
	}
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, maxJSON)
	raw, err := readBody(c.Request, maxJSON)
	if err != nil {
		return err
	}
	if err := decode(raw, in); err != nil {
		return err
	}
	req.body, req.raw = in, raw
	return nil
}

// checkQuery refuses what two readers of one address could understand differently.
func checkQuery(c *gin.Context) error {
	query, err := url.ParseQuery(c.Request.URL.RawQuery)
	if err != nil {
		return malformed("query: " + err.Error())
	}
	for name, values := range query {
		if len(values) > 1 {
			return malformed("the same name twice in the query: " + shorten(name))
		}
		if !cleanText(values[0]) {
			return malformed("query: not clean text")
		}
	}
	return nil
}

// readParams decodes the parts of the path, each once. What cannot be an id of anything is
// not found.
func readParams(c *gin.Context) error {
	for i, p := range c.Params {
		v, err := url.PathUnescape(p.Value)
		if err != nil || v == "" || len(v) > 128 || !cleanText(v) || strings.TrimSpace(v) != v {
			return notFound()
		}
		c.Params[i].Value = v
	}
	return nil
}

func (h *Handlers) serveOpen(c *gin.Context) error {
	if err := readParams(c); err != nil {
		return err
	}
	if isAPI(c) {
		if err := checkQuery(c); err != nil {
			return err
		}
		if err := h.readRoute(c); err != nil {
			return err
		}
	}
	return h.runAPI(c)
}
