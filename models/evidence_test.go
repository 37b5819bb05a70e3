package models

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"
)

// Who may see a file, before it is given on anything, on a claim before and after that is
// open, on a message and on a contact made elsewhere. "own" is the account that uploaded it.
// v: sees it; o: sees it and may open the original; -: it is not there.
func TestWhoMaySeeEvidence(t *testing.T) {
	m, s := withEvidence(t)
	// A sibling has the same seller, a twin the same buyer's email at another account: both
	// are the party, but not the account that uploaded.
	sibling := m.account("s1b@example.com", RoleSeller, "mp-s-1")
	twin := m.buyer
	twin.AccountID = newID()
	// Staff who bought this themselves are its buyer and nothing else.
	agentBuyer := m.agent2
	agentBuyer.Email = m.buyer.Email

	number := m.order("A-1", nil)
	scheduled := m.order("A-2", nil)
	m.contact(number, DamagedOrDefective)
	m.contact(scheduled, DamagedOrDefective)
	give := func(content string) string { return m.upload(m.buyer, "png:"+content).ID }

	loose := give("not given on anything")
	onClosed := give("on a scheduled claim")
	in := filing(scheduled, DamagedOrDefective)
	in.Schedule, in.Evidence = true, []string{onClosed}
	if c, err := m.FileClaim(m.ctx, m.buyer, in); err != nil || c.Status != Scheduled {
		t.Fatalf("filed ahead: %+v, %v", c.Status, err)
	}
	outside := give("of a phone call")
	_, err := m.DeclareOutsideContact(m.ctx, m.buyer, number, 1, DeclareOutsideContact{ContactedAt: "2026-01-19T10:00:00+09:00", Channel: "phone", Evidence: []string{outside}})
	m.must(err)
	talk := give("in a message")
	m.must(errOf(m.SendMessage(m.ctx, m.buyer, SendMessage{OrderNumber: number, Line: 1, Body: "写真です。", Evidence: []string{talk}})))
	bySeller := m.upload(m.seller, "png:the seller's").ID
	m.must(errOf(m.SendMessage(m.ctx, m.seller, SendMessage{OrderNumber: number, Line: 1, Body: "発送の控えです。", Evidence: []string{bySeller}})))
	onOpen := m.upload(m.buyer, "png:on an open claim").ID
	waiting := m.sent(s, m.buyer, "png:announced").ID
	open := filing(number, DamagedOrDefective)
	open.Evidence = []string{onOpen}

	m.clock.set(at("2026-01-20T10:00:00+09:00").Add(12 * time.Hour)) // uploads live, the wait runs
	actors := []struct {
		name string
		by   Actor
	}{
		{"buyer", m.buyer},
		{"twin", twin},
		{"buyer2", m.buyer2},
		{"seller", m.seller},
		{"sibling", sibling},
		{"seller2", m.seller2},
		{"agent", m.agent},
		{"lead", m.lead},
		{"admin", m.admin},
		{"agent who is the buyer", agentBuyer},
		{"integration", m.integration},
		{"anonymous", Anonymous},
	}
	check := func(what, id string, want string) {
		t.Helper()
		cells := strings.Fields(want)
		if len(cells) != len(actors) {
			t.Fatalf("%s: %d cells for %d actors", what, len(cells), len(actors))
		}
		for i, a := range actors {
			got := "-"
			e, err := m.EvidenceByID(m.ctx, a.by, id)
			switch {
			case err == nil && e.MayOriginal:
				got = "o"
			case err == nil:
				got = "v"
			case KindOf(err) != NotFound:
				t.Errorf("%s, %s: %v", what, a.name, err)
			}
			if got != cells[i] {
				t.Errorf("%s, %s: %s, want %s", what, a.name, got, cells[i])
			}
			for part, refusal := range map[EvidencePart]Kind{EvidenceCopy: "", EvidenceThumbnail: "", EvidenceOriginal: Forbidden, "other": NotFound} {
				switch {
				case cells[i] == "-" || e.State != UploadReady:
					refusal = NotFound
				case cells[i] == "o" && part == EvidenceOriginal:
					refusal = ""
				}
				c, err := m.EvidenceContent(m.ctx, a.by, id, part)
				if KindOf(err) != refusal {
					t.Errorf("%s, %s, %s: %v, want %q", what, a.name, part, err, refusal)
				}
				if err == nil {
					_ = c.Body.Close()
				}
			}
		}
	}
	//                              buyer twin buyer2 seller sibling seller2 agent lead admin own-agent integration anonymous
	check("not given", loose, "       v    -    -      -      -       -       -     -    -     -         -           -")
	check("announced", waiting, "     v    -    -      -      -       -       -     -    -     -         -           -")
	check("scheduled", onClosed, "    v    v    -      -      -       -       o     o    v     v         -           -")
	check("outside", outside, "       v    v    -      -      -       -       o     o    v     v         -           -")
	check("message", talk, "          v    v    -      v      v       -       o     o    v     v         -           -")
	check("by the seller", bySeller, "v    v    -      v      v       -       o     o    v     v         -           -")

	m.clock.set(at("2026-01-22T10:00:00+09:00"))
	m.run()
	check("opened", onClosed, "       v    v    -      v      v       -       o     o    v     v         -           -")
	onOpen = m.upload(m.buyer, "png:filed after the wait").ID
	open.Evidence = []string{onOpen}
	c, err := m.FileClaim(m.ctx, m.buyer, open)
	m.must(err)
	check("open", onOpen, "           v    v    -      v      v       -       o     o    v     v         -           -")

	// A held answer's file is not given yet: only who uploaded it sees it.
	held := m.upload(m.seller, "png:held").ID
	_, err = m.Act(m.ctx, m.seller, c.Number, &ContestInput{Message: "発送しました。", Evidence: []string{held}, Hold: true})
	m.must(err)
	check("held", held, "             -    -    -      v      -       -       -     -    -     -         -           -")

	e, err := m.EvidenceByID(m.ctx, m.seller, onOpen)
	m.must(err)
	if e.Subject != OnClaim || e.ClaimNumber != c.Number || e.OrderNumber != number || e.By != SideBuyer || e.Own || e.FileName != "写真.png" || !e.HasThumb {
		t.Fatalf("metadata %+v", e)
	}
	if _, err := m.EvidenceByID(m.ctx, m.agent, newID()); KindOf(err) != NotFound {
		t.Fatalf("no such file: %v", err)
	}
}

