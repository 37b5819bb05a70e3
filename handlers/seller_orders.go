package handlers

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/models/calendar"
	"hosho/templates"
)

func splitLines(s string) []string {
	var list []string
	for line := range strings.SplitSeq(s, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			list = append(list, line)
		}
	}
	return list
}

// day prints a calendar day.
func (d desk) day(day calendar.Date) string { return d.text("work.day", "day", day) }

// sellerOrders is the list of orders with a line of the seller's.
type sellerOrders struct {
	Table templates.Table
}

func (h *Handlers) listSellerOrders(c *gin.Context) error {
	d, now := h.desk(c, models.SideSeller), h.pageTime(c)
	orders, next, err := h.store.Orders(c.Request.Context(), requestOf(c).actor, models.Page{Cursor: c.Query("cursor")})
	if err != nil {
		return listError(err)
	}
	t := templates.Table{Caption: d.text("seller.orders_caption"), Columns: []templates.Column{
		{Label: d.text("work.order")},
		{Label: d.text("work.placed")},
		{Label: d.text("work.item")},
		{Label: d.text("work.order_status")},
		{Label: d.text("seller.reply_by")},
		{Label: d.text("seller.case")},
	}, Empty: &templates.Empty{Text: d.text("seller.orders_empty")}}
	for _, o := range orders {
		row := templates.Row{Cells: []templates.Cell{
			{Link: &templates.Link{Label: o.Number, Href: d.path("seller/orders", o.Number)}}, {At: timeOf(o.PlacedAt)}, {}, {}, {}, {},
		}}
		var titles, states []string
		for _, l := range o.Lines {
			titles, states = append(titles, l.Title), append(states, d.lineState(l))
			if waits(l, now) && (row.Cells[4].Due == nil || l.Contact.WaitEndsAt.Time().Before(row.Cells[4].Due.At)) {
				row.Cells[4] = templates.Cell{Due: &templates.Clock{At: l.Contact.WaitEndsAt.Time(), Now: now, Kind: templates.ClockDue}}
			}
			for _, ref := range l.Claims {
				if ref.Status != models.Scheduled {
					row.Cells[5] = templates.Cell{Link: &templates.Link{Label: ref.Number, Href: d.path("seller/cases", ref.Number)}}
				}
			}
		}
		row.Cells[2].Text = strings.Join(titles, "、")
		if d.locale != "ja" {
			row.Cells[2].Text = strings.Join(titles, ", ")
		}
		row.Cells[2].Lang = templates.LangOf(row.Cells[2].Text, d.locale)
		row.Cells[3].Text = states[0]
		for _, s := range states[1:] {
			if s != states[0] {
				row.Cells[3].Text = d.text("seller.mixed_status")
			}
		}
		t.Rows = append(t.Rows, row)
	}
	t.Pages = listPages(c, next)
	p := h.page(c, d.text("nav.orders"), sellerOrders{t})
	p.Wide = true
	p.Back = &templates.Link{Label: d.text("seller.home"), Href: d.path("seller")}
	return h.render(c, 200, "seller/orders", p)
}

// sellerOrder is one order with the thread of each line.
type sellerOrder struct {
	Number string
	Facts  []templates.SummaryRow
	Lines  []sellerOrderLine
}

type sellerOrderLine struct {
	Number   int
	ID       string // of its heading
	Pinned   templates.Pinned
	Facts    []templates.SummaryRow
	Clock    *templates.Clock // how long a reply can still prevent a claim
	Problem  string
	Cases    []templates.Link
	Requests []requestPart
	Thread   []templates.Message
	Reply    *lineForm
	Refuse   *lineForm        // nil where it is not possible
	Refused  string           // said already
	Late     *templates.Field // a reason that came too late
}

// lineForm is what a seller writes about a line; with files where it may hold any.
type lineForm struct {
	Action string
	Body   templates.Field
	Files  *templates.Field
	Kept   templates.Field
	Hidden templates.Hidden
	Open   bool
}

func (h *Handlers) showSellerOrder(c *gin.Context) error { return h.sellerOrderPage(c, said{}) }

// said is a form of an order's page that could not be taken, and which of them it was.
type said struct {
	*entry
	line   int
	refuse bool
}

