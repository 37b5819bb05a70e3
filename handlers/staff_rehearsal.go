package handlers

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/text/unicode/norm"

	"hosho/models"
	"hosho/models/calendar"
	"hosho/models/health"
	"hosho/templates"
)

// rehearsedRows are the most sellers a rehearsal lists; it counts all of them.
const rehearsedRows = 200

// rule is a number of the rules on sellers as a form has it.
type rule struct {
	name    string
	percent bool
	of      func(*health.Rules) any // *int, *float64 or *time.Duration of whole days
}

// ruleGroups are the numbers of the rules in the order a form asks for them.
var ruleGroups = []struct {
	name  string
	rules []rule
}{
	{"points", []rule{
		{name: "points_stock_out", of: func(r *health.Rules) any { return &r.PointsStockOut }},
		{name: "points_misdeclared", of: func(r *health.Rules) any { return &r.PointsMisdeclared }},
		{name: "points_dearer", of: func(r *health.Rules) any { return &r.PointsDearer }},
		{name: "points_life_days", of: func(r *health.Rules) any { return &r.PointsLife }},
	}},
	{"levels", []rule{
		{name: "level_1", of: func(r *health.Rules) any { return &r.Levels[0].Points }},
		{name: "level_2", of: func(r *health.Rules) any { return &r.Levels[1].Points }},
		{name: "level_3", of: func(r *health.Rules) any { return &r.Levels[2].Points }},
		{name: "level_4", of: func(r *health.Rules) any { return &r.Levels[3].Points }},
		{name: "level_5", of: func(r *health.Rules) any { return &r.Levels[4].Points }},
	}},
	{"guard", []rule{
		{name: "guard_buyers", of: func(r *health.Rules) any { return &r.GuardBuyers }},
		{name: "guard_lower_rate", percent: true, of: func(r *health.Rules) any { return &r.GuardLowerRate }},
		{name: "big_seller", of: func(r *health.Rules) any { return &r.BigSeller }},
		{name: "big_seller_rate", percent: true, of: func(r *health.Rules) any { return &r.BigSellerRate }},
	}},
	{"open", []rule{
		{name: "open_window_days", of: func(r *health.Rules) any { return &r.OpenWindow }},
		{name: "open_stock_outs", of: func(r *health.Rules) any { return &r.OpenStockOuts }},
		{name: "open_buyers", of: func(r *health.Rules) any { return &r.OpenBuyers }},
		{name: "open_big_seller", of: func(r *health.Rules) any { return &r.OpenBigSeller }},
		{name: "open_big_rate", percent: true, of: func(r *health.Rules) any { return &r.OpenBigRate }},
		{name: "open_reporters", of: func(r *health.Rules) any { return &r.OpenReporters }},
	}},
}

var ruleQuestions = func() questions {
	q := questions{}
	for _, g := range ruleGroups {
		for _, r := range g.rules {
			q[r.name] = typed("rehearsal." + r.name)
		}
	}
	return q
}()

// written is the number as a form shows it.
func (r rule) written(rules *health.Rules) string {
	switch v := r.of(rules).(type) {
	case *int:
		return strconv.Itoa(*v)
	case *time.Duration:
		return strconv.Itoa(int(*v / health.Day))
	case *float64:
		return strconv.FormatFloat(*v*100, 'f', -1, 64)
	default:
		panic(fmt.Sprintf("a rule of type %T", v))
	}
}

// read takes the number out of a form.
func (r rule) read(f *entry, rules *health.Rules) {
	typed := strings.TrimRight(norm.NFKC.String(strings.TrimSpace(f.get(r.name))), " %")
	if r.percent {
		v, err := strconv.ParseFloat(typed, 64)
		if err != nil {
			f.fail(r.name, "not_a_number")
			return
		}
		*r.of(rules).(*float64) = v / 100
		return
	}
	v, err := strconv.ParseInt(strings.ReplaceAll(typed, ",", ""), 10, 32)
	switch {
	case err != nil:
		f.fail(r.name, "not_a_number")
	default:
		switch to := r.of(rules).(type) {
		case *int:
			*to = int(v)
		case *time.Duration:
			*to = time.Duration(min(max(v, -1), 100_000)) * health.Day
		}
	}
}

// inForm says the limits of numbers as the form has them: shares in percent.
func inForm(err error) error {
	var e *models.Error
	if !errors.As(err, &e) {
		return err
	}
	said := *e
	said.Fields = slices.Clone(e.Fields)
	for i, field := range said.Fields {
		least, most := field.Args["min"].(float64), field.Args["max"].(float64)
		for _, g := range ruleGroups {
			if slices.ContainsFunc(g.rules, func(r rule) bool { return r.name == field.Field && r.percent }) {
				least, most = 100*least, 100*most
			}
		}
		said.Fields[i] = models.FieldError{Field: field.Field, Code: "amount_out_of_range", Args: map[string]any{"min": int(least), "max": int(most)}}
	}
	return &said
}

