package models

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// reports has the marketplace report refunds of an order.
func (m *market) reports(number string, pays func(*OrderInput), refunds ...RefundInput) {
	m.t.Helper()
	m.order(number, func(in *OrderInput) {
		if pays != nil {
			pays(in)
		}
		in.Refunds = refunds
	})
}

func (m *market) decide(by Actor, v RefundView, choice MismatchChoice) (RefundView, error) {
	v = m.refund(m.agent, v.ID)
	if len(v.Open) == 0 {
		m.t.Fatalf("nothing is open: %s", said(v))
	}
	return m.DecideMismatch(m.ctx, by, v.ID, v.Open[0].ID, MismatchDecision{Choice: choice, Reason: "支払い担当に確認しました。"})
}

// Another sum than asked for holds what is to be paid, until somebody says what it was.
func TestMismatch(t *testing.T) {
	card := func(amount int64) RefundInput {
		return RefundInput{Reference: "mp-1", Line: 1, Tender: "credit_card", Amount: amount}
	}
	for _, c := range []struct {
		name    string
		granted int64
		before  func(m *market, v RefundView)
		report  func(RefundView) RefundInput
		held    string
		count   string
		other   string
		owed    [2]int64 // after either
	}{
		{
			name: "less than asked", report: func(RefundView) RefundInput { return card(3000) },
			held:  "held; credit_card→credit_card 3300 held; points→points 500 held",
			count: "pending; points→points 500 pending; credit_card→credit_card 3000 done; credit_card→credit_card 300 pending",
			other: "pending; points→points 500 pending; credit_card→credit_card 300 pending",
			owed:  [2]int64{800, 800},
		},
		{
			name: "all of it by one tender", report: func(RefundView) RefundInput { return card(3800) },
			held:  "held; credit_card→credit_card 3300 held; points→points 500 held",
			count: "done; credit_card→credit_card 3300 done; points→points 500 done",
			other: "done",
		},
		{
			name: "a part of the claim's sum", granted: 1000, report: func(RefundView) RefundInput { return card(900) },
			held:  "held; credit_card→credit_card 868 held; points→points 132 held",
			count: "pending; credit_card→credit_card 868 done; points→points 32 done; points→points 100 pending",
			other: "pending; credit_card→credit_card 868 pending; points→points 132 pending",
			owed:  [2]int64{100, 1000},
		},
		{
			name: "the same leg in another sum", report: func(v RefundView) RefundInput {
				r := card(3000)
				r.Reference = v.Legs[0].ID
				return r
			},
			held:  "held; credit_card→credit_card 3300 held; points→points 500 held",
			count: "pending; points→points 500 pending; credit_card→credit_card 3000 done; credit_card→credit_card 300 pending",
			other: "pending; points→points 500 pending; credit_card→credit_card 300 pending",
			owed:  [2]int64{800, 800},
		},
		{
			name: "a leg that is done in another sum", report: func(RefundView) RefundInput { return card(3000) },
			before: func(m *market, v RefundView) {
				_, err := m.tell(v.ID, v.Legs[0].ID, LegDone, "mp-1")
				m.must(err)
			},
			held:  "held; credit_card→credit_card 3300 done; points→points 500 held",
			count: "pending; points→points 500 pending; credit_card→credit_card 3000 done; credit_card→credit_card 300 pending",
			other: "done; credit_card→credit_card 3300 done",
			owed:  [2]int64{800, 800},
		},
		{
			name: "while it is on its way", report: func(RefundView) RefundInput { return card(3200) },
			before: func(m *market, v RefundView) {
				_, err := m.tell(v.ID, v.Legs[0].ID, LegSent, "p-1")
				m.must(err)
			},
			held:  "held; credit_card→credit_card 3300 sent; points→points 500 held",
			count: "pending; points→points 500 pending; credit_card→credit_card 3200 done; credit_card→credit_card 100 pending",
			other: "sent; credit_card→credit_card 3300 sent",
			owed:  [2]int64{600, 600},
		},
		{
			name: "one that could not be paid", report: func(RefundView) RefundInput { return card(3000) },
			before: func(m *market, v RefundView) {
				_, err := m.tell(v.ID, v.Legs[0].ID, LegFailed, "p-1")
				m.must(err)
			},
			held:  "held; credit_card→credit_card 3300 held; points→points 500 held",
			count: "pending; points→points 500 pending; credit_card→credit_card 3000 done; credit_card→credit_card 300 failed",
			other: "pending; points→points 500 pending; credit_card→credit_card 300 failed",
			owed:  [2]int64{800, 800},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMarket(t)
			pays := paid("credit_card", 3300, "points", 500)
			for i, choice := range MismatchChoices {
				number := fmt.Sprintf("O-%d", i)
				v := m.granted(m.order(number, pays), c.granted)
				if c.before != nil {
					c.before(m, v)
				}
				report := c.report(v)
				m.reports(number, pays, report)
				m.reports(number, pays, report) // told again, it changes nothing
				if got := said(m.refund(m.buyer, v.ID)); got != c.held {
					t.Fatalf("got %s\nwant %s", got, c.held)
				}
				m.paysBack()
				got, err := m.decide(m.agent, v, choice)
				m.must(err)
				want := map[MismatchChoice]string{MismatchCount: c.count, MismatchRelease: c.other}[choice]
				if said := said(m.refund(m.buyer, v.ID)); said != want {
					t.Errorf("%s: got %s\nwant %s", choice, said, want)
				}
				o, err := m.orderByNumber(m.ctx, number)
				m.must(err)
				if l := o.Lines[0]; l.Owed != c.owed[i] || l.Refunded != report.Amount {
					t.Errorf("%s: %d refunded and %d owed, want %d owed", choice, l.Refunded, l.Owed, c.owed[i])
				}
				_, err = m.DecideMismatch(m.ctx, m.agent, v.ID, m.mismatchOf(v.ID), MismatchDecision{Choice: choice, Reason: "x"})
				wantCode(t, err, "mismatch_decided")
				if len(got.Open) != 0 {
					t.Errorf("still open: %+v", got.Open)
				}
				m.paysBack()
			}
		})
	}
}

