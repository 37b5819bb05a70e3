package handlers

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// staffCase is a case in three columns: facts, both versions, what may be done now.
type staffCase struct {
	Number   string
	CaseFile string
	Item     string
	Tag      templates.Tag
	Clock    *templates.Clock
	Figure   templates.Figure
	Notice   *templates.Banner
	Facts    []templates.SummaryRow
	Lines    []sellerLine
	Clocks   []templates.SummaryRow
	Rules    []templates.SummaryRow
	Buyer    caseVersion
	Seller   caseVersion
	Compared []comparedFact
	Files    []templates.EvidenceItem // what staff have added
	Question *templates.Message
	Thread   []templates.Message
	Message  *messageForm // nil for who only reads
	Notes    []templates.Message
	Timeline templates.Timeline
	History  []historyList
	Letters  []namedLetter // the decision, or what is proposed
	First    []namedLetter // what an appeal is, or was, against, and what was said of one that changed nothing
	Proposed *templates.Banner
	Compare  string // where files of both stand side by side; "" without files
	Refund   *caseRefund
	Return   []templates.SummaryRow
	Replaced *replacementPart
	Photos   *photoPair
	Fault    *templates.Banner // stored evidence is not what was received

	Decide   *templates.Link // the filled button
	Moves    []templates.Link
	Quick    []templates.Link // what is done most, for a thumb
	Prev     string           // to the neighbours in the view one came from
	Next     string
	Pull     string // takes the next case that nobody has; "" for who decides none
	Take     string
	Release  string
	Holder   string
	Back     string // when one's own case goes back to nobody
	Why      string // why no decision can be made now
	ReadOnly bool
	Lead     bool
}

// caseVersion is what one side says and shows.
type caseVersion struct {
	Title  string
	Name   string
	Says   []templates.Message
	Files  []templates.EvidenceItem
	Silent string
}

// comparedFact is a fact that goes with what the buyer says or speaks against it.
type comparedFact struct {
	Text     string
	Conflict bool
}

type namedLetter struct {
	Name   string
	Letter templates.Letter
}

type historyList struct {
	Title string
	Text  string
	Cases []templates.Link
}

func (h *Handlers) showStaffCase(c *gin.Context) error { return h.staffCasePage(c, nil) }

// staffView reads a case for the desk.
func (h *Handlers) staffView(c *gin.Context) (models.ClaimView, bool, error) {
	v, err := h.caseView(c)
	if err != nil {
		return v, false, err
	}
	ok, err := h.onDesk(c, v)
	return v, ok, err
}

// onDesk leads staff who are a party of the case to the party's page.
func (h *Handlers) onDesk(c *gin.Context, v models.ClaimView) (bool, error) {
	if v.Side != models.SideStaff && v.Side != models.SideObserver {
		return false, seeOther(c, h.words(c).path("my/claims", v.Number))
	}
	return true, nil
}

