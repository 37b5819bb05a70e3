package handlers

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// buyerDesk words a case for its buyer.
type buyerDesk struct{ desk }

func (h *Handlers) buyerDesk(c *gin.Context) buyerDesk { return buyerDesk{h.desk(c, models.SideBuyer)} }

// fix says "you" as buyers are spoken to.
func (d buyerDesk) fix(item *templates.EvidenceItem, e models.Evidence) {
	if e.By == models.SideBuyer {
		item.Who = d.text("claims.you")
	}
}

// evidenceOn lists the files of a claim, each with a page of its own and what is special about it.
func (d buyerDesk) evidenceOn(v models.ClaimView) []templates.EvidenceItem {
	items := d.evidence(v.Evidence)
	for i, e := range v.Evidence {
		item := &items[i]
		d.fix(item, e)
		item.Href = d.path("my/claims", v.Number, "evidence", e.ID)
		if v.Decision != nil && slices.Contains(v.Decision.EvidenceCited, e.ID) {
			item.Reason = strings.TrimSpace(item.Reason + " " + d.text("claims.file_cited"))
		}
	}
	return items
}

// ownClaim loads a claim of whoever is signed in as its buyer; anybody else's is not found.
func (h *Handlers) ownClaim(c *gin.Context) (models.ClaimView, error) {
	number, err := numberOf(c, 'C', "claim")
	if err != nil {
		return models.ClaimView{}, err
	}
	v, err := h.store.ClaimByNumber(c.Request.Context(), requestOf(c).actor, number)
	if err != nil {
		return models.ClaimView{}, err
	}
	if v.Side != models.SideBuyer {
		return models.ClaimView{}, notFound()
	}
	return v, nil
}

type claimPage struct {
	Sent     *templates.Confirmation
	Item     templates.SummaryRow // what the claim is about, in the seller's words
	Seller   templates.SummaryRow
	Tag      templates.Tag
	Turn     string
	Next     []string
	Clock    *templates.Clock
	Figure   templates.Figure
	Paused   *claimAsk
	Decision *claimAsk
	Do       *claimAsk
	Idle     string // why there is nothing to do
	Contact  string // where to ask about a result; "" before there is one
	Steps    []templates.Step
	Timeline templates.Timeline
	Said     []templates.Message // what the parties have stated, oldest first
	Thread   threadPart
	Evidence []templates.EvidenceItem
	Gallery  templates.Link
	Add      string // address of the form that takes more files; "" where none are taken
	Pinned   []templates.Pinned
	Facts    []templates.SummaryRow
	Return   []templates.SummaryRow
	Replaced *replacementPart
	Actions  []templates.ActionItem
	Record   templates.Link
	CaseFile string
}

// threadPart is the conversation in short: its last message and the way to all of it.
type threadPart struct {
	Count int
	Last  []templates.Message
	Link  templates.Link
}

// claimAsk is the one thing to do now, or to know.
type claimAsk struct {
	Title, Text, Said string
	Lang              string // of Said where it is known
	Rows              []templates.SummaryRow
	Link              *templates.Link
}

// evidenceShown is how many files stand on the page of a claim; all are in its gallery.
const evidenceShown = 4

