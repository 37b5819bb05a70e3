package models

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestAgree(t *testing.T) {
	grant := func(amount int64, code string) Verdict { return Verdict{Granted, amount, code} }
	denial := Verdict{Denied, 0, "as_described"}
	for name, tc := range map[string]struct {
		first, second Verdict
		share         float64
		want          Agreement
	}{
		"the same":                        {grant(1000, "a"), grant(1000, "a"), 0, Agreement{true, true, true}},
		"both deny":                       {denial, denial, 0, Agreement{true, true, true}},
		"another result":                  {grant(1000, "a"), Verdict{Denied, 0, "a"}, 1, Agreement{false, false, true}},
		"another reason":                  {grant(1000, "a"), grant(1000, "b"), 0.1, Agreement{true, true, false}},
		"just within the share":           {grant(1000, "a"), grant(900, "a"), 0.1, Agreement{true, true, true}},
		"one beyond it":                   {grant(1000, "a"), grant(899, "a"), 0.1, Agreement{true, false, true}},
		"of the larger, whoever it is":    {grant(900, "a"), grant(1000, "a"), 0.1, Agreement{true, true, true}},
		"a share that no float holds":     {grant(100, "a"), grant(71, "a"), 0.29, Agreement{true, true, true}},
		"none is allowed":                 {grant(1000, "a"), grant(999, "a"), 0, Agreement{true, false, true}},
		"the largest limit overflows not": {grant(maxPolicyAmount, "a"), grant(maxPolicyAmount/2, "a"), 0.5, Agreement{true, true, true}},
	} {
		if got := Agree(tc.first, tc.second, tc.share); got != tc.want || got.All() != (tc.want == Agreement{true, true, true}) {
			t.Errorf("%s: %+v", name, got)
		}
		if got := Agree(tc.second, tc.first, tc.share); got != tc.want {
			t.Errorf("%s, the other way round: %+v", name, got)
		}
	}
}

func TestDrawForQuality(t *testing.T) {
	key, other := []byte("one key"), []byte("another key")
	count := func(key []byte, share float64) (n int) {
		for i := range 10_000 {
			if drawnForQuality(key, fmt.Sprint("claim ", i%100), Instant(i), share) {
				n++
			}
		}
		return n
	}
	if n := count(key, 0.05); n < 400 || n > 600 {
		t.Errorf("%d of 10000 at 5%%", n)
	}
	if count(key, 0) != 0 || count(key, 1) != 10_000 {
		t.Errorf("none and all: %d and %d", count(key, 0), count(key, 1))
	}
	differ := 0
	for i := range 1000 {
		once := drawnForQuality(key, "c", Instant(i), 0.5)
		if again := drawnForQuality(key, "c", Instant(i), 0.5); again != once {
			t.Fatal("asked again it is another")
		}
		if once != drawnForQuality(other, "c", Instant(i), 0.5) {
			differ++
		}
	}
	if differ < 400 {
		t.Errorf("the key changes %d of 1000", differ)
	}
}

func (m *market) quality(by Actor, status QualityStatus) []QualityReview {
	m.t.Helper()
	list, _, err := m.QualityReviews(m.ctx, by, QualityFilter{Status: status})
	m.must(err)
	return list
}

func (m *market) onQuality(by Actor, number string, in QualityInput) QualityReview {
	m.t.Helper()
	r, err := m.ActQuality(m.ctx, by, number, in)
	m.must(err)
	return r
}

