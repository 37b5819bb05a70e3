package handlers

import (
	"strconv"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/models/health"
	"hosho/templates"
)

// countedPage is an order with lines that a seller cancelled: how it counts, how that was found,
// and what can be said about it.
type countedPage struct {
	Standing string
	Points   []string
	Facts    []templates.SummaryRow
	Lines    []countedLinePart
	Contest  *contestPart
	Earlier  []contestPart // the last first
	Form     bool          // the viewer can act
	Why      string
	Version  templates.Hidden
	Once     templates.Hidden
	Do       *templates.Field // staff choose what they do
	Finding  *templates.Field
	Reason   templates.Field
	Late     bool // words that cannot be sent any more stay, to be copied
	Files    *templates.Field
	Kept     templates.Field
	Submit   templates.Submit
}

type countedLinePart struct {
	Title, Lang string
	Facts       []templates.SummaryRow
}

type contestPart struct {
	Tag   templates.Tag
	Text  string
	Facts []templates.SummaryRow
	Files []templates.EvidenceItem
}

var (
	contestQuestions = questions{"reason": story("counted.reason", 2000), filesField: files("counted.files")}
	countedQuestions = questions{"do": choice("counted.do"), "finding": choice("counted.finding"), "reason": story("counted.answer", 2000)}
)

func (h *Handlers) showCounted(c *gin.Context) error {
	return h.countedForm(h.newEntry(c, contestQuestions), models.SideSeller)
}

func (h *Handlers) showStaffCounted(c *gin.Context) error {
	return h.countedForm(h.newEntry(c, countedQuestions), models.SideStaff)
}

// countedOf is the order of the address, on a seller's page one of their own.
func (h *Handlers) countedOf(c *gin.Context) (models.CountedOrder, models.Side, error) {
	by := requestOf(c).actor
	seller := c.Param("id")
	if seller == "" {
		seller = by.SellerID
	}
	return h.store.CountedOrder(c.Request.Context(), by, seller, c.Param("number"))
}

func (h *Handlers) countedForm(f *entry, desk models.Side) error {
	o, side, err := h.countedOf(f.c)
	if err != nil {
		return err
	}
	d, now := h.desk(f.c, desk), models.InstantOf(h.pageTime(f.c))
	page := countedPage{Facts: []templates.SummaryRow{{Label: d.text("work.order_number"), Value: o.OrderNumber}, {Label: d.text("work.placed"), At: timeOf(o.PlacedAt)}}}
	if desk == models.SideStaff {
		page.Facts = append(page.Facts, d.row(d.label("role", "seller"), o.SellerName))
	} else {
		page.Facts[0].Links = []templates.Link{{Label: o.OrderNumber, Href: d.path("seller/orders", o.OrderNumber)}}
		page.Facts[0].Value = ""
	}
	if page.Standing = d.text("counted.counts_not"); o.Counts {
		page.Standing = d.text("counted.counts", "points", o.Points, "deadline_at", o.LeavesAt)
	}
	for _, l := range o.Lines {
		page.Lines = append(page.Lines, d.countedLine(l))
	}
	if o.Contest != nil {
		page.Contest = d.contestPart(*o.Contest, o.Counts, now)
	}
	for _, k := range o.Earlier {
		page.Earlier = append(page.Earlier, *d.contestPart(k, o.Counts, now))
	}
	page.Reason = f.field("reason", "counted.reason_hint_"+string(desk))
	page.Reason.Rows = 4
	allowed := o.AllowedActions(side, now)
	switch {
	case len(allowed) == 0:
		page.Why = d.countedWhy(o, side, now)
		page.Late = len(f.errors) > 0 || f.stale
		f.hasOnly()
	case desk == models.SideStaff:
		d.decideFields(f, &page, allowed, o.Version)
	default:
		page.Form, page.Once = true, f.once()
		page.Points = []string{d.text("counted.contest_once"), d.text("counted.contest_days", "days", models.ContestDays), d.text("counted.contest_counts")}
		if o.FoundAnew {
			page.Points[0] = d.text("counted.contest_again")
		}
		files, kept, err := f.files("counted.files_hint")
		if err != nil {
			return err
		}
		files.Optional = true
		f.captioned(&files, &kept)
		page.Files, page.Kept = &files, kept
		page.Submit = templates.Submit{Label: d.text("counted.contest")}
	}
	p := h.page(f.c, d.text("counted.title", "number", o.OrderNumber), page)
	if done := f.c.Query("done"); done == "contest" || done == "decided" {
		p.Banner = &templates.Banner{Tone: "ok", Title: d.text("counted.done_" + done), Role: "status"}
	}
	if p.Back = (&templates.Link{Label: d.text("seller.order_title", "number", o.OrderNumber), Href: d.path("seller/orders", o.OrderNumber)}); desk == models.SideStaff {
		p.Back = &templates.Link{Label: d.text("counted.desk"), Href: d.path("staff/contests"), Key: "u"}
		asDesk(f.c, &p)
	}
	return f.showPage("work/counted", p)
}

