package models

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestHints(t *testing.T) {
	placed := at("2026-01-10T09:00:00Z")
	taken := func(i Instant, zone bool) PictureFacts { return PictureFacts{TakenAt: i, ZoneKnown: zone} }
	for name, tc := range map[string]struct {
		e    Evidence
		like []Likeness
		want []HintKind
	}{
		"nothing":                         {Evidence{Width: 333, Height: 222}, nil, nil},
		"before, zone known":              {Evidence{Facts: taken(placed-1, true)}, nil, []HintKind{HintTakenBefore}},
		"at the order, zone known":        {Evidence{Facts: taken(placed, true)}, nil, nil},
		"before, within an unknown zone":  {Evidence{Facts: taken(placed.Add(-12*time.Hour), false)}, nil, nil},
		"before, beyond an unknown zone":  {Evidence{Facts: taken(placed.Add(-12*time.Hour)-1, false)}, nil, []HintKind{HintTakenBefore}},
		"no capture time":                 {Evidence{Facts: PictureFacts{ZoneKnown: true}}, nil, nil},
		"edited":                          {Evidence{Facts: PictureFacts{Editor: "Adobe Photoshop 25.0"}}, nil, []HintKind{HintEdited}},
		"the phone's own program":         {Evidence{Facts: PictureFacts{Editor: "17.1.2"}}, nil, nil},
		"a phone's screen":                {Evidence{Width: 1170, Height: 2532}, nil, []HintKind{HintScreenshot}},
		"a phone's screen on its side":    {Evidence{Width: 2532, Height: 1170}, nil, []HintKind{HintScreenshot}},
		"a computer's screen on its side": {Evidence{Width: 768, Height: 1366}, nil, nil},
		"a photo of that size":            {Evidence{Width: 1080, Height: 1920, Facts: PictureFacts{Camera: "X"}}, nil, nil},
		"all": {
			Evidence{Width: 1080, Height: 2400, Facts: PictureFacts{Editor: "GIMP 2.10", TakenAt: 1, ZoneKnown: true}},
			[]Likeness{{ClaimNumber: "A", Same: true}, {ClaimNumber: "B", Bits: 2}},
			HintKinds,
		},
	} {
		var got []HintKind
		for _, h := range HintsOf(tc.e, placed, tc.like) {
			got = append(got, h.Kind)
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
	}
	if d, _ := deviceOf(1920, 1080); d.Kind != "computer" {
		t.Errorf("1920 × 1080 is %+v", d)
	}
	for i, d := range devices {
		if j := slices.IndexFunc(devices, func(o Device) bool { return o.Width == d.Width && o.Height == d.Height }); j != i {
			t.Errorf("%d × %d stands twice", d.Width, d.Height)
		}
	}
}

// Whatever few bits differ, one quarter of the hash is the same and finds the picture.
func TestMarksFindWhatIsNear(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hash := rapid.Uint64Min(1).Draw(t, "hash")
		other := hash
		for range rapid.IntRange(0, NearBits).Draw(t, "bits") {
			other ^= 1 << rapid.IntRange(0, 63).Draw(t, "bit")
		}
		if bits.OnesCount64(hash^other) > NearBits {
			t.Fatal("the test is wrong")
		}
		a, _ := marksOf("", PictureFacts{DHash: fmt.Sprintf("%016x", hash)})
		b, _ := marksOf("", PictureFacts{DHash: fmt.Sprintf("%016x", other)})
		if !slices.ContainsFunc(a, func(m int64) bool { return slices.Contains(b, m) }) {
			t.Fatalf("%016x does not find %016x", hash, other)
		}
	})
	sum, _ := marksOf(strings.Repeat("f", 64), PictureFacts{})
	if len(sum) != 1 || sum[0] < 1<<62 {
		t.Errorf("marks of a sum alone: %v", sum)
	}
}

// claimWith files a claim of the buyer's with files given on it.
func (m *market) claimWith(order string, by Actor, files ...string) Claim {
	m.t.Helper()
	m.contact(order, DamagedOrDefective)
	m.clock.set(m.MachineNow().Add(48 * time.Hour))
	var ids []string
	for _, f := range files {
		ids = append(ids, m.upload(by, f).ID)
	}
	in := filing(order, DamagedOrDefective)
	in.Evidence = ids
	c, err := m.FileClaim(m.ctx, by, in)
	m.must(err)
	return c
}