type ruleFields struct {
	Legend string
	Hint   string
	Fields []templates.Field
}

type rehearsalPage struct {
	Groups []ruleFields
	Submit templates.Submit
	Done   bool
	Facts  []templates.SummaryRow
	Table  templates.Table
	More   int // sellers that the table has no room for
}

// showRehearsal replays the last year under rules that nobody has published. The numbers stand
// in the address, so that a result can be sent on; nothing is stored.
func (h *Handlers) showRehearsal(c *gin.Context) error {
	ctx, by, d := c.Request.Context(), requestOf(c).actor, h.desk(c, models.SideStaff)
	policy, err := h.store.Policy(ctx, h.instantNow(c))
	if err != nil {
		return err
	}
	f := h.newEntry(c, ruleQuestions)
	draft := policy.Health
	draft.Levels = append([]health.Level(nil), draft.Levels...)
	asked := c.Request.URL.RawQuery != ""
	for _, g := range ruleGroups {
		for _, r := range g.rules {
			f.set(r.name, r.written(&draft))
			if v, there := c.GetQuery(r.name); there {
				f.set(r.name, v)
				r.read(f, &draft)
			}
		}
	}
	content := rehearsalPage{Submit: templates.Submit{Label: d.text("rehearsal.run"), Cancel: &templates.Link{Label: d.text("rehearsal.reset"), Href: d.path("staff/rehearsal")}}}
	if asked && f.ok() {
		r, err := h.store.Rehearse(ctx, by, models.RehearseRules{Rules: draft})
		if err == nil {
			d.rehearsed(&content, r)
		} else if err := f.refused(inForm(err)); err != nil {
			return err
		}
	}
	for _, g := range ruleGroups {
		fields := ruleFields{Legend: d.text("rehearsal.group_" + g.name), Hint: d.text("rehearsal.group_" + g.name + "_hint")}
		for _, r := range g.rules {
			field := f.field(r.name, "")
			field.Digits, field.Width = !r.percent, "s"
			fields.Fields = append(fields.Fields, field)
		}
		content.Groups = append(content.Groups, fields)
	}
	if !f.ok() {
		f.status = 422
	}
	p := h.page(c, d.text("rehearsal.title"), content)
	p.Wide = true
	asDesk(c, &p)
	return f.showPage("staff/rehearsal", p)
}

func (d desk) rehearsed(content *rehearsalPage, r models.Rehearsal) {
	content.Done = true
	count := func(key string, n int) templates.SummaryRow {
		return d.row(d.text("rehearsal."+key), d.text("rehearsal.sellers", "n", n))
	}
	content.Facts = []templates.SummaryRow{
		count("looked", r.Looked), count("now", r.Now), count("draft", r.Draft), count("hit", r.Hit), count("spared", r.Spared),
	}
	content.Table = templates.Table{
		Caption: d.text("rehearsal.table"), Empty: &templates.Empty{Text: d.text("rehearsal.empty")},
		Columns: []templates.Column{
			{Label: d.text("rehearsal.seller")},
			{Label: d.text("rehearsal.change")},
			{Label: d.text("rehearsal.now_column")},
			{Label: d.text("rehearsal.draft_column")},
			{Label: d.text("rehearsal.counted"), Number: true},
			{Label: d.text("rehearsal.orders"), Number: true},
		},
	}
	for i, s := range r.Sellers {
		if i == rehearsedRows {
			content.More = len(r.Sellers) - i
			break
		}
		content.Table.Rows = append(content.Table.Rows, templates.Row{Cells: []templates.Cell{
			{Link: &templates.Link{Label: s.Name, Href: d.path("staff/sellers", s.Seller)}},
			{Tag: d.changeTag(s)},
			d.cell(d.rehearsedText(s.Now)), d.cell(d.rehearsedText(s.Draft)),
			{Text: strconv.Itoa(s.Counted)},
			{Text: strconv.Itoa(s.Orders)},
		}})
	}
}

func (d desk) changeTag(s models.RehearsedSeller) *templates.Tag {
	change, status := "same", "withdrawn"
	switch {
	case s.Draft.Touched() && !s.Now.Touched():
		change, status = "hit", "attention"
	case s.Now.Touched() && !s.Draft.Touched():
		change, status = "spared", "refunded"
	case s.Draft.Level > s.Now.Level:
		change, status = "more", "attention"
	case s.Draft.Level < s.Now.Level:
		change, status = "less", "refunded"
	}
	return &templates.Tag{Status: status, Role: "staff", Text: d.label("rehearsal.changes", change)}
}

// rehearsedText says what rules would have done to a seller.
func (d desk) rehearsedText(r models.Rehearsed) string {
	at := calendar.DateOf(r.Opened.Time(), d.h.store.Zone())
	switch {
	case !r.Touched():
		return d.text("rehearsal.untouched")
	case r.Level == 0:
		return d.text("rehearsal.opened", "at", at)
	}
	return d.text("rehearsal.opened_level", "at", at, "measure", d.label("rehearsal.measures", string(r.Measure)))
}
