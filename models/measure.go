package models

import (
	"encoding/json"
	"fmt"
	"slices"

	"hosho/models/health"
)

// MeasureKind is what a measure does (PRODUCT.md §8.6).
type MeasureKind = health.Measure

// MeasureNotice is a notice without a step of its own on the ladder: the seller is told and
// nothing else changes.
const MeasureNotice MeasureKind = "notice"

// MeasureKinds are the kinds of measures, the mildest first.
var MeasureKinds = []MeasureKind{MeasureNotice, health.Plan, health.Warning, health.OrderCap, health.ListingPause, health.Termination}

// MeasureStatus is where a measure stands.
type MeasureStatus string

// The states of a measure.
const (
	MeasureIsProposed   MeasureStatus = "proposed"
	MeasureIsActive     MeasureStatus = "active"     // decided; it holds from starts_at on
	MeasureIsEnded      MeasureStatus = "ended"      // by time, by a lead, by an accepted plan; or a proposal that was sent back
	MeasureIsOverturned MeasureStatus = "overturned" // by an appeal: as if it had never been, but for the record
)

// MeasureStatuses are the states in the order pages list them.
var MeasureStatuses = []MeasureStatus{MeasureIsProposed, MeasureIsActive, MeasureIsEnded, MeasureIsOverturned}

// MeasureEnd is why a measure ended.
type MeasureEnd string

// Why a measure ends.
const (
	EndedByTime       MeasureEnd = "time"
	EndedByLift       MeasureEnd = "lifted"
	EndedByPlan       MeasureEnd = "plan_accepted"
	EndedBySentBack   MeasureEnd = "sent_back" // a proposal that no second lead agreed to
	EndedByOverturned MeasureEnd = "overturned"
)

// MeasureWait is what of a measure waits for staff.
type MeasureWait string

// What can wait.
const (
	NothingWaits   MeasureWait = ""
	ApprovalWaits  MeasureWait = "approval"
	PlanWaits      MeasureWait = "plan"         // to be read
	PlanIsOverdue  MeasureWait = "plan_overdue" // did not come in time
	AppealWaits    MeasureWait = "appeal"
	planAwaited    PlanStatus  = "awaited"
	planSubmitted  PlanStatus  = "submitted"
	planReturned   PlanStatus  = "returned" // with points to mend
	planAccepted   PlanStatus  = "accepted"
	appealPending  string      = "pending"
	AppealUpheld   string      = "upheld"
	AppealChanged  string      = "changed"
	AppealOverturn string      = "overturned"
)

// MeasureWaits are what can wait for staff, in the order pages list it.
var MeasureWaits = []MeasureWait{ApprovalWaits, AppealWaits, PlanWaits, PlanIsOverdue}

// PlanStatus is where the plan that a measure asks for stands; "" where it asks for none.
type PlanStatus string

// Plan is one version of a seller's plan, with what staff said of it.
type Plan struct {
	Version      int
	RootCause    string
	ActionsTaken string
	Prevention   string
	At           Instant
	Answer       PlanStatus // accepted or returned; "" while it is to be read
	AnsweredAt   Instant
	Points       []string // to mend
}

// Measure is a measure on a seller, with its statement of reasons.
type Measure struct {
	ID              string
	Number          string
	InvestigationID string
	Investigation   string // its number
	SellerID        string
	SellerName      string
	Kind            MeasureKind
	SKU             string // of a listing pause: the one listing; "" all of them
	Cap             int    // of an order cap: orders a day
	Days            int    // how long it holds; 0 without an end of its own
	Status          MeasureStatus
	Waits           MeasureWait
	Ladder          SellerNumbers // how the seller stood when it was proposed
	Facts           string
	Rule            string
	Explanation     string
	ProposedAt      Instant
	ProposedBy      string // an account; for staff
	ApprovedAt      Instant
	ApprovedBy      string
	StartsAt        Instant
	BeganAt         Instant // when it was told that it holds; zero before
	EndsAt          Instant // exclusive; zero without an end
	EndedAt         Instant
	End             MeasureEnd
	EndWords        string
	AppealUntil     Instant // exclusive; zero before it is decided
	PlanStatus      PlanStatus
	PlanDueAt       Instant
	PlanCount       int
	Plans           []Plan // the first first
	Appeal          string // "", pending, upheld, changed, overturned
	Grounds         string
	AppealedAt      Instant
	AppealDecidedAt Instant
	AppealWords     string
	Policy          int
	Version         int64
	ChangedAt       Instant
	Involved        []string // accounts that have done something in its case; for staff
	Party           bool     // as of Investigation
	Evidence        []Evidence
	relied          []string // orders
}

// Decided reports whether the measure was ever more than a proposal.
func (m Measure) Decided() bool { return m.AppealUntil != 0 }

// Holds reports whether the measure binds the seller at that time.
func (m Measure) Holds(now Instant) bool {
	return m.Status == MeasureIsActive && now >= m.StartsAt && (m.EndsAt == 0 || now < m.EndsAt)
}

