package handlers

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// deskCache keeps what the queue says beside its rows: what sellers and staff are called,
// and how many cases each view holds. Names change rarely and counts may be some seconds
// old; so a page of the queue is one statement.
type deskCache struct {
	h      *Handlers
	mu     sync.Mutex
	names  map[string]string
	read   time.Time
	counts map[string]countsAt // by account
}

type countsAt struct {
	at     time.Time
	counts map[models.DeskView]int
}

const (
	namesLife  = time.Minute
	countsLife = 10 * time.Second
	mostNames  = 10_000
	mostCounts = 500
)

func newDeskCache(h *Handlers) *deskCache {
	return &deskCache{h: h, names: map[string]string{}, counts: map[string]countsAt{}}
}

// namesOf gives the names of the rows' sellers and holders, asking for those not known.
func (k *deskCache) namesOf(ctx context.Context, by models.Actor, rows []models.DeskRow) (map[string]string, error) {
	sellers, accounts := models.DeskAccounts(rows)
	k.mu.Lock()
	now := k.h.machineTime()
	if now.Sub(k.read) > namesLife || len(k.names) > mostNames {
		k.names, k.read = map[string]string{}, now
	}
	known := make(map[string]string, len(sellers)+len(accounts))
	missing := func(ids []string) []string {
		return slices.DeleteFunc(ids, func(id string) bool {
			name, ok := k.names[id]
			if ok {
				known[id] = name
			}
			return ok
		})
	}
	sellers, accounts = missing(sellers), missing(accounts)
	k.mu.Unlock()
	if len(sellers) == 0 && len(accounts) == 0 {
		return known, nil
	}
	found, err := k.h.store.DeskNames(ctx, by, sellers, accounts)
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for id, name := range found {
		k.names[id], known[id] = name, name
	}
	return known, nil
}

func (k *deskCache) countsOf(ctx context.Context, by models.Actor) (map[models.DeskView]int, error) {
	now := k.h.machineTime()
	k.mu.Lock()
	kept, ok := k.counts[by.AccountID]
	k.mu.Unlock()
	if ok && now.Sub(kept.at) < countsLife {
		return kept.counts, nil
	}
	counts, err := k.h.store.DeskCounts(ctx, by)
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.counts) > mostCounts {
		k.counts = map[string]countsAt{}
	}
	k.counts[by.AccountID] = countsAt{now, counts}
	return counts, nil
}

// queuePage is the queue with the panel of the case that is selected.
type queuePage struct {
	Tabs    []templates.Link
	Search  templates.Field
	Filters []templates.Field
	Hidden  []templates.Hidden
	Chips   []templates.Link // filters in force, each a link that takes it away
	Clear   *templates.Link
	Table   templates.Table
	Panel   *queuePanel
	AsOf    time.Time
	Refresh string
	Outside templates.Link
}

// queuePanel is the case beside the list.
type queuePanel struct {
	Number  string
	Tag     templates.Tag
	Title   string
	Href    string
	Party   bool // the viewer is a party: nothing of the desk is shown
	Clock   *templates.Clock
	Facts   []templates.SummaryRow
	Buyer   string
	Lang    string
	Seller  string
	Files   int
	Links   []templates.Link
	Take    string
	Release string
	Close   string
}

func (h *Handlers) toQueue(c *gin.Context) error {
	return seeOther(c, h.words(c).path("staff/queue"))
}

// queueQuery is the view in the address.
type queueQuery struct {
	view           models.DeskView
	status, reason string
	seller, q, sel string
	cursor         string
}

func readQueueQuery(c *gin.Context) (queueQuery, error) {
	q := queueQuery{
		view: models.DeskView(c.DefaultQuery("v", string(models.DeskDue))), status: c.Query("status"), reason: c.Query("reason"),
		seller: c.Query("seller"), q: c.Query("q"), sel: c.Query("sel"), cursor: c.Query("cursor"),
	}
	if !slices.Contains(models.DeskViews, q.view) {
		return q, notFound()
	}
	if q.view != models.DeskAll || !slices.Contains(models.ClaimStatuses, models.ClaimStatus(q.status)) {
		q.status = ""
	}
	if !models.Reason(q.reason).Covered() {
		q.reason = ""
	}
	return q, nil
}