// decideFields are what staff may do, with what each leads to.
func (d desk) decideFields(f *entry, page *countedPage, allowed []models.CountedAction, version int64) {
	page.Form = true
	var does, findings []string
	for _, a := range allowed {
		does = append(does, string(a))
	}
	for _, x := range []health.Finding{health.StockOut, health.Misdeclared, health.BuyerRequest, health.Other} {
		findings = append(findings, string(x))
	}
	do := f.choices("do", "", does, func(v string) string { return d.text("counted." + v) })
	for i, v := range does {
		do.Choices[i].Hint = d.text("counted.effect_" + v)
	}
	finding := f.choices("finding", "counted.finding_hint", findings, func(v string) string { return d.label("cause_finding", "found_"+v) })
	finding.Optional = true
	page.Do, page.Finding = &do, &finding
	page.Version = templates.Hidden{Name: "version", Value: strconv.FormatInt(version, 10)}
	page.Submit = templates.Submit{Label: d.text("counted.decide"), Cancel: &templates.Link{Label: d.text("action.cancel"), Href: d.path("staff/contests")}}
}

func (d desk) countedWhy(o models.CountedOrder, side models.Side, now models.Instant) string {
	switch {
	case side == models.SideObserver:
		return d.text("counted.not_yours")
	case o.Party:
		return d.text("counted.party")
	case o.Contest != nil && !o.FoundAnew:
		return ""
	case now >= o.LeavesAt:
		return d.text("counted.over", "last_at", o.LeavesAt)
	}
	return d.text("counted.nothing")
}

func (d desk) countedLine(l models.CountedLine) countedLinePart {
	row := d.row(d.text("counted.item"), l.Title)
	part := countedLinePart{Title: l.Title, Lang: row.Lang, Facts: []templates.SummaryRow{
		{Label: d.text("counted.cancelled_at"), At: timeOf(l.CancelledAt)},
		{Label: d.text("counted.stated"), Value: d.label("cause_stated", "said_"+string(l.Stated))},
		{Label: d.text("counted.finding"), Value: d.label("cause_finding", "found_"+string(l.Finding))},
		{Label: d.text("counted.basis"), Value: d.label("cause_basis", string(l.Basis))},
	}}
	if l.Dearer {
		part.Facts = append(part.Facts, templates.SummaryRow{Label: d.text("counted.after"), Value: d.text("counted.dearer", "days", health.FactDays)})
	}
	return part
}

func (d desk) contestPart(k models.CountContest, counts bool, now models.Instant) *contestPart {
	status := map[models.ContestStatus]string{models.ContestOpen: "under_review", models.ContestAccepted: "open", models.ContestRejected: "denied"}[k.Status]
	part := &contestPart{
		Tag: templates.Tag{Status: status, Text: d.label("contest_status", string(k.Status))}, Files: d.evidence(k.Evidence),
		Text: d.text("counted.stands_"+string(k.Status), "deadline_at", k.DueAt), Facts: []templates.SummaryRow{
			{Label: d.text("counted.contested_at"), At: timeOf(k.At)}, d.row(d.text("counted.reason"), k.Reason),
		},
	}
	if k.Status == models.ContestAccepted && counts {
		part.Text = d.text("counted.stands_changed")
	}
	if k.Overdue(now) {
		part.Text = d.text("counted.stands_late", "last_at", k.DueAt)
	}
	if k.Answer != "" {
		part.Facts = append(part.Facts, templates.SummaryRow{Label: d.text("counted.decided_at"), At: timeOf(k.DecidedAt)}, d.row(d.text("counted.answer"), k.Answer))
	}
	return part
}

