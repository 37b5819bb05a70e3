package models

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

func numbersAlike(list []SimilarCase) (numbers []string) {
	for _, x := range list {
		numbers = append(numbers, x.Number)
	}
	return numbers
}

func TestSimilarCases(t *testing.T) {
	m := newMarket(t)
	priced := func(order string, price int64) string {
		return m.order(order, func(in *OrderInput) { in.Lines[0].UnitPrice = &price })
	}
	decided := func(order string, price int64, in *DecideInput) Claim {
		c := m.inReview(priced(order, price))
		c, err := m.Act(m.ctx, m.agent, c.Number, in)
		m.must(err)
		m.clock.set(m.MachineNow().Add(time.Hour))
		return c
	}
	half := decided("o-half", 20_000, decision("granted", 10_000))
	denied := decided("o-denied", 24_000, decision("denied", 0))
	decided("o-large", 90_000, decision("granted", 0))
	decided("o-small", 4_000, decision("granted", 0))
	other := m.filed(priced("o-other", 20_000), FalseShipment)
	_, err := m.Act(m.ctx, m.seller, other.Number, &AcceptInput{})
	m.must(err)
	m.inReview(priced("o-open", 20_000))
	// The seller is silent: decided by itself, and another fact than in the case that is held against it.
	silent := m.filed(priced("o-silent", 20_000), NotReceived)
	m.clock.set(m.MachineNow().Add(80 * time.Hour))
	m.run()
	if silent = m.claim(silent.Number); silent.Status != Granted {
		t.Fatal(silent.Status)
	}
	c := m.inReview(priced("o-now", 22_000))

	found, err := m.SimilarCases(m.ctx, m.agent, c)
	m.must(err)
	// All three share all facts: the silence of one that was granted at once is no silence of a review.
	if want := []string{silent.Number, denied.Number, half.Number}; !slices.Equal(numbersAlike(found), want) {
		t.Fatalf("%v, want %v", numbersAlike(found), want)
	}
	if x := found[2]; x.Decision.Amount != 10_000 || x.Claimed != 20_800 || x.Status != Granted || x.Decision.ReasonCode != "not_delivered" {
		t.Errorf("%+v", x)
	}
	if !found[0].Decision.Automated {
		t.Error("nothing says that nobody decided it")
	}

	// Who bought it does not see it among others' cases, and parties see none.
	mine := Actor{AccountID: m.agent.AccountID, Role: RoleAgent, Email: m.buyer.Email}
	elsewhere := c
	elsewhere.BuyerEmail = "somebody@example.com"
	if found, err := m.SimilarCases(m.ctx, mine, elsewhere); err != nil || len(found) != 0 {
		t.Errorf("own purchases: %v, %v", numbersAlike(found), err)
	}
	for _, by := range []Actor{m.buyer, m.seller, m.buyer2, m.integration} {
		if _, err := m.SimilarCases(m.ctx, by, c); KindOf(err) != Forbidden {
			t.Errorf("%s: %v", by.Role, err)
		}
	}
}

func TestMostAlike(t *testing.T) {
	c := Claim{SellerSilent: true, ArrivedAt: 1}
	var found []SimilarCase
	for i, x := range []SimilarCase{
		{SellerSilent: false, Arrived: false, SentBack: true}, // nothing the same
		{SellerSilent: true, Arrived: false, SentBack: true},
		{SellerSilent: true, Arrived: true},
		{SellerSilent: false, Arrived: true},
		{SellerSilent: true, Arrived: true},
		{SellerSilent: true},
	} {
		x.Number, x.FiledAt = fmt.Sprint(i), Instant(100+i)
		found = append(found, x)
	}
	if got, want := numbersAlike(mostAlike(c, found)), []string{"4", "2", "5", "3", "1"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
