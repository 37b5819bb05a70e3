package handlers

import (
	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

type policyChange struct {
	Text string
	Diff templates.Table // without columns where there is nothing to compare with
}

type publicPolicy struct {
	Since    string
	Values   templates.Table
	Upcoming *policyChange
	Earlier  []policyChange // what each version changed, the one in force first
}

// notPublic says of a value that it is one of those that would tell how far one can go before anybody looks.
func notPublic(f models.PolicyField) bool { return f.Group == "abuse" }

// showPolicy tells anybody the numbers in force, what has changed and what will.
func (h *Handlers) showPolicy(c *gin.Context) error {
	w, now := h.words(c), h.instantNow(c)
	list, err := h.store.PolicyVersions(c.Request.Context())
	if err != nil {
		return err
	}
	page := publicPolicy{}
	for _, r := range list {
		x := policyChange{Text: w.policySince(r)}
		if before, err := models.PolicyRecordOf(list, r.Before); err == nil {
			x.Diff = w.policyDiff(before.Version, before.PolicyValues, r.PolicyValues, notPublic)
		}
		switch r.State(list, now) {
		case models.PolicyUpcoming:
			x.Text = w.text("policy.upcoming_text", "version", r.Version, "at", r.EffectiveAt)
			page.Upcoming = &x
		case models.PolicyInForce:
			page.Since, page.Values = x.Text, w.policyTable(r.PolicyValues, notPublic)
			page.Earlier = append(page.Earlier, x)
		case models.PolicyWithdrawn:
			page.Earlier = append(page.Earlier, policyChange{Text: w.text("policy.withdrawn_text", "version", r.Version)})
		case models.PolicyPast:
			page.Earlier = append(page.Earlier, x)
		}
	}
	return h.showPublic(c, "public/policy", w.text("policy.public_title"), w.text("policy.public_about"), page)
}

func (w words) policySince(r models.PolicyRecord) string {
	if r.EffectiveAt > 1 {
		return w.text("policy.since", "version", r.Version, "at", r.EffectiveAt)
	}
	return w.text("policy.first", "version", r.Version)
}
