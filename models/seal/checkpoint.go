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

// ClaimHead is how far the chain of one claim had come.
type ClaimHead struct {
	Claim string `json:"claim"` // number
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
