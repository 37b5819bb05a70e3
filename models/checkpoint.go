package models

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"hosho/models/seal"
)

// A chain of events shows by itself what was changed in it, and not that its end was cut off,
// by whoever can write to the database. So every hour a signed checkpoint lists the heads of
// the chains that have grown, is chained to the one before, and is put into the store of
// evidence, where nothing is written twice.

// checkpointEvery is how far apart checkpoints are while little happens.
const checkpointEvery = time.Hour

// checkpointOverlap is read again each time: a transaction may commit after a later one.
const checkpointOverlap = 10 * time.Minute

// maxCheckpoint bounds what is read of one, in bytes.
const maxCheckpoint = 16 << 20

// checkpointMark is where checkpoints have come to. It rests in the settings.
type checkpointMark struct {
	Number int64   `json:"number"`
	Digest string  `json:"digest"` // SHA-256 of the last checkpoint
	MadeAt Instant `json:"made_at"`
	At     Instant `json:"at"` // of the last event listed, and its place
	Claim  string  `json:"claim"`
	Seq    int64   `json:"seq"`
	More   bool    `json:"more"`            // there were more events than one checkpoint takes
	Audit  int64   `json:"audit,omitempty"` // the last entry of the audit log listed
}

func checkpointKey(number int64) string { return fmt.Sprintf("checkpoints/%012d", number) }

// checkpointMarkOf returns the mark, as it is stored and read; both empty before the first.
func (s *Store) checkpointMarkOf(ctx context.Context) (raw string, m checkpointMark, err error) {
	rows, err := find[struct{ Value string }](ctx, s, "SELECT value FROM settings WHERE name = 'checkpoint'")
	if err != nil || len(rows) == 0 {
		return "", checkpointMark{Digest: seal.Genesis}, err
	}
	if err := json.Unmarshal([]byte(rows[0].Value), &m); err != nil {
		return "", m, fmt.Errorf("read checkpoint mark: %w", err)
	}
	return rows[0].Value, m, nil
}

// MakeCheckpoint signs how far the chains have come and puts that into the store of evidence,
// if an hour has passed since the last time or there was more than one takes. It lists the
// heads of at most limit events, and returns how many events it has read. Any number of
// replicas may try: the store takes each number once.
func (s *Store) MakeCheckpoint(ctx context.Context, limit int) (int, error) {
	raw, mark, err := s.checkpointMarkOf(ctx)
	if err != nil || s.config.Blobs == nil || s.config.Keys.Seal.IsZero() {
		return 0, err
	}
	now := s.MachineNow()
	if !mark.More && mark.Number > 0 && now < mark.MadeAt.Add(checkpointEvery) {
		return 0, nil
	}
	next := mark
	heads, n, err := s.headsSince(ctx, &next, limit)
	if err != nil {
		return 0, err
	}
	audit, err := find[seal.Head](ctx, s, "SELECT seq, hash FROM audit_heads WHERE id = 1 AND seq > ?", mark.Audit)
	if err != nil {
		return 0, fmt.Errorf("read the end of the audit log: %w", err)
	}
	for _, h := range audit {
		heads, next.Audit = append(heads, seal.ClaimHead{Claim: auditChain, Head: h}), h.Seq
	}
	next.Number, next.MadeAt, next.More = mark.Number+1, now, n == limit
	text, digest, err := seal.SignCheckpoint(s.config.Keys.Seal, next.Number, now.Time(), mark.Digest, heads)
	if err != nil {
		return 0, err
	}
	next.Digest = digest
	err = s.config.Blobs.Put(ctx, checkpointKey(next.Number), bytes.NewReader(text), int64(len(text)), "application/json", digest)
	if err != nil {
		// Another replica, or this one before it died, has written this number: it stands, and
		// what it lists may be listed again.
		taken, _, digest, e := s.readCheckpoint(ctx, next.Number)
		if e != nil || taken.Previous != mark.Digest {
			return 0, errors.Join(storeTrouble(ctx, fmt.Sprintf("put checkpoint %d", next.Number), err), e)
		}
		next = mark
		next.Number, next.Digest, next.MadeAt, next.More, n = taken.Number, digest, now, true, limit
	}
	return n, s.keepCheckpointMark(ctx, raw, next)
}

