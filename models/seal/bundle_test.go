package seal

import (
	"archive/zip"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

var madeAt = time.Date(2026, 3, 1, 9, 30, 15, 0, time.UTC)

func testKey(t testing.TB, n byte) Key {
	t.Helper()
	key, err := NewKey(bytes.Repeat([]byte{n}, KeySize))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// exported is a chain with words beside it, every third event redacted.
func exported(t testing.TB, n int) []Exported {
	t.Helper()
	events, prev := make([]Exported, 0, n), Genesis
	for i := range n {
		salt := bytes.Repeat([]byte{byte(i + 1)}, SaltSize)
		words := fmt.Sprintf("届きません。<%d> \"x\" & y", i)
		e := Event{
			Seq: int64(i) + 1, At: Instant(madeAt.Add(time.Duration(i) * time.Hour)), Actor: Actor{Role: "buyer", ID: "b-1"}, Type: "filed",
			Data: json.RawMessage(fmt.Sprintf(`{"amount":%d,"words_digest":"%s"}`, 3800+i, Digest(salt, words))), PrevHash: prev,
		}
		var err error
		if e.Hash, err = Link(prev, e); err != nil {
			t.Fatal(err)
		}
		prev = e.Hash
		x := Exported{Event: e, Texts: map[string]string{"words": words}, Salts: map[string]string{"words": hex.EncodeToString(salt)}}
		if i%3 == 2 {
			x = Exported{Event: e.Redacted()}
		}
		events = append(events, x)
	}
	return events
}

func exportText(t testing.TB, key Key, events []Exported) []byte {
	t.Helper()
	s, err := SealEvents(key, "C-7F3K-9Q2M", "buyer", madeAt, events)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(Export{Items: events, Seal: s})
	if err != nil {
		t.Fatal(err)
	}
	return append(text, '\n')
}

func testBundle(t testing.TB, key Key, events []Exported) []byte {
	t.Helper()
	return bundleWith(t, key, events, exportText(t, key, events))
}

func bundleWith(t testing.TB, key Key, events []Exported, export []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	b := NewBundle(&out, key, Manifest{Claim: "C-7F3K-9Q2M", View: "buyer", Locale: "ja", Portal: "https://hosho.example", Program: "v1"}, madeAt)
	for i := range 3 {
		name := fmt.Sprintf("evidence/%02d.jpg", i+1)
		if err := b.Add(name, strings.NewReader(strings.Repeat(fmt.Sprint(i), 150))); err != nil {
			t.Fatal(err)
		}
		b.Note(File{ID: fmt.Sprint("e-", i), By: "buyer", Name: "写真.jpg", GivenAt: Instant(madeAt), SHA256: Genesis, Size: 150, Original: FileIntact, State: FileIncluded, Entry: name})
	}
	b.Note(File{ID: "e-9", By: "seller", Name: "x.png", GivenAt: Instant(madeAt), SHA256: Genesis, Size: 9, Original: FileRemoved, State: FileRemoved, LeftAt: Instant(madeAt)})
	if err := b.Add(EventsEntry, bytes.NewReader(export)); err != nil {
		t.Fatal(err)
	}
	if err := b.Add("statement.html", strings.NewReader("<!doctype html><p>記録</p>")); err != nil {
		t.Fatal(err)
	}
	last := events[len(events)-1]
	if err := b.Close(Head{last.Seq, last.Hash}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func verifyBundle(file []byte) (BundleReport, error) {
	return VerifyBundle(bytes.NewReader(file), int64(len(file)))
}

func TestBundleIsAZip(t *testing.T) {
	file := testBundle(t, testKey(t, 1), exported(t, 5))
	r, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range r.File {
		names = append(names, f.Name)
		if f.Mode().Perm() != 0o644 || f.ModTime().Format(time.DateTime) != "2026-03-01 09:30:14" {
			t.Errorf("%s: %v %v", f.Name, f.Mode(), f.ModTime())
		}
		body, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, body); err != nil { // compares the checksum
			t.Errorf("%s: %v", f.Name, err)
		}
	}
	want := []string{"evidence/01.jpg", "evidence/02.jpg", "evidence/03.jpg", EventsEntry, "statement.html", manifestEntry, signatureEntry}
	if !slices.Equal(names, want) {
		t.Errorf("%q", names)
	}
	report, err := verifyBundle(file)
	if err != nil || report.Manifest.Claim != "C-7F3K-9Q2M" || report.Fingerprint != testKey(t, 1).Public().Fingerprint() || report.Events.Readable != 4 || len(report.Manifest.Files) != 4 {
		t.Errorf("%+v, %v", report, err)
	}
}

func TestExportIntact(t *testing.T) {
	text := exportText(t, testKey(t, 1), exported(t, 7))
	report, err := VerifyExport(text)
	if err != nil || report.Readable != 5 || report.Seal.Head.Seq != 7 {
		t.Fatalf("%+v, %v", report, err)
	}
	// Whoever reads JSON and writes it again has changed nothing.
	var any map[string]any
	if err := json.Unmarshal(text, &any); err != nil {
		t.Fatal(err)
	}
	again, err := json.MarshalIndent(any, "  ", "\t")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := VerifyExport(again); err != nil {
		t.Error(err)
	}
	// Words that were erased leave the chain whole, if that is how it was exported.
	erased := exported(t, 4)
	erased[1].Texts, erased[1].Salts = nil, nil
	if _, err := VerifyExport(exportText(t, testKey(t, 1), erased)); err != nil {
		t.Error(err)
	}
}

// What is named is where the change was made.
func TestTamperedPlaces(t *testing.T) {
	key, events := testKey(t, 1), exported(t, 6)
	text, file := exportText(t, key, events), testBundle(t, key, events)
	edit := func(change func(*Export)) []byte {
		var e Export
		if err := json.Unmarshal(text, &e); err != nil {
			t.Fatal(err)
		}
		change(&e)
		out, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	replace := func(old, with string) []byte {
		if bytes.Count(file, []byte(old)) == 0 {
			t.Fatalf("no %q", old)
		}
		return bytes.Replace(file, []byte(old), []byte(with), 1)
	}
	cursor := "x"
	for name, c := range map[string]struct {
		file  []byte
		place string
	}{
		"event edited":         {edit(func(e *Export) { e.Items[1].Data = json.RawMessage(`{"amount":1}`) }), "event 2"},
		"event removed":        {edit(func(e *Export) { e.Items = slices.Delete(e.Items, 2, 3) }), "event 4"},
		"event inserted":       {edit(func(e *Export) { e.Items = slices.Insert(e.Items, 2, e.Items[0]) }), "event 1"},
		"events reordered":     {edit(func(e *Export) { e.Items[3], e.Items[4] = e.Items[4], e.Items[3] }), "event 5"},
		"tail cut off":         {edit(func(e *Export) { e.Items = e.Items[:5] }), "event 6"},
		"all cut off":          {edit(func(e *Export) { e.Items = []Exported{} }), "event 1"},
		"words changed":        {edit(func(e *Export) { e.Items[0].Texts["words"] = "届きました。" }), "event 1"},
		"words taken away":     {edit(func(e *Export) { e.Items[3].Texts, e.Items[3].Salts = nil, nil }), "event 4"},
		"event blackened":      {edit(func(e *Export) { e.Items[4] = Exported{Event: e.Items[4].Redacted()} }), "event 5"},
		"claim changed":        {edit(func(e *Export) { e.Seal.Claim = "C-0000-0000" }), "seal"},
		"seal taken away":      {bytes.Replace(text, []byte(`"seal":`), []byte(`"other":`), 1), `"other"`},
		"cursor":               {edit(func(e *Export) { e.NextCursor = &cursor }), "next_cursor"},
		"item in capitals":     {bytes.Replace(text, []byte(`"type":"filed"`), []byte(`"Type":"filed"`), 1), "event 1"},
		"picture changed":      {replace("222222", "222322"), "evidence/03.jpg"},
		"event in the bundle":  {replace(`"amount":3801`, `"amount":9801`), EventsEntry},
		"manifest":             {replace(`"view":"buyer"}`, `"view":"staff"}`), manifestEntry},
		"signature":            {replace(`{"public_key":"`+key.Public().String(), `{"public_key":"`+testKey(t, 2).Public().String()), manifestEntry},
		"appended":             {append(slices.Clone(file), 0), fmt.Sprintf("byte %d", len(file))},
		"cut":                  {file[:len(file)-1], fmt.Sprintf("byte %d", len(file)-1)},
		"directory":            {append(append(slices.Clone(file[:len(file)-3]), 1), file[len(file)-2:]...), fmt.Sprintf("byte %d", len(file)-3)},
		"header's first field": {append(append(slices.Clone(file[:4]), 21), file[5:]...), "byte 4"},
	} {
		verify := func() error { _, err := VerifyExport(c.file); return err }
		if bytes.HasPrefix(c.file, []byte("PK")) {
			verify = func() error { _, err := verifyBundle(c.file); return err }
		}
		var wrong *TamperedError
		if err := verify(); !errors.As(err, &wrong) || wrong.Place != c.place {
			t.Errorf("%s: %v, want %s", name, err, c.place)
		}
	}
	for name, raw := range map[string]string{"nothing": "", "text": "hello", "list": "[]", "other JSON": `{"a":1}`, "half": string(text[:len(text)/2])} {
		if _, err := VerifyExport([]byte(raw)); !errors.Is(err, ErrUnreadable) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := verifyBundle([]byte(raw)); !errors.Is(err, ErrUnreadable) {
			t.Errorf("%s as a case file: %v", name, err)
		}
	}
}

// Whoever makes everything anew needs another key, and its fingerprint shows.
func TestForgedWithAnotherKey(t *testing.T) {
	events := exported(t, 3)
	report, err := verifyBundle(testBundle(t, testKey(t, 2), events))
	if err != nil || report.Fingerprint == testKey(t, 1).Public().Fingerprint() {
		t.Errorf("%v, %s", err, report.Fingerprint)
	}
	// Nor do events pass that another key, another claim or another viewer was given.
	for name, export := range map[string][]byte{
		"key": exportText(t, testKey(t, 2), events), "chain": exportText(t, testKey(t, 1), events[:2]), "no export": []byte("{}"),
	} {
		var wrong *TamperedError
		if _, err := verifyBundle(bundleWith(t, testKey(t, 1), events, export)); !errors.As(err, &wrong) || wrong.Place != EventsEntry {
			t.Errorf("another %s passed: %v", name, err)
		}
	}
}

// A file that is not the one an event names is found, though the key that signs all is the right one.
func TestFilesAreThoseOfTheChain(t *testing.T) {
	for name, x := range map[string]struct {
		says string // of a file that the case file has with 150 bytes and a hash of zeros
		file string // found at fault; "" passes
	}{
		"the same":         {`{"id":"e-1","sha256":"` + Genesis + `","size":150,"covered":0}`, ""},
		"before it was so": {`{"id":"e-1","sha256":"` + Genesis + `","size":150}`, ""},
		"not here":         {`{"id":"e-7","sha256":"` + digestOf(nil) + `","size":1,"covered":0}`, ""},
		"other bytes":      {`{"id":"e-1","sha256":"` + digestOf(nil) + `","size":150,"covered":0}`, "写真.jpg"},
		"another size":     {`{"id":"e-9","sha256":"` + Genesis + `","size":10,"covered":0}`, "x.png"},
		"a cover is gone":  {`{"id":"e-1","sha256":"` + Genesis + `","size":150,"covered":2}`, "写真.jpg"},
	} {
		t.Run(name, func(t *testing.T) {
			e := Event{Seq: 1, At: Instant(madeAt), Actor: Actor{Role: "buyer", ID: "b-1"}, Type: "filed", Data: json.RawMessage(`{"files":[` + x.says + `]}`), PrevHash: Genesis}
			var err error
			if e.Hash, err = Link(Genesis, e); err != nil {
				t.Fatal(err)
			}
			var wrong *TamperedError
			_, err = verifyBundle(testBundle(t, testKey(t, 1), []Exported{{Event: e}}))
			if x.file == "" && err != nil || x.file != "" && (!errors.As(err, &wrong) || wrong.Place != manifestEntry || !strings.Contains(wrong.Reason, x.file+`" is not the one that event 1 names`)) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestCheckpoint(t *testing.T) {
	key := testKey(t, 1)
	text, digest, err := SignCheckpoint(key, 1, madeAt, Genesis, []ClaimHead{{"C-7F3K-9Q2M", Head{3, Genesis}}})
	if err != nil {
		t.Fatal(err)
	}
	c, again, fingerprint, err := ReadCheckpoint(text)
	if err != nil || again != digest || fingerprint != key.Public().Fingerprint() || c.Heads[0].Seq != 3 || c.Number != 1 {
		t.Errorf("%+v, %v", c, err)
	}
	for i := range text {
		text[i] ^= 1
		if _, _, _, err := ReadCheckpoint(text); err == nil {
			t.Errorf("byte %d may be changed", i)
		}
		text[i] ^= 1
	}
	for name, call := range map[string]func() error{
		"number 0":         func() error { _, _, err := SignCheckpoint(key, 0, madeAt, Genesis, nil); return err },
		"second of none":   func() error { _, _, err := SignCheckpoint(key, 2, madeAt, Genesis, nil); return err },
		"first of another": func() error { _, _, err := SignCheckpoint(key, 1, madeAt, digest, nil); return err },
		"no key":           func() error { _, _, err := SignCheckpoint(Key{}, 1, madeAt, Genesis, nil); return err },
	} {
		if call() == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

// A signature of one kind of document stands for no other.
func TestSignaturesDoNotTravel(t *testing.T) {
	s, err := testKey(t, 1).sign(exportDocument, []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.check(bundleDocument, []byte("x")); !errors.Is(err, errSignature) {
		t.Errorf("%v", err)
	}
}

func TestParseFingerprint(t *testing.T) {
	f := testKey(t, 1).Public().Fingerprint()
	spaced := strings.ToUpper(f[:8]) + " " + f[8:16] + ":" + f[16:]
	if got, err := ParseFingerprint(spaced); err != nil || got != f {
		t.Errorf("%s, %v", got, err)
	}
	for _, bad := range []string{"", f[:63], f + "0", strings.Replace(f, f[:1], "g", 1)} {
		if _, err := ParseFingerprint(bad); !errors.Is(err, ErrKey) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestBundleRefusesNames(t *testing.T) {
	for _, name := range []string{"", "/x", "../x", "a/../b", "A.html", "a/b/c", "x\x00", "写真.jpg", "a\\b", strings.Repeat("x", 101)} {
		b := NewBundle(io.Discard, testKey(t, 1), Manifest{}, madeAt)
		if err := b.Add(name, strings.NewReader("x")); err == nil {
			t.Errorf("%q was taken", name)
		}
	}
}

func FuzzVerifyBundle(f *testing.F) {
	f.Add(testBundle(f, testKey(f, 1), exported(f, 3)))
	f.Add([]byte("PK\x03\x04"))
	f.Add([]byte("PK\x05\x06" + strings.Repeat("\x00", 18)))
	f.Fuzz(func(t *testing.T, file []byte) {
		var wrong *TamperedError
		if _, err := verifyBundle(file); err != nil && !errors.As(err, &wrong) && !errors.Is(err, ErrUnreadable) {
			t.Errorf("%v", err)
		}
	})
}

func FuzzVerifyExport(f *testing.F) {
	f.Add(exportText(f, testKey(f, 1), exported(f, 4)))
	f.Add([]byte(`{"items":[{}],"next_cursor":null,"seal":{}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var wrong *TamperedError
		if _, err := VerifyExport(text); err != nil && !errors.As(err, &wrong) && !errors.Is(err, ErrUnreadable) {
			t.Errorf("%v", err)
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	chain := make([]Event, 0, 1000)
	for _, e := range exported(b, 1000) {
		chain = append(chain, e.Event)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := Verify(chain); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(chain)*b.N)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkBundle streams a case file of 40 files of 5 MB.
func BenchmarkBundle(b *testing.B) {
	file, events := bytes.NewReader(make([]byte, 5_000_000)), exported(b, 50)
	text := exportText(b, testKey(b, 1), events)
	b.ReportAllocs()
	b.SetBytes(40 * 5_000_000)
	for b.Loop() {
		w := NewBundle(io.Discard, testKey(b, 1), Manifest{Claim: "C-7F3K-9Q2M", View: "buyer"}, madeAt)
		for i := range 40 {
			if err := w.Add(fmt.Sprintf("evidence/%02d.jpg", i), file); err != nil {
				b.Fatal(err)
			}
		}
		if err := errors.Join(w.Add(EventsEntry, bytes.NewReader(text)), w.Close(Head{})); err != nil {
			b.Fatal(err)
		}
	}
}