func (h *Handlers) staffCasePage(c *gin.Context, said *entry) error {
	number, err := numberOf(c, 'C', "number")
	if err != nil {
		return err
	}
	v, order, err := h.store.ClaimWithOrder(c.Request.Context(), requestOf(c).actor, number)
	if err != nil {
		return err
	}
	if ok, err := h.onDesk(c, v); err != nil || !ok {
		return err
	}
	ctx, by, d, q := c.Request.Context(), requestOf(c).actor, h.desk(c, models.SideStaff), caseQuery(c)
	content := staffCase{
		Prev: q.stepHref(d, v.Number, stepPrev), Next: q.stepHref(d, v.Number, stepNext),
		Number: v.Number, CaseFile: q.caseHref(d, v.Number, "case-file"), Item: v.Title, Tag: templates.Tag{Status: string(v.Status), Role: "staff"}, ReadOnly: v.Side == models.SideObserver, Lead: by.Role == models.RoleLead,
		Figure: templates.Figure{Label: d.text("money.claimed"), Money: d.money(v.Claimed, v.Currency), Note: d.secondPerson(v, v.Claimed)},
	}
	if v.DueAt != 0 {
		clock := d.staffClock(v, v.Now.Time())
		content.Clock = &clock
	}
	if v.PauseUntil > v.Now {
		content.Notice = &templates.Banner{Tone: "info", Title: d.text("work.is_paused", "until", v.PauseUntil), Text: v.PauseReason}
	}
	if v.HoldUntil > v.Now {
		content.Notice = &templates.Banner{Tone: "info", Title: d.text("staff.on_hold", "until", v.HoldUntil), Text: v.HoldReason}
	}
	if slices.ContainsFunc(v.Evidence, func(e models.Evidence) bool { return e.Fault != "" }) {
		content.Fault = &templates.Banner{Tone: "danger", Title: d.text("staff.fault_title"), Text: d.text("staff.fault_text"), Role: "alert"}
	}
	thread, before, err := h.store.ThreadsOf(ctx, v, order)
	if err != nil {
		return err
	}
	content.Thread = d.messages(thread)
	h.staffFacts(d, v, order, before, &content)
	hints, err := h.hints(ctx, by, v, order.PlacedAt)
	if err != nil {
		return err
	}
	d.versions(besideDispute(v), d.pagesOf(c, v.Number), hints, &content)
	content.Replaced = d.replacement(v, models.SideStaff)
	content.Return, content.Photos = d.returnRows(v, models.SideStaff), d.photos(v, d.pagesOf(c, v.Number), hints)
	if len(v.Evidence) > 0 {
		content.Compare = d.pagesOf(c, v.Number)("compare")
	}
	content.Compared = d.compared(v, order)
	if content.Refund, err = h.caseRefund(ctx, d, v); err != nil {
		return err
	}
	if err := h.staffEvents(ctx, by, d, v, &content); err != nil {
		return err
	}
	if err := h.staffHistory(ctx, by, d, v, &content); err != nil {
		return err
	}
	d.staffMoves(v, q, &content)
	d.staffLetters(v, &content)
	f := said
	if f == nil {
		f = h.newEntry(c, caseMessageQuestions)
	}
	if v.Side == models.SideStaff {
		content.Pull = q.nextHref(d)
		form := f.caseBox(v, q.caseHref(d, v.Number, "messages"))
		content.Message = &form
	}
	p := h.page(c, d.text("staff.case_title", "number", v.Number), content)
	p.Wide = true
	p.Back = &templates.Link{Label: d.text("nav.queue"), Href: q.href(d), Key: "u"}
	p.Watch = d.watch(v)
	asDesk(c, &p)
	d.done(c, &p)
	d.decidedBefore(c, &p)
	return f.showPage("staff/case", p)
}

// notNow is said on the case to whoever comes from a page of an action that has gone by.
const notNow = "not_now"

// done says what the form just sent has done; unknown codes say nothing.
func (d desk) done(c *gin.Context, p *templates.Page) {
	code := c.Query("done")
	if !slices.Contains([]string{"send", "hold", "decided", "proposed", "approved", "sent_back", "asked", "noted", "paused", "resumed", "admitted", "taken", "released", "assigned", "put_on_hold", "legal_hold_set", "legal_hold_lifted", notNow, noneNext}, code) {
		return
	}
	tone := "ok"
	if code == notNow || code == noneNext {
		tone = "info"
	}
	p.Banner = &templates.Banner{Tone: tone, Title: d.text("work.done_" + code), Role: "status"}
}

