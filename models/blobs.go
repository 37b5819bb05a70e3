package models

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/sync/errgroup"
)

// Bytes and rows cannot be written in one transaction, so every key is written down as loose
// before anything is put under it. The transaction that makes a row name the key takes the
// note away; whatever is still loose when its time comes, because the program died or lost a
// race in between, is deleted from the store. Nothing is ever left that nobody knows of.

// looseBlobRow is a key that no upload names.
type looseBlobRow struct {
	BlobKey string
	DueAt   Instant // machine clock
}

func (looseBlobRow) TableName() string { return "loose_blobs" }

// looseLife is how long an attempt may take from its note to its row.
const looseLife = 24 * time.Hour

// noteLoose writes keys down before anything is stored under them.
func (tx *Store) noteLoose(ctx context.Context, due Instant, keys ...string) error {
	rows := make([]looseBlobRow, 0, len(keys))
	for _, k := range keys {
		if k != "" {
			rows = append(rows, looseBlobRow{k, due})
		}
	}
	if len(rows) == 0 {
		return nil
	}
	if err := tx.insert(ctx, &rows); err != nil {
		return fmt.Errorf("note loose blobs: %w", err)
	}
	return nil
}

// errSwept is an attempt so slow that the sweep has begun to delete its bytes.
var errSwept = errors.New("the bytes have been swept before their row was written")

// keepLoose takes the notes away, as a row now names the keys. due proves that the sweep has
// not laid hands on any of them.
func (tx *Store) keepLoose(ctx context.Context, due Instant, keys []string) error {
	n, err := tx.exec(ctx, "DELETE FROM loose_blobs WHERE blob_key IN ? AND due_at = ?", keys, due)
	if err != nil {
		return fmt.Errorf("keep blobs: %w", err)
	}
	if n != int64(len(keys)) {
		return &Error{Kind: Unavailable, Code: "unavailable", Err: errSwept}
	}
	return nil
}

// dropTime is how long a caller is kept by the tidying up.
const dropTime = 3 * time.Second

// dropNow deletes bytes nobody needs any more. Failing is no harm: their note makes the
// sweep try again.
func (s *Store) dropNow(ctx context.Context, keys ...string) {
	// The caller's client may be gone, the bytes are not; or it waits, and the store does not answer.
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), dropTime)
	defer stop()
	for _, k := range keys {
		if k == "" {
			continue
		}
		if err := s.config.Blobs.Delete(ctx, k); err != nil {
			s.config.Log.Warn("delete blob later", "error", err)
		}
	}
}

