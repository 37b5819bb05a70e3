package handlers

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/models/health"
	"hosho/templates"
)

// filePart is a block of the page of an investigation or a measure.
type filePart struct {
	Title    string
	Lead     string
	Text     string // somebody's words
	Facts    []templates.SummaryRow
	Table    templates.Table
	Timeline *templates.Timeline
	Points   []templates.Cell
	Links    []templates.Link
}

// enforcementFile is the page of an investigation or a measure.
type enforcementFile struct {
	Tag    templates.Tag
	Stands string
	Clock  *templates.Clock
	Parts  []filePart
	Do     []templates.Link // the first is the one to do
}

// enforcementForm is the page of one action.
type enforcementForm struct {
	Lead    string
	Facts   []templates.SummaryRow
	Letter  []templates.SummaryRow // the statement of reasons of a proposal
	Letters []measureLetter        // of a measure about to be decided, as the seller will read it
	Radios  []templates.Field
	Texts   []templates.Field
	Areas   []templates.Field
	Files   *templates.Field
	Kept    *templates.Field
	Hidden  []templates.Hidden
	Submit  templates.Submit
	Lost    bool // it can be sent no more; what was typed stays to be copied
	Back    templates.Link
}

// enforcementList is a list of investigations or measures.
type enforcementList struct {
	Views []templates.Link
	Table templates.Table
}

func enforcementTag(w words, kind, status string) templates.Tag {
	look := map[string]string{
		"open": "under_review", "facts_requested": "awaiting_seller", "measure_proposed": "awaiting_approval", "closed": "closed",
		"proposed": "awaiting_approval", "active": "attention", "ended": "closed", "overturned": "settled",
	}[status]
	return templates.Tag{Status: look, Role: "staff", Text: w.label(kind, status)}
}

func (h *Handlers) listStaffInvestigations(c *gin.Context) error {
	d := h.desk(c, models.SideStaff)
	status := models.InvestigationStatus(c.Query("status"))
	list, next, err := h.store.Investigations(c.Request.Context(), requestOf(c).actor, models.InvestigationFilter{Seller: c.Query("seller"), Status: status, Page: models.Page{Limit: 50, Cursor: c.Query("cursor")}})
	if err != nil {
		return listError(err)
	}
	base := d.path("staff/investigations")
	page := enforcementList{Views: []templates.Link{{Label: d.text("enforcement.all"), Href: base, Current: status == ""}}}
	for _, s := range models.InvestigationStatuses {
		page.Views = append(page.Views, templates.Link{Label: d.label("investigation", string(s)), Href: plus(base, "status", string(s)), Current: s == status})
	}
	page.Table = templates.Table{
		Caption: d.text("enforcement.investigations"), Empty: &templates.Empty{Text: d.text("enforcement.no_investigations")}, Pages: listPages(c, next),
		Columns: []templates.Column{{Label: d.text("enforcement.number")}, {Label: d.text("enforcement.seller")}, {Label: d.text("work.status")}, {Label: d.text("enforcement.opened")}, {Label: d.text("enforcement.trigger")}, {Label: d.text("enforcement.points"), Number: true}, {Label: d.text("enforcement.measures")}},
	}
	for _, i := range list {
		tag := enforcementTag(d.words, "investigation", string(i.Status))
		measures := make([]string, 0, len(i.Measures))
		for _, m := range i.Measures {
			measures = append(measures, d.label("measure", string(m.Kind))+" "+d.label("measure_status", string(m.Status)))
		}
		page.Table.Rows = append(page.Table.Rows, templates.Row{Cells: []templates.Cell{
			{Link: &templates.Link{Label: i.Number, Href: d.path("staff/investigations", i.Number)}},
			d.cell(i.SellerName),
			{Tag: &tag},
			{At: timeOf(i.OpenedAt)},
			{Text: d.label("enforcement_trigger", string(i.OpenedBy))},
			{Text: strconv.Itoa(i.Numbers.Points)},
			{Text: strings.Join(measures, d.text("enforcement.and"))},
		}})
	}
	p := h.page(c, d.text("enforcement.investigations"), page)
	p.Wide = true
	asDesk(c, &p)
	return h.render(c, 200, "staff/investigations", p)
}

