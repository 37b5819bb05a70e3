package models

import (
	"slices"
)

// RequestKind is what a buyer asks of the seller before any claim (PRODUCT.md §7).
type RequestKind string

// The kinds of requests.
const (
	RequestCancel RequestKind = "cancel" // of a line that has not been shipped
	RequestReturn RequestKind = "return" // of a line that has: the seller may say no
)

// RequestKinds are the kinds, in the order pages list them.
var RequestKinds = []RequestKind{RequestCancel, RequestReturn}

// RequestStatus is where a request stands.
type RequestStatus string

// The states of a request. Silence is a state of its own and blocks nothing.
const (
	RequestOpen       RequestStatus = "open"
	RequestAccepted   RequestStatus = "accepted" // cancelling itself is the shop's, sending back the buyer's
	RequestDeclined   RequestStatus = "declined"
	RequestUnanswered RequestStatus = "unanswered" // the seller said nothing by due_at
	RequestWithdrawn  RequestStatus = "withdrawn"
	RequestSuperseded RequestStatus = "superseded" // the order has moved on, as by being shipped
	RequestFulfilled  RequestStatus = "fulfilled"  // the shop has done what the seller accepted
)

// The reasons of a request beside change of mind and the problem types of a contact.
const (
	OrderedByMistake Reason = "ordered_by_mistake"
	TakesTooLong     Reason = "takes_too_long"
)

// FreeReturns is the promise of a listing that the rules understand: the seller pays the
// postage of any return.
const FreeReturns = "free_returns"

// RequestReasons are the reasons a request of a kind may state. Those that are problem types
// make it a contact (PRODUCT.md §3).
func RequestReasons(kind RequestKind) []Reason {
	own := []Reason{ChangeOfMind}
	if kind == RequestCancel {
		own = append(own, OrderedByMistake, TakesTooLong)
	}
	return append(own, CoveredReasons...)
}

// RequestAction is what may be done about an open request.
type RequestAction string

// The actions.
const (
	AcceptsRequest   RequestAction = "accept"
	DeclinesRequest  RequestAction = "decline"
	WithdrawsRequest RequestAction = "withdraw"
)

// Request is a buyer's request that a line be cancelled or taken back.
type Request struct {
	ID            string
	OrderNumber   string
	OrderID       string
	Line          int
	LineID        string
	Title         string
	SellerID      string
	SellerName    string
	Kind          RequestKind
	Reason        Reason
	Status        RequestStatus
	Message       string
	MessageLocale string
	Evidence      []Evidence
	Postage       Side // who pays for sending back; "" of a cancellation
	SentAt        Instant
	DueAt         Instant // the seller answers before it; computed once
	Answer        string  // "" where the seller wrote nothing
	AnswerLocale  string
	Warnings      []Warning // of the answer
	ReturnAddress string
	AnsweredAt    Instant
	ClosedAt      Instant // when it was open no more
}

// Contact reports whether the request states a problem, and so counts as contact from the
// moment it was sent.
func (r Request) Contact() bool { return r.Reason.Covered() }

// asOf is the request at an instant: one that nobody answered by due_at is unanswered from
// then on, whether the clock has come round to writing it down or not. Pure.
func (r Request) asOf(now Instant) Request {
	if r.Status == RequestOpen && now >= r.DueAt {
		r.Status, r.ClosedAt = RequestUnanswered, r.DueAt
	}
	return r
}

// AllowedActions are what somebody on a side may do about the request now. Pure.
func (r Request) AllowedActions(side Side, now Instant) []RequestAction {
	switch {
	case r.asOf(now).Status != RequestOpen:
	case side == SideSeller:
		return []RequestAction{AcceptsRequest, DeclinesRequest}
	case side == SideBuyer:
		return []RequestAction{WithdrawsRequest}
	}
	return nil
}

