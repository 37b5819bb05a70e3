package models

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestRefundGoesBackByItsPayments(t *testing.T) {
	m := newMarket(t)
	v := m.granted(m.order("O-1", paid("credit_card", 2800, "points", 500, "coupon", 500)), 0)
	if got, want := said(v), "pending; credit_card→credit_card 2800 pending; points→points 500 pending; coupon→coupon 500 pending"; got != want {
		t.Fatalf("got %s\nwant %s", got, want)
	}
	if l := v.Legs[0]; l.DueAt != InstantOf(m.clock.now()).Add(24*time.Hour) || l.VisibleBy() != l.DueAt.Add(93*24*time.Hour) {
		t.Errorf("the card's money: due %s, seen by %s", l.DueAt, l.VisibleBy())
	}
	if l := v.Legs[2]; l.Kind != LegReissue || l.VisibleBy() != InstantOf(m.clock.now()) {
		t.Errorf("the coupon: %+v", l)
	}
	for _, by := range []Actor{m.buyer, m.agent, m.lead, m.admin, m.integration} {
		if got := m.refund(by, v.ID); len(got.Legs) != 3 || got.Total != 3800 {
			t.Errorf("%s sees %s", by.Role, said(got))
		}
	}
	if got := m.refund(m.seller, v.ID); len(got.Legs) != 0 || got.Total != 3800 {
		t.Errorf("how the buyer paid is not the seller's to know: %s", said(got))
	}
	for _, by := range []Actor{m.buyer2, m.seller2} {
		_, err := m.RefundByID(m.ctx, by, v.ID)
		wantCode(t, err, "not_found")
	}
	events, err := m.ClaimEvents(m.ctx, m.seller, v.ClaimNumber)
	m.must(err)
	if last := events[len(events)-1]; !last.Redacted {
		t.Errorf("the seller reads %s %s", last.Type, last.Data)
	}
}

// A second refund of an order takes what the first has left.
func TestSecondRefundOfAnOrder(t *testing.T) {
	m := newMarket(t)
	number := m.order("O-1", func(in *OrderInput) {
		second := in.Lines[0]
		second.Line, second.Title = 2, "電球"
		in.Lines = append(in.Lines, second)
		paid("credit_card", 7000, "points", 600)(in)
	})
	first := m.granted(number, 0)
	line := 2
	sent, err := m.SendMessage(m.ctx, m.buyer, SendMessage{OrderNumber: number, Line: line, Body: "届きません。", Topic: NotReceived})
	m.must(err)
	m.clock.set(sent.SentAt.Add(48 * time.Hour))
	in := filing(number, NotReceived)
	in.Line = &line
	c, err := m.FileClaim(m.ctx, m.buyer, in)
	m.must(err)
	c, err = m.Act(m.ctx, m.seller, c.Number, &AcceptInput{})
	m.must(err)
	second := m.refund(m.buyer, c.Refund.ID)
	if got := said(first); got != "pending; credit_card→credit_card 3500 pending; points→points 300 pending" {
		t.Errorf("first: %s", got)
	}
	if got := said(second); got != "pending; credit_card→credit_card 3500 pending; points→points 300 pending" {
		t.Errorf("second: %s", got)
	}
}

// What went back before, by a refund of ours or as the marketplace tells, is not taken again from
// the tender that gave it.
func TestRefundTakesWhatIsLeft(t *testing.T) {
	m := newMarket(t)
	lines := func(in *OrderInput) {
		second := in.Lines[0]
		second.Line, second.Title = 2, "電球"
		in.Lines = append(in.Lines, second)
		paid("credit_card", 3800, "points", 3800)(in)
	}
	m.order("O-1", lines)
	if got := said(m.granted("O-1", 0)); got != "pending; credit_card→credit_card 1900 pending; points→points 1900 pending" {
		t.Errorf("first: %s", got)
	}
	m.order("O-1", func(in *OrderInput) {
		lines(in)
		in.Refunds = []RefundInput{{Reference: "goodwill", Line: 2, Tender: "credit_card", Amount: 1800}}
	})
	line := 2
	sent, err := m.SendMessage(m.ctx, m.buyer, SendMessage{OrderNumber: "O-1", Line: line, Body: "届きません。", Topic: NotReceived})
	m.must(err)
	m.clock.set(sent.SentAt.Add(48 * time.Hour))
	in := filing("O-1", NotReceived)
	in.Line = &line
	c, err := m.FileClaim(m.ctx, m.buyer, in)
	m.must(err)
	c, err = m.Act(m.ctx, m.seller, c.Number, &AcceptInput{})
	m.must(err)
	if got := said(m.refund(m.buyer, c.Refund.ID)); got != "pending; credit_card→credit_card 100 pending; points→points 1900 pending" {
		t.Errorf("second: %s", got)
	}
}

