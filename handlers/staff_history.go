package handlers

import (
	"context"
	"strings"

	"hosho/models"
	"hosho/templates"
)

// staffHistory is what there was between the people of a case before it, and of each of them.
func (h *Handlers) staffHistory(ctx context.Context, by models.Actor, d desk, v models.ClaimView, s *staffCase) error {
	history, err := h.store.History(ctx, by, v.Claim)
	if err != nil {
		return err
	}
	add := func(title string, counts map[models.ClaimStatus]int, cases []models.EarlierCase) {
		list := historyList{Title: d.text(title)}
		var parts []string
		for _, st := range models.ClaimStatuses {
			if n := counts[st]; n > 0 {
				parts = append(parts, d.text("staff.history_count", "status", d.label("status.staff", string(st)), "count", n))
			}
		}
		list.Text = strings.Join(parts, d.text("staff.history_join"))
		if len(parts) == 0 {
			list.Text = d.text("staff.history_none")
		}
		for _, r := range cases {
			list.Cases = append(list.Cases, templates.Link{
				Label: d.text("staff.history_case", "number", r.Number, "status", d.label("status.staff", string(r.Status)), "reason", d.label("reason_short", string(r.Reason))),
				Href:  d.path("staff/cases", r.Number),
			})
		}
		s.History = append(s.History, list)
	}
	if len(history.Between) > 0 {
		add("staff.history_between", nil, history.Between)
		s.History[0].Text = ""
	}
	add("staff.history_buyer", history.Buyer, history.BuyerCases)
	for _, f := range history.Flags { // beside the buyer's own cases
		list := &s.History[len(s.History)-1]
		list.Cases = append(list.Cases, templates.Link{
			Label: d.text("flags.of_buyer", "number", f.Number, "kind", d.label("flag_kind", string(f.Kind)), "tally", d.tally(f.Kind, f.Tally), "status", d.label("flag_status", string(f.Status))), Href: d.path("staff/flags", f.Number),
		})
	}
	add("staff.history_seller", history.Seller, history.SellerCases)
	return nil
}
