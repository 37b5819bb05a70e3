package models

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"
)

// Events become deliveries, and deliveries are sent, by one loop an endpoint's slot, on any
// number of replicas: a delivery is leased by compare-and-set before it is sent, as mail is,
// so that replicas do not send it twice, and one whose sender dies is sent again after the
// lease, under the same id.

// Posted is what a receiver has answered.
type Posted struct {
	Status int
	Wait   time.Duration // how long it asks to be left alone; 0 when it does not
}

// Poster carries webhooks.
type Poster interface {
	// Post sends a JSON body with the headers to an address, once, within seconds, and reads
	// little of the answer. It follows no redirect and, outside the sandbox, reaches public
	// addresses only. Its error is for people to read.
	Post(ctx context.Context, url string, header map[string]string, body string) (Posted, error)
}

const (
	// webhookLife is how long a delivery is tried, by the rules' clock, before it is given up.
	webhookLife = 72 * time.Hour
	// webhookLease must outlast one Post; machine clock.
	webhookLease = time.Minute
	// webhookKept is how long deliveries that are over can be looked at.
	webhookKept = 30 * 24 * time.Hour
	// webhookRetryMost is the longest wait between two tries of one delivery, webhookPauseMost
	// that of an endpoint which fails, before another delivery is tried.
	webhookRetryMost, webhookPauseMost = time.Hour, time.Minute
	// gone is the status by which a receiver wants to hear no more.
	gone = 410
)

// The states of a delivery.
const (
	deliveryPending   = "pending"
	deliveryDelivered = "delivered"
	deliveryGivenUp   = "given_up"
)

type deliveryRow struct {
	ID         string
	EndpointID string
	Number     *int64 // of the event; nil of a test
	Type       string
	Body       string
	State      string
	CreatedAt  Instant
	DueAt      Instant
	LeaseUntil Instant
	Tries      int
	Status     int
	Error      string
}

func (deliveryRow) TableName() string { return "webhook_deliveries" }

// DeliverWebhooks does one pass for the endpoint in a slot: events after the last it was told
// of become deliveries, and at most limit that are due are sent, until one fails. It returns
// how many were settled or made.
func (s *Store) DeliverWebhooks(ctx context.Context, slot, limit int) (int, error) {
	return s.deliverWebhooks(ctx, slot, limit, false)
}

// allWebhooks passes over all slots at once until nothing more can be sent now, failing
// endpoints among them: the sandbox's clock has moved, so that their time may have come.
func (s *Store) allWebhooks(ctx context.Context) error {
	var wait sync.WaitGroup
	errs := make([]error, MaxWebhookEndpoints)
	for i := range errs {
		wait.Go(func() {
			for n := 1; n > 0 && errs[i] == nil; {
				n, errs[i] = s.deliverWebhooks(ctx, i+1, 200, true)
			}
		})
	}
	wait.Wait()
	return errors.Join(errs...)
}

func (s *Store) deliverWebhooks(ctx context.Context, slot, limit int, paused bool) (int, error) {
	if s.config.Poster == nil {
		return 0, nil
	}
	quiet := *s
	quiet.sweeping = true
	s = &quiet
	rows, err := find[webhookEndpointRow](ctx, s, "SELECT * FROM webhook_endpoints WHERE slot = ? AND disabled_at IS NULL", slot)
	if err != nil {
		return 0, fmt.Errorf("read webhook endpoint: %w", err)
	}
	if len(rows) == 0 || rows[0].PauseUntil > s.MachineNow() && !paused {
		return 0, nil
	}
	e := rows[0]
	now, err := s.Now(ctx)
	if err != nil {
		return 0, err
	}
	made, err := s.fanOut(ctx, e, now, limit)
	if err != nil {
		return 0, err
	}
	due, err := find[deliveryRow](ctx, s, "SELECT * FROM webhook_deliveries WHERE endpoint_id = ? AND state = ? AND due_at <= ? AND (lease_until IS NULL OR lease_until <= ?) ORDER BY due_at, id LIMIT ?",
		e.ID, deliveryPending, now, s.MachineNow(), limit)
	if err != nil {
		return 0, fmt.Errorf("read deliveries: %w", err)
	}
	settled := 0
	for _, d := range due {
		if ctx.Err() != nil {
			return settled, ctx.Err()
		}
		ok, err := s.sendWebhook(ctx, e, d)
		if err != nil {
			return settled, err
		}
		if !ok {
			return settled, nil
		}
		settled++
	}
	return max(made, settled), nil
}

