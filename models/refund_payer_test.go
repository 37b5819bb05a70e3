package models

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"
)

// payer is a payment system that learns of refunds by webhook and answers by leg events. It
// pays a leg once, whatever it is told, and everything else about it fails now and then.
type payer struct {
	m    *market
	mu   sync.Mutex
	rand *rand.Rand
	down bool
	paid map[string]int64 // by leg
	left []func() error   // what it says later
}

func (p *payer) hears(r received) (Posted, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.down {
		return Posted{}, errors.New("the connection was refused")
	}
	fault := p.rand.IntN(6)
	if fault == 0 {
		return Posted{Status: 500}, nil // before it has done anything
	}
	var body struct {
		Type string
		Data struct {
			Subject struct{ ID string }
			Data    struct {
				Legs []struct {
					Leg    string
					Amount int64
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(r.body), &body); err != nil {
		return Posted{}, err
	}
	for _, l := range body.Data.Data.Legs {
		if err := p.pay(body.Data.Subject.ID, l.Leg, l.Amount); err != nil {
			return Posted{}, err
		}
	}
	switch fault {
	case 1:
		return Posted{Status: 502}, nil // although all is done
	case 2:
		return Posted{}, errors.New("no answer in time")
	}
	return Posted{Status: 204}, nil
}

// pay pays and tells so: now or later, once or often, in any order.
func (p *payer) pay(refund, leg string, amount int64) error {
	if _, ok := p.paid[leg]; ok {
		return nil
	}
	p.paid[leg] = amount
	tell := func(event LegStatus) func() error {
		return func() error {
			_, err := p.m.TellLeg(p.m.ctx, p.m.integration, refund, leg, LegEvent{Event: event, Reference: "pay-" + leg})
			if CodeOf(err) == "leg_done" {
				return nil
			}
			return err
		}
	}
	for _, say := range []func() error{tell(LegSent), tell(LegDone), tell(LegDone), tell(LegSent)} {
		if p.rand.IntN(2) == 0 {
			if err := say(); err != nil {
				return err
			}
			continue
		}
		p.left = append(p.left, say)
	}
	return nil
}

// late says what was left to be said, the last first.
func (p *payer) late() {
	p.mu.Lock()
	left := p.left
	p.left = nil
	p.mu.Unlock()
	for i := range left {
		p.m.must(left[len(left)-1-i]())
	}
}

// A payment system that fails, hangs, answers late, repeats itself and is down for three days
// pays each leg once, and none is forgotten: what was given up meanwhile it reads in the feed.
func TestPaymentSystemThatFails(t *testing.T) {
	m := newMarket(t)
	r, _, _ := m.webhooks("refund.requested")
	p := &payer{m: m, rand: rand.New(rand.NewPCG(7, 7)), paid: map[string]int64{}}
	r.answer = p.hears
	var refunds []string
	accept := func(from, to int) {
		var claims []string
		for i := from; i < to; i++ {
			m.order(fmt.Sprintf("O-%d", i), threeTenders)
			m.contact(fmt.Sprintf("O-%d", i), NotReceived)
		}
		m.later(48 * time.Hour)
		for i := from; i < to; i++ {
			c, err := m.FileClaim(m.ctx, m.buyer, filing(fmt.Sprintf("O-%d", i), NotReceived))
			m.must(err)
			claims = append(claims, c.Number)
		}
		for _, number := range claims {
			c, err := m.Act(m.ctx, m.seller, number, &AcceptInput{})
			m.must(err)
			refunds = append(refunds, c.Refund.ID)
		}
	}
	pass := func(period, every time.Duration) {
		for until := m.MachineNow().Add(period); m.MachineNow() < until; m.later(every) {
			m.webhooked()
			p.late()
		}
	}
	accept(0, 8)
	pass(3*time.Hour, time.Minute)
	p.down = true
	accept(8, 16)
	pass(73*time.Hour, 10*time.Minute)
	e := m.endpoint()
	if e.FailingSince == 0 || e.GivenUp == 0 {
		t.Errorf("a receiver that is down for three days: %+v", e)
	}
	p.down = false
	accept(16, 20)
	pass(6*time.Hour, time.Minute)
	// What it has missed.
	items, _, err := m.Feed(m.ctx, m.integration, 0, Page{Limit: 200})
	m.must(err)
	for _, e := range items {
		if e.Type != "refund.requested" {
			continue
		}
		var data struct {
			Legs []struct {
				Leg    string
				Amount int64
			}
		}
		m.must(json.Unmarshal([]byte(e.Data), &data))
		for _, l := range data.Legs {
			m.must(p.pay(e.Subject, l.Leg, l.Amount))
		}
	}
	p.late()
	var out int64
	for _, amount := range p.paid {
		out += amount
	}
	if len(p.paid) != 60 || out != 20*3800 {
		t.Errorf("%d legs were paid, %d in all", len(p.paid), out)
	}
	for _, id := range refunds {
		if v := m.refund(m.buyer, id); v.Status != RefundDone {
			t.Errorf("%s: %s", id, said(v))
		}
	}
	if n := len(m.noticesOf("refund_done")); n != 20 {
		t.Errorf("buyers were told %d times that their money is there", n)
	}
	if e := m.endpoint(); e.FailingSince != 0 || e.Waiting != 0 {
		t.Errorf("afterwards: %+v", e)
	}
}
