package handlers

import (
	"strings"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// similarCase is a decided case beside the form of a decision.
type similarCase struct {
	Link templates.Link
	Text string
}

// similarCases are those that the case on the desk can be held against.
func (h *Handlers) similarCases(c *gin.Context, d desk, v models.ClaimView) ([]similarCase, error) {
	found, err := h.store.SimilarCases(c.Request.Context(), requestOf(c).actor, v.Claim)
	if err != nil {
		return nil, err
	}
	list := make([]similarCase, 0, len(found))
	for _, x := range found {
		var parts []string
		if x.Decision.Outcome == models.Granted {
			parts = append(parts, d.text("decide.similar_granted", "amount", d.spoken(x.Decision.Amount, x.Currency), "bearer", d.label("borne_by", x.Decision.BorneBy)))
		}
		parts = append(parts, d.label("decision_reason", x.Decision.ReasonCode))
		for _, fact := range []struct {
			holds bool
			word  string
		}{{x.SellerSilent && !x.Decision.Automated, "silent"}, {x.SentBack, "returned"}, {x.Decision.Automated, "automated"}} {
			if fact.holds {
				parts = append(parts, d.text("decide.similar_"+fact.word))
			}
		}
		list = append(list, similarCase{
			Link: templates.Link{
				Label: d.text("decide.similar_case", "number", x.Number, "outcome", d.label("status.staff", string(x.Status)), "claimed", d.spoken(x.Claimed, x.Currency)), Href: d.path("staff/cases", x.Number),
			},
			Text: strings.Join(parts, d.text("decide.similar_join")),
		})
	}
	return list, nil
}