// postCounted takes a seller's contest.
func (h *Handlers) postCounted(c *gin.Context) error {
	o, _, err := h.countedOf(c)
	if err != nil {
		return err
	}
	f, err := h.readFiles(c, contestQuestions, o.OrderNumber)
	if err != nil {
		return err
	}
	if f.need("reason"); f.ok() {
		err := f.doOnce(func() error {
			_, _, err := h.store.ActOnCounted(c.Request.Context(), requestOf(c).actor, models.ActOnCounted{
				SellerID: o.SellerID, OrderNumber: o.OrderNumber, Action: models.ContestsCount, Reason: f.get("reason"), Evidence: f.all(evidenceField), Captioned: f.captions(),
			})
			return err
		})
		if err == nil {
			return seeOther(c, plus(f.words.path("seller/health/orders", o.OrderNumber), "done", "contest"))
		}
		if err := f.refused(err); err != nil {
			return err
		}
	}
	return h.countedForm(f, models.SideSeller)
}

// postStaffCounted decides a contest, or overrules a finding.
func (h *Handlers) postStaffCounted(c *gin.Context) error {
	o, _, err := h.countedOf(c)
	if err != nil {
		return err
	}
	f, err := h.readEntry(c, countedQuestions)
	if err != nil {
		return err
	}
	f.oneOf("do", string(models.AcceptsContest), string(models.RejectsContest), string(models.OverrulesCause))
	if f.need("reason"); f.get("do") == string(models.OverrulesCause) {
		f.need("finding")
	}
	if f.ok() {
		in := models.ActOnCounted{SellerID: o.SellerID, OrderNumber: o.OrderNumber, Action: models.CountedAction(f.get("do")), Reason: f.get("reason"), Version: f.version()}
		if in.Finding = health.Finding(f.get("finding")); in.Action == models.RejectsContest {
			in.Finding = ""
		}
		_, _, err := h.store.ActOnCounted(c.Request.Context(), requestOf(c).actor, in)
		if err == nil {
			return seeOther(c, plus(f.words.path("staff/sellers", o.SellerID, "counted", o.OrderNumber), "done", "decided"))
		}
		if err := f.refused(err); err != nil {
			return err
		}
	}
	return h.countedForm(f, models.SideStaff)
}

// contestsPage is the desk of contests, the first due first.
type contestsPage struct {
	Lead  string
	Tabs  []templates.Link
	Table templates.Table
}

// overdueView are the contests that should have been decided by now.
const overdueView = "overdue"

func (h *Handlers) listContests(c *gin.Context) error {
	d, now := h.desk(c, models.SideStaff), h.pageTime(c)
	view := c.Query("view")
	f := models.ContestFilter{Page: models.Page{Cursor: c.Query("cursor")}, Overdue: view == overdueView}
	if view != "" && !f.Overdue {
		return notFound()
	}
	list, next, err := h.store.ContestDesk(c.Request.Context(), requestOf(c).actor, f)
	if err != nil {
		return listError(err)
	}
	empty := templates.Empty{Text: d.text("counted.desk_empty"), Link: &templates.Link{Label: d.text("nav.queue"), Href: d.path("staff/queue")}}
	if f.Overdue {
		empty = templates.Empty{Text: d.text("counted.desk_none_overdue"), Link: &templates.Link{Label: d.text("counted.desk_all"), Href: d.path("staff/contests")}}
	}
	t := templates.Table{Caption: d.text("counted.desk"), Columns: []templates.Column{
		{Label: d.text("work.order_number")}, {Label: d.text("work.due_by")}, {Label: d.label("role", "seller")}, {Label: d.text("counted.reason")},
	}, Empty: &empty}
	for _, k := range list {
		t.Rows = append(t.Rows, templates.Row{Cells: []templates.Cell{
			{Link: &templates.Link{Label: k.OrderNumber, Href: d.path("staff/sellers", k.SellerID, "counted", k.OrderNumber)}},
			{Due: &templates.Clock{At: k.DueAt.Time(), Now: now, Kind: templates.ClockDue}},
			d.cell(k.SellerName), d.cell(cutWords(k.Reason)),
		}})
	}
	if t.Pages = listPages(c, next); f.Overdue {
		keepIn(t.Pages, "view", view)
	}
	tabs := []templates.Link{
		{Label: d.text("counted.desk_all"), Href: d.path("staff/contests"), Current: !f.Overdue},
		{Label: d.text("counted.desk_overdue"), Href: plus(d.path("staff/contests"), "view", overdueView), Current: f.Overdue},
	}
	p := h.page(c, d.text("counted.desk"), contestsPage{d.text("counted.desk_lead"), tabs, t})
	p.Wide = true
	p.Back = &templates.Link{Label: d.text("nav.queue"), Href: d.path("staff/queue"), Key: "u"}
	asDesk(c, &p)
	return h.render(c, 200, "staff/contests", p)
}

// cutWords is the beginning of a text, for a cell of a table.
func cutWords(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