func TestQualityReview(t *testing.T) {
	m := newMarket(t)
	m.publishWith(func(p *PolicyValues) { p.QualityShare = 1 })
	c := m.inReview(m.order("A-1", nil))
	before := m.countRows("SELECT COUNT(*) FROM claim_events WHERE claim_id = ?", c.ID)
	c, err := m.Act(m.ctx, m.agent, c.Number, decision("granted", 2000))
	m.must(err)
	decided := m.countRows("SELECT COUNT(*) FROM claim_events WHERE claim_id = ?", c.ID)
	if decided <= before {
		t.Fatal("nothing was recorded")
	}
	m.run()
	m.clock.set(m.MachineNow().Add(time.Hour))
	m.appeal(m.seller, c.Number) // what comes later is not shown

	if n := len(m.quality(m.agent, QualityWaiting)); n != 0 {
		t.Fatalf("who decided sees %d", n)
	}
	list := m.quality(m.agent2, QualityWaiting)
	if len(list) != 1 || list[0].First != (Verdict{}) || list[0].DecidedBy != "" || list[0].ClaimNumber != "" {
		t.Fatalf("%+v", list)
	}
	number := list[0].Number
	for name, by := range map[string]Actor{"who decided": m.agent, "buyer": m.buyer, "seller": m.seller, "integration": m.integration} {
		_, err := m.QualityByNumber(m.ctx, by, number)
		if KindOf(err) != NotFound {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := m.QualityReviews(m.ctx, m.buyer, QualityFilter{}); KindOf(err) != Forbidden {
		t.Error(err)
	}
	if _, err := m.ActQuality(m.ctx, m.admin, number, &TakeQualityInput{}); KindOf(err) != Forbidden {
		t.Error(err)
	}

	b, err := m.QualityCase(m.ctx, m.agent2, number)
	m.must(err)
	shown := fmt.Sprintf("%+v %+v %+v", b.Claim, b.Thread, b.Facts)
	if b.Claim.Decision != nil || b.Claim.Appeals != nil || b.Claim.Refunds != nil || b.Claim.Status != UnderReview || len(b.Claim.Statements) != 1 {
		t.Errorf("%+v", b.Claim)
	}
	for _, secret := range []string{m.agent.AccountID, c.Number, "記録を確認しました", "新しい記録", "b1@example.com", "A-1"} {
		if strings.Contains(shown, secret) {
			t.Errorf("%q is shown", secret)
		}
	}

	r := m.onQuality(m.agent2, number, &TakeQualityInput{})
	_, err = m.ActQuality(m.ctx, m.lead, number, &TakeQualityInput{})
	wantCode(t, err, "not_allowed_now")
	amount := int64(1900)
	opinion := &SubmitQualityInput{Outcome: "granted", Amount: &amount, ReasonCode: "no_carrier_record", Facts: "追跡がない。"}
	_, err = m.ActQuality(m.ctx, m.lead, number, opinion)
	wantCode(t, err, "not_allowed_now")
	old := int64(1)
	opinion.Version = &old
	_, err = m.ActQuality(m.ctx, m.agent2, number, opinion)
	wantCode(t, err, "stale_version")
	opinion.Version = &r.Version
	r = m.onQuality(m.agent2, number, opinion)
	if r.Status != QualityDiffers || r.Same != (Agreement{true, true, false}) || r.First != (Verdict{Granted, 2000, "not_delivered"}) || r.DecidedBy != m.agent.AccountID || r.ClaimNumber != c.Number {
		t.Fatalf("%+v", r)
	}
	if list := m.quality(m.agent, QualityDiffers); len(list) != 1 {
		t.Fatalf("who decided first sees %d of their own", len(list))
	}
	_, err = m.ActQuality(m.ctx, m.agent2, number, &CloseQualityInput{Conclusion: "both_defensible", Note: "x"})
	wantCode(t, err, "not_allowed_now")
	r = m.onQuality(m.lead, number, &CloseQualityInput{Conclusion: "rule_unclear", Note: "規則の文を直す。"})
	if r.Status != QualityClosed || r.Conclusion != "rule_unclear" || r.ClosedBy != m.lead.AccountID {
		t.Fatalf("%+v", r)
	}
	if got := m.claim(c.Number); got.Status != UnderAppeal || got.Decision.Amount != 2000 {
		t.Errorf("the claim has changed: %s %+v", got.Status, got.Decision)
	}
	if n := m.countRows("SELECT COUNT(*) FROM claim_events WHERE claim_id = ? AND type LIKE '%quality%'", c.ID); n != 0 {
		t.Errorf("%d events tell of it", n)
	}
	if n := m.countRows("SELECT COUNT(*) FROM quality_reviews"); n != 1 {
		t.Errorf("%d second looks", n)
	}
}

func TestQualityIsNotDrawn(t *testing.T) {
	m := newMarket(t)
	m.publishWith(func(p *PolicyValues) { p.QualityShare = 0 })
	none := m.decidedAs(m.order("A-1", nil), "denied", 0)
	m.run()
	if n := len(m.quality(m.agent2, QualityWaiting)); n != 0 {
		t.Fatalf("%d drawn", n)
	}
	_, err := m.PickQuality(m.ctx, m.agent2, none.Number)
	if KindOf(err) != Forbidden {
		t.Fatal(err)
	}
	r, err := m.PickQuality(m.ctx, m.lead, none.Number)
	m.must(err)
	again, err := m.PickQuality(m.ctx, m.lead, none.Number)
	m.must(err)
	if r.Number != again.Number || r.PickedBy != m.lead.AccountID || !r.Blind() {
		t.Fatalf("%+v %+v", r, again)
	}
	_, err = m.PickQuality(m.ctx, m.lead, m.inReview(m.order("A-2", nil)).Number)
	wantCode(t, err, "not_decided")
	silent := m.filed(m.order("A-3", nil), NotReceived)
	m.clock.set(silent.DueAt)
	m.run()
	_, err = m.PickQuality(m.ctx, m.lead, silent.Number) // granted by policy
	wantCode(t, err, "not_decided")
}

func TestQualityNumbers(t *testing.T) {
	m := newMarket(t)
	m.publishWith(func(p *PolicyValues) { p.QualityShare, p.QualityPairLeast = 1, 2 })
	for i := range 3 {
		c := m.decidedAs(m.order(fmt.Sprint("A-", i), nil), "granted", 2000)
		m.run()
		second := m.agent2
		if i == 2 {
			second = m.lead
		}
		r := m.quality(second, QualityWaiting)[0]
		m.onQuality(second, r.Number, &TakeQualityInput{})
		in := &SubmitQualityInput{Outcome: "granted", ReasonCode: "not_delivered", Facts: "x"}
		if amount := int64(2000); i > 0 {
			in.Amount = &amount
		}
		m.onQuality(second, r.Number, in)
		if i < 2 {
			m.appeal(m.buyer, c.Number)
			outcome := map[int]string{0: AppealUpheld, 1: AppealChanged}[i]
			in := onAppeal(outcome, 0, "", false)
			if i == 1 {
				in = onAppeal(outcome, 3800, "seller", true)
			}
			_, err := m.Act(m.ctx, m.agent2, c.Number, in)
			m.must(err)
		}
	}
	n, err := m.QualityNumbers(m.ctx, m.lead, 90)
	m.must(err)
	one, other := min(m.agent.AccountID, m.agent2.AccountID), max(m.agent.AccountID, m.agent2.AccountID)
	if n.Looked != 3 || n.Agreed != 2 || fmt.Sprint(n.Reasons) != "[{not_delivered   2 3}]" || fmt.Sprint(n.Appeals) != "[{not_delivered   1 2}]" {
		t.Errorf("%+v", n)
	}
	if len(n.Pairs) != 1 || n.Pairs[0] != (QualityShare{One: one, Other: other, Count: 1, Of: 2}) {
		t.Errorf("pairs of at least two: %+v", n.Pairs)
	}
	own, err := m.QualityNumbers(m.ctx, m.agent2, 90)
	m.must(err)
	if own.Looked != 2 || len(own.Appeals) != 0 {
		t.Errorf("of one's own: %+v", own)
	}
	_, err = m.QualityNumbers(m.ctx, m.lead, 0)
	wantCode(t, err, "invalid_fields")
}

func TestCheckable(t *testing.T) {
	staffs, appeals := &Decision{DecidedBy: "a"}, &Decision{DecidedBy: "b", Appeal: AppealOverturned}
	for name, x := range map[string]struct {
		c    Claim
		want bool
	}{
		"open":                          {Claim{}, false},
		"decided":                       {Claim{Decision: staffs}, true},
		"by the clock":                  {Claim{Decision: &Decision{Automated: true}}, false},
		"and overturned on appeal":      {Claim{Decision: appeals, Appeals: []ClaimAppeal{{First: staffs}}}, true},
		"settled, decided on appeal":    {Claim{Decision: appeals, Appeals: []ClaimAppeal{{}}}, false},
		"by the clock, then overturned": {Claim{Decision: appeals, Appeals: []ClaimAppeal{{First: &Decision{Automated: true}}}}, false},
	} {
		if got := x.c.Checkable(); got != x.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
