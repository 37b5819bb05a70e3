package handlers

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/models/health"
	"hosho/templates"
)

// sellerHealth is a seller's health, as its members and as staff read it.
type sellerHealth struct {
	Lead    string
	Ladder  []templates.SummaryRow
	Leaves  templates.Table
	Windows templates.Table
	Trend   string
	Chart   healthChart
	Weeks   templates.Table
	Others  templates.Table
	Notes   []string
	Ways    []templates.Link
}

// healthChart is a row of bars, one a week, drawn by the server: each with its number, so that it
// can be read without its colours, and beside a table of the same.
type healthChart struct {
	Title, Text   string
	Width, Height int
	First, Last   string
	Bars          []healthBar
}

type healthBar struct {
	X, Y, Width, Height int
	Middle, Above       int // where its number stands
	Count               int
}

// healthPlace is where the pages of a seller's health are for whoever reads them.
type healthPlace struct {
	desk
	first string
	more  []string
}

func (p healthPlace) path(more ...string) string {
	return p.desk.path(p.first, slices.Concat(p.more, more)...)
}

// counted is the page of how one order is counted.
func (p healthPlace) counted(number string) string {
	if p.side == models.SideSeller {
		return p.path("orders", number)
	}
	return p.path("counted", number)
}

// orders leads to the orders behind a number.
func (p healthPlace) orders(count models.HealthCount, days int) string {
	return plus(plus(p.path("orders"), "count", string(count)), "days", strconv.Itoa(days))
}

func (h *Handlers) showSellerHealth(c *gin.Context) error {
	return h.healthPage(c, healthPlace{h.desk(c, models.SideSeller), "seller/health", nil}, requestOf(c).actor.SellerID)
}

// showStaffSeller is a seller as staff see it.
func (h *Handlers) showStaffSeller(c *gin.Context) error {
	id := c.Param("id")
	return h.healthPage(c, healthPlace{h.desk(c, models.SideStaff), "staff/sellers", []string{id}}, id)
}

func (h *Handlers) healthPage(c *gin.Context, d healthPlace, sellerID string) error {
	s, err := h.store.SellerHealth(c.Request.Context(), requestOf(c).actor, sellerID)
	if err != nil {
		return err
	}
	life := s.Windows[len(s.Windows)-1].Days
	content := sellerHealth{
		Lead: d.text("health.lead"), Ladder: d.ladder(s), Leaves: d.leaves(s), Windows: d.windows(s), Trend: d.text("health.trend", "direction", d.label("health.trends", string(s.Trend()))),
		Chart: d.chart(s), Weeks: d.weeks(s), Others: d.others(s),
		Notes: []string{d.text("health.note_window"), d.text("health.note_counts", "days", life), d.text("health.note_interval", "orders", health.SmallSample)},
	}
	if s.Windows[len(s.Windows)-1].Orders < health.SmallSample {
		content.Notes = append(content.Notes, d.text("health.few_orders"))
	}
	title := d.text("health.title")
	if d.side == models.SideSeller {
		content.Ways = append(content.Ways, templates.Link{Label: d.text("whatif.pick"), Href: d.desk.path("seller/orders")})
	} else {
		title = d.text("health.title_of", "seller", s.SellerName)
		content.Lead = d.text("health.lead_staff", "seller", s.SellerName)
		content.Ways = append(content.Ways, templates.Link{Label: d.text("seller_statement.of_seller"), Href: d.path("statement")})
	}
	p := h.page(c, title, content)
	p.Wide = true
	if d.side == models.SideSeller {
		p.Back = &templates.Link{Label: d.text("seller.home"), Href: d.desk.path("seller")}
	} else {
		p.Back = &templates.Link{Label: d.text("health.sellers"), Href: d.desk.path("staff/sellers")}
		asDesk(c, &p)
	}
	return h.render(c, http.StatusOK, "seller/health", p)
}

