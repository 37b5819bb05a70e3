package models

import (
	"context"
	"fmt"
	"io"
	"time"
)

// reasonInfected is why a file is refused that the scanner names something in.
const reasonInfected = "infected"

// usable are the states of files that can be given on something: one that waits for its
// safety check too, so that a scanner that does not answer never keeps anybody from filing.
var usable = []UploadState{UploadReady, UploadChecking}

// Usable reports whether the file can be given on something.
func (u Upload) Usable() bool { return u.State == UploadReady || u.State == UploadChecking }

// scanned asks the scanner about a received file: it is ready where there is no scanner or
// the scanner finds nothing; it waits where the scanner gives no verdict. The error is
// *Rejection where something was found.
func (s *Store) scanned(ctx context.Context, f *tempFile) (UploadState, error) {
	if s.config.Scanner == nil {
		return UploadReady, nil
	}
	found, err := s.config.Scanner.Scan(ctx, io.NewSectionReader(f.File, 0, f.size))
	switch {
	case found != "":
		return "", &Rejection{Reason: reasonInfected, Err: fmt.Errorf("the scanner found %s", found)}
	case err == nil:
		return UploadReady, nil
	case ctx.Err() != nil:
		return "", ctx.Err()
	}
	s.config.Log.Warn("file waits for its safety check", "sha256", f.sha256, "error", err)
	return UploadChecking, nil
}

// received takes an upload in that passed inspection; without a verdict of the scanner it waits for one.
func (r *uploadRow) received(state UploadState, now Instant) {
	r.ReceivedAt = now
	if r.State = state; state == UploadChecking {
		r.ScanAt = now.Add(scanRetry(0))
	}
}

// scanRetry is how long a file waits after so many tries: 15 seconds at first, 10 minutes at
// most.
func scanRetry(tries int) time.Duration {
	return min(10*time.Minute, 15*time.Second<<min(tries, 6))
}

// scanLease is how long one look at a file may take.
const scanLease = 2 * time.Minute

// ScanUploads does one pass over the files that wait for their safety check and returns how
// many got a verdict. Any number of replicas may run it: each file is leased first. The pass
// ends with the first file the scanner does not answer about, since it will not about others.
func (s *Store) ScanUploads(ctx context.Context, limit int) (int, error) {
	if s.config.Scanner == nil || s.config.Blobs == nil {
		return 0, nil
	}
	rows, err := find[uploadRow](ctx, s, "SELECT * FROM uploads WHERE scan_at <= ? ORDER BY scan_at, id LIMIT ?", s.MachineNow(), limit)
	if err != nil {
		return 0, fmt.Errorf("read files to scan: %w", err)
	}
	settled := 0
	for _, r := range rows {
		answered, err := s.scanWaiting(ctx, r)
		if err != nil {
			return settled, err
		}
		if !answered {
			return settled, nil
		}
		settled++
	}
	return settled, nil
}

// scanWaiting scans one file and writes the verdict down. answered is false when the scanner
// gave none; a file that another replica has taken, or that cannot be read now, counts as done.
func (s *Store) scanWaiting(ctx context.Context, r uploadRow) (answered bool, err error) {
	lease, taken := s.MachineNow().Add(scanLease), false
	if err := s.inTx(ctx, func(tx *Store) error {
		n, err := tx.exec(ctx, "UPDATE uploads SET scan_at = ?, scan_tries = scan_tries + 1 WHERE id = ? AND state = ? AND scan_at = ?", lease, r.ID, UploadChecking, r.ScanAt)
		taken = n == 1
		return err
	}); err != nil || !taken {
		return true, err
	}
	f, err := s.fetch(ctx, r.blob(EvidenceOriginal))
	if err != nil {
		s.config.Log.Error("file to scan cannot be read", "evidence", r.ID, "error", err)
		return true, s.scanLater(ctx, r, lease)
	}
	defer f.Close()
	found, err := s.config.Scanner.Scan(ctx, io.NewSectionReader(f.File, 0, f.size))
	switch {
	case found != "":
		s.config.Log.Warn("file is not safe", "evidence", r.ID, "found", found)
		return true, s.inTx(ctx, func(tx *Store) error { return tx.refuseFile(ctx, r, lease) })
	case err == nil:
		return true, s.inTx(ctx, func(tx *Store) error {
			_, err := tx.exec(ctx, "UPDATE uploads SET state = ?, scan_at = NULL WHERE id = ? AND state = ? AND scan_at = ?", UploadReady, r.ID, UploadChecking, lease)
			return err
		})
	case ctx.Err() != nil:
		return false, ctx.Err()
	}
	s.config.Log.Warn("scanner gives no verdict", "evidence", r.ID, "error", err)
	return false, s.scanLater(ctx, r, lease)
}

