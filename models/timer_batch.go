package models

import (
	"context"
	"fmt"
	"time"
)

// woken is a claim whose time has come, with what the clock makes of it.
type woken struct {
	before Claim
	change change
	policy Policy
	by     Actor
	quiet  bool
}

// plain says that nothing but the claim itself, its events, notices and timer is written, so
// that it can share statements with others.
func (w woken) plain() bool {
	return len(w.change.attach) == 0 && w.change.refund == nil && !w.change.reopen && w.before.Status.Open() == w.change.claim.Status.Open() &&
		(w.before.Decision == nil) == (w.change.claim.Decision == nil)
}

// fireClaims fires the timers of claims in few statements: one takes them all, one or two
// read them, and events, notices and timers are written together. Each claim is still guarded
// by its own version. It returns how many were there to be taken: another replica may have
// been first.
func (tx *Store) fireClaims(ctx context.Context, due []timerRow) (int, error) {
	taken, err := tx.takeTimers(ctx, claimTimer, due)
	if err != nil || len(taken) == 0 {
		return 0, err
	}
	ids := make([]string, 0, len(taken))
	at := map[string]Instant{}
	for _, t := range taken {
		ids, at[t.Subject] = append(ids, t.Subject), t.FireAt
	}
	claims, err := tx.claimsByID(ctx, ids)
	if err != nil {
		return 0, err
	}
	var together, all []woken
	for _, c := range claims {
		w, err := tx.wokenClaim(ctx, c, at[c.ID])
		if err != nil {
			return 0, err
		}
		delete(at, c.ID)
		all = append(all, w)
		if w.plain() {
			together = append(together, w)
			continue
		}
		if _, err := tx.writeClaim(ctx, w.by, SideClock, c, w.change, w.policy, w.quiet); err != nil {
			return 0, err
		}
	}
	for id := range at { // a timer whose claim is gone
		if err := tx.setTimer(ctx, claimTimer, id, 0); err != nil {
			return 0, err
		}
	}
	if err := tx.writeWoken(ctx, together); err != nil {
		return 0, err
	}
	return len(taken), tx.tellBack(ctx, all)
}

// takeTimers leases those of the timers, all of one kind, that are still as they were read. A timer that
// another replica has taken, or an action has moved, is left out.
func (tx *Store) takeTimers(ctx context.Context, kind string, due []timerRow) ([]timerRow, error) {
	if len(due) == 0 {
		return nil, nil
	}
	now := tx.MachineNow()
	lease := now.Add(time.Minute)
	subjects := make([]string, 0, len(due))
	var from, to Instant
	for i, t := range due {
		subjects = append(subjects, t.Subject)
		if i == 0 {
			from, to = t.FireAt, t.FireAt
		}
		from, to = min(from, t.FireAt), max(to, t.FireAt)
	}
	n, err := tx.exec(ctx, "UPDATE timers SET lease_until = ? WHERE kind = ? AND subject IN ? AND fire_at >= ? AND fire_at <= ? AND (lease_until IS NULL OR lease_until <= ?)",
		lease, kind, subjects, from, to, now)
	if err != nil {
		return nil, fmt.Errorf("take timers: %w", err)
	}
	if n == 0 {
		return nil, nil
	}
	if n == int64(len(due)) && from == to {
		return due, nil
	}
	// What was taken is read again: a timer may have moved within the batch's range since.
	rows, err := find[timerRow](ctx, tx, "SELECT * FROM timers WHERE kind = ? AND subject IN ? AND lease_until = ?", kind, subjects, lease)
	if err != nil {
		return nil, fmt.Errorf("read taken timers: %w", err)
	}
	return rows, nil
}

