package models

import (
	"context"
	"fmt"
	"slices"
)

// QualityInput is what comes with an action about a second look.
type QualityInput interface {
	Action() QualityAction
	expected() *int64
}

// The inputs of the actions, with their limits in characters.
type (
	// TakeQualityInput says that the caller looks at it.
	TakeQualityInput struct{ Versioned }
	// ReleaseQualityInput gives it back.
	ReleaseQualityInput struct{ Versioned }
	// SubmitQualityInput is what the second person would decide. Amount nil grants the claimed sum.
	SubmitQualityInput struct {
		Versioned
		Outcome    string `json:"outcome" validate:"required,oneof=granted denied"`
		Amount     *int64 `json:"amount"`
		ReasonCode string `json:"reason_code" validate:"required,code"`
		Facts      string `json:"facts" validate:"required,visible,max=500,clean"`
	}
	// CloseQualityInput is what talking a difference through came to.
	CloseQualityInput struct {
		Versioned
		Conclusion string `json:"conclusion" validate:"required,oneof=first_right second_right both_defensible rule_unclear"`
		Note       string `json:"note" validate:"required,visible,max=2000,clean"`
	}
)

// Action names the action.
func (*TakeQualityInput) Action() QualityAction { return TakesQuality }

// Action names the action.
func (*ReleaseQualityInput) Action() QualityAction { return ReleasesQuality }

// Action names the action.
func (*SubmitQualityInput) Action() QualityAction { return SubmitsQuality }

// Action names the action.
func (*CloseQualityInput) Action() QualityAction { return ClosesQuality }

// NewQualityInput returns an empty input for the action, to be decoded into; false when there is
// no such action.
func NewQualityInput(a QualityAction) (QualityInput, bool) {
	switch a {
	case TakesQuality:
		return new(TakeQualityInput), true
	case ReleasesQuality:
		return new(ReleaseQualityInput), true
	case SubmitsQuality:
		return new(SubmitQualityInput), true
	case ClosesQuality:
		return new(CloseQualityInput), true
	}
	return nil, false
}

// verdict is what the input says of a case with this sum. Kinds: Invalid.
func (in *SubmitQualityInput) verdict(claimed int64, currency string) (Verdict, error) {
	v := Verdict{Outcome: ClaimStatus(in.Outcome), ReasonCode: in.ReasonCode}
	switch {
	case v.Outcome == Denied && in.Amount != nil:
		return v, fieldError("amount", "not_wanted")
	case v.Outcome == Denied:
	case in.Amount == nil:
		v.Amount = claimed
	case *in.Amount < 1 || *in.Amount > claimed:
		return v, amountError(currency, 1, claimed)
	default:
		v.Amount = *in.Amount
	}
	return v, nil
}

// ActQuality does one action about a second look, as its table says. It changes nothing of the
// claim. Kinds: NotFound, Forbidden for who had a part in the case, Conflict (not_allowed_now with
// allowed_actions, stale_version), Invalid.
func (s *Store) ActQuality(ctx context.Context, by Actor, number string, in QualityInput) (QualityReview, error) {
	var done QualityReview
	err := s.inTx(ctx, func(tx *Store) error {
		r, err := tx.qualityFor(ctx, by, number)
		if err != nil {
			return err
		}
		if !by.IsStaff() || r.Involved && r.Blind() {
			return forbidden()
		}
		allowed := r.AllowedActions(by)
		if !slices.Contains(allowed, in.Action()) {
			return onlyAllowed(allowed)
		}
		if v := in.expected(); v != nil && *v != r.Version {
			return stale(r.Version)
		}
		if err := check(in); err != nil {
			return err
		}
		if err := tx.actQuality(ctx, by, r, in); err != nil {
			return err
		}
		done, err = tx.QualityByNumber(ctx, by, number)
		return err
	})
	return done, err
}

func (tx *Store) actQuality(ctx context.Context, by Actor, r QualityReview, in QualityInput) error {
	switch in := in.(type) {
	case *TakeQualityInput:
		r.Status, r.TakenBy, r.TakenAt = QualityTaken, by.AccountID, tx.now
	case *ReleaseQualityInput:
		r.Status, r.TakenBy, r.TakenAt = QualityWaiting, "", 0
	case *SubmitQualityInput:
		v, err := in.verdict(r.Claimed, r.Currency)
		if err != nil {
			return err
		}
		p, err := tx.Policy(ctx, tx.now)
		if err != nil {
			return err
		}
		r.Second, r.SecondBy, r.SecondAt, r.SecondFacts = v, by.AccountID, tx.now, text(in.Facts)
		r.Same = Agree(r.First, v, p.QualityAmountShare)
		if r.Status = QualityDiffers; r.Same.All() {
			r.Status = QualityAgreed
		}
	case *CloseQualityInput:
		r.Status, r.Conclusion, r.Note, r.ClosedBy, r.ClosedAt = QualityClosed, in.Conclusion, text(in.Note), by.AccountID, tx.now
	default:
		return fmt.Errorf("no rule for %T", in)
	}
	n, err := tx.exec(ctx, `UPDATE quality_reviews SET status = ?, taken_by = ?, taken_at = ?, second_by = ?, second_at = ?, second_outcome = ?, second_amount = ?, second_reason = ?, second_facts = ?,
		same_outcome = ?, same_amount = ?, same_reason = ?, agrees = ?, note = ?, conclusion = ?, closed_by = ?, closed_at = ?, version = version + 1, changed_at = ? WHERE id = ? AND version = ?`,
		r.Status, r.TakenBy, r.TakenAt, r.SecondBy, r.SecondAt, r.Second.Outcome, r.Second.Amount, r.Second.ReasonCode, r.SecondFacts,
		r.Same.Outcome, r.Same.Amount, r.Same.Reason, r.Same.All(), r.Note, r.Conclusion, r.ClosedBy, r.ClosedAt, tx.now, r.ID, r.Version)
	if err != nil {
		return fmt.Errorf("update second look: %w", err)
	}
	if n == 0 {
		return errAgain
	}
	return nil
}

