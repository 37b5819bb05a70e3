package handlers

import (
	"net/url"
	"slices"
	"strconv"
	"time"

	"hosho/models"
	"hosho/templates"
)

// lineRows words everything one may want to do about an order line: that it can be done, or the
// reason why not of this very line, with the date when it can or another way.
type lineRows struct {
	words
	h      *Handlers
	order  models.Order
	line   models.OrderLine
	policy models.Policy
	now    models.Instant
	list   []models.LineAction
	back   map[int]string // by line: the claim whose refund gives it back

	requests []models.Request // on the line
}

func (r lineRows) at(page ...string) string {
	return r.path("my/orders", append([]string{r.order.Number, "lines", strconv.Itoa(r.line.Number)}, page...)...)
}

func (r lineRows) draft() string {
	return r.path("my/orders", r.order.Number, "claim", strconv.Itoa(r.line.Number))
}

func (r lineRows) live() bool { return r.line.Contact != nil && r.line.Contact.SolvedAt == 0 }

func (r lineRows) action(name string) models.LineAction { return action(r.list, name) }

// lastClaim is the claim filed last on the line; nil without one.
func (r lineRows) lastClaim() *models.ClaimRef {
	if n := len(r.line.Claims); n > 0 {
		return &r.line.Claims[n-1]
	}
	return nil
}

// replacing: goods sent anew are to come, and the way on if they do not is to reopen that claim.
func (r lineRows) replacing() bool {
	ref := r.lastClaim()
	return ref != nil && r.replacementStands(ref.Replacement, ref.Status, r.now) != "" && ref.Replacement.PaidBackAt == 0 && r.now < ref.Replacement.ReopenBy
}

func (r lineRows) toClaim() *templates.Link {
	if ref := r.lastClaim(); ref != nil {
		return &templates.Link{Label: r.text("orders.see_claim_of", "number", ref.Number), Href: r.path("my/claims", ref.Number)}
	}
	return nil
}

func (r lineRows) toContact(key string) *templates.Link {
	return &templates.Link{Label: r.text(key), Href: r.at("contact")}
}

// items are the rows, in the order in which they usually help.
func (r lineRows) items() []templates.ActionItem {
	return []templates.ActionItem{r.contact(), r.file(), r.ahead(), r.solved(), r.outside(), r.request(models.RequestCancel), r.request(models.RequestReturn), r.refund(), r.report()}
}

func (r lineRows) contact() templates.ActionItem {
	if r.live() {
		return templates.ActionItem{Label: r.text("orders.write_again"), Href: r.at("contact"), Allowed: true, Hint: r.text("orders.hint_again")}
	}
	hint := r.text("orders.hint_contact", "wait", r.policy.Wait())
	if r.now >= r.line.DeadlineAt || r.line.OpenClaimID != "" || neverCovered(r.action(models.LineClaim)) {
		hint = r.text("orders.hint_message")
	}
	return templates.ActionItem{Label: r.text("action.contact"), Href: r.at("contact"), Allowed: true, Hint: hint}
}

func (r lineRows) file() templates.ActionItem {
	a := r.action(models.LineClaim)
	item := templates.ActionItem{Label: r.text("action.file"), Href: r.draft(), Allowed: a.Allowed, Opens: timeOf(a.At), Deadline: timeOf(r.line.DeadlineAt)}
	if a.Allowed {
		return item
	}
	code := models.RuleCode(a.Code)
	item.Reason = r.refusal(a.Assessment, code)
	switch code {
	case models.RuleContactRequired:
		item.Other = r.toContact("action.contact")
	case models.RuleDeadlinePassed:
		item.Other = r.toContact("orders.ask_seller")
	case models.RuleWaitNotElapsed, models.RuleNotOverdueYet:
		item.Other = &templates.Link{Label: r.text("action.create_draft"), Href: r.draft()}
		if code == models.RuleWaitNotElapsed && r.line.Contact != nil {
			item.Opens = nil // its reason begins with the time
		}
	case models.RuleAlreadyClaimed:
		item.Reason, item.Other = r.claimed(), r.toClaim()
	default:
		item.Other = &templates.Link{Label: r.text("orders.see_rules"), Href: r.path("guarantee")}
	}
	return item
}

// claimed says which of the two that stand behind already_claimed it is.
func (r lineRows) claimed() string {
	if ref := r.lastClaim(); r.line.OpenClaimID != "" && ref != nil {
		return r.text("orders.why.claim_open", "number", ref.Number)
	}
	return r.text("orders.why.claims_used", "times", r.policy.ClaimsPerLine)
}