func (s *Store) scanLater(ctx context.Context, r uploadRow, lease Instant) error {
	return s.inTx(ctx, func(tx *Store) error {
		_, err := tx.exec(ctx, "UPDATE uploads SET scan_at = ? WHERE id = ? AND scan_at = ?", tx.MachineNow().Add(scanRetry(r.ScanTries+1)), r.ID, lease)
		return err
	})
}

// refuseFile marks a file as unusable in which something was found after it had been taken:
// its bytes are left loose, its account is told, and the claims it was given on say so.
func (tx *Store) refuseFile(ctx context.Context, r uploadRow, lease Instant) error {
	n, err := tx.exec(ctx, "UPDATE uploads SET state = ?, reason = ?, scan_at = NULL, original_key = '', copy_key = '', thumb_key = '' WHERE id = ? AND state = ? AND scan_at = ?",
		UploadRejected, reasonInfected, r.ID, UploadChecking, lease)
	if err != nil {
		return fmt.Errorf("refuse file: %w", err)
	}
	if n == 0 {
		return nil // it left meanwhile
	}
	if err := tx.noteLoose(ctx, tx.MachineNow(), r.OriginalKey, r.CopyKey, r.ThumbKey); err != nil {
		return err
	}
	cases, err := tx.casesOf(ctx, []string{r.ID})
	if err != nil {
		return err
	}
	var told Claim
	said := map[string]bool{} // a claim it was given on twice says so once
	for _, on := range cases[r.ID] {
		if on.SubjectKind != OnClaim && on.ClaimID == "" {
			continue
		}
		for _, c := range on.Claims {
			if said[c.ID] {
				continue
			}
			said[c.ID] = true
			policy, err := tx.PolicyVersion(ctx, c.PolicyVersion)
			if err != nil {
				return err
			}
			ch := c.change()
			ch.record("file_unsafe", map[string]any{"id": r.ID, "sha256": r.Sha256}, nil)
			if _, err := tx.writeClaim(ctx, Clock, SideClock, c, ch, policy, true); err != nil {
				return err
			}
			told = c
		}
	}
	return tx.tellUnsafe(ctx, r, cases[r.ID], told)
}

// tellUnsafe tells the account whose file it was, on the side it gave it from. One that nobody relies on yet is told of
// too: the form or draft that named it leaves it out.
func (tx *Store) tellUnsafe(ctx context.Context, r uploadRow, on []givenOn, c Claim) error {
	account, err := tx.AccountByID(ctx, r.AccountID)
	if err != nil {
		return err
	}
	kind, args := "upload_unsafe", map[string]any{"name": r.FileName}
	if len(on) > 0 {
		kind, args["party"] = "file_unsafe", string(on[0].ByRole)
	}
	row, err := tx.noticeRow("account:"+r.AccountID, account.Locale, kind, args)
	if err != nil {
		return err
	}
	if len(on) == 0 {
		return tx.insertNoticeRows(ctx, row)
	}
	if row.ClaimID, row.ClaimNumber, row.OrderNumber = c.ID, c.Number, c.OrderNumber; c.ID == "" {
		row.OrderNumber = on[0].OrderNumber
	}
	return tx.insertNoticeRows(ctx, row)
}

// UncheckedUploads counts the files that wait for their safety check. For the operator.
func (s *Store) UncheckedUploads(ctx context.Context) (int, error) {
	rows, err := find[struct{ N int }](ctx, s, "SELECT COUNT(*) AS n FROM uploads WHERE scan_at IS NOT NULL")
	if err != nil {
		return 0, fmt.Errorf("count files to scan: %w", err)
	}
	return rows[0].N, nil
}
