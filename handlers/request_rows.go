package handlers

import (
	"slices"
	"strconv"
	"strings"

	"hosho/models"
	"hosho/templates"
)

// requestPart is where a request stands, and what comes next.
type requestPart struct {
	Title  string
	Tag    templates.Tag
	Text   string
	Clocks []templates.Clock
	Facts  []templates.SummaryRow
	Next   *templates.Link
	Links  []templates.Link
}

// requestTag is the state of a request; its inks are those of claims in like states.
func requestTag(w words, r models.Request, role string) templates.Tag {
	tag := templates.Tag{Role: role, Text: w.label("request_status", string(r.Status))}
	switch r.Status {
	case models.RequestOpen:
		if tag.Status = "awaiting_seller"; role == "seller" {
			tag.Text = "" // whose turn it is, in the words of cases
		}
	case models.RequestAccepted:
		tag.Status = "open"
	case models.RequestFulfilled:
		tag.Status = "settled"
	case models.RequestDeclined:
		tag.Status = "denied"
	case models.RequestUnanswered:
		tag.Status = "attention"
	case models.RequestWithdrawn, models.RequestSuperseded:
		tag.Status = "withdrawn"
	}
	return tag
}

// requestFacts are the reason, who pays the postage, and what the seller wrote, as a side reads it.
func (w words) requestFacts(r models.Request, side models.Side) []templates.SummaryRow {
	rows := []templates.SummaryRow{
		{Label: w.text("request_page.sent_at"), At: timeOf(r.SentAt)},
		{Label: w.text("request_page.reason"), Value: w.label("reason", string(r.Reason))},
	}
	if r.Kind == models.RequestReturn {
		rows = append(rows, templates.SummaryRow{Label: w.text("request_page.postage"), Value: w.text("request_page." + string(side) + "_reads_" + string(r.Postage) + "_" + causeOf(r.Reason))})
	}
	if r.Answer != "" {
		rows = append(rows, templates.SummaryRow{Label: w.text("request_page.answer"), Value: r.Answer, Lang: r.AnswerLocale})
	}
	if r.ReturnAddress != "" {
		rows = append(rows, w.row(w.text("request_page.address"), r.ReturnAddress))
	}
	return rows
}

// causeOf says whether a return is the seller's to answer for.
func causeOf(r models.Reason) string {
	if r.Covered() {
		return "problem"
	}
	return "own"
}

// requestParts are the requests on the line, the newest first.
func (r lineRows) requestParts() []requestPart {
	var list []requestPart
	for i := len(r.requests) - 1; i >= 0; i-- {
		list = append(list, r.requestPart(r.requests[i], i == len(r.requests)-1))
	}
	return list
}

func (r lineRows) requestPart(q models.Request, newest bool) requestPart {
	key := "request_stands." + string(q.Status)
	switch q.Status {
	case models.RequestAccepted:
		key += "_" + string(q.Kind)
	case models.RequestOpen, models.RequestDeclined, models.RequestUnanswered, models.RequestWithdrawn, models.RequestSuperseded, models.RequestFulfilled:
	}
	part := requestPart{
		Title: r.label("request", string(q.Kind)), Tag: requestTag(r.words, q, "buyer"), Facts: r.requestFacts(q, models.SideBuyer),
		Text: r.text(key, "due_at", q.DueAt, "last_at", q.DueAt, "answered_at", q.AnsweredAt, "closed_at", q.ClosedAt),
	}
	if !newest {
		return part
	}
	switch q.Status {
	case models.RequestOpen:
		part.Clocks = []templates.Clock{{Label: r.text("request_page.answer_by"), At: q.DueAt.Time(), Now: r.now.Time(), Kind: templates.ClockWait}}
		part.Links = []templates.Link{{Label: r.text("request_page.withdraw"), Href: r.at("requests", q.ID, "withdraw")}}
	case models.RequestDeclined, models.RequestUnanswered:
		var next string
		next, part.Next = r.afterNo()
		part.Text = r.sentences(part.Text, next)
	case models.RequestAccepted:
		part.Links = []templates.Link{*r.toContact("orders.write_again")}
	case models.RequestFulfilled:
		part.Next = r.toRefund()
	case models.RequestWithdrawn, models.RequestSuperseded:
	}
	return part
}