// replyQuestions name the box of each line apart, so that messages find their field.
var (
	replyQuestions  = questions{"body": story("work.message", 4000), filesField: files("seller.files")}
	refuseQuestions = questions{"body": story("seller.refuse_reason", 4000)}
)

func (h *Handlers) sellerOrderPage(c *gin.Context, said said) error {
	ctx, d, now := c.Request.Context(), h.desk(c, models.SideSeller), h.pageTime(c)
	o, err := h.sellerOrderOf(c)
	if err != nil {
		return err
	}
	content := sellerOrder{Number: o.Number, Facts: []templates.SummaryRow{
		{Label: d.text("work.placed"), At: timeOf(o.PlacedAt)}, d.row(d.text("work.buyer_name"), o.BuyerName),
	}}
	policy, err := h.store.Policy(ctx, models.InstantOf(now))
	if err != nil {
		return err
	}
	given, err := h.store.GivenOnOrder(ctx, requestOf(c).actor, o.Number)
	if err != nil {
		return err
	}
	requests, err := h.store.RequestsOf(ctx, o)
	if err != nil {
		return err
	}
	for _, l := range o.Lines {
		x := sellerOrderLine{Number: l.Number, ID: "line-" + strconv.Itoa(l.Number), Pinned: d.listing(pinned(l), o.Currency), Facts: d.tracking(l)}
		x.Facts = append(x.Facts, templates.SummaryRow{Label: d.text("work.estimate"), Value: d.day(o.LatestEstimate(l, policy, h.store.Zone()))})
		if row, paid := d.paidBack(o, l); paid {
			x.Facts = append(x.Facts, row)
		}
		if l.Status == models.Cancelled && l.CancelledBy == "seller" {
			x.Facts = append(x.Facts, templates.SummaryRow{Label: d.text("counted.row"), Links: []templates.Link{{Label: d.text("counted.see"), Href: d.path("seller/health/orders", o.Number)}}})
		}
		if l.Status == models.Unshipped {
			x.Facts = append(x.Facts, templates.SummaryRow{Label: d.text("whatif.row"), Links: []templates.Link{{Label: d.text("whatif.see"), Href: d.path("seller/orders", o.Number, "what-if")}}})
		}
		address := d.path("seller/orders", o.Number, "lines", strconv.Itoa(l.Number))
		mine := said.entry != nil && said.line == l.Number && said.refuse
		if k := l.Contact; k != nil && k.SolvedAt == 0 {
			x.Problem = d.label("reason", string(k.Topic))
			if l.OpenClaimID == "" && !l.PaidBack() {
				x.Clock = &templates.Clock{Label: d.text("seller.wait_ends"), At: k.WaitEndsAt.Time(), Now: now, Kind: templates.ClockDue, Over: d.text("seller.wait_over"), After: d.text("seller.wait_after")}
			}
			switch {
			case k.RefusedAt != 0:
				x.Refused = d.text("seller.refused", "refused_at", k.RefusedAt)
			case !l.PaidBack() || mine: // nothing is left to refuse
				f := h.newEntry(c, refuseQuestions)
				if mine {
					f = said.entry
				}
				x.Refuse = &lineForm{Action: address + "/refuse", Body: f.field("body", "seller.refuse_hint"), Hidden: f.once(), Open: mine}
				x.Refuse.Body.Rows, x.Refuse.Body.Required = 3, true
				if !mine {
					x.Refuse.Body.ID = "refuse-" + strconv.Itoa(l.Number)
				}
			}
		}
		if mine && x.Refuse == nil {
			x.Late = said.late("body")
		}
		for _, ref := range l.Claims {
			if ref.Status != models.Scheduled {
				x.Cases = append(x.Cases, templates.Link{Label: ref.Number, Href: d.path("seller/cases", ref.Number)})
			}
		}
		for _, r := range slices.Backward(requests[l.Number]) {
			x.Requests = append(x.Requests, d.sellerRequestPart(r))
		}
		thread, err := h.lineThread(c, o.Number, l.Number)
		if err != nil {
			return err
		}
		x.Thread = d.messages(thread)
		if x.Reply, err = h.replyForm(c, said, l.Number, address, given); err != nil {
			return err
		}
		content.Lines = append(content.Lines, x)
	}
	f := said.entry
	if f == nil {
		f = h.newEntry(c, replyQuestions)
	}
	f.takesFiles = len(content.Lines) > 0
	p := h.page(c, d.text("seller.order_title", "number", o.Number), content)
	p.Back = &templates.Link{Label: d.text("nav.orders"), Href: d.path("seller/orders")}
	return f.showPage("seller/order", p)
}

