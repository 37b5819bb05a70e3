package handlers

import (
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// sellerHome is what needs the seller now.
type sellerHome struct {
	Count    int  // cases to answer, up to a page
	More     bool // there are more than Count
	Nearest  *sellerNext
	Stake    []templates.Figure // sums at stake, by currency
	Todo     templates.Table
	Waiting  templates.Table // orders whose buyer waits for a reply
	Requests templates.Table // that wait for an answer
	Notices  []sellerNotice
	Links    []templates.Link
}

// sellerNotice is a message nobody of the seller has read yet.
type sellerNotice struct {
	Link templates.Link
	Lang string
	At   time.Time
}

// sellerNext is the case due first.
type sellerNext struct {
	Clock  templates.Clock
	Number string
	Title  string
	Href   string
}

func (h *Handlers) showSellerHome(c *gin.Context) error {
	ctx, by, d := c.Request.Context(), requestOf(c).actor, h.desk(c, models.SideSeller)
	claims, more, err := h.store.Claims(ctx, by, models.ClaimFilter{NextActor: models.SellersTurn, Unanswered: true, ByDue: true, Page: models.Page{Limit: 20}})
	if err != nil {
		return err
	}
	now := h.pageTime(c)
	content := sellerHome{Count: len(claims), More: more != "", Links: []templates.Link{
		{Label: d.text("seller.all_cases"), Href: d.path("seller/cases") + "?v=all"}, {Label: d.text("seller.all_orders"), Href: d.path("seller/orders")}, {Label: d.text("request_page.todo_all"), Href: d.path("seller/requests")},
	}}
	content.Todo = templates.Table{Caption: d.text("seller.todo_caption"), Columns: []templates.Column{
		{Label: d.text("work.number")}, {Label: d.text("work.due_by")}, {Label: d.text("work.reason")}, {Label: d.text("work.amount_column"), Number: true}, {Label: d.text("seller.if_silent")},
	}, Empty: &templates.Empty{Text: d.text("seller.todo_empty"), Link: &content.Links[0]}}
	ids := make([]string, 0, len(claims))
	for _, claim := range claims {
		ids = append(ids, claim.ID)
	}
	marks, err := h.store.AnswerMarks(ctx, by, ids)
	if err != nil {
		return err
	}
	stake := map[string]int64{}
	for i, claim := range claims {
		policy, err := h.store.PolicyVersion(ctx, claim.PolicyVersion)
		if err != nil {
			return err
		}
		href := d.path("seller/cases", claim.Number)
		if i == 0 {
			content.Nearest = &sellerNext{Clock: d.dueClock(claim, policy, now), Number: claim.Number, Title: claim.Title, Href: href}
		}
		stake[claim.Currency] += claim.Claimed
		silent := templates.Cell{Text: d.silenceShort(claim, policy)}
		if mark, ok := marks[claim.ID]; ok {
			silent.Text += d.text("seller.and_unsent", "mark", h.unsentMark(c, d, mark))
		}
		content.Todo.Rows = append(content.Todo.Rows, templates.Row{Cells: []templates.Cell{
			{Link: &templates.Link{Label: claim.Number, Href: href}, Text: claim.Title, Lang: templates.LangOf(claim.Title, d.locale)},
			{Due: &templates.Clock{At: claim.DueAt.Time(), Now: now, Kind: templates.ClockDue}},
			{Text: d.label("reason_short", string(claim.Reason))},
			{Money: &templates.Money{Amount: claim.Claimed, Currency: claim.Currency}},
			silent,
		}})
	}
	for _, currency := range slices.Sorted(maps.Keys(stake)) {
		content.Stake = append(content.Stake, templates.Figure{Label: d.text("seller.at_stake"), Money: d.money(stake[currency], currency), Note: d.text("seller.at_stake_note")})
	}
	if content.Waiting, err = h.waitingOrders(c, d, now); err != nil {
		return err
	}
	requests, _, err := h.store.OpenRequests(ctx, by, models.Page{Limit: 10})
	if err != nil {
		return err
	}
	content.Requests = h.requestTable(c, d, requests)
	if content.Notices, err = h.unreadNotices(c, d); err != nil {
		return err
	}
	p := h.page(c, d.text("seller.home"), content)
	p.Wide = true
	return h.render(c, http.StatusOK, "seller/home", p)
}

// unreadNotices are the newest messages that nobody has read.
func (h *Handlers) unreadNotices(c *gin.Context, d desk) ([]sellerNotice, error) {
	notices, _, err := h.store.Notices(c.Request.Context(), requestOf(c).actor, models.Page{Limit: 10})
	if err != nil {
		return nil, err
	}
	var list []sellerNotice
	for _, n := range notices {
		if n.ReadAt != 0 || len(list) == 3 {
			continue
		}
		subject, _ := h.noticeWords(d.locale, n)
		list = append(list, sellerNotice{Link: templates.Link{Label: subject, Href: d.path("seller/notices", n.Number)}, Lang: d.noticeLang(n), At: n.CreatedAt.Time()})
	}
	return list, nil
}

// waitingOrders are the orders on which a buyer waits for the seller's reply.
func (h *Handlers) waitingOrders(c *gin.Context, d desk, now time.Time) (templates.Table, error) {
	t := templates.Table{Caption: d.text("seller.waiting_caption"), Columns: []templates.Column{
		{Label: d.text("work.order")}, {Label: d.text("seller.wait_ends")}, {Label: d.text("contact.topic")}, {Label: d.text("work.item")},
	}}
	lines, err := h.store.WaitingLines(c.Request.Context(), requestOf(c).actor, 50)
	if err != nil {
		return t, err
	}
	for _, l := range lines {
		t.Rows = append(t.Rows, templates.Row{Cells: []templates.Cell{
			{Link: &templates.Link{Label: l.OrderNumber, Href: d.path("seller/orders", l.OrderNumber)}},
			{Due: &templates.Clock{At: l.WaitEndsAt.Time(), Now: now, Kind: templates.ClockDue}},
			{Text: d.label("reason_short", string(l.Topic))},
			d.cell(l.Title),
		}})
	}
	return t, nil
}

// waits tells whether the buyer of a line waits for a reply that can still prevent a claim.
func waits(l models.OrderLine, now time.Time) bool {
	return l.Contact != nil && l.Contact.SolvedAt == 0 && l.Contact.RefusedAt == 0 && l.OpenClaimID == "" && !l.PaidBack() && l.Contact.WaitEndsAt.Time().After(now)
}
