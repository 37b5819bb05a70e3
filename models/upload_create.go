package models

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"strings"
)

// CreateUpload announces a file. Size is in bytes, SHA256 in hex. Covered says how many regions
// of a picture its uploader has covered with solid boxes, at most MaxCovered.
type CreateUpload struct {
	FileName  string `json:"file_name" validate:"required,visible,max=255"`
	MediaType string `json:"media_type" validate:"required,oneof=image/png image/jpeg image/webp application/pdf"`
	Size      int64  `json:"size" validate:"gte=1"`
	SHA256    string `json:"sha256" validate:"required,sha256"`
	Covered   int    `json:"covered"`
}

// CreateUpload grants one upload straight to the store of evidence, bound to the size, type
// and checksum announced; CompleteUpload follows. Everyone signed in may, but the
// integration. Kinds: Invalid, TooLarge, TooMany, Forbidden, Unavailable.
func (s *Store) CreateUpload(ctx context.Context, by Actor, in CreateUpload) (Upload, Grant, error) {
	if err := mayUpload(by); err != nil {
		return Upload{}, Grant{}, err
	}
	in.SHA256 = strings.ToLower(in.SHA256)
	if err := check(in); err != nil {
		return Upload{}, Grant{}, err
	}
	if err := checkCovered(in.Covered, in.MediaType); err != nil {
		return Upload{}, Grant{}, err
	}
	if in.Size > MaxUpload {
		return Upload{}, Grant{}, tooLarge()
	}
	now := s.MachineNow()
	row := uploadRow{
		ID: newID(), AccountID: by.AccountID, State: UploadWaiting, FileName: cleanFileName(in.FileName), MediaType: in.MediaType, Size: in.Size, Sha256: in.SHA256, Covered: in.Covered,
		StagingKey: s.config.Blobs.FreshKey(stagingPrefix), CreatedAt: now, ExpiresAt: now.Add(UploadLife),
	}
	err := s.inTx(ctx, func(tx *Store) error {
		if err := tx.checkUploadQuota(ctx, by); err != nil {
			return err
		}
		// The staging key stays loose for good: an hour after the upload has expired, and the
		// grant long before, whatever stands there is deleted.
		if err := tx.noteLoose(ctx, row.ExpiresAt.Add(hours(1)), row.StagingKey); err != nil {
			return err
		}
		return tx.insert(ctx, &row)
	})
	if err != nil {
		return Upload{}, Grant{}, fmt.Errorf("create upload: %w", err)
	}
	grant, err := s.config.Blobs.GrantPut(ctx, row.StagingKey, row.MediaType, row.Size, row.Sha256, grantLife)
	if err != nil {
		return Upload{}, Grant{}, storeTrouble(ctx, "grant upload", err)
	}
	return row.upload(), grant, nil
}

// checkUploadQuota refuses more than a day's uploads of an account. Parallel requests may
// pass it by a few.
func (s *Store) checkUploadQuota(ctx context.Context, by Actor) error {
	var day struct {
		N      int
		Oldest Instant
	}
	now := s.MachineNow()
	if err := s.db(ctx).Raw("SELECT COUNT(*) AS n, MIN(created_at) AS oldest FROM uploads WHERE account_id = ? AND created_at > ?", by.AccountID, now.Add(-days(1))).Scan(&day).Error; err != nil {
		return fmt.Errorf("count uploads: %w", err)
	}
	if day.N < UploadsPerDay {
		return nil
	}
	return (&Error{Kind: TooMany, Code: "rate_limited"}).With("wait", day.Oldest.Add(days(1)).Sub(now))
}

// ReceiveUpload is what is said of a file that comes whole. MediaType may be "". Covered is as
// of CreateUpload.
type ReceiveUpload struct {
	FileName  string
	MediaType string
	Covered   int
}

