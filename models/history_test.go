package models

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestAnyHistoryKeepsItsPromises lets random people do random things at random times to one
// claim, and looks after each step at what must always hold.
func TestAnyHistoryKeepsItsPromises(t *testing.T) {
	m := newMarket(t)
	run := 0
	visited := map[string]int{}
	rapid.Check(t, func(rt *rapid.T) {
		run++
		m.clock.set(at("2026-01-20T10:00:00+09:00"))
		price := rapid.SampledFrom([]int64{150_000, 29_200, 60_000, 2_200}).Draw(rt, "price")
		number := m.order(fmt.Sprintf("H-%d", run), func(in *OrderInput) { in.Lines[0].UnitPrice = &price })
		sent := m.contact(number, NotReceived)
		in := filing(number, NotReceived)
		if in.Schedule = rapid.Bool().Draw(rt, "ahead"); !in.Schedule {
			m.clock.set(sent.Add(48 * time.Hour))
		}
		c, err := m.FileClaim(m.ctx, m.buyer, in)
		m.must(err)
		// Half the histories begin where decisions are made, so that the walk gets deep.
		if !in.Schedule && rapid.Bool().Draw(rt, "contested") {
			_, err = m.Act(m.ctx, m.seller, c.Number, &ContestInput{Message: "反論"})
			m.must(err)
			if rapid.Bool().Draw(rt, "decided") {
				first := decision("granted", 0)
				first.ReturnRequired = rapid.Bool().Draw(rt, "on return")
				_, err = m.Act(m.ctx, m.agent, c.Number, first)
				m.must(err)
			}
		}
		var refunded int64
		chargeback := false
		for range rapid.IntRange(5, 25).Draw(rt, "steps") {
			before := m.claim(c.Number)
			switch rapid.IntRange(0, 19).Draw(rt, "what") {
			case 0, 1, 2:
				m.clock.set(m.MachineNow().Add(time.Duration(rapid.IntRange(1, 90).Draw(rt, "hours")) * time.Hour))
				m.run()
			case 3:
				refunded += max(0, rapid.Int64Range(-price, (price+800)/2).Draw(rt, "refund"))
				refunded = min(refunded, price+800)
				chargeback = rapid.IntRange(0, 3).Draw(rt, "chargeback") == 0
				m.order(number, func(in *OrderInput) {
					in.Lines[0].UnitPrice, in.Chargeback = &price, chargeback
					if refunded > 0 {
						in.Refunds = []RefundInput{{Reference: fmt.Sprintf("%s-%d", number, refunded), Line: 1, Amount: refunded - m.refundedOf(number)}}
						if in.Refunds[0].Amount <= 0 {
							in.Refunds = nil
						}
					}
				})
			default:
				turn := map[NextActor]Actor{BuyersTurn: m.buyer, SellersTurn: m.seller, StaffsTurn: m.agent}[before.NextActor]
				by := rapid.SampledFrom([]Actor{turn, turn, turn, m.buyer, m.seller, m.agent, m.agent2, m.agent2, m.lead, m.admin, m.buyer2, m.seller2}).Draw(rt, "who")
				inputs := []ActionInput{
					&ContestInput{Message: "反論"}, decision("granted", 0), &ApproveInput{}, &SendBackInput{}, &OfferInput{Kind: OfferPartialRefund, Amount: ptr(int64(1_000)), Message: "一部"},
					&OfferInput{Kind: OfferReplacement, Message: "交換", Hold: true},
					&OfferInput{Kind: OfferReturn, Message: "返品", Address: shop}, &ReturnAddressInput{Address: shop}, &ShipReturnInput{Carrier: "ヤマト", TrackingNumber: "1"}, &ConfirmReturnInput{},
					&OfferInput{Kind: OfferReplacement, Message: "交換"}, sends("1"), sends("2"),
					&DisputeReturnInput{Message: "違う"}, onReturn(), &ContestInput{Message: "反論", Hold: true},
					&AcceptOfferInput{}, &DeclineOfferInput{}, &ObjectInput{Message: "ない"}, &AskInput{Party: SideBuyer, Question: "?"}, &AskInput{Party: SideSeller, Question: "?"},
					&AnswerInput{Message: "はい"}, &TakeInput{}, &ReleaseInput{}, &AssignInput{To: m.agent2.AccountID, Reason: "続き"}, &HoldInput{Reason: "回答待ち", Until: m.MachineNow().Add(30 * time.Hour).String()}, &NoteInput{Body: "メモ"}, decision("denied", 0), decision("granted", 500),
					&PauseInput{Reason: "確認中", Until: m.MachineNow().Add(30 * time.Hour).String()}, &ResumeInput{}, &ReopenInput{}, &AcceptInput{}, &WithdrawInput{},
					&ClaimAppealInput{Grounds: "新しい記録"}, &ClaimAppealInput{Grounds: "新しい記録", Hold: true}, onAppeal("upheld", 0, "", false), onAppeal("overturned", 0, "seller", true),
					onAppeal("overturned", 0, "marketplace", false), onAppeal("changed", 900, "marketplace", false), onAppeal("changed", 0, "seller", false), onAppeal("changed", 1_700, "seller", true),
				}
				if v, err := m.ClaimByNumber(m.ctx, by, c.Number); err == nil && len(v.Allowed) > 0 && rapid.IntRange(0, 4).Draw(rt, "allowed") > 0 {
					inputs = slices.DeleteFunc(inputs, func(in ActionInput) bool { return !slices.Contains(v.Allowed, in.Action()) })
				}
				if len(inputs) == 0 {
					continue
				}
				action := rapid.SampledFrom(inputs).Draw(rt, "action")
				view, seen := m.ClaimByNumber(m.ctx, by, c.Number)
				_, err := m.Act(m.ctx, by, c.Number, action)
				switch {
				case KindOf(seen) == NotFound && KindOf(err) != NotFound:
					rt.Fatalf("%s acted on what it cannot see: %v", by.Role, err)
				case seen == nil && (err == nil) && !slices.Contains(view.Allowed, action.Action()):
					rt.Fatalf("%s did %s, which was not offered", by.Role, action.Action())
				case err != nil && KindOf(err) == "":
					rt.Fatalf("%s %s: %v", by.Role, action.Action(), err)
				case err != nil && m.claim(c.Number).Version != before.Version:
					rt.Fatalf("a refused %s changed the claim", action.Action())
				}
			}
			after := m.claim(c.Number)
			visited[string(after.Status)]++
			m.promises(rt, before, after, price+800)
			m.appealPromises(rt, before, after, price+800)
			for _, a := range after.Appeals {
				visited["appeal "+a.Outcome]++
			}
			if after.Decision != nil && after.Decision.ApprovedBy != "" {
				visited["approved"]++
			}
		}
		checkChain(t, m, c.Number)
	})
	t.Logf("%d histories came through %v", run, visited)
}

