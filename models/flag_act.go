package models

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"hosho/models/health"
)

// FlagInput is what comes with an action about a flag. Each action has its own fields.
type FlagInput interface {
	Action() FlagAction
	expected() *int64
}

// The inputs of the actions about flags, with their limits in characters.
type (
	// WarnInput is a warning, in words of who sends it.
	WarnInput struct {
		Versioned
		Words string `json:"words" validate:"required,visible,max=4000,clean"`
	}
	// SetAsideInput says why there is nothing in a flag, for the record.
	SetAsideInput struct {
		Versioned
		Reason string `json:"reason" validate:"required,visible,max=2000,clean"`
	}
	// LimitInput limits reporting for the time policy has, with the reasons.
	LimitInput struct {
		Versioned
		Words string `json:"words" validate:"required,visible,max=4000,clean"`
	}
	// LiftLimitInput ends a limit before its time.
	LiftLimitInput struct {
		Versioned
		Reason string `json:"reason" validate:"required,visible,max=2000,clean"`
	}
	// AppealWarningInput is the one appeal against a warning.
	AppealWarningInput struct {
		Versioned
		Captioned
		Grounds  string   `json:"grounds" validate:"required,visible,max=4000,clean"`
		Evidence []string `json:"evidence" validate:"max=20,unique,dive,key"`
	}
	// AppealLimitInput is the one appeal against a limit.
	AppealLimitInput struct {
		Versioned
		Captioned
		Grounds  string   `json:"grounds" validate:"required,visible,max=4000,clean"`
		Evidence []string `json:"evidence" validate:"max=20,unique,dive,key"`
	}
	// DecideWarningInput is what another member of staff says of an appeal against a warning.
	DecideWarningInput struct {
		Versioned
		Outcome     string `json:"outcome" validate:"required,oneof=upheld withdrawn"`
		Explanation string `json:"explanation" validate:"required,visible,max=4000,clean"`
	}
	// DecideLimitInput is what another lead says of an appeal against a limit.
	DecideLimitInput struct {
		Versioned
		Outcome     string `json:"outcome" validate:"required,oneof=upheld withdrawn"`
		Explanation string `json:"explanation" validate:"required,visible,max=4000,clean"`
	}
)

// Action names the action.
func (*WarnInput) Action() FlagAction { return SendsWarning }

// Action names the action.
func (*SetAsideInput) Action() FlagAction { return SetsFlagAside }

// Action names the action.
func (*LimitInput) Action() FlagAction { return SetsLimit }

// Action names the action.
func (*LiftLimitInput) Action() FlagAction { return LiftsLimit }

// Action names the action.
func (*AppealWarningInput) Action() FlagAction { return AppealsWarning }

// Action names the action.
func (*AppealLimitInput) Action() FlagAction { return AppealsLimit }

// Action names the action.
func (*DecideWarningInput) Action() FlagAction { return DecidesWarning }

// Action names the action.
func (*DecideLimitInput) Action() FlagAction { return DecidesLimit }

// NewFlagInput returns an empty input for the action, to be decoded into; false when there is
// no such action.
func NewFlagInput(a FlagAction) (FlagInput, bool) {
	switch a {
	case SendsWarning:
		return new(WarnInput), true
	case SetsFlagAside:
		return new(SetAsideInput), true
	case SetsLimit:
		return new(LimitInput), true
	case LiftsLimit:
		return new(LiftLimitInput), true
	case AppealsWarning:
		return new(AppealWarningInput), true
	case AppealsLimit:
		return new(AppealLimitInput), true
	case DecidesWarning:
		return new(DecideWarningInput), true
	case DecidesLimit:
		return new(DecideLimitInput), true
	}
	return nil, false
}

// ActFlag does one action about a flag, as the table says: staff warn or set it aside, leads
// limit, whom it is about appeals, and staff who have done nothing about it decide that. Kinds:
// NotFound, Forbidden, Conflict (not_allowed_now with allowed_actions, flag_appeal_closed,
// stale_version), Invalid (unknown_upload beside field limits).
func (s *Store) ActFlag(ctx context.Context, by Actor, number string, in FlagInput) (Flag, error) {
	var done Flag
	err := s.inTx(ctx, func(tx *Store) error {
		f, err := tx.flagFor(ctx, by, number)
		if err != nil {
			return err
		}
		if err := f.Refuses(by, in, tx.now); err != nil {
			return err
		}
		if err := check(in); err != nil {
			return err
		}
		if err := tx.actFlag(ctx, by, f, in); err != nil {
			return err
		}
		if done, err = tx.FlagByNumber(ctx, by, number); err != nil {
			return err
		}
		return tx.auditWork(ctx, by, act{AuditFlagActed, OnFlagFile, number, map[string]any{"action": string(in.Action())}})
	})
	return done, err
}

