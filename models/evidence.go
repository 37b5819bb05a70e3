package models

import (
	"cmp"
	"context"
	"fmt"
	"slices"
)

type attachmentRow struct {
	SubjectID   string
	UploadID    string
	SubjectKind SubjectKind
	Position    int
	ByRole      Side
	AccountID   string
	Late        bool
	Admitted    bool
	AdmittedAt  Instant
	AdmitReason string
	Note        string
	AttachedAt  Instant
}

func (attachmentRow) TableName() string { return "attachments" }

// SubjectKind says what evidence is given on.
type SubjectKind string

// What evidence can be given on.
const (
	OnClaim   SubjectKind = "claim"
	OnMessage SubjectKind = "message"
	OnOutside SubjectKind = "outside"
	OnReport  SubjectKind = "report"
	OnContest SubjectKind = "contest"

	OnInvestigation SubjectKind = "investigation" // a seller's answer
	OnMeasure       SubjectKind = "measure"       // a seller's appeal
	OnFlag          SubjectKind = "flag"          // an appeal of whom it is about
)

// attach gives uploads of the actor's own as evidence on a subject. Only uploads that
// inspection has passed count. They are taken by a conditional write, so that the sweep and
// this never both have one. Kinds: Invalid unknown_upload when one is not there, not ready,
// expired or somebody else's.
func (tx *Store) attach(ctx context.Context, by Actor, side Side, kind SubjectKind, subject string, start int, d attachDraft) error {
	n, err := tx.exec(ctx, "UPDATE uploads SET attached = ? WHERE id IN ? AND account_id = ? AND state IN ? AND (attached = ? OR expires_at > ?)",
		true, d.uploads, by.AccountID, usable, true, tx.MachineNow())
	if err != nil {
		return fmt.Errorf("keep uploads: %w", err)
	}
	if n != int64(len(d.uploads)) {
		return unknownUpload()
	}
	rows := make([]attachmentRow, 0, len(d.uploads))
	for i, id := range d.uploads {
		rows = append(rows, attachmentRow{
			SubjectID: subject, UploadID: id, SubjectKind: kind, Position: start + i, ByRole: side, AccountID: by.AccountID,
			Late: d.late, Note: cmp.Or(text(d.captions[id]), d.note), AttachedAt: tx.now,
		})
	}
	if err := tx.insert(ctx, &rows); err != nil {
		if isDuplicate(err) {
			return fieldError("evidence", "duplicate")
		}
		return fmt.Errorf("attach evidence: %w", err)
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
	if by.Role == "" {
		// The clock sends an answer that was held: what cannot be given any more must not keep
		// the answer itself from being sent.
		var err error
		if d.uploads, err = tx.stillThere(ctx, by, d.uploads, p.MaxFiles-given); err != nil || len(d.uploads) == 0 {
			return nil, err
		}
	}
	if given+len(d.uploads) > p.MaxFiles {
		return nil, fieldError("evidence", "too_many", "max", p.MaxFiles)
	}
	if err := tx.attach(ctx, by, side, OnClaim, c.ID, len(c.Evidence), d); err != nil {
		return nil, err
	}
	all, err := tx.evidenceOf(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	return all[len(c.Evidence):], nil
}

// giveFiles gives on a claim what a rule has taken with it. What was held is given by whom held it.
func (tx *Store) giveFiles(ctx context.Context, by Actor, side Side, before Claim, ch change, p Policy) ([]Evidence, error) {
	if before.Held != nil && ch.claim.Held == nil && side == SideClock {
		by, side = Actor{AccountID: before.Held.Actor}, before.Held.By
	}
	c := ch.claim
	var given []Evidence
	for _, a := range ch.attach {
		by, side := by, side
		if a.actor != "" {
			by, side = Actor{AccountID: a.actor}, a.side
		}
		more, err := tx.attachToClaim(ctx, by, c, side, a, p)
		if err != nil {
			return nil, err
		}
		c.Evidence, given = append(c.Evidence, more...), append(given, more...)
	}
	return given, nil
}

// nameFiles has the event that gives files name them as they are, so that the chain proves which they were.
func (ch *change) nameFiles(files []Evidence) {
	if len(files) > 0 {
		gives := slices.IndexFunc(ch.events, func(e eventDraft) bool { return e.Type != "put_back" }) // a case may go back at the same time
		ch.events[gives].Data["files"] = chained(files)
	}
}

// chained is what an event says of files: their hashes, sizes and how many of their parts were covered before they
// were sent.
func chained(files []Evidence) []any {
	list := make([]any, 0, len(files))
	for _, e := range files {
		list = append(list, map[string]any{"id": e.ID, "sha256": e.SHA256, "size": e.Size, "covered": e.Covered})
	}
	return list
}

// stillThere returns, in their order, those of an account's uploads that can be attached, at
// most room.
func (tx *Store) stillThere(ctx context.Context, by Actor, ids []string, room int) ([]string, error) {
	uploads, err := tx.Uploads(ctx, by, ids)
	if err != nil {
		return nil, err
	}
	var list []string
	for _, u := range uploads {
		if u.Usable() && len(list) < room {
			list = append(list, u.ID)
		}
	}
	return list, nil
}

type evidenceJoined struct {
	UploadID    string
	ByRole      Side
	Late        bool
	Note        string
	AttachedAt  Instant
	FileName    string
	MediaType   string
	Size        int64
	Sha256      string
	Width       int
	Height      int
	Pages       int
	ThumbKey    string
	AdmittedAt  Instant
	AdmitReason string
	Facts       *string
	Fault       Fault
	FaultPart   EvidencePart
	FaultAt     Instant
	Covered     int
	State       UploadState
	RemovedAt   Instant
}

func (r evidenceJoined) evidence() Evidence {
	return Evidence{
		ID: r.UploadID, By: r.ByRole, FileName: r.FileName, MediaType: r.MediaType, Size: r.Size, SHA256: r.Sha256, Width: r.Width, Height: r.Height,
		Pages: r.Pages, HasThumb: r.ThumbKey != "", Covered: r.Covered, Late: r.Late, Note: r.Note, At: r.AttachedAt, AdmittedAt: r.AdmittedAt, AdmitReason: r.AdmitReason,
		Facts: factsOf(r.Facts), Fault: r.Fault, FaultPart: r.FaultPart, FaultAt: r.FaultAt,
		State: r.State, RemovedAt: r.RemovedAt,
	}
}

// admitEvidence lets late files of a claim count.
func (tx *Store) admitEvidence(ctx context.Context, claimID string, d admitDraft) error {
	n, err := tx.exec(ctx, "UPDATE attachments SET admitted = ?, admitted_at = ?, admit_reason = ? WHERE subject_id = ? AND upload_id IN ? AND late = ? AND admitted = ?",
		true, tx.now, d.reason, claimID, d.uploads, true, false)
	if err != nil {
		return fmt.Errorf("admit evidence: %w", err)
	}
	if n != int64(len(d.uploads)) {
		return errAgain // admitted by somebody else since the claim was read
	}
	return nil
}

// evidenceOf lists the files on a subject in the order they were given.
func (s *Store) evidenceOf(ctx context.Context, subject string) ([]Evidence, error) {
	all, err := s.evidenceOfAll(ctx, []string{subject})
	return all[subject], err
}
