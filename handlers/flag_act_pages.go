package handlers

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// What staff do about a flag, and what whom it is about says against it. A warning and a limit
// are read as they will be sent before they are.

// flagPreview is a letter before it is sent.
type flagPreview struct {
	Lead    string
	Subject string
	Lines   []string // of the notice, in the language of whom it goes to
	Lang    string
	Facts   []templates.SummaryRow // what stands on the page beside it
	Hidden  []templates.Hidden
	Submit  templates.Submit
}

var (
	staffFlagActs = []string{"warn", "set_aside", "limit", "lift", "decide_warning", "decide_limit"}
	myFlagActs    = []string{"appeal_warning", "appeal_limit"}
	lettersOfFlag = []string{"warn", "limit"}
)

func (f *entry) flagInput(action models.FlagAction) (models.FlagInput, bool) {
	v := models.Versioned{Version: f.version()}
	switch action {
	case models.SendsWarning:
		return &models.WarnInput{Versioned: v, Words: f.get("words")}, true
	case models.SetsFlagAside:
		return &models.SetAsideInput{Versioned: v, Reason: f.get("reason")}, true
	case models.SetsLimit:
		return &models.LimitInput{Versioned: v, Words: f.get("words")}, true
	case models.LiftsLimit:
		return &models.LiftLimitInput{Versioned: v, Reason: f.get("reason")}, true
	case models.AppealsWarning:
		return &models.AppealWarningInput{Versioned: v, Captioned: f.captions(), Grounds: f.get("grounds"), Evidence: f.all(evidenceField)}, true
	case models.AppealsLimit:
		return &models.AppealLimitInput{Versioned: v, Captioned: f.captions(), Grounds: f.get("grounds"), Evidence: f.all(evidenceField)}, true
	case models.DecidesWarning:
		return &models.DecideWarningInput{Versioned: v, Outcome: f.get("outcome"), Explanation: f.get("explanation")}, true
	case models.DecidesLimit:
		return &models.DecideLimitInput{Versioned: v, Outcome: f.get("outcome"), Explanation: f.get("explanation")}, true
	}
	return nil, false
}

func (h *Handlers) showFlagAct(c *gin.Context) error {
	return h.flagForm(h.newEntry(c, enforcementQuestions), models.SideStaff)
}

func (h *Handlers) postFlagAct(c *gin.Context) error { return h.postFlag(c, models.SideStaff) }

func (h *Handlers) showMyFlagAct(c *gin.Context) error {
	return h.flagForm(h.newEntry(c, enforcementQuestions), models.SideBuyer)
}

func (h *Handlers) postMyFlagAct(c *gin.Context) error { return h.postFlag(c, models.SideBuyer) }

// flagOn is the flag and the action that a page of a side is about.
func (h *Handlers) flagOn(c *gin.Context, side models.Side) (f models.Flag, action string, err error) {
	own, read := staffFlagActs, h.flagOfStaff
	if side == models.SideBuyer {
		own, read = myFlagActs, h.ownFlag
	}
	if action, err = enforcementAction(c, own...); err != nil {
		return f, "", err
	}
	f, err = read(c)
	return f, action, err
}

func flagHref(w words, side models.Side, number string, more ...string) string {
	if side == models.SideBuyer {
		return w.path("my/flags", append([]string{number}, more...)...)
	}
	return w.path("staff/flags", append([]string{number}, more...)...)
}

func (h *Handlers) postFlag(c *gin.Context, side models.Side) error {
	x, action, err := h.flagOn(c, side)
	if err != nil {
		return err
	}
	f, err := h.readEntry(c, enforcementQuestions)
	if err != nil {
		return err
	}
	if f.get("do") == "edit" {
		f.status = http.StatusOK
		return h.flagForm(f, side)
	}
	f.needed(action)
	in, ok := f.flagInput(models.FlagAction(action))
	if !ok {
		return notFound()
	}
	if f.ok() && slices.Contains(lettersOfFlag, action) && f.get("do") != "send" {
		if err := x.Refuses(requestOf(c).actor, in, h.instantNow(c)); err == nil {
			return h.previewFlag(f, x, action)
		} else if err := f.refused(err); err != nil {
			return err
		}
	}
	if f.ok() {
		err := f.doOnce(func() error {
			_, err := h.store.ActFlag(c.Request.Context(), requestOf(c).actor, x.Number, in)
			return err
		})
		if err == nil {
			return seeOther(c, plus(flagHref(f.words, side, x.Number), "done", "sent"))
		}
		if err := f.refused(err); err != nil {
			return err
		}
	}
	return h.flagForm(f, side)
}

