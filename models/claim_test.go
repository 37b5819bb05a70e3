package models

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"hosho/models/seal"
)

func TestMainPath(t *testing.T) {
	m := newMarket(t)
	number := m.order("A-1", nil)
	sent := m.contact(number, NotReceived)

	m.clock.set(sent.Add(48*time.Hour - time.Microsecond))
	_, err := m.FileClaim(m.ctx, m.buyer, filing(number, NotReceived))
	wantCode(t, err, "wait_not_elapsed")
	if a, ok := AssessmentOf(err); !ok || a.AvailableAt != sent.Add(48*time.Hour) {
		t.Fatalf("assessment %+v: want available at the end of the wait", a)
	}

	m.clock.set(sent.Add(48 * time.Hour))
	c, err := m.FileClaim(m.ctx, m.buyer, filing(number, NotReceived))
	m.must(err)
	if c.Status != AwaitingSeller || c.Claimed != 3800 || c.DueAt != sent.Add(120*time.Hour) {
		t.Fatalf("claim %+v", c)
	}
	c, err = m.Act(m.ctx, m.seller, c.Number, &ContestInput{Message: "発送済みです。"})
	m.must(err)
	if c.Status != UnderReview || c.NextActor != StaffsTurn {
		t.Fatalf("status %s", c.Status)
	}
	c, err = m.Act(m.ctx, m.agent, c.Number, &AskInput{Party: SideBuyer, Question: "ポストを確認しましたか。"})
	m.must(err)
	c, err = m.Act(m.ctx, m.buyer, c.Number, &AnswerInput{Message: "ありませんでした。"})
	m.must(err)
	c, err = m.Act(m.ctx, m.agent, c.Number, decision("granted", 0))
	m.must(err)
	if c.Status != Granted || c.Refund == nil || c.Refund.Total != 3800 || c.Decision.Amount != 3800 {
		t.Fatalf("decided %+v refund %+v", c.Decision, c.Refund)
	}
	order, err := m.OrderByNumber(m.ctx, m.buyer, number)
	m.must(err)
	if l := order.Lines[0]; l.Owed != 3800 || l.Unrefunded() != 0 || l.OpenClaimID != "" || l.Claims[0].Status != Granted {
		t.Fatalf("line after the decision %+v", l)
	}
	checkChain(t, m, c.Number)
	events, err := m.ClaimEvents(m.ctx, m.buyer, c.Number)
	m.must(err)
	if events[0].Type != "filed" || events[0].ActorRole != RoleBuyer || events[1].Type != "opened" || events[1].ActorRole != RoleClock {
		t.Fatalf("the buyer files and the system opens: %+v %+v", events[0], events[1])
	}
	_, err = m.FileClaim(m.ctx, m.buyer, filing(number, NotReceived))
	wantCode(t, err, "already_refunded")
}

// checkChain verifies the hash chain as staff read it.
func checkChain(t *testing.T, m *market, number string) {
	t.Helper()
	events, err := m.ClaimEvents(m.ctx, m.lead, number)
	m.must(err)
	var chain []seal.Event
	for _, e := range events {
		if e.Redacted {
			chain = append(chain, seal.Event{Seq: e.Seq, PrevHash: e.PrevHash, Hash: e.Hash})
			continue
		}
		chain = append(chain, seal.Event{
			Seq: e.Seq, At: e.At.String(), Actor: seal.Actor{Role: string(e.ActorRole), ID: e.ActorID}, Type: e.Type, Data: e.Data, PrevHash: e.PrevHash, Hash: e.Hash,
		})
	}
	if err := seal.Verify(chain); err != nil || len(chain) == 0 {
		t.Fatalf("chain of %d events: %v", len(chain), err)
	}
}

