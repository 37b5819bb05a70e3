package models

import (
	"time"

	"hosho/models/calendar"
)

// LineAction is something a buyer may want to do about an order line: possible now, or not,
// with the reason and, where time will change it, the instant. Nothing is hidden.
type LineAction struct {
	Name       string // contact, solved, claim, claim_ahead, outside_contact
	Allowed    bool
	Code       string     // why not: a rule code, or a code of its own
	At         Instant    // when it becomes possible; zero when time does not change it
	Assessment Assessment // of claim and claim_ahead
}

// The names of the actions on an order line.
const (
	LineContact        = "contact"
	LineSolved         = "solved"
	LineClaim          = "claim"
	LineClaimAhead     = "claim_ahead"
	LineOutsideContact = "outside_contact"
)

// ActionsOn lists what the buyer of this order may do about a line, for the problem it has
// told the seller about, or for a parcel that did not come where it has told nothing yet. Pure.
func (o Order) ActionsOn(l OrderLine, p Policy, now Instant, zone *time.Location) []LineAction {
	reason := NotReceived
	if l.Contact != nil && l.Contact.Topic.Covered() {
		reason = l.Contact.Topic
	}
	live := l.live()
	facts := o.Facts(l, reason, p, zone)
	facts.OwnOrder = true
	answer := Assess(facts, p, now, zone)
	facts.Schedule = true
	ahead := Assess(facts, p, now, zone)

	contact := LineAction{Name: LineContact, Allowed: true}
	solved := LineAction{Name: LineSolved, Allowed: live && l.OpenClaimID == ""}
	if !solved.Allowed {
		solved.Code = "no_wait_running"
	}
	claim := LineAction{Name: LineClaim, Allowed: answer.Eligible, Code: string(answer.Code), At: answer.AvailableAt, Assessment: answer}
	early := LineAction{Name: LineClaimAhead, Allowed: ahead.Eligible && answer.Code == RuleWaitNotElapsed, Code: string(ahead.Code), At: ahead.AvailableAt, Assessment: ahead}
	if !early.Allowed && early.Code == "" {
		early.Code = "wait_is_over"
	}
	outside := LineAction{Name: LineOutsideContact, Allowed: !live}
	if live {
		outside.Code = "wait_runs_already"
	}
	return []LineAction{claim, early, contact, solved, outside}
}

// CollisionNote is the last instants that still help where the wait would end after the
// filing deadline: contact and a filing ahead before the deadline count as in time. Pages
// show it from policy's day of the window on; zero before that and after the deadline.
func CollisionNote(l OrderLine, latest calendar.Date, p Policy, now Instant, zone *time.Location) Instant {
	from := InstantOf(calendar.StartOfDay(latest.AddDays(p.CollisionNoteDays), zone))
	if now < from || now >= l.DeadlineAt {
		return 0
	}
	return l.DeadlineAt
}

// LatestEstimate is the line's latest estimated delivery date, or what stands in for it.
func (o Order) LatestEstimate(l OrderLine, p Policy, zone *time.Location) calendar.Date {
	return latestEstimate(l.EstimatedLatest, o.PlacedAt, p, zone)
}

// QuickCheck are the answers to the four questions anyone may ask without signing in.
type QuickCheck struct {
	SoldBy      Fulfilment // seller, marketplace or first_party
	Digital     bool
	Reason      Reason
	Latest      calendar.Date // latest estimated delivery
	ContactedAt Instant       // zero: not yet
}

// Assess answers the four questions with the same rules a filing is asked. Pure.
func (q QuickCheck) Assess(p Policy, now Instant, zone *time.Location) Assessment {
	f := LineFacts{
		OwnOrder: true, FulfilledBy: q.SoldBy, Digital: q.Digital, Reason: q.Reason, Unrefunded: 1,
		LatestEstimate: q.Latest, DeadlineAt: InstantOf(calendar.FilingDeadline(q.Latest, p.FilingDays, zone)),
	}
	if q.ContactedAt != 0 {
		f.Contact = &Contact{SentAt: q.ContactedAt, WaitEndsAt: q.ContactedAt.Add(p.Wait())}
	}
	return Assess(f, p, now, zone)
}
