package handlers

import (
	"cmp"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// The second factor of staff. Until it is passed the session can reach nothing but these
// pages and sign-out, so they are open to whoever has a session of that kind.

var factorQuestions = questions{"code": typed("signin.factor_code")}

// factorSession is the session that has to pass a second factor, or guests' way to sign in.
func (h *Handlers) factorSession(c *gin.Context) (models.Session, bool) {
	x, ok := sessionOf(c)
	if ok && x.SecondFactorDue {
		return x, true
	}
	to := h.words(c).path("sign-in")
	if ok {
		to = cmp.Or(models.LocalPath(c.Query("next")), h.homeOf(c, x.Account.Actor()))
	}
	c.Redirect(http.StatusSeeOther, to)
	return x, false
}

type factorPage struct {
	Code   templates.Field
	Next   templates.Hidden
	Action string
	Submit templates.Submit

	Secret, URL            string        // while setting up
	QR                     *templates.QR // the same for a camera
	SecretField, LinkField templates.Hidden
}

// showFactor asks for a code, or offers to set the second factor up.
func (h *Handlers) showFactor(c *gin.Context) error {
	x, ok := h.factorSession(c)
	if !ok {
		return nil
	}
	f := h.newEntry(c, factorQuestions)
	f.set("next", models.LocalPath(c.Query("next")))
	if !x.Account.SecondFactor {
		w := f.words
		return f.show("signin/factor_offer", w.text("signin.factor_offer"), factorPage{
			Next: templates.Hidden{Name: "next", Value: f.get("next")}, Action: w.path("sign-in/second-factor/setup"),
			Submit: templates.Submit{Label: w.text("signin.factor_begin")},
		})
	}
	return h.factorForm(f)
}

func (h *Handlers) factorForm(f *entry) error {
	w := f.words
	code := f.field("code", "signin.factor_code_hint")
	code.Autocomplete, code.Width = "one-time-code", "m"
	return f.show("signin/factor", w.text("signin.factor"), factorPage{
		Code: code, Next: templates.Hidden{Name: "next", Value: f.get("next")}, Action: w.path("sign-in/second-factor"),
		Submit: templates.Submit{Label: w.text("signin.enter")},
	})
}

// passFactor takes a code of the app, or a recovery code.
func (h *Handlers) passFactor(c *gin.Context) error {
	x, ok := h.factorSession(c)
	if !ok {
		return nil
	}
	f, err := h.readEntry(c, factorQuestions)
	if err != nil {
		return err
	}
	f.need("code")
	if f.ok() {
		done, err := h.store.PassSecondFactor(c.Request.Context(), x, f.get("code"))
		if err == nil {
			done.Next = models.LocalPath(f.get("next"))
			return h.enter(c, done)
		}
		if err := f.wrongFactor(err); err != nil {
			return err
		}
	}
	return h.factorForm(f)
}

func (f *entry) wrongFactor(err error) error {
	if models.CodeOf(err) == "second_factor_wrong" {
		f.fail("code", "second_factor_wrong")
		return nil
	}
	return f.refused(err)
}

// setUpFactor shows the secret once. Asked again it is another one: until a code has been
// confirmed nothing has changed.
func (h *Handlers) setUpFactor(c *gin.Context) error {
	x, ok := h.factorSession(c)
	if !ok {
		return nil
	}
	f, err := h.readEntry(c, factorQuestions)
	if err != nil {
		return err
	}
	setup, err := h.store.EnrolSecondFactor(c.Request.Context(), x)
	if err != nil {
		return err
	}
	f.set("secret", setup.Secret)
	f.set("url", setup.URL)
	f.set("code", "")
	return h.setupForm(f)
}

// setupForm carries what the person copies into the app along, so that a slip in the code
// does not make them begin anew.
func (h *Handlers) setupForm(f *entry) error {
	w := f.words
	picture, err := qrOf(f.get("url"))
	if err != nil {
		return err
	}
	code := f.field("code", "signin.factor_first_hint")
	code.Autocomplete, code.Digits, code.Width = "one-time-code", true, "s"
	return f.show("signin/factor_setup", w.text("signin.factor_setup"), factorPage{
		Code: code, Next: templates.Hidden{Name: "next", Value: f.get("next")}, Action: w.path("sign-in/second-factor/confirm"),
		Secret: grouped(f.get("secret")), URL: f.get("url"), QR: picture,
		SecretField: templates.Hidden{Name: "secret", Value: f.get("secret")}, LinkField: templates.Hidden{Name: "url", Value: f.get("url")},
		Submit: templates.Submit{Label: w.text("signin.factor_confirm")},
	})
}

// grouped puts a space after every four characters, for eyes and typing.
func grouped(s string) string {
	var b strings.Builder
	for i, r := range s {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

type recoveryPage struct {
	Codes []string
	Next  string
}

// confirmFactor takes the first code and shows the recovery codes, this once.
func (h *Handlers) confirmFactor(c *gin.Context) error {
	x, ok := h.factorSession(c)
	if !ok {
		return nil
	}
	f, err := h.readEntry(c, factorQuestions)
	if err != nil {
		return err
	}
	f.need("code")
	if f.ok() {
		done, codes, err := h.store.ConfirmSecondFactor(c.Request.Context(), x, f.get("code"))
		if err == nil {
			h.setSession(c, done.Secret)
			c.Set(sessionKey, done.Session)
			requestOf(c).actor = done.Session.Actor()
			next := cmp.Or(models.LocalPath(f.get("next")), h.homeOf(c, done.Session.Account.Actor()))
			p := h.page(c, f.words.text("signin.recovery"), recoveryPage{codes, next})
			p.NoIndex = true
			return h.render(c, http.StatusOK, "signin/recovery", p)
		}
		if err := f.wrongFactor(err); err != nil {
			return err
		}
	}
	return h.setupForm(f)
}
