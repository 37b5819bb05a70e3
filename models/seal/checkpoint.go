package seal

import (
	"fmt"
	"time"
)

// Checkpoint is a signed note of how far chains had come. Each lists the chains that have
// grown since the one before it and names that by its hash, so that all of them together are
// one head of all chains: a chain cut off later, or set back with its own record, still has
// to answer to its note, and a note that is gone leaves a gap.
type Checkpoint struct {
	Number   int64       `json:"number"` // from 1, without gaps
	MadeAt   string      `json:"made_at"`
	Previous string      `json:"previous"` // SHA-256 of the one before, Genesis for the first
	Heads    []ClaimHead `json:"heads"`
	Signature
}

// ClaimHead is how far the chain of one claim, or of the audit log, had come.
type ClaimHead struct {
	Claim string `json:"claim"` // number, or "audit"
	Head
}

// SignCheckpoint returns the bytes of a checkpoint as they are kept, and their SHA-256.
func SignCheckpoint(key Key, number int64, madeAt time.Time, previous string, heads []ClaimHead) (text []byte, digest string, err error) {
	if number < 1 || !isHash(previous) || (number == 1) != (previous == Genesis) {
		return nil, "", fmt.Errorf("seal: no checkpoint %d after %.70q", number, previous)
	}
	c := Checkpoint{Number: number, MadeAt: Instant(madeAt), Previous: previous, Heads: heads}
	if c.Heads == nil {
		c.Heads = []ClaimHead{}
	}
	unsigned, err := Canonical(c)
	if err != nil {
		return nil, "", fmt.Errorf("checkpoint: %w", err)
	}
	if c.Signature, err = key.sign(checkpointDocument, unsigned); err != nil {
		return nil, "", err
	}
	if text, err = Canonical(c); err != nil {
		return nil, "", fmt.Errorf("checkpoint: %w", err)
	}
	return text, digestOf(text), nil
}

// ReadCheckpoint reads a checkpoint whose bytes and signature are as they were written, and
// tells its SHA-256 and the fingerprint of the key that signed. Its error is a *TamperedError.
func ReadCheckpoint(text []byte) (c Checkpoint, digest, fingerprint string, err error) {
	if err := strict(text, &c); err != nil {
		return Checkpoint{}, "", "", tampered("checkpoint", "%v", err)
	}
	unsigned := c
	unsigned.Signature = Signature{}
	signed, err := Canonical(unsigned)
	if err != nil {
		return Checkpoint{}, "", "", tampered("checkpoint", "%v", err)
	}
	key, err := c.Signature.check(checkpointDocument, signed)
	if err != nil {
		return Checkpoint{}, "", "", tampered("checkpoint", "%v", err)
	}
	return c, digestOf(text), key.Fingerprint(), nil
}

// Compare holds an untouched export to what the checkpoint says of its chain. It reports
// whether the checkpoint says anything that the export has to answer to: it says nothing of a
// chain that did not grow in its time, nor against an export that was made before it. An
// export made later whose chain ends sooner, or has another event where the checkpoint saw
// one, is a *TamperedError, even under the portal's own signature.
func (c Checkpoint) Compare(r ExportReport) (says bool, err error) {
	made, err := time.Parse(time.RFC3339Nano, c.MadeAt)
	if err != nil {
		return false, tampered("checkpoint", "made at no instant: %.70q", c.MadeAt)
	}
	taken, err := time.Parse(time.RFC3339Nano, r.Seal.MadeAt)
	if err != nil {
		return false, tampered("seal", "made at no instant: %.70q", r.Seal.MadeAt)
	}
	for _, h := range c.Heads {
		switch n := int64(len(r.hashes)); {
		case h.Claim != r.Seal.Claim || h.Seq < 1:
		case h.Seq <= n && r.hashes[h.Seq-1] != h.Hash:
			return true, tampered(fmt.Sprintf("event %d", h.Seq), "checkpoint %d of %s saw another one here", c.Number, c.MadeAt)
		case h.Seq <= n:
			says = true
		case !taken.Before(made):
			return true, tampered(fmt.Sprintf("event %d", n+1), "cut off here: checkpoint %d of %s saw %d events", c.Number, c.MadeAt, h.Seq)
		}
	}
	return says, nil
}