// mismatchOf is the id of a refund's only mismatch.
func (m *market) mismatchOf(refund string) string {
	m.t.Helper()
	rows, err := find[mismatchRow](m.ctx, m.Store, "SELECT * FROM refund_mismatches WHERE refund_id = ?", refund)
	m.must(err)
	if len(rows) != 1 {
		m.t.Fatalf("%d mismatches", len(rows))
	}
	return rows[0].ID
}

// The payment system may have paid before it heard that a leg is held: that is a fact. Told under the
// reference that was reported, it explains it.
func TestHeldLegIsTold(t *testing.T) {
	m := newMarket(t)
	v := m.granted(m.order("O-1", nil), 0)
	leg := v.Legs[0].ID
	m.reports("O-1", nil, RefundInput{Reference: "p-1", Line: 1, Amount: 3800}) // no tender is told
	_, err := m.RetryLeg(m.ctx, m.agent, v.ID, leg)
	wantCode(t, err, "leg_held")
	_, err = m.ChooseDestination(m.ctx, m.buyer, v.ID, Destination{Leg: leg, To: "gift_card"})
	wantCode(t, err, "leg_held")
	v, err = m.tell(v.ID, leg, LegFailed, "p-0")
	m.must(err)
	if said(v) != "held; credit_card→credit_card 3800 held" || v.Legs[0].HeldFrom != LegFailed {
		t.Errorf("one that fails stays held: %s, from %s", said(v), v.Legs[0].HeldFrom)
	}
	v, err = m.tell(v.ID, leg, LegSent, "p-1")
	m.must(err)
	if said(v) != "done; credit_card→credit_card 3800 done" || len(v.Open) != 0 {
		t.Errorf("told under the reported reference: %s, open %d", said(v), len(v.Open))
	}
	v = m.granted(m.order("O-2", nil), 0)
	m.reports("O-2", nil, RefundInput{Reference: "p-2", Line: 1, Amount: 3700})
	v, err = m.tell(v.ID, v.Legs[0].ID, LegDone, "p-2")
	m.must(err)
	if said(v) != "done; credit_card→credit_card 3800 done" || len(v.Open) != 1 || v.Open[0].LegID != v.Legs[0].ID {
		t.Errorf("in another sum: %s, open %+v", said(v), v.Open)
	}
	v, err = m.decide(m.agent, v, MismatchCount)
	m.must(err)
	if got := said(m.refund(m.buyer, v.ID)); got != "pending; credit_card→credit_card 3700 done; credit_card→credit_card 100 pending" {
		t.Errorf("counted: %s", got)
	}
}