// follow is what becomes of a request when the marketplace tells of its line. Cancelled after
// the seller accepted, or returned, is what was asked for; a line that has gone another way
// leaves nothing to answer. Pure.
func (r Request) follow(line LineStatus) RequestStatus {
	open, accepted := r.Status == RequestOpen, r.Status == RequestAccepted
	done, moved := Cancelled, line != Unshipped
	if r.Kind == RequestReturn {
		done, moved = Returned, line == Cancelled || line == Returned
	}
	switch {
	case accepted && line == done:
		return RequestFulfilled
	case (open || accepted) && moved:
		return RequestSuperseded
	}
	return r.Status
}

// RequestRule is why a request cannot be sent: a stable code with a sentence that names the
// way that fits.
type RequestRule string

// The rules of requests, in the order they are asked: what can never pass comes first.
const (
	RequestNotSellers  RequestRule = "request_not_sellers" // sold or shipped by the marketplace: its support
	RequestWasReturned RequestRule = "request_returned"
	RequestCancelled   RequestRule = "request_cancelled"   // already: where the refund stands
	RequestShipped     RequestRule = "request_shipped"     // no cancelling any more: a return
	RequestNotShipped  RequestRule = "request_not_shipped" // nothing to return yet: a cancellation
	RequestRefunded    RequestRule = "request_refunded"
	RequestClaimed     RequestRule = "request_claimed" // a claim is open: settled there
	RequestWaiting     RequestRule = "request_already_open"
	RequestAgreed      RequestRule = "request_already_accepted"
	RequestsUsedUp     RequestRule = "requests_used_up"
)

// RequestRules are all rules of requests, in their order.
var RequestRules = []RequestRule{
	RequestNotSellers, RequestWasReturned, RequestCancelled, RequestShipped, RequestNotShipped, RequestRefunded, RequestClaimed, RequestWaiting, RequestAgreed, RequestsUsedUp,
}

// RefusesRequest is the first rule that keeps a request of a kind from being sent about the
// line now, "" when it can be; sent are those there are on the line. Pure.
func (l OrderLine) RefusesRequest(kind RequestKind, sent []Request, p Policy, now Instant) RequestRule {
	if l.FulfilledBy != BySeller {
		return RequestNotSellers
	}
	switch l.Status {
	case Returned:
		return RequestWasReturned
	case Cancelled:
		return RequestCancelled
	case Shipped, Delivered:
		if kind == RequestCancel {
			return RequestShipped
		}
	case Unshipped:
		if kind == RequestReturn {
			return RequestNotShipped
		}
	}
	same := slices.DeleteFunc(slices.Clone(sent), func(r Request) bool { return r.Kind != kind })
	stands := func(s RequestStatus) bool {
		return slices.ContainsFunc(same, func(r Request) bool { return r.asOf(now).Status == s })
	}
	switch {
	case l.Unrefunded() == 0:
		return RequestRefunded
	case l.OpenClaimID != "":
		return RequestClaimed
	case stands(RequestOpen):
		return RequestWaiting
	case stands(RequestAccepted):
		return RequestAgreed
	case len(same) >= p.RequestsPerLine:
		return RequestsUsedUp
	}
	return ""
}

// ReturnPostage says who pays for sending a line back: the seller when a problem is the
// cause, or its listing promised free returns; else, for a change of mind, whom policy names.
// Pure.
func (p Policy) ReturnPostage(reason Reason, listing *Listing) Side {
	if reason.Covered() || listing != nil && slices.Contains(listing.Promises, FreeReturns) {
		return SideSeller
	}
	return p.ChangeOfMindPostage
}

// requestWake is when the clock looks at an open request next: to remind the seller, or at
// its end. Pure.
func (p Policy) requestWake(due, now Instant) Instant {
	for _, n := range p.ReminderHours {
		if at := due.Add(-hours(n)); at > now {
			return at
		}
	}
	return due
}

type requestRow struct {
	ID            string
	OrderID       string
	OrderLineID   string
	SellerID      string
	Kind          RequestKind
	OpenKind      *string
	Reason        Reason
	Status        RequestStatus
	Postage       Side
	MessageID     string
	AnswerID      string
	ReturnAddress string
	SentAt        Instant
	DueAt         Instant
	AnsweredAt    Instant
	ClosedAt      Instant
}

func (requestRow) TableName() string { return "requests" }
