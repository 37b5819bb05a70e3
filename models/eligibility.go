package models

import (
	"time"

	"hosho/models/calendar"
	"hosho/models/money"
)

// RuleCode names one rule of eligibility; it is the API's code when the rule fails first.
type RuleCode string

// The rules, in the order they are asked: what can never pass comes before what time will
// cure (PRODUCT.md §4).
const (
	RuleNotYourOrder       RuleCode = "not_your_order"
	RuleNotMarketplaceSold RuleCode = "not_marketplace_sold"
	RuleDigitalNotCovered  RuleCode = "digital_not_covered"
	RuleReasonNotCovered   RuleCode = "reason_not_covered"
	RuleAlreadyClaimed     RuleCode = "already_claimed"
	RuleAlreadyRefunded    RuleCode = "already_refunded"
	RuleChargebackOpen     RuleCode = "chargeback_open"
	RuleDeadlinePassed     RuleCode = "deadline_passed"
	RuleAmountTooLarge     RuleCode = "amount_too_large"
	RuleContactRequired    RuleCode = "contact_required"
	RuleWaitNotElapsed     RuleCode = "wait_not_elapsed"
	RuleNotOverdueYet      RuleCode = "not_overdue_yet"
	RuleEvidenceRequired   RuleCode = "evidence_required"
)

// RuleCodes is the order of the rules.
var RuleCodes = []RuleCode{
	RuleNotYourOrder, RuleNotMarketplaceSold, RuleDigitalNotCovered, RuleReasonNotCovered, RuleAlreadyClaimed, RuleAlreadyRefunded, RuleChargebackOpen,
	RuleDeadlinePassed, RuleAmountTooLarge, RuleContactRequired, RuleWaitNotElapsed, RuleNotOverdueYet, RuleEvidenceRequired,
}

// LineFacts is all that Assess looks at for one order line. Money is in minor units.
type LineFacts struct {
	OwnOrder        bool // the caller is the order's buyer
	FulfilledBy     Fulfilment
	Digital         bool
	Reason          Reason
	OpenClaim       bool
	ClaimsCounted   int
	Unrefunded      int64
	Chargeback      bool
	DeadlineAt      Instant // exclusive
	Claimed         int64   // 0 claims everything unrefunded
	Currency        string
	Contact         *Contact
	SellerSuspended bool
	LatestEstimate  calendar.Date
	ShippedAt       Instant
	FirstScanAt     Instant
	Exception       string
	AssumeContact   bool // as if contact had been made long ago (hosho assess)
	Filing          bool // evidence is asked for only then
	Schedule        bool // filing ahead: the wait counts as passed
	Files           int
}

// RuleResult is one rule's answer. TurnsAt is when a failing time rule will pass, or when a
// passing deadline will fail; zero when time does not change it.
type RuleResult struct {
	Code    RuleCode `json:"code"`
	Passed  bool     `json:"passed"`
	TurnsAt Instant  `json:"turns_at"`
}

// Assessment is the explainable answer. The same serves page, API and filing; a claim keeps
// the one it was filed under.
type Assessment struct {
	Eligible    bool         `json:"eligible"`
	Code        RuleCode     `json:"code"`         // the first failing rule, "" when eligible
	AvailableAt Instant      `json:"available_at"` // when the failing time rules turn; zero when that is not before the deadline
	WaitEndsAt  Instant      `json:"wait_ends_at"` // zero without contact
	DeadlineAt  Instant      `json:"deadline_at"`
	Rules       []RuleResult `json:"rules"`
	Policy      int          `json:"policy_version"`
	At          Instant      `json:"at"`
	Because     Because      `json:"because"`
}

// Because are the facts and policy values that the sentences about the rules name.
type Because struct {
	Reason      Reason        `json:"reason"`
	LatestDay   calendar.Date `json:"latest_day"`   // latest estimated delivery, or what stands in for it
	ContactedAt Instant       `json:"contacted_at"` // zero without contact
	WaitHours   int           `json:"wait_hours"`
	FilingDays  int           `json:"filing_days"`
	Limit       money.Amount  `json:"limit"` // the most that can be claimed
}

