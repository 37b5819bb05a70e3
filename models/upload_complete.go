package models

import (
	"context"
	"errors"
	"fmt"
)

// errNotWaiting is a completion that another one has overtaken.
var errNotWaiting = errors.New("the upload is not waiting any more")

// CompleteUpload looks at the bytes that were sent: size, checksum, what they really are.
// What passes is kept unchanged beside a rebuilt copy and a thumbnail, and may be attached.
// Asked again it answers the same; of several at once one does it. Kinds: NotFound (also
// after 24 h); Invalid upload_rejected with a reason, which is for good but for
// not_uploaded; Unavailable when the store of evidence does not answer.
func (s *Store) CompleteUpload(ctx context.Context, by Actor, id string) (Upload, error) {
	if err := mayUpload(by); err != nil {
		return Upload{}, err
	}
	row, err := s.ownUpload(ctx, by, id)
	if err != nil {
		return Upload{}, err
	}
	if row.State != UploadWaiting {
		return completed(row)
	}
	f, err := s.fetchStaging(ctx, row)
	if errors.Is(err, ErrNoBlob) {
		// Another completion may have taken it since the row was read.
		return s.completedMeanwhile(ctx, by, id, rejected(reasonNotThere, row.FileName))
	}
	var refused *Rejection
	if errors.As(err, &refused) {
		return s.rejectUpload(ctx, by, row, refused)
	}
	if err != nil {
		return Upload{}, err
	}
	defer f.Close()
	found, state, err := s.inspect(ctx, f, row.MediaType)
	if errors.As(err, &refused) {
		return s.rejectUpload(ctx, by, row, refused)
	}
	if err != nil {
		return Upload{}, err
	}
	keys := s.freshKeys(found)
	ready := row
	ready.set(found, keys, f)
	ready.received(state, s.MachineNow())
	err = s.storeBlobs(ctx, keys, f, found, func(tx *Store) error {
		n, err := tx.exec(ctx, `UPDATE uploads SET state = ?, media_type = ?, size = ?, sha256 = ?, width = ?, height = ?, pages = ?,
			original_key = ?, copy_key = ?, copy_type = ?, copy_size = ?, thumb_key = ?, facts = ?, copy_sha256 = ?, thumb_sha256 = ?, scan_at = ?, received_at = ?, staging_key = '' WHERE id = ? AND state = ? AND expires_at > ?`,
			ready.State, ready.MediaType, ready.Size, ready.Sha256, ready.Width, ready.Height, ready.Pages,
			ready.OriginalKey, ready.CopyKey, ready.CopyType, ready.CopySize, ready.ThumbKey, ready.Facts, ready.CopySha256, ready.ThumbSha256, ready.ScanAt, ready.ReceivedAt, id, UploadWaiting, tx.MachineNow())
		if err != nil {
			return fmt.Errorf("complete upload: %w", err)
		}
		if n == 0 {
			return errNotWaiting
		}
		return tx.mark(ctx, ready)
	})
	if errors.Is(err, errNotWaiting) {
		return s.completedMeanwhile(ctx, by, id, notFound())
	}
	if err != nil {
		return Upload{}, err
	}
	s.dropNow(ctx, row.StagingKey)
	return ready.upload(), nil
}

// completed is the answer for an upload that has been looked at.
func completed(row uploadRow) (Upload, error) {
	if row.State == UploadRejected {
		return row.upload(), rejected(row.Reason, row.FileName)
	}
	return row.upload(), nil
}

// completedMeanwhile answers what another completion has come to, or else the error.
func (s *Store) completedMeanwhile(ctx context.Context, by Actor, id string, otherwise error) (Upload, error) {
	row, err := s.ownUpload(ctx, by, id)
	if err != nil {
		return Upload{}, err
	}
	if row.State == UploadWaiting {
		return row.upload(), otherwise
	}
	return completed(row)
}

// fetchStaging reads the sent bytes once, into a file of our own, so that what is inspected
// is what is kept. The error is ErrNoBlob, or *Rejection where they are not those announced.
func (s *Store) fetchStaging(ctx context.Context, row uploadRow) (*tempFile, error) {
	body, err := s.config.Blobs.Open(ctx, row.StagingKey)
	if errors.Is(err, ErrNoBlob) {
		return nil, err
	}
	if errors.Is(err, ErrBlobChanged) {
		return nil, &Rejection{Reason: reasonChecksum, Err: err}
	}
	if err != nil {
		return nil, storeTrouble(ctx, "open staged upload", err)
	}
	defer body.Close()
	f, err := toTemp(ctx, body, MaxUpload)
	var broken readError
	switch {
	case errors.Is(err, ErrBlobChanged):
		return nil, &Rejection{Reason: reasonChecksum, Err: err}
	case errors.As(err, &broken):
		return nil, storeTrouble(ctx, "read staged upload", err)
	case err != nil:
		return nil, err
	case f.size != row.Size || f.sha256 != row.Sha256:
		return nil, errors.Join(&Rejection{Reason: reasonChecksum, Err: fmt.Errorf("%d bytes, announced %d", f.size, row.Size)}, f.Close())
	}
	return f, nil
}

// rejectUpload writes down that the file is at fault. The staged bytes go.
func (s *Store) rejectUpload(ctx context.Context, by Actor, row uploadRow, why *Rejection) (Upload, error) {
	overtaken := false
	err := s.inTx(ctx, func(tx *Store) error {
		n, err := tx.exec(ctx, "UPDATE uploads SET state = ?, reason = ?, staging_key = '' WHERE id = ? AND state = ?", UploadRejected, why.Reason, row.ID, UploadWaiting)
		overtaken = n == 0
		return err
	})
	if err != nil {
		return Upload{}, fmt.Errorf("reject upload: %w", err)
	}
	if overtaken {
		return s.completedMeanwhile(ctx, by, row.ID, notFound())
	}
	s.dropNow(ctx, row.StagingKey)
	row.State, row.Reason = UploadRejected, why.Reason
	return completed(row)
}
