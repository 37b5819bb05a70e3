package handlers

import (
	"cmp"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// The record of a claim: all of it on one page to print or to keep as a PDF, for its buyer and
// for its seller. What it holds is what that side may see.

type recordPage struct {
	Head     []templates.SummaryRow
	Address  string // of this page, whole
	CaseFile string
	Next     []string
	Facts    []templates.SummaryRow
	Said     []templates.Message
	Decision *templates.Letter
	Files    []recordFile
	Timeline templates.Timeline
	Messages []templates.Message
}

type recordFile struct {
	Name, Lang, Who, Hash string
	At                    time.Time
	Size                  int64
	Late                  bool
	Covered               int
	Gone                  string // since when its bytes are not kept
}

func (h *Handlers) showMyRecord(c *gin.Context) error {
	v, err := h.ownClaim(c)
	if err != nil {
		return err
	}
	d := h.buyerDesk(c)
	return h.recordPage(c, v, d.desk, d.path("my/claims", v.Number))
}

func (h *Handlers) showSellerRecord(c *gin.Context) error {
	v, err := h.sellerView(c)
	if err != nil {
		return err
	}
	d := h.desk(c, models.SideSeller)
	return h.recordPage(c, v, d, d.path("seller/cases", v.Number))
}

func (h *Handlers) recordPage(c *gin.Context, v models.ClaimView, d desk, home string) error {
	ctx, by := c.Request.Context(), requestOf(c).actor
	events, err := h.store.ClaimEvents(ctx, by, v.Number)
	if err != nil {
		return err
	}
	thread, err := h.wholeThread(c, v.Number)
	if err != nil {
		return err
	}
	title := d.text("record.title", "number", v.Number)
	page := recordOf(d, v, events, thread)
	page.Address, page.CaseFile = h.config.BaseURL+home+"/record", home+"/case-file"
	p := h.page(c, title, page)
	p.Back = &templates.Link{Label: d.text("claims.claim", "number", v.Number), Href: home}
	p.NoIndex = true
	return h.render(c, http.StatusOK, "claims/record", p)
}

// recordOf is all that a side may read of a claim, put in order.
func recordOf(d desk, v models.ClaimView, events []models.Event, thread []models.Message) recordPage {
	page := recordPage{Head: recordHead(d, v), Facts: recordFacts(d, v), Said: d.statements(events), Messages: d.messages(thread)}
	if d.side == models.SideBuyer {
		page.Next = comesNext(d.words, v)
		d.speakToBuyer(page.Said)
		d.speakToBuyer(page.Messages)
	}
	page.Timeline = d.recordTimeline(events)
	if v.Decision != nil {
		to := d.side
		if to != models.SideSeller {
			to = models.SideBuyer // staff have no letter of their own
		}
		letter := d.letter(v.Claim, *v.Decision, to)
		letter.Rows = letter.Rows[2:] // number and item stand above
		page.Decision = &letter
	}
	for _, e := range v.Evidence {
		name := cmp.Or(e.Note, e.FileName)
		if e.Note != "" {
			name += " (" + e.FileName + ")"
		}
		page.Files = append(page.Files, recordFile{
			Name: name, Lang: templates.LangOf(name, d.locale), Who: d.you(e.By), Hash: e.SHA256, At: e.At.Time(), Size: e.Size, Late: e.Late, Covered: e.Covered, Gone: d.gone(e),
		})
	}
	return page
}

// gone says since when the bytes of a file are not kept, or "".
func (d desk) gone(e models.Evidence) string {
	if e.RemovedAt == 0 {
		return ""
	}
	return d.text("evidence.removed_text", "removed_at", e.RemovedAt)
}

// wholeThread reads all messages of a claim.
func (h *Handlers) wholeThread(c *gin.Context, number string) ([]models.Message, error) {
	return everyPage(func(page models.Page) ([]models.Message, string, error) {
		return h.store.ClaimMessages(c.Request.Context(), requestOf(c).actor, number, page)
	})
}

// lineThread reads all messages on a line of an order.
func (h *Handlers) lineThread(c *gin.Context, order string, line int) ([]models.Message, error) {
	return everyPage(func(page models.Page) ([]models.Message, string, error) {
		return h.store.Messages(c.Request.Context(), requestOf(c).actor, order, line, page)
	})
}

// everyPage reads a list to its end.
func everyPage[T any](read func(models.Page) ([]T, string, error)) ([]T, error) {
	var all []T
	page := models.Page{Limit: models.MaxPage}
	for {
		list, next, err := read(page)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
		if next == "" {
			return all, nil
		}
		page.Cursor = next
	}
}

// standing says as whom the reader looks at a claim, as tags name it, and whose turn it is.
func (d desk) standing(cl models.Claim) (role, turn string) {
	switch {
	case d.side == models.SideBuyer:
		return "buyer", turnWords(d.words, cl)
	case d.side != models.SideSeller:
		return "staff", d.label("next_actor", cmp.Or(string(cl.NextActor), "none"))
	case cl.NextActor == models.SellersTurn:
		return "seller", d.text("record.your_turn")
	}
	return "seller", d.label("next_actor", cmp.Or(string(cl.NextActor), "none"))
}

// recordHead says whose record this is: where it comes from, of when, and how the claim stood.
func recordHead(d desk, v models.ClaimView) []templates.SummaryRow {
	role, turn := d.standing(v.Claim)
	rows := []templates.SummaryRow{
		{Label: d.text("claims.number"), Value: v.Number},
		{Label: d.text("claims.state"), Value: d.label("status."+role, string(v.Status)) + "\n" + turn},
	}
	if v.Status.Open() && v.DueAt != 0 {
		rows = append(rows, templates.SummaryRow{Label: d.text("claims.next"), Value: d.text("work.until", "deadline", v.DueAt)})
	}
	return append(rows,
		templates.SummaryRow{Label: d.text("record.printed"), At: timeOf(v.Now)},
		templates.SummaryRow{Label: d.text("record.site"), Value: d.text("site.name")})
}

// recordFacts are what was asked when the claim was filed, and the answers.
func recordFacts(d desk, v models.ClaimView) []templates.SummaryRow {
	reason, wish := "claims.reason", "claims.outcome"
	if d.side != models.SideBuyer { // who reads it did not claim
		reason, wish = "work.reason", "seller.wish"
	}
	rows := []templates.SummaryRow{
		d.row(d.text("contact.item"), itemsOf(v)),
		d.row(d.label("role", "seller"), v.SellerName),
		{Label: d.text("work.order_number"), Value: v.OrderNumber},
		{Label: d.text(reason), Value: d.label("reason", string(v.Reason))},
		{Label: d.text(wish), Value: d.label("desired_outcome", string(v.DesiredOutcome))},
		{Label: d.text("money.claimed"), Money: &templates.Money{Amount: v.Claimed, Currency: v.Currency}},
		{Label: d.text("record.contacted"), At: timeOf(v.Assessment.Because.ContactedAt)},
		{Label: d.text("claims.filed_at"), At: timeOf(v.FiledAt)},
	}
	if v.Assessment.Because.ContactedAt == 0 {
		rows = append(rows[:6], rows[7:]...)
	}
	if v.Refund != nil {
		rows = append(rows,
			templates.SummaryRow{Label: d.text("claims.refund"), Value: d.spoken(v.Refund.Total, v.Refund.Currency) + "\n" + d.text("claims.refund_"+string(v.Refund.Status))})
	}
	return rows
}

// itemsOf are the titles of what a claim is about, a line each.
func itemsOf(v models.ClaimView) string {
	var titles []string
	for _, p := range v.Listings {
		titles = append(titles, p.Title)
	}
	return cmp.Or(strings.Join(titles, "\n"), v.Title)
}

// recordTimeline is all that happened, without what stands on the page in its own place.
func (d desk) recordTimeline(events []models.Event) templates.Timeline {
	short := withoutStated(events)
	t := d.timeline(short)
	t.Items, t.Earlier = append(t.Items, t.Earlier...), nil
	for i := range t.Items {
		t.Items[i].Who = d.youByLabel(t.Items[i].Who)
	}
	return t
}
