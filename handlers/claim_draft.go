package handlers

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// A claim is written as a draft on the server: a hub that lists what is asked, one question a
// page, each saved with its answer, and the answers to check. Nothing is sent before the last
// button, and sending twice is harmless.

// claimScope is what one draft is about: the lines of one seller in one order.
type claimScope struct {
	order  models.Order
	line   models.OrderLine // the one the draft was opened from
	lines  []models.OrderLine
	policy models.Policy
	now    models.Instant
}

func (h *Handlers) claimScope(c *gin.Context) (claimScope, error) {
	o, l, err := h.ownLine(c)
	if err != nil {
		return claimScope{}, err
	}
	s := claimScope{order: o, line: l}
	for _, other := range o.Lines {
		if other.SellerID == l.SellerID {
			s.lines = append(s.lines, other)
		}
	}
	s.policy, s.now, err = h.policyNow(c)
	return s, err
}

func (s claimScope) path(w words, more ...string) string {
	return w.path("my/orders", append([]string{s.order.Number, "claim", strconv.Itoa(s.line.Number)}, more...)...)
}

func (s claimScope) linePath(w words, page string) string {
	return w.path("my/orders", s.order.Number, "lines", strconv.Itoa(s.line.Number), page)
}

// chosen are the lines of these numbers.
func (s claimScope) chosen(numbers []int) []models.OrderLine {
	var list []models.OrderLine
	for _, l := range s.lines {
		if slices.Contains(numbers, l.Number) {
			list = append(list, l)
		}
	}
	return list
}

func unrefunded(lines []models.OrderLine) (sum int64) {
	for _, l := range lines {
		sum += l.Unrefunded()
	}
	return sum
}

// limit is the most that can be claimed of these lines.
func (s claimScope) limit(lines []models.OrderLine) templates.Money {
	most := unrefunded(lines)
	if l, ok := s.policy.Limits[s.order.Currency]; ok {
		most = min(most, l.MaxClaim)
	}
	return templates.Money{Amount: most, Currency: s.order.Currency}
}

// assess asks the rules of a filing for the chosen lines and returns the first answer that
// is no, or the last yes. Amounts are asked about by the filing itself.
func (h *Handlers) assess(s claimScope, b models.DraftBody, ahead bool) models.Assessment {
	var a models.Assessment
	for _, l := range s.chosen(b.Lines) {
		facts := s.order.Facts(l, b.Reason, s.policy, h.store.Zone())
		facts.OwnOrder, facts.Filing, facts.Schedule, facts.Files = true, true, ahead, len(b.Evidence)
		if a = models.Assess(facts, s.policy, s.now, h.store.Zone()); !a.Eligible {
			return a
		}
	}
	return a
}

// neverAgain tells the rules that neither time nor anything the buyer writes will cure.
func neverAgain(code models.RuleCode) bool {
	switch code { //nolint:exhaustive // the others are cured by time or by the buyer
	case models.RuleNotMarketplaceSold, models.RuleDigitalNotCovered, models.RuleAlreadyClaimed, models.RuleAlreadyRefunded, models.RuleChargebackOpen, models.RuleDeadlinePassed:
		return true
	}
	return false
}

// fresh is a draft nobody has begun: the line it was opened from and the problem the seller
// was told.
func (s claimScope) fresh() models.DraftBody {
	b := models.DraftBody{Lines: []int{s.line.Number}}
	if ct := s.line.Contact; ct != nil && ct.Topic.Covered() {
		b.Reason = ct.Topic
		for _, l := range s.lines {
			if l.Number != s.line.Number && l.Contact != nil && l.Contact.MessageID == ct.MessageID {
				b.Lines = append(b.Lines, l.Number)
			}
		}
	}
	return b
}

// waitRuns tells whether a chosen line is inside its wait.
func (s claimScope) waitRuns(b models.DraftBody) bool {
	return slices.ContainsFunc(s.chosen(b.Lines), func(l models.OrderLine) bool {
		return l.Contact != nil && l.Contact.SolvedAt == 0 && s.now < l.Contact.WaitEndsAt
	})
}

func waitEnd(lines []models.OrderLine) models.Instant {
	var at models.Instant
	for _, l := range lines {
		if l.Contact != nil {
			at = max(at, l.Contact.WaitEndsAt)
		}
	}
	return at
}

