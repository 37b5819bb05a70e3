package models

import (
	"context"
	"fmt"

	"hosho/models/health"
)

// InvestigationInput is what comes with an action in an investigation. Each action has its own
// fields (API.md §6).
type InvestigationInput interface {
	Action() InvestigationAction
	expected() *int64
}

// The inputs of the actions in investigations, with their limits in characters.
type (
	// TakeInvestigationInput makes it one's own.
	TakeInvestigationInput struct{ Versioned }
	// RequestFactsInput asks the seller.
	RequestFactsInput struct {
		Versioned
		Question string `json:"question" validate:"required,visible,max=2000,clean"`
	}
	// SubmitFactsInput is the seller's answer.
	SubmitFactsInput struct {
		Versioned
		Captioned
		Message  string   `json:"message" validate:"required,visible,max=4000,clean"`
		Evidence []string `json:"evidence" validate:"max=20,unique,dive,key"`
	}
	// ProposeMeasureInput is a measure with its statement of reasons. Days is how long it holds,
	// Cap is of orders a day; below the third level of the ladder it holds at once.
	ProposeMeasureInput struct {
		Versioned
		Kind        MeasureKind `json:"kind" validate:"required,oneof=notice warning plan order_cap listing_pause termination"`
		Days        *int        `json:"days" validate:"omitempty,gte=1,lte=365"`
		Cap         *int        `json:"cap" validate:"omitempty,gte=1,lte=1000000"`
		SKU         string      `json:"sku" validate:"omitempty,key"`
		Facts       string      `json:"facts" validate:"required,visible,max=4000,clean"`
		Rule        string      `json:"rule" validate:"required,visible,max=500,clean"`
		Explanation string      `json:"explanation" validate:"required,visible,max=4000,clean"`
	}
	// ApproveMeasureInput is a second lead's consent.
	ApproveMeasureInput struct{ Versioned }
	// SendBackMeasureInput drops a proposal, with the reason for the record.
	SendBackMeasureInput struct {
		Versioned
		Reason string `json:"reason" validate:"required,visible,max=2000,clean"`
	}
	// CloseInvestigationInput ends it, with the reason for the record.
	CloseInvestigationInput struct {
		Versioned
		Reason string `json:"reason" validate:"required,visible,max=2000,clean"`
	}
)

// Action names the action.
func (*TakeInvestigationInput) Action() InvestigationAction { return TakesInvestigation }

// Action names the action.
func (*RequestFactsInput) Action() InvestigationAction { return RequestsFacts }

// Action names the action.
func (*SubmitFactsInput) Action() InvestigationAction { return SubmitsFacts }

// Action names the action.
func (*ProposeMeasureInput) Action() InvestigationAction { return ProposesMeasure }

// Action names the action.
func (*ApproveMeasureInput) Action() InvestigationAction { return ApprovesMeasure }

// Action names the action.
func (*SendBackMeasureInput) Action() InvestigationAction { return SendsMeasureBack }

// Action names the action.
func (*CloseInvestigationInput) Action() InvestigationAction { return ClosesCase }

// NewInvestigationInput returns an empty input for the action, to be decoded into; false when
// there is no such action.
func NewInvestigationInput(a InvestigationAction) (InvestigationInput, bool) {
	switch a {
	case TakesInvestigation:
		return new(TakeInvestigationInput), true
	case RequestsFacts:
		return new(RequestFactsInput), true
	case SubmitsFacts:
		return new(SubmitFactsInput), true
	case ProposesMeasure:
		return new(ProposeMeasureInput), true
	case ApprovesMeasure:
		return new(ApproveMeasureInput), true
	case SendsMeasureBack:
		return new(SendBackMeasureInput), true
	case ClosesCase:
		return new(CloseInvestigationInput), true
	}
	return nil, false
}

// ActInvestigation does one action in an investigation, as the table says: staff who are no
// party, leads what decides, the seller's members its answer. Kinds: NotFound, Forbidden (also
// for staff who bought what counts, and for the approval of one's own proposal), Conflict
// (not_allowed_now with allowed_actions, facts_closed, stale_version), Invalid.
func (s *Store) ActInvestigation(ctx context.Context, by Actor, number string, in InvestigationInput) (InvestigationFile, error) {
	var done InvestigationFile
	err := s.inTx(ctx, func(tx *Store) error {
		i, err := tx.investigationFor(ctx, by, number)
		if err != nil {
			return err
		}
		if err := i.refuses(by, in, tx.now); err != nil {
			return err
		}
		if err := check(in); err != nil {
			return err
		}
		if err := tx.actInvestigation(ctx, by, i, in); err != nil {
			return err
		}
		if done, err = tx.InvestigationByNumber(ctx, by, number); err != nil {
			return err
		}
		return tx.auditWork(ctx, by, act{AuditInvestigationActed, OnInvestigationFile, number, map[string]any{"action": string(in.Action())}})
	})
	return done, err
}

