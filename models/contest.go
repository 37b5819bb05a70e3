package models

import (
	"slices"

	"hosho/models/health"
)

// ContestStatus is where a seller's contest of a counted order stands.
type ContestStatus string

// The states of a contest. While it is open the order counts, and is marked.
const (
	ContestOpen     ContestStatus = "open"
	ContestAccepted ContestStatus = "accepted" // the order does not count
	ContestRejected ContestStatus = "rejected"
)

// CountedAction is something a person does about a counted order (API.md §6).
type CountedAction string

// The actions about a counted order.
const (
	ContestsCount  CountedAction = "contest"
	AcceptsContest CountedAction = "accept_contest"
	RejectsContest CountedAction = "reject_contest"
	OverrulesCause CountedAction = "overrule_finding"
)

// ContestDays is how many days staff have to decide a contest.
const ContestDays = 7

// CountedActions are all of them.
var CountedActions = []CountedAction{ContestsCount, AcceptsContest, RejectsContest, OverrulesCause}

// CountContest is what a seller says against an order being counted. Its seller and staff read it.
type CountContest struct {
	Status    ContestStatus
	Reason    string
	Evidence  []Evidence
	At        Instant
	DueAt     Instant // staff decide by then; after it the contest waits on top of their desk
	Answer    string  // of who decided, to the seller
	DecidedAt Instant

	id      string
	number  int // of the contests of this order, from 1
	causes  int // that had been found when it was decided
	version int64
}

// Overdue reports whether staff have not decided it in time.
func (k CountContest) Overdue(now Instant) bool { return k.Status == ContestOpen && now >= k.DueAt }

// CountedLine is a line of a counted order that its seller cancelled. Basis tells that the buyer
// answered, never what.
type CountedLine struct {
	Line        int
	Title       string
	SKU         string
	CancelledAt Instant
	Stated      health.Stated
	Finding     health.Finding
	Basis       health.Basis
	Dearer      bool
}

// CountedOrder is an order with lines that a seller cancelled, as it counts against the seller, or
// why it does not.
type CountedOrder struct {
	OrderNumber string
	SellerID    string
	SellerName  string
	PlacedAt    Instant
	Counts      bool    // now
	Points      int     // it weighs; 0 where it does not count
	At          Instant // of the last cancellation
	LeavesAt    Instant // from then on it weighs nothing
	Lines       []CountedLine
	Contest     *CountContest  // the last, nil before there is one
	Earlier     []CountContest // those before it, the last first
	FoundAnew   bool           // another cause was found after the last contest was decided, and can be contested
	Version     int64          // of all of it
	Party       bool           // the viewer has bought of what the seller cancelled, and must not act on it as staff

	id string
}

// AllowedActions are what somebody on a side may do about the order now. Pure.
func (o CountedOrder) AllowedActions(side Side, now Instant) []CountedAction {
	var list []CountedAction
	switch {
	case side == SideSeller && o.Counts && o.contestable() && now < o.LeavesAt:
		list = append(list, ContestsCount)
	case side == SideStaff && !o.Party:
		if o.Contest != nil && o.Contest.Status == ContestOpen {
			list = append(list, AcceptsContest, RejectsContest)
		}
		list = append(list, OverrulesCause)
	}
	return list
}

// contestable reports whether no contest has met the causes as they are found now.
func (o CountedOrder) contestable() bool {
	return o.Contest == nil || o.Contest.Status != ContestOpen && o.FoundAnew
}

// answered is how staff who find a cause have answered a contest that waits: accepted where the
// cause does not count, rejected where it does, "" where none waits. Pure.
func (o CountedOrder) answered(found health.Finding) ContestStatus {
	switch {
	case o.Contest == nil || o.Contest.Status != ContestOpen:
		return ""
	case found.Counts():
		return ContestRejected
	}
	return ContestAccepted
}

// refuses says why an action cannot be done about the order now, nil where it can.
func (o CountedOrder) refuses(a CountedAction, side Side, now Instant) error {
	allowed := o.AllowedActions(side, now)
	switch {
	case slices.Contains(allowed, a):
		return nil
	case a == ContestsCount && !o.contestable():
		return &Error{Kind: Conflict, Code: "already_contested"}
	case a == ContestsCount && now >= o.LeavesAt:
		return (&Error{Kind: Conflict, Code: "contest_closed"}).With("until", o.LeavesAt)
	case a == ContestsCount:
		return &Error{Kind: Conflict, Code: "not_counted"}
	}
	return onlyAllowed(allowed)
}

// ActOnCounted is what a person says about a counted order.
type ActOnCounted struct {
	SellerID    string         `json:"-"`
	OrderNumber string         `json:"-"`
	Action      CountedAction  `json:"-"`
	Reason      string         `json:"reason" validate:"required,visible,max=2000,clean"`
	Evidence    []string       `json:"evidence" validate:"max=20,unique,dive,key"` // of a contest
	Finding     health.Finding `json:"finding" validate:"omitempty,oneof=stock_out buyer_request misdeclared other"`
	Version     *int64         `json:"version"` // of the counted order, from the last read
	Captioned
}

// check holds the input against the action: who overrules says what the cause was, and a contest
// that is accepted leaves a cause that does not count.
func (in ActOnCounted) check() error {
	if err := check(in); err != nil {
		return err
	}
	switch {
	case in.Action == OverrulesCause && in.Finding == "":
		return fieldError("finding", "required")
	case in.Action == AcceptsContest && in.Finding.Counts():
		return fieldError("finding", "unknown_value")
	case (in.Action == ContestsCount || in.Action == RejectsContest) && in.Finding != "":
		return fieldError("finding", "unknown_value")
	case in.Action != ContestsCount && len(in.Evidence) > 0:
		return fieldError("evidence", "unknown_value")
	}
	return nil
}

type contestRow struct {
	ID          string
	SellerID    string
	OrderID     string
	ContestNo   int
	Causes      int
	Status      ContestStatus
	Reason      string
	ContestedBy string
	ContestedAt Instant
	DueAt       Instant
	Answer      *string
	DecidedBy   *string
	DecidedAt   Instant
	Version     int64
}

func (contestRow) TableName() string { return "contests" }

func (r contestRow) contest() CountContest {
	return CountContest{Status: r.Status, Reason: r.Reason, At: r.ContestedAt, DueAt: r.DueAt, Answer: orEmpty(r.Answer), DecidedAt: r.DecidedAt, id: r.ID, number: r.ContestNo, causes: r.Causes, version: r.Version}
}