func TestSecondPerson(t *testing.T) {
	m := newMarket(t)
	price := int64(150_000)
	c := m.inReview(m.order("A-1", func(in *OrderInput) { in.Lines[0].UnitPrice = &price }))
	c, err := m.Act(m.ctx, m.agent, c.Number, decision("granted", 100_000))
	m.must(err)
	if c.Status != AwaitingApproval || c.Decision != nil {
		t.Fatalf("status %s", c.Status)
	}
	_, err = m.Act(m.ctx, m.agent, c.Number, &ApproveInput{})
	wantCode(t, err, "forbidden")
	if v, err := m.ClaimByNumber(m.ctx, m.buyer, c.Number); err != nil || v.Proposal != nil {
		t.Fatalf("the buyer sees the proposal %+v %v", v.Proposal, err)
	}
	sentBack, err := m.Act(m.ctx, m.agent2, c.Number, &SendBackInput{Explanation: "追跡を確認"})
	m.must(err)
	if sentBack.Status != UnderReview || sentBack.Proposal != nil {
		t.Fatalf("sent back: %s", sentBack.Status)
	}
	_, err = m.Act(m.ctx, m.agent, c.Number, decision("granted", 100_000))
	m.must(err)
	c, err = m.Act(m.ctx, m.agent2, c.Number, &ApproveInput{})
	m.must(err)
	if c.Status != Granted || c.Refund.Total != 100_000 || c.Decision.ApprovedBy != m.agent2.AccountID {
		t.Fatalf("approved %+v", c.Decision)
	}
}

func TestParallelFilingsMakeOneClaim(t *testing.T) {
	m := newMarket(t)
	number := m.order("A-1", nil)
	m.clock.set(m.contact(number, NotReceived).Add(48 * time.Hour))
	var wg sync.WaitGroup
	codes := make([]string, 50)
	for i := range codes {
		wg.Go(func() {
			_, err := m.FileClaim(m.ctx, m.buyer, filing(number, NotReceived))
			codes[i] = CodeOf(err)
		})
	}
	wg.Wait()
	slices.Sort(codes)
	if codes[0] != "" || codes[1] != "already_claimed" || codes[49] != "already_claimed" {
		t.Fatalf("codes %v", codes)
	}
	claims, _, err := m.Claims(m.ctx, m.agent, ClaimFilter{})
	m.must(err)
	if len(claims) != 1 {
		t.Fatalf("%d claims", len(claims))
	}
}

func TestParallelDecisionsMakeOne(t *testing.T) {
	m := newMarket(t)
	c := m.inReview(m.order("A-1", nil))
	var wg sync.WaitGroup
	codes := make([]string, 50)
	for i := range codes {
		wg.Go(func() {
			outcome, by := "granted", m.agent
			if i%2 == 1 {
				outcome, by = "denied", m.agent2
			}
			_, err := m.Act(m.ctx, by, c.Number, decision(outcome, 0))
			codes[i] = CodeOf(err)
		})
	}
	wg.Wait()
	won := 0
	for _, code := range codes {
		switch code {
		case "":
			won++
		case "not_allowed_now":
		default:
			t.Fatalf("code %q", code)
		}
	}
	if won != 1 {
		t.Fatalf("%d decisions", won)
	}
	events, err := m.ClaimEvents(m.ctx, m.lead, c.Number)
	m.must(err)
	n := 0
	for _, e := range events {
		if e.Type == "decided" {
			n++
		}
	}
	if n != 1 {
		t.Fatalf("%d decided events", n)
	}
	checkChain(t, m, c.Number)
}

func TestWithdrawAndReopen(t *testing.T) {
	m := newMarket(t)
	number := m.order("A-1", nil)
	c := m.filed(number, NotReceived)
	c, err := m.Act(m.ctx, m.buyer, c.Number, &WithdrawInput{Reason: "届きました"})
	m.must(err)
	if c.Status != Withdrawn || c.Lines[0].Counted {
		t.Fatalf("withdrawn %+v", c)
	}
	closed := c.ClosedAt
	m.clock.set(closed.Add(72*time.Hour - 1))
	c, err = m.Act(m.ctx, m.buyer, c.Number, &ReopenInput{})
	m.must(err)
	if c.Status != AwaitingSeller || c.DueAt != closed.Add(144*time.Hour-time.Microsecond) {
		t.Fatalf("reopened %s due %s", c.Status, c.DueAt)
	}
	_, err = m.Act(m.ctx, m.buyer, c.Number, &WithdrawInput{})
	m.must(err)
	_, err = m.Act(m.ctx, m.buyer, c.Number, &ReopenInput{})
	wantCode(t, err, "not_allowed_now") // once
	checkChain(t, m, c.Number)
}

