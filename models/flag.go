package models

import (
	"slices"

	"hosho/models/health"
)

// FlagStatus is where a flag stands.
type FlagStatus string

// The states of a flag.
const (
	FlagOpen      FlagStatus = "open" // told to staff, and to nobody else
	FlagWarned    FlagStatus = "warned"
	FlagLimited   FlagStatus = "limited"
	FlagSetAside  FlagStatus = "set_aside" // staff found nothing in it: it counts no more
	FlagWithdrawn FlagStatus = "withdrawn" // its warning was, on appeal: it counts no more
)

// FlagStatuses are the states in the order pages list them.
var FlagStatuses = []FlagStatus{FlagOpen, FlagWarned, FlagLimited, FlagSetAside, FlagWithdrawn}

// FlagWait is what of a flag waits for staff.
type FlagWait string

// What can wait.
const (
	FlagLook   FlagWait = "look"   // nobody has said anything to it
	FlagAppeal FlagWait = "appeal" // to be decided
)

// FlagWaits are what can wait for staff.
var FlagWaits = []FlagWait{FlagLook, FlagAppeal}

// FlagStepKind is what staff sent to whom a flag is about.
type FlagStepKind string

// The steps: a warning comes first, and nothing is limited before it.
const (
	FlagWarning FlagStepKind = "warning"
	FlagLimit   FlagStepKind = "limit"
)

// How a limit and an appeal end.
const (
	limitEndedByTime   = "time"
	limitEndedByLift   = "lifted"
	limitEndedByAppeal = "withdrawn"
	appealExpired      = "expired"   // nobody appealed in time
	AppealWithdrawn    = "withdrawn" // what was appealed is: it stays on the record and counts no more
)

// FlagStep is a warning or a limit, with its appeal.
type FlagStep struct {
	No          int
	Kind        FlagStepKind
	Words       string // of who sent it, to whom it is about
	ByID        string // an account; for staff
	At          Instant
	PerDay      int     // reports in 24 hours that a limit leaves
	EndsAt      Instant // of a limit, exclusive
	EndedAt     Instant
	End         string // why it ended
	EndWords    string
	AppealUntil Instant // exclusive
	Appeal      string  // "", pending, upheld, withdrawn, expired
	Grounds     string
	AppealedAt  Instant
	Evidence    []Evidence // of the appeal; told by the flag itself only
	DecidedAt   Instant
	DecidedBy   string // an account; for staff
	Explanation string

	fresh bool // not stored yet
}

// Stands reports whether the step was not withdrawn, and no appeal against it waits.
func (s FlagStep) Stands() bool {
	return s.No > 0 && s.Appeal != appealPending && s.Appeal != AppealWithdrawn
}

// Flag says why staff should look at a person who reports or claims, with the numbers as they
// stood, and what came of it. A machine raises it; whatever follows, a person does.
type Flag struct {
	ID         string
	Number     string
	AccountID  string
	Name       string // of the person; for staff
	Email      string
	Locale     string
	Kind       health.Suspicion
	SellerID   string // whom the reports were about; "" for all
	SellerName string
	Tally      health.Tally // as it stood
	Status     FlagStatus
	Waits      FlagWait
	Policy     int
	FlaggedAt  Instant
	ClosedAt   Instant // when it came to count no more
	Version    int64
	ChangedAt  Instant
	Steps      []FlagStep // the first first
	Cases      []string   // numbers of what was counted
	Now        health.Tally
	Own        bool     // about the viewer
	Involved   []string // accounts that have done something about it; for staff
}

// Warning is the warning that was sent, No 0 before.
func (f Flag) Warning() FlagStep {
	for _, s := range f.Steps {
		if s.Kind == FlagWarning {
			return s
		}
	}
	return FlagStep{}
}

// Limit is the latest limit, No 0 without one.
func (f Flag) Limit() FlagStep {
	for i := len(f.Steps) - 1; i >= 0; i-- {
		if f.Steps[i].Kind == FlagLimit {
			return f.Steps[i]
		}
	}
	return FlagStep{}
}

// OfClaims reports whether the flag is about claims; reports are never limited for these.
func (f Flag) OfClaims() bool { return f.Kind == health.ByDenied }

// FlagAction is something a person does about a flag.
type FlagAction string

// The actions about a flag.
const (
	SendsWarning   FlagAction = "warn"
	SetsFlagAside  FlagAction = "set_aside"
	SetsLimit      FlagAction = "limit"
	LiftsLimit     FlagAction = "lift"
	AppealsWarning FlagAction = "appeal_warning"
	AppealsLimit   FlagAction = "appeal_limit"
	DecidesWarning FlagAction = "decide_warning"
	DecidesLimit   FlagAction = "decide_limit"
)

// FlagTransition is one row of the state table of flags. What is not in the table is denied.
type FlagTransition struct {
	Action FlagAction
	By     Side
	Role   Role // of staff, the only one that may; "" is any of the side
	From   []FlagStatus
	Guard  func(f Flag, now Instant) bool
}

