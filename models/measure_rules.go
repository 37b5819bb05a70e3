package models

import (
	"slices"

	"hosho/models/health"
)

// MeasureAction is something a person does to a measure (API.md §6).
type MeasureAction string

// The actions on a measure.
const (
	SubmitsPlan   MeasureAction = "submit_plan"
	AcceptsPlan   MeasureAction = "accept_plan"
	RejectsPlan   MeasureAction = "reject_plan"
	AppealsIt     MeasureAction = "appeal"
	DecidesAppeal MeasureAction = "decide_appeal"
	LiftsMeasure  MeasureAction = "lift"
)

// MeasureTransition is one row of the state table of measures. What is not in the table is denied.
type MeasureTransition struct {
	Action MeasureAction
	By     Side
	Role   Role // of staff, the only one that may
	From   []MeasureStatus
	Guard  func(m Measure, now Instant) bool
}

var decidedMeasures = []MeasureStatus{MeasureIsActive, MeasureIsEnded}

// MeasureTable is the life of a measure from its decision on; until then it is part of its
// investigation.
var MeasureTable = []MeasureTransition{
	{SubmitsPlan, SideSeller, "", []MeasureStatus{MeasureIsActive}, planIsDue},
	{AcceptsPlan, SideStaff, RoleLead, []MeasureStatus{MeasureIsActive}, planToRead},
	{RejectsPlan, SideStaff, RoleLead, []MeasureStatus{MeasureIsActive}, planToReadOrOverdue},
	{AppealsIt, SideSeller, "", decidedMeasures, mayBeAppealed},
	{DecidesAppeal, SideStaff, RoleLead, decidedMeasures, appealIsPending},
	{LiftsMeasure, SideStaff, RoleLead, []MeasureStatus{MeasureIsActive}, nil},
}

func (m Measure) planAsked() bool { return m.PlanStatus == planAwaited || m.PlanStatus == planReturned }

func planIsDue(m Measure, now Instant) bool   { return m.planAsked() && now < m.PlanDueAt }
func planToRead(m Measure, _ Instant) bool    { return m.PlanStatus == planSubmitted }
func planOverdue(m Measure, now Instant) bool { return m.planAsked() && now >= m.PlanDueAt }

// planToReadOrOverdue: staff ask for another one, or again for one that did not come.
func planToReadOrOverdue(m Measure, now Instant) bool {
	return planToRead(m, now) || planOverdue(m, now)
}

func mayBeAppealed(m Measure, now Instant) bool {
	return m.Decided() && m.Appeal == "" && now < m.AppealUntil
}
func appealIsPending(m Measure, _ Instant) bool { return m.Appeal == appealPending }

// may reports whether the table lets an actor on a side do this now. Pure.
func (m Measure) may(action MeasureAction, a Actor, side Side, now Instant) bool {
	return slices.ContainsFunc(MeasureTable, func(t MeasureTransition) bool {
		return t.Action == action && t.By == side && (t.Role == "" || t.Role == a.Role) && slices.Contains(t.From, m.Status) && (t.Guard == nil || t.Guard(m, now))
	})
}

// mayDecide: whoever decides an appeal has done nothing in the case before.
func (m Measure) mayDecide(a Actor) bool { return !slices.Contains(m.Involved, a.AccountID) }

// AllowedActions are what the actor may do to the measure now, in the order of the table. Pure.
func (m Measure) AllowedActions(a Actor, now Instant) []MeasureAction {
	list := []MeasureAction{}
	side := a.sideOf("", m.SellerID)
	if side == SideStaff && m.Party {
		return list
	}
	for _, t := range MeasureTable {
		if m.may(t.Action, a, side, now) && (t.Action != DecidesAppeal || m.mayDecide(a)) {
			list = append(list, t.Action)
		}
	}
	return list
}

// everMeasures reports whether the actor has this action on this side in any state.
func everMeasures(action MeasureAction, a Actor, side Side) bool {
	return slices.ContainsFunc(MeasureTable, func(t MeasureTransition) bool {
		return t.Action == action && t.By == side && (t.Role == "" || t.Role == a.Role)
	})
}

// measureFields are the fields of a proposal that its kind does not have, or lacks.
func (in ProposeMeasureInput) checkKind() error {
	var f fieldErrors
	switch {
	case in.Kind == health.OrderCap && in.Cap == nil:
		f.add("cap", "required")
	case in.Kind != health.OrderCap && in.Cap != nil:
		f.add("cap", "unknown_value")
	}
	if in.Kind != health.ListingPause && in.SKU != "" {
		f.add("sku", "unknown_value")
	}
	if in.Days != nil && (in.Kind == health.Plan || in.Kind == health.Termination) {
		f.add("days", "unknown_value") // a plan ends when it is accepted, a termination does not
	}
	return f.err()
}