// afterNo is what a buyer can do next where the seller said no, or nothing, and from when.
func (r lineRows) afterNo() (string, *templates.Link) {
	claim := r.action(models.LineClaim)
	switch {
	case r.line.OpenClaimID != "":
		return r.text("request_stands.next_claimed"), r.toClaim()
	case r.line.Contact == nil || r.line.Contact.SolvedAt != 0:
		return r.text("request_stands.next_contact", "wait", r.policy.Wait()), r.toContact("action.contact")
	case claim.Allowed:
		return r.text("request_stands.next_open", "deadline_at", r.line.DeadlineAt), &templates.Link{Label: r.text("action.file"), Href: r.draft()}
	case claim.At != 0:
		return r.text("request_stands.next_later", "opens_at", claim.At), &templates.Link{Label: r.text("action.create_draft"), Href: r.draft()}
	}
	return r.text("request_stands.next_other"), r.toContact("orders.ask_seller")
}

// request is the row of a request of a kind: that it can be sent, or why not.
func (r lineRows) request(kind models.RequestKind) templates.ActionItem {
	item := templates.ActionItem{Label: r.text("orders." + string(kind)), Href: r.at(string(kind))}
	rule := r.line.RefusesRequest(kind, r.requests, r.policy, r.now)
	if item.Allowed = rule == ""; item.Allowed {
		item.Hint = r.text("orders.hint_"+string(kind), "period", hourPeriod(r.policy.RequestAnswerHours))
		return item
	}
	item.Reason, item.Other = r.refusedRequest(kind, rule)
	return item
}

// toRefund leads to what was paid and what has come back.
func (r lineRows) toRefund() *templates.Link {
	return &templates.Link{Label: r.text("orders.refund"), Href: r.path("my/orders", r.order.Number, "refund")}
}

// refusedRequest is why no request can be sent, and the way that fits.
func (r lineRows) refusedRequest(kind models.RequestKind, rule models.RequestRule) (string, *templates.Link) {
	reason := r.h.detail(r.locale, models.RefusedRequest(rule, r.line, r.requests, kind, r.policy), nil)
	switch rule {
	case models.RequestNotSellers:
		return reason, &templates.Link{Label: r.text("nav.contact"), Href: r.path("help/contact")}
	case models.RequestCancelled:
		if r.line.CancelledAt != 0 {
			reason = r.text("orders.why.cancelled", "cancelled_at", r.line.CancelledAt, "by", r.label("cancelled_by", r.line.CancelledBy))
		}
		return reason, r.toRefund()
	case models.RequestWasReturned, models.RequestRefunded:
		return reason, r.toRefund()
	case models.RequestShipped:
		return reason, &templates.Link{Label: r.text("orders.return"), Href: r.at("return")}
	case models.RequestNotShipped:
		return reason, &templates.Link{Label: r.text("orders.cancel"), Href: r.at("cancel")}
	case models.RequestClaimed:
		return reason, r.toClaim()
	case models.RequestWaiting, models.RequestAgreed:
		return reason, &templates.Link{Label: r.text("request_page.see"), Href: r.path("my/orders", r.order.Number) + "#line-" + strconv.Itoa(r.line.Number) + "-requests"}
	case models.RequestsUsedUp:
	}
	return reason, r.toContact("orders.ask_seller")
}

// promises are those of a listing, a line each; the one the rules understand reads as a word.
func (w words) promises(list []string) string {
	said := slices.Clone(list)
	for i, p := range said {
		if p == models.FreeReturns {
			said[i] = w.text("request_page.free_returns")
		}
	}
	return strings.Join(said, "\n")
}