// ladder says where the seller stands, and how far the next step is.
func (d healthPlace) ladder(s models.SellerHealth) []templates.SummaryRow {
	st := s.Standing
	rows := []templates.SummaryRow{d.row(d.text("health.points"), d.text("health.points_of", "points", st.Points, "buyers", st.Buyers))}
	rows = append(rows, d.row(d.text("health.proposed"), d.level(st)))
	next := d.text("health.last_level")
	if n := s.Next; n.Level > 0 {
		key, args := "health.next", []any{"count", n.StockOuts, "measure", d.label("health.measure", string(n.Measure)), "points", n.Points}
		if !n.Before.IsZero() {
			key, args = "health.next_before", append(args, "day", n.Before)
		}
		next = d.text(key, args...)
	}
	return append(rows, d.row(d.text("health.next_step"), next))
}

// level is the step that the ladder proposes, and why it is below the points.
func (d healthPlace) level(st health.Standing) string {
	level := d.text("health.no_level")
	if st.Level > 0 {
		level = d.text("health.level", "level", st.Level, "measure", d.measure(st.Level))
	}
	if st.Held != health.NoGuard {
		level += " " + d.label("health.held", string(st.Held))
	}
	return level
}

// measure is what the ladder proposes at a level.
func (d healthPlace) measure(level int) string {
	levels := health.Default().Levels
	if level < 1 || level > len(levels) {
		return ""
	}
	return d.label("health.measure", string(levels[level-1].Measure))
}

func (d healthPlace) leaves(s models.SellerHealth) templates.Table {
	t := templates.Table{
		Caption: d.text("health.leaves"), Empty: &templates.Empty{Text: d.text("health.no_points")},
		Columns: []templates.Column{{Label: d.text("health.leave_at")}, {Label: d.text("health.points"), Number: true}, {Label: d.text("health.then"), Number: true}},
	}
	left := s.Standing.Points
	for _, l := range s.Standing.Leaves {
		left -= l.Points
		t.Rows = append(t.Rows, templates.Row{Cells: []templates.Cell{{At: &l.At}, {Text: d.text("health.minus", "points", l.Points)}, {Text: strconv.Itoa(left)}}})
	}
	return t
}

// rate is a share as its counts, and as an interval where there are enough.
func (w words) rate(r health.Rate) string {
	switch {
	case r.Orders == 0:
		return w.text("health.none")
	case r.Small():
		return w.text("health.small", "count", r.Hits, "orders", r.Orders)
	}
	return w.text("health.share", "percent", percent(r.Value()), "interval", w.interval(r), "count", r.Hits, "orders", r.Orders)
}

// interval is the interval of a rate, in percent.
func (w words) interval(r health.Rate) string {
	lower, upper := r.Interval()
	return w.text("health.interval", "lower", percent(lower), "upper", percent(upper))
}

func percent(share float64) string { return strconv.FormatFloat(100*share, 'f', 1, 64) }

// count is a number that opens the orders behind it, where there are any.
func (d healthPlace) count(n int, what models.HealthCount, days int) templates.Cell {
	if n == 0 {
		return templates.Cell{Text: d.text("health.orders_none")}
	}
	return templates.Cell{Link: &templates.Link{Label: d.text("health.orders", "count", n), Href: d.orders(what, days)}}
}

func (d healthPlace) windows(s models.SellerHealth) templates.Table {
	t := templates.Table{Caption: d.text("health.windows"), Columns: []templates.Column{
		{Label: d.text("health.window")},
		{Label: d.text("health.placed"), Number: true},
		{Label: d.text("health.cancelled"), Number: true},
		{Label: d.text("health.counted"), Number: true},
		{Label: d.text("health.rate")},
		{Label: d.text("health.causes")},
	}}
	for _, w := range s.Windows {
		t.Rows = append(t.Rows, templates.Row{Cells: []templates.Cell{
			{Text: d.text("health.last_days", "days", w.Days)},
			{Text: d.text("health.orders", "count", w.Orders)},
			d.count(w.Cancelled, models.CountCancelled, w.Days),
			d.count(w.StockOuts, models.CountStockOuts, w.Days),
			{Text: d.rate(w.Rate())},
			{Text: d.causes(w)},
		}})
	}
	return t
}