func (h *Handlers) showStaffInvestigation(c *gin.Context) error {
	by, d := requestOf(c).actor, h.desk(c, models.SideStaff)
	f, err := h.store.InvestigationByNumber(c.Request.Context(), by, c.Param("number"))
	if err != nil {
		return err
	}
	page := enforcementFile{Tag: enforcementTag(d.words, "investigation", string(f.Status)), Stands: d.investigationStands(f.Investigation)}
	for _, a := range f.AllowedActions(by, h.instantNow(c)) {
		page.Do = append(page.Do, templates.Link{Label: d.label("investigation_do", string(a)), Href: d.path("staff/investigations", f.Number, string(a))})
	}
	if f.Status == models.FactsRequested {
		page.Clock = &templates.Clock{Label: d.text("enforcement.answer_by"), At: f.DueAt.Time(), Now: h.pageTime(c), Kind: templates.ClockWait}
	}
	facts := []templates.SummaryRow{
		d.row(d.text("enforcement.seller"), f.SellerName),
		{Label: d.text("enforcement.opened"), At: timeOf(f.OpenedAt)},
		{Label: d.text("enforcement.trigger"), Value: d.label("enforcement_trigger", string(f.OpenedBy))},
		{Label: d.text("enforcement.buyers"), Value: strconv.Itoa(f.Now.Buyers)},
	}
	if f.ClosedAt != 0 {
		facts = append(facts, templates.SummaryRow{Label: d.text("enforcement.closed_at"), At: timeOf(f.ClosedAt)}, templates.SummaryRow{Label: d.text("enforcement.outcome"), Value: d.label("enforcement_outcome", f.Outcome)}, d.row(d.text("enforcement.reason"), f.Reason))
	}
	page.Parts = append(page.Parts, filePart{Facts: facts}, d.ladderPart(f), d.numbersPart(f), d.ordersPart(f, true), d.skuPart(f), d.reportsPart(f))
	page.Parts = append(page.Parts, d.measuresPart(d.text("enforcement.measures"), f.Measures))
	if len(f.Earlier) > 0 {
		page.Parts = append(page.Parts, d.measuresPart(d.text("enforcement.earlier"), f.Earlier))
	}
	page.Parts = append(page.Parts, d.entriesPart(f.Entries, f.Evidence))
	p := h.page(c, d.text("enforcement.investigation", "number", f.Number), page)
	p.Back = &templates.Link{Label: d.text("enforcement.investigations"), Href: d.path("staff/investigations"), Key: "u"}
	p.Wide = true
	asDesk(c, &p)
	if f.Party {
		p.Banner = &templates.Banner{Tone: "info", Title: d.text("enforcement.party"), Role: "status"}
	}
	return h.render(c, 200, "staff/investigation", p)
}

func (d desk) investigationStands(i models.Investigation) string {
	s := d.text("enforcement.stands_"+string(i.Status), "due_at", i.DueAt)
	if i.Status == models.InvestigationOpen && i.SilentAt != 0 {
		s = d.sentences(s, d.text("enforcement.silent"))
	}
	return s
}

// ladderPart is what the ladder proposes, and why a guard holds it.
func (d desk) ladderPart(f models.InvestigationFile) filePart {
	n := f.Now
	part := filePart{Title: d.text("enforcement.ladder"), Lead: d.text("enforcement.ladder_none", "points", n.Points)}
	if n.Proposes != "" {
		part.Lead = d.text("enforcement.ladder_proposes", "points", n.Points, "level", n.Level, "measure", d.label("measure", string(n.Proposes)))
	}
	if n.Held != "" {
		part.Text = d.text("enforcement.held_"+string(n.Held), "reached", n.Reached, "buyers", n.Buyers)
	}
	return part
}

// numbersPart sets the numbers of the opening beside those of now.
func (d desk) numbersPart(f models.InvestigationFile) filePart {
	t := templates.Table{Caption: d.text("enforcement.numbers"), Columns: []templates.Column{{Label: d.text("enforcement.window")}, {Label: d.text("enforcement.then")}, {Label: d.text("enforcement.now")}}}
	for i, w := range f.Now.Windows {
		then := "–"
		if i < len(f.Numbers.Windows) {
			then = d.window(f.Numbers.Windows[i])
		}
		t.Rows = append(t.Rows, templates.Row{Cells: []templates.Cell{{Text: d.text("enforcement.days", "days", w.Days)}, {Text: then}, {Text: d.window(w)}}})
	}
	t.Rows = append(t.Rows, templates.Row{Cells: []templates.Cell{{Text: d.text("enforcement.points")}, {Text: strconv.Itoa(f.Numbers.Points)}, {Text: strconv.Itoa(f.Now.Points)}}})
	return filePart{Table: t}
}

