package models

import (
	"context"
	"fmt"
	"time"
)

// timerRow is something that falls due. Whoever moves the deadline moves the row.
type timerRow struct {
	Kind       string
	Subject    string
	FireAt     Instant
	LeaseUntil Instant
	Tries      int
	Error      string
}

func (timerRow) TableName() string { return "timers" }

// The kinds of timers.
const (
	claimTimer    = "claim"    // of a claim
	waitTimer     = "wait"     // of an order line whose buyer wants to know when a claim can be filed
	deadlineTimer = "deadline" // of an order line whose filing deadline its buyer is reminded of

	paymentTimer  = "payment"  // of a leg that simulated payments move
	requestTimer  = "request"  // of a cancellation or return request
	reportTimer   = "report"   // of a report of a seller: by when its sender hears
	standingTimer = "standing" // of a seller: points leave, and the orders of a window change
	measureTimer  = "measure"  // of a measure: it begins, it ends, its plan is due

	investigationTimer = "investigation" // of a question to a seller

	retentionTimer = "retention" // of a claim, or of a message or declared contact of no claim, whose files leave
)

// setTimer moves the timer of a subject, or takes it away when at is zero.
func (tx *Store) setTimer(ctx context.Context, kind, subject string, at Instant) error {
	if at == 0 {
		_, err := tx.exec(ctx, "DELETE FROM timers WHERE kind = ? AND subject = ?", kind, subject)
		return err
	}
	onKey := "ON CONFLICT (kind, subject) DO UPDATE SET fire_at = excluded.fire_at"
	if tx.engine != sqliteEngine {
		onKey = "ON DUPLICATE KEY UPDATE fire_at = VALUES(fire_at)"
	}
	_, err := tx.exec(ctx, "INSERT INTO timers (kind, subject, fire_at, tries) VALUES (?, ?, ?, 0) "+onKey+", lease_until = NULL, tries = 0, error = NULL", kind, subject, at)
	return err
}

// nextTimer is the instant of the earliest timer that does not wait for a retry.
func (s *Store) nextTimer(ctx context.Context) (Instant, bool, error) {
	var rows []timerRow
	if err := s.db(ctx).Raw("SELECT * FROM timers WHERE lease_until IS NULL OR lease_until <= ? ORDER BY fire_at, kind, subject LIMIT 1", s.MachineNow()).Scan(&rows).Error; err != nil {
		return 0, false, fmt.Errorf("read timers: %w", err)
	}
	if len(rows) == 0 {
		return 0, false, nil
	}
	return rows[0].FireAt, true, nil
}

// RunDueTimers does one pass: what is due by now happens, in batches, a transaction a batch.
// A batch that fails is halved until the item at fault stands alone; that one is tried again
// later and never holds up the rest. Any number of replicas may run it: every item is guarded
// by the version of what it changes and by its own row. It returns how many fired.
func (s *Store) RunDueTimers(ctx context.Context, limit int) (int, error) {
	now, err := s.Now(ctx)
	if err != nil {
		return 0, err
	}
	return s.runTimersUntil(ctx, now, limit)
}

// timerBatch is how many due rows share a transaction. While people use the database they are
// fewer, with a pause as long as the last batch: SQLite has one writer, and a small machine
// few processors, and nobody waits for a reminder as they do for their claim.
const (
	timerBatch      = 200
	smallTimerBatch = 20
	timerPause      = 100 * time.Millisecond // at most
)

// fruitlessBatches is how many batches in a row may find that others were first.
const fruitlessBatches = 20

