// Package seal makes a record of events tamper-evident: each event carries the
// hash of itself and of the one before it, over one canonical JSON that anyone
// can rebuild (RFC 8785). Changing, dropping, adding or moving an event breaks
// the chain at that place. Cutting off its end does not, so whatever leaves
// the house is signed together with the last hash: exports of events, case
// files (a ZIP of one form only) and, hour by hour, checkpoints of all chains.
// The package knows no rules of claims, who may read what, or where anything
// is stored.
package seal

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Genesis is the previous hash of a chain's first event.
const Genesis = "0000000000000000000000000000000000000000000000000000000000000000"

// SaltSize is the length in bytes of the salt of a Digest.
const SaltSize = 16

// ErrEvent is returned for an event that cannot be linked.
var ErrEvent = errors.New("seal: not an event")

// maxSeq is the last integer all JSON readers hold exactly.
const maxSeq = 1<<53 - 1

// Actor is who caused an event; a clock or the system has no ID.
type Actor struct {
	Role string `json:"role"`
	ID   string `json:"id,omitempty"`
}

// Event is one event as it is served. Seq counts from 1 within its chain, At is
// written by Instant, Data is any JSON but nothing at all, hashes are 64 lower
// case hex digits. A reader who may not see an event gets Seq, PrevHash and
// Hash only: it is redacted.
type Event struct {
	Seq      int64           `json:"seq"`
	At       string          `json:"at,omitempty"`
	Actor    Actor           `json:"actor,omitzero"`
	Type     string          `json:"type,omitempty"`
	Data     json.RawMessage `json:"data,omitempty"`
	PrevHash string          `json:"prev_hash"`
	Hash     string          `json:"hash"`
}

// Redacted is the event with all but its place in the chain left out.
func (e Event) Redacted() Event {
	return Event{Seq: e.Seq, PrevHash: e.PrevHash, Hash: e.Hash}
}

func (e Event) redacted() bool {
	return e.At == "" && e.Actor == Actor{} && e.Type == "" && len(e.Data) == 0
}

// Link is the hash of an event that follows the one with prevHash (Genesis for
// the first): SHA-256 in lower case hex of prevHash, as 64 ASCII characters,
// and the RFC 8785 JSON of seq, at, actor, type and data. The event's own
// PrevHash and Hash are not looked at. Incomplete events are ErrEvent, texts
// without a canonical form ErrCanonical.
func Link(prevHash string, e Event) (string, error) {
	switch {
	case !isHash(prevHash):
		return "", fmt.Errorf("%w: previous hash %.70q", ErrEvent, prevHash)
	case e.Seq < 1 || e.Seq > maxSeq:
		return "", fmt.Errorf("%w: seq %d", ErrEvent, e.Seq)
	case e.Actor.Role == "" || e.Type == "" || len(e.Data) == 0:
		return "", fmt.Errorf("%w: seq %d lacks a role, a type or data", ErrEvent, e.Seq)
	}
	if at, err := time.Parse(time.RFC3339Nano, e.At); err != nil || Instant(at) != e.At {
		return "", fmt.Errorf("%w: seq %d is at %.40q", ErrEvent, e.Seq, e.At)
	}

	// The keys below stand in the order the RFC sorts them into.
	text := make([]byte, 0, 256+len(e.Data))
	text = append(text, prevHash...)
	text = append(text, `{"actor":{`...)
	var err error
	if e.Actor.ID != "" {
		text = append(text, `"id":`...)
		if text, err = appendString(text, e.Actor.ID); err != nil {
			return "", err
		}
		text = append(text, ',')
	}
	text = append(text, `"role":`...)
	if text, err = appendString(text, e.Actor.Role); err != nil {
		return "", err
	}
	text = append(text, `},"at":"`...)
	text = append(text, e.At...)
	text = append(text, `","data":`...)
	if text, err = appendCanonical(text, e.Data); err != nil {
		return "", err
	}
	text = append(text, `,"seq":`...)
	text = strconv.AppendInt(text, e.Seq, 10)
	text = append(text, `,"type":`...)
	if text, err = appendString(text, e.Type); err != nil {
		return "", err
	}
	text = append(text, '}')
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

// BrokenError says at which event a chain breaks, and how.
type BrokenError struct {
	Seq    int64 // as the event itself states it
	Reason string
}

func (e *BrokenError) Error() string {
	return fmt.Sprintf("seal: chain broken at event %d: %s", e.Seq, e.Reason)
}

// Verify checks a whole chain from its first event on, in ascending order: seq
// counts 1, 2, 3, each prev_hash is the hash before it, and each hash is right.
// Redacted events are held to their place but their hash cannot be recomputed.
// The error is a *BrokenError for the first event that is wrong.
func Verify(events []Event) error {
	prev := Genesis
	for i, e := range events {
		switch {
		case e.Seq != int64(i)+1:
			return &BrokenError{Seq: e.Seq, Reason: fmt.Sprintf("event %d belongs here", i+1)}
		case e.PrevHash != prev:
			return &BrokenError{Seq: e.Seq, Reason: "prev_hash is not the hash of the event before"}
		case !isHash(e.Hash):
			return &BrokenError{Seq: e.Seq, Reason: "hash is not 64 lower case hex digits"}
		}
		prev = e.Hash
		if e.redacted() {
			continue
		}
		hash, err := Link(e.PrevHash, e)
		if err != nil {
			return &BrokenError{Seq: e.Seq, Reason: err.Error()}
		}
		if hash != e.Hash {
			return &BrokenError{Seq: e.Seq, Reason: "hash does not match the content"}
		}
	}
	return nil
}

// Instant writes an instant the one way it is stored in a chain and served:
// RFC 3339 in UTC, with as many decimals of a second as it needs, at most six;
// what is finer is cut off.
func Instant(t time.Time) string {
	return t.UTC().Format("2006-01-02T15:04:05.999999Z07:00")
}

// Digest stands in a chain for a personal text: SHA-256 in hex of a salt of
// SaltSize random bytes and the text. Without the salt, which is deleted with
// the text, nobody can try texts against it. A salt of another length is a
// mistake in the program and panics.
func Digest(salt []byte, text string) string {
	if len(salt) != SaltSize {
		panic(fmt.Sprintf("seal: a salt of %d bytes", len(salt)))
	}
	h := sha256.New()
	h.Write(salt)
	h.Write([]byte(text))
	return hex.EncodeToString(h.Sum(nil))
}

func isHash(s string) bool {
	if len(s) != len(Genesis) {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
