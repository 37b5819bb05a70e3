package models

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"hosho/models/seal"
)

// CaseFile is all that one viewer may read of a claim, ready to be written as a signed ZIP.
type CaseFile struct {
	View     ClaimView
	Events   []Event
	Messages []Message
	MadeAt   Instant // machine clock, as all signatures

	store  *Store
	by     Actor
	items  []seal.Exported
	sealed seal.Seal
	files  []caseFile
}

// caseFile is a file of evidence with where its bytes are.
type caseFile struct {
	Evidence
	row uploadRow
}

// CaseFileAbout is what a case file says of itself.
type CaseFileAbout struct {
	Locale  string // of its statement
	Portal  string // address of the portal that made it
	Program string // name and version
}

// CaseFilePart is an entry beside the evidence and the events.
type CaseFilePart struct {
	Name string
	Body []byte
}

// CaseFileOf reads what a case file of a claim holds for the actor: its own view and nothing
// else. Each file handed out is logged when staff make it. Kinds: NotFound.
func (s *Store) CaseFileOf(ctx context.Context, by Actor, number string) (*CaseFile, error) {
	v, err := s.ClaimByNumber(ctx, by, number)
	if err != nil {
		return nil, err
	}
	f := &CaseFile{View: v, MadeAt: s.MachineNow(), store: s, by: by}
	if f.Messages, err = s.allMessages(ctx, by, v.Number); err != nil {
		return nil, err
	}
	if f.Events, err = s.events(ctx, v.ID, v.Side); err != nil {
		return nil, err
	}
	if f.items, f.sealed, err = s.sealEvents(v.Number, v.Side, f.Events); err != nil {
		return nil, err
	}
	return f, f.findFiles(ctx)
}

// allMessages reads the whole thread of a claim.
func (s *Store) allMessages(ctx context.Context, by Actor, number string) ([]Message, error) {
	var all []Message
	for page := (Page{Limit: MaxPage}); ; {
		list, next, err := s.ClaimMessages(ctx, by, number, page)
		if err != nil {
			return nil, err
		}
		if all = append(all, list...); next == "" {
			return all, nil
		}
		page.Cursor = next
	}
}

// findFiles lists the evidence of the claim and of its messages, each once, with its keys.
func (f *CaseFile) findFiles(ctx context.Context) error {
	at, ids := map[string]int{}, []string{}
	add := func(list []Evidence) {
		for _, e := range list {
			if _, ok := at[e.ID]; !ok {
				at[e.ID] = len(f.files)
				f.files, ids = append(f.files, caseFile{Evidence: e}), append(ids, e.ID)
			}
		}
	}
	add(f.View.Evidence)
	for _, m := range f.Messages {
		add(m.Evidence)
	}
	if len(ids) == 0 {
		return nil
	}
	rows, err := find[uploadRow](ctx, f.store, "SELECT * FROM uploads WHERE id IN ?", ids)
	if err != nil {
		return fmt.Errorf("read files of case: %w", err)
	}
	for _, r := range rows {
		f.files[at[r.ID]].row = r
	}
	return nil
}

// Size is how many bytes of evidence were received, about what the case file will have.
func (f *CaseFile) Size() int64 {
	var n int64
	for _, e := range f.files {
		n += e.Size
	}
	return n
}

// Files counts the evidence.
func (f *CaseFile) Files() int { return len(f.files) }

// Write makes the case file as a stream: one file of evidence at a time, from the store to a
// file of our own and from there to the reader, so that memory stays the same and nothing
// damaged is begun. parts is asked for the rest when it is known which files are there. A
// file that is gone or damaged is said to be so, in the manifest and to parts; an error is
// one of the reader, the store or the database, and what was written is then no case file.
func (f *CaseFile) Write(ctx context.Context, to io.Writer, about CaseFileAbout, parts func([]seal.File) ([]CaseFilePart, error)) error {
	s := f.store
	if err := s.RecordExport(ctx, f.by, AuditCaseFileExported, OnCase, f.View.Number); err != nil {
		return err
	}
	b := seal.NewBundle(to, s.config.Keys.Seal, seal.Manifest{
		Claim: f.View.Number, View: f.View.Side.View(), Locale: about.Locale, Portal: about.Portal, Program: about.Program,
	}, f.MadeAt.Time())
	for i, file := range f.files {
		if err := f.writeFile(ctx, b, i, file); err != nil {
			return err
		}
	}
	export, err := seal.Canonical(seal.Export{Items: f.items, Seal: f.sealed})
	if err != nil {
		return fmt.Errorf("export events: %w", err)
	}
	rest, err := parts(b.Files())
	if err != nil {
		return err
	}
	for _, p := range append([]CaseFilePart{{seal.EventsEntry, export}}, rest...) {
		if err := b.Add(p.Name, bytes.NewReader(p.Body)); err != nil {
			return err
		}
	}
	if err := b.Close(f.sealed.Head); err != nil {
		return err
	}
	s.config.Log.Info("case file made", "claim", f.View.Number, "view", f.View.Side.View(), "actor", f.by.AccountID, "files", len(f.files))
	return nil
}

func (f *CaseFile) writeFile(ctx context.Context, b *seal.BundleWriter, i int, e caseFile) error {
	note := seal.File{ID: e.ID, By: string(e.By), Name: e.FileName, GivenAt: e.At.String(), SHA256: e.SHA256, Size: e.Size, Covered: e.Covered, Late: e.Late}
	if e.RemovedAt != 0 {
		note.LeftAt = e.RemovedAt.String()
	}
	defer func() { b.Note(note) }()
	original, state, err := f.fetch(ctx, e.row, EvidenceOriginal)
	if err != nil {
		return err
	}
	note.Original = state
	if original != nil {
		_ = original.Close() // it was read to be compared
	}
	if !b.Fits(e.row.CopySize) {
		note.State = seal.FileTooLarge
		return nil
	}
	body, state, err := f.fetch(ctx, e.row, EvidenceCopy)
	if err != nil {
		return err
	}
	if note.State = state; body == nil {
		return nil
	}
	defer body.Close()
	note.State, note.Entry = seal.FileIncluded, fmt.Sprintf("evidence/%02d-%.8s%s", i+1, e.SHA256, endings[e.row.CopyType][0])
	return b.Add(note.Entry, struct{ io.ReadSeeker }{body})
}

// fetch reads a part of a file as it was stored. Where that is not to be had, it says why and
// there is no file; faults are reported as they are when a part is opened. The error is one of
// a store that does not answer.
func (f *CaseFile) fetch(ctx context.Context, row uploadRow, part EvidencePart) (*tempFile, seal.FileState, error) {
	blob := row.blob(part)
	if blob.key == "" { // a row that names no bytes has let go of them
		return nil, seal.FileRemoved, nil
	}
	file, err := f.store.fetch(ctx, blob)
	err = f.store.checked(ctx, row, part, err)
	switch faultIn(err) {
	case FaultMissing:
		return nil, seal.FileMissing, nil
	case FaultChanged:
		return nil, seal.FileChanged, nil
	}
	return file, seal.FileIntact, err
}