// A leg that was closed is paid all the same: what is still to be paid is held for it.
func TestCancelledLegIsPaid(t *testing.T) {
	m := newMarket(t)
	pays := paid("credit_card", 3300, "points", 500)
	v := m.granted(m.order("O-1", pays), 0)
	card := v.Legs[0].ID
	m.reports("O-1", pays, RefundInput{Reference: "mp-1", Line: 1, Tender: "credit_card", Amount: 3000})
	_, err := m.decide(m.agent, v, MismatchCount)
	m.must(err)
	for _, e := range []struct {
		event     LegStatus
		reference string
		want      string
	}{
		{LegFailed, "p-1", "pending"}, // it was not paid
		{LegDone, "mp-1", "pending"},  // the payment it was counted as
		{LegSent, "p-2", "held"},      // another one
		{LegDone, "p-2", "held"},
	} {
		v, err = m.tell(v.ID, card, e.event, e.reference)
		m.must(err)
		if string(v.Status) != e.want {
			t.Fatalf("%s %s: %s", e.event, e.reference, said(v))
		}
	}
	if len(v.Open) != 1 || v.Open[0].Amount != 3300 || v.Open[0].Source != MismatchByLeg {
		t.Fatalf("open: %+v", v.Open)
	}
	v, err = m.decide(m.agent, v, MismatchRelease)
	m.must(err)
	if got := said(m.refund(m.buyer, v.ID)); got != "pending; points→points 500 pending; credit_card→credit_card 3000 done; credit_card→credit_card 300 pending" {
		t.Errorf("another thing: %s", got)
	}
	// The marketplace says so too: it is asked again.
	m.reports("O-1", pays, RefundInput{Reference: "mp-1", Line: 1, Tender: "credit_card", Amount: 3000}, RefundInput{Reference: "p-2", Line: 1, Tender: "credit_card", Amount: 3300})
	if v = m.refund(m.agent, v.ID); v.Status != RefundHeld || len(v.Open) != 1 || v.Open[0].Source != MismatchByOrder {
		t.Fatalf("reported too: %s, %+v", said(v), v.Open)
	}
	v, err = m.decide(m.agent, v, MismatchCount)
	m.must(err)
	if got := said(m.refund(m.buyer, v.ID)); v.Status != RefundDone || !strings.Contains(got, "credit_card→credit_card 300 done") {
		t.Errorf("counted: %s", got)
	}
}

// From the amount on that needs a second person, the first proposes; what changes meanwhile is looked at anew.
func TestMismatchTakesTwo(t *testing.T) {
	m := newMarket(t)
	price := int64(200_000)
	dear := func(in *OrderInput) { in.Lines[0].UnitPrice = &price }
	c := m.inReview(m.order("O-1", dear))
	_, err := m.Act(m.ctx, m.agent, c.Number, decision("granted", 0))
	m.must(err)
	c, err = m.Act(m.ctx, m.lead, c.Number, &ApproveInput{})
	m.must(err)
	v := m.refund(m.agent, c.Refund.ID)
	report := RefundInput{Reference: "mp-1", Line: 1, Tender: "credit_card", Amount: 100_000}
	m.reports("O-1", dear, report)
	for _, by := range []Actor{m.buyer, m.seller, m.admin, m.integration} {
		_, err := m.decide(by, v, MismatchCount)
		wantCode(t, err, "forbidden")
	}
	_, err = m.DecideMismatch(m.ctx, m.buyer2, v.ID, m.mismatchOf(v.ID), MismatchDecision{Choice: MismatchCount, Reason: "x"})
	wantCode(t, err, "not_found")
	old := v.Version
	_, err = m.DecideMismatch(m.ctx, m.agent, v.ID, m.mismatchOf(v.ID), MismatchDecision{Version: &old, Choice: MismatchCount, Reason: "x"})
	wantCode(t, err, "stale_version")
	for _, in := range []MismatchDecision{{Choice: MismatchCount}, {Choice: "maybe", Reason: "x"}, {Choice: MismatchCount, Reason: strings.Repeat("x", 1001)}} {
		_, err := m.DecideMismatch(m.ctx, m.agent, v.ID, m.mismatchOf(v.ID), in)
		if KindOf(err) != Invalid {
			t.Errorf("%+v: %v", in, err)
		}
	}
	v, err = m.decide(m.agent, v, MismatchRelease)
	m.must(err)
	if v.Status != RefundHeld || v.Open[0].Choice != MismatchRelease || v.Open[0].ProposedBy != m.agent.AccountID {
		t.Fatalf("proposed: %s, %+v", said(v), v.Open)
	}
	_, err = m.decide(m.agent, v, MismatchRelease)
	wantCode(t, err, "forbidden")
	second := RefundInput{Reference: "mp-2", Line: 1, Tender: "credit_card", Amount: 50_000}
	m.reports("O-1", dear, report, second)
	if v = m.refund(m.agent, v.ID); len(v.Open) != 2 || v.Open[0].Choice != "" {
		t.Errorf("a proposal outlives what it was made of: %+v", v.Open)
	}
	for i, by := range []Actor{m.agent, m.agent2, m.lead, m.agent} {
		v, err = m.decide(by, v, MismatchCount)
		m.must(err)
		if want := []int{2, 1, 1, 0}[i]; len(v.Open) != want {
			t.Fatalf("step %d: %d open", i, len(v.Open))
		}
	}
	if got := said(m.refund(m.buyer, v.ID)); got != "pending; credit_card→credit_card 100000 done; credit_card→credit_card 50000 done; credit_card→credit_card 50800 pending" {
		t.Error(got)
	}
}

