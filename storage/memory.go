package storage

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// Memory is a store for tests: it behaves like the others and forgets all at
// the end of the process.
type Memory struct {
	grants
	mu      sync.Mutex
	objects map[string]memoryObject
}

type memoryObject struct {
	Object
	body []byte
}

var _ Receiver = (*Memory)(nil)

func newMemory(g grants) *Memory {
	return &Memory{grants: g, objects: map[string]memoryObject{}}
}

// NewMemory returns an empty store that signs uploads as o says; it panics
// where o is wrong, for it is called by tests.
func NewMemory(o Options) *Memory {
	if o.Now == nil {
		panic("storage: no clock given")
	}
	g, err := newGrants(o)
	if err != nil {
		panic("storage: " + err.Error())
	}
	return newMemory(g)
}

// Put is described at Store.
func (m *Memory) Put(ctx context.Context, key string, body io.ReadSeeker, size int64, mediaType, sha256Hex string) error {
	if _, err := body.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("put %s: %w", key, err)
	}
	return m.Receive(ctx, Grant{Key: key, MediaType: mediaType, Size: size, SHA256: sha256Hex}, body)
}

// Receive is described at Receiver.
func (m *Memory) Receive(ctx context.Context, g Grant, body io.Reader) error {
	if err := checkPut(g.Key, g.MediaType, g.Size, g.SHA256); err != nil {
		return fmt.Errorf("put: %w", err)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	b, err := io.ReadAll(io.LimitReader(body, g.Size+1))
	if err != nil {
		return fmt.Errorf("put %s: %w", g.Key, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, taken := m.objects[g.Key]; taken {
		return fmt.Errorf("put %s: %w", g.Key, ErrExists)
	}
	if sum := sha256.Sum256(b); int64(len(b)) != g.Size || hex.EncodeToString(sum[:]) != g.SHA256 {
		return fmt.Errorf("put %s: %w", g.Key, ErrChecksum)
	}
	m.objects[g.Key] = memoryObject{Object{Size: g.Size, SHA256: g.SHA256, MediaType: g.MediaType}, b}
	return nil
}

func (m *Memory) find(ctx context.Context, key string) (memoryObject, error) {
	if err := checkKey(key); err != nil {
		return memoryObject{}, err
	}
	if err := ctx.Err(); err != nil {
		return memoryObject{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	o, ok := m.objects[key]
	if !ok {
		return memoryObject{}, fmt.Errorf("%s: %w", key, ErrNotFound)
	}
	return o, nil
}

// Open is described at Store.
func (m *Memory) Open(ctx context.Context, key string) (io.ReadCloser, Object, error) {
	o, err := m.find(ctx, key)
	if err != nil {
		return nil, Object{}, fmt.Errorf("open: %w", err)
	}
	return verify(io.NopCloser(bytes.NewReader(o.body)), o.Object), o.Object, nil
}

// Stat is described at Store.
func (m *Memory) Stat(ctx context.Context, key string) (Object, error) {
	o, err := m.find(ctx, key)
	if err != nil {
		return Object{}, fmt.Errorf("stat: %w", err)
	}
	return o.Object, nil
}

// Delete is described at Store.
func (m *Memory) Delete(ctx context.Context, key string) error {
	if err := checkKey(key); err != nil {
		return fmt.Errorf("delete: %w", err)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.objects, key)
	return nil
}

// PresignGet has no address to give.
func (m *Memory) PresignGet(context.Context, string, string, string, bool, time.Duration) (string, error) {
	return "", ErrNoDirect
}

// Check is described at Store.
func (m *Memory) Check(ctx context.Context) error { return check(ctx, m) }

func (m *Memory) String() string { return "memory" }

// Keys lists what rests under a prefix, "" for all, sorted; for tests.
func (m *Memory) Keys(prefix string) []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.DeleteFunc(slices.Sorted(maps.Keys(m.objects)), func(key string) bool { return !strings.HasPrefix(key, prefix) })
}

// Change replaces the bytes under a key and leaves what is remembered of
// them, as somebody with access to the store could; for tests of ErrChecksum.
func (m *Memory) Change(key string, body []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	o := m.objects[key]
	o.body = body
	m.objects[key] = o
}
