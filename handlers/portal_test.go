package handlers

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"hosho/models"
	"hosho/models/modelstest"
	"hosho/models/seal"
	"hosho/static"
	"hosho/storage"
	"hosho/storage/inspect"
	"hosho/templates"
)

// portal is the whole outside over a real database, with a machine clock that stands still
// until a test moves it. Every API response that passes through it is held against the
// description of the API.
type portal struct {
	t     *testing.T
	h     *Handlers
	store *models.Store
	clock *stillClock
	log   *lockedBuffer

	tokens map[string]string // by name: b1, b2, s1, s2, agent, agent2, lead, admin, mp
}

type stillClock struct {
	mu sync.Mutex
	at time.Time
}

func (c *stillClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *stillClock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// The people of every test: two buyers, a member each of two sellers, staff and the
// marketplace itself.
var cast = []struct{ name, email, role, seller string }{
	{"b1", "b1@example.com", "buyer", ""},
	{"b2", "b2@example.com", "buyer", ""},
	{"s1", "s1@example.com", "seller", "mp-s-1"},
	{"s1b", "s1b@example.com", "seller", "mp-s-1"}, // another member of the same
	{"s2", "s2@example.com", "seller", "mp-s-2"},
	{"agent", "agent@example.com", "agent", ""},
	{"agent2", "agent2@example.com", "agent", ""},
	{"lead", "lead@example.com", "lead", ""},
	{"admin", "admin@example.com", "admin", ""},
	{"mp", "mp@example.com", "integration", ""},
}

type portalOption func(*models.Config, *Config)

func outsideSandbox(m *models.Config, _ *Config) { m.Sandbox = false }

// migrated brings a database up to date.
func migrated(address string) error {
	s, err := models.Open(context.Background(), models.Config{Database: address})
	if err != nil {
		return err
	}
	return errors.Join(s.Migrate(context.Background()), s.Close())
}

func newPortal(t *testing.T, options ...portalOption) *portal {
	t.Helper()
	p := &portal{t: t, clock: &stillClock{at: time.Date(2026, 1, 20, 1, 0, 0, 0, time.UTC)}, log: new(lockedBuffer), tokens: map[string]string{}}
	zone, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	key := bytes.Repeat([]byte{7}, 32)
	sealKey, err := seal.NewKey(key)
	if err != nil {
		t.Fatal(err)
	}
	files, err := storage.Open(t.Context(), "memory:", storage.Options{SigningKey: key, BaseURL: "http://portal.test" + uploadPath, Now: p.clock.now})
	if err != nil {
		t.Fatal(err)
	}
	config := models.Config{
		Database: modelstest.Schema(t, migrated), Zone: zone, Machine: p.clock.now, Sandbox: true, Keys: models.Keys{Sign: key, Encrypt: key, Seal: sealKey},
		Blobs: testBlobs{files}, Inspector: testInspector{inspect.New(inspect.DefaultLimits())},
	}
	words, err := templates.Parse(templates.Options{Zone: zone, Now: p.clock.now, Asset: static.URL, Check: true})
	if err != nil {
		t.Fatal(err)
	}
	outside := Config{
		Templates: words, BaseURL: "http://portal.test", Log: slog.New(slog.NewJSONHandler(p.log, nil)),
		CheckEvidence: files.Check, TokenRate: 100_000, AddressRate: 100_000,
	}
	if r, ok := files.(storage.Receiver); ok {
		outside.Receiver = r
	}
	for _, o := range options {
		o(&config, &outside)
	}
	if p.store, err = models.Open(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.store.Close() })
	if err := p.store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	outside.Store = p.store
	if p.h, err = build(outside); err != nil {
		t.Fatal(err)
	}
	if config.Sandbox {
		for _, c := range cast {
			body := fmt.Sprintf(`{"email":%q,"role":%q,"seller_id":%q,"name":%q}`, c.email, c.role, c.seller, c.name)
			got := p.want(201, "", "POST", "/sandbox/tokens", body)
			p.tokens[c.name] = got.str("token")
		}
	}
	return p
}

// response is an answer with its body read.
type response struct {
	t      *testing.T
	status int
	header http.Header
	raw    []byte
}

// at walks the JSON of the answer: names and indexes.
func (r response) at(path ...any) any {
	r.t.Helper()
	var v any
	if err := json.Unmarshal(r.raw, &v); err != nil {
		r.t.Fatalf("answer is no JSON: %v\n%s", err, r.raw)
	}
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, ok := v.(map[string]any)
			if !ok {
				r.t.Fatalf("%v: no object at %q\n%s", path, p, r.raw)
			}
			v = m[p]
		case int:
			l, ok := v.([]any)
			if !ok || p >= len(l) {
				r.t.Fatalf("%v: no element %d\n%s", path, p, r.raw)
			}
			v = l[p]
		}
	}
	return v
}

func (r response) str(path ...any) string {
	r.t.Helper()
	s, ok := r.at(path...).(string)
	if !ok {
		r.t.Fatalf("%v is %v, not a text\n%s", path, r.at(path...), r.raw)
	}
	return s
}

