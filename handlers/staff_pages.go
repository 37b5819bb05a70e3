package handlers

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// queuePage is the queue with the panel of the case that is selected.
type queuePage struct {
	Tabs     []templates.Link
	Search   templates.Field
	Filters  []templates.Field
	Open     bool // something in the filters has to be mended
	Hidden   []templates.Hidden
	Words    templates.FilterWords
	Table    templates.Table
	First    string // address of the first page, from any other
	Cases    string // what a case's address begins with
	Panel    *queuePanel
	AsOf     time.Time
	Refresh  string
	Next     string // takes the next case; "" for who decides none
	Outside  templates.Link
	Contests templates.Link
	Quality  templates.Link
}

func (h *Handlers) toQueue(c *gin.Context) error {
	return seeOther(c, h.words(c).path("staff/queue"))
}

// asDesk finishes a page of the desk: where it stands in the navigation, and the keys for
// whoever has not switched them off.
func asDesk(c *gin.Context, p *templates.Page) {
	p.Dense = true
	if at := slices.IndexFunc(p.Nav, func(l templates.Link) bool { return l.Href == "/"+p.Lang+"/staff/queue" }); at >= 0 {
		p.Nav[at].Current = !slices.ContainsFunc(p.Nav, func(l templates.Link) bool { return l.Current }) || p.Nav[at].Current
	}
	if keysOn(c) {
		p.Scripts = append(p.Scripts, "staff")
	}
}

func (k *deskCache) showQueue(c *gin.Context) error {
	h := k.h
	ctx, by, d, now := c.Request.Context(), requestOf(c).actor, h.desk(c, models.SideStaff), h.pageTime(c)
	q, err := readQueueQuery(c)
	if err != nil {
		return err
	}
	f := q.filter(now, h.store.Zone())
	if q.step != "" {
		return h.stepOnDesk(c, d, q, f)
	}
	var rows []models.DeskRow
	next := ""
	if q.q != "" {
		if rows, err = h.store.DeskSearch(ctx, by, q.q); err != nil {
			return err
		}
		if len(rows) == 1 {
			return seeOther(c, d.path("staff/cases", rows[0].Number))
		}
	} else if rows, next, err = h.store.Desk(ctx, by, f); err != nil {
		return listError(err)
	}
	if f.Before && next == "" {
		return seeOther(c, q.href(d, "before", "")) // the first page is the one that begins at the beginning
	}
	names, err := k.namesOf(ctx, by, append(slices.Clone(rows), models.DeskRow{SellerID: q.seller}))
	if err != nil {
		return err
	}
	content := queuePage{
		AsOf: now, Refresh: q.href(d), Cases: d.path("staff/cases") + "/", Outside: templates.Link{Label: d.text("staff.outside"), Href: d.path("staff/outside-contacts")},
		Contests: templates.Link{Label: d.text("counted.desk"), Href: d.path("staff/contests")},
		Quality:  templates.Link{Label: d.text("quality.title"), Href: d.path("staff/quality")},
	}
	if by.IsStaff() {
		content.Next = q.nextHref(d)
	}
	if err := k.tabs(ctx, by, d, q, &content); err != nil {
		return err
	}
	d.queueFilters(q, names, &content)
	policy, err := h.store.Policy(ctx, models.InstantOf(now))
	if err != nil {
		return err
	}
	content.Table = d.queueTable(q, rows, names, by, policy, now)
	d.queuePages(q, f, rows, next, &content)
	if len(rows) == 0 && q.q == "" && !q.narrowed() && q.view != models.DeskAll {
		if err := h.sayNextDue(ctx, by, d, &content); err != nil {
			return err
		}
	}
	if q.sel != "" {
		if content.Panel, err = h.queuePanel(c, d, q, now); err != nil {
			return err
		}
	}
	p := h.page(c, d.text("nav.queue"), content)
	p.Wide = true
	asDesk(c, &p)
	d.done(c, &p)
	d.decidedBefore(c, &p)
	if q.q == "" {
		p.Watch = q.watch(d, rows, now)
	}
	if end := c.Query("end"); end == "next" || end == "prev" {
		p.Banner = &templates.Banner{Tone: "info", Title: d.text("staff.end_" + end), Role: "status"}
	}
	return h.render(c, http.StatusOK, "staff/queue", p)
}