// fanOut makes deliveries of the events an endpoint has not been told of. While it fails, what
// it has to be told of waits in the feed, where nothing is lost, but for what is tried.
func (s *Store) fanOut(ctx context.Context, row webhookEndpointRow, now Instant, limit int) (int, error) {
	if row.FailingSince != 0 {
		some, err := find[struct{ ID string }](ctx, s, "SELECT id FROM webhook_deliveries WHERE endpoint_id = ? AND state = ? LIMIT 1", row.ID, deliveryPending)
		if err != nil || len(some) > 0 {
			return 0, err
		}
	}
	events, err := s.feedAfter(ctx, row.AfterNumber, limit)
	if err != nil || len(events) == 0 {
		return 0, err
	}
	e, err := row.endpoint()
	if err != nil {
		return 0, err
	}
	var list []deliveryRow
	for _, event := range events {
		if !e.wants(event.Type) {
			continue
		}
		d, err := newDelivery(e.ID, event, now)
		if err != nil {
			return 0, err
		}
		d.Number = &event.Number
		list = append(list, d)
	}
	err = s.inTx(ctx, func(tx *Store) error {
		n, err := tx.exec(ctx, "UPDATE webhook_endpoints SET after_number = ? WHERE id = ? AND after_number = ?", events[len(events)-1].Number, row.ID, row.AfterNumber)
		if err != nil || n == 0 { // another replica was first, or it has been deleted
			return err
		}
		if err := tx.insert(ctx, &list); err != nil {
			return fmt.Errorf("insert deliveries: %w", err)
		}
		// What is over leaves as new comes.
		_, err = tx.exec(ctx, "DELETE FROM webhook_deliveries WHERE endpoint_id = ? AND state IN ? AND due_at < ?",
			row.ID, []string{deliveryDelivered, deliveryGivenUp}, now.Add(-webhookKept))
		return err
	})
	return len(events), err
}

// newDelivery writes down what an endpoint is told, which stays the same on every try.
func newDelivery(endpoint string, e FeedEvent, now Instant) (deliveryRow, error) {
	body, err := json.Marshal(struct {
		Type      string    `json:"type"`
		Timestamp Instant   `json:"timestamp"`
		Data      FeedEvent `json:"data"`
	}{e.Type, e.At, e})
	if err != nil {
		return deliveryRow{}, fmt.Errorf("write webhook: %w", err)
	}
	return deliveryRow{ID: newID(), EndpointID: endpoint, Type: e.Type, Body: string(body), State: deliveryPending, CreatedAt: now, DueAt: now}, nil
}

// sendWebhook sends one delivery, between transactions. ok is false when the endpoint should be
// left alone for now.
func (s *Store) sendWebhook(ctx context.Context, e webhookEndpointRow, d deliveryRow) (ok bool, err error) {
	machine := s.MachineNow()
	var taken int64
	if err := s.inTx(ctx, func(tx *Store) error {
		taken, err = tx.exec(ctx, "UPDATE webhook_deliveries SET lease_until = ?, tries = tries + 1 WHERE id = ? AND state = ? AND tries = ? AND (lease_until IS NULL OR lease_until <= ?)",
			machine.Add(webhookLease), d.ID, deliveryPending, d.Tries, machine)
		return err
	}); err != nil || taken == 0 {
		return true, err // another replica has it
	}
	d.Tries++
	posted, problem := s.post(ctx, e, d, machine)
	if ctx.Err() != nil { // cut off, which is not the receiver's fault: the lease runs out
		return false, ctx.Err()
	}
	if problem == nil && posted.Status >= 200 && posted.Status < 300 {
		return true, s.webhookDelivered(ctx, e, d, posted)
	}
	if problem == nil {
		problem = fmt.Errorf("the receiver answered %d", posted.Status)
	}
	return false, s.webhookFailed(ctx, e, d, posted, problem)
}

