package handlers

import (
	"slices"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

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
	Silence   string          // stands where an answer would
	Decision  *templates.Link
	Appeal    *templates.Link
	Appeals   []string // what is to be known of appeals
	Appealed  []templates.Message
	Wish      []templates.SummaryRow
	Story     templates.Message
	Order     []templates.SummaryRow
	Lines     []sellerLine
	Theirs    []templates.EvidenceItem
	Ours      []templates.EvidenceItem
	Staffs    []templates.EvidenceItem
	Held      *heldAnswer
	Draft     *unsentAnswer
	Offer     []templates.SummaryRow
	Answer    *templates.Message
	Thread    []templates.Message
	Message   messageForm
	AddFiles  *templates.Link
	Timeline  templates.Timeline
	Return    []templates.SummaryRow
	Replaced  *replacementPart
	Photos    *photoPair
	OrderHref string
	CaseFile  string
}

type sellerLine struct {
	Pinned templates.Pinned
	Facts  []templates.SummaryRow
	Thread []templates.Message
}

// heldAnswer is an answer kept back until the deadline.
type heldAnswer struct {
	Rows   []templates.SummaryRow
	Send   string // address that delivers it at once; "" where it cannot be now
	Hidden []templates.Hidden
	Submit templates.Submit
	Why    string // why it cannot be delivered now
}

// unsentAnswer is the draft of an answer, or what is left of one.
type unsentAnswer struct {
	Title    string
	Text     string
	Live     bool
	Rows     []templates.SummaryRow
	Continue *templates.Link
	Discard  string
	Hidden   []templates.Hidden
}

func (h *Handlers) showSellerCase(c *gin.Context) error {
	return h.sellerCasePage(c, nil)
}

// sellerCasePage shows the case; said holds a message that could not be sent.
func (h *Handlers) sellerCasePage(c *gin.Context, said *entry) error {
	v, err := h.sellerView(c)
	if err != nil {
		return err
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
	content.Message = f.caseBox(v, d.pagesOf(c, v.Number)("messages"))
	p := h.page(c, d.text("seller.case_title", "number", v.Number), content)
	p.Wide = true
	p.Watch = d.watch(v)
	p.Back = &templates.Link{Label: d.text("nav.cases"), Href: d.path("seller/cases")}
	d.sellerDone(c, &p)
	return f.showPage("seller/case", p)
}

func (h *Handlers) sellerCase(c *gin.Context, v models.ClaimView) (sellerCase, error) {
	ctx, by, d, now := c.Request.Context(), requestOf(c).actor, h.desk(c, models.SideSeller), v.Now.Time()
	pages := d.pagesOf(c, v.Number)
	s := sellerCase{
		Number: v.Number, Item: v.Title, Tag: templates.Tag{Status: string(v.Status), Role: "seller"}, OrderHref: d.path("seller/orders", v.OrderNumber), CaseFile: d.path("seller/cases", v.Number, "case-file"),
		Figure: templates.Figure{Label: d.text("money.claimed"), Money: d.money(v.Claimed, v.Currency), Note: d.text("seller.amount_note")},
		Wish: []templates.SummaryRow{
			{Label: d.text("work.reason"), Value: d.label("reason", string(v.Reason))},
			{Label: d.text("seller.wish"), Value: d.label("desired_outcome", string(v.DesiredOutcome))},
			{Label: d.text("work.filed"), At: timeOf(v.FiledAt)},
		},
		Return: d.returnRows(v, models.SideSeller), Replaced: d.replacement(v, models.SideSeller), Photos: d.photos(v, pages, nil),
		Story:  templates.Message{Who: d.label("role", "buyer"), Side: "buyer", Text: v.Description, At: v.FiledAt.Time(), Lang: v.BuyerLocale},
		Theirs: d.closer(pages, v.Evidence, models.SideBuyer, nil), Ours: d.closer(pages, v.Evidence, models.SideSeller, nil), Staffs: d.closer(pages, v.Evidence, models.SideStaff, nil),
	}
	d.sellerTurn(&s, v, now)
	d.sellerAnswers(&s, besideDispute(v))
	if err := h.unsentAnswer(c, d, &s, v); err != nil {
		return s, err
	}
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
		thread, err := h.lineThread(c, v.OrderNumber, n)
		if err != nil {
			return s, err
		}
		line.Thread = d.messages(thread)
		s.Lines = append(s.Lines, line)
	}
	thread, err := h.wholeThread(c, v.Number)
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
	case v.Status == models.AwaitingReturn:
		clock := d.returnClock(v.Claim, v.Now, models.SellersTurn)
		s.Clock = &clock
		if move := returnMove(v); move != "" {
			s.Respond = &templates.Link{Label: d.text("returns.to_" + string(move)), Href: d.path("seller/cases", v.Number) + "/return"}
		}
	case v.Replaced():
		if v.ReplacementWaits() {
			clock := d.replacementClock(v.Claim, v.Now, models.SideSeller)
			s.Clock, s.Tag = &clock, d.replacementTag()
		}
		if slices.Contains(v.Allowed, models.ShipReplacement) && !v.Replacement.Shipped() {
			s.Respond = &templates.Link{Label: d.text("replacements.to_ship"), Href: d.path("seller/cases", v.Number) + "/replacement"}
		}
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
	s.Appeal, s.Appeals, s.Appealed = d.appealLink(v), appealWords(d.words, v), d.appealed(v)
}

