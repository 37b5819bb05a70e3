package handlers

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// settingsPage is what an account can set for itself.
type settingsPage struct {
	Account  []templates.SummaryRow
	Language templates.Field
	Theme    templates.Field
	Keys     *templates.Field       // of the desk, for staff
	Work     *templates.Field       // the languages staff work in
	Notices  string                 // where all mails are kept
	Mails    []templates.SummaryRow // which mails come, and when
	Sessions []sessionItem
	Others   bool
	Factor   factorState
}

type sessionItem struct {
	Browser string
	Facts   []templates.SummaryRow
	Current bool
	Action  string
}

// factorState says whether a second factor is set up and what can be done about it.
type factorState struct {
	On     bool
	Needed bool
	Link   *templates.Link
}

func (h *Handlers) showSettings(c *gin.Context) error {
	w, by := h.words(c), requestOf(c).actor
	x, ok := sessionOf(c)
	if !ok {
		return unauthenticated()
	}
	content := settingsPage{Account: []templates.SummaryRow{
		{Label: w.text("settings.name"), Value: x.Account.Name}, {Label: w.text("settings.email"), Value: x.Account.Email}, {Label: w.text("settings.role"), Value: w.label("role", string(x.Account.Role))},
	}}
	content.Language = templates.Field{Name: "language", Label: w.text("settings.language"), Hint: w.text("settings.language_hint")}
	for _, l := range templates.Locales() {
		content.Language.Choices = append(content.Language.Choices, templates.Choice{Value: l, Label: templates.LanguageName(l), Checked: l == w.locale})
	}
	theme, _ := c.Cookie(themeCookie)
	content.Theme = templates.Field{Name: "theme", Label: w.text("settings.theme")}
	for _, t := range []string{"", "light", "dark"} {
		content.Theme.Choices = append(content.Theme.Choices, templates.Choice{Value: t, Label: w.text("settings.theme_" + cmp.Or(t, "device")), Checked: t == theme})
	}
	if by.SeesAllCases() {
		keys := w.keysField(c)
		content.Keys = &keys
	}
	if by.IsStaff() {
		chosen, err := h.store.Languages(c.Request.Context(), by)
		if err != nil {
			return err
		}
		work := w.languagesField(chosen)
		content.Work = &work
	}
	policy, _, err := h.policyNow(c)
	if err != nil {
		return err
	}
	content.Notices = w.path("my/notices")
	if x.Account.Role == models.RoleSeller {
		content.Notices = w.path("seller/notices")
	}
	content.Mails = mailsTo(w, x.Account.Role, policy)
	sessions, err := h.store.Sessions(c.Request.Context(), by)
	if err != nil {
		return err
	}
	for _, s := range sessions {
		item := sessionItem{Browser: cmp.Or(browserName(s.UserAgent), w.text("settings.unknown_browser")), Current: s.ID == x.ID, Facts: []templates.SummaryRow{
			{Label: w.text("settings.signed_in"), At: timeOf(s.CreatedAt)},
			{Label: w.text("settings.last_seen"), At: timeOf(s.LastSeenAt)},
			{Label: w.text("settings.ends"), At: timeOf(s.ExpiresAt)},
		}}
		if s.Address != "" {
			item.Facts = append(item.Facts, templates.SummaryRow{Label: w.text("settings.address"), Value: s.Address})
		}
		if !item.Current {
			item.Action = w.path("settings/sessions", s.ID) + "/end"
			content.Others = true
		}
		content.Sessions = append(content.Sessions, item)
	}
	content.Factor = factorState{On: x.Account.SecondFactor, Needed: by.SeesAllCases(), Link: &templates.Link{Label: w.text("settings.factor_begin"), Href: w.path("settings/second-factor")}}
	if x.Account.SecondFactor {
		content.Factor.Link.Label = w.text("settings.factor_replace")
	}
	return h.show(c, "settings/show", w.text("settings.title"), content)
}

// mailsTo lists what is mailed to a role, and why. Everybody may have bought something.
func mailsTo(w words, role models.Role, policy models.Policy) []templates.SummaryRow {
	kinds := []string{"sign_in", "message", "claim", "reminder"}
	if role == models.RoleSeller {
		kinds = []string{"sign_in", "contact", "message", "claim", "reminder"}
	}
	var before []string
	for _, hours := range policy.ReminderHours {
		before = append(before, w.text("settings.mail_before", "period", hourPeriod(hours)))
	}
	rows := make([]templates.SummaryRow, 0, len(kinds))
	for _, kind := range kinds {
		rows = append(rows, templates.SummaryRow{Label: w.label("settings.mail", kind), Value: w.text("settings.mail_why."+kind, "before", strings.Join(before, w.text("page.and")))})
	}
	return rows
}

