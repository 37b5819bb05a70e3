package models

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"
)

// decidedAs is a claim of an order that the first agent has decided.
func (m *market) decidedAs(order, outcome string, amount int64) Claim {
	m.t.Helper()
	c, err := m.Act(m.ctx, m.agent, m.inReview(order).Number, decision(outcome, amount))
	m.must(err)
	return c
}

func (m *market) appeal(by Actor, number string, files ...string) Claim {
	m.t.Helper()
	c, err := m.Act(m.ctx, by, number, &ClaimAppealInput{Grounds: "新しい記録があります。", Evidence: files})
	m.must(err)
	return c
}

// onAppeal is a decision of an appeal; amount 0 names none, and bearer "" leaves bearer and metric out.
func onAppeal(outcome string, amount int64, bearer string, counts bool) *DecideClaimAppealInput {
	in := &DecideClaimAppealInput{Outcome: outcome, BorneBy: bearer, ReasonCode: "not_delivered", Rule: "4-2", Facts: "追加の記録", Explanation: "追加の記録を確認しました。"}
	if amount > 0 {
		in.Amount = &amount
	}
	if bearer != "" {
		in.CountsAgainstSeller = &counts
	}
	return in
}

// entries are the rows of the seller's statement about a claim, in their order.
func (m *market) entries(c Claim) (list []string) {
	m.t.Helper()
	rows, err := find[StatementEntry](m.ctx, m.Store, "SELECT * FROM statement_entries WHERE claim_id = ? ORDER BY seq", c.ID)
	m.must(err)
	for _, r := range rows {
		list = append(list, fmt.Sprintf("%s %s %d %d", r.Kind, r.BorneBy, r.Amount, r.Counts))
	}
	return list
}

func (m *market) owedOf(order string) int64 {
	m.t.Helper()
	o, err := m.OrderByNumber(m.ctx, m.integration, order)
	m.must(err)
	return o.Lines[0].Owed
}

func wantList(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Fatalf("got  %q\nwant %q", got, want)
	}
}

func TestAppealOverturnsADenial(t *testing.T) {
	m, _ := withEvidence(t)
	c := m.decidedAs(m.order("A-1", nil), "denied", 0)
	wantList(t, m.entries(c), "counted  0 1")
	first := *c.Decision
	m.clock.set(m.MachineNow().Add(48 * time.Hour))
	file := m.upload(m.buyer, "png:a")
	c = m.appeal(m.buyer, c.Number, file.ID)
	switch {
	case c.Status != UnderAppeal || c.NextActor != StaffsTurn || c.DueAt != m.MachineNow().Add(days(7)) || c.ClosedAt != 0 || c.TakenBy != "":
		t.Fatalf("%s %s due %s closed %s", c.Status, c.NextActor, c.DueAt, c.ClosedAt)
	case len(c.Evidence) != 1 || c.Evidence[0].Late:
		t.Fatalf("the file given with it: %+v", c.Evidence)
	case !slices.Equal(c.Appeals[0].Involved, []string{m.agent.AccountID}):
		t.Fatalf("involved: %v", c.Appeals[0].Involved)
	case !m.heard(m.seller, c, "claim_appealed") || !m.heard(m.buyer, c, "claim_appeal_sent"):
		t.Fatal("they were not told")
	}
	_, err := m.Act(m.ctx, m.agent, c.Number, onAppeal("upheld", 0, "", false))
	wantCode(t, err, "appeal_involved")
	_, err = m.Act(m.ctx, m.buyer, c.Number, onAppeal("overturned", 0, "seller", true))
	wantCode(t, err, "forbidden")
	_, err = m.Act(m.ctx, m.buyer, c.Number, &ClaimAppealInput{Grounds: "もう一度"})
	wantCode(t, err, "not_allowed_now")
	c, err = m.Act(m.ctx, m.agent2, c.Number, onAppeal("overturned", 0, "seller", false))
	m.must(err)
	if c.Status != Granted || c.Decision.Amount != 3800 || c.Refund == nil || c.Refund.Total != 3800 || c.Refund.Cause != "appeal_buyer" || m.owedOf("A-1") != 3800 {
		t.Fatalf("%s %+v %+v owed %d", c.Status, c.Decision, c.Refund, m.owedOf("A-1"))
	}
	if a := c.Appeals[0]; a.First.Facts != first.Facts || a.Outcome != AppealOverturned || a.Decision.DecidedBy != m.agent2.AccountID || a.EndedAt != m.MachineNow() {
		t.Fatalf("%+v", a)
	}
	wantList(t, m.entries(c), "counted  0 1", "refund seller 3800 0", "count_reversed  0 -1")
	if !m.heard(m.seller, c, "claim_appeal_decided") || !m.heard(m.buyer, c, "claim_appeal_decided") {
		t.Fatal("they were not told")
	}
	// The seller has its own appeal, from now on; the buyer has none left.
	if until := m.MachineNow().Add(days(30)); c.AppealUntil != until || !slices.Contains(m.allowed(m.seller, c.Number), MakeAppeal) || slices.Contains(m.allowed(m.buyer, c.Number), MakeAppeal) {
		t.Fatalf("until %s: seller %v, buyer %v", c.AppealUntil, m.allowed(m.seller, c.Number), m.allowed(m.buyer, c.Number))
	}
	c = m.appeal(m.seller, c.Number)
	if want := []string{m.agent.AccountID, m.agent2.AccountID}; len(c.Appeals[1].Involved) != 2 || !slices.Contains(c.Appeals[1].Involved, want[0]) || !slices.Contains(c.Appeals[1].Involved, want[1]) {
		t.Fatalf("%v", c.Appeals[1].Involved)
	}
	c, err = m.Act(m.ctx, m.lead, c.Number, onAppeal("upheld", 0, "", false))
	m.must(err)
	if c.Status != Granted || c.Refund.Total != 3800 {
		t.Fatalf("%s %+v", c.Status, c.Refund)
	}
	checkChain(t, m, c.Number)
}

