package storage_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"hosho/storage"
	"hosho/storage/storagetest"
)

var signingKey = []byte("a signing key of thirty-two bytes")

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// fixture is a store and what the contract needs around it: where uploads go,
// and a hand that reaches behind the store's back.
type fixture struct {
	storage.Store
	change func(t *testing.T, key string, body []byte)
}

// portal is the handler a portal has in front of a store without addresses.
func portal(store func() storage.Receiver) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := store()
		g, err := s.VerifyPut(r.URL.Query(), r.Header, r.ContentLength)
		if err == nil {
			err = s.Receive(r.Context(), g, r.Body)
		}
		switch {
		case err == nil:
		case errors.Is(err, storage.ErrExists):
			http.Error(w, err.Error(), http.StatusPreconditionFailed)
		case errors.Is(err, storage.ErrNoGrant), errors.Is(err, storage.ErrExpired):
			http.Error(w, err.Error(), http.StatusForbidden)
		default:
			http.Error(w, err.Error(), http.StatusBadRequest)
		}
	})
}

func open(t *testing.T, url string) storage.Store {
	t.Helper()
	var s storage.Store
	server := httptest.NewServer(portal(func() storage.Receiver { return s.(storage.Receiver) }))
	t.Cleanup(server.Close)
	var err error
	s, err = storage.Open(context.Background(), url, storage.Options{SigningKey: signingKey, BaseURL: server.URL + "/uploads/put", Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	if c, ok := s.(io.Closer); ok {
		t.Cleanup(func() { _ = c.Close() })
	}
	return s
}

var stores = map[string]func(t *testing.T) fixture{
	"memory": func(t *testing.T) fixture {
		s := open(t, "memory:")
		return fixture{s, func(_ *testing.T, key string, body []byte) { s.(*storage.Memory).Change(key, body) }}
	},
	"disk": func(t *testing.T) fixture {
		dir := t.TempDir()
		return fixture{open(t, "file:"+dir), func(t *testing.T, key string, body []byte) {
			overwrite(t, filepath.Join(dir, filepath.FromSlash(storage.Place(key))), body)
		}}
	},
	"s3": func(t *testing.T) fixture {
		url, dir := storagetest.S3Folder(t)
		return fixture{open(t, url), func(t *testing.T, key string, body []byte) {
			overwrite(t, filepath.Join(dir, filepath.FromSlash(key)), body)
		}}
	},
}

// overwrite changes the first bytes of a file in place.
func overwrite(t *testing.T, file string, body []byte) {
	t.Helper()
	f, err := os.OpenFile(file, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(body, 0); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestStores(t *testing.T) {
	for name, make := range stores {
		t.Run(name, func(t *testing.T) {
			f := make(t)
			for _, c := range contract {
				t.Run(c.name, func(t *testing.T) { c.test(t, f) })
			}
		})
	}
}

var contract = []struct {
	name string
	test func(t *testing.T, f fixture)
}{
	{"what is put can be read", testRoundTrip},
	{"a key is written once", testWriteOnce},
	{"one of many writers wins", testRace},
	{"other bytes than stated are refused", testChecksum},
	{"changed bytes are noticed", testChanged},
	{"missing keys", testMissing},
	{"bad keys, types and checksums", testBadInput},
	{"signed upload", testPresignPut},
	{"signed download", testPresignGet},
	{"check leaves nothing", testCheck},
	{"a cancelled context stops", testCancelled},
}

func put(t *testing.T, s storage.Store, key string, body []byte) {
	t.Helper()
	if err := s.Put(t.Context(), key, bytes.NewReader(body), int64(len(body)), "image/png", sum(body)); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, s storage.Store, key string) []byte {
	t.Helper()
	r, _, err := s.Open(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func testRoundTrip(t *testing.T, f fixture) {
	for _, size := range []int{0, 1, 255, 256, 257, 100_000, 3 << 20} {
		key, body := storage.NewKey("round"), bytes.Repeat([]byte("画面 "), size/7+1)[:size]
		// The reader stands somewhere else than at its start.
		r := bytes.NewReader(body)
		_, _ = r.Seek(0, io.SeekEnd)
		if err := f.Put(t.Context(), key, r, int64(size), "application/pdf", sum(body)); err != nil {
			t.Fatal(err)
		}
		want := storage.Object{Size: int64(size), SHA256: sum(body), MediaType: "application/pdf"}
		rc, got, err := f.Open(t.Context(), key)
		if err != nil || got != want {
			t.Fatalf("Open = %+v, %v; want %+v", got, err, want)
		}
		back, err := io.ReadAll(rc)
		if err != nil || !bytes.Equal(back, body) {
			t.Errorf("%d bytes: read %d, %v", size, len(back), err)
		}
		_ = rc.Close()
		if got, err := f.Stat(t.Context(), key); err != nil || got != want {
			t.Errorf("Stat = %+v, %v; want %+v", got, err, want)
		}
	}
}

func testWriteOnce(t *testing.T, f fixture) {
	key := storage.NewKey("once")
	put(t, f, key, []byte("first"))
	for _, body := range []string{"other", "first"} {
		err := f.Put(t.Context(), key, strings.NewReader(body), 5, "image/png", sum([]byte(body)))
		if !errors.Is(err, storage.ErrExists) {
			t.Errorf("second Put of %q = %v, want ErrExists", body, err)
		}
	}
	if got := read(t, f, key); string(got) != "first" {
		t.Errorf("read %q", got)
	}
	if err := f.Delete(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	put(t, f, key, []byte("again")) // a deleted key is free
}

func testRace(t *testing.T, f fixture) {
	key := storage.NewKey("race")
	var won sync.Map
	var wg sync.WaitGroup
	for i := range 12 {
		wg.Go(func() {
			body := bytes.Repeat([]byte{byte('a' + i)}, 50_000)
			err := f.Put(t.Context(), key, bytes.NewReader(body), int64(len(body)), "image/png", sum(body))
			if err == nil {
				won.Store(i, body)
			} else if !errors.Is(err, storage.ErrExists) {
				t.Errorf("Put = %v", err)
			}
		})
	}
	wg.Wait()
	winners := 0
	won.Range(func(_, body any) bool {
		winners++
		if !bytes.Equal(read(t, f, key), body.([]byte)) {
			t.Error("the winner's bytes are not what rests there")
		}
		return true
	})
	if winners != 1 {
		t.Errorf("%d writers were told they wrote the key", winners)
	}
}

func testChecksum(t *testing.T, f fixture) {
	body := []byte("twelve bytes")
	for name, c := range map[string]struct {
		size int64
		sum  string
	}{
		"other checksum": {12, sum([]byte("twelve bites"))},
		"too long":       {11, sum(body[:11])},
		"too short":      {13, sum(append(body, '!'))},
	} {
		key := storage.NewKey("sum")
		err := f.Put(t.Context(), key, bytes.NewReader(body), c.size, "image/png", c.sum)
		if !errors.Is(err, storage.ErrChecksum) {
			t.Errorf("%s: Put = %v, want ErrChecksum", name, err)
		}
		if _, err := f.Stat(t.Context(), key); !errors.Is(err, storage.ErrNotFound) {
			t.Errorf("%s: the refused object is there: %v", name, err)
		}
		put(t, f, key, body) // and the key is still free
	}
}

func testChanged(t *testing.T, f fixture) {
	key := storage.NewKey("changed")
	put(t, f, key, []byte("the buyer's picture"))
	f.change(t, key, []byte("the buyer's pictuRe"))
	r, _, err := f.Open(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := io.ReadAll(r); !errors.Is(err, storage.ErrChecksum) {
		t.Errorf("reading changed bytes = %v, want ErrChecksum", err)
	}
}

func testMissing(t *testing.T, f fixture) {
	key := storage.NewKey("missing")
	if _, _, err := f.Open(t.Context(), key); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("Open = %v", err)
	}
	if _, err := f.Stat(t.Context(), key); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("Stat = %v", err)
	}
	for range 2 {
		if err := f.Delete(t.Context(), key); err != nil {
			t.Errorf("Delete = %v", err)
		}
	}
}

func testBadInput(t *testing.T, f fixture) {
	body := []byte("x")
	for _, key := range []string{
		"", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/./b", "A", "a b", "a.b", `a\b`, "a\x00", "a%2fb", "あ", "a\n",
		strings.Repeat("a", 201),
	} {
		if err := f.Put(t.Context(), key, bytes.NewReader(body), 1, "image/png", sum(body)); !errors.Is(err, storage.ErrBadKey) {
			t.Errorf("Put(%q) = %v", key, err)
		}
		if _, _, err := f.Open(t.Context(), key); !errors.Is(err, storage.ErrBadKey) {
			t.Errorf("Open(%q) = %v", key, err)
		}
		if _, err := f.Stat(t.Context(), key); !errors.Is(err, storage.ErrBadKey) {
			t.Errorf("Stat(%q) = %v", key, err)
		}
		if err := f.Delete(t.Context(), key); !errors.Is(err, storage.ErrBadKey) {
			t.Errorf("Delete(%q) = %v", key, err)
		}
		if _, err := f.PresignPut(t.Context(), key, "image/png", 1, sum(body), time.Minute); !errors.Is(err, storage.ErrBadKey) {
			t.Errorf("PresignPut(%q) = %v", key, err)
		}
	}
	for _, mediaType := range []string{"", "png", "image/png; a=b", "image/\r\nX: y", "IMAGE/PNG", "image/" + strings.Repeat("x", 80)} {
		if f.Put(t.Context(), storage.NewKey("t"), bytes.NewReader(body), 1, mediaType, sum(body)) == nil {
			t.Errorf("media type %q was taken", mediaType)
		}
	}
	for _, s := range []string{"", "00", strings.ToUpper(sum(body)), sum(body) + "00", strings.Repeat("z", 64)} {
		if f.Put(t.Context(), storage.NewKey("t"), bytes.NewReader(body), 1, "image/png", s) == nil {
			t.Errorf("checksum %q was taken", s)
		}
	}
	for _, ttl := range []time.Duration{0, -time.Second, 25 * time.Hour} {
		if _, err := f.PresignPut(t.Context(), storage.NewKey("t"), "image/png", 1, sum(body), ttl); err == nil {
			t.Errorf("an address for %v was given out", ttl)
		}
	}
}

// upload sends what a browser would; change may spoil it first.
func upload(t *testing.T, p storage.Presigned, body string, change func(*http.Request)) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), p.Method, p.URL, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range p.Header {
		req.Header.Set(name, value)
	}
	if change != nil {
		change(req)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	return res.StatusCode
}

func testPresignPut(t *testing.T, f fixture) {
	const body = "screenshot bytes"
	sign := func(key string) storage.Presigned {
		t.Helper()
		p, err := f.PresignPut(t.Context(), key, "image/png", int64(len(body)), sum([]byte(body)), time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		if left := time.Until(p.ExpiresAt); left < 50*time.Second || left > time.Minute {
			t.Errorf("expires in %v", left)
		}
		if p.Header["Content-Type"] != "image/png" || p.Header["Host"] != "" || p.Header["Content-Length"] != "" {
			t.Errorf("headers %v", p.Header)
		}
		return p
	}
	for name, c := range map[string]struct {
		body   string
		change func(*http.Request)
		want   int
	}{
		"other bytes": {"screenshot bytez", nil, 400},
		"more bytes":  {body + "!", nil, 403},
		"fewer bytes": {body[1:], nil, 403},
		"other type":  {body, func(r *http.Request) { r.Header.Set("Content-Type", "text/html") }, 403},
		"no type":     {body, func(r *http.Request) { r.Header.Del("Content-Type") }, 403},
		"other address": {body, func(r *http.Request) {
			// The key is in the path on S3 and in the query on the portal.
			r.URL.Path = strings.Replace(r.URL.Path, "presign-x", "presign-y", 1)
			r.URL.RawQuery = strings.Replace(r.URL.RawQuery, "presign-x", "presign-y", 1)
		}, 403},
		"no signature": {body, func(r *http.Request) { r.URL.RawQuery = "" }, 403},
	} {
		t.Run(name, func(t *testing.T) {
			key := storage.NewKey("put/presign-x")
			got := upload(t, sign(key), c.body, c.change)
			if got != c.want {
				t.Errorf("status %d, want %d", got, c.want)
			}
			if _, err := f.Stat(t.Context(), key); !errors.Is(err, storage.ErrNotFound) {
				t.Errorf("the refused upload is there: %v", err)
			}
		})
	}
	key := storage.NewKey("put")
	p := sign(key)
	if got := upload(t, p, body, nil); got != http.StatusOK {
		t.Fatalf("upload: status %d", got)
	}
	if got := upload(t, p, body, nil); got != http.StatusPreconditionFailed {
		t.Errorf("second upload: status %d, want 412", got)
	}
	want := storage.Object{Size: int64(len(body)), SHA256: sum([]byte(body)), MediaType: "image/png"}
	if got, err := f.Stat(t.Context(), key); err != nil || got != want {
		t.Errorf("Stat = %+v, %v", got, err)
	}
	if string(read(t, f, key)) != body {
		t.Error("other bytes came back")
	}
}

func testPresignGet(t *testing.T, f fixture) {
	key := storage.NewKey("get")
	put(t, f, key, []byte("private"))
	url, err := f.PresignGet(t.Context(), key, `領収書 "2018".png`, "image/png", true, time.Minute)
	if !strings.HasPrefix(f.String(), "S3") {
		if !errors.Is(err, storage.ErrNoDirect) {
			t.Errorf("PresignGet = %v, want ErrNoDirect", err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	get := func(url string) (*http.Response, string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b, _ := io.ReadAll(res.Body)
		return res, string(b)
	}
	res, body := get(url)
	if res.StatusCode != http.StatusOK || body != "private" || res.Header.Get("Content-Type") != "image/png" {
		t.Errorf("status %d, %q, %v", res.StatusCode, body, res.Header)
	}
	if got := res.Header.Get("Content-Disposition"); got != storage.Disposition(`領収書 "2018".png`, true) {
		t.Errorf("disposition %q", got)
	}
	bare, _, _ := strings.Cut(url, "?")
	if res, _ := get(bare); res.StatusCode != http.StatusForbidden {
		t.Errorf("without a signature: status %d, want 403", res.StatusCode)
	}
}

func testCheck(t *testing.T, f fixture) {
	if err := f.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if s := f.String(); s == "" || strings.Contains(s, "secret") {
		t.Errorf("String = %q", s)
	}
}

func testCancelled(t *testing.T, f fixture) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	key := storage.NewKey("cancelled")
	if err := f.Put(ctx, key, strings.NewReader("x"), 1, "image/png", sum([]byte("x"))); !errors.Is(err, context.Canceled) {
		t.Errorf("Put = %v", err)
	}
	if _, err := f.Stat(ctx, key); !errors.Is(err, context.Canceled) {
		t.Errorf("Stat = %v", err)
	}
	if _, err := f.Stat(t.Context(), key); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("the cancelled object is there: %v", err)
	}
}
