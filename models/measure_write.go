package models

import (
	"context"
	"fmt"
)

// measureStep is what an action has done to a measure: its entry, its event, the notice to
// the seller.
type measureStep struct {
	what  string
	words map[string]any
	emit  bool
	event string // what the marketplace's systems hear, where it is not what
	tell  string
}

// saveMeasure stores a measure as a rule has left it, over the version that was read; one of
// version 0 is new. What the seller may list follows it, and so do its timer and who is told.
func (tx *Store) saveMeasure(ctx context.Context, by Actor, m Measure, s measureStep) error {
	policy, err := tx.PolicyVersion(ctx, m.Policy)
	if err != nil {
		return err
	}
	read := m.Version
	m.Waits, m.Version, m.ChangedAt = m.waiting(tx.now), m.Version+1, tx.now
	row, err := m.row()
	if err != nil {
		return err
	}
	if read == 0 {
		if err := tx.insert(ctx, &row); err != nil {
			if isDuplicate(err) {
				return errAgain
			}
			return fmt.Errorf("insert measure: %w", err)
		}
	} else {
		n, err := tx.exec(ctx, `UPDATE measures SET status = ?, waits = ?, cap = ?, days = ?, approved_at = ?, approved_by = ?, starts_at = ?, began_at = ?, ends_at = ?, ended_at = ?, end_reason = ?,
			end_words = ?, appeal_until = ?, plan_status = ?, plan_due_at = ?, plans = ?, appeal_status = ?, grounds = ?, appealed_at = ?, appeal_decided_at = ?, appeal_words = ?, version = ?, changed_at = ?
			WHERE id = ? AND version = ?`, row.Status, row.Waits, row.Cap, row.Days, row.ApprovedAt, row.ApprovedBy, row.StartsAt, row.BeganAt, row.EndsAt, row.EndedAt, row.EndReason,
			row.EndWords, row.AppealUntil, row.PlanStatus, row.PlanDueAt, row.Plans, row.AppealStatus, row.Grounds, row.AppealedAt, row.AppealDecidedAt, row.AppealWords, row.Version, row.ChangedAt,
			m.ID, read)
		if err != nil {
			return fmt.Errorf("update measure: %w", err)
		}
		if n == 0 {
			return errAgain // changed meanwhile; asked anew, that is what is said
		}
	}
	if err := tx.setTimer(ctx, measureTimer, m.ID, m.nextWake(policy, tx.now)); err != nil {
		return fmt.Errorf("set timer: %w", err)
	}
	if m.EndedAt != 0 && m.Appeal != "" && m.Appeal != appealPending {
		if err := tx.setTimer(ctx, retentionTimer, m.ID, m.ChangedAt.Add(days(policy.RetentionDays))); err != nil {
			return fmt.Errorf("set timer: %w", err)
		}
	}
	if err := tx.enter(ctx, by, m.ID, s.what, s.words); err != nil {
		return err
	}
	if s.tell != "" {
		if err := tx.tellSeller(ctx, m.SellerID, s.tell, m.noticeArgs()); err != nil {
			return err
		}
	}
	if !s.emit {
		return nil
	}
	if err := tx.noteSuspension(ctx, m.SellerID); err != nil {
		return err
	}
	if s.event != "" {
		s.what = s.event
	}
	return tx.emitMeasure(ctx, by, m, s.what)
}

// Notice is what the seller is told by when it is decided, without a number of its own.
func (m Measure) Notice() Notice {
	return Notice{Party: "seller:" + m.SellerID, Kind: decided(m.Kind).tell, Args: m.noticeArgs()}
}

func (m Measure) noticeArgs() map[string]any {
	args := map[string]any{"measure": m.Number, "cap": m.Cap, "sku": m.SKU}
	for name, at := range map[string]Instant{"starts_at": m.StartsAt, "until": m.EndsAt, "appeal_until": m.AppealUntil} {
		if at != 0 {
			args[name] = at.String()
		}
	}
	if m.planAsked() {
		args["due_at"] = m.PlanDueAt.String()
	}
	return args
}

// emitMeasure lets the marketplace's systems hear what to enforce, without anybody's words.
func (tx *Store) emitMeasure(ctx context.Context, by Actor, m Measure, what string) error {
	var sku *string
	if m.SKU != "" {
		sku = &m.SKU
	}
	var limit *int
	if m.Cap != 0 {
		limit = &m.Cap
	}
	return tx.emit(ctx, fact{Type: "seller.measure." + what, Subject: m.Number, By: by, Data: struct {
		SellerID string        `json:"seller_id"`
		Kind     MeasureKind   `json:"kind"`
		Status   MeasureStatus `json:"status"`
		SKU      *string       `json:"sku"`
		OrderCap *int          `json:"order_cap"`
		StartsAt Instant       `json:"starts_at"`
		EndsAt   Instant       `json:"ends_at"`
		EndedAt  Instant       `json:"ended_at"`
	}{m.SellerID, m.Kind, m.Status, sku, limit, m.StartsAt, m.EndsAt, m.EndedAt}})
}

// noteSuspension notes on a seller whether all its listings are paused, or it is terminated,
// which claims against it follow.
func (tx *Store) noteSuspension(ctx context.Context, seller string) error {
	measures, err := tx.activeMeasures(ctx, seller)
	if err != nil {
		return err
	}
	if _, err := tx.exec(ctx, "UPDATE sellers SET suspended = ? WHERE id = ?", !standingOf(measures, tx.now).MayList, seller); err != nil {
		return fmt.Errorf("note standing: %w", err)
	}
	return nil
}

// fireMeasures does what is due of measures: they begin and end, the time for a plan is over,
// a seller is reminded of one. It returns how many timers there were.
func (tx *Store) fireMeasures(ctx context.Context, due []timerRow) (int, error) {
	taken, err := tx.takeTimers(ctx, measureTimer, due)
	if err != nil {
		return 0, err
	}
	for _, t := range taken {
		rows, err := find[measureJoined](ctx, tx, selectMeasures+"WHERE m.id = ?", t.Subject)
		if err != nil {
			return 0, fmt.Errorf("read measure: %w", err)
		}
		if len(rows) == 0 || rows[0].Row.Status != MeasureIsActive {
			if err := tx.setTimer(ctx, measureTimer, t.Subject, 0); err != nil {
				return 0, fmt.Errorf("end timer: %w", err)
			}
			continue
		}
		m, err := rows[0].measure()
		if err != nil {
			return 0, err
		}
		if err := tx.wakeMeasure(ctx, m); err != nil {
			return 0, err
		}
	}
	return len(taken), nil
}

func (tx *Store) wakeMeasure(ctx context.Context, m Measure) error {
	next, what := m.wake(tx.now)
	if what != "" {
		return tx.saveMeasure(ctx, Clock, next, measureStep{what: what, emit: what != "plan_overdue", tell: "measure_" + what})
	}
	policy, err := tx.PolicyVersion(ctx, m.Policy)
	if err != nil {
		return err
	}
	if planIsDue(m, tx.now) {
		if err := tx.tellSeller(ctx, m.SellerID, "measure_plan_reminder", m.noticeArgs()); err != nil {
			return err
		}
	}
	if err := tx.setTimer(ctx, measureTimer, m.ID, m.nextWake(policy, tx.now)); err != nil {
		return fmt.Errorf("set timer: %w", err)
	}
	return nil
}
