package handlers

import (
	"strconv"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// sellerRequests is the list of requests that wait for the seller's answer.
type sellerRequests struct {
	Table templates.Table
}

// listSellerRequests shows them by due date.
func (h *Handlers) listSellerRequests(c *gin.Context) error {
	d := h.desk(c, models.SideSeller)
	list, next, err := h.store.OpenRequests(c.Request.Context(), requestOf(c).actor, models.Page{Cursor: c.Query("cursor")})
	if err != nil {
		return listError(err)
	}
	t := h.requestTable(c, d, list)
	t.Empty = &templates.Empty{Text: d.text("request_page.todo_empty"), Link: &templates.Link{Label: d.text("seller.all_orders"), Href: d.path("seller/orders")}}
	t.Pages = listPages(c, next)
	p := h.page(c, d.text("request_page.todo"), sellerRequests{t})
	p.Wide = true
	p.Back = &templates.Link{Label: d.text("seller.home"), Href: d.path("seller")}
	return h.render(c, 200, "seller/requests", p)
}

func (h *Handlers) requestTable(c *gin.Context, d desk, list []models.Request) templates.Table {
	now := h.pageTime(c)
	t := templates.Table{Caption: d.text("request_page.todo"), Columns: []templates.Column{
		{Label: d.text("request_page.kind")}, {Label: d.text("work.due_by")}, {Label: d.text("request_page.reason")}, {Label: d.text("work.order")}, {Label: d.text("work.item")},
	}}
	for _, r := range list {
		t.Rows = append(t.Rows, templates.Row{Cells: []templates.Cell{
			{Link: &templates.Link{Label: d.label("request", string(r.Kind)), Href: d.requestPath(r)}},
			{Due: &templates.Clock{At: r.DueAt.Time(), Now: now, Kind: templates.ClockDue}},
			{Text: d.label("reason_short", string(r.Reason))},
			{Text: r.OrderNumber},
			d.cell(r.Title),
		}})
	}
	return t
}

func (d desk) requestPath(r models.Request) string {
	return d.path("seller/orders", r.OrderNumber, "lines", strconv.Itoa(r.Line), "requests", r.ID)
}

// sellerRequestPart is a request on the page of its order.
func (d desk) sellerRequestPart(r models.Request) requestPart {
	part := requestPart{Title: d.label("request", string(r.Kind)), Tag: requestTag(d.words, r, "seller"), Text: d.requestStands(r)}
	if r.Status == models.RequestOpen {
		part.Next = &templates.Link{Label: d.text("request_page.answer_request"), Href: d.requestPath(r)}
	}
	return part
}

// requestStands is where a request stands, to its seller.
func (d desk) requestStands(r models.Request) string {
	key := "request_page.seller_" + string(r.Status)
	if r.Status == models.RequestAccepted {
		key += "_" + string(r.Kind)
	}
	return d.text(key, "due_at", r.DueAt, "last_at", r.DueAt, "answered_at", r.AnsweredAt, "closed_at", r.ClosedAt)
}

var answerRequestQuestions = questions{
	"choice": choice("request_page.choice"), "message": story("request_page.message", messageMax), "return_address": story("request_page.address", 500),
}

// sellerRequest is one request, with the form to answer it while it is open.
type sellerRequest struct {
	Tag     templates.Tag
	Stands  string
	Clock   *templates.Clock
	Facts   []templates.SummaryRow
	Wrote   []templates.Message
	Once    templates.Hidden
	Choice  templates.Field
	Message *templates.Field
	Address *templates.Field
	Final   string
	Submit  templates.Submit
	Order   templates.Link
}

// sellerRequestOf is a request about an order of the seller's; a member's own purchase is not found here.
func (h *Handlers) sellerRequestOf(c *gin.Context) (models.Request, error) {
	n, err := lineParam(c)
	if err != nil {
		return models.Request{}, err
	}
	o, err := h.sellerOrderOf(c)
	if err != nil {
		return models.Request{}, err
	}
	r, side, err := h.store.RequestByID(c.Request.Context(), requestOf(c).actor, o.Number, n, c.Param("id"))
	if err == nil && side != models.SideSeller {
		err = notFound()
	}
	return r, err
}

func (h *Handlers) showSellerRequest(c *gin.Context) error {
	r, err := h.sellerRequestOf(c)
	if err != nil {
		return err
	}
	return h.sellerRequestPage(h.newEntry(c, answerRequestQuestions), r)
}

func (h *Handlers) postSellerRequest(c *gin.Context) error {
	r, err := h.sellerRequestOf(c)
	if err != nil {
		return err
	}
	f, err := h.readEntry(c, answerRequestQuestions)
	if err != nil {
		return err
	}
	ctx, by, ref := c.Request.Context(), requestOf(c).actor, models.RequestRef{OrderNumber: r.OrderNumber, Line: r.Line, ID: r.ID}
	if f.oneOf("choice", string(models.AcceptsRequest), string(models.DeclinesRequest)); f.get("choice") == string(models.DeclinesRequest) {
		f.need("message")
	}
	if f.ok() {
		err := f.doOnce(func() (err error) {
			if f.get("choice") == string(models.AcceptsRequest) {
				_, err = h.store.AcceptRequest(ctx, by, ref, models.AcceptRequest{Message: f.get("message"), ReturnAddress: f.get("return_address")})
			} else {
				_, err = h.store.DeclineRequest(ctx, by, ref, models.DeclineRequest{Message: f.get("message")})
			}
			return err
		})
		if err == nil {
			return seeOther(c, h.desk(c, models.SideSeller).requestPath(r)+"?done=sent")
		}
		if err := f.refused(err); err != nil {
			return err
		}
		if r, err = h.sellerRequestOf(c); err != nil { // it may have moved on
			return err
		}
	}
	return h.sellerRequestPage(f, r)
}

func (h *Handlers) sellerRequestPage(f *entry, r models.Request) error {
	c := f.c
	d, now := h.desk(c, models.SideSeller), h.pageTime(c)
	page := sellerRequest{
		Tag: requestTag(d.words, r, "seller"), Stands: d.requestStands(r), Order: templates.Link{Label: d.text("seller.open_order"), Href: d.path("seller/orders", r.OrderNumber)},
		Facts: append([]templates.SummaryRow{d.row(d.text("contact.item"), r.Title)}, d.requestFacts(r, models.SideSeller)...),
		Wrote: d.messages([]models.Message{{AuthorRole: models.SideBuyer, Body: r.Message, Locale: r.MessageLocale, Topic: models.GeneralTopic, SentAt: r.SentAt, Evidence: r.Evidence}}),
	}
	if r.Contact() {
		page.Stands = d.sentences(page.Stands, d.text("request_page.is_contact"))
	}
	if r.Status == models.RequestOpen {
		page.Clock = &templates.Clock{Label: d.text("work.due_by"), At: r.DueAt.Time(), Now: now, Kind: templates.ClockDue, After: d.text("request_page.silent")}
		d.answerFields(f, &page, r)
	} else {
		page.Message = f.late("message")
	}
	p := h.page(c, d.label("request", string(r.Kind)), page)
	p.Back = &templates.Link{Label: d.text("seller.order_title", "number", r.OrderNumber), Href: d.path("seller/orders", r.OrderNumber)}
	if c.Query("done") == "sent" && r.Status != models.RequestOpen {
		p.Banner = &templates.Banner{Tone: "ok", Title: d.text("request_page.said_sent"), Role: "status"}
	}
	return f.showPage("seller/request", p)
}

// answerFields are the two answers with what each leads to, and the words for the buyer.
func (d desk) answerFields(f *entry, page *sellerRequest, r models.Request) {
	page.Once = f.once()
	page.Choice = f.choices("choice", "", []string{string(models.AcceptsRequest), string(models.DeclinesRequest)}, func(v string) string { return d.text("request_page." + v) })
	payer := ""
	if r.Postage != "" {
		payer = d.text("request_page.payer_" + string(r.Postage))
	}
	page.Choice.Choices[0].Hint = d.text("request_page.effect_accept_"+string(r.Kind), "payer", payer)
	page.Choice.Choices[1].Hint = d.text("request_page.effect_decline")
	message := f.field("message", "request_page.answer_hint")
	message.Rows = 4
	page.Message = &message
	if r.Kind == models.RequestReturn {
		address := f.field("return_address", "request_page.address_hint")
		address.Rows, address.Optional = 3, true
		page.Address = &address
	}
	page.Final = d.text("request_page.final")
	page.Submit = templates.Submit{Label: d.text("request_page.send"), Cancel: &templates.Link{Label: d.text("action.cancel"), Href: d.path("seller/orders", r.OrderNumber)}}
}
