package handlers

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// refundPage is what comes back, by the payment it was made with, and how the sum came about.
type refundPage struct {
	Tag    templates.Tag
	Turn   string
	Failed []failedPart
	Legs   templates.Table
	Notes  []string
	Choose []legForm
	Sum    templates.MoneyLines
	Paid   *templates.MoneyLines // nil where the marketplace has not told the payments
	Links  []templates.Link
}

// refundPath is the page of a claim's refund.
func (w words) refundPath(number string) string { return w.path("my/claims", number, "refund") }

// refundLink leads to it.
func (w words) refundLink(number string) *templates.Link {
	return &templates.Link{Label: w.text("breakdown.see"), Href: w.refundPath(number)}
}

// ownRefund loads the refund of a claim of whoever is signed in as its buyer; a claim without
// one has no such page.
func (h *Handlers) ownRefund(c *gin.Context) (claimRefund, error) {
	claim, err := h.ownClaim(c)
	if err != nil {
		return claimRefund{}, err
	}
	if claim.Refund == nil {
		return claimRefund{}, notFound()
	}
	v, err := h.store.RefundByID(c.Request.Context(), requestOf(c).actor, claim.Refund.ID)
	r := claimRefund{RefundView: v}
	if claim.Return.Shipped() {
		r.postage = claim.Return.LabelCost
	}
	return r, err
}

// claimRefund is a refund with what sending the goods back has cost.
type claimRefund struct {
	models.RefundView
	postage int64 // by the seller's label, in minor units; 0 where it is not known
}

func (h *Handlers) showRefund(c *gin.Context) error {
	v, err := h.ownRefund(c)
	if err != nil {
		return err
	}
	return h.refundPage(c, v, h.newEntry(c, destinationQuestions))
}

// refundPage shows a refund with the forms there are for it; f is one of them, filled in or new.
func (h *Handlers) refundPage(c *gin.Context, refund claimRefund, f *entry) error {
	v := refund.RefundView
	order, err := h.store.OrderByNumber(c.Request.Context(), requestOf(c).actor, v.OrderNumber)
	if err != nil {
		return err
	}
	w := h.words(c)
	page := refundPage{
		Tag: refundTag(w, v.Status), Turn: w.text("claims.refund_" + string(v.Status)), Legs: legTable(w, v), Choose: legForms(f, v), Sum: refundSum(w, v, order), Paid: refundPaid(w, v, order),
		Links: []templates.Link{{Label: w.text("nav.refunds"), Href: w.path("refunds")}, {Label: w.text("breakdown.of_order"), Href: w.path("my/orders", v.OrderNumber, "refund")}, {Label: w.text("claims.back"), Href: w.path("my/claims", v.ClaimNumber)}, {Label: w.text("nav.contact"), Href: w.path("help/contact")}},
	}
	page.Sum.Lines = append(page.Sum.Lines, postageLines(w, refund)...)
	for _, l := range v.Legs {
		if l.Status == models.LegFailed {
			page.Failed = append(page.Failed, failedLeg(w, l, v.Policy))
		}
	}
	p := h.page(c, w.text("breakdown.title", "amount", templates.Money{Amount: v.Total, Currency: v.Currency}), page)
	p.Wide = true
	p.Back = &templates.Link{Label: w.text("claims.claim", "number", v.ClaimNumber), Href: w.path("my/claims", v.ClaimNumber)}
	switch {
	case f.stale:
		p.Banner = &templates.Banner{Tone: "warn", Title: f.conflict, Text: w.text("breakdown.sent_meanwhile"), Role: "alert"}
	case c.Query("done") == "chosen" && c.Request.Method == http.MethodGet:
		p.Banner = &templates.Banner{Tone: "ok", Title: w.text("breakdown.chosen"), Text: w.text("breakdown.until_sent"), Role: "status"}
	}
	return f.showPage("claims/refund", p)
}

// refundTag is the state of a refund as its buyer reads it.
func refundTag(w words, s models.RefundStatus) templates.Tag {
	tag := templates.Tag{Status: "refunding", Role: "buyer", Text: w.label("claims.step_refund", string(s))}
	switch s {
	case models.RefundDone:
		tag.Status = "refunded"
	case models.RefundFailed:
		tag.Status = "attention"
	case models.RefundPending, models.RefundSent, models.RefundHeld:
	}
	return tag
}

// sentences stand one behind the other; empty ones are left out.
func (w words) sentences(list ...string) string {
	list = slices.DeleteFunc(list, func(s string) bool { return s == "" })
	if w.locale == "ja" {
		return strings.Join(list, "")
	}
	return strings.Join(list, " ")
}

// failedPart is what could not be paid, why, and what helps.
type failedPart struct {
	Title  string
	Why    templates.SummaryRow // in the payment system's words; no Value where it gave none
	Text   string
	Choose *templates.Link
}