// send makes a request as somebody of the cast ("" for nobody) and holds the answer against
// the description of the API. Headers are "Name: value".
func (p *portal) send(who, method, path, body string, headers ...string) response {
	p.t.Helper()
	r := httptest.NewRequestWithContext(p.t.Context(), method, "http://portal.test"+apiBase+path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if who != "" {
		token := p.tokens[who]
		if token == "" {
			p.t.Fatalf("nobody is called %q", who)
		}
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	return p.do(r)
}

func (p *portal) do(r *http.Request) response {
	p.t.Helper()
	asked := r.Clone(r.Context())
	w := httptest.NewRecorder()
	p.h.ServeHTTP(w, r)
	got := response{p.t, w.Code, w.Header(), w.Body.Bytes()}
	if strings.HasPrefix(r.URL.Path, apiBase) {
		holdAgainstSpec(p.t, asked, got)
	}
	return got
}

func (p *portal) want(status int, who, method, path, body string, headers ...string) response {
	p.t.Helper()
	got := p.send(who, method, path, body, headers...)
	if got.status != status {
		p.t.Fatalf("%s %s as %q: %d, want %d\n%s\nsent %s", method, path, who, got.status, status, got.raw, body)
	}
	return got
}

// wantCode also wants the problem's code.
func (p *portal) wantCode(status int, code, who, method, path, body string, headers ...string) response {
	p.t.Helper()
	got := p.want(status, who, method, path, body, headers...)
	if got.str("code") != code {
		p.t.Fatalf("%s %s as %q: code %s, want %s\n%s", method, path, who, got.str("code"), code, got.raw)
	}
	return got
}

type spec struct {
	router routers.Router
}

// theSpec is the description with its doors shut: a property of an answer that it does not
// name fails the test, though clients must put up with new ones.
var theSpec = sync.OnceValues(func() (spec, error) {
	doc, err := openapi3.NewLoader().LoadFromData(static.OpenAPI)
	if err != nil {
		return spec{}, err
	}
	if err := doc.Validate(context.Background()); err != nil {
		return spec{}, err
	}
	no := false
	for _, s := range doc.Components.Schemas {
		if s.Value.Properties != nil && s.Value.AdditionalProperties.Has == nil && s.Value.AdditionalProperties.Schema == nil {
			s.Value.AdditionalProperties.Has = &no
		}
	}
	openapi3filter.RegisterBodyDecoder("application/x-ndjson", openapi3filter.PlainBodyDecoder)
	for _, t := range []string{"image/png", "image/jpeg", "image/webp", "image/svg+xml", "application/pdf"} {
		openapi3filter.RegisterBodyDecoder(t, openapi3filter.FileBodyDecoder)
	}
	router, err := gorillamux.NewRouter(doc)
	return spec{router}, err
})

func holdAgainstSpec(t *testing.T, r *http.Request, got response) {
	t.Helper()
	s, err := theSpec()
	if err != nil {
		t.Fatalf("static/openapi.yaml: %v", err)
	}
	r.URL.Scheme, r.URL.Host, r.Host = "", "", ""
	if r.Method == http.MethodHead {
		r.Method = http.MethodGet
	}
	route, params, err := s.router.FindRoute(r)
	if err != nil {
		if got.status != http.StatusNotFound && got.status != http.StatusMethodNotAllowed {
			t.Errorf("%s %s answers %d but is not described: %v", r.Method, r.URL.Path, got.status, err)
		}
		return
	}
	err = openapi3filter.ValidateResponse(r.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route},
		Status:                 got.status, Header: got.header, Body: io.NopCloser(bytes.NewReader(got.raw)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
	})
	if err != nil {
		t.Errorf("%s %s: the answer is not as described: %v\n%d %s", r.Method, r.URL.Path, err, got.status, got.raw)
	}
}

// testBlobs and testInspector plug storage in as the program does.
type testBlobs struct{ storage.Store }

func (b testBlobs) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	body, _, err := b.Store.Open(ctx, key)
	if errors.Is(err, storage.ErrNotFound) {
		return nil, models.ErrNoBlob
	}
	return body, err
}

func (b testBlobs) Stat(ctx context.Context, key string) (int64, string, error) {
	o, err := b.Store.Stat(ctx, key)
	if errors.Is(err, storage.ErrNotFound) {
		err = models.ErrNoBlob
	}
	return o.Size, o.SHA256, err
}

func (b testBlobs) GrantPut(ctx context.Context, key, mediaType string, size int64, sha256 string, ttl time.Duration) (models.Grant, error) {
	g, err := b.PresignPut(ctx, key, mediaType, size, sha256, ttl)
	return models.Grant{Method: g.Method, URL: g.URL, Header: g.Header, ExpiresAt: g.ExpiresAt}, err
}

func (b testBlobs) GrantGet(ctx context.Context, key, fileName, mediaType string, attachment bool, ttl time.Duration) (string, bool, error) {
	url, err := b.PresignGet(ctx, key, fileName, mediaType, attachment, ttl)
	if errors.Is(err, storage.ErrNoDirect) {
		return "", false, nil
	}
	return url, err == nil, err
}