// stepOnDesk leads from a case to the one beside it in a view.
func (h *Handlers) stepOnDesk(c *gin.Context, d desk, q queueQuery, f models.DeskFilter) error {
	number, err := models.ParseNumber('C', q.from)
	if err != nil {
		return notFound()
	}
	f.Before = q.step == stepPrev
	to, err := h.store.DeskNeighbour(c.Request.Context(), requestOf(c).actor, f, number)
	if err != nil {
		return err
	}
	if to == "" {
		return seeOther(c, q.href(d, "end", q.step))
	}
	return seeOther(c, q.caseHref(d, to))
}

// queuePages leads to the neighbouring pages of the list and to its first.
func (d desk) queuePages(q queueQuery, f models.DeskFilter, rows []models.DeskRow, next string, content *queuePage) {
	if q.cursor == "" && q.before == "" && next == "" || q.q != "" {
		return
	}
	p := templates.Pages{}
	if q.cursor != "" || q.before != "" {
		content.First = q.href(d, "sel", "")
	}
	if len(rows) > 0 {
		first, last := models.DeskCursor(f, rows[0]), models.DeskCursor(f, rows[len(rows)-1])
		if content.First != "" {
			p.Prev = q.href(d, "before", first, "sel", "")
		}
		if next != "" || f.Before {
			p.Next = q.href(d, "cursor", last, "sel", "")
		}
	}
	content.Table.Pages = &p
}

// sayNextDue adds to an empty list when the next case may come to it.
func (h *Handlers) sayNextDue(ctx context.Context, by models.Actor, d desk, content *queuePage) error {
	at, err := h.store.DeskNextDue(ctx, by)
	if err != nil || at == 0 || content.Table.Empty == nil {
		return err
	}
	content.Table.Empty.Text += d.text("staff.next_due", "due_at", at)
	return nil
}

// decidedBefore says on the page one was led on to that the case before it is decided.
func (d desk) decidedBefore(c *gin.Context, p *templates.Page) {
	said := "decided"
	if c.Query(said) == "" {
		said = "proposed"
	}
	number, err := models.ParseNumber('C', c.Query(said))
	if err != nil {
		return
	}
	p.Banner = &templates.Banner{
		Tone: "ok", Title: d.text("staff."+said+"_before", "number", number), Role: "status",
		Link: &templates.Link{Label: d.text("staff.back_to_case", "number", number), Href: d.path("staff/cases", number)},
	}
}

func (k *deskCache) tabs(ctx context.Context, by models.Actor, d desk, q queueQuery, content *queuePage) error {
	counts, err := k.countsOf(ctx, by)
	if err != nil {
		return err
	}
	for _, v := range models.DeskViews {
		if v == models.DeskMine && by.Role == models.RoleAdmin {
			continue // an admin takes no case
		}
		link := templates.Link{Label: d.text("staff.view_" + string(v)), Href: d.path("staff/queue") + "?v=" + string(v), Current: v == q.view && q.q == "", Count: counts[v]}
		link.More = counts[v] >= models.DeskCountLimit
		content.Tabs = append(content.Tabs, link)
	}
	return nil
}

// queueRow holds what a row of the queue points to, so that a page of them is one piece of memory.
type queueRow struct {
	link  templates.Link
	due   templates.Clock
	tag   templates.Tag
	money templates.Money
	at    time.Time
	cells [8]templates.Cell
}