// Two refunds of one line: a payment counts once, whichever refund it was of.
func TestMismatchOfTwoRefunds(t *testing.T) {
	for _, c := range []struct {
		first, reported int64 // the second refund is the rest of 3,800
	}{{1000, 1500}, {3000, 1500}, {1000, 500}, {1900, 3000}, {1000, 2800}} {
		for _, choices := range [][]MismatchChoice{{MismatchCount, MismatchCount}, {MismatchCount, MismatchRelease}, {MismatchRelease, MismatchCount}, {MismatchRelease, MismatchRelease}} {
			for _, turned := range []bool{false, true} {
				if (c.reported == c.first || c.reported == 3800-c.first) && !turned {
					continue // it fits one of them, so that nothing is asked
				}
				t.Run(fmt.Sprint(c, choices, turned), func(t *testing.T) {
					m := newMarket(t)
					refunds := []RefundView{m.granted(m.order("O-1", nil), c.first)}
					filed, err := m.FileClaim(m.ctx, m.buyer, filing("O-1", NotReceived))
					m.must(err)
					filed, err = m.Act(m.ctx, m.seller, filed.Number, &AcceptInput{})
					m.must(err)
					refunds = append(refunds, m.refund(m.agent, filed.Refund.ID))
					if turned {
						slices.Reverse(refunds)
					}
					tender := Tender("credit_card")
					if c.reported == 3800-c.first {
						tender = "wallet" // else it would fit
					}
					m.reports("O-1", nil, RefundInput{Reference: "mp-1", Line: 1, Tender: tender, Amount: c.reported})
					var left int64
					for i := range refunds {
						refunds[i], err = m.decide(m.agent, refunds[i], choices[i])
						m.must(err)
					}
					for i := range refunds {
						for _, l := range m.refund(m.agent, refunds[i].ID).Legs {
							if l.Status.open() {
								left += l.Amount
							}
						}
					}
					if left+c.reported != 3800 {
						t.Errorf("%d came back of 3,800 and %d is to be paid", c.reported, left)
					}
				})
			}
		}
	}
}

// What a payment took off the line is owed again once nobody counts it as theirs.
func TestMismatchOfTwoIsOwedAgain(t *testing.T) {
	for _, c := range []struct {
		choices []MismatchChoice
		owed    int64
	}{
		{[]MismatchChoice{MismatchRelease, MismatchRelease}, 1500},
		{[]MismatchChoice{MismatchRelease, MismatchCount}, 1000},
		{[]MismatchChoice{MismatchCount, MismatchRelease}, 800},
		{[]MismatchChoice{MismatchCount, MismatchCount}, 800},
	} {
		m := newMarket(t)
		first := m.granted(m.order("O-1", nil), 1000)
		filed, err := m.FileClaim(m.ctx, m.buyer, filing("O-1", NotReceived))
		m.must(err)
		_, err = m.Act(m.ctx, m.seller, filed.Number, &ContestInput{Message: "発送しました。"})
		m.must(err)
		filed, err = m.Act(m.ctx, m.agent, filed.Number, decision("granted", 500))
		m.must(err)
		m.reports("O-1", nil, RefundInput{Reference: "mp-1", Line: 1, Tender: "credit_card", Amount: 700})
		for i, v := range []RefundView{first, m.refund(m.agent, filed.Refund.ID)} {
			_, err := m.decide(m.agent, v, c.choices[i])
			m.must(err)
		}
		if got := m.line("O-1").Owed; got != c.owed {
			t.Errorf("%v: %d is owed, want %d", c.choices, got, c.owed)
		}
	}
}

