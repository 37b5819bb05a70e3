package models

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"hosho/models/seal"
)

// caseWithFiles is a contested claim with a file of the buyer, one of the seller and one in a
// message of staff.
func caseWithFiles(t *testing.T) (*market, *shelf, Claim) {
	t.Helper()
	m, s := withEvidence(t)
	order := m.order("B-1", nil)
	sent := m.contact(order, NotReceived)
	m.clock.set(sent.Add(48 * time.Hour))
	in := filing(order, NotReceived)
	in.Evidence = []string{m.upload(m.buyer, "png:the empty doorstep").ID}
	c, err := m.FileClaim(m.ctx, m.buyer, in)
	m.must(err)
	_, err = m.Act(m.ctx, m.seller, c.Number, &ContestInput{Message: "発送しました。", Evidence: []string{m.upload(m.seller, "pdf:the carrier's slip").ID}})
	m.must(err)
	_, err = m.SendClaimMessage(m.ctx, m.agent, c.Number, ClaimMessage{Body: "確認しています。", Evidence: []string{m.upload(m.agent, "png:a map").ID}})
	m.must(err)
	_, err = m.Act(m.ctx, m.agent, c.Number, &NoteInput{Body: "canary-note"})
	m.must(err)
	return m, s, c
}

// caseFile makes a case file and checks it.
func (m *market) caseFile(by Actor, number string) ([]byte, seal.BundleReport) {
	m.t.Helper()
	f, err := m.CaseFileOf(m.ctx, by, number)
	m.must(err)
	var out bytes.Buffer
	m.must(f.Write(m.ctx, &out, CaseFileAbout{Locale: "ja", Portal: "https://hosho.example", Program: "hosho v1"}, func(files []seal.File) ([]CaseFilePart, error) {
		return []CaseFilePart{{"statement.html", fmt.Append(nil, len(files), " files")}}, nil
	}))
	r, err := seal.VerifyBundle(bytes.NewReader(out.Bytes()), int64(out.Len()))
	m.must(err)
	return out.Bytes(), r
}

func TestCaseFileOfEachSide(t *testing.T) {
	m, _, c := caseWithFiles(t)
	m.mustExec("UPDATE attachments SET late = ? WHERE by_role = ?", true, SideSeller)
	for _, x := range []struct {
		by       Actor
		view     string
		readable int
	}{{m.buyer, "buyer", 4}, {m.seller, "seller", 4}, {m.agent, "staff", 5}, {m.admin, "staff", 5}} {
		file, r := m.caseFile(x.by, c.Number)
		if r.Manifest.View != x.view || r.Manifest.Claim != c.Number || r.Events.Readable != x.readable || len(r.Events.Seal.Events) != 5 || r.Manifest.Head.Seq != 5 {
			t.Errorf("%s: %+v, %d of %d readable", x.view, r.Manifest, r.Events.Readable, len(r.Events.Seal.Events))
		}
		if bytes.Contains(file, []byte("canary-note")) != (x.view == "staff") {
			t.Errorf("%s and the note of staff", x.view)
		}
		var entries []string
		givers := []string{"buyer", "seller", "staff"}
		for i, f := range r.Manifest.Files {
			entries = append(entries, f.Entry)
			if f.By != givers[i] || f.Late != (f.By == "seller") {
				t.Errorf("%s: %s of %s, late %v", x.view, f.Name, f.By, f.Late)
			}
			if f.State != seal.FileIncluded || f.Original != seal.FileIntact || f.Entry != r.Manifest.Entries[i].Name {
				t.Errorf("%s: %+v", x.view, f)
			}
		}
		if len(entries) != 3 || !strings.HasSuffix(entries[0], ".png") || !strings.HasSuffix(entries[1], ".pdf") {
			t.Errorf("%s: %v", x.view, entries)
		}
		if !bytes.Contains(file, []byte("the empty doorstep")) || bytes.Contains(file, []byte("png:")) {
			t.Errorf("%s has the originals, or not the copies", x.view)
		}
	}
	for _, by := range []Actor{m.buyer2, m.seller2, m.integration} {
		if _, err := m.CaseFileOf(m.ctx, by, c.Number); KindOf(err) != NotFound {
			t.Errorf("%s: %v", by.Email, err)
		}
	}
}

