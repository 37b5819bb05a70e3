package models

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"
)

// shelf is a store of evidence that a test can break, look into and change. What the real
// stores do is tested where they are plugged in.
type shelf struct {
	mu      sync.Mutex
	objects map[string][]byte
	keys    int
	mute    bool                       // it keeps no sums
	direct  bool                       // hands out addresses of its own
	locks   map[string]bool            // what is on hold; nil where it can hold nothing
	after   func(op, key string) error // runs when an operation has had its effect
}

func newShelf() *shelf { return &shelf{objects: map[string][]byte{}} }

func (s *shelf) done(op, key string) error {
	if s.after == nil {
		return nil
	}
	return s.after(op, key)
}

func (s *shelf) Put(_ context.Context, key string, body io.ReadSeeker, size int64, _, sum string) error {
	if _, err := body.Seek(0, io.SeekStart); err != nil {
		return err
	}
	b, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	if int64(len(b)) != size || digestOf(b) != sum {
		return fmt.Errorf("put %s: %d bytes of %s: not %d bytes of %s", key, len(b), digestOf(b), size, sum)
	}
	s.mu.Lock()
	_, taken := s.objects[key]
	if !taken {
		s.objects[key] = b
	}
	s.mu.Unlock()
	if taken {
		return errors.New("the key is taken")
	}
	return s.done("put", key)
}

func (s *shelf) Open(_ context.Context, key string) (io.ReadCloser, error) {
	s.mu.Lock()
	b, ok := s.objects[key]
	s.mu.Unlock()
	if err := s.done("open", key); err != nil {
		return nil, err
	}
	if !ok {
		return nil, ErrNoBlob
	}
	return io.NopCloser(bytes.NewReader(b)), nil
}

func (s *shelf) Stat(_ context.Context, key string) (int64, string, error) {
	s.mu.Lock()
	b, ok := s.objects[key]
	s.mu.Unlock()
	if err := s.done("stat", key); err != nil {
		return 0, "", err
	}
	if !ok {
		return 0, "", ErrNoBlob
	}
	if s.mute {
		return int64(len(b)), "", nil
	}
	return int64(len(b)), digestOf(b), nil
}

func (s *shelf) Delete(_ context.Context, key string) error {
	s.mu.Lock()
	delete(s.objects, key)
	s.mu.Unlock()
	return s.done("delete", key)
}

func (s *shelf) GrantPut(_ context.Context, key, _ string, _ int64, _ string, ttl time.Duration) (Grant, error) {
	return Grant{Method: "PUT", URL: "test:" + key, ExpiresAt: time.Time{}.Add(ttl)}, s.done("grant", key)
}

func (s *shelf) GrantGet(_ context.Context, key, fileName, _ string, _ bool, ttl time.Duration) (string, bool, error) {
	return fmt.Sprintf("test:%s?as=%s&for=%s", key, fileName, ttl), s.direct, nil
}

func (s *shelf) Hold(_ context.Context, key string, on bool) error {
	if s.locks == nil {
		return ErrNoHold
	}
	if err := s.done("hold", key); err != nil {
		return err
	}
	if s.objects[key] == nil {
		return ErrNoBlob
	}
	if on {
		s.locks[key] = true
	} else {
		delete(s.locks, key)
	}
	return nil
}

func (s *shelf) FreshKey(prefix string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys++
	return fmt.Sprintf("%s/%d", prefix, s.keys)
}

func (s *shelf) held() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var keys []string
	for k := range s.objects {
		keys = append(keys, k)
	}
	return keys
}

// readingInspector takes files that begin with a type's name; their copy is the rest.
type readingInspector struct{}

func (readingInspector) Inspect(_ context.Context, file io.ReadSeeker, _ int64, declaredType string) (Inspection, error) {
	b, err := io.ReadAll(file)
	if err != nil {
		return Inspection{}, err
	}
	kind, rest, _ := strings.Cut(string(b), ":")
	found := Inspection{SHA256: digestOf(b), Copy: strings.NewReader(rest), CopySize: int64(len(rest)), CopySHA256: digestOf([]byte(rest))}
	switch kind {
	case "png":
		found.Facts = PictureFacts{Inspected: true, Editor: "test"}
		if at := strings.Index(rest, "dhash="); at >= 0 {
			found.Facts.DHash = rest[at+6 : at+22]
		}
		found.MediaType, found.Width, found.Height = "image/png", 40, 30
		found.Thumbnail, found.ThumbnailMediaType = []byte("small "+rest), "image/jpeg"
	case "pdf":
		found.MediaType, found.Pages = "application/pdf", 2
	default:
		return Inspection{}, fmt.Errorf("look: %w", &Rejection{Reason: "unsupported_type"})
	}
	if found.CopyMediaType = found.MediaType; declaredType != "" && declaredType != found.MediaType {
		return Inspection{}, &Rejection{Reason: "type_mismatch", Err: errors.New(declaredType)}
	}
	return found, nil
}

// withEvidence plugs a shelf and an inspector into a market.
func withEvidence(t *testing.T) (*market, *shelf) {
	t.Helper()
	m, s := newMarket(t), newShelf()
	m.config.Blobs, m.config.Inspector = s, readingInspector{}
	return m, s
}

// loose counts the notes of keys no upload names.
func (m *market) loose() int {
	m.t.Helper()
	var n int
	m.must(m.db(m.ctx).Raw("SELECT COUNT(*) FROM loose_blobs").Scan(&n).Error)
	return n
}

func (m *market) sweepAll() {
	m.t.Helper()
	for range 100 {
		n, err := m.SweepUploads(m.ctx, 50)
		m.must(err)
		if n == 0 {
			return
		}
	}
	m.t.Fatal("the sweep does not come to an end")
}

func (m *market) later(d time.Duration) { m.clock.set(m.MachineNow().Add(d)) }

func TestToTempIsBounded(t *testing.T) {
	for _, c := range []struct{ size, want int64 }{{0, 0}, {1, 1}, {100, 100}, {101, 101}, {1 << 40, 101}} {
		f, err := toTemp(t.Context(), io.LimitReader(endless{}, c.size), 100)
		if err != nil {
			t.Fatal(err)
		}
		if f.size != c.want {
			t.Errorf("%d bytes came, %d kept, want %d", c.size, f.size, c.want)
		}
		name := f.Name()
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if leftTemp(name) {
			t.Errorf("%s is still there", name)
		}
	}
	_, err := toTemp(t.Context(), io.MultiReader(strings.NewReader("abc"), broken{}), 100)
	if e := (readError{}); !errors.As(err, &e) || !errors.Is(err, errBroken) {
		t.Fatalf("a broken source gave %v", err)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

var errBroken = errors.New("the line broke")

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errBroken }