func (m *market) allowed(by Actor, number string) []Action {
	m.t.Helper()
	v, err := m.ClaimByNumber(m.ctx, by, number)
	m.must(err)
	return v.Allowed
}

func TestAppealUpheldRestores(t *testing.T) {
	m := newMarket(t)
	before := m.decidedAs(m.order("A-1", nil), "granted", 1500)
	rows := m.entries(before)
	m.clock.set(m.MachineNow().Add(10 * 24 * time.Hour))
	c := m.appeal(m.seller, before.Number)
	m.clock.set(m.MachineNow().Add(9 * 24 * time.Hour))
	m.run()
	if c = m.claim(c.Number); c.EscalatedAt != c.Appeals[0].At.Add(days(7)) && c.EscalatedAt == 0 || !m.heard(m.buyer, c, "claim_appeal_delayed") || !m.heard(m.seller, c, "claim_appeal_delayed") {
		t.Fatalf("not with the leads: %s", c.EscalatedAt)
	}
	c, err := m.Act(m.ctx, m.agent2, c.Number, onAppeal("upheld", 0, "", false))
	m.must(err)
	c = m.claim(c.Number)
	if c.Status != before.Status || c.ClosedAt != before.ClosedAt || c.AppealUntil != before.AppealUntil || c.DueAt != before.DueAt || c.NextActor != before.NextActor ||
		c.EscalatedAt != before.EscalatedAt || c.Decision.DecidedAt != before.Decision.DecidedAt || c.Decision.Facts != before.Decision.Facts || c.Refund.ID != before.Refund.ID || c.WakeAt != before.WakeAt {
		t.Fatalf("got  %+v\nwant %+v", c, before)
	}
	wantList(t, m.entries(c), rows...)
	if a := c.Appeals[0]; a.Decision.Explanation != "追加の記録を確認しました。" || a.Decision.Appeal != AppealUpheld {
		t.Fatalf("%+v", a)
	}
	// The other party keeps its own, to the same instant.
	m.clock.set(c.AppealUntil - 1)
	if !slices.Contains(m.allowed(m.buyer, c.Number), MakeAppeal) {
		t.Fatal("the buyer cannot appeal a microsecond before the end")
	}
	m.clock.set(c.AppealUntil)
	if _, err := m.Act(m.ctx, m.buyer, c.Number, &ClaimAppealInput{Grounds: "遅い"}); CodeOf(err) != "not_allowed_now" {
		t.Fatalf("at the end itself: %v", err)
	}
	if p, _ := m.PolicyVersion(m.ctx, 1); c.FinalAt(p) < c.Appeals[0].EndedAt || c.FinalAt(p) != max(c.AppealUntil, c.Appeals[0].EndedAt) {
		t.Fatal("it was final before its appeal ended")
	}
}