func TestEvidenceContent(t *testing.T) {
	m, s := withEvidence(t)
	var log bytes.Buffer
	m.config.Log = slog.New(slog.NewTextHandler(&log, nil))
	number := m.order("A-1", nil)
	received, err := m.ReceiveUpload(m.ctx, m.buyer, ReceiveUpload{FileName: "invoice.exe"}, strings.NewReader("png:pixels"))
	m.must(err)
	pdf, err := m.ReceiveUpload(m.ctx, m.buyer, ReceiveUpload{FileName: "控え.pdf", MediaType: "application/pdf"}, strings.NewReader("pdf:words"))
	m.must(err)
	m.must(errOf(m.SendMessage(m.ctx, m.buyer, SendMessage{OrderNumber: number, Line: 1, Body: "写真です。", Evidence: []string{received.ID, pdf.ID}})))

	read := func(by Actor, id string, part EvidencePart) (string, Content) {
		t.Helper()
		c, err := m.EvidenceContent(m.ctx, by, id, part)
		m.must(err)
		b, err := io.ReadAll(c.Body)
		m.must(errors.Join(err, c.Body.Close()))
		return string(b), c
	}
	if b, c := read(m.seller, received.ID, EvidenceCopy); b != "pixels" || c.Size != 6 || c.MediaType != "image/png" || c.FileName != "invoice.exe.png" {
		t.Errorf("copy %q %+v", b, c)
	}
	if b, c := read(m.seller, received.ID, EvidenceThumbnail); b != "small pixels" || c.MediaType != "image/jpeg" || c.FileName != "invoice.exe.jpg" {
		t.Errorf("thumbnail %q %+v", b, c)
	}
	if log.Len() != 0 {
		t.Errorf("reading a copy was logged: %s", log.String())
	}
	if b, c := read(m.agent, received.ID, EvidenceOriginal); b != "png:pixels" || c.Size != 10 {
		t.Errorf("original %q %+v", b, c)
	}
	if got := log.String(); !strings.Contains(got, m.agent.AccountID) || !strings.Contains(got, received.ID) {
		t.Errorf("opening the original was logged as %q", got)
	}
	if _, err := m.EvidenceContent(m.ctx, m.seller, pdf.ID, EvidenceThumbnail); KindOf(err) != NotFound {
		t.Errorf("a document's thumbnail: %v", err)
	}
	if b, _ := read(m.agent, pdf.ID, EvidenceCopy); b != "words" {
		t.Errorf("document %q", b)
	}

	// A store with addresses of its own is asked for one; never for the original.
	s.direct = true
	c, err := m.EvidenceContent(m.ctx, m.seller, received.ID, EvidenceCopy)
	m.must(err)
	if c.Body != nil || !strings.HasPrefix(c.URL, "test:copies/") || !strings.HasSuffix(c.URL, "for=1m0s") {
		t.Errorf("address %+v", c)
	}
	if c, err = m.EvidenceContent(m.ctx, m.agent, received.ID, EvidenceOriginal); err != nil || c.URL != "" || c.Body.Close() != nil {
		t.Errorf("original %+v, %v", c, err)
	}

	row, err := m.ownUpload(m.ctx, m.buyer, received.ID)
	m.must(err)
	for name, change := range map[string]func(){
		"one byte other": func() { s.objects[row.OriginalKey] = []byte("png:pixelz") },
		"one byte more":  func() { s.objects[row.OriginalKey] = []byte("png:pixels ") },
		"one byte less":  func() { s.objects[row.OriginalKey] = []byte("png:pixel") },
		"gone":           func() { delete(s.objects, row.OriginalKey) },
		"seen by the store": func() {
			s.objects[row.OriginalKey] = []byte("png:pixels")
			s.after = func(op, _ string) error {
				if op == "open" {
					return ErrBlobChanged
				}
				return nil
			}
		},
	} {
		log.Reset()
		s.after = nil
		change()
		c, err := m.EvidenceContent(m.ctx, m.lead, received.ID, EvidenceOriginal)
		if KindOf(err) != Conflict || CodeOf(err) != "integrity" || c.Body != nil {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
		if !strings.Contains(log.String(), "level=ERROR") {
			t.Errorf("%s: no alarm in %q", name, log.String())
		}
	}
	s.after = func(string, string) error { return errors.New("the store is away") }
	for _, part := range []EvidencePart{EvidenceOriginal} {
		if _, err := m.EvidenceContent(m.ctx, m.lead, received.ID, part); KindOf(err) != Unavailable {
			t.Errorf("%s of a store that is away: %v", part, err)
		}
	}
}

func TestAttach(t *testing.T) {
	m, s := withEvidence(t)
	number := m.order("A-1", nil)
	send := func(by Actor, ids ...string) error {
		return errOf(m.SendMessage(m.ctx, by, SendMessage{OrderNumber: number, Line: 1, Body: "写真です。", Evidence: ids}))
	}
	mine, mine2, others := m.upload(m.buyer, "png:1").ID, m.upload(m.buyer, "png:2").ID, m.upload(m.buyer2, "png:3").ID
	waiting := m.sent(s, m.buyer, "png:4").ID
	refused, err := m.ReceiveUpload(m.ctx, m.buyer, ReceiveUpload{FileName: "a.png"}, strings.NewReader("gif:5"))
	wantReason(t, err, "unsupported_type")
	for name, ids := range map[string][]string{
		"another's": {others}, "not ready": {waiting}, "rejected": {refused.ID}, "nobody's": {newID()}, "own and another's": {mine, others},
	} {
		if err := send(m.buyer, ids...); CodeOf(err) != "unknown_upload" {
			t.Errorf("%s: %v", name, err)
		}
	}
	list, _, err := m.Messages(m.ctx, m.buyer, number, 1, Page{})
	m.must(err)
	if len(list) != 0 {
		t.Fatalf("a refused message was sent: %+v", list)
	}
	m.must(send(m.buyer, mine2, mine))
	m.must(send(m.buyer, mine)) // the same file may prove two things
	list, _, err = m.Messages(m.ctx, m.seller, number, 1, Page{})
	m.must(err)
	if len(list) != 2 || len(list[0].Evidence) != 2 || list[0].Evidence[0].ID != mine2 || list[0].Evidence[1].ID != mine {
		t.Fatalf("files in the order they were given: %+v", list)
	}
}

// An answer held for revision is sent by the clock with its files. A file that is gone, which
// its hold should have prevented, must not keep the answer from being sent.
func TestHeldAnswerIsSentWhateverHappensToItsFiles(t *testing.T) {
	for name, lose := range map[string]bool{"all there": false, "one was lost": true} {
		t.Run(name, func(t *testing.T) {
			m, _ := withEvidence(t)
			c := m.filed(m.order("A-1", nil), NotReceived)
			a, b := m.upload(m.seller, "png:a").ID, m.upload(m.seller, "png:b").ID
			c, err := m.Act(m.ctx, m.seller, c.Number, &ContestInput{Message: "発送しました。", Evidence: []string{a, b}, Hold: true})
			m.must(err)
			m.must(m.inTx(m.ctx, func(tx *Store) error {
				return tx.holdUploads(m.ctx, m.seller.AccountID, []string{a, b}, c.DueAt.Add(time.Hour))
			}))
			want := []string{a, b}
			if lose {
				want = []string{b}
				m.must(m.inTx(m.ctx, func(tx *Store) error {
					_, err := tx.exec(m.ctx, "DELETE FROM uploads WHERE id = ?", a)
					return err
				}))
			}
			m.clock.set(c.DueAt)
			m.sweepAll()
			m.run()
			c = m.claim(c.Number)
			var got []string
			for _, e := range c.Evidence {
				got = append(got, e.ID)
			}
			if c.Status != UnderReview || c.SellerSilent || fmt.Sprint(got) != fmt.Sprint(want) {
				t.Fatalf("status %s, silent %v, files %v, want %v", c.Status, c.SellerSilent, got, want)
			}
		})
	}
}

// What one has given on an order can be given on it again, by its own account alone, and counts like any other file.
func TestGivenOnOrder(t *testing.T) {
	m, _ := withEvidence(t)
	number, other := m.order("A-1", nil), m.order("A-2", nil)
	give := func(by Actor, content string) string { return m.upload(by, "png:"+content).ID }
	talk, call, elsewhere := give(m.buyer, "talk"), give(m.buyer, "call"), give(m.buyer, "elsewhere")
	theirs := give(m.seller, "the seller's")
	m.must(errOf(m.SendMessage(m.ctx, m.buyer, SendMessage{OrderNumber: number, Line: 1, Topic: DamagedOrDefective, Body: "割れています。", Evidence: []string{talk}})))
	m.must(errOf(m.SendMessage(m.ctx, m.seller, SendMessage{OrderNumber: number, Line: 1, Body: "控えです。", Evidence: []string{theirs}})))
	m.must(errOf(m.SendMessage(m.ctx, m.buyer, SendMessage{OrderNumber: other, Line: 1, Body: "別の注文です。", Evidence: []string{elsewhere}})))
	m.must(errOf(m.DeclareOutsideContact(m.ctx, m.buyer, number, 1, DeclareOutsideContact{ContactedAt: "2026-01-19T10:00:00+09:00", Channel: "phone", Evidence: []string{call}})))
	m.clock.set(m.MachineNow().Add(48 * time.Hour))
	proof := give(m.buyer, "proof")
	in := filing(number, DamagedOrDefective)
	in.Evidence, in.Captions = []string{talk, proof}, map[string]string{talk: "割れた所"}
	c, err := m.FileClaim(m.ctx, m.buyer, in)
	m.must(err)
	if len(c.Evidence) != 2 || c.Evidence[0].ID != talk || c.Evidence[0].Note != "割れた所" {
		t.Errorf("filed with %+v", c.Evidence)
	}

	m.clock.set(m.MachineNow().Add(time.Minute))
	thread := give(m.buyer, "thread")
	m.must(errOf(m.SendClaimMessage(m.ctx, m.buyer, c.Number, ClaimMessage{Body: "先ほどの写真です。", Evidence: []string{talk, thread}})))
	for _, x := range []struct {
		by    Actor
		order string
		want  []string
	}{
		{m.buyer, number, []string{talk, call, proof, thread}}, {m.buyer, other, []string{elsewhere}}, {m.seller, number, []string{theirs}}, {m.agent, number, nil},
	} {
		given, err := m.GivenOnOrder(m.ctx, x.by, x.order)
		m.must(err)
		var ids []string
		for _, e := range given {
			ids = append(ids, e.ID)
			if e.ID == talk && e.Note != "割れた所" {
				t.Errorf("of the file in two places is said %q", e.Note)
			}
		}
		if !slices.Equal(ids, x.want) {
			t.Errorf("%s on %s: %v, want %v", x.by.Role, x.order, ids, x.want)
		}
	}
	for _, by := range []Actor{m.buyer2, m.seller2, Anonymous} {
		if _, err := m.GivenOnOrder(m.ctx, by, number); KindOf(err) != NotFound {
			t.Errorf("%s reads it: %v", by.Role, err)
		}
	}

	// Again on the same claim is refused; from a contact it is taken, and nobody else can name it.
	add := func(by Actor, ids ...string) error {
		return errOf(m.Act(m.ctx, by, c.Number, &AddEvidenceInput{Evidence: ids}))
	}
	wantField(t, add(m.buyer, talk), "evidence", "duplicate")
	m.must(add(m.buyer, call))
	wantField(t, add(m.seller, call), "evidence", "unknown_upload")
}
