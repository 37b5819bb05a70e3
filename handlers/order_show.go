package handlers

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

type orderPage struct {
	Many     bool // several lines
	Facts    []templates.SummaryRow
	Lines    []orderLinePart
	Payments []templates.SummaryRow
}

// remindPart asks to be told when a claim can be filed, or undoes it.
type remindPart struct {
	Action   string
	On, Next templates.Hidden
	Set      bool
}

// remindPart is nil where no instant is known from which a claim can be filed.
func (h *Handlers) remindPart(w words, o models.Order, l models.OrderLine, policy models.Policy, now models.Instant, set bool, next string) *remindPart {
	claim := action(o.ActionsOn(l, policy, now, h.store.Zone()), models.LineClaim)
	if !set && (claim.Allowed || claim.At <= now || l.Contact == nil || l.Contact.SolvedAt != 0) {
		return nil
	}
	p := &remindPart{
		Action: w.path("my/orders", o.Number, "lines", strconv.Itoa(l.Number), "remind"), Set: set,
		On: templates.Hidden{Name: "on", Value: "yes"}, Next: templates.Hidden{Name: "next", Value: next},
	}
	if set {
		p.On.Value = "no"
	}
	return p
}

// postRemind has the buyer told when a claim can be filed, or not any more.
func (h *Handlers) postRemind(c *gin.Context) error {
	o, l, err := h.ownLine(c)
	if err != nil {
		return err
	}
	f, err := h.readEntry(c, nil)
	if err != nil {
		return err
	}
	back := f.words.path("my/orders", o.Number)
	if err := h.store.RemindWhenOpen(c.Request.Context(), requestOf(c).actor, o.Number, l.Number, f.get("on") != "no"); err != nil {
		return err
	}
	return seeOther(c, cmp.Or(models.LocalPath(f.get("next")), back))
}

type orderLinePart struct {
	ID, Title string
	Seller    string
	Many      bool // the order has several lines
	Status    *templates.Tag
	Standing  string // where it stands, in a sentence
	Remind    *remindPart
	Facts     []templates.SummaryRow
	Clocks    []templates.Clock
	Collision string
	Actions   []templates.ActionItem
	Primary   *templates.Link
	Claims    []claimRefPart
	Outside   []outsidePart
	Requests  []requestPart
	Cause     *causePart
	Thread    []templates.Message
	More      *templates.Link // the whole thread, where it is not shown here
}

type claimRefPart struct {
	Link templates.Link
	Tag  templates.Tag
}

type outsidePart struct {
	Text, Reason string
	Tag          templates.Tag
}

// showMyOrder lists everything that can be done about an order, and what cannot with the
// reason and the date when it can.
func (h *Handlers) showMyOrder(c *gin.Context) error {
	o, err := h.ownOrder(c)
	if err != nil {
		return err
	}
	policy, now, err := h.policyNow(c)
	if err != nil {
		return err
	}
	drafts, err := h.store.Drafts(c.Request.Context(), requestOf(c).actor)
	if err != nil {
		return err
	}
	reminded, err := h.store.Reminded(c.Request.Context(), o)
	if err != nil {
		return err
	}
	back, err := h.claimsPaying(c, o)
	if err != nil {
		return err
	}
	requests, err := h.store.RequestsOf(c.Request.Context(), o)
	if err != nil {
		return err
	}
	causes, err := h.store.CancellationsOf(c.Request.Context(), requestOf(c).actor, o)
	if err != nil {
		return err
	}
	w := h.words(c)
	page := orderPage{
		Many: len(o.Lines) > 1,
		Facts: []templates.SummaryRow{
			{Label: w.text("orders.number"), Value: o.Number},
			{Label: w.text("orders.placed_at"), Value: w.text("orders.day", "day", h.dayOf(o.PlacedAt))},
			{Label: w.text("orders.total"), Money: &templates.Money{Amount: o.Total(), Currency: o.Currency}},
		},
	}
	for _, l := range o.Lines {
		part, err := h.linePart(c, w, o, l, policy, now, back, requests[l.Number])
		if err != nil {
			return err
		}
		if cause, known := causes[l.Number]; known {
			part.Cause = w.causePart(o.Number, cause, now)
		}
		part.Remind = h.remindPart(w, o, l, policy, now, slices.Contains(reminded, l.Number), w.path("my/orders", o.Number))
		if l.OpenClaimID == "" && slices.ContainsFunc(drafts, func(d models.Draft) bool {
			return d.OrderNumber == o.Number && d.SellerID == l.SellerID && slices.Contains(d.Body.Lines, l.Number)
		}) {
			part.goOn(w, o, l)
		}
		page.Lines = append(page.Lines, part)
	}
	for _, p := range o.Payments {
		page.Payments = append(page.Payments, templates.SummaryRow{Label: w.label("tender", string(p.Tender)), Money: &templates.Money{Amount: p.Amount, Currency: o.Currency}})
	}
	for _, r := range o.Refunds {
		page.Payments = append(page.Payments, templates.SummaryRow{
			Label: w.text("orders.refunded"), Value: w.money(r.Amount, o.Currency) + "\n" + w.text("orders.refunded_at", "refund_day", h.dayOf(r.At)),
		})
	}
	p := h.page(c, w.text("orders.order", "number", o.Number), page)
	p.Back = &templates.Link{Label: w.text("nav.orders"), Href: w.path("my/orders")}
	p.Banner = h.contactDone(c, w, o, policy, now)
	return h.render(c, http.StatusOK, "orders/show", p)
}