// sellerAnswers are what the seller has said and offered so far.
func (d desk) sellerAnswers(s *sellerCase, v models.ClaimView) {
	switch {
	case v.Held != nil:
		s.Silence = d.text("seller.answer_held")
	case v.Status == models.Settled: // with neither offer nor words: by paying back
		s.Silence = d.text("seller.paid_back")
	case !v.Status.Open() || v.SellerDueAt != 0 && v.Now >= v.SellerDueAt:
		s.Silence = d.text("seller.was_silent")
	default:
		s.Silence = d.text("seller.no_answer")
	}
	if o := v.Offer; o != nil {
		s.Offer = []templates.SummaryRow{{Label: d.text("seller.offer_kind"), Value: d.label("offer", string(o.Kind))}}
		if o.Amount > 0 {
			s.Offer = append(s.Offer, templates.SummaryRow{Label: d.text("work.amount_column"), Money: &templates.Money{Amount: o.Amount, Currency: v.Currency}})
		}
		s.Offer = append(s.Offer, d.returnToRows(o.ReturnTo, v.Currency)...)
		s.Offer = append(s.Offer, d.row(d.text("seller.message"), o.Message), templates.SummaryRow{Label: d.text("work.sent"), At: timeOf(o.At)})
	}
	if a := v.LastStatement(models.SideSeller); a != nil {
		s.Answer = &templates.Message{Who: d.who(a.By), Side: string(a.By), Text: a.Text, Lang: templates.LangOf(a.Text, d.locale), At: a.At.Time(), Mine: a.By == d.side}
	}
	if held := v.Held; held != nil {
		s.Tag = d.heldTag()
		s.Held = &heldAnswer{
			Rows:   []templates.SummaryRow{{Label: d.text("seller.choice_made"), Value: d.label("action", string(held.Action))}},
			Hidden: []templates.Hidden{{Name: "version", Value: strconv.FormatInt(v.Version, 10)}},
			Submit: templates.Submit{Label: d.text("seller.send_held")},
		}
		if len(answers(v)) > 0 {
			s.Held.Send = d.path("seller/cases", v.Number) + "/respond/send"
		}
		if held.Kind != "" {
			s.Held.Rows = append(s.Held.Rows, templates.SummaryRow{Label: d.text("seller.offer_kind"), Value: d.label("offer", string(held.Kind))})
		}
		if held.Amount > 0 {
			s.Held.Rows = append(s.Held.Rows, templates.SummaryRow{Label: d.text("work.amount_column"), Money: &templates.Money{Amount: held.Amount, Currency: v.Currency}})
		}
		s.Held.Rows = append(s.Held.Rows, d.returnToRows(held.ReturnTo, v.Currency)...)
		s.Held.Rows = append(s.Held.Rows,
			d.row(d.text("seller.message"), held.Message),
			templates.SummaryRow{Label: d.text("seller.files"), Value: d.text("work.file_count", "count", len(held.Files))},
			templates.SummaryRow{Label: d.text("seller.held_at"), At: timeOf(held.At)})
	}
}