func TestCouponLapsesWhereNobodyIsAtFault(t *testing.T) {
	m := newMarket(t)
	c := m.inReview(m.order("O-1", paid("credit_card", 3300, "coupon", 500)))
	in := decision("granted", 0)
	in.BorneBy = "marketplace"
	c, err := m.Act(m.ctx, m.agent, c.Number, in)
	m.must(err)
	if v := m.refund(m.buyer, c.Refund.ID); said(v) != "pending; credit_card→credit_card 3300 pending" || v.Total != 3300 || v.Lapsed != 500 {
		t.Errorf("got %s, total %d, lapsed %d", said(v), v.Total, v.Lapsed)
	}
}

// The states of a leg and what may follow.
func TestLegEvents(t *testing.T) {
	for _, c := range []struct {
		from, event, to LegStatus
		ok              bool
	}{
		{LegPending, LegSent, LegSent, true},
		{LegPending, LegDone, LegDone, true},
		{LegPending, LegFailed, LegFailed, true},
		{LegRetried, LegSent, LegSent, true},
		{LegRetried, LegDone, LegDone, true},
		{LegRetried, LegFailed, LegFailed, true},
		{LegSent, LegSent, LegSent, true},
		{LegSent, LegDone, LegDone, true},
		{LegSent, LegFailed, LegFailed, true},
		{LegFailed, LegSent, LegFailed, true},
		{LegFailed, LegDone, LegDone, true},
		{LegFailed, LegFailed, LegFailed, true},
		{LegDone, LegSent, LegDone, false},
		{LegDone, LegDone, LegDone, false},
		{LegDone, LegFailed, LegDone, false},
		{LegPending, LegRetried, LegPending, false},
		{LegFailed, LegPending, LegFailed, false},
	} {
		if to, ok := c.from.next(c.event); to != c.to || ok != c.ok {
			t.Errorf("%s after %s: %s, %v; want %s, %v", c.event, c.from, to, ok, c.to, c.ok)
		}
	}
	leg := func(s ...LegStatus) (legs []legRow) {
		for _, x := range s {
			legs = append(legs, legRow{Status: x})
		}
		return legs
	}
	for _, c := range []struct {
		legs []legRow
		want RefundStatus
	}{
		{leg(LegPending, LegDone), RefundPending},
		{leg(LegRetried, LegFailed), RefundPending},
		{leg(LegSent, LegFailed, LegDone), RefundFailed},
		{leg(LegSent, LegDone), RefundSent},
		{leg(LegDone, LegDone), RefundDone},
		{nil, RefundDone},
	} {
		if got := statusOf(c.legs); got != c.want {
			t.Errorf("%v: %s, want %s", c.legs, got, c.want)
		}
	}
}