func failedLeg(w words, l models.Leg, p models.Policy) failedPart {
	part := failedPart{
		Title: w.text("breakdown.failed_title", "tender", w.label("tender", string(l.To))), Text: w.text("breakdown.failed_safe"),
		Why: w.row(w.text("breakdown.failed_why"), l.Failure),
	}
	how := w.text("breakdown.failed_choose")
	if l.To == models.TenderBankTransfer {
		part.Title, how = w.text("breakdown.failed_account"), w.text("breakdown.failed_check")
	}
	if l.Ways(p) != nil {
		part.Text = w.sentences(part.Text, how, w.text("breakdown.failed_else"))
		part.Choose = &templates.Link{Label: w.text("breakdown.to_choose"), Href: "#" + chooseID(l)}
	}
	return part
}

// legTable has a row for every payment that takes something back, with its two dates.
func legTable(w words, v models.RefundView) templates.Table {
	t := templates.Table{
		Caption: w.text("breakdown.table"), Empty: &templates.Empty{Text: w.text("breakdown.no_legs")},
		Columns: []templates.Column{
			{Label: w.text("breakdown.to")}, {Label: w.text("breakdown.amount"), Number: true}, {Label: w.text("refunds.ours")}, {Label: w.text("refunds.theirs")}, {Label: w.text("refunds.note")},
		},
	}
	for _, l := range v.Legs {
		t.Rows = append(t.Rows, templates.Row{Cells: []templates.Cell{
			{Text: w.legName(l)}, {Money: &templates.Money{Amount: l.Amount, Currency: v.Currency}}, {Text: w.legOurs(l, v.Now)}, {Text: w.legTheirs(l)}, {Text: w.legNote(l, v.Policy)},
		}})
	}
	return t
}

// legName is where a leg goes, and what was paid where that is something else.
func (w words) legName(l models.Leg) string {
	name := w.label("tender", string(l.To))
	if l.AccountTail != "" {
		name = w.text("breakdown.account", "tender", name, "tail", l.AccountTail)
	}
	if l.To != l.Tender {
		return w.text("breakdown.instead", "to", name, "tender", w.label("tender", string(l.Tender)))
	}
	return name
}

// legOurs is how far the marketplace has come with a leg.
func (w words) legOurs(l models.Leg, now models.Instant) string {
	day := func(at models.Instant) string { return w.h.dayOf(at) }
	switch {
	case l.Status == models.LegFailed:
		return w.text("breakdown.ours_failed")
	case l.Status == models.LegHeld:
		return w.text("breakdown.ours_held")
	case l.Status == models.LegSent:
		return w.text("breakdown.sent_"+string(l.Kind), "sent_day", day(l.SentAt))
	case l.Status == models.LegDone:
		return w.text("breakdown.done_"+string(l.Kind), "done_day", day(l.DoneAt))
	case l.DueAt <= now:
		return w.text("breakdown.ours_late", "planned_day", day(l.DueAt))
	case l.Status == models.LegRetried:
		return w.text("breakdown.ours_again", "due_at", l.DueAt)
	}
	return w.text("breakdown.ours_due", "due_at", l.DueAt)
}

// legTheirs is when the buyer sees the money: as it usually is, and at the latest.
func (w words) legTheirs(l models.Leg) string {
	switch {
	case l.Status == models.LegFailed:
		return w.text("breakdown.theirs_failed")
	case l.Status == models.LegHeld:
		return w.text("breakdown.theirs_held")
	case l.Theirs == models.Span{}:
		return w.span(l.Theirs)
	case l.Kind == models.LegRelease: // nothing was charged, and so no statement shows it
		return w.text("breakdown.theirs_release", "visible_day", w.h.dayOf(l.VisibleBy()))
	}
	return w.text("breakdown.theirs", "span", w.span(l.Theirs), "visible_day", w.h.dayOf(l.VisibleBy()))
}

// legNote is what to know about a leg: how it shows, whom to ask with which words, for how long it lasts.
func (w words) legNote(l models.Leg, p models.Policy) string {
	at := max(l.SentAt, l.DoneAt)
	switch l.Kind {
	case models.LegRelease:
		return w.text("breakdown.note_release")
	case models.LegReissue:
		return w.text("breakdown.note_reissue")
	case models.LegRefund:
	}
	switch l.To {
	case "credit_card", "debit_card", "carrier_billing":
		notes := []string{w.text("breakdown.note_lower")}
		if at != 0 {
			notes = append(notes, w.text("breakdown.note_ask_"+string(l.To), "refund_day", w.h.dayOf(at)))
		}
		return w.sentences(notes...)
	case "points":
		return w.text("breakdown.note_points", "period", dayPeriod(p.ExpiredPointsDays))
	case models.TenderBankTransfer:
		return w.sentences(w.notedChange(l, p), w.text("breakdown.note_bank_transfer"))
	case models.TenderGiftCard:
		return w.sentences(w.notedChange(l, p), w.text("breakdown.note_gift_card"))
	}
	return w.text("breakdown.note_none")
}

// notedChange says that a leg goes another way because what paid did not take it back; it is empty
// where it goes its usual way.
func (w words) notedChange(l models.Leg, p models.Policy) string {
	if usual := p.RefundTimeOf(l.Tender, "").To; usual != l.Tender || l.To == usual {
		return ""
	}
	return w.text("breakdown.note_instead", "tender", w.label("tender", string(l.Tender)))
}

