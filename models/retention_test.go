package models

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestRetention(t *testing.T) {
	p := Policy{Version: 1, PolicyValues: DefaultPolicy()}
	closed := at("2026-02-01T12:00:00.000001+09:00")
	deadline := at("2026-04-09T00:00:00+09:00")
	former := &Former{Status: AwaitingSeller}
	claim := func(s ClaimStatus, edit func(*Claim)) Claim {
		c := Claim{Status: s, ClosedAt: closed, Assessment: Assessment{DeadlineAt: deadline}}
		if s != Withdrawn && !s.Open() {
			c.AppealUntil = closed.Add(days(30))
		}
		if edit != nil {
			edit(&c)
		}
		return c
	}
	for _, c := range []struct {
		name  string
		claim Claim
		final Instant
	}{
		{"granted: the appeal", claim(Granted, nil), closed.Add(days(30))},
		{"denied: the appeal", claim(Denied, nil), closed.Add(days(30))},
		{"denied for silence: the appeal is longer", claim(Denied, func(c *Claim) { c.Decision = &Decision{ReasonCode: ReasonBuyerSilent} }), closed.Add(days(30))},
		{"denied for silence without an appeal", claim(Denied, func(c *Claim) { c.Decision, c.AppealUntil = &Decision{ReasonCode: ReasonBuyerSilent}, 0 }), closed.Add(hours(72))},
		{"settled: the appeal", claim(Settled, nil), closed.Add(days(30))},
		{"settled by a replacement: the appeal is longer", claim(Settled, func(c *Claim) { c.Replacement = &Replacement{ReopenBy: closed.Add(days(14))} }), closed.Add(days(30))},
		{"a replacement shipped late: until it can be reopened", claim(Settled, func(c *Claim) { c.Replacement = &Replacement{ReopenBy: closed.Add(days(40))} }), closed.Add(days(40))},
		{"a replacement without an appeal", claim(Settled, func(c *Claim) {
			c.Replacement, c.AppealUntil = &Replacement{ReopenBy: closed.Add(days(14))}, 0
		}), closed.Add(days(14))},
		{"withdrawn: 72 hours to take it up", claim(Withdrawn, func(c *Claim) { c.Former = former }), closed.Add(hours(72))},
		{"withdrawn shortly before the deadline", claim(Withdrawn, func(c *Claim) { c.Former, c.Assessment.DeadlineAt = former, closed.Add(time.Hour) }), closed.Add(time.Hour)},
		{"withdrawn after the deadline", claim(Withdrawn, func(c *Claim) { c.Former, c.Assessment.DeadlineAt = former, closed.Add(-time.Hour) }), closed},
		{"withdrawn a second time", claim(Withdrawn, func(c *Claim) { c.Former, c.ReopenedAt = former, closed.Add(-time.Hour) }), closed},
	} {
		if got := c.claim.FinalAt(p); got != c.final {
			t.Errorf("%s: final at %s, want %s", c.name, got, c.final)
		}
		r, until := c.claim.Retention(p), c.final.Add(180*24*time.Hour)
		if r != (Retention{Until: until}) || r.over(until-1) || !r.over(until) || !r.over(until+1) {
			t.Errorf("%s: kept %+v, want until %s", c.name, r, until)
		}
		c.claim.LegalHold = &LegalHold{Reason: "訴訟"}
		if r := c.claim.Retention(p); r != (Retention{Held: true}) || r.over(until+1) {
			t.Errorf("%s, on legal hold: %+v", c.name, r)
		}
	}
	for _, s := range ClaimStatuses {
		if r := claim(s, nil).Retention(p); s.Open() && (r != Retention{Open: true} || r.over(1<<60)) {
			t.Errorf("%s: %+v", s, r)
		}
	}
	p.RetentionDays = 30
	if got := claim(Granted, nil).Retention(p).Until; got != closed.Add(days(60)) {
		t.Errorf("another policy: until %s", got)
	}

	early, late := Retention{Until: closed}, Retention{Until: closed + 1}
	for name, c := range map[string]struct {
		list []Retention
		want Retention
	}{
		"nothing":           {nil, Retention{}},
		"the last counts":   {[]Retention{late, early}, late},
		"one is open":       {[]Retention{late, {Open: true}, early}, Retention{Open: true}},
		"one is held":       {[]Retention{{Held: true}, late}, Retention{Held: true}},
		"a line's deadline": {[]Retention{early, lineRetention(closed, p)}, Retention{Until: closed.Add(days(30))}},
	} {
		if got := longest(c.list...); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
	if longest().over(1 << 60) {
		t.Error("a file given on nothing leaves")
	}
}

// A claim that can be taken up again is not final, whatever was done to it before.
func TestNothingReopensOnceFinal(t *testing.T) {
	p := Policy{Version: 1, PolicyValues: DefaultPolicy()}
	closed := at("2026-02-01T12:00:00+09:00")
	buyer := Actor{Role: RoleBuyer, Email: "b@x", AccountID: "b"}
	for _, s := range []ClaimStatus{Settled, Granted, Denied, Withdrawn} {
		c := Claim{
			Status: s, ClosedAt: closed, BuyerEmail: "b@x", Assessment: Assessment{DeadlineAt: closed.Add(days(60))}, Former: &Former{Status: UnderReview},
			Decision: &Decision{ReasonCode: ReasonBuyerSilent}, Replacement: &Replacement{ReopenBy: closed.Add(days(14))},
		}
		final := c.FinalAt(p)
		if _, ok := c.find(Reopen, buyer, p, final); ok {
			t.Errorf("%s can be reopened when it is final", s)
		}
		if _, ok := c.find(Reopen, buyer, p, final-1); !ok && s != Granted {
			t.Errorf("%s cannot be reopened a microsecond before it is final", s)
		}
	}
}

// kept says of each file whether its bytes are there.
func (m *market) kept(s *shelf, ids ...string) string {
	m.t.Helper()
	out := ""
	for _, id := range ids {
		row := uploadRow{}
		m.must(m.db(m.ctx).Raw("SELECT * FROM uploads WHERE id = ?", id).Scan(&row).Error)
		switch {
		case row.State == UploadReady && row.RemovedAt == 0 && s.objects[row.OriginalKey] != nil && s.objects[row.CopyKey] != nil:
			out += "k"
		case row.State == UploadRemoved && row.RemovedAt != 0 && row.OriginalKey == "" && row.CopyKey == "" && row.ThumbKey == "" && row.Sha256 != "" && row.Size != 0 && row.FileName != "":
			out += "-"
		default:
			m.t.Fatalf("half a file: %+v", row)
		}
	}
	return out
}

// leave says that files are there to the last microsecond before an instant, and no longer.
func (m *market) leave(s *shelf, at Instant, files ...string) {
	m.t.Helper()
	m.clock.set(at - 1)
	m.run()
	if got := m.kept(s, files...); strings.Contains(got, "-") {
		m.t.Fatalf("a microsecond early: %s", got)
	}
	m.clock.set(at)
	m.run()
	if got := m.kept(s, files...); strings.Contains(got, "k") {
		m.t.Fatalf("over, and still there: %s", got)
	}
}

// deniedWith is a claim that was denied, on which the buyer gave files when filing.
func (m *market) deniedWith(order string, files ...string) Claim {
	m.t.Helper()
	in := filing(order, NotReceived)
	in.Evidence = files
	c, err := m.FileClaim(m.ctx, m.buyer, in)
	m.must(err)
	_, err = m.Act(m.ctx, m.seller, c.Number, &ContestInput{Message: "発送しました。"})
	m.must(err)
	c, err = m.Act(m.ctx, m.agent, c.Number, decision("denied", 0))
	m.must(err)
	return c
}

// deniedAfterTalk is such a claim with a file, about an order whose first message has one, too.
func (m *market) deniedAfterTalk(order string) (c Claim, talk, file string) {
	m.t.Helper()
	talk = m.upload(m.buyer, "png:talk").ID
	m.contact(m.order(order, nil), NotReceived, talk)
	m.later(48 * time.Hour)
	file = m.upload(m.buyer, "png:x").ID
	return m.deniedWith(order, file), talk, file
}

func TestFilesLeaveWithTheLastOfTheirCases(t *testing.T) {
	m, s := withEvidence(t)
	for _, n := range []string{"A-1", "A-2"} {
		m.order(n, nil)
	}
	talk := m.upload(m.buyer, "png:in a message").ID
	phone := m.upload(m.buyer, "png:of a call").ID
	only := m.upload(m.buyer, "png:of the first alone").ID
	both := m.upload(m.buyer, "png:of both").ID
	m.contact("A-1", NotReceived, talk)
	m.contact("A-2", NotReceived)
	m.must(errOf(m.DeclareOutsideContact(m.ctx, m.buyer, "A-1", 1, DeclareOutsideContact{ContactedAt: "2026-01-19T10:00:00+09:00", Channel: "phone", Evidence: []string{phone}})))
	m.clock.set(m.MachineNow().Add(48 * time.Hour))
	sent := m.upload(m.buyer, "png:on the claim's thread").ID
	m.must(m.inTx(m.ctx, func(tx *Store) error {
		return tx.holdUploads(m.ctx, m.buyer.AccountID, []string{sent}, m.MachineNow().Add(days(40)))
	}))
	in := filing("A-1", NotReceived)
	in.Evidence = []string{both, only}
	m.must(m.inTx(m.ctx, func(tx *Store) error {
		_, err := tx.exec(m.ctx, "UPDATE uploads SET expires_at = ? WHERE id IN ?", m.MachineNow().Add(time.Hour), []string{both, only})
		return err
	}))
	c, err := m.FileClaim(m.ctx, m.buyer, in)
	m.must(err)
	m.must(errOf(m.SendClaimMessage(m.ctx, m.buyer, c.Number, ClaimMessage{Body: "ご確認ください。", Evidence: []string{sent}})))
	m.must(errOf(m.Act(m.ctx, m.seller, c.Number, &ContestInput{Message: "発送しました。"})))
	c, err = m.Act(m.ctx, m.agent, c.Number, decision("denied", 0))
	m.must(err)
	first := c.ClosedAt.Add(days(30 + 180))
	m.clock.set(m.MachineNow().Add(days(2)))
	c2 := m.deniedWith("A-2", both)
	second := c2.ClosedAt.Add(days(30 + 180))
	line := at("2026-04-09T00:00:00+09:00").Add(days(180)) // no claim can be filed from then on
	if second >= line {
		t.Fatal("the example wants the line to be last")
	}
	files := []string{only, sent, both, talk, phone}
	for _, step := range []struct {
		at   Instant
		want string
	}{
		{first - 1, "kkkkk"},
		{first, "--kkk"},
		{second - 1, "--kkk"},
		{second, "---kk"},
		{line - 1, "---kk"},
		{line, "-----"},
		{line.Add(days(400)), "-----"},
	} {
		m.clock.set(step.at)
		m.run()
		m.sweepAll()
		if got := m.kept(s, files...); got != step.want {
			t.Fatalf("at %s: %s, want %s", step.at, got, step.want)
		}
	}
	if len(s.held()) != 0 || m.loose() != 0 {
		t.Errorf("left in the store: %v, loose %d", s.held(), m.loose())
	}
	if n := m.countRows("SELECT COUNT(*) FROM timers WHERE kind = 'retention'"); n != 0 {
		t.Errorf("%d timers are left", n)
	}
	checkChain(t, m, c.Number)
	checkChain(t, m, c2.Number)

	// What stays: name, size, hash and who gave it when; asked for its bytes, the date.
	after := m.claim(c.Number)
	if len(after.Evidence) != 2 || after.Evidence[1].State != UploadRemoved || after.Evidence[1].RemovedAt != first || after.Evidence[1].SHA256 != digestOf([]byte("png:of the first alone")) || after.Evidence[1].HasThumb {
		t.Errorf("what is known: %+v", after.Evidence)
	}
	for _, part := range []EvidencePart{EvidenceCopy, EvidenceThumbnail, EvidenceOriginal} {
		_, err := m.EvidenceContent(m.ctx, m.agent, only, part)
		var e *Error
		if !errors.As(err, &e) || e.Kind != Gone || e.Code != "file_removed" || e.Args["removed_at"] != first {
			t.Errorf("%s: %v", part, err)
		}
	}
	if _, err := m.EvidenceContent(m.ctx, m.buyer2, only, EvidenceCopy); KindOf(err) != NotFound {
		t.Errorf("a stranger is told: %v", err)
	}
	if list, err := m.Uploads(m.ctx, m.buyer, files); err != nil || len(list) != 0 {
		t.Errorf("offered again: %+v, %v", list, err)
	}
	if err := errOf(m.SendMessage(m.ctx, m.buyer, SendMessage{OrderNumber: "A-1", Line: 1, Body: "写真です。", Evidence: []string{only}})); CodeOf(err) != "unknown_upload" {
		t.Errorf("given again: %v", err)
	}

	// The chain names what left, with its hash; a contact made elsewhere not to the seller.
	events, err := m.ClaimEvents(m.ctx, m.seller, c.Number)
	m.must(err)
	named := map[string]string{}
	for _, e := range events {
		var data struct {
			Files []struct {
				ID, SHA256 string
				Size       int64
			}
			Days int `json:"retention_days"`
		}
		if e.Type != "files_removed" {
			continue
		}
		m.must(json.Unmarshal(e.Data, &data))
		for _, f := range data.Files {
			named[f.ID] = f.SHA256
		}
		if e.ActorRole != RoleClock || data.Days != 180 {
			t.Errorf("event %+v", e)
		}
	}
	if len(named) != 4 || named[only] != digestOf([]byte("png:of the first alone")) || named[phone] != "" {
		t.Errorf("named to the seller: %v", named)
	}
}

func TestAReopenedClaimKeepsItsFiles(t *testing.T) {
	m, s := withEvidence(t)
	c := m.filed(m.order("A-1", nil), NotReceived)
	file := m.upload(m.buyer, "png:x").ID
	m.must(errOf(m.Act(m.ctx, m.buyer, c.Number, &AddEvidenceInput{Evidence: []string{file}})))
	c, err := m.Act(m.ctx, m.buyer, c.Number, &WithdrawInput{})
	m.must(err)
	would := c.ClosedAt.Add(hours(72) + days(180))
	m.later(71 * time.Hour)
	m.must(errOf(m.Act(m.ctx, m.buyer, c.Number, &ReopenInput{})))
	if n := m.countRows("SELECT COUNT(*) FROM timers WHERE kind = 'retention'"); n != 0 {
		t.Errorf("%d timers of an open claim", n)
	}
	// A timer from before a restore or a migration asks the rule too.
	m.must(m.inTx(m.ctx, func(tx *Store) error { return tx.setTimer(m.ctx, retentionTimer, c.ID, would) }))
	m.must(m.inTx(m.ctx, func(tx *Store) error { return tx.setTimer(m.ctx, claimTimer, c.ID, 0) }))
	m.clock.set(would)
	m.run()
	if got := m.kept(s, file); got != "k" {
		t.Fatal("the file of an open claim left")
	}
	m.must(errOf(m.Act(m.ctx, m.buyer, c.Number, &WithdrawInput{})))
	c = m.claim(c.Number)
	until := c.ClosedAt.Add(days(180)) // it cannot be taken up a second time
	m.leave(s, until, file)
}

func TestLegalHold(t *testing.T) {
	m, s := withEvidence(t)
	c, talk, file := m.deniedAfterTalk("A-1")
	until := c.ClosedAt.Add(days(210))
	line := at("2026-04-09T00:00:00+09:00").Add(days(180))

	for name, by := range map[string]Actor{"agent": m.agent, "buyer": m.buyer, "seller": m.seller, "admin": m.admin} {
		if _, err := m.Act(m.ctx, by, c.Number, &LegalHoldInput{Reason: "訴訟"}); KindOf(err) != Forbidden {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := m.Act(m.ctx, m.lead, c.Number, &LegalHoldInput{Reason: " "}); KindOf(err) != Invalid {
		t.Errorf("without a reason: %v", err)
	}
	if _, err := m.Act(m.ctx, m.lead, c.Number, &LiftLegalHoldInput{Reason: "x"}); CodeOf(err) != "not_allowed_now" {
		t.Errorf("lifting none: %v", err)
	}
	held, err := m.Act(m.ctx, m.lead, c.Number, &LegalHoldInput{Reason: "訴訟 令和8年(ワ)第1号"})
	m.must(err)
	if held.LegalHold == nil || held.LegalHold.By != m.lead.AccountID || held.LegalHold.At != m.MachineNow() || held.Version != c.Version {
		t.Fatalf("held %+v", held.LegalHold)
	}
	if _, err := m.Act(m.ctx, m.lead, c.Number, &LegalHoldInput{Reason: "x"}); CodeOf(err) != "not_allowed_now" {
		t.Errorf("a second hold: %v", err)
	}
	m.clock.set(line.Add(days(30)))
	m.run()
	if got := m.kept(s, file, talk); got != "kk" {
		t.Fatalf("files on hold: %s", got)
	}
	m.must(errOf(m.Act(m.ctx, m.lead, c.Number, &LiftLegalHoldInput{Reason: "和解"})))
	m.run()
	if got := m.kept(s, file, talk); got != "--" {
		t.Fatalf("after the hold: %s", got)
	}
	if m.claim(c.Number).Evidence[0].RemovedAt <= until {
		t.Error("removed at the old time")
	}
	for who, want := range map[string]int{"buyer": 0, "seller": 0, "agent": 2} {
		v, err := m.ClaimByNumber(m.ctx, map[string]Actor{"buyer": m.buyer, "seller": m.seller, "agent": m.agent}[who], c.Number)
		m.must(err)
		events, err := m.EventsOf(m.ctx, v)
		m.must(err)
		if got := slices.DeleteFunc(events, func(e Event) bool { return !strings.HasPrefix(e.Type, "legal_hold") }); len(got) != want {
			t.Errorf("the %s reads of the hold: %+v", who, got)
		}
	}
	checkChain(t, m, c.Number)
}

// A line whose deadline moved while a hold stood has its own time when that is lifted.
func TestALaterDeadlineKeepsTheFilesOfItsMessages(t *testing.T) {
	m, s := withEvidence(t)
	m.order("A-1", nil)
	talk := m.upload(m.buyer, "png:talk").ID
	m.contact("A-1", NotReceived, talk)
	phone := m.upload(m.buyer, "png:of a call").ID
	m.must(errOf(m.DeclareOutsideContact(m.ctx, m.buyer, "A-1", 1, DeclareOutsideContact{ContactedAt: "2026-01-19T10:00:00+09:00", Channel: "phone", Evidence: []string{phone}})))
	m.later(48 * time.Hour)
	c := m.deniedWith("A-1")
	m.must(errOf(m.Act(m.ctx, m.lead, c.Number, &LegalHoldInput{Reason: "訴訟"})))
	m.order("A-1", func(in *OrderInput) {
		in.UpdatedAt, in.Lines[0].EstimatedDelivery = "2026-01-22T10:00:00+09:00", &EstimateInput{Earliest: "2026-01-05", Latest: "2026-02-28"}
	})
	until := at("2026-05-30T00:00:00+09:00").Add(days(180))
	m.clock.set(at("2026-04-09T00:00:00+09:00").Add(days(180)))
	m.run()
	m.must(errOf(m.Act(m.ctx, m.lead, c.Number, &LiftLegalHoldInput{Reason: "和解"})))
	m.leave(s, until, talk, phone)
}

// The timers of cases from before there was a retention rule are those the program would set,
// or earlier: the rule is asked again when they fire.
func TestMigrationRemembersOldCases(t *testing.T) {
	m, s := withEvidence(t)
	m.order("A-1", nil)
	m.order("A-2", nil)
	talk := m.upload(m.buyer, "png:talk").ID
	phone := m.upload(m.buyer, "png:phone").ID
	m.contact("A-1", NotReceived, talk)
	m.contact("A-2", NotReceived)
	m.must(errOf(m.DeclareOutsideContact(m.ctx, m.buyer, "A-1", 1, DeclareOutsideContact{ContactedAt: "2026-01-19T10:00:00+09:00", Channel: "phone", Evidence: []string{phone}})))
	m.later(48 * time.Hour)
	file := m.upload(m.buyer, "png:x").ID
	c := m.deniedWith("A-1", file)
	withdrawn, err := m.FileClaim(m.ctx, m.buyer, filing("A-2", NotReceived))
	m.must(err)
	m.must(errOf(m.Act(m.ctx, m.buyer, withdrawn.Number, &WithdrawInput{})))
	timers := func() map[string]Instant {
		rows, err := find[timerRow](m.ctx, m.Store, "SELECT * FROM timers WHERE kind = ?", retentionTimer)
		m.must(err)
		all := map[string]Instant{}
		for _, r := range rows {
			all[r.Subject] = r.FireAt
		}
		return all
	}
	want := timers()
	if len(want) != 4 {
		t.Fatalf("%d timers", len(want))
	}
	m.must(m.inTx(m.ctx, func(tx *Store) error {
		if _, err := tx.exec(m.ctx, "DELETE FROM timers WHERE kind = ?", retentionTimer); err != nil {
			return err
		}
		for _, name := range []string{"0044_retention_timers_claims.sql", "0045_retention_timers_lines.sql"} {
			text, err := migrations.ReadFile("migrations/" + string(m.engine) + "/" + name)
			if err != nil {
				return err
			}
			if _, err := tx.exec(m.ctx, string(text)); err != nil {
				return err
			}
		}
		return nil
	}))
	got := timers()
	for subject, at := range want {
		if subject == withdrawn.ID {
			at = at.Add(-hours(72)) // the default is closing and 180 days
		}
		if got[subject] != at {
			t.Errorf("%s fires at %s, want %s", subject, got[subject], at)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d timers, want %d", len(got), len(want))
	}
	m.clock.set(got[withdrawn.ID])
	m.run()
	if again := timers()[withdrawn.ID]; again != 0 { // it has no files
		t.Errorf("set anew to %s", again)
	}
	m.clock.set(c.AppealUntil.Add(days(180)))
	m.run()
	if kept := m.kept(s, file, talk, phone); kept != "-kk" {
		t.Errorf("kept %s", kept)
	}
}