func TestAppealPaysMoreAndLess(t *testing.T) {
	for name, tc := range map[string]struct {
		by      Side
		outcome string
		amount  int64
		bearer  string
		counts  bool
		paid    bool // the first refund is paid before the appeal is decided
		status  ClaimStatus
		refunds []string
		owed    int64
		rows    []string
	}{
		"more": {
			SideBuyer, "changed", 3800, "seller", true, false, Granted,
			[]string{"decision 2000 seller pending", "appeal_buyer 1800 seller pending"},
			3800,
			[]string{"refund_raised seller 1800 0"},
		},
		"more at the marketplace's cost": {
			SideBuyer, "changed", 3000, "marketplace", false, false, Granted,
			[]string{"decision 2000 marketplace pending", "appeal_buyer 1000 marketplace pending"},
			3000,
			[]string{"refund_reversed seller -2000 0", "refund marketplace 3000 0", "count_reversed  0 -1"},
		},
		"less":                    {SideSeller, "changed", 500, "seller", true, false, Granted, []string{"decision 500 seller pending"}, 500, []string{"refund_lowered seller -1500 0"}},
		"the metric alone":        {SideSeller, "changed", 0, "seller", false, false, Granted, []string{"decision 2000 seller pending"}, 2000, []string{"count_reversed  0 -1"}},
		"nothing":                 {SideSeller, "overturned", 0, "marketplace", false, false, Denied, []string{"decision 0 marketplace done"}, 0, []string{"refund_reversed seller -2000 0", "count_reversed  0 -1"}},
		"less, which was paid":    {SideSeller, "changed", 500, "marketplace", true, true, Granted, []string{"decision 2000 marketplace done"}, 2000, []string{"refund_reversed seller -2000 0", "refund marketplace 2000 0"}},
		"nothing, which was paid": {SideSeller, "overturned", 0, "seller", false, true, Denied, []string{"decision 2000 seller done"}, 2000, []string{"count_reversed  0 -1"}},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMarket(t)
			c := m.decidedAs(m.order("A-1", nil), "granted", 2000)
			rows := m.entries(c)
			if tc.paid {
				r, err := m.RefundByID(m.ctx, m.integration, c.Refund.ID)
				m.must(err)
				_, err = m.TellLeg(m.ctx, m.integration, r.ID, r.Legs[0].ID, LegEvent{Event: LegDone, Reference: "pay-1"})
				m.must(err)
			}
			c = m.appeal(map[Side]Actor{SideBuyer: m.buyer, SideSeller: m.seller}[tc.by], c.Number)
			c, err := m.Act(m.ctx, m.agent2, c.Number, onAppeal(tc.outcome, tc.amount, tc.bearer, tc.counts))
			m.must(err)
			var refunds []string
			for _, r := range m.claim(c.Number).Refunds {
				refunds = append(refunds, fmt.Sprintf("%s %d %s %s", r.Cause, r.Total, r.BorneBy, r.Status))
				var legs int64
				for _, l := range mustRefund(m, r.ID).Legs {
					if l.Status != LegCancelled {
						legs += l.Amount
					}
				}
				if legs != r.Total {
					t.Errorf("legs of %s pay %d of %d", r.Cause, legs, r.Total)
				}
			}
			wantList(t, refunds, tc.refunds...)
			wantList(t, m.entries(c)[len(rows):], tc.rows...)
			if c.Status != tc.status || m.owedOf("A-1") != tc.owed {
				t.Errorf("%s, owed %d", c.Status, m.owedOf("A-1"))
			}
			if m.heard(m.buyer, c, "refund_done") && !tc.paid {
				t.Error("the buyer was told of money that does not come")
			}
			checkChain(t, m, c.Number)
		})
	}
}

func mustRefund(m *market, id string) RefundView {
	m.t.Helper()
	v, err := m.RefundByID(m.ctx, m.integration, id)
	m.must(err)
	return v
}