// Args fill the sentence of a rule: wait and window are durations, latest_day a date,
// contacted_at, wait_ends_at, deadline_at and turns_at instants, limit an amount.
func (a Assessment) Args(code RuleCode) map[string]any {
	return map[string]any{
		"wait": hours(a.Because.WaitHours), "window": days(a.Because.FilingDays), "latest_day": a.Because.LatestDay, "contacted_at": a.Because.ContactedAt,
		"wait_ends_at": a.WaitEndsAt, "deadline_at": a.DeadlineAt, "turns_at": a.Rule(code).TurnsAt, "available_at": a.AvailableAt, "limit": a.Because.Limit,
	}
}

// Rule returns the answer of one rule.
func (a Assessment) Rule(code RuleCode) RuleResult {
	for _, r := range a.Rules {
		if r.Code == code {
			return r
		}
	}
	return RuleResult{Code: code, Passed: true}
}

// Binding is the rule that says best why there is no claim yet: the first that fails, but of two
// dates the later one.
func (a Assessment) Binding() RuleCode {
	if late := a.Rule(RuleNotOverdueYet); a.Code == RuleWaitNotElapsed && a.WaitEndsAt != 0 && !late.Passed && late.TurnsAt > a.WaitEndsAt {
		return RuleNotOverdueYet
	}
	return a.Code
}

// Assess asks every rule and answers with all of them, so that a person can be told why,
// and when it changes. It is pure: no clock, no database.
func Assess(f LineFacts, p Policy, now Instant, zone *time.Location) Assessment {
	a := Assessment{DeadlineAt: f.DeadlineAt, Policy: p.Version, At: now, Because: because(f, p)}
	ask := func(code RuleCode, passed bool, turns Instant) {
		a.Rules = append(a.Rules, RuleResult{code, passed, turns})
		if !passed && a.Code == "" {
			a.Code = code
		}
	}
	claimed := f.Claimed
	if claimed == 0 {
		claimed = f.Unrefunded
	}
	limits, limited := p.Limits[f.Currency]

	ask(RuleNotYourOrder, f.OwnOrder, 0)
	ask(RuleNotMarketplaceSold, f.FulfilledBy == BySeller, 0)
	ask(RuleDigitalNotCovered, !f.Digital, 0)
	ask(RuleReasonNotCovered, f.Reason.Covered(), 0)
	ask(RuleAlreadyClaimed, !f.OpenClaim && f.ClaimsCounted < p.ClaimsPerLine, 0)
	ask(RuleAlreadyRefunded, f.Unrefunded > 0, 0)
	ask(RuleChargebackOpen, !f.Chargeback, 0)
	wait := waitOf(f, p)
	a.WaitEndsAt = wait.endsAt
	deadline := f.DeadlineAt
	if wait.endsAt >= f.DeadlineAt && wait.endsAt != 0 && f.Contact != nil && f.Contact.SentAt < f.DeadlineAt {
		// Deadline collision: policy may add a grace after the wait (0 by default).
		if grace := wait.endsAt.Add(hours(p.CollisionGraceHours)); p.CollisionGraceHours > 0 && grace > deadline {
			deadline = grace
		}
	}
	ask(RuleDeadlinePassed, now < deadline, deadline)
	ask(RuleAmountTooLarge, claimed <= f.Unrefunded && (!limited || claimed <= limits.MaxClaim), 0)
	ask(RuleContactRequired, wait.contacted, 0)
	ask(RuleWaitNotElapsed, wait.contacted && (now >= wait.endsAt || f.Schedule) || f.AssumeContact, wait.endsAt)
	overdue := overdueAt(f, p, zone)
	ask(RuleNotOverdueYet, f.Reason != NotReceived || now >= overdue, overdue)
	if f.Filing {
		ask(RuleEvidenceRequired, f.Files > 0 || !f.Reason.NeedsEvidence(), 0)
	}
	a.Eligible = a.Code == ""
	a.AvailableAt = availableAt(a.Rules, deadline)
	return a
}