// draftOf is the draft there is, or what one begins with. Where no claim could ever be sent the
// page that says so has been given instead, and done is true.
func (h *Handlers) draftOf(c *gin.Context, s claimScope) (d models.Draft, done bool, err error) {
	d, err = h.store.DraftFor(c.Request.Context(), requestOf(c).actor, s.order.Number, s.line.SellerID)
	if err == nil {
		return d, false, nil
	}
	if models.KindOf(err) != models.NotFound {
		return d, false, err
	}
	if a := h.assess(s, models.DraftBody{Lines: []int{s.line.Number}, Reason: models.ReturnRefused}, true); neverAgain(a.Code) {
		return d, true, h.showNoClaim(c, s, a)
	}
	return models.Draft{OrderNumber: s.order.Number, SellerID: s.line.SellerID, Body: s.fresh()}, false, nil
}

// showNoClaim is the page in place of a draft that could never be sent, with the next best
// way; where there is a claim already, that claim.
func (h *Handlers) showNoClaim(c *gin.Context, s claimScope, a models.Assessment) error {
	w := h.words(c)
	if a.Code == models.RuleAlreadyClaimed && s.line.OpenClaimID != "" {
		return h.afterDraft(c, s)
	}
	page := checkResultPage{Detail: w.rule(a, a.Code), Ways: checkWays(w, a.Code)}
	page.Primary = templates.Link{Label: w.text("action.contact"), Href: s.linePath(w, "contact")}
	p := h.page(c, w.text("public.result."+string(a.Code)), page)
	p.Back = s.toOrder(w)
	return h.render(c, http.StatusOK, "public/result", p)
}

func (s claimScope) toOrder(w words) *templates.Link {
	return &templates.Link{Label: w.text("orders.order", "number", s.order.Number), Href: w.path("my/orders", s.order.Number)}
}

// afterDraft is where a check without a draft leads: the claim it became, or the hub.
func (h *Handlers) afterDraft(c *gin.Context, s claimScope) error {
	w := h.words(c)
	for _, l := range s.lines {
		if n := len(l.Claims); n > 0 && l.OpenClaimID != "" {
			return seeOther(c, w.path("my/claims", l.Claims[n-1].Number))
		}
	}
	if n := len(s.line.Claims); n > 0 {
		return seeOther(c, w.path("my/claims", s.line.Claims[n-1].Number))
	}
	return seeOther(c, s.path(w))
}

// claimQuestion names a question of a draft; it is the last part of its address.
type claimQuestion string

// The questions, in the order they are asked.
const (
	askReason   claimQuestion = "reason"
	askItems    claimQuestion = "items" // where the seller has several lines in the order
	askStory    claimQuestion = "story"
	askContact  claimQuestion = "contact-proof"
	askEvidence claimQuestion = "evidence"
	askOutcome  claimQuestion = "outcome"
)

var claimOrder = []claimQuestion{askReason, askItems, askStory, askContact, askEvidence, askOutcome}

// next is the question after this one; "" after the last.
func (s claimScope) next(q claimQuestion) claimQuestion {
	i := slices.Index(claimOrder, q) + 1
	if i < len(claimOrder) && claimOrder[i] == askItems && len(s.lines) == 1 {
		i++
	}
	if i == 0 || i >= len(claimOrder) {
		return ""
	}
	return claimOrder[i]
}

type claimTask struct {
	ask    claimQuestion
	status string
	hint   string
	reason string
}

