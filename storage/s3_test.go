package storage_test

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"hosho/storage"
	"hosho/storage/storagetest"
)

// The server wrote the object and its answer was lost: trying again must not
// tell the caller that somebody else has the key.
func TestS3LostAnswer(t *testing.T) {
	var puts atomic.Int32
	store := open(t, storagetest.Through(t, storagetest.S3(t), func(w http.ResponseWriter, r *http.Request, server http.Handler) {
		if r.Method == http.MethodPut && puts.Add(1) == 1 {
			server.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler) // the connection breaks
		}
		server.ServeHTTP(w, r)
	}))
	body := []byte("written once, told twice")
	key := storage.NewKey("lost")
	if err := store.Put(t.Context(), key, bytes.NewReader(body), int64(len(body)), "image/png", sum(body)); err != nil {
		t.Fatal(err)
	}
	if puts.Load() != 2 || !bytes.Equal(read(t, store, key), body) {
		t.Errorf("%d attempts", puts.Load())
	}
	// The same, when the key really is somebody else's.
	puts.Store(1)
	other := []byte("something else")
	if err := store.Put(t.Context(), key, bytes.NewReader(other), int64(len(other)), "image/png", sum(other)); !errors.Is(err, storage.ErrExists) {
		t.Errorf("taken key: %v", err)
	}
}

// A busy server is asked three times, one that refuses only once.
func TestS3Repeats(t *testing.T) {
	url := storagetest.S3(t)
	for status, c := range map[int]struct {
		code  string
		times int32
	}{
		503: {"SlowDown", 3}, 500: {"InternalError", 3}, 409: {"ConditionalRequestConflict", 3}, 429: {"TooManyRequests", 3},
		403: {"AccessDenied", 1}, 400: {"BadDigest", 1}, 404: {"NoSuchBucket", 1},
	} {
		var puts atomic.Int32
		store := open(t, storagetest.Through(t, url, func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
			puts.Add(1)
			w.WriteHeader(status)
			_, _ = w.Write([]byte("<Error><Code>" + c.code + "</Code><Message>no</Message></Error>"))
		}))
		err := store.Put(t.Context(), storage.NewKey("busy"), strings.NewReader("x"), 1, "image/png", sum([]byte("x")))
		if err == nil || errors.Is(err, storage.ErrExists) || puts.Load() != c.times {
			t.Errorf("%s: %d attempts, want %d; %v", c.code, puts.Load(), c.times, err)
		}
	}
}

func TestS3WrongBucket(t *testing.T) {
	raw := storagetest.S3(t)
	wrong := strings.Replace(raw, "s3://hosho-", "s3://other-", 1)
	if err := open(t, wrong).Check(t.Context()); err == nil || !strings.Contains(err.Error(), "write") {
		t.Errorf("no such bucket: %v", err)
	}
	t.Setenv("AWS_SECRET_ACCESS_KEY", "not-the-secret")
	err := open(t, raw).Check(t.Context())
	if err == nil || strings.Contains(err.Error(), "not-the-secret") {
		t.Errorf("wrong secret: %v", err)
	}
}

// An address that has run out is refused by the server itself.
func TestS3AddressRunsOut(t *testing.T) {
	s := open(t, storagetest.S3(t))
	p, err := s.PresignPut(t.Context(), storage.NewKey("late"), "image/png", 1, sum([]byte("x")), time.Second)
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(2100 * time.Millisecond)
	if got := upload(t, p, "x", nil); got != http.StatusForbidden {
		t.Errorf("status %d, want 403", got)
	}
}
