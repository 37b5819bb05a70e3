package handlers

import (
	"context"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// The admin's pages about who is told of events.

var webhookQuestions = questions{"url": typed("webhooks.url"), "types": typed("webhooks.types")}

type webhookList struct {
	Table templates.Table
	Add   *templates.Link // nil where there is no room for another
}

// listWebhooks are all endpoints, of integrations too.
func (h *Handlers) listWebhooks(c *gin.Context) error {
	d := h.desk(c, models.SideStaff)
	list, err := h.store.WebhookEndpoints(c.Request.Context(), requestOf(c).actor)
	if err != nil {
		return err
	}
	content := webhookList{Table: templates.Table{
		Caption: d.text("nav.webhooks"), Empty: &templates.Empty{Text: d.text("webhooks.empty")},
		Columns: []templates.Column{{Label: d.text("webhooks.url")}, {Label: d.text("work.status")}, {Label: d.text("webhooks.waiting"), Number: true}, {Label: d.text("webhooks.given_up"), Number: true}, {Label: d.text("webhooks.error")}},
	}}
	if len(list) < models.MaxWebhookEndpoints {
		content.Add = &templates.Link{Label: d.text("webhooks.add"), Href: d.path("staff/webhooks/new")}
	}
	for _, e := range list {
		content.Table.Rows = append(content.Table.Rows, templates.Row{Cells: []templates.Cell{
			{Link: &templates.Link{Label: e.URL, Href: d.path("staff/webhooks", e.ID)}, Code: true},
			{Tag: webhookTag(d.words, e)},
			{Text: strconv.Itoa(e.Waiting)},
			{Text: strconv.Itoa(e.GivenUp)},
			d.cell(d.webhookWhy(e.LastError)),
		}})
	}
	p := h.page(c, d.text("nav.webhooks"), content)
	p.Wide = true
	asDesk(c, &p)
	if c.Query("done") == "deleted" {
		p.Banner = &templates.Banner{Tone: "ok", Title: d.label("webhooks.done", "deleted"), Role: "status"}
	}
	return h.render(c, 200, "staff/webhooks", p)
}

func webhookTag(w words, e models.WebhookEndpoint) *templates.Tag {
	status := viewWebhookEndpoint(e).Status
	return &templates.Tag{Status: map[string]string{"active": "refunded", "failing": "attention", "disabled": "withdrawn"}[status], Role: "staff", Text: w.label("webhooks.status", status)}
}

// webhookWhy is why a try failed. What the receiver or the network has said otherwise stays as it is.
func (w words) webhookWhy(cause string) string {
	if status, ok := strings.CutPrefix(cause, "the receiver answered "); ok {
		return w.text("webhooks.answered", "status", status)
	}
	code := strings.ReplaceAll(cause, " ", "_")
	if said := w.label("webhooks.why", code); said != code {
		return said
	}
	return cause
}

type webhookForm struct {
	URL, Types templates.Field
	Once       templates.Hidden
	Submit     templates.Submit
	Secret     string // shown once, in place of the form
	Done       templates.Link
}

func (h *Handlers) showNewWebhook(c *gin.Context) error {
	return h.webhookForm(c, h.newEntry(c, webhookQuestions))
}

func (h *Handlers) webhookForm(c *gin.Context, f *entry) error {
	w := f.words
	back := w.path("staff/webhooks")
	content := webhookForm{
		URL: f.field("url", "webhooks.url_hint"), Types: f.field("types", "webhooks.types_hint"), Once: f.once(),
		Submit: templates.Submit{Label: w.text("webhooks.create"), Cancel: &templates.Link{Label: w.text("action.cancel"), Href: back}},
	}
	p := h.page(c, w.text("webhooks.add"), content)
	p.Back = &templates.Link{Label: w.text("nav.webhooks"), Href: back, Key: "u"}
	asDesk(c, &p)
	p.Wide = false
	return f.showPage("staff/webhook_new", p)
}

// postNewWebhook shows the secret, which is shown once, in its answer.
func (h *Handlers) postNewWebhook(c *gin.Context) error {
	f, err := h.readEntry(c, webhookQuestions)
	if err != nil {
		return err
	}
	split := func(r rune) bool { return strings.ContainsRune(" ,、\n\r\t　", r) }
	in := models.WebhookEndpointInput{URL: strings.TrimSpace(f.get("url")), Types: strings.FieldsFunc(f.get("types"), split)}
	var made models.WebhookEndpoint
	secret := ""
	if err := f.doOnce(func() (err error) {
		made, secret, err = h.store.CreateWebhookEndpoint(c.Request.Context(), requestOf(c).actor, in)
		return err
	}); err != nil {
		if err := f.refused(err); err != nil {
			return err
		}
		return h.webhookForm(c, f)
	}
	w := f.words
	if secret == "" { // made by an earlier sending of this form, which has shown it
		return seeOther(c, w.path("staff/webhooks"))
	}
	h.keptWebhook(c, "webhook endpoint created", made.ID)
	p := h.page(c, w.text("webhooks.made"), webhookForm{Secret: secret, Done: templates.Link{Label: w.text("webhooks.open"), Href: w.path("staff/webhooks", made.ID)}})
	asDesk(c, &p)
	p.Wide = false
	c.Header("Cache-Control", "no-store")
	return h.render(c, 200, "staff/webhook_new", p)
}

type webhookPage struct {
	Facts  []templates.SummaryRow
	Table  templates.Table
	Test   string // where a test is asked for; "" where nothing is sent
	Enable string
	Delete templates.Link
}

func (h *Handlers) showWebhook(c *gin.Context) error {
	ctx, by, id, d := c.Request.Context(), requestOf(c).actor, c.Param("id"), h.desk(c, models.SideStaff)
	e, err := h.store.WebhookEndpointByID(ctx, by, id)
	if err != nil {
		return err
	}
	items, next, err := h.store.WebhookDeliveries(ctx, by, id, models.Page{Limit: 50, Cursor: c.Query("cursor")})
	if err != nil {
		return listError(err)
	}
	types := templates.SummaryRow{Label: d.text("webhooks.types"), Value: strings.Join(e.Types, " "), Code: true}
	if len(e.Types) == 0 {
		types.Value, types.Code = d.text("webhooks.all"), false
	}
	content := webhookPage{
		Facts: []templates.SummaryRow{
			d.webhookAddress(e),
			types,
			{Label: d.text("work.status"), Value: d.label("webhooks.status", viewWebhookEndpoint(e).Status)},
			{Label: d.text("webhooks.waiting"), Value: strconv.Itoa(e.Waiting)},
			{Label: d.text("webhooks.given_up"), Value: strconv.Itoa(e.GivenUp)},
		},
		Table:  d.deliveryTable(e, items),
		Delete: templates.Link{Label: d.text("webhooks.delete"), Href: d.path("staff/webhooks", id, "delete")},
	}
	if e.DeliveredAt != 0 {
		content.Facts = append(content.Facts, templates.SummaryRow{Label: d.text("webhooks.delivered"), At: timeOf(e.DeliveredAt)})
	}
	if e.LastError != "" {
		content.Facts = append(content.Facts, d.row(d.text("webhooks.error"), d.webhookWhy(e.LastError)))
	}
	if e.DisabledAt != 0 {
		content.Enable = d.path("staff/webhooks", id, "enable")
	} else {
		content.Test = d.path("staff/webhooks", id, "test")
	}
	content.Table.Pages = listPages(c, next)
	p := h.page(c, d.text("webhooks.this"), content)
	p.Wide = true
	p.Back = &templates.Link{Label: d.text("nav.webhooks"), Href: d.path("staff/webhooks"), Key: "u"}
	asDesk(c, &p)
	if done := c.Query("done"); done == "tested" || done == "retried" || done == "enabled" || done == notNow {
		p.Banner = &templates.Banner{Tone: "ok", Title: d.label("webhooks.done", done), Role: "status"}
		if done == notNow {
			p.Banner.Tone = "info"
		}
	}
	return h.render(c, 200, "staff/webhook", p)
}

func (w words) webhookAddress(e models.WebhookEndpoint) templates.SummaryRow {
	return templates.SummaryRow{Label: w.text("webhooks.url"), Value: e.URL, Code: true}
}

func (d desk) deliveryTable(e models.WebhookEndpoint, items []models.WebhookDelivery) templates.Table {
	t := templates.Table{
		Caption: d.text("webhooks.deliveries"), Empty: &templates.Empty{Text: d.text("webhooks.no_deliveries")},
		Columns: []templates.Column{{Label: d.text("webhooks.type")}, {Label: d.text("webhooks.at")}, {Label: d.text("work.status")}, {Label: d.text("webhooks.answer")}, {Label: d.text("webhooks.tries"), Number: true}, {Label: d.text("webhooks.next")}, {Label: d.text("webhooks.do")}},
	}
	for _, x := range items {
		next, do := templates.Cell{Text: "–"}, templates.Cell{Text: "–"}
		if x.Waits() && e.DisabledAt == 0 {
			next = templates.Cell{At: timeOf(x.DueAt)}
		}
		if x.MayRetry() && e.DisabledAt == 0 {
			do = templates.Cell{Link: &templates.Link{Label: d.text("webhooks.retry"), Href: d.path("staff/webhooks", e.ID, "deliveries", x.ID)}}
		}
		t.Rows = append(t.Rows, templates.Row{Cells: []templates.Cell{
			{Text: x.Type, Code: true}, {At: timeOf(x.CreatedAt)}, {Text: d.label("webhooks.state", x.State)}, d.cell(d.webhookAnswer(x)), {Text: strconv.Itoa(x.Tries)}, next, do,
		}})
	}
	return t
}

// webhookAnswer is what came of the last try.
func (w words) webhookAnswer(x models.WebhookDelivery) string {
	switch {
	case x.Error != "":
		return w.webhookWhy(x.Error)
	case x.Status != 0:
		return strconv.Itoa(x.Status)
	}
	return "–"
}

// showDeleteWebhook stops before an endpoint is deleted.
func (h *Handlers) showDeleteWebhook(c *gin.Context) error {
	e, err := h.store.WebhookEndpointByID(c.Request.Context(), requestOf(c).actor, c.Param("id"))
	if err != nil {
		return err
	}
	return h.webhookStop(c, "delete", []templates.SummaryRow{h.words(c).webhookAddress(e)})
}

// showRetryWebhook stops before a delivery is sent again.
func (h *Handlers) showRetryWebhook(c *gin.Context) error {
	ctx, by, w := c.Request.Context(), requestOf(c).actor, h.words(c)
	e, err := h.store.WebhookEndpointByID(ctx, by, c.Param("id"))
	if err != nil {
		return err
	}
	x, err := h.store.WebhookDeliveryByID(ctx, by, e.ID, c.Param("delivery"))
	if err != nil {
		return err
	}
	if !x.MayRetry() || e.DisabledAt != 0 {
		return seeOther(c, plus(w.path("staff/webhooks", e.ID), "done", notNow))
	}
	return h.webhookStop(c, "retry", []templates.SummaryRow{
		w.webhookAddress(e),
		{Label: w.text("webhooks.type"), Value: x.Type, Code: true},
		{Label: w.text("webhooks.at"), At: timeOf(x.CreatedAt)},
		w.row(w.text("webhooks.answer"), w.webhookAnswer(x)),
	})
}

func (h *Handlers) webhookStop(c *gin.Context, kind string, facts []templates.SummaryRow) error {
	w := h.words(c)
	back := w.path("staff/webhooks", c.Param("id"))
	content := retryPage{
		Facts: facts,
		Stop: templates.Interruption{
			Title: w.text("webhooks." + kind + "_title"), Heading: true, Text: []string{w.text("webhooks." + kind + "_text")},
			On: templates.Submit{Label: w.text("webhooks." + kind), Danger: kind == "delete", Cancel: &templates.Link{Label: w.text("action.cancel"), Href: back}},
		},
	}
	p := h.page(c, content.Stop.Title, content)
	p.Back = &templates.Link{Label: w.text("webhooks.this"), Href: back, Key: "u"}
	asDesk(c, &p)
	p.Wide = false
	return h.render(c, 200, "staff/retry", p)
}

// keepWebhook does one thing to an endpoint and leads back, with the word for it. What cannot
// be done any more is said there.
func (h *Handlers) keepWebhook(done, said string, act func(context.Context, models.Actor, *gin.Context) error) func(*gin.Context) error {
	return func(c *gin.Context) error {
		back := h.words(c).path("staff/webhooks", c.Param("id"))
		err := act(c.Request.Context(), requestOf(c).actor, c)
		switch {
		case models.KindOf(err) == models.Conflict:
			return seeOther(c, plus(back, "done", notNow))
		case err != nil:
			return err
		}
		h.keptWebhook(c, said, c.Param("id"))
		if done == "deleted" {
			back = h.words(c).path("staff/webhooks")
		}
		return seeOther(c, plus(back, "done", done))
	}
}

// webhookPages are for admins.
func (h *Handlers) webhookPages() []route {
	const one = "/staff/webhooks/:id"
	return []route{
		getPage("/staff/webhooks", admins, h.listWebhooks, nil),
		getPage("/staff/webhooks/new", admins, h.showNewWebhook, nil),
		postPage("/staff/webhooks/new", admins, h.postNewWebhook, nil),
		getPage(one, admins, h.showWebhook, h.seesWebhook),
		getPage(one+"/delete", admins, h.showDeleteWebhook, h.seesWebhook),
		getPage(one+"/deliveries/:delivery", admins, h.showRetryWebhook, h.seesWebhook),
		postPage(one+"/delete", admins, h.keepWebhook("deleted", "webhook endpoint deleted", func(ctx context.Context, by models.Actor, c *gin.Context) error {
			_, err := h.store.DeleteWebhookEndpoint(ctx, by, c.Param("id"))
			return err
		}), h.seesWebhook),
		postPage(one+"/deliveries/:delivery", admins, h.keepWebhook("retried", "webhook retried", func(ctx context.Context, by models.Actor, c *gin.Context) error {
			_, err := h.store.RetryWebhook(ctx, by, c.Param("id"), c.Param("delivery"))
			return err
		}), h.seesWebhook),
		postPage(one+"/test", admins, h.keepWebhook("tested", "webhook tested", func(ctx context.Context, by models.Actor, c *gin.Context) error {
			_, err := h.store.SendTestWebhook(ctx, by, c.Param("id"))
			return err
		}), h.seesWebhook),
		postPage(one+"/enable", admins, h.keepWebhook("enabled", "webhook endpoint enabled", func(ctx context.Context, by models.Actor, c *gin.Context) error {
			_, err := h.store.EnableWebhook(ctx, by, c.Param("id"))
			return err
		}), h.seesWebhook),
	}
}