func (s *Store) runTimersUntil(ctx context.Context, until Instant, limit int) (int, error) {
	quiet := *s
	quiet.sweeping = true
	s = &quiet
	fired, size := 0, timerBatch
	for fruitless := 0; fired < limit && fruitless < fruitlessBatches; {
		asked, start := s.asked.Load(), s.config.Machine()
		due, err := find[timerRow](ctx, s, "SELECT * FROM timers WHERE fire_at <= ? AND (lease_until IS NULL OR lease_until <= ?) ORDER BY fire_at, kind, subject LIMIT ?",
			until, s.MachineNow(), min(size, limit-fired))
		if err != nil {
			return fired, fmt.Errorf("read due timers: %w", err)
		}
		if len(due) == 0 {
			return fired, nil
		}
		n, err := s.fireBatch(ctx, due)
		fired += n
		if err != nil {
			return fired, err
		}
		if fruitless++; n > 0 {
			fruitless = 0
		}
		if s.asked.Load() == asked {
			size = min(2*size, timerBatch)
			continue
		}
		size = smallTimerBatch
		select {
		case <-ctx.Done():
			return fired, ctx.Err()
		case <-time.After(min(timerPause, s.config.Machine().Sub(start))):
		}
	}
	return fired, nil
}

func (s *Store) fireBatch(ctx context.Context, due []timerRow) (fired int, err error) {
	err = s.inTx(ctx, func(tx *Store) error {
		var err error
		fired, err = tx.fire(ctx, due)
		return err
	})
	switch {
	case err == nil:
		return fired, nil
	case ctx.Err() != nil:
		return 0, ctx.Err()
	case len(due) == 1:
		s.config.Log.Error("timer failed", "kind", due[0].Kind, "subject", due[0].Subject, "error", err)
		return 0, s.putOff(ctx, due[0], err)
	}
	half := len(due) / 2
	a, err := s.fireBatch(ctx, due[:half])
	if err != nil {
		return a, err
	}
	b, err := s.fireBatch(ctx, due[half:])
	return a + b, err
}

// fire makes what is due happen, kind by kind. A kind this program does not know fails alone,
// since its batch is halved.
func (tx *Store) fire(ctx context.Context, due []timerRow) (int, error) {
	kinds := map[string][]timerRow{}
	for _, t := range due {
		if t.Kind != claimTimer && t.Kind != waitTimer && t.Kind != deadlineTimer && t.Kind != paymentTimer && t.Kind != requestTimer && t.Kind != reportTimer && t.Kind != measureTimer && t.Kind != investigationTimer && t.Kind != retentionTimer && t.Kind != standingTimer {
			return 0, fmt.Errorf("timer of unknown kind %q", t.Kind)
		}
		kinds[t.Kind] = append(kinds[t.Kind], t)
	}
	fired, err := tx.fireClaims(ctx, kinds[claimTimer])
	if err != nil {
		return 0, err
	}
	for _, kind := range []string{waitTimer, deadlineTimer} {
		n, err := tx.fireReminders(ctx, kind, kinds[kind])
		if err != nil {
			return 0, err
		}
		fired += n
	}
	n, err := tx.firePayments(ctx, kinds[paymentTimer])
	if err != nil {
		return 0, err
	}
	fired += n
	n, err = tx.fireRequests(ctx, kinds[requestTimer])
	if err != nil {
		return 0, err
	}
	fired += n
	n, err = tx.fireReports(ctx, kinds[reportTimer])
	if err != nil {
		return 0, err
	}
	fired += n
	n, err = tx.fireStandings(ctx, kinds[standingTimer])
	if err != nil {
		return 0, err
	}
	fired += n
	n, err = tx.fireInvestigations(ctx, kinds[investigationTimer])
	if err != nil {
		return 0, err
	}
	fired += n
	n, err = tx.fireMeasures(ctx, kinds[measureTimer])
	if err != nil {
		return 0, err
	}
	fired += n
	n, err = tx.fireRetention(ctx, kinds[retentionTimer])
	return fired + n, err
}

// putOff waits longer after each failure, an hour at most, of the machine's clock.
func (s *Store) putOff(ctx context.Context, t timerRow, cause error) error {
	return s.inTx(ctx, func(tx *Store) error {
		message := cause.Error()
		if len(message) > 500 {
			message = message[:500]
		}
		wait := min(time.Hour, time.Second<<min(t.Tries, 12))
		_, err := tx.exec(ctx, "UPDATE timers SET lease_until = ?, tries = tries + 1, error = ? WHERE kind = ? AND subject = ? AND fire_at = ?",
			tx.MachineNow().Add(wait), message, t.Kind, t.Subject, t.FireAt)
		return err
	})
}