// refundSum is how the refund's amount came about: the lines of the order, what a coupon leaves
// out, and the sum, which is that of the legs.
func refundSum(w words, v models.RefundView, order models.Order) templates.MoneyLines {
	money := func(amount int64) templates.Money { return templates.Money{Amount: amount, Currency: v.Currency} }
	sum := templates.MoneyLines{Caption: w.text("breakdown.sum"), Total: templates.MoneyLine{Label: w.text("breakdown.total"), Money: money(v.Total)}}
	for _, share := range v.Refund.Lines {
		one := templates.MoneyLine{Label: w.text("breakdown.line", "line", share.Line), Money: money(share.Amount)}
		if l, ok := order.Line(share.Line); ok {
			one.Label, one.Lang, one.Note = l.Title, templates.LangOf(l.Title, w.locale), lineCause(w, l, share.Amount, v.Currency)
		}
		sum.Lines = append(sum.Lines, one)
	}
	if v.Lapsed > 0 {
		sum.Lines = append(sum.Lines, templates.MoneyLine{Label: w.text("breakdown.lapsed"), Note: w.text("breakdown.lapsed_why"), Money: money(-v.Lapsed)})
	}
	var coupons, legs int64
	for _, l := range v.Legs {
		legs += l.Amount
		if l.Kind == models.LegReissue {
			coupons += l.Amount
		}
	}
	var proof []string
	if legs == v.Total && len(v.Legs) > 0 {
		proof = append(proof, w.text("breakdown.proof"))
	}
	if coupons > 0 {
		proof = append(proof, w.text("breakdown.coupons", "amount", money(coupons)))
	}
	sum.Proof = w.sentences(proof...)
	return sum
}

// postageLines are what sending the goods back cost and that the seller bears it: two rows, so that
// nothing is netted out of sight.
func postageLines(w words, v claimRefund) []templates.MoneyLine {
	if v.postage == 0 {
		return nil
	}
	money := func(amount int64) templates.Money { return templates.Money{Amount: amount, Currency: v.Currency} }
	return []templates.MoneyLine{
		{Label: w.text("returns.sum_postage"), Note: w.text("returns.sum_postage_why"), Money: money(-v.postage)},
		{Label: w.text("returns.sum_waived"), Note: w.text("returns.sum_waived_why"), Money: money(v.postage), Added: true},
	}
}

// lineCause says what of a line comes back.
func lineCause(w words, l models.OrderLine, amount int64, currency string) string {
	money := func(n int64) templates.Money { return templates.Money{Amount: n, Currency: currency} }
	switch {
	case amount < l.Total:
		return w.text("breakdown.line_part", "total", money(l.Total), "parts", w.lineParts(l.Part(amount), currency))
	case l.Shipping > 0:
		return w.text("breakdown.line_shipping", "shipping", money(l.Shipping))
	}
	return w.text("breakdown.line_all")
}

// lineParts names what of a line's price, tax and postage a sum is; what is nothing is left out.
func (w words) lineParts(part models.LinePart, currency string) string {
	var list []string
	for _, of := range []struct {
		key    string
		amount int64
	}{{"breakdown.goods", part.Goods}, {"breakdown.tax", part.Tax}, {"breakdown.shipping", part.Shipping}} {
		if of.amount > 0 {
			list = append(list, w.text(of.key, "amount", templates.Money{Amount: of.amount, Currency: currency}))
		}
	}
	return strings.Join(list, w.text("page.and"))
}

// refundPaid is what the order was paid with, and how much of it this refund is.
func refundPaid(w words, v models.RefundView, order models.Order) *templates.MoneyLines {
	if len(order.Payments) == 0 {
		return nil
	}
	money := func(amount int64) templates.Money { return templates.Money{Amount: amount, Currency: v.Currency} }
	paid := &templates.MoneyLines{Caption: w.text("breakdown.paid")}
	var sum int64
	for _, p := range order.Payments {
		sum += p.Amount
		line := templates.MoneyLine{Label: w.label("tender", string(p.Tender)), Money: money(p.Amount)}
		if !p.Captured {
			line.Note = w.text("breakdown.held")
		}
		paid.Lines = append(paid.Lines, line)
	}
	paid.Total = templates.MoneyLine{Label: w.text("breakdown.paid_total"), Money: money(sum)}
	switch back := v.Total + v.Lapsed; {
	case back == sum && v.Lapsed == 0:
		paid.Proof = w.text("breakdown.matches")
	case back == sum:
		paid.Proof = w.text("breakdown.matches_lapsed", "total", money(v.Total), "lapsed", money(v.Lapsed))
	default:
		paid.Proof = w.text("breakdown.partly", "total", money(v.Total))
	}
	// What else of the order came back is on the order's page. While a payment is being looked at,
	// nobody knows yet what of it was this refund's.
	others := -v.Total - v.Lapsed
	for _, l := range order.Lines {
		others += l.Refunded + l.Owed
	}
	if others > 0 && v.Mismatches == 0 {
		paid.Proof = w.sentences(paid.Proof, w.text("breakdown.others", "amount", money(others)))
	}
	return paid
}
