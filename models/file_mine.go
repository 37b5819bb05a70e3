package models

import (
	"context"
	"fmt"
)

// MyFile is a file of one's own with what it was given on and how long it stays.
type MyFile struct {
	Upload
	Given     []FileUse // oldest first; none before it is given on anything
	Retention Retention // of a file that was given
	Reserved  bool      // something not sent yet names it: a draft, or an answer that is held
}

// FileUse is something a file was given on.
type FileUse struct {
	Kind        SubjectKind
	By          Side // on which side its owner stood
	At          Instant
	OrderNumber string
	ClaimNumber string // of a claim, or of a message on a claim
	Number      string // of a report, an investigation, a measure or a flag
}

// MyFiles lists the files an account has given or may still give, the newest first, with
// those that have left under the retention rule. Kinds: Forbidden without an account.
func (s *Store) MyFiles(ctx context.Context, by Actor, page Page) (files []MyFile, next string, err error) {
	if by.AccountID == "" || by.Role == RoleIntegration {
		return nil, "", forbidden()
	}
	at, id, err := readCursor(page.Cursor)
	if err != nil {
		return nil, "", err
	}
	limit := page.size() + 1
	rows, err := find[uploadRow](ctx, s, `SELECT * FROM uploads WHERE account_id = ? AND created_at <= ? AND (created_at < ? OR id < ?) AND (attached = ? OR (expires_at > ? AND state NOT IN ?))
		ORDER BY created_at DESC, id DESC LIMIT ?`, by.AccountID, at, at, id, true, s.MachineNow(), []UploadState{UploadWaiting, UploadRejected}, limit)
	if err != nil {
		return nil, "", fmt.Errorf("list files: %w", err)
	}
	if len(rows) == limit {
		rows = rows[:limit-1]
		next = writeCursor(rows[limit-2].CreatedAt, rows[limit-2].ID)
	}
	var given []string
	for _, r := range rows {
		if r.Attached {
			given = append(given, r.ID)
		}
	}
	cases, err := s.casesOf(ctx, given)
	if err != nil {
		return nil, "", err
	}
	for _, r := range rows {
		f := MyFile{Upload: r.upload(), Reserved: r.reserved()}
		for _, on := range cases[r.ID] {
			f.Given = append(f.Given, on.use())
		}
		if f.Retention, err = s.retentionOf(ctx, cases[r.ID]); err != nil {
			return nil, "", err
		}
		files = append(files, f)
	}
	return files, next, nil
}

// use names what a file was given on.
func (g givenOn) use() FileUse {
	u := FileUse{Kind: g.SubjectKind, By: g.ByRole, At: g.AttachedAt, OrderNumber: g.OrderNumber, Number: g.Number}
	if (g.SubjectKind == OnClaim || g.ClaimID != "") && len(g.Claims) > 0 {
		u.OrderNumber, u.ClaimNumber = g.Claims[0].OrderNumber, g.Claims[0].Number
	}
	return u
}

// reserved: it is kept longer than its day although it was given on nothing, for something
// not sent yet.
func (r uploadRow) reserved() bool { return !r.Attached && r.ExpiresAt > r.CreatedAt.Add(UploadLife) }

// DiscardUpload deletes a file of one's own that was given on nothing. Kinds: NotFound, also
// when it is gone already; Conflict not_allowed_now for one that was given, or that a draft or
// a held answer names: it is taken out there.
func (s *Store) DiscardUpload(ctx context.Context, by Actor, id string) error {
	return s.inTx(ctx, func(tx *Store) error {
		row, err := tx.ownUpload(ctx, by, id)
		if err != nil {
			return err
		}
		if row.Attached || row.reserved() {
			return notAllowedNow(nil)
		}
		n, err := tx.exec(ctx, "DELETE FROM uploads WHERE id = ? AND attached = ? AND expires_at = ?", id, false, row.ExpiresAt)
		if err != nil {
			return fmt.Errorf("discard upload: %w", err)
		}
		if n == 0 {
			return errAgain // it has just been given, or reserved
		}
		return tx.noteLoose(ctx, tx.MachineNow(), row.OriginalKey, row.CopyKey, row.ThumbKey)
	})
}
