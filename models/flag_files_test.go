package models

import (
	"slices"
	"testing"
)

// Appeals against a warning and a limit come with files: whom the flag is about and staff see them,
// each with its own appeal, nobody else does, and they leave when the last appeal was decided long
// enough ago.
func TestFilesOfAFlagsAppeals(t *testing.T) {
	m, s := withEvidence(t)
	lead2 := m.account("l2@example.com", RoleLead, "")
	f := m.flagged()
	one, theirs := m.upload(m.buyer, "png:told it was sold out").ID, m.upload(m.buyer2, "png:of another person").ID
	m.onFlag(m.agent, f.Number, &WarnInput{Words: "ご注意ください。"})
	m.onFlag(m.lead, f.Number, &LimitInput{Words: "警告のあとも同じでした。"})
	_, err := m.ActFlag(m.ctx, m.buyer, f.Number, &AppealWarningInput{Grounds: "画面のとおりです。", Evidence: []string{theirs}})
	wantCode(t, err, "unknown_upload")
	m.onFlag(m.buyer, f.Number, &AppealWarningInput{Grounds: "画面のとおりです。", Evidence: []string{one}, Captioned: Captioned{Captions: map[string]string{one: "チャットの画面"}}})
	_, err = m.ActFlag(m.ctx, m.buyer, f.Number, &AppealLimitInput{Grounds: "同じです。", Evidence: []string{one}})
	if KindOf(err) != Invalid {
		t.Errorf("the same file twice: %v", err)
	}
	m.later(days(2))
	two := m.upload(m.buyer, "png:told again").ID
	m.onFlag(m.buyer, f.Number, &AppealLimitInput{Grounds: "別の画面です。", Evidence: []string{two}})
	files := func(by Actor, of func(Flag) FlagStep) (ids []string) {
		t.Helper()
		f, err := m.FlagByNumber(m.ctx, by, f.Number)
		m.must(err)
		for _, e := range of(f).Evidence {
			ids = append(ids, e.ID+" "+e.Note)
		}
		return ids
	}
	for _, by := range []Actor{m.buyer, m.agent, m.admin} {
		if w, l := files(by, Flag.Warning), files(by, Flag.Limit); !slices.Equal(w, []string{one + " チャットの画面"}) || !slices.Equal(l, []string{two + " "}) {
			t.Errorf("%s sees %v, %v", by.Role, w, l)
		}
	}
	for by, sees := range map[*Actor]bool{&m.buyer: true, &m.agent: true, &m.admin: true, &m.buyer2: false, &m.seller: false, &m.integration: false} {
		if _, err := m.EvidenceByID(m.ctx, *by, one); sees != (err == nil) || !sees && KindOf(err) != NotFound {
			t.Errorf("%s: %v", by.Role, err)
		}
	}
	m.onFlag(m.agent2, f.Number, &DecideWarningInput{Outcome: "upheld", Explanation: "記録のとおりです。"})
	if n := m.countRows("SELECT COUNT(*) FROM timers WHERE kind = ? AND subject = ?", retentionTimer, f.ID); n != 0 {
		t.Error("the files are to leave while an appeal waits")
	}
	m.later(days(3))
	m.onFlag(lead2, f.Number, &DecideLimitInput{Outcome: "upheld", Explanation: "記録のとおりです。"})
	until := m.MachineNow().Add(days(180))
	mine, _, err := m.MyFiles(m.ctx, m.buyer, Page{})
	m.must(err)
	if len(mine) != 2 || len(mine[0].Given) != 1 || mine[0].Given[0].Kind != OnFlag || mine[0].Given[0].Number != f.Number || mine[0].Retention.Open || mine[0].Retention.Until != until || mine[1].Retention.Until != until {
		t.Errorf("mine: %+v, want until %s", mine, until)
	}
	if n := m.countRows("SELECT COUNT(*) FROM timers WHERE kind = ? AND subject = ? AND fire_at = ?", retentionTimer, f.ID, until); n != 1 {
		t.Errorf("%d timers wake then", n)
	}
	m.leave(s, until, one, two)
}
