package handlers

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"hosho/models"
)

// Every answer, whatever its status, carries the headers that shut a browser's doors.
func TestSecurityHeaders(t *testing.T) {
	p := newPortal(t, func(_ *models.Config, c *Config) { c.BaseURL = "https://portal.test" })
	for _, c := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/healthz", 200},
		{"GET", "/api", 200},
		{"GET", "/nothing", 404},
		{"GET", apiBase + "/orders", 401},
		{"POST", apiBase + "/nothing", 404},
		{"GET", "/static/css/app.css", 200},
		{"DELETE", apiBase + "/orders", 405},
		{"TRACE", "/healthz", 405},
		{"OPTIONS", apiBase + "/orders", 405},
		{"HEAD", "/healthz", 200},
		{"GET", apiBase + "/orders/", 404},
		{"GET", "/api//v1/orders", 404},
		{"GET", apiBase + "/Orders", 404},
		{"GET", apiBase + "/%6frders", 404},
		{"GET", "/" + strings.Repeat("a", 3000), 413},
	} {
		r := httptest.NewRequestWithContext(t.Context(), c.method, "https://portal.test/", nil)
		r.URL.Path, r.URL.RawPath = strings.ReplaceAll(c.path, "%6f", "o"), c.path
		r.RequestURI = c.path
		got := p.do(r)
		if got.status != c.status {
			t.Errorf("%s %.40s: %d, want %d", c.method, c.path, got.status, c.status)
		}
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; script-src 'self'", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin", "Permissions-Policy": "camera=()",
			"Strict-Transport-Security": "max-age=31536000",
		} {
			if !strings.HasPrefix(got.header.Get(name), want) {
				t.Errorf("%s %.40s: %s is %q", c.method, c.path, name, got.header.Get(name))
			}
		}
		if strings.Contains(got.header.Get("Content-Security-Policy"), "unsafe") || got.header.Get("X-Request-Id") == "" || got.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s %.40s: %v", c.method, c.path, got.header)
		}
		if strings.HasPrefix(c.path, apiBase) && got.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s %.40s: Cache-Control %q", c.method, c.path, got.header.Get("Cache-Control"))
		}
	}
}

// withRoutes is a portal with routes of the test's own beside it.
func (p *portal) withRoutes(routes ...route) {
	p.t.Helper()
	for _, r := range routes {
		p.h.engine.Handle(r.method, r.path, p.h.adapt(r))
	}
}

func TestPagesRefuseOtherSites(t *testing.T) {
	p := newPortal(t)
	done := 0
	p.withRoutes(route{method: "POST", path: "/:lang/test/post", kind: pageRoute, who: public, handle: func(c *gin.Context) error {
		done++
		c.String(http.StatusOK, "done")
		return nil
	}})
	for _, c := range []struct {
		headers string
		status  int
	}{
		{"Sec-Fetch-Site: same-origin", 200},
		{"Sec-Fetch-Site: none", 200},
		{"Origin: http://portal.test", 200},
		{"", 403},
		{"Sec-Fetch-Site: cross-site", 403},
		{"Sec-Fetch-Site: same-site", 403},
		{"Origin: null", 403},
		{"Origin: https://evil.test", 403},
	} {
		r := httptest.NewRequestWithContext(t.Context(), "POST", "http://portal.test/ja/test/post", nil)
		if name, value, ok := strings.Cut(c.headers, ": "); ok {
			r.Header.Set(name, value)
		}
		if got := p.do(r); got.status != c.status {
			t.Errorf("%q: %d, want %d", c.headers, got.status, c.status)
		}
	}
	if done != 3 {
		t.Errorf("the handler ran %d times, want 3", done)
	}
}

