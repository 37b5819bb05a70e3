package handlers

import (
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

var requestQuestions = questions{"reason": choice("request_page.reason"), "message": story("contact.body", messageMax), filesField: files("contact.files")}

// requestPage is the form of a cancellation or return request; or why none can be sent, and the
// way that fits.
type requestPage struct {
	Refused string
	Other   *templates.Link
	Lead    string
	Points  []string
	Item    []templates.SummaryRow
	Once    templates.Hidden
	Reason  templates.Field
	Message templates.Field
	Files   templates.Field
	Kept    templates.Field
	Submit  templates.Submit
}

func (h *Handlers) showCancelRequest(c *gin.Context) error {
	return h.showRequest(c, models.RequestCancel)
}

func (h *Handlers) showReturnRequest(c *gin.Context) error {
	return h.showRequest(c, models.RequestReturn)
}

func (h *Handlers) postCancelRequest(c *gin.Context) error {
	return h.postRequest(c, models.RequestCancel)
}

func (h *Handlers) postReturnRequest(c *gin.Context) error {
	return h.postRequest(c, models.RequestReturn)
}

func (h *Handlers) showRequest(c *gin.Context, kind models.RequestKind) error {
	o, l, err := h.ownLine(c)
	if err != nil {
		return err
	}
	return h.requestForm(h.newEntry(c, requestQuestions), o, l, kind)
}

// postRequest sends the request. What cannot be sent stays in the form.
func (h *Handlers) postRequest(c *gin.Context, kind models.RequestKind) error {
	o, l, err := h.ownLine(c)
	if err != nil {
		return err
	}
	f, err := h.readFiles(c, requestQuestions, o.Number)
	if err != nil {
		return err
	}
	if f.need("reason", "message"); f.ok() {
		err := f.doOnce(func() error {
			_, err := h.store.SendRequest(c.Request.Context(), requestOf(c).actor, models.SendRequest{
				OrderNumber: o.Number, Line: l.Number, Kind: kind, Reason: models.Reason(f.get("reason")), Message: f.get("message"),
				Evidence: f.all(evidenceField), Captioned: f.captions(),
			})
			return err
		})
		if err == nil {
			return seeOther(c, f.words.path("my/orders", o.Number)+"?done=requested&line="+strconv.Itoa(l.Number))
		}
		if err := f.refused(err); err != nil {
			return err
		}
	}
	return h.requestForm(f, o, l, kind)
}

func (h *Handlers) requestForm(f *entry, o models.Order, l models.OrderLine, kind models.RequestKind) error {
	policy, now, err := h.policyNow(f.c)
	if err != nil {
		return err
	}
	sent, err := h.store.RequestsOf(f.c.Request.Context(), o)
	if err != nil {
		return err
	}
	w := f.words
	rows := lineRows{h: h, words: w, order: o, line: l, policy: policy, now: now, requests: sent[l.Number]}
	page := requestPage{
		Item: []templates.SummaryRow{w.row(w.text("contact.item"), l.Title), w.row(w.label("role", "seller"), l.SellerName), {Label: w.text("orders.number"), Value: o.Number}},
	}
	if rule := l.RefusesRequest(kind, rows.requests, policy, now); rule != "" {
		page.Refused, page.Other = rows.refusedRequest(kind, rule)
		if len(f.errors) > 0 { // what was typed stays, to be copied
			page.Message = f.lateField("message")
		}
		f.hasOnly()
	} else if err := h.requestFields(f, &page, rows, kind); err != nil {
		return err
	}
	p := h.page(f.c, w.text("orders."+string(kind)), page)
	p.Back = &templates.Link{Label: w.text("orders.order", "number", o.Number), Href: w.path("my/orders", o.Number)}
	return f.showPage("orders/request", p)
}

func (h *Handlers) requestFields(f *entry, page *requestPage, rows lineRows, kind models.RequestKind) error {
	w, o := f.words, rows.order
	page.Once = f.once()
	page.Lead = w.text("request_page.lead_"+string(kind), "due_at", rows.now.Add(hourPeriod(rows.policy.RequestAnswerHours)))
	page.Points = []string{w.text("request_page.after_" + string(kind)), w.text("request_page.after_silence"), w.text("request_page.after_withdraw")}
	page.Reason = f.choices("reason", "request_page.reason_hint", requestReasons(kind), func(v string) string { return w.label("reason", v) })
	for i, c := range page.Reason.Choices {
		page.Reason.Choices[i].Hint = rows.reasonHint(kind, models.Reason(c.Value))
	}
	page.Message = f.field("message", "request_page.message_hint")
	page.Submit = templates.Submit{Label: w.text("request_page.send_" + string(kind)), Cancel: &templates.Link{Label: w.text("action.cancel"), Href: w.path("my/orders", o.Number)}}
	var err error
	if page.Files, page.Kept, err = f.files("contact.files_hint"); err != nil {
		return err
	}
	page.Files.Optional = true
	f.captioned(&page.Files, &page.Kept)
	page.Files.Reuse, err = f.reuse(o.Number, nil)
	return err
}

// fitting are the problems that can be true of a line that a request of a kind is about; others
// have ways of their own.
var fitting = map[models.RequestKind][]models.Reason{
	models.RequestCancel: {models.NotReceived, models.UnexpectedCharge},
	models.RequestReturn: {models.NotAsDescribed, models.DamagedOrDefective, models.WrongOrMissingItem},
}

// requestReasons are the reasons offered.
func requestReasons(kind models.RequestKind) []string {
	var list []string
	for _, r := range models.RequestReasons(kind) {
		if !r.Covered() || slices.Contains(fitting[kind], r) {
			list = append(list, string(r))
		}
	}
	return list
}

// reasonHint is what a reason means: for the guarantee, and for the postage of a return.
func (r lineRows) reasonHint(kind models.RequestKind, reason models.Reason) string {
	var hints []string
	if kind == models.RequestReturn {
		hints = append(hints, r.text("request_page.postage_"+string(r.policy.ReturnPostage(reason, r.line.Listing))))
	}
	switch {
	case !reason.Covered():
		hints = append(hints, r.text("request_page.no_contact"))
	case r.live():
		hints = append(hints, r.text("request_page.contact_runs", "opens_at", r.line.Contact.WaitEndsAt))
	default:
		hints = append(hints, r.text("request_page.contact", "wait", r.policy.Wait()))
	}
	return r.sentences(hints...)
}

// ownRequest is a request of whoever is signed in as the order's buyer.
func (h *Handlers) ownRequest(c *gin.Context) (models.Order, models.Request, error) {
	o, l, err := h.ownLine(c)
	if err != nil {
		return o, models.Request{}, err
	}
	r, _, err := h.store.RequestByID(c.Request.Context(), requestOf(c).actor, o.Number, l.Number, c.Param("id"))
	return o, r, err
}

// showWithdrawRequest asks once before a request is taken back.
func (h *Handlers) showWithdrawRequest(c *gin.Context) error {
	o, r, err := h.ownRequest(c)
	if err != nil {
		return err
	}
	if r.Status != models.RequestOpen {
		return seeOther(c, h.words(c).path("my/orders", o.Number))
	}
	return h.withdrawRequestForm(h.newEntry(c, nil), o, r)
}

func (h *Handlers) withdrawRequestForm(f *entry, o models.Order, r models.Request) error {
	w := f.words
	page := confirmPage{
		Lead: w.text("request_page.withdraw_lead"), Points: []string{w.text("request_page.withdraw_again")},
		Item:   []templates.SummaryRow{w.row(w.text("contact.item"), r.Title), w.row(w.label("role", "seller"), r.SellerName), {Label: w.text("request_page.reason"), Value: w.label("reason", string(r.Reason))}},
		Submit: templates.Submit{Label: w.text("request_page.withdraw"), Cancel: &templates.Link{Label: w.text("action.cancel"), Href: w.path("my/orders", o.Number)}},
	}
	if r.Contact() {
		page.Points = append(page.Points, w.text("request_page.withdraw_contact"))
	}
	p := h.page(f.c, w.text("request_page.withdraw"), page)
	p.Back = &templates.Link{Label: w.text("orders.order", "number", o.Number), Href: w.path("my/orders", o.Number)}
	return f.showPage("contact/confirm", p)
}

func (h *Handlers) postWithdrawRequest(c *gin.Context) error {
	o, r, err := h.ownRequest(c)
	if err != nil {
		return err
	}
	f, err := h.readEntry(c, nil)
	if err != nil {
		return err
	}
	if r.Status == models.RequestWithdrawn {
		return seeOther(c, f.words.path("my/orders", o.Number)) // said twice, meant once
	}
	if _, err := h.store.WithdrawRequest(c.Request.Context(), requestOf(c).actor, models.RequestRef{OrderNumber: o.Number, Line: r.Line, ID: r.ID}); err != nil {
		if err := f.refused(err); err != nil {
			return err
		}
		return h.withdrawRequestForm(f, o, r)
	}
	return seeOther(c, f.words.path("my/orders", o.Number)+"?done=request_withdrawn")
}
