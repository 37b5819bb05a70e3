package models

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"hosho/models/seal"
)

// auditChain is what the audit log is called among the chains of a checkpoint, where claims
// stand by their numbers.
const auditChain = "audit"

// AuditReport is what was found in the audit log.
type AuditReport struct {
	Entries int64  // looked at and right
	All     bool   // to the end
	Fault   string // the first thing that is wrong, a sentence
}

// VerifyAudit holds every entry of the audit log to its chain, the oldest first, until the end
// or until ctx ends, which is no error. An entry that was changed, taken out, added or moved is
// a fault; so is an end that was cut off, unless who did it set the head back as well: that
// shows against the checkpoints (CheckCheckpoints).
func (s *Store) VerifyAudit(ctx context.Context) (AuditReport, error) {
	var r AuditReport
	head, end := seal.Head{Hash: seal.Genesis}, seal.Head{}
	for {
		if err := s.walkAudit(ctx, &head, &r); err != nil || r.Fault != "" || ctx.Err() != nil {
			return r, ended(ctx, err)
		}
		// Entries are added meanwhile. What an end that was read before the walk names is there.
		if head.Seq < end.Seq {
			r.Fault = fmt.Sprintf("the audit log ends with entry %d and had %d: it was cut off", head.Seq, end.Seq)
			return r, nil
		}
		ends, err := find[seal.Head](ctx, s, "SELECT seq, hash FROM audit_heads WHERE id = 1")
		if err != nil {
			return r, ended(ctx, fmt.Errorf("read the end of the audit log: %w", err))
		}
		end = seal.Head{}
		if len(ends) > 0 {
			end = ends[0]
		}
		switch {
		case end.Seq < head.Seq, end.Seq == head.Seq && end.Seq > 0 && end.Hash != head.Hash:
			r.Fault = fmt.Sprintf("the audit log ends with entry %d, which its end, %d, does not know", head.Seq, end.Seq)
			return r, nil
		case end.Seq == head.Seq:
			r.All = true
			return r, nil
		}
	}
}

// ended takes a failure for none where the time was over.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil //nolint:nilerr // which is no fault of anything
	}
	return err
}

// walkAudit goes on from the head as far as there are entries, and to the first fault.
func (s *Store) walkAudit(ctx context.Context, head *seal.Head, r *AuditReport) error {
	for {
		rows, err := find[auditRow](ctx, s, "SELECT * FROM audit_entries WHERE seq > ? ORDER BY seq LIMIT ?", head.Seq, auditPiece)
		if err != nil {
			return fmt.Errorf("read the audit log: %w", err)
		}
		for _, row := range rows {
			if err := row.follows(*head); err != nil {
				r.Fault = fmt.Sprintf("entry %d of the audit log: %v", head.Seq+1, err)
				return nil
			}
			*head = seal.Head{Seq: row.Seq, Hash: row.Hash}
			r.Entries++
		}
		if len(rows) < auditPiece {
			return nil
		}
	}
}

// follows holds an entry against the one before it: its place, its hash, its words and the
// columns it is found by.
func (r auditRow) follows(head seal.Head) error {
	switch {
	case r.Seq != head.Seq+1:
		return fmt.Errorf("it is not there, the next is %d", r.Seq)
	case r.PrevHash != head.Hash:
		return errors.New("it does not follow the one before")
	}
	texts, salts, err := textsOf(r.Texts)
	if err != nil {
		return err
	}
	e := seal.Exported{Texts: texts, Salts: salts, Event: seal.Event{
		Seq: r.Seq, At: r.At.String(), Actor: seal.Actor{Role: string(r.ActorRole), ID: r.ActorID}, Type: string(r.Type), Data: json.RawMessage(r.Data),
	}}
	hash, err := seal.Link(head.Hash, e.Event)
	if err != nil {
		return err
	}
	if hash != r.Hash {
		return errors.New("its hash does not match its content")
	}
	var data struct {
		Target struct {
			Kind AuditTargetKind `json:"kind"`
			ID   string          `json:"id"`
		} `json:"target"`
	}
	if err := json.Unmarshal(e.Data, &data); err != nil {
		return err
	}
	if data.Target.Kind != r.TargetKind || data.Target.ID != r.TargetID {
		return errors.New("what it is about is not what is chained")
	}
	return e.CheckTexts()
}
