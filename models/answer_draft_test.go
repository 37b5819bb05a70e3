package models

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func (m *market) draftOf(by Actor, number string) (AnswerDraft, bool) {
	m.t.Helper()
	v, err := m.ClaimByNumber(m.ctx, by, number)
	m.must(err)
	d, found, err := m.AnswerDraftOf(m.ctx, by, v)
	m.must(err)
	return d, found
}

// Two members of one seller write one answer: who writes is known, taking over is a thing
// done knowingly, and of two who save at once one is told.
func TestAnswerDraftOfTwoMembers(t *testing.T) {
	m, _ := withEvidence(t)
	other := m.account("s1b@example.com", RoleSeller, "mp-s-1")
	c := m.filed(m.order("o-1", nil), NotReceived)
	save := func(by Actor, version int64, takeOver bool, text string, files ...string) (AnswerDraft, error) {
		return m.SaveAnswerDraft(m.ctx, by, c.Number, SaveAnswer{version, takeOver, AnswerBody{Choice: Contest, Message: text, Evidence: files}})
	}
	if _, found := m.draftOf(m.seller, c.Number); found {
		t.Fatal("a draft before anybody wrote")
	}
	file := m.upload(m.seller, "png:slip").ID
	d, err := save(m.seller, 0, false, "発送しました。", file)
	m.must(err)
	if d.Version != 1 || d.StartedAt != m.MachineNow() {
		t.Errorf("the first save is %+v", d)
	}
	m.clock.set(m.MachineNow().Add(time.Minute))
	if d, err = save(m.seller, 1, false, "発送しました。控えがあります。", file); err != nil || d.Version != 2 || d.StartedAt != d.ChangedAt.Add(-time.Minute) {
		t.Fatalf("the second save is %+v, %v", d, err)
	}
	seen, _ := m.draftOf(other, c.Number)
	if seen.AccountID != m.seller.AccountID || seen.Name == "" || !seen.Live || len(seen.Files) != 1 || seen.Files[0].ID != file {
		t.Errorf("the colleague sees %+v", seen)
	}
	// Without taking over, or with an old version, the colleague is told who writes.
	for _, v := range []int64{0, 1, 2} {
		if _, err := save(other, v, false, "別の回答"); CodeOf(err) != "answer_draft_taken" || KindOf(err) != Conflict {
			t.Errorf("version %d: %v", v, err)
		}
	}
	if _, err := m.TakeOverAnswer(m.ctx, other, c.Number, 1); KindOf(err) != Conflict {
		t.Errorf("an old version was taken over: %v", err)
	}
	m.clock.set(m.MachineNow().Add(time.Minute))
	taken, err := m.TakeOverAnswer(m.ctx, other, c.Number, 2)
	m.must(err)
	if taken.AccountID != other.AccountID || taken.StartedAt != m.MachineNow() || taken.Body.Message != "発送しました。控えがあります。" {
		t.Errorf("taken over: %+v", taken)
	}
	if _, err := save(m.seller, 2, false, "まだ書いています"); CodeOf(err) != "answer_draft_taken" {
		t.Errorf("who was taken over from saved: %v", err)
	}
	// The same member in two windows: the version alone tells.
	if _, err := save(other, 2, true, "古い画面"); CodeOf(err) != "answer_draft_changed" {
		t.Errorf("an old window saved: %v", err)
	}
	// The colleague's file goes with what the other member sends.
	if d, err = save(other, 3, false, "発送しました。", file); err != nil {
		t.Fatal(err)
	}
	v, err := m.ClaimByNumber(m.ctx, other, c.Number)
	m.must(err)
	if files, err := m.AnswerFiles(m.ctx, other, v, []string{file, m.upload(m.seller2, "png:theirs").ID}); err != nil || len(files) != 1 || files[0].ID != file {
		t.Errorf("files for the answer are %+v, %v", files, err)
	}
	sent, err := m.Act(m.ctx, other, c.Number, &ContestInput{Message: "発送しました。", Evidence: []string{file}})
	m.must(err)
	if len(sent.Evidence) != 1 || sent.Evidence[0].ID != file {
		t.Errorf("the answer has %+v", sent.Evidence)
	}
	if d, found := m.draftOf(m.seller, c.Number); found {
		t.Errorf("the draft of a sent answer stays: %+v", d)
	}
	if _, err := save(other, 0, false, "もう一度"); CodeOf(err) != "not_allowed_now" {
		t.Errorf("a draft after the turn: %v", err)
	}
}

