package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"hosho/models/seal"
)

// verifyCommand needs no portal, no database and no network: what it checks with is in the file,
// and people compare the fingerprint of the key with the one the portal shows.
type verifyCommand struct {
	File        string `arg:"" help:"A case file (ZIP), or the answer of GET /claims/{number}/events (JSON)."`
	Fingerprint string `placeholder:"F" help:"The fingerprint of the key that must have signed (any, which is then printed)."`
}

// exitUnreadable is what verify says of a file that is neither; 1 is tampered with.
const exitUnreadable = exitUsage

// maxExport is the longest export of events that is read, in bytes.
const maxExport = 64 << 20

func (cmd verifyCommand) Run(p program) error {
	want := ""
	if cmd.Fingerprint != "" {
		var err error
		if want, err = seal.ParseFingerprint(cmd.Fingerprint); err != nil {
			return problems{"--fingerprint: want the 64 hex digits that the portal shows"}
		}
	}
	words, fingerprint, err := verifyFile(cmd.File)
	if err == nil && want != "" && fingerprint != want {
		err = &seal.TamperedError{Place: "signature", Reason: "by another key, " + fingerprint}
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

// verifyFile says what an untouched file is and whose key signed it.
func verifyFile(path string) (words, fingerprint string, err error) {
	f, err := os.Open(path) //nolint:gosec // the file the caller names
	if err != nil {
		return "", "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", "", err
	}
	var magic [2]byte
	if _, err := f.ReadAt(magic[:], 0); err == nil && string(magic[:]) == "PK" {
		r, err := seal.VerifyBundle(f, info.Size())
		if err != nil {
			return "", "", err
		}
		return bundleWords(r), r.Fingerprint, nil
	}
	if info.Size() > maxExport {
		return "", "", fmt.Errorf("%w: %d bytes", seal.ErrUnreadable, info.Size())
	}
	text, err := io.ReadAll(io.LimitReader(f, maxExport))
	if err != nil {
		return "", "", err
	}
	r, err := seal.VerifyExport(text)
	if err != nil {
		return "", "", err
	}
	return fmt.Sprintf("events of claim %s, the view of its %s, of %s: %s", r.Seal.Claim, r.Seal.View, r.Seal.MadeAt, eventWords(r)), r.Fingerprint, nil
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
