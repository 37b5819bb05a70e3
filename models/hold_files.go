package models

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Holder is a store of evidence that can be told to let nobody delete an object, whoever holds the store's credentials.
type Holder interface {
	// Hold sets or lifts this on the bytes under a key. ErrNoHold where the store has no such thing after all, ErrNoBlob.
	Hold(ctx context.Context, key string, on bool) error
}

// ErrNoHold says that a store cannot keep objects from being deleted; compare with errors.Is.
var ErrNoHold = errors.New("the store holds no objects against deletion")

// The legal hold in the database is what counts. Where the store has one of its own, it is told after the transaction:
// files whose cases have changed are noted, and a loop asks for each what its cases want now.

// holdLater notes the files of a claim whose legal hold was set or lifted.
func (tx *Store) holdLater(ctx context.Context, claimID string) error {
	files, err := find[struct{ UploadID string }](ctx, tx, selectFilesOf, []string{claimID}, []string{claimID}, []string{claimID}, []string{claimID})
	if err != nil {
		return fmt.Errorf("read files to hold: %w", err)
	}
	ids := make([]string, 0, len(files))
	for _, f := range files {
		ids = append(ids, f.UploadID)
	}
	return tx.noteHold(ctx, ids)
}

func (tx *Store) noteHold(ctx context.Context, uploads []string) error {
	if len(uploads) == 0 {
		return nil
	}
	if _, err := tx.exec(ctx, "UPDATE uploads SET lock_at = ?, lock_tries = 0 WHERE id IN ? AND state IN ?", tx.MachineNow(), uploads, usable); err != nil {
		return fmt.Errorf("note files to hold: %w", err)
	}
	return nil
}

// HoldFiles does one pass over the files whose legal hold the store does not know of yet, and returns how many it was
// told of. Any number of replicas may run it: each file is leased first. The pass ends with the first file that the
// store does not answer about, which is tried again later.
func (s *Store) HoldFiles(ctx context.Context, limit int) (int, error) {
	if s.config.Blobs == nil {
		return 0, nil
	}
	rows, err := find[uploadRow](ctx, s, "SELECT * FROM uploads WHERE lock_at <= ? AND state = ? ORDER BY lock_at, id LIMIT ?", s.MachineNow(), UploadReady, limit)
	if err != nil {
		return 0, fmt.Errorf("read files to hold: %w", err)
	}
	for i, r := range rows {
		if answered, err := s.holdFile(ctx, r); err != nil || !answered {
			return i, err
		}
	}
	return len(rows), nil
}

// holdFile tells the store of one file. answered is false when it said nothing; a file that another replica has taken
// counts as done.
func (s *Store) holdFile(ctx context.Context, r uploadRow) (answered bool, err error) {
	lease, taken, wanted := s.MachineNow().Add(scanLease), false, false
	err = s.inTx(ctx, func(tx *Store) error {
		cases, err := tx.casesOf(ctx, []string{r.ID})
		if err != nil {
			return err
		}
		wanted = slices.ContainsFunc(cases[r.ID], givenOn.onHold)
		// Locked from before the store is told until after it has been told of the end: what is locked does not leave.
		n, err := tx.exec(ctx, "UPDATE uploads SET locked = ?, lock_at = ?, lock_tries = lock_tries + 1 WHERE id = ? AND lock_at = ?", r.Locked || wanted, lease, r.ID, r.LockAt)
		taken = n == 1
		return err
	})
	if err != nil || !taken {
		return true, err
	}
	var told error
	if wanted || r.Locked {
		told = s.tellHold(ctx, r, wanted)
	}
	switch {
	case errors.Is(told, ErrNoHold):
		wanted = false
	case told != nil:
		s.config.Log.Warn("store is not told of a legal hold", "evidence", r.ID, "hold", wanted, "error", told)
		return false, s.inTx(ctx, func(tx *Store) error {
			_, err := tx.exec(ctx, "UPDATE uploads SET lock_at = ? WHERE id = ? AND lock_at = ?", tx.MachineNow().Add(scanRetry(r.LockTries+1)), r.ID, lease)
			return err
		})
	}
	return true, s.inTx(ctx, func(tx *Store) error {
		n, err := tx.exec(ctx, "UPDATE uploads SET locked = ?, lock_at = NULL WHERE id = ? AND lock_at = ?", wanted, r.ID, lease)
		if err != nil || n == 0 || wanted || !r.Locked {
			return err // noted again meanwhile, or nothing has waited for it
		}
		return tx.leaveNow(ctx, r.ID)
	})
}

// tellHold sets or lifts the hold on all that is kept of a file.
func (s *Store) tellHold(ctx context.Context, r uploadRow, on bool) error {
	holder, ok := s.config.Blobs.(Holder)
	if !ok {
		return ErrNoHold
	}
	for _, key := range []string{r.OriginalKey, r.CopyKey, r.ThumbKey} {
		if key == "" {
			continue
		}
		err := holder.Hold(ctx, key, on)
		if errors.Is(err, ErrNoBlob) { // a fault, which is reported when the file is read
			s.config.Log.Warn("file to hold is gone", "evidence", r.ID, "hold", on)
			continue
		}
		if err != nil {
			return fmt.Errorf("hold: %w", err)
		}
	}
	return nil
}

// onHold tells whether a case of it is on legal hold.
func (g givenOn) onHold() bool {
	return slices.ContainsFunc(g.Claims, func(c Claim) bool { return c.LegalHold != nil })
}

// leaveNow has the retention rule asked again about a file that could not leave while the store held it.
func (tx *Store) leaveNow(ctx context.Context, id string) error {
	cases, err := tx.casesOf(ctx, []string{id})
	if err != nil {
		return err
	}
	r, err := tx.retentionOf(ctx, cases[id])
	if err != nil || !r.over(tx.now) {
		return err
	}
	return tx.setTimer(ctx, retentionTimer, cases[id][0].SubjectID, tx.now)
}