// post signs a delivery and sends it. The timestamp is the machine's, also in the sandbox:
// receivers compare it with theirs.
func (s *Store) post(ctx context.Context, e webhookEndpointRow, d deliveryRow, machine Instant) (Posted, error) {
	if checkWebhookURL(e.URL, s.config.Sandbox) != "" {
		return Posted{}, errors.New("the address may be called in the sandbox only")
	}
	secret, err := s.unseal(sealedWebhook, e.ID, e.Secret)
	if err != nil {
		return Posted{}, err
	}
	id, seconds := "msg_"+d.ID, machine.Time().Unix()
	signature, err := signWebhook(secret, id, seconds, d.Body)
	if err != nil {
		return Posted{}, err
	}
	return s.config.Poster.Post(ctx, e.URL, map[string]string{
		"webhook-id": id, "webhook-timestamp": strconv.FormatInt(seconds, 10), "webhook-signature": signature,
	}, d.Body)
}

func (s *Store) webhookDelivered(ctx context.Context, e webhookEndpointRow, d deliveryRow, p Posted) error {
	return s.inTx(ctx, func(tx *Store) error {
		if _, err := tx.exec(ctx, "UPDATE webhook_deliveries SET state = ?, status = ?, error = NULL, lease_until = NULL WHERE id = ?", deliveryDelivered, p.Status, d.ID); err != nil {
			return err
		}
		_, err := tx.exec(ctx, "UPDATE webhook_endpoints SET delivered_at = ?, failing_since = NULL, fails = 0, last_error = NULL, pause_until = NULL WHERE id = ? AND (fails > 0 OR delivered_at IS NULL OR delivered_at < ?)",
			tx.now, e.ID, tx.now.Add(-time.Minute))
		return err
	})
}

// webhookFailed plans the next try, longer away each time, and gives up what has been tried
// for three days, with all that has waited so long behind a receiver that failed throughout.
func (s *Store) webhookFailed(ctx context.Context, e webhookEndpointRow, d deliveryRow, p Posted, cause error) error {
	why := oneLine(cause.Error(), 300)
	asked := min(p.Wait, webhookRetryMost)
	return s.inTx(ctx, func(tx *Store) error {
		retry, pause := max(asked, jittered(10*time.Second, d.Tries, webhookRetryMost)), max(asked, jittered(time.Second, e.Fails, webhookPauseMost))
		if _, err := tx.exec(ctx, "UPDATE webhook_deliveries SET due_at = ?, status = ?, error = ?, lease_until = NULL WHERE id = ? AND state = ?",
			tx.now.Add(retry), p.Status, why, d.ID, deliveryPending); err != nil {
			return err
		}
		var disabled Instant
		if p.Status == gone {
			disabled = tx.now
		}
		if _, err := tx.exec(ctx, "UPDATE webhook_endpoints SET fails = fails + 1, failing_since = COALESCE(failing_since, ?), last_error = ?, pause_until = ?, disabled_at = ? WHERE id = ?",
			tx.now, why, tx.MachineNow().Add(pause), disabled, e.ID); err != nil {
			return err
		}
		_, err := tx.exec(ctx, "UPDATE webhook_deliveries SET state = ? WHERE endpoint_id = ? AND state = ? AND created_at <= ? AND (tries > 0 OR ? = 1)",
			deliveryGivenUp, e.ID, deliveryPending, tx.now.Add(-webhookLife), whole(e.FailingSince != 0 && e.FailingSince <= tx.now.Add(-webhookLife)))
		return err
	})
}

// jittered is the wait after a number of tries: twice as long each time up to the most, ±20 %,
// so that deliveries which failed together do not come back together.
func jittered(first time.Duration, tries int, most time.Duration) time.Duration {
	d := min(most, first<<min(tries, 12))
	return d*4/5 + rand.N(d*2/5) //nolint:gosec // nobody gains by guessing it
}