func TestPaymentSystemTells(t *testing.T) {
	m := newMarket(t)
	v := m.granted(m.order("O-1", paid("credit_card", 3300, "points", 500)), 0)
	card, points := v.Legs[0].ID, v.Legs[1].ID
	mails := len(m.noticesOf("refund_done"))
	step := func(leg string, event LegStatus, reference, want string) {
		t.Helper()
		for range 2 { // repeated, it changes nothing
			got, err := m.tell(v.ID, leg, event, reference)
			m.must(err)
			if said(got) != want {
				t.Errorf("%s %s: %s, want %s", event, reference, said(got), want)
			}
		}
	}
	step(card, LegSent, "p-1", "pending; credit_card→credit_card 3300 sent; points→points 500 pending")
	step(points, LegDone, "p-2", "sent; credit_card→credit_card 3300 sent; points→points 500 done")
	step(card, LegFailed, "p-3", "failed; credit_card→credit_card 3300 failed; points→points 500 done")
	step(card, LegSent, "p-0", "failed; credit_card→credit_card 3300 failed; points→points 500 done") // late
	step(card, LegDone, "p-1", "done; credit_card→credit_card 3300 done; points→points 500 done")
	for _, event := range []LegStatus{LegSent, LegDone, LegFailed} {
		_, err := m.tell(v.ID, card, event, "p-9")
		wantCode(t, err, "leg_done")
	}
	if got := len(m.noticesOf("refund_done")) - mails; got != 1 {
		t.Errorf("the buyer was told %d times that the money is there", got)
	}
	if got := len(m.noticesOf("refund_failed")); got != 1 {
		t.Errorf("the buyer was told %d times that a payment failed", got)
	}
	other := m.granted(m.order("O-2", nil), 0)
	for _, x := range [][2]string{{v.ID, "none"}, {"none", card}, {v.ID, other.Legs[0].ID}} {
		_, err := m.tell(x[0], x[1], LegSent, "p-1")
		wantCode(t, err, "not_found")
	}
	for _, by := range []Actor{m.buyer, m.seller, m.agent, m.lead, m.admin} {
		_, err := m.TellLeg(m.ctx, by, other.ID, other.Legs[0].ID, LegEvent{Event: LegSent, Reference: "x"})
		wantCode(t, err, "forbidden")
	}
	for _, in := range []LegEvent{{}, {Event: LegSent}, {Event: LegRetried, Reference: "x"}, {Event: LegSent, Reference: strings.Repeat("x", 129)}, {Event: LegSent, Reference: " "}} {
		_, err := m.TellLeg(m.ctx, m.integration, other.ID, other.Legs[0].ID, in)
		if KindOf(err) != Invalid {
			t.Errorf("%+v: %v", in, err)
		}
	}
}

// noticesOf are the messages of a kind.
func (m *market) noticesOf(kind string) []noticeRow {
	m.t.Helper()
	rows, err := find[noticeRow](m.ctx, m.Store, "SELECT * FROM notices WHERE kind = ?", kind)
	m.must(err)
	return rows
}

var account = BankAccount{Bank: "みどり銀行", Branch: "中央支店", Kind: "ordinary", Number: "１２３-４５６７", Holder: "カイテ ハナコ"}

