package handlers

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

var reportQuestions = questions{"orders": choice("reports.orders"), "statement": story("reports.statement", messageMax), filesField: files("reports.files")}

// reportTag is where a report stands; its inks are those of claims in like states.
func reportTag(w words, r models.Report) templates.Tag {
	tag := templates.Tag{Status: "under_review", Text: w.label("report_status", string(r.Status))}
	switch r.Status {
	case models.ReportActed:
		tag.Status = "settled"
	case models.ReportNoAction:
		tag.Status = "withdrawn"
	case models.ReportReceived, models.ReportJoined:
	}
	return tag
}

// listMyReports lists the reports of whoever is signed in, the latest first.
func (h *Handlers) listMyReports(c *gin.Context) error {
	w := h.words(c)
	list, next, err := h.store.Reports(c.Request.Context(), requestOf(c).actor, models.ReportFilter{Own: true, Page: models.Page{Limit: 50, Cursor: c.Query("cursor")}})
	if err != nil {
		return listError(err)
	}
	t := templates.Table{
		Caption: w.text("reports.list_caption"), Pages: listPages(c, next),
		Columns: []templates.Column{{Label: w.text("reports.number")}, {Label: w.text("claims.state")}, {Label: w.label("role", "seller")}, {Label: w.text("reports.order_count"), Number: true}, {Label: w.text("reports.sent_at")}},
		Empty:   &templates.Empty{Text: w.text("reports.none"), Link: &templates.Link{Label: w.text("reports.new"), Href: w.path("my/reports/new")}},
	}
	for _, r := range list {
		tag := reportTag(w, r)
		t.Rows = append(t.Rows, templates.Row{Cells: []templates.Cell{
			{Link: &templates.Link{Label: r.Number, Href: w.path("my/reports", r.Number)}}, {Tag: &tag}, w.cell(r.SellerName), {Text: w.text("reports.orders_of", "count", len(r.Orders))}, {At: timeOf(r.SentAt)},
		}})
	}
	flags, banner, err := h.myFlags(c)
	if err != nil {
		return err
	}
	p := h.page(c, w.text("nav.reports"), reportsPage{Table: t, New: templates.Link{Label: w.text("reports.new"), Href: w.path("my/reports/new")}, Flags: flags})
	p.Banner = banner
	p.Back = &templates.Link{Label: w.text("nav.my"), Href: w.path("my")}
	p.Wide = true
	return h.render(c, http.StatusOK, "reports/list", p)
}

type reportsPage struct {
	Table templates.Table
	New   templates.Link
	Flags []templates.Link // warnings, and limits
}

// newReportPage is the choice of a seller, or the form of a report of one.
type newReportPage struct {
	Sellers   []reportedSeller
	Empty     *templates.Empty
	Once      templates.Hidden
	Seller    templates.Hidden
	Name      []templates.SummaryRow
	Orders    templates.Field
	Statement templates.Field
	Files     templates.Field
	Kept      templates.Field
	Refunds   []templates.SummaryRow
	Submit    templates.Submit
}

type reportedSeller struct {
	Name   string
	Lang   string
	Orders []templates.SummaryRow
	Link   *templates.Link // to report; nil where all have been
	Note   string
}

func (h *Handlers) showNewReport(c *gin.Context) error {
	f := h.newEntry(c, reportQuestions)
	f.set("seller", c.Query("seller"))
	f.set("orders", c.QueryArray("order")...)
	return h.reportForm(f)
}

// postNewReport sends the report. What cannot be sent stays in the form, with its files.
func (h *Handlers) postNewReport(c *gin.Context) error {
	f, err := h.readEntry(c, reportQuestions)
	if err != nil {
		return err
	}
	if len(f.all("orders")) == 0 {
		f.fail("orders", "required")
	}
	if f.need("statement"); f.ok() {
		var sent models.Report
		err := f.doOnce(func() (err error) {
			sent, err = h.store.FileReport(c.Request.Context(), requestOf(c).actor, models.FileReport{
				SellerID: f.get("seller"), Orders: f.all("orders"), Statement: f.get("statement"), Evidence: f.all(evidenceField), Captioned: f.captions(),
			})
			return err
		})
		switch {
		case err == nil && sent.Number == "": // this very form was sent before
			return seeOther(c, f.words.path("my/reports"))
		case err == nil:
			return seeOther(c, f.words.path("my/reports", sent.Number)+"?done=sent")
		}
		if err := f.refused(err); err != nil {
			return err
		}
	}
	return h.reportForm(f)
}