func TestOrderUpdatesReachTheClaim(t *testing.T) {
	put := func(m *market, edit func(*OrderInput)) { m.order("A-1", edit) }
	refund := func(amount int64) func(*OrderInput) {
		return func(in *OrderInput) {
			in.Refunds = []RefundInput{{Reference: fmt.Sprint("r", amount), Line: 1, Tender: "credit_card", Amount: amount, At: "2026-01-22T12:00:00Z"}}
		}
	}
	t.Run("a full refund settles", func(t *testing.T) {
		m := newMarket(t)
		put(m, nil)
		c := m.filed("A-1", NotReceived)
		put(m, refund(3800))
		if c := m.claim(c.Number); c.Status != Settled || c.Refund != nil {
			t.Fatalf("status %s refund %v", c.Status, c.Refund)
		}
	})
	t.Run("a partial refund lowers the claim", func(t *testing.T) {
		m := newMarket(t)
		put(m, nil)
		c := m.filed("A-1", NotReceived)
		put(m, refund(800))
		if c := m.claim(c.Number); c.Claimed != 3000 || c.Lines[0].Amount != 3000 || c.Status != AwaitingSeller {
			t.Fatalf("claimed %d %s", c.Claimed, c.Status)
		}
		put(m, refund(800)) // the same reference again
		if c := m.claim(c.Number); c.Claimed != 3000 {
			t.Fatalf("the same refund counted twice: %d", c.Claimed)
		}
	})
	t.Run("a refund makes good a claim for a part", func(t *testing.T) {
		m := newMarket(t)
		put(m, nil)
		m.clock.set(m.contact("A-1", NotReceived).Add(48 * time.Hour))
		in := filing("A-1", NotReceived)
		in.Amount = ptr(int64(2000))
		c, err := m.FileClaim(m.ctx, m.buyer, in)
		m.must(err)
		put(m, refund(1800))
		if c := m.claim(c.Number); c.Claimed != 200 || c.Status != AwaitingSeller {
			t.Fatalf("claimed %d %s", c.Claimed, c.Status)
		}
	})
	t.Run("a chargeback freezes and gives the time back", func(t *testing.T) {
		m := newMarket(t)
		put(m, nil)
		c := m.filed("A-1", NotReceived)
		m.clock.set(c.DueAt.Add(-10 * time.Hour))
		put(m, func(in *OrderInput) { in.Chargeback = true })
		frozen := m.claim(c.Number)
		if frozen.Status != Frozen || frozen.DueAt != 0 {
			t.Fatalf("status %s due %s", frozen.Status, frozen.DueAt)
		}
		m.clock.set(c.DueAt.Add(100 * time.Hour))
		m.run()
		put(m, nil)
		if c2 := m.claim(c.Number); c2.Status != AwaitingSeller || c2.DueAt != c.DueAt.Add(110*time.Hour) {
			t.Fatalf("thawed %s due %s", c2.Status, c2.DueAt)
		}
	})
	t.Run("a delivery asks the buyer", func(t *testing.T) {
		arrive := func(in *OrderInput) { in.Lines[0].Shipment.DeliveredAt = "2026-01-23T10:00:00+09:00" }
		m := newMarket(t)
		put(m, nil)
		c := m.filed("A-1", NotReceived)
		put(m, arrive)
		arrived := m.claim(c.Number)
		m.clock.set(arrived.ArrivedAt.Add(24 * time.Hour))
		m.run()
		if c := m.claim(c.Number); c.Status != Withdrawn || c.Former.Why != "arrived" {
			t.Fatalf("status %s", c.Status)
		}
		m2 := newMarket(t)
		put(m2, nil)
		c = m2.filed("A-1", NotReceived)
		put(m2, arrive)
		_, err := m2.Act(m2.ctx, m2.buyer, c.Number, &ObjectInput{Message: "届いていません。"})
		m2.must(err)
		m2.clock.set(m2.claim(c.Number).ArrivedAt.Add(24 * time.Hour))
		m2.run()
		if c := m2.claim(c.Number); c.Status != AwaitingSeller {
			t.Fatalf("after the objection: %s", c.Status)
		}
	})
}