func (h *Handlers) staffFacts(d desk, v models.ClaimView, order models.Order, before []models.Thread, s *staffCase) {
	s.Facts = []templates.SummaryRow{
		{Label: d.text("work.reason"), Value: d.label("reason", string(v.Reason))},
		{Label: d.text("seller.wish"), Value: d.label("desired_outcome", string(v.DesiredOutcome))},
		{Label: d.text("work.order_number"), Value: order.Number},
		{Label: d.text("work.placed"), At: timeOf(order.PlacedAt)},
		d.row(d.label("role", "buyer"), order.BuyerName+"\n"+order.BuyerEmail),
		{Label: d.label("role", "seller"), Value: v.SellerName, Lang: templates.LangOf(v.SellerName, d.locale), Links: []templates.Link{{Label: d.text("staff.seller_cases"), Href: d.path("staff/queue") + "?v=all&seller=" + v.SellerID}}},
	}
	var paid []string
	for _, p := range order.Payments {
		paid = append(paid, d.label("tender", string(p.Tender))+" "+d.spoken(p.Amount, order.Currency))
	}
	s.Facts = append(s.Facts, templates.SummaryRow{Label: d.text("staff.paid"), Value: strings.Join(paid, "\n")})
	if order.Chargeback {
		s.Facts = append(s.Facts, templates.SummaryRow{Label: d.text("staff.chargeback"), Value: d.text("staff.chargeback_open")})
	}
	for i, n := range v.LineNumbers() {
		line := sellerLine{}
		for _, p := range v.Listings {
			if p.Line == n {
				line.Pinned = d.listing(p, v.Currency)
			}
		}
		line.Facts = []templates.SummaryRow{{Label: d.text("money.claimed"), Money: &templates.Money{Amount: v.Lines[i].Amount, Currency: v.Currency}}}
		if l, ok := order.Line(n); ok {
			line.Facts = append(line.Facts, d.tracking(l)...)
			line.Facts = append(line.Facts, templates.SummaryRow{Label: d.text("work.estimate"), Value: d.day(order.LatestEstimate(l, v.Policy, h.store.Zone()))})
			if l.Refunded > 0 {
				line.Facts = append(line.Facts, templates.SummaryRow{Label: d.text("staff.refunded"), Money: &templates.Money{Amount: l.Refunded, Currency: v.Currency}})
			}
		}
		for _, t := range before {
			if t.Line == n {
				line.Thread = d.messages(t.Messages)
			}
		}
		s.Lines = append(s.Lines, line)
	}
	at := func(label string, i models.Instant) {
		if i != 0 {
			s.Clocks = append(s.Clocks, templates.SummaryRow{Label: d.text(label), At: timeOf(i)})
		}
	}
	at("work.filed", v.FiledAt)
	at("staff.opened", v.OpenedAt)
	due := func(label string, i models.Instant) {
		if i != 0 {
			s.Clocks = append(s.Clocks, templates.SummaryRow{Label: d.text(label), Value: d.text("work.until", "deadline", i)})
		}
	}
	due("staff.seller_due", v.SellerDueAt)
	due("staff.buyer_due", v.BuyerDueAt)
	at("staff.escalated", v.EscalatedAt)
	switch r := v.Retention(v.Policy); {
	case r.Held:
		s.Clocks = append(s.Clocks, templates.SummaryRow{Label: d.text("staff.files_kept"), Value: d.text("staff.files_held")})
	case !r.Open:
		s.Clocks = append(s.Clocks, templates.SummaryRow{Label: d.text("staff.files_kept"), Value: d.text("work.until", "deadline", r.Until)})
	}
	s.Clocks = append(s.Clocks, templates.SummaryRow{Label: d.text("staff.filing_deadline"), Value: d.text("work.until", "deadline", v.Assessment.DeadlineAt)})
	s.Rules = d.ruleRows(v)
}

