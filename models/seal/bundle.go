package seal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"
)

// BundleFormat is the format of case files written here.
const BundleFormat = "hosho-case-file/1"

// The entries every case file ends with, and the one with its events.
const (
	EventsEntry    = "events.json"
	manifestEntry  = "manifest.json"
	signatureEntry = "manifest.sig.json"
)

// Manifest says what a case file holds. It is written last but for its signature, which is
// over its exact bytes.
type Manifest struct {
	Format  string  `json:"format"`
	Claim   string  `json:"claim"`
	View    string  `json:"view"`   // whose view of the claim this is
	Locale  string  `json:"locale"` // of the statement
	MadeAt  string  `json:"made_at"`
	Portal  string  `json:"portal"`  // where it was made
	Program string  `json:"program"` // and by which version
	Head    Head    `json:"head"`    // the last event when it was made
	Key     string  `json:"key"`     // fingerprint
	Entries []Entry `json:"entries"` // in their order, without the manifest and its signature
	Files   []File  `json:"files"`   // evidence, also what is not here any more
}

// Entry is one file of a case file.
type Entry struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"` // bytes
	SHA256 string `json:"sha256"`
}

// FileState says what became of the bytes of a file of evidence.
type FileState string

// What became of them.
const (
	FileIncluded FileState = "included"  // its copy is in the case file
	FileIntact   FileState = "intact"    // of the original: as received
	FileRemoved  FileState = "removed"   // its time was over
	FileMissing  FileState = "missing"   // the store has none: an integrity fault
	FileChanged  FileState = "changed"   // they are not those received: an integrity fault
	FileTooLarge FileState = "too_large" // they did not fit
)

// File is a file of evidence: the original, which staff alone may open, and the copy made of
// it without metadata.
type File struct {
	ID       string    `json:"id"`
	By       string    `json:"by"` // side that gave it
	Name     string    `json:"name"`
	GivenAt  string    `json:"given_at"`
	Late     bool      `json:"late"`
	Size     int64     `json:"size"`              // of the original, bytes
	SHA256   string    `json:"sha256"`            // of the original
	Covered  int       `json:"covered,omitempty"` // regions its giver covered before it was sent
	Original FileState `json:"original"`
	State    FileState `json:"state"`           // of the copy
	Entry    string    `json:"entry,omitempty"` // where the copy is
	LeftAt   string    `json:"left_at,omitempty"`
}

// BundleWriter writes a case file as a stream. It holds what it has written of names, sizes
// and checksums, and no contents.
type BundleWriter struct {
	key      Key
	manifest Manifest
	zip      zipWriter
}

// NewBundle begins a case file. Of the manifest it takes what is known before: claim, view,
// locale, portal and program.
func NewBundle(to io.Writer, key Key, m Manifest, madeAt time.Time) *BundleWriter {
	m.Format, m.MadeAt, m.Key = BundleFormat, Instant(madeAt), key.Public().Fingerprint()
	m.Entries, m.Files = []Entry{}, []File{}
	return &BundleWriter{key: key, manifest: m, zip: zipWriter{to: to, at: madeAt}}
}

// room is kept for what is written after the evidence.
const room = 64 << 20

// Fits tells whether a file of so many bytes still fits.
func (b *BundleWriter) Fits(size int64) bool {
	return b.zip.written+size+room < maxZip && len(b.zip.entries)+16 < maxEntries
}