func (w words) window(x models.SellerWindow) string {
	return w.text("enforcement.rate", "hits", x.StockOuts, "orders", x.Orders, "lower", fmt.Sprintf("%.1f", 100*x.Lower), "upper", fmt.Sprintf("%.1f", 100*x.Upper))
}

func (d desk) ordersPart(f models.InvestigationFile, staff bool) filePart {
	t := templates.Table{
		Caption: d.text("enforcement.orders"), Empty: &templates.Empty{Text: d.text("enforcement.no_orders")},
		Columns: []templates.Column{{Label: d.text("work.order_number")}, {Label: d.text("enforcement.cancelled_at")}, {Label: d.text("work.item")}, {Label: d.text("enforcement.stated")}, {Label: d.text("enforcement.finding")}},
	}
	if staff {
		t.Columns = append(t.Columns, templates.Column{Label: d.text("enforcement.answer")}, templates.Column{Label: d.text("enforcement.buyer")})
	}
	for _, o := range f.Orders {
		finding := d.text("enforcement.finding_" + string(o.Finding))
		if o.Spared {
			finding = d.sentences(finding, d.text("enforcement.spared"))
		}
		number := templates.Cell{Text: o.OrderNumber}
		if !staff {
			number = templates.Cell{Link: &templates.Link{Label: o.OrderNumber, Href: d.path("seller/orders", o.OrderNumber)}}
		}
		cells := []templates.Cell{number, {At: timeOf(o.CancelledAt)}, d.cell(o.Title), {Text: d.text("enforcement.stated_" + string(o.Stated))}, {Text: finding}}
		if staff {
			answer := "–"
			if o.Answer != "" {
				answer = d.label("enforcement_answer", string(o.Answer))
			}
			cells = append(cells, templates.Cell{Text: answer}, d.linked(o.BuyerName, f.Linked[o.BuyerID]))
		}
		t.Rows = append(t.Rows, templates.Row{Cells: cells})
	}
	part := filePart{Table: t}
	if f.More {
		part.Lead = d.text("enforcement.more_orders", "max", len(f.Orders))
	}
	return part
}

func (d desk) skuPart(f models.InvestigationFile) filePart {
	t := templates.Table{Caption: d.text("enforcement.skus"), Columns: []templates.Column{
		{Label: d.text("enforcement.sku")},
		{Label: d.text("work.item")},
		{Label: d.text("enforcement.times"), Number: true},
		{Label: d.text("enforcement.buyers"), Number: true},
		{Label: d.text("enforcement.paid"), Number: true},
		{Label: d.text("enforcement.before"), Number: true},
		{Label: d.text("enforcement.price_after", "days", health.FactDays), Number: true},
	}}
	for _, s := range f.SKUs {
		row := templates.Row{Cells: []templates.Cell{{Text: s.Sku, Code: true}, d.cell(s.Title), {Text: strconv.Itoa(s.Times)}, {Text: strconv.Itoa(s.Buyers)}}}
		for _, price := range []int64{s.Prices.Paid, s.Prices.Before, s.Prices.After} {
			cell := templates.Cell{Text: d.text("enforcement.no_price")}
			if price > 0 {
				m := d.money(price, s.Prices.Currency)
				cell = templates.Cell{Money: &m}
			}
			row.Cells = append(row.Cells, cell)
		}
		t.Rows = append(t.Rows, row)
	}
	return filePart{Table: t}
}

// linked is a buyer's name with what ties them to other buyers or reporters of the case.
func (d desk) linked(name string, ties []models.TieKind) templates.Cell {
	if len(ties) == 0 {
		return d.cell(name)
	}
	kinds := make([]string, 0, len(ties))
	for _, k := range ties {
		kinds = append(kinds, d.label("report_tie", string(k)))
	}
	return templates.Cell{Text: d.text("enforcement.linked", "name", name, "ties", strings.Join(kinds, d.text("enforcement.and")))}
}