// browserName is the name and the system a browser gives itself, as people know them; a
// program that is none of the well-known ones stands as it calls itself.
func browserName(agent string) string {
	first := func(names [][2]string) string {
		for _, n := range names {
			if strings.Contains(agent, n[0]) {
				return n[1]
			}
		}
		return ""
	}
	browser := first([][2]string{{"Edg", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser", "Samsung Internet"}, {"Firefox/", "Firefox"}, {"FxiOS", "Firefox"}, {"Chrome/", "Chrome"}, {"CriOS", "Chrome"}, {"Safari/", "Safari"}})
	system := first([][2]string{{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"Mac OS X", "macOS"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"}})
	switch {
	case browser == "":
		return agent
	case system == "":
		return browser
	}
	return browser + " (" + system + ")"
}

// postLanguage leads to the same page in the language chosen, which every page then keeps.
func (h *Handlers) postLanguage(c *gin.Context) error {
	f, err := h.readEntry(c, nil)
	if err != nil {
		return err
	}
	to := f.get("language")
	if !slices.Contains(templates.Locales(), to) {
		to = f.words.locale
	}
	return seeOther(c, "/"+to+"/settings")
}

func (h *Handlers) postTheme(c *gin.Context) error {
	f, err := h.readEntry(c, nil)
	if err != nil {
		return err
	}
	//nolint:gosec // Secure wherever the portal is reached over https
	cookie := &http.Cookie{Name: themeCookie, Value: f.get("theme"), Path: "/", MaxAge: 365 * 24 * 60 * 60, HttpOnly: true, Secure: h.secure, SameSite: http.SameSiteLaxMode}
	if cookie.Value != "light" && cookie.Value != "dark" {
		cookie.Value, cookie.MaxAge = "", -1
	}
	http.SetCookie(c.Writer, cookie)
	return seeOther(c, f.words.path("settings"))
}

func (h *Handlers) postEndSession(c *gin.Context) error {
	if _, err := h.readEntry(c, nil); err != nil {
		return err
	}
	by := requestOf(c).actor
	by.Role = models.RoleBuyer // on one's own page one ends one's own sessions, an admin too
	if err := h.store.EndSession(c.Request.Context(), by, c.Param("id")); err != nil && models.KindOf(err) != models.NotFound {
		return err
	}
	return seeOther(c, h.words(c).path("settings")+"#sessions")
}

func (h *Handlers) postEndOthers(c *gin.Context) error {
	if _, err := h.readEntry(c, nil); err != nil {
		return err
	}
	x, ok := sessionOf(c)
	if !ok {
		return unauthenticated()
	}
	if _, err := h.store.EndOtherSessions(c.Request.Context(), x); err != nil {
		return err
	}
	return seeOther(c, h.words(c).path("settings")+"#sessions")
}

// factorSetup is the page that sets up, or changes, the second factor.
type factorSetup struct {
	On     bool
	Secret string // while setting up
	URL    string
	QR     *templates.QR // the same for a camera
	Code   templates.Field
	Begin  templates.Submit
	Submit templates.Submit
	Codes  []string // recovery codes, seen once
	Done   *templates.Link
}

var setupQuestions = questions{"code": typed("settings.factor_code")}

func (h *Handlers) showSecondFactor(c *gin.Context) error {
	return h.secondFactorPage(c, h.newEntry(c, setupQuestions), factorSetup{})
}

func (h *Handlers) secondFactorPage(c *gin.Context, f *entry, content factorSetup) error {
	x, ok := sessionOf(c)
	if !ok {
		return unauthenticated()
	}
	w := f.words
	var err error
	if content.QR, err = qrOf(content.URL); err != nil {
		return err
	}
	if content.Secret == "" { // the page begins with the secret, not with the code
		f.hasOnly()
	}
	content.On = x.Account.SecondFactor
	content.Code = f.field("code", "settings.factor_code_hint")
	content.Code.Autocomplete, content.Code.Width, content.Code.Digits = "one-time-code", "s", true
	content.Begin = templates.Submit{Label: w.text("settings.factor_begin"), Cancel: &templates.Link{Label: w.text("action.cancel"), Href: w.path("settings")}}
	content.Submit = templates.Submit{Label: w.text("settings.factor_confirm"), Cancel: &templates.Link{Label: w.text("action.cancel"), Href: w.path("settings")}}
	p := h.page(c, w.text("settings.factor"), content)
	p.Back = &templates.Link{Label: w.text("settings.title"), Href: w.path("settings")}
	return f.showPage("settings/factor", p)
}

// postBeginSecondFactor makes a secret, shown this once; the old one stays until it is confirmed.
func (h *Handlers) postBeginSecondFactor(c *gin.Context) error {
	f, err := h.readEntry(c, setupQuestions)
	if err != nil {
		return err
	}
	x, ok := sessionOf(c)
	if !ok {
		return unauthenticated()
	}
	setup, err := h.store.EnrolSecondFactor(c.Request.Context(), x)
	if models.CodeOf(err) == "reauth_required" {
		h.note(c, err)
		f.say("", f.words.text("settings.factor_reauth"))
		f.status = http.StatusForbidden
		return h.secondFactorPage(c, f, factorSetup{})
	}
	if err != nil {
		return err
	}
	return h.secondFactorPage(c, f, factorSetup{Secret: setup.Secret, URL: setup.URL})
}

func (h *Handlers) postSecondFactor(c *gin.Context) error {
	f, err := h.readEntry(c, setupQuestions)
	if err != nil {
		return err
	}
	x, ok := sessionOf(c)
	if !ok {
		return unauthenticated()
	}
	again := factorSetup{Secret: f.get("secret"), URL: f.get("url")}
	f.need("code")
	if !f.ok() {
		return h.secondFactorPage(c, f, again)
	}
	in, codes, err := h.store.ConfirmSecondFactor(c.Request.Context(), x, f.get("code"))
	switch {
	case err == nil:
		h.setSession(c, in.Secret)
		return h.secondFactorPage(c, h.newEntry(c, setupQuestions), factorSetup{Codes: codes, Done: &templates.Link{Label: f.words.text("settings.title"), Href: f.words.path("settings")}})
	case models.CodeOf(err) == "second_factor_wrong":
		f.say("code", f.words.text("settings.factor_wrong"))
		return h.secondFactorPage(c, f, again)
	}
	if err := f.refused(err); err != nil {
		return err
	}
	return h.secondFactorPage(c, f, again)
}
