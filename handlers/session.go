package handlers

import (
	"crypto/sha256"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// authenticate takes the bearer token of an API call. A token is counted before it is
// looked up, so that guessing costs no reads.
func (h *Handlers) authenticate(c *gin.Context) error {
	values := c.Request.Header.Values("Authorization")
	if len(values) != 1 {
		return unauthenticated()
	}
	scheme, token, ok := strings.Cut(values[0], " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") || token == "" {
		return unauthenticated()
	}
	sum := sha256.Sum256([]byte(token))
	if wait, ok := h.tokens.take(string(sum[:])); !ok {
		return tooManyRequests(wait)
	}
	t, err := h.store.TokenBySecret(c.Request.Context(), token)
	if err != nil {
		return err
	}
	requestOf(c).actor = t.Actor()
	return nil
}

// sessionCookie names the cookie of a signed-in browser. The prefix makes browsers refuse it
// from other hosts, where the portal is reached over https.
func (h *Handlers) sessionCookie() string {
	if h.secure {
		return "__Host-hosho"
	}
	return "hosho"
}

// setSession gives the browser its session; "" takes it away.
func (h *Handlers) setSession(c *gin.Context, secret string) {
	//nolint:gosec // Secure follows the portal's own address: over plain http a browser would keep nothing
	cookie := &http.Cookie{Name: h.sessionCookie(), Value: secret, Path: "/", HttpOnly: true, Secure: h.secure, SameSite: http.SameSiteLaxMode}
	if secret == "" {
		cookie.MaxAge = -1
	}
	http.SetCookie(c.Writer, cookie)
}

// sessionSecret is what the browser sent, or "".
func (h *Handlers) sessionSecret(c *gin.Context) string {
	cookie, err := c.Request.Cookie(h.sessionCookie())
	if err != nil {
		return ""
	}
	return cookie.Value
}

const sessionKey = "hosho.session"

// sessionOf is the session of the page under way; ok is false for a guest.
func sessionOf(c *gin.Context) (models.Session, bool) {
	v, ok := c.Get(sessionKey)
	if !ok {
		return models.Session{}, false
	}
	return v.(models.Session), true
}

// readSession finds out who is at the page. A session that is over is a guest's.
func (h *Handlers) readSession(c *gin.Context) error {
	secret := h.sessionSecret(c)
	if secret == "" {
		return nil
	}
	read := h.store.SessionBySecret
	if r := requestOf(c).route; r != nil && r.quiet {
		read = h.store.GlanceSession
	}
	s, err := read(c.Request.Context(), secret)
	if models.KindOf(err) == models.Unauthenticated {
		h.setSession(c, "")
		return nil
	}
	if err != nil {
		return err
	}
	c.Set(sessionKey, s)
	requestOf(c).actor = s.Actor()
	return nil
}

// servePage stands before every page: no other site may post, the session is read, and who
// is not signed in is led to where they can be.
func (h *Handlers) servePage(c *gin.Context) error {
	req := requestOf(c)
	c.Header("Cache-Control", "no-store")
	if err := h.checkOrigin(c.Request); err != nil {
		return err
	}
	if err := readParams(c); err != nil {
		return err
	}
	if lang := c.Param("lang"); lang != "" && !templates.Supported(lang) {
		return notFound()
	}
	if err := h.readSession(c); err != nil {
		return err
	}
	if !req.route.public() && req.actor.AccountID == "" {
		return h.toSignIn(c)
	}
	if !req.route.allows(req.actor.Role) {
		if req.route.sees != nil {
			if err := req.route.sees(c); err != nil {
				return err
			}
		}
		return forbidden()
	}
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, maxPageBody)
	return h.runAPI(c)
}

// toSignIn remembers where somebody wanted to go; a post that found nobody signed in goes
// back to the form's page.
func (h *Handlers) toSignIn(c *gin.Context) error {
	if x, ok := sessionOf(c); ok && x.SecondFactorDue {
		c.Redirect(http.StatusSeeOther, "/"+h.localeOf(c)+"/sign-in/second-factor")
		return nil
	}
	next := url.Values{"next": {pagePath(c)}}
	if c.Request.Method == http.MethodPost {
		next.Set("unsent", "1")
	}
	c.Redirect(http.StatusSeeOther, "/"+h.localeOf(c)+"/sign-in?"+next.Encode())
	return nil
}

// checkOrigin refuses what another site made a browser send. CrossOriginProtection lets
// requests without either header pass; browsers of the last years send one, and a cookie
// route has no other clients.
func (h *Handlers) checkOrigin(r *http.Request) error {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return nil
	}
	err := h.origins.Check(r)
	if err == nil && r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get("Origin") == "" {
		err = errors.New("neither Sec-Fetch-Site nor Origin")
	}
	if err != nil {
		return &models.Error{Kind: models.Forbidden, Code: "cross_origin", Err: err}
	}
	return nil
}

// localeOf is the language to answer in: the page's, the account's, or what the client
// prefers.
func (h *Handlers) localeOf(c *gin.Context) string {
	req := requestOf(c)
	if req.locale != "" {
		return req.locale
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(c.Request.URL.Path, "/"), "/")
	switch {
	case !isAPI(c) && templates.Supported(first):
		req.locale = first
	case req.actor.AccountID != "" && templates.Supported(req.actor.Locale):
		req.locale = req.actor.Locale
	default:
		return templates.Negotiate(c.GetHeader("Accept-Language")) // not kept: who calls may be known later
	}
	return req.locale
}
