package handlers

import (
	"strconv"
	"strings"
	"time"

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

func hoursOf(n int) time.Duration { return time.Duration(n) * time.Hour }

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
			{Link: &templates.Link{Label: o.Number, Href: d.path("seller/orders", o.Number)}}, {At: timeOf(o.PlacedAt)}, {}, {}, {Text: d.text("seller.no_wait")}, {Text: d.text("seller.no_case")},
		}}
		var titles, states []string
		for _, l := range o.Lines {
			titles, states = append(titles, l.Title), append(states, d.label("order_status", string(l.Status)))
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
	if next != "" {
		t.Pages = &templates.Pages{Next: d.path("seller/orders") + "?cursor=" + next}
	}
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
	Number  int
	ID      string // of its heading
	Pinned  templates.Pinned
	Facts   []templates.SummaryRow
	Clock   *templates.Clock // how long a reply can still prevent a claim
	Problem string
	Cases   []templates.Link
	Thread  []templates.Message
	Older   string
	Reply   *messageForm
	Refuse  string // address; "" where it is not possible
	Refused string // said already
}

func (h *Handlers) showSellerOrder(c *gin.Context) error { return h.sellerOrderPage(c, nil, 0) }

// replyQuestions name the box of each line apart, so that messages find their field.
var replyQuestions = questions{"body": story("work.message", 4000), filesField: files("seller.files")}

func (h *Handlers) sellerOrderPage(c *gin.Context, said *entry, line int) error {
	ctx, by, d, now := c.Request.Context(), requestOf(c).actor, h.desk(c, models.SideSeller), h.pageTime(c)
	o, err := h.store.OrderByNumber(ctx, by, c.Param("number"))
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
	blank := h.newEntry(c, replyQuestions)
	for _, l := range o.Lines {
		x := sellerOrderLine{Number: l.Number, ID: "line-" + strconv.Itoa(l.Number), Pinned: d.listing(pinned(l), o.Currency), Facts: d.tracking(l)}
		x.Facts = append(x.Facts, templates.SummaryRow{Label: d.text("work.estimate"), Value: d.day(o.LatestEstimate(l, policy, h.store.Zone()))})
		address := d.path("seller/orders", o.Number, "lines", strconv.Itoa(l.Number))
		if k := l.Contact; k != nil && k.SolvedAt == 0 {
			x.Problem = d.label("reason", string(k.Topic))
			if l.OpenClaimID == "" {
				x.Clock = &templates.Clock{Label: d.text("seller.wait_ends"), At: k.WaitEndsAt.Time(), Now: now, Kind: templates.ClockDue, Over: d.text("seller.wait_over"), After: d.text("seller.wait_after")}
			}
			if k.RefusedAt == 0 {
				x.Refuse = address + "/refuse"
			} else {
				x.Refused = d.text("seller.refused", "refused_at", k.RefusedAt)
			}
		}
		for _, ref := range l.Claims {
			if ref.Status != models.Scheduled {
				x.Cases = append(x.Cases, templates.Link{Label: ref.Number, Href: d.path("seller/cases", ref.Number)})
			}
		}
		thread, next, err := h.store.Messages(ctx, by, o.Number, l.Number, models.Page{Limit: models.MaxPage, Cursor: c.Query("after")})
		if err != nil {
			return listError(err)
		}
		x.Thread = d.messages(thread)
		if next != "" {
			x.Older = "?after=" + next
		}
		f := blank
		if said != nil && line == l.Number {
			f = said
		}
		x.Reply = d.messageForm(f, address+"/messages")
		x.Reply.Body.Rows = 3
		if len(o.Lines) > 1 && f != said {
			x.Reply.Body.ID = "body-" + strconv.Itoa(l.Number)
		}
		content.Lines = append(content.Lines, x)
	}
	f := said
	if f == nil {
		f = blank
	}
	p := h.page(c, d.text("seller.order_title", "number", o.Number), content)
	p.Back = &templates.Link{Label: d.text("nav.orders"), Href: d.path("seller/orders")}
	return f.showPage("seller/order", p)
}

// pinned is a line's offer in the form it is pinned to a claim.
func pinned(l models.OrderLine) models.PinnedListing {
	return models.PinnedListing{Line: l.Number, Title: l.Title, UnitPrice: l.UnitPrice, Quantity: l.Quantity, Listing: l.Listing}
}

