package main

import (
	"context"
	"database/sql"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"hosho/models"
)

func cursorOf(at int64, id string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(at, 10) + " " + id))
}

// makeDue moves the timers of a span of claims, which were filed ahead, to a moment ago.
func (b *bench) makeDue(ctx context.Context, s span) error {
	_, err := b.place.write.ExecContext(ctx, "UPDATE timers SET fire_at = ? WHERE kind = 'claim' AND subject >= ? AND subject < ?",
		time.Now().Add(-time.Second).UnixMicro(), idOf('c', s.from), idOf('c', s.to))
	return err
}

func (b *bench) fire(ctx context.Context, want int) error {
	store, err := b.open(ctx, b.place)
	if err != nil {
		return err
	}
	n, err := store.RunDueTimers(ctx, want)
	if err == nil && n != want {
		err = fmt.Errorf("%d timers fired, not %d", n, want)
	}
	return err
}

// fire is what the program does when a claim filed ahead opens, in batches of 500: the
// claims, an event and two notices each, and the timers, a statement for each kind.
func (r *raw) fire(ctx context.Context, want int) error {
	for done := 0; done < want; {
		n, err := r.fireBatch(ctx)
		if err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("%d raw timers fired, not %d", done, want)
		}
		done += n
	}
	return nil
}

func (r *raw) fireBatch(ctx context.Context) (int, error) {
	now := time.Now().UnixMicro()
	due := now + (72 * time.Hour).Microseconds()
	n := 0
	err := r.inTx(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, "SELECT subject FROM timers WHERE fire_at <= ? ORDER BY fire_at, kind, subject LIMIT 500", now)
		if err != nil {
			return err
		}
		defer rows.Close()
		var ids []any
		for rows.Next() {
			var id string
			if err := rows.Scan(&id); err != nil {
				return err
			}
			ids = append(ids, id)
		}
		if err := rows.Err(); err != nil {
			return err
		}
		_ = rows.Close()
		if n = len(ids); n == 0 {
			return nil
		}
		in := "(" + strings.TrimSuffix(strings.Repeat("?, ", n), ", ") + ")"
		if _, err := tx.ExecContext(ctx, "UPDATE claims SET version = version + 1, status = 'awaiting_seller', next_actor = 'seller', due_at = ?, opened_at = ?, wake_at = ?, seller_due_at = ?, last_seq = last_seq + 1, last_hash = ?, changed_at = ? WHERE status = 'scheduled' AND id IN "+in,
			append([]any{due, now, due, due, rawHash, now}, ids...)...); err != nil {
			return err
		}
		events, notices := make([]any, 0, 11*n), make([]any, 0, 20*n)
		for _, id := range ids {
			events = append(events, id, 3, now, "clock", "", "opened", `{"due_at":"2026-01-25T10:00:00Z"}`, nil, "all", rawHash, rawHash)
			for _, party := range []string{"seller:mp-s-000001", "buyer:mp-b-000001"} {
				notices = append(notices, uuid.Must(uuid.NewV7()).String(), rawNumber('M'), party, "claim_opened", id, "C-0000-0000", "503-0000000-0000000", r.args, now, now)
			}
		}
		const event, notice = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", "(?, ?, ?, ?, ?, ?, ?, ?, 'ja', 1, ?, 'pending', ?, 0, '', '')"
		if _, err := tx.ExecContext(ctx, insertEvent+strings.Repeat(", "+event, n-1), events...); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, insertNotice+strings.Repeat(", "+notice, 2*n-1), notices...); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "UPDATE timers SET fire_at = ? WHERE kind = 'claim' AND subject IN "+in, append([]any{due}, ids...)...)
		return err
	})
	return n, err
}

