package handlers

import (
	"cmp"
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// The sandbox: a clock that can be moved, anyone to be, and the mail that went out. Outside
// the sandbox these pages are not there.

// sandboxPage lists the people of the sandbox and moves its clock to any instant.
type sandboxPage struct {
	To     templates.Field
	Submit templates.Submit
	Action string
	Groups []sandboxGroup
	SignIn string
	Mail   templates.Link
	Tour   *templates.TourOffer
	You    string // account of who is signed in
}

type sandboxGroup struct {
	Title  string
	Does   string
	People []sandboxPerson
}

type sandboxPerson struct {
	ID, Name, Email string
	Current         bool
}

var clockQuestions = questions{"to": typed("sandbox.to")}

func (h *Handlers) showSandbox(c *gin.Context) error {
	return h.sandboxPage(c, h.newEntry(c, clockQuestions))
}

func (h *Handlers) sandboxPage(c *gin.Context, f *entry) error {
	w := f.words
	content := sandboxPage{
		To: f.field("to", "sandbox.to_hint"), Action: w.path("sandbox/clock"), SignIn: w.path("sandbox/sign-in"),
		Submit: templates.Submit{Label: w.text("sandbox.move")}, Mail: templates.Link{Label: w.text("sandbox.mail"), Href: w.path("sandbox/mail")}, You: requestOf(c).actor.AccountID,
		Tour: h.tourOffer(c),
	}
	content.To.Type, content.To.Width = "datetime-local", "m"
	people, err := h.sandboxPeople(c.Request.Context())
	if err != nil {
		return err
	}
	for _, role := range []models.Role{models.RoleBuyer, models.RoleSeller, models.RoleAgent, models.RoleLead, models.RoleAdmin} {
		g := sandboxGroup{Title: w.label("role", string(role)), Does: w.text("sandbox.does_" + string(role))}
		for _, a := range people {
			if a.Role == role {
				g.People = append(g.People, sandboxPerson{ID: a.ID, Name: cmp.Or(a.Name, a.Email), Email: a.Email, Current: a.ID == content.You})
			}
		}
		if len(g.People) > 0 {
			content.Groups = append(content.Groups, g)
		}
	}
	return f.show("sandbox/show", w.text("sandbox.panel_title"), content)
}

// sandboxPeople are the accounts of people, the first made first. In the sandbox whoever
// stands before the screen is its operator.
func (h *Handlers) sandboxPeople(ctx context.Context) ([]models.Account, error) {
	items, _, err := h.store.Accounts(ctx, models.Operator, models.AccountFilter{Status: models.AccountActive, Page: models.Page{Limit: models.MaxPage}})
	if err != nil {
		return nil, err
	}
	for i, j := 0, len(items)-1; i < j; i, j = i+1, j-1 {
		items[i], items[j] = items[j], items[i]
	}
	return items, nil
}

// postClock moves the clock by the bar's buttons or to an instant, and goes back to the page
// one was on.
func (h *Handlers) postClock(c *gin.Context) error {
	f, err := h.readEntry(c, clockQuestions)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	now, err := h.store.Now(ctx)
	if err != nil {
		return err
	}
	to := now
	switch advance := f.get("advance"); {
	case advance != "":
		by, err := time.ParseDuration(advance)
		if err != nil || by < 0 || by > maxAdvance {
			return invalidField("advance", "out_of_range")
		}
		to = now.Add(by)
	case f.has("to"):
		at, ok := localTime(f.get("to"), h.store.Zone())
		switch {
		case !ok:
			f.say("to", f.words.text("sandbox.bad_time"))
		case models.InstantOf(at) <= now:
			f.say("to", f.words.text("sandbox.past"))
		case models.InstantOf(at) > now.Add(maxAdvance):
			f.say("to", f.words.text("sandbox.too_far"))
		default:
			to = models.InstantOf(at)
		}
	default:
		f.fail("to", "required")
	}
	if !f.ok() {
		return h.sandboxPage(c, f)
	}
	if _, _, err := h.store.MoveClock(ctx, to); err != nil {
		return err
	}
	return seeOther(c, cmp.Or(models.LocalPath(f.get("next")), refererPath(c), f.words.path("sandbox")))
}

// refererPath is the page of ours a form was on, as far as the browser says.
func refererPath(c *gin.Context) string {
	_, rest, ok := strings.Cut(c.GetHeader("Referer"), "://"+c.Request.Host+"/")
	if !ok {
		return ""
	}
	return models.LocalPath("/" + rest)
}

// postSandboxSignIn signs in as somebody without their mailbox.
func (h *Handlers) postSandboxSignIn(c *gin.Context) error {
	f, err := h.readEntry(c, nil)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	in, err := h.store.SandboxSignIn(ctx, f.get("account"), c.Request.UserAgent(), h.sessionSecret(c))
	if err != nil {
		return err
	}
	h.setSession(c, in.Secret)
	w := h.words(c)
	switch a := in.Session.Account; {
	case a.Actor().SeesAllCases():
		return seeOther(c, w.path("staff/queue"))
	case a.Role == models.RoleSeller:
		return seeOther(c, w.path("seller"))
	default:
		return seeOther(c, w.path("my/orders"))
	}
}

// sandboxMail is what went out, the newest first.
type sandboxMail struct {
	Table templates.Table
}

func (h *Handlers) listSandboxMail(c *gin.Context) error {
	w := h.words(c)
	sent, next, err := h.store.SandboxMail(c.Request.Context(), models.Page{Limit: 20, Cursor: c.Query("cursor")})
	if err != nil {
		return listError(err)
	}
	t := templates.Table{Caption: w.text("sandbox.mail_newest"), Columns: []templates.Column{
		{Label: w.text("notices.number")}, {Label: w.text("sandbox.mail_to")}, {Label: w.text("sandbox.mail_subject")}, {Label: w.text("notices.at")}, {Label: w.text("sandbox.mail_state")},
	}, Empty: &templates.Empty{Text: w.text("sandbox.mail_empty"), Link: &templates.Link{Label: w.text("sandbox.panel_title"), Href: w.path("sandbox")}}}
	for _, m := range sent {
		subject, _ := h.noticeWords(w.locale, m.Notice)
		t.Rows = append(t.Rows, templates.Row{Cells: []templates.Cell{
			{Link: &templates.Link{Label: m.Notice.Number, Href: w.path("sandbox/mail", m.Notice.ID)}},
			{Text: w.partyName(m.To)},
			{Text: subject, Lang: w.noticeLang(m.Notice)},
			{At: timeOf(m.Notice.CreatedAt)},
			{Text: w.label("mail_state", m.State)},
		}})
	}
	if next != "" {
		t.Pages = &templates.Pages{Next: w.path("sandbox/mail") + "?cursor=" + next}
	}
	p := h.page(c, w.text("sandbox.mail"), sandboxMail{t})
	p.Wide, p.NoIndex = true, true
	p.Back = &templates.Link{Label: w.text("sandbox.panel_title"), Href: w.path("sandbox")}
	return h.render(c, http.StatusOK, "sandbox/mail", p)
}

// partyName says whom a notice is for: a side with its id at the marketplace, or an address.
func (w words) partyName(party string) string {
	kind, id, _ := strings.Cut(party, ":")
	switch kind {
	case "buyer", "seller":
		return w.label("role", kind) + " " + id
	}
	return id
}

// sandboxLetter is one mail as it was sent.
type sandboxLetter struct {
	Facts []templates.SummaryRow
	Body  []string
}

func (h *Handlers) showSandboxMail(c *gin.Context) error {
	w := h.words(c)
	m, err := h.store.SandboxMailByID(c.Request.Context(), c.Param("id"))
	if err != nil {
		return err
	}
	subject, body := h.noticeWords(w.locale, m.Notice)
	content := sandboxLetter{Facts: []templates.SummaryRow{
		{Label: w.text("notices.number"), Value: m.Notice.Number},
		{Label: w.text("sandbox.mail_to"), Value: w.partyName(m.To)},
		{Label: w.text("notices.at"), At: timeOf(m.Notice.CreatedAt)},
		{Label: w.text("sandbox.mail_state"), Value: w.label("mail_state", m.State)},
	}}
	for part := range strings.SplitSeq(body, "\n\n") {
		if part = strings.TrimSpace(part); part != "" {
			content.Body = append(content.Body, part)
		}
	}
	p := h.page(c, subject, content)
	p.Speech = w.noticeLang(m.Notice)
	p.NoIndex = true
	p.Back = &templates.Link{Label: w.text("sandbox.mail"), Href: w.path("sandbox/mail")}
	return h.render(c, http.StatusOK, "sandbox/letter", p)
}
