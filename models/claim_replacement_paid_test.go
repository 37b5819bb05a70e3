package models

import "testing"

// A seller that pays in place of shipping has done more than was agreed: it is told at once that
// nothing is to be sent any more, and nobody of a missed date.
func TestReplacementPaidBack(t *testing.T) {
	m := newMarket(t)
	pay := func(order string, amount int64) {
		m.order(order, func(in *OrderInput) {
			in.Refunds = []RefundInput{{Reference: "r-" + order, Line: 1, Tender: "credit_card", Amount: amount}}
		})
	}
	ended := func(c Claim) {
		t.Helper()
		got := m.claim(c.Number)
		if got.NextActor != "" || got.DueAt != 0 || got.WakeAt != 0 || got.Replacement.PaidBackAt != m.MachineNow() || got.Version != c.Version+1 {
			t.Fatalf("%s's turn until %s, %+v", got.NextActor, got.DueAt, got.Replacement)
		}
		for _, who := range []Actor{m.buyer, m.seller} {
			if !m.heard(who, got, "claim_replacement_paid_back") {
				t.Errorf("the %s was not told", who.Role)
			}
		}
		_, err := m.Act(m.ctx, m.seller, c.Number, sends("4000"))
		wantCode(t, err, "not_allowed_now")
		_, err = m.Act(m.ctx, m.buyer, c.Number, &ReopenInput{})
		wantCode(t, err, "not_allowed_now")
		_, err = m.SendClaimMessage(m.ctx, m.seller, c.Number, ClaimMessage{Body: "発送済みです。"}) // the goods may be on their way
		m.must(err)
		checkChain(t, m, c.Number)
	}
	t.Run("by the seller", func(t *testing.T) {
		c := m.replacing(m.order("A-1", nil))
		pay("A-1", 3800)
		ended(c)
		pay("A-1", 3800)
		m.clock.set(c.DueAt)
		m.run()
		if c = m.claim(c.Number); c.Replacement.MissedAt != 0 || m.heard(m.buyer, c, "claim_replacement_missed") || m.heard(m.seller, c, "claim_replacement_reminder") {
			t.Fatalf("%+v", c.Replacement)
		}
	})
	t.Run("after the seller's days", func(t *testing.T) {
		c := m.replacing(m.order("A-2", nil))
		m.clock.set(c.DueAt)
		m.run()
		c = m.claim(c.Number)
		pay("A-2", 3800)
		ended(c)
	})
	t.Run("in part", func(t *testing.T) {
		c := m.replacing(m.order("A-3", nil))
		pay("A-3", 3799)
		if got := m.claim(c.Number); !got.ReplacementWaits() || got.Replacement.PaidBackAt != 0 || got.Version != c.Version {
			t.Fatalf("%s's turn, %+v", got.NextActor, got.Replacement)
		}
	})
	t.Run("on its way", func(t *testing.T) {
		c := m.replacing(m.order("A-4", nil))
		c, err := m.Act(m.ctx, m.seller, c.Number, sends("4000"))
		m.must(err)
		pay("A-4", 3800)
		if got := m.claim(c.Number); got.Replacement.PaidBackAt == 0 || !m.heard(m.seller, got, "claim_replacement_paid_back") {
			t.Fatalf("%+v", got.Replacement)
		}
		c, err = m.TellReplacement(m.ctx, m.integration, c.Number, ParcelEvent{Event: ParcelDelivered})
		m.must(err)
		if c.Replacement.DeliveredAt == 0 || !m.heard(m.buyer, c, "claim_replacement_delivered_noted") { // nothing to reopen is spoken of
			t.Fatalf("%+v", c.Replacement)
		}
	})
	t.Run("by another claim", func(t *testing.T) {
		c := m.replacing(m.order("A-5", nil))
		second := m.filed(m.order("A-5", nil), NotReceived)
		_, err := m.Act(m.ctx, m.seller, second.Number, &AcceptInput{})
		m.must(err)
		ended(c)
	})
}
