package models

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// receivers is a Poster that keeps what it is given.
type receivers struct {
	mu     sync.Mutex
	got    []received
	answer func(received) (Posted, error) // nil takes all
}

type received struct {
	url, id, timestamp, signature, body string
}

func (r *receivers) Post(_ context.Context, url string, header map[string]string, body string) (Posted, error) {
	p := received{url, header["webhook-id"], header["webhook-timestamp"], header["webhook-signature"], body}
	r.mu.Lock()
	r.got = append(r.got, p)
	answer := r.answer
	r.mu.Unlock()
	if answer == nil {
		return Posted{Status: 200}, nil
	}
	return answer(p)
}

// take returns what has come and forgets it.
func (r *receivers) take() []received {
	r.mu.Lock()
	defer r.mu.Unlock()
	got := r.got
	r.got = nil
	return got
}

// types are those of what has come.
func (r *receivers) types() string {
	var list []string
	for _, p := range r.take() {
		var body struct {
			Type string `json:"type"`
		}
		if err := json.Unmarshal([]byte(p.body), &body); err != nil {
			return err.Error()
		}
		list = append(list, body.Type)
	}
	return strings.Join(list, " ")
}

// webhooks gives the market receivers and one endpoint.
func (m *market) webhooks(types ...string) (*receivers, WebhookEndpoint, string) {
	m.t.Helper()
	r := &receivers{}
	m.config.Poster = r
	e, secret, err := m.CreateWebhookEndpoint(m.ctx, m.integration, WebhookEndpointInput{URL: "https://shop.example/hooks", Types: types})
	m.must(err)
	return r, e, secret
}

// webhooked numbers what waits and passes over the first slot once.
func (m *market) webhooked() int {
	m.t.Helper()
	m.numbered()
	n, err := m.DeliverWebhooks(m.ctx, 1, 100)
	m.must(err)
	return n
}

func (m *market) endpoint() WebhookEndpoint {
	m.t.Helper()
	list, err := m.WebhookEndpoints(m.ctx, m.admin)
	m.must(err)
	if len(list) == 0 {
		m.t.Fatal("there is no endpoint")
	}
	return list[0]
}

func refundFact(n int) fact {
	return fact{Type: "refund.requested", Subject: fmt.Sprint("r-", n), Data: struct{}{}}
}

// The example of the Standard Webhooks specification.
func TestWebhookSignature(t *testing.T) {
	got, err := signWebhook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, `{"test": 2432232314}`)
	if err != nil || got != "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" {
		t.Errorf("%s, %v", got, err)
	}
	for _, secret := range []string{"", "whsec_", "whsec_?"} {
		if _, err := signWebhook(secret, "msg_1", 1, "{}"); err == nil {
			t.Errorf("signed with %q", secret)
		}
	}
}

func TestWebhook(t *testing.T) {
	m := newMarket(t)
	m.happen(refundFact(0))
	m.numbered()
	r, _, secret := m.webhooks()
	c := m.filed(m.order("A-1", nil), NotReceived)
	m.happen(refundFact(1))
	m.webhooked()
	got := r.take()
	if len(got) != 3 {
		t.Fatalf("told %d times of three events since", len(got))
	}
	p := got[0]
	var body struct {
		Type      string
		Timestamp string
		Data      struct {
			Number  int64
			Subject struct{ Kind, ID string }
		}
	}
	m.must(json.Unmarshal([]byte(p.body), &body))
	if body.Type != "claim.filed" || body.Timestamp != m.MachineNow().String() || body.Data.Number < 2 || body.Data.Subject.ID != c.Number || body.Data.Subject.Kind != "claim" {
		t.Errorf("told %s", p.body)
	}
	seconds, err := strconv.ParseInt(p.timestamp, 10, 64)
	m.must(err)
	signature, err := signWebhook(secret, p.id, seconds, p.body)
	m.must(err)
	if p.url != "https://shop.example/hooks" || !strings.HasPrefix(p.id, "msg_") || p.signature != signature || seconds != m.MachineNow().Time().Unix() {
		t.Errorf("sent %+v", p)
	}
	if m.webhooked(); len(r.take()) != 0 {
		t.Error("told twice")
	}
	if n := m.countRows("SELECT COUNT(*) FROM webhook_endpoints WHERE secret LIKE ?", "%"+strings.TrimPrefix(secret, "whsec_")[:8]+"%"); n != 0 {
		t.Error("the secret rests as it is")
	}
	if e := m.endpoint(); e.DeliveredAt != m.MachineNow() || e.FailingSince != 0 || e.LastError != "" {
		t.Errorf("the endpoint is %+v", e)
	}
}

