package models

import (
	"strings"
	"testing"
	"time"
)

func (m *market) deliveries(id string, size int) []WebhookDelivery {
	m.t.Helper()
	var all []WebhookDelivery
	for page := (Page{Limit: size}); ; {
		items, next, err := m.WebhookDeliveries(m.ctx, m.admin, id, page)
		m.must(err)
		if all = append(all, items...); next == "" {
			return all
		}
		if page.Cursor = next; len(items) != size || len(all) > 100 {
			m.t.Fatalf("a page of %d that leads on", len(items))
		}
	}
}

// A keeper sends a test, which comes whatever types are wanted, sees how it went and tries what failed now.
func TestWebhookTestAndRetry(t *testing.T) {
	m := newMarket(t)
	r, e, _ := m.webhooks("claim.*")
	r.answer = func(received) (Posted, error) { return Posted{Status: 500}, nil }
	d, err := m.SendTestWebhook(m.ctx, m.integration, e.ID)
	m.must(err)
	if d.Type != "webhook.test" || !d.Waits() || d.MayRetry() || d.Number != 0 {
		t.Errorf("made %+v", d)
	}
	_, err = m.RetryWebhook(m.ctx, m.admin, e.ID, d.ID)
	wantCode(t, err, "delivery_not_failed")
	m.webhooked()
	got := r.take()
	if len(got) != 1 || !strings.HasPrefix(got[0].body, `{"type":"webhook.test"`) {
		t.Fatalf("told %+v", got)
	}
	list := m.deliveries(e.ID, 10)
	if len(list) != 1 || list[0].Status != 500 || list[0].Tries != 1 || !list[0].MayRetry() || list[0].Error != "the receiver answered 500" || list[0].DueAt <= m.MachineNow() {
		t.Errorf("after a failure: %+v", list)
	}
	if one, err := m.WebhookDeliveryByID(m.ctx, m.admin, e.ID, d.ID); err != nil || one != list[0] {
		t.Errorf("one alone: %+v, %v", one, err)
	}
	_, err = m.WebhookDeliveryByID(m.ctx, m.admin, "none", d.ID)
	wantCode(t, err, "not_found")
	_, err = m.WebhookDeliveryByID(m.ctx, m.admin, e.ID, "none")
	wantCode(t, err, "not_found")
	_, err = m.WebhookDeliveryByID(m.ctx, m.agent, e.ID, d.ID)
	wantCode(t, err, "forbidden")
	m.webhooked()
	if len(r.take()) != 0 {
		t.Error("a receiver that fails is not left alone")
	}
	r.answer = nil
	_, err = m.RetryWebhook(m.ctx, m.admin, e.ID, d.ID)
	m.must(err)
	m.webhooked()
	if again := r.take(); len(again) != 1 || again[0].id != got[0].id {
		t.Errorf("tried now: %+v", again)
	}
	if list := m.deliveries(e.ID, 10); list[0].State != "delivered" || list[0].Tries != 2 || list[0].MayRetry() || list[0].Status != 200 {
		t.Errorf("after success: %+v", list)
	}
	_, err = m.RetryWebhook(m.ctx, m.admin, e.ID, d.ID)
	wantCode(t, err, "delivery_not_failed")
}

// One that was given up is tried once more, and is given up again when that fails too.
func TestWebhookGivenUpIsRetried(t *testing.T) {
	m := newMarket(t)
	r, e, _ := m.webhooks()
	r.answer = func(received) (Posted, error) { return Posted{Status: 500}, nil }
	m.happen(refundFact(1))
	for range 2 {
		m.webhooked()
		m.later(webhookLife)
	}
	id := m.deliveries(e.ID, 10)[0].ID
	for _, want := range []string{deliveryGivenUp, deliveryDelivered} {
		if got := m.deliveries(e.ID, 10)[0]; got.State != deliveryGivenUp {
			t.Fatalf("before: %+v", got)
		}
		if want == deliveryDelivered {
			r.answer = nil
		}
		_, err := m.RetryWebhook(m.ctx, m.integration, e.ID, id)
		m.must(err)
		m.webhooked()
		if got := m.deliveries(e.ID, 10)[0]; got.State != want {
			t.Errorf("tried once more: %+v, want %s", got, want)
		}
	}
}

