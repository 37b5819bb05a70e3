package handlers

import (
	"net/http"
	"slices"
	"strconv"

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

// evidenceOn lists the files of a claim, each with a page of its own.
func (d buyerDesk) evidenceOn(claim string, list []models.Evidence) []templates.EvidenceItem {
	items := d.evidence(list)
	for i, e := range list {
		d.fix(&items[i], e)
		if items[i].Caption == e.FileName {
			items[i].FileName = ""
		}
		items[i].Href = d.path("my/claims", claim, "evidence", e.ID)
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

type claimCard struct {
	Number, Href, Title, Seller, Turn string
	Tag                               templates.Tag
	Clock                             *templates.Clock
	Money                             templates.Money
	Link                              templates.Link
}

func (h *Handlers) claimCard(w words, cl models.Claim, now models.Instant) claimCard {
	card := claimCard{
		Number: cl.Number, Href: w.path("my/claims", cl.Number), Title: cl.Title, Seller: cl.SellerName, Turn: turnWords(w, cl),
		Tag: templates.Tag{Status: string(cl.Status), Role: "buyer"}, Money: templates.Money{Amount: cl.Claimed, Currency: cl.Currency},
	}
	card.Link = templates.Link{Label: w.text("claims.see"), Href: card.Href}
	if cl.NextActor == models.BuyersTurn {
		card.Link = templates.Link{Label: w.text("claims.answer_now"), Href: w.path("my/claims", cl.Number, "respond")}
	}
	card.Clock = claimClock(w, cl, now)
	return card
}

// turnWords say whose turn it is, as the buyer is told.
func turnWords(w words, cl models.Claim) string {
	switch {
	case !cl.Status.Open():
		return w.label("next_actor", "none")
	case cl.NextActor == models.BuyersTurn:
		return w.label("next_actor", "you")
	}
	return w.label("next_actor", string(cl.NextActor))
}

// claimClock is the next date of an open claim.
func claimClock(w words, cl models.Claim, now models.Instant) *templates.Clock {
	k := templates.Clock{At: cl.DueAt.Time(), Now: now.Time(), Kind: templates.ClockWait}
	switch {
	case !cl.Status.Open() || cl.DueAt == 0:
		return nil
	case cl.Status == models.Scheduled:
		k.At, k.Kind, k.Label, k.Over = cl.OpensAt.Time(), templates.ClockOpens, w.text("claims.clock_opens"), w.text("claims.clock_opening")
		k.After = w.text("claims.after_opens")
	case cl.NextActor == models.BuyersTurn:
		k.Kind, k.Label = templates.ClockDue, w.text("claims.clock_yours")
		k.After = w.text("claims.after_question")
		if cl.Offer != nil && cl.Offer.Pending {
			k.After = w.text("claims.after_offer")
		}
	case cl.NextActor == models.SellersTurn:
		k.Label, k.Over, k.After = w.text("claims.clock_seller"), w.text("claims.clock_over_wait"), w.text("claims.after_seller")
	default:
		k.Label, k.Over, k.After = w.text("claims.clock_review"), w.text("claims.clock_over_wait"), w.text("claims.after_review")
	}
	return &k
}

type myPage struct {
	Yours   []claimCard
	Running []claimCard
	Money   []claimCard
	Drafts  []templates.Link
	Nothing bool
	Orders  string
}

// showMy is what needs the buyer now, then what runs, then money on its way.
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
	page := myPage{Orders: w.path("my/orders")}
	for _, cl := range claims {
		card := h.claimCard(w, cl, now)
		switch {
		case cl.Status.Open() && cl.NextActor == models.BuyersTurn:
			page.Yours = append(page.Yours, card)
		case cl.Status.Open():
			page.Running = append(page.Running, card)
		case cl.Refund != nil && cl.Refund.Status != models.RefundDone:
			card.Money.Amount = cl.Refund.Total
			page.Money = append(page.Money, card)
		}
	}
	slices.SortStableFunc(page.Yours, func(a, b claimCard) int { return a.Clock.At.Compare(b.Clock.At) })
	for _, d := range drafts {
		to := w.path("my/orders", d.OrderNumber) // which leads to the draft of each line
		if len(d.Body.Lines) > 0 {
			to = w.path("my/orders", d.OrderNumber, "claim", strconv.Itoa(d.Body.Lines[0]))
		}
		page.Drafts = append(page.Drafts, templates.Link{Label: w.text("claims.draft_of", "order_number", d.OrderNumber), Href: to})
	}
	page.Nothing = len(page.Yours) == 0
	return h.show(c, "claims/my", w.text("nav.my"), page)
}

type claimsPage struct{ Table templates.Table }

// listMyClaims lists all claims of the buyer, the newest first.
func (h *Handlers) listMyClaims(c *gin.Context) error {
	ctx, w := c.Request.Context(), h.words(c)
	claims, next, err := h.store.OwnClaims(ctx, requestOf(c).actor, models.ClaimFilter{Page: models.Page{Limit: 50, Cursor: c.Query("cursor")}})
	if err != nil {
		return err
	}
	now, err := h.store.Now(ctx)
	if err != nil {
		return err
	}
	t := templates.Table{
		Caption: w.text("claims.list_caption"), Pages: h.listPages(c, next),
		Columns: []templates.Column{{Label: w.text("claims.number")}, {Label: w.text("claims.state")}, {Label: w.text("claims.next")}, {Label: w.text("contact.item")}, {Label: w.text("money.claimed"), Number: true}},
		Empty:   &templates.Empty{Text: w.text("claims.none"), Link: &templates.Link{Label: w.text("action.check"), Href: w.path("check")}},
	}
	for _, cl := range claims {
		card := h.claimCard(w, cl, now)
		when := templates.Cell{Text: card.Turn}
		if card.Clock != nil {
			when = templates.Cell{Due: card.Clock}
		}
		t.Rows = append(t.Rows, templates.Row{Cells: []templates.Cell{
			{Link: &templates.Link{Label: cl.Number, Href: card.Href}}, {Tag: &card.Tag}, when, w.cell(cl.Title), {Money: &card.Money},
		}})
	}
	p := h.page(c, w.text("nav.claims"), claimsPage{t})
	p.Wide = true
	return h.render(c, http.StatusOK, "claims/list", p)
}

type claimPage struct {
	Sent     *sentPanel
	Tag      templates.Tag
	Turn     string
	Clock    *templates.Clock
	Figure   templates.Figure
	Paused   string
	Do       *claimAsk
	Steps    []templates.Step
	Actions  []templates.ActionItem
	Decision *templates.Link
	Timeline templates.Timeline
	Facts    []templates.SummaryRow
	Evidence []templates.EvidenceItem
	Add      string // address of the page that takes more files; "" where none are taken
	Messages []templates.Message
	CanWrite bool
	Body     templates.Field
	Once     templates.Hidden
	Send     templates.Submit
	WriteTo  string
}

// sentPanel confirms that a claim has been sent; the page under it is the claim's own.
type sentPanel struct {
	Number string
	Points []string
}

// claimAsk is the one thing to do now.
type claimAsk struct {
	Title, Text, Said string
	Lang              string
	Rows              []templates.SummaryRow
	Link              *templates.Link
}

// showMyClaim is where a claim stands.
func (h *Handlers) showMyClaim(c *gin.Context) error {
	return h.myClaimPage(c, h.newEntry(c, messageQuestions))
}

var messageQuestions = questions{"body": story("claims.message", messageMax)}

func (h *Handlers) myClaimPage(c *gin.Context, f *entry) error {
	v, err := h.ownClaim(c)
	if err != nil {
		return err
	}
	ctx, by, d := c.Request.Context(), requestOf(c).actor, h.buyerDesk(c)
	events, err := h.store.ClaimEvents(ctx, by, v.Number)
	if err != nil {
		return err
	}
	thread, _, err := h.store.ClaimMessages(ctx, by, v.Number, models.Page{Limit: models.MaxPage})
	if err != nil {
		return err
	}
	w := d.words
	page := claimPage{
		Tag: templates.Tag{Status: string(v.Status), Role: "buyer"}, Turn: turnWords(w, v.Claim), Clock: claimClock(w, v.Claim, v.Now),
		Figure: claimFigure(w, v.Claim), Do: h.claimAsk(w, v), Steps: claimSteps(w, v), Actions: claimActions(w, v), Timeline: h.buyerTimeline(d, events),
		Evidence: d.evidenceOn(v.Number, v.Evidence), Messages: h.thread(c, thread), CanWrite: v.Status.Open(),
		Once: f.once(), Body: f.field("body", "claims.message_hint"), Send: templates.Submit{Label: w.text("action.send_message")}, WriteTo: w.path("my/claims", v.Number, "messages"),
	}
	page.Body.Rows = 4
	page.Facts = claimFacts(w, v)
	if v.PauseUntil > v.Now {
		page.Paused = w.text("claims.paused", "until", v.PauseUntil, "reason", v.PauseReason)
	}
	if v.Decision != nil {
		page.Decision = &templates.Link{Label: w.text("claims.read_decision"), Href: w.path("my/claims", v.Number, "decision")}
	}
	if slices.Contains(v.Allowed, models.AddEvidence) {
		page.Add = w.path("my/claims", v.Number, "evidence")
	}
	if c.Query("sent") != "" && c.Request.Method == http.MethodGet {
		page.Sent = &sentPanel{Number: v.Number, Points: []string{claimNext(w, v), w.text("claims.sent_mail"), w.text("claims.sent_bookmark")}}
	}
	p := h.page(c, w.text("claims.claim", "number", v.Number), page)
	p.Back = &templates.Link{Label: w.text("nav.claims"), Href: w.path("my/claims")}
	return f.showPage("claims/show", p)
}

func claimNext(w words, v models.ClaimView) string {
	if v.Status == models.Scheduled {
		return w.text("claims.next_ahead", "opens_at", v.OpensAt)
	}
	return w.text("claims.sent_next", "due_at", v.DueAt)
}

func claimFigure(w words, cl models.Claim) templates.Figure {
	f := templates.Figure{Label: w.text("money.claimed"), Money: templates.Money{Amount: cl.Claimed, Currency: cl.Currency}}
	switch {
	case cl.Refund != nil:
		f.Label, f.Money.Amount = w.text("claims.refund"), cl.Refund.Total
		f.Note = w.text("claims.refund_" + string(cl.Refund.Status))
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
	case has(models.AnswerAction) && v.Question != nil:
		ask := &claimAsk{Title: w.text("claims.question"), Said: v.Question.Text, Link: &templates.Link{Label: w.text("claims.to_answer"), Href: respond}}
		if v.Held != nil {
			ask.Text = w.text("claims.held", "due_at", v.DueAt)
			ask.Link.Label = w.text("claims.change_answer")
		}
		return ask
	case has(models.AcceptOffer) && v.Offer != nil:
		return &claimAsk{Title: w.text("claims.offer"), Said: v.Offer.Message, Rows: offerRows(w, v), Link: &templates.Link{Label: w.text("claims.to_offer"), Href: respond}}
	case has(models.Object):
		until := v.ArrivedAt.Add(hourPeriod(v.Policy.ArrivedObjectHours))
		return &claimAsk{
			Title: w.text("claims.arrived"), Text: w.text("claims.arrived_text", "object_until", until),
			Link: &templates.Link{Label: w.text("action.object"), Href: w.path("my/claims", v.Number, "object")},
		}
	case v.NextActor == models.BuyersTurn:
		return &claimAsk{Title: w.text("claims.late"), Text: w.text("claims.late_text")}
	}
	return nil
}

func offerRows(w words, v models.ClaimView) []templates.SummaryRow {
	rows := []templates.SummaryRow{{Label: w.text("claims.offer_kind"), Value: w.label("offer", string(v.Offer.Kind))}}
	if v.Offer.Amount > 0 {
		rows = append(rows, templates.SummaryRow{Label: w.text("claims.offer_amount"), Money: &templates.Money{Amount: v.Offer.Amount, Currency: v.Currency}})
	}
	return append(rows, templates.SummaryRow{Label: w.text("money.claimed"), Money: &templates.Money{Amount: v.Claimed, Currency: v.Currency}})
}

// claimSteps are the five stations of every claim.
func claimSteps(w words, v models.ClaimView) []templates.Step {
	day := func(i models.Instant) string {
		if i == 0 {
			return ""
		}
		return w.text("orders.day", "day", i.Time().In(w.h.store.Zone()))
	}
	usual := func(hours int) string { return w.text("claims.usually", "period", hourPeriod(hours)) }
	steps := []templates.Step{
		{Label: w.text("case.step_contact"), State: "done", Note: day(v.Assessment.Because.ContactedAt)},
		{Label: w.text("case.step_file"), State: "done", Note: day(v.FiledAt)},
		{Label: w.text("case.step_answer"), Note: usual(v.Policy.SellerAnswerHours)},
		{Label: w.text("case.step_review"), Note: usual(v.Policy.ReviewTargetHours)},
		{Label: w.text("case.step_refund")},
	}
	at := 2
	status := v.Status
	if status == models.Frozen && v.Former != nil {
		status = v.Former.Status
	}
	switch status {
	case models.Scheduled:
		at = 1
	case models.UnderReview, models.AwaitingApproval, models.UnderAppeal:
		at = 3
	case models.AwaitingBuyer, models.AwaitingSeller:
		if v.Question != nil && v.Question.Pending {
			at = 3 // it is the review that asks
		}
	case models.Settled, models.Granted:
		at = 4
	case models.Denied, models.Withdrawn:
		at = -1
	default:
	}
	here := &steps[max(at, 0)]
	switch {
	case status == models.AwaitingBuyer && v.Offer != nil && v.Offer.Pending:
		here.Label, here.Note = w.text("case.step_offer"), w.text("case.step_yours") // the seller has answered, with an offer
	case at == 3 && v.NextActor == models.BuyersTurn:
		here.Note = w.text("case.step_yours")
	case at == 3 && v.NextActor == models.SellersTurn:
		here.Note = w.text("case.step_sellers")
	}
	for i := range steps {
		switch {
		case at == 4 && i == 4 && v.Refund != nil && v.Refund.Status == models.RefundDone, i < at:
			steps[i].State = "done"
		case i == at:
			steps[i].State = "current"
		}
		if i >= 2 && steps[i].State == "done" {
			steps[i].Note = ""
		}
	}
	if v.Status == models.Denied {
		steps[2].State, steps[3].State, steps[2].Note, steps[3].Note = "done", "done", "", day(v.ClosedAt)
	}
	if v.Status == models.Granted && v.ClosedAt != 0 {
		steps[3].Note = day(v.ClosedAt)
	}
	return steps
}

// claimActions lists what the buyer may do with a claim besides the one thing to do now.
func claimActions(w words, v models.ClaimView) []templates.ActionItem {
	var list []templates.ActionItem
	add := func(a models.Action, page, hint, why string) {
		item := templates.ActionItem{
			Label: w.label("action", string(a)), Href: w.path("my/claims", v.Number, page), Allowed: slices.Contains(v.Allowed, a),
			Hint: w.text(hint), Reason: w.text(why),
		}
		list = append(list, item)
	}
	add(models.AddEvidence, "evidence", "claims.hint_evidence", "claims.why_closed")
	if v.Status.Open() {
		add(models.Withdraw, "withdraw", "claims.hint_withdraw", "claims.why_not_now")
	}
	if v.Status == models.Withdrawn || slices.Contains(v.Allowed, models.Reopen) {
		add(models.Reopen, "reopen", "claims.hint_reopen", "claims.why_no_reopen")
	}
	return list
}

func claimFacts(w words, v models.ClaimView) []templates.SummaryRow {
	titles := ""
	for i, p := range v.Listings {
		if i > 0 {
			titles += "\n"
		}
		titles += p.Title
	}
	return []templates.SummaryRow{
		w.row(w.text("contact.item"), firstText(titles, v.Title)),
		w.row(w.label("role", "seller"), v.SellerName),
		{Label: w.text("orders.number"), Links: []templates.Link{{Label: v.OrderNumber, Href: w.path("my/orders", v.OrderNumber)}}},
		{Label: w.text("claims.reason"), Value: w.label("reason", string(v.Reason))},
		w.row(w.text("claims.story"), v.Description),
		{Label: w.text("claims.outcome"), Value: w.label("desired_outcome", string(v.DesiredOutcome))},
		{Label: w.text("claims.filed_at"), At: timeOf(v.FiledAt)},
	}
}

// buyerTimeline is what happened, with the buyer's own doings as theirs.
func (h *Handlers) buyerTimeline(d buyerDesk, events []models.Event) templates.Timeline {
	t := d.timeline(events)
	for _, list := range [][]templates.TimelineItem{t.Items, t.Earlier} {
		for i := range list {
			if list[i].Who == d.label("role", string(models.RoleBuyer)) {
				list[i].Who = d.text("claims.you")
			}
		}
	}
	return t
}
