package handlers

import (
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// staffReportsPage groups reports by seller, or sets those of one side by side.
type staffReportsPage struct {
	Lead    string
	Tabs    []templates.Link
	Table   templates.Table
	Seller  []templates.SummaryRow
	Reports []staffReport
	Pages   *templates.Pages
	Empty   *templates.Empty
}

type staffReport struct {
	Number string
	Tag    templates.Tag
	Facts  []templates.SummaryRow
	Orders []templates.SummaryRow
	Files  []templates.EvidenceItem
}

// listStaffReports is the desk of reports: sellers, the latest reported first, or one of them.
func (h *Handlers) listStaffReports(c *gin.Context) error {
	if seller := c.Query("seller"); seller != "" {
		return h.listReportsOfSeller(c, seller)
	}
	d := h.desk(c, models.SideStaff)
	waiting := c.Query("v") != "closed"
	list, next, err := h.store.ReportedSellers(c.Request.Context(), requestOf(c).actor, waiting, models.Page{Limit: 20, Cursor: c.Query("cursor")})
	if err != nil {
		return listError(err)
	}
	ids := make([]string, 0, len(list))
	for _, r := range list {
		ids = append(ids, r.SellerID)
	}
	open, err := h.store.OpenInvestigations(c.Request.Context(), requestOf(c).actor, ids)
	if err != nil {
		return err
	}
	base := d.path("staff/reports")
	page := staffReportsPage{Lead: d.text("staff_reports.lead"), Tabs: []templates.Link{
		{Label: d.text("staff_reports.waiting"), Href: plus(base, "by", "seller"), Current: waiting},
		{Label: d.text("staff_reports.closed"), Href: plus(plus(base, "by", "seller"), "v", "closed"), Current: !waiting},
		{Label: d.text("flags.list"), Href: d.path("staff/flags")},
	}}
	page.Table = templates.Table{
		Caption: d.text("staff_reports.caption"), Pages: listPages(c, next), Empty: &templates.Empty{Text: d.text("staff_reports.none")},
		Columns: []templates.Column{
			{Label: d.label("role", "seller")},
			{Label: d.text("staff_reports.buyers"), Number: true},
			{Label: d.text("staff_reports.orders"), Number: true},
			{Label: d.text("staff_reports.rate", "days", 90)},
			{Label: d.text("staff_reports.measures"), Number: true},
			{Label: d.text("staff_reports.first")},
			{Label: d.text("staff_reports.last")},
			{Label: d.text("staff_reports.stands")},
		},
	}
	for _, r := range list {
		stands := templates.Cell{Text: d.text("staff_reports.several", "count", r.Reports)}
		if r.Lone() {
			stands = templates.Cell{Tag: &templates.Tag{Status: "withdrawn", Text: d.text("staff_reports.lone")}}
		}
		if number := open[r.SellerID]; number != "" {
			stands = templates.Cell{Link: &templates.Link{Label: d.text("staff_reports.investigated", "number", number), Href: d.path("staff/investigations", number)}}
		}
		page.Table.Rows = append(page.Table.Rows, templates.Row{Cells: []templates.Cell{
			{Link: &templates.Link{Label: r.SellerName, Href: base + "?seller=" + url.QueryEscape(r.SellerID)}},
			{Text: d.text("staff_reports.count", "count", r.Buyers)},
			{Text: d.text("staff_reports.count", "count", r.Orders)},
			{Text: d.text("staff_reports.of", "hits", r.Rate.Hits, "orders", r.Rate.Orders)},
			{Text: d.text("staff_reports.count", "count", r.Measures)},
			{At: timeOf(r.FirstSentAt)},
			{At: timeOf(r.LastSentAt)},
			stands,
		}})
	}
	p := h.page(c, d.text("nav.staff_reports"), page)
	p.Wide = true
	return h.render(c, http.StatusOK, "staff/reports", p)
}

// listReportsOfSeller sets the reports of one seller side by side, with what their senders
// wrote and showed, and what ties them to one another.
func (h *Handlers) listReportsOfSeller(c *gin.Context, seller string) error {
	ctx, by, d := c.Request.Context(), requestOf(c).actor, h.desk(c, models.SideStaff)
	list, next, err := h.store.Reports(ctx, by, models.ReportFilter{SellerID: seller, Page: models.Page{Limit: 20, Cursor: c.Query("cursor")}})
	if err != nil {
		return listError(err)
	}
	joined, err := h.store.InvestigationsOf(ctx, by, list)
	if err != nil {
		return err
	}
	ties, err := h.store.TiesBetween(ctx, by, list)
	if err != nil {
		return err
	}
	flags, err := h.store.FlagsOfReports(ctx, by, list)
	if err != nil {
		return err
	}
	page := staffReportsPage{Lead: d.text("staff_reports.seller_lead"), Pages: listPages(c, next)}
	title := d.text("nav.staff_reports")
	if len(list) == 0 {
		page.Empty = &templates.Empty{Text: d.text("staff_reports.none_of_seller")}
	} else {
		page.Seller = []templates.SummaryRow{d.row(d.label("role", "seller"), list[0].SellerName), {Label: d.text("staff_reports.seller_id"), Value: seller}}
	}
	for _, r := range list {
		page.Reports = append(page.Reports, d.staffReport(r, ties[r.ID], flags[r.Number]))
		if number := joined[r.ID]; number != "" {
			one := &page.Reports[len(page.Reports)-1]
			one.Facts = append(one.Facts, templates.SummaryRow{Label: d.text("staff_reports.joined"), Links: []templates.Link{{Label: number, Href: d.path("staff/investigations", number)}}})
		}
	}
	p := h.page(c, title, page)
	p.Back = &templates.Link{Label: d.text("nav.staff_reports"), Href: plus(d.path("staff/reports"), "by", "seller")}
	p.Wide = true
	return h.render(c, http.StatusOK, "staff/reports", p)
}

// staffReport is one report as staff read it; one's own only as its sender does.
func (d desk) staffReport(r models.Report, ties []models.TieKind, flags []models.Flag) staffReport {
	out := staffReport{Number: r.Number, Tag: reportTag(d.words, r), Files: d.evidence(r.Evidence), Facts: []templates.SummaryRow{{Label: d.text("reports.sent_at"), At: timeOf(r.SentAt)}}}
	if r.Own {
		out.Facts = append(out.Facts, templates.SummaryRow{Label: d.text("staff_reports.sender"), Value: d.text("staff_reports.own")})
	} else {
		out.Facts = append(out.Facts, d.row(d.text("staff_reports.sender"), r.SenderName+" ("+r.SenderEmail+")"))
	}
	out.Facts = append(out.Facts, d.row(d.text("reports.statement"), r.Statement))
	for _, kind := range ties {
		out.Facts = append(out.Facts, templates.SummaryRow{Label: d.text("staff_reports.tied"), Value: d.label("report_tie", string(kind))})
	}
	for _, why := range r.Suspicions {
		out.Facts = append(out.Facts, templates.SummaryRow{Label: d.text("flags.suspected"), Value: d.label("flag_kind", string(why))})
	}
	for _, f := range flags {
		out.Facts = append(out.Facts, templates.SummaryRow{Label: d.text("flags.flagged"), Value: d.text("flags.line", "status", d.label("flag_status", string(f.Status)), "tally", d.tally(f.Kind, f.Tally)), Links: []templates.Link{{Label: f.Number, Href: d.path("staff/flags", f.Number)}}})
	}
	for _, o := range r.Orders {
		row := templates.SummaryRow{Label: d.text("orders.order", "number", o.Number), Value: d.text("reports.cancelled_at", "cancelled_at", o.CancelledAt)}
		if !r.Own {
			cause := "other"
			if o.Counts {
				cause = "stock_out"
			}
			row.Value = d.sentences(row.Value, d.text("staff_reports.cause_"+cause))
		}
		out.Orders = append(out.Orders, row)
	}
	return out
}