// headsSince lists, for each chain that has grown since the mark, how far it has come, and
// moves the mark. It returns how many events it has read.
func (s *Store) headsSince(ctx context.Context, m *checkpointMark, limit int) ([]seal.ClaimHead, int, error) {
	if !m.More {
		m.At, m.Claim, m.Seq = max(0, m.At.Add(-checkpointOverlap)), "", 0
	}
	rows, err := find[struct {
		ClaimID string
		Seq     int64
		At      Instant
		Hash    string
	}](ctx, s, "SELECT claim_id, seq, at, hash FROM claim_events"+s.engine.hint("claim_events_at_idx")+
		" WHERE at >= ? AND (at > ? OR claim_id > ? OR (claim_id = ? AND seq > ?)) ORDER BY at, claim_id, seq LIMIT ?", int64(m.At), int64(m.At), m.Claim, m.Claim, m.Seq, limit) // the zero Instant is NULL
	if err != nil {
		return nil, 0, fmt.Errorf("read heads: %w", err)
	}
	last, ids := map[string]seal.Head{}, []string{}
	for _, r := range rows {
		if _, known := last[r.ClaimID]; !known {
			ids = append(ids, r.ClaimID)
		}
		if last[r.ClaimID].Seq < r.Seq {
			last[r.ClaimID] = seal.Head{Seq: r.Seq, Hash: r.Hash}
		}
		m.At, m.Claim, m.Seq = r.At, r.ClaimID, r.Seq
	}
	heads := make([]seal.ClaimHead, 0, len(ids))
	for some := range slices.Chunk(ids, 500) {
		claims, err := find[struct{ ID, Number string }](ctx, s, "SELECT id, number FROM claims WHERE id IN ?", some)
		if err != nil {
			return nil, 0, fmt.Errorf("read claims of heads: %w", err)
		}
		for _, c := range claims {
			heads = append(heads, seal.ClaimHead{Claim: c.Number, Head: last[c.ID]})
		}
	}
	return heads, len(rows), nil
}

// keepCheckpointMark moves the mark unless another replica has.
func (s *Store) keepCheckpointMark(ctx context.Context, before string, m checkpointMark) error {
	value, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("write checkpoint mark: %w", err)
	}
	err = s.inTx(ctx, func(tx *Store) error {
		if before == "" {
			_, err := tx.exec(ctx, "INSERT INTO settings (name, value) VALUES ('checkpoint', ?)", string(value))
			return err
		}
		_, err := tx.exec(ctx, "UPDATE settings SET value = ? WHERE name = 'checkpoint' AND value = ?", string(value), before)
		return err
	})
	if err != nil && !isDuplicate(err) {
		return fmt.Errorf("write checkpoint mark: %w", err)
	}
	return nil
}

// readCheckpoint reads one from the store. ErrNoBlob where there is none of this number.
func (s *Store) readCheckpoint(ctx context.Context, number int64) (c seal.Checkpoint, fingerprint, digest string, err error) {
	body, err := s.config.Blobs.Open(ctx, checkpointKey(number))
	if err != nil {
		return c, "", "", fmt.Errorf("open checkpoint %d: %w", number, err)
	}
	defer body.Close()
	text, err := io.ReadAll(io.LimitReader(body, maxCheckpoint))
	if err != nil {
		return c, "", "", fmt.Errorf("read checkpoint %d: %w", number, err)
	}
	if c, digest, fingerprint, err = seal.ReadCheckpoint(text); err == nil && c.Number != number {
		err = fmt.Errorf("it says it is number %d", c.Number)
	}
	if err != nil {
		return c, "", "", fmt.Errorf("checkpoint %d: %w", number, err)
	}
	return c, fingerprint, digest, nil
}