// showMyClaim is where a claim stands.
func (h *Handlers) showMyClaim(c *gin.Context) error {
	v, err := h.ownClaim(c)
	if err != nil {
		return err
	}
	ctx, by, d := c.Request.Context(), requestOf(c).actor, h.buyerDesk(c)
	events, err := h.store.ClaimEvents(ctx, by, v.Number)
	if err != nil {
		return err
	}
	thread, err := h.wholeThread(c, v.Number)
	if err != nil {
		return err
	}
	w := d.words
	here := func(parts ...string) string { return w.path("my/claims", append([]string{v.Number}, parts...)...) }
	page := claimPage{
		Item: w.row("", v.Title), Seller: w.row("", v.SellerName),
		Tag: templates.Tag{Status: string(v.Status), Role: "buyer"}, Turn: turnWords(w, v.Claim), Next: comesNext(w, v), Clock: claimClock(w, v.Claim, v.Now),
		Figure: claimFigure(w, v.Claim), Do: h.claimAsk(w, v), Steps: caseSteps(w, v), Actions: claimActions(w, v), Timeline: d.shortTimeline(events),
		Said: d.stated(events), Evidence: d.evidenceOn(v), Facts: claimFacts(w, v), Return: w.returnRows(v, models.SideBuyer), Replaced: w.replacement(v, models.SideBuyer),
		Gallery: templates.Link{Label: w.text("claims.all_evidence", "n", len(v.Evidence)), Href: here("evidence")},
		Record:  templates.Link{Label: w.text("record.link"), Href: here("record")}, CaseFile: here("case-file"),
	}
	page.Thread = threadPart{Count: len(thread), Link: templates.Link{Label: w.text("claims.to_messages"), Href: here("messages")}}
	if !v.Talking(v.Policy, v.Now) {
		page.Thread.Link.Label = w.text("claims.to_messages_closed")
	}
	if n := len(thread); n > 0 {
		page.Thread.Last = h.thread(c, thread[n-1:])
	}
	if len(page.Evidence) > evidenceShown {
		page.Evidence = page.Evidence[:evidenceShown]
	}
	for _, listing := range v.Listings {
		page.Pinned = append(page.Pinned, d.listing(listing, v.Currency))
	}
	if !v.Status.Open() && v.Status != models.Withdrawn {
		page.Contact = w.path("help/contact")
	}
	if page.Do == nil {
		page.Idle = w.text("claims.idle_closed")
		switch {
		case v.Replaced() && v.Replacement.DeliveredAt == 0 && v.Replacement.PaidBackAt == 0 && v.Now < v.Replacement.ReopenBy:
			page.Idle = w.text("replacements.idle")
		case v.Status.Open():
			page.Idle = w.text("claims.idle")
		case owed(v.Claim):
			page.Idle = w.text("claims.idle_owed")
		}
	}
	if madeGood(v.Claim) {
		href := w.path("my/orders", v.OrderNumber, "refund")
		page.Figure.Note, page.Figure.Link, page.Steps[refundStep].Href = w.text("claims.made_good"), &templates.Link{Label: w.text("orders.refund"), Href: href}, href
	}
	if v.Refund != nil {
		page.Figure.Link, page.Steps[refundStep].Href = w.refundLink(v.Number), w.refundPath(v.Number)
	}
	if v.PauseUntil > v.Now {
		page.Paused = &claimAsk{Title: w.text("claims.paused_title"), Text: w.text("claims.paused", "until", v.PauseUntil), Said: v.PauseReason}
	}
	if v.Decision != nil {
		page.Decision = &claimAsk{
			Title: d.letter(v.Claim, *v.Decision, models.SideBuyer).Title, Text: w.text("claims.decided_at", "decided_at", v.Decision.DecidedAt),
			Link: &templates.Link{Label: w.text("claims.read_decision"), Href: here("decision")},
		}
	}
	if slices.Contains(v.Allowed, models.AddEvidence) {
		page.Add = here("evidence") + "#add"
	}
	p := h.page(c, w.text("claims.claim", "number", v.Number), page)
	p.Watch = w.watch(v)
	p.Back = &templates.Link{Label: w.text("nav.claims"), Href: w.path("my/claims")}
	if c.Query("sent") != "" {
		page.Sent = sentPanel(w, v, page.Record)
		p.Title, p.Content = page.Sent.Title, page
	}
	return h.render(c, http.StatusOK, "claims/show", p)
}

// sentPanel confirms that a claim has been sent; the page under it is the claim's own.
func sentPanel(w words, v models.ClaimView, record templates.Link) *templates.Confirmation {
	panel := &templates.Confirmation{
		Title: w.text("claims.sent"), Heading: true, NumberLabel: w.text("claims.sent_number"), Number: v.Number, Text: w.text("claims.sent_mail"),
		Keep: w.text("claims.sent_bookmark"), Links: []templates.Link{record},
	}
	if v.Status == models.Scheduled {
		panel.Next = append(panel.Next, templates.NextStep{Text: w.text("claims.sent_opens"), From: timeOf(v.OpensAt)})
	} else if v.DueAt != 0 {
		panel.Next = append(panel.Next, templates.NextStep{Text: w.text("claims.sent_seller"), End: timeOf(v.DueAt)})
	}
	panel.Next = append(panel.Next,
		templates.NextStep{Text: w.text("claims.sent_review", "period", hourPeriod(v.Policy.ReviewTargetHours))}, templates.NextStep{Text: w.text("claims.sent_told")})
	return panel
}