// tasks are the five parts of a draft and how far each has come.
func (s claimScope) tasks(f *entry, b models.DraftBody) []claimTask {
	w := f.words
	done := func(is bool) string {
		if is {
			return templates.TaskDone
		}
		return templates.TaskTodo
	}
	lines := s.chosen(b.Lines)
	reason := claimTask{ask: askReason, status: done(b.Reason.Covered())}
	if b.Reason != "" {
		reason.hint = w.label("reason", string(b.Reason))
	}
	switch {
	case b.Reason == models.ChangeOfMind:
		reason.status = templates.TaskProblem
	case len(lines) == 0:
		reason.ask, reason.status, reason.hint = askItems, templates.TaskStarted, w.text("draft.no_items")
	}
	contact := claimTask{ask: askContact, status: templates.TaskDone}
	for _, l := range lines {
		if l.Contact == nil || l.Contact.SolvedAt != 0 {
			contact.status, contact.hint = templates.TaskTodo, w.text("draft.contact_missing")
		} else if contact.status == templates.TaskDone {
			contact.hint = w.text("draft.contact_on", "contacted_at", l.Contact.SentAt)
		}
	}
	proof := claimTask{ask: askEvidence, status: done(len(b.Evidence) > 0)}
	switch {
	case b.Reason == "":
		proof.status, proof.reason = templates.TaskBlocked, w.text("draft.evidence_after")
	case len(b.Evidence) > 0:
		proof.hint = w.text("draft.files", "files", len(b.Evidence))
	case !b.Reason.NeedsEvidence():
		proof.status = templates.TaskOptional
	default:
		proof.hint = w.text("draft.evidence_needed")
	}
	wish := claimTask{ask: askOutcome, status: done(b.DesiredOutcome != "")}
	if b.DesiredOutcome != "" {
		wish.hint = w.label("desired_outcome", string(b.DesiredOutcome))
		if fault := s.amountFault(f, b); fault != "" {
			wish.status, wish.hint = templates.TaskProblem, fault
		}
	}
	return []claimTask{reason, {ask: askStory, status: done(b.Description != "")}, contact, proof, wish}
}

// amountFault says why an amount cannot be claimed; "" where it can.
func (s claimScope) amountFault(f *entry, b models.DraftBody) string {
	limit := s.limit(s.chosen(b.Lines))
	switch n := f.parsed(b.Amount, s.order.Currency); {
	case n != nil && *n > limit.Amount:
		return f.words.text("rule.amount_too_large.detail", "limit", limit)
	case n == nil && b.Amount != "":
		return f.words.text("draft.amount_unread")
	case n == nil && b.DesiredOutcome == models.WantsPartialRefund:
		return f.words.text("draft.amount_missing")
	}
	return ""
}

// undone is the first task that a claim cannot be checked without; contact is left to the
// rules, which name the date.
func undone(tasks []claimTask) (claimTask, bool) {
	for _, t := range tasks {
		if t.status != templates.TaskDone && t.status != templates.TaskOptional {
			return t, true
		}
	}
	return claimTask{}, false
}

type draftHub struct {
	Item    []templates.SummaryRow
	Clocks  []templates.Clock
	Changed []string // what has happened since the draft was begun
	Blocked string   // why a claim cannot be sent now, while a draft can be written
	Saved   string
	Tasks   []templates.Task
	Next    templates.Link
	Ahead   string // that it can be filed inside the wait
	Remind  *remindPart
	Discard string
}

// showDraft is the hub of a draft.
func (h *Handlers) showDraft(c *gin.Context) error {
	s, err := h.claimScope(c)
	if err != nil {
		return err
	}
	d, done, err := h.draftOf(c, s)
	if done || err != nil {
		return err
	}
	w, b := h.words(c), d.Body
	page := draftHub{
		Item:   []templates.SummaryRow{w.row(w.text("contact.item"), joinTitles(s.chosen(b.Lines), s.line)), w.row(w.label("role", "seller"), s.line.SellerName), {Label: w.text("orders.number"), Value: s.order.Number}},
		Clocks: h.lineClocks(w, s.order, s.line, s.policy, s.now),
	}
	if d.ChangedAt != 0 {
		page.Saved, page.Discard = w.text("draft.saved", "saved_at", d.ChangedAt), s.path(w, "discard")
		if page.Changed, err = h.draftChanges(c, s, d); err != nil {
			return err
		}
	}
	tasks := s.tasks(h.newEntry(c, claimAsks), b)
	for _, t := range tasks {
		page.Tasks = append(page.Tasks, templates.Task{Label: w.text("draft.task." + taskKey(t.ask)), Href: s.path(w, string(t.ask)), Hint: t.hint, Status: t.status, Reason: t.reason})
	}
	page.Next = templates.Link{Label: w.text("draft.to_check"), Href: s.path(w, "check")}
	if t, open := undone(tasks); open {
		page.Next = templates.Link{Label: w.text("draft.go_on", "task", w.text("draft.task."+taskKey(t.ask))), Href: s.path(w, string(t.ask))}
	}
	if s.waitRuns(b) {
		page.Ahead = w.text("draft.ahead", "opens_at", waitEnd(s.chosen(b.Lines)))
		reminded, err := h.store.Reminded(c.Request.Context(), s.order)
		if err != nil {
			return err
		}
		page.Remind = h.remindPart(w, s.order, s.line, s.policy, s.now, slices.Contains(reminded, s.line.Number), s.path(w))
	} else if a := h.assess(s, firstReason(b), true); !a.Eligible && a.Code != models.RuleEvidenceRequired && a.Code != models.RuleReasonNotCovered && len(b.Lines) > 0 {
		page.Blocked = w.refusal(a, a.Code)
	}
	p := h.page(c, w.text("draft.hub"), page)
	p.Back = s.toOrder(w)
	return h.render(c, http.StatusOK, "claims/draft", p)
}