// claimsPaying are the claims whose refunds give lines of an order back, by line, the newest of each.
func (h *Handlers) claimsPaying(c *gin.Context, o models.Order) (map[int]string, error) {
	if !slices.ContainsFunc(o.Lines, func(l models.OrderLine) bool { return len(l.Claims) > 0 && l.Owed+l.Refunded > 0 }) {
		return nil, nil //nolint:nilnil // no claim gives anything back
	}
	refunds, _, err := h.store.Refunds(c.Request.Context(), requestOf(c).actor, models.RefundFilter{OrderNumber: o.Number})
	if err != nil {
		return nil, err
	}
	claims := map[int]string{}
	for _, r := range slices.Backward(refunds) {
		for _, l := range r.Refund.Lines {
			claims[l.Line] = r.ClaimNumber
		}
	}
	return claims, nil
}

// contactDone says what the form just sent has done, and for a contact from when a claim may
// be filed.
func (h *Handlers) contactDone(c *gin.Context, w words, o models.Order, policy models.Policy, now models.Instant) *templates.Banner {
	done := c.Query("done")
	if !slices.Contains([]string{"sent", "solved", "declared", "requested", "request_withdrawn", "answered", "answer_closed"}, done) {
		return nil
	}
	b := &templates.Banner{Tone: "ok", Title: w.text("contact.done_" + done), Role: "status"}
	if done == "answer_closed" {
		b.Tone = "warn"
	}
	n, err := strconv.Atoi(c.Query("line"))
	l, ok := o.Line(n)
	if done != "sent" && done != "requested" || err != nil || !ok || l.Contact == nil || l.Contact.SolvedAt != 0 || l.OpenClaimID != "" {
		return b
	}
	if at := cmp.Or(action(o.ActionsOn(l, policy, now, h.store.Zone()), models.LineClaim).At, l.Contact.WaitEndsAt); at > now {
		b.Text = w.text("contact.done_opens", "opens_at", at)
	}
	return b
}

// linesWithThread is up to how many lines of an order stand with their conversations on one
// page; those of longer orders are a link away.
const linesWithThread = 5

func (h *Handlers) linePart(c *gin.Context, w words, o models.Order, l models.OrderLine, policy models.Policy, now models.Instant, back map[int]string, requests []models.Request) (orderLinePart, error) {
	ctx, by, n := c.Request.Context(), requestOf(c).actor, strconv.Itoa(l.Number)
	part := orderLinePart{
		ID: "line-" + n, Title: l.Title, Seller: l.SellerName, Many: len(o.Lines) > 1, Facts: h.lineFacts(w, o, l, policy), Clocks: h.lineClocks(w, o, l, policy, now),
	}
	rows := lineRows{h: h, words: w, order: o, line: l, policy: policy, now: now, list: o.ActionsOn(l, policy, now, h.store.Zone()), back: back, requests: requests}
	part.Actions, part.Collision, part.Requests = rows.items(), rows.collision(), rows.requestParts()
	part.Status, part.Standing, part.Primary = rows.standing()
	for _, ref := range l.Claims {
		part.Claims = append(part.Claims, claimRefPart{
			templates.Link{Label: ref.Number, Href: w.path("my/claims", ref.Number)},
			templates.Tag{Status: string(ref.Status), Role: "buyer"},
		})
	}
	if len(o.Lines) > linesWithThread || len(o.Lines) > 1 && l.Contact == nil {
		part.More = &templates.Link{Label: w.text("orders.thread_link"), Href: w.path("my/orders", o.Number, "lines", n, "contact")}
		return part, nil
	}
	thread, err := h.lineThread(c, o.Number, l.Number)
	if err != nil {
		return part, err
	}
	part.Thread = h.thread(c, thread)
	declared, err := h.store.OutsideContacts(ctx, by, o.Number, l.Number)
	if err != nil {
		return part, err
	}
	part.Outside = outsideParts(w, declared)
	return part, nil
}

// outsideParts are contacts declared to have been made elsewhere, with what has come of each.
func outsideParts(w words, declared []models.OutsideContact) []outsidePart {
	var list []outsidePart
	for _, x := range declared {
		list = append(list, outsidePart{
			Text:   w.text("contact.declared", "channel", w.label("contact.channel", string(x.Channel)), "contacted_at", x.ContactedAt),
			Reason: x.Reason, Tag: outsideTag(w, x.State),
		})
	}
	return list
}