// What is our fault gets a 500 with a number to quote, and the cause is in the log alone.
func TestFailures(t *testing.T) {
	p := newPortal(t)
	p.withRoutes(
		route{method: "GET", path: "/api/test/panic", kind: openRoute, who: public, handle: func(*gin.Context) error { panic("goroutine secret") }},
		route{method: "GET", path: "/api/test/error", kind: openRoute, who: public, handle: func(*gin.Context) error { return errors.New("SELECT secret") }},
		route{method: "GET", path: "/:lang/test/error", kind: pageRoute, who: public, handle: func(*gin.Context) error { return errors.New("SELECT secret") }},
	)
	for _, path := range []string{"/api/test/panic", "/api/test/error", "/ja/test/error"} {
		got := p.do(httptest.NewRequestWithContext(t.Context(), "GET", "http://portal.test"+path, nil))
		id := got.header.Get("X-Request-Id")
		if got.status != 500 || !strings.Contains(string(got.raw), id) || strings.Contains(string(got.raw), "secret") {
			t.Errorf("%s: %d %s", path, got.status, got.raw)
		}
		logged := 0
		for line := range strings.Lines(p.log.String()) {
			var m map[string]any
			if err := json.Unmarshal([]byte(line), &m); err != nil {
				t.Fatalf("a log line is no JSON: %s", line)
			}
			if m["request_id"] == id && m["msg"] == "failed" && strings.Contains(fmt.Sprint(m["error"]), "secret") {
				logged++
			}
		}
		if logged != 1 {
			t.Errorf("%s: logged %d times, want once", path, logged)
		}
	}
}