func (h *Handlers) flagForm(f *entry, side models.Side) error {
	c := f.c
	x, action, err := h.flagOn(c, side)
	if err != nil {
		return err
	}
	d := h.desk(c, side)
	policy, err := h.store.PolicyVersion(c.Request.Context(), x.Policy)
	if err != nil {
		return err
	}
	label := d.label("flag_do", action)
	back := templates.Link{Label: d.text("flags.flag", "number", x.Number), Href: flagHref(d.words, side, x.Number)}
	if side == models.SideBuyer {
		back.Label = d.text("flags.warning", "number", x.Number)
	}
	may := slices.Contains(x.AllowedActions(requestOf(c).actor, h.instantNow(c)), models.FlagAction(action))
	lead := d.text("flag_lead."+action, "period", dayPeriod(policy.Abuse.AppealDays), "limit_period", dayPeriod(policy.Abuse.LimitDays), "max", policy.Abuse.LimitPerDay, "until", contestedStep(x, models.FlagAction(action)).AppealUntil)
	if !may {
		lead = d.text("enforcement.not_now")
	}
	page, err := f.enforcement(action, lead, label, back, x.Version, may)
	if err != nil {
		return err
	}
	if slices.Contains(lettersOfFlag, action) {
		page.Submit.Label, page.Submit.Name, page.Submit.Value = d.text("flags.to_preview"), "do", "preview"
	}
	page.Facts = d.flagFacts(x)
	if s := contestedStep(x, models.FlagAction(action)); s.No > 0 {
		page.Facts = append(page.Facts, d.row(d.label("flag_step", string(s.Kind)), s.Words))
		if s.Grounds != "" {
			page.Facts = append(page.Facts, d.row(d.text("enforcement.grounds"), s.Grounds))
		}
		if len(s.Evidence) > 0 {
			page.Facts = append(page.Facts, d.filesRow(s.Evidence))
		}
	}
	p := h.page(c, label, page)
	p.Back = &back
	if side == models.SideStaff {
		underReports(&p)
		asDesk(c, &p)
		p.Wide = false
	}
	return f.showPage("staff/enforcement_form", p)
}

// previewFlag shows the notice and the words as whom they go to will read them.
func (h *Handlers) previewFlag(f *entry, x models.Flag, action string) error {
	c, d := f.c, h.desk(f.c, models.SideStaff)
	policy, err := h.store.PolicyVersion(c.Request.Context(), x.Policy)
	if err != nil {
		return err
	}
	n := models.FlagLetter(x, models.FlagAction(action), policy, h.instantNow(c))
	subject, body := h.catalog.Notice(x.Locale, noticeOf(n))
	page := flagPreview{
		Lead: d.text("form.not_sent_yet"), Subject: subject, Lines: linesOf(body), Facts: []templates.SummaryRow{d.row(d.text("flags.person"), x.Name), d.row(d.text("flags.words"), f.get("words"))},
		Hidden: []templates.Hidden{{Name: "version", Value: strconv.FormatInt(x.Version, 10)}, {Name: "words", Value: f.get("words")}, f.once()},
		Submit: templates.Submit{Label: d.label("flag_do", action), Name: "do", Value: "send", Quiet: []templates.Submit{{Label: d.text("decide.edit"), Name: "do", Value: "edit"}}},
	}
	if x.Locale != d.locale {
		page.Lang = x.Locale
	}
	f.status = http.StatusOK
	p := h.page(c, d.text("flags.preview"), page)
	p.Back = &templates.Link{Label: d.text("flags.flag", "number", x.Number), Href: d.path("staff/flags", x.Number)}
	underReports(&p)
	asDesk(c, &p)
	p.Wide = false
	return f.showPage("staff/flag_preview", p)
}
