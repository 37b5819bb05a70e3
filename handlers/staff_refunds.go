package handlers

import (
	"context"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// refundDesk lists what of refunds could not be paid or should have been.
type refundDesk struct {
	Lead  string
	Tabs  []templates.Link
	Table templates.Table
}

func (h *Handlers) listRefundDesk(c *gin.Context) error {
	d, by := h.desk(c, models.SideStaff), requestOf(c).actor
	view := models.RefundDeskView(c.Query("v"))
	if !slices.Contains(models.RefundDeskViews, view) {
		view = models.RefundDeskViews[0]
	}
	content, next, err := h.refundDesk(c, d, by, view)
	if err != nil {
		return listError(err)
	}
	if pages := listPages(c, next); pages != nil {
		for _, href := range []*string{&pages.First, &pages.Prev, &pages.Next} {
			if *href != "" {
				*href = plus(*href, "v", string(view))
			}
		}
		content.Table.Pages = pages
	}
	p := h.page(c, d.text("nav.refund_desk"), content)
	p.Wide = true
	asDesk(c, &p)
	if done := c.Query("done"); slices.Contains([]string{"retried", "asked", "decided", "proposed", "decided_before", notNow}, done) {
		p.Banner = &templates.Banner{Tone: "ok", Title: d.label("refund_desk.done", done), Role: "status"}
		if done == notNow || done == "decided_before" {
			p.Banner.Tone = "info"
		}
	}
	return h.render(c, 200, "staff/refunds", p)
}

// refundDesk is a page of a view, with the views there are; that of what does not fit says how much
// there is, since its refunds are held.
func (h *Handlers) refundDesk(c *gin.Context, d desk, by models.Actor, view models.RefundDeskView) (content refundDesk, next string, err error) {
	page := models.Page{Limit: 50, Cursor: c.Query("cursor")}
	open := models.Page{Limit: page.Limit}
	if view == models.RefundsMismatched {
		open = page
	}
	loose, more, err := h.store.MismatchDesk(c.Request.Context(), by, open)
	if err != nil {
		return content, "", err
	}
	if view == models.RefundsMismatched {
		content.Lead, content.Table, next = d.text("mismatch.lead"), d.mismatchTable(loose), more
	} else {
		items, after, err := h.store.RefundDesk(c.Request.Context(), by, view, page)
		if err != nil {
			return content, "", err
		}
		content.Lead, content.Table, next = d.text("refund_desk.lead"), d.refundTable(view, items, h.instantNow(c)), after
	}
	for _, v := range models.RefundDeskViews {
		tab := templates.Link{Label: d.label("refund_desk.view", string(v)), Href: d.path("staff/refunds") + "?v=" + string(v), Current: v == view}
		if v == models.RefundsMismatched {
			tab.Count, tab.More = len(loose), more != ""
		}
		content.Tabs = append(content.Tabs, tab)
	}
	return content, next, nil
}

// instantNow is pageTime as rules have it.
func (h *Handlers) instantNow(c *gin.Context) models.Instant { return models.InstantOf(h.pageTime(c)) }

func (d desk) refundTable(view models.RefundDeskView, items []models.DeskLeg, now models.Instant) templates.Table {
	t := templates.Table{
		Caption: d.label("refund_desk.view", string(view)), Empty: &templates.Empty{Text: d.label("refund_desk.empty", string(view))},
		Columns: []templates.Column{
			{Label: d.text("work.number")},
			{Label: d.text("breakdown.to")},
			{Label: d.text("breakdown.amount"), Number: true},
			{Label: d.text("refund_desk.due")},
			{Label: d.text("work.status")},
			{Label: d.text("refund_desk.why")},
			{Label: d.text("refund_desk.tries"), Number: true},
			{Label: d.text("refund_desk.next")},
		},
	}
	if view != models.RefundsWaiting {
		t.Empty.Link = &templates.Link{Label: d.label("refund_desk.view", string(models.RefundsWaiting)), Href: d.path("staff/refunds") + "?v=" + string(models.RefundsWaiting)}
	}
	for _, l := range items {
		t.Rows = append(t.Rows, templates.Row{Cells: []templates.Cell{
			{Link: &templates.Link{Label: l.ClaimNumber, Href: d.path("staff/cases", l.ClaimNumber)}},
			{Text: d.legName(l.Leg)},
			{Money: &templates.Money{Amount: l.Amount, Currency: l.Currency}},
			{Due: &templates.Clock{At: l.DueAt.Time(), Now: now.Time(), Kind: templates.ClockDue}},
			{Tag: legTag(d.words, l.Leg)},
			d.cell(l.Failure),
			{Text: d.text("refund_desk.times", "count", l.Tries)},
			d.legNext(l),
		}})
	}
	return t
}

// legTag is the state of a leg.
func legTag(w words, l models.Leg) *templates.Tag {
	tag := templates.Tag{Status: "refunding", Role: "staff", Text: w.label("refund_desk.leg", string(l.Status))}
	switch l.Status {
	case models.LegDone:
		tag.Status = "refunded"
	case models.LegFailed, models.LegHeld:
		tag.Status = "attention"
	case models.LegCancelled:
		tag.Status = "withdrawn"
	case models.LegPending, models.LegSent, models.LegRetried:
	}
	return &tag
}

// legNext is what the viewer may do about a leg, or who is waited for.
func (d desk) legNext(l models.DeskLeg) templates.Cell {
	retry := &templates.Link{Label: d.text("refund_desk.retry"), Href: d.path("staff/refunds", l.RefundID, "legs", l.ID, "retry")}
	switch {
	case l.MayRetry && l.AskedBy != "":
		return templates.Cell{Link: retry, Text: d.text("refund_desk.asked_by", "name", l.AskedBy)}
	case l.MayRetry:
		return templates.Cell{Link: retry}
	case l.AskedBy != "":
		return templates.Cell{Text: d.text("refund_desk.asked_by", "name", l.AskedBy)}
	case l.Party:
		return templates.Cell{Text: d.text("refund_desk.party")}
	case l.Status == models.LegFailed:
		return templates.Cell{Text: d.text("refund_desk.not_yours")}
	case l.Overdue:
		return templates.Cell{Text: d.text("refund_desk.ask_payments")}
	}
	return templates.Cell{Text: d.text("refund_desk.wait")}
}

// retryPage stops before money is sent once more.
type retryPage struct {
	Facts []templates.SummaryRow
	Stop  templates.Interruption
}

func (h *Handlers) showRetry(c *gin.Context) error { return h.retryForm(c, h.newEntry(c, nil)) }

func (h *Handlers) retryForm(c *gin.Context, f *entry) error {
	l, err := h.store.LegOnDesk(c.Request.Context(), requestOf(c).actor, c.Param("id"), c.Param("leg"))
	if err != nil {
		return err
	}
	d := h.desk(c, models.SideStaff)
	back := d.path("staff/refunds")
	if !l.MayRetry && f.ok() {
		return seeOther(c, plus(back, "done", notNow))
	}
	content := retryPage{
		Facts: []templates.SummaryRow{
			{Label: d.text("work.number"), Links: []templates.Link{{Label: l.ClaimNumber, Href: d.path("staff/cases", l.ClaimNumber)}}},
			{Label: d.text("breakdown.to"), Value: d.legName(l.Leg)},
			{Label: d.text("breakdown.amount"), Money: &templates.Money{Amount: l.Amount, Currency: l.Currency}},
			{Label: d.text("refund_desk.tries"), Value: d.text("refund_desk.times", "count", l.Tries)},
		},
		Stop: templates.Interruption{
			Title: d.text("refund_desk.retry_title"), Heading: true, Text: []string{d.text("refund_desk.retry_text")}, Points: []string{d.text("refund_desk.retry_same"), d.text("refund_desk.retry_told")},
			On: templates.Submit{Label: d.text("refund_desk.retry"), Cancel: &templates.Link{Label: d.text("action.cancel"), Href: back}},
		},
	}
	if l.Failure != "" {
		content.Facts = slices.Insert(content.Facts, 3, d.row(d.text("refund_desk.why"), l.Failure))
	}
	switch {
	case l.NeedsSecond && l.RetryBy == "":
		content.Stop.Points = append(content.Stop.Points, d.text("refund_desk.retry_ask"))
		content.Stop.On.Label = d.text("refund_desk.ask")
	case l.NeedsSecond:
		content.Stop.Points = append(content.Stop.Points, d.text("refund_desk.retry_second"))
	}
	p := h.page(c, content.Stop.Title, content)
	p.Back = &templates.Link{Label: d.text("nav.refund_desk"), Href: back, Key: "u"}
	asDesk(c, &p)
	p.Wide = false
	return f.showPage("staff/retry", p)
}

// postRetry has a leg tried again, or asks for it where that takes two.
func (h *Handlers) postRetry(c *gin.Context) error {
	f, err := h.readEntry(c, nil)
	if err != nil {
		return err
	}
	ctx, by, id, leg := c.Request.Context(), requestOf(c).actor, c.Param("id"), c.Param("leg")
	v, err := h.store.RetryLeg(ctx, by, id, leg)
	if err != nil {
		if err := f.refused(err); err != nil {
			return err
		}
		return h.retryForm(c, f)
	}
	done := "retried"
	if at := slices.IndexFunc(v.Legs, func(l models.Leg) bool { return l.ID == leg }); at >= 0 && v.Legs[at].Status == models.LegFailed {
		done = "asked"
	}
	return seeOther(c, plus(f.words.path("staff/refunds"), "done", done))
}

// caseRefund is the money of a case: how far it has come, in all and by the part.
type caseRefund struct {
	Rows []templates.SummaryRow
	Link templates.Link
}

// caseRefund is nil where no money is owed.
func (h *Handlers) caseRefund(ctx context.Context, d desk, v models.ClaimView) (*caseRefund, error) {
	if v.Refund == nil {
		return nil, nil //nolint:nilnil // most cases have none
	}
	legs, err := h.store.LegsOf(ctx, v)
	if err != nil {
		return nil, err
	}
	r := &caseRefund{
		Rows: []templates.SummaryRow{{Label: d.text("claims.refund_state"), Value: d.spoken(v.Refund.Total, v.Currency) + "\n" + d.label("refund_desk.refund", string(v.Refund.Status))}},
		Link: templates.Link{Label: d.text("nav.refund_desk"), Href: d.path("staff/refunds")},
	}
	r.Rows = append(r.Rows, templates.SummaryRow{Label: d.text("seller_statement.of_seller"), Links: []templates.Link{{Label: v.SellerName, Href: d.path("staff/sellers", v.SellerID, "statement")}}})
	for _, l := range legs {
		said := []string{d.spoken(l.Amount, v.Currency), d.legOurs(l, v.Now)}
		r.Rows = append(r.Rows, templates.SummaryRow{Label: d.legName(l), Value: strings.Join(said, "\n")})
		if l.Failure != "" {
			r.Rows = append(r.Rows, d.row(d.text("refund_desk.why"), l.Failure))
		}
	}
	return r, nil
}
