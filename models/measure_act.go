package models

import (
	"context"
	"fmt"
	"slices"
)

// proposeMeasure makes a lead's proposal: below the third level of the ladder it holds at
// once, from there on another lead approves it first.
func (tx *Store) proposeMeasure(ctx context.Context, by Actor, i Investigation, in ProposeMeasureInput) error {
	m, policy, err := tx.proposalOf(ctx, by, i, in, tx.now)
	if err != nil {
		return err
	}
	if policy.NeedsSecondLead(in.Kind) {
		if err := tx.saveMeasure(ctx, by, m, measureStep{what: "proposed"}); err != nil {
			return err
		}
		i.Status = MeasureProposed
		return tx.saveInvestigation(ctx, by, i, step{what: "measure_proposed", words: map[string]any{"measure": m.Number, "kind": string(m.Kind)}})
	}
	if err := tx.saveMeasure(ctx, by, m.decide(policy, tx.now), decided(m.Kind)); err != nil {
		return err
	}
	return tx.saveInvestigation(ctx, by, i, step{what: "measure_decided", words: map[string]any{"measure": m.Number, "kind": string(m.Kind)}})
}

// proposalOf is a lead's proposal as a measure, beside what the ladder says now.
func (s *Store) proposalOf(ctx context.Context, by Actor, i Investigation, in ProposeMeasureInput, now Instant) (Measure, Policy, error) {
	if err := in.checkKind(); err != nil {
		return Measure{}, Policy{}, err
	}
	if err := s.knowsSKU(ctx, i.SellerID, in.SKU); err != nil {
		return Measure{}, Policy{}, err
	}
	policy, err := s.Policy(ctx, now)
	if err != nil {
		return Measure{}, Policy{}, err
	}
	numbers, err := s.sellerNumbers(ctx, i.SellerID, policy)
	if err != nil {
		return Measure{}, Policy{}, err
	}
	counts, err := s.countsOf(ctx, i.SellerID, now.Add(-policy.Health.PointsLife))
	if err != nil {
		return Measure{}, Policy{}, err
	}
	m := in.measure(by, i, numbers, counts, policy, now)
	m.Investigation, m.SellerName = i.Number, i.SellerName
	return m, policy, nil
}

// knowsSKU refuses a SKU that no order or listing of the seller has named: a pause of it would pause
// nothing. "" is all of them.
func (s *Store) knowsSKU(ctx context.Context, seller, sku string) error {
	if sku == "" {
		return nil
	}
	known, err := find[struct{ Known int }](ctx, s, `SELECT 1 AS known FROM sellers WHERE id = ? AND (EXISTS (SELECT 1 FROM order_lines l WHERE l.seller_id = ? AND l.sku = ?)
		OR EXISTS (SELECT 1 FROM listings g WHERE g.seller_id = ? AND g.sku = ?))`, seller, seller, sku, seller, sku)
	if err != nil {
		return fmt.Errorf("read a SKU: %w", err)
	}
	if len(known) == 0 {
		return &Error{Kind: Invalid, Code: "unknown_sku", Fields: []FieldError{{Field: "sku", Code: "unknown_sku"}}}
	}
	return nil
}

// PreviewMeasure is a measure as it would be decided now, by a proposal or by the approval of one,
// and whether a second lead has to approve it first. One that is not proposed yet has no number. It
// changes nothing. Leads who are no party may; kinds as of ActInvestigation.
func (s *Store) PreviewMeasure(ctx context.Context, by Actor, number string, in InvestigationInput) (m Measure, second bool, err error) {
	i, err := s.investigationFor(ctx, by, number)
	if err != nil {
		return Measure{}, false, err
	}
	now, err := s.Now(ctx)
	if err != nil {
		return Measure{}, false, err
	}
	if err := i.refuses(by, in, now); err != nil {
		return Measure{}, false, err
	}
	if err := check(in); err != nil {
		return Measure{}, false, err
	}
	switch in := in.(type) {
	case *ProposeMeasureInput:
		m, policy, err := s.proposalOf(ctx, by, i, *in, now)
		if err != nil {
			return Measure{}, false, err
		}
		m.Number = ""
		return m.decide(policy, now), policy.NeedsSecondLead(in.Kind), nil
	case *ApproveMeasureInput:
		m, _ := i.proposal()
		policy, err := s.PolicyVersion(ctx, m.Policy)
		if err != nil {
			return Measure{}, false, err
		}
		return m.decide(policy, now), false, nil
	}
	return Measure{}, false, fmt.Errorf("no measure of %T", in)
}

func decided(kind MeasureKind) measureStep {
	return measureStep{what: "active", emit: true, tell: "measure_" + string(kind)}
}

