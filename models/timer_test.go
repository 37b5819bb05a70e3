package models

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestReplicasFireEachTimerOnce(t *testing.T) {
	m := newMarket(t)
	var numbers []string
	for i := range 40 {
		number := m.order(fmt.Sprint("A-", i), nil)
		numbers = append(numbers, number)
		m.contact(number, NotReceived)
	}
	m.clock.set(m.MachineNow().Add(48 * time.Hour))
	for _, n := range numbers {
		_, err := m.FileClaim(m.ctx, m.buyer, filing(n, NotReceived))
		m.must(err)
	}
	m.clock.set(m.MachineNow().Add(72 * time.Hour))
	m.replicas()
	if n := m.countRows("SELECT COUNT(*) FROM claims WHERE status = 'granted'"); n != 40 {
		t.Fatalf("%d granted", n)
	}
	if n := m.countRows("SELECT COUNT(*) FROM refunds"); n != 40 {
		t.Fatalf("%d refunds", n)
	}
	if n := m.countRows("SELECT COUNT(*) FROM claim_events WHERE type = 'decided'"); n != 40 {
		t.Fatalf("%d decisions", n)
	}
}

func TestAPoisonedTimerHoldsUpNobody(t *testing.T) {
	m := newMarket(t)
	var claims []Claim
	for i := range 9 {
		claims = append(claims, m.filed(m.order(fmt.Sprint("A-", i), nil), NotReceived))
	}
	m.must(m.inTx(m.ctx, func(tx *Store) error {
		_, err := tx.exec(m.ctx, "UPDATE claims SET assessment = '{' WHERE id = ?", claims[4].ID)
		return err
	}))
	m.clock.set(m.MachineNow().Add(1000 * time.Hour))
	for range 8 {
		m.run()
	}
	if n := m.countRows("SELECT COUNT(*) FROM claims WHERE status = 'granted'"); n != 8 {
		t.Fatalf("%d of 8 sound claims were granted", n)
	}
	if n := m.countRows("SELECT COUNT(*) FROM timers WHERE tries > 0 AND error IS NOT NULL"); n != 1 {
		t.Fatalf("%d timers put off", n)
	}
}

func TestMovingTheClock(t *testing.T) {
	m := newMarket(t)
	if _, _, err := m.MoveClock(m.ctx, m.MachineNow().Add(time.Hour)); KindOf(err) != Forbidden {
		t.Fatalf("the clock moved outside the sandbox: %v", err)
	}
	m.config.Sandbox = true
	number := m.order("A-1", nil)
	sent := m.contact(number, NotReceived)
	in := filing(number, NotReceived)
	in.Schedule = true
	c, err := m.FileClaim(m.ctx, m.buyer, in)
	m.must(err)
	now, fired, err := m.MoveClock(m.ctx, sent.Add(1000*time.Hour))
	m.must(err)
	// Opens, two reminders, the silence: each at its own instant.
	if fired != 4 || now != sent.Add(1000*time.Hour) {
		t.Fatalf("%d fired, now %s", fired, now)
	}
	c = m.claim(c.Number)
	if c.Status != Granted || c.OpenedAt != sent.Add(48*time.Hour) || c.Decision.DecidedAt != sent.Add(120*time.Hour) || c.AppealUntil != sent.Add(120*time.Hour+30*24*time.Hour) {
		t.Fatalf("%s opened %s decided %s", c.Status, c.OpenedAt, c.Decision.DecidedAt)
	}
	if n := m.countRows("SELECT COUNT(*) FROM notices WHERE mail_state = 'pending'"); n != 0 {
		t.Fatalf("%d mails wait after the clock has moved", n)
	}
	if now, fired, err := m.MoveClock(m.ctx, sent); err != nil || fired != 0 || now != sent.Add(1000*time.Hour) {
		t.Fatalf("back in time: %s %d %v", now, fired, err)
	}
}

