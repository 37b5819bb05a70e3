package handlers

import (
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// sellerHome is what needs the seller now.
type sellerHome struct {
	Count   int // cases to answer, up to a page
	Nearest *sellerNext
	Stake   []templates.Figure // sums at stake, by currency
	Todo    templates.Table
	Waiting templates.Table // orders whose buyer waits for a reply
	Links   []templates.Link
}

// sellerNext is the case due first.
type sellerNext struct {
	Clock templates.Clock
	Title string
	Href  string
}

func (h *Handlers) showSellerHome(c *gin.Context) error {
	ctx, by, d := c.Request.Context(), requestOf(c).actor, h.desk(c, models.SideSeller)
	claims, _, err := h.store.Claims(ctx, by, models.ClaimFilter{NextActor: models.SellersTurn, ByDue: true, Page: models.Page{Limit: 20}})
	if err != nil {
		return err
	}
	now := h.pageTime(c)
	content := sellerHome{Count: len(claims), Links: []templates.Link{
		{Label: d.text("seller.all_cases"), Href: d.path("seller/cases") + "?v=all"}, {Label: d.text("seller.all_orders"), Href: d.path("seller/orders")},
	}}
	content.Todo = templates.Table{Caption: d.text("seller.todo_caption"), Columns: []templates.Column{
		{Label: d.text("work.number")}, {Label: d.text("work.due_by")}, {Label: d.text("work.reason")}, {Label: d.text("work.amount_column"), Number: true}, {Label: d.text("seller.if_silent")},
	}, Empty: &templates.Empty{Text: d.text("seller.todo_empty"), Link: &content.Links[0]}}
	stake := map[string]int64{}
	for i, claim := range claims {
		policy, err := h.store.PolicyVersion(ctx, claim.PolicyVersion)
		if err != nil {
			return err
		}
		href := d.path("seller/cases", claim.Number)
		if i == 0 {
			content.Nearest = &sellerNext{Clock: d.dueClock(claim, policy, now), Title: claim.Title, Href: href}
		}
		stake[claim.Currency] += claim.Claimed
		content.Todo.Rows = append(content.Todo.Rows, templates.Row{Cells: []templates.Cell{
			{Link: &templates.Link{Label: claim.Number, Href: href}, Text: claim.Title, Lang: templates.LangOf(claim.Title, d.locale)},
			{Due: &templates.Clock{At: claim.DueAt.Time(), Now: now, Kind: templates.ClockDue}},
			{Text: d.label("reason_short", string(claim.Reason))},
			{Money: &templates.Money{Amount: claim.Claimed, Currency: claim.Currency}},
			{Text: d.silenceShort(claim, policy)},
		}})
	}
	for _, currency := range currenciesOf(stake) {
		content.Stake = append(content.Stake, templates.Figure{Label: d.text("seller.at_stake"), Money: d.money(stake[currency], currency), Note: d.text("seller.at_stake_note")})
	}
	if content.Waiting, err = h.waitingOrders(c, d, now); err != nil {
		return err
	}
	p := h.page(c, d.text("seller.home"), content)
	p.Wide = true
	return h.render(c, http.StatusOK, "seller/home", p)
}

func currenciesOf(m map[string]int64) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// waitingOrders are recent orders on which a buyer waits for the seller's reply.
func (h *Handlers) waitingOrders(c *gin.Context, d desk, now time.Time) (templates.Table, error) {
	t := templates.Table{Caption: d.text("seller.waiting_caption"), Columns: []templates.Column{
		{Label: d.text("work.order")}, {Label: d.text("seller.wait_ends")}, {Label: d.text("work.reason")}, {Label: d.text("work.item")},
	}}
	orders, _, err := h.store.Orders(c.Request.Context(), requestOf(c).actor, models.Page{})
	if err != nil {
		return t, err
	}
	for _, o := range orders {
		for _, l := range o.Lines {
			if !waits(l, now) {
				continue
			}
			t.Rows = append(t.Rows, templates.Row{Cells: []templates.Cell{
				{Link: &templates.Link{Label: o.Number, Href: d.path("seller/orders", o.Number)}},
				{Due: &templates.Clock{At: l.Contact.WaitEndsAt.Time(), Now: now, Kind: templates.ClockDue}},
				{Text: d.label("reason_short", string(l.Contact.Topic))},
				d.cell(l.Title),
			}})
		}
	}
	slices.SortStableFunc(t.Rows, func(a, b templates.Row) int { return a.Cells[1].Due.At.Compare(b.Cells[1].Due.At) })
	return t, nil
}

// waits tells whether the buyer of a line waits for a reply that can still prevent a claim.
func waits(l models.OrderLine, now time.Time) bool {
	return l.Contact != nil && l.Contact.SolvedAt == 0 && l.Contact.RefusedAt == 0 && l.OpenClaimID == "" && l.Contact.WaitEndsAt.Time().After(now)
}

// dueClock is the hero of a seller's case: until when, and what silence leads to.
func (d desk) dueClock(c models.Claim, p models.Policy, now time.Time) templates.Clock {
	clock := templates.Clock{Label: d.text("clock.answer_deadline"), At: c.DueAt.Time(), Now: now, Kind: templates.ClockDue, After: d.silence(c, p)}
	return clock
}

// silence says in one sentence what comes of no answer, with the policy's numbers.
func (d desk) silence(c models.Claim, p models.Policy) string {
	limit := d.spoken(p.Limits[c.Currency].AutoGrant, c.Currency)
	switch {
	case c.Held != nil:
		return d.text("seller.silence_held")
	case c.Question != nil && c.Question.Pending:
		return d.text("seller.silence_asked")
	case p.GrantsAutomatically(c.Claimed, c.Currency):
		return d.text("seller.silence_granted", "amount", d.spoken(c.Claimed, c.Currency), "limit", limit)
	case p.Limits[c.Currency].AutoGrant > 0:
		return d.text("seller.silence_review", "limit", limit)
	}
	return d.text("seller.silence_review_always")
}

func (d desk) silenceShort(c models.Claim, p models.Policy) string {
	switch {
	case c.Held != nil:
		return d.text("seller.short_held")
	case !(c.Question != nil && c.Question.Pending) && p.GrantsAutomatically(c.Claimed, c.Currency):
		return d.text("seller.short_granted")
	}
	return d.text("seller.short_review")
}

// sellerCases is a list with its tabs.
type sellerCases struct {
	Tabs  []templates.Link
	Table templates.Table
}

func (h *Handlers) listSellerCases(c *gin.Context) error {
	d := h.desk(c, models.SideSeller)
	view := models.SellerView(c.DefaultQuery("v", string(models.SellerTodo)))
	if !slices.Contains(models.SellerViews, view) {
		return notFound()
	}
	rows, next, err := h.store.SellerCases(c.Request.Context(), requestOf(c).actor, view, models.Page{Cursor: c.Query("cursor")})
	if err != nil {
		return listError(err)
	}
	here := d.path("seller/cases")
	var content sellerCases
	for _, v := range models.SellerViews {
		content.Tabs = append(content.Tabs, templates.Link{Label: d.text("seller.view_" + string(v)), Href: here + "?v=" + string(v), Current: v == view})
	}
	due := "work.due_by"
	if view == models.SellerDecided {
		due = "work.filed"
	}
	content.Table = templates.Table{Caption: d.text("seller.view_" + string(view)), Columns: []templates.Column{
		{Label: d.text("work.number")},
		{Label: d.text(due)},
		{Label: d.text("work.status")},
		{Label: d.text("work.reason")},
		{Label: d.text("work.amount_column"), Number: true},
		{Label: d.text("seller.wish")},
		{Label: d.text("work.item")},
	}, Empty: &templates.Empty{Text: d.text("seller.empty_" + string(view)), Link: &templates.Link{Label: d.text("seller.all_orders"), Href: d.path("seller/orders")}}}
	now := h.pageTime(c)
	for _, r := range rows {
		when := templates.Cell{At: timeOf(r.FiledAt)}
		if r.DueAt != 0 {
			kind := templates.ClockWait
			if r.NextActor == models.SellersTurn {
				kind = templates.ClockDue
			}
			when = templates.Cell{Due: &templates.Clock{At: r.DueAt.Time(), Now: now, Kind: kind}}
		}
		content.Table.Rows = append(content.Table.Rows, templates.Row{Cells: []templates.Cell{
			{Link: &templates.Link{Label: r.Number, Href: d.path("seller/cases", r.Number)}},
			when,
			{Tag: &templates.Tag{Status: string(r.Status), Role: "seller"}},
			{Text: d.label("reason_short", string(r.Reason))},
			{Money: &templates.Money{Amount: r.Claimed, Currency: r.Currency}},
			{Text: d.label("desired_outcome", string(r.DesiredOutcome))},
			d.cell(r.Title),
		}})
	}
	if next != "" {
		content.Table.Pages = &templates.Pages{Next: here + "?v=" + string(view) + "&cursor=" + next}
	}
	p := h.page(c, d.text("nav.cases"), content)
	p.Wide = true
	p.Back = &templates.Link{Label: d.text("seller.home"), Href: d.path("seller")}
	return h.render(c, http.StatusOK, "seller/cases", p)
}

// sellerCase is everything about a case on one page.
type sellerCase struct {
	Number    string
	Tag       templates.Tag
	Item      string
	Clock     *templates.Clock
	Figure    templates.Figure
	Notice    *templates.Banner // what to know first: a question, a held answer, a pause
	Question  *templates.Message
	Respond   *templates.Link // the one thing to do
	Decision  *templates.Link
	Wish      []templates.SummaryRow
	Story     templates.Message
	Order     []templates.SummaryRow
	Lines     []sellerLine
	Theirs    []templates.EvidenceItem
	Ours      []templates.EvidenceItem
	Staffs    []templates.EvidenceItem
	Held      *heldAnswer
	Offer     []templates.SummaryRow
	Answer    *templates.Message
	Thread    []templates.Message
	Message   *messageForm
	AddFiles  *templates.Link
	Timeline  templates.Timeline
	OrderHref string
}

type sellerLine struct {
	Pinned templates.Pinned
	Facts  []templates.SummaryRow
	Thread []templates.Message
}

// heldAnswer is an answer kept back until the deadline.
type heldAnswer struct {
	Rows   []templates.SummaryRow
	Files  []string
	Revise templates.Link
}

// messageForm is a box to write in.
type messageForm struct {
	Action string
	Body   templates.Field
	Submit templates.Submit
	Hidden []templates.Hidden
}

func (h *Handlers) showSellerCase(c *gin.Context) error {
	return h.sellerCasePage(c, nil)
}

// sellerCasePage shows the case; said holds a message that could not be sent.
func (h *Handlers) sellerCasePage(c *gin.Context, said *entry) error {
	v, err := h.caseView(c)
	if err != nil {
		return err
	}
	if v.Side != models.SideSeller {
		return seeOther(c, h.words(c).path("my/claims", v.Number))
	}
	content, err := h.sellerCase(c, v)
	if err != nil {
		return err
	}
	d := h.desk(c, models.SideSeller)
	f := said
	if f == nil {
		f = h.newEntry(c, caseMessageQuestions)
	}
	if v.Status.Open() {
		content.Message = d.messageForm(f, d.path("seller/cases", v.Number)+"/messages")
	}
	p := h.page(c, d.text("seller.case_title", "number", v.Number), content)
	p.Wide = true
	p.Back = &templates.Link{Label: d.text("nav.cases"), Href: d.path("seller/cases")}
	d.done(c, &p)
	return f.showPage("seller/case", p)
}

var caseMessageQuestions = questions{"body": story("work.message", 4000)}

func (d desk) messageForm(f *entry, action string) *messageForm {
	m := &messageForm{Action: action, Body: f.field("body", ""), Submit: templates.Submit{Label: d.text("action.send_message")}}
	m.Body.Rows = 4
	return m
}

func (h *Handlers) sellerCase(c *gin.Context, v models.ClaimView) (sellerCase, error) {
	ctx, by, d, now := c.Request.Context(), requestOf(c).actor, h.desk(c, models.SideSeller), v.Now.Time()
	s := sellerCase{
		Number: v.Number, Item: v.Title, Tag: templates.Tag{Status: string(v.Status), Role: "seller"}, OrderHref: d.path("seller/orders", v.OrderNumber),
		Figure: templates.Figure{Label: d.text("money.claimed"), Money: d.money(v.Claimed, v.Currency), Note: d.text("seller.amount_note")},
		Wish: []templates.SummaryRow{
			{Label: d.text("work.reason"), Value: d.label("reason", string(v.Reason))},
			{Label: d.text("seller.wish"), Value: d.label("desired_outcome", string(v.DesiredOutcome))},
			{Label: d.text("work.filed"), At: timeOf(v.FiledAt)},
		},
		Story:  templates.Message{Who: d.label("role", "buyer"), Side: "buyer", Text: v.Description, At: v.FiledAt.Time(), Lang: v.BuyerLocale},
		Theirs: d.evidenceBy(v.Evidence, models.SideBuyer), Ours: d.evidenceBy(v.Evidence, models.SideSeller), Staffs: d.evidenceBy(v.Evidence, models.SideStaff),
	}
	d.sellerTurn(&s, v, now)
	d.sellerAnswers(&s, v)
	if slices.Contains(v.Allowed, models.AddEvidence) {
		s.AddFiles = &templates.Link{Label: d.text("action.add_evidence"), Href: d.path("seller/cases", v.Number) + "/evidence"}
	}
	order, err := h.store.OrderByNumber(ctx, by, v.OrderNumber)
	if err != nil {
		return s, err
	}
	s.Order = []templates.SummaryRow{
		{Label: d.text("work.order_number"), Value: order.Number, Links: []templates.Link{{Label: d.text("seller.open_order"), Href: s.OrderHref}}},
		{Label: d.text("work.placed"), At: timeOf(order.PlacedAt)},
		d.row(d.text("work.buyer_name"), order.BuyerName),
	}
	for _, n := range v.LineNumbers() {
		line := sellerLine{}
		for _, p := range v.Listings {
			if p.Line == n {
				line.Pinned = d.listing(p, v.Currency)
			}
		}
		if l, ok := order.Line(n); ok {
			line.Facts = d.tracking(l)
			line.Facts = append(line.Facts, templates.SummaryRow{Label: d.text("work.estimate"), Value: d.day(order.LatestEstimate(l, v.Policy, h.store.Zone()))})
		}
		thread, _, err := h.store.Messages(ctx, by, v.OrderNumber, n, models.Page{})
		if err != nil {
			return s, err
		}
		line.Thread = d.messages(thread)
		s.Lines = append(s.Lines, line)
	}
	thread, _, err := h.store.ClaimMessages(ctx, by, v.Number, models.Page{Limit: models.MaxPage})
	if err != nil {
		return s, err
	}
	s.Thread = d.messages(thread)
	events, err := h.store.ClaimEvents(ctx, by, v.Number)
	if err != nil {
		return s, err
	}
	s.Timeline = d.timeline(events)
	return s, nil
}

// sellerTurn sets the clock and the one thing to do.
func (d desk) sellerTurn(s *sellerCase, v models.ClaimView, now time.Time) {
	respond := d.path("seller/cases", v.Number) + "/respond"
	switch {
	case v.NextActor == models.SellersTurn && v.DueAt != 0:
		clock := d.dueClock(v.Claim, v.Policy, now)
		s.Clock = &clock
		label := "seller.respond"
		if v.Question != nil && v.Question.Pending {
			label = "seller.respond_question"
			s.Question = &templates.Message{Who: d.label("role", "staff"), Side: "staff", Text: v.Question.Text, Lang: templates.LangOf(v.Question.Text, d.locale), At: v.Question.At.Time()}
		}
		if v.Held != nil {
			label = "seller.revise"
		}
		if now.Before(v.DueAt.Time()) {
			s.Respond = &templates.Link{Label: d.text(label), Href: respond}
		}
	case v.DueAt != 0:
		s.Clock = &templates.Clock{Label: d.text("work.next_" + string(v.NextActor)), At: v.DueAt.Time(), Now: now, Kind: templates.ClockWait, Over: d.text("work.target_passed"), After: d.text("work.after_" + string(v.Status))}
	}
	if v.PauseUntil > v.Now {
		s.Notice = &templates.Banner{Tone: "info", Title: d.text("work.is_paused", "until", v.PauseUntil), Text: v.PauseReason}
	}
	if v.Decision != nil {
		s.Decision = &templates.Link{Label: d.text("seller.open_decision"), Href: d.path("seller/cases", v.Number) + "/decision"}
	}
}

// sellerAnswers are what the seller has said and offered so far.
func (d desk) sellerAnswers(s *sellerCase, v models.ClaimView) {
	if o := v.Offer; o != nil {
		s.Offer = []templates.SummaryRow{{Label: d.text("seller.offer_kind"), Value: d.label("offer", string(o.Kind))}}
		if o.Amount > 0 {
			s.Offer = append(s.Offer, templates.SummaryRow{Label: d.text("work.amount_column"), Money: &templates.Money{Amount: o.Amount, Currency: v.Currency}})
		}
		s.Offer = append(s.Offer, d.row(d.text("seller.message"), o.Message), templates.SummaryRow{Label: d.text("work.sent"), At: timeOf(o.At)})
	}
	if a := v.LastStatement(models.SideSeller); a != nil {
		s.Answer = &templates.Message{Who: d.who(a.By), Side: string(a.By), Text: a.Text, Lang: templates.LangOf(a.Text, d.locale), At: a.At.Time(), Mine: a.By == d.side}
	}
	if held := v.Held; held != nil {
		s.Held = &heldAnswer{
			Rows:   []templates.SummaryRow{{Label: d.text("seller.choice"), Value: d.label("action", string(held.Action))}},
			Revise: templates.Link{Label: d.text("seller.revise"), Href: d.path("seller/cases", v.Number) + "/respond?choice=" + string(held.Action)},
		}
		if held.Kind != "" {
			s.Held.Rows = append(s.Held.Rows, templates.SummaryRow{Label: d.text("seller.offer_kind"), Value: d.label("offer", string(held.Kind))})
		}
		if held.Amount > 0 {
			s.Held.Rows = append(s.Held.Rows, templates.SummaryRow{Label: d.text("work.amount_column"), Money: &templates.Money{Amount: held.Amount, Currency: v.Currency}})
		}
		s.Held.Rows = append(s.Held.Rows,
			d.row(d.text("seller.message"), held.Message),
			templates.SummaryRow{Label: d.text("seller.files"), Value: d.text("work.file_count", "count", len(held.Files))},
			templates.SummaryRow{Label: d.text("seller.held_at"), At: timeOf(held.At)})
	}
}

// postSellerMessage sends a message on the case.
func (h *Handlers) postSellerMessage(c *gin.Context) error {
	return h.postCaseMessage(c, "seller/cases", h.sellerCasePage)
}

func (h *Handlers) postCaseMessage(c *gin.Context, base string, again func(*gin.Context, *entry) error) error {
	number, err := numberOf(c, 'C', "number")
	if err != nil {
		return err
	}
	f, err := h.readEntry(c, caseMessageQuestions)
	if err != nil {
		return err
	}
	_, err = h.store.SendClaimMessage(c.Request.Context(), requestOf(c).actor, number, models.ClaimMessage{Body: f.get("body"), Evidence: f.all(evidenceField)})
	if err == nil {
		return seeOther(c, f.words.path(base, number)+"#thread")
	}
	if err := f.refused(err); err != nil {
		return err
	}
	return again(c, f)
}
