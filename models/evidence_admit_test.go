package models

import (
	"slices"
	"testing"
	"time"
)

// Who may let late evidence count, which, and in what state.
func TestAdmitRule(t *testing.T) {
	p := testPolicy()
	lead, agent, admin := Actor{Role: RoleLead, AccountID: "l"}, Actor{Role: RoleAgent, AccountID: "a"}, Actor{Role: RoleAdmin, AccountID: "d"}
	party := Actor{Role: RoleLead, AccountID: "p", Email: "b@x"} // a lead who bought it is the buyer and nothing else
	late := Evidence{ID: "late", By: SideSeller, Late: true}
	claim := func(status ClaimStatus, files ...Evidence) Claim {
		return Claim{Status: status, BuyerEmail: "b@x", SellerID: "s", OpenedAt: 1, Evidence: files}
	}
	for name, tc := range map[string]struct {
		c    Claim
		by   Actor
		want bool
	}{
		"a lead, late":              {claim(UnderReview, late), lead, true},
		"a lead, before approval":   {claim(AwaitingApproval, late), lead, true},
		"an agent":                  {claim(UnderReview, late), agent, false},
		"an admin":                  {claim(UnderReview, late), admin, false},
		"a lead who is the buyer":   {claim(UnderReview, late), party, false},
		"the seller":                {claim(UnderReview, late), Actor{Role: RoleSeller, SellerID: "s"}, false},
		"nothing late":              {claim(UnderReview, Evidence{ID: "x"}), lead, false},
		"admitted already":          {claim(UnderReview, Evidence{ID: "late", Late: true, AdmittedAt: 5}), lead, false},
		"over":                      {claim(Denied, late), lead, false},
		"the seller's turn is open": {claim(AwaitingSeller, late), lead, true},
	} {
		if got := slices.Contains(tc.c.AllowedActions(tc.by, p, 9), Admit); got != tc.want {
			t.Errorf("%s: may admit %v, want %v", name, got, tc.want)
		}
	}

	c := claim(UnderReview, Evidence{ID: "in-time"}, late, Evidence{ID: "late2", Late: true})
	for name, ids := range map[string][]string{"in time": {"in-time"}, "nobody's": {"late", "other"}} {
		if _, err := (&AdmitInput{Evidence: ids, Reason: "理由"}).apply(c, lead, p, 9); KindOf(err) != Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	ch, err := (&AdmitInput{Evidence: []string{"late"}, Reason: " 配送業者の調査に日数がかかったため "}).apply(c, lead, p, 9)
	if err != nil {
		t.Fatal(err)
	}
	if got := ch.claim.Evidence[1]; got.Barred() || got.AdmittedAt != 9 || got.AdmitReason != "配送業者の調査に日数がかかったため" {
		t.Errorf("admitted: %+v", got)
	}
	if !ch.claim.Evidence[2].Barred() || !c.Evidence[1].Barred() {
		t.Error("another file, or the claim before, was changed too")
	}
	if len(ch.notices) != 2 || len(ch.events) != 1 || ch.events[0].Audience != ForAll {
		t.Errorf("told %+v, recorded %+v", ch.notices, ch.events)
	}
}

// Late evidence is kept and shown, counts for nothing until a lead admits it, and then may be
// cited; both parties read the reason.
func TestAdmitLateEvidence(t *testing.T) {
	m, _ := withEvidence(t)
	c := m.filed(m.order("A-1", nil), NotReceived)
	c, err := m.Act(m.ctx, m.seller, c.Number, &ContestInput{Message: "発送しました。"})
	m.must(err)
	m.clock.set(c.SellerDueAt.Add(-time.Microsecond))
	inTime := m.upload(m.seller, "png:in time").ID
	c, err = m.Act(m.ctx, m.seller, c.Number, &AddEvidenceInput{Evidence: []string{inTime}})
	m.must(err)
	m.clock.set(c.SellerDueAt)
	late := m.upload(m.seller, "png:late").ID
	c, err = m.Act(m.ctx, m.seller, c.Number, &AddEvidenceInput{Evidence: []string{late}})
	m.must(err)
	if len(c.Evidence) != 2 || c.Evidence[0].Late || !c.Evidence[1].Barred() {
		t.Fatalf("given: %+v", c.Evidence)
	}
	cite := func() *DecideInput {
		in := decision("denied", 0)
		in.EvidenceCited = []string{late}
		return in
	}
	if _, err := m.Act(m.ctx, m.agent, c.Number, cite()); KindOf(err) != Invalid {
		t.Fatalf("a decision relied on late evidence: %v", err)
	}
	in := &AdmitInput{Evidence: []string{late}, Reason: "配送業者の調査に日数がかかったため"}
	if _, err := m.Act(m.ctx, m.agent, c.Number, in); KindOf(err) != Forbidden {
		t.Fatalf("an agent admitted: %v", err)
	}
	if _, err := m.Act(m.ctx, m.lead, c.Number, &AdmitInput{Evidence: []string{late}, Reason: " "}); KindOf(err) != Invalid {
		t.Fatalf("without a reason: %v", err)
	}
	before := c.Version
	c, err = m.Act(m.ctx, m.lead, c.Number, in)
	m.must(err)
	if c.Version != before+1 || c.Evidence[1].Barred() {
		t.Fatalf("version %d after %d, %+v", c.Version, before, c.Evidence[1])
	}
	if _, err := m.Act(m.ctx, m.lead, c.Number, in); CodeOf(err) != "not_allowed_now" {
		t.Fatalf("admitted twice: %v", err)
	}
	for name, by := range map[string]Actor{"buyer": m.buyer, "seller": m.seller} {
		v, err := m.ClaimByNumber(m.ctx, by, c.Number)
		m.must(err)
		e := v.Evidence[1]
		if !e.Late || e.AdmittedAt == 0 || e.AdmitReason != in.Reason {
			t.Errorf("the %s sees %+v", name, e)
		}
		file, err := m.EvidenceByID(m.ctx, by, late)
		m.must(err)
		if file.AdmitReason != in.Reason || file.Barred() {
			t.Errorf("the %s's file: %+v", name, file)
		}
		list, _, err := m.Notices(m.ctx, by, Page{})
		m.must(err)
		at := slices.IndexFunc(list, func(n Notice) bool { return n.Kind == "claim_late_admitted" })
		if at < 0 || list[at].Args["why"] != in.Reason {
			t.Errorf("the %s was not told: %+v", name, list)
		}
	}
	m.must(errOf(m.Act(m.ctx, m.agent, c.Number, cite())))
	checkChain(t, m, c.Number)
}