// versions puts what both sides say and show side by side.
func (d desk) versions(v models.ClaimView, pages casePages, hints hinted, s *staffCase) {
	s.Buyer = caseVersion{
		Title: d.label("staff.version", "buyer"), Name: cmp.Or(v.BuyerName, v.BuyerEmail), Files: d.closer(pages, v.Evidence, models.SideBuyer, hints),
		Says: []templates.Message{{Who: cmp.Or(v.BuyerName, d.label("role", "buyer")), Side: "buyer", Text: v.Description, Lang: v.BuyerLocale, At: v.FiledAt.Time()}},
	}
	s.Files = d.closer(pages, v.Evidence, models.SideStaff, hints)
	s.Seller = caseVersion{Title: d.label("staff.version", "seller"), Name: v.SellerName, Files: d.closer(pages, v.Evidence, models.SideSeller, hints)}
	if o := v.Offer; o != nil {
		text := d.label("offer", string(o.Kind))
		if o.Amount > 0 {
			text += " " + d.spoken(o.Amount, v.Currency)
		}
		s.Seller.Says = append(s.Seller.Says, templates.Message{Who: v.SellerName, Side: "seller", Topic: text, Text: o.Message, Lang: v.SellerLocale, At: o.At.Time()})
	}
	for _, a := range v.Statements {
		m := templates.Message{Side: string(a.By), Text: a.Text, At: a.At.Time()}
		if a.By == models.SideBuyer {
			m.Who, m.Lang = cmp.Or(v.BuyerName, d.label("role", "buyer")), v.BuyerLocale
			s.Buyer.Says = append(s.Buyer.Says, m)
		} else {
			m.Who, m.Lang = v.SellerName, v.SellerLocale
			s.Seller.Says = append(s.Seller.Says, m)
		}
	}
	for i, m := range d.appealed(v) {
		if v.Appeals[i].By == models.SideBuyer {
			s.Buyer.Says = append(s.Buyer.Says, m)
		} else {
			s.Seller.Says = append(s.Seller.Says, m)
		}
	}
	if len(s.Seller.Says) == 0 {
		s.Seller.Silent = d.sellerSaid(v)
	}
	if q := v.Question; q != nil {
		s.Question = &templates.Message{Who: d.text("staff.question_to_" + string(q.Party)), Side: "staff", Text: q.Text, Lang: templates.LangOf(q.Text, d.locale), At: q.At.Time()}
	}
}

func (h *Handlers) staffEvents(ctx context.Context, by models.Actor, d desk, v models.ClaimView, s *staffCase) error {
	events, err := h.store.EventsOf(ctx, v)
	if err != nil {
		return err
	}
	s.Timeline = d.timeline(events)
	var authors []string
	for _, e := range events {
		if e.Type == "noted" && !slices.Contains(authors, e.ActorID) {
			authors = append(authors, e.ActorID)
		}
	}
	if v.TakenBy != "" {
		authors = append(authors, v.TakenBy)
	}
	if v.LegalHold != nil {
		authors = append(authors, v.LegalHold.By)
	}
	hands := models.TimeInHand(events, v.Now)
	for _, x := range hands {
		authors = append(authors, x.Account)
	}
	names, err := h.store.DeskNames(ctx, by, nil, authors)
	if err != nil {
		return err
	}
	for _, e := range events {
		if e.Type == "noted" {
			s.Notes = append(s.Notes, templates.Message{Who: cmp.Or(names[e.ActorID], d.label("role", string(e.ActorRole))), Side: "staff", Text: e.Texts["body"], Lang: templates.LangOf(e.Texts["body"], d.locale), At: e.At.Time(), Note: true})
		}
	}
	if x := v.LegalHold; x != nil {
		who := cmp.Or(names[x.By], d.label("role", "lead"))
		s.Facts = append(s.Facts, templates.SummaryRow{Label: d.text("staff.legal_hold"), Value: d.text("staff.legal_hold_since", "name", who, "held_at", x.At) + "\n" + x.Reason})
	}
	d.inHand(hands, names, s)
	switch v.TakenBy {
	case "":
		s.Holder = d.text("staff.nobody")
	case by.AccountID:
		s.Holder = d.text("staff.me")
	default:
		s.Holder = cmp.Or(names[v.TakenBy], d.label("role", "agent"))
	}
	if v.TakenAt != 0 {
		s.Holder = d.text("staff.held_since", "name", s.Holder, "taken_at", v.TakenAt)
	}
	if back := v.GoesBackAt(v.Policy); back != 0 && v.TakenBy == by.AccountID {
		s.Back = d.text("staff.goes_back", "back_at", back)
	}
	return nil
}

