package handlers

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// The buyer's way in: what needs them, and all their claims.

// recentlyDecided is how long a claim that has come to its end stays among what one sees first.
const recentlyDecided = 30 * 24 * time.Hour

type claimCard struct {
	Number, Href, Title, Seller, Turn string
	Tag                               templates.Tag
	Clock                             *templates.Clock
	Money                             templates.Money
	MoneyLabel                        string
	Link                              templates.Link
	Primary                           bool // the one thing to do first
	Closed                            bool
}

func (h *Handlers) claimCard(w words, cl models.Claim, now models.Instant) claimCard {
	figure := claimFigure(w, cl)
	card := claimCard{
		Number: cl.Number, Href: w.path("my/claims", cl.Number), Title: cl.Title, Seller: cl.SellerName, Turn: cardTurn(w, cl),
		Tag: templates.Tag{Status: string(cl.Status), Role: "buyer"}, Money: figure.Money, MoneyLabel: figure.Label, Closed: !cl.Status.Open(),
	}
	card.Link = templates.Link{Label: w.text("claims.see"), Href: card.Href}
	switch {
	case !buyersTurn(cl):
	case cl.Status == models.AwaitingReturn:
		card.Link = templates.Link{Label: w.text("returns.to_ship"), Href: w.path("my/claims", cl.Number, "return")}
	default:
		card.Link = templates.Link{Label: w.text("claims.answer_now"), Href: w.path("my/claims", cl.Number, "respond")}
	}
	if card.Closed && cl.Refund != nil {
		card.Link = *w.refundLink(cl.Number)
	}
	card.Clock = claimClock(w, cl, now)
	return card
}

// cardTurn stands where a claim has no next date: when it ended, and how its refund stands.
func cardTurn(w words, cl models.Claim) string {
	switch {
	case cl.Status.Open():
		return turnWords(w, cl)
	case cl.Refund != nil:
		return w.text("claims.refund_" + string(cl.Refund.Status))
	}
	return w.text("claims.closed_on", "closed_day", cl.ClosedAt.Time().In(w.h.store.Zone()))
}

type draftCard struct {
	Link    templates.Link
	Changed models.Instant
	Kept    string
}

type myPage struct {
	Yours   []claimCard
	Running []claimCard
	Ended   []claimCard // money on its way, or decided a short while ago
	Drafts  []draftCard
	Nothing templates.Empty
}

// showMy is what needs the buyer now, then what runs, then what has come to its end, then
// drafts to go on with.
func (h *Handlers) showMy(c *gin.Context) error {
	ctx, by, w := c.Request.Context(), requestOf(c).actor, h.words(c)
	claims, _, err := h.store.OwnClaims(ctx, by, models.ClaimFilter{Page: models.Page{Limit: 50}})
	if err != nil {
		return err
	}
	drafts, err := h.store.Drafts(ctx, by)
	if err != nil {
		return err
	}
	now, err := h.store.Now(ctx)
	if err != nil {
		return err
	}
	page := myPage{Nothing: templates.Empty{Text: w.text("claims.nothing"), Link: &templates.Link{Label: w.text("nav.orders"), Href: w.path("my/orders")}}}
	for _, cl := range claims {
		card := h.claimCard(w, cl, now)
		switch {
		case refundFailed(cl), cl.Status.Open() && buyersTurn(cl) && card.Clock != nil:
			page.Yours = append(page.Yours, card)
		case cl.Status.Open():
			page.Running = append(page.Running, card)
		case cl.Refund != nil && cl.Refund.Status != models.RefundDone, now < cl.ClosedAt.Add(recentlyDecided):
			page.Ended = append(page.Ended, card)
		}
	}
	slices.SortStableFunc(page.Yours, byClock)
	slices.SortStableFunc(page.Running, byClock)
	if len(page.Yours) > 0 {
		page.Yours[0].Primary = true
	}
	for _, d := range drafts {
		to := w.path("my/orders", d.OrderNumber) // which leads to the draft of each line
		if len(d.Body.Lines) > 0 {
			to = w.path("my/orders", d.OrderNumber, "claim", strconv.Itoa(d.Body.Lines[0]))
		}
		page.Drafts = append(page.Drafts, draftCard{
			Link: templates.Link{Label: w.text("claims.draft_of", "order_number", d.OrderNumber), Href: to}, Changed: d.ChangedAt,
			Kept: w.text("claims.draft_kept", "saved_at", d.ChangedAt, "kept_until", d.ExpiresAt),
		})
	}
	return h.show(c, "claims/my", w.text("nav.my"), page)
}

// byClock puts the next date first and what has none last.
func byClock(a, b claimCard) int {
	switch {
	case a.Clock == nil && b.Clock == nil:
		return 0
	case a.Clock == nil:
		return 1
	case b.Clock == nil:
		return -1
	}
	return a.Clock.At.Compare(b.Clock.At)
}

type claimsPage struct{ Table templates.Table }

// listMyClaims lists all claims of the buyer, the newest first.
func (h *Handlers) listMyClaims(c *gin.Context) error {
	ctx, w := c.Request.Context(), h.words(c)
	claims, next, err := h.store.OwnClaims(ctx, requestOf(c).actor, models.ClaimFilter{Page: models.Page{Limit: 50, Cursor: c.Query("cursor")}})
	if err != nil {
		return listError(err)
	}
	now, err := h.store.Now(ctx)
	if err != nil {
		return err
	}
	t := templates.Table{
		Caption: w.text("claims.list_caption"), Pages: listPages(c, next),
		Columns: []templates.Column{{Label: w.text("claims.number")}, {Label: w.text("claims.state")}, {Label: w.text("contact.item")}, {Label: w.text("claims.next")}, {Label: w.text("claims.amount_column"), Number: true}},
		Empty:   &templates.Empty{Text: w.text("claims.none"), Link: &templates.Link{Label: w.text("action.check"), Href: w.path("check")}},
	}
	for _, cl := range claims {
		card := h.claimCard(w, cl, now)
		when := templates.Cell{Text: card.Turn}
		if card.Clock != nil {
			when = templates.Cell{Due: card.Clock}
		}
		t.Rows = append(t.Rows, templates.Row{Cells: []templates.Cell{
			{Link: &templates.Link{Label: cl.Number, Href: card.Href}}, {Tag: &card.Tag}, w.cell(cl.Title), when, {Money: &card.Money},
		}})
	}
	p := h.page(c, w.text("nav.claims"), claimsPage{t})
	p.Wide = true
	return h.render(c, http.StatusOK, "claims/list", p)
}
