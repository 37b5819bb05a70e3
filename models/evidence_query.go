package models

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// EvidenceFile is a file with what it was given on, as one viewer may see it.
type EvidenceFile struct {
	Evidence
	Subject     SubjectKind // "" while its own account sees it before it is given on anything
	SubjectID   string
	OrderNumber string
	ClaimNumber string // of a claim, or of a message on a claim
	Own         bool   // uploaded by the viewer
	MayOriginal bool   // the viewer may open the bytes as received

	staffClaims []string // on which the viewer is staff
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
// has no seller here, nor has a report of one or an appeal against a flag: what the buyer shows of it is for staff.
const selectSubjects = `SELECT a.subject_kind, a.subject_id, a.by_role, a.late, a.note, a.admitted_at, a.admit_reason, a.attached_at, b.email AS buyer_email, c.seller_id, c.opened_at, c.order_number, c.number AS claim_number
	FROM attachments a JOIN claims c ON c.id = a.subject_id JOIN buyers b ON b.id = c.buyer_id WHERE a.upload_id = ? AND a.subject_kind = 'claim'
	UNION ALL SELECT a.subject_kind, a.subject_id, a.by_role, a.late, a.note, a.admitted_at, a.admit_reason, a.attached_at, b.email, m.seller_id, c.opened_at, o.number, COALESCE(c.number, '')
	FROM attachments a JOIN messages m ON m.id = a.subject_id JOIN orders o ON o.id = m.order_id JOIN buyers b ON b.id = o.buyer_id LEFT JOIN claims c ON c.id = m.claim_id
	WHERE a.upload_id = ? AND a.subject_kind = 'message'
	UNION ALL SELECT a.subject_kind, a.subject_id, a.by_role, a.late, a.note, a.admitted_at, a.admit_reason, a.attached_at, b.email, '', NULL, o.number, ''
	FROM attachments a JOIN outside_contacts x ON x.id = a.subject_id JOIN orders o ON o.id = x.order_id JOIN buyers b ON b.id = o.buyer_id
	WHERE a.upload_id = ? AND a.subject_kind = 'outside'
	UNION ALL SELECT a.subject_kind, a.subject_id, a.by_role, a.late, a.note, a.admitted_at, a.admit_reason, a.attached_at, x.email, '', NULL, '', ''
	FROM attachments a JOIN reports r ON r.id = a.subject_id JOIN accounts x ON x.id = r.account_id
	WHERE a.upload_id = ? AND a.subject_kind = 'report'
	UNION ALL SELECT a.subject_kind, a.subject_id, a.by_role, a.late, a.note, a.admitted_at, a.admit_reason, a.attached_at, '', k.seller_id, NULL, o.number, ''
	FROM attachments a JOIN contests k ON k.id = a.subject_id JOIN orders o ON o.id = k.order_id
	WHERE a.upload_id = ? AND a.subject_kind = 'contest'
	UNION ALL SELECT a.subject_kind, a.subject_id, a.by_role, a.late, a.note, a.admitted_at, a.admit_reason, a.attached_at, '', i.seller_id, NULL, '', ''
	FROM attachments a JOIN investigations i ON i.id = a.subject_id WHERE a.upload_id = ? AND a.subject_kind = 'investigation'
	UNION ALL SELECT a.subject_kind, a.subject_id, a.by_role, a.late, a.note, a.admitted_at, a.admit_reason, a.attached_at, '', m.seller_id, NULL, '', ''
	FROM attachments a JOIN measures m ON m.id = a.subject_id WHERE a.upload_id = ? AND a.subject_kind = 'measure'
	UNION ALL SELECT a.subject_kind, a.subject_id, a.by_role, a.late, a.note, a.admitted_at, a.admit_reason, a.attached_at, x.email, '', NULL, '', ''
	FROM attachments a JOIN flags f ON f.id = a.subject_id JOIN accounts x ON x.id = f.account_id WHERE a.upload_id = ? AND a.subject_kind = 'flag'`

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
	e := EvidenceFile{Own: row.AccountID == by.AccountID}
	e.Evidence = evidenceJoined{
		UploadID: row.ID, FileName: row.FileName, MediaType: row.MediaType, Size: row.Size, Sha256: row.Sha256,
		Width: row.Width, Height: row.Height, Pages: row.Pages, ThumbKey: row.ThumbKey,
		Facts: row.Facts, Fault: row.Fault, FaultPart: row.FaultPart, FaultAt: row.FaultAt, Covered: row.Covered,
		State: row.State, RemovedAt: row.RemovedAt,
	}.evidence()
	if !row.Attached {
		e.Facts = e.Facts.forParties()
		return e, row, nil
	}
	var subjects []subjectRow
	if err := s.db(ctx).Raw(selectSubjects, id, id, id, id, id, id, id, id).Scan(&subjects).Error; err != nil {
		return none(fmt.Errorf("read subjects of evidence: %w", err))
	}
	seen, whole := e.Own, false
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
		whole = whole || side == SideStaff || side == SideObserver
		if side == SideStaff && sub.ClaimNumber != "" && !slices.Contains(e.staffClaims, sub.ClaimNumber) {
			e.staffClaims = append(e.staffClaims, sub.ClaimNumber)
		}
	}
	if !seen {
		return none(notFound())
	}
	if !whole {
		e.Facts = e.Facts.forParties()
	}
	return e, row, nil
}