func claimFigure(w words, cl models.Claim) templates.Figure {
	f := templates.Figure{Label: w.text("money.claimed"), Money: templates.Money{Amount: cl.Claimed, Currency: cl.Currency}}
	switch {
	case cl.Refund != nil:
		f.Label, f.Money.Amount = w.text("claims.refund"), cl.Refund.Total
		f.Note = w.text("claims.refund_" + string(cl.Refund.Status))
	case cl.Status == models.AwaitingReturn:
		f.Label, f.Money.Amount = w.text("returns.amount"), cl.Return.Amount
	case cl.Decision != nil && cl.Decision.Outcome == models.Granted:
		f.Label, f.Money.Amount = w.text("claims.refund"), cl.Decision.Amount
	}
	return f
}

// claimAsk is the one thing the buyer has to do, or that there is nothing.
func (h *Handlers) claimAsk(w words, v models.ClaimView) *claimAsk {
	respond := w.path("my/claims", v.Number, "respond")
	has := func(a models.Action) bool { return slices.Contains(v.Allowed, a) }
	switch {
	case refundFailed(v.Claim):
		return &claimAsk{Title: w.text("claims.refund_failed_title"), Text: w.text("claims.refund_failed_text"), Link: w.refundLink(v.Number)}
	case has(models.AnswerAction) && v.Question != nil:
		ask := &claimAsk{Title: w.text("claims.question"), Said: v.Question.Text, Link: &templates.Link{Label: w.text("claims.to_answer"), Href: respond}}
		if v.Held != nil {
			ask.Text = w.text("claims.held", "due_at", v.DueAt)
			ask.Link.Label = w.text("claims.change_answer")
		}
		return ask
	case has(models.AcceptOffer) && v.Offer != nil:
		return &claimAsk{Title: w.text("claims.offer"), Said: v.Offer.Message, Rows: offerRows(w, v), Link: &templates.Link{Label: w.text("claims.to_offer"), Href: respond}}
	case has(models.ShipReturn):
		return shipAsk(w, v)
	case has(models.Object):
		return &claimAsk{
			Title: w.text("claims.arrived"), Text: w.text("claims.arrived_text", "object_until", objectUntil(v)),
			Link: &templates.Link{Label: w.text("action.object"), Href: w.path("my/claims", v.Number, "object")},
		}
	case v.Status == models.AwaitingReturn && v.NextActor == models.BuyersTurn:
		return &claimAsk{Title: w.text("claims.late"), Text: w.text("returns.late_text")}
	case v.NextActor == models.BuyersTurn:
		return &claimAsk{Title: w.text("claims.late"), Text: w.text("claims.late_text")}
	case v.HeldAppeal(models.SideBuyer) != nil:
		return &claimAsk{Title: w.text("appeals.saved"), Text: w.text("appeals.held", "until", v.AppealUntil), Link: w.appealLink(v)}
	}
	return replacementAsk(w, v)
}

// offerRows are what the seller offers; the page says beside them what is claimed.
func offerRows(w words, v models.ClaimView) []templates.SummaryRow {
	rows := []templates.SummaryRow{{Label: w.text("claims.offer_kind"), Value: w.label("offer", string(v.Offer.Kind))}}
	if v.Offer.Amount > 0 {
		rows = append(rows, templates.SummaryRow{Label: w.text("claims.offer_amount"), Money: &templates.Money{Amount: v.Offer.Amount, Currency: v.Currency}})
	}
	if v.Offer.Kind == models.OfferReturn {
		rows = append(rows, w.returnToRows(v.Offer.ReturnTo, v.Currency)...)
		rows = append(rows, templates.SummaryRow{Label: w.text("returns.postage"), Value: w.text("returns.postage_seller")})
	}
	return rows
}

