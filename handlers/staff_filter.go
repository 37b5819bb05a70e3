package handlers

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/text/unicode/norm"

	"hosho/models"
	"hosho/templates"
)

// queueQuery is the view in the address. The addresses of a case's pages carry it too, so that
// the next case is the next one of the view one came from.
type queueQuery struct {
	view           models.DeskView
	status, reason string
	due            string // "over" or "today"
	amount         string // as typed
	least          int64  // what was typed, 0 where it is no number
	sort           models.DeskSort
	seller, q, sel string
	cursor, before string
	step, from     string // to a case's neighbour
}

// Steps from a case to its neighbours.
const (
	stepNext = "next"
	stepPrev = "prev"
)

func readQueueQuery(c *gin.Context) (queueQuery, error) {
	q := queueQuery{
		view: models.DeskView(c.DefaultQuery("v", string(models.DeskDue))), status: c.Query("status"), reason: c.Query("reason"),
		due: c.Query("due"), amount: strings.TrimSpace(c.Query("amount")), sort: models.DeskSort(c.Query("sort")),
		seller: c.Query("seller"), q: strings.TrimSpace(c.Query("q")), sel: c.Query("sel"), cursor: c.Query("cursor"), before: c.Query("before"),
		step: c.Query("step"), from: c.Query("from"),
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
	if q.view == models.DeskAll || !slices.Contains(queueDues(), q.due) {
		q.due = ""
	}
	if !slices.Contains(queueSorts(q.view), string(q.sort)) {
		q.sort = ""
	}
	if q.step != "" && q.step != stepNext && q.step != stepPrev {
		return q, notFound()
	}
	q.least = wholeAmount(q.amount)
	return q, nil
}

// caseQuery is the view a case's page was reached from; one that is wrong is the usual one.
func caseQuery(c *gin.Context) queueQuery {
	q, err := readQueueQuery(c)
	if err != nil {
		return queueQuery{view: models.DeskDue}
	}
	q.q, q.sel, q.cursor, q.before, q.step, q.from = "", "", "", "", "", ""
	return q
}

func queueDues() []string { return []string{"over", "today"} }

// queueSorts are the orders of a view.
func queueSorts(v models.DeskView) []string {
	list := []string{"", string(models.DeskReversed)}
	if v == models.DeskDue {
		list = append(list, string(models.DeskLargest), string(models.DeskSmallest))
	}
	return list
}

// wholeAmount reads an amount without decimals as people type it; 0 is none.
func wholeAmount(typed string) int64 {
	n, err := strconv.ParseInt(strings.Map(func(r rune) rune {
		if strings.ContainsRune(",円¥$ ", r) {
			return -1
		}
		return r
	}, norm.NFKC.String(typed)), 10, 64)
	if err != nil || n < 0 || n > 1e12 {
		return 0
	}
	return n
}

// narrowed tells whether a filter is in force.
func (q queueQuery) narrowed() bool {
	return q.reason != "" || q.status != "" || q.seller != "" || q.due != "" || q.least > 0
}

// filter is the query to the desk.
func (q queueQuery) filter(now time.Time, zone *time.Location) models.DeskFilter {
	f := models.DeskFilter{
		View: q.view, Status: models.ClaimStatus(q.status), Reason: models.Reason(q.reason), SellerID: q.seller,
		AtLeast: q.least, Sort: q.sort, Page: models.Page{Cursor: q.cursor},
	}
	if q.before != "" {
		f.Before, f.Cursor = true, q.before
	}
	switch q.due {
	case "over":
		f.DueBefore = models.InstantOf(now) + 1 // over from the instant itself on
	case "today":
		y, m, day := now.In(zone).Date()
		f.DueBefore = models.InstantOf(time.Date(y, m, day+1, 0, 0, 0, 0, zone))
	}
	return f
}

// values are the parts of the view that are not what one would get without asking.
func (q queueQuery) values() url.Values {
	v := url.Values{"status": {q.status}, "reason": {q.reason}, "due": {q.due}, "amount": {q.amount}, "sort": {string(q.sort)}, "seller": {q.seller}}
	if q.view != models.DeskDue {
		v.Set("v", string(q.view))
	}
	return v
}

func encoded(v url.Values) string {
	for name := range v {
		if v.Get(name) == "" {
			v.Del(name)
		}
	}
	return v.Encode()
}

// href is the queue's address with some values changed; "" takes one away. A page further on is
// kept only where nothing but the selection changes.
func (q queueQuery) href(d desk, changes ...string) string {
	v := q.values()
	v.Set("v", string(q.view))
	v.Set("q", q.q)
	v.Set("sel", q.sel)
	if len(changes) == 0 || changes[0] == "sel" && len(changes) == 2 {
		v.Set("cursor", q.cursor)
		v.Set("before", q.before)
	}
	for i := 0; i+1 < len(changes); i += 2 {
		v.Set(changes[i], changes[i+1])
	}
	return d.path("staff/queue") + "?" + encoded(v)
}

// caseHref is the address of a case, or of one of its pages, that remembers the view.
func (q queueQuery) caseHref(d desk, number string, page ...string) string {
	href := d.path("staff/cases", append([]string{number}, page...)...)
	if v := encoded(q.values()); v != "" {
		href += "?" + v
	}
	return href
}

// plus adds a value to an address.
func plus(href, name, value string) string {
	mark := "?"
	if strings.Contains(href, "?") {
		mark = "&"
	}
	return href + mark + name + "=" + value
}

// stepHref is the address that leads to a case's neighbour in the view.
func (q queueQuery) stepHref(d desk, number, step string) string {
	v := q.values()
	v.Set("step", step)
	v.Set("from", number)
	return d.path("staff/queue") + "?" + encoded(v)
}

func (d desk) queueFilters(q queueQuery, names map[string]string, content *queuePage) {
	content.Search = templates.Field{Name: "q", Label: d.text("staff.search"), Type: "search", Value: q.q, Width: "m"}
	word := func(name, label, value string) {
		content.Words.Words = append(content.Words.Words, templates.Link{Label: d.text("staff.chip", "name", label, "value", value), Href: q.href(d, name, "", "sel", "")})
	}
	pick := func(name, label, value string, values []string, say func(string) string) {
		f := templates.Field{Name: name, Label: d.text(label), Width: "m", Choices: []templates.Choice{{Label: d.text("staff.any"), Checked: value == ""}}}
		for _, v := range values {
			f.Choices = append(f.Choices, templates.Choice{Value: v, Label: say(v), Checked: v == value})
		}
		content.Filters = append(content.Filters, f)
		if value != "" {
			word(name, f.Label, say(value))
		}
	}
	if q.view == models.DeskAll {
		var states []string
		for _, s := range models.ClaimStatuses {
			states = append(states, string(s))
		}
		pick("status", "work.status", q.status, states, func(s string) string { return d.label("status.staff", s) })
	} else {
		pick("due", "work.due_column", q.due, queueDues(), func(s string) string { return d.label("staff.due", s) })
	}
	var reasons []string
	for _, r := range models.CoveredReasons {
		reasons = append(reasons, string(r))
	}
	pick("reason", "work.reason", q.reason, reasons, func(r string) string { return d.label("reason", r) })
	amount := templates.Field{Name: "amount", Label: d.text("staff.amount_from"), Value: q.amount, Digits: true, Width: "s"}
	switch {
	case q.least > 0:
		word("amount", amount.Label, d.text("staff.number", "value", q.least))
	case q.amount != "":
		amount.Error, content.Open = d.text("staff.amount_wrong"), true
	}
	content.Filters = append(content.Filters, amount)
	if q.seller != "" {
		content.Hidden = append(content.Hidden, templates.Hidden{Name: "seller", Value: q.seller})
		word("seller", d.label("role", "seller"), cmp.Or(names[q.seller], q.seller))
	}
	sorts := templates.Field{Name: "sort", Label: d.text("staff.sort"), Width: "m"}
	for _, s := range queueSorts(q.view) {
		key := cmp.Or(s, "own")
		if q.view == models.DeskAll && s != string(models.DeskLargest) && s != string(models.DeskSmallest) {
			key += "_filed"
		}
		sorts.Choices = append(sorts.Choices, templates.Choice{Value: s, Label: d.label("staff.sorted", key), Checked: s == string(q.sort)})
	}
	content.Filters = append(content.Filters, sorts)
	content.Hidden = append(content.Hidden, templates.Hidden{Name: "v", Value: string(q.view)})
	if len(content.Words.Words) > 0 {
		content.Words.Clear = &templates.Link{Label: d.text("action.clear_filter"), Href: d.path("staff/queue") + "?v=" + string(q.view)}
	}
}
