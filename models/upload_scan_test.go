package models

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

// sentry is a scanner that a test tells what to say.
type sentry struct {
	away  bool
	bad   string // content that is not safe
	asked int
}

func (s *sentry) Scan(_ context.Context, file io.Reader) (string, error) {
	s.asked++
	if s.away {
		return "", errors.New("connection refused")
	}
	b, err := io.ReadAll(file)
	if err != nil {
		return "", err
	}
	if s.bad != "" && strings.Contains(string(b), s.bad) {
		return "Eicar-Test", nil
	}
	return "", nil
}

func withScanner(t *testing.T) (*market, *shelf, *sentry) {
	t.Helper()
	m, s := withEvidence(t)
	guard := &sentry{bad: "virus"}
	m.config.Scanner = guard
	return m, s, guard
}

func (m *market) scan(want int) {
	m.t.Helper()
	n, err := m.ScanUploads(m.ctx, 50)
	m.must(err)
	if n != want {
		m.t.Fatalf("%d files were settled, want %d", n, want)
	}
}

// Both ways of uploading: safe files are ready, others refused for good, and without a verdict
// they wait.
func TestUploadsAreScanned(t *testing.T) {
	m, s, guard := withScanner(t)
	receive := func(content string) (Upload, error) {
		return m.ReceiveUpload(m.ctx, m.buyer, ReceiveUpload{FileName: "a.png"}, strings.NewReader(content))
	}
	complete := func(content string) (Upload, error) {
		return m.CompleteUpload(m.ctx, m.buyer, m.sent(s, m.buyer, content).ID)
	}
	for name, way := range map[string]func(string) (Upload, error){"whole": receive, "in two steps": complete} {
		guard.away = false
		u, err := way("png:safe " + name)
		m.must(err)
		if u.State != UploadReady || !u.Usable() {
			t.Errorf("%s: safe is %s", name, u.State)
		}
		held := len(s.held())
		u, err = way("png:a virus " + name)
		wantReason(t, err, "infected")
		if u.State != UploadRejected || len(s.held()) != held {
			t.Errorf("%s: a virus is %s, stored %v", name, u.State, s.held())
		}
		guard.away = true
		for _, content := range []string{"png:safe, not scanned ", "png:a virus, not scanned "} {
			if u, err = way(content + name); err != nil || u.State != UploadChecking || !u.Usable() {
				t.Errorf("%s: without a verdict it is %s, %v", name, u.State, err)
			}
		}
		if _, err = way("gif:not an image"); err == nil {
			t.Errorf("%s: what inspection refuses waits for the scanner", name)
		}
	}
	if n, err := m.UncheckedUploads(m.ctx); n != 4 || err != nil {
		t.Errorf("%d wait, %v", n, err)
	}
	m.config.Scanner = nil
	asked := guard.asked
	u, err := receive("png:a virus nobody looks for")
	m.must(err)
	if u.State != UploadReady || guard.asked != asked {
		t.Errorf("without a scanner it is %s", u.State)
	}
	m.later(time.Hour)
	m.scan(0)
	if n, _ := m.UncheckedUploads(m.ctx); n != 4 {
		t.Errorf("without a scanner %d wait: they became clean by themselves", n)
	}
}

// A file without a verdict can be given on a claim; until it has one nobody but its account
// opens it.
func TestAFileWaitsForItsSafetyCheck(t *testing.T) {
	m, s, guard := withScanner(t)
	m.order("A-1", nil)
	m.contact("A-1", DamagedOrDefective)
	m.later(48 * time.Hour)
	guard.away = true
	good, bad := m.upload(m.buyer, "png:good").ID, m.upload(m.buyer, "png:virus").ID
	in := filing("A-1", DamagedOrDefective)
	in.Evidence = []string{good, bad}
	c, err := m.FileClaim(m.ctx, m.buyer, in)
	m.must(err)
	said := m.upload(m.buyer, "png:virus, on the thread alone").ID
	m.must(errOf(m.SendClaimMessage(m.ctx, m.buyer, c.Number, ClaimMessage{Body: "ご確認ください。", Evidence: []string{bad, said}})))
	open := func(id string, code string, actors ...Actor) {
		t.Helper()
		for _, by := range actors {
			for _, part := range []EvidencePart{EvidenceCopy, EvidenceThumbnail} {
				content, err := m.EvidenceContent(m.ctx, by, id, part)
				if CodeOf(err) != code || code == "" && err != nil {
					t.Errorf("%s as %s: %v, want %q", part, by.Role, err, code)
				}
				if err == nil {
					_ = content.Body.Close()
				}
			}
		}
	}
	offered := func(want ...string) {
		t.Helper()
		given, err := m.GivenOnOrder(m.ctx, m.buyer, "A-1")
		m.must(err)
		var ids []string
		for _, e := range given {
			ids = append(ids, e.ID)
		}
		if !slices.Equal(ids, want) {
			t.Errorf("offered again: %v, want %v", ids, want)
		}
	}
	offered(good, bad, said)
	open(good, "", m.buyer)
	open(good, "file_unchecked", m.seller, m.agent, m.lead, m.admin)
	open(good, "not_found", m.buyer2, m.seller2)
	if _, err := m.EvidenceContent(m.ctx, m.agent, good, EvidenceOriginal); CodeOf(err) != "file_unchecked" {
		t.Errorf("the original: %v", err)
	}

	m.scan(0) // not yet
	asked := guard.asked
	m.later(scanRetry(0))
	m.scan(0) // the scanner is away: one file is tried, the others are not
	if guard.asked != asked+1 {
		t.Errorf("a scanner that is away was asked %d times", guard.asked-asked)
	}
	m.later(scanRetry(1))
	guard.away = false
	m.scan(3)
	open(good, "", m.buyer, m.seller, m.agent)
	open(bad, "file_unsafe", m.buyer, m.seller, m.agent)
	open(said, "file_unsafe", m.buyer, m.seller, m.agent)
	offered(good)
	if n, err := m.UncheckedUploads(m.ctx); n != 0 || err != nil {
		t.Errorf("%d wait, %v", n, err)
	}
	m.sweepAll()
	if len(s.held()) != 3 {
		t.Errorf("the bytes of an unsafe file are kept: %v", s.held())
	}

	after := m.claim(c.Number)
	if e := after.Evidence[1]; e.ID != bad || e.State != UploadRejected || e.HasThumb || e.SHA256 != digestOf([]byte("png:virus")) {
		t.Errorf("what is known: %+v", e)
	}
	checkChain(t, m, c.Number)
	if n := m.countRows("SELECT COUNT(*) FROM claim_events WHERE claim_id = ? AND type = 'file_unsafe'", c.ID); n != 2 {
		t.Errorf("the claim says so %d times of two files", n)
	}
	notices, _, err := m.Notices(m.ctx, m.buyer, Page{})
	m.must(err)
	if n := notices[0]; notices[1].ClaimNumber != c.Number || n.Kind != "file_unsafe" || n.ClaimNumber != c.Number || n.Args["name"] != "写真.png" || n.Args["party"] != "buyer" || n.Party != "account:"+m.buyer.AccountID {
		t.Errorf("told %+v", n)
	}
	if err := errOf(m.Act(m.ctx, m.buyer, c.Number, &AddEvidenceInput{Evidence: []string{bad}})); KindOf(err) != Invalid {
		t.Errorf("given again: %v", err)
	}
	m.must(errOf(m.Act(m.ctx, m.buyer, c.Number, &AddEvidenceInput{Evidence: []string{m.upload(m.buyer, "png:another").ID}})))

	// When its time is over it is still what it was: refused.
	m.must(errOf(m.Act(m.ctx, m.buyer, c.Number, &WithdrawInput{})))
	m.clock.set(at("2027-01-01T00:00:00Z"))
	m.run()
	if e := m.claim(c.Number).Evidence; e[0].State != UploadRemoved || e[1].State != UploadRejected || e[1].RemovedAt != 0 {
		t.Errorf("after their time: %+v", e)
	}
}

