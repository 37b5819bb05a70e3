package models

import (
	"context"
	"encoding/json"
	"fmt"
)

// What keepers of an endpoint do about it: look at what was sent, try it, and set it going again.

// WebhookDelivery is one event on its way to an endpoint.
type WebhookDelivery struct {
	ID        string
	Type      string
	Number    int64 // of the event; 0 of a test
	State     string
	CreatedAt Instant
	DueAt     Instant // the next try of one that is pending; of one that is over, the last plan
	Tries     int
	Status    int    // what the receiver answered last; 0 where it did not
	Error     string // why the last try failed
}

// Waits says that it will be sent, or sent again.
func (d WebhookDelivery) Waits() bool { return d.State == deliveryPending }

// MayRetry says that it has failed so far, so that it can be tried now.
func (d WebhookDelivery) MayRetry() bool {
	return d.State == deliveryGivenUp || d.State == deliveryPending && d.Tries > 0
}

func (r deliveryRow) delivery() WebhookDelivery {
	d := WebhookDelivery{
		ID: r.ID, Type: r.Type, State: r.State, CreatedAt: r.CreatedAt, DueAt: r.DueAt, Tries: r.Tries, Status: r.Status, Error: r.Error,
	}
	if r.Number != nil {
		d.Number = *r.Number
	}
	return d
}

// webhookTest is the type of a delivery that stands for no event. Endpoints get it whatever
// types they want.
const webhookTest = "webhook.test"

// WebhookEndpointByID is one endpoint. Kinds: Forbidden, NotFound, also for those of others.
func (s *Store) WebhookEndpointByID(ctx context.Context, by Actor, id string) (WebhookEndpoint, error) {
	row, err := s.keptWebhook(ctx, by, id)
	if err != nil {
		return WebhookEndpoint{}, err
	}
	e, err := row.endpoint()
	if err != nil {
		return e, err
	}
	e.Waiting, e.GivenUp, err = s.undelivered(ctx, e.ID)
	return e, err
}

func (s *Store) keptWebhook(ctx context.Context, by Actor, id string) (webhookEndpointRow, error) {
	if !by.keepsWebhooks() {
		return webhookEndpointRow{}, forbidden()
	}
	rows, err := find[webhookEndpointRow](ctx, s, "SELECT * FROM webhook_endpoints WHERE id = ? AND (account_id = ? OR ? = 1)", id, by.AccountID, whole(by.Role == RoleAdmin))
	if err != nil {
		return webhookEndpointRow{}, fmt.Errorf("read webhook endpoint: %w", err)
	}
	if len(rows) == 0 {
		return webhookEndpointRow{}, notFound()
	}
	return rows[0], nil
}

// WebhookDeliveries lists what was made for an endpoint in the last 30 days, the newest first,
// without what it says. Kinds: Forbidden, NotFound, Invalid for a cursor that is not ours.
func (s *Store) WebhookDeliveries(ctx context.Context, by Actor, id string, page Page) (items []WebhookDelivery, next string, err error) {
	if _, err := s.keptWebhook(ctx, by, id); err != nil {
		return nil, "", err
	}
	_, before, err := readCursor(page.Cursor)
	if err != nil {
		return nil, "", err
	}
	limit := page.size() + 1
	rows, err := find[deliveryRow](ctx, s, "SELECT id, endpoint_id, number, type, state, created_at, due_at, tries, status, error FROM webhook_deliveries"+
		s.engine.hint("webhook_deliveries_endpoint_id_id_idx")+" WHERE endpoint_id = ? AND id < ? ORDER BY id DESC LIMIT ?", id, before, limit)
	if err != nil {
		return nil, "", fmt.Errorf("list deliveries: %w", err)
	}
	if len(rows) == limit {
		rows = rows[:limit-1]
		last := rows[len(rows)-1]
		next = writeCursor(last.CreatedAt, last.ID)
	}
	for _, r := range rows {
		items = append(items, r.delivery())
	}
	return items, next, nil
}

// WebhookDeliveryByID is one delivery of an endpoint. Kinds: Forbidden, NotFound, also for those
// of others.
func (s *Store) WebhookDeliveryByID(ctx context.Context, by Actor, endpoint, id string) (WebhookDelivery, error) {
	if _, err := s.keptWebhook(ctx, by, endpoint); err != nil {
		return WebhookDelivery{}, err
	}
	row, err := s.deliveryOf(ctx, endpoint, id)
	return row.delivery(), err
}

func (s *Store) deliveryOf(ctx context.Context, endpoint, id string) (deliveryRow, error) {
	rows, err := find[deliveryRow](ctx, s, "SELECT * FROM webhook_deliveries WHERE id = ? AND endpoint_id = ?", id, endpoint)
	if err != nil {
		return deliveryRow{}, fmt.Errorf("read delivery: %w", err)
	}
	if len(rows) == 0 {
		return deliveryRow{}, notFound()
	}
	return rows[0], nil
}

