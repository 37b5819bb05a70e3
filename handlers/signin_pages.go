package handlers

import (
	"cmp"
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"net/url"
	"time"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// Signing in: a mail with a link and a code. Opening the link shows a button only, since
// mail scanners open links too; the button signs in. On another device the code does.

// signInMinutes is how long the browser remembers whom it asked a mail for.
const signInMinutes = 15 * 60

var signInQuestions = questions{"email": typed("signin.email"), "code": typed("signin.code")}

// guestCookie is a cookie of somebody who is not signed in yet.
func (h *Handlers) guestCookie(name string) string {
	if h.secure {
		return "__Host-" + name
	}
	return name
}

func (h *Handlers) setGuest(c *gin.Context, name, value string, seconds int) {
	http.SetCookie(c.Writer, &http.Cookie{ //nolint:gosec // Secure wherever the portal is reached over https
		Name: h.guestCookie(name), Value: base64.RawURLEncoding.EncodeToString([]byte(value)), Path: "/", MaxAge: seconds,
		HttpOnly: true, Secure: h.secure, SameSite: http.SameSiteLaxMode,
	})
}

func (h *Handlers) guest(c *gin.Context, name string) string {
	cookie, err := c.Request.Cookie(h.guestCookie(name))
	if err != nil || len(cookie.Value) > 2000 {
		return ""
	}
	b, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	if err != nil {
		return ""
	}
	return string(b)
}

// browserName is the random value by which a mailed link knows the browser that asked.
func (h *Handlers) browserName(c *gin.Context) string {
	if name := h.guest(c, "hosho-browser"); len(name) >= 26 && len(name) <= 64 && cleanText(name) {
		return name
	}
	return ""
}

type signInPage struct {
	Email  templates.Field
	Next   templates.Hidden
	Submit templates.Submit
	Why    bool // one was led here
	Unsent bool // by a form that was not taken, as the session had ended
}

func (h *Handlers) showSignIn(c *gin.Context) error {
	if requestOf(c).actor.AccountID != "" {
		return seeOther(c, cmp.Or(models.LocalPath(c.Query("next")), h.homeOf(c, requestOf(c).actor)))
	}
	f := h.newEntry(c, signInQuestions)
	f.set("next", models.LocalPath(c.Query("next")))
	f.set("unsent", c.Query("unsent"))
	return h.signInForm(f)
}

func (h *Handlers) signInForm(f *entry) error {
	email := f.field("email", "signin.email_hint")
	email.Type, email.Autocomplete, email.Width = "email", "email", "l"
	return f.show("signin/start", f.words.text("nav.sign_in"), signInPage{
		Email: email, Next: templates.Hidden{Name: "next", Value: f.get("next")}, Why: f.get("next") != "", Unsent: f.get("unsent") != "",
		Submit: templates.Submit{Label: f.words.text("action.sign_in")},
	})
}

// requestSignIn sends the mail. The answer is the same for every address.
func (h *Handlers) requestSignIn(c *gin.Context) error {
	f, err := h.readEntry(c, signInQuestions)
	if err != nil {
		return err
	}
	f.need("email")
	if f.ok() {
		browser := h.browserName(c)
		if browser == "" {
			browser = rand.Text()
		}
		_, err := h.store.RequestSignIn(c.Request.Context(), models.SignInRequest{
			Email: f.get("email"), Locale: f.words.locale, Next: f.get("next"), Browser: browser, Address: c.ClientIP(),
		})
		if err == nil {
			h.setGuest(c, "hosho-browser", browser, 24*60*60)
			h.setGuest(c, "hosho-email", f.get("email"), signInMinutes)
			return seeOther(c, f.words.path("sign-in/sent"))
		}
		if err := f.refused(err); err != nil {
			return err
		}
	}
	return h.signInForm(f)
}

type sentPage struct {
	Email       string // "" where this browser asked for none
	EmailField  templates.Field
	EmailHidden templates.Hidden
	Code        templates.Field
	Submit      templates.Submit
	Again       string
	Valid       time.Duration
	Other       bool // a link was opened in another browser than asked for it
}

// showSent says that a mail is under way and takes the code in it.
func (h *Handlers) showSent(c *gin.Context) error {
	f := h.newEntry(c, signInQuestions)
	f.set("email", h.guest(c, "hosho-email"))
	return h.codeForm(f, false)
}

func (h *Handlers) codeForm(f *entry, other bool) error {
	w := f.words
	page := sentPage{
		Email: h.guest(f.c, "hosho-email"), EmailHidden: templates.Hidden{Name: "email", Value: f.get("email")}, Code: f.field("code", "signin.code_hint"),
		Submit: templates.Submit{Label: w.text("signin.enter")}, Again: w.path("sign-in"), Valid: signInMinutes * time.Second, Other: other,
	}
	if other || page.Email != f.get("email") {
		page.Email = ""
	}
	page.EmailField = f.field("email", "")
	page.EmailField.Type, page.EmailField.Autocomplete, page.EmailField.Width = "email", "email", "l"
	page.Code.Autocomplete, page.Code.Digits, page.Code.Width = "one-time-code", true, "s"
	title := w.text("signin.sent")
	if page.Email == "" {
		title = w.text("signin.enter_code")
	}
	return f.show("signin/sent", title, page)
}

// useCode signs in with the code of the mail.
func (h *Handlers) useCode(c *gin.Context) error {
	f, err := h.readEntry(c, signInQuestions)
	if err != nil {
		return err
	}
	f.need("email", "code")
	if f.ok() {
		done, err := h.store.ConsumeSignIn(c.Request.Context(), h.signInAnswer(c, models.SignInAnswer{Email: f.get("email"), Code: f.get("code")}))
		if err == nil {
			return h.enter(c, done)
		}
		if models.CodeOf(err) == "sign_in_expired" {
			return h.expired(c, f.get("email"))
		}
		if models.CodeOf(err) == "sign_in_code_wrong" {
			f.fail("code", "sign_in_code_wrong")
		} else if err := f.refused(err); err != nil {
			return err
		}
	}
	return h.codeForm(f, false)
}

func (h *Handlers) signInAnswer(c *gin.Context, in models.SignInAnswer) models.SignInAnswer {
	in.Browser, in.UserAgent, in.Address, in.Replaces = h.browserName(c), c.Request.UserAgent(), c.ClientIP(), h.sessionSecret(c)
	return in
}

type linkPage struct {
	Email  string
	Action string
	Submit templates.Submit
}

// showLink never uses the link: it shows whose it is and a button.
func (h *Handlers) showLink(c *gin.Context) error {
	link, err := h.store.PeekSignIn(c.Request.Context(), c.Param("token"), h.browserName(c))
	if err != nil {
		return err
	}
	w := h.words(c)
	switch link.State {
	case models.SignInReady:
		p := h.page(c, w.text("signin.link"), linkPage{
			Email: link.Email, Action: w.path("sign-in", c.Param("token")), Submit: templates.Submit{Label: w.text("signin.enter")},
		})
		p.NoIndex, p.Path = true, "sign-in" // the language switch must not carry the secret on
		return h.render(c, http.StatusOK, "signin/link", p)
	case models.SignInOtherBrowser:
		f := h.newEntry(c, signInQuestions)
		f.set("email", link.Email)
		return h.codeForm(f, true)
	case models.SignInExpired:
	}
	return h.expired(c, h.guest(c, "hosho-email"))
}

// useLink signs in.
func (h *Handlers) useLink(c *gin.Context) error {
	done, err := h.store.ConsumeSignIn(c.Request.Context(), h.signInAnswer(c, models.SignInAnswer{Token: c.Param("token")}))
	switch models.CodeOf(err) {
	case "sign_in_expired":
		return h.expired(c, h.guest(c, "hosho-email"))
	case "sign_in_other_browser":
		return seeOther(c, h.words(c).path("sign-in", c.Param("token")))
	}
	if err != nil {
		return err
	}
	return h.enter(c, done)
}

type expiredPage struct {
	Email  templates.Hidden // empty where this browser asked for none
	Known  bool
	Field  templates.Field
	Action string
	Submit templates.Submit
}

// expired offers a new mail in one click.
func (h *Handlers) expired(c *gin.Context, email string) error {
	w := h.words(c)
	f := h.newEntry(c, signInQuestions)
	field := f.field("email", "")
	field.Type, field.Autocomplete, field.Width = "email", "email", "l"
	p := h.page(c, w.text("signin.expired"), expiredPage{
		Email: templates.Hidden{Name: "email", Value: email}, Known: email != "", Field: field, Action: w.path("sign-in"),
		Submit: templates.Submit{Label: w.text("signin.new_link")},
	})
	p.NoIndex, p.Path = true, "sign-in"
	return h.render(c, http.StatusGone, "signin/expired", p)
}

// enter gives the browser its session and sends it on.
func (h *Handlers) enter(c *gin.Context, done models.SignedIn) error {
	h.setSession(c, done.Secret)
	h.setGuest(c, "hosho-email", "", -1)
	if done.Session.SecondFactorDue {
		to := h.words(c).path("sign-in/second-factor")
		if done.Next != "" {
			to += "?" + url.Values{"next": {done.Next}}.Encode()
		}
		return seeOther(c, to)
	}
	return seeOther(c, cmp.Or(done.Next, h.homeOf(c, done.Session.Account.Actor())))
}

// homeOf is where an account's work begins.
func (h *Handlers) homeOf(c *gin.Context, a models.Actor) string {
	w := h.words(c)
	switch {
	case a.SeesAllCases():
		return w.path("staff/queue")
	case a.Role == models.RoleSeller:
		return w.path("seller/cases")
	}
	return w.path("my")
}

// signOut ends the session, here and in what the browser has kept of its pages.
func (h *Handlers) signOut(c *gin.Context) error {
	if err := h.store.SignOut(c.Request.Context(), h.sessionSecret(c)); err != nil {
		return err
	}
	h.setSession(c, "")
	c.Header("Clear-Site-Data", `"cache", "storage"`)
	return seeOther(c, h.words(c).path(""))
}