// EvidenceContent returns bytes of a file to whoever may see it (EvidenceByID); the original
// only to agents and leads who are no party, and each opening stands in the log and, before a
// byte is given, as an event for staff on the claims. Nothing is given that is not found to be
// what was stored: of an address of the store's own by the sum the store keeps, otherwise by
// reading it all. Kinds: NotFound (also for a part the file does not have), Forbidden,
// Gone file_removed once it left under the retention rule or file_unsafe once it was
// found to be so, Conflict file_unchecked for all but its own account while it waits for its
// safety check, integrity when it was changed or is gone, Unavailable.
func (s *Store) EvidenceContent(ctx context.Context, by Actor, id string, part EvidencePart) (Content, error) {
	e, row, err := s.evidenceFor(ctx, by, id)
	if err != nil {
		return Content{}, err
	}
	switch row.State {
	case UploadReady:
	case UploadChecking:
		if !e.Own {
			return Content{}, &Error{Kind: Conflict, Code: "file_unchecked"}
		}
	case UploadRemoved:
		return Content{}, removed(row.RemovedAt)
	case UploadRejected:
		if row.Attached { // it was usable once
			return Content{}, &Error{Kind: Gone, Code: "file_unsafe"}
		}
		return Content{}, notFound()
	case UploadWaiting:
		return Content{}, notFound()
	}
	b := row.blob(part)
	if b.key == "" {
		return Content{}, notFound()
	}
	switch part {
	case EvidenceCopy:
		return s.openPart(ctx, row, b, Content{MediaType: row.CopyType, FileName: nameFor(row.FileName, row.CopyType)})
	case EvidenceThumbnail:
		return s.openPart(ctx, row, b, Content{MediaType: "image/jpeg", FileName: nameFor(row.FileName, "image/jpeg")})
	case EvidenceOriginal:
	}
	if !e.MayOriginal {
		return Content{}, forbidden()
	}
	f, err := s.fetch(ctx, b)
	if err := s.checked(ctx, row, part, err); err != nil {
		return Content{}, err
	}
	if err := s.recordOpening(ctx, by, row, e.staffClaims); err != nil {
		return Content{}, errors.Join(err, f.Close())
	}
	s.config.Log.Info("original of evidence opened", "evidence", row.ID, "actor", by.AccountID, "role", string(by.Role))
	return Content{Body: f, MediaType: row.MediaType, FileName: nameFor(row.FileName, row.MediaType), Size: f.size}, nil
}

// openPart gives what the parties see: by an address of the store's own where it has one and
// keeps sums, or else as it was read.
func (s *Store) openPart(ctx context.Context, row uploadRow, b blobPart, c Content) (Content, error) {
	url, ok, err := s.config.Blobs.GrantGet(ctx, b.key, c.FileName, c.MediaType, true, linkLife)
	if err != nil {
		return Content{}, storeTrouble(ctx, "grant download", err)
	}
	if ok {
		ok, err = s.grantable(ctx, b)
	}
	if ok {
		c.URL = url
		return c, s.checked(ctx, row, b.part, nil)
	}
	var f *tempFile
	if err == nil {
		f, err = s.fetch(ctx, b)
	}
	if err := s.checked(ctx, row, b.part, err); err != nil {
		return Content{}, err
	}
	c.Body, c.Size = f, f.size
	return c, nil
}

// What was given on an order: on its claims and in their threads, in messages about its lines, with contacts made
// elsewhere.
const selectGiven = `SELECT a.upload_id, a.by_role, a.late, a.note, a.attached_at, u.file_name, u.media_type, u.size, u.sha256, u.width, u.height, u.pages, u.thumb_key, u.covered
	FROM (SELECT c.id FROM claims c WHERE c.order_id = ?
		UNION SELECT m.id FROM claims c JOIN messages m ON m.claim_id = c.id WHERE c.order_id = ?
		UNION SELECT ml.message_id FROM order_lines l JOIN message_lines ml ON ml.order_line_id = l.id WHERE l.order_id = ?
		UNION SELECT x.id FROM order_lines l JOIN outside_contacts x ON x.order_line_id = l.id WHERE l.order_id = ?) s
	JOIN attachments a ON a.subject_id = s.id JOIN uploads u ON u.id = a.upload_id
	WHERE u.account_id = ? AND u.state IN ? ORDER BY a.attached_at, a.position, a.upload_id`

// GivenOnOrder lists the actor's own files that were given on an order before, so that they can be given again: each
// once, in the order they were first given, with what was said of it last. Kinds: NotFound for the orders of others.
func (s *Store) GivenOnOrder(ctx context.Context, by Actor, orderNumber string) ([]Evidence, error) {
	order, err := s.orderHead(ctx, orderNumber)
	if err != nil {
		return nil, err
	}
	if orderSide(by, order) == SideNone {
		return nil, notFound()
	}
	rows, err := find[evidenceJoined](ctx, s, selectGiven, order.ID, order.ID, order.ID, order.ID, by.AccountID, usable)
	if err != nil {
		return nil, fmt.Errorf("read what was given on an order: %w", err)
	}
	var list []Evidence
	place := map[string]int{}
	for _, r := range rows {
		i, there := place[r.UploadID]
		switch {
		case !there:
			place[r.UploadID] = len(list)
			list = append(list, r.evidence())
		case r.Note != "":
			list[i].Note = r.Note
		}
	}
	return list, nil
}
