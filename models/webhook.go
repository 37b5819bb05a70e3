package models

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// MaxWebhookEndpoints is how many endpoints a portal has at most. Each has a slot of its own,
// and a delivery loop, so that one that hangs holds up no other.
const MaxWebhookEndpoints = 10

// WebhookEndpoint is an address that is told of events as they happen.
type WebhookEndpoint struct {
	ID           string
	URL          string
	Types        []string // claim.decided, or refund.* for all of a kind; empty: all
	CreatedAt    Instant
	DeliveredAt  Instant // the last success, at most a minute old
	FailingSince Instant // zero while all is well
	LastError    string
	DisabledAt   Instant // it has answered 410: nothing is sent any more
	Waiting      int     // deliveries that are to be sent, or sent again
	GivenUp      int     // those of the last 30 days that were tried for three days in vain
}

type webhookEndpointRow struct {
	ID           string
	Slot         int
	AccountID    string
	URL          string
	Types        string
	Secret       string
	AfterNumber  int64
	CreatedAt    Instant
	DeliveredAt  Instant
	FailingSince Instant
	Fails        int
	LastError    string
	PauseUntil   Instant
	DisabledAt   Instant
}

func (webhookEndpointRow) TableName() string { return "webhook_endpoints" }

func (r webhookEndpointRow) endpoint() (WebhookEndpoint, error) {
	e := WebhookEndpoint{
		ID: r.ID, URL: r.URL, CreatedAt: r.CreatedAt, DeliveredAt: r.DeliveredAt, FailingSince: r.FailingSince, LastError: r.LastError, DisabledAt: r.DisabledAt,
	}
	if err := json.Unmarshal([]byte(r.Types), &e.Types); err != nil {
		return e, fmt.Errorf("read webhook endpoint %s: %w", r.ID, err)
	}
	return e, nil
}

// wants says whether the endpoint is told of events of a type.
func (e WebhookEndpoint) wants(eventType string) bool {
	return len(e.Types) == 0 || slices.ContainsFunc(e.Types, func(t string) bool {
		all, ok := strings.CutSuffix(t, "*")
		return t == eventType || ok && strings.HasPrefix(eventType, all)
	})
}

// WebhookEndpointInput is a new endpoint.
type WebhookEndpointInput struct {
	URL   string   `json:"url" validate:"required,max=1000"`
	Types []string `json:"types" validate:"max=50,unique,dive,required,max=48,clean"`
}

func (in WebhookEndpointInput) check(sandbox bool) error {
	var f fieldErrors
	f.check(in)
	if code := checkWebhookURL(in.URL, sandbox); code != "" {
		f.add("url", code)
	}
	for _, t := range in.Types {
		if !isEventType(t) {
			f.add("types", "bad_event_type")
		}
	}
	return f.err()
}

// isEventType reports whether this is a type of event, as seller.measure.ended, or all of those
// that begin alike, as seller.measure.*.
func isEventType(t string) bool {
	parts := strings.Split(t, ".")
	for i, p := range parts {
		if !isCode(p) && (p != "*" || i < len(parts)-1) {
			return false
		}
	}
	return len(parts) > 1
}

// sealedWebhook is what a webhook's secret is sealed for.
const sealedWebhook = "webhook secret"

// CreateWebhookEndpoint tells an address of what happens from now on, and returns the secret
// that deliveries are signed with, the only time it can be seen. For admins and integrations.
// Kinds: Forbidden, Invalid (too_many_webhook_endpoints too).
func (s *Store) CreateWebhookEndpoint(ctx context.Context, by Actor, in WebhookEndpointInput) (e WebhookEndpoint, secret string, err error) {
	if !by.keepsWebhooks() {
		return e, "", forbidden()
	}
	if err := in.check(s.config.Sandbox); err != nil {
		return e, "", err
	}
	if secret, err = newWebhookSecret(); err != nil {
		return e, "", err
	}
	types, err := json.Marshal(append([]string{}, in.Types...))
	if err != nil {
		return e, "", err
	}
	row := webhookEndpointRow{ID: newID(), AccountID: by.AccountID, URL: in.URL, Types: string(types)}
	if row.Secret, err = s.seal(sealedWebhook, row.ID, secret); err != nil {
		return e, "", err
	}
	err = s.inTx(ctx, func(tx *Store) error {
		if row.Slot, err = tx.freeSlot(ctx); err != nil {
			return err
		}
		row.CreatedAt = tx.now
		if _, row.AfterNumber, err = tx.lastNumber(ctx); err != nil {
			return err
		}
		if err := tx.insert(ctx, &row); isDuplicate(err) {
			return errAgain // another took the slot
		} else if err != nil {
			return fmt.Errorf("insert webhook endpoint: %w", err)
		}
		return tx.audit(ctx, by, act{AuditWebhookCreated, OnWebhook, row.ID, nil})
	})
	if err != nil {
		return e, "", err
	}
	e, err = row.endpoint()
	return e, secret, err
}

