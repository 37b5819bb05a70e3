package handlers

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

type decisionPage struct {
	Letter templates.Letter
	Refund *templates.Figure
	Appeal string
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
	d := h.buyerDesk(c)
	page := decisionPage{Letter: d.letter(v.Claim, *v.Decision, models.SideBuyer)}
	for i, row := range page.Letter.Rows {
		page.Letter.Rows[i].Value = strings.ReplaceAll(row.Value, d.label("role", "buyer")+": ", d.text("claims.you")+": ")
	}
	if v.AppealUntil != 0 {
		page.Appeal = d.text("claims.appeal_until", "appeal_until", v.AppealUntil)
		if v.AppealUntil <= v.Now {
			page.Appeal = d.text("claims.appeal_closed", "appeal_until", v.AppealUntil)
		}
	}
	p := h.page(c, page.Letter.Title, page)
	p.Back = &templates.Link{Label: d.text("claims.claim", "number", v.Number), Href: d.path("my/claims", v.Number)}
	return h.render(c, http.StatusOK, "claims/decision", p)
}

type evidencePage struct {
	Picture, Download string
	Width, Height     int
	Facts             []templates.SummaryRow
	Prev, Next        string
}

// showMyEvidence is one file, large, with what is known of it.
func (h *Handlers) showMyEvidence(c *gin.Context) error {
	v, err := h.ownClaim(c)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(v.Evidence, func(e models.Evidence) bool { return e.ID == c.Param("id") })
	if i < 0 {
		return notFound()
	}
	e, d := v.Evidence[i], h.buyerDesk(c)
	item := d.evidence(v.Evidence[i : i+1])[0]
	d.fix(&item, e)
	page := evidencePage{Download: d.file(e.ID, "content"), Width: e.Width, Height: e.Height}
	if e.Width > 0 {
		page.Picture = page.Download
	}
	page.Facts = []templates.SummaryRow{
		{Label: d.text("claims.file_name"), Value: e.FileName},
		{Label: d.text("claims.file_by"), Value: item.Who},
		{Label: d.text("claims.file_at"), At: timeOf(e.At)},
		{Label: d.text("claims.file_hash"), Value: e.SHA256[:min(16, len(e.SHA256))]},
		{Label: d.text("claims.file_place"), Value: d.text("claims.file_place_gone")},
	}
	if e.Note != "" {
		page.Facts = append([]templates.SummaryRow{d.row(d.text("claims.file_note"), e.Note)}, page.Facts...)
	}
	at := func(j int) string {
		if j < 0 || j >= len(v.Evidence) {
			return ""
		}
		return d.path("my/claims", v.Number, "evidence", v.Evidence[j].ID)
	}
	page.Prev, page.Next = at(i-1), at(i+1)
	p := h.page(c, item.Caption, page)
	p.Speech = templates.LangOf(item.Caption, d.locale)
	p.Back = &templates.Link{Label: d.text("claims.claim", "number", v.Number), Href: d.path("my/claims", v.Number)}
	return h.render(c, http.StatusOK, "claims/evidence", p)
}
