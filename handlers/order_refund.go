package handlers

import (
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// orderRefundPage is what was paid for an order, what has come back and what has not, with or
// without a claim. Nothing is netted: each amount has its label and its cause.
type orderRefundPage struct {
	Lead  string
	Lines []lineRefund
	Legs  []orderLegs
	Times templates.Table
	Paid  templates.MoneyLines
	Links []templates.Link
}

// lineRefund is a line of which money has come back, or has to.
type lineRefund struct {
	Title, Lang string
	Stands      string
	Sum         templates.MoneyLines
	Claim       *claimAhead
	Why         string // why no claim can be filed about it
	Other       *templates.Link
}

// claimAhead is the form that makes a claim about the line ready to be sent: with the contact
// that has to come first where there is none.
type claimAhead struct {
	Lead    string
	Once    templates.Hidden
	Line    templates.Hidden
	Message *templates.Field
	Story   templates.Field
	Submit  templates.Submit
}

// orderLegs are the legs of a refund that a claim brought.
type orderLegs struct {
	Claim templates.Link
	Tag   templates.Tag
	Legs  templates.Table
}

var orderRefundQuestions = questions{"message": story("contact.body", messageMax), "story": story("draft.task.story", messageMax)}

func (h *Handlers) showOrderRefund(c *gin.Context) error {
	o, err := h.ownOrder(c)
	if err != nil {
		return err
	}
	return h.orderRefundPage(h.newEntry(c, orderRefundQuestions), o, 0)
}

// dueBack reports whether the order's seller or shop has ended the line, so that its money is to come back.
func dueBack(l models.OrderLine) bool {
	return l.Status == models.Cancelled || l.Status == models.Returned
}

// orderRefundPage shows the page; said is the line whose form could not be taken, 0 for none.
func (h *Handlers) orderRefundPage(f *entry, o models.Order, said int) error {
	c, w := f.c, f.words
	policy, now, err := h.policyNow(c)
	if err != nil {
		return err
	}
	refunds, _, err := h.store.Refunds(c.Request.Context(), requestOf(c).actor, models.RefundFilter{OrderNumber: o.Number, Page: models.Page{Limit: models.MaxPage}})
	if err != nil {
		return err
	}
	page := orderRefundPage{
		Lead: w.text("order_refund.lead_none"), Paid: orderPaid(w, o),
		Links: []templates.Link{{Label: w.text("nav.refunds"), Href: w.path("refunds")}, {Label: w.text("orders.order", "number", o.Number), Href: w.path("my/orders", o.Number)}, {Label: w.text("nav.contact"), Href: w.path("help/contact")}},
	}
	var waits []models.OrderLine
	back := false
	for _, l := range o.Lines {
		if !dueBack(l) && l.Refunded == 0 && l.Owed == 0 {
			continue
		}
		back = true
		rows := lineRows{h: h, words: w, order: o, line: l, policy: policy, now: now}
		part := rows.lineRefund(decidedOn(refunds, l.Number))
		if dueBack(l) && l.Unrefunded() > 0 {
			waits = append(waits, l)
			lineForm := f
			if said != l.Number {
				lineForm = h.newEntry(c, orderRefundQuestions)
			}
			rows.claimAhead(&part, lineForm, said == l.Number)
		}
		page.Lines = append(page.Lines, part)
	}
	switch {
	case len(waits) > 0:
		left := int64(0)
		for _, l := range waits {
			left += l.Unrefunded()
		}
		page.Lead = w.text("order_refund.lead_waits", "amount", templates.Money{Amount: left, Currency: o.Currency})
		page.Times = orderTimes(w, o, waits, policy, now)
	case back:
		page.Lead = w.text("order_refund.lead_back")
	}
	if o.Chargeback {
		page.Lead = w.sentences(page.Lead, w.text("order_refund.chargeback"))
	}
	for _, v := range refunds {
		page.Legs = append(page.Legs, orderLegs{
			Claim: templates.Link{Label: w.text("order_refund.of_claim", "number", v.ClaimNumber), Href: w.refundPath(v.ClaimNumber)}, Tag: refundTag(w, v.Status), Legs: legTable(w, v),
		})
	}
	p := h.page(c, w.text("order_refund.title"), page)
	p.Wide = true
	p.Back = &templates.Link{Label: w.text("orders.order", "number", o.Number), Href: w.path("my/orders", o.Number)}
	return f.showPage("orders/refund", p)
}

// decidedOn is what claims give back of a line, in all.
func decidedOn(refunds []models.RefundView, line int) int64 {
	sum := int64(0)
	for _, v := range refunds {
		for _, l := range v.Refund.Lines {
			if l.Line == line {
				sum += l.Amount
			}
		}
	}
	return sum
}

// besides are the refunds that the shop told of the line and no claim had decided, the oldest
// first; of those told last, decided stands for as much as was taken off what is owed, which is paid.
func (r lineRows) besides(decided int64) (told []models.OrderRefund, paid int64) {
	room := max(0, decided-r.line.Owed)
	for _, x := range slices.Backward(r.order.Refunds) {
		if x.LineNumber != r.line.Number {
			continue
		}
		of := min(room, x.Amount)
		room, paid, x.Amount = room-of, paid+of, x.Amount-of
		if x.Amount > 0 {
			told = append(told, x)
		}
	}
	slices.Reverse(told)
	return told, paid
}

// lineRefund is where the money of a line stands: what it cost, each amount that came back or
// is under way, and what is left. What claims decided is one amount: its legs say how far it has
// come, and what the shop told of them is not counted a second time.
func (r lineRows) lineRefund(decided int64) lineRefund {
	l := r.line
	money := func(n int64) templates.Money { return templates.Money{Amount: n, Currency: r.order.Currency} }
	part := lineRefund{Title: l.Title, Lang: templates.LangOf(l.Title, r.locale), Stands: r.label("order_status", string(l.Status))}
	if l.CancelledAt != 0 {
		part.Stands = r.text("orders.why.cancelled", "cancelled_at", l.CancelledAt, "by", r.label("cancelled_by", l.CancelledBy))
	}
	part.Sum = templates.MoneyLines{Caption: r.text("order_refund.sum"), Lines: []templates.MoneyLine{{Label: r.text("order_refund.cost"), Note: r.text("breakdown.line_all"), Money: money(l.Total)}}}
	if l.Shipping > 0 {
		part.Sum.Lines[0].Note = r.text("breakdown.line_shipping", "shipping", money(l.Shipping))
	}
	told, paid := r.besides(decided)
	for _, x := range told {
		note := r.text("order_refund.told", "refund_day", r.h.dayOf(x.At))
		if x.Tender != "" {
			note = r.text("order_refund.told_to", "refund_day", r.h.dayOf(x.At), "tender", r.label("tender", string(x.Tender)))
		}
		part.Sum.Lines = append(part.Sum.Lines, templates.MoneyLine{Label: r.text("orders.refunded"), Note: note, Money: money(-x.Amount)})
	}
	if paid += l.Owed; paid > 0 {
		part.Sum.Lines = append(part.Sum.Lines, templates.MoneyLine{Label: r.text("order_refund.owed"), Note: r.text("order_refund.owed_why"), Money: money(-paid)})
	}
	left := "order_refund.left"
	if paid > 0 { // which may still be under way
		left = "order_refund.left_besides"
	}
	part.Sum.Total = templates.MoneyLine{Label: r.text(left), Money: money(l.Unrefunded())}
	if over := l.Unrefunded() - sumOf(part.Sum.Lines); over > 0 {
		part.Sum.Lines = append(part.Sum.Lines, templates.MoneyLine{Label: r.text("order_refund.over"), Note: r.text("order_refund.over_why"), Money: money(over), Added: true})
	}
	if !dueBack(l) && l.Unrefunded() > 0 {
		part.Sum.Total.Note = r.text("order_refund.left_kept")
	}
	return part
}

// sumOf is what amounts come to.
func sumOf(lines []templates.MoneyLine) (sum int64) {
	for _, l := range lines {
		sum += l.Money.Amount
	}
	return sum
}

// claimAhead adds to a line whose money has not come back how to claim it, or why one cannot.
func (r lineRows) claimAhead(part *lineRefund, f *entry, said bool) {
	if r.line.OpenClaimID != "" {
		part.Why, part.Other = r.text("order_refund.claimed"), r.toClaim()
		return
	}
	facts := r.order.Facts(r.line, models.StockOutUnrefunded, r.policy, r.h.store.Zone())
	facts.OwnOrder = true
	answer := models.Assess(facts, r.policy, r.now, r.h.store.Zone())
	form := claimAhead{Line: templates.Hidden{Name: "line", Value: strconv.Itoa(r.line.Number)}, Once: f.once()}
	submit := "order_refund.check"
	switch {
	case answer.Eligible:
		form.Lead = r.text("order_refund.now")
	case answer.Code == models.RuleWaitNotElapsed:
		form.Lead = r.text("order_refund.ahead", "opens_at", answer.AvailableAt)
	case answer.Code == models.RuleContactRequired:
		form.Lead, submit = r.text("order_refund.contact", "wait", r.policy.Wait(), "opens_at", r.now.Add(r.policy.Wait())), "order_refund.contact_check"
		if !said {
			f.set("message", r.h.contactTemplate(r.words, r.order, r.line, r.policy, models.StockOutUnrefunded))
		}
		message := f.field("message", "contact.body_hint")
		message.Rows = 4
		form.Message = r.apart(message, said)
	default:
		part.Why, part.Other = r.refusal(answer, answer.Code), r.toContact("orders.ask_seller")
		return
	}
	if !said {
		f.set("story", r.text("order_refund.story", "order", r.order.Number, "title", r.line.Title, "amount", templates.Money{Amount: r.line.Unrefunded(), Currency: r.order.Currency}))
	}
	field := f.field("story", "order_refund.story_hint")
	field.Rows = 4
	form.Story = *r.apart(field, said)
	form.Submit = templates.Submit{Label: r.text(submit)}
	part.Claim = &form
}

// apart tells the fields of several lines' forms from each other; messages lead to the one that was sent.
func (r lineRows) apart(f templates.Field, said bool) *templates.Field {
	if !said {
		f.ID = f.Name + "-" + strconv.Itoa(r.line.Number)
	}
	return &f
}

// orderTimes is how long money usually takes back by each way the order was paid, counted from
// when the first line was cancelled that still waits.
func orderTimes(w words, o models.Order, waits []models.OrderLine, policy models.Policy, now models.Instant) templates.Table {
	from := models.Instant(0)
	for _, l := range waits {
		if l.CancelledAt != 0 && (from == 0 || l.CancelledAt < from) {
			from = l.CancelledAt
		}
	}
	t := templates.Table{Caption: w.text("order_refund.times"), Columns: []templates.Column{
		{Label: w.text("refunds.paid_by")}, {Label: w.text("refunds.goes_to")}, {Label: w.text("refunds.ours")}, {Label: w.text("refunds.theirs")}, {Label: w.text("order_refund.by")},
	}}
	for _, p := range o.Payments {
		way := policy.RefundTimeOf(p.Tender, "")
		by := w.text("order_refund.by_unknown")
		if from != 0 {
			key := "order_refund.by_day"
			if way.UsuallyBy(from) < now {
				key = "order_refund.by_over"
			}
			by = w.text(key, "usual_day", w.h.dayOf(way.UsuallyBy(from)))
		}
		t.Rows = append(t.Rows, templates.Row{Cells: []templates.Cell{
			{Text: w.label("tender", string(p.Tender))}, {Text: w.label("tender", string(way.To))}, {Text: w.span(way.Ours)}, {Text: w.span(way.Theirs)}, {Text: by},
		}})
	}
	return t
}

// orderPaid is what the order was paid with.
func orderPaid(w words, o models.Order) templates.MoneyLines {
	paid := templates.MoneyLines{Caption: w.text("order_refund.paid"), Total: templates.MoneyLine{Label: w.text("breakdown.paid_total"), Money: templates.Money{Amount: o.Total(), Currency: o.Currency}}}
	for _, p := range o.Payments {
		line := templates.MoneyLine{Label: w.label("tender", string(p.Tender)), Money: templates.Money{Amount: p.Amount, Currency: o.Currency}}
		if !p.Captured {
			line.Note = w.text("breakdown.held")
		}
		paid.Lines = append(paid.Lines, line)
	}
	return paid
}

// postOrderRefund makes a claim about a line ready: it tells the seller of the problem where
// nobody has, begins the draft with all that is known, and leads to where it is sent. A draft
// that the buyer has begun is left as it is.
func (h *Handlers) postOrderRefund(c *gin.Context) error {
	o, err := h.ownOrder(c)
	if err != nil {
		return err
	}
	f, err := h.readEntry(c, orderRefundQuestions)
	if err != nil {
		return err
	}
	n, _ := strconv.Atoi(f.get("line"))
	l, ok := o.Line(n)
	if !ok || !dueBack(l) {
		return notFound()
	}
	told := l.Contact != nil && l.Contact.SolvedAt == 0
	if f.need("story"); !told {
		f.need("message")
	}
	if f.ok() {
		var draft models.Draft
		err := f.doOnce(func() (err error) {
			draft, err = h.readyClaim(c, o, l, f, told)
			return err
		})
		if err == nil {
			to := f.words.path("my/orders", o.Number, "claim", strconv.Itoa(n))
			if draft.Body.Reason == "" || draft.Body.Reason == models.StockOutUnrefunded && slices.Contains(draft.Body.Lines, n) {
				to += "/check"
			}
			return seeOther(c, to)
		}
		if err := f.refused(err); err != nil {
			return err
		}
	}
	return h.orderRefundPage(f, o, n)
}

func (h *Handlers) readyClaim(c *gin.Context, o models.Order, l models.OrderLine, f *entry, told bool) (models.Draft, error) {
	ctx, by := c.Request.Context(), requestOf(c).actor
	if !told {
		if _, err := h.store.SendMessage(ctx, by, models.SendMessage{OrderNumber: o.Number, Line: l.Number, Body: f.get("message"), Topic: models.StockOutUnrefunded}); err != nil {
			return models.Draft{}, err
		}
	}
	d, err := h.store.DraftFor(ctx, by, o.Number, l.SellerID)
	if models.KindOf(err) != models.NotFound {
		return d, err
	}
	return h.store.SaveDraft(ctx, by, o.Number, l.SellerID, models.DraftBody{
		Lines: []int{l.Number}, Reason: models.StockOutUnrefunded, Description: f.get("story"), DesiredOutcome: models.WantsRefund,
	})
}