// A file that is lost or was exchanged is said to be so and left out; the rest is whole.
func TestCaseFileWithDamage(t *testing.T) {
	m, s, c := caseWithFiles(t)
	keys := func(prefix, content string) string {
		for _, k := range s.held() {
			if strings.HasPrefix(k, prefix) && strings.Contains(string(s.objects[k]), content) {
				return k
			}
		}
		t.Fatalf("no %s of %s", prefix, content)
		return ""
	}
	s.objects[keys("copies/", "doorstep")] = []byte("the full doorstep!")
	delete(s.objects, keys("copies/", "slip"))
	s.objects[keys("originals/", "a map")] = []byte("png:b map")
	file, r := m.caseFile(m.buyer, c.Number)
	var got []seal.FileState
	for _, f := range r.Manifest.Files {
		got = append(got, f.State, f.Original)
	}
	want := []seal.FileState{seal.FileChanged, seal.FileIntact, seal.FileMissing, seal.FileIntact, seal.FileIncluded, seal.FileChanged}
	if !slices.Equal(got, want) || bytes.Contains(file, []byte("doorstep")) || !bytes.Contains(file, []byte("3 files")) {
		t.Errorf("%v, want %v", got, want)
	}
	if e := m.claim(c.Number).Evidence; e[0].Fault != FaultChanged || e[1].Fault != FaultMissing {
		t.Errorf("what was found is not reported: %+v", e)
	}
	// An exchange of as many bytes shows by the hash alone.
	s.objects[keys("copies/", "a map")] = []byte("b map")
	if _, r = m.caseFile(m.buyer, c.Number); r.Manifest.Files[2].State != seal.FileChanged {
		t.Errorf("an exchanged copy was taken: %+v", r.Manifest.Files[2])
	}
	// A file that has left is no damage either, and its hash stays.
	left := at("2026-05-01T00:00:00Z")
	m.mustExec("UPDATE uploads SET state = ?, removed_at = ?, original_key = '', copy_key = '' WHERE sha256 = ?", UploadRemoved, left, digestOf([]byte("pdf:the carrier's slip")))
	if _, r = m.caseFile(m.buyer, c.Number); r.Manifest.Files[1].State != seal.FileRemoved || r.Manifest.Files[1].Original != seal.FileRemoved || r.Manifest.Files[1].SHA256 == "" || r.Manifest.Files[1].LeftAt != left.String() {
		t.Errorf("a file that has left: %+v", r.Manifest.Files[1])
	}
	// A store that does not answer is no damage: the case file breaks off.
	s.after = func(what, _ string) error {
		if what == "open" {
			return errBroken
		}
		return nil
	}
	f, err := m.CaseFileOf(m.ctx, m.buyer, c.Number)
	m.must(err)
	if err := f.Write(m.ctx, io.Discard, CaseFileAbout{}, nil); KindOf(err) != Unavailable {
		t.Errorf("%v", err)
	}
}

// All of a thread is in it, and a file that was given twice is in it once.
func TestCaseFileOfALongThread(t *testing.T) {
	m, _, c := caseWithFiles(t)
	rows := make([]messageRow, MaxPage)
	for i := range rows {
		rows[i] = messageRow{ID: newID(), OrderID: c.OrderID, SellerID: c.SellerID, ClaimID: c.ID, AuthorRole: SideBuyer, AuthorID: m.buyer.AccountID, Topic: GeneralTopic, Body: "まだです。", SentAt: m.MachineNow()}
	}
	m.must(m.inTx(m.ctx, func(tx *Store) error { return tx.insert(m.ctx, &rows) }))
	m.later(time.Minute)
	m.must(errOf(m.SendClaimMessage(m.ctx, m.buyer, c.Number, ClaimMessage{Body: "先ほどの写真です。", Evidence: []string{c.Evidence[0].ID}})))
	f, err := m.CaseFileOf(m.ctx, m.buyer, c.Number)
	m.must(err)
	if len(f.Messages) != MaxPage+2 || f.Files() != 3 || f.Size() != f.View.Evidence[0].Size+f.View.Evidence[1].Size+int64(len("png:a map")) {
		t.Errorf("%d messages, %d files of %d bytes", len(f.Messages), f.Files(), f.Size())
	}
}

// A chain that was tampered with in the database makes a case file that says so.
func TestCaseFileOfABrokenChain(t *testing.T) {
	m, _, c := caseWithFiles(t)
	m.mustExec("UPDATE claim_events SET data = ? WHERE claim_id = ? AND seq = 2", `{"amount":1}`, c.ID)
	f, err := m.CaseFileOf(m.ctx, m.lead, c.Number)
	m.must(err)
	var out bytes.Buffer
	m.must(f.Write(m.ctx, &out, CaseFileAbout{}, func([]seal.File) ([]CaseFilePart, error) { return nil, nil }))
	var wrong *seal.TamperedError
	if _, err := seal.VerifyBundle(bytes.NewReader(out.Bytes()), int64(out.Len())); !errors.As(err, &wrong) || wrong.Place != seal.EventsEntry || !strings.HasPrefix(wrong.Reason, "event 2: ") {
		t.Errorf("%v", err)
	}
}

// endlessBlobs hand out files of one size without holding them.
type endlessBlobs struct {
	*shelf
	size int64
}

func (b endlessBlobs) Open(context.Context, string) (io.ReadCloser, error) {
	return io.NopCloser(io.LimitReader(endless{}, b.size)), nil
}

// BenchmarkCaseFile streams a case file of 40 files of 5 MB; what it allocates is not what the
// files weigh.
func BenchmarkCaseFile(b *testing.B) {
	const size = 5_000_000
	blobs := endlessBlobs{newShelf(), size}
	key, err := seal.NewKey(make([]byte, seal.KeySize))
	if err != nil {
		b.Fatal(err)
	}
	f := &CaseFile{View: ClaimView{Claim: Claim{Number: "C-7F3K-9Q2M"}, Side: SideBuyer}, store: &Store{config: Config{Blobs: blobs, Keys: Keys{Seal: key}}}}
	f.store.config.Log = slog.New(slog.DiscardHandler)
	zeros := digestOf(make([]byte, size))
	for i := range 40 {
		f.files = append(f.files, caseFile{Evidence{ID: fmt.Sprint(i), SHA256: zeros}, uploadRow{OriginalKey: "o", CopyKey: "c", CopyType: "image/png", Size: size, CopySize: size, Sha256: zeros, CopySha256: zeros}})
	}
	b.ReportAllocs()
	b.SetBytes(40 * size)
	for b.Loop() {
		if err := f.Write(b.Context(), io.Discard, CaseFileAbout{}, func([]seal.File) ([]CaseFilePart, error) { return nil, nil }); err != nil {
			b.Fatal(err)
		}
	}
}