// Refuses is why the actor may not do this now, nil where it may. Pure. Kinds: as of ActFlag.
func (f Flag) Refuses(by Actor, in FlagInput, now Instant) error {
	action := in.Action()
	ok := f.may(action, by, now)
	step := f.Warning()
	if action == AppealsLimit {
		step = f.Limit()
	}
	switch {
	case !everFlags(action, by, f.side(by)), ok && action.decides() && slices.Contains(f.Involved, by.AccountID):
		return forbidden()
	case !ok && (action == AppealsWarning || action == AppealsLimit) && step.No > 0 && (step.Appeal == "" || step.Appeal == appealExpired) && now >= step.AppealUntil:
		return (&Error{Kind: Conflict, Code: "flag_appeal_closed"}).With("until", step.AppealUntil)
	case !ok:
		return onlyAllowed(f.AllowedActions(by, now))
	}
	if v := in.expected(); v != nil && *v != f.Version {
		return stale(f.Version)
	}
	return nil
}

func (tx *Store) actFlag(ctx context.Context, by Actor, f Flag, in FlagInput) error {
	policy, err := tx.PolicyVersion(ctx, f.Policy)
	if err != nil {
		return err
	}
	switch in := in.(type) {
	case *WarnInput:
		return tx.sendStep(ctx, by, f, SendsWarning, in.Words, policy)
	case *LimitInput:
		return tx.sendStep(ctx, by, f, SetsLimit, in.Words, policy)
	case *SetAsideInput:
		f.Status = FlagSetAside
		if err := tx.saveFlag(ctx, by, f, flagStep{what: "set_aside", words: map[string]any{"reason": text(in.Reason)}}); err != nil {
			return err
		}
		return tx.clearSuspicion(ctx, f)
	case *LiftLimitInput:
		f, s := f.endLimit(limitEndedByLift, text(in.Reason), tx.now)
		return tx.saveFlag(ctx, by, f, flagStep{what: "limit_lifted", words: map[string]any{"reason": s.EndWords}, tell: "flag_limit_lifted", step: s})
	case *AppealWarningInput:
		return tx.appealStep(ctx, by, f, f.Warning().No, in.Grounds, attachDraft{uploads: in.Evidence, captions: in.Captions})
	case *AppealLimitInput:
		return tx.appealStep(ctx, by, f, f.Limit().No, in.Grounds, attachDraft{uploads: in.Evidence, captions: in.Captions})
	case *DecideWarningInput:
		return tx.decideStep(ctx, by, f, f.Warning().No, in.Outcome, text(in.Explanation), policy)
	case *DecideLimitInput:
		return tx.decideStep(ctx, by, f, f.Limit().No, in.Outcome, text(in.Explanation), policy)
	}
	return fmt.Errorf("no rule for %T", in)
}

// sendStep sends a warning or sets a limit.
func (tx *Store) sendStep(ctx context.Context, by Actor, f Flag, action FlagAction, words string, p Policy) error {
	s, tell := f.draft(action, p, tx.now)
	s.Words, s.ByID = text(words), by.AccountID
	f.Steps = append(f.Steps, s)
	what := "warned"
	if f.Status = FlagWarned; action == SetsLimit {
		f.Status, what = FlagLimited, "limited"
	}
	return tx.saveFlag(ctx, by, f, flagStep{what: what, words: map[string]any{"message": s.Words}, tell: tell, step: s})
}

func (tx *Store) appealStep(ctx context.Context, by Actor, f Flag, no int, grounds string, files attachDraft) error {
	if len(files.uploads) > 0 {
		if err := tx.attach(ctx, by, SideBuyer, OnFlag, f.ID, 0, files); err != nil {
			return err
		}
		// Its files stay while the appeal waits.
		if err := tx.setTimer(ctx, retentionTimer, f.ID, 0); err != nil {
			return err
		}
	}
	s := &f.Steps[no-1]
	s.Appeal, s.Grounds, s.AppealedAt = appealPending, text(grounds), tx.now
	return tx.saveFlag(ctx, by, f, flagStep{what: string(s.Kind) + "_appealed", words: map[string]any{"message": s.Grounds}})
}

