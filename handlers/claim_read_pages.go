package handlers

import (
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// decisionPage is a statement of reasons in the order in which one reads it: the result, why,
// the money, what it rests on.
type decisionPage struct {
	Letter  templates.Letter
	Reasons []templates.SummaryRow // three at most
	Money   []templates.SummaryRow
	Files   []templates.EvidenceItem
	About   []templates.SummaryRow
	Case    string
	Record  templates.Link

	Appeals []namedLetter // beside the decision that stands
	Appeal  *templates.Link
}

// showMyDecision is the statement of reasons.
func (h *Handlers) showMyDecision(c *gin.Context) error {
	v, err := h.ownClaim(c)
	if err != nil {
		return err
	}
	if v.Decision == nil {
		return notFound()
	}
	d, x := h.buyerDesk(c), *v.Decision
	page := decisionPage{
		Letter: d.letter(v.Claim, x, models.SideBuyer), Case: d.path("my/claims", v.Number),
		Record: templates.Link{Label: d.text("record.link"), Href: d.path("my/claims", v.Number, "record")},
	}
	page.Reasons = []templates.SummaryRow{{Value: d.label("decision_reason", x.ReasonCode)}, d.row("", d.label("decision_fact", x.Facts))}
	if x.Rule != "" {
		rule := d.label("decision_rule", x.Rule)
		page.Reasons = append(page.Reasons, templates.SummaryRow{Value: d.text("claims.by_rule", "rule", rule), Lang: templates.LangOf(rule, d.locale)})
	}
	page.Money = decidedMoney(d, v)
	page.Appeals, page.Appeal = d.appealLetters(v, models.SideBuyer), d.appealLink(v)
	for i, item := range d.evidenceOn(v) {
		if slices.Contains(x.EvidenceCited, v.Evidence[i].ID) {
			page.Files = append(page.Files, item)
		}
	}
	page.About = []templates.SummaryRow{
		{Label: d.text("claims.number"), Value: v.Number},
		d.row(d.text("contact.item"), v.Title), d.row(d.label("role", "seller"), v.SellerName),
		{Label: d.text("claims.reason"), Value: d.label("reason", string(v.Reason))},
		{Label: d.text("money.claimed"), Money: &templates.Money{Amount: v.Claimed, Currency: v.Currency}},
		{Label: d.text("letter.decided_at"), At: timeOf(x.DecidedAt)},
		{Label: d.text("claims.decided_by"), Value: d.text("claims.decided_by_person")},
	}
	if x.Automated {
		page.About[len(page.About)-1].Value = d.text("claims.decided_by_rule")
	}
	p := h.page(c, page.Letter.Title, page)
	p.Back = &templates.Link{Label: d.text("claims.claim", "number", v.Number), Href: d.path("my/claims", v.Number)}
	return h.render(c, http.StatusOK, "claims/decision", p)
}

// decidedMoney is who pays what, how it stands with the refund as it is recorded, with the way to
// all of it, and, on a line of its own, whether the seller's numbers change.
func decidedMoney(d buyerDesk, v models.ClaimView) []templates.SummaryRow {
	x := v.Decision
	metric := d.text("counts.no")
	if x.CountsAgainstSeller {
		metric = d.text("counts.yes")
	}
	count := templates.SummaryRow{Label: d.text("letter.metric"), Value: metric}
	if x.Outcome != models.Granted {
		return []templates.SummaryRow{{Label: d.text("claims.refund"), Value: d.text("letter.money_none")}, count}
	}
	rows := []templates.SummaryRow{
		{Label: d.text("claims.refund"), Money: &templates.Money{Amount: x.Amount, Currency: v.Currency}},
		{Label: d.text("claims.bears"), Value: d.label("borne_by", x.BorneBy)},
		count,
	}
	if x.ReturnRequired {
		rows = append(rows, templates.SummaryRow{Label: d.text("returns.title"), Value: d.text("returns.condition_buyer")})
	}
	if v.Refund == nil {
		return rows
	}
	return append(rows,
		templates.SummaryRow{Label: d.text("claims.refund_state"), Value: d.text("claims.refund_" + string(v.Refund.Status)), Links: []templates.Link{*d.refundLink(v.Number)}},
		templates.SummaryRow{Label: d.text("claims.refund_at"), At: timeOf(v.Refund.CreatedAt)})
}

// galleryPage is all files of a claim, and the form for more.
type galleryPage struct {
	Files []templates.EvidenceItem
	Act   actPage
}

// showMyEvidence is one file, large, with what is known of it.
func (h *Handlers) showMyEvidence(c *gin.Context) error {
	v, err := h.ownClaim(c)
	if err != nil {
		return err
	}
	d := h.buyerDesk(c)
	back := templates.Link{Label: d.text("claims.claim", "number", v.Number), Href: d.path("my/claims", v.Number)}
	gallery := templates.Link{Label: d.text("claims.to_gallery"), Href: d.path("my/claims", v.Number, "evidence")}
	return h.showOneFile(c, v, d.desk, d.evidenceOn(v), back, gallery)
}
