package models

import (
	"context"
	"errors"
	"fmt"
)

// Fault is what is wrong with bytes in the store of evidence.
type Fault string

// The faults. Either is for people to look into: a disk that rots, a backup that came back in
// part, a hand in the bucket.
const (
	FaultChanged Fault = "changed" // they are not those that were stored
	FaultMissing Fault = "missing"
)

const noticeFault = "evidence_fault"

// blobPart is one object of an upload as it was stored.
type blobPart struct {
	part   EvidencePart
	key    string
	size   int64  // bytes; 0 is not known
	sha256 string // "" is not known: of files from before the sums of copies were kept
}

func (r uploadRow) blob(part EvidencePart) blobPart {
	switch part {
	case EvidenceOriginal:
		return blobPart{part, r.OriginalKey, r.Size, r.Sha256}
	case EvidenceCopy:
		return blobPart{part, r.CopyKey, r.CopySize, r.CopySha256}
	case EvidenceThumbnail:
		return blobPart{part, r.ThumbKey, 0, r.ThumbSha256}
	}
	return blobPart{}
}

// is says whether what the store holds can be what was stored.
func (b blobPart) is(size int64, sha256 string) bool {
	return (b.size == 0 || size == b.size) && (b.sha256 == "" || sha256 == b.sha256)
}

// fetch reads an object into a file of our own and compares it before any of it is given
// away. The error is ErrNoBlob or ErrBlobChanged where the evidence is at fault.
func (s *Store) fetch(ctx context.Context, b blobPart) (*tempFile, error) {
	body, err := s.config.Blobs.Open(ctx, b.key)
	if errors.Is(err, ErrNoBlob) || errors.Is(err, ErrBlobChanged) {
		return nil, err
	}
	if err != nil {
		return nil, storeTrouble(ctx, "open evidence", err)
	}
	defer body.Close()
	f, err := toTemp(ctx, body, max(b.size, MaxUpload))
	var broken readError
	switch {
	case errors.Is(err, ErrBlobChanged):
		return nil, err
	case errors.As(err, &broken):
		return nil, storeTrouble(ctx, "read evidence", err)
	case err != nil:
		return nil, err
	case !b.is(f.size, f.sha256):
		return nil, errors.Join(fmt.Errorf("%s: %w", b.part, ErrBlobChanged), f.Close())
	}
	return f, nil
}

// grantable asks the store what it holds before it is told to hand it out by itself. ok is
// false where it cannot say, so that the bytes have to be read.
func (s *Store) grantable(ctx context.Context, b blobPart) (ok bool, err error) {
	size, sum, err := s.config.Blobs.Stat(ctx, b.key)
	switch {
	case errors.Is(err, ErrNoBlob), errors.Is(err, ErrBlobChanged):
		return false, err
	case err != nil:
		return false, storeTrouble(ctx, "look at evidence", err)
	case sum == "":
		return false, nil
	case !b.is(size, sum):
		return false, fmt.Errorf("%s: %w", b.part, ErrBlobChanged)
	}
	return true, nil
}

// faultIn is the fault an error tells of; "" of another error.
func faultIn(err error) Fault {
	switch {
	case errors.Is(err, ErrNoBlob):
		return FaultMissing
	case errors.Is(err, ErrBlobChanged):
		return FaultChanged
	}
	return ""
}

// checked passes on how a part was read. Evidence that is not what was stored becomes a
// Conflict integrity and is reported; a part that was at fault and is whole again is reported,
// too. That reporting fails is logged and changes nothing about the answer.
func (s *Store) checked(ctx context.Context, row uploadRow, part EvidencePart, err error) error {
	fault := faultIn(err)
	log := s.config.Log.With("evidence", row.ID, "part", string(part))
	if fault != "" {
		log.Error("evidence is not what was stored", "error", err)
	}
	again := fault == "" && err == nil && row.FaultPart == part
	if fault != "" && row.Fault == "" || again {
		if err := s.reportFault(context.WithoutCancel(ctx), row, part, fault); err != nil {
			log.Error("report the state of evidence", "error", err)
		}
	}
	if fault != "" {
		return &Error{Kind: Conflict, Code: "integrity", Err: err}
	}
	return err
}