func TestWebhookTypes(t *testing.T) {
	for _, tc := range []struct{ types, want string }{
		{"", "claim.filed claim.opened refund.requested"},
		{"claim.opened refund.requested", "claim.opened refund.requested"},
		{"claim.*", "claim.filed claim.opened"},
		{"report.filed", ""},
	} {
		m := newMarket(t)
		r, _, _ := m.webhooks(strings.Fields(tc.types)...)
		m.filed(m.order("A-1", nil), NotReceived)
		m.happen(refundFact(1))
		m.webhooked()
		if got := r.types(); got != tc.want {
			t.Errorf("%q was told of %q, want %q", tc.types, got, tc.want)
		}
	}
}

// A receiver that fails is asked again, later each time, for three days, under the same id
// with the same words and a new time; then the delivery is given up, not a microsecond before.
func TestWebhookRetries(t *testing.T) {
	m := newMarket(t)
	r, _, _ := m.webhooks()
	r.answer = func(received) (Posted, error) { return Posted{}, errors.New("the connection\nwas refused") }
	m.happen(refundFact(1))
	m.webhooked()
	began := m.MachineNow()
	first := r.take()
	if len(first) != 1 || m.endpoint().FailingSince != began || m.endpoint().LastError != "the connectionwas refused" {
		t.Fatalf("%d tries, %+v", len(first), m.endpoint())
	}
	m.happen(refundFact(2)) // waits in the feed meanwhile
	last, longest, tries := began, time.Duration(0), 1
	for m.MachineNow() < began.Add(webhookLife-time.Microsecond) {
		m.clock.set(min(m.MachineNow().Add(5*time.Second), began.Add(webhookLife-time.Microsecond)))
		if m.MachineNow() > began.Add(4*time.Hour) && m.MachineNow() < began.Add(webhookLife-2*time.Hour) {
			m.clock.set(m.MachineNow().Add(30 * time.Minute))
		}
		m.webhooked()
		for _, p := range r.take() {
			if p.id != first[0].id || p.body != first[0].body || p.timestamp == first[0].timestamp || p.signature == first[0].signature {
				t.Fatalf("tried %+v, first %+v", p, first[0])
			}
			longest, last = max(longest, m.MachineNow().Sub(last)), m.MachineNow()
			tries++
		}
	}
	if tries < 40 || tries > 150 || longest > 2*time.Hour {
		t.Errorf("%d tries, %v between two of them at most", tries, longest)
	}
	if e := m.endpoint(); e.Waiting != 1 || e.GivenUp != 0 {
		t.Errorf("a microsecond before three days %d are tried on, %d given up", e.Waiting, e.GivenUp)
	}
	m.clock.set(began.Add(webhookLife + 2*time.Hour))
	m.webhooked()
	if e := m.endpoint(); e.Waiting != 0 || e.GivenUp != 1 || len(r.take()) != 1 {
		t.Errorf("after three days %d are tried on, %d given up", e.Waiting, e.GivenUp)
	}
	r.answer = nil
	m.later(2 * time.Hour)
	m.webhooked()
	if got := r.types(); got != "refund.requested" {
		t.Errorf("when it is back it is told %q, want the event that waited", got)
	}
	if e := m.endpoint(); e.FailingSince != 0 || e.LastError != "" {
		t.Errorf("when it is back: %+v", e)
	}
}

// A try that fails a microsecond before three days are over is followed by another, at three
// days it was the last.
func TestWebhookGivenUpAtThreeDays(t *testing.T) {
	for after, want := range map[time.Duration]int{webhookLife - time.Microsecond: 0, webhookLife: 1} {
		m := newMarket(t)
		r, _, _ := m.webhooks()
		r.answer = func(received) (Posted, error) { return Posted{Status: 500}, nil }
		m.happen(refundFact(1))
		m.webhooked()
		m.later(after)
		m.webhooked()
		if e := m.endpoint(); e.GivenUp != want || e.Waiting != 1-want || len(r.take()) != 2 {
			t.Errorf("after %v: %+v", after, e)
		}
	}
}

// One event that the receiver cannot take holds up no other.
func TestWebhookOneIsRefused(t *testing.T) {
	m := newMarket(t)
	r, _, _ := m.webhooks()
	r.answer = func(p received) (Posted, error) {
		if strings.Contains(p.body, "r-2") {
			return Posted{Status: 500}, nil
		}
		return Posted{Status: 204}, nil
	}
	m.happen(refundFact(1), refundFact(2), refundFact(3))
	for range 20 {
		m.webhooked()
		m.later(time.Minute)
	}
	if n := m.countRows("SELECT COUNT(*) FROM webhook_deliveries WHERE state = ?", deliveryDelivered); n != 2 {
		t.Errorf("%d were delivered", n)
	}
	if e := m.endpoint(); e.LastError != "the receiver answered 500" {
		t.Errorf("the endpoint is %+v", e)
	}
}