func (testBlobs) FreshKey(prefix string) string { return storage.NewKey(prefix) }

type testInspector struct{ *inspect.Inspector }

func (i testInspector) Inspect(ctx context.Context, file io.ReadSeeker, size int64, declaredType string) (models.Inspection, error) {
	r, err := i.Inspector.Inspect(ctx, file, size, declaredType)
	var refused *inspect.Rejected
	if errors.As(err, &refused) {
		return models.Inspection{}, &models.Rejection{Reason: string(refused.Reason), Err: refused.Err}
	}
	return models.Inspection{
		MediaType: r.MediaType, SHA256: r.SHA256, Width: r.Width, Height: r.Height, Pages: r.Pages, Copy: r.Copy, CopyMediaType: r.CopyMediaType,
		CopySize: r.CopySize, CopySHA256: r.CopySHA256, Thumbnail: r.Thumbnail, ThumbnailMediaType: inspect.JPEG,
		Facts: models.PictureFacts{DHash: fmt.Sprintf("%016x", r.Facts.DHash), Editor: r.Facts.Editor, Camera: r.Facts.Camera, Located: r.Facts.Located, Removed: r.Facts.Removed, Inspected: true},
	}, err
}

// order puts an order of b1 with one line of each seller named, shipped and long overdue.
func (p *portal) order(number string, sellers ...string) {
	p.t.Helper()
	if len(sellers) == 0 {
		sellers = []string{"mp-s-1"}
	}
	p.want(201, "mp", "PUT", "/orders/"+number, orderBody("mp-b-1", "b1@example.com", sellers...))
}

func orderBody(buyer, email string, sellers ...string) string {
	lines := make([]string, 0, len(sellers))
	for i, s := range sellers {
		lines = append(lines, fmt.Sprintf(`{"line":%d,"seller":{"id":%q,"name":"店 %s"},"title":"机の灯り","quantity":1,"unit_price":3000,"tax":300,"shipping":500,
			"status":"shipped","estimated_delivery":{"earliest":"2026-01-05","latest":"2026-01-08"},"shipment":{"carrier":"飛脚","shipped_at":"2026-01-02T09:00:00+09:00"}}`, i+1, s, s))
	}
	return fmt.Sprintf(`{"buyer":{"id":%q,"email":%q,"name":"青木","locale":"ja"},"placed_at":"2026-01-01T10:00:00+09:00","updated_at":"2026-01-02T10:00:00+09:00","currency":"JPY",
		"lines":[%s],"payments":[{"tender":"credit_card","amount":%d}]}`, buyer, email, strings.Join(lines, ","), 3800*len(sellers))
}

// contact makes b1 tell the seller of line 1 that nothing came, and returns when the wait ends.
func (p *portal) contact(number string) string {
	p.t.Helper()
	got := p.want(201, "b1", "POST", "/orders/"+number+"/lines/1/messages", `{"body":"商品が届きません。","topic":"not_received"}`)
	return got.str("contact", "wait_ends_at")
}

func filing(number string) string {
	return `{"order_number":"` + number + `","line":1,"reason":"not_received","description":"予定日を過ぎても届きません。","desired_outcome":"refund"}`
}

// claim makes an open claim of b1 and returns its number.
func (p *portal) claim(number string) string {
	p.t.Helper()
	p.order(number)
	ends := p.contact(number)
	p.want(200, "", "POST", "/sandbox/clock", `{"to":"`+ends+`"}`)
	return p.want(201, "b1", "POST", "/claims", filing(number)).str("number")
}

// picture is a PNG of its own for each seed.
func picture(seed byte) []byte {
	img := image.NewRGBA(image.Rect(0, 0, 40, 30))
	for x := range 40 {
		for y := range 30 {
			img.Set(x, y, color.RGBA{seed, byte(x * 6), byte(y * 8), 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// upload sends a file whole.
func (p *portal) upload(who, name string, content []byte, headers ...string) response {
	p.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreateFormFile("file", name)
	if err != nil {
		p.t.Fatal(err)
	}
	_, _ = part.Write(content)
	_ = w.Close()
	return p.send(who, "POST", "/uploads", b.String(), append([]string{"Content-Type: " + w.FormDataContentType()}, headers...)...)
}

func (p *portal) uploaded(who string, seed byte) string {
	p.t.Helper()
	got := p.upload(who, "証拠.png", picture(seed))
	if got.status != 201 {
		p.t.Fatalf("upload: %d %s", got.status, got.raw)
	}
	return got.str("id")
}

// actor is somebody of the cast as models know them.
func (p *portal) actor(who string) models.Actor {
	p.t.Helper()
	token, err := p.store.TokenBySecret(p.t.Context(), p.tokens[who])
	if err != nil {
		p.t.Fatal(err)
	}
	return token.Actor()
}

func keyedHash(method, uri, body string) string {
	sum := sha256.Sum256([]byte(method + " " + uri + "\n" + body))
	return hex.EncodeToString(sum[:])
}
