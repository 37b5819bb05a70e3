package handlers

import (
	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

var messageQuestions = questions{"body": story("claims.message", messageMax)}

// threadPage is the conversation of buyer, seller and reviewer about a claim.
type threadPage struct {
	Tag      templates.Tag
	Turn     string
	Clock    *templates.Clock
	Messages []templates.Message
	Closed   string // why nothing can be sent any more
	Form     *messageForm
	Record   templates.Link
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
	list, _, err := h.store.ClaimMessages(f.c.Request.Context(), requestOf(f.c).actor, v.Number, models.Page{Limit: models.MaxPage})
	if err != nil {
		return err
	}
	page := threadPage{
		Tag: templates.Tag{Status: string(v.Status), Role: "buyer"}, Turn: turnWords(w, v.Claim), Clock: claimClock(w, v.Claim, v.Now), Messages: h.thread(f.c, list),
		Record: templates.Link{Label: w.text("record.link"), Href: w.path("my/claims", v.Number, "record")},
	}
	switch {
	case v.Status.Open():
		page.Form = &messageForm{
			Action: w.path("my/claims", v.Number, "messages"), Hidden: []templates.Hidden{f.once()}, Body: f.field("body", "claims.message_hint"),
			Submit: templates.Submit{Label: w.text("action.send_message")},
		}
		page.Form.Body.Rows = 4
	default:
		page.Closed = w.text("claims.read_only")
		if f.has("body") { // typed, but too late: it stays to be copied
			page.Form = &messageForm{Action: w.path("my/claims", v.Number, "messages"), Body: f.field("body", "")}
			page.Form.Body.ReadOnly, page.Form.Body.Max = true, 0
		}
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
	f, err := h.readEntry(c, messageQuestions)
	if err != nil {
		return err
	}
	f.need("body")
	if f.ok() {
		err := f.doOnce(func() error {
			_, err := h.store.SendClaimMessage(c.Request.Context(), requestOf(c).actor, v.Number, models.ClaimMessage{Body: f.get("body")})
			return err
		})
		if err == nil {
			return seeOther(c, f.words.path("my/claims", v.Number, "messages")+"#send")
		}
		if err := f.refused(err); err != nil {
			return err
		}
	}
	return h.threadPage(f, v)
}