// Order updates, the payment system and staff, 50 at once: it never pays more than was paid.
func TestMismatchesAtOnce(t *testing.T) {
	m := newMarket(t)
	pays := paid("credit_card", 3300, "points", 500)
	v := m.granted(m.order("O-1", pays), 0)
	refunds := []RefundInput{}
	for i := range 5 {
		refunds = append(refunds, RefundInput{Reference: fmt.Sprintf("mp-%d", i), Line: 1, Tender: "credit_card", Amount: int64(300 + i)})
	}
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			act := func() error {
				switch i % 5 {
				case 0, 1:
					m.reports("O-1", pays, refunds[:1+i/10]...)
					return nil
				case 2:
					_, err := m.tell(v.ID, v.Legs[i/5%2].ID, []LegStatus{LegSent, LegFailed}[i/10%2], fmt.Sprintf("p-%d", i))
					return err
				}
				now, err := m.RefundByID(m.ctx, m.agent, v.ID)
				if err != nil || len(now.Open) == 0 {
					return err
				}
				_, err = m.DecideMismatch(m.ctx, m.agent, v.ID, now.Open[i%len(now.Open)].ID, MismatchDecision{Choice: MismatchChoices[i%2], Reason: "x"})
				return err
			}
			err := act()
			for KindOf(err) == Unavailable { // too many at once: nothing was done, so it is sent again
				err = act()
			}
			if err != nil && !slices.Contains([]string{"mismatch_decided", "leg_done"}, CodeOf(err)) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	m.paysBack()
	for {
		now := m.refund(m.agent, v.ID)
		if len(now.Open) == 0 {
			break
		}
		_, err := m.decide(m.agent, v, MismatchRelease)
		m.must(err)
	}
	var reported, left int64
	for _, r := range refunds {
		reported += r.Amount
	}
	for _, l := range m.refund(m.agent, v.ID).Legs {
		if l.Status.holds() {
			left += l.Amount
		}
	}
	if reported+left > 3800 {
		t.Errorf("%d reported and %d to be paid of 3,800", reported, left)
	}
}

// Whatever is reported, told and decided in any order, no more comes back by the marketplace's word
// and by what still waits to be paid than was paid.
func TestMismatchHistories(t *testing.T) {
	m := newMarket(t)
	n, start := 0, InstantOf(m.clock.now())
	rapid.Check(t, func(r *rapid.T) {
		n++
		m.clock.set(start)
		number := fmt.Sprintf("O-%d", n)
		pays := paid("credit_card", 3300, "points", 500)
		v := m.granted(m.order(number, pays), rapid.SampledFrom([]int64{0, 1000, 2500}).Draw(r, "granted"))
		var refunds []RefundInput
		sum := func() (reported, waits int64) {
			for _, x := range refunds {
				reported += x.Amount
			}
			for _, l := range m.refund(m.agent, v.ID).Legs {
				if l.Status.holds() {
					waits += l.Amount
				}
			}
			return reported, waits
		}
		for range rapid.IntRange(1, 8).Draw(r, "steps") {
			now := m.refund(m.agent, v.ID)
			switch rapid.IntRange(0, 3).Draw(r, "step") {
			case 0:
				names := []string{fmt.Sprintf("mp-%d", len(refunds))}
				for _, l := range now.Legs {
					names = append(names, l.ID)
				}
				x := RefundInput{Reference: rapid.SampledFrom(names).Draw(r, "reference"), Line: 1, Amount: rapid.Int64Range(1, 1500).Draw(r, "amount"), Tender: rapid.SampledFrom([]Tender{"", "credit_card", "points", "wallet"}).Draw(r, "tender")}
				if slices.ContainsFunc(refunds, func(y RefundInput) bool { return y.Reference == x.Reference }) {
					continue
				}
				if reported, _ := sum(); reported+x.Amount > 3800 {
					continue
				}
				refunds = append(refunds, x)
				m.reports(number, pays, refunds...)
			case 1:
				leg := rapid.SampledFrom(now.Legs).Draw(r, "leg")
				_, err := m.tell(v.ID, leg.ID, rapid.SampledFrom([]LegStatus{LegSent, LegFailed}).Draw(r, "event"), fmt.Sprintf("p-%d", rapid.IntRange(0, 2).Draw(r, "name")))
				if err != nil && CodeOf(err) != "leg_done" {
					r.Fatal(err)
				}
			default:
				if len(now.Open) > 0 {
					open := rapid.SampledFrom(now.Open).Draw(r, "open")
					_, err := m.DecideMismatch(m.ctx, m.agent, v.ID, open.ID, MismatchDecision{Choice: rapid.SampledFrom(MismatchChoices).Draw(r, "choice"), Reason: "x"})
					if err != nil {
						r.Fatal(err)
					}
				}
			}
		}
		if reported, waits := sum(); m.refund(m.agent, v.ID).Mismatches == 0 && reported+waits > 3800 {
			r.Fatalf("%d reported and %d waits of 3,800", reported, waits)
		}
		m.paysBack()
		if m.t.Failed() {
			r.FailNow()
		}
	})
}