// ReceiveUpload takes a file whole, for multipart requests and forms: announcing, sending
// and completing in one. The stream goes through a temporary file, so memory does not grow
// with it. Kinds: TooLarge; Invalid upload_rejected with a reason (an empty file is corrupt);
// Malformed when the stream breaks off; TooMany, Forbidden, Unavailable.
func (s *Store) ReceiveUpload(ctx context.Context, by Actor, in ReceiveUpload, body io.Reader) (Upload, error) {
	if err := mayUpload(by); err != nil {
		return Upload{}, err
	}
	if err := checkCovered(in.Covered, ""); err != nil {
		return Upload{}, err
	}
	if err := s.checkUploadQuota(ctx, by); err != nil {
		return Upload{}, err
	}
	f, err := toTemp(ctx, body, MaxUpload)
	if err != nil {
		var broken readError
		if errors.As(err, &broken) && ctx.Err() == nil {
			return Upload{}, &Error{Kind: Malformed, Code: "malformed", Err: err}
		}
		return Upload{}, err
	}
	defer f.Close()
	if f.size > MaxUpload {
		return Upload{}, tooLarge()
	}
	now := s.MachineNow()
	row := uploadRow{
		ID: newID(), AccountID: by.AccountID, State: UploadRejected, FileName: cleanFileName(in.FileName), MediaType: genericMedia, Size: f.size, Sha256: f.sha256, Covered: in.Covered,
		CreatedAt: now, ExpiresAt: now.Add(UploadLife),
	}
	found, state, err := s.inspect(ctx, f, declared(in.MediaType))
	var refused *Rejection
	if errors.As(err, &refused) {
		row.Reason = refused.Reason
		// Kept for its day, so that refused files count too.
		err := s.inTx(ctx, func(tx *Store) error { return tx.insert(ctx, &row) })
		if err != nil {
			return Upload{}, fmt.Errorf("keep rejected upload: %w", err)
		}
		return row.upload(), rejected(row.Reason, row.FileName)
	}
	if err != nil {
		return Upload{}, err
	}
	if err := checkCovered(in.Covered, found.MediaType); err != nil {
		return Upload{}, err
	}
	keys := s.freshKeys(found)
	row.set(found, keys, f)
	row.received(state, s.MachineNow())
	err = s.storeBlobs(ctx, keys, f, found, func(tx *Store) error {
		if err := tx.checkUploadQuota(ctx, by); err != nil {
			return err
		}
		if err := tx.insert(ctx, &row); err != nil {
			return err
		}
		return tx.mark(ctx, row)
	})
	if err != nil {
		return Upload{}, fmt.Errorf("receive upload: %w", err)
	}
	return row.upload(), nil
}

// inspect looks at a received file, and has the scanner look. An empty one is corrupt whatever
// the inspector thinks.
func (s *Store) inspect(ctx context.Context, f *tempFile, declaredType string) (Inspection, UploadState, error) {
	if f.size == 0 {
		return Inspection{}, "", &Rejection{Reason: reasonCorrupt}
	}
	found, err := s.config.Inspector.Inspect(ctx, f.File, f.size, declaredType)
	if err != nil {
		return Inspection{}, "", fmt.Errorf("inspect upload: %w", err)
	}
	if found.SHA256 != f.sha256 {
		return Inspection{}, "", errors.New("inspect upload: the temporary file changed under inspection")
	}
	state, err := s.scanned(ctx, f)
	return found, state, err
}

// storeBlobs puts the bytes and then writes their row: the keys are noted, the bytes stored,
// and one transaction writes the row and takes the notes away. When it fails the bytes go at
// once, or by the sweep where even that fails.
func (s *Store) storeBlobs(ctx context.Context, keys blobKeys, f *tempFile, found Inspection, write func(tx *Store) error) error {
	if err := s.inTx(ctx, func(tx *Store) error { return tx.noteLoose(ctx, keys.due, keys.all()...) }); err != nil {
		return err
	}
	if err := s.putBlobs(ctx, keys, f, found); err != nil {
		s.dropNow(ctx, keys.all()...)
		return err
	}
	err := s.inTx(ctx, func(tx *Store) error {
		if err := tx.keepLoose(ctx, keys.due, keys.all()); err != nil {
			return err
		}
		return write(tx)
	})
	if err != nil && surelyUndone(err) {
		s.dropNow(ctx, keys.all()...)
	}
	return err
}

// surelyUndone reports an error of ours, which is given before a commit. Of any other, such
// as a connection lost in a commit, nobody knows whether the row stands: the bytes stay, and
// if the row does not stand their notes do, and the sweep sees to them.
func surelyUndone(err error) bool { return KindOf(err) != "" || errors.Is(err, errNotWaiting) }

// declared is the type a client states, in one spelling; what says nothing is "".
func declared(mediaType string) string {
	t, _, err := mime.ParseMediaType(mediaType)
	if err != nil {
		t = strings.ToLower(strings.TrimSpace(mediaType))
	}
	switch t {
	case genericMedia, "binary/octet-stream":
		return ""
	case "image/jpg", "image/pjpeg":
		return "image/jpeg"
	case "image/x-png":
		return "image/png"
	case "application/x-pdf":
		return "application/pdf"
	}
	return t
}