func TestAnswerDraftIsTheSellers(t *testing.T) {
	m, _ := withEvidence(t)
	c := m.filed(m.order("o-1", nil), NotReceived)
	in := SaveAnswer{Body: AnswerBody{Choice: Contest, Message: "発送しました。"}}
	for name, who := range map[string]struct {
		by   Actor
		kind Kind
	}{"another seller": {m.seller2, NotFound}, "a stranger": {m.buyer2, NotFound}, "the buyer": {m.buyer, Forbidden}, "staff": {m.agent, Forbidden}} {
		if _, err := m.SaveAnswerDraft(m.ctx, who.by, c.Number, in); KindOf(err) != who.kind {
			t.Errorf("%s saves: %v", name, err)
		}
		if err := m.DiscardAnswerDraft(m.ctx, who.by, c.Number, 1); KindOf(err) != who.kind {
			t.Errorf("%s discards: %v", name, err)
		}
		if _, err := m.TakeOverAnswer(m.ctx, who.by, c.Number, 1); KindOf(err) != who.kind {
			t.Errorf("%s takes over: %v", name, err)
		}
	}
	v, err := m.ClaimByNumber(m.ctx, m.agent, c.Number)
	m.must(err)
	if _, _, err := m.AnswerDraftOf(m.ctx, m.agent, v); KindOf(err) != Forbidden {
		t.Errorf("staff read a draft: %v", err)
	}
	_, err = m.SaveAnswerDraft(m.ctx, m.seller, c.Number, in)
	m.must(err)
	marks, err := m.AnswerMarks(m.ctx, m.seller, []string{c.ID})
	if err != nil || marks[c.ID].AccountID != m.seller.AccountID {
		t.Errorf("marks are %+v, %v", marks, err)
	}
	if marks, err = m.AnswerMarks(m.ctx, m.seller2, []string{c.ID}); err != nil || len(marks) != 0 {
		t.Errorf("another seller sees %+v, %v", marks, err)
	}
	// A file of nobody's in the house, and limits.
	if _, err := m.SaveAnswerDraft(m.ctx, m.seller, c.Number, SaveAnswer{1, false, AnswerBody{Evidence: []string{m.upload(m.seller2, "png:theirs").ID}}}); CodeOf(err) != "unknown_upload" {
		t.Errorf("another seller's file: %v", err)
	}
	if _, err := m.SaveAnswerDraft(m.ctx, m.seller, c.Number, SaveAnswer{1, false, AnswerBody{Message: strings.Repeat("a", 4001)}}); KindOf(err) != Invalid {
		t.Errorf("4001 characters: %v", err)
	}
	if _, err := m.SaveAnswerDraft(m.ctx, m.seller, c.Number, SaveAnswer{1, false, AnswerBody{Choice: AnswerAction}}); CodeOf(err) != "not_allowed_now" {
		t.Errorf("an answer to no question: %v", err)
	}
	if err := m.DiscardAnswerDraft(m.ctx, m.seller, c.Number, 7); KindOf(err) != Conflict {
		t.Errorf("discarded unseen: %v", err)
	}
	m.must(m.DiscardAnswerDraft(m.ctx, m.seller, c.Number, 1))
	m.must(m.DiscardAnswerDraft(m.ctx, m.seller, c.Number, 1))
	if _, found := m.draftOf(m.seller, c.Number); found {
		t.Error("discarded and still there")
	}
}

