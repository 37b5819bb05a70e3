package models

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// EvidenceFile is a file with what it was given on, as one viewer may see it.
type EvidenceFile struct {
	Evidence
	State       UploadState
	Subject     SubjectKind // "" while its own account sees it before it is given on anything
	SubjectID   string
	OrderNumber string
	ClaimNumber string // of a claim, or of a message on a claim
	Own         bool   // uploaded by the viewer
	MayOriginal bool   // the viewer may open the bytes as received
}

// EvidencePart says which bytes of a file are meant.
type EvidencePart string

// The parts.
const (
	EvidenceCopy      EvidencePart = "copy"      // rebuilt without metadata, for the parties
	EvidenceThumbnail EvidencePart = "thumbnail" // a small JPEG
	EvidenceOriginal  EvidencePart = "original"  // as received, for staff
)

// Content is the bytes of a file: an address to send the viewer to, or else a reader, which
// the caller closes.
type Content struct {
	URL       string // valid for a minute at most; then there is no Body
	Body      io.ReadCloser
	MediaType string
	FileName  string // to save it under, with an ending that fits the type
	Size      int64  // bytes; 0 where it is not known before reading
}

// linkLife bounds an address handed out: whoever it leaks to has a minute.
const linkLife = time.Minute

type subjectRow struct {
	SubjectKind SubjectKind
	SubjectID   string
	ByRole      Side
	Late        bool
	Note        string
	AdmittedAt  Instant
	AdmitReason string
	AttachedAt  Instant
	BuyerEmail  string
	SellerID    string
	OpenedAt    Instant
	OrderNumber string
	ClaimNumber string
}

// Everything an upload was given on, with who the parties of it are. A contact made elsewhere
// has no seller here: what the buyer shows of it is for staff.
const selectSubjects = `SELECT a.subject_kind, a.subject_id, a.by_role, a.late, a.note, a.admitted_at, a.admit_reason, a.attached_at, b.email AS buyer_email, c.seller_id, c.opened_at, c.order_number, c.number AS claim_number
	FROM attachments a JOIN claims c ON c.id = a.subject_id JOIN buyers b ON b.id = c.buyer_id WHERE a.upload_id = ? AND a.subject_kind = 'claim'
	UNION ALL SELECT a.subject_kind, a.subject_id, a.by_role, a.late, a.note, a.admitted_at, a.admit_reason, a.attached_at, b.email, m.seller_id, c.opened_at, o.number, COALESCE(c.number, '')
	FROM attachments a JOIN messages m ON m.id = a.subject_id JOIN orders o ON o.id = m.order_id JOIN buyers b ON b.id = o.buyer_id LEFT JOIN claims c ON c.id = m.claim_id
	WHERE a.upload_id = ? AND a.subject_kind = 'message'
	UNION ALL SELECT a.subject_kind, a.subject_id, a.by_role, a.late, a.note, a.admitted_at, a.admit_reason, a.attached_at, b.email, '', NULL, o.number, ''
	FROM attachments a JOIN outside_contacts x ON x.id = a.subject_id JOIN orders o ON o.id = x.order_id JOIN buyers b ON b.id = o.buyer_id
	WHERE a.upload_id = ? AND a.subject_kind = 'outside'`

// sideOn says on which side of a subject the actor stands if it may see the files there, and
// SideNone if it may not: the seller not before the claim is open.
func (r subjectRow) sideOn(by Actor) Side {
	side := by.sideOf(r.BuyerEmail, r.SellerID)
	switch side {
	case SideBuyer, SideStaff, SideObserver:
		return side
	case SideSeller:
		if r.ClaimNumber != "" && r.OpenedAt == 0 {
			return SideNone
		}
		return side
	case SideNone, SideClock:
	}
	return SideNone
}

// EvidenceByID returns what is known of a file. Its own account sees it at once; staff and
// admins when it is given on anything; a party with what it was given on, the seller of a
// claim not before that is open. Kinds: NotFound for everyone else.
func (s *Store) EvidenceByID(ctx context.Context, by Actor, id string) (EvidenceFile, error) {
	e, _, err := s.evidenceFor(ctx, by, id)
	return e, err
}