// goOn leads to the draft there is.
func (p *orderLinePart) goOn(w words, o models.Order, l models.OrderLine) {
	p.Primary = &templates.Link{Label: w.text("orders.draft"), Href: w.path("my/orders", o.Number, "claim", strconv.Itoa(l.Number))}
	p.Standing = w.text("orders.has_draft") + p.Standing
}

func outsideTag(w words, s models.OutsideState) templates.Tag {
	status := map[models.OutsideState]string{models.OutsidePending: "waiting", models.OutsideAccepted: "open", models.OutsideRejected: "denied"}[s]
	return templates.Tag{Status: status, Text: w.label("contact.state", string(s))}
}

func (h *Handlers) lineFacts(w words, o models.Order, l models.OrderLine, policy models.Policy) []templates.SummaryRow {
	rows := []templates.SummaryRow{
		{Label: w.label("role", "seller"), Value: l.SellerName, Lang: templates.LangOf(l.SellerName, w.locale)},
		{Label: w.text("orders.fulfilled"), Value: w.label("fulfilled_by", string(l.FulfilledBy))},
		{Label: w.text("orders.quantity"), Value: strconv.FormatInt(l.Quantity, 10)},
		{Label: w.text("orders.line_total"), Money: &templates.Money{Amount: l.Total, Currency: o.Currency}},
		{Label: w.text("orders.status"), Value: w.label("order_status", string(l.Status))},
		{Label: w.text("orders.latest"), Value: w.text("orders.day", "day", o.LatestEstimate(l, policy, h.store.Zone()))},
	}
	if l.TrackingNumber != "" {
		rows = append(rows, w.row(w.text("orders.tracking"), l.Carrier+" "+l.TrackingNumber))
	}
	if l.DeliveredAt != 0 {
		rows = append(rows, templates.SummaryRow{Label: w.text("orders.delivered_at"), At: timeOf(l.DeliveredAt)})
	}
	if l.Exception != "" {
		rows = append(rows, templates.SummaryRow{Label: w.text("orders.exception"), Value: w.label("exception", l.Exception)})
	}
	if l.CancelledBy != "" {
		rows = append(rows, templates.SummaryRow{Label: w.text("orders.cancelled"), Value: w.label("cancelled_by", l.CancelledBy)})
	}
	return rows
}

// lineClocks are the two clocks of a line: when a claim may open, and until when one may be
// filed.
func (h *Handlers) lineClocks(w words, o models.Order, l models.OrderLine, policy models.Policy, now models.Instant) []templates.Clock {
	var list []templates.Clock
	claim := action(o.ActionsOn(l, policy, now, h.store.Zone()), models.LineClaim)
	if l.Contact != nil && l.Contact.SolvedAt == 0 && l.OpenClaimID == "" && (claim.Allowed || claim.At != 0) {
		list = append(list, templates.Clock{
			Label: w.text("clock.can_file"), At: cmp.Or(claim.At, l.Contact.WaitEndsAt).Time(), Now: now.Time(), Kind: templates.ClockOpens, Over: w.text("orders.wait_over"),
		})
	}
	if neverCovered(claim) {
		return nil
	}
	return append(list, templates.Clock{Label: w.text("clock.filing_deadline"), At: l.DeadlineAt.Time(), Now: now.Time(), Kind: templates.ClockDue})
}

// neverCovered says that no waiting opens a claim for the line, so that it has no deadline
// either.
func neverCovered(claim models.LineAction) bool {
	return slices.Contains([]models.RuleCode{models.RuleNotMarketplaceSold, models.RuleDigitalNotCovered, models.RuleAlreadyRefunded}, models.RuleCode(claim.Code))
}

// thread is a conversation as the buyer reads it. A message that leads off the marketplace
// can be reported in one tap.
func (h *Handlers) thread(c *gin.Context, list []models.Message) []templates.Message {
	d := h.buyerDesk(c)
	out := d.messages(list)
	for i, m := range list {
		if m.AuthorRole == models.SideBuyer {
			out[i].Who = d.text("claims.you")
		}
		for j := range out[i].Files {
			d.fix(&out[i].Files[j], m.Evidence[j])
		}
		if len(m.Warnings) == 0 || m.AuthorRole != models.SideSeller {
			continue
		}
		var signs []string
		for _, sign := range m.Warnings {
			signs = append(signs, d.label("contact.warning", string(sign)))
		}
		out[i].Warning = d.text("contact.warned", "signs", strings.Join(signs, d.text("page.and")))
		out[i].Report, out[i].Next = d.path("my/messages", m.ID, "scam-report"), pagePath(c)
		out[i].Reported = m.ScamReportedAt != 0
	}
	return out
}