func TestScanRetry(t *testing.T) {
	for tries, want := range map[int]time.Duration{0: 15 * time.Second, 1: 30 * time.Second, 5: 8 * time.Minute, 6: 10 * time.Minute, 1000: 10 * time.Minute} {
		if got := scanRetry(tries); got != want {
			t.Errorf("after %d tries: %s, want %s", tries, got, want)
		}
	}
}

// What was given on nothing is refused all the same; a file that cannot
// be read now does not hold up the others; one that leaves meanwhile leaves.
func TestFilesAreScannedLater(t *testing.T) {
	m, s, guard := withScanner(t)
	guard.away = true
	lost := m.upload(m.buyer, "png:lost").ID
	m.later(time.Second)
	bad := m.upload(m.seller, "png:virus").ID
	gone := m.upload(m.buyer, "png:gone").ID
	row, err := m.ownUpload(m.ctx, m.buyer, lost)
	m.must(err)
	delete(s.objects, row.OriginalKey)
	m.must(m.DiscardUpload(m.ctx, m.buyer, gone))
	guard.away = false
	m.later(scanRetry(0))
	m.scan(2)
	if u, _ := m.ownUpload(m.ctx, m.seller, bad); u.State != UploadRejected || u.Reason != reasonInfected {
		t.Errorf("it is %s", u.State)
	}
	if u, _ := m.ownUpload(m.ctx, m.buyer, lost); u.State != UploadChecking || u.ScanAt <= m.MachineNow() {
		t.Errorf("what cannot be read is %s", u.State)
	}
	if notices, _, err := m.Notices(m.ctx, m.seller, Page{}); err != nil || len(notices) != 1 || notices[0].Kind != "upload_unsafe" || notices[0].Args["name"] != "写真.png" || notices[0].Party != "account:"+m.seller.AccountID {
		t.Errorf("told %+v, %v", notices, err)
	}
	m.later(scanRetry(1))
	s.objects[row.OriginalKey] = []byte("png:lost")
	m.scan(1)
}

// A draft goes on without a file that was found unsafe since: it can be saved and sent.
func TestADraftGoesOnWithoutAnUnsafeFile(t *testing.T) {
	m, _, guard := withScanner(t)
	m.order("A-1", nil)
	m.contact("A-1", DamagedOrDefective)
	m.later(48 * time.Hour)
	guard.away = true
	good, bad := m.upload(m.buyer, "png:good").ID, m.upload(m.buyer, "png:virus").ID
	body := DraftBody{Lines: []int{1}, Reason: DamagedOrDefective, Description: "割れています。", DesiredOutcome: WantsRefund, Evidence: []string{bad, good}}
	m.must(errOf(m.SaveDraft(m.ctx, m.buyer, "A-1", "mp-s-1", body)))
	guard.away = false
	m.later(scanRetry(0))
	m.scan(2)
	d, err := m.DraftFor(m.ctx, m.buyer, "A-1", "mp-s-1")
	m.must(err)
	if !slices.Equal(d.Body.Evidence, []string{good}) {
		t.Errorf("the draft names %v, want %s", d.Body.Evidence, good)
	}
	body = d.Body
	body.Description = "届いた箱が割れていました。"
	m.must(errOf(m.SaveDraft(m.ctx, m.buyer, "A-1", "mp-s-1", body)))
}