// sweepLoose deletes what is due from the store of evidence. Each key is leased first by
// compare-and-set, so that a late attempt sees that its bytes are going; one that cannot be
// deleted waits and does not hold up the others.
func (s *Store) sweepLoose(ctx context.Context, limit int) (int, error) {
	now := s.MachineNow()
	var due []looseBlobRow
	if err := s.db(ctx).Raw("SELECT blob_key, due_at FROM loose_blobs WHERE due_at <= ? ORDER BY due_at, blob_key LIMIT ?", now, limit).Scan(&due).Error; err != nil {
		return 0, fmt.Errorf("read loose blobs: %w", err)
	}
	if len(due) == 0 {
		return 0, nil
	}
	lease := now.Add(10 * time.Minute)
	var mine []string
	if err := s.inTx(ctx, func(tx *Store) error {
		mine = nil
		for _, d := range due {
			n, err := tx.exec(ctx, "UPDATE loose_blobs SET due_at = ? WHERE blob_key = ? AND due_at = ?", lease, d.BlobKey, d.DueAt)
			if err != nil {
				return fmt.Errorf("lease loose blob: %w", err)
			}
			if n == 1 {
				mine = append(mine, d.BlobKey)
			}
		}
		return nil
	}); err != nil {
		return 0, err
	}
	var gone []string
	for _, k := range mine {
		if ctx.Err() != nil {
			break
		}
		if err := s.config.Blobs.Delete(ctx, k); err != nil {
			s.config.Log.Error("delete blob", "error", err)
			continue
		}
		gone = append(gone, k)
	}
	if len(gone) == 0 {
		return 0, ctx.Err()
	}
	err := s.inTx(context.WithoutCancel(ctx), func(tx *Store) error {
		_, err := tx.exec(ctx, "DELETE FROM loose_blobs WHERE blob_key IN ? AND due_at = ?", gone, lease)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("forget loose blobs: %w", err)
	}
	return len(gone), nil
}

// tempFile is a file of our own that is gone once it is closed.
type tempFile struct {
	*os.File
	size   int64
	sha256 string // lower-case hex
}

func (f *tempFile) Close() error {
	return errors.Join(f.File.Close(), os.Remove(f.Name()))
}

// readError tells a source that failed from a disk that is full.
type readError struct{ error }

func (e readError) Unwrap() error { return e.error }

// toTemp copies at most limit+1 bytes of a stream to a file, so that memory stays the same
// whatever comes; a size above limit means there was more. A failing source is a readError.
func toTemp(ctx context.Context, from io.Reader, limit int64) (*tempFile, error) {
	file, err := os.CreateTemp("", "hosho-*")
	if err != nil {
		return nil, fmt.Errorf("make temporary file: %w", err)
	}
	f := &tempFile{File: file}
	sum := sha256.New()
	var failed error
	source := readerFunc(func(p []byte) (int, error) {
		if err := ctx.Err(); err != nil {
			failed = err
			return 0, err
		}
		n, err := from.Read(p)
		if err != nil && !errors.Is(err, io.EOF) {
			failed = err
		}
		return n, err
	})
	f.size, err = io.Copy(io.MultiWriter(file, sum), io.LimitReader(source, limit+1))
	if failed != nil {
		err = readError{failed}
	}
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("receive bytes: %w", err), f.Close())
	}
	f.sha256 = hex.EncodeToString(sum.Sum(nil))
	return f, nil
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func digestOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// storeTrouble is an error of the store of evidence: try again, nothing was done.
func storeTrouble(ctx context.Context, what string, err error) error {
	err = fmt.Errorf("%s: %w", what, err)
	if ctx.Err() != nil {
		return err
	}
	return &Error{Kind: Unavailable, Code: "unavailable", Err: err}
}

// putBlobs stores the original, the copy and the thumbnail, all at once: each is a way to the store and back.
func (s *Store) putBlobs(ctx context.Context, keys blobKeys, f *tempFile, found Inspection) error {
	g, ctx := errgroup.WithContext(ctx)
	put := func(what, key string, from io.ReadSeeker, size int64, mediaType, sha256 string) {
		g.Go(func() error {
			if err := s.config.Blobs.Put(ctx, key, from, size, mediaType, sha256); err != nil {
				return storeTrouble(ctx, "store "+what, err)
			}
			return nil
		})
	}
	// The copy is read from the same file, which has one place only; a section has its own.
	put("original", keys.original, io.NewSectionReader(f.File, 0, f.size), f.size, found.MediaType, f.sha256)
	put("copy", keys.copy, found.Copy, found.CopySize, found.CopyMediaType, found.CopySHA256)
	if keys.thumb != "" {
		put("thumbnail", keys.thumb, bytes.NewReader(found.Thumbnail), int64(len(found.Thumbnail)), found.ThumbnailMediaType, digestOf(found.Thumbnail))
	}
	return g.Wait()
}

// blobKeys are where one attempt puts its bytes. Each attempt has its own, so that two at
// once do not meet.
type blobKeys struct {
	original, copy, thumb string // thumb is "" for a PDF
	due                   Instant
}

func (s *Store) freshKeys(found Inspection) blobKeys {
	b := s.config.Blobs
	k := blobKeys{original: b.FreshKey("originals"), copy: b.FreshKey("copies"), due: s.MachineNow().Add(looseLife)}
	if len(found.Thumbnail) > 0 {
		k.thumb = b.FreshKey("thumbnails")
	}
	return k
}

func (k blobKeys) all() []string {
	if k.thumb == "" {
		return []string{k.original, k.copy}
	}
	return []string{k.original, k.copy, k.thumb}
}