// causes are the cancellations by the seller, by the cause found.
func (d healthPlace) causes(w models.HealthWindow) string {
	if w.Cancelled == 0 {
		return d.text("health.orders_none")
	}
	text := ""
	for _, c := range []struct {
		cause health.Finding
		n     int
	}{{health.StockOut, w.StockOut}, {health.Misdeclared, w.Misdeclared}, {health.BuyerRequest, w.BuyerRequest}, {health.Other, w.Other}} {
		if c.n == 0 {
			continue
		}
		if text != "" {
			text += d.text("health.and")
		}
		text += d.text("health.cause_count", "cause", d.label("health.finding", string(c.cause)), "count", c.n)
	}
	return text
}

func (d healthPlace) others(s models.SellerHealth) templates.Table {
	t := templates.Table{Caption: d.text("health.others_list"), Columns: []templates.Column{
		{Label: d.text("health.what")}, {Label: d.text("health.window")}, {Label: d.text("health.rate")}, {Label: d.text("health.behind"), Number: true}, {Label: d.text("health.rule")}, {Label: d.text("health.verdict")},
	}}
	add := func(key string, days int, rate string, behind templates.Cell, rule, verdict string) {
		t.Rows = append(t.Rows, templates.Row{Cells: []templates.Cell{{Text: d.text("health." + key)}, {Text: d.text("health.last_days", "days", days)}, {Text: rate}, behind, {Text: rule}, {Text: verdict}}})
	}
	target := func(key string, g health.Target, r health.Rate, n int, what models.HealthCount) {
		rule := "health.below"
		if g.Least {
			rule = "health.least"
		}
		add(key, g.Days, d.rate(r), d.count(n, what, g.Days), d.text(rule, "percent", strconv.FormatFloat(100*g.Limit, 'f', -1, 64)), d.label("health.judged", string(g.Judge(r))))
	}
	target("defects", health.Defects, s.Defects, s.Defects.Hits, models.CountDefects)
	target("late", health.Late, s.Late, s.Late.Hits, models.CountLate)
	target("tracked", health.Tracked, s.Tracked, s.Tracked.Orders-s.Tracked.Hits, models.CountUntracked)
	response, verdict := d.text("health.none"), d.label("health.judged", string(health.TooFew))
	if s.Answered.Hits > 0 {
		response = d.text("health.answered", "count", s.Answered.Hits, "orders", s.Answered.Orders, "period", s.AnswerTime.Truncate(time.Minute))
		verdict = d.label("health.judged", string(health.Meets))
		if s.AnswerTime > health.AnsweredWithin {
			verdict = d.label("health.judged", string(health.Misses))
		}
	} else if s.Answered.Orders > 0 {
		response = d.text("health.unanswered", "orders", s.Answered.Orders)
	}
	add("response", health.AnsweredDays, response, d.count(s.Answered.Orders-s.Answered.Hits, models.CountSilent, health.AnsweredDays), d.text("health.within", "period", health.AnsweredWithin), verdict)
	return t
}

func (d healthPlace) weeks(s models.SellerHealth) templates.Table {
	t := templates.Table{Caption: d.text("health.weeks"), Columns: []templates.Column{
		{Label: d.text("health.week")}, {Label: d.text("health.placed"), Number: true}, {Label: d.text("health.cancelled"), Number: true}, {Label: d.text("health.counted"), Number: true},
	}}
	for i := len(s.Weeks) - 1; i >= 0; i-- {
		w := s.Weeks[i]
		t.Rows = append(t.Rows, templates.Row{Cells: []templates.Cell{{At: timeOf(w.After)}, {Text: strconv.Itoa(w.Orders)}, {Text: strconv.Itoa(w.Cancelled)}, {Text: strconv.Itoa(w.StockOuts)}}})
	}
	return t
}

// chart draws the orders that count, a bar a week.
func (d healthPlace) chart(s models.SellerHealth) healthChart {
	const wide, high, gap, foot, head = 44, 120, 12, 28, 26
	most, sum := 1, 0
	for _, w := range s.Weeks {
		most, sum = max(most, w.StockOuts), sum+w.StockOuts
	}
	day := func(at models.Instant) string { return d.text("health.day", "day", at.Time()) }
	chart := healthChart{Title: d.text("health.chart"), Width: len(s.Weeks) * wide, Height: head + high + foot, First: day(s.Weeks[0].After), Last: day(s.At)}
	chart.Text = d.text("health.chart_text", "count", sum, "weeks", len(s.Weeks), "most", slices.MaxFunc(s.Weeks, func(a, b models.HealthWindow) int { return a.StockOuts - b.StockOuts }).StockOuts)
	for i, w := range s.Weeks {
		tall := max(2, high*w.StockOuts/most)
		if w.StockOuts == 0 {
			tall = 2
		}
		chart.Bars = append(chart.Bars, healthBar{X: i*wide + gap/2, Y: head + high - tall, Width: wide - gap, Height: tall, Middle: i*wide + wide/2, Above: head + high - tall - 6, Count: w.StockOuts})
	}
	return chart
}

