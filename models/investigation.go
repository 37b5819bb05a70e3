package models

import (
	"context"
	"fmt"
	"slices"

	"hosho/models/health"
)

// InvestigationStatus is where a case of staff on a seller stands.
type InvestigationStatus string

// The states of an investigation.
const (
	InvestigationOpen   InvestigationStatus = "open"
	FactsRequested      InvestigationStatus = "facts_requested"  // the seller has been asked and has policy's hours
	MeasureProposed     InvestigationStatus = "measure_proposed" // a second lead has to agree
	InvestigationClosed InvestigationStatus = "closed"
)

// How an investigation ends.
const (
	outcomeActed         = "acted"
	outcomeClosedNoActed = "closed_no_action"
)

// InvestigationStatuses are the states in the order pages list them.
var InvestigationStatuses = []InvestigationStatus{InvestigationOpen, FactsRequested, MeasureProposed, InvestigationClosed}

// InvestigationAction is something a person does in an investigation (API.md §6).
type InvestigationAction string

// The actions in an investigation.
const (
	TakesInvestigation InvestigationAction = "take"
	RequestsFacts      InvestigationAction = "request_facts"
	SubmitsFacts       InvestigationAction = "submit_facts"
	ProposesMeasure    InvestigationAction = "propose_measure"
	ApprovesMeasure    InvestigationAction = "approve_measure"
	SendsMeasureBack   InvestigationAction = "send_back"
	ClosesCase         InvestigationAction = "close"
)

// InvestigationTransition is one row of the state table of investigations: in these states a
// person on this side may do this. What is not in the table is denied.
type InvestigationTransition struct {
	Action InvestigationAction
	By     Side
	Role   Role // of staff, the only one that may; "" is any of the side
	From   []InvestigationStatus
	Guard  func(i Investigation, a Actor) bool // nil always allows
	Turn   bool                                // refused at or after due_at, even if the timer has not fired
	Quiet  bool                                // does not change the version
}

var openInvestigations = []InvestigationStatus{InvestigationOpen, FactsRequested, MeasureProposed}

// InvestigationTable is the life of an investigation.
var InvestigationTable = []InvestigationTransition{
	{Action: TakesInvestigation, By: SideStaff, From: openInvestigations, Guard: notTakenBy, Quiet: true},
	{Action: RequestsFacts, By: SideStaff, From: []InvestigationStatus{InvestigationOpen}},
	{Action: SubmitsFacts, By: SideSeller, From: []InvestigationStatus{FactsRequested}, Turn: true},
	{Action: ProposesMeasure, By: SideStaff, Role: RoleLead, From: []InvestigationStatus{InvestigationOpen}},
	{Action: ApprovesMeasure, By: SideStaff, Role: RoleLead, From: []InvestigationStatus{MeasureProposed}, Guard: notProposedBy},
	{Action: SendsMeasureBack, By: SideStaff, Role: RoleLead, From: []InvestigationStatus{MeasureProposed}},
	{Action: ClosesCase, By: SideStaff, Role: RoleLead, From: openInvestigations},
}

func notTakenBy(i Investigation, a Actor) bool { return i.TakenBy != a.AccountID }

// notProposedBy: the second lead is another than the first.
func notProposedBy(i Investigation, a Actor) bool {
	m, ok := i.proposal()
	return ok && m.ProposedBy != a.AccountID
}

// Investigation is a case of staff on a seller.
type Investigation struct {
	ID         string
	Number     string
	SellerID   string
	SellerName string
	Status     InvestigationStatus
	OpenedBy   health.Trigger
	OpenedAt   Instant
	SinceAt    Instant       // when the case before closed: facts count that came later; zero before the first
	Numbers    SellerNumbers // as they stood on opening
	Closing    *SellerNumbers
	TakenBy    string // an account; for staff
	TakenAt    Instant
	Question   string // what the seller was asked last
	AskedAt    Instant
	DueAt      Instant // until when the seller answers, exclusive; zero while it is not asked
	SilentAt   Instant // when a time to answer last ran out without one
	AnsweredAt Instant
	Outcome    string // of a closed one: acted or closed_no_action
	Reason     string // why it was closed, in the words of a lead
	ClosedAt   Instant
	Policy     int
	Version    int64
	ChangedAt  Instant
	Measures   []Measure // the first proposed first
	Party      bool      // whoever asks is a party: a buyer of what counts, or a reporter
}