// CheckpointReport is what came of comparing checkpoints with the database.
type CheckpointReport struct {
	Compared int      // checkpoints
	Heads    int      // of chains, in them
	From, To Instant  // when the oldest and the newest of them were made; zero without any
	All      bool     // the first was reached
	Faults   []string // what does not fit, a sentence each, at most mostFaults
}

const mostFaults = 10

func (r *CheckpointReport) fault(format string, args ...any) {
	if len(r.Faults) < mostFaults {
		r.Faults = append(r.Faults, fmt.Sprintf(format, args...))
	}
}

// CheckCheckpoints compares the checkpoints in the store of evidence with the database, the
// newest first, until all are compared or ctx ends, which is no error. A chain that was cut
// off or exchanged, a checkpoint that is gone, changed or signed by a key that is not ours,
// and a database that was set back are faults.
func (s *Store) CheckCheckpoints(ctx context.Context) (CheckpointReport, error) {
	var r CheckpointReport
	_, mark, err := s.checkpointMarkOf(ctx)
	if err != nil {
		return r, err
	}
	if later, _, _, err := s.readCheckpoint(ctx, mark.Number+1); err == nil && later.Previous != mark.Digest {
		r.fault("the store has a checkpoint %d that does not follow the database's %d", later.Number, mark.Number)
	} else if err == nil && s.MachineNow() > mark.MadeAt.Add(2*checkpointEvery) {
		r.fault("the store has a checkpoint %d, the database knows %d: it was set back", later.Number, mark.Number)
	} else if !errors.Is(err, ErrNoBlob) && err != nil {
		return r, err
	}
	current, retired := s.SealKeys()
	ours := map[string]bool{current.Fingerprint(): true}
	for _, k := range retired {
		ours[k.Fingerprint()] = true
	}
	want := mark.Digest
	for number := mark.Number; number > 0; number-- {
		c, fingerprint, digest, err := s.readCheckpoint(ctx, number)
		if ctx.Err() != nil {
			return r, nil //nolint:nilerr // the time is over, which is no fault of anything
		}
		if err != nil {
			r.fault("%v", err)
			want = ""
			continue
		}
		switch {
		case !ours[fingerprint]:
			r.fault("checkpoint %d was signed by another key, %s", number, fingerprint)
		case want != "" && digest != want:
			r.fault("checkpoint %d is not the one that the next one names", number)
		}
		want = c.Previous
		if err := s.compareHeads(ctx, c, &r); err != nil {
			if ctx.Err() != nil {
				return r, nil //nolint:nilerr // as above
			}
			return r, err
		}
	}
	r.All = true
	return r, nil
}

// compareHeads looks each head up in the database.
func (s *Store) compareHeads(ctx context.Context, c seal.Checkpoint, r *CheckpointReport) error {
	for _, h := range c.Heads {
		name, query, args := "claim "+h.Claim, "SELECT e.hash FROM claims c JOIN claim_events e ON e.claim_id = c.id WHERE c.number = ? AND e.seq = ?", []any{h.Claim, h.Seq}
		if h.Claim == auditChain {
			name, query, args = "the audit log", "SELECT hash FROM audit_entries WHERE seq = ?", []any{h.Seq}
		}
		found, err := find[struct{ Hash string }](ctx, s, query, args...)
		if err != nil {
			return fmt.Errorf("read head: %w", err)
		}
		switch {
		case len(found) == 0:
			r.fault("%s had event %d at checkpoint %d, of %s, and has it no more: its chain was cut off", name, h.Seq, c.Number, c.MadeAt)
		case found[0].Hash != h.Hash:
			r.fault("event %d of %s is another than at checkpoint %d, of %s", h.Seq, name, c.Number, c.MadeAt)
		}
		r.Heads++
	}
	at, err := ParseInstant(c.MadeAt)
	if err != nil {
		return err
	}
	if r.From = at; r.To == 0 {
		r.To = at
	}
	r.Compared++
	return nil
}
