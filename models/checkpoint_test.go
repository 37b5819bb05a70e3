package models

import (
	"bytes"
	"context"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"hosho/models/seal"
)

// checkpoints makes what is due, as the loop does.
func (m *market) checkpoints() {
	m.t.Helper()
	for range 100 {
		n, err := m.MakeCheckpoint(m.ctx, 5)
		m.must(err)
		if n < 5 {
			return
		}
	}
	m.t.Fatal("checkpoints do not come to an end")
}

func (m *market) checked() CheckpointReport {
	m.t.Helper()
	r, err := m.CheckCheckpoints(m.ctx)
	m.must(err)
	return r
}

func TestCheckpointsListEveryChain(t *testing.T) {
	m, s := withEvidence(t)
	if r := m.checked(); r.Compared != 0 || !r.All || len(r.Faults) != 0 {
		t.Fatalf("before the first: %+v", r)
	}
	m.checkpoints()
	var claims []Claim
	for _, order := range []string{"A", "B", "C", "D"} {
		claims = append(claims, m.inReview(m.order("K-"+order, nil)))
	}
	_, err := m.Act(m.ctx, m.agent, claims[0].Number, &NoteInput{Body: "x"}) // changes neither version nor changed_at
	m.must(err)
	m.checkpoints()
	before := len(s.held())
	m.checkpoints() // nothing is due
	if len(s.held()) != before {
		t.Error("a checkpoint was made before its time")
	}
	m.later(checkpointEvery)
	m.checkpoints()
	allListed := func() {
		t.Helper()
		listed := map[string]int64{}
		for key, text := range s.objects {
			if strings.HasPrefix(key, "checkpoints/") {
				c, _, _, err := seal.ReadCheckpoint(text)
				m.must(err)
				for _, h := range c.Heads {
					listed[h.Claim] = max(listed[h.Claim], h.Seq)
				}
			}
		}
		for _, c := range claims {
			if now := m.claim(c.Number); listed[c.Number] != now.LastSeq {
				t.Errorf("%s is listed up to %d of %d", c.Number, listed[c.Number], now.LastSeq)
			}
		}
	}
	allListed()
	if r := m.checked(); !r.All || len(r.Faults) != 0 || r.Compared < 3 || r.Heads < len(claims) {
		t.Errorf("untouched: %+v", r)
	}
	// Two replicas at once make one checkpoint of each number and go on.
	m.later(checkpointEvery)
	other := *m.Store
	if _, err := m.MakeCheckpoint(m.ctx, 100); err != nil {
		t.Fatal(err)
	}
	_, mark, err := m.checkpointMarkOf(m.ctx)
	m.must(err)
	m.mustExec("UPDATE settings SET value = REPLACE(value, ?, ?) WHERE name = 'checkpoint'", `"number":`+itoa(mark.Number), `"number":`+itoa(mark.Number-1))
	m.mustExec("UPDATE settings SET value = REPLACE(value, ?, ?) WHERE name = 'checkpoint'", mark.Digest, previousOf(t, s, mark.Number))
	m.later(checkpointEvery)
	m.must(errOf(m.Act(m.ctx, m.agent, claims[1].Number, &NoteInput{Body: "not in the one that stands"})))
	if _, err := other.MakeCheckpoint(m.ctx, 100); err != nil {
		t.Fatal(err)
	}
	if _, now, err := m.checkpointMarkOf(m.ctx); err != nil || now.Number != mark.Number || now.Digest != mark.Digest {
		t.Errorf("after a lost mark: %+v, want %+v; %v", now, mark, err)
	}
	m.checkpoints()
	allListed()
	if r := m.checked(); !r.All || len(r.Faults) != 0 || int64(r.Compared) <= mark.Number {
		t.Errorf("after a lost mark: %+v", r)
	}
	// A key that signs no more still has signed what it has.
	retired := m.config.Keys.Seal.Public()
	m.config.Keys.Seal, err = seal.NewKey(bytes.Repeat([]byte{7}, seal.KeySize))
	m.must(err)
	m.config.Keys.Retired = []seal.PublicKey{retired}
	m.later(checkpointEvery)
	m.checkpoints()
	if r := m.checked(); !r.All || len(r.Faults) != 0 {
		t.Errorf("after another key: %+v", r)
	}
}