// proposal is the measure that waits for a second lead.
func (i Investigation) proposal() (Measure, bool) {
	at := slices.IndexFunc(i.Measures, func(m Measure) bool { return m.Status == MeasureIsProposed })
	if at < 0 {
		return Measure{}, false
	}
	return i.Measures[at], true
}

// find returns the row of the table that lets an actor on a side do this now. Pure.
func (i Investigation) find(action InvestigationAction, a Actor, side Side, now Instant) (InvestigationTransition, bool) {
	for _, t := range InvestigationTable {
		if t.Action != action || t.By != side || t.Role != "" && t.Role != a.Role || !slices.Contains(t.From, i.Status) {
			continue
		}
		if t.Turn && now >= i.DueAt {
			continue
		}
		if t.Guard == nil || t.Guard(i, a) {
			return t, true
		}
	}
	return InvestigationTransition{}, false
}

// AllowedActions are what the actor may do in the investigation now, in the order of the
// table. Whoever is a party does nothing as staff. Pure.
func (i Investigation) AllowedActions(a Actor, now Instant) []InvestigationAction {
	list := []InvestigationAction{}
	side := a.sideOf("", i.SellerID)
	if side == SideStaff && i.Party {
		return list
	}
	for _, t := range InvestigationTable {
		if _, ok := i.find(t.Action, a, side, now); ok {
			list = append(list, t.Action)
		}
	}
	return list
}

// everInvestigates reports whether the actor has this action on this side in any state.
func everInvestigates(action InvestigationAction, a Actor, side Side) bool {
	return slices.ContainsFunc(InvestigationTable, func(t InvestigationTransition) bool {
		return t.Action == action && t.By == side && (t.Role == "" || t.Role == a.Role)
	})
}

type investigationRow struct {
	ID            string
	Number        string
	SellerID      string
	OpenSeller    *string
	Status        InvestigationStatus
	OpenedBy      health.Trigger
	OpenedAt      Instant
	SinceAt       Instant
	Numbers       string
	TakenBy       string
	TakenAt       Instant
	Question      string
	AskedAt       Instant
	DueAt         Instant
	SilentAt      Instant
	AnsweredAt    Instant
	Outcome       string
	CloseReason   string
	ClosedAt      Instant
	Closing       *string
	PolicyVersion int
	Version       int64
	ChangedAt     Instant
}

func (investigationRow) TableName() string { return "investigations" }

// entryRow is what somebody did in an investigation or to a measure.
type entryRow struct {
	ID        string
	SubjectID string
	At        Instant
	ByRole    Role
	ByID      string
	What      string
	Words     *string
}

func (entryRow) TableName() string { return "enforcement_entries" }

// enter notes what was done in an investigation or to a measure, with the words that came with it.
func (tx *Store) enter(ctx context.Context, by Actor, subject, what string, words map[string]any) error {
	row := entryRow{ID: newID(), SubjectID: subject, At: tx.now, ByRole: by.Role, ByID: by.AccountID, What: what}
	if words != nil {
		var err error
		if row.Words, err = toJSON(words); err != nil {
			return err
		}
	}
	if err := tx.insert(ctx, &row); err != nil {
		return fmt.Errorf("insert entry: %w", err)
	}
	return nil
}

// tellSeller writes a seller's notice of an investigation or a measure. Nothing in it says
// who reported what.
func (tx *Store) tellSeller(ctx context.Context, seller, kind string, args map[string]any) error {
	args["party"] = string(SideSeller)
	row, err := tx.noticeRow("seller:"+seller, "", kind, args)
	if err != nil {
		return err
	}
	return tx.insertNoticeRows(ctx, row)
}

// emitInvestigation lets the marketplace's systems hear of an investigation, without anybody's words.
func (tx *Store) emitInvestigation(ctx context.Context, by Actor, r investigationRow, what string) error {
	return tx.emit(ctx, fact{Type: "investigation." + what, Subject: r.Number, By: by, Data: struct {
		SellerID string              `json:"seller_id"`
		Status   InvestigationStatus `json:"status"`
		Trigger  health.Trigger      `json:"trigger"`
	}{r.SellerID, r.Status, r.OpenedBy}})
}
