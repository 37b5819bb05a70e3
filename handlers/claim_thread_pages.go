package handlers

import (
	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

var messageQuestions = questions{"body": story("claims.message", messageMax), filesField: files("contact.files")}

// threadPage is the conversation of buyer, seller and reviewer about a claim.
type threadPage struct {
	Tag      templates.Tag
	Turn     string
	Clock    *templates.Clock
	Messages []templates.Message
	Form     messageForm
	Record   *templates.Link // nil where the case's own page leads to it
}

// showMyMessages is the thread, oldest first, with the form under its last message.
func (h *Handlers) showMyMessages(c *gin.Context) error {
	v, err := h.ownClaim(c)
	if err != nil {
		return err
	}
	return h.threadPage(h.newEntry(c, messageQuestions), v)
}

func (h *Handlers) threadPage(f *entry, v models.ClaimView) error {
	w := f.words
	list, err := h.wholeThread(f.c, v.Number)
	if err != nil {
		return err
	}
	form := f.messageForm(v, w.path("my/claims", v.Number, "messages"), "claims.message_hint", "claims.read_only")
	if err := f.messageFiles(v, &form); err != nil {
		return err
	}
	page := threadPage{
		Tag: templates.Tag{Status: string(v.Status), Role: "buyer"}, Turn: turnWords(w, v.Claim), Clock: claimClock(w, v.Claim, v.Now), Messages: h.thread(f.c, list),
		Form: form, Record: &templates.Link{Label: w.text("record.link"), Href: w.path("my/claims", v.Number, "record")},
	}
	p := h.page(f.c, w.text("claims.messages"), page)
	p.Back = &templates.Link{Label: w.text("claims.claim", "number", v.Number), Href: w.path("my/claims", v.Number)}
	return f.showPage("claims/messages", p)
}

// postMyMessage sends a message on the claim.
func (h *Handlers) postMyMessage(c *gin.Context) error {
	v, err := h.ownClaim(c)
	if err != nil {
		return err
	}
	f, err := h.readFiles(c, messageQuestions, v.OrderNumber)
	if err != nil {
		return err
	}
	sent, err := f.sendMessage(v.Number)
	if err != nil {
		return err
	}
	if sent {
		return seeOther(c, f.words.path("my/claims", v.Number, "messages")+"#send")
	}
	if v, err = h.again(f, v); err != nil {
		return err
	}
	return h.threadPage(f, v)
}

// messageForm is the box under the thread of a case. Once nothing can be sent any more it says
// why, and holds what was typed too late, to be copied.
type messageForm struct {
	Action string // "" where nothing can be sent
	Closed string
	Body   templates.Field
	Files  *templates.Field // nil where none go with it
	Attach bool             // a button leads on to the page where files can be added; what was typed goes with it
	Kept   templates.Field
	Submit templates.Submit
	Hidden []templates.Hidden
}

func (f *entry) messageForm(v models.ClaimView, action, hint, closed string) messageForm {
	if v.Talking(v.Policy, v.Now) {
		m := messageForm{Action: action, Body: f.field("body", hint), Submit: templates.Submit{Label: f.words.text("action.send_message")}, Hidden: []templates.Hidden{f.once()}}
		m.Body.Rows = 4
		return m
	}
	m := messageForm{Closed: f.words.text(closed)}
	if body := f.late("body"); body != nil {
		m.Body = *body
	}
	return m
}

// messageFiles adds the question for files to the box of an open case.
func (f *entry) messageFiles(v models.ClaimView, m *messageForm) error {
	if m.Action == "" {
		return nil
	}
	files, kept, err := f.files("")
	if err != nil {
		return err
	}
	files.Optional = true
	files.Hint = f.words.text("evidence.formats", "max", templates.FileSize(models.MaxUpload), "count", 20)
	f.captioned(&files, &kept)
	files.Reuse, err = f.reuseOn(v)
	m.Files, m.Kept = &files, kept
	return err
}

// sendMessage sends what was typed under the thread of a case, or takes what refused it into
// the form.
func (f *entry) sendMessage(number string) (sent bool, err error) {
	f.need("body")
	if !f.ok() {
		return false, nil
	}
	err = f.doOnce(func() error {
		_, err := f.h.store.SendClaimMessage(f.c.Request.Context(), requestOf(f.c).actor, number, models.ClaimMessage{Body: f.get("body"), Evidence: f.all(evidenceField), Captioned: f.captions()})
		return err
	})
	if err != nil {
		return false, f.refused(err)
	}
	return true, nil
}