// availableAt is the latest instant at which the failing time rules turn, or zero when one
// of them has no instant yet or it is not before the deadline.
func availableAt(rules []RuleResult, deadline Instant) Instant {
	var at Instant
	for _, r := range rules {
		if r.Passed {
			continue
		}
		if r.Code != RuleWaitNotElapsed && r.Code != RuleNotOverdueYet {
			continue
		}
		if r.TurnsAt == 0 {
			return 0 // nobody has contacted the seller: no instant can be promised
		}
		at = max(at, r.TurnsAt)
	}
	if at >= deadline {
		return 0
	}
	return at
}

func because(f LineFacts, p Policy) Because {
	b := Because{
		Reason: f.Reason, LatestDay: f.LatestEstimate, WaitHours: p.WaitHours, FilingDays: p.FilingDays, Limit: money.Amount{Amount: f.Unrefunded, Currency: f.Currency},
	}
	if f.Contact != nil && f.Contact.SolvedAt == 0 {
		b.ContactedAt = f.Contact.SentAt
	}
	if l, ok := p.Limits[f.Currency]; ok {
		b.Limit.Amount = min(b.Limit.Amount, l.MaxClaim)
	}
	return b
}

type waitFacts struct {
	contacted bool
	endsAt    Instant
}

// waitOf says whether a contact counts and when its wait ends. A contact that was solved
// counts no more. Policy switches, off by default, may cut the wait short.
func waitOf(f LineFacts, p Policy) waitFacts {
	c := f.Contact
	if c == nil || c.SolvedAt != 0 {
		return waitFacts{contacted: f.AssumeContact}
	}
	ends := c.WaitEndsAt
	switch {
	case p.CutWaitOnRefusal && c.RefusedAt != 0:
		ends = min(ends, c.RefusedAt)
	case p.CutWaitOnSuspension && f.SellerSuspended, p.CutWaitOnUndeliverable && f.Exception != "":
		ends = min(ends, c.SentAt)
	}
	return waitFacts{contacted: true, endsAt: ends}
}

// overdueAt is when "not received" may be claimed: the start of the day after three whole
// days past the latest estimate, or at once for a parcel marked undeliverable or sent back,
// or 72 h after shipping when the carrier has never scanned it.
func overdueAt(f LineFacts, p Policy, zone *time.Location) Instant {
	at := InstantOf(calendar.OverdueFrom(f.LatestEstimate, p.OverdueWholeDays, zone))
	if f.Exception == "undeliverable" {
		return 0
	}
	if f.ShippedAt != 0 && f.FirstScanAt == 0 {
		at = min(at, f.ShippedAt.Add(hours(p.NoScanHours)))
	}
	return at
}

// Facts gathers what Assess looks at for a line of this order.
func (o Order) Facts(l OrderLine, reason Reason, p Policy, zone *time.Location) LineFacts {
	return LineFacts{
		FulfilledBy: l.FulfilledBy, Digital: l.Digital, Reason: reason,
		OpenClaim: l.OpenClaimID != "", ClaimsCounted: l.ClaimsCounted, Unrefunded: l.Unrefunded(), Chargeback: o.Chargeback,
		DeadlineAt: l.DeadlineAt, Currency: o.Currency, Contact: l.Contact, SellerSuspended: l.SellerSuspended,
		LatestEstimate: latestEstimate(l.EstimatedLatest, o.PlacedAt, p, zone),
		ShippedAt:      l.ShippedAt, FirstScanAt: l.FirstScanAt, Exception: l.Exception,
	}
}