func (h *Handlers) postSellerReply(c *gin.Context) error {
	line, err := lineParam(c)
	if err != nil {
		return err
	}
	f, err := h.readEntry(c, replyQuestions)
	if err != nil {
		return err
	}
	_, err = h.store.SendMessage(c.Request.Context(), requestOf(c).actor, models.SendMessage{
		OrderNumber: c.Param("number"), Line: line, Body: f.get("body"), Evidence: f.all(evidenceField),
	})
	if err == nil {
		return seeOther(c, f.words.path("seller/orders", c.Param("number"))+"#line-"+strconv.Itoa(line))
	}
	if err := f.refused(err); err != nil {
		return err
	}
	return h.sellerOrderPage(c, f, line)
}

func (h *Handlers) postSellerRefuse(c *gin.Context) error {
	line, err := lineParam(c)
	if err != nil {
		return err
	}
	if _, err := h.store.RefuseContact(c.Request.Context(), requestOf(c).actor, c.Param("number"), line); err != nil {
		return err
	}
	return seeOther(c, h.words(c).path("seller/orders", c.Param("number"))+"#line-"+strconv.Itoa(line))
}

// sellerEvidence gives files outside an answer.
type sellerEvidence struct {
	Number string
	Files  templates.Field
	Kept   templates.Field
	Note   templates.Field
	Late   bool
	Hidden []templates.Hidden
	Submit templates.Submit
}

var evidenceQuestions = questions{filesField: files("seller.files"), "note": typed("seller.caption")}

func (h *Handlers) showSellerEvidence(c *gin.Context) error {
	return h.evidencePage(c, h.newEntry(c, evidenceQuestions), "seller/cases")
}

func (h *Handlers) postSellerEvidence(c *gin.Context) error {
	return h.postEvidence(c, "seller/cases")
}

// evidencePage asks for more files on the case at base.
func (h *Handlers) evidencePage(c *gin.Context, f *entry, base string) error {
	v, err := h.caseView(c)
	if err != nil {
		return err
	}
	d := h.desk(c, v.Side)
	content := sellerEvidence{
		Number: v.Number, Late: v.Side == models.SideSeller && v.SellerDueAt != 0 && v.Now >= v.SellerDueAt, Note: f.field("note", "seller.caption_hint"),
	}
	if content.Files, content.Kept, err = f.files(""); err != nil {
		return err
	}
	content.Note.Optional = true
	content.Files.Hint = d.text("evidence.formats", "max", "10 MB", "count", v.Policy.MaxFiles)
	content.Submit = templates.Submit{Label: d.text("action.add_evidence"), Cancel: &templates.Link{Label: d.text("action.cancel"), Href: d.path(base, v.Number)}}
	p := h.page(c, d.text("action.add_evidence"), content)
	p.Back = &templates.Link{Label: d.text("seller.back_to_case", "number", v.Number), Href: d.path(base, v.Number)}
	return f.showPage("seller/evidence", p)
}

func (h *Handlers) postEvidence(c *gin.Context, base string) error {
	number, err := numberOf(c, 'C', "number")
	if err != nil {
		return err
	}
	f, err := h.readEntry(c, evidenceQuestions)
	if err != nil {
		return err
	}
	if f.ok() && len(f.all(evidenceField)) == 0 {
		f.fail(filesField, "required")
	}
	if f.ok() {
		_, err = h.store.Act(c.Request.Context(), requestOf(c).actor, number, &models.AddEvidenceInput{Evidence: f.all(evidenceField), Note: f.get("note")})
		if err == nil {
			return seeOther(c, f.words.path(base, number)+"#evidence")
		}
		if err := f.refused(err); err != nil {
			return err
		}
	}
	return h.evidencePage(c, f, base)
}

// sellerDecision is the letter with what it means for the seller.
type sellerDecision struct {
	Number string
	Tag    templates.Tag
	Letter templates.Letter
	Files  []templates.EvidenceItem
}

func (h *Handlers) showSellerDecision(c *gin.Context) error {
	v, err := h.caseView(c)
	if err != nil {
		return err
	}
	if v.Decision == nil {
		return notFound()
	}
	d := h.desk(c, models.SideSeller)
	content := sellerDecision{Number: v.Number, Tag: templates.Tag{Status: string(v.Status), Role: "seller"}, Letter: d.letter(v.Claim, *v.Decision, models.SideSeller)}
	for _, e := range v.Evidence {
		for _, id := range v.Decision.EvidenceCited {
			if e.ID == id {
				content.Files = append(content.Files, d.evidence([]models.Evidence{e})...)
			}
		}
	}
	p := h.page(c, content.Letter.Title, content)
	p.Back = d.backToCase(v.Number)
	return h.render(c, 200, "seller/decision", p)
}