func (s *Store) evidenceFor(ctx context.Context, by Actor, id string) (EvidenceFile, uploadRow, error) {
	none := func(err error) (EvidenceFile, uploadRow, error) { return EvidenceFile{}, uploadRow{}, err }
	if by.Role == RoleIntegration || by.AccountID == "" {
		return none(notFound())
	}
	var row uploadRow
	r := s.db(ctx).Raw("SELECT * FROM uploads WHERE id = ?", id).Scan(&row)
	if r.Error != nil {
		return none(fmt.Errorf("read upload: %w", r.Error))
	}
	if r.RowsAffected == 0 || !row.Attached && (row.AccountID != by.AccountID || row.ExpiresAt <= s.MachineNow()) {
		return none(notFound())
	}
	e := EvidenceFile{State: row.State, Own: row.AccountID == by.AccountID}
	e.Evidence = evidenceJoined{
		UploadID: row.ID, FileName: row.FileName, MediaType: row.MediaType, Size: row.Size, Sha256: row.Sha256,
		Width: row.Width, Height: row.Height, Pages: row.Pages, ThumbKey: row.ThumbKey, Covered: row.Covered,
	}.evidence()
	if !row.Attached {
		return e, row, nil
	}
	var subjects []subjectRow
	if err := s.db(ctx).Raw(selectSubjects, id, id, id).Scan(&subjects).Error; err != nil {
		return none(fmt.Errorf("read subjects of evidence: %w", err))
	}
	seen := e.Own
	for _, sub := range subjects {
		side := sub.sideOn(by)
		if side == SideNone {
			continue
		}
		if e.Subject == "" {
			e.Subject, e.SubjectID, e.OrderNumber, e.ClaimNumber = sub.SubjectKind, sub.SubjectID, sub.OrderNumber, sub.ClaimNumber
			e.By, e.Late, e.Note, e.At = sub.ByRole, sub.Late, sub.Note, sub.AttachedAt
			e.AdmittedAt, e.AdmitReason = sub.AdmittedAt, sub.AdmitReason
		}
		seen = true
		e.MayOriginal = e.MayOriginal || side == SideStaff
	}
	if !seen {
		return none(notFound())
	}
	return e, row, nil
}

// EvidenceContent returns bytes of a file to whoever may see it (EvidenceByID); the original
// only to agents and leads who are no party. Every opening of an original is logged, and not
// a byte of it is given before its SHA-256 has been found to be the one of the bytes
// received. Kinds: NotFound (also for a part the file does not have), Forbidden, Conflict
// integrity when the original was changed, Unavailable.
func (s *Store) EvidenceContent(ctx context.Context, by Actor, id string, part EvidencePart) (Content, error) {
	e, row, err := s.evidenceFor(ctx, by, id)
	if err != nil {
		return Content{}, err
	}
	if row.State != UploadReady {
		return Content{}, notFound()
	}
	switch part {
	case EvidenceCopy:
		return s.openPart(ctx, row.CopyKey, Content{MediaType: row.CopyType, FileName: nameFor(row.FileName, row.CopyType), Size: row.CopySize})
	case EvidenceThumbnail:
		return s.openPart(ctx, row.ThumbKey, Content{MediaType: "image/jpeg", FileName: nameFor(row.FileName, "image/jpeg")})
	case EvidenceOriginal:
		if !e.MayOriginal {
			return Content{}, forbidden()
		}
		return s.openOriginal(ctx, by, row)
	}
	return Content{}, notFound()
}

func (s *Store) openPart(ctx context.Context, key string, c Content) (Content, error) {
	if key == "" {
		return Content{}, notFound()
	}
	url, ok, err := s.config.Blobs.GrantGet(ctx, key, c.FileName, c.MediaType, true, linkLife)
	if err != nil {
		return Content{}, storeTrouble(ctx, "grant download", err)
	}
	if ok {
		c.URL = url
		return c, nil
	}
	if c.Body, err = s.config.Blobs.Open(ctx, key); err != nil {
		return Content{}, storeTrouble(ctx, "open evidence", err)
	}
	return c, nil
}

// openOriginal reads the original into a file of our own and compares it before it gives any
// of it away; an address of the store's own would skip that.
func (s *Store) openOriginal(ctx context.Context, by Actor, row uploadRow) (Content, error) {
	log := s.config.Log.With("evidence", row.ID, "actor", by.AccountID, "role", string(by.Role))
	f, err := s.fetchOriginal(ctx, row)
	switch {
	case errors.Is(err, ErrBlobChanged), errors.Is(err, ErrNoBlob):
		log.Error("original of evidence was changed in the store", "error", err)
		return Content{}, &Error{Kind: Conflict, Code: "integrity", Err: err}
	case err != nil:
		return Content{}, err
	}
	log.Info("original of evidence opened")
	return Content{Body: f, MediaType: row.MediaType, FileName: nameFor(row.FileName, row.MediaType), Size: f.size}, nil
}

func (s *Store) fetchOriginal(ctx context.Context, row uploadRow) (*tempFile, error) {
	body, err := s.config.Blobs.Open(ctx, row.OriginalKey)
	if errors.Is(err, ErrNoBlob) || errors.Is(err, ErrBlobChanged) {
		return nil, err
	}
	if err != nil {
		return nil, storeTrouble(ctx, "open original", err)
	}
	defer body.Close()
	f, err := toTemp(ctx, body, max(row.Size, MaxUpload))
	var broken readError
	switch {
	case errors.Is(err, ErrBlobChanged):
		return nil, err
	case errors.As(err, &broken):
		return nil, storeTrouble(ctx, "read original", err)
	case err != nil:
		return nil, err
	case f.size != row.Size || f.sha256 != row.Sha256:
		return nil, errors.Join(fmt.Errorf("original of %s: %w", row.ID, ErrBlobChanged), f.Close())
	}
	return f, nil
}