// reportsPart has the reports side by side.
func (d desk) reportsPart(f models.InvestigationFile) filePart {
	t := templates.Table{
		Caption: d.text("enforcement.reports"), Empty: &templates.Empty{Text: d.text("enforcement.no_reports")},
		Columns: []templates.Column{{Label: d.text("enforcement.number")}, {Label: d.text("enforcement.sent_at")}, {Label: d.text("enforcement.sender")}, {Label: d.text("enforcement.orders")}, {Label: d.text("flags.suspected")}, {Label: d.text("enforcement.said")}},
	}
	for _, r := range f.Reports {
		orders := make([]string, 0, len(r.Orders))
		for _, o := range r.Orders {
			orders = append(orders, o.Number)
		}
		t.Rows = append(t.Rows, templates.Row{Cells: []templates.Cell{{Text: r.Number}, {At: timeOf(r.SentAt)}, d.linked(r.SenderName, f.Ties[r.ID]), {Text: strings.Join(orders, " ")}, {Text: orDash(strings.Join(d.labels("flag_kind", r.Suspicions), d.text("enforcement.and")))}, {Text: r.Statement, Lang: r.Locale}}})
	}
	return filePart{Table: t}
}

func (d desk) measuresPart(title string, list []models.Measure) filePart {
	t := templates.Table{
		Caption: title, Empty: &templates.Empty{Text: d.text("enforcement.no_measures")},
		Columns: []templates.Column{{Label: d.text("enforcement.number")}, {Label: d.text("enforcement.kind")}, {Label: d.text("work.status")}, {Label: d.text("enforcement.starts")}, {Label: d.text("enforcement.ends")}},
	}
	base := "staff/measures"
	if d.side == models.SideSeller {
		base = "seller/measures"
	}
	for _, m := range list {
		tag := enforcementTag(d.words, "measure_status", string(m.Status))
		cells := []templates.Cell{{Link: &templates.Link{Label: m.Number, Href: d.path(base, m.Number)}}, {Text: d.label("measure", string(m.Kind))}, {Tag: &tag}, {Text: "–"}, {Text: "–"}}
		if m.StartsAt != 0 {
			cells[3] = templates.Cell{At: timeOf(m.StartsAt)}
		}
		if m.EndsAt != 0 {
			cells[4] = templates.Cell{At: timeOf(m.EndsAt)}
		}
		t.Rows = append(t.Rows, templates.Row{Cells: cells})
	}
	return filePart{Table: t}
}

// entriesPart is what was done, the last first, and the files that came with it.
func (d desk) entriesPart(list []models.Entry, files []models.Evidence) filePart {
	part := filePart{Title: d.text("enforcement.history"), Timeline: &templates.Timeline{}}
	for i := len(list) - 1; i >= 0; i-- {
		e := list[i]
		item := templates.TimelineItem{Title: d.label("enforcement_entry", e.What), Who: d.label("role", string(e.By)), At: e.At.Time()}
		for _, name := range []string{"question", "message", "reason", "explanation"} {
			if s, ok := e.Words[name].(string); ok {
				item.Said, item.Lang = s, templates.LangOf(s, d.locale)
			}
		}
		part.Timeline.Items = append(part.Timeline.Items, item)
	}
	part.Links = d.fileLinks(files)
	return part
}

func (d desk) fileLinks(files []models.Evidence) (links []templates.Link) {
	for _, x := range files {
		links = append(links, templates.Link{Label: x.FileName, Href: d.path("files", x.ID, "content")})
	}
	return links
}

// filesRow are the files that came with somebody's words.
func (d desk) filesRow(files []models.Evidence) templates.SummaryRow {
	return templates.SummaryRow{Label: d.text("contact.files"), Links: d.fileLinks(files)}
}

func (h *Handlers) showStaffMeasure(c *gin.Context) error {
	ctx, by, d := c.Request.Context(), requestOf(c).actor, h.desk(c, models.SideStaff)
	m, err := h.store.MeasureByNumber(ctx, by, c.Param("number"))
	if err != nil {
		return err
	}
	entries, err := h.store.MeasureEntries(ctx, by, m.Number)
	if err != nil {
		return err
	}
	page := enforcementFile{Tag: enforcementTag(d.words, "measure_status", string(m.Status)), Stands: d.label("measure", string(m.Kind))}
	if m.Waits != "" {
		page.Stands = d.sentences(page.Stands, d.label("measure_waits", string(m.Waits)))
	}
	for _, a := range m.AllowedActions(by, h.instantNow(c)) {
		page.Do = append(page.Do, templates.Link{Label: d.label("measure_do", string(a)), Href: d.path("staff/measures", m.Number, string(a))})
	}
	page.Parts = append([]filePart{{Facts: append([]templates.SummaryRow{d.row(d.text("enforcement.seller"), m.SellerName)}, d.measureFacts(m)...)}}, d.statementParts(m)...)
	page.Parts = append(page.Parts, d.entriesPart(entries, m.Evidence))
	p := h.page(c, d.text("enforcement.measure", "number", m.Number), page)
	p.Back = &templates.Link{Label: d.text("enforcement.investigation", "number", m.Investigation), Href: d.path("staff/investigations", m.Investigation), Key: "u"}
	asDesk(c, &p)
	if m.Party {
		p.Banner = &templates.Banner{Tone: "info", Title: d.text("enforcement.party"), Role: "status"}
	}
	return h.render(c, 200, "staff/measure", p)
}