// FlagTable is the life of a flag.
var FlagTable = []FlagTransition{
	{SendsWarning, SideStaff, "", []FlagStatus{FlagOpen}, nil},
	{SetsFlagAside, SideStaff, "", []FlagStatus{FlagOpen}, nil},
	{SetsLimit, SideStaff, RoleLead, []FlagStatus{FlagWarned}, func(f Flag, _ Instant) bool { return !f.OfClaims() && f.Warning().Stands() }},
	{LiftsLimit, SideStaff, RoleLead, []FlagStatus{FlagLimited}, nil},
	{AppealsWarning, SideBuyer, "", []FlagStatus{FlagWarned, FlagLimited}, func(f Flag, now Instant) bool { return f.Warning().appealable(now) }},
	{AppealsLimit, SideBuyer, "", []FlagStatus{FlagLimited}, func(f Flag, now Instant) bool { return f.Limit().appealable(now) }},
	{DecidesWarning, SideStaff, "", []FlagStatus{FlagWarned, FlagLimited}, func(f Flag, _ Instant) bool { return f.Warning().Appeal == appealPending }},
	{DecidesLimit, SideStaff, RoleLead, []FlagStatus{FlagWarned, FlagLimited}, func(f Flag, _ Instant) bool { return f.Limit().Appeal == appealPending }},
}

// appealable: once, and in time.
func (s FlagStep) appealable(now Instant) bool {
	return s.No > 0 && s.Appeal == "" && now < s.AppealUntil
}

// side is where the actor stands: who is flagged on the buyer's side, whatever the role, so
// that staff act on no flag of their own.
func (f Flag) side(a Actor) Side {
	switch {
	case a.AccountID != "" && a.AccountID == f.AccountID:
		return SideBuyer
	case a.IsStaff():
		return SideStaff
	case a.Role == RoleAdmin:
		return SideObserver
	}
	return SideNone
}

// decides reports whether the action ends an appeal, which takes one who has done nothing about
// the flag before.
func (a FlagAction) decides() bool { return a == DecidesWarning || a == DecidesLimit }

// may reports whether the table lets the actor do this now. Pure.
func (f Flag) may(action FlagAction, a Actor, now Instant) bool {
	side := f.side(a)
	return slices.ContainsFunc(FlagTable, func(t FlagTransition) bool {
		return t.Action == action && t.By == side && (t.Role == "" || t.Role == a.Role) && slices.Contains(t.From, f.Status) && (t.Guard == nil || t.Guard(f, now))
	})
}

// AllowedActions are what the actor may do about the flag now, in the order of the table. Pure.
func (f Flag) AllowedActions(a Actor, now Instant) []FlagAction {
	list := []FlagAction{}
	for _, t := range FlagTable {
		if f.may(t.Action, a, now) && (!t.Action.decides() || !slices.Contains(f.Involved, a.AccountID)) {
			list = append(list, t.Action)
		}
	}
	return list
}

// everFlags reports whether the actor has this action on this side in any state.
func everFlags(action FlagAction, a Actor, side Side) bool {
	return slices.ContainsFunc(FlagTable, func(t FlagTransition) bool {
		return t.Action == action && t.By == side && (t.Role == "" || t.Role == a.Role)
	})
}

// waiting is what of the flag waits for staff. Pure.
func (f Flag) waiting() FlagWait {
	pending := slices.ContainsFunc(f.Steps, func(s FlagStep) bool { return s.Appeal == appealPending })
	switch {
	case pending:
		return FlagAppeal
	case f.Status == FlagOpen:
		return FlagLook
	}
	return ""
}

// nextWake is when the clock looks at the flag next: a limit ends, the time to appeal is over;
// zero for never. Pure.
func (f Flag) nextWake() (next Instant) {
	for _, s := range f.Steps {
		for _, at := range []Instant{s.openUntil(), s.holdsUntil()} {
			if at != 0 && (next == 0 || at < next) {
				next = at
			}
		}
	}
	return next
}

// openUntil is until when the step can still be appealed, zero once it was or nobody did.
func (s FlagStep) openUntil() Instant {
	if s.Appeal != "" {
		return 0
	}
	return s.AppealUntil
}

// holdsUntil is until when a limit holds, zero where none does.
func (s FlagStep) holdsUntil() Instant {
	if s.Kind != FlagLimit || s.EndedAt != 0 {
		return 0
	}
	return s.EndsAt
}

// wake makes happen what the clock brings about, at most one thing: a limit ends, or the time
// to appeal is over. what names it, "" for nothing. Pure.
func (f Flag) wake(now Instant) (next Flag, what string) {
	f.Steps = slices.Clone(f.Steps)
	for i, s := range f.Steps {
		if at := s.holdsUntil(); at != 0 && now >= at {
			f.Steps[i].EndedAt, f.Steps[i].End, f.Status = at, limitEndedByTime, FlagWarned
			return f, "limit_ended"
		}
		if at := s.openUntil(); at != 0 && now >= at {
			f.Steps[i].Appeal = appealExpired
			return f, "appeal_expired"
		}
	}
	return f, ""
}

// ReportLimit is what a limit leaves of reporting.
type ReportLimit struct {
	PerDay int
	EndsAt Instant // exclusive
	Flag   string  // number
}

// refuses is why a report is not taken under the limit, nil where it is. sent is when the
// sender's latest reports were, the newest first. Pure.
func (l ReportLimit) refuses(sent []Instant, p Policy, now Instant) error {
	if now >= l.EndsAt || p.reportsToday(sent, now) < l.PerDay {
		return nil
	}
	again := l.EndsAt
	if l.PerDay > 0 {
		again = min(again, sent[l.PerDay-1].Add(days(1)))
	}
	return (&Error{Kind: TooMany, Code: "reports_limited"}).With("max", l.PerDay).With("until", l.EndsAt).With("available_at", again).With("wait", again.Sub(now)).With("flag", l.Flag)
}