// Add writes one file, which is read twice from its start.
func (b *BundleWriter) Add(name string, body io.ReadSeeker) error {
	sum := sha256.New()
	if _, err := body.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	crc, size, err := sumOf(body, sum)
	if err == nil {
		_, err = body.Seek(0, io.SeekStart)
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	if err := b.zip.add(name, crc, size, struct{ io.Reader }{body}); err != nil {
		return err
	}
	b.manifest.Entries = append(b.manifest.Entries, Entry{name, size, hex.EncodeToString(sum.Sum(nil))})
	return nil
}

// Note says what became of a file of evidence.
func (b *BundleWriter) Note(f File) { b.manifest.Files = append(b.manifest.Files, f) }

// Files are those noted so far.
func (b *BundleWriter) Files() []File { return b.manifest.Files }

// Close writes manifest, signature and directory. What was written before is no case file
// without them.
func (b *BundleWriter) Close(head Head) error {
	b.manifest.Head = head
	text, err := Canonical(b.manifest)
	if err != nil {
		return fmt.Errorf("manifest: %w", err)
	}
	signature, err := b.key.sign(bundleDocument, text)
	if err != nil {
		return err
	}
	under, err := Canonical(signature)
	if err != nil {
		return fmt.Errorf("signature: %w", err)
	}
	for _, part := range []struct {
		name string
		text []byte
	}{{manifestEntry, text}, {signatureEntry, under}} {
		crc, size, _ := sumOf(bytes.NewReader(part.text), io.Discard)
		if err := b.zip.add(part.name, crc, size, bytes.NewReader(part.text)); err != nil {
			return err
		}
	}
	return b.zip.close()
}

// BundleReport is what was found in an untouched case file.
type BundleReport struct {
	Manifest    Manifest
	Fingerprint string // of the key that signed
	Events      ExportReport
}

// What verification reads into memory at most, of one entry.
const (
	maxManifest = 16 << 20
	maxEvents   = 64 << 20
)

// VerifyBundle checks a case file to its last byte: what the manifest lists is there, as it
// was and in its order, and nothing else is; the manifest is signed; the events are a whole
// chain; and the ZIP around them has the bytes it was written with. What is no ZIP is
// ErrUnreadable, all else that is wrong a *TamperedError with the first place.
func VerifyBundle(r io.ReaderAt, size int64) (BundleReport, error) {
	found, end, err := scanZip(r, size)
	if err != nil {
		return BundleReport{}, err
	}
	if len(found) == 0 {
		return BundleReport{}, fmt.Errorf("%w: no ZIP", ErrUnreadable)
	}
	m, key, err := readManifest(r, found, end, size)
	if err != nil {
		return BundleReport{}, err
	}
	at, err := time.Parse(time.RFC3339Nano, m.MadeAt)
	if err != nil || Instant(at) != m.MadeAt {
		return BundleReport{}, tampered(manifestEntry, "made at no instant")
	}
	if err := compareEntries(m, found); err != nil {
		return BundleReport{}, err
	}
	rest, err := compareBytes(r, found, m, at)
	if err != nil {
		return BundleReport{}, err
	}
	if err := compareDirectory(r, rest, end, size, at); err != nil {
		return BundleReport{}, err
	}
	report := BundleReport{Manifest: m, Fingerprint: key.Fingerprint()}
	report.Events, err = compareEvents(r, found, m, key)
	return report, err
}

// readManifest reads the last two entries and checks the signature.
func readManifest(r io.ReaderAt, found []foundEntry, end, size int64) (Manifest, PublicKey, error) {
	fail := func(err error) (Manifest, PublicKey, error) { return Manifest{}, PublicKey{}, err }
	var texts [2][]byte
	for i, name := range []string{manifestEntry, signatureEntry} {
		at := len(found) - 2 + i
		if at < 0 || found[at].name != name {
			last := found[len(found)-1]
			if end < size {
				return fail(tampered(fmt.Sprintf("byte %d", end), "after %.120q the ZIP does not go on as it was written: %s belongs before its end", last.name, name))
			}
			return fail(tampered(fmt.Sprintf("byte %d", end), "cut off after %.120q", last.name))
		}
		text, err := readEntry(r, found[at], maxManifest)
		if err != nil {
			return fail(err)
		}
		texts[i] = text
	}
	var s Signature
	if err := strict(texts[1], &s); err != nil {
		return fail(tampered(signatureEntry, "%v", err))
	}
	key, err := s.check(bundleDocument, texts[0])
	switch {
	case errors.Is(err, errSignature):
		return fail(tampered(manifestEntry, "the signature does not fit it"))
	case err != nil:
		return fail(tampered(signatureEntry, "%v", err))
	}
	var m Manifest
	if err := strict(texts[0], &m); err != nil || m.Format != BundleFormat {
		return fail(tampered(manifestEntry, "not of the form %s", BundleFormat))
	}
	if m.Key != key.Fingerprint() {
		return fail(tampered(manifestEntry, "it names another key than the one that signed"))
	}
	return m, key, nil
}

func readEntry(r io.ReaderAt, e foundEntry, limit uint32) ([]byte, error) {
	if e.size > limit {
		return nil, tampered(e.name, "too long to be one: %d bytes", e.size)
	}
	text := make([]byte, e.size)
	if _, err := r.ReadAt(text, e.data); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	return text, nil
}

// compareEntries holds the names in the ZIP against those of the manifest.
func compareEntries(m Manifest, found []foundEntry) error {
	here := map[string]bool{}
	for _, e := range found[:len(found)-2] {
		if here[e.name] {
			return tampered(fmt.Sprintf("%.120q", e.name), "it is there twice")
		}
		here[e.name] = true
	}
	listed := map[string]bool{manifestEntry: true, signatureEntry: true}
	for _, e := range m.Entries {
		if !validName(e.Name) || listed[e.Name] {
			return tampered(manifestEntry, "it lists %.120q, which no case file does", e.Name)
		}
		listed[e.Name] = true
		if !here[e.Name] {
			return tampered(e.Name, "it is missing")
		}
	}
	for i, e := range found[:len(found)-2] {
		if !listed[e.name] || i >= len(m.Entries) {
			return tampered(fmt.Sprintf("%.120q", e.name), "the manifest does not list it: it was added")
		}
		if e.name != m.Entries[i].Name {
			return tampered(e.name, "%s belongs in its place", m.Entries[i].Name)
		}
	}
	return nil
}

// compareBytes holds each entry against its checksum and each header against what was written,
// and returns the entries as the directory must list them.
func compareBytes(r io.ReaderAt, found []foundEntry, m Manifest, at time.Time) ([]zipEntry, error) {
	entries := make([]zipEntry, 0, len(found))
	next := int64(0)
	for i, e := range found {
		sum := sha256.New()
		crc, _, err := sumOf(io.NewSectionReader(r, e.data, int64(e.size)), sum)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
		}
		if i < len(m.Entries) {
			if want := m.Entries[i]; int64(e.size) != want.Size || hex.EncodeToString(sum.Sum(nil)) != want.SHA256 {
				return nil, tampered(e.name, "its content was changed")
			}
		}
		written := zipEntry{e.name, e.size, crc, uint32(next)}
		if err := compareAt(r, next, written.localHeader(at), "the header of "+e.name); err != nil {
			return nil, err
		}
		entries, next = append(entries, written), e.data+int64(e.size)
	}
	return entries, nil
}

