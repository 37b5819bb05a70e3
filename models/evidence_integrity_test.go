package models

import (
	"io"
	"slices"
	"strings"
	"testing"
)

// Bytes that are not those that were stored are given to nobody, by whichever way the store
// hands them out; staff are told once, and again when they are whole.
func TestIntegrity(t *testing.T) {
	for name, tc := range map[string]struct {
		part         EvidencePart
		direct, mute bool
		gone         bool
		fault        Fault
	}{
		"original changed":               {part: EvidenceOriginal, fault: FaultChanged},
		"original gone":                  {part: EvidenceOriginal, gone: true, fault: FaultMissing},
		"copy changed":                   {part: EvidenceCopy, fault: FaultChanged},
		"copy gone":                      {part: EvidenceCopy, gone: true, fault: FaultMissing},
		"thumbnail changed":              {part: EvidenceThumbnail, fault: FaultChanged},
		"thumbnail gone":                 {part: EvidenceThumbnail, gone: true, fault: FaultMissing},
		"copy changed, own address":      {part: EvidenceCopy, direct: true, fault: FaultChanged},
		"copy gone, own address":         {part: EvidenceCopy, direct: true, gone: true, fault: FaultMissing},
		"copy changed, store keeps none": {part: EvidenceCopy, direct: true, mute: true, fault: FaultChanged},
	} {
		t.Run(name, func(t *testing.T) {
			m, s := withEvidence(t)
			s.direct, s.mute = tc.direct, tc.mute
			c := m.claimWith(m.order("A-1", nil), m.buyer, "png:pixels")
			_, err := m.Act(m.ctx, m.agent, c.Number, &TakeInput{})
			m.must(err)
			id, by := c.Evidence[0].ID, m.seller
			if tc.part == EvidenceOriginal {
				by = m.agent2
			}
			row, err := m.ownUpload(m.ctx, m.buyer, id)
			m.must(err)
			key := row.blob(tc.part).key
			kept := s.objects[key]
			if tc.gone {
				delete(s.objects, key)
			} else {
				s.objects[key] = []byte(strings.Repeat("x", len(kept)))
			}
			for range 2 {
				if got, err := m.EvidenceContent(m.ctx, by, id, tc.part); CodeOf(err) != "integrity" || KindOf(err) != Conflict || got.Body != nil || got.URL != "" {
					t.Fatalf("%+v, %v", got, err)
				}
			}
			for who, actor := range map[string]Actor{"buyer": m.buyer, "seller": m.seller, "agent": m.agent} {
				v, err := m.ClaimByNumber(m.ctx, actor, c.Number)
				m.must(err)
				if e := v.Evidence[0]; e.Fault != tc.fault || e.FaultPart != tc.part || e.FaultAt == 0 {
					t.Errorf("the %s sees %q of %q", who, e.Fault, e.FaultPart)
				}
			}
			told := func(by Actor) (n int) {
				list, _, err := m.Notices(m.ctx, by, Page{})
				m.must(err)
				for _, x := range list {
					if x.Kind == noticeFault {
						n++
					}
				}
				return n
			}
			for who, want := range map[string]int{"lead": 1, "admin": 1, "holder": 1, "another agent": 0, "buyer": 0, "seller": 0} {
				by := map[string]Actor{"lead": m.lead, "admin": m.admin, "holder": m.agent, "another agent": m.agent2, "buyer": m.buyer, "seller": m.seller}[who]
				if n := told(by); n != want {
					t.Errorf("the %s was told %d times, want %d", who, n, want)
				}
			}
			s.objects[key] = kept
			got, err := m.EvidenceContent(m.ctx, by, id, tc.part)
			m.must(err)
			if got.Body != nil {
				b, err := io.ReadAll(got.Body)
				m.must(err)
				m.must(got.Body.Close())
				if string(b) != string(kept) {
					t.Errorf("read %q", b)
				}
			}
			if e := m.claim(c.Number).Evidence[0]; e.Fault != "" {
				t.Errorf("whole again, and still %q", e.Fault)
			}
			events, err := m.ClaimEvents(m.ctx, m.agent, c.Number)
			m.must(err)
			var kinds []string
			for _, e := range events {
				if strings.HasPrefix(e.Type, "integrity") || e.Type == "original_opened" {
					kinds = append(kinds, e.Type)
				}
			}
			want := []string{"integrity_fault", "integrity_restored"}
			if tc.part == EvidenceOriginal {
				want = append(want, "original_opened")
			}
			if !slices.Equal(kinds, want) {
				t.Errorf("events %v, want %v", kinds, want)
			}
			checkChain(t, m, c.Number)
		})
	}
}

// Each opening of an original stands in the claim, for staff alone, and changes nothing else.
func TestOriginalOpened(t *testing.T) {
	m, _ := withEvidence(t)
	c := m.claimWith(m.order("A-1", nil), m.buyer, "png:pixels")
	for range 2 {
		f, err := m.EvidenceContent(m.ctx, m.agent, c.Evidence[0].ID, EvidenceOriginal)
		m.must(err)
		m.must(f.Body.Close())
	}
	for who, by := range map[string]Actor{"agent": m.agent, "buyer": m.buyer, "seller": m.seller} {
		events, err := m.ClaimEvents(m.ctx, by, c.Number)
		m.must(err)
		n := 0
		for _, e := range events {
			if e.Type == "original_opened" && e.ActorID == m.agent.AccountID {
				n++
			}
		}
		if want := map[string]int{"agent": 2}[who]; n != want {
			t.Errorf("the %s reads %d openings, want %d", who, n, want)
		}
	}
	if got := m.claim(c.Number); got.Version != c.Version || got.ChangedAt != c.ChangedAt {
		t.Errorf("opening moved the claim: %d to %d", c.Version, got.Version)
	}
	checkChain(t, m, c.Number)
}