// lineState is how far a line has come; of one whose money is back before it was shipped, that.
func (d desk) lineState(l models.OrderLine) string {
	if l.Status == models.Unshipped && l.PaidBack() {
		return d.text("seller.not_to_ship")
	}
	return d.label("order_status", string(l.Status))
}

// paidBack is what of a line has gone back to the buyer or is to, and whether it is still to be sent.
func (d desk) paidBack(o models.Order, l models.OrderLine) (row templates.SummaryRow, paid bool) {
	amount, key := templates.Money{Amount: l.Refunded + l.Owed, Currency: o.Currency}, "seller.went_back_part"
	switch {
	case amount.Amount <= 0:
		return row, false
	case l.PaidBack() && l.Status == models.Unshipped:
		key = "seller.went_back_unshipped"
	case l.PaidBack():
		key = "seller.went_back_all"
	}
	return templates.SummaryRow{Label: d.text("seller.went_back"), Value: d.text(key, "amount", amount)}, true
}

// pinned is a line's offer in the form it is pinned to a claim.
func pinned(l models.OrderLine) models.PinnedListing {
	return models.PinnedListing{Line: l.Number, Title: l.Title, UnitPrice: l.UnitPrice, Quantity: l.Quantity, Listing: l.Listing}
}

// replyForm is the box for a line's thread, with what was typed where it could not be sent.
func (h *Handlers) replyForm(c *gin.Context, said said, line int, address string, given []models.Evidence) (*lineForm, error) {
	f := h.newEntry(c, replyQuestions)
	mine := said.entry != nil && said.line == line && !said.refuse
	if mine {
		f = said.entry
	}
	files, kept, err := f.files("")
	if err != nil {
		return nil, err
	}
	files.Optional, files.Hint = true, f.words.text("evidence.formats", "max", templates.FileSize(models.MaxUpload), "count", 20)
	f.captioned(&files, &kept)
	files.Reuse = f.reuseOf(given, nil)
	r := &lineForm{Action: address + "/messages", Body: f.field("body", ""), Files: &files, Kept: kept, Hidden: f.once()}
	r.Body.Rows = 3
	if !mine {
		r.Body.ID, r.Files.ID = "body-"+strconv.Itoa(line), "files-"+strconv.Itoa(line)
		if files.Reuse != nil {
			files.Reuse.ID = "reuse-" + strconv.Itoa(line)
		}
	}
	return r, nil
}

func (h *Handlers) postSellerReply(c *gin.Context) error {
	return h.postOnLine(c, replyQuestions, false, func(in models.SendMessage) error {
		_, err := h.store.SendMessage(c.Request.Context(), requestOf(c).actor, in)
		return err
	})
}

func (h *Handlers) postSellerRefuse(c *gin.Context) error {
	return h.postOnLine(c, refuseQuestions, true, func(in models.SendMessage) error {
		_, err := h.store.RefuseWithReason(c.Request.Context(), requestOf(c).actor, in)
		return err
	})
}

func (h *Handlers) postOnLine(c *gin.Context, q questions, refuse bool, send func(models.SendMessage) error) error {
	line, err := lineParam(c)
	if err != nil {
		return err
	}
	o, err := h.sellerOrderOf(c)
	if err != nil {
		return err
	}
	f, err := h.readFiles(c, q, o.Number)
	if err != nil {
		return err
	}
	if f.ok() {
		err := f.doOnce(func() error {
			return send(models.SendMessage{OrderNumber: o.Number, Line: line, Body: f.get("body"), Evidence: f.all(evidenceField), Captioned: f.captions()})
		})
		if err == nil {
			return seeOther(c, f.words.path("seller/orders", o.Number)+"#line-"+strconv.Itoa(line))
		}
		if err := f.refused(err); err != nil {
			return err
		}
	}
	return h.sellerOrderPage(c, said{f, line, refuse})
}