func compareDirectory(r io.ReaderAt, entries []zipEntry, end, size int64, at time.Time) error {
	if end > maxZip {
		return tampered(fmt.Sprintf("byte %d", end), "longer than a case file can be")
	}
	directory := zipDirectory(entries, uint32(end), at)
	if err := compareAt(r, end, directory, "the directory of the ZIP"); err != nil {
		return err
	}
	if all := end + int64(len(directory)); all != size {
		return tampered(fmt.Sprintf("byte %d", all), "%d bytes follow the end", size-all)
	}
	return nil
}

// compareAt names the first byte that is not as it was written.
func compareAt(r io.ReaderAt, offset int64, want []byte, what string) error {
	got := make([]byte, len(want))
	n, err := r.ReadAt(got, offset)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	for i := range want {
		if i >= n {
			return tampered(fmt.Sprintf("byte %d", offset+int64(i)), "cut off in %s", what)
		}
		if got[i] != want[i] {
			return tampered(fmt.Sprintf("byte %d", offset+int64(i)), "%s was changed", what)
		}
	}
	return nil
}

// compareEvents checks the chain inside and that it is the one the manifest speaks of.
func compareEvents(r io.ReaderAt, found []foundEntry, m Manifest, key PublicKey) (ExportReport, error) {
	for _, e := range found {
		if e.name != EventsEntry {
			continue
		}
		text, err := readEntry(r, e, maxEvents)
		if err != nil {
			return ExportReport{}, err
		}
		report, err := VerifyExport(text)
		var wrong *TamperedError
		switch {
		case errors.As(err, &wrong):
			return report, tampered(EventsEntry, "%s: %s", wrong.Place, wrong.Reason)
		case err != nil:
			return report, tampered(EventsEntry, "%v", err)
		}
		if s := report.Seal; s.Claim != m.Claim || s.View != m.View || s.Head != m.Head || report.Fingerprint != key.Fingerprint() {
			return report, tampered(EventsEntry, "not the events of this case file")
		}
		return report, report.compareFiles(m.Files)
	}
	return ExportReport{}, tampered(EventsEntry, "it is missing")
}
