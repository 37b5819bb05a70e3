package main

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"time"

	"hosho/models"
)

// loop is work that comes again and again. A pass returns how much it did; after a full one
// the next follows at once.
type loop struct {
	name  string
	every time.Duration
	limit int
	pass  func(ctx context.Context, limit int) (int, error)
}

// loopsOf is all background work of a replica. Timers and mail may run several times over,
// here and on any number of replicas, since each row is taken by compare-and-set; sweeps run
// once a replica.
func loopsOf(store *models.Store, workers int) []loop {
	var all []loop
	for range workers {
		all = append(
			all,
			loop{"timers", time.Second, 200, store.RunDueTimers},
			loop{"mail", time.Second, 50, store.DeliverOutbox},
		)
	}
	// A loop for each endpoint there may be, so that one that hangs holds up no other.
	for slot := 1; slot <= models.MaxWebhookEndpoints && workers > 0; slot++ {
		all = append(all, loop{"webhooks", 2 * time.Second, 100, func(ctx context.Context, limit int) (int, error) { return store.DeliverWebhooks(ctx, slot, limit) }})
	}
	if workers > 0 {
		all = append(
			all,
			loop{"event numbers", time.Second / 2, 500, store.NumberEvents},
			loop{"safety checks", 5 * time.Second, 50, store.ScanUploads},
			loop{"legal holds", 5 * time.Second, 50, store.HoldFiles},
			loop{"uploads", 5 * time.Minute, 200, store.SweepUploads},
			loop{"drafts", time.Hour, 500, store.SweepDrafts},
			loop{"answer drafts", time.Hour, 500, store.SweepAnswerDrafts},
			loop{"idempotency keys", time.Hour, 500, store.SweepIdempotency},
			loop{"checkpoints", 5 * time.Minute, 5000, store.MakeCheckpoint},
			loop{"sign-ins and sessions", time.Hour, 500, store.ForgetExpired},
		)
	}
	return all
}

// start runs the loops until ctx ends and returns a function that waits for them. A pass
// under way then goes on until work ends, so that a mail on its way is not cut off.
func start(ctx, work context.Context, log *slog.Logger, loops []loop) (wait func()) {
	var group sync.WaitGroup
	for _, l := range loops {
		group.Go(func() { l.run(ctx, work, log) })
	}
	return group.Wait
}

func (l loop) run(ctx, work context.Context, log *slog.Logger) {
	for ctx.Err() == nil {
		n, err := l.once(work)
		if err != nil && work.Err() == nil {
			log.ErrorContext(ctx, "background work failed", "loop", l.name, "error", err)
		}
		wait := jitter(l.every)
		if n >= l.limit && err == nil {
			wait = 0
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// once turns a panic into an error, so that one bad row does not stop all others.
func (l loop) once(ctx context.Context) (n int, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = panicked{p, debug.Stack()}
		}
	}()
	return l.pass(ctx, l.limit)
}

// jitter keeps replicas that started together from asking together for ever: ±20 %.
func jitter(d time.Duration) time.Duration {
	return d*4/5 + rand.N(d*2/5) //nolint:gosec // nobody gains by guessing it
}

// panicked is an error that was a panic, with the place it came from for the log.
type panicked struct {
	value any
	stack []byte
}

func (p panicked) Error() string { return fmt.Sprintf("panic: %v\n%s", p.value, p.stack) }