// refuses is why the actor may not do this now. Pure.
func (i Investigation) refuses(by Actor, in InvestigationInput, now Instant) error {
	action, side := in.Action(), by.sideOf("", i.SellerID)
	switch {
	case !everInvestigates(action, by, side), side == SideStaff && i.Party:
		return forbidden()
	case action == ApprovesMeasure && i.Status == MeasureProposed && !notProposedBy(i, by):
		return forbidden()
	}
	t, ok := i.find(action, by, side, now)
	switch {
	case !ok && action == SubmitsFacts && i.DueAt != 0 && now >= i.DueAt, !ok && action == SubmitsFacts && i.Status == InvestigationOpen && i.SilentAt != 0:
		return (&Error{Kind: Conflict, Code: "facts_closed"}).With("until", max(i.DueAt, i.SilentAt))
	case !ok:
		return onlyAllowed(i.AllowedActions(by, now))
	}
	if v := in.expected(); v != nil && *v != i.Version && !t.Quiet {
		return stale(i.Version)
	}
	return nil
}

func (tx *Store) actInvestigation(ctx context.Context, by Actor, i Investigation, in InvestigationInput) error {
	policy, err := tx.PolicyVersion(ctx, i.Policy)
	if err != nil {
		return err
	}
	switch in := in.(type) {
	case *TakeInvestigationInput:
		i.TakenBy, i.TakenAt = by.AccountID, tx.now
		return tx.saveInvestigation(ctx, by, i, step{what: "taken", quiet: true})
	case *RequestFactsInput:
		i.Status, i.Question, i.AskedAt, i.DueAt, i.SilentAt = FactsRequested, text(in.Question), tx.now, tx.now.Add(hours(policy.FactsAnswerHours)), 0
		if err := tx.setTimer(ctx, investigationTimer, i.ID, policy.requestWake(i.DueAt, tx.now)); err != nil {
			return fmt.Errorf("set timer: %w", err)
		}
		return tx.saveInvestigation(ctx, by, i, step{what: "facts_requested", words: map[string]any{"question": i.Question}, tell: "investigation_question"})
	case *SubmitFactsInput:
		if len(in.Evidence) > 0 {
			if err := tx.attach(ctx, by, SideSeller, OnInvestigation, i.ID, 0, attachDraft{uploads: in.Evidence, captions: in.Captions}); err != nil {
				return err
			}
		}
		i.Status, i.AnsweredAt, i.DueAt = InvestigationOpen, tx.now, 0
		if err := tx.setTimer(ctx, investigationTimer, i.ID, 0); err != nil {
			return fmt.Errorf("end timer: %w", err)
		}
		return tx.saveInvestigation(ctx, by, i, step{what: "facts_submitted", words: map[string]any{"message": text(in.Message)}})
	case *ProposeMeasureInput:
		return tx.proposeMeasure(ctx, by, i, *in)
	case *ApproveMeasureInput:
		return tx.approveMeasure(ctx, by, i)
	case *SendBackMeasureInput:
		return tx.sendMeasureBack(ctx, by, i, text(in.Reason))
	case *CloseInvestigationInput:
		return tx.closeInvestigation(ctx, by, i, text(in.Reason))
	}
	return fmt.Errorf("no rule for %T", in)
}

// step is what an action has done: its entry, its event, and the notice to the seller.
type step struct {
	what  string
	words map[string]any
	tell  string
	quiet bool // the version stays, and nobody outside hears of it
}

// saveInvestigation stores an investigation as a rule has left it, over the version that was read.
func (tx *Store) saveInvestigation(ctx context.Context, by Actor, i Investigation, s step) error {
	next, changed := i.Version+1, tx.now
	if s.quiet {
		next, changed = i.Version, i.ChangedAt
	}
	var open *string
	if i.Status != InvestigationClosed {
		open = &i.SellerID
	}
	var closing *string
	if i.Closing != nil {
		var err error
		if closing, err = toJSON(i.Closing); err != nil {
			return err
		}
	}
	n, err := tx.exec(ctx, `UPDATE investigations SET open_seller = ?, status = ?, taken_by = ?, taken_at = ?, question = ?, asked_at = ?, due_at = ?, silent_at = ?, answered_at = ?,
		outcome = ?, close_reason = ?, closed_at = ?, closing = ?, version = ?, changed_at = ? WHERE id = ? AND version = ?`,
		open, i.Status, i.TakenBy, i.TakenAt, i.Question, i.AskedAt, i.DueAt, i.SilentAt, i.AnsweredAt, i.Outcome, i.Reason, i.ClosedAt, closing, next, changed, i.ID, i.Version)
	if err != nil {
		return fmt.Errorf("update investigation: %w", err)
	}
	if n == 0 {
		return errAgain // changed meanwhile; asked anew, that is what is said
	}
	if err := tx.enter(ctx, by, i.ID, s.what, s.words); err != nil {
		return err
	}
	if s.tell != "" {
		args := map[string]any{"investigation": i.Number}
		if i.DueAt != 0 {
			args["due_at"] = i.DueAt.String()
		}
		if err := tx.tellSeller(ctx, i.SellerID, s.tell, args); err != nil {
			return err
		}
	}
	if s.quiet {
		return nil
	}
	return tx.emitInvestigation(ctx, by, investigationRow{Number: i.Number, SellerID: i.SellerID, Status: i.Status, OpenedBy: i.OpenedBy}, s.what)
}