func TestAppealJoins(t *testing.T) {
	m := newMarket(t)
	c := m.decidedAs(m.order("A-1", nil), "granted", 2000)
	m.appeal(m.buyer, c.Number)
	c = m.appeal(m.seller, c.Number)
	if c.Status != UnderAppeal || len(c.Appeals) != 2 || !c.Appeals[1].Joined || c.AppealUntil == 0 {
		t.Fatalf("%s %+v", c.Status, c.Appeals)
	}
	_, err := m.Act(m.ctx, m.agent, c.Number, onAppeal("upheld", 0, "", false))
	wantCode(t, err, "appeal_involved")
	c, err = m.Act(m.ctx, m.agent2, c.Number, onAppeal("changed", 3000, "marketplace", false))
	m.must(err)
	for _, a := range c.Appeals {
		if a.Outcome != AppealChanged || a.EndedAt != m.MachineNow() || a.First.Amount != 2000 {
			t.Fatalf("%+v", a)
		}
	}
	if c.AppealUntil != 0 {
		t.Fatalf("both have appealed, and may until %s", c.AppealUntil)
	}
}

func TestHeldAppeals(t *testing.T) {
	m, _ := withEvidence(t)
	c := m.decidedAs(m.order("A-1", nil), "granted", 2000)
	until := c.AppealUntil
	file := m.upload(m.buyer, "png:b")
	for _, words := range []string{"初めの文", "直した文"} {
		_, err := m.Act(m.ctx, m.buyer, c.Number, &ClaimAppealInput{Grounds: words, Hold: true, Evidence: []string{file.ID}})
		m.must(err)
	}
	_, err := m.Act(m.ctx, m.seller, c.Number, &ClaimAppealInput{Grounds: "出品者の文", Hold: true})
	m.must(err)
	for _, by := range []Actor{m.seller, m.agent2} {
		v, err := m.ClaimByNumber(m.ctx, by, c.Number)
		m.must(err)
		if v.HeldAppeal(SideBuyer) != nil {
			t.Fatalf("%s reads what the buyer has not sent", by.Role)
		}
	}
	m.clock.set(until - 1)
	m.run()
	if c = m.claim(c.Number); c.Status != Granted || c.WakeAt != until || len(c.HeldAppeals) != 2 {
		t.Fatalf("%s wakes %s", c.Status, c.WakeAt)
	}
	m.clock.set(until)
	m.run()
	c = m.claim(c.Number)
	if c.Status != UnderAppeal || len(c.Appeals) != 2 || c.Appeals[0].Grounds != "直した文" || c.Appeals[1].Grounds != "出品者の文" || !c.Appeals[1].Joined || len(c.HeldAppeals) != 0 || len(c.Evidence) != 1 || c.Evidence[0].By != SideBuyer {
		t.Fatalf("%s %+v %+v", c.Status, c.Appeals, c.Evidence)
	}
	if len(c.Appeals[0].Involved) != 1 || len(c.Appeals[1].Involved) != 1 {
		t.Fatalf("involved: %v", c.Appeals[0].Involved)
	}
	checkChain(t, m, c.Number)
}

// What was written against a decision that does not stand any more is not sent, and stays a right.
func TestHeldAppealGoesWithItsDecision(t *testing.T) {
	m := newMarket(t)
	c := m.decidedAs(m.order("A-1", nil), "granted", 2000)
	_, err := m.Act(m.ctx, m.seller, c.Number, &ClaimAppealInput{Grounds: "出品者の文", Hold: true})
	m.must(err)
	m.appeal(m.buyer, c.Number)
	c, err = m.Act(m.ctx, m.agent2, c.Number, onAppeal("changed", 3000, "seller", true))
	m.must(err)
	if len(c.HeldAppeals) != 0 || !m.heard(m.seller, c, "claim_appeal_dropped") || !slices.Contains(m.allowed(m.seller, c.Number), MakeAppeal) {
		t.Fatalf("%+v", c.HeldAppeals)
	}
}