// usualDays is how long a measure of a kind holds where nothing else is said; 0 without an end.
func (p Policy) usualDays(kind MeasureKind) int {
	switch kind {
	case MeasureNotice, health.Warning:
		return p.MeasureDays
	case health.OrderCap:
		return p.OrderCapDays
	case health.ListingPause:
		return p.ListingPauseDays
	case health.Plan, health.Termination:
	}
	return 0
}

// NeedsSecondLead reports whether a measure of the kind takes the approval of another lead:
// from the third level of the ladder on.
func (p Policy) NeedsSecondLead(kind MeasureKind) bool { return p.Health.LevelOf(kind) >= 3 }

// decide makes a proposal hold from its start on: at once, or a termination after its notice.
// Pure.
func (m Measure) decide(p Policy, now Instant) Measure {
	m.Status = MeasureIsActive
	m.StartsAt = now
	if m.Kind == health.Termination {
		m.StartsAt = now.Add(days(p.TerminationNoticeDays))
	} else {
		m.BeganAt = now
	}
	if m.Days > 0 {
		m.EndsAt = m.StartsAt.Add(days(m.Days))
	}
	m.AppealUntil = now.Add(days(p.MeasureAppealDays))
	if m.Kind == health.Plan {
		m.PlanStatus, m.PlanDueAt = planAwaited, now.Add(days(p.PlanDays))
	}
	return m
}

// end makes a measure hold no more. Pure.
func (m Measure) end(why MeasureEnd, words string, now Instant) Measure {
	m.Status, m.EndedAt, m.End, m.EndWords = MeasureIsEnded, now, why, words
	return m
}

// waiting is what of the measure waits for staff now. An appeal against one that has ended is
// decided all the same. Pure.
func (m Measure) waiting(now Instant) MeasureWait {
	switch {
	case m.Status == MeasureIsProposed:
		return ApprovalWaits
	case m.Appeal == appealPending:
		return AppealWaits
	case m.Status != MeasureIsActive:
		return NothingWaits
	case planToRead(m, now):
		return PlanWaits
	case planOverdue(m, now):
		return PlanIsOverdue
	}
	return NothingWaits
}

// wake makes happen what the clock brings about: it begins, it ends, the time for a plan is
// over. what names it, "" when it is only time to remind or nothing at all. Pure.
func (m Measure) wake(now Instant) (next Measure, what string) {
	switch {
	case m.Status != MeasureIsActive:
		return m, ""
	case m.EndsAt != 0 && now >= m.EndsAt:
		return m.end(EndedByTime, "", m.EndsAt), "ended"
	case m.BeganAt == 0 && now >= m.StartsAt:
		m.BeganAt = m.StartsAt
		return m, "started"
	case planOverdue(m, now) && m.Waits != PlanIsOverdue:
		return m, "plan_overdue"
	}
	return m, ""
}

// nextWake is when the clock looks at the measure next; zero for never. Pure.
func (m Measure) nextWake(p Policy, now Instant) Instant {
	if m.Status != MeasureIsActive {
		return 0
	}
	var next Instant
	soonest := func(at Instant) {
		if at != 0 && (next == 0 || at < next) {
			next = at
		}
	}
	soonest(m.EndsAt)
	if m.BeganAt == 0 {
		soonest(m.StartsAt)
	}
	if m.planAsked() && now < m.PlanDueAt {
		soonest(p.requestWake(m.PlanDueAt, now))
	}
	return next
}

// changedBy is the measure as an appeal has changed it: a shorter time, a higher cap. Pure.
// Kinds: Invalid where nothing changes, or for the worse.
func (m Measure) changedBy(in DecideAppealInput) (Measure, error) {
	var f fieldErrors
	if in.Days == nil && in.Cap == nil {
		f.add("days", "required")
	}
	if in.Days != nil {
		ends := m.StartsAt.Add(days(*in.Days))
		if m.EndsAt != 0 && ends >= m.EndsAt {
			f.add("days", "out_of_range")
		}
		m.Days, m.EndsAt = *in.Days, ends
	}
	if in.Cap != nil {
		if m.Kind != health.OrderCap || *in.Cap <= m.Cap {
			f.add("cap", "out_of_range")
		}
		m.Cap = *in.Cap
	}
	return m, f.err()
}