// reportFault marks an upload as at fault, or with "" as whole again, once; writes it into
// every claim it was given on, for staff, and tells leads, admins and who holds the case.
func (s *Store) reportFault(ctx context.Context, row uploadRow, part EvidencePart, fault Fault) error {
	return s.inTx(ctx, func(tx *Store) error {
		query, args := "UPDATE uploads SET fault = ?, fault_part = ?, fault_at = ? WHERE id = ? AND state IN ? AND (fault IS NULL OR fault = '')", []any{fault, part, tx.now, row.ID, usable}
		if fault == "" {
			query, args = "UPDATE uploads SET fault = NULL, fault_part = NULL, fault_at = NULL WHERE id = ? AND fault_part = ?", []any{row.ID, part}
		}
		n, err := tx.exec(ctx, query, args...)
		if err != nil {
			return fmt.Errorf("mark evidence: %w", err)
		}
		if n == 0 {
			return nil // somebody else was first, or its time had come to leave
		}
		numbers, err := tx.claimsWith(ctx, row.ID)
		if err != nil {
			return err
		}
		kind, data := "integrity_fault", map[string]any{"evidence": row.ID, "part": string(part), "fault": string(fault)}
		if fault == "" {
			kind, data = "integrity_restored", map[string]any{"evidence": row.ID, "part": string(part)}
		}
		for _, number := range numbers {
			c, err := tx.note(ctx, Clock, number, kind, data)
			if err != nil {
				return err
			}
			if fault == "" {
				continue
			}
			if err := tx.tellStaff(ctx, c, noticeFault, map[string]any{"file": row.FileName, "fault": string(fault)}); err != nil {
				return err
			}
		}
		return nil
	})
}

// claimsWith are the numbers of the claims a file was given on, in a message on a claim too.
func (s *Store) claimsWith(ctx context.Context, uploadID string) ([]string, error) {
	rows, err := find[struct{ Number string }](ctx, s, `SELECT c.number FROM attachments a JOIN claims c ON c.id = a.subject_id WHERE a.upload_id = ? AND a.subject_kind = ?
		UNION SELECT c.number FROM attachments a JOIN messages m ON m.id = a.subject_id JOIN claims c ON c.id = m.claim_id WHERE a.upload_id = ? AND a.subject_kind = ?`,
		uploadID, OnClaim, uploadID, OnMessage)
	if err != nil {
		return nil, fmt.Errorf("read claims of evidence: %w", err)
	}
	numbers := make([]string, 0, len(rows))
	for _, r := range rows {
		numbers = append(numbers, r.Number)
	}
	return numbers, nil
}

// note writes an event for staff into a claim and leaves everything else as it is.
func (tx *Store) note(ctx context.Context, by Actor, number, kind string, data map[string]any) (Claim, error) {
	c, err := tx.claimByNumber(ctx, number)
	if err != nil {
		return Claim{}, err
	}
	policy, err := tx.PolicyVersion(ctx, c.PolicyVersion)
	if err != nil {
		return Claim{}, err
	}
	ch := c.change()
	ch.recordFor(ForStaff, kind, data, nil)
	return tx.writeClaim(ctx, by, SideStaff, c, ch, policy, true)
}

// tellStaff sends a notice about a claim to leads and admins, and to the agent who holds it,
// but to nobody who is a party of it.
func (tx *Store) tellStaff(ctx context.Context, c Claim, kind string, args map[string]any) error {
	people, err := tx.peopleToTell(ctx, []Role{RoleLead, RoleAdmin}, c.TakenBy)
	if err != nil {
		return err
	}
	var rows []noticeRow
	for _, p := range people {
		if p.Email == c.BuyerEmail {
			continue
		}
		args["title"], args["party"] = c.Title, "staff"
		row, err := tx.noticeRow("account:"+p.ID, p.Locale, kind, args)
		if err != nil {
			return err
		}
		row.ClaimID, row.ClaimNumber, row.OrderNumber = c.ID, c.Number, c.OrderNumber
		rows = append(rows, row)
	}
	return tx.insertNoticeRows(ctx, rows...)
}

// personToTell is somebody of the staff who gets a notice.
type personToTell struct{ ID, Email, Locale string }

// peopleToTell are those of some roles, and one more by id.
func (tx *Store) peopleToTell(ctx context.Context, roles []Role, also string) ([]personToTell, error) {
	people, err := find[personToTell](ctx, tx, "SELECT id, email, locale FROM accounts WHERE status = ? AND (role IN ? OR id = ?) ORDER BY id LIMIT 100", AccountActive, roles, also)
	if err != nil {
		return nil, fmt.Errorf("read staff to tell: %w", err)
	}
	return people, nil
}

// recordOpening writes into the claims a file was given on that a member of staff has opened
// the original, for those of them on which the actor is staff, and into the audit log.
func (s *Store) recordOpening(ctx context.Context, by Actor, row uploadRow, claims []string) error {
	return s.inTx(ctx, func(tx *Store) error {
		for _, number := range claims {
			if _, err := tx.note(ctx, by, number, "original_opened", map[string]any{"evidence": row.ID}); err != nil {
				return err
			}
		}
		return tx.audit(ctx, by, act{AuditOriginalOpened, OnEvidence, row.ID, nil})
	})
}
