package handlers

import (
	"cmp"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// queuePanel is the case beside the list.
type queuePanel struct {
	Number         string
	Tag            templates.Tag
	Title          string
	Href           string
	Party          bool   // the viewer is a party: nothing of the desk is shown
	Why            string // why nothing can be done here
	Clock          *templates.Clock
	Facts          []templates.SummaryRow
	Reason, Amount string
	Compared       []comparedFact
	Buyer          string
	Lang           string
	Seller         string
	Links          []templates.Link
	Take           string
	Release        string
	Close          string
}

func (h *Handlers) queuePanel(c *gin.Context, d desk, q queueQuery, now time.Time) (*queuePanel, error) {
	number, err := models.ParseNumber('C', q.sel)
	if err != nil {
		return nil, nil //nolint:nilnil,nilerr // a number that is none selects nothing
	}
	v, err := h.store.ClaimByNumber(c.Request.Context(), requestOf(c).actor, number)
	if models.KindOf(err) == models.NotFound {
		return nil, nil //nolint:nilnil // so does one that is not there
	}
	if err != nil {
		return nil, err
	}
	p := &queuePanel{Number: v.Number, Tag: templates.Tag{Status: string(v.Status), Role: "staff"}, Title: v.Title, Close: q.href(d, "sel", ""), Href: q.caseHref(d, v.Number)}
	if v.Side == models.SideBuyer || v.Side == models.SideSeller {
		p.Party, p.Href = true, d.path("my/claims", v.Number)
		return p, nil
	}
	if v.DueAt != 0 {
		clock := d.staffClock(v, now)
		p.Clock = &clock
	}
	p.Facts = []templates.SummaryRow{
		{Label: d.text("seller.wish"), Value: d.label("desired_outcome", string(v.DesiredOutcome))},
		d.row(d.label("role", "buyer"), cmp.Or(v.BuyerName, v.BuyerEmail)),
		d.row(d.label("role", "seller"), v.SellerName),
		{Label: d.text("evidence.title"), Value: d.text("work.file_count", "count", len(v.Evidence))},
	}
	p.Reason, p.Amount = d.label("reason", string(v.Reason)), d.spoken(v.Claimed, v.Currency)
	order, err := h.store.OrderFacts(c.Request.Context(), requestOf(c).actor, v.OrderNumber)
	if err != nil {
		return nil, err
	}
	p.Compared = d.compared(v, order)
	p.Buyer, p.Lang, p.Seller = v.Description, v.BuyerLocale, d.sellerSaid(v)
	for _, a := range v.Allowed {
		switch a { //nolint:exhaustive // the panel has the few moves that staff make often
		case models.Take:
			p.Take = plus(q.caseHref(d, v.Number, "take"), "to", "queue")
		case models.Release:
			p.Release = plus(q.caseHref(d, v.Number, "release"), "to", "queue")
		case models.Decide, models.DecideAppeal, models.Ask, models.AddNote, models.Approve, models.SendBack:
			link := templates.Link{Label: d.label("action", string(a)), Href: q.caseHref(d, v.Number, movePath(a)), Key: moveKey(a)}
			switch a { //nolint:exhaustive // those of a decision say what is decided
			case models.Decide:
				link.Label = d.text("staff.to_decide")
			case models.DecideAppeal:
				link.Label = d.text("appeals.to_decide")
			}
			if link.Key == "d" {
				p.Links = append([]templates.Link{link}, p.Links...)
			} else {
				p.Links = append(p.Links, link)
			}
		}
	}
	switch {
	case v.Side == models.SideObserver:
		p.Why = d.text("staff.why_admin")
	case !slices.ContainsFunc(v.Allowed, decides):
		p.Why = d.whyNot(v)
	}
	return p, nil
}

// moveKey is the key of a move that has one.
func moveKey(a models.Action) string {
	switch a { //nolint:exhaustive // the others have none
	case models.Decide, models.DecideAppeal, models.Approve:
		return "d"
	case models.Ask:
		return "r"
	case models.AddNote:
		return "n"
	}
	return ""
}

// sellerSaid is the seller's version in words, or that there is none yet.
func (d desk) sellerSaid(v models.ClaimView) string {
	said := v.LastStatement(models.SideSeller)
	switch {
	case said != nil:
		return said.Text
	case v.Offer != nil:
		return d.label("offer", string(v.Offer.Kind)) + "\n" + v.Offer.Message
	case v.SellerSilent:
		return d.text("staff.seller_silent", "answer_due_at", v.SellerDueAt)
	}
	return d.text("staff.no_answer_yet")
}

func (d desk) staffClock(v models.ClaimView, now time.Time) templates.Clock {
	clock := templates.Clock{Label: d.text("work.next_" + string(v.NextActor)), At: v.DueAt.Time(), Now: now, Kind: templates.ClockWait, Over: d.text("work.target_passed")}
	if v.NextActor == models.StaffsTurn {
		clock.Kind = templates.ClockDue
		clock.Label = d.text("staff.target")
	}
	return clock
}
