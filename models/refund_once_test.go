package models

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// atOnce does 50 things at the same time. What comes too late is told so, and nothing else goes wrong.
func atOnce(t *testing.T, do func(i int) error) {
	t.Helper()
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			if err := do(i); err != nil && KindOf(err) != Conflict && KindOf(err) != Unavailable {
				t.Errorf("%d: %v", i, err)
			}
		})
	}
	wg.Wait()
}

// Decisions by three members of staff and the marketplace's own refund of the line, 50 at once:
// the money goes back once.
func TestOneRefundWhoeverDecides(t *testing.T) {
	m := newMarket(t)
	for round := range 5 {
		number := fmt.Sprintf("O-%d", round)
		c := m.inReview(m.order(number, threeTenders))
		refunded := orderInput(number, func(in *OrderInput) {
			threeTenders(in)
			in.Refunds = []RefundInput{{Reference: "mp-1", Line: 1, Tender: "convenience_store", Amount: 2300}, {Reference: "mp-2", Line: 1, Tender: "points", Amount: 1000}, {Reference: "mp-3", Line: 1, Tender: "coupon", Amount: 500}}
		})
		atOnce(t, func(i int) error {
			if by := []Actor{m.agent, m.agent2, m.lead, {}}[i%4]; by.Role != "" {
				_, err := m.Act(m.ctx, by, c.Number, decision("granted", 0))
				return err
			}
			_, _, err := m.PutOrder(m.ctx, m.integration, refunded)
			return err
		})
		o, err := m.orderByNumber(m.ctx, number)
		m.must(err)
		if l := o.Lines[0]; l.Refunded != 3800 || l.Owed != 0 || len(o.Refunds) != 3 {
			t.Errorf("%d refunded, %d owed, told %+v", l.Refunded, l.Owed, o.Refunds)
		}
		c = m.claim(c.Number)
		n := m.countRows("SELECT COUNT(*) FROM refunds WHERE claim_id = ?", c.ID)
		if c.Status != Settled && c.Status != Granted || n > 1 || (c.Refund == nil) != (n == 0) {
			t.Errorf("the claim is %s, with %d refunds", c.Status, n)
		}
		if c.Refund != nil {
			if v := m.refund(m.buyer, c.Refund.ID); v.Status != RefundDone {
				t.Errorf("our own refund, paid by the marketplace: %s", said(v))
			}
		}
		checkChain(t, m, c.Number)
	}
}

// Two claims on one order that are paid at once share what its tenders paid.
func TestTwoRefundsOfAnOrderAtOnce(t *testing.T) {
	m := newMarket(t)
	for round := range 5 {
		number := m.order(fmt.Sprintf("O-%d", round), func(in *OrderInput) {
			second := in.Lines[0]
			second.Line, second.Title = 2, "電球"
			in.Lines = append(in.Lines, second)
			paid("credit_card", 4000, "points", 3600)(in)
		})
		var claims []Claim
		for line := range 2 {
			line++
			sent, err := m.SendMessage(m.ctx, m.buyer, SendMessage{OrderNumber: number, Line: line, Body: "届きません。", Topic: NotReceived})
			m.must(err)
			m.clock.set(sent.SentAt.Add(48 * time.Hour))
			in := filing(number, NotReceived)
			in.Line = &line
			c, err := m.FileClaim(m.ctx, m.buyer, in)
			m.must(err)
			claims = append(claims, c)
		}
		atOnce(t, func(i int) error {
			_, err := m.Act(m.ctx, m.seller, claims[i%2].Number, &AcceptInput{})
			return err
		})
		back := map[Tender]int64{}
		for _, c := range claims {
			v := m.refund(m.buyer, m.claim(c.Number).Refund.ID)
			for _, l := range v.Legs {
				back[l.Tender] += l.Amount
			}
		}
		if n := m.countRows("SELECT COUNT(*) FROM refunds WHERE order_number = ?", number); n != 2 || back["credit_card"] != 4000 || back["points"] != 3600 {
			t.Errorf("%d refunds give back %v", n, back)
		}
	}
}

// What the payment system says of a leg that is not there, is another refund's or is done is
// refused in so many words, and leaves everything as it was.
func TestForeignLegEventsChangeNothing(t *testing.T) {
	m := newMarket(t)
	mine, other := refunded(m, "O-1"), refunded(m, "O-2")
	m.toldAll(mine[1], LegDone, mine[2])
	state := func() string {
		return fmt.Sprint(said(m.refund(m.buyer, mine[1])), said(m.refund(m.buyer, other[1])), m.claim(mine[0]).Version, m.claim(other[0]).Version,
			m.countRows("SELECT COUNT(*) FROM refund_leg_events"), m.countRows("SELECT COUNT(*) FROM claim_events"), m.countRows("SELECT COUNT(*) FROM notices"))
	}
	before := state()
	for _, c := range []struct{ refund, leg, code string }{
		{"none", mine[3], "not_found"},
		{mine[1], "none", "not_found"},
		{mine[1], other[3], "not_found"},
		{other[1], mine[3], "not_found"},
		{mine[0], mine[3], "not_found"},
		{mine[1], "", "not_found"},
		{mine[1], mine[2], "leg_done"},
	} {
		for _, event := range []LegStatus{LegSent, LegDone, LegFailed} {
			_, err := m.tell(c.refund, c.leg, event, "p-9")
			if CodeOf(err) != c.code {
				t.Errorf("%s of %s in %s: %v, want %s", event, c.leg, c.refund, err, c.code)
			}
		}
	}
	if after := state(); after != before {
		t.Errorf("it was %s\nand is %s", before, after)
	}
}

// What a payment is called is the same thing in the payment system's words and in an order's, by which
// the two are matched: what one of them may say the other may too, on one line.
func TestReferencesAreOfOneKind(t *testing.T) {
	alphabet := []string{"a", "7", "-", " ", "\n", "\t", "\r", "\u202e", "\x00", "参", "é"}
	rapid.Check(t, func(rt *rapid.T) {
		reference := strings.Join(rapid.SliceOfN(rapid.SampledFrom(alphabet), 0, 6).Draw(rt, "parts"), "") + strings.Repeat("照", rapid.SampledFrom([]int{0, 0, 42, 43, 128}).Draw(rt, "more"))
		leg := check(&LegEvent{Event: LegDone, Reference: reference})
		order := check(&RefundInput{Reference: reference, Line: 1, Amount: 1, Tender: "credit_card"})
		if leg == nil && (order != nil || strings.ContainsAny(reference, "\r\n\t")) {
			rt.Fatalf("%q may be told of a leg, and of an order: %v", reference, order)
		}
		if order == nil && isVisible(reference) && leg != nil {
			rt.Fatalf("%q may be told of an order, and of a leg: %v", reference, leg)
		}
	})
}