func (tx *Store) approveMeasure(ctx context.Context, by Actor, i Investigation) error {
	m, _ := i.proposal()
	policy, err := tx.PolicyVersion(ctx, m.Policy)
	if err != nil {
		return err
	}
	m.ApprovedAt, m.ApprovedBy = tx.now, by.AccountID
	if err := tx.saveMeasure(ctx, by, m.decide(policy, tx.now), decided(m.Kind)); err != nil {
		return err
	}
	i.Status = InvestigationOpen
	return tx.saveInvestigation(ctx, by, i, step{what: "measure_decided", words: map[string]any{"measure": m.Number, "kind": string(m.Kind)}})
}

func (tx *Store) sendMeasureBack(ctx context.Context, by Actor, i Investigation, reason string) error {
	m, _ := i.proposal()
	if err := tx.saveMeasure(ctx, by, m.end(EndedBySentBack, reason, tx.now), measureStep{what: "sent_back", words: map[string]any{"reason": reason}}); err != nil {
		return err
	}
	i.Status = InvestigationOpen
	return tx.saveInvestigation(ctx, by, i, step{what: "measure_sent_back", words: map[string]any{"measure": m.Number, "kind": string(m.Kind), "reason": reason}})
}

// MeasureInput is what comes with an action on a measure. Each action has its own fields (API.md §6).
type MeasureInput interface {
	Action() MeasureAction
	expected() *int64
}

// The inputs of the actions on measures, with their limits in characters.
type (
	// SubmitPlanInput is a seller's plan.
	SubmitPlanInput struct {
		Versioned
		RootCause    string `json:"root_cause" validate:"required,visible,max=4000,clean"`
		ActionsTaken string `json:"actions_taken" validate:"required,visible,max=4000,clean"`
		Prevention   string `json:"prevention" validate:"required,visible,max=4000,clean"`
	}
	// AcceptPlanInput ends the measure.
	AcceptPlanInput struct{ Versioned }
	// RejectPlanInput asks for another version, with the points to mend.
	RejectPlanInput struct {
		Versioned
		Points []string `json:"points" validate:"required,min=1,max=20,dive,visible,max=500,clean"`
	}
	// AppealInput is a seller's appeal, the only one against a measure.
	AppealInput struct {
		Versioned
		Captioned
		Grounds  string   `json:"grounds" validate:"required,visible,max=4000,clean"`
		Evidence []string `json:"evidence" validate:"max=20,unique,dive,key"`
	}
	// DecideAppealInput is what a lead who was not involved says of it. A change is for the
	// better: a shorter time in days from its start, a higher cap.
	DecideAppealInput struct {
		Versioned
		Outcome     string `json:"outcome" validate:"required,oneof=upheld changed overturned"`
		Explanation string `json:"explanation" validate:"required,visible,max=4000,clean"`
		Days        *int   `json:"days" validate:"omitempty,gte=1,lte=365"`
		Cap         *int   `json:"cap" validate:"omitempty,gte=1,lte=1000000"`
	}
	// LiftInput ends a measure before its time.
	LiftInput struct {
		Versioned
		Reason string `json:"reason" validate:"required,visible,max=2000,clean"`
	}
)

// Action names the action.
func (*SubmitPlanInput) Action() MeasureAction { return SubmitsPlan }

// Action names the action.
func (*AcceptPlanInput) Action() MeasureAction { return AcceptsPlan }

// Action names the action.
func (*RejectPlanInput) Action() MeasureAction { return RejectsPlan }

// Action names the action.
func (*AppealInput) Action() MeasureAction { return AppealsIt }

// Action names the action.
func (*DecideAppealInput) Action() MeasureAction { return DecidesAppeal }

// Action names the action.
func (*LiftInput) Action() MeasureAction { return LiftsMeasure }

// NewMeasureInput returns an empty input for the action, to be decoded into; false when there
// is no such action.
func NewMeasureInput(a MeasureAction) (MeasureInput, bool) {
	switch a {
	case SubmitsPlan:
		return new(SubmitPlanInput), true
	case AcceptsPlan:
		return new(AcceptPlanInput), true
	case RejectsPlan:
		return new(RejectPlanInput), true
	case AppealsIt:
		return new(AppealInput), true
	case DecidesAppeal:
		return new(DecideAppealInput), true
	case LiftsMeasure:
		return new(LiftInput), true
	}
	return nil, false
}

