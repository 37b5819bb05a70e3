package models

import (
	"context"
	"fmt"
)

type attachmentRow struct {
	SubjectID   string
	UploadID    string
	SubjectKind string
	Position    int
	ByRole      Side
	AccountID   string
	Late        bool
	Admitted    bool
	Note        string
	AttachedAt  Instant
}

func (attachmentRow) TableName() string { return "attachments" }

// What evidence can be given on.
const (
	onClaim   = "claim"
	onMessage = "message"
	onOutside = "outside"
)

// attach gives uploads of the actor's own as evidence on a subject. Only uploads that
// inspection has passed count. Kinds: Invalid unknown_upload when one is not there, not
// ready or somebody else's.
func (tx *Store) attach(ctx context.Context, by Actor, side Side, kind, subject string, start int, d attachDraft) error {
	var known []string
	if err := tx.db(ctx).Raw("SELECT id FROM uploads WHERE id IN ? AND account_id = ? AND state = ?", d.uploads, by.AccountID, UploadReady).Scan(&known).Error; err != nil {
		return fmt.Errorf("read uploads: %w", err)
	}
	if len(known) != len(d.uploads) {
		return &Error{Kind: Invalid, Code: "unknown_upload", Fields: []FieldError{{Field: "evidence", Code: "unknown_upload"}}}
	}
	rows := make([]attachmentRow, 0, len(d.uploads))
	for i, id := range d.uploads {
		rows = append(rows, attachmentRow{
			SubjectID: subject, UploadID: id, SubjectKind: kind, Position: start + i, ByRole: side, AccountID: by.AccountID,
			Late: d.late, Note: d.note, AttachedAt: tx.now,
		})
	}
	if err := tx.insert(ctx, &rows); err != nil {
		if isDuplicate(err) {
			return fieldError("evidence", "duplicate")
		}
		return fmt.Errorf("attach evidence: %w", err)
	}
	if _, err := tx.exec(ctx, "UPDATE uploads SET attached = ? WHERE id IN ?", true, d.uploads); err != nil {
		return fmt.Errorf("keep uploads: %w", err)
	}
	return nil
}

// attachToClaim gives evidence on a claim, at most the policy's number of files a party, and
// returns what was given.
func (tx *Store) attachToClaim(ctx context.Context, by Actor, c Claim, side Side, d attachDraft, p Policy) ([]Evidence, error) {
	given := 0
	for _, e := range c.Evidence {
		if e.By == side {
			given++
		}
	}
	if given+len(d.uploads) > p.MaxFiles {
		return nil, fieldError("evidence", "too_many", "max", p.MaxFiles)
	}
	if err := tx.attach(ctx, by, side, onClaim, c.ID, len(c.Evidence), d); err != nil {
		return nil, err
	}
	all, err := tx.evidenceOf(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	return all[len(c.Evidence):], nil
}

type evidenceJoined struct {
	UploadID   string
	ByRole     Side
	Late       bool
	Note       string
	AttachedAt Instant
	FileName   string
	MediaType  string
	Size       int64
	Sha256     string
	Width      int
	Height     int
	Pages      int
	ThumbKey   string
}

// evidenceOf lists the files on a subject in the order they were given.
func (s *Store) evidenceOf(ctx context.Context, subject string) ([]Evidence, error) {
	var rows []evidenceJoined
	if err := s.db(ctx).Raw(`SELECT a.upload_id, a.by_role, a.late, a.note, a.attached_at, u.file_name, u.media_type, u.size, u.sha256, u.width, u.height, u.pages, u.thumb_key
		FROM attachments a JOIN uploads u ON u.id = a.upload_id WHERE a.subject_id = ? ORDER BY a.attached_at, a.position`, subject).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read evidence: %w", err)
	}
	var list []Evidence
	for _, r := range rows {
		list = append(list, r.evidence())
	}
	return list, nil
}

func (r evidenceJoined) evidence() Evidence {
	return Evidence{
		ID: r.UploadID, By: r.ByRole, FileName: r.FileName, MediaType: r.MediaType, Size: r.Size, SHA256: r.Sha256, Width: r.Width, Height: r.Height,
		Pages: r.Pages, HasThumb: r.ThumbKey != "", Late: r.Late, Note: r.Note, At: r.AttachedAt,
	}
}