// measureFacts is what a measure does, since when and until when.
func (d desk) measureFacts(m models.Measure) []templates.SummaryRow {
	rows := []templates.SummaryRow{{Label: d.text("enforcement.kind"), Value: d.label("measure", string(m.Kind))}}
	if m.SKU != "" {
		rows = append(rows, d.row(d.text("enforcement.sku"), m.SKU))
	}
	if m.Cap != 0 {
		rows = append(rows, templates.SummaryRow{Label: d.text("enforcement.cap"), Value: strconv.Itoa(m.Cap)})
	}
	if m.StartsAt != 0 {
		rows = append(rows, templates.SummaryRow{Label: d.text("enforcement.starts"), At: timeOf(m.StartsAt)})
	}
	until := d.label("enforcement_until", string(m.Kind))
	switch {
	case m.EndsAt != 0:
		until = d.text("enforcement.until_day", "until", m.EndsAt)
	case m.Status == models.MeasureIsProposed && m.Days > 0:
		until = d.text("enforcement.until_days", "days", m.Days)
	}
	rows = append(rows, templates.SummaryRow{Label: d.text("enforcement.ends"), Value: until})
	if m.End != "" {
		rows = append(rows, templates.SummaryRow{Label: d.text("enforcement.ended"), Value: d.sentences(d.label("enforcement_ended", string(m.End)), m.EndWords)})
	}
	if m.AppealUntil != 0 {
		rows = append(rows, templates.SummaryRow{Label: d.text("enforcement.appeal_until"), Value: d.text("enforcement.until_day", "until", m.AppealUntil)})
	}
	return append(rows, templates.SummaryRow{Label: d.text("enforcement.still"), Value: d.text("enforcement.still_works")})
}

// statementParts are the statement of reasons, the plans and the appeal.
func (d desk) statementParts(m models.Measure) []filePart {
	parts := []filePart{{Title: d.text("enforcement.reasons"), Facts: []templates.SummaryRow{
		d.row(d.text("enforcement.facts"), m.Facts), d.row(d.text("enforcement.rule"), m.Rule), d.row(d.text("enforcement.explanation"), m.Explanation),
		{Label: d.text("enforcement.automated"), Value: d.text("enforcement.not_automated")},
	}}}
	for i := len(m.Plans) - 1; i >= 0; i-- {
		x := m.Plans[i]
		part := filePart{Title: d.text("enforcement.plan_version", "version", x.Version), Facts: []templates.SummaryRow{
			d.row(d.text("enforcement.root_cause"), x.RootCause), d.row(d.text("enforcement.actions_taken"), x.ActionsTaken), d.row(d.text("enforcement.prevention"), x.Prevention), {Label: d.text("enforcement.sent_at"), At: timeOf(x.At)},
		}}
		for _, point := range x.Points {
			part.Points = append(part.Points, d.cell(point))
		}
		if x.Answer != "" {
			part.Lead = d.label("plan", string(x.Answer))
		}
		parts = append(parts, part)
	}
	if m.Appeal != "" {
		part := filePart{Title: d.text("enforcement.appeal"), Lead: d.label("appeal", m.Appeal), Facts: []templates.SummaryRow{d.row(d.text("enforcement.grounds"), m.Grounds), {Label: d.text("enforcement.sent_at"), At: timeOf(m.AppealedAt)}}}
		if m.AppealWords != "" {
			part.Facts = append(part.Facts, d.row(d.text("enforcement.explanation"), m.AppealWords))
		}
		for _, x := range m.Evidence {
			part.Links = append(part.Links, templates.Link{Label: x.FileName, Href: d.path("files", x.ID, "content")})
		}
		parts = append(parts, part)
	}
	return parts
}