// ActMeasure does one action on a measure, as the table says: the seller's members hand in
// plans and appeal, leads the rest; an appeal is decided by one who has done nothing in the
// case. Kinds: NotFound, Forbidden, Conflict (not_allowed_now with allowed_actions,
// plan_closed, measure_appeal_closed, stale_version), Invalid.
func (s *Store) ActMeasure(ctx context.Context, by Actor, number string, in MeasureInput) (Measure, error) {
	var done Measure
	err := s.inTx(ctx, func(tx *Store) error {
		m, err := tx.measureFor(ctx, by, number)
		if err != nil {
			return err
		}
		if err := m.refuses(by, in, tx.now); err != nil {
			return err
		}
		if err := check(in); err != nil {
			return err
		}
		if err := tx.actMeasure(ctx, by, m, in); err != nil {
			return err
		}
		if done, err = tx.MeasureByNumber(ctx, by, number); err != nil {
			return err
		}
		return tx.auditWork(ctx, by, act{AuditMeasureActed, OnMeasureFile, number, map[string]any{"action": string(in.Action())}})
	})
	return done, err
}

// refuses is why the actor may not do this now. Pure.
func (m Measure) refuses(by Actor, in MeasureInput, now Instant) error {
	action, side := in.Action(), by.sideOf("", m.SellerID)
	ok := m.may(action, by, side, now)
	switch {
	case !everMeasures(action, by, side), side == SideStaff && m.Party:
		return forbidden()
	case action == DecidesAppeal && ok && !m.mayDecide(by):
		return forbidden()
	case !ok && action == SubmitsPlan && m.Status == MeasureIsActive && planOverdue(m, now):
		return (&Error{Kind: Conflict, Code: "plan_closed"}).With("until", m.PlanDueAt)
	case !ok && action == AppealsIt && m.Appeal == "" && m.Decided() && now >= m.AppealUntil:
		return (&Error{Kind: Conflict, Code: "measure_appeal_closed"}).With("until", m.AppealUntil)
	case !ok:
		return onlyAllowed(m.AllowedActions(by, now))
	}
	if v := in.expected(); v != nil && *v != m.Version {
		return stale(m.Version)
	}
	return nil
}

func (tx *Store) actMeasure(ctx context.Context, by Actor, m Measure, in MeasureInput) error {
	policy, err := tx.PolicyVersion(ctx, m.Policy)
	if err != nil {
		return err
	}
	switch in := in.(type) {
	case *SubmitPlanInput:
		m.PlanStatus, m.PlanCount = planSubmitted, m.PlanCount+1
		plan := planRow{MeasureID: m.ID, PlanNo: m.PlanCount, RootCause: text(in.RootCause), ActionsTaken: text(in.ActionsTaken), Prevention: text(in.Prevention), SubmittedAt: tx.now, SubmittedBy: by.AccountID}
		if err := tx.insert(ctx, &plan); err != nil {
			if isDuplicate(err) {
				return errAgain
			}
			return fmt.Errorf("insert plan: %w", err)
		}
		return tx.saveMeasure(ctx, by, m, measureStep{what: "plan_submitted"})
	case *AcceptPlanInput:
		if err := tx.answerPlan(ctx, m, planAccepted, nil); err != nil {
			return err
		}
		m.PlanStatus = planAccepted
		return tx.saveMeasure(ctx, by, m.end(EndedByPlan, "", tx.now), measureStep{what: "ended", emit: true, tell: "measure_plan_accepted"})
	case *RejectPlanInput:
		points := make([]string, 0, len(in.Points))
		for _, p := range in.Points {
			points = append(points, text(p))
		}
		if m.PlanStatus == planSubmitted {
			if err := tx.answerPlan(ctx, m, planReturned, points); err != nil {
				return err
			}
		}
		m.PlanStatus, m.PlanDueAt = planReturned, tx.now.Add(days(policy.PlanDays))
		return tx.saveMeasure(ctx, by, m, measureStep{what: "plan_returned", words: map[string]any{"points": points}, tell: "measure_plan_returned"})
	case *AppealInput:
		if len(in.Evidence) > 0 {
			if err := tx.attach(ctx, by, SideSeller, OnMeasure, m.ID, 0, attachDraft{uploads: in.Evidence, captions: in.Captions}); err != nil {
				return err
			}
		}
		m.Appeal, m.Grounds, m.AppealedAt = appealPending, text(in.Grounds), tx.now
		return tx.saveMeasure(ctx, by, m, measureStep{what: "appealed"})
	case *DecideAppealInput:
		return tx.decideMeasureAppeal(ctx, by, m, *in)
	case *LiftInput:
		return tx.saveMeasure(ctx, by, m.end(EndedByLift, text(in.Reason), tx.now), measureStep{what: "ended", words: map[string]any{"reason": text(in.Reason)}, emit: true, tell: "measure_lifted"})
	}
	return fmt.Errorf("no rule for %T", in)
}