func (h *Handlers) reportForm(f *entry) error {
	w := f.words
	list, err := h.store.Reportables(f.c.Request.Context(), requestOf(f.c).actor)
	if err != nil {
		return err
	}
	by := map[string][]models.Reportable{}
	var sellers []string
	for _, r := range list {
		if by[r.SellerID] == nil {
			sellers = append(sellers, r.SellerID)
		}
		by[r.SellerID] = append(by[r.SellerID], r)
	}
	page := newReportPage{}
	chosen := f.get("seller")
	if chosen == "" && len(sellers) == 1 {
		chosen = sellers[0]
	}
	open := slices.DeleteFunc(slices.Clone(by[chosen]), func(r models.Reportable) bool { return r.Reported })
	switch {
	case len(open) > 0 || f.has("statement"):
		if len(open) == 0 { // no order is left to tick, and what was typed stays
			f.hasOnly("statement", filesField)
		}
		err = h.reportFields(f, &page, chosen, by[chosen])
	case len(list) == 0:
		f.hasOnly()
		page.Empty = &templates.Empty{Text: w.text("reports.nothing"), Link: &templates.Link{Label: w.text("nav.orders"), Href: w.path("my/orders")}}
	default:
		f.hasOnly()
		for _, id := range sellers {
			page.Sellers = append(page.Sellers, w.sellerToReport(by[id]))
		}
	}
	if err != nil {
		return err
	}
	p := h.page(f.c, w.text("reports.new"), page)
	if _, p.Banner, err = h.myFlags(f.c); err != nil {
		return err
	}
	p.Back = &templates.Link{Label: w.text("nav.reports"), Href: w.path("my/reports")}
	return f.showPage("reports/new", p)
}

// sellerToReport is a seller who cancelled orders, and the way to report them.
func (w words) sellerToReport(list []models.Reportable) reportedSeller {
	one := reportedSeller{Name: list[0].SellerName, Lang: templates.LangOf(list[0].SellerName, w.locale)}
	for _, r := range list {
		row := w.row(r.OrderNumber, w.sentences(strings.Join(r.Money.Titles, w.text("reports.and")), w.text("reports.cancelled_at", "cancelled_at", r.CancelledAt)))
		switch {
		case r.Report != "":
			row.Links = []templates.Link{{Label: w.text("reports.see", "number", r.Report), Href: w.path("my/reports", r.Report)}}
		case !r.Reported:
			one.Link = &templates.Link{Label: w.text("reports.report_seller"), Href: w.path("my/reports/new") + "?seller=" + url.QueryEscape(r.SellerID)}
		}
		one.Orders = append(one.Orders, row)
	}
	if one.Link == nil {
		one.Note = w.text("reports.all_reported")
	}
	return one
}

// reportFields is the form about one seller. An order that is in a report says so and cannot be
// ticked.
func (h *Handlers) reportFields(f *entry, page *newReportPage, seller string, list []models.Reportable) error {
	w := f.words
	page.Once, page.Seller = f.once(), templates.Hidden{Name: "seller", Value: seller}
	page.Orders = f.field("orders", "reports.orders_hint")
	ticked := f.all("orders")
	for _, r := range list {
		c := templates.Choice{Value: r.OrderNumber, Label: strings.Join(r.Money.Titles, w.text("reports.and")), Checked: slices.Contains(ticked, r.OrderNumber) || len(list) == 1}
		c.Hint = w.sentences(w.text("orders.order", "number", r.OrderNumber)+w.text("reports.stop"), w.text("reports.cancelled_at", "cancelled_at", r.CancelledAt))
		if r.Reported {
			c.Reason = w.text("reports.reported")
			if r.Report != "" {
				c.Reason = w.text("reports.reported_in", "order", r.OrderNumber, "number", r.Report)
			}
		}
		page.Orders.Choices = append(page.Orders.Choices, c)
		page.Refunds = append(page.Refunds, w.moneyRow(r.OrderNumber, r.Money))
	}
	if len(list) > 0 {
		page.Name = []templates.SummaryRow{w.row(w.label("role", "seller"), list[0].SellerName)}
	}
	page.Statement = f.field("statement", "reports.statement_hint")
	page.Submit = templates.Submit{Label: w.text("reports.send"), Cancel: &templates.Link{Label: w.text("action.cancel"), Href: w.path("my/reports")}}
	var err error
	if page.Files, page.Kept, err = f.files("reports.files_hint"); err != nil {
		return err
	}
	page.Files.Optional = true
	f.captioned(&page.Files, &page.Kept)
	return nil
}

