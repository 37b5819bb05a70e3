package handlers

import (
	"net/http"
	"slices"
	"strings"

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
	if page.Money, err = h.decidedMoney(c, d, v); err != nil {
		return err
	}
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

// decidedMoney is who pays what, how it stands with the refund as it is recorded, what the
// order was paid with, and, on a line of its own, whether the seller's numbers change.
func (h *Handlers) decidedMoney(c *gin.Context, d buyerDesk, v models.ClaimView) ([]templates.SummaryRow, error) {
	x := v.Decision
	metric := d.text("counts.no")
	if x.CountsAgainstSeller {
		metric = d.text("counts.yes")
	}
	count := templates.SummaryRow{Label: d.text("letter.metric"), Value: metric}
	if x.Outcome != models.Granted {
		return []templates.SummaryRow{{Label: d.text("claims.refund"), Value: d.text("letter.money_none")}, count}, nil
	}
	rows := []templates.SummaryRow{
		{Label: d.text("claims.refund"), Money: &templates.Money{Amount: x.Amount, Currency: v.Currency}},
		{Label: d.text("claims.bears"), Value: d.label("borne_by", x.BorneBy)},
		count,
	}
	if v.Refund == nil {
		return rows, nil
	}
	rows = append(rows,
		templates.SummaryRow{Label: d.text("claims.refund_state"), Value: d.text("claims.refund_" + string(v.Refund.Status))},
		templates.SummaryRow{Label: d.text("claims.refund_at"), At: timeOf(v.Refund.CreatedAt)})
	order, err := h.store.OrderByNumber(c.Request.Context(), requestOf(c).actor, v.OrderNumber)
	if err != nil {
		return nil, err
	}
	var paid []string
	for _, p := range order.Payments {
		paid = append(paid, d.text("claims.paid_with", "tender", d.label("tender", string(p.Tender)), "amount", d.money(p.Amount, order.Currency)))
	}
	if len(paid) > 0 {
		rows = append(rows, templates.SummaryRow{Label: d.text("claims.refund_to"), Value: d.text("claims.refund_to_text") + "\n" + strings.Join(paid, "\n")})
	}
	return rows, nil
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