func (r lineRows) ahead() templates.ActionItem {
	a := r.action(models.LineClaimAhead)
	item := templates.ActionItem{Label: r.text("action.file_ahead"), Href: r.draft(), Allowed: a.Allowed, Hint: r.text("orders.hint_ahead"), Deadline: timeOf(r.line.DeadlineAt)}
	if a.Allowed {
		return item
	}
	code := models.RuleCode(a.Code)
	switch {
	case a.Code == "wait_is_over":
		item.Reason = r.text("orders.ahead.over", "wait_ends_at", r.line.Contact.WaitEndsAt)
		item.Other = &templates.Link{Label: r.text("action.file"), Href: r.draft()}
	case code == models.RuleAlreadyClaimed:
		item.Reason, item.Other = r.claimed(), r.toClaim()
	case code == models.RuleContactRequired:
		item.Reason, item.Other = r.text("orders.ahead.contact_required", "wait", r.policy.Wait()), r.toContact("action.contact")
	case code == models.RuleNotOverdueYet:
		item.Reason, item.Opens = r.text("orders.ahead.not_overdue_yet"), timeOf(a.Assessment.Rule(code).TurnsAt)
		item.Other = &templates.Link{Label: r.text("action.create_draft"), Href: r.draft()}
	case code == models.RuleDeadlinePassed:
		item.Reason, item.Other = r.text("orders.ahead.deadline_passed", "deadline_at", r.line.DeadlineAt), r.toContact("orders.ask_seller")
	default:
		item.Reason, item.Other = r.refusal(a.Assessment, code), &templates.Link{Label: r.text("orders.see_rules"), Href: r.path("guarantee")}
	}
	return item
}

func (r lineRows) solved() templates.ActionItem {
	item := templates.ActionItem{Label: r.text("action.solved"), Href: r.at("solved"), Allowed: r.action(models.LineSolved).Allowed, Hint: r.text("orders.hint_solved")}
	switch {
	case item.Allowed:
	case r.line.OpenClaimID != "":
		item.Reason, item.Other = r.text("orders.why.solved_claimed"), r.toClaim()
	case r.line.Contact == nil:
		item.Reason, item.Other = r.text("orders.why.solved_nothing"), r.toContact("action.contact")
	default:
		item.Reason, item.Other = r.text("orders.why.solved_already", "solved_at", r.line.Contact.SolvedAt), r.toContact("orders.new_problem")
	}
	return item
}

func (r lineRows) outside() templates.ActionItem {
	item := templates.ActionItem{Label: r.text("contact.outside"), Href: r.at("outside-contact"), Allowed: r.action(models.LineOutsideContact).Allowed, Hint: r.text("orders.hint_outside")}
	if !item.Allowed {
		item.Reason = r.text("orders.why.contacted", "contacted_at", r.line.Contact.SentAt)
		item.Other = &templates.Link{Label: r.text("orders.thread_link"), Href: "#line-" + strconv.Itoa(r.line.Number) + "-thread"}
	}
	return item
}

func (r lineRows) refund() templates.ActionItem {
	item := templates.ActionItem{Label: r.text("orders.refund"), Href: r.toRefund().Href, Allowed: true}
	ref, claim := r.lastClaim(), r.back[r.line.Number]
	if claim != "" {
		item.Href = r.refundPath(claim)
	}
	switch {
	case slices.ContainsFunc(r.order.Refunds, func(x models.OrderRefund) bool { return x.LineNumber == r.line.Number }):
		item.Hint = r.text("orders.hint_refunded", "amount", templates.Money{Amount: r.line.Refunded, Currency: r.order.Currency})
	case r.line.Owed > 0 && claim != "":
		item.Hint = r.text("orders.hint_owed", "amount", templates.Money{Amount: r.line.Owed, Currency: r.order.Currency})
	case claim != "":
		item.Hint = r.text("orders.hint_back")
	case r.line.OpenClaimID != "" && ref != nil:
		item.Allowed, item.Reason, item.Other = false, r.text("orders.why.refund_claim"), r.toClaim()
	case dueBack(r.line):
		item.Hint = r.text("orders.hint_due", "amount", templates.Money{Amount: r.line.Unrefunded(), Currency: r.order.Currency})
	default:
		item.Allowed, item.Reason, item.Other = false, r.text("orders.why.no_refund"), &templates.Link{Label: r.text("orders.payments"), Href: "#payments"}
	}
	return item
}

func (r lineRows) report() templates.ActionItem {
	item := templates.ActionItem{Label: r.text("orders.report"), Reason: r.text("orders.why.report_not_cancelled")}
	item.Other = &templates.Link{Label: r.text("orders.about_reports"), Href: r.path("report")}
	if r.line.Status != models.Cancelled || r.line.CancelledBy != "seller" {
		return item
	}
	if until := r.policy.ReportUntil(r.line.CancelledAt); r.now >= until {
		item.Reason = r.text("orders.why.report_late", "until", until)
		return item
	}
	item.Allowed, item.Hint, item.Deadline = true, r.text("orders.hint_report"), timeOf(r.policy.ReportUntil(r.line.CancelledAt))
	item.Href = r.path("my/reports/new") + "?seller=" + url.QueryEscape(r.line.SellerID) + "&order=" + url.QueryEscape(r.order.Number)
	return item
}

