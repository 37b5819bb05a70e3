package models

import (
	"context"
	"fmt"

	"hosho/models/health"
)

type flagRow struct {
	ID            string
	Number        string
	AccountID     string
	Kind          health.Suspicion
	SellerID      string
	LiveKey       *string
	TallyCount    int
	TallyOf       int
	Status        FlagStatus
	Waits         FlagWait
	PolicyVersion int
	FlaggedAt     Instant
	ClosedAt      Instant
	Version       int64
	ChangedAt     Instant
}

func (flagRow) TableName() string { return "flags" }

type flagCaseRow struct {
	FlagID string
	Number string
}

func (flagCaseRow) TableName() string { return "flag_cases" }

type flagStepRow struct {
	FlagID       string
	StepNo       int
	Kind         FlagStepKind
	AccountID    string
	Words        string
	ByID         string
	At           Instant
	PerDay       int
	EndsAt       Instant
	EndedAt      Instant
	EndReason    string
	EndWords     string
	AppealUntil  Instant
	AppealStatus string
	Grounds      string
	AppealedAt   Instant
	DecidedAt    Instant
	DecidedBy    string
	Explanation  string
}

func (flagStepRow) TableName() string { return "flag_steps" }

func (r flagStepRow) step() FlagStep {
	return FlagStep{
		No: r.StepNo, Kind: r.Kind, Words: r.Words, ByID: r.ByID, At: r.At, PerDay: r.PerDay, EndsAt: r.EndsAt, EndedAt: r.EndedAt, End: r.EndReason, EndWords: r.EndWords,
		AppealUntil: r.AppealUntil, Appeal: r.AppealStatus, Grounds: r.Grounds, AppealedAt: r.AppealedAt, DecidedAt: r.DecidedAt, DecidedBy: r.DecidedBy, Explanation: r.Explanation,
	}
}

func (s FlagStep) row(f Flag) flagStepRow {
	return flagStepRow{
		FlagID: f.ID, StepNo: s.No, Kind: s.Kind, AccountID: f.AccountID, Words: s.Words, ByID: s.ByID, At: s.At, PerDay: s.PerDay, EndsAt: s.EndsAt, EndedAt: s.EndedAt, EndReason: s.End,
		EndWords: s.EndWords, AppealUntil: s.AppealUntil, AppealStatus: s.Appeal, Grounds: s.Grounds, AppealedAt: s.AppealedAt, DecidedAt: s.DecidedAt, DecidedBy: s.DecidedBy, Explanation: s.Explanation,
	}
}

// liveKey is what two flags that count may not share.
func liveKey(account string, kind health.Suspicion, seller string) string {
	return string(kind) + " " + account + " " + seller
}

// flagStep is what an action has done about a flag: its entry, and the notice to whom it is about.
type flagStep struct {
	what  string
	words map[string]any
	tell  string // the kind of notice, "" for none
	step  FlagStep
}

// saveFlag stores a flag as a rule has left it, over the version that was read, with its steps
// and its timer; what was done is entered, told and let out without anybody's words.
func (tx *Store) saveFlag(ctx context.Context, by Actor, f Flag, s flagStep) error {
	var live *string
	if f.Status != FlagSetAside && f.Status != FlagWithdrawn {
		key := liveKey(f.AccountID, f.Kind, f.SellerID)
		live = &key
	} else if f.ClosedAt == 0 {
		f.ClosedAt = tx.now
	}
	n, err := tx.exec(ctx, "UPDATE flags SET status = ?, waits = ?, live_key = ?, closed_at = ?, version = version + 1, changed_at = ? WHERE id = ? AND version = ?",
		f.Status, f.waiting(), live, f.ClosedAt, tx.now, f.ID, f.Version)
	if err != nil {
		return fmt.Errorf("update flag: %w", err)
	}
	if n == 0 {
		return errAgain // changed meanwhile; asked anew, that is what is said
	}
	for _, step := range f.Steps {
		if err := tx.saveFlagStep(ctx, f, step); err != nil {
			return err
		}
	}
	if err := tx.setTimer(ctx, flagTimer, f.ID, f.nextWake()); err != nil {
		return fmt.Errorf("set timer: %w", err)
	}
	if err := tx.enter(ctx, by, f.ID, s.what, s.words); err != nil {
		return err
	}
	if s.tell != "" {
		if err := tx.tellFlagged(ctx, f, s); err != nil {
			return err
		}
	}
	return tx.emitFlag(ctx, by, f, s.what)
}

