package seal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Exported is an event as one viewer may read it, with the words its data holds digests of
// (as NAME_digest) and the salts of those, by name. Words that were erased are absent; their
// digests stay.
type Exported struct {
	Event
	Texts map[string]string `json:"texts,omitempty"`
	Salts map[string]string `json:"salts,omitempty"` // lower case hex
}

// Head is the last event of a chain.
type Head struct {
	Seq  int64  `json:"seq"`
	Hash string `json:"hash"`
}

// Seal is signed with each export of a chain: how long it is, how it ends and what each event
// looked like to this viewer. Without it nobody could tell a chain from its beginning.
type Seal struct {
	Claim  string   `json:"claim"`
	View   string   `json:"view"`
	MadeAt string   `json:"made_at"`
	Head   Head     `json:"head"`
	Events []string `json:"events"` // SHA-256 of each event's RFC 8785 JSON, in order
	Signature
}

// Export is a whole chain as the API serves it.
type Export struct {
	Items      []Exported `json:"items"`
	NextCursor *string    `json:"next_cursor"`
	Seal       Seal       `json:"seal"`
}

// SealEvents signs a whole chain for one viewer.
func SealEvents(key Key, claim, view string, madeAt time.Time, items []Exported) (Seal, error) {
	s := Seal{Claim: claim, View: view, MadeAt: Instant(madeAt), Events: make([]string, 0, len(items))}
	for _, e := range items {
		text, err := Canonical(e)
		if err != nil {
			return Seal{}, fmt.Errorf("event %d: %w", e.Seq, err)
		}
		s.Events = append(s.Events, digestOf(text))
		s.Head = Head{e.Seq, e.Hash}
	}
	text, err := s.signedText()
	if err != nil {
		return Seal{}, err
	}
	s.Signature, err = key.sign(exportDocument, text)
	return s, err
}

// signedText is the seal without its signature, which names no key of its own either: the
// signature fits one key only.
func (s Seal) signedText() ([]byte, error) {
	s.Signature = Signature{}
	return Canonical(s)
}

func digestOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// ExportReport is what was found in an untouched export.
type ExportReport struct {
	Seal        Seal
	Fingerprint string // of the key that signed
	Readable    int    // events that are not redacted

	files  []namedFile
	hashes []string // of the events, in order
}

// VerifyExport checks the answer of GET /claims/{number}/events, saved as it came or written
// anew as the same JSON. What is not JSON is ErrUnreadable, all else that is wrong a
// *TamperedError with the first place.
func VerifyExport(text []byte) (ExportReport, error) {
	if !json.Valid(text) {
		return ExportReport{}, fmt.Errorf("%w: no JSON", ErrUnreadable)
	}
	canonical, err := CanonicalJSON(text)
	if err != nil {
		return ExportReport{}, tampered("the file", "%v", err)
	}
	var top map[string]json.RawMessage
	if err := json.Unmarshal(canonical, &top); err != nil {
		return ExportReport{}, fmt.Errorf("%w: no JSON object", ErrUnreadable)
	}
	if _, ok := top["items"]; !ok {
		return ExportReport{}, fmt.Errorf("%w: there are no items", ErrUnreadable)
	}
	for name := range top {
		if name != "items" && name != "next_cursor" && name != "seal" {
			return ExportReport{}, tampered(fmt.Sprintf("%.40q", name), "no export has such a member")
		}
	}
	var raw []json.RawMessage
	if err := json.Unmarshal(top["items"], &raw); err != nil {
		return ExportReport{}, tampered("items", "not a list")
	}
	events, err := readEvents(raw)
	if err != nil {
		return ExportReport{}, err
	}
	return verifySealed(top, raw, events)
}

