package models

import (
	"context"
	"fmt"
)

// SweepUploads removes uploads that were not attached within their time, and the bytes no
// upload names: of swept uploads, of attempts that died half way, of staging. It does one
// pass over at most limit of each and returns how many uploads and keys are gone. Any number
// of replicas may run it.
func (s *Store) SweepUploads(ctx context.Context, limit int) (int, error) {
	if s.config.Blobs == nil {
		return 0, nil
	}
	uploads, err := s.sweepExpired(ctx, limit)
	if err != nil {
		return 0, err
	}
	blobs, err := s.sweepLoose(ctx, limit)
	return uploads + blobs, err
}

// sweepExpired forgets expired uploads and leaves their keys loose. The row goes first and
// only if it is still not attached, so that nothing attached ever loses its bytes.
func (s *Store) sweepExpired(ctx context.Context, limit int) (int, error) {
	now := s.MachineNow()
	var rows []uploadRow
	if err := s.db(ctx).Raw("SELECT * FROM uploads WHERE attached = ? AND expires_at <= ? ORDER BY expires_at, id LIMIT ?", false, now, limit).Scan(&rows).Error; err != nil {
		return 0, fmt.Errorf("read expired uploads: %w", err)
	}
	if len(rows) == 0 {
		return 0, nil
	}
	gone := 0
	err := s.inTx(ctx, func(tx *Store) error {
		gone = 0
		for _, r := range rows {
			n, err := tx.exec(ctx, "DELETE FROM uploads WHERE id = ? AND attached = ? AND expires_at <= ?", r.ID, false, now)
			if err != nil {
				return fmt.Errorf("sweep upload: %w", err)
			}
			if n == 0 {
				continue // attached or held meanwhile, or another replica was first
			}
			gone++
			if _, err := tx.exec(ctx, "DELETE FROM upload_marks WHERE upload_id = ?", r.ID); err != nil {
				return fmt.Errorf("forget marks: %w", err)
			}
			if err := tx.noteLoose(ctx, now, r.OriginalKey, r.CopyKey, r.ThumbKey); err != nil {
				return err
			}
		}
		return nil
	})
	return gone, err
}