// taskKey is the name of a question in the catalogue.
func taskKey(q claimQuestion) string {
	if q == askContact {
		return "contact"
	}
	if q == askItems {
		return string(askReason)
	}
	return string(q)
}

func joinTitles(lines []models.OrderLine, instead models.OrderLine) string {
	if len(lines) == 0 {
		return instead.Title
	}
	titles := ""
	for i, l := range lines {
		if i > 0 {
			titles += "\n"
		}
		titles += l.Title
	}
	return titles
}

// firstReason stands in while no reason is chosen, so that what blocks any claim is said at
// once.
func firstReason(b models.DraftBody) models.DraftBody {
	if b.Reason == "" || b.Reason == models.ChangeOfMind {
		b.Reason = models.ReturnRefused
	}
	return b
}

// draftChanges says what has happened to the lines of a draft since it was begun, so that
// nobody sends what is no longer so.
func (h *Handlers) draftChanges(c *gin.Context, s claimScope, d models.Draft) ([]string, error) {
	w, since := h.words(c), d.BegunAt
	var list []string
	note := func(at models.Instant, key string) {
		if at > since {
			list = append(list, w.text("draft.changed."+key, "happened_at", at))
		}
	}
	thread, err := h.lineThread(c, s.order.Number, s.line.Number)
	if err != nil {
		return nil, err
	}
	var answered models.Instant
	for _, m := range thread {
		if m.AuthorRole == models.SideSeller {
			answered = max(answered, m.SentAt)
		}
	}
	note(answered, "answered")
	for _, l := range s.chosen(d.Body.Lines) {
		note(l.ShippedAt, "shipped")
		note(l.DeliveredAt, "delivered")
		note(l.CancelledAt, "cancelled")
		if l.Contact != nil {
			note(l.Contact.RefusedAt, "refused")
			note(l.Contact.SolvedAt, "solved")
		}
		for _, r := range s.order.Refunds {
			if r.LineNumber == l.Number {
				note(r.At, "refunded")
			}
		}
	}
	return list, nil
}

type discardPage struct{ Stop templates.Interruption }

// showDiscard asks once before a draft is thrown away.
func (h *Handlers) showDiscard(c *gin.Context) error {
	s, err := h.claimScope(c)
	if err != nil {
		return err
	}
	w := h.words(c)
	d, err := h.store.DraftFor(c.Request.Context(), requestOf(c).actor, s.order.Number, s.line.SellerID)
	if models.KindOf(err) == models.NotFound {
		return seeOther(c, w.path("my/orders", s.order.Number))
	}
	if err != nil {
		return err
	}
	stop := templates.Interruption{Title: w.text("draft.discard_title"), Heading: true, Text: []string{w.text("draft.discard_text", "saved_at", d.ChangedAt)}}
	if n := len(d.Body.Evidence); n > 0 {
		stop.Text = append(stop.Text, w.text("draft.discard_files", "files", n))
	}
	stop.On = templates.Submit{Label: w.text("draft.discard"), Cancel: &templates.Link{Label: w.text("draft.keep"), Href: s.path(w)}}
	return h.show(c, "claims/discard", stop.Title, discardPage{stop})
}

// discardClaim throws the draft away.
func (h *Handlers) discardClaim(c *gin.Context) error {
	s, err := h.claimScope(c)
	if err != nil {
		return err
	}
	if err := h.store.DiscardDraft(c.Request.Context(), requestOf(c).actor, s.order.Number, s.line.SellerID); err != nil {
		return err
	}
	return seeOther(c, h.words(c).path("my/orders", s.order.Number))
}