// closeInvestigation ends a case; a proposal that waits falls with it. Reporters hear that
// something was done where a measure was decided and stands, else that nothing was.
func (tx *Store) closeInvestigation(ctx context.Context, by Actor, i Investigation, reason string) error {
	if m, ok := i.proposal(); ok {
		if err := tx.saveMeasure(ctx, by, m.end(EndedBySentBack, reason, tx.now), measureStep{what: "sent_back", words: map[string]any{"reason": reason}}); err != nil {
			return err
		}
	}
	policy, err := tx.PolicyVersion(ctx, i.Policy)
	if err != nil {
		return err
	}
	numbers, err := tx.sellerNumbers(ctx, i.SellerID, policy)
	if err != nil {
		return err
	}
	i.Status, i.Closing, i.Reason, i.ClosedAt, i.DueAt, i.Outcome = InvestigationClosed, &numbers, reason, tx.now, 0, i.outcome()
	if err := tx.setTimer(ctx, investigationTimer, i.ID, 0); err != nil {
		return fmt.Errorf("end timer: %w", err)
	}
	if err := tx.setTimer(ctx, retentionTimer, i.ID, tx.now.Add(days(policy.RetentionDays))); err != nil {
		return fmt.Errorf("set timer: %w", err)
	}
	if _, err := tx.closeReports(ctx, by, i.ID, i.Outcome == outcomeActed); err != nil {
		return err
	}
	return tx.saveInvestigation(ctx, by, i, step{what: "closed", words: map[string]any{"reason": reason, "outcome": i.Outcome}, tell: "investigation_" + i.Outcome})
}

// outcome is what reporters hear: that something was done if a measure was decided that no
// appeal has overturned. Pure.
func (i Investigation) outcome() string {
	for _, m := range i.Measures {
		if m.Decided() && m.Status != MeasureIsOverturned {
			return outcomeActed
		}
	}
	return outcomeClosedNoActed
}

// fireInvestigations does what is due of questions to sellers: one whose time is over goes
// back to staff, who see that no answer came; of another the seller is reminded. It returns
// how many timers there were.
func (tx *Store) fireInvestigations(ctx context.Context, due []timerRow) (int, error) {
	taken, err := tx.takeTimers(ctx, investigationTimer, due)
	if err != nil {
		return 0, err
	}
	for _, t := range taken {
		rows, err := find[investigationJoined](ctx, tx, selectInvestigations+"WHERE i.id = ?", t.Subject)
		if err != nil {
			return 0, fmt.Errorf("read investigation: %w", err)
		}
		var next Instant
		if len(rows) > 0 && rows[0].Row.Status == FactsRequested {
			i, err := rows[0].investigation()
			if err != nil {
				return 0, err
			}
			policy, err := tx.PolicyVersion(ctx, i.Policy)
			if err != nil {
				return 0, err
			}
			if tx.now >= i.DueAt {
				i.Status, i.SilentAt, i.DueAt = InvestigationOpen, i.DueAt, 0
				err = tx.saveInvestigation(ctx, Clock, i, step{what: "facts_missed", tell: "investigation_silent"})
			} else {
				next = policy.requestWake(i.DueAt, tx.now)
				err = tx.tellSeller(ctx, i.SellerID, "investigation_reminder", map[string]any{"investigation": i.Number, "due_at": i.DueAt.String()})
			}
			if err != nil {
				return 0, err
			}
		}
		if err := tx.setTimer(ctx, investigationTimer, t.Subject, next); err != nil {
			return 0, fmt.Errorf("set timer: %w", err)
		}
	}
	return len(taken), nil
}

// proposed is a lead's proposal as a measure. Pure.
func (in ProposeMeasureInput) measure(by Actor, i Investigation, ladder SellerNumbers, counts []health.Count, p Policy, now Instant) Measure {
	m := Measure{
		ID: newID(), Number: newNumber('E'), InvestigationID: i.ID, SellerID: i.SellerID, Kind: in.Kind, SKU: in.SKU, Status: MeasureIsProposed, Ladder: ladder,
		Facts: text(in.Facts), Rule: text(in.Rule), Explanation: text(in.Explanation), ProposedAt: now, ProposedBy: by.AccountID, Policy: p.Version, Days: p.usualDays(in.Kind),
	}
	if in.Days != nil {
		m.Days = *in.Days
	}
	if in.Cap != nil {
		m.Cap = *in.Cap
	}
	for _, c := range counts {
		m.relied = append(m.relied, c.Order)
	}
	return m
}