// sellerHealthOrders are the orders behind a number.
type sellerHealthOrders struct {
	Lead  string
	Table templates.Table
	Tabs  []templates.Link
}

func (h *Handlers) listHealthOrders(c *gin.Context) error {
	return h.healthOrders(c, healthPlace{h.desk(c, models.SideSeller), "seller/health", nil}, requestOf(c).actor.SellerID)
}

func (h *Handlers) listStaffSellerOrders(c *gin.Context) error {
	id := c.Param("id")
	return h.healthOrders(c, healthPlace{h.desk(c, models.SideStaff), "staff/sellers", []string{id}}, id)
}

func (h *Handlers) healthOrders(c *gin.Context, d healthPlace, sellerID string) error {
	count := models.HealthCount(c.DefaultQuery("count", string(models.CountStockOuts)))
	inDays, err := strconv.Atoi(c.DefaultQuery("days", "90"))
	if err != nil {
		return notFound()
	}
	orders, next, err := h.store.SellerOrders(c.Request.Context(), requestOf(c).actor, sellerID, count, inDays, models.Page{Limit: 50, Cursor: c.Query("cursor")})
	if err != nil {
		return listError(err)
	}
	content := sellerHealthOrders{Lead: d.label("health.behind_text", string(count)), Table: templates.Table{
		Caption: d.text("health.behind_caption", "what", d.label("health.behind_of", string(count)), "days", inDays), Empty: &templates.Empty{Text: d.text("health.behind_none"), Link: &templates.Link{Label: d.text("health.title"), Href: d.path()}},
		Columns: []templates.Column{{Label: d.text("work.order")}, {Label: d.text("work.placed")}, {Label: d.text("health.causes")}, {Label: d.text("health.in_counts")}, {Label: d.text("health.shipping")}},
	}}
	for _, n := range models.HealthCounts {
		content.Tabs = append(content.Tabs, templates.Link{Label: d.label("health.behind_of", string(n)), Href: d.orders(n, inDays), Current: n == count})
	}
	for _, o := range orders {
		content.Table.Rows = append(content.Table.Rows, d.orderRow(o))
	}
	content.Table.Pages = listPages(c, next)
	keepIn(content.Table.Pages, "count", string(count))
	keepIn(content.Table.Pages, "days", strconv.Itoa(inDays))
	p := h.page(c, d.text("health.behind_title", "what", d.label("health.behind_of", string(count))), content)
	p.Wide = true
	p.Back = &templates.Link{Label: d.text("health.title"), Href: d.path()}
	if d.side != models.SideSeller {
		asDesk(c, &p)
	}
	return h.render(c, http.StatusOK, "seller/health_orders", p)
}

func (d healthPlace) orderRow(o models.SellerOrder) templates.Row {
	row := templates.Row{Cells: []templates.Cell{{Text: o.Number, Code: true}, {At: timeOf(o.PlacedAt)}, {Text: d.text("health.not_cancelled")}, {Text: d.text("health.counts_no")}, {Text: d.text("health.not_shipped")}}}
	if d.side == models.SideSeller {
		row.Cells[0] = templates.Cell{Link: &templates.Link{Label: o.Number, Href: d.desk.path("seller/orders", o.Number)}}
	}
	if o.Cause != "" {
		row.Cells[2].Text = d.label("health.finding", string(o.Cause))
	}
	if o.Counts {
		row.Cells[3].Text = d.text("health.counts_yes")
	}
	if o.Contest != "" {
		row.Cells[3].Text = d.text("health.with_contest", "counts", row.Cells[3].Text, "contest", d.label("health.contest", string(o.Contest)))
	}
	switch {
	case o.Counts || o.Contest != "": // where it can be contested, and where staff answer that
		row.Cells[3] = templates.Cell{Link: &templates.Link{Label: row.Cells[3].Text, Href: d.counted(o.Number)}}
	case o.Defect:
		row.Cells[3].Text = d.text("health.counts_defect")
	}
	switch {
	case o.Late && o.Untracked:
		row.Cells[4].Text = d.text("health.late_untracked")
	case o.Late:
		row.Cells[4].Text = d.text("health.late_one")
	case o.Untracked:
		row.Cells[4].Text = d.text("health.untracked_one")
	case o.Shipped:
		row.Cells[4].Text = d.text("health.shipped_well")
	}
	return row
}

