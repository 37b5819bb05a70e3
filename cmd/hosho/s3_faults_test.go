package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hosho/models/modelstest"
	"hosho/storage/inspect/inspecttest"
	"hosho/storage/storagetest"
)

// breakage is what stands between the portal and the S3 server.
type breakage func(w http.ResponseWriter, r *http.Request, server http.Handler)

// behind puts faults that can be changed in front of the S3 server.
func behind(t *testing.T, raw string) (address string, set func(breakage)) {
	t.Helper()
	var now atomic.Pointer[breakage]
	address = storagetest.Through(t, raw, func(w http.ResponseWriter, r *http.Request, server http.Handler) {
		if f := *now.Load(); f != nil {
			f(w, r, server)
			return
		}
		server.ServeHTTP(w, r)
	})
	set = func(f breakage) { now.Store(&f) }
	set(nil)
	return address, set
}

func says200(body string) breakage {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(body))
	}
}

func refuses(status int, code string) breakage {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, "<Error><Code>%s</Code><Message>no</Message></Error>", code)
	}
}

// changed gives the server's answer to a GET with another body.
func changed(change func(w http.ResponseWriter, r *http.Request, body []byte)) breakage {
	return func(w http.ResponseWriter, r *http.Request, server http.Handler) {
		if r.Method != http.MethodGet {
			refuses(http.StatusInternalServerError, "InternalError")(w, r, server)
			return
		}
		rec := httptest.NewRecorder()
		server.ServeHTTP(rec, r)
		for name, values := range rec.Header() {
			w.Header()[name] = values
		}
		change(w, r, rec.Body.Bytes())
	}
}

// The store of evidence breaks in every way it can. The portal still shows claims and takes new
// ones; whoever sends a file is told to try again, and what was announced can be completed once
// the store is back. No upload is ever ready whose bytes are not there.
func TestS3Faults(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for silent servers")
	}
	address, set := behind(t, storagetest.S3(t))
	env := []string{"HOSHO_DATABASE=" + modelstest.Database(t), "HOSHO_EVIDENCE=" + address, "HOSHO_KEYS=" + t.TempDir()}
	call(t, env, "migrate", "up").want(t, exitOK)
	p := faultPortal{t: t, set: set, base: startServe(t, env, "--sandbox", "--sandbox-now", "2026-01-20T10:00:00+09:00").base}
	shop, agent := p.as("mp@example.com", "integration", ""), p.as("agent@example.com", "agent", "")
	p.buyer = p.as("b1@example.com", "buyer", "")
	_ = p.as("s1@example.com", "seller", "mp-s-1")

	release := make(chan struct{})
	silent := func(_ http.ResponseWriter, r *http.Request, _ http.Handler) {
		select {
		case <-r.Context().Done():
		case <-release:
		}
	}
	faults := []struct {
		name string
		set  breakage
	}{
		{"closes every connection", func(http.ResponseWriter, *http.Request, http.Handler) { panic(http.ErrAbortHandler) }},
		{"500", refuses(500, "InternalError")},
		{"503", refuses(503, "SlowDown")},
		{"403", refuses(403, "AccessDenied")},
		{"the bucket is gone", refuses(404, "NoSuchBucket")},
		{"200 and a page", says200("<html>Welcome to the airport</html>")},
		{"200 and nothing", says200("")},
		{"an error that is no XML", func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			http.Error(w, "\x00\xff garbage", http.StatusBadGateway)
		}},
		{"bodies are cut", changed(func(w http.ResponseWriter, _ *http.Request, b []byte) {
			w.Header().Set("Content-Length", fmt.Sprint(len(b)))
			_, _ = w.Write(b[:len(b)/2])
			panic(http.ErrAbortHandler)
		})},
		{"silent", silent},
		{"silent in the middle of a body", changed(func(w http.ResponseWriter, r *http.Request, b []byte) {
			w.Header().Set("Content-Length", fmt.Sprint(len(b)))
			_, _ = w.Write(b[:len(b)/2])
			_ = http.NewResponseController(w).Flush()
			silent(w, r, nil)
		})},
	}
	for i := range len(faults) + 1 {
		p.json(shop, http.MethodPut, fmt.Sprintf("/orders/o-%d", i), faultOrder, 201, nil)
		p.json(p.buyer, http.MethodPost, fmt.Sprintf("/orders/o-%d/lines/1/messages", i), `{"body":"商品が届きません。","topic":"not_received"}`, 201, nil)
	}
	p.json(p.buyer, http.MethodPost, "/sandbox/clock", `{"advance":"49h"}`, 200, nil)

	// A claim with a file from before.
	file := inspecttest.PNG(inspecttest.Corners(200, 150))
	before := p.buyer.whole(t, "before.png", "", file)
	if before.became() != inspecttest.Taken {
		t.Fatal(before.became())
	}
	p.number = p.file(0, before.ID)

	for i, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			p.t = t
			set(nil)
			sent := p.buyer.announce(t, "sent.png", "image/png", file)
			if status := p.buyer.put(t, sent, file); status != http.StatusOK {
				t.Fatalf("sent: %d", status)
			}
			set(f.set)
			p.broken(i+1, sent, before.ID, file, agent)
			set(nil)
			if a := p.buyer.ask(t, "/uploads/"+sent.ID+"/complete", "application/json", nil); a.became() != inspecttest.Taken {
				t.Errorf("completed when the store is back: %s", a.became())
			} else {
				p.buyer.served(t, sent.ID, "/content")
				p.buyer.served(t, sent.ID, "/thumbnail")
			}
			if a := p.buyer.whole(t, "again.png", "", file); a.became() != inspecttest.Taken {
				t.Errorf("sent again: %s", a.became())
			} else {
				p.buyer.served(t, a.ID, "/content")
			}
			if res, b := agent.call(t, http.MethodGet, "/evidence/"+before.ID+"/original", "", nil); res.StatusCode != 200 || !bytes.Equal(b, file) {
				t.Errorf("the original from before: %d", res.StatusCode)
			}
		})
	}
	close(release)

	// Slow is not broken.
	p.t = t
	set(func(w http.ResponseWriter, r *http.Request, server http.Handler) {
		time.Sleep(300 * time.Millisecond)
		server.ServeHTTP(w, r)
	})
	if a := p.buyer.direct(t, "slow.png", "image/png", file); a.became() != inspecttest.Taken {
		t.Errorf("slow: %s", a.became())
	}
}