// An endpoint that answered 410 is told again once its keeper says so, of what happened meanwhile too.
func TestWebhookIsEnabled(t *testing.T) {
	m := newMarket(t)
	r, e, _ := m.webhooks()
	_, err := m.EnableWebhook(m.ctx, m.admin, e.ID)
	wantCode(t, err, "webhook_enabled")
	r.answer = func(received) (Posted, error) { return Posted{Status: 410}, nil }
	m.happen(refundFact(1))
	m.webhooked()
	r.take()
	r.answer = nil
	m.happen(refundFact(2))
	m.later(2 * time.Second) // before another try is due
	m.webhooked()
	if len(r.take()) != 0 || m.endpoint().DisabledAt == 0 {
		t.Errorf("disabled: %+v", m.endpoint())
	}
	first := m.deliveries(e.ID, 10)[0]
	_, err = m.SendTestWebhook(m.ctx, m.admin, e.ID)
	wantCode(t, err, "webhook_disabled")
	_, err = m.RetryWebhook(m.ctx, m.admin, e.ID, first.ID)
	wantCode(t, err, "webhook_disabled")
	back, err := m.EnableWebhook(m.ctx, m.integration, e.ID)
	m.must(err)
	if back.DisabledAt != 0 || back.FailingSince != 0 || back.LastError != "" {
		t.Errorf("enabled: %+v", back)
	}
	m.webhooked()
	if got := r.types(); got != "refund.requested refund.requested" {
		t.Errorf("told %q", got)
	}
}

func TestWebhookKeepersAlone(t *testing.T) {
	m := newMarket(t)
	_, e, _ := m.webhooks()
	other := m.account("m2@example.com", RoleIntegration, "")
	for range 7 {
		_, err := m.SendTestWebhook(m.ctx, m.admin, e.ID)
		m.must(err)
	}
	if got := m.deliveries(e.ID, 3); len(got) != 7 || got[0].ID < got[6].ID {
		t.Errorf("listed %+v", got)
	}
	for _, c := range []struct {
		by   Actor
		kind Kind
	}{{other, NotFound}, {m.buyer, Forbidden}, {m.seller, Forbidden}, {m.agent, Forbidden}, {m.lead, Forbidden}} {
		_, one := m.WebhookEndpointByID(m.ctx, c.by, e.ID)
		_, _, listed := m.WebhookDeliveries(m.ctx, c.by, e.ID, Page{})
		_, tested := m.SendTestWebhook(m.ctx, c.by, e.ID)
		_, retried := m.RetryWebhook(m.ctx, c.by, e.ID, m.deliveries(e.ID, 1)[0].ID)
		_, enabled := m.EnableWebhook(m.ctx, c.by, e.ID)
		for _, err := range []error{one, listed, tested, retried, enabled} {
			if KindOf(err) != c.kind {
				t.Errorf("%s: %v", c.by.Email, err)
			}
		}
	}
	_, err := m.RetryWebhook(m.ctx, m.admin, e.ID, "none")
	wantCode(t, err, "not_found")
	_, _, err = m.WebhookDeliveries(m.ctx, m.admin, e.ID, Page{Cursor: "?"})
	wantCode(t, err, "invalid_fields")
	plan := m.explain("SELECT id FROM webhook_deliveries"+m.engine.hint("webhook_deliveries_endpoint_id_id_idx")+" WHERE endpoint_id = ? AND id < ? ORDER BY id DESC LIMIT 51", e.ID, "~")
	if !strings.Contains(plan, "webhook_deliveries_endpoint_id_id_idx") {
		t.Error(plan)
	}
}