func TestWebhookAnswers(t *testing.T) {
	for _, tc := range []struct {
		posted         Posted
		taken, stopped bool
		next           time.Duration // no try before
	}{
		{Posted{Status: 200}, true, false, 0},
		{Posted{Status: 299}, true, false, 0},
		{Posted{Status: 199}, false, false, 8 * time.Second},
		{Posted{Status: 302}, false, false, 8 * time.Second},
		{Posted{Status: 404}, false, false, 8 * time.Second},
		{Posted{Status: 410}, false, true, 0},
		{Posted{Status: 429, Wait: 10 * time.Minute}, false, false, 10 * time.Minute},
		{Posted{Status: 503, Wait: 24 * time.Hour}, false, false, time.Hour},
	} {
		m := newMarket(t)
		r, _, _ := m.webhooks()
		r.answer = func(received) (Posted, error) { return tc.posted, nil }
		m.happen(refundFact(1))
		m.webhooked()
		r.take()
		e := m.endpoint()
		if (e.FailingSince == 0) != tc.taken || (e.DisabledAt != 0) != tc.stopped {
			t.Errorf("%+v: the endpoint is %+v", tc.posted, e)
		}
		if tc.next > 0 {
			m.later(tc.next - time.Microsecond)
			if m.webhooked(); len(r.take()) != 0 {
				t.Errorf("%+v: tried again too early", tc.posted)
			}
		}
		m.later(tc.next + time.Minute)
		m.webhooked()
		if again := len(r.take()) == 1; again == (tc.taken || tc.stopped) {
			t.Errorf("%+v: tried again %v", tc.posted, again)
		}
	}
}

// A sender that dies between sending and writing that down sends again, after the lease and
// under the same id, and nobody else does before.
func TestWebhookSenderDies(t *testing.T) {
	m := newMarket(t)
	r, _, _ := m.webhooks()
	m.happen(refundFact(1))
	m.numbered()
	ctx, die := context.WithCancel(m.ctx)
	r.answer = func(received) (Posted, error) { die(); return Posted{Status: 200}, nil }
	if _, err := m.DeliverWebhooks(ctx, 1, 10); !errors.Is(err, context.Canceled) {
		t.Fatalf("a dying sender: %v", err)
	}
	first := r.take()
	r.answer = nil
	m.later(webhookLease - time.Microsecond)
	if m.webhooked(); len(r.take()) != 0 {
		t.Error("sent again within the lease")
	}
	m.later(time.Microsecond)
	m.webhooked()
	if again := r.take(); len(first) != 1 || len(again) != 1 || again[0].id != first[0].id {
		t.Errorf("sent %v, then %v", first, again)
	}
	if m.later(time.Hour); m.webhooked() != 0 || m.endpoint().FailingSince != 0 {
		t.Errorf("afterwards: %+v", m.endpoint())
	}
}

// However many replicas deliver, each event arrives once.
func TestWebhookReplicas(t *testing.T) {
	m := newMarket(t)
	r, _, _ := m.webhooks()
	const events = 60
	for i := range events {
		m.happen(refundFact(i))
	}
	m.numbered()
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for range 30 {
				if _, err := m.DeliverWebhooks(m.ctx, 1, 7); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	ids := map[string]bool{}
	got := r.take()
	for _, p := range got {
		ids[p.id] = true
	}
	if len(got) != events || len(ids) != events {
		t.Errorf("%d deliveries of %d events arrived %d times", len(ids), events, len(got))
	}
}

// A receiver that hangs holds up no other.
func TestWebhookHangs(t *testing.T) {
	m := newMarket(t)
	r, _, _ := m.webhooks()
	_, _, err := m.CreateWebhookEndpoint(m.ctx, m.admin, WebhookEndpointInput{URL: "https://other.example/"})
	m.must(err)
	m.happen(refundFact(1))
	m.numbered()
	release, hanging := make(chan struct{}), make(chan struct{})
	r.answer = func(p received) (Posted, error) {
		if strings.Contains(p.url, "shop") {
			close(hanging)
			<-release
		}
		return Posted{Status: 200}, nil
	}
	finished := make(chan error)
	go func() { _, err := m.DeliverWebhooks(m.ctx, 1, 10); finished <- err }()
	<-hanging
	if n, err := m.DeliverWebhooks(m.ctx, 2, 10); err != nil || n != 1 {
		t.Errorf("the other was told %d times, %v", n, err)
	}
	m.happen(refundFact(2)) // and nothing of the database is held
	close(release)
	m.must(<-finished)
}