func TestLikenesses(t *testing.T) {
	m, _ := withEvidence(t)
	first := m.claimWith(m.order("A-1", nil), m.buyer, "png:same", "png:dhash=00ff00ff00ff00f0 a", "pdf:paper", "png:dhash=ffffffffffff0000 far")
	second := m.claimWith(m.order("A-2", nil), m.buyer, "png:same", "png:dhash=00ff00ff00ff00f7 b", "pdf:paper", "png:other", "png:dhash=0000ffffffffffff far")
	third := m.claimWith(m.order("A-3", nil), m.buyer, "png:dhash=00ff00ff00ff00f1 c")

	likes := func(by Actor, number string) map[string][]Likeness {
		v, err := m.ClaimByNumber(m.ctx, by, number)
		m.must(err)
		all, err := m.Likenesses(m.ctx, by, v)
		m.must(err)
		return all
	}
	got := likes(m.agent, second.Number)
	want := map[int][]Likeness{
		0: {{first.Number, SideBuyer, true, 64}},
		1: {{third.Number, SideBuyer, false, 2}, {first.Number, SideBuyer, false, 3}},
		2: {{first.Number, SideBuyer, true, 64}},
	}
	for i, e := range second.Evidence {
		if !slices.Equal(got[e.ID], want[i]) {
			t.Errorf("file %d: %+v, want %+v", i, got[e.ID], want[i])
		}
	}
	if n := len(likes(m.admin, first.Number)); n != 3 {
		t.Errorf("an admin sees %d likenesses, want 3", n)
	}
	// The file itself may be given on another claim, without being sent again.
	m.contact(m.order("A-4", nil), DamagedOrDefective)
	m.clock.set(m.MachineNow().Add(48 * time.Hour))
	in := filing("A-4", DamagedOrDefective)
	in.Evidence = []string{third.Evidence[0].ID}
	fourth, err := m.FileClaim(m.ctx, m.buyer, in)
	m.must(err)
	if l := likes(m.agent, fourth.Number)[third.Evidence[0].ID]; len(l) != 3 || l[0] != (Likeness{third.Number, SideBuyer, true, 0}) {
		t.Errorf("a file given again: %+v", l)
	}
	for name, by := range map[string]Actor{"buyer": m.buyer, "seller": m.seller} {
		if l := likes(by, second.Number); len(l) != 0 {
			t.Errorf("the %s is told %+v", name, l)
		}
		v, err := m.ClaimByNumber(m.ctx, by, second.Number)
		m.must(err)
		if f := v.Evidence[1].Facts; f.DHash != "" || f.Editor != "" || f.TakenAt != 0 || !f.Inspected {
			t.Errorf("the %s reads %+v", name, f)
		}
		file, err := m.EvidenceByID(m.ctx, by, second.Evidence[1].ID)
		m.must(err)
		if file.Facts.DHash != "" {
			t.Errorf("the %s's file has %+v", name, file.Facts)
		}
	}
	// Of a case the agent is a party of there is no word.
	party := m.agent
	party.Email = m.buyer.Email
	v, err := m.ClaimByNumber(m.ctx, m.agent, second.Number)
	m.must(err)
	if l, err := m.Likenesses(m.ctx, party, v); err != nil || len(l) != 0 {
		t.Errorf("a party on the desk is told %+v, %v", l, err)
	}
	// What was never given on anything leaves no mark.
	m.upload(m.buyer, "png:same")
	m.clock.set(m.MachineNow().Add(25 * time.Hour))
	m.sweepAll()
	if l := likes(m.agent, second.Number); !slices.Equal(l[second.Evidence[0].ID], want[0]) {
		t.Errorf("after the sweep: %+v", l)
	}
	var marks int
	m.must(m.db(m.ctx).Raw("SELECT COUNT(*) FROM upload_marks m LEFT JOIN uploads u ON u.id = m.upload_id WHERE u.id IS NULL").Scan(&marks).Error)
	if marks != 0 {
		t.Errorf("%d marks of no upload", marks)
	}
}

// Looking for what is alike takes a few seeks, however many files there are, and however many
// share a mark.
func TestLikenessesSeek(t *testing.T) {
	m, _ := withEvidence(t)
	first := m.claimWith(m.order("A-1", nil), m.buyer, "png:dhash=00ff00ff00ff00f0 a")
	second := m.claimWith(m.order("A-2", nil), m.buyer, "png:dhash=00ff00ff00ff00f1 b")
	rows := make([]markRow, 0, 6000)
	for i := range 6000 { // a quarter of the hash that half of all pictures share, older than ours
		hash := int64(0xF0)
		mark := int64(0xF0)
		if i%2 == 0 {
			hash, mark = int64(i)<<16|0x1234, int64(1)<<16|int64(i)
		}
		rows = append(rows, markRow{mark, fmt.Sprintf("00000000-0000-7000-8000-%012d", i), hash})
	}
	m.must(m.inTx(m.ctx, func(tx *Store) error { return tx.insert(m.ctx, &rows) }))
	s, w := m.watch()
	v, err := s.ClaimByNumber(m.ctx, m.agent, first.Number)
	m.must(err)
	before := 0
	if m.engine == mysqlEngine {
		before = w.rowsRead(t)
	}
	w.asked = nil
	likes, err := s.Likenesses(m.ctx, m.agent, v)
	m.must(err)
	if l := likes[v.Evidence[0].ID]; len(l) != 1 || l[0].ClaimNumber != second.Number {
		t.Errorf("found %+v", l)
	}
	if len(w.asked) != 2 {
		t.Errorf("%d statements, want 2", len(w.asked))
	}
	if m.engine == mysqlEngine {
		read := w.rowsRead(t)
		asking := w.rowsRead(t) - read
		if read -= before + asking; read > 3*markReach {
			t.Errorf("%d rows were looked at:%s", read, m.plans(w))
		}
		return
	}
	plans := m.plans(w)
	for _, bad := range []string{"SCAN upload_marks", "SCAN a", "SCAN u", "SCAN c", "SCAN b"} {
		if strings.Contains(plans+"\n", bad+"\n") || strings.Contains(plans, bad+" USING") {
			t.Errorf("%s:%s", bad, plans)
		}
	}
	for _, a := range w.asked[:1] {
		if plan := m.explain(a.query, a.args...); strings.Contains(plan, sorting) {
			t.Errorf("marks are sorted:\n%s", plan)
		}
	}
}
