package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hosho/models/seal"
)

// TestVerify runs the command on files of each kind, untouched, changed and foreign.
func TestVerify(t *testing.T) {
	key, err := seal.NewKey(bytes.Repeat([]byte{3}, seal.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	e := seal.Event{Seq: 1, At: seal.Instant(at), Actor: seal.Actor{Role: "buyer", ID: "b-1"}, Type: "filed", Data: json.RawMessage(`{"amount":3800}`), PrevHash: seal.Genesis}
	if e.Hash, err = seal.Link(seal.Genesis, e); err != nil {
		t.Fatal(err)
	}
	items := []seal.Exported{{Event: e}}
	exported := func(items []seal.Exported) []byte {
		t.Helper()
		sealed, err := seal.SealEvents(key, "C-7F3K-9Q2M", "buyer", at, items)
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(seal.Export{Items: items, Seal: sealed})
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	export := exported(items)
	note := seal.Event{Seq: 2, At: e.At, Actor: seal.Actor{Role: "agent", ID: "t-1"}, Type: "noted", Data: json.RawMessage(`{}`), PrevHash: e.Hash}
	if note.Hash, err = seal.Link(e.Hash, note); err != nil {
		t.Fatal(err)
	}
	var bundle bytes.Buffer
	b := seal.NewBundle(&bundle, key, seal.Manifest{Claim: "C-7F3K-9Q2M", View: "buyer"}, at)
	if err := b.Add(seal.EventsEntry, bytes.NewReader(export)); err != nil {
		t.Fatal(err)
	}
	b.Note(seal.File{Name: "箱.jpg", State: seal.FileRemoved, LeftAt: "2026-09-01T00:00:00Z"})
	b.Note(seal.File{Name: "傷.jpg", State: seal.FileChanged, Original: seal.FileChanged})
	b.Note(seal.File{Name: "袋.jpg", State: seal.FileTooLarge, Original: seal.FileMissing})
	b.Note(seal.File{Name: "札.jpg", State: seal.FileIncluded, Original: seal.FileIntact})
	if err := b.Close(seal.Head{Seq: 1, Hash: e.Hash}); err != nil {
		t.Fatal(err)
	}
	fingerprint := key.Public().Fingerprint()
	other := strings.Repeat("0", 64)
	dir := t.TempDir()
	for name, c := range map[string]struct {
		file []byte // nil: none is there
		args []string
		code int
		says []string
	}{
		"case file": {bundle.Bytes(), nil, 0, []string{
			"intact", "C-7F3K-9Q2M", "buyer", "1 events\n", fingerprint, `"箱.jpg" had left by then`, `"傷.jpg" is not in it: changed`, `the original of "傷.jpg" was changed`,
			`"袋.jpg" is not in it: too_large`, `the original of "袋.jpg" was missing`, "compare this",
		}},
		"its key":            {bundle.Bytes(), []string{"--fingerprint", strings.ToUpper(fingerprint)}, 0, []string{"intact"}},
		"another key":        {bundle.Bytes(), []string{"--fingerprint", other}, 1, []string{"TAMPERED", "signature", fingerprint}},
		"no fingerprint":     {bundle.Bytes(), []string{"--fingerprint", "abc"}, 2, []string{"64 hex digits"}},
		"changed":            {bytes.Replace(bundle.Bytes(), []byte("3800"), []byte("9800"), 1), nil, 1, []string{"TAMPERED", seal.EventsEntry}},
		"events":             {export, []string{"--fingerprint", fingerprint}, 0, []string{"intact", "events of claim C-7F3K-9Q2M"}},
		"events, one hidden": {exported(append(items, seal.Exported{Event: note.Redacted()})), nil, 0, []string{"2 events, 1 of them readable\n"}},
		"events changed":     {bytes.Replace(export, []byte("3800"), []byte("9800"), 1), nil, 1, []string{"TAMPERED  event 1: hash does not match the content"}},
		"another picture":    {[]byte("\x89PNG\r\n"), nil, 2, []string{"cannot verify"}},
		"empty":              {[]byte{}, nil, 2, []string{"cannot verify"}},
		"another ZIP":        {[]byte("PK\x05\x06" + strings.Repeat("\x00", 18)), nil, 2, []string{"cannot verify"}},
		"not there":          {nil, nil, 2, []string{"cannot verify"}},
	} {
		path := filepath.Join(dir, strings.ReplaceAll(name, " ", "-"))
		if c.file != nil {
			if err := os.WriteFile(path, c.file, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		var out bytes.Buffer
		code := run(t.Context(), append([]string{"verify", path}, c.args...), nil, nil, &out, &out)
		if code != c.code {
			t.Errorf("%s: exit %d, want %d: %s", name, code, c.code, &out)
		}
		if strings.Contains(out.String(), "札") {
			t.Errorf("%s: of a whole file there is nothing to say: %s", name, &out)
		}
		for _, words := range c.says {
			if !strings.Contains(out.String(), words) {
				t.Errorf("%s: not said %q: %s", name, words, &out)
			}
		}
	}

	// What is too long is not read.
	long := filepath.Join(dir, "long")
	if err := errors.Join(os.WriteFile(long, []byte("{"), 0o600), os.Truncate(long, maxExport+1)); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if code := run(t.Context(), []string{"verify", long}, nil, nil, &out, &out); code != exitUnreadable || !strings.Contains(out.String(), "67108865 bytes") {
		t.Errorf("too long: exit %d: %s", code, &out)
	}
}

// TestVerifyAgainstCheckpoints: a case file that the portal itself signed anew, with a chain
// cut off or exchanged, does not fit the checkpoints that stand outside it.
func TestVerifyAgainstCheckpoints(t *testing.T) {
	keyOf := func(seed byte) seal.Key {
		key, err := seal.NewKey(bytes.Repeat([]byte{seed}, seal.KeySize))
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	key, earlier := keyOf(3), keyOf(4)
	at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	chain := func(words ...string) (items []seal.Exported) {
		prev := seal.Genesis
		for i, w := range words {
			e := seal.Event{Seq: int64(i + 1), At: seal.Instant(at), Actor: seal.Actor{Role: "buyer", ID: "b-1"}, Type: w, Data: json.RawMessage(`{}`), PrevHash: prev}
			hash, err := seal.Link(prev, e)
			if err != nil {
				t.Fatal(err)
			}
			e.Hash, prev = hash, hash
			items = append(items, seal.Exported{Event: e})
		}
		return items
	}
	dir := t.TempDir()
	write := func(name string, text []byte) string {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, text, 0o600)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	export := func(name string, made time.Time, items []seal.Exported) string {
		sealed, err := seal.SealEvents(key, "C-7F3K-9Q2M", "buyer", made, items)
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(seal.Export{Items: items, Seal: sealed})
		if err != nil {
			t.Fatal(err)
		}
		return write(name, text)
	}
	whole := chain("filed", "contested", "decided")
	head := func(claim string, e seal.Exported) seal.ClaimHead {
		return seal.ClaimHead{Claim: claim, Head: seal.Head{Seq: e.Seq, Hash: e.Hash}}
	}
	first, digest, err := seal.SignCheckpoint(earlier, 1, at.Add(time.Hour), seal.Genesis, []seal.ClaimHead{head("C-0000-0000", whole[2]), head("C-7F3K-9Q2M", whole[1])})
	if err != nil {
		t.Fatal(err)
	}
	second, digest, err := seal.SignCheckpoint(key, 2, at.Add(2*time.Hour), digest, []seal.ClaimHead{head("C-7F3K-9Q2M", whole[2])})
	if err != nil {
		t.Fatal(err)
	}
	third, _, err := seal.SignCheckpoint(key, 3, at.Add(3*time.Hour), digest, nil)
	if err != nil {
		t.Fatal(err)
	}
	write("points/1", first)
	write("points/more/2", second)
	write("points/3", third)
	points, later := filepath.Join(dir, "points"), at.Add(4*time.Hour)
	for name, c := range map[string]struct {
		file   string
		points []string
		code   int
		says   []string
	}{
		"whole":             {export("whole", later, whole), []string{points}, exitOK, []string{"intact", "3 checkpoints read, 2 of them know its chain and fit", "another key of the portal, or by a stranger: " + earlier.Public().Fingerprint()}},
		"grown":             {export("grown", later, append(whole, chain("a", "b", "c", "d")[3])), nil, exitFailed, []string{"event 4"}},
		"cut off":           {export("cut", later, whole[:2]), []string{points}, exitFailed, []string{"event 3", "cut off here: checkpoint 2", "saw 3 events"}},
		"cut off, unseen":   {export("cut", later, whole[:2]), []string{filepath.Join(points, "1")}, exitOK, []string{"1 checkpoints read, 1 of them"}},
		"made before":       {export("before", at.Add(90*time.Minute), whole[:2]), []string{points}, exitOK, []string{"3 checkpoints read, 1 of them"}},
		"made with it":      {export("with", at.Add(2*time.Hour), whole[:2]), []string{points}, exitFailed, []string{"cut off here"}},
		"exchanged":         {export("exchanged", later, chain("filed", "accepted", "decided")), []string{filepath.Join(points, "1")}, exitFailed, []string{"event 2: checkpoint 1", "saw another one"}},
		"exchanged, by two": {export("exchanged", later, chain("filed", "accepted", "decided")), []string{filepath.Join(points, "3"), filepath.Join(points, "more")}, exitFailed, []string{"event 3: checkpoint 2"}},
		"a changed witness": {export("whole", later, whole), []string{write("changed", bytes.Replace(second, []byte("C-7F3K"), []byte("C-8F3K"), 1))}, exitFailed, []string{"TAMPERED", "checkpoint"}},
		"no witness":        {export("whole", later, whole), []string{filepath.Join(dir, "nowhere")}, exitUnreadable, []string{"cannot verify", "nowhere"}},
	} {
		args := []string{"verify", c.file}
		for _, p := range c.points {
			args = append(args, "--checkpoint", p)
		}
		var out bytes.Buffer
		if code := run(t.Context(), args, nil, nil, &out, &out); code != c.code {
			t.Errorf("%s: exit %d, want %d: %s", name, code, c.code, &out)
		}
		for _, words := range c.says {
			if !strings.Contains(out.String(), words) {
				t.Errorf("%s: not said %q: %s", name, words, &out)
			}
		}
	}
}
