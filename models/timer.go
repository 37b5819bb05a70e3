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
	flagTimer          = "flag"          // of a flag: a limit ends, the time to appeal is over
	contestTimer       = "contest"       // of a seller's contest: staff decide by then
	qualityTimer       = "quality"       // of a claim that was decided and drawn for a second look

	retentionTimer = "retention" // of a claim, or of a message or declared contact of no claim, whose files leave
)

// setTimer moves the timer of a subject, or takes it away when at is zero.
func (tx *Store) setTimer(ctx context.Context, kind, subject string, at Instant) error {
	return tx.setTimers(ctx, kind, []string{subject}, map[string]Instant{subject: at})
}

// setTimers is setTimer for many subjects; those without an instant have none.
func (tx *Store) setTimers(ctx context.Context, kind string, subjects []string, at map[string]Instant) error {
	var rows []timerRow
	var none []string
	for _, subject := range subjects {
		if at[subject] != 0 {
			rows = append(rows, timerRow{Kind: kind, Subject: subject, FireAt: at[subject]})
		} else {
			none = append(none, subject)
		}
	}
	if len(none) > 0 {
		if _, err := tx.exec(ctx, "DELETE FROM timers WHERE kind = ? AND subject IN ?", kind, none); err != nil {
			return fmt.Errorf("clear timers: %w", err)
		}
	}
	if err := tx.writeRows(ctx, &rows, tx.ifThere("kind, subject", []string{"fire_at", "lease_until", "tries", "error"}, false)); err != nil {
		return fmt.Errorf("set timers: %w", err)
	}
	return nil
}

// moveTimers is setTimer for timers of many kinds; those without an instant are taken away.
func (tx *Store) moveTimers(ctx context.Context, rows []timerRow) error {
	var set []timerRow
	for _, r := range rows {
		if r.FireAt != 0 {
			set = append(set, r)
		} else if err := tx.setTimer(ctx, r.Kind, r.Subject, 0); err != nil {
			return err
		}
	}
	if err := tx.writeRows(ctx, &set, tx.ifThere("kind, subject", []string{"fire_at", "lease_until", "tries", "error"}, false)); err != nil {
		return fmt.Errorf("set timers: %w", err)
	}
	return nil
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

// timerKinds are the kinds there are, in the order in which what is due together happens.
var timerKinds = []struct {
	kind string
	fire func(*Store, context.Context, []timerRow) (int, error)
}{
	{claimTimer, (*Store).fireClaims},
	{waitTimer, (*Store).fireWaits},
	{deadlineTimer, (*Store).fireDeadlines},
	{paymentTimer, (*Store).firePayments},
	{requestTimer, (*Store).fireRequests},
	{reportTimer, (*Store).fireReports},
	{standingTimer, (*Store).fireStandings},
	{investigationTimer, (*Store).fireInvestigations},
	{contestTimer, (*Store).fireContests},
	{measureTimer, (*Store).fireMeasures},
	{flagTimer, (*Store).fireFlags},
	{qualityTimer, (*Store).fireQuality},
	{retentionTimer, (*Store).fireRetention},
}

// fire makes what is due happen, kind by kind. A kind this program does not know fails alone,
// since its batch is halved.
func (tx *Store) fire(ctx context.Context, due []timerRow) (int, error) {
	kinds := map[string][]timerRow{}
	for _, t := range due {
		kinds[t.Kind] = append(kinds[t.Kind], t)
	}
	total := 0
	for _, k := range timerKinds {
		n, err := k.fire(tx, ctx, kinds[k.kind])
		if err != nil {
			return 0, err
		}
		total += n
		delete(kinds, k.kind)
	}
	for kind := range kinds {
		return 0, fmt.Errorf("timer of unknown kind %q", kind)
	}
	return total, nil
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