// readEvents reads the events and holds them to their chain.
func readEvents(raw []json.RawMessage) ([]Exported, error) {
	events, chain := make([]Exported, 0, len(raw)), make([]Event, 0, len(raw))
	for i, text := range raw {
		var e Exported
		if err := strict(text, &e); err != nil {
			return nil, tampered(fmt.Sprintf("event %d", i+1), "%v", err)
		}
		events, chain = append(events, e), append(chain, e.Event)
	}
	var broken *BrokenError
	if err := Verify(chain); errors.As(err, &broken) {
		return nil, tampered(fmt.Sprintf("event %d", broken.Seq), "%s", broken.Reason)
	}
	for _, e := range events {
		if err := e.CheckTexts(); err != nil {
			return nil, tampered(fmt.Sprintf("event %d", e.Seq), "%v", err)
		}
	}
	return events, nil
}

// CheckTexts holds the words beside an event against the digests in it; words that were erased are absent.
func (e Exported) CheckTexts() error {
	if len(e.Texts) == 0 && len(e.Salts) == 0 {
		return nil
	}
	if len(e.Texts) != len(e.Salts) {
		return errors.New("texts and salts are not in pairs")
	}
	var data map[string]any
	if err := json.Unmarshal(e.Data, &data); err != nil {
		return errors.New("texts beside an event without data")
	}
	for name, words := range e.Texts {
		salt, err := hex.DecodeString(e.Salts[name])
		if err != nil || len(salt) != SaltSize {
			return fmt.Errorf("text %.40q has no salt", name)
		}
		if data[name+"_digest"] != Digest(salt, words) {
			return fmt.Errorf("text %.40q is not the one whose digest is in the chain", name)
		}
	}
	return nil
}

func verifySealed(top map[string]json.RawMessage, raw []json.RawMessage, events []Exported) (ExportReport, error) {
	if top["seal"] == nil {
		return ExportReport{}, tampered("seal", "it is missing, so that nobody can tell whether events were cut off")
	}
	var s Seal
	if err := strict(top["seal"], &s); err != nil {
		return ExportReport{}, tampered("seal", "%v", err)
	}
	text, err := s.signedText()
	if err != nil {
		return ExportReport{}, tampered("seal", "%v", err)
	}
	key, err := s.Signature.check(exportDocument, text)
	if err != nil {
		return ExportReport{}, tampered("seal", "%v", err)
	}
	switch n := len(events); {
	case n < len(s.Events):
		return ExportReport{}, tampered(fmt.Sprintf("event %d", n+1), "cut off here: the chain had %d events when it was signed", len(s.Events))
	case n > len(s.Events):
		return ExportReport{}, tampered(fmt.Sprintf("event %d", len(s.Events)+1), "added after the export was signed")
	case n == 0:
		return ExportReport{}, tampered("items", "there are no events")
	}
	report := ExportReport{Seal: s, Fingerprint: key.Fingerprint(), files: filesIn(events)}
	for i, e := range events {
		report.hashes = append(report.hashes, e.Hash)
		if digestOf(raw[i]) != s.Events[i] {
			return ExportReport{}, tampered(fmt.Sprintf("event %d", e.Seq), "not as it was when the export was signed")
		}
		if !e.redacted() {
			report.Readable++
		}
	}
	if last := events[len(events)-1]; s.Head != (Head{last.Seq, last.Hash}) {
		return ExportReport{}, tampered("seal", "its head is not the last event")
	}
	if !bytes.Equal(top["next_cursor"], []byte("null")) {
		return ExportReport{}, tampered("next_cursor", "not null, though all events are here")
	}
	return report, nil
}

// strict reads canonical JSON into a value that must be written back as the same bytes: no
// member is unknown, none is missing that has a value, and names are not read without regard
// to case, as encoding/json would.
func strict(canonical []byte, into any) error {
	if err := json.Unmarshal(canonical, into); err != nil {
		return errors.New("not of the form it is served in")
	}
	again, err := Canonical(into)
	if err != nil {
		return err
	}
	if !bytes.Equal(again, canonical) {
		return errors.New("not of the form it is served in")
	}
	return nil
}