// decideStep ends an appeal. A warning that is withdrawn stays on the record and counts no
// more: what followed from it ends with it, and what it counted weighs nothing from then on.
func (tx *Store) decideStep(ctx context.Context, by Actor, f Flag, no int, outcome, explanation string, p Policy) error {
	s := &f.Steps[no-1]
	s.Appeal, s.Explanation, s.DecidedAt, s.DecidedBy = outcome, explanation, tx.now, by.AccountID
	withdrawn := outcome == AppealWithdrawn
	if withdrawn {
		f, _ = f.endLimit(limitEndedByAppeal, "", tx.now)
	}
	if withdrawn && f.Steps[no-1].Kind == FlagWarning {
		f.Status = FlagWithdrawn
		for i := range f.Steps { // an appeal against what ended with it has nothing left to decide
			if f.Steps[i].Appeal == appealPending {
				f.Steps[i].Appeal, f.Steps[i].DecidedAt, f.Steps[i].DecidedBy, f.Steps[i].Explanation = AppealWithdrawn, tx.now, by.AccountID, explanation
			}
		}
	}
	if f.waiting() != FlagAppeal {
		if err := tx.setTimer(ctx, retentionTimer, f.ID, tx.now.Add(days(p.RetentionDays))); err != nil {
			return err
		}
	}
	step := f.Steps[no-1]
	kind := string(step.Kind) + "_" + outcome
	if err := tx.saveFlag(ctx, by, f, flagStep{what: kind, words: map[string]any{"explanation": explanation}, tell: "flag_" + kind, step: step}); err != nil {
		return err
	}
	if f.Status != FlagWithdrawn {
		return nil
	}
	return tx.clearSuspicion(ctx, f)
}

// endLimit ends a limit that holds, if there is one. Pure.
func (f Flag) endLimit(why, words string, now Instant) (Flag, FlagStep) {
	if f.Status != FlagLimited {
		return f, FlagStep{}
	}
	f.Steps = slices.Clone(f.Steps)
	for i := range f.Steps {
		if f.Steps[i].holdsUntil() != 0 {
			f.Steps[i].EndedAt, f.Steps[i].End, f.Steps[i].EndWords = now, why, words
		}
	}
	f.Status = FlagWarned
	return f, f.Limit()
}

// clearSuspicion takes away the marks that a flag left on reports, once it counts no more; what
// can open an investigation again does.
func (tx *Store) clearSuspicion(ctx context.Context, f Flag) error {
	if f.OfClaims() {
		return nil
	}
	where, args := "", []any{f.AccountID}
	if f.SellerID != "" {
		where, args = " AND seller_id = ?", append(args, f.SellerID)
	}
	rows, err := find[reportRow](ctx, tx, "SELECT * FROM reports WHERE account_id = ? AND suspicion IS NOT NULL"+where+" ORDER BY sent_at, id", args...)
	if err != nil {
		return fmt.Errorf("read marked reports: %w", err)
	}
	var sellers []string
	for i := range rows {
		words := slices.DeleteFunc(strings.Fields(orEmpty(rows[i].Suspicion)), func(w string) bool { return health.Suspicion(w) == f.Kind })
		if err := tx.setSuspicion(ctx, &rows[i], words); err != nil {
			return err
		}
		if !slices.Contains(sellers, rows[i].SellerID) {
			sellers = append(sellers, rows[i].SellerID)
		}
	}
	slices.Sort(sellers)
	for _, id := range sellers {
		if err := tx.followSeller(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// refuseLimited is why a report is not taken from somebody whom a lead has limited.
func (tx *Store) refuseLimited(ctx context.Context, by Actor, sent []Instant, p Policy) error {
	limit, err := tx.reportLimit(ctx, by)
	if err != nil || limit.Flag == "" {
		return err
	}
	return limit.refuses(sent, p, tx.now)
}

// fireFlags does what is due of flags: a limit ends, and its person is told; the time to appeal
// is over. It returns how many timers there were.
func (tx *Store) fireFlags(ctx context.Context, due []timerRow) (int, error) {
	taken, err := tx.takeTimers(ctx, flagTimer, due)
	if err != nil {
		return 0, err
	}
	for _, t := range taken {
		f, err := tx.oneFlag(ctx, "f.id = ?", t.Subject)
		if KindOf(err) == NotFound {
			if err := tx.setTimer(ctx, flagTimer, t.Subject, 0); err != nil {
				return 0, fmt.Errorf("end timer: %w", err)
			}
			continue
		}
		if err != nil {
			return 0, err
		}
		if err := tx.wakeFlag(ctx, f); err != nil {
			return 0, err
		}
	}
	return len(taken), nil
}

// wakeFlag does all that is due of a flag, one thing after the other.
func (tx *Store) wakeFlag(ctx context.Context, f Flag) error {
	next, what := f.wake(tx.now)
	if what == "" {
		if err := tx.setTimer(ctx, flagTimer, f.ID, f.nextWake()); err != nil {
			return fmt.Errorf("set timer: %w", err)
		}
		return nil
	}
	step := flagStep{what: what}
	if what == "limit_ended" {
		step.tell, step.step = "flag_limit_ended", next.Limit()
	}
	if err := tx.saveFlag(ctx, Clock, next, step); err != nil {
		return err
	}
	next.Version++
	return tx.wakeFlag(ctx, next)
}