// Money paid in cash goes where the buyer says, until it is sent; the account is kept sealed
// and leaves when the money is there.
func TestBuyerChoosesWhereCashGoes(t *testing.T) {
	m := newMarket(t)
	v := m.granted(m.order("O-1", paid("convenience_store", 3300, "credit_card", 500)), 0)
	cash, card := v.Legs[0], v.Legs[1]
	if said(v) != "pending; convenience_store→gift_card 3300 pending; credit_card→credit_card 500 pending" {
		t.Fatal(said(v))
	}
	if got := cash.Ways(v.Policy); !slices.Equal(got, []Tender{"gift_card", "bank_transfer"}) || card.Ways(v.Policy) != nil {
		t.Errorf("ways %v and %v", got, card.Ways(v.Policy))
	}
	choose := func(by Actor, leg string, to Tender, a *BankAccount) (RefundView, error) {
		return m.ChooseDestination(m.ctx, by, v.ID, Destination{Leg: leg, To: to, Account: a})
	}
	v, err := choose(m.buyer, cash.ID, "bank_transfer", &account)
	m.must(err)
	if l := v.Legs[0]; l.To != "bank_transfer" || l.AccountTail != "567" || strings.Contains(l.account, "4567") || l.VisibleBy() != l.DueAt.Add(14*24*time.Hour) {
		t.Errorf("after the choice: %+v", l)
	}
	if len(v.Accounts) != 0 || len(m.refund(m.agent, v.ID).Accounts) != 0 {
		t.Error("a whole account is shown to a person")
	}
	if a := m.refund(m.integration, v.ID).Accounts[cash.ID]; a.Number != "1234567" || a.Bank != "みどり銀行" {
		t.Errorf("the payment system reads %+v", a)
	}
	v, err = choose(m.buyer, cash.ID, "gift_card", nil)
	m.must(err)
	if l := v.Legs[0]; l.To != "gift_card" || l.AccountTail != "" || l.account != "" {
		t.Errorf("after another choice: %+v", l)
	}
	short := account
	short.Number = "12"
	for name, c := range map[string]struct {
		by    Actor
		leg   string
		to    Tender
		a     *BankAccount
		code  string
		field string
	}{
		"another buyer":        {m.buyer2, cash.ID, "gift_card", nil, "not_found", ""},
		"the seller":           {m.seller, cash.ID, "gift_card", nil, "forbidden", ""},
		"staff":                {m.agent, cash.ID, "gift_card", nil, "forbidden", ""},
		"no account":           {m.buyer, cash.ID, "bank_transfer", nil, "invalid_fields", "account"},
		"a number too short":   {m.buyer, cash.ID, "bank_transfer", &short, "invalid_fields", "account.number"},
		"an account not asked": {m.buyer, cash.ID, "gift_card", &account, "invalid_fields", "account"},
		"no such leg":          {m.buyer, "none", "gift_card", nil, "invalid_fields", "leg"},
		"not its way":          {m.buyer, cash.ID, "wallet", nil, "invalid_fields", "to"},
		"a card's share":       {m.buyer, card.ID, "gift_card", nil, "leg_sent", ""},
	} {
		_, err := choose(c.by, c.leg, c.to, c.a)
		if CodeOf(err) != c.code || c.field != "" && fieldOf(err) != c.field {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err = choose(m.buyer, cash.ID, "bank_transfer", &account)
	m.must(err)
	_, err = m.tell(v.ID, cash.ID, LegSent, "p-1")
	m.must(err)
	_, err = choose(m.buyer, cash.ID, "gift_card", nil)
	wantCode(t, err, "leg_sent")
	v, err = m.tell(v.ID, cash.ID, LegFailed, "p-2")
	m.must(err)
	if v.Legs[0].account == "" || v.Legs[0].Failure != "口座が見つかりません" {
		t.Errorf("a transfer that failed: %+v", v.Legs[0])
	}
	v, err = choose(m.buyer, cash.ID, "bank_transfer", &account)
	m.must(err)
	if l := v.Legs[0]; l.Status != LegRetried || l.Tries != 2 || l.Failure != "" {
		t.Errorf("tried again: %+v", l)
	}
	v, err = m.tell(v.ID, cash.ID, LegDone, "p-3")
	m.must(err)
	if l := v.Legs[0]; l.account != "" || l.AccountTail != "567" {
		t.Errorf("when the money is there: %+v", l)
	}
}

func fieldOf(err error) string {
	var e *Error
	if errors.As(err, &e) && len(e.Fields) > 0 {
		return e.Fields[0].Field
	}
	return ""
}

// A card that takes nothing back any more: the buyer takes a gift card instead.
func TestFailedCardGoesAnotherWay(t *testing.T) {
	m := newMarket(t)
	v := m.granted(m.order("O-1", nil), 0)
	card := v.Legs[0].ID
	_, err := m.tell(v.ID, card, LegFailed, "p-1")
	m.must(err)
	v, err = m.ChooseDestination(m.ctx, m.buyer, v.ID, Destination{Leg: card, To: "gift_card"})
	m.must(err)
	if said(v) != "pending; credit_card→gift_card 3800 retried" {
		t.Error(said(v))
	}
	if got := v.Legs[0].Ways(v.Policy); !slices.Equal(got, []Tender{"credit_card", "gift_card", "bank_transfer"}) {
		t.Errorf("ways back: %v", got)
	}
}

// A transfer to the account that paid has failed: the buyer names another one.
func TestFailedTransferGoesToAnotherAccount(t *testing.T) {
	m := newMarket(t)
	v := m.granted(m.order("O-1", paid("bank_transfer", 3800)), 0)
	leg := v.Legs[0].ID
	if v.Legs[0].Ways(v.Policy) != nil {
		t.Errorf("there is something to choose: %v", v.Legs[0].Ways(v.Policy))
	}
	_, err := m.tell(v.ID, leg, LegFailed, "p-1")
	m.must(err)
	_, err = m.ChooseDestination(m.ctx, m.buyer, v.ID, Destination{Leg: leg, To: "bank_transfer"})
	if fieldOf(err) != "account" {
		t.Errorf("without an account: %v", err)
	}
	v, err = m.ChooseDestination(m.ctx, m.buyer, v.ID, Destination{Leg: leg, To: "bank_transfer", Account: &account})
	m.must(err)
	if l := v.Legs[0]; l.Status != LegRetried || l.AccountTail != "567" {
		t.Errorf("got %+v", l)
	}
}

// What is chosen again stays as it is promised; a way that is not usual for what paid takes its
// time also when it is tried again.
func TestDatesOfAnotherWay(t *testing.T) {
	m := newMarket(t)
	v := m.granted(m.order("O-1", paid("convenience_store", 3800)), 0)
	due := v.Legs[0].DueAt
	m.clock.set(InstantOf(m.clock.now()).Add(time.Hour))
	v, err := m.ChooseDestination(m.ctx, m.buyer, v.ID, Destination{Leg: v.Legs[0].ID, To: "gift_card"})
	m.must(err)
	if v.Legs[0].DueAt != due {
		t.Errorf("chosen again, it is due %s, not %s", v.Legs[0].DueAt, due)
	}
	v = m.granted(m.order("O-2", nil), 0)
	leg := v.Legs[0].ID
	_, err = m.tell(v.ID, leg, LegFailed, "p-1")
	m.must(err)
	_, err = m.ChooseDestination(m.ctx, m.buyer, v.ID, Destination{Leg: leg, To: "gift_card"})
	m.must(err)
	_, err = m.tell(v.ID, leg, LegFailed, "p-2")
	m.must(err)
	v, err = m.RetryLeg(m.ctx, m.agent, v.ID, leg)
	m.must(err)
	if want := InstantOf(m.clock.now()).Add(24 * time.Hour); v.Legs[0].DueAt != want || v.Legs[0].To != "gift_card" {
		t.Errorf("tried again, it is due %s, want %s", v.Legs[0].DueAt, want)
	}
}

func TestRetry(t *testing.T) {
	m := newMarket(t)
	small := m.granted(m.order("O-1", nil), 0)
	price := int64(200_000)
	large := m.order("O-2", func(in *OrderInput) { in.Lines[0].UnitPrice = &price })
	c := m.inReview(large)
	c, err := m.Act(m.ctx, m.agent, c.Number, decision("granted", 0))
	m.must(err)
	c, err = m.Act(m.ctx, m.lead, c.Number, &ApproveInput{})
	m.must(err)
	retry := func(by Actor, v RefundView) (RefundView, error) {
		return m.RetryLeg(m.ctx, by, v.ID, v.Legs[0].ID)
	}
	_, err = retry(m.agent, small)
	wantCode(t, err, "leg_not_failed")
	big := m.refund(m.buyer, c.Refund.ID)
	for _, v := range []RefundView{small, big} {
		_, err := m.tell(v.ID, v.Legs[0].ID, LegFailed, "p-1")
		m.must(err)
	}
	for _, by := range []Actor{m.buyer, m.admin} {
		_, err = retry(by, small)
		wantCode(t, err, "forbidden")
	}
	v, err := retry(m.agent, small)
	m.must(err)
	if v.Legs[0].Status != LegRetried || v.Status != RefundPending {
		t.Error(said(v))
	}
	v, err = retry(m.agent, big)
	m.must(err)
	if v.Legs[0].Status != LegFailed || v.Legs[0].RetryBy != m.agent.AccountID {
		t.Errorf("a large sum needs two: %s", said(v))
	}
	_, err = retry(m.agent, big)
	wantCode(t, err, "forbidden")
	v, err = retry(m.agent2, big)
	m.must(err)
	if v.Legs[0].Status != LegRetried || v.Legs[0].Tries != 2 {
		t.Error(said(v))
	}
}

// Many at once: one outcome, told once.
func TestLegsAtOnce(t *testing.T) {
	m := newMarket(t)
	v := m.granted(m.order("O-1", paid("convenience_store", 3800)), 0)
	leg := v.Legs[0].ID
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			var err error
			switch i % 4 {
			case 0:
				_, err = m.tell(v.ID, leg, LegSent, "p-1")
			case 1:
				_, err = m.tell(v.ID, leg, LegDone, "p-1")
			case 2:
				_, err = m.ChooseDestination(m.ctx, m.buyer, v.ID, Destination{Leg: leg, To: "bank_transfer", Account: &account})
			default:
				_, err = m.tell(v.ID, leg, LegFailed, fmt.Sprintf("p-%d", i))
			}
			if code := CodeOf(err); err != nil && code != "leg_done" && code != "leg_sent" {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := m.refund(m.buyer, v.ID); got.Status != RefundDone || len(m.noticesOf("refund_done")) != 1 {
		t.Errorf("got %s, told %d times", said(got), len(m.noticesOf("refund_done")))
	}
}
