package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"hosho/models/seal"
)

// verifyCommand needs no portal and no network, and for a file no database: what it checks with is in
// the file, and people compare the fingerprint of the key with the one the portal shows.
type verifyCommand struct {
	File        string   `arg:"" optional:"" help:"A case file (ZIP), or the answer of GET /claims/{number}/events (JSON)."`
	Database    string   `placeholder:"URL" help:"In place of a file: hold the audit log of this database to its chain, from the first entry to the last."`
	Fingerprint string   `placeholder:"F" help:"The fingerprint of the key that must have signed (any, which is then printed)."`
	Checkpoint  []string `sep:"none" placeholder:"PATH" help:"A checkpoint of the chains, or a folder of them: what was cut off or exchanged since shows, even signed by the portal. May be given more than once."`
}

// exitUnreadable is what verify says of a file that is neither; 1 is tampered with.
const exitUnreadable = exitUsage

// maxExport is the longest export of events that is read, in bytes.
const maxExport = 64 << 20

func (cmd verifyCommand) Run(ctx context.Context, p program) error {
	switch {
	case cmd.File == "" && cmd.Database == "":
		return problems{"FILE: a case file or an export of events is needed, or --database"}
	case cmd.File == "":
		return cmd.verifyAudit(ctx, p)
	}
	want := ""
	if cmd.Fingerprint != "" {
		var err error
		if want, err = seal.ParseFingerprint(cmd.Fingerprint); err != nil {
			return problems{"--fingerprint: want the 64 hex digits that the portal shows"}
		}
	}
	words, events, err := verifyFile(cmd.File)
	fingerprint := events.Fingerprint
	if err == nil && want != "" && fingerprint != want {
		err = &seal.TamperedError{Place: "signature", Reason: "by another key, " + fingerprint}
	}
	if err == nil {
		var said string
		said, err = cmd.compare(events)
		words += said
	}
	var wrong *seal.TamperedError
	switch {
	case errors.As(err, &wrong):
		p.printf("TAMPERED  %s: %s\n", wrong.Place, wrong.Reason)
		return exitCode(exitFailed)
	case err != nil:
		_, _ = fmt.Fprintf(p.stderr, "hosho: cannot verify %s: %v\n", cmd.File, err)
		return exitCode(exitUnreadable)
	}
	p.printf("intact    %s\nsigned by %s\n", words, fingerprint)
	if want == "" {
		p.printf("          compare this with the fingerprint that the portal shows\n")
	}
	return nil
}

// verifyAudit holds the audit log of a database to its chain. That nothing was cut off together
// with its end is what doctor compares the checkpoints for.
func (cmd verifyCommand) verifyAudit(ctx context.Context, p program) error {
	var c config
	wrong := p.wrong
	databaseFlags{Database: cmd.Database}.check(&c, &wrong, defaultZone)
	if err := wrong.err(); err != nil {
		return err
	}
	store, err := p.openStore(ctx, c)
	if err != nil {
		_, _ = fmt.Fprintf(p.stderr, "hosho: cannot verify the audit log: %v\n", err)
		return exitCode(exitUnreadable)
	}
	defer store.Close()
	r, err := store.VerifyAudit(ctx)
	switch {
	case err != nil:
		_, _ = fmt.Fprintf(p.stderr, "hosho: cannot verify the audit log: %v\n", err)
		return exitCode(exitUnreadable)
	case r.Fault != "":
		p.printf("TAMPERED  %s\n", r.Fault)
		return exitCode(exitFailed)
	}
	p.printf("intact    audit log: %d entries\n", r.Entries)
	return nil
}

// maxCheckpointFile is the longest checkpoint that is read, in bytes; the portal writes none longer.
const maxCheckpointFile = 16 << 20

// compare holds the events of an untouched file to the checkpoints that were given, and says
// how many of them knew its chain and whose key signed them: it may be an earlier one.
func (cmd verifyCommand) compare(events seal.ExportReport) (words string, err error) {
	if len(cmd.Checkpoint) == 0 {
		return "", nil
	}
	read, knew, signers := 0, 0, []string{}
	for _, path := range cmd.Checkpoint {
		err := filepath.WalkDir(path, func(file string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			says, signer, err := compareOne(file, events)
			if err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
			read++
			if says {
				knew++
			}
			if !slices.Contains(signers, signer) {
				signers = append(signers, signer)
			}
			return nil
		})
		if err != nil {
			return "", err
		}
	}
	words = fmt.Sprintf("\n          %d checkpoints read, %d of them know its chain and fit", read, knew)
	for _, signer := range signers {
		if signer != events.Fingerprint {
			words += "\n          signed by another key of the portal, or by a stranger: " + signer
		}
	}
	return words, nil
}

// compareOne holds the events to one checkpoint.
func compareOne(path string, events seal.ExportReport) (says bool, signer string, err error) {
	f, err := os.Open(path) //nolint:gosec // a file the caller names
	if err != nil {
		return false, "", err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxCheckpointFile+1))
	if err != nil {
		return false, "", err
	}
	c, _, signer, err := seal.ReadCheckpoint(text)
	if err != nil {
		return false, "", err
	}
	says, err = c.Compare(events)
	return says, signer, err
}

// verifyFile says what an untouched file is and what was found in its events.
func verifyFile(path string) (words string, events seal.ExportReport, err error) {
	f, err := os.Open(path) //nolint:gosec // the file the caller names
	if err != nil {
		return "", events, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", events, err
	}
	var magic [2]byte
	if _, err := f.ReadAt(magic[:], 0); err == nil && string(magic[:]) == "PK" {
		r, err := seal.VerifyBundle(f, info.Size())
		if err != nil {
			return "", events, err
		}
		return bundleWords(r), r.Events, nil
	}
	if info.Size() > maxExport {
		return "", events, fmt.Errorf("%w: %d bytes", seal.ErrUnreadable, info.Size())
	}
	text, err := io.ReadAll(io.LimitReader(f, maxExport))
	if err != nil {
		return "", events, err
	}
	r, err := seal.VerifyExport(text)
	if err != nil {
		return "", events, err
	}
	return fmt.Sprintf("events of claim %s, the view of its %s, of %s: %s", r.Seal.Claim, r.Seal.View, r.Seal.MadeAt, eventWords(r)), r, nil
}

func bundleWords(r seal.BundleReport) string {
	m := r.Manifest
	words := fmt.Sprintf("case file of claim %s, the view of its %s, of %s: %d files, %s", m.Claim, m.View, m.MadeAt, len(m.Entries), eventWords(r.Events))
	for _, f := range m.Files {
		if f.Original == seal.FileMissing || f.Original == seal.FileChanged {
			words += fmt.Sprintf("\n          the original of %.100q was %s when this was made", f.Name, f.Original)
		}
		switch f.State {
		case seal.FileIncluded, seal.FileIntact:
		case seal.FileRemoved:
			words += fmt.Sprintf("\n          %.100q had left by then; its SHA-256 stays", f.Name)
		case seal.FileMissing, seal.FileChanged, seal.FileTooLarge:
			words += fmt.Sprintf("\n          %.100q is not in it: %s", f.Name, f.State)
		}
	}
	return words
}

func eventWords(r seal.ExportReport) string {
	n := len(r.Seal.Events)
	if r.Readable == n {
		return fmt.Sprintf("%d events", n)
	}
	return fmt.Sprintf("%d events, %d of them readable", n, r.Readable)
}
