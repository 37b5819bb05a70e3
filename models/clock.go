package models

import (
	"context"
	"fmt"
	"strconv"
	"time"
)

// clockOffset is how far the sandbox's clock is from the machine's.
func (s *Store) clockOffset(ctx context.Context) (time.Duration, error) {
	var value string
	r := s.db(ctx).Raw("SELECT value FROM settings WHERE name = 'clock_offset'").Scan(&value)
	if r.Error != nil {
		return 0, fmt.Errorf("read the sandbox clock: %w", r.Error)
	}
	if r.RowsAffected == 0 {
		return 0, nil
	}
	us, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("read the sandbox clock: %w", err)
	}
	return time.Duration(us) * time.Microsecond, nil
}

// setClock makes the sandbox's clock show at now; it goes on at real speed from there.
func (s *Store) setClock(ctx context.Context, at Instant) error {
	return s.inTx(ctx, func(tx *Store) error {
		value := strconv.FormatInt(int64(at-tx.MachineNow()), 10)
		n, err := tx.exec(ctx, "UPDATE settings SET value = ? WHERE name = 'clock_offset'", value)
		if err != nil || n > 0 {
			return err
		}
		_, err = tx.exec(ctx, "INSERT INTO settings (name, value) VALUES ('clock_offset', ?)", value)
		return err
	})
}

// SetSandboxStart puts the sandbox's clock to an instant unless it has been set before, so
// that a restart does not turn time back. Kinds: Forbidden outside the sandbox.
func (s *Store) SetSandboxStart(ctx context.Context, at Instant) error {
	if !s.config.Sandbox {
		return forbidden()
	}
	var n int64
	if err := s.db(ctx).Raw("SELECT COUNT(*) FROM settings WHERE name = 'clock_offset'").Scan(&n).Error; err != nil || n > 0 {
		return err
	}
	return s.setClock(ctx, at)
}

// MoveClock moves the sandbox's clock forward to an instant and makes everything due happen,
// each at its own instant and in order; then numbers the events and delivers the outbox. An instant that is not
// later than now changes nothing. It returns the clock and how many timers fired. Kinds:
// Forbidden outside the sandbox.
func (s *Store) MoveClock(ctx context.Context, to Instant) (now Instant, fired int, err error) {
	if !s.config.Sandbox {
		return 0, 0, forbidden()
	}
	if now, err = s.Now(ctx); err != nil {
		return 0, 0, err
	}
	for last := Instant(0); to > now; {
		next, ok, err := s.nextTimer(ctx)
		if err != nil {
			return 0, fired, err
		}
		if !ok || next > to {
			break
		}
		if next > now {
			if err := s.setClock(ctx, next); err != nil {
				return 0, fired, err
			}
			now = next
		}
		// A copy whose clock stands at the timer's own instant, however long the work takes.
		then := *s
		then.now = now
		n, err := then.runTimersUntil(ctx, now, timerBatch)
		if err != nil {
			return 0, fired, err
		}
		fired += n
		// What failed waits for a retry, and those after it still happen at their own instants.
		if n == 0 && next == last {
			break
		}
		last = next
	}
	if to > now {
		if err := s.setClock(ctx, to); err != nil {
			return 0, fired, err
		}
	}
	for _, pass := range []func(context.Context, int) (int, error){s.NumberEvents, s.DeliverOutbox} {
		for n := 1; n > 0; {
			if n, err = pass(ctx, 200); err != nil {
				return 0, fired, err
			}
		}
	}
	if err := s.allWebhooks(ctx); err != nil {
		return 0, fired, err
	}
	now, err = s.Now(ctx)
	return now, fired, err
}
