package handlers

import (
	"slices"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// prepareTasks are the five things a claim is made of, in the words of its form.
var prepareTasks = []string{"reason", "story", "contact", "evidence", "outcome"}

type preparePage struct {
	Tasks   []textPair
	Devices []textPair
	Memo    []textPair
	Cover   []string
	Formats string
	Start   string
}

// textPair is a heading or a word with what is said of it.
type textPair struct{ Title, Text string }

func (h *Handlers) showPrepare(c *gin.Context) error {
	w := h.words(c)
	policy, _, err := h.policyNow(c)
	if err != nil {
		return err
	}
	pairs := func(names ...string) (list []textPair) {
		for _, name := range names {
			list = append(list, textPair{w.text("prepare." + name), w.text("prepare." + name + "_text")})
		}
		return list
	}
	page := preparePage{
		Tasks: pairs(prepareTasks...), Devices: pairs("iphone", "android", "windows", "mac"),
		Memo:    pairs("memo_1", "memo_2", "memo_3", "memo_4"),
		Cover:   []string{w.text("prepare.cover_address"), w.text("prepare.cover_card"), w.text("prepare.cover_others")},
		Formats: w.text("evidence.formats", "max", templates.FileSize(models.MaxUpload), "count", policy.MaxFiles), Start: w.path("check"),
	}
	return h.showPublic(c, "public/prepare", w.text("nav.prepare"), w.text("prepare.lead"), page)
}

type refundsPage struct {
	Times   templates.Table
	Version string
	Konbini []textPair
	Card    []string
	Points  string
	Orders  string
}

// showRefunds says for each way of paying when the money is back, from the policy in force.
func (h *Handlers) showRefunds(c *gin.Context) error {
	w := h.words(c)
	policy, _, err := h.policyNow(c)
	if err != nil {
		return err
	}
	page := refundsPage{
		Times: refundTimes(w, policy), Orders: w.path("my/claims"), Version: policyVersion(w, policy),
		Points: w.text("refunds.points", "period", dayPeriod(policy.ExpiredPointsDays)),
		Card:   []string{w.text("refunds.card_day"), w.text("refunds.card_kind"), w.text("refunds.card_order")},
	}
	for _, r := range policy.RefundTimes {
		if r.Tender == "convenience_store" {
			page.Konbini = append(page.Konbini, textPair{w.label("tender", string(r.To)), w.span(r.Theirs)})
		}
	}
	return h.showPublic(c, "public/refunds", w.text("nav.refunds"), w.text("refunds.lead"), page)
}

// span names how long something usually takes.
func (w words) span(s models.Span) string {
	switch {
	case s == models.Span{}:
		return w.text("refunds.at_once")
	case s.Unit == models.SpanDays:
		return w.text("refunds.days", "from", s.From, "to", s.To)
	case s.Unit == models.SpanStatements:
		return w.text("refunds.statements", "to", s.To)
	case s.From > 0:
		return w.text("refunds.hours", "from", s.From, "to", s.To)
	}
	return w.text("refunds.within", "period", hourPeriod(s.To))
}

func refundTimes(w words, p models.Policy) templates.Table {
	t := templates.Table{Caption: w.text("refunds.table"), Columns: []templates.Column{
		{Label: w.text("refunds.paid_by")}, {Label: w.text("refunds.goes_to")}, {Label: w.text("refunds.ours")}, {Label: w.text("refunds.theirs")}, {Label: w.text("refunds.note")},
	}}
	for _, r := range p.RefundTimes {
		key := "refunds.note_" + string(r.Tender)
		to := w.text("refunds.same")
		if r.To != r.Tender {
			key, to = key+"_"+string(r.To), w.label("tender", string(r.To))
		}
		t.Rows = append(t.Rows, templates.Row{Cells: []templates.Cell{
			{Text: w.label("tender", string(r.Tender))}, {Text: to}, {Text: w.span(r.Ours)}, {Text: w.span(r.Theirs)}, {Text: w.h.text(w.locale, key, nil)},
		}})
	}
	return t
}

// usualRefunds are the ways of paying most people have, with when the money is back.
func usualRefunds(w words, p models.Policy) []templates.SummaryRow {
	var rows []templates.SummaryRow
	usual := []models.Tender{"credit_card", "debit_card", "convenience_store", "points"}
	seen := map[models.Tender]bool{}
	for _, r := range p.RefundTimes {
		if slices.Contains(usual, r.Tender) && !seen[r.Tender] {
			seen[r.Tender] = true
			rows = append(rows, templates.SummaryRow{Label: w.label("tender", string(r.Tender)), Value: w.span(r.Theirs)})
		}
	}
	return rows
}

type reportPage struct {
	Send          templates.Link
	Does, DoesNot []string
	Now           []wayView
}

// showReport says what a report is for and what helps today.
func (h *Handlers) showReport(c *gin.Context) error {
	w := h.words(c)
	page := reportPage{
		Does:    []string{w.text("report.does_count"), w.text("report.does_hidden"), w.text("report.does_outcome")},
		DoesNot: []string{w.text("report.not_refund"), w.text("report.not_decide")},
		Send:    templates.Link{Label: w.text("reports.new"), Href: w.path("my/reports/new")},
		Now: []wayView{
			{w.text("report.now_claim"), &templates.Link{Label: w.text("public.to_orders"), Href: w.path("my/orders")}},
			{w.text("report.now_refund"), &templates.Link{Label: w.text("nav.refunds"), Href: w.path("refunds")}},
		},
	}
	return h.showPublic(c, "public/report", w.text("nav.report"), w.text("report.lead"), page)
}
