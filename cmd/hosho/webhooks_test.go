package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// The receiver of the README.

// fromHosho says whether a request with this body is a webhook that was sent within five minutes of now.
func fromHosho(secret string, h http.Header, body []byte, now time.Time) bool {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	sent, unread := strconv.ParseInt(h.Get("webhook-timestamp"), 10, 64)
	if err != nil || unread != nil || now.Sub(time.Unix(sent, 0)).Abs() > 5*time.Minute {
		return false
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%d.%s", h.Get("webhook-id"), sent, body)
	want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	return hmac.Equal([]byte(h.Get("webhook-signature")), []byte(want))
}

func TestReadmeReceiver(t *testing.T) {
	ours, err := os.ReadFile("webhooks_test.go")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	_, code, _ := strings.Cut(string(ours), "// The receiver of the README.\n\n")
	code, _, _ = strings.Cut(code, "\n}\n")
	if !strings.Contains(string(text), "```go\n"+code+"\n}\n```\n") {
		t.Errorf("README.md has another receiver than\n%s\n}", code)
	}
}

// shop is a receiver that does as it is told.
type shop struct {
	*httptest.Server
	mu     sync.Mutex
	got    []delivery
	answer func(http.ResponseWriter, *http.Request) // nil answers 204
}

type delivery struct {
	header http.Header
	body   []byte
	at     time.Time
}

func newShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		s.mu.Lock()
		s.got = append(s.got, delivery{r.Header.Clone(), body, time.Now()})
		answer := s.answer
		s.mu.Unlock()
		if answer != nil {
			answer(w, r)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *shop) take() []delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	got := s.got
	s.got = nil
	return got
}

func (s *shop) does(answer func(http.ResponseWriter, *http.Request)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = answer
}

// callAPI asks a running portal and decodes the answer.
func callAPI(t *testing.T, method, url, token, body string) map[string]any {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode >= 300 {
		t.Fatalf("%s %s: %d %s, %v", method, url, answer.StatusCode, raw, err)
	}
	var v map[string]any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// From the clock that moves a claim to a shop that checks what it is told: a receiver that is
// down for a day misses nothing, and what it is told is what it could have read.
func TestWebhooksArrive(t *testing.T) {
	printed, stop := runDemo(t, filepath.Join(t.TempDir(), "hosho-data"))
	defer stop()
	base := regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(printed) + "/api/v1"
	token := callAPI(t, "POST", base+"/sandbox/tokens", "", `{"email":"shop@example.com","role":"integration"}`)["token"].(string)
	store := newShop(t)
	store.does(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	secret := callAPI(t, "POST", base+"/webhook-endpoints", token, `{"url":"`+store.URL+`"}`)["secret"].(string)
	callAPI(t, "POST", base+"/sandbox/clock", "", `{"advance":"72h"}`)
	endpoint := func() map[string]any {
		return callAPI(t, "GET", base+"/webhook-endpoints", token, "")["items"].([]any)[0].(map[string]any)
	}
	if e := endpoint(); e["status"] != "failing" || e["last_error"] != "the receiver answered 500" {
		t.Errorf("a receiver that is down: %v", e)
	}
	tried := map[string]bool{}
	for _, d := range store.take() {
		tried[d.header.Get("webhook-id")] = true
	}
	store.does(nil)
	callAPI(t, "POST", base+"/sandbox/clock", "", `{"advance":"24h"}`)
	told, again := map[float64]bool{}, 0
	for _, d := range store.take() {
		var body struct {
			Type string
			Data map[string]any
		}
		if err := json.Unmarshal(d.body, &body); err != nil || !fromHosho(secret, d.header, d.body, d.at) || d.header.Get("Content-Type") != "application/json" {
			t.Fatalf("told %s with %v, %v", d.body, d.header, err)
		}
		if fromHosho(secret, d.header, append(d.body, ' '), d.at) || fromHosho(secret, d.header, d.body, d.at.Add(6*time.Minute)) {
			t.Error("a changed or old webhook is taken")
		}
		told[body.Data["number"].(float64)] = true
		if tried[d.header.Get("webhook-id")] {
			again++
		}
	}
	if len(tried) == 0 || again != len(tried) {
		t.Errorf("%d were tried before, %d came again", len(tried), again)
	}
	events := callAPI(t, "GET", base+"/events?limit=200&after=0", token, "")["items"].([]any)
	smallest := 0.0
	for n := range told {
		if smallest == 0 || n < smallest {
			smallest = n
		}
	}
	for _, e := range events {
		if n := e.(map[string]any)["number"].(float64); n >= smallest && !told[n] {
			t.Errorf("not told of event %v", n)
		}
	}
	if e := endpoint(); e["status"] != "active" || e["last_error"] != nil || len(told) == 0 {
		t.Errorf("told of %d events: %v", len(told), e)
	}
}

func TestPoster(t *testing.T) {
	const patience = 400 * time.Millisecond
	store := newShop(t)
	elsewhere := newShop(t)
	release := make(chan struct{})
	defer close(release)
	for _, tc := range []struct {
		name    string
		does    func(http.ResponseWriter, *http.Request)
		status  int
		wait    time.Duration
		problem string
	}{
		{"takes it", nil, 204, 0, ""},
		{"refuses", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusForbidden) }, 403, 0, ""},
		{"sends on", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		}, 307, 0, ""},
		{"wants to rest", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "90")
			w.WriteHeader(http.StatusTooManyRequests)
		}, 429, 90 * time.Second, ""},
		{"wants nonsense", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "-5 o'clock")
			w.WriteHeader(http.StatusServiceUnavailable)
		}, 503, 0, ""},
		{"hangs", func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-release:
			case <-r.Context().Done():
			}
		}, 0, 0, "no answer in time"},
		{"never ends", func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := w.Write(bytes.Repeat([]byte("x"), 10_000)); err != nil {
					return
				}
			}
		}, 200, 0, ""},
		{"breaks off", func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) }, 0, 0, "the connection broke off"},
		{"has long headers", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X", strings.Repeat("x", 2*webhookAnswer))
		}, 0, 0, "the connection broke off"},
	} {
		store.does(tc.does)
		began := time.Now()
		posted, err := newPoster(true, patience).Post(t.Context(), store.URL, map[string]string{"webhook-id": "msg_1"}, `{"type":"x"}`)
		problem := ""
		if err != nil {
			problem = err.Error()
		}
		if posted.Status != tc.status || posted.Wait != tc.wait || problem != tc.problem {
			t.Errorf("%s: %+v, %q; want %d, %v, %q", tc.name, posted, problem, tc.status, tc.wait, tc.problem)
		}
		if took := time.Since(began); took > 5*patience {
			t.Errorf("%s: it took %v", tc.name, took)
		}
	}
	if got := elsewhere.take(); len(got) != 0 {
		t.Errorf("a redirect was followed: %v", got)
	}
	for _, d := range store.take() {
		if d.header.Get("webhook-id") != "msg_1" || string(d.body) != `{"type":"x"}` || d.header.Get("User-Agent") != "Hosho-Webhooks/1" {
			t.Errorf("sent %v %s", d.header, d.body)
		}
	}
	trusted := httptest.NewTLSServer(http.NotFoundHandler())
	defer trusted.Close()
	for address, want := range map[string]string{
		trusted.URL:               "no trusted TLS connection could be made",
		"http://127.0.0.1:1/":     "the connection was refused",
		"http://none.invalid/":    "the name of the address is not known",
		"http://[::1]:namedport/": "the address cannot be read",
	} {
		if _, err := newPoster(true, 5*time.Second).Post(t.Context(), address, nil, "{}"); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", address, err, want)
		}
	}
}

