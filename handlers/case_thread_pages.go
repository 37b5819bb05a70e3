package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// The thread of a case on a page of its own, for the seller and for staff. The box on the case
// takes words alone, so that the case stays light; its second button brings what was typed here,
// where files go with it.

var caseMessageQuestions = questions{"body": story("work.message", messageMax), filesField: files("contact.files")}

// attachField tells which form sent a message: the case's by its second button, or the thread's.
const (
	attachField = "attach"
	attachOpen  = "open"
	attachHere  = "here"
)

func (h *Handlers) showSellerThread(c *gin.Context) error {
	v, err := h.sellerView(c)
	if err != nil {
		return err
	}
	return h.caseThreadPage(h.newEntry(c, caseMessageQuestions), v)
}

func (h *Handlers) showStaffThread(c *gin.Context) error {
	v, ok, err := h.staffView(c)
	if err != nil || !ok {
		return err
	}
	return h.caseThreadPage(h.newEntry(c, caseMessageQuestions), v)
}

// caseThreadPage is the conversation as one who is not the buyer sees it, with the form under it.
func (h *Handlers) caseThreadPage(f *entry, v models.ClaimView) error {
	d := h.desk(f.c, v.Side)
	pages := d.pagesOf(f.c, v.Number)
	list, err := h.wholeThread(f.c, v.Number)
	if err != nil {
		return err
	}
	role, turn := d.standing(v.Claim)
	page := threadPage{Tag: templates.Tag{Status: string(v.Status), Role: role}, Turn: turn, Messages: d.messages(list)}
	if page.Form, err = f.caseMessageForm(v, pages("messages")); err != nil {
		return err
	}
	p := h.page(f.c, d.text("claims.messages"), page)
	p.Back = &templates.Link{Label: d.text("seller.back_to_case", "number", v.Number), Href: pages()}
	return f.showPage("claims/messages", p)
}

// caseMessageForm is the box of the thread's own page, with files.
func (f *entry) caseMessageForm(v models.ClaimView, action string) (messageForm, error) {
	m := f.messageForm(v, action, caseMessageHint(v), "work.thread_closed")
	if m.Action == "" {
		return m, nil
	}
	m.Hidden = append(m.Hidden, templates.Hidden{Name: attachField, Value: attachHere})
	return m, f.messageFiles(v, &m)
}

// caseBox is the box on the page of a case itself.
func (f *entry) caseBox(v models.ClaimView, action string) messageForm {
	m := f.messageForm(v, action, caseMessageHint(v), "work.thread_closed")
	m.Attach = m.Action != ""
	return m
}

// caseMessageHint is the key of what tells who reads a message, and that it is no answer where one is awaited.
func caseMessageHint(v models.ClaimView) string {
	switch {
	case v.Side == models.SideStaff:
		return "staff.message_hint"
	case v.NextActor == models.SellersTurn && v.Status.Open():
		return "seller.message_no_answer"
	}
	return "seller.message_hint"
}

// postCaseMessage sends a message of the seller or of staff on the case. What could not be sent
// is shown again on the page that it came from; again is the page of the case.
func (h *Handlers) postCaseMessage(c *gin.Context, v models.ClaimView, again func(*gin.Context, *entry) error) error {
	f, err := h.readFiles(c, caseMessageQuestions, v.OrderNumber)
	if err != nil {
		return err
	}
	from := f.get(attachField)
	if from == attachOpen {
		f.status = http.StatusOK
		return h.caseThreadPage(f, v)
	}
	sent, err := f.sendMessage(v.Number)
	if err != nil {
		return err
	}
	switch {
	case sent:
		return seeOther(c, h.desk(c, v.Side).pagesOf(c, v.Number)()+"#thread")
	case from == attachHere:
		return h.caseThreadPage(f, v)
	}
	return again(c, f)
}
