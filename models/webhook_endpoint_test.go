package models

import (
	"net/netip"
	"sync"
	"testing"
)

func TestWebhookEndpoints(t *testing.T) {
	m := newMarket(t)
	other := m.account("m2@example.com", RoleIntegration, "")
	_, mine, _ := m.webhooks("claim.*")
	theirs, _, err := m.CreateWebhookEndpoint(m.ctx, other, WebhookEndpointInput{URL: "https://other.example:8443/hooks?x=1"})
	m.must(err)
	for _, tc := range []struct {
		by   Actor
		want int
	}{{m.integration, 1}, {other, 1}, {m.admin, 2}} {
		if list, err := m.WebhookEndpoints(m.ctx, tc.by); err != nil || len(list) != tc.want {
			t.Errorf("%s sees %d, %v", tc.by.Email, len(list), err)
		}
	}
	for _, by := range []Actor{m.buyer, m.seller, m.agent, m.lead, Anonymous} {
		_, listed := m.WebhookEndpoints(m.ctx, by)
		_, _, made := m.CreateWebhookEndpoint(m.ctx, by, WebhookEndpointInput{URL: "https://x.example/"})
		_, deleted := m.DeleteWebhookEndpoint(m.ctx, by, mine.ID)
		if KindOf(listed) != Forbidden || KindOf(made) != Forbidden || KindOf(deleted) != Forbidden {
			t.Errorf("%s: %v, %v, %v", by.Role, listed, made, deleted)
		}
	}
	if _, err := m.DeleteWebhookEndpoint(m.ctx, m.integration, theirs.ID); KindOf(err) != NotFound {
		t.Errorf("another's: %v", err)
	}
	m.filed(m.order("A-1", nil), NotReceived)
	m.webhooked()
	if e, err := m.DeleteWebhookEndpoint(m.ctx, m.admin, mine.ID); err != nil || e.URL != mine.URL || m.countRows("SELECT COUNT(*) FROM webhook_deliveries") != 0 {
		t.Errorf("deleted %+v, %v", e, err)
	}
	if _, err := m.DeleteWebhookEndpoint(m.ctx, m.integration, mine.ID); KindOf(err) != NotFound {
		t.Errorf("a second time: %v", err)
	}
}

