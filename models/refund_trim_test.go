package models

import (
	"fmt"
	"testing"
)

// What could not be taken off a payment on its way is taken off once that has failed, and once
// another payment was counted as a part of it: no more than was paid goes back.
func TestSentLegIsLessLater(t *testing.T) {
	fails := func(m *market, v RefundView, leg string) {
		_, err := m.tell(v.ID, leg, LegFailed, "p-2")
		m.must(err)
	}
	for _, c := range []struct {
		name    string
		refunds []int64 // what the marketplace reports
		then    func(m *market, v RefundView, leg string)
		want    string
	}{
		{"it fails", []int64{501}, func(m *market, v RefundView, leg string) {
			_, err := m.decide(m.agent, v, MismatchRelease)
			m.must(err)
			fails(m, v, leg)
		}, "3299 failed"},
		{"it fails while another payment is open", []int64{501, 600}, func(m *market, v RefundView, leg string) {
			_, err := m.decide(m.agent, v, MismatchRelease)
			m.must(err)
			fails(m, v, leg)
			_, err = m.decide(m.agent, v, MismatchCount)
			m.must(err)
		}, "600 done, 2699 failed"},
		{"another payment was a part of it", []int64{501, 600}, func(m *market, v RefundView, leg string) {
			for _, choice := range []MismatchChoice{MismatchRelease, MismatchCount} {
				_, err := m.decide(m.agent, v, choice)
				m.must(err)
			}
		}, "600 done, 2699 pending"},
		{"it fails after another payment was something else too", []int64{501, 600}, func(m *market, v RefundView, leg string) {
			for range 2 {
				_, err := m.decide(m.agent, v, MismatchRelease)
				m.must(err)
			}
			fails(m, v, leg)
		}, "2699 failed"},
		{"it fails and all of it came back otherwise", []int64{1900, 1900}, func(m *market, v RefundView, leg string) {
			for range 2 {
				_, err := m.decide(m.agent, v, MismatchRelease)
				m.must(err)
			}
			fails(m, v, leg)
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMarket(t)
			pays := paid("credit_card", 3300, "points", 500)
			v := m.granted(m.order("O-1", pays), 0)
			leg := v.Legs[0]
			_, err := m.tell(v.ID, leg.ID, LegSent, "p-1")
			m.must(err)
			var refunds []RefundInput
			for i, amount := range c.refunds {
				refunds = append(refunds, RefundInput{Reference: fmt.Sprintf("mp-%d", i), Line: 1, Tender: "wallet", Amount: amount})
			}
			m.reports("O-1", pays, refunds...)
			c.then(m, v, leg.ID)
			now := m.refund(m.buyer, v.ID)
			got := ""
			var sum int64
			for _, l := range now.Legs {
				if l.Status == LegCancelled {
					continue
				}
				sum += l.Amount
				if got != "" {
					got += ", "
				}
				got += fmt.Sprintf("%d %s", l.Amount, l.Status)
			}
			if got != c.want || now.Total != sum {
				t.Errorf("of %d goes back %q, want %q", now.Total, got, c.want)
			}
		})
	}
}

// Two refunds of one order that fail in one call become less by what is too much, once.
func TestSentLegsAreLessOnce(t *testing.T) {
	m := newMarket(t)
	refunds := []RefundView{m.granted(m.order("O-1", nil), 1500)}
	filed, err := m.FileClaim(m.ctx, m.buyer, filing("O-1", NotReceived))
	m.must(err)
	filed, err = m.Act(m.ctx, m.seller, filed.Number, &AcceptInput{})
	m.must(err)
	refunds = append(refunds, m.refund(m.agent, filed.Refund.ID))
	var told []LegTold
	for i, v := range refunds {
		_, err := m.tell(v.ID, v.Legs[0].ID, LegSent, fmt.Sprintf("p-%d", i))
		m.must(err)
		told = append(told, LegTold{v.ID, v.Legs[0].ID, LegEvent{Event: LegFailed, Reference: fmt.Sprintf("p-%d", i), Reason: "口座が見つかりません"}})
	}
	m.reports("O-1", nil, RefundInput{Reference: "mp-1", Line: 1, Tender: "wallet", Amount: 700})
	for _, v := range refunds {
		_, err := m.decide(m.agent, v, MismatchRelease)
		m.must(err)
	}
	results, err := m.TellLegs(m.ctx, m.integration, told)
	m.must(err)
	for _, r := range results {
		m.must(r.Err)
	}
	var left int64
	for _, v := range refunds {
		for _, l := range m.refund(m.agent, v.ID).Legs {
			if l.Status.open() {
				left += l.Amount
			}
		}
	}
	if left != 3800-700 {
		t.Errorf("700 came back of 3,800 and %d is to be paid", left)
	}
}