// A transaction may commit after one whose events are later: what a checkpoint could not see
// yet stands in the next.
func TestCheckpointsListWhatCommitsLate(t *testing.T) {
	m, s := withEvidence(t)
	late := m.inReview(m.order("K-A", nil))
	m.inReview(m.order("K-B", nil))
	m.checkpoints()
	_, mark, err := m.checkpointMarkOf(m.ctx)
	m.must(err)
	m.later(checkpointEvery)
	m.must(errOf(m.Act(m.ctx, m.agent, late.Number, &NoteInput{Body: "x"})))
	late = m.claim(late.Number)
	m.mustExec("UPDATE claim_events SET at = ? WHERE claim_id = ? AND seq = ?", int64(mark.At.Add(-checkpointOverlap)), late.ID, late.LastSeq)
	m.checkpoints()
	c, _, _, err := seal.ReadCheckpoint(s.objects[checkpointKey(mark.Number+1)])
	m.must(err)
	if !slices.ContainsFunc(c.Heads, func(h seal.ClaimHead) bool { return h.Claim == late.Number && h.Seq == late.LastSeq }) {
		t.Errorf("%s at %d is not in %+v", late.Number, late.LastSeq, c.Heads)
	}
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

func previousOf(t *testing.T, s *shelf, number int64) string {
	t.Helper()
	c, _, _, err := seal.ReadCheckpoint(s.objects[checkpointKey(number)])
	if err != nil {
		t.Fatal(err)
	}
	return c.Previous
}

func TestCheckpointsShowTampering(t *testing.T) {
	for name, c := range map[string]struct {
		tamper func(m *market, s *shelf, c Claim)
		says   string
	}{
		"tail cut off, with its own record": {func(m *market, _ *shelf, c Claim) {
			m.mustExec("DELETE FROM claim_events WHERE claim_id = ? AND seq = ?", c.ID, c.LastSeq)
			m.mustExec("UPDATE claims SET last_seq = last_seq - 1 WHERE id = ?", c.ID)
		}, "its chain was cut off"},
		"end exchanged": {func(m *market, _ *shelf, c Claim) {
			m.mustExec("UPDATE claim_events SET hash = ? WHERE claim_id = ? AND seq = ?", strings.Repeat("a", 64), c.ID, c.LastSeq)
		}, "is another than at checkpoint"},
		"claim gone": {func(m *market, _ *shelf, c Claim) {
			m.mustExec("DELETE FROM claims WHERE id = ?", c.ID)
		}, "its chain was cut off"},
		"checkpoint gone": {func(_ *market, s *shelf, _ Claim) { delete(s.objects, checkpointKey(2)) }, "open checkpoint 2"},
		"checkpoint changed": {func(_ *market, s *shelf, _ Claim) {
			s.objects[checkpointKey(1)] = bytes.Replace(s.objects[checkpointKey(1)], []byte(`"seq":`), []byte(`"seq":1`), 1)
		}, "checkpoint 1: checkpoint: the signature does not fit"},
		"checkpoint of another key": {func(m *market, s *shelf, _ Claim) {
			key, err := seal.NewKey(bytes.Repeat([]byte{9}, seal.KeySize))
			m.must(err)
			text, _, err := seal.SignCheckpoint(key, 1, m.MachineNow().Time(), seal.Genesis, nil)
			m.must(err)
			s.objects[checkpointKey(1)] = text
		}, "signed by another key"},
		"checkpoint of our key in the place of another": {func(m *market, s *shelf, _ Claim) {
			text, _, err := seal.SignCheckpoint(m.config.Keys.Seal, 1, m.MachineNow().Time(), seal.Genesis, nil)
			m.must(err)
			s.objects[checkpointKey(1)] = text
		}, "checkpoint 1 is not the one that the next one names"},
		"checkpoint of another number": {func(_ *market, s *shelf, _ Claim) { s.objects[checkpointKey(1)] = s.objects[checkpointKey(2)] }, "checkpoint 1: it says it is number 2"},
		"database of another past": {func(m *market, _ *shelf, _ Claim) {
			_, mark, err := m.checkpointMarkOf(m.ctx)
			m.must(err)
			m.mustExec("UPDATE settings SET value = REPLACE(value, ?, ?) WHERE name = 'checkpoint'", `"number":`+itoa(mark.Number), `"number":`+itoa(mark.Number-1))
		}, "does not follow the database's"},
		"database set back": {func(m *market, _ *shelf, _ Claim) {
			m.mustExec("DELETE FROM settings WHERE name = 'checkpoint'")
			m.later(3 * checkpointEvery)
		}, "it was set back"},
	} {
		m, s := withEvidence(t)
		m.inReview(m.order("K-A", nil))
		m.checkpoints()
		m.later(checkpointEvery)
		claim := m.inReview(m.order("K-B", nil))
		m.checkpoints()
		if r := m.checked(); len(r.Faults) != 0 || r.Compared < 2 {
			t.Fatalf("%s: untouched: %+v", name, r)
		}
		c.tamper(m, s, m.claim(claim.Number))
		if r := m.checked(); len(r.Faults) == 0 || !strings.Contains(strings.Join(r.Faults, "\n"), c.says) {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// Whoever has little time compares the newest and is told how far it came.
func TestCheckpointsInTheTimeThereIs(t *testing.T) {
	m, s := withEvidence(t)
	for range 3 {
		m.checkpoints()
		m.later(checkpointEvery)
	}
	ctx, cancel := context.WithTimeout(m.ctx, time.Minute)
	s.after = func(op, key string) error {
		if key == checkpointKey(2) {
			cancel()
		}
		return nil
	}
	r, err := m.CheckCheckpoints(ctx)
	if err != nil || r.All || r.Compared != 1 || len(r.Faults) != 0 {
		t.Errorf("%+v, %v", r, err)
	}
}