// Every state × action × side: what the table does not hold is refused, and leaves no trace.
func TestOnlyTheTable(t *testing.T) {
	p := Policy{Version: 1, PolicyValues: DefaultPolicy()}
	now := at("2026-02-01T00:00:00Z")
	actors := map[Side]Actor{
		SideBuyer: {Role: RoleBuyer, Email: "b@x", AccountID: "b"}, SideSeller: {Role: RoleSeller, SellerID: "s", AccountID: "s"},
		SideStaff: {Role: RoleAgent, AccountID: "a"}, SideObserver: {Role: RoleAdmin, AccountID: "d"}, SideNone: {Role: RoleBuyer, Email: "other@x", AccountID: "o"},
	}
	allowed := 0
	for _, status := range ClaimStatuses {
		c := Claim{Status: status, BuyerEmail: "b@x", SellerID: "s", NextActor: turnOf(status), OpenedAt: 1}
		for side, a := range actors {
			for _, action := range c.AllowedActions(a, p, now) {
				allowed++
				if !slices.ContainsFunc(ClaimTable, func(r Transition) bool { return r.Action == action && r.By == side && slices.Contains(r.From, status) }) {
					t.Errorf("%s may %s in %s without a row", side, action, status)
				}
				if side == SideObserver || side == SideNone {
					t.Errorf("%s may %s", side, action)
				}
			}
		}
	}
	if allowed == 0 {
		t.Fatal("nothing is allowed anywhere")
	}
	for _, row := range ClaimTable {
		if _, ok := NewActionInput(row.Action); !ok {
			t.Errorf("action %s has no input", row.Action)
		}
	}
}

// Filing is the busiest transaction: its statements are counted, not timed.
func TestFilingStatements(t *testing.T) {
	m := newMarket(t)
	number := m.order("A-1", nil)
	m.clock.set(m.contact(number, NotReceived).Add(48 * time.Hour))
	_, err := m.Policy(m.ctx, m.MachineNow()) // read once a minute
	m.must(err)
	before := m.Statements()
	_, err = m.FileClaim(m.ctx, m.buyer, filing(number, NotReceived))
	m.must(err)
	// Order, lines, take lines, claim, claim lines, events, notices, timer; SQLite adds its two savepoints.
	limit := int64(8)
	if m.engine == sqliteEngine {
		limit += 2
	}
	if n := m.Statements() - before; n > limit {
		t.Fatalf("filing took %d statements, at most %d are allowed", n, limit)
	}
}

func TestLateEvidenceIsNotRelied(t *testing.T) {
	c := Claim{Status: UnderReview, Claimed: 100, Currency: "JPY", Evidence: []Evidence{{ID: "in-time"}, {ID: "late", Late: true}}}
	in := decision("denied", 0)
	in.EvidenceCited = []string{"in-time"}
	if _, err := in.apply(c, Actor{Role: RoleAgent}, testPolicy(), 1); err != nil {
		t.Fatal(err)
	}
	in.EvidenceCited = []string{"in-time", "late"}
	if _, err := in.apply(c, Actor{Role: RoleAgent}, testPolicy(), 1); KindOf(err) != Invalid {
		t.Fatalf("a decision relied on late evidence: %v", err)
	}
}

// A draft goes with the filing it became, in one transaction; a filing by API leaves it.
func TestADraftGoesWithItsFiling(t *testing.T) {
	for _, from := range []bool{true, false} {
		m := newMarket(t)
		number := m.order("A-1", nil)
		m.clock.set(m.contact(number, NotReceived).Add(48 * time.Hour))
		_, err := m.SaveDraft(m.ctx, m.buyer, number, "mp-s-1", DraftBody{Lines: []int{1}, Reason: NotReceived})
		m.must(err)
		in := filing(number, NotReceived)
		in.FromDraft = from
		_, err = m.FileClaim(m.ctx, m.buyer, in)
		m.must(err)
		if _, err := m.DraftFor(m.ctx, m.buyer, number, "mp-s-1"); (KindOf(err) == NotFound) != from {
			t.Fatalf("filed from the draft %v: %v", from, err)
		}
	}
}