// However many ask at once, there are never more endpoints than slots.
func TestWebhookEndpointLimit(t *testing.T) {
	m := newMarket(t)
	var wait sync.WaitGroup
	var made sync.Map
	for i := range 3 * MaxWebhookEndpoints {
		wait.Go(func() {
			e, _, err := m.CreateWebhookEndpoint(m.ctx, m.integration, WebhookEndpointInput{URL: "https://shop.example/"})
			if err == nil {
				made.Store(i, e.ID)
			} else if CodeOf(err) != "too_many_webhook_endpoints" && KindOf(err) != Unavailable {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	list, err := m.WebhookEndpoints(m.ctx, m.integration)
	m.must(err)
	n := 0
	made.Range(func(any, any) bool { n++; return true })
	if len(list) != n || n > MaxWebhookEndpoints || n < MaxWebhookEndpoints/2 {
		t.Errorf("%d made, %d there", n, len(list))
	}
	for len(list) < MaxWebhookEndpoints {
		e, _, err := m.CreateWebhookEndpoint(m.ctx, m.integration, WebhookEndpointInput{URL: "https://shop.example/"})
		m.must(err)
		list = append(list, e)
	}
	_, _, err = m.CreateWebhookEndpoint(m.ctx, m.admin, WebhookEndpointInput{URL: "https://shop.example/"})
	wantCode(t, err, "too_many_webhook_endpoints")
}

func TestWebhookURL(t *testing.T) {
	for _, tc := range []struct{ url, want, sandbox string }{
		{"https://shop.example/hooks", "", ""},
		{"https://shop.example:8443/hooks?x=1", "", ""},
		{"https://8.8.8.8/", "", ""},
		{"http://shop.example/", "bad_webhook_url", ""},
		{"https://shop.example:22/", "bad_webhook_url", ""},
		{"http://127.0.0.1:9000/", "bad_webhook_url", ""},
		{"https://user:pass@shop.example/", "bad_webhook_url", "bad_webhook_url"},
		{"https://shop.example/#x", "bad_webhook_url", "bad_webhook_url"},
		{"https:///hooks", "bad_webhook_url", "bad_webhook_url"},
		{"https:shop.example", "bad_webhook_url", "bad_webhook_url"},
		{"ftp://shop.example/", "bad_webhook_url", "bad_webhook_url"},
		{"javascript:alert(1)", "bad_webhook_url", "bad_webhook_url"},
		{"https://shop.example/a b", "bad_webhook_url", "bad_webhook_url"},
		{"https://shop.example/\r\nX: y", "bad_webhook_url", "bad_webhook_url"},
		{"https://店.example/", "bad_webhook_url", "bad_webhook_url"},
		{"", "bad_webhook_url", "bad_webhook_url"},
		{"https://127.0.0.1/", "private_address", ""},
		{"https://127.1/", "private_address", ""},
		{"https://0x7f.1/", "private_address", ""},
		{"https://2130706433/", "private_address", ""},
		{"https://017700000001/", "private_address", ""},
		{"https://[::1]/", "private_address", ""},
		{"https://[::ffff:127.0.0.1]/", "private_address", ""},
		{"https://[fe80::1%25eth0]/", "private_address", ""},
		{"https://169.254.169.254/latest/meta-data", "private_address", ""},
		{"https://localhost/", "private_address", ""},
		{"https://a.localhost/", "private_address", ""},
		{"https://LOCALHOST./", "private_address", ""},
		{"https://db.internal/", "private_address", ""},
		{"https://printer.local/", "private_address", ""},
		{"https://intranet/", "private_address", ""},
	} {
		if got := checkWebhookURL(tc.url, false); got != tc.want {
			t.Errorf("%q: %q, want %q", tc.url, got, tc.want)
		}
		if got := checkWebhookURL(tc.url, true); got != tc.sandbox {
			t.Errorf("%q in the sandbox: %q, want %q", tc.url, got, tc.sandbox)
		}
	}
}

func TestPublicAddress(t *testing.T) {
	for _, s := range []string{"8.8.8.8", "1.1.1.1", "172.32.0.1", "172.15.255.255", "100.128.0.1", "192.0.1.1", "2001:4860:4860::8888", "2606:4700::1111", "::ffff:8.8.8.8"} {
		if !PublicAddress(netip.MustParseAddr(s)) {
			t.Errorf("%s is public", s)
		}
	}
	for _, s := range []string{
		"0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1",
		"192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
		"::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:100.64.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1",
		"2002:7f00:1::", "3fff::1", "5f00::1", "fc00::1", "fd00::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1",
	} {
		if PublicAddress(netip.MustParseAddr(s)) {
			t.Errorf("%s is not public", s)
		}
	}
	if PublicAddress(netip.Addr{}) {
		t.Error("no address is public")
	}
}

// An answer with a secret, kept for its Idempotency-Key, rests sealed and comes back as it was.
func TestKeyedSecretIsSealed(t *testing.T) {
	m := newMarket(t)
	in := KeyedRequest{Key: "k1", Route: "POST /x", Hash: "h"}
	const body = `{"secret":"whsec_abc"}`
	run, _, err := m.BeginKeyed(m.ctx, m.integration, in)
	m.must(err)
	m.must(m.FinishKeyed(m.ctx, run, StoredAnswer{Status: 201, MediaType: "application/json", Body: []byte(body), Secret: true}))
	if n := m.countRows("SELECT COUNT(*) FROM idempotency_keys WHERE body LIKE '%whsec%'"); n != 0 {
		t.Error("the secret rests as it is")
	}
	_, stored, err := m.BeginKeyed(m.ctx, m.integration, in)
	if err != nil || stored == nil || string(stored.Body) != body || stored.Status != 201 {
		t.Errorf("again: %+v, %v", stored, err)
	}
}
