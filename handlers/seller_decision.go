package handlers

import (
	"slices"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// sellerDecision is the letter in the language of the page, and what follows for the seller.
type sellerDecision struct {
	Number string
	Tag    templates.Tag
	Figure *templates.Figure // what the seller bears
	Means  []templates.SummaryRow
	Letter templates.Letter
	Files  []templates.EvidenceItem
	Record templates.Link

	Appeals []namedLetter // beside the decision that stands
	Appeal  *templates.Link
}

func (h *Handlers) showSellerDecision(c *gin.Context) error {
	v, err := h.sellerView(c)
	if err != nil {
		return err
	}
	if v.Decision == nil {
		return notFound()
	}
	d, x := h.desk(c, models.SideSeller), *v.Decision
	content := sellerDecision{
		Number: v.Number, Tag: templates.Tag{Status: string(v.Status), Role: "seller"}, Letter: d.letter(v.Claim, x, models.SideSeller),
		Record: templates.Link{Label: d.text("record.link"), Href: d.path("seller/cases", v.Number, "record")},
	}
	content.Appeals, content.Appeal = d.appealLetters(v, models.SideSeller), d.appealLink(v)
	bears := x.Outcome == models.Granted && x.BorneBy == string(models.SideSeller)
	amount := int64(0)
	if bears {
		amount = x.Amount
	}
	content.Figure = &templates.Figure{Label: d.text("seller.bears"), Money: d.money(amount, v.Currency), Note: d.text("seller.bears_not")}
	if bears {
		content.Figure.Note = d.text("seller.bears_note")
	} else if x.Outcome == models.Granted {
		content.Figure.Note = d.text("seller.bears_marketplace")
	}
	metric := d.text("counts_you.no")
	if x.CountsAgainstSeller {
		metric = d.text("counts_you.yes")
	}
	content.Means = []templates.SummaryRow{{Label: d.text("letter.metric"), Value: metric}, {Label: d.text("letter.decided_at"), At: timeOf(x.DecidedAt)}}
	if v.Refund != nil {
		content.Means = append(content.Means, templates.SummaryRow{Label: d.text("seller.refund_begun"), At: timeOf(v.Refund.CreatedAt)},
			templates.SummaryRow{Label: d.text("claims.refund_state"), Value: d.label("seller.refund", string(v.Refund.Status))})
	}
	for _, e := range v.Evidence {
		if slices.Contains(x.EvidenceCited, e.ID) {
			item := d.evidence([]models.Evidence{e})[0]
			item.Href = d.pagesOf(c, v.Number)("evidence", e.ID)
			content.Files = append(content.Files, item)
		}
	}
	p := h.page(c, content.Letter.Title, content)
	p.Back = d.backToCase(v.Number)
	return h.render(c, 200, "seller/decision", p)
}