// isDrawn reports whether what has just been decided by staff is drawn for a second look.
func (tx *Store) isDrawn(ctx context.Context, before, c Claim) (bool, error) {
	d := c.Decision
	if d == nil || d != c.toCheck() || before.Decision != nil && before.Decision.DecidedAt == d.DecidedAt {
		return false, nil
	}
	p, err := tx.Policy(ctx, tx.now)
	if err != nil {
		return false, err
	}
	return drawnForQuality(tx.config.Keys.Sign, c.ID, d.DecidedAt, p.QualityShare), nil
}

// fireQuality puts the decisions that were drawn on the list of second looks. It returns how many
// timers there were.
func (tx *Store) fireQuality(ctx context.Context, due []timerRow) (int, error) {
	taken, err := tx.takeTimers(ctx, qualityTimer, due)
	if err != nil {
		return 0, err
	}
	for _, t := range taken {
		c, err := tx.claimAlone(ctx, "c.id = ?", t.Subject)
		if err != nil && KindOf(err) != NotFound {
			return 0, err
		}
		if d := c.toCheck(); d != nil {
			if _, err := tx.toQuality(ctx, c, *d, ""); err != nil {
				return 0, err
			}
		}
		if err := tx.setTimer(ctx, qualityTimer, t.Subject, 0); err != nil {
			return 0, fmt.Errorf("end timer: %w", err)
		}
	}
	return len(taken), nil
}

// toQuality puts a decision on the list of second looks, once; it returns the number there.
func (tx *Store) toQuality(ctx context.Context, c Claim, d Decision, pickedBy string) (string, error) {
	there, err := find[struct{ Number string }](ctx, tx, "SELECT number FROM quality_reviews WHERE claim_id = ? AND decided_at = ?", c.ID, d.DecidedAt)
	if err != nil {
		return "", fmt.Errorf("read second looks of a claim: %w", err)
	}
	if len(there) > 0 {
		return there[0].Number, nil
	}
	row := qualityRow{
		ID: newID(), Number: newNumber('Q'), ClaimID: c.ID, DecidedAt: d.DecidedAt, DecidedBy: d.DecidedBy, ApprovedBy: d.ApprovedBy, FirstOutcome: d.Outcome, FirstAmount: d.Amount,
		FirstReason: d.ReasonCode, Currency: c.Currency, Claimed: max(c.Claimed, d.Amount), PolicyVersion: c.PolicyVersion, DrawnAt: tx.now, PickedBy: pickedBy, Status: QualityWaiting, Version: 1, ChangedAt: tx.now,
	}
	if err := tx.insert(ctx, &row); err != nil {
		if isDuplicate(err) {
			return "", errAgain
		}
		return "", fmt.Errorf("insert second look: %w", err)
	}
	return row.Number, nil
}

// PickQuality puts a decided claim on the list of second looks, whether it was drawn or not; one
// that is there stays as it is. Leads only. Kinds: NotFound, Forbidden, Conflict (not_decided).
func (s *Store) PickQuality(ctx context.Context, by Actor, claim string) (QualityReview, error) {
	var r QualityReview
	err := s.inTx(ctx, func(tx *Store) error {
		c, d, err := tx.decidedFor(ctx, by, claim)
		if err != nil {
			return err
		}
		number, err := tx.toQuality(ctx, c, d, by.AccountID)
		if err != nil {
			return err
		}
		r, err = tx.QualityByNumber(ctx, by, number)
		return err
	})
	return r, err
}

// decidedFor is a claim with the decision of staff on it, for a lead who is no party of it.
func (s *Store) decidedFor(ctx context.Context, by Actor, number string) (Claim, Decision, error) {
	c, err := s.claimHead(ctx, by, number)
	if err != nil {
		return c, Decision{}, err
	}
	if by.Role != RoleLead || by.sideOf(c.BuyerEmail, c.SellerID) != SideStaff {
		return c, Decision{}, forbidden()
	}
	d := c.toCheck()
	if d == nil {
		return c, Decision{}, &Error{Kind: Conflict, Code: "not_decided"}
	}
	return c, *d, nil
}

// noteAppealEnd keeps how an appeal against a decision ended, for the numbers.
func (tx *Store) noteAppealEnd(ctx context.Context, before, c Claim) error {
	was := before.OpenAppeal()
	if was == nil || was.First == nil || c.OpenAppeal() != nil {
		return nil
	}
	a := c.AppealOf(was.By)
	if a == nil || a.Decision == nil {
		return nil
	}
	row := qualityAppealRow{ClaimID: c.ID, Party: was.By, DecidedAt: a.EndedAt, ReasonCode: a.First.ReasonCode, FirstBy: a.First.DecidedBy, Outcome: a.Outcome, Reversed: a.Outcome != AppealUpheld}
	if err := tx.insert(ctx, &row); err != nil {
		return fmt.Errorf("note the end of an appeal: %w", err)
	}
	return nil
}
