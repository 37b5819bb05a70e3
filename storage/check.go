package storage

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
)

// check proves that a store can write, refuse to overwrite, read and delete.
func check(ctx context.Context, s Store) error {
	key := NewKey("check")
	body := []byte("hosho check " + key)
	sum := sha256.Sum256(body)
	if err := s.Put(ctx, key, bytes.NewReader(body), int64(len(body)), "text/plain", hex.EncodeToString(sum[:])); err != nil {
		return fmt.Errorf("check %s: write: %w", s, err)
	}
	err := checkRead(ctx, s, key, body)
	if e := s.Delete(ctx, key); err == nil && e != nil {
		err = fmt.Errorf("check %s: delete: %w", s, e)
	}
	return err
}

func checkRead(ctx context.Context, s Store, key string, body []byte) error {
	r, o, err := s.Open(ctx, key)
	if err != nil {
		return fmt.Errorf("check %s: read: %w", s, err)
	}
	got, err := io.ReadAll(r)
	if e := r.Close(); err == nil {
		err = e
	}
	if err != nil {
		return fmt.Errorf("check %s: read: %w", s, err)
	}
	if !bytes.Equal(got, body) || o.Size != int64(len(body)) {
		return fmt.Errorf("check %s: read other bytes than were written", s)
	}
	return nil
}