func (d desk) queueTable(q queueQuery, rows []models.DeskRow, names map[string]string, by models.Actor, policy models.Policy, now time.Time) templates.Table {
	t := templates.Table{Caption: d.text("staff.view_" + string(q.view)), Columns: []templates.Column{
		{Label: d.text("work.number")},
		{Label: d.text("work.due_column")},
		{Label: d.text("work.status")},
		{Label: d.text("work.reason")},
		{Label: d.text("work.amount_column"), Number: true},
		{Label: d.label("role", "seller")},
		{Label: d.text("staff.holder")},
		{Label: d.text("staff.updated")},
	}, Empty: &templates.Empty{Text: d.text("staff.empty_" + string(q.view))}}
	last := &t.Columns[7]
	if q.view == models.DeskAll {
		last.Label = d.text("work.filed") // what this view is ordered by
	}
	switch {
	case q.q != "":
		t.Caption = d.text("staff.found", "query", q.q)
		t.Empty = &templates.Empty{Text: d.text("staff.not_found", "query", q.q), Link: &templates.Link{Label: d.text("seller.all_cases"), Href: d.path("staff/queue") + "?v=all"}}
	case q.narrowed():
		t.Empty = &templates.Empty{Text: d.text("list.no_match"), Link: &templates.Link{Label: d.text("action.clear_filter"), Href: d.path("staff/queue") + "?v=" + string(q.view)}}
	}
	if q.q == "" {
		own, column := []string{"ascending", "descending"}, &t.Columns[1]
		if q.view == models.DeskAll {
			own, column = []string{"descending", "ascending"}, last
		}
		sortable(column, q, d, "", string(models.DeskReversed), own[0], own[1])
		if q.view == models.DeskDue {
			sortable(&t.Columns[4], q, d, string(models.DeskLargest), string(models.DeskSmallest), "descending", "ascending")
		}
	}
	here := q.href(d, "sel", "") // the same for every row; numbers need no escaping
	t.Rows = make([]templates.Row, len(rows))
	kept, said := make([]queueRow, len(rows)), map[models.Reason]string{}
	sellers := map[string]templates.Cell{}
	for i, r := range rows {
		row := &kept[i]
		due := templates.Cell{}
		if r.DueAt != 0 {
			row.due = templates.Clock{At: r.DueAt.Time(), Now: now, Kind: templates.ClockWait}
			if r.NextActor == models.StaffsTurn {
				row.due.Kind = templates.ClockDue
			}
			due.Due = &row.due
		}
		holder := templates.Cell{}
		switch {
		case r.TakenBy == by.AccountID:
			holder = d.cell(d.text("staff.me"))
		case r.TakenBy != "":
			holder = d.cell(cmp.Or(names[r.TakenBy], d.label("role", "agent")))
		}
		if r.HoldUntil.Time().After(now) {
			holder.Text = d.text("staff.holder_waits", "name", holder.Text, "deadline", r.HoldUntil)
		} else if back := r.GoesBackAt(policy); back != 0 && r.TakenBy == by.AccountID {
			holder.Text = d.text("staff.holder_until", "name", holder.Text, "back_at", back)
		}
		at := r.ChangedAt
		if q.view == models.DeskAll {
			at = r.FiledAt
		}
		if _, ok := said[r.Reason]; !ok {
			said[r.Reason] = d.label("reason_short", string(r.Reason))
		}
		if _, ok := sellers[r.SellerID]; !ok {
			sellers[r.SellerID] = d.cell(cmp.Or(names[r.SellerID], r.SellerID))
		}
		row.link = templates.Link{Label: r.Number, Href: here + "&sel=" + r.Number + "#panel", Current: r.Number == q.sel}
		row.tag = templates.Tag{Status: string(r.Status), Role: "staff"}
		row.money = templates.Money{Amount: r.Claimed, Currency: r.Currency}
		row.cells = [...]templates.Cell{
			{Link: &row.link}, due, {Tag: &row.tag}, {Text: said[r.Reason]}, {Money: &row.money}, sellers[r.SellerID], holder, {},
		}
		if at != 0 {
			row.at = at.Time()
			row.cells[7].At = &row.at
		}
		t.Rows[i].Cells = row.cells[:]
	}
	return t
}

// sortable makes a column's head a link between two orders; the first press asks for one.
func sortable(column *templates.Column, q queueQuery, d desk, one, other, sortedOne, sortedOther string) {
	to := one
	switch string(q.sort) {
	case one:
		column.Sorted, to = sortedOne, other
	case other:
		column.Sorted = sortedOther
	}
	column.SortHref = q.href(d, "sort", to, "cursor", "", "before", "", "sel", "")
}