// faultPortal is a portal whose store of evidence can be broken.
type faultPortal struct {
	t      *testing.T
	set    func(breakage)
	base   string
	buyer  uploader
	number string // of a claim that stands
}

const faultOrder = `{"buyer":{"id":"mp-b-1","email":"b1@example.com","name":"青木","locale":"ja"},"placed_at":"2026-01-01T10:00:00+09:00","updated_at":"2026-01-02T10:00:00+09:00","currency":"JPY",
	"lines":[{"line":1,"seller":{"id":"mp-s-1","name":"店"},"title":"机の灯り","quantity":1,"unit_price":3000,"tax":300,"shipping":500,"status":"shipped",
		"estimated_delivery":{"earliest":"2026-01-05","latest":"2026-01-08"},"shipment":{"carrier":"飛脚","shipped_at":"2026-01-02T09:00:00+09:00"}}],
	"payments":[{"tender":"credit_card","amount":3800}]}`

func (p *faultPortal) as(email, role, seller string) uploader {
	p.t.Helper()
	var got struct {
		Token string `json:"token"`
	}
	p.json(uploader{base: p.base}, http.MethodPost, "/sandbox/tokens", fmt.Sprintf(`{"email":%q,"role":%q,"seller_id":%q,"name":%q}`, email, role, seller, role), 201, &got)
	return uploader{p.base, got.Token}
}

func (p *faultPortal) json(u uploader, method, path, body string, want int, into any) {
	p.t.Helper()
	res, b := u.call(p.t, method, path, "application/json", strings.NewReader(body))
	if res.StatusCode != want {
		p.t.Fatalf("%s %s: %d %s", method, path, res.StatusCode, b)
	}
	if into != nil {
		if err := json.Unmarshal(b, into); err != nil {
			p.t.Fatal(err)
		}
	}
}

// file makes a claim about the order n, with files or none.
func (p *faultPortal) file(n int, evidence ...string) string {
	p.t.Helper()
	body, err := json.Marshal(map[string]any{
		"order_number": fmt.Sprintf("o-%d", n), "line": 1, "reason": "not_received", "description": "予定日を過ぎても届きません。", "desired_outcome": "refund", "evidence": append([]string{}, evidence...),
	})
	if err != nil {
		p.t.Fatal(err)
	}
	var got struct {
		Number string `json:"number"`
	}
	p.json(p.buyer, http.MethodPost, "/claims", string(body), 201, &got)
	return got.Number
}

// broken does all that people do, at once, while the store is broken.
func (p *faultPortal) broken(order int, sent answer, evidence string, file []byte, agent uploader) {
	p.t.Helper()
	began := time.Now()
	tryAgain := func(what string, status int, body []byte) {
		if status != http.StatusServiceUnavailable || !bytes.Contains(body, []byte(`"unavailable"`)) {
			p.t.Errorf("%s: %d %.300s, want 503 unavailable", what, status, body)
		}
	}
	var group sync.WaitGroup
	group.Go(func() {
		a := p.buyer.whole(p.t, "now.png", "", file)
		tryAgain("a file in one request", a.status, a.body)
	})
	group.Go(func() {
		a := p.buyer.ask(p.t, "/uploads/"+sent.ID+"/complete", "application/json", nil)
		tryAgain("a file sent before", a.status, a.body)
	})
	group.Go(func() {
		res, b := agent.call(p.t, http.MethodGet, "/evidence/"+evidence+"/original", "", nil)
		tryAgain("an original", res.StatusCode, b)
	})
	// Announcing and the addresses of files need no answer of the store; nor do claims.
	if a := p.buyer.announce(p.t, "later.png", "image/png", file); a.status != http.StatusCreated {
		p.t.Errorf("announced: %d %s", a.status, a.body)
	}
	p.json(p.buyer, http.MethodGet, "/claims/"+p.number, "", 200, nil)
	p.file(order)
	if took := time.Since(began); took > 5*time.Second {
		p.t.Errorf("a claim took %v while the store is broken", took)
	}
	group.Wait()
	if took := time.Since(began); took > 25*time.Second {
		p.t.Errorf("it took %v to be told to try again", took)
	}
}