// decideMeasureAppeal ends an appeal. An overturned measure is none any more: what it relied
// on weighs nothing from then on, and who reported hears how it ended after all.
func (tx *Store) decideMeasureAppeal(ctx context.Context, by Actor, m Measure, in DecideAppealInput) error {
	m.AppealDecidedAt, m.AppealWords, m.Appeal = tx.now, text(in.Explanation), in.Outcome
	s := measureStep{what: "appeal_" + in.Outcome, words: map[string]any{"explanation": m.AppealWords}, tell: "measure_appeal_" + in.Outcome}
	switch in.Outcome {
	case AppealUpheld:
		if in.Days != nil || in.Cap != nil {
			return fieldError("days", "unknown_value")
		}
		return tx.saveMeasure(ctx, by, m, s)
	case AppealChanged:
		next, err := m.changedBy(in)
		if err != nil {
			return err
		}
		s.emit, s.event = true, "changed"
		return tx.saveMeasure(ctx, by, next, s)
	}
	m = m.end(EndedByOverturned, "", tx.now)
	m.Status, s.emit, s.event = MeasureIsOverturned, true, "overturned"
	if err := tx.spareOrders(ctx, m); err != nil {
		return err
	}
	if err := tx.followStandings(ctx, m.SellerID); err != nil {
		return err
	}
	if err := tx.saveMeasure(ctx, by, m, s); err != nil {
		return err
	}
	return tx.toldAnew(ctx, by, m)
}

// spareOrders lets what a measure relied on weigh no more: cancellations of these orders until
// it was proposed. They stay on record as they are, and in the seller's rate.
func (tx *Store) spareOrders(ctx context.Context, m Measure) error {
	if len(m.relied) == 0 {
		return nil
	}
	known, err := find[sparedRow](ctx, tx, "SELECT * FROM spared_orders WHERE seller_id = ? AND order_id IN ?", m.SellerID, m.relied)
	if err != nil {
		return fmt.Errorf("read spared orders: %w", err)
	}
	if _, err := tx.exec(ctx, "UPDATE spared_orders SET until_at = ?, measure_id = ? WHERE seller_id = ? AND order_id IN ? AND until_at < ?", m.ProposedAt, m.ID, m.SellerID, m.relied, m.ProposedAt); err != nil {
		return fmt.Errorf("spare orders: %w", err)
	}
	var fresh []sparedRow
	for _, id := range m.relied {
		if !slices.ContainsFunc(known, func(r sparedRow) bool { return r.OrderID == id }) {
			fresh = append(fresh, sparedRow{m.SellerID, id, m.ProposedAt, m.ID})
		}
	}
	if err := tx.insert(ctx, &fresh); err != nil {
		if isDuplicate(err) {
			return errAgain
		}
		return fmt.Errorf("spare orders: %w", err)
	}
	return nil
}

// toldAnew lets those who reported hear again where an appeal has changed what came of a
// closed case.
func (tx *Store) toldAnew(ctx context.Context, by Actor, m Measure) error {
	i, err := tx.investigationByID(ctx, m.InvestigationID)
	if err != nil || i.Status != InvestigationClosed || i.Outcome == i.outcome() {
		return err
	}
	i.Outcome = i.outcome()
	if _, err := tx.closeReports(ctx, by, i.ID, i.Outcome == outcomeActed); err != nil {
		return err
	}
	return tx.saveInvestigation(ctx, by, i, step{what: "outcome_changed", words: map[string]any{"outcome": i.Outcome}})
}

type sparedRow struct {
	SellerID  string
	OrderID   string
	UntilAt   Instant
	MeasureID string
}

func (sparedRow) TableName() string { return "spared_orders" }

type planRow struct {
	MeasureID    string
	PlanNo       int
	RootCause    string
	ActionsTaken string
	Prevention   string
	SubmittedAt  Instant
	SubmittedBy  string
	Answer       PlanStatus
	AnsweredAt   Instant
	Points       *string
}

func (planRow) TableName() string { return "measure_plans" }

func (tx *Store) answerPlan(ctx context.Context, m Measure, answer PlanStatus, points []string) error {
	var list *string
	if points != nil {
		var err error
		if list, err = toJSON(points); err != nil {
			return err
		}
	}
	n, err := tx.exec(ctx, "UPDATE measure_plans SET answer = ?, answered_at = ?, points = ? WHERE measure_id = ? AND plan_no = ? AND COALESCE(answer, '') = ''", answer, tx.now, list, m.ID, m.PlanCount)
	if err != nil {
		return fmt.Errorf("answer plan: %w", err)
	}
	if n == 0 {
		return errAgain
	}
	return nil
}