// href is the queue's address with some values changed; "" takes one away.
func (q queueQuery) href(d desk, changes ...string) string {
	v := url.Values{"v": {string(q.view)}, "status": {q.status}, "reason": {q.reason}, "seller": {q.seller}, "q": {q.q}, "sel": {q.sel}, "cursor": {q.cursor}}
	for i := 0; i+1 < len(changes); i += 2 {
		v.Set(changes[i], changes[i+1])
	}
	for name := range v {
		if v.Get(name) == "" {
			v.Del(name)
		}
	}
	return d.path("staff/queue") + "?" + v.Encode()
}

func (k *deskCache) showQueue(c *gin.Context) error {
	h := k.h
	ctx, by, d, now := c.Request.Context(), requestOf(c).actor, h.desk(c, models.SideStaff), h.pageTime(c)
	q, err := readQueueQuery(c)
	if err != nil {
		return err
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
	} else {
		rows, next, err = h.store.Desk(ctx, by, models.DeskFilter{
			View: q.view, Status: models.ClaimStatus(q.status), Reason: models.Reason(q.reason), SellerID: q.seller, Page: models.Page{Cursor: q.cursor},
		})
		if err != nil {
			return listError(err)
		}
	}
	names, err := k.namesOf(ctx, by, append(slices.Clone(rows), models.DeskRow{SellerID: q.seller}))
	if err != nil {
		return err
	}
	content := queuePage{AsOf: now, Refresh: q.href(d), Outside: templates.Link{Label: d.text("staff.outside"), Href: d.path("staff/outside-contacts")}}
	if err := k.tabs(ctx, by, d, q, &content); err != nil {
		return err
	}
	d.queueFilters(q, names, &content)
	content.Table = d.queueTable(q, rows, names, by, now)
	if next != "" {
		content.Table.Pages = &templates.Pages{Next: q.href(d, "cursor", next, "sel", "")}
	}
	if q.sel != "" {
		if content.Panel, err = h.queuePanel(c, d, q, now); err != nil {
			return err
		}
	}
	p := h.page(c, d.text("nav.queue"), content)
	p.Wide, p.Dense = true, true
	markNav(&p, d.path("staff/"))
	return h.render(c, http.StatusOK, "staff/queue", p)
}