// heldTag says that an answer lies ready and leaves at its deadline.
func (d desk) heldTag() templates.Tag {
	return templates.Tag{Status: "waiting", Role: "seller", Text: d.text("seller.tag_held")}
}

// replacementTag says on a settled case that goods are still to be sent.
func (d desk) replacementTag() templates.Tag {
	return templates.Tag{Status: "waiting", Role: "seller", Text: d.text("replacements.tag")}
}

// unsentAnswer adds the draft of an answer: to go on with, or only to be read.
func (h *Handlers) unsentAnswer(c *gin.Context, d desk, s *sellerCase, v models.ClaimView) error {
	by := requestOf(c).actor
	draft, found, err := h.store.AnswerDraftOf(c.Request.Context(), by, v)
	if err != nil || !found {
		return err
	}
	a := answering{ClaimView: v, d: d, by: by, draft: draft}
	u := &unsentAnswer{
		Title: d.text("seller.draft"), Live: draft.Live, Rows: a.draftRows(), Discard: a.step("discard"),
		Hidden: []templates.Hidden{{Name: "draft", Value: strconv.FormatInt(draft.Version, 10)}},
	}
	if !draft.Live {
		u.Title, u.Text = d.text("seller.draft_lost"), d.text("seller.draft_lost_text", "expires_until", draft.ExpiresAt)
	}
	s.Draft = u
	if !draft.Live || s.Respond == nil {
		return nil
	}
	s.Respond.Label = d.text("seller.continue")
	if a.theirs() {
		u.Text = d.text("seller.taken_by_colleague")
		s.Respond.Label = d.text("seller.see_draft")
	} else if draft.Body.Choice != "" {
		s.Respond.Href = a.step("evidence")
	}
	if s.Held != nil {
		s.Held.Send, s.Held.Why = "", d.text("seller.send_held_blocked")
	}
	return nil
}

// sellerDone says what the form just sent has done.
func (d desk) sellerDone(c *gin.Context, p *templates.Page) {
	tones := map[string]string{"send": "ok", "hold": "ok", "draft": "info", "discarded": "info", notNow: "info", "return_address": "ok", "confirm_return": "ok", "dispute_return": "ok", "ship_replacement": "ok", "appeal": "ok", "appeal_held": "ok"}
	if tone, known := tones[c.Query("done")]; known {
		p.Banner = &templates.Banner{Tone: tone, Title: d.text("seller.done_" + c.Query("done")), Role: "status"}
	}
}

// postSellerMessage sends a message on the case.
func (h *Handlers) postSellerMessage(c *gin.Context) error {
	v, err := h.sellerView(c)
	if err != nil {
		return err
	}
	return h.postCaseMessage(c, v, h.sellerCasePage)
}

// dueClock is the hero of a seller's case: until when, and what silence leads to.
func (d desk) dueClock(c models.Claim, p models.Policy, now time.Time) templates.Clock {
	if c.Status == models.AwaitingReturn {
		return d.returnClock(c, models.InstantOf(now), models.SellersTurn)
	}
	if c.ReplacementWaits() {
		return d.replacementClock(c, models.InstantOf(now), models.SideSeller)
	}
	return templates.Clock{Label: d.text("clock.answer_deadline"), At: c.DueAt.Time(), Now: now, Kind: templates.ClockDue, After: d.silence(c, p)}
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
	case c.Status == models.AwaitingReturn:
		return d.text("returns.short")
	case c.ReplacementWaits():
		return d.text("replacements.short")
	case !(c.Question != nil && c.Question.Pending) && p.GrantsAutomatically(c.Claimed, c.Currency):
		return d.text("seller.short_granted")
	}
	return d.text("seller.short_review")
}