// After the deadline nothing can be saved; what was written can still be read, and goes.
func TestAnswerDraftAfterTheDeadline(t *testing.T) {
	m := newMarket(t)
	c := m.filed(m.order("o-1", nil), NotReceived)
	in := SaveAnswer{Body: AnswerBody{Choice: Contest, Message: "発送しました。"}}
	due := c.DueAt
	m.clock.set(due - 1)
	_, err := m.SaveAnswerDraft(m.ctx, m.seller, c.Number, in)
	m.must(err)
	in.Version = 1
	m.clock.set(due)
	if _, err := m.SaveAnswerDraft(m.ctx, m.seller, c.Number, in); CodeOf(err) != "not_allowed_now" {
		t.Errorf("saved at the deadline: %v", err)
	}
	if _, err := m.TakeOverAnswer(m.ctx, m.seller, c.Number, 1); CodeOf(err) != "not_allowed_now" {
		t.Errorf("taken over at the deadline: %v", err)
	}
	d, found := m.draftOf(m.seller, c.Number)
	if !found || d.Live || d.Body.Message != "発送しました。" {
		t.Errorf("after the deadline: %+v, %v", d, found)
	}
	m.clock.set(d.ExpiresAt - 1)
	if n, err := m.SweepAnswerDrafts(m.ctx, 10); err != nil || n != 0 {
		t.Errorf("swept %d too early, %v", n, err)
	}
	m.clock.set(d.ExpiresAt)
	if n, err := m.SweepAnswerDrafts(m.ctx, 10); err != nil || n != 1 {
		t.Errorf("swept %d, %v", n, err)
	}
}

// An answer held by one member and revised by the other keeps its files until it is sent.
func TestHeldAnswerOfAColleague(t *testing.T) {
	m, _ := withEvidence(t)
	other := m.account("s1b@example.com", RoleSeller, "mp-s-1")
	c := m.filed(m.order("o-1", nil), NotReceived)
	file := m.upload(m.seller, "png:slip").ID
	_, err := m.Act(m.ctx, m.seller, c.Number, &ContestInput{Message: "発送しました。", Evidence: []string{file}, Hold: true})
	m.must(err)
	d, err := m.SaveAnswerDraft(m.ctx, other, c.Number, SaveAnswer{Body: AnswerBody{Choice: Contest, Message: "直しました。", Evidence: []string{file}}})
	m.must(err)
	// Dropping it from the draft does not drop it from the answer that is held.
	m.must(m.DiscardAnswerDraft(m.ctx, other, c.Number, d.Version))
	m.clock.set(m.MachineNow().Add(48 * time.Hour))
	held, err := m.Act(m.ctx, other, c.Number, &ContestInput{Message: "直しました。", Evidence: []string{file}, Hold: true})
	m.must(err)
	if held.Held.Actor != other.AccountID || !slices.Equal(held.Held.Files, []string{file}) {
		t.Errorf("held is %+v", held.Held)
	}
	m.clock.set(c.DueAt)
	m.run()
	v, err := m.ClaimByNumber(m.ctx, m.seller, c.Number)
	m.must(err)
	if v.Status != UnderReview || len(v.Evidence) != 1 || v.Evidence[0].ID != file {
		t.Errorf("the clock sent %s with %+v", v.Status, v.Evidence)
	}
}

// What a colleague began and can no longer send keeps nobody from writing: not a draft of an
// earlier question, and not one whose own time is over while the turn was moved.
func TestDeadDraftsLockNobodyOut(t *testing.T) {
	m, _ := withEvidence(t)
	other := m.account("s1b@example.com", RoleSeller, "mp-s-1")
	c := m.filed(m.order("o-1", nil), NotReceived)
	save := func(by Actor, version int64, text string) (AnswerDraft, error) {
		return m.SaveAnswerDraft(m.ctx, by, c.Number, SaveAnswer{Version: version, Body: AnswerBody{Message: text}})
	}
	m.must(errOf(save(m.seller, 0, "一度目")))
	m.clock.set(c.DueAt)
	m.must(m.inTx(m.ctx, func(tx *Store) error { // not granted by policy, so that staff can ask
		_, err := tx.exec(m.ctx, "UPDATE claims SET claimed = claimed * 100 WHERE id = ?", c.ID)
		return err
	}))
	m.run()
	_, err := m.Act(m.ctx, m.agent, c.Number, &AskInput{Party: SideSeller, Question: "控えはありますか。"})
	m.must(err)
	if err := m.DiscardAnswerDraft(m.ctx, other, c.Number, 7); CodeOf(err) != "answer_draft_changed" {
		t.Errorf("a dead draft is taken: %v", err)
	}
	d, err := save(other, 0, "二度目")
	m.must(err)
	if d.AccountID != other.AccountID || !d.Live || d.StartedAt != m.MachineNow() {
		t.Errorf("written over: %+v", d)
	}
	if _, err := save(m.seller, 1, "古い画面"); CodeOf(err) != "answer_draft_taken" {
		t.Errorf("over the colleague who writes now: %v", err)
	}
	// Its time is over and nobody has swept it yet, while a pause has moved the turn.
	until := d.ExpiresAt
	m.must(m.inTx(m.ctx, func(tx *Store) error {
		_, err := tx.exec(m.ctx, "UPDATE claims SET due_at = ?, seller_due_at = ? WHERE id = ?", until+1, until+1, c.ID)
		return err
	}))
	m.clock.set(until - 1)
	if _, err := save(m.seller, 0, "まだ早い"); CodeOf(err) != "answer_draft_taken" {
		t.Errorf("a microsecond before its end: %v", err)
	}
	m.clock.set(until)
	if _, found := m.draftOf(m.seller, c.Number); found {
		t.Error("seen after its end")
	}
	if d, err = save(m.seller, 0, "三度目"); err != nil || d.AccountID != m.seller.AccountID {
		t.Errorf("after its end: %+v, %v", d, err)
	}
}