type measureRow struct {
	ID              string
	Number          string
	InvestigationID string
	SellerID        string
	Kind            MeasureKind
	Sku             string
	Cap             int
	Days            int
	Status          MeasureStatus
	Waits           MeasureWait
	Ladder          string
	Facts           string
	Rule            string
	Explanation     string
	ProposedAt      Instant
	ProposedBy      string
	ApprovedAt      Instant
	ApprovedBy      string
	StartsAt        Instant
	BeganAt         Instant
	EndsAt          Instant
	EndedAt         Instant
	EndReason       MeasureEnd
	EndWords        string
	AppealUntil     Instant
	PlanStatus      PlanStatus
	PlanDueAt       Instant
	Plans           int
	AppealStatus    string
	Grounds         string
	AppealedAt      Instant
	AppealDecidedAt Instant
	AppealWords     string
	Relied          string
	PolicyVersion   int
	Version         int64
	ChangedAt       Instant
}

func (measureRow) TableName() string { return "measures" }

type measureJoined struct {
	Row           measureRow `gorm:"embedded"`
	SellerName    string
	Investigation string
}

func (r measureJoined) measure() (Measure, error) {
	x := r.Row
	m := Measure{
		ID: x.ID, Number: x.Number, InvestigationID: x.InvestigationID, Investigation: r.Investigation, SellerID: x.SellerID, SellerName: r.SellerName,
		Kind: x.Kind, SKU: x.Sku, Cap: x.Cap, Days: x.Days, Status: x.Status, Waits: x.Waits, Facts: x.Facts, Rule: x.Rule, Explanation: x.Explanation,
		ProposedAt: x.ProposedAt, ProposedBy: x.ProposedBy, ApprovedAt: x.ApprovedAt, ApprovedBy: x.ApprovedBy, StartsAt: x.StartsAt, BeganAt: x.BeganAt, EndsAt: x.EndsAt,
		EndedAt: x.EndedAt, End: x.EndReason, EndWords: x.EndWords, AppealUntil: x.AppealUntil, PlanStatus: x.PlanStatus, PlanDueAt: x.PlanDueAt, PlanCount: x.Plans,
		Appeal: x.AppealStatus, Grounds: x.Grounds, AppealedAt: x.AppealedAt, AppealDecidedAt: x.AppealDecidedAt, AppealWords: x.AppealWords,
		Policy: x.PolicyVersion, Version: x.Version, ChangedAt: x.ChangedAt,
	}
	if err := json.Unmarshal([]byte(x.Ladder), &m.Ladder); err != nil {
		return m, fmt.Errorf("read measure %s: %w", x.Number, err)
	}
	if err := json.Unmarshal([]byte(x.Relied), &m.relied); err != nil {
		return m, fmt.Errorf("read measure %s: %w", x.Number, err)
	}
	return m, nil
}

func (m Measure) row() (measureRow, error) {
	ladder, err := json.Marshal(m.Ladder)
	if err != nil {
		return measureRow{}, err
	}
	relied, err := json.Marshal(append([]string{}, m.relied...))
	if err != nil {
		return measureRow{}, err
	}
	return measureRow{
		ID: m.ID, Number: m.Number, InvestigationID: m.InvestigationID, SellerID: m.SellerID, Kind: m.Kind, Sku: m.SKU, Cap: m.Cap, Days: m.Days, Status: m.Status, Waits: m.Waits,
		Ladder: string(ladder), Facts: m.Facts, Rule: m.Rule, Explanation: m.Explanation, ProposedAt: m.ProposedAt, ProposedBy: m.ProposedBy, ApprovedAt: m.ApprovedAt, ApprovedBy: m.ApprovedBy,
		StartsAt: m.StartsAt, BeganAt: m.BeganAt, EndsAt: m.EndsAt, EndedAt: m.EndedAt, EndReason: m.End, EndWords: m.EndWords, AppealUntil: m.AppealUntil,
		PlanStatus: m.PlanStatus, PlanDueAt: m.PlanDueAt, Plans: m.PlanCount, AppealStatus: m.Appeal, Grounds: m.Grounds, AppealedAt: m.AppealedAt,
		AppealDecidedAt: m.AppealDecidedAt, AppealWords: m.AppealWords, Relied: string(relied), PolicyVersion: m.Policy, Version: m.Version, ChangedAt: m.ChangedAt,
	}, nil
}

// ListingStanding is what a seller may do by the measures that hold (API.md §6).
type ListingStanding struct {
	MayList    bool
	PausedSKUs []string
	OrderCap   int     // orders a day; 0 without one
	Until      Instant // when the last of these limits ends; zero without limits or without an end
	Measures   []string
}

// standingOf is what a seller may do at an instant. A seller whose listings are paused can
// still ship, answer, refund and appeal: no measure touches these. Pure.
func standingOf(measures []Measure, now Instant) ListingStanding {
	s := ListingStanding{MayList: true, PausedSKUs: []string{}, Measures: []string{}}
	endless := false
	for _, m := range measures {
		if !m.Holds(now) {
			continue
		}
		s.Measures = append(s.Measures, m.Number)
		switch {
		case m.Kind == health.Termination, m.Kind == health.ListingPause && m.SKU == "":
			s.MayList = false
		case m.Kind == health.ListingPause:
			if !slices.Contains(s.PausedSKUs, m.SKU) {
				s.PausedSKUs = append(s.PausedSKUs, m.SKU)
			}
		case m.Kind == health.OrderCap:
			if s.OrderCap == 0 || m.Cap < s.OrderCap {
				s.OrderCap = m.Cap
			}
		default:
			continue // it limits nothing
		}
		s.Until = max(s.Until, m.EndsAt)
		endless = endless || m.EndsAt == 0
	}
	if endless {
		s.Until = 0
	}
	slices.Sort(s.PausedSKUs)
	return s
}