func TestAppealNeedsTwoFromTheAmountOn(t *testing.T) {
	m := newMarket(t)
	price := int64(150_000)
	c := m.decidedAs(m.order("A-1", func(in *OrderInput) { in.Lines[0].UnitPrice = &price }), "denied", 0)
	m.appeal(m.buyer, c.Number)
	c, err := m.Act(m.ctx, m.agent2, c.Number, onAppeal("overturned", 0, "seller", true))
	m.must(err)
	if c.Status != AwaitingApproval || c.Proposal == nil || m.owedOf("A-1") != 0 {
		t.Fatalf("%s %+v", c.Status, c.Proposal)
	}
	_, err = m.Act(m.ctx, m.agent2, c.Number, &ApproveInput{})
	wantCode(t, err, "forbidden")
	_, err = m.Act(m.ctx, m.agent, c.Number, &ApproveInput{})
	wantCode(t, err, "appeal_involved")
	c, err = m.Act(m.ctx, m.lead, c.Number, &SendBackInput{Explanation: "記録を"})
	m.must(err)
	if c.Status != UnderAppeal || c.DueAt != m.MachineNow().Add(days(7)) || c.Proposal != nil {
		t.Fatalf("sent back to %s", c.Status)
	}
	_, err = m.Act(m.ctx, m.agent2, c.Number, onAppeal("overturned", 0, "seller", true))
	m.must(err)
	// What joins makes the proposal one without what is new.
	c = m.appeal(m.seller, c.Number)
	if c.Status != UnderAppeal || c.Proposal != nil {
		t.Fatalf("%s %+v", c.Status, c.Proposal)
	}
	_, err = m.Act(m.ctx, m.agent2, c.Number, onAppeal("overturned", 0, "seller", true))
	m.must(err)
	c, err = m.Act(m.ctx, m.lead, c.Number, &ApproveInput{})
	m.must(err)
	if c.Status != Granted || c.Decision.ApprovedBy != m.lead.AccountID || c.Refund.Total != 150_800 || c.Appeals[0].Outcome != AppealOverturned {
		t.Fatalf("%s %+v", c.Status, c.Decision)
	}
}

func TestAppealWaitsForReopening(t *testing.T) {
	m := newMarket(t)
	withdrawn := m.inReview(m.order("A-1", nil))
	withdrawn, err := m.Act(m.ctx, m.buyer, withdrawn.Number, &WithdrawInput{})
	m.must(err)
	silent := m.inReview(m.order("A-2", nil))
	_, err = m.Act(m.ctx, m.agent, silent.Number, &AskInput{Party: SideBuyer, Question: "箱は"})
	m.must(err)
	m.clock.set(m.MachineNow().Add(72 * time.Hour))
	m.run()
	replaced := m.replacing(m.order("A-3", nil))
	for _, tc := range []struct {
		number string
		by     Actor
		want   string
	}{
		{withdrawn.Number, m.buyer, "[]"},
		{withdrawn.Number, m.seller, "[]"},
		{silent.Number, m.buyer, "[reopen]"},
		{silent.Number, m.seller, "[]"},
		{replaced.Number, m.buyer, "[reopen]"},
		{replaced.Number, m.seller, "[ship_replacement appeal]"},
	} {
		var list []Action
		for _, a := range m.allowed(tc.by, tc.number) {
			if a == MakeAppeal || a == Reopen || a == ShipReplacement {
				list = append(list, a)
			}
		}
		if fmt.Sprint(list) != tc.want {
			t.Errorf("%s on %s: %v, want %s", tc.by.Role, tc.number, list, tc.want)
		}
	}
	until := m.claim(silent.Number).ReopenUntil(Policy{PolicyValues: DefaultPolicy()})
	m.clock.set(until)
	for _, by := range []Actor{m.buyer, m.seller} {
		if got := m.allowed(by, silent.Number); !slices.Contains(got, MakeAppeal) || slices.Contains(got, Reopen) {
			t.Errorf("%s, after the time to reopen: %v", by.Role, got)
		}
	}
	// The seller's appeal takes none of the buyer's days to reopen away.
	before := m.claim(replaced.Number)
	m.appeal(m.seller, replaced.Number)
	m.clock.set(m.MachineNow().Add(5 * 24 * time.Hour))
	c, err := m.Act(m.ctx, m.agent2, replaced.Number, onAppeal("upheld", 0, "", false))
	m.must(err)
	if c.Status != Settled || !c.ReplacementWaits() || c.DueAt != before.DueAt || c.Replacement.ReopenBy != before.Replacement.ReopenBy.Add(5*24*time.Hour) {
		t.Fatalf("%s due %s %+v", c.Status, c.DueAt, c.Replacement)
	}
}

