package handlers

import (
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// mismatchPath is the page of a payment that fits no leg of a refund.
func (d desk) mismatchPath(m models.Mismatch) string {
	return d.path("staff/refunds", m.RefundID, "mismatches", m.ID)
}

// mismatchTable has a row for each payment that waits for somebody to say what it was.
func (d desk) mismatchTable(items []models.DeskMismatch) templates.Table {
	t := templates.Table{
		Caption: d.label("refund_desk.view", string(models.RefundsMismatched)), Empty: &templates.Empty{Text: d.label("refund_desk.empty", string(models.RefundsMismatched))},
		Columns: []templates.Column{
			{Label: d.text("work.number")},
			{Label: d.text("mismatch.told_at")},
			{Label: d.text("mismatch.asked"), Number: true},
			{Label: d.text("mismatch.told"), Number: true},
			{Label: d.text("mismatch.beyond"), Number: true},
			{Label: d.text("refund_desk.next")},
		},
	}
	for _, m := range items {
		money := func(n int64) templates.Cell {
			return templates.Cell{Money: &templates.Money{Amount: n, Currency: m.Currency}}
		}
		t.Rows = append(t.Rows, templates.Row{Cells: []templates.Cell{
			{Link: &templates.Link{Label: m.ClaimNumber, Href: d.path("staff/cases", m.ClaimNumber)}},
			{At: timeOf(m.OpenedAt)},
			money(m.Asked), money(m.Amount), money(m.Beyond()), d.mismatchNext(m),
		}})
	}
	return t
}

// mismatchNext is what the viewer may do about it, or who is waited for.
func (d desk) mismatchNext(m models.DeskMismatch) templates.Cell {
	cell := templates.Cell{Link: &templates.Link{Label: d.text("mismatch.open"), Href: d.mismatchPath(m.Mismatch)}}
	switch {
	case m.AskedBy != "":
		cell.Text = d.text("mismatch.proposed_by", "name", m.AskedBy)
	case m.Party:
		cell.Text = d.text("refund_desk.party")
	}
	return cell
}

// mismatchPage sets what was asked to be paid beside what is told to have been.
type mismatchPage struct {
	Lead    string
	Figures templates.MoneyLines
	Facts   []templates.SummaryRow
	Legs    templates.Table
	Ask     bool // this viewer may answer
	Said    []templates.SummaryRow
	Why     string // nobody asks this viewer
	Choice  templates.Field
	Reason  templates.Field
	Version templates.Hidden
	Submit  templates.Submit
}

var mismatchQuestions = questions{"choice": choice("mismatch.what"), "reason": story("mismatch.reason", 1000)}

func (h *Handlers) showMismatch(c *gin.Context) error {
	return h.mismatchForm(c, h.newEntry(c, mismatchQuestions))
}

func (h *Handlers) mismatchForm(c *gin.Context, f *entry) error {
	m, v, err := h.store.MismatchOnDesk(c.Request.Context(), requestOf(c).actor, c.Param("id"), c.Param("mismatch"))
	if err != nil {
		return err
	}
	d := h.desk(c, models.SideStaff)
	back := plus(d.path("staff/refunds"), "v", string(models.RefundsMismatched))
	if !m.Undecided && f.ok() {
		return seeOther(c, plus(back, "done", "decided_before"))
	}
	page := mismatchPage{
		Lead: d.text("mismatch.lead_" + string(m.Source)), Figures: d.mismatchFigures(m), Facts: d.mismatchFacts(m), Legs: d.mismatchLegs(v), Ask: m.MayDecide,
		Version: templates.Hidden{Name: "version", Value: strconv.FormatInt(m.Version, 10)},
		Submit:  templates.Submit{Label: d.text("mismatch.decide"), Cancel: &templates.Link{Label: d.text("action.cancel"), Href: back}},
	}
	if m.AskedBy != "" {
		page.Said = []templates.SummaryRow{
			{Label: d.text("mismatch.proposed"), Value: d.label("mismatch.choice", string(m.Choice)) + "\n" + d.text("mismatch.proposed_by", "name", m.AskedBy)},
			d.row(d.text("mismatch.reason"), m.Reason),
		}
	}
	switch {
	case m.Party:
		page.Why = d.text("refund_desk.party")
	case !m.Undecided:
		page.Why = d.text("mismatch.decided_before")
	case !page.Ask && m.AskedBy != "":
		page.Why = d.text("mismatch.needs_other")
	case !page.Ask:
		page.Why = d.text("mismatch.not_yours")
	}
	if f.ok() && m.Choice != "" {
		f.set("choice", string(m.Choice))
	}
	var values []string
	for _, x := range models.MismatchChoices {
		values = append(values, string(x))
	}
	page.Choice = f.choices("choice", "", values, func(x string) string { return d.label("mismatch.choice", x) })
	for i, x := range values {
		page.Choice.Choices[i].Hint = d.label("mismatch.effect", x)
	}
	page.Reason = f.field("reason", "mismatch.reason_hint")
	page.Reason.Rows = 3
	switch {
	case m.NeedsSecond && m.AskedBy == "":
		page.Submit.Label = d.text("mismatch.propose")
	case m.NeedsSecond:
		page.Submit.Label = d.text("mismatch.confirm")
	}
	p := h.page(c, d.text("mismatch.title"), page)
	p.Back = &templates.Link{Label: d.text("nav.refund_desk"), Href: back, Key: "u"}
	asDesk(c, &p)
	p.Wide = false
	return f.showPage("staff/mismatch", p)
}

// mismatchFigures are both sides' sums and what is between them.
func (d desk) mismatchFigures(m models.DeskMismatch) templates.MoneyLines {
	money := func(n int64) templates.Money { return templates.Money{Amount: n, Currency: m.Currency} }
	total := templates.MoneyLine{Label: d.text("mismatch.beyond"), Money: money(m.Beyond())}
	switch {
	case m.Beyond() < 0:
		total.Note = d.text("mismatch.less")
	case m.Beyond() > 0:
		total.Note = d.text("mismatch.more")
	}
	return templates.MoneyLines{Caption: d.text("mismatch.figures"), Total: total, Lines: []templates.MoneyLine{
		{Label: d.text("mismatch.told_" + string(m.Source)), Money: money(m.Amount)},
		{Label: d.text("mismatch.asked"), Money: money(-m.Asked)},
	}}
}

func (d desk) mismatchFacts(m models.DeskMismatch) []templates.SummaryRow {
	rows := []templates.SummaryRow{
		{Label: d.text("work.number"), Links: []templates.Link{{Label: m.ClaimNumber, Href: d.path("staff/cases", m.ClaimNumber)}}},
		{Label: d.text("work.order_number"), Value: m.OrderNumber},
		{Label: d.text("mismatch.reference"), Value: m.Reference},
		{Label: d.text("mismatch.told_at"), At: timeOf(m.OpenedAt)},
	}
	if m.Tender != "" {
		rows = append(rows, templates.SummaryRow{Label: d.text("mismatch.tender"), Value: d.label("tender", string(m.Tender))})
	}
	if m.Line != 0 {
		rows = append(rows, templates.SummaryRow{Label: d.text("mismatch.line"), Value: d.text("breakdown.line", "line", m.Line)})
	}
	return rows
}

// mismatchLegs are the refund's parts as they stand.
func (d desk) mismatchLegs(v models.RefundView) templates.Table {
	t := templates.Table{
		Caption: d.text("mismatch.legs"), Empty: &templates.Empty{Text: d.text("breakdown.no_legs")},
		Columns: []templates.Column{{Label: d.text("breakdown.to")}, {Label: d.text("breakdown.amount"), Number: true}, {Label: d.text("work.status")}, {Label: d.text("mismatch.reference")}},
	}
	for _, l := range v.Legs {
		t.Rows = append(t.Rows, templates.Row{Cells: []templates.Cell{
			{Text: d.legName(l)}, {Money: &templates.Money{Amount: l.Amount, Currency: v.Currency}}, {Tag: legTag(d.words, l)}, {Text: l.Reference},
		}})
	}
	return t
}

// postMismatch says what a payment was, or proposes it where that takes two.
func (h *Handlers) postMismatch(c *gin.Context) error {
	f, err := h.readEntry(c, mismatchQuestions)
	if err != nil {
		return err
	}
	in := models.MismatchDecision{Version: f.version(), Choice: models.MismatchChoice(f.get("choice")), Reason: f.get("reason")}
	id := c.Param("mismatch")
	v, err := h.store.DecideMismatch(c.Request.Context(), requestOf(c).actor, c.Param("id"), id, in)
	if err != nil {
		if err := f.refused(err); err != nil {
			return err
		}
		return h.mismatchForm(c, f)
	}
	done := "decided"
	if slices.ContainsFunc(v.Open, func(m models.Mismatch) bool { return m.ID == id }) {
		done = "proposed"
	}
	return seeOther(c, plus(plus(f.words.path("staff/refunds"), "v", string(models.RefundsMismatched)), "done", done))
}