// markNav marks the navigation's entry whose address begins with prefix as the present one.
func markNav(p *templates.Page, prefix string) {
	for i, l := range p.Nav {
		p.Nav[i].Current = len(l.Href) >= len(prefix) && l.Href[:len(prefix)] == prefix
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

func (d desk) queueFilters(q queueQuery, names map[string]string, content *queuePage) {
	content.Search = templates.Field{Name: "q", Label: d.text("staff.search"), Type: "search", Value: q.q, Width: "m"}
	pick := func(name, label, value string, values []string, word func(string) string) {
		f := templates.Field{Name: name, Label: d.text(label), Width: "m", Choices: []templates.Choice{{Label: d.text("staff.any"), Checked: value == ""}}}
		for _, v := range values {
			f.Choices = append(f.Choices, templates.Choice{Value: v, Label: word(v), Checked: v == value})
		}
		content.Filters = append(content.Filters, f)
		if value != "" {
			content.Chips = append(content.Chips, templates.Link{Label: d.text("staff.chip", "name", d.text(label), "value", word(value)), Href: q.href(d, name, "", "cursor", "", "sel", "")})
		}
	}
	if q.view == models.DeskAll {
		var states []string
		for _, s := range models.ClaimStatuses {
			if s != models.AwaitingReturn && s != models.UnderAppeal {
				states = append(states, string(s))
			}
		}
		pick("status", "work.status", q.status, states, func(s string) string { return d.label("status.staff", s) })
	}
	var reasons []string
	for _, r := range models.CoveredReasons {
		reasons = append(reasons, string(r))
	}
	pick("reason", "work.reason", q.reason, reasons, func(r string) string { return d.label("reason", r) })
	if q.seller != "" {
		content.Hidden = append(content.Hidden, templates.Hidden{Name: "seller", Value: q.seller})
		content.Chips = append(content.Chips, templates.Link{
			Label: d.text("staff.chip", "name", d.label("role", "seller"), "value", firstText(names[q.seller], q.seller)), Href: q.href(d, "seller", "", "cursor", "", "sel", ""),
		})
	}
	content.Hidden = append(content.Hidden, templates.Hidden{Name: "v", Value: string(q.view)})
	if len(content.Chips) > 0 {
		content.Clear = &templates.Link{Label: d.text("action.clear_filter"), Href: d.path("staff/queue") + "?v=" + string(q.view)}
	}
}

func (d desk) queueTable(q queueQuery, rows []models.DeskRow, names map[string]string, by models.Actor, now time.Time) templates.Table {
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
	switch {
	case q.q != "":
		t.Caption = d.text("staff.found", "query", q.q)
		t.Empty = &templates.Empty{Text: d.text("staff.not_found", "query", q.q), Link: &templates.Link{Label: d.text("staff.view_all"), Href: d.path("staff/queue") + "?v=all"}}
	case q.reason != "" || q.status != "" || q.seller != "":
		t.Empty = &templates.Empty{Text: d.text("list.no_match"), Link: &templates.Link{Label: d.text("action.clear_filter"), Href: d.path("staff/queue") + "?v=" + string(q.view)}}
	}
	here := q.href(d, "sel", "") // the same for every row; numbers need no escaping
	for _, r := range rows {
		due := templates.Cell{}
		if r.DueAt != 0 {
			kind := templates.ClockWait
			if r.NextActor == models.StaffsTurn {
				kind = templates.ClockDue
			}
			due.Due = &templates.Clock{At: r.DueAt.Time(), Now: now, Kind: kind}
		}
		holder := ""
		switch {
		case r.TakenBy == by.AccountID:
			holder = d.text("staff.me")
		case r.TakenBy != "":
			holder = firstText(names[r.TakenBy], d.label("role", "agent"))
		}
		t.Rows = append(t.Rows, templates.Row{Cells: []templates.Cell{
			{Link: &templates.Link{Label: r.Number, Href: here + "&sel=" + r.Number + "#panel", Current: r.Number == q.sel}},
			due,
			{Tag: &templates.Tag{Status: string(r.Status), Role: "staff"}},
			{Text: d.label("reason_short", string(r.Reason))},
			{Money: &templates.Money{Amount: r.Claimed, Currency: r.Currency}},
			d.cell(firstText(names[r.SellerID], r.SellerID)),
			d.cell(holder),
			{At: timeOf(r.ChangedAt)},
		}})
	}
	return t
}

func (h *Handlers) queuePanel(c *gin.Context, d desk, q queueQuery, now time.Time) (*queuePanel, error) {
	number, err := models.ParseNumber('C', q.sel)
	if err != nil {
		return nil, nil //nolint:nilnil,nilerr // a number that is none selects nothing
	}
	v, err := h.store.ClaimByNumber(c.Request.Context(), requestOf(c).actor, number)
	if models.KindOf(err) == models.NotFound {
		return nil, nil //nolint:nilnil // so does one that is not there
	}
	if err != nil {
		return nil, err
	}
	p := &queuePanel{Number: v.Number, Tag: templates.Tag{Status: string(v.Status), Role: "staff"}, Title: v.Title, Close: q.href(d, "sel", ""), Href: d.path("staff/cases", v.Number)}
	if v.Side == models.SideBuyer || v.Side == models.SideSeller {
		p.Party, p.Href = true, d.path("my/claims", v.Number)
		return p, nil
	}
	if v.DueAt != 0 {
		clock := d.staffClock(v, now)
		p.Clock = &clock
	}
	p.Facts = []templates.SummaryRow{
		{Label: d.text("money.claimed"), Money: &templates.Money{Amount: v.Claimed, Currency: v.Currency}},
		{Label: d.text("work.reason"), Value: d.label("reason", string(v.Reason))},
		{Label: d.text("seller.wish"), Value: d.label("desired_outcome", string(v.DesiredOutcome))},
		d.row(d.label("role", "buyer"), firstText(v.BuyerName, v.BuyerEmail)),
		d.row(d.label("role", "seller"), v.SellerName),
		{Label: d.text("evidence.title"), Value: d.text("work.file_count", "count", len(v.Evidence))},
	}
	p.Buyer, p.Lang, p.Seller = v.Description, v.BuyerLocale, d.sellerSaid(v)
	for _, a := range v.Allowed {
		switch a { //nolint:exhaustive // the panel has the few moves that staff make often
		case models.Take:
			p.Take = p.Href + "/take"
		case models.Release:
			p.Release = p.Href + "/release"
		case models.Decide, models.Ask, models.AddNote, models.Approve, models.SendBack:
			p.Links = append(p.Links, templates.Link{Label: d.label("action", string(a)), Href: p.Href + "/" + movePath(a)})
		}
	}
	return p, nil
}

// sellerSaid is the seller's version in words, or that there is none yet.
func (d desk) sellerSaid(v models.ClaimView) string {
	said := v.LastStatement(models.SideSeller)
	switch {
	case said != nil:
		return said.Text
	case v.Offer != nil:
		return d.label("offer", string(v.Offer.Kind)) + "\n" + v.Offer.Message
	case v.SellerSilent:
		return d.text("staff.seller_silent", "answer_due_at", v.SellerDueAt)
	}
	return d.text("staff.no_answer_yet")
}

func (d desk) staffClock(v models.ClaimView, now time.Time) templates.Clock {
	clock := templates.Clock{Label: d.text("work.next_" + string(v.NextActor)), At: v.DueAt.Time(), Now: now, Kind: templates.ClockWait, Over: d.text("work.target_passed")}
	if v.NextActor == models.StaffsTurn {
		clock.Kind = templates.ClockDue
		clock.Label = d.text("staff.target")
	}
	return clock
}

// outsidePage is the queue of contacts made elsewhere.
type outsidePage struct {
	Items []outsideItem
	Empty templates.Empty
	Pages *templates.Pages
}

type outsideItem struct {
	Title  string
	Facts  []templates.SummaryRow
	Files  []templates.EvidenceItem
	Action string
	Why    templates.Field
	May    bool
}

func (h *Handlers) listOutsidePages(c *gin.Context) error { return h.outsidePage(c, nil, "") }

func (h *Handlers) outsidePage(c *gin.Context, said *entry, id string) error {
	d := h.desk(c, models.SideStaff)
	items, next, err := h.store.PendingOutsideContacts(c.Request.Context(), requestOf(c).actor, models.Page{Limit: 20, Cursor: c.Query("cursor")})
	if err != nil {
		return listError(err)
	}
	content := outsidePage{Empty: templates.Empty{Text: d.text("staff.outside_empty"), Link: &templates.Link{Label: d.text("nav.queue"), Href: d.path("staff/queue")}}}
	if next != "" {
		content.Pages = &templates.Pages{Next: d.path("staff/outside-contacts") + "?cursor=" + next}
	}
	blank := h.newEntry(c, outsideQuestions)
	for i, x := range items {
		item := outsideItem{Title: x.Title, Files: d.evidence(x.Evidence), Action: d.path("staff/outside-contacts", x.ID), May: x.MayDecide}
		item.Facts = []templates.SummaryRow{
			{Label: d.text("work.order_number"), Value: x.OrderNumber},
			d.row(d.label("role", "seller"), x.SellerName),
			{Label: d.text("staff.outside_at"), At: timeOf(x.ContactedAt)},
			{Label: d.text("staff.channel"), Value: d.label("contact.channel", string(x.Channel))},
			{Label: d.text("staff.declared_at"), At: timeOf(x.CreatedAt)},
		}
		f := blank
		if said != nil && x.ID == id {
			f = said
		}
		item.Why = f.field("reason", "staff.outside_why_hint")
		item.Why.Rows = 2
		if f != said {
			item.Why.ID = "reason-" + strconv.Itoa(i)
		}
		content.Items = append(content.Items, item)
	}
	f := said
	if f == nil {
		f = blank
	}
	p := h.page(c, d.text("staff.outside"), content)
	p.Dense = true
	p.Back = &templates.Link{Label: d.text("nav.queue"), Href: d.path("staff/queue")}
	markNav(&p, d.path("staff/"))
	return f.showPage("staff/outside", p)
}

var outsideQuestions = questions{"reason": story("staff.outside_why", 1000)}

func (h *Handlers) postOutside(c *gin.Context) error {
	f, err := h.readEntry(c, outsideQuestions)
	if err != nil {
		return err
	}
	in := models.OutsideDecision{Accept: f.get("do") == "accept", Reason: f.get("reason")}
	if _, err = h.store.DecideOutsideContact(c.Request.Context(), requestOf(c).actor, c.Param("id"), in); err == nil {
		return seeOther(c, f.words.path("staff/outside-contacts"))
	}
	if err := f.refused(err); err != nil {
		return err
	}
	return h.outsidePage(c, f, c.Param("id"))
}