func TestAppealFollowsTheOrder(t *testing.T) {
	m := newMarket(t)
	denied := m.decidedAs(m.order("A-1", nil), "denied", 0)
	granted := m.decidedAs(m.order("A-2", nil), "granted", 2000)
	m.appeal(m.buyer, denied.Number)
	m.appeal(m.buyer, granted.Number)
	m.order("A-1", func(in *OrderInput) { in.Chargeback = true })
	c := m.claim(denied.Number)
	if c.Status != Frozen || slices.Contains(m.allowed(m.buyer, c.Number), Withdraw) {
		t.Fatalf("%s %v", c.Status, m.allowed(m.buyer, c.Number))
	}
	if c = m.appeal(m.seller, c.Number); c.Status != Frozen || !c.Appeals[1].Joined {
		t.Fatalf("%s %+v", c.Status, c.Appeals)
	}
	m.order("A-1", nil)
	if c = m.claim(denied.Number); c.Status != UnderAppeal || c.DueAt == 0 {
		t.Fatalf("thawed to %s", c.Status)
	}
	// All of it is paid back: nothing is left to decide of one, and of the other the refund of the decision.
	m.order("A-1", func(in *OrderInput) { in.Refunds = []RefundInput{{Reference: "r-1", Line: 1, Amount: 3800}} })
	if c = m.claim(denied.Number); c.Status != Settled || c.Appeals[0].Outcome != AppealMadeGood || c.AppealUntil != 0 {
		t.Fatalf("%s %+v", c.Status, c.Appeals)
	}
	m.order("A-2", func(in *OrderInput) { in.Refunds = []RefundInput{{Reference: "r-2", Line: 1, Amount: 3800}} })
	if c = m.claim(granted.Number); c.Status != UnderAppeal || c.Claimed != 2000 {
		t.Fatalf("%s claimed %d", c.Status, c.Claimed)
	}
}

// The buyer has claimed the rest meanwhile: it chooses, and the seller does not lose its appeal by it.
func TestAppealBesideAnotherClaim(t *testing.T) {
	m := newMarket(t)
	c := m.decidedAs(m.order("A-1", nil), "granted", 2000)
	_, err := m.FileClaim(m.ctx, m.buyer, filing("A-1", NotReceived))
	m.must(err)
	_, err = m.Act(m.ctx, m.buyer, c.Number, &ClaimAppealInput{Grounds: "x"})
	wantCode(t, err, "already_claimed")
	if c = m.appeal(m.seller, c.Number); c.Status != UnderAppeal {
		t.Fatal(c.Status)
	}
	c, err = m.Act(m.ctx, m.agent2, c.Number, onAppeal("changed", 3800, "seller", true))
	m.must(err)
	if m.owedOf("A-1") != 3800 {
		t.Fatal(m.owedOf("A-1"))
	}
}

func TestAppealDecisionsRefused(t *testing.T) {
	m := newMarket(t)
	granted := m.appeal(m.buyer, m.decidedAs(m.order("A-1", nil), "granted", 2000).Number)
	denied := m.appeal(m.buyer, m.decidedAs(m.order("A-2", nil), "denied", 0).Number)
	for name, tc := range map[string]struct {
		c     Claim
		in    *DecideClaimAppealInput
		field string
		code  string
	}{
		"no outcome":           {granted, onAppeal("", 0, "seller", true), "outcome", "required"},
		"another outcome":      {granted, onAppeal("granted", 0, "seller", true), "outcome", "unknown_value"},
		"upheld with money":    {granted, onAppeal("upheld", 100, "", false), "amount", "not_wanted"},
		"upheld by another":    {granted, onAppeal("upheld", 0, "marketplace", true), "borne_by", "not_wanted"},
		"upheld, not counted":  {granted, onAppeal("upheld", 0, "seller", false), "counts_against_seller", "not_wanted"},
		"no bearer":            {granted, onAppeal("changed", 100, "", false), "borne_by", "required"},
		"too much":             {granted, onAppeal("changed", 3801, "seller", true), "amount", "out_of_range"},
		"nothing changed":      {granted, onAppeal("changed", 2000, "seller", true), "outcome", "nothing_changed"},
		"denied, with money":   {granted, onAppeal("overturned", 100, "seller", true), "amount", "not_wanted"},
		"still denied":         {denied, onAppeal("changed", 0, "marketplace", true), "outcome", "nothing_changed"},
		"changed with money":   {denied, onAppeal("changed", 100, "seller", true), "amount", "not_wanted"},
		"overturned, too much": {denied, onAppeal("overturned", 3801, "seller", true), "amount", "out_of_range"},
	} {
		_, err := m.Act(m.ctx, m.agent2, tc.c.Number, tc.in)
		var e *Error
		if !errors.As(err, &e) || len(e.Fields) != 1 || e.Fields[0].Field != tc.field || e.Fields[0].Code != tc.code {
			t.Errorf("%s: %v %+v", name, err, e)
		}
	}
	c, err := m.Act(m.ctx, m.agent2, denied.Number, onAppeal("changed", 0, "seller", false))
	m.must(err)
	if c.Status != Denied || c.Decision.CountsAgainstSeller {
		t.Fatalf("%s %+v", c.Status, c.Decision)
	}
}