// keepsWebhooks: an admin keeps all endpoints, an integration its own.
func (a Actor) keepsWebhooks() bool { return a.Role == RoleAdmin || a.Role == RoleIntegration }

func (tx *Store) freeSlot(ctx context.Context) (int, error) {
	rows, err := find[struct{ Slot int }](ctx, tx, "SELECT slot FROM webhook_endpoints ORDER BY slot")
	if err != nil {
		return 0, fmt.Errorf("read webhook slots: %w", err)
	}
	slot := 1
	for _, r := range rows {
		if r.Slot == slot {
			slot++
		}
	}
	if slot > MaxWebhookEndpoints {
		return 0, &Error{Kind: Invalid, Code: "too_many_webhook_endpoints", Args: map[string]any{"max": MaxWebhookEndpoints}}
	}
	return slot, nil
}

// WebhookEndpoints lists endpoints, the oldest first: all for an admin, its own for an
// integration. Kinds: Forbidden.
func (s *Store) WebhookEndpoints(ctx context.Context, by Actor) ([]WebhookEndpoint, error) {
	if !by.keepsWebhooks() {
		return nil, forbidden()
	}
	rows, err := find[webhookEndpointRow](ctx, s, "SELECT * FROM webhook_endpoints WHERE account_id = ? OR ? = 1 ORDER BY id", by.AccountID, whole(by.Role == RoleAdmin))
	if err != nil {
		return nil, fmt.Errorf("list webhook endpoints: %w", err)
	}
	list := make([]WebhookEndpoint, 0, len(rows))
	for _, r := range rows {
		e, err := r.endpoint()
		if err != nil {
			return nil, err
		}
		if e.Waiting, e.GivenUp, err = s.undelivered(ctx, e.ID); err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	return list, nil
}

// undelivered counts what an endpoint has not taken yet, and what was given up.
func (s *Store) undelivered(ctx context.Context, id string) (waiting, givenUp int, err error) {
	counts, err := find[struct {
		State string
		N     int
	}](ctx, s, "SELECT state, COUNT(*) AS n FROM webhook_deliveries WHERE endpoint_id = ? AND state IN ? GROUP BY state", id, []string{deliveryPending, deliveryGivenUp})
	if err != nil {
		return 0, 0, fmt.Errorf("count deliveries: %w", err)
	}
	for _, c := range counts {
		if c.State == deliveryPending {
			waiting = c.N
		} else {
			givenUp = c.N
		}
	}
	return waiting, givenUp, nil
}

// DeleteWebhookEndpoint forgets an endpoint with its secret and its deliveries, and returns
// what it was. Kinds: Forbidden, NotFound, also for those of others.
func (s *Store) DeleteWebhookEndpoint(ctx context.Context, by Actor, id string) (e WebhookEndpoint, err error) {
	if !by.keepsWebhooks() {
		return e, forbidden()
	}
	err = s.inTx(ctx, func(tx *Store) error {
		rows, err := find[webhookEndpointRow](ctx, tx, "SELECT * FROM webhook_endpoints WHERE id = ? AND (account_id = ? OR ? = 1)", id, by.AccountID, whole(by.Role == RoleAdmin))
		if err != nil {
			return fmt.Errorf("read webhook endpoint: %w", err)
		}
		if len(rows) == 0 {
			return notFound()
		}
		if e, err = rows[0].endpoint(); err != nil {
			return err
		}
		if _, err := tx.exec(ctx, "DELETE FROM webhook_endpoints WHERE id = ?", id); err != nil {
			return fmt.Errorf("delete webhook endpoint: %w", err)
		}
		if _, err := tx.exec(ctx, "DELETE FROM webhook_deliveries WHERE endpoint_id = ?", id); err != nil {
			return fmt.Errorf("delete deliveries: %w", err)
		}
		return tx.audit(ctx, by, act{AuditWebhookDeleted, OnWebhook, id, nil})
	})
	return e, err
}

// webhookSecretPrefix and what follows are those of the Standard Webhooks specification.
const webhookSecretPrefix = "whsec_"

func newWebhookSecret() (string, error) {
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return "", fmt.Errorf("webhook secret: %w", err)
	}
	return webhookSecretPrefix + base64.StdEncoding.EncodeToString(key), nil
}

// signWebhook is the signature of a delivery: HMAC-SHA256 over id, timestamp and body.
func signWebhook(secret, id string, timestamp int64, body string) (string, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, webhookSecretPrefix))
	if err != nil || len(key) == 0 {
		return "", fmt.Errorf("webhook secret: not readable")
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + strconv.FormatInt(timestamp, 10) + "." + body))
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)), nil
}
