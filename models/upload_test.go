package models

import (
	"context"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func leftTemp(name string) bool {
	_, err := os.Stat(name)
	return !errors.Is(err, os.ErrNotExist)
}

func announce(content string) CreateUpload {
	return CreateUpload{FileName: "領収書.png", MediaType: "image/png", Size: int64(len(content)), SHA256: digestOf([]byte(content))}
}

// sent announces content and sends it to the staging key.
func (m *market) sent(s *shelf, by Actor, content string) Upload {
	m.t.Helper()
	u, g, err := m.CreateUpload(m.ctx, by, announce(content))
	m.must(err)
	m.must(s.Put(m.ctx, strings.TrimPrefix(g.URL, "test:"), strings.NewReader(content), int64(len(content)), "image/png", digestOf([]byte(content))))
	return u
}

// upload is a ready upload.
func (m *market) upload(by Actor, content string) Upload {
	m.t.Helper()
	u, err := m.ReceiveUpload(m.ctx, by, ReceiveUpload{FileName: "写真.png"}, strings.NewReader(content))
	m.must(err)
	return u
}

func wantReason(t *testing.T, err error, reason string) {
	t.Helper()
	wantCode(t, err, "upload_rejected")
	var e *Error
	if errors.As(err, &e); e.Args["reason"] != reason || e.Kind != Invalid {
		t.Fatalf("got %s %v, want reason %s", e.Kind, e.Args, reason)
	}
}

func TestUploadInTwoSteps(t *testing.T) {
	m, s := withEvidence(t)
	content := "png:what the camera saw"
	u := m.sent(s, m.buyer, content)
	if u.State != UploadWaiting || u.ExpiresAt != m.MachineNow().Add(24*time.Hour) {
		t.Fatalf("announced %+v", u)
	}
	m.later(20 * time.Minute) // a slow connection
	done, err := m.CompleteUpload(m.ctx, m.buyer, u.ID)
	m.must(err)
	if u.ReceivedAt != 0 || done.CreatedAt != u.CreatedAt || done.ReceivedAt != u.CreatedAt.Add(20*time.Minute) {
		t.Fatalf("announced at %s, received at %s", done.CreatedAt, done.ReceivedAt)
	}
	m.later(time.Minute)
	if done.State != UploadReady || done.MediaType != "image/png" || done.Size != int64(len(content)) || done.SHA256 != digestOf([]byte(content)) ||
		done.Width != 40 || done.Height != 30 || done.Pages != 0 || !done.HasThumb || done.FileName != "領収書.png" {
		t.Fatalf("completed %+v", done)
	}
	again, err := m.CompleteUpload(m.ctx, m.buyer, u.ID)
	m.must(err)
	if again != done {
		t.Fatalf("again %+v, first %+v", again, done)
	}
	var original int
	for _, k := range s.held() {
		switch {
		case strings.HasPrefix(k, "staging/"):
			t.Errorf("the staged bytes are still there")
		case strings.HasPrefix(k, "originals/"):
			original++
			if string(s.objects[k]) != content {
				t.Errorf("the original was changed to %q", s.objects[k])
			}
		}
	}
	if original != 1 || len(s.objects) != 3 {
		t.Fatalf("stored %v", s.held())
	}
	if _, err := m.CompleteUpload(m.ctx, m.buyer2, u.ID); KindOf(err) != NotFound {
		t.Fatalf("another account's upload: %v", err)
	}
}

func TestUploadRefusals(t *testing.T) {
	m, s := withEvidence(t)
	good := announce("png:x")
	for name, c := range map[string]struct {
		edit func(*CreateUpload)
		code string
	}{
		"no name":           {func(in *CreateUpload) { in.FileName = "" }, "invalid_fields"},
		"a blank name":      {func(in *CreateUpload) { in.FileName = " \u3000" }, "invalid_fields"},
		"long name":         {func(in *CreateUpload) { in.FileName = strings.Repeat("あ", 256) }, "invalid_fields"},
		"unknown type":      {func(in *CreateUpload) { in.MediaType = "image/svg+xml" }, "invalid_fields"},
		"empty":             {func(in *CreateUpload) { in.Size = 0 }, "invalid_fields"},
		"negative":          {func(in *CreateUpload) { in.Size = -1 }, "invalid_fields"},
		"short checksum":    {func(in *CreateUpload) { in.SHA256 = in.SHA256[1:] }, "invalid_fields"},
		"not a checksum":    {func(in *CreateUpload) { in.SHA256 = strings.Repeat("g", 64) }, "invalid_fields"},
		"a byte too large":  {func(in *CreateUpload) { in.Size = 10<<20 + 1 }, "too_large"},
		"as large as may":   {func(in *CreateUpload) { in.Size = 10 << 20 }, ""},
		"upper-case digits": {func(in *CreateUpload) { in.SHA256 = strings.ToUpper(in.SHA256) }, ""},
	} {
		in := good
		c.edit(&in)
		_, _, err := m.CreateUpload(m.ctx, m.buyer, in)
		if CodeOf(err) != c.code {
			t.Errorf("%s: %v, want %q", name, err, c.code)
		}
	}
	for role, c := range map[string]struct {
		by   Actor
		kind Kind
	}{"buyer": {m.buyer, ""}, "seller": {m.seller, ""}, "agent": {m.agent, ""}, "admin": {m.admin, ""}, "integration": {m.integration, Forbidden}, "nobody": {Anonymous, Unauthenticated}} {
		if _, _, err := m.CreateUpload(m.ctx, c.by, good); KindOf(err) != c.kind {
			t.Errorf("%s announces: %v, want %q", role, err, c.kind)
		}
		if _, err := m.ReceiveUpload(m.ctx, c.by, ReceiveUpload{FileName: "a.png"}, strings.NewReader("png:x")); KindOf(err) != c.kind {
			t.Errorf("%s uploads: %v, want %q", role, err, c.kind)
		}
	}

	// not_uploaded is not for good; a file at fault is.
	u, g, err := m.CreateUpload(m.ctx, m.buyer, announce("png:late"))
	m.must(err)
	_, err = m.CompleteUpload(m.ctx, m.buyer, u.ID)
	wantReason(t, err, "not_uploaded")
	key := strings.TrimPrefix(g.URL, "test:")
	s.objects[key] = []byte("png:liar")
	for range 2 {
		done, err := m.CompleteUpload(m.ctx, m.buyer, u.ID)
		wantReason(t, err, "checksum_mismatch")
		if done.State != UploadRejected {
			t.Fatalf("state %s", done.State)
		}
	}
	if _, there := s.objects[key]; there {
		t.Fatal("the rejected bytes are still there")
	}
	mismatch := announce("pdf:a document")
	u, g, err = m.CreateUpload(m.ctx, m.buyer, mismatch)
	m.must(err)
	s.objects[strings.TrimPrefix(g.URL, "test:")] = []byte("pdf:a document")
	_, err = m.CompleteUpload(m.ctx, m.buyer, u.ID)
	wantReason(t, err, "type_mismatch")

	// An announced upload is gone after 24 h, whatever has been sent.
	u = m.sent(s, m.buyer, "png:forgotten")
	m.later(24 * time.Hour)
	if _, err := m.CompleteUpload(m.ctx, m.buyer, u.ID); KindOf(err) != NotFound {
		t.Fatalf("completed after a day: %v", err)
	}
}

func TestReceiveUpload(t *testing.T) {
	m, s := withEvidence(t)
	for _, declaredType := range []string{"", "image/png", "IMAGE/PNG; x=y", "application/octet-stream"} {
		u, err := m.ReceiveUpload(m.ctx, m.buyer, ReceiveUpload{FileName: `C:\Users\me\写真.png`, MediaType: declaredType}, strings.NewReader("png:"+declaredType))
		m.must(err)
		if u.State != UploadReady || u.FileName != "写真.png" || u.SHA256 != digestOf([]byte("png:"+declaredType)) {
			t.Fatalf("%q: %+v", declaredType, u)
		}
	}
	stored := len(s.objects)
	_, err := m.ReceiveUpload(m.ctx, m.buyer, ReceiveUpload{FileName: "a.png"}, strings.NewReader(""))
	wantReason(t, err, "corrupt")
	_, err = m.ReceiveUpload(m.ctx, m.buyer, ReceiveUpload{FileName: "a.png", MediaType: "image/png"}, strings.NewReader("<html>"))
	wantReason(t, err, "unsupported_type")
	_, err = m.ReceiveUpload(m.ctx, m.buyer, ReceiveUpload{FileName: "a.png", MediaType: "image/webp"}, strings.NewReader("png:x"))
	wantReason(t, err, "type_mismatch")
	big := io.MultiReader(strings.NewReader("png:"), io.LimitReader(endless{}, MaxUpload-4))
	u, err := m.ReceiveUpload(m.ctx, m.buyer, ReceiveUpload{FileName: "a.png"}, big)
	m.must(err)
	if u.Size != MaxUpload {
		t.Fatalf("size %d", u.Size)
	}
	_, err = m.ReceiveUpload(m.ctx, m.buyer, ReceiveUpload{FileName: "a.png"}, io.MultiReader(strings.NewReader("png:"), endless{}))
	if KindOf(err) != TooLarge || CodeOf(err) != "too_large" {
		t.Fatalf("an endless file: %v", err)
	}
	_, err = m.ReceiveUpload(m.ctx, m.buyer, ReceiveUpload{FileName: "a.png"}, io.MultiReader(strings.NewReader("png:"), broken{}))
	if KindOf(err) != Malformed {
		t.Fatalf("a broken line: %v", err)
	}
	if len(s.objects) != stored+3 || m.loose() != 0 {
		t.Fatalf("%d objects after %d, %d loose", len(s.objects), stored, m.loose())
	}
}

func TestUploadsADay(t *testing.T) {
	m, _ := withEvidence(t)
	start := m.MachineNow()
	m.must(m.inTx(m.ctx, func(tx *Store) error {
		rows := make([]uploadRow, 0, UploadsPerDay)
		for i := range UploadsPerDay - 1 {
			rows = append(rows, uploadRow{ID: newID(), AccountID: m.buyer.AccountID, State: UploadRejected, CreatedAt: start.Add(time.Duration(i)), ExpiresAt: start.Add(UploadLife), FileName: strconv.Itoa(i)})
		}
		for len(rows) > 0 {
			n := min(100, len(rows))
			part := rows[:n]
			if err := tx.insert(m.ctx, &part); err != nil {
				return err
			}
			rows = rows[n:]
		}
		return nil
	}))
	m.later(time.Hour)
	if _, _, err := m.CreateUpload(m.ctx, m.buyer, announce("png:1000")); err != nil {
		t.Fatalf("the thousandth: %v", err)
	}
	_, _, err := m.CreateUpload(m.ctx, m.buyer, announce("png:1001"))
	wantCode(t, err, "rate_limited")
	var e *Error
	if errors.As(err, &e); e.Kind != TooMany || e.Args["wait"] != 23*time.Hour {
		t.Fatalf("%s, wait %v", e.Kind, e.Args["wait"])
	}
	_, err = m.ReceiveUpload(m.ctx, m.buyer, ReceiveUpload{FileName: "a.png"}, strings.NewReader("png:x"))
	wantCode(t, err, "rate_limited")
	if _, _, err := m.CreateUpload(m.ctx, m.buyer2, announce("png:1")); err != nil {
		t.Fatalf("another account: %v", err)
	}
	m.clock.set(start.Add(24*time.Hour + time.Millisecond))
	if _, _, err := m.CreateUpload(m.ctx, m.buyer, announce("png:next day")); err != nil {
		t.Fatalf("a day later: %v", err)
	}
}

func TestTwentyCompletionsAtOnce(t *testing.T) {
	m, s := withEvidence(t)
	u := m.sent(s, m.buyer, "png:wanted by many")
	answers, errs := make([]Upload, 20), make([]error, 20)
	var group sync.WaitGroup
	for i := range answers {
		group.Go(func() { answers[i], errs[i] = m.CompleteUpload(m.ctx, m.buyer, u.ID) })
	}
	group.Wait()
	for i := range answers {
		m.must(errs[i])
		if answers[i] != answers[0] || answers[i].State != UploadReady {
			t.Fatalf("answer %d %+v, first %+v", i, answers[i], answers[0])
		}
	}
	if len(s.objects) != 3 {
		t.Fatalf("stored %v", s.held())
	}
	m.later(48 * time.Hour)
	m.sweepAll()
	if len(s.objects) != 0 || m.loose() != 0 {
		t.Fatalf("left %v and %d notes", s.held(), m.loose())
	}
}

// Whatever operation of the store is the last before the program dies, the upload is either
// ready and whole or can be completed anew, and after the sweep no bytes are left that no
// upload names.
func TestDyingInCompletion(t *testing.T) {
	for _, how := range []string{"the store dies", "the caller dies"} {
		for op := 1; ; op++ {
			m, s := withEvidence(t)
			u := m.sent(s, m.buyer, "png:fragile")
			ctx, die := context.WithCancel(m.ctx)
			n, dead := 0, false
			s.after = func(what, _ string) error {
				if what == "open" && n > 0 {
					return nil
				}
				if n++; n < op {
					return nil
				}
				dead = true
				if how == "the caller dies" {
					die()
					return nil
				}
				return errors.New("dead")
			}
			_, err := m.CompleteUpload(ctx, m.buyer, u.ID)
			die()
			s.after = nil
			if !dead {
				m.must(err)
				if op < 5 {
					t.Fatalf("%s: only %d operations were seen", how, op-1)
				}
				break
			}
			row, e := m.ownUpload(m.ctx, m.buyer, u.ID)
			m.must(e)
			if row.State == UploadRejected {
				t.Fatalf("%s at %d: the file is blamed: %s", how, op, row.Reason)
			}
			done, err := m.CompleteUpload(m.ctx, m.buyer, u.ID)
			m.must(err)
			m.later(25 * time.Hour)
			m.must(m.inTx(m.ctx, func(tx *Store) error {
				_, err := tx.exec(m.ctx, "UPDATE uploads SET attached = ?", true)
				return err
			}))
			m.sweepAll()
			kept, err := m.ownUpload(m.ctx, m.buyer, done.ID)
			m.must(err)
			for _, k := range []string{kept.OriginalKey, kept.CopyKey, kept.ThumbKey} {
				if _, there := s.objects[k]; !there {
					t.Fatalf("%s at %d: %s is lost", how, op, k)
				}
			}
			if len(s.objects) != 3 || m.loose() != 0 {
				t.Fatalf("%s at %d: left %v and %d notes", how, op, s.held(), m.loose())
			}
		}
	}
}

func TestSweep(t *testing.T) {
	m, s := withEvidence(t)
	number := m.order("A-1", nil)
	kept := m.upload(m.buyer, "png:evidence")
	idle := m.upload(m.buyer, "png:idle")
	waiting := m.sent(s, m.buyer, "png:never completed")
	m.must(errOf(m.SendMessage(m.ctx, m.buyer, SendMessage{OrderNumber: number, Line: 1, Body: "壊れています。", Topic: DamagedOrDefective, Evidence: []string{kept.ID}})))
	m.later(24*time.Hour - time.Microsecond)
	m.sweepAll()
	if got, err := m.Uploads(m.ctx, m.buyer, []string{waiting.ID, idle.ID, kept.ID}); err != nil || len(got) != 3 || got[1].ID != idle.ID {
		t.Fatalf("before the day is over: %v, %v", got, err)
	}
	m.later(time.Microsecond)
	// At the very end of the day it can be attached no more, swept or not.
	_, err := m.SendMessage(m.ctx, m.buyer, SendMessage{OrderNumber: number, Line: 1, Body: "これも。", Evidence: []string{idle.ID}})
	wantCode(t, err, "unknown_upload")
	s.after = func(op, _ string) error {
		if op == "delete" {
			return errors.New("the store is away")
		}
		return nil
	}
	if _, err := m.SweepUploads(m.ctx, 50); err != nil {
		t.Fatalf("a store that is away fails the sweep: %v", err)
	}
	s.after = nil
	m.later(2 * time.Hour)
	m.sweepAll()
	if got, err := m.Uploads(m.ctx, m.buyer, []string{waiting.ID, idle.ID, kept.ID}); err != nil || len(got) != 1 || got[0].ID != kept.ID {
		t.Fatalf("after the day: %v, %v", got, err)
	}
	if len(s.objects) != 3 || m.loose() != 0 {
		t.Fatalf("left %v, %d notes", s.held(), m.loose())
	}
}

func errOf[T any](_ T, err error) error { return err }

// An attempt that was so slow that the sweep took its bytes, or is about to, must not become
// ready.
func TestSweptUnderTheAttempt(t *testing.T) {
	for name, away := range map[string]error{"deleted": nil, "leased to be deleted": errors.New("the store is away")} {
		m, s := withEvidence(t)
		u := m.sent(s, m.buyer, "png:slow")
		s.after = func(op, key string) error {
			if op != "put" || !strings.HasPrefix(key, "thumbnails/") {
				return nil
			}
			s.after = func(op, _ string) error {
				if op == "delete" {
					return away
				}
				return nil
			}
			m.must(m.inTx(m.ctx, func(tx *Store) error {
				_, err := tx.exec(m.ctx, "UPDATE loose_blobs SET due_at = 1")
				return err
			}))
			_, err := m.sweepLoose(m.ctx, 50)
			return err
		}
		_, err := m.CompleteUpload(m.ctx, m.buyer, u.ID)
		if KindOf(err) != Unavailable || !errors.Is(err, errSwept) {
			t.Fatalf("%s: completed over swept bytes: %v", name, err)
		}
	}
}

// Bytes are deleted at once only where it is certain that no row names them: a commit whose
// answer was lost may stand.
func TestWhatIsSurelyUndone(t *testing.T) {
	for err, want := range map[error]bool{
		tooLarge(): true, &Error{Kind: Unavailable, Err: errSwept}: true, errNotWaiting: true,
		context.Canceled: false, context.DeadlineExceeded: false, errors.New("commit: invalid connection"): false,
	} {
		if got := surelyUndone(err); got != want {
			t.Errorf("%v: %v, want %v", err, got, want)
		}
	}
}

func TestCleanFileName(t *testing.T) {
	for in, want := range map[string]string{
		"領収書.png": "領収書.png", "../../etc/passwd": "passwd", `C:\x\y.jpg`: "y.jpg", "a/b": "b", "..": "file", "": "file", "   ": "file", "/": "file",
		"-rf": "rf", ".htaccess": "htaccess", "a\x00b\x1b.png": "ab.png", "evil\u202egnp.exe": "evilgnp.exe", "a\r\nSet-Cookie: x": "aSet-Cookie: x",
		"%2e%2e": "%2e%2e", "con": "con", "caf\u0065\u0301.png": "café.png", "bad\xff.png": "bad_.png", "\u200b.png": "png", "\u3164": "file",
		"A\x00\u0300": "À", "a\u200d\u0301.png": "á.png", strings.Repeat("\u3164", 100) + "a.png": strings.Repeat("\u3164", 96) + ".png", strings.Repeat("\u3164", 100) + "a": "file",
	} {
		if got := cleanFileName(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
	long := cleanFileName(strings.Repeat("写", 10_000) + ".jpeg")
	if utf8.RuneCountInString(long) != 100 || !strings.HasSuffix(long, "写.jpeg") {
		t.Errorf("a long name became %q", long)
	}
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.String().Draw(t, "name") + rapid.SampledFrom([]string{"", "/", `\`, "\u202e", "\x00", ".."}).Draw(t, "end")
		got := cleanFileName(in)
		if utf8.RuneCountInString(got) > 100 || strings.ContainsAny(got, "/\\") || !isClean(got) || !isVisible(got) || got == "." || got == ".." || cleanFileName(got) != got {
			t.Fatalf("%q became %q, then %q", in, got, cleanFileName(got))
		}
		if n := nameFor(got, "application/pdf"); !strings.HasSuffix(strings.ToLower(n), ".pdf") || utf8.RuneCountInString(n) > 100 {
			t.Fatalf("%q saved as %q", got, n)
		}
	})
}

func TestNameFor(t *testing.T) {
	for _, c := range [][3]string{
		{"a.png", "image/png", "a.png"},
		{"a.JPEG", "image/jpeg", "a.JPEG"},
		{"a.webp", "image/png", "a.png"},
		{"invoice.exe", "image/png", "invoice.exe.png"},
		{"写真", "image/jpeg", "写真.jpg"},
		{"page.html", "application/pdf", "page.html.pdf"},
		{"a.png", "image/jpeg", "a.jpg"},
	} {
		if got := nameFor(c[0], c[1]); got != c[2] {
			t.Errorf("%s as %s: %s, want %s", c[0], c[1], got, c[2])
		}
	}
}

// What was covered is the uploader's word: kept, within limits, and never of a document.
func TestCovered(t *testing.T) {
	m, s := withEvidence(t)
	u, err := m.ReceiveUpload(m.ctx, m.buyer, ReceiveUpload{FileName: "a.png", Covered: 3}, strings.NewReader("png:black"))
	m.must(err)
	if found, err := m.Uploads(m.ctx, m.buyer, []string{u.ID}); err != nil || u.Covered != 3 || len(found) != 1 || found[0].Covered != 3 {
		t.Errorf("%+v, kept as %+v, %v", u, found, err)
	}
	if e, err := m.EvidenceByID(m.ctx, m.buyer, u.ID); err != nil || e.Covered != 3 {
		t.Errorf("%+v, %v", e, err)
	}
	in := announce("png:too")
	in.Covered = MaxCovered
	announced, g, err := m.CreateUpload(m.ctx, m.buyer, in)
	m.must(err)
	m.must(s.Put(m.ctx, strings.TrimPrefix(g.URL, "test:"), strings.NewReader("png:too"), 7, "image/png", in.SHA256))
	if done, err := m.CompleteUpload(m.ctx, m.buyer, announced.ID); err != nil || done.Covered != MaxCovered {
		t.Errorf("completed %+v, %v", done, err)
	}
	for _, n := range []int{-1, MaxCovered + 1} {
		_, err := m.ReceiveUpload(m.ctx, m.buyer, ReceiveUpload{FileName: "a.png", Covered: n}, strings.NewReader("png:x"))
		wantField(t, err, "covered", "out_of_range")
		in.Covered = n
		_, _, err = m.CreateUpload(m.ctx, m.buyer, in)
		wantField(t, err, "covered", "out_of_range")
	}
	_, err = m.ReceiveUpload(m.ctx, m.buyer, ReceiveUpload{FileName: "a.pdf", Covered: 1}, strings.NewReader("pdf:words"))
	wantField(t, err, "covered", "out_of_range")
	in.Covered, in.MediaType = 1, "application/pdf"
	_, _, err = m.CreateUpload(m.ctx, m.buyer, in)
	wantField(t, err, "covered", "out_of_range")
}

func wantField(t *testing.T, err error, field, code string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || len(e.Fields) != 1 || e.Fields[0].Field != field || e.Fields[0].Code != code {
		t.Fatalf("got %v, want %s about %s", err, code, field)
	}
}
