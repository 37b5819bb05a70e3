// Package handlers is the outside of Hosho over HTTP: the API of the marketplace and the
// pages of its people. It is the only package that knows Gin, and it holds no rule: a
// handler reads what came, calls one use case of models and writes what came of it.
//
// # A request's way
//
// ServeHTTP gives it an id and the security headers. The middleware logs it, turns a panic
// into an answer and counts it against the address. Then the adapter of adapter.go takes the
// route's own words (routes.go): who may call it, what its body is, whether it is part of
// the API or a page. The order of the checks is the API's contract: token, well-formed,
// there and visible, role, state, version, limits.
//
// # Adding a route
//
// Add a line to the list of routes.go (or routes_pages.go) that says who may call it, write
// the handler as a method that returns an error, add rows to authz.tsv and, for the API, the
// operation to static/openapi.yaml. A route without roles does not start; one without rows
// fails the tests.
package handlers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/storage"
	"hosho/templates"
)

// Config is what the outside needs to know.
type Config struct {
	Store          *models.Store
	Templates      *templates.Set
	Log            *slog.Logger // nil discards
	BaseURL        string       // where people reach the portal, without a trailing slash
	TrustedProxies []string     // addresses or CIDRs whose X-Forwarded-For is believed; none by default
	Site           string       // the portal's name on pages; "" is Hosho
	Operator       string       // who runs the portal, on its statements; "" names nobody
	Support        Support      // how people reach a person
	Program        string       // name and version, for what is signed

	// Receiver takes uploads itself where the store of evidence has no address of its own
	// (a folder); nil otherwise.
	Receiver storage.Receiver
	// EvidenceOrigin is scheme://host of a store that browsers talk to directly; "" without.
	EvidenceOrigin string
	// CheckEvidence says whether the store of evidence answers; nil skips it in /readyz.
	CheckEvidence func(context.Context) error

	// Sample draws a screenshot to attach in the sandbox, where visitors have none at hand; nil without.
	Sample func() ([]byte, error)

	TokenRate   int // requests a minute and token; 0 is 1,200
	AddressRate int // requests a minute and address; 0 is 6,000
}

// Handlers answers requests. It is safe for concurrent use.
type Handlers struct {
	config    Config
	store     *models.Store
	templates *templates.Set
	catalog   *templates.Catalog
	log       *slog.Logger
	engine    *gin.Engine
	headers   http.Header
	tokens    *limiter
	addresses *limiter
	bundles   *limiter
	origins   http.CrossOriginProtection
	secure    bool // the portal is reached over https
	ready     readiness
	guide     func() (apiGuide, error)
	// furnish adds to a page what depends on who looks at it: name, navigation, sandbox bar.
	furnish func(*gin.Context, *templates.Page)
}

// New builds the handler with every route. It fails on a route that does not say who may
// call it, on proxies that cannot be read and on a base URL that is not http(s)://host.
func New(config Config) (http.Handler, error) {
	return build(config)
}

func build(config Config) (*Handlers, error) {
	if config.Store == nil || config.Templates == nil {
		return nil, errors.New("handlers: a store and templates are needed")
	}
	base, err := url.Parse(config.BaseURL)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" || base.Path != "" || base.RawQuery != "" {
		return nil, fmt.Errorf("base URL %q: want http(s)://host without a path", config.BaseURL)
	}
	if config.Log == nil {
		config.Log = slog.New(slog.DiscardHandler)
	}
	h := &Handlers{
		config: config, store: config.Store, templates: config.Templates, catalog: config.Templates.Catalog(), log: config.Log,
		secure: base.Scheme == "https",
	}
	h.headers = securityHeaders(h.secure, config.EvidenceOrigin)
	h.tokens = newLimiter(or(config.TokenRate, 1200), h.machineTime)
	h.addresses = newLimiter(or(config.AddressRate, 6000), h.machineTime)
	h.bundles = newLimiter(bundlesPerMinute, h.machineTime)
	if err := h.origins.AddTrustedOrigin(base.Scheme + "://" + base.Host); err != nil {
		return nil, fmt.Errorf("base URL: %w", err)
	}
	h.guide = sync.OnceValues(readGuide)
	h.furnish = h.frame
	h.engine, err = h.newEngine()
	return h, err
}

func or(n, otherwise int) int {
	if n > 0 {
		return n
	}
	return otherwise
}

func (h *Handlers) newEngine() (*gin.Engine, error) {
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	e.RedirectTrailingSlash = false
	e.RedirectFixedPath = false
	e.HandleMethodNotAllowed = true
	e.ContextWithFallback = false
	// Numbers are opaque and may hold a slash: a path is matched as it was sent and each
	// part decoded once, by param.
	e.UseEscapedPath = true
	e.UnescapePathValues = false
	e.RemoteIPHeaders = []string{"X-Forwarded-For"}
	if err := e.SetTrustedProxies(h.config.TrustedProxies); err != nil {
		return nil, fmt.Errorf("trusted proxies: %w", err)
	}
	e.Use(h.observe, h.recoverPanic, h.limitAddress)
	e.NoRoute(h.noRoute)
	e.NoMethod(h.noMethod)
	list := h.routes()
	for _, r := range list {
		if err := r.check(); err != nil {
			return nil, err
		}
		if r.kind == pageRoute {
			r.depth = strings.Count(formPage(list, r.path), "/")
		}
		e.Handle(r.method, r.path, h.adapt(r))
	}
	return e, nil
}

// ServeHTTP answers one request. HEAD is answered as GET without the body.
func (h *Handlers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for name, values := range h.headers {
		w.Header()[name] = values
	}
	if r.Method == http.MethodHead {
		get := *r
		get.Method = http.MethodGet
		r = &get
	}
	h.engine.ServeHTTP(w, r)
}
