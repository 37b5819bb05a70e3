package handlers

import (
	"encoding/csv"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/models/money"
	"hosho/templates"
)

// whatIfRows are how many claims a page of what-if lists.
const whatIfRows = 100

type policyWhatIf struct {
	Period time.Duration // that is looked back
	Facts  []templates.SummaryRow
	Table  templates.Table
	CSV    templates.Link
	Next   *templates.Link
	Rules  *templates.Link // to the same question about the rules on sellers
}

// showPolicyWhatIf replays the last year under a draft. The list goes on after the claim that
// the address names.
func (h *Handlers) showPolicyWhatIf(c *gin.Context) error {
	ctx, by, d := c.Request.Context(), requestOf(c).actor, h.desk(c, models.SideStaff)
	x, err := h.store.PolicyDraftByID(ctx, by, c.Param("id"))
	if err != nil {
		return err
	}
	here := d.path("staff/policy/drafts", x.ID, "what-if")
	content := policyWhatIf{
		Period: dayPeriod(models.ReplayDays),
		CSV:    templates.Link{Label: d.text("policy.whatif_csv"), Href: here + "/csv"},
		Table: templates.Table{
			Caption: d.text("policy.whatif_table"), Empty: &templates.Empty{Text: d.text("policy.whatif_empty")},
			Columns: []templates.Column{{Label: d.text("policy.whatif_claim")}, {Label: d.text("policy.whatif_what")}, {Label: d.text("policy.whatif_before")}, {Label: d.text("policy.whatif_after")}, {Label: d.text("policy.whatif_refund"), Number: true}},
		},
		Rules: &templates.Link{Label: d.text("policy.whatif_measures"), Href: rehearsalOf(d.path("staff/rehearsal"), x.Values)},
	}
	after := c.Query("after")
	listing, last := after == "", ""
	r, err := h.store.ReplayPolicy(ctx, by, x.ID, func(y models.ReplayedClaim) error {
		switch {
		case !listing:
			listing = y.Number == after
		case len(content.Table.Rows) < whatIfRows:
			last = y.Number
			content.Table.Rows = append(content.Table.Rows, d.whatIfRow(y))
		case content.Next == nil:
			content.Next = &templates.Link{Label: d.text("policy.whatif_next"), Href: plus(here, "after", last)}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if !listing {
		return notFound()
	}
	content.Facts = d.whatIfFacts(r)
	p := h.policyPage(c, d.text("policy.whatif"), content)
	p.Back = &templates.Link{Label: x.Name, Href: d.path("staff/policy/drafts", x.ID), Key: "u"}
	return h.render(c, http.StatusOK, "staff/policy_whatif", p)
}

// rehearsalOf is the address of the rehearsal of the rules on sellers with a draft's numbers.
func rehearsalOf(path string, p models.PolicyValues) string {
	for _, f := range p.Fields() {
		if _, asked := ruleQuestions[f.Name]; asked {
			path = plus(path, f.Name, f.Text(&p))
		}
	}
	return path
}

func (d desk) whatIfFacts(r models.Replay) []templates.SummaryRow {
	var list []templates.SummaryRow
	for _, f := range []struct {
		name string
		n    int
	}{
		{"looked", r.Looked},
		{"differ", r.Differ},
		{"refused", r.Refused},
		{"earlier", r.Earlier},
		{"later", r.Later},
		{"granted", r.Granted},
		{"reviewed", r.Reviewed},
		{"second", r.Second},
		{"without", r.WithoutTwo},
	} {
		list = append(list, d.row(d.text("policy.whatif_"+f.name), strconv.Itoa(f.n)))
	}
	sums := func(name string, of map[string]int64) {
		for _, currency := range slices.Sorted(maps.Keys(of)) {
			list = append(list, templates.SummaryRow{Label: d.text("policy.whatif_" + name), Money: &templates.Money{Amount: of[currency], Currency: currency}})
		}
	}
	sums("less", r.Less)
	sums("more", r.More)
	return list
}

// whatDiffers says in words what would have been different.
func (d desk) whatDiffers(x models.ReplayedClaim) string {
	switch {
	case x.Refused != "":
		return d.text("policy.whatif_is_refused", "rule", d.text("rule."+string(x.Refused)+".title"))
	case x.Silent != "":
		return d.text("policy.whatif_is_" + x.Silent)
	case x.Second != "":
		return d.text("policy.whatif_is_" + x.Second)
	case x.OpensAfter < x.OpensBefore:
		return d.text("policy.whatif_is_earlier")
	}
	return d.text("policy.whatif_is_later")
}

func (d desk) whatIfRow(x models.ReplayedClaim) templates.Row {
	row := templates.Row{Cells: []templates.Cell{
		{Link: &templates.Link{Label: x.Number, Href: d.path("staff/cases", x.Number)}}, {Text: d.whatDiffers(x)}, {At: timeOf(x.OpensBefore)}, {At: timeOf(x.OpensAfter)}, {Money: &templates.Money{Amount: x.Refund, Currency: x.Currency}},
	}}
	if x.Refused != "" {
		row.Cells[3] = templates.Cell{Text: "–"}
	}
	return row
}

// sendPolicyWhatIf is the whole list as a file, written as it is made.
func (h *Handlers) sendPolicyWhatIf(c *gin.Context) error {
	ctx, by, d := c.Request.Context(), requestOf(c).actor, h.desk(c, models.SideStaff)
	x, err := h.store.PolicyDraftByID(ctx, by, c.Param("id"))
	if err != nil {
		return err
	}
	if err := h.store.RecordExport(ctx, by, models.AuditWhatIfExported, models.OnPolicyDraft, x.ID); err != nil {
		return err
	}
	header := c.Writer.Header()
	to := &patientWriter{to: c.Writer, control: http.NewResponseController(c.Writer), now: h.machineTime}
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Type", "text/csv; charset=utf-8")
	header.Set("Content-Disposition", disposition("hosho-what-if-"+x.ID+".csv", true))
	_, err = io.WriteString(to, "\ufeff")
	out := csv.NewWriter(to)
	out.UseCRLF = true
	at := func(i models.Instant) string {
		return i.Time().In(h.store.Zone()).Format("2006-01-02 15:04:05")
	}
	if err == nil {
		err = out.Write([]string{
			d.text("policy.whatif_claim"), d.text("policy.whatif_filed"), d.text("policy.whatif_what"), d.text("policy.whatif_before"), d.text("policy.whatif_after"), d.text("policy.whatif_refund"), d.text("policy.whatif_currency"),
		})
	}
	if err == nil {
		_, err = h.store.ReplayPolicy(ctx, by, x.ID, func(y models.ReplayedClaim) error {
			opens := at(y.OpensAfter)
			if y.Refused != "" {
				opens = ""
			}
			return out.Write([]string{plainCell(y.Number), at(y.FiledAt), plainCell(d.whatDiffers(y)), at(y.OpensBefore), opens, money.Decimal(y.Refund, y.Currency), y.Currency})
		})
	}
	out.Flush()
	return h.endOfFile(c, to, "make what-if", errors.Join(err, out.Error()))
}