// claimActions lists what the buyer may do with a claim besides the one thing to do now; what
// cannot be done stays with its reason. What the status rules out for good is left out.
func claimActions(w words, v models.ClaimView) []templates.ActionItem {
	var list []templates.ActionItem
	add := func(a models.Action, page, hint, why string, until models.Instant) {
		item := templates.ActionItem{
			Label: w.label("action", string(a)), Href: w.path("my/claims", v.Number, page), Allowed: slices.Contains(v.Allowed, a), Hint: w.text(hint), Reason: why,
		}
		if until > v.Now {
			item.Deadline = timeOf(until)
		}
		list = append(list, item)
	}
	if v.Status == models.AwaitingBuyer {
		a, hint := models.AnswerAction, "claims.hint_answer"
		if v.Offer != nil && v.Offer.Pending {
			a, hint = models.AcceptOffer, "claims.hint_offer"
		}
		add(a, "respond", hint, w.text("claims.why_late", "due_at", v.DueAt), v.DueAt)
		list[0].Label = w.text("claims.answer_now")
	}
	if v.ArrivedAt != 0 && v.Status.Open() && v.OpenAppeal() == nil {
		add(models.Object, "object", "claims.hint_object", w.text("claims.why_objected"), objectUntil(v))
	}
	add(models.AddEvidence, "evidence", "claims.hint_evidence", w.text("claims.why_closed"), 0)
	if v.Status == models.AwaitingReturn && !v.Return.Shipped() {
		add(models.ShipReturn, "return", "returns.hint_ship", w.text("claims.why_late", "due_at", v.DueAt), v.DueAt)
	}
	if v.Status.Open() {
		why := "claims.why_not_now"
		if v.Return.Shipped() {
			why = "returns.why_no_withdrawal"
		}
		if v.OpenAppeal() != nil {
			why = "appeals.why_no_withdrawal"
		}
		add(models.Withdraw, "withdraw", "claims.hint_withdraw", w.text(why), 0)
	}
	if v.AppealUntil != 0 || v.AppealOf(v.Side) != nil {
		add(models.MakeAppeal, "appeal", "appeals.hint", whyNoAppeal(w, v), v.AppealUntil)
	}
	if until := v.ReopenUntil(v.Policy); until != 0 || v.Status == models.Withdrawn {
		hint := "claims.hint_reopen"
		if v.Replaced() {
			hint = "replacements.hint_reopen"
		}
		add(models.Reopen, "reopen", hint, whyNoReopen(w, v), until)
	}
	return list
}

// whyNoReopen says which of the rules about reopening stands in the way.
func whyNoReopen(w words, v models.ClaimView) string {
	switch until := v.ReopenUntil(v.Policy); {
	case v.Replaced() && v.Replacement.PaidBackAt != 0:
		return w.text("replacements.stands_paid_back")
	case v.ReopenedAt != 0 && !v.Replaced():
		return w.text("claims.why_reopened", "reopened_at", v.ReopenedAt)
	case until != 0:
		return w.text("claims.why_reopen_over", "until", until)
	}
	return w.text("claims.why_no_reopen")
}

// objectUntil is until when a reported delivery can be objected to.
func objectUntil(v models.ClaimView) models.Instant {
	return v.ArrivedAt.Add(hourPeriod(v.Policy.ArrivedObjectHours))
}

func claimFacts(w words, v models.ClaimView) []templates.SummaryRow {
	return []templates.SummaryRow{
		w.row(w.text("contact.item"), itemsOf(v)),
		w.row(w.label("role", "seller"), v.SellerName),
		{Label: w.text("orders.number"), Links: []templates.Link{{Label: v.OrderNumber, Href: w.path("my/orders", v.OrderNumber)}}},
		{Label: w.text("claims.reason"), Value: w.label("reason", string(v.Reason))},
		{Label: w.text("claims.outcome"), Value: w.label("desired_outcome", string(v.DesiredOutcome))},
		{Label: w.text("claims.filed_at"), At: timeOf(v.FiledAt)},
	}
}

// buyerTimeline is what happened, with the buyer's own doings as theirs.
func (h *Handlers) buyerTimeline(d buyerDesk, events []models.Event) templates.Timeline {
	t := d.timeline(events)
	for _, list := range [][]templates.TimelineItem{t.Items, t.Earlier} {
		for i := range list {
			list[i].Who = d.youByLabel(list[i].Who)
		}
	}
	return t
}

// shortTimeline is what happened without the words that stand on the page anyway.
func (d buyerDesk) shortTimeline(events []models.Event) templates.Timeline {
	return d.h.buyerTimeline(d, withoutStated(events))
}

// stated is what the parties and the reviewer have stated on a claim, oldest first.
func (d buyerDesk) stated(events []models.Event) []templates.Message {
	list := d.statements(events)
	d.speakToBuyer(list)
	return list
}