func TestAPoisonedTimerDoesNotHoldTheMovingClock(t *testing.T) {
	m := newMarket(t)
	m.config.Sandbox = true
	bad := m.filed(m.order("A-1", nil), NotReceived)
	good := m.filed(m.order("A-2", nil), NotReceived)
	m.must(m.inTx(m.ctx, func(tx *Store) error {
		_, err := tx.exec(m.ctx, "UPDATE claims SET assessment = '{' WHERE id = ?", bad.ID)
		return err
	}))
	now, fired, err := m.MoveClock(m.ctx, good.DueAt.Add(time.Hour))
	m.must(err)
	// Two reminders and the silence of the sound claim.
	if fired != 3 || now != good.DueAt.Add(time.Hour) {
		t.Fatalf("%d fired, now %s", fired, now)
	}
	if c := m.claim(good.Number); c.Status != Granted || c.Decision.DecidedAt != good.DueAt {
		t.Fatalf("%s, decision %+v", c.Status, c.Decision)
	}
}

type refusal struct{ error }

func (refusal) Permanent() bool { return true }

func TestOutbox(t *testing.T) {
	m := newMarket(t)
	m.contact(m.order("A-1", nil), NotReceived)
	m.mail.fail = func(Mail) error { return errors.New("450 later") }
	if n, err := m.DeliverOutbox(m.ctx, 100); err != nil || n != 0 {
		t.Fatalf("%d settled, %v", n, err)
	}
	m.mail.fail = nil
	if n, err := m.DeliverOutbox(m.ctx, 100); err != nil || n != 0 {
		t.Fatalf("sent before the pause was over: %d, %v", n, err)
	}
	m.clock.set(m.MachineNow().Add(time.Hour))
	if n, err := m.DeliverOutbox(m.ctx, 100); err != nil || n != 1 || len(m.mail.sent) != 1 {
		t.Fatalf("%d settled, %d sent, %v", n, len(m.mail.sent), err)
	}
	if to := m.mail.sent[0].To; to.Email != "s1@example.com" {
		t.Fatalf("to %+v", to)
	}
	notices, _, err := m.Notices(m.ctx, m.seller, Page{})
	m.must(err)
	if len(notices) != 1 || notices[0].Subject != "contact_received" || notices[0].SentAt == 0 {
		t.Fatalf("notices %+v", notices)
	}
	if _, err := m.ReadNotice(m.ctx, m.buyer, notices[0].Number); KindOf(err) != NotFound {
		t.Fatalf("somebody else read it: %v", err)
	}
	if n, err := m.ReadNotice(m.ctx, m.seller, notices[0].Number); err != nil || n.ReadAt == 0 {
		t.Fatalf("read %+v %v", n, err)
	}
	// What is finally refused is not tried again, and silence is not held against its party.
	m.mail.fail = func(mail Mail) error {
		if strings.HasPrefix(mail.Notice.Party, "seller:") {
			return refusal{errors.New("550 no such user")}
		}
		return nil
	}
	c := m.filed(m.order("A-2", nil), NotReceived)
	if _, err := m.DeliverOutbox(context.Background(), 100); err != nil {
		t.Fatal(err)
	}
	m.clock.set(c.DueAt)
	m.run()
	if c := m.claim(c.Number); c.Status != UnderReview || c.SellerSilent {
		t.Fatalf("%s, silent %v", c.Status, c.SellerSilent)
	}
}

func TestNumbers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := newNumber('C')
		typed := rapid.SampledFrom([]string{n, strings.ToLower(n), n[2:], strings.ReplaceAll(n, "-", ""), " " + n + " ", "Ｃ－" + n[2:6] + "－" + n[7:]}).Draw(t, "typed")
		typed = strings.ReplaceAll(typed, "1", rapid.SampledFrom([]string{"1", "I", "l"}).Draw(t, "one"))
		if got, err := ParseNumber('C', typed); err != nil || got != n {
			t.Fatalf("%q read as %q, %v; want %q", typed, got, err, n)
		}
		// One wrong character is noticed.
		b := []byte(strings.ReplaceAll(n[2:], "-", ""))
		i := rapid.IntRange(0, 7).Draw(t, "place")
		wrong := numberAlphabet[rapid.IntRange(0, 31).Draw(t, "letter")]
		if wrong == b[i] {
			return
		}
		b[i] = wrong
		if got, err := ParseNumber('C', string(b)); err == nil {
			t.Fatalf("%q passes as %q beside %q", b, got, n)
		}
	})
}