func onReturn() *DecideInput {
	in := decision("granted", 0)
	in.ReturnRequired = true
	return in
}

func (m *market) refundedOf(order string) int64 {
	o, err := m.OrderByNumber(m.ctx, m.integration, order)
	m.must(err)
	var sum int64
	for _, r := range o.Refunds {
		sum += r.Amount
	}
	return sum
}

// toReplace: goods are to be sent anew, and money has not taken their place when it was looked at last.
func (c Claim) toReplace() bool {
	return c.Status == Settled && c.Replacement != nil && c.Replacement.ReopenedAt == 0 && !c.Replacement.Shipped() && c.DueAt != 0
}

// promises are what must hold after every step of every history.
func (m *market) promises(t *rapid.T, before, c Claim, total int64) {
	o, err := m.OrderByNumber(m.ctx, m.integration, c.OrderNumber)
	m.must(err)
	l := o.Lines[0]
	holds := map[string]bool{
		"never more refunded and owed than paid": l.Refunded+l.Owed <= total,
		"the turn is the state's":                c.NextActor == map[bool]NextActor{true: SellersTurn, false: turnOf(c.Status)}[c.Status == AwaitingReturn && c.Return.ShippedAt != 0 || c.toReplace()],
		"an open claim holds its line":           c.Status.Open() == (l.OpenClaimID == c.ID),
		"the line's key is held while open":      c.Status.Open() == (m.countRows("SELECT COUNT(*) FROM claim_lines WHERE claim_id = ? AND open_key IS NOT NULL", c.ID) == 1),
		"a closed claim has its end":             c.Status.Open() == (c.ClosedAt == 0),
		"a decision has an outcome":              c.Status != Granted || c.Decision != nil && c.Decision.Amount > 0,
		"never more decided than claimed":        c.Decision == nil || c.Decision.Amount <= c.Claimed || c.Decision.ReturnRequired && c.Return.Amount <= c.Claimed,
		"one refund at most, and one an appeal":  m.countRows("SELECT COUNT(*) FROM refunds WHERE claim_id = ?", c.ID) <= 1+len(c.Appeals) || c.ReopenedAt != 0,
		"a grant is owed":                        c.Status != Granted || c.Decision.Appeal != "" || c.Refund != nil && c.Refund.Total == map[bool]func() int64{true: func() int64 { return c.Return.Amount }, false: func() int64 { return c.Decision.Amount }}[c.Decision.ReturnRequired](),
		"a party's turn ends":                    c.Status != AwaitingSeller && c.Status != AwaitingBuyer && c.Status != AwaitingReturn || c.DueAt != 0,
		"the version never goes back":            c.Version >= before.Version,
		"the chain only grows":                   c.LastSeq >= before.LastSeq,
		"a proposal waits for a second person":   (c.Proposal != nil) == (c.Status == AwaitingApproval || c.Status == Frozen && c.Former != nil && c.Former.Status == AwaitingApproval),
		"a return waits for the goods":           c.Status != AwaitingReturn || c.Return != nil && c.Return.ReceivedAt == 0 && c.Refund == nil,
		"who sent goods back is not left alone":  c.Status != Withdrawn || !c.Return.Shipped(),
		"a replacement to come can be reopened":  !c.toReplace() || m.MachineNow() >= c.Replacement.ReopenBy || slices.Contains(c.AllowedActions(m.buyer, Policy{PolicyValues: DefaultPolicy()}, m.MachineNow()), Reopen),
		"goods to send anew have a clock":        !c.toReplace() || c.WakeAt != 0 && c.DueAt == c.Replacement.ShipBy,
		"questions are limited":                  c.BuyerAsked <= 2 && c.SellerAsked <= 2,
		"a claim with a clock has a timer":       c.WakeAt == 0 || m.countRows("SELECT COUNT(*) FROM timers WHERE subject = ? AND fire_at = ?", c.ID, c.WakeAt) == 1,
		"a timed state wakes": !slices.Contains([]ClaimStatus{Scheduled, AwaitingSeller, AwaitingBuyer, AwaitingReturn}, c.Status) ||
			c.WakeAt != 0,
	}
	for promise, kept := range holds {
		if !kept {
			t.Fatalf("%s: broken going from %s to %s: %+v line %+v", promise, before.Status, c.Status, c, l)
		}
	}
}