// SendTestWebhook has an endpoint told of a test at once, signed as everything else. Kinds:
// Forbidden, NotFound, Conflict (webhook_disabled).
func (s *Store) SendTestWebhook(ctx context.Context, by Actor, id string) (d WebhookDelivery, err error) {
	err = s.inTx(ctx, func(tx *Store) error {
		e, err := tx.keptWebhook(ctx, by, id)
		if err != nil {
			return err
		}
		if e.DisabledAt != 0 {
			return &Error{Kind: Conflict, Code: "webhook_disabled"}
		}
		body, err := json.Marshal(struct {
			Type      string  `json:"type"`
			Timestamp Instant `json:"timestamp"`
			Data      any     `json:"data"`
		}{webhookTest, tx.now, struct{}{}})
		if err != nil {
			return err
		}
		row := deliveryRow{ID: newID(), EndpointID: e.ID, Type: webhookTest, Body: string(body), State: deliveryPending, CreatedAt: tx.now, DueAt: tx.now}
		if err := tx.insert(ctx, &row); err != nil {
			return fmt.Errorf("insert test: %w", err)
		}
		d = row.delivery()
		if err := tx.wakeWebhook(ctx, e.ID); err != nil {
			return err
		}
		return tx.audit(ctx, by, act{AuditWebhookTested, OnWebhook, e.ID, nil})
	})
	return d, err
}

// RetryWebhook has a delivery that failed, or was given up, tried now, once where its three
// days are over. Kinds: Forbidden, NotFound, Conflict (webhook_disabled, delivery_not_failed).
func (s *Store) RetryWebhook(ctx context.Context, by Actor, id, delivery string) (d WebhookDelivery, err error) {
	err = s.inTx(ctx, func(tx *Store) error {
		e, err := tx.keptWebhook(ctx, by, id)
		if err != nil {
			return err
		}
		row, err := tx.deliveryOf(ctx, id, delivery)
		if err != nil {
			return err
		}
		if e.DisabledAt != 0 {
			return &Error{Kind: Conflict, Code: "webhook_disabled"}
		}
		if !row.delivery().MayRetry() {
			return &Error{Kind: Conflict, Code: "delivery_not_failed"}
		}
		n, err := tx.exec(ctx, "UPDATE webhook_deliveries SET state = ?, due_at = ? WHERE id = ? AND state = ? AND tries = ?", deliveryPending, tx.now, row.ID, row.State, row.Tries)
		if err != nil {
			return fmt.Errorf("retry delivery: %w", err)
		}
		if n == 0 {
			return errAgain
		}
		row.State, row.DueAt = deliveryPending, tx.now
		d = row.delivery()
		if err := tx.wakeWebhook(ctx, e.ID); err != nil {
			return err
		}
		return tx.audit(ctx, by, act{AuditWebhookRetried, OnWebhook, e.ID, map[string]any{"delivery": row.ID}})
	})
	return d, err
}

// EnableWebhook has an endpoint that wanted to hear no more told again, of all that has
// happened meanwhile too. Kinds: Forbidden, NotFound, Conflict (webhook_enabled).
func (s *Store) EnableWebhook(ctx context.Context, by Actor, id string) (WebhookEndpoint, error) {
	err := s.inTx(ctx, func(tx *Store) error {
		e, err := tx.keptWebhook(ctx, by, id)
		if err != nil {
			return err
		}
		if e.DisabledAt == 0 {
			return &Error{Kind: Conflict, Code: "webhook_enabled"}
		}
		n, err := tx.exec(ctx, "UPDATE webhook_endpoints SET disabled_at = NULL, failing_since = NULL, fails = 0, last_error = NULL, pause_until = NULL WHERE id = ? AND disabled_at = ?", id, e.DisabledAt)
		if err != nil {
			return fmt.Errorf("enable webhook endpoint: %w", err)
		}
		if n == 0 {
			return errAgain
		}
		// What was tried before waits no longer than what comes now.
		if _, err = tx.exec(ctx, "UPDATE webhook_deliveries SET due_at = ? WHERE endpoint_id = ? AND state = ? AND due_at > ?", tx.now, id, deliveryPending, tx.now); err != nil {
			return fmt.Errorf("wake deliveries: %w", err)
		}
		return tx.audit(ctx, by, act{AuditWebhookEnabled, OnWebhook, id, nil})
	})
	if err != nil {
		return WebhookEndpoint{}, err
	}
	return s.WebhookEndpointByID(ctx, by, id)
}

// wakeWebhook ends the pause of an endpoint that fails.
func (tx *Store) wakeWebhook(ctx context.Context, id string) error {
	_, err := tx.exec(ctx, "UPDATE webhook_endpoints SET pause_until = NULL WHERE id = ?", id)
	return err
}