// moneyRow is how the money of an order stands, with the page to see to it: a report does not.
func (w words) moneyRow(order string, m models.OrderMoney) templates.SummaryRow {
	row := templates.SummaryRow{Label: w.text("orders.order", "number", order), Links: []templates.Link{{Label: w.text("reports.see_refund"), Href: w.path("my/orders", order, "refund")}}}
	amount := func(n int64) templates.Money { return templates.Money{Amount: n, Currency: m.Currency} }
	switch {
	case m.Total == 0:
		row.Value = w.text("reports.money_unknown")
	case m.Refunded >= m.Total:
		row.Value = w.text("reports.money_back", "amount", amount(m.Refunded))
	case m.Owed > 0:
		row.Value = w.text("reports.money_owed", "amount", amount(m.Owed))
	case m.Claim != "":
		row.Value = w.text("reports.money_claimed")
		row.Links = []templates.Link{{Label: w.text("claims.claim", "number", m.Claim), Href: w.path("my/claims", m.Claim)}}
	case m.Refunded > 0:
		row.Value = w.text("reports.money_partly", "amount", amount(m.Refunded), "claimed", amount(m.Total-m.Refunded))
	default:
		row.Value = w.text("reports.money_open", "amount", amount(m.Total))
	}
	return row
}

// ownReportPage is a report as its sender reads it.
type ownReportPage struct {
	Tag     templates.Tag
	Lead    string
	Text    string
	Clocks  []templates.Clock
	Facts   []templates.SummaryRow
	Refunds []templates.SummaryRow
	Files   []templates.EvidenceItem
	Points  []string
}

// showMyReport shows a report to who sent it; those of others are not found, whatever the role.
func (h *Handlers) showMyReport(c *gin.Context) error {
	number, err := numberOf(c, 'R', "report")
	if err != nil {
		return err
	}
	r, err := h.store.ReportByNumber(c.Request.Context(), requestOf(c).actor, number)
	if err != nil {
		return err
	}
	if !r.Own {
		return notFound()
	}
	policy, now, err := h.policyNow(c)
	if err != nil {
		return err
	}
	w := h.words(c)
	d := desk{w, models.SideBuyer}
	page := ownReportPage{
		Tag: reportTag(w, r), Files: d.evidence(r.Evidence), Points: []string{w.text("reports.point_hidden"), w.text("reports.point_refund")},
		Lead: w.text("report_stands." + cmp.Or(string(r.Outcome), string(r.Status))),
		Facts: []templates.SummaryRow{
			w.row(w.label("role", "seller"), r.SellerName), {Label: w.text("reports.sent_at"), At: timeOf(r.SentAt)}, w.row(w.text("reports.statement"), r.Statement),
		},
	}
	if r.Status.Open() {
		page.Text = w.text("report_next."+string(r.Status), "period", dayPeriod(policy.ReportOutcomeDays))
		page.Clocks = []templates.Clock{{Label: w.text("reports.hear_by"), At: r.DueAt.Time(), Now: now.Time(), Kind: templates.ClockWait}}
	} else {
		page.Facts = append(page.Facts, templates.SummaryRow{Label: w.text("reports.closed_at"), At: timeOf(r.ClosedAt)})
	}
	for _, o := range r.Orders {
		page.Refunds = append(page.Refunds, w.moneyRow(o.Number, o.Money))
	}
	p := h.page(c, w.text("reports.report", "number", r.Number), page)
	p.Back = &templates.Link{Label: w.text("nav.reports"), Href: w.path("my/reports")}
	if c.Query("done") == "sent" {
		p.Banner = &templates.Banner{Tone: "ok", Title: w.text("reports.sent", "number", r.Number), Text: w.text("reports.sent_text", "seller", r.SellerName, "count", len(r.Orders)), Role: "status"}
	}
	return h.render(c, http.StatusOK, "reports/show", p)
}