func TestTwoDecideOneAppeal(t *testing.T) {
	m := newMarket(t)
	c := m.appeal(m.buyer, m.decidedAs(m.order("A-1", nil), "denied", 0).Number)
	done := make(chan error, 2)
	for _, by := range []Actor{m.agent2, m.lead} {
		go func() {
			_, err := m.Act(m.ctx, by, c.Number, onAppeal("overturned", 0, "seller", true))
			done <- err
		}()
	}
	codes := []string{CodeOf(<-done), CodeOf(<-done)}
	slices.Sort(codes)
	wantList(t, codes, "", "not_allowed_now")
	if m.owedOf("A-1") != 3800 {
		t.Fatal(m.owedOf("A-1"))
	}
}

// appealPromises are what must hold of the appeals of a claim after every step of every history.
func (m *market) appealPromises(t rapidFailer, before, c Claim, total int64) {
	open, was := c.OpenAppeal(), before.OpenAppeal()
	sides, uninvolved := map[Side]int{}, true
	for _, a := range c.Appeals {
		sides[a.By]++
		if d := a.Decision; d != nil {
			uninvolved = uninvolved && d.DecidedBy != "" && d.DecidedBy != d.ApprovedBy && !slices.Contains(a.Involved, d.DecidedBy) && !slices.Contains(a.Involved, d.ApprovedBy)
		}
	}
	upheld := was != nil && open == nil && c.AppealOf(was.By).Outcome == AppealUpheld
	decided := was != nil && open == nil && (c.AppealOf(was.By).Outcome == AppealOverturned || c.AppealOf(was.By).Outcome == AppealChanged)
	for promise, kept := range map[string]bool{
		"one appeal a party":                          sides[SideBuyer] <= 1 && sides[SideSeller] <= 1,
		"nobody decides what they had a part in":      uninvolved,
		"an open appeal has its states":               (c.Status != UnderAppeal || open != nil) && (open == nil || slices.Contains([]ClaimStatus{UnderAppeal, AwaitingApproval, Frozen}, c.Status)),
		"an appeal goes to the leads in time":         c.Status != UnderAppeal || c.EscalatedAt != 0 || c.WakeAt != 0 && c.WakeAt <= c.DueAt,
		"what is held is sent":                        len(c.HeldAppeals) == 0 || c.WakeAt != 0 && c.WakeAt <= c.AppealUntil,
		"refunds never come to more than was paid":    c.OwedBack() <= total,
		"a decision on appeal is owed":                !decided || c.OwedBack() == c.Decision.Amount,
		"what is final has no appeal":                 open == nil || c.FinalAt(Policy{PolicyValues: DefaultPolicy()}) == 0,
		"an appeal that fails leaves all as it was":   !upheld || c.Status == was.Before.Status && c.ClosedAt == was.Before.ClosedAt && c.AppealUntil == was.Before.AppealUntil && c.DueAt == was.Before.DueAt && c.EscalatedAt == was.Before.EscalatedAt && (c.Decision == nil) == (was.First == nil) && (c.Decision == nil || c.Decision.DecidedAt == was.First.DecidedAt && c.Decision.Amount == was.First.Amount) && c.OwedBack() == before.OwedBack(),
		"a decision that was appealed stays readable": !decided || was.First == nil || c.AppealOf(was.By).First.DecidedAt == was.First.DecidedAt,
	} {
		if !kept {
			t.Fatalf("%s: broken going from %s to %s: %+v", promise, before.Status, c.Status, c)
		}
	}
}

type rapidFailer interface {
	Fatalf(format string, args ...any)
}