// The longest pause ends before the files of an answer do that was held before it; what a draft
// named and the answer does not goes with the day.
func TestFilesOutlastThePause(t *testing.T) {
	m, _ := withEvidence(t)
	expires := func(id string) Instant {
		rows, err := find[uploadRow](m.ctx, m.Store, "SELECT * FROM uploads WHERE id = ?", id)
		m.must(err)
		return rows[0].ExpiresAt
	}
	c := m.filed(m.order("o-1", nil), NotReceived)
	held, dropped := m.upload(m.seller, "png:slip").ID, m.upload(m.seller, "png:other").ID
	m.must(errOf(m.SaveAnswerDraft(m.ctx, m.seller, c.Number, SaveAnswer{Body: AnswerBody{Evidence: []string{held, dropped}}})))
	day := m.MachineNow().Add(UploadLife)
	_, err := m.Act(m.ctx, m.seller, c.Number, &ContestInput{Message: "発送しました。", Evidence: []string{held}, Hold: true})
	m.must(err)
	if got := expires(dropped); got != day {
		t.Errorf("a file the answer left out stays until %s, not %s", got, day)
	}
	m.clock.set(c.DueAt - 1)
	until := m.MachineNow().Add(longestPause)
	paused, err := m.Act(m.ctx, m.agent, c.Number, &PauseInput{Until: until.String(), Reason: "天災"})
	m.must(err)
	if got := expires(held); got < paused.DueAt {
		t.Fatalf("the file is kept until %s, the turn ends at %s", got, paused.DueAt)
	}
	m.clock.set(paused.DueAt)
	m.run()
	if c := m.claim(c.Number); c.Status != UnderReview || len(c.Evidence) != 1 {
		t.Fatalf("%s with %+v", c.Status, c.Evidence)
	}
}

// What each file of an answer shows goes with it: at once, held until the deadline, and in the draft.
func TestCaptionsOfAnswers(t *testing.T) {
	m, _ := withEvidence(t)
	for i, hold := range []bool{false, true} {
		c := m.filed(m.order("A-"+string(rune(49+i)), nil), NotReceived)
		file := m.upload(m.seller, "png:slip "+c.Number).ID
		said := map[string]string{file: "追跡番号と配達日"}
		m.must(errOf(m.SaveAnswerDraft(m.ctx, m.seller, c.Number, SaveAnswer{Body: AnswerBody{Choice: Contest, Message: "x", Evidence: []string{file}, Captions: said}})))
		if d, _ := m.draftOf(m.seller, c.Number); d.Body.Captions[file] != said[file] {
			t.Errorf("the draft says %v", d.Body.Captions)
		}
		_, err := m.Act(m.ctx, m.seller, c.Number, &ContestInput{Captioned: Captioned{said}, Message: "発送しました。", Evidence: []string{file}, Hold: hold})
		m.must(err)
		if hold {
			m.clock.set(m.claim(c.Number).DueAt)
			m.run()
		}
		if got := m.claim(c.Number).Evidence; len(got) != 1 || got[0].Note != said[file] {
			t.Errorf("held %v: the evidence is %+v", hold, got)
		}
	}
}
