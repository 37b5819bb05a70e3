package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"hosho/models"
	"hosho/storage"
	"hosho/storage/inspect"
)

// blobs is the store of evidence as models want it.
type blobs struct{ storage.Store }

var (
	_ models.Blobs  = blobs{}
	_ models.Holder = blobs{}
)

// Open hands out the bytes; the store's words for "not there" and "changed" become those of
// models, also for what only shows at the end of reading.
func (b blobs) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	body, _, err := b.Store.Open(ctx, key)
	if err != nil {
		return nil, blobError(err)
	}
	return blobBody{body}, nil
}

func (b blobs) Stat(ctx context.Context, key string) (size int64, sha256 string, err error) {
	o, err := b.Store.Stat(ctx, key)
	if err != nil {
		return 0, "", blobError(err)
	}
	return o.Size, o.SHA256, nil
}

type blobBody struct{ io.ReadCloser }

func (b blobBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err == nil || errors.Is(err, io.EOF) {
		return n, err
	}
	return n, blobError(err)
}

func blobError(err error) error {
	switch {
	case errors.Is(err, storage.ErrNotFound):
		return fmt.Errorf("%w (%w)", models.ErrNoBlob, err)
	case errors.Is(err, storage.ErrChecksum):
		return fmt.Errorf("%w (%w)", models.ErrBlobChanged, err)
	}
	return err
}

func (b blobs) GrantPut(ctx context.Context, key, mediaType string, size int64, sha256 string, ttl time.Duration) (models.Grant, error) {
	p, err := b.PresignPut(ctx, key, mediaType, size, sha256, ttl)
	if err != nil {
		return models.Grant{}, err
	}
	return models.Grant{Method: p.Method, URL: p.URL, Header: p.Header, ExpiresAt: p.ExpiresAt}, nil
}

func (b blobs) GrantGet(ctx context.Context, key, fileName, mediaType string, attachment bool, ttl time.Duration) (url string, ok bool, err error) {
	url, err = b.PresignGet(ctx, key, fileName, mediaType, attachment, ttl)
	if errors.Is(err, storage.ErrNoDirect) {
		return "", false, nil
	}
	return url, err == nil, err
}

// Hold is described at models.Holder.
func (b blobs) Hold(ctx context.Context, key string, on bool) error {
	holder, ok := b.Store.(storage.Holder)
	if !ok {
		return models.ErrNoHold
	}
	err := holder.Hold(ctx, key, on)
	if errors.Is(err, storage.ErrNoLock) {
		return fmt.Errorf("%w (%w)", models.ErrNoHold, err)
	}
	return blobError(err)
}

func (blobs) FreshKey(prefix string) string { return storage.NewKey(prefix) }

// inspector is the inspection of uploads as models want it. One serves the whole process,
// because it bounds how much is decoded at a time.
type inspector struct{ *inspect.Inspector }

var _ models.Inspector = inspector{}

func newInspector() inspector { return inspector{inspect.New(inspect.DefaultLimits())} }

func (i inspector) Inspect(ctx context.Context, file io.ReadSeeker, size int64, declaredType string) (models.Inspection, error) {
	r, err := i.Inspector.Inspect(ctx, file, size, declaredType)
	var refused *inspect.Rejected
	if errors.As(err, &refused) {
		return models.Inspection{}, &models.Rejection{Reason: string(refused.Reason), Err: refused.Err}
	}
	if err != nil {
		return models.Inspection{}, err
	}
	return models.Inspection{
		MediaType: r.MediaType, SHA256: r.SHA256, Width: r.Width, Height: r.Height, Pages: r.Pages,
		Copy: r.Copy, CopyMediaType: r.CopyMediaType, CopySize: r.CopySize, CopySHA256: r.CopySHA256,
		Thumbnail: r.Thumbnail, ThumbnailMediaType: inspect.JPEG, Facts: factsOf(r.Facts),
	}, nil
}

func factsOf(f inspect.Facts) models.PictureFacts {
	out := models.PictureFacts{Drawn: f.Drawn, Editor: f.Editor, Camera: f.Camera, ZoneKnown: f.ZoneKnown, Located: f.Located, Removed: f.Removed, Inspected: true}
	if f.HasHash {
		out.DHash = fmt.Sprintf("%016x", f.DHash)
	}
	if !f.TakenAt.IsZero() {
		out.TakenAt = models.InstantOf(f.TakenAt)
	}
	return out
}
