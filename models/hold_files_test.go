package models

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// heldBy runs the loop that tells the store of legal holds and says which of the files it holds.
func (m *market) heldBy(s *shelf, ids ...string) string {
	m.t.Helper()
	if _, err := m.HoldFiles(m.ctx, 50); err != nil {
		m.t.Fatal(err)
	}
	out := ""
	for _, id := range ids {
		row := uploadRow{}
		m.must(m.db(m.ctx).Raw("SELECT * FROM uploads WHERE id = ?", id).Scan(&row).Error)
		held := 0
		for _, key := range []string{row.OriginalKey, row.CopyKey, row.ThumbKey} {
			if s.locks[key] {
				held++
			}
		}
		switch {
		case held == 3 && row.Locked:
			out += "h"
		case held == 0 && !row.Locked:
			out += "-"
		default:
			out += "?"
		}
	}
	return out
}

// A legal hold is told to a store that has one: of the files there are and of those that come while it stands; the end
// of it too. A store that does not answer is told later, and until it has heard of the end the files do not leave.
func TestTheStoreIsToldOfALegalHold(t *testing.T) {
	m, s := withEvidence(t)
	s.locks = map[string]bool{}
	c, talk, file := m.deniedAfterTalk("A-1")
	other, _, free := m.deniedAfterTalk("A-2")
	away := errors.New("no answer")
	silent := func(op, _ string) error {
		if op == "hold" {
			return away
		}
		return nil
	}
	s.after = silent
	m.must(errOf(m.Act(m.ctx, m.lead, c.Number, &LegalHoldInput{Reason: "訴訟"})))
	if got := m.heldBy(s, file, talk); strings.Contains(got, "h") {
		t.Fatalf("of a store that says nothing: %s", got)
	}
	m.heldBy(s) // the other file
	s.after = nil
	if m.heldBy(s); len(s.locks) != 0 {
		t.Error("it is asked again at once")
	}
	m.later(scanRetry(2))
	if got := m.heldBy(s, file, talk, free); got != "hh-" {
		t.Fatalf("held: %s", got)
	}

	m.must(errOf(m.Act(m.ctx, m.lead, other.Number, &LegalHoldInput{Reason: "調査"})))
	m.clock.set(at("2026-04-09T00:00:00+09:00").Add(days(211)))
	m.run()
	s.after = silent
	m.must(errOf(m.Act(m.ctx, m.lead, c.Number, &LiftLegalHoldInput{Reason: "和解"})))
	m.heldBy(s)
	m.run()
	if got := m.kept(s, file, talk); got != "kk" {
		t.Errorf("while the store holds them they have left: %s", got)
	}
	s.after = nil
	m.later(time.Hour)
	if got := m.heldBy(s, file, talk, free); got != "--h" {
		t.Errorf("lifted: %s", got)
	}
	m.run()
	if got := m.kept(s, file, talk, free); got != "--k" {
		t.Errorf("after the store has let go: %s", got)
	}
	if n := m.countRows("SELECT COUNT(*) FROM uploads WHERE lock_at IS NOT NULL"); n != 0 {
		t.Errorf("%d files are still to be told of", n)
	}
}

// What is given on a case while its legal hold stands is held too.
func TestFilesGivenOnACaseOnHold(t *testing.T) {
	m, s := withEvidence(t)
	s.locks = map[string]bool{}
	m.order("A-1", nil)
	c := m.filed(m.order("A-2", nil), NotReceived)
	m.must(errOf(m.Act(m.ctx, m.lead, c.Number, &LegalHoldInput{Reason: "訴訟"})))
	give := func(content string) (string, []string) {
		id := m.upload(m.buyer, "png:"+content).ID
		return id, []string{id}
	}
	added, evidence := give("added")
	m.must(errOf(m.Act(m.ctx, m.buyer, c.Number, &AddEvidenceInput{Evidence: evidence})))
	said, evidence := give("said")
	m.must(errOf(m.SendClaimMessage(m.ctx, m.buyer, c.Number, ClaimMessage{Body: "写真です。", Evidence: evidence})))
	line, evidence := give("line")
	m.must(errOf(m.SendMessage(m.ctx, m.buyer, SendMessage{OrderNumber: "A-2", Line: 1, Body: "写真です。", Evidence: evidence})))
	call, evidence := give("call")
	m.must(errOf(m.DeclareOutsideContact(m.ctx, m.buyer, "A-2", 1, DeclareOutsideContact{ContactedAt: "2026-01-19T10:00:00+09:00", Channel: "phone", Evidence: evidence})))
	elsewhere, evidence := give("elsewhere")
	m.must(errOf(m.SendMessage(m.ctx, m.buyer, SendMessage{OrderNumber: "A-1", Line: 1, Body: "写真です。", Evidence: evidence})))
	loose, _ := give("loose")
	if got := m.heldBy(s, added, said, line, call, elsewhere, loose); got != "hhhh--" {
		t.Errorf("held: %s", got)
	}
}

// A store that holds nothing is asked once, and the files leave as they would.
func TestAStoreWithoutHolds(t *testing.T) {
	m, s := withEvidence(t)
	c, talk, file := m.deniedAfterTalk("A-1")
	m.must(errOf(m.Act(m.ctx, m.lead, c.Number, &LegalHoldInput{Reason: "訴訟"})))
	if got := m.heldBy(s, file, talk); got != "--" {
		t.Fatal(got)
	}
	if n, err := m.HoldFiles(m.ctx, 50); n != 0 || err != nil {
		t.Errorf("told again of %d, %v", n, err)
	}
	m.clock.set(at("2026-04-09T00:00:00+09:00").Add(days(211)))
	m.must(errOf(m.Act(m.ctx, m.lead, c.Number, &LiftLegalHoldInput{Reason: "和解"})))
	m.run()
	if got := m.kept(s, file, talk); got != "--" {
		t.Errorf("after the hold: %s", got)
	}
}