func (tx *Store) saveFlagStep(ctx context.Context, f Flag, s FlagStep) error {
	r := s.row(f)
	if s.fresh {
		if err := tx.insert(ctx, &r); err != nil {
			if isDuplicate(err) {
				return errAgain
			}
			return fmt.Errorf("insert step of a flag: %w", err)
		}
		return nil
	}
	_, err := tx.exec(ctx, `UPDATE flag_steps SET ends_at = ?, ended_at = ?, end_reason = ?, end_words = ?, appeal_status = ?, grounds = ?, appealed_at = ?, decided_at = ?, decided_by = ?, explanation = ?
		WHERE flag_id = ? AND step_no = ?`, r.EndsAt, r.EndedAt, r.EndReason, r.EndWords, r.AppealStatus, r.Grounds, r.AppealedAt, r.DecidedAt, r.DecidedBy, r.Explanation, f.ID, s.No)
	if err != nil {
		return fmt.Errorf("update step of a flag: %w", err)
	}
	return nil
}

// tellFlagged writes the notice to whom a flag is about.
func (tx *Store) tellFlagged(ctx context.Context, f Flag, s flagStep) error {
	row, err := tx.noticeRow("account:"+f.AccountID, f.Locale, s.tell, s.step.noticeArgs(f))
	if err != nil {
		return err
	}
	return tx.insertNoticeRows(ctx, row)
}

// noticeArgs are the facts of a notice about a step.
func (s FlagStep) noticeArgs(f Flag) map[string]any {
	args := map[string]any{"flag": f.Number, "count": f.Tally.Count, "of": f.Tally.Of, "max": s.PerDay}
	for name, at := range map[string]Instant{"until": s.EndsAt, "appeal_until": s.AppealUntil} {
		if at != 0 {
			args[name] = at.String()
		}
	}
	return args
}

// FlagLetter is the notice that an action would send, as it would go out: its kind and facts.
// Pure.
func FlagLetter(f Flag, action FlagAction, p Policy, now Instant) Notice {
	step, kind := f.draft(action, p, now)
	return Notice{Party: "account:" + f.AccountID, Kind: kind, Args: step.noticeArgs(f), Locale: f.Locale, CreatedAt: now}
}

// draft is the step that an action would make, and the notice of it. Pure.
func (f Flag) draft(action FlagAction, p Policy, now Instant) (FlagStep, string) {
	s := FlagStep{No: len(f.Steps) + 1, fresh: true, Kind: FlagWarning, At: now, AppealUntil: now.Add(days(p.Abuse.AppealDays))}
	kind := "flag_warned"
	if f.OfClaims() {
		kind = "flag_warned_claims"
	}
	if action == SetsLimit {
		s.Kind, s.PerDay, s.EndsAt, kind = FlagLimit, p.Abuse.LimitPerDay, now.Add(days(p.Abuse.LimitDays)), "flag_limited"
	}
	return s, kind
}

// emitFlag lets the marketplace's systems hear of a flag, without anybody's words and without
// whom it is about.
func (tx *Store) emitFlag(ctx context.Context, by Actor, f Flag, what string) error {
	var seller *string
	if f.SellerID != "" {
		seller = &f.SellerID
	}
	return tx.emit(ctx, fact{Type: "report.flag." + what, Subject: f.Number, By: by, Data: struct {
		Kind     health.Suspicion `json:"kind"`
		Status   FlagStatus       `json:"status"`
		SellerID *string          `json:"seller_id"`
	}{f.Kind, f.Status, seller}})
}