// wokenClaim asks the rules what the clock makes of a claim now.
func (tx *Store) wokenClaim(ctx context.Context, c Claim, at Instant) (woken, error) {
	policy, err := tx.PolicyVersion(ctx, c.PolicyVersion)
	if err != nil {
		return woken{}, err
	}
	reach := reachability{buyer: true, seller: true}
	if (c.Status == AwaitingSeller || c.Status == AwaitingBuyer || c.Status == AwaitingReturn) && tx.now >= c.DueAt {
		if reach, err = tx.reachable(ctx, c); err != nil {
			return woken{}, err
		}
	}
	if c.ReplacementWaits() {
		order, err := tx.orderHead(ctx, c.OrderNumber)
		if err != nil {
			return woken{}, err
		}
		reach.paidBack = c.unrefundedOf(order) == 0
	}
	ch := c.wake(policy, reach, at, tx.now)
	by := Clock
	if d := ch.claim.Decision; d != nil && d.Automated && (c.Decision == nil || !c.Decision.Automated) {
		by = Automatic
	}
	quiet := c.Status == ch.claim.Status && c.EscalatedAt == ch.claim.EscalatedAt && c.NextActor == ch.claim.NextActor && c.Replacement.missed() == ch.claim.Replacement.missed() &&
		len(c.Appeals) == len(ch.claim.Appeals)
	return woken{c, ch, policy, by, quiet}, nil
}

// writeWoken stores claims as writeClaim does, with one statement for each table but theirs.
func (tx *Store) writeWoken(ctx context.Context, list []woken) error {
	if len(list) == 0 {
		return nil
	}
	var events []eventRow
	var notices []noticeRow
	var timers []timerRow
	ids := make([]string, 0, len(list))
	for _, w := range list {
		c := w.change.claim
		linked, err := link(&c, w.by, tx.now, w.change.events)
		if err != nil {
			return err
		}
		if !w.quiet {
			c.ChangedAt = tx.now
		}
		if err := tx.saveClaim(ctx, c, w.quiet); err != nil {
			return err
		}
		told, err := tx.noticesOf(c, w.change.notices)
		if err != nil {
			return err
		}
		events, notices, ids = append(events, linked...), append(notices, told...), append(ids, c.ID)
		if c.WakeAt != 0 {
			timers = append(timers, timerRow{Kind: claimTimer, Subject: c.ID, FireAt: c.WakeAt})
		}
	}
	if err := tx.insert(ctx, &events); err != nil {
		return fmt.Errorf("insert events: %w", err)
	}
	if err := tx.insertNoticeRows(ctx, notices...); err != nil {
		return err
	}
	if _, err := tx.exec(ctx, "DELETE FROM timers WHERE kind = ? AND subject IN ?", claimTimer, ids); err != nil {
		return fmt.Errorf("clear timers: %w", err)
	}
	if err := tx.insert(ctx, &timers); err != nil {
		return fmt.Errorf("set timers: %w", err)
	}
	return nil
}

// claimsByID reads claims with their lines, and the evidence of those that hold an answer,
// which is what the clock looks at.
func (s *Store) claimsByID(ctx context.Context, ids []string) ([]Claim, error) {
	rows, err := find[claimWithLine](ctx, s, selectClaimLines+"WHERE c.id IN ? ORDER BY c.id, cl.line_no", ids)
	if err != nil {
		return nil, fmt.Errorf("read claims: %w", err)
	}
	var claims []Claim
	var holding []string
	for _, r := range rows {
		if n := len(claims); n == 0 || claims[n-1].ID != r.Claim.Row.ID {
			c, err := r.Claim.claim()
			if err != nil {
				return nil, err
			}
			claims = append(claims, c)
			if c.Held != nil || len(c.HeldAppeals) > 0 {
				holding = append(holding, c.ID)
			}
		}
		c := &claims[len(claims)-1]
		c.Lines = append(c.Lines, ClaimLine{r.LineNo, r.OrderLineID, r.Amount, r.Counted})
	}
	if len(holding) == 0 {
		return claims, nil
	}
	evidence, err := s.evidenceOfAll(ctx, holding)
	if err != nil {
		return nil, err
	}
	for i := range claims {
		claims[i].Evidence = evidence[claims[i].ID]
	}
	return claims, nil
}
