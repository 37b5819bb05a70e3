package handlers

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/models/calendar"
	"hosho/templates"
)

// sellerCases is a list with its tabs and filters.
type sellerCases struct {
	View   string
	Tabs   []templates.Link
	Words  templates.FilterWords
	Action string
	Reason templates.Field
	From   templates.Field
	Until  templates.Field
	Open   bool // the filters are in use
	Table  templates.Table
	First  string // address of the first page, from any other
}

// caseList is a list of cases as its address asks for it.
type caseList struct {
	view, reason, from, until, cursor, before string
}

func readCaseList(c *gin.Context) caseList {
	return caseList{c.DefaultQuery("v", string(models.SellerTodo)), c.Query("reason"), c.Query("from"), c.Query("until"), c.Query("cursor"), c.Query("before")}
}

// href is the list's address with some of it changed; "" leaves a part out.
func (q caseList) href(d desk, change func(*caseList)) string {
	q.cursor, q.before = "", ""
	change(&q)
	values := url.Values{"v": {q.view}}
	for name, v := range map[string]string{"reason": q.reason, "from": q.from, "until": q.until, "cursor": q.cursor, "before": q.before} {
		if v != "" {
			values.Set(name, v)
		}
	}
	return d.path("seller/cases") + "?" + values.Encode()
}

// filter reads the address; what cannot be read is said by the form.
func (q caseList) filter(h *Handlers, f *entry) models.SellerFilter {
	out := models.SellerFilter{View: models.SellerView(q.view), Reason: models.Reason(q.reason), Page: models.Page{Cursor: q.cursor}}
	if q.before != "" {
		out.Cursor, out.Before = q.before, true
	}
	if q.reason != "" && !out.Reason.Covered() {
		f.fail("reason", "unknown_value")
	}
	day := func(name string, add int) models.Instant {
		if !f.has(name) {
			return 0
		}
		date := f.date(name)
		if date == (calendar.Date{}) {
			return 0
		}
		return models.InstantOf(calendar.StartOfDay(date.AddDays(add), h.store.Zone()))
	}
	out.From, out.Until = day("from", 0), day("until", 1)
	return out
}

var caseListQuestions = questions{"reason": choice("work.reason"), "from": typed("seller.filed_from"), "until": typed("seller.filed_until")}

func (h *Handlers) listSellerCases(c *gin.Context) error {
	d, q := h.desk(c, models.SideSeller), readCaseList(c)
	if !slices.Contains(models.SellerViews, models.SellerView(q.view)) {
		return notFound()
	}
	f := h.newEntry(c, caseListQuestions)
	f.set("reason", q.reason)
	f.set("from", q.from)
	f.set("until", q.until)
	filter := q.filter(h, f)
	var rows []models.SellerCase
	var next string
	if f.ok() {
		var err error
		if rows, next, err = h.store.SellerCases(c.Request.Context(), requestOf(c).actor, filter); err != nil {
			return listError(err)
		}
	} else {
		f.status = http.StatusUnprocessableEntity
	}
	content := sellerCases{View: q.view, Action: d.path("seller/cases"), Open: !f.ok()}
	for _, v := range models.SellerViews {
		content.Tabs = append(content.Tabs, templates.Link{Label: d.text("seller.view_" + string(v)), Href: q.href(d, func(q *caseList) { q.view = string(v) }), Current: string(v) == q.view})
	}
	q.fields(&content, d, f)
	if err := h.caseTable(c, d, &content, q, rows); err != nil {
		return err
	}
	q.pages(&content, d, rows, next)
	p := h.page(c, d.text("nav.cases"), content)
	p.Wide = true
	p.Back = &templates.Link{Label: d.text("seller.home"), Href: d.path("seller")}
	return f.showPage("seller/cases", p)
}

// fields are the filters to set and the words of those that are.
func (q caseList) fields(content *sellerCases, d desk, f *entry) {
	content.Reason = f.choices("reason", "", nil, nil)
	content.Reason.Choices = []templates.Choice{{Label: d.text("seller.any_reason"), Checked: q.reason == ""}}
	for _, r := range models.CoveredReasons {
		content.Reason.Choices = append(content.Reason.Choices, templates.Choice{Value: string(r), Label: d.label("reason", string(r)), Checked: q.reason == string(r)})
	}
	content.Reason.Width = "l"
	content.From, content.Until = f.field("from", ""), f.field("until", "")
	content.From.Type, content.Until.Type = "date", "date"
	content.From.Width, content.Until.Width = "m", "m"
	word := func(label, value string, without func(*caseList)) {
		content.Words.Words = append(content.Words.Words, templates.Link{Label: d.text("seller.filter_word", "name", d.text(label), "value", value), Href: q.href(d, without)})
	}
	if q.reason != "" {
		word("work.reason", d.label("reason", q.reason), func(q *caseList) { q.reason = "" })
	}
	if q.from != "" {
		word("seller.filed_from", q.from, func(q *caseList) { q.from = "" })
	}
	if q.until != "" {
		word("seller.filed_until", q.until, func(q *caseList) { q.until = "" })
	}
	if len(content.Words.Words) > 0 {
		content.Words.Clear = &templates.Link{Label: d.text("seller.filter_clear"), Href: q.href(d, func(q *caseList) { q.reason, q.from, q.until = "", "", "" })}
	}
}