// sellersPage is the staff's list of sellers by risk.
type sellersPage struct {
	Lead     string
	Tabs     []templates.Link
	Table    templates.Table
	Rehearse *templates.Link // for those who may
}

func (h *Handlers) listSellersByRisk(c *gin.Context) error {
	d := healthPlace{h.desk(c, models.SideStaff), "staff/sellers", nil}
	var f models.RiskFilter
	given, filtered := c.GetQuery("level")
	if filtered {
		level, err := strconv.Atoi(given)
		if err != nil {
			return notFound()
		}
		f.Level = &level
	}
	list, next, err := h.store.SellersByRisk(c.Request.Context(), requestOf(c).actor, f, models.Page{Limit: 50, Cursor: c.Query("cursor")})
	if err != nil {
		return listError(err)
	}
	content := sellersPage{Lead: d.text("health.sellers_lead"), Tabs: []templates.Link{{Label: d.text("health.all_levels"), Href: d.path(), Current: !filtered}}, Table: templates.Table{
		Caption: d.text("health.sellers_caption"), Empty: &templates.Empty{Text: d.text("health.sellers_none")},
		Columns: []templates.Column{
			{Label: d.text("health.sellers")},
			{Label: d.text("health.proposed")},
			{Label: d.text("health.points"), Number: true},
			{Label: d.text("health.counted_30"), Number: true},
			{Label: d.text("health.rate_90", "days", 90)},
			{Label: d.text("health.buyers"), Number: true},
			{Label: d.text("health.leave_at")},
		},
	}}
	if by := requestOf(c).actor; slices.Contains(leaders, by.Role) {
		content.Rehearse = &templates.Link{Label: d.text("rehearsal.title"), Href: d.desk.path("staff/rehearsal")}
	}
	for level := len(health.Default().Levels); level >= 0; level-- {
		label := d.text("health.no_step")
		if level > 0 {
			label = d.measure(level)
		}
		content.Tabs = append(content.Tabs, templates.Link{Label: label, Href: plus(d.path(), "level", strconv.Itoa(level)), Current: filtered && *f.Level == level})
	}
	for _, s := range list {
		step := d.text("health.no_step")
		if s.Level > 0 {
			step = d.measure(s.Level)
		}
		if s.Held != health.NoGuard {
			step = d.text("health.step_held", "step", step, "why", d.label("health.held_short", string(s.Held)))
		}
		row := templates.Row{Cells: []templates.Cell{
			{Link: &templates.Link{Label: fmt.Sprintf("%s (%s)", s.Name, s.SellerID), Href: d.path(s.SellerID)}},
			{Text: step},
			{Text: strconv.Itoa(s.Points)},
			{Text: strconv.Itoa(s.RecentStockOuts)},
			{Text: d.rate(s.Rate())},
			{Text: strconv.Itoa(s.Buyers)},
			{Text: d.text("health.no_points_left")},
		}}
		if s.NextLeaveAt != 0 {
			row.Cells[6] = templates.Cell{At: timeOf(s.NextLeaveAt)}
		}
		content.Table.Rows = append(content.Table.Rows, row)
	}
	if content.Table.Pages = listPages(c, next); filtered {
		keepIn(content.Table.Pages, "level", given)
	}
	p := h.page(c, d.text("health.sellers"), content)
	p.Wide = true
	asDesk(c, &p)
	return h.render(c, http.StatusOK, "staff/sellers", p)
}