// staffMoves lists what may be done now; every one is a link or a button that works.
func (d desk) staffMoves(v models.ClaimView, q queueQuery, s *staffCase) {
	for _, a := range v.Allowed {
		link := templates.Link{Label: d.label("action", string(a)), Href: q.caseHref(d, v.Number, movePath(a)), Key: moveKey(a)}
		switch a { //nolint:exhaustive // those of a decision say what is decided
		case models.Decide:
			link.Label = d.text("staff.to_decide")
		case models.DecideAppeal:
			link.Label = d.text("appeals.to_decide")
		}
		if link.Key == "d" {
			s.Quick = slices.Insert(s.Quick, 0, link)
		} else if link.Key != "" {
			s.Quick = append(s.Quick, link)
		}
		switch a {
		case models.Decide, models.DecideAppeal, models.Approve:
			s.Decide = &link
		case models.Take:
			s.Take = q.caseHref(d, v.Number, "take")
		case models.Release:
			s.Release = q.caseHref(d, v.Number, "release")
		default:
			s.Moves = append(s.Moves, link)
		}
	}
	if s.Lead && v.Checkable() {
		s.Moves = append(s.Moves, templates.Link{Label: d.text("quality.pick"), Href: d.path("staff/cases", v.Number, "quality")})
	}
	switch {
	case s.ReadOnly:
		s.Why = d.text("staff.why_admin")
	case s.Decide == nil:
		s.Why = d.whyNot(v)
	}
}

// whyNot says why somebody who decides cannot decide this case now.
func (d desk) whyNot(v models.ClaimView) string {
	switch {
	case v.Status == models.UnderAppeal:
		return d.text("appeals.why_involved")
	case v.Status == models.AwaitingApproval && v.OpenAppeal() != nil:
		return d.text("appeals.why_no_approval")
	case v.Status == models.AwaitingApproval:
		return d.text("staff.why_own_proposal")
	case !v.Status.Open():
		return d.text("staff.why_closed")
	case v.DueAt != 0:
		return d.text("staff.why_turn", "actor", d.label("next_actor", string(v.NextActor)), "due_at", v.DueAt)
	}
	return d.text("staff.why_frozen")
}

// movePath is the last part of an action's address.
func movePath(a models.Action) string {
	switch a {
	case models.SendBack:
		return "send-back"
	case models.AddEvidence:
		return "evidence"
	case models.DecideAppeal:
		return string(models.Decide)
	case models.SetLegalHold, models.LiftLegalHold:
		return strings.ReplaceAll(string(a), "_", "-")
	default:
		return string(a)
	}
}

func (d desk) staffLetters(v models.ClaimView, s *staffCase) {
	x := v.Decision
	if v.Proposal != nil {
		x = v.Proposal
	}
	s.First = d.earlierLetters(v)
	if x == nil {
		return
	}
	if v.Proposal != nil {
		s.Proposed = &templates.Banner{Tone: "warn", Title: d.text("staff.proposed"), Text: d.text("staff.proposed_text")}
	}
	s.Letters = d.bothLetters(v.Claim, undated(*x, v.Proposal != nil))
}

// undated takes away the time of what is only proposed: it is decided when it is approved.
func undated(x models.Decision, proposed bool) models.Decision {
	if proposed {
		x.DecidedAt = 0
	}
	return x
}

// bothLetters is a decision as each party will read it.
func (d desk) bothLetters(c models.Claim, x models.Decision) []namedLetter {
	return []namedLetter{
		{d.text("staff.letter_buyer"), d.in(c.BuyerLocale).letterAbroad(c, x, models.SideBuyer, d.locale)},
		{d.text("staff.letter_seller"), d.in(c.SellerLocale).letterAbroad(c, x, models.SideSeller, d.locale)},
	}
}

// secondPerson says that a grant of this amount takes a second person, where it does.
func (d desk) secondPerson(v models.ClaimView, amount int64) string {
	if !v.Policy.NeedsApproval(amount, v.Currency) {
		return ""
	}
	l, ok := v.Policy.Limits[v.Currency]
	if !ok {
		return d.text("staff.second_always")
	}
	return d.text("staff.second_from", "limit", d.spoken(l.Approval, v.Currency))
}