// Nothing that lets anybody in, and nothing people wrote, reaches the log.
func TestLogHoldsNoSecrets(t *testing.T) {
	p := newPortal(t)
	p.order("L-1")
	p.want(201, "b1", "POST", "/orders/L-1/lines/1/messages", `{"body":"canary-body"}`, "User-Agent: canary-agent\nforged")
	p.send("b1", "GET", "/orders?cursor=canary-query", "")
	p.wantCode(403, "forbidden", "b1", "POST", "/orders/L-1/lines/1/contact/actions/refuse", "")
	text := p.log.String()
	for _, secret := range []string{"canary", "b1@example.com", p.tokens["b1"], "Bearer"} {
		if strings.Contains(text, secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
	if n := strings.Count(text, `"msg":"failed"`); n != 1 || !strings.Contains(text, `"target":"/api/v1/orders/L-1/lines/1/contact/actions/refuse"`) {
		t.Errorf("a refused action was logged %d times, want once with its target\n%s", n, text)
	}
}

func TestRateLimits(t *testing.T) {
	p := newPortal(t, func(_ *models.Config, c *Config) { c.TokenRate, c.AddressRate = 5, 40 })
	for range 5 {
		p.want(200, "b1", "GET", "/orders", "")
	}
	got := p.wantCode(429, "rate_limited", "b1", "GET", "/orders", "")
	if got.header.Get("Retry-After") != "12" {
		t.Errorf("Retry-After %q, want 12 s until the next of 5 a minute", got.header.Get("Retry-After"))
	}
	p.want(200, "b2", "GET", "/orders", "") // another token is another count
	p.clock.add(12 * time.Second)
	p.want(200, "b1", "GET", "/orders", "")
	for range 100 { // the sandbox is free
		p.want(200, "", "GET", "/sandbox/clock", "")
	}
	limited := false
	for range 60 {
		limited = limited || p.send("", "GET", "/orders", "").status == 429
	}
	if !limited {
		t.Error("an address may do what it likes")
	}
}

func TestLimiterForgets(t *testing.T) {
	now := time.Unix(1000, 0)
	l := newLimiter(10, func() time.Time { return now })
	l.maxKeys = 100
	for i := range 10_000 {
		l.take(fmt.Sprint(i))
	}
	if n := len(l.young) + len(l.old); n > 200 {
		t.Errorf("%d keys are kept", n)
	}
	for range 10 {
		l.take("x")
	}
	if _, ok := l.take("x"); ok {
		t.Error("the eleventh of ten is taken")
	}
	if a, b := addressKey("2001:db8::1"), addressKey("2001:db8::ffff"); a != b || a == addressKey("2001:db8:0:1::1") {
		t.Errorf("IPv6 keys %s, %s", a, b)
	}
	if a, b := addressKey("::ffff:192.0.2.1"), addressKey("192.0.2.1"); a != b {
		t.Errorf("IPv4 keys %s, %s", a, b)
	}
}

func TestNoProxyIsTrusted(t *testing.T) {
	p := newPortal(t)
	r := httptest.NewRequestWithContext(t.Context(), "GET", "http://portal.test/healthz", nil)
	r.Header.Set("X-Forwarded-For", "6.6.6.6")
	p.do(r)
	if strings.Contains(p.log.String(), "6.6.6.6") {
		t.Error("a header of the client was taken for its address")
	}
	for _, c := range []Config{
		{Store: p.store, Templates: p.h.templates, BaseURL: "http://portal.test", TrustedProxies: []string{"10.0.0.0/99"}},
		{Store: p.store, Templates: p.h.templates, BaseURL: "portal.test"},
		{Store: p.store, Templates: p.h.templates, BaseURL: "http://portal.test/sub"},
		{BaseURL: "http://portal.test"},
	} {
		if _, err := New(c); err == nil {
			t.Errorf("%+v is taken", c)
		}
	}
}

func TestBodiesAreBounded(t *testing.T) {
	p := newPortal(t)
	p.order("Z-1")
	big := `{"body":"` + strings.Repeat("x", maxJSON) + `"}`
	p.wantCode(413, "too_large", "b1", "POST", "/orders/Z-1/lines/1/messages", big)
	if got := p.upload("b1", "big.png", bytes.Repeat([]byte("x"), models.MaxUpload+1)); got.status != 413 {
		t.Errorf("a file over 10 MiB: %d %s", got.status, got.raw)
	}
	p.wantCode(422, "invalid_fields", "b1", "POST", "/orders/Z-1/lines/1/messages", `{"body":"`+strings.Repeat("字", 4001)+`"}`)
	for _, query := range []string{"?limit=0", "?limit=201", "?limit=x", "?cursor=x"} {
		p.wantCode(422, "invalid_fields", "b1", "GET", "/orders"+query, "")
	}
	for _, query := range []string{"?limit=1&limit=2", "?cursor=%00", "?a=%zz", "?a=%ff"} {
		p.wantCode(400, "malformed", "b1", "GET", "/orders"+query, "")
	}
	p.wantCode(400, "unknown_field", "b1", "GET", "/claims?state=granted", "")
}

func TestForms(t *testing.T) {
	p := newPortal(t)
	read := ""
	p.withRoutes(route{method: "POST", path: "/:lang/test/form", kind: pageRoute, who: public, handle: func(c *gin.Context) error {
		f, err := readForm(c, nil)
		if err == nil {
			read += f.Get("b")
			c.String(http.StatusOK, "read")
		}
		return err
	}})
	for _, c := range []struct {
		body   string
		status int
	}{
		{"a=1&b=%E5%AD%97", 200},
		{strings.Repeat("a=1&", 99) + "a=1", 200},
		{strings.Repeat("a=1&", 100) + "a=1", 422},
		{strings.Repeat("a&", 100_000), 422},
		{"a=%ff", 422},
		{"a=%00", 422},
		{"a=" + strings.Repeat("x", maxForm), 413},
	} {
		r := httptest.NewRequestWithContext(t.Context(), "POST", "http://portal.test/ja/test/form", strings.NewReader(c.body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		// A malformed form is shown as a page of its own, which has no page for 400.
		if w := p.do(r); w.status != c.status && (c.status != 422 || w.status != 400) {
			t.Errorf("%.40q: %d, want %d", c.body, w.status, c.status)
		}
	}
	if read != "字" {
		t.Errorf("read %q", read)
	}
}

// The two steps of an upload, as a client takes them: announce, send to the signed address,
// complete; and the ways in which that fails.
func TestTwoStepUpload(t *testing.T) {
	p := newPortal(t)
	file := picture(3)
	sum := sha256.Sum256(file)
	announce := fmt.Sprintf(`{"file_name":"箱.png","media_type":"image/png","size":%d,"sha256":"%s"}`, len(file), hex.EncodeToString(sum[:]))
	made := p.want(201, "b1", "POST", "/uploads", announce)
	if made.str("status") != "waiting" || made.str("put", "method") != "PUT" {
		t.Fatalf("announced: %s", made.raw)
	}
	complete := "/uploads/" + made.str("id") + "/complete"
	if got := p.wantCode(422, "upload_rejected", "b1", "POST", complete, ""); got.str("reason") != "not_uploaded" || got.str("detail") == "" {
		t.Errorf("not sent yet: %s", got.raw)
	}
	var said response
	put := func(edit func(*http.Request), content []byte) int {
		r := httptest.NewRequestWithContext(t.Context(), "PUT", made.str("put", "url"), bytes.NewReader(content))
		for name, value := range made.at("put", "headers").(map[string]any) {
			r.Header.Set(name, value.(string))
		}
		edit(r)
		said = p.do(r)
		return said.status
	}
	as := func(*http.Request) {}
	if got := put(func(r *http.Request) { r.URL.RawQuery = strings.Replace(r.URL.RawQuery, "size=", "size=1", 1) }, file); got != 403 {
		t.Errorf("another size: %d", got)
	}
	if got := put(func(r *http.Request) { r.Header.Set("Content-Type", "text/html") }, file); got != 403 {
		t.Errorf("another type: %d", got)
	}
	if got := put(as, bytes.Repeat([]byte("x"), len(file))); got != 422 {
		t.Errorf("other bytes: %d", got)
	}
	lacks(t, "a file without a name", said.str("detail"), "「」", `""`)
	if got := put(as, file); got != 200 {
		t.Errorf("the file: %d", got)
	}
	done := p.want(200, "b1", "POST", complete, "")
	if done.str("status") != "ready" || done.str("sha256") != hex.EncodeToString(sum[:]) || done.at("width") != 40.0 || done.at("pages") != nil {
		t.Errorf("completed: %s", done.raw)
	}
	p.wantCode(404, "not_found", "b2", "POST", complete, "")
	if got := p.upload("b1", "empty.png", nil); got.status != 422 || got.str("reason") != "corrupt" {
		t.Errorf("an empty file: %d %s", got.status, got.raw)
	}
	if got := p.upload("b1", "page.png", []byte("<html><script>alert(1)</script>")); got.status != 422 || got.str("reason") != "unsupported_type" {
		t.Errorf("a page: %d %s", got.status, got.raw)
	}

	r := httptest.NewRequestWithContext(t.Context(), "GET", "http://portal.test"+apiBase+"/evidence/"+made.str("id")+"/content", nil)
	r.Header.Set("Authorization", "Bearer "+p.tokens["b1"])
	got := p.do(r)
	if got.status != 200 || got.header.Get("Content-Type") != "image/png" || got.header.Get("Content-Security-Policy") != "sandbox; default-src 'none'" ||
		got.header.Get("Content-Disposition") != `attachment; filename="_.png"; filename*=UTF-8''%E7%AE%B1.png` || got.header.Get("Cache-Control") != "no-store" {
		t.Errorf("content: %d %v", got.status, got.header)
	}
}

func TestDisposition(t *testing.T) {
	for name, want := range map[string]string{
		"a b.png":              `attachment; filename="a b.png"; filename*=UTF-8''a%20b.png`,
		"x\"; filename=e.html": `attachment; filename="x__ filename=e.html"; filename*=UTF-8''x%22%3B%20filename%3De.html`,
		"a\r\nSet-Cookie: x":   `attachment; filename="aSet-Cookie: x"; filename*=UTF-8''aSet-Cookie%3A%20x`,
		"100%25.pdf":           `attachment; filename="100_25.pdf"; filename*=UTF-8''100%2525.pdf`,
	} {
		if got := disposition(name, true); got != want {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
	}
}

// What each role may read of a record is a list of names, and words planted in private
// fields turn up with nobody they are not for.
func TestFieldsByRole(t *testing.T) {
	p := newPortal(t)
	claim := "/claims/" + p.claim("F-1")
	p.want(200, "agent", "POST", claim+"/actions/note", `{"body":"canary-note"}`)
	p.want(200, "agent", "POST", claim+"/actions/take", "")
	p.want(200, "s1", "POST", claim+"/actions/contest", `{"message":"canary-held","hold":true}`)
	for _, who := range []string{"b1", "s1", "agent", "admin"} {
		got := p.want(200, who, "GET", claim, "")
		events := p.want(200, who, "GET", claim+"/events", "")
		order := p.want(200, who, "GET", "/orders/F-1", "")
		all := string(got.raw) + string(events.raw) + string(order.raw)
		keys := slices.Sorted(maps.Keys(got.at().(map[string]any)))
		staff := who == "agent" || who == "admin"
		for _, private := range []string{"taken_by", "proposal"} {
			if slices.Contains(keys, private) && !staff {
				t.Errorf("%s reads %s of the claim", who, private)
			}
		}
		if strings.Contains(all, "canary-note") != staff {
			t.Errorf("%s and the note of staff: %s", who, events.raw)
		}
		if (got.at("held") != nil) != (who == "s1") {
			t.Errorf("%s and the held answer: %s", who, got.raw)
		}
		if who == "s1" && strings.Contains(all, "b1@example.com") {
			t.Errorf("the seller reads the buyer's address: %s", all)
		}
		if who == "s1" && len(order.at("payments").([]any)) != 0 {
			t.Errorf("the seller reads what paid: %s", order.raw)
		}
		if strings.Contains(all, "s1@example.com") {
			t.Errorf("%s reads the seller's address", who)
		}
	}
	p.want(404, "mp", "GET", claim, "")
	p.wantCode(403, "forbidden", "mp", "GET", "/orders/F-1/lines/1/messages", "")
	if list := p.want(200, "mp", "GET", "/notices", ""); len(list.at("items").([]any)) != 0 {
		t.Errorf("the integration reads the notices of people: %s", list.raw)
	}
}

// Fields nobody knows change nothing, wherever they stand.
func TestMassAssignment(t *testing.T) {
	p := newPortal(t)
	claim := "/claims/" + p.claim("M-1")
	before := p.want(200, "b1", "GET", claim, "").raw
	for _, field := range []string{"role", "status", "buyer_id", "decided_at", "id", "created_at", "claimed", "Reason"} {
		p.wantCode(400, "unknown_field", "b1", "POST", claim+"/actions/withdraw", `{"`+field+`":"x"}`)
	}
	if after := p.want(200, "b1", "GET", claim, "").raw; !bytes.Equal(before, after) {
		t.Errorf("the claim changed:\n%s\n%s", before, after)
	}
}

// A number may hold anything that people write in one line.
func TestNumbersAreOpaque(t *testing.T) {
	p := newPortal(t)
	for _, number := range []string{"a/b", "a%2Fb", "a b", "a+b", "注文-1", "a;x=1", ".."} {
		path := "/orders/" + strings.NewReplacer("%", "%25", "/", "%2F", " ", "%20", ";", "%3B", "..", "%2E%2E", "注文", "%E6%B3%A8%E6%96%87").Replace(number)
		got := p.want(201, "mp", "PUT", path, orderBody("mp-b-1", "b1@example.com", "mp-s-1"))
		if got.str("number") != number {
			t.Errorf("%q is kept as %q", number, got.str("number"))
		}
		if got := p.want(200, "b1", "GET", path, ""); got.str("number") != number {
			t.Errorf("%q is read as %q", number, got.str("number"))
		}
	}
	p.want(404, "b1", "GET", "/orders/"+strings.Repeat("x", 129), "")
	p.want(404, "b1", "GET", "/orders/%00", "")
}

// A duration is advanced by once; both ways to say it, or none, are refused.
func TestClockInput(t *testing.T) {
	p := newPortal(t)
	for _, body := range []string{`{}`, `{"advance":"1h","to":"2026-02-01T00:00:00Z"}`, `{"advance":"-1h"}`, `{"advance":"2 days"}`, `{"to":"tomorrow"}`, `{"advance":"900000h"}`} {
		p.wantCode(422, "invalid_fields", "", "POST", "/sandbox/clock", body)
	}
	if got := p.want(200, "", "POST", "/sandbox/clock", `{"advance":"90m"}`); got.str("now") != "2026-01-20T02:30:00Z" {
		t.Errorf("the clock: %s", got.raw)
	}
}

func TestSellersAndHandoffs(t *testing.T) {
	p := newPortal(t)
	made := p.want(201, "mp", "PUT", "/sellers/mp-s-9", `{"name":"青葉雑貨店","members":[{"email":"New@Example.com","name":"森"}]}`)
	if made.str("members", 0, "email") != "new@example.com" {
		t.Errorf("seller: %s", made.raw)
	}
	p.want(200, "mp", "PUT", "/sellers/mp-s-9", `{"name":"青葉雑貨店","members":[]}`)
	p.order("H-1")
	got := p.want(201, "mp", "POST", "/handoffs", `{"buyer_id":"mp-b-1","order_number":"H-1","locale":"en"}`)
	if !strings.HasPrefix(got.str("url"), "http://portal.test/") || got.str("expires_at") != "2026-01-20T01:05:00Z" {
		t.Errorf("hand-off: %s", got.raw)
	}
	p.wantCode(422, "invalid_fields", "mp", "POST", "/handoffs", `{"buyer_id":"nobody"}`)
}

// Results of a batch come while it is still being sent, over a real connection.
func TestBatchStreams(t *testing.T) {
	p := newPortal(t)
	server := httptest.NewServer(p.h)
	defer server.Close()
	in, out := io.Pipe()
	r, err := http.NewRequestWithContext(t.Context(), "POST", server.URL+apiBase+"/orders/batch", in)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-ndjson")
	r.Header.Set("Authorization", "Bearer "+p.tokens["mp"])
	first := strings.Replace(orderBody("mp-b-1", "b1@example.com", "mp-s-1"), "{", `{"number":"X-1",`, 1)
	go func() { _, _ = io.WriteString(out, strings.ReplaceAll(first, "\n", "")+"\n") }()
	resp, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	results := bufio.NewReader(resp.Body)
	line, err := results.ReadString('\n')
	if err != nil || !strings.Contains(line, `"number":"X-1","status":201`) {
		t.Fatalf("while the batch is open: %q %v", line, err)
	}
	_, _ = io.WriteString(out, `{"number":"X-2"}`) // the last line has no end
	_ = out.Close()
	if line, err = results.ReadString('\n'); err != nil || !strings.Contains(line, `"line":2,"number":"X-2","status":422`) {
		t.Errorf("after it: %q %v", line, err)
	}
}

// The quota of uploads tells when to come again.
func TestRetryAfter(t *testing.T) {
	for _, name := range []string{"wait", "retry_after"} {
		if got := retryAfter(&models.Error{Args: map[string]any{name: 1500 * time.Millisecond}}); got != "2" {
			t.Errorf("%s of 1.5 s: %q", name, got)
		}
	}
	if got := retryAfter(&models.Error{}); got != "" {
		t.Errorf("unknown: %q", got)
	}
}