// replicas lets two stores fire the same claims at once, one of them poisoned: each claim
// opens exactly once, the poisoned one not at all and in nobody's way.
func (b *bench) replicas(ctx context.Context, s span) error {
	poisoned := idOf('c', s.from+s.size()/2)
	if _, err := b.place.write.ExecContext(ctx, "UPDATE claims SET assessment = '{' WHERE id = ?", poisoned); err != nil {
		return err
	}
	if err := b.makeDue(ctx, s); err != nil {
		return err
	}
	type outcome struct {
		n   int
		err error
	}
	outcomes := make(chan outcome, 2)
	start := time.Now()
	for range 2 {
		store, err := models.Open(ctx, models.Config{Database: b.place.url})
		if err != nil {
			return err
		}
		defer store.Close() //nolint:gocritic // two
		go func() {
			n, err := store.RunDueTimers(ctx, s.size())
			outcomes <- outcome{n, err}
		}()
	}
	fired := 0
	for range 2 {
		o := <-outcomes
		if o.err != nil {
			return o.err
		}
		fired += o.n
	}
	took := time.Since(start)
	var opened, events int
	for query, to := range map[string]*int{
		"SELECT COUNT(*) FROM claims WHERE status = 'awaiting_seller' AND id >= ? AND id < ?":        &opened,
		"SELECT COUNT(*) FROM claim_events WHERE type = 'opened' AND claim_id >= ? AND claim_id < ?": &events,
	} {
		if err := b.place.read.QueryRowContext(ctx, query, idOf('c', s.from), idOf('c', s.to)).Scan(to); err != nil {
			return err
		}
	}

	wrong := 0.0
	if opened != s.size()-1 || events != s.size()-1 {
		wrong = float64(max(opened, events) - (s.size() - 1))
		if wrong <= 0 {
			wrong = float64(s.size() - 1 - min(opened, events))
		}
	}
	b.add(result{
		Number: "7", Layer: "use case", What: "timers: two replicas, one poisoned claim: claims not opened exactly once", Value: wrong, Low: wrong, High: wrong, Must: 0, Aim: 0, Less: true,
		Detail: fmt.Sprintf("%d claims, %d opened, %d events, %d reported as fired, %v", s.size(), opened, events, fired, took.Round(time.Millisecond)),
	})
	_, err := b.place.write.ExecContext(ctx, "DELETE FROM timers WHERE subject = ?", poisoned)
	return err
}

// filingDuring compares the slowest hundredth of filings during a sweep and without one.
func (b *bench) filingDuring(ctx context.Context, s span) error {
	store, err := b.open(ctx, b.place)
	if err != nil {
		return err
	}
	var calm, busy []window
	at := s.from
	for range b.pace.rounds {
		w, err := b.pace.measure(ctx, 4, b.fileOne)
		if err != nil {
			return err
		}
		calm = append(calm, w)
		// A sweep of a quarter of a window's worth again and again, as long as there is any.
		sweeping, stop := context.WithCancel(ctx)
		done := make(chan error, 1)
		part := span{at, min(at+s.size()/b.pace.rounds, s.to)}
		at = part.to
		if err := b.makeDue(ctx, part); err != nil {
			stop()
			return err
		}
		go func() {
			_, err := store.RunDueTimers(sweeping, part.size())
			if sweeping.Err() != nil {
				err = nil
			}
			done <- err
		}()
		w, err = b.pace.measure(ctx, 4, b.fileOne)
		stop()
		if err == nil {
			err = <-done
		}
		if err != nil {
			return err
		}
		busy = append(busy, w)
		if err := b.fireRest(ctx, store); err != nil {
			return err
		}
	}
	var ratios []float64
	for i := range calm {
		ratios = append(ratios, busy[i].p99.Seconds()/calm[i].p99.Seconds())
	}
	b.add(result{
		Number: "7", Layer: b.program.layer(), What: "filing p99 during the sweep ÷ without, c=4", Value: median(busy, p99Of) / median(calm, p99Of),
		Low: slices.Min(ratios), High: slices.Max(ratios), Must: 3, Aim: 1.5, Less: true,
		Detail: fmt.Sprintf("p99 %v against %v; %.0f/s against %.0f/s", seconds(median(busy, p99Of)), seconds(median(calm, p99Of)), median(busy, rateOf), median(calm, rateOf)),
	})
	return nil
}

// fireRest clears what a stopped sweep left.
func (b *bench) fireRest(ctx context.Context, _ *models.Store) error {
	_, err := b.place.write.ExecContext(ctx, "UPDATE timers SET fire_at = ? WHERE fire_at <= ?", time.Now().AddDate(1, 0, 0).UnixMicro(), time.Now().UnixMicro())
	return err
}