func (h *Handlers) caseTable(c *gin.Context, d desk, content *sellerCases, q caseList, rows []models.SellerCase) error {
	due := map[models.SellerView]string{models.SellerTodo: "work.due_by", models.SellerWaiting: "seller.next_date", models.SellerDecided: "work.filed", models.SellerAll: "seller.next_or_filed"}
	t := templates.Table{Caption: d.text("seller.view_" + q.view), Columns: []templates.Column{
		{Label: d.text("work.number")},
		{Label: d.text(due[models.SellerView(q.view)])},
		{Label: d.text("work.status")},
		{Label: d.text("work.reason")},
		{Label: d.text("work.amount_column"), Number: true},
		{Label: d.text("seller.wish_column")},
		{Label: d.text("work.item")},
	}, Empty: &templates.Empty{Text: d.text("seller.empty_" + q.view), Link: &templates.Link{Label: d.text("seller.all_orders"), Href: d.path("seller/orders")}}}
	if content.Words.Clear != nil {
		t.Empty = &templates.Empty{Text: d.text("seller.none_match"), Link: content.Words.Clear}
	}
	ids := make([]string, 0, len(rows))
	for _, r := range rows {
		ids = append(ids, r.ID)
	}
	marks, err := h.store.AnswerMarks(c.Request.Context(), requestOf(c).actor, ids)
	if err != nil {
		return err
	}
	now := h.pageTime(c)
	for _, r := range rows {
		when := templates.Cell{At: timeOf(r.FiledAt)}
		if r.DueAt != 0 {
			kind := templates.ClockWait
			if r.NextActor == models.SellersTurn && !r.Answered {
				kind = templates.ClockDue
			}
			when = templates.Cell{Due: &templates.Clock{At: r.DueAt.Time(), Now: now, Kind: kind}}
		}
		tag := templates.Tag{Status: string(r.Status), Role: "seller"}
		switch {
		case r.Answered:
			tag = d.heldTag()
		case r.Status == models.Settled && r.NextActor == models.SellersTurn:
			tag = d.replacementTag()
		}
		number := templates.Cell{Link: &templates.Link{Label: r.Number, Href: d.path("seller/cases", r.Number)}}
		if mark, ok := marks[r.ID]; ok {
			number.Text = h.unsentMark(c, d, mark)
		}
		t.Rows = append(t.Rows, templates.Row{Cells: []templates.Cell{
			number, when,
			{Tag: &tag},
			{Text: d.label("reason_short", string(r.Reason))},
			{Money: &templates.Money{Amount: r.Claimed, Currency: r.Currency}},
			{Text: d.label("desired_outcome", string(r.DesiredOutcome))},
			d.cell(r.Title),
		}})
	}
	content.Table = t
	return nil
}

// unsentMark says on a list whose draft waits.
func (h *Handlers) unsentMark(c *gin.Context, d desk, mark models.AnswerMark) string {
	if mark.AccountID == requestOf(c).actor.AccountID {
		return d.text("seller.unsent_you")
	}
	return d.text("seller.unsent", "name", mark.Name)
}

// pages leads to the neighbouring pages and to the first.
func (q caseList) pages(content *sellerCases, d desk, rows []models.SellerCase, next string) {
	if q.cursor != "" || q.before != "" {
		content.First = q.href(d, func(*caseList) {})
	}
	if len(rows) == 0 {
		return
	}
	view := models.SellerView(q.view)
	var p templates.Pages
	if q.cursor != "" || q.before != "" && next != "" {
		p.Prev = q.href(d, func(q *caseList) { q.before = models.SellerCursor(view, rows[0]) })
	}
	if q.before != "" || next != "" {
		p.Next = q.href(d, func(q *caseList) { q.cursor = models.SellerCursor(view, rows[len(rows)-1]) })
	}
	if p != (templates.Pages{}) {
		content.Table.Pages = &p
	}
}