// due says that the line has ended, and what of its money is still to come back.
func (r lineRows) due() string {
	due := r.text("orders.hint_due", "amount", templates.Money{Amount: r.line.Unrefunded(), Currency: r.order.Currency})
	if r.line.CancelledAt == 0 {
		return due
	}
	return r.sentences(r.text("orders.why.cancelled", "cancelled_at", r.line.CancelledAt, "by", r.label("cancelled_by", r.line.CancelledBy)), due)
}

// standing is where the line stands: a tag, one sentence, and what to do next.
func (r lineRows) standing() (tag *templates.Tag, text string, primary *templates.Link) {
	l, a := r.line, r.action(models.LineClaim)
	ahead := r.action(models.LineClaimAhead)
	draft := func(key string) *templates.Link { return &templates.Link{Label: r.text(key), Href: r.draft()} }
	switch code := models.RuleCode(a.Code); {
	case r.replacing():
		ref := r.lastClaim()
		return &templates.Tag{Status: string(ref.Status), Role: "buyer"}, r.replacementStands(ref.Replacement, ref.Status, r.now), r.toClaim()
	case l.OpenClaimID != "" && r.lastClaim() != nil:
		return &templates.Tag{Status: string(r.lastClaim().Status), Role: "buyer"}, r.text("orders.stands.claimed"), r.toClaim()
	case a.Allowed:
		return &templates.Tag{Status: "open", Text: r.text("orders.can_file")}, r.text("orders.stands.open", "deadline_at", l.DeadlineAt), draft("action.file")
	case ahead.Allowed:
		return &templates.Tag{Status: "waiting", Text: r.text("orders.waiting", "wait", r.policy.Wait())}, r.text("orders.stands.waiting", "opens_at", a.At), draft("action.file_ahead")
	case dueBack(l) && l.Unrefunded() > 0 && code == models.RuleContactRequired:
		text := r.sentences(r.due(), r.text("orders.stands.contact", "wait", r.policy.Wait()))
		return &templates.Tag{Status: "attention", Text: r.text("orders.unrefunded")}, text, r.toContact("action.contact")
	case dueBack(l) && l.Unrefunded() > 0 && code == models.RuleNotOverdueYet:
		return &templates.Tag{Status: "attention", Text: r.text("orders.unrefunded")}, r.due(), r.toRefund()
	case code == models.RuleWaitNotElapsed || code == models.RuleNotOverdueYet && r.live():
		text := r.refusal(a.Assessment, code)
		return &templates.Tag{Status: "waiting", Text: r.text("orders.waiting_plain")}, text, draft("action.create_draft")
	case code == models.RuleContactRequired, code == models.RuleNotOverdueYet:
		return nil, r.text("orders.stands.contact", "wait", r.policy.Wait()), r.toContact("action.contact")
	case code == models.RuleAlreadyClaimed:
		return nil, r.claimed(), nil
	default:
		return nil, r.refusal(a.Assessment, code), nil
	}
}

// collision says what still helps where the wait would end after the filing deadline; "" where
// it would not.
func (r lineRows) collision() string {
	at := models.CollisionNote(r.line, r.order.LatestEstimate(r.line, r.policy, r.h.store.Zone()), r.policy, r.now, r.h.store.Zone())
	switch {
	case at == 0:
	case r.action(models.LineClaimAhead).Allowed && r.line.Contact.WaitEndsAt >= r.line.DeadlineAt:
		return r.text("orders.collision_ahead", "deadline_at", at)
	case models.RuleCode(r.action(models.LineClaim).Code) == models.RuleContactRequired && r.now.Add(r.policy.Wait()) >= r.line.DeadlineAt:
		return r.text("orders.collision", "deadline_at", at, "wait", r.policy.Wait())
	case models.RuleCode(r.action(models.LineClaim).Code) == models.RuleContactRequired:
		return r.text("orders.collision_soon", "contact_until", r.line.DeadlineAt.Add(-r.policy.Wait()), "deadline_at", at, "wait", r.policy.Wait())
	}
	return ""
}

// opensIn is the instant at which a claim about a problem could be filed if the seller were told
// of it now.
func (r lineRows) opensIn(topic models.Reason) *time.Time {
	told := r.line
	told.Contact = &models.Contact{Topic: topic, SentAt: r.now, WaitEndsAt: r.now.Add(r.policy.Wait())}
	if a := action(r.order.ActionsOn(told, r.policy, r.now, r.h.store.Zone()), models.LineClaim); a.At != 0 {
		return timeOf(a.At)
	}
	return nil
}