// Outside the sandbox nothing of the house is reached, however its address is written.
func TestPosterStaysOutside(t *testing.T) {
	var reached atomic.Int64
	listener, err := net.Listen("tcp", ":0") //nolint:noctx // on every address, so that any of them would be noticed
	if err != nil {
		t.Fatal(err)
	}
	house := &http.Server{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }), ReadHeaderTimeout: time.Second}
	go func() { _ = house.Serve(listener) }()
	defer house.Close()
	port := strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
	if _, err := newPoster(true, time.Second).Post(t.Context(), "http://127.0.0.1:"+port, nil, "{}"); err != nil || reached.Swap(0) != 1 {
		t.Fatalf("in the sandbox the house is not reached: %v", err)
	}
	p := newPoster(false, 2*time.Second)
	for _, host := range []string{"127.0.0.1", "127.0.0.2", "localhost", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0.0.0.0", "[::]", "10.0.0.1", "169.254.169.254", "[64:ff9b::7f00:1]"} {
		if _, err := p.Post(t.Context(), "http://"+host+":"+port+"/", nil, "{}"); err == nil || err.Error() != errNotPublic.Error() {
			t.Errorf("%s: %v", host, err)
		}
	}
	for _, host := range []string{"LOCALHOST.", "0x7f.1", "2130706433", "127.1", "017700000001"} { // what they are is the resolver's to say
		if _, err := p.Post(t.Context(), "http://"+host+":"+port+"/", nil, "{}"); err == nil {
			t.Errorf("%s was called", host)
		}
	}
	if n := reached.Load(); n != 0 {
		t.Errorf("the house was reached %d times", n)
	}
	for _, address := range []string{"127.0.0.1:80", "[::1]:80", "x:80", "", "8.8.8.8"} {
		if publicOnly("tcp", address, nil) == nil {
			t.Errorf("%q may be dialled", address)
		}
	}
	if err := publicOnly("tcp", "8.8.8.8:443", nil); err != nil {
		t.Errorf("a public address: %v", err)
	}
}
