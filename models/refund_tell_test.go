package models

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// twin makes refunds of all states there are, on orders of these names: two that wait, of which the
// second shares the claim of the first, one that is held, and one of which a leg was cancelled.
func twin(m *market, prefix string) (list []RefundView) {
	for i := range 4 {
		m.clock.set(at("2026-01-20T10:00:00+09:00"))
		number := fmt.Sprintf("%s-%d", prefix, i)
		on := refunded(m, number)
		v := m.refund(m.integration, on[1])
		if i >= 2 {
			m.reports(number, threeTenders, RefundInput{Reference: "mp-1", Line: 1, Tender: "convenience_store", Amount: 2000})
		}
		if i == 3 {
			var err error
			v, err = m.decide(m.agent, v, MismatchCount)
			m.must(err)
		}
		list = append(list, m.refund(m.integration, v.ID))
	}
	m.mustExec("UPDATE refunds SET claim_id = ?, cause = 'offer' WHERE id = ?", list[0].ClaimID, list[1].ID)
	return list
}

// stateOf is all that is stored of refunds, with their own names taken out.
func stateOf(m *market, list []RefundView) string {
	m.t.Helper()
	var b strings.Builder
	var names []string
	for i, v := range list {
		names = append(names, v.ID, fmt.Sprintf("<refund %d>", i))
		for j, l := range v.Legs {
			names = append(names, l.ID, fmt.Sprintf("<leg %d %d>", i, j))
		}
	}
	show := func(rows any, err error) {
		m.must(err)
		body, err := json.Marshal(rows)
		m.must(err)
		b.Write(body)
		b.WriteByte('\n')
	}
	for _, v := range list {
		now := m.refund(m.integration, v.ID)
		now.Version, now.Policy, now.OrderNumber, now.ClaimNumber, now.ClaimID, now.Now = 0, Policy{}, "", "", "", 0
		for i := range now.Open {
			names = append(names, now.Open[i].ID, fmt.Sprintf("<mismatch %d>", i))
		}
		show(now, nil)
		for _, l := range now.Legs {
			rows, err := find[legEventRow](m.ctx, m.Store, "SELECT * FROM refund_leg_events WHERE leg_id = ? ORDER BY reference, event", l.ID)
			show(rows, err)
		}
		type said struct {
			Seq      int64
			Type     string
			Data     string
			Audience Audience
		}
		events, err := find[said](m.ctx, m.Store, "SELECT seq, type, data, audience FROM claim_events WHERE claim_id = (SELECT claim_id FROM refunds WHERE id = ?) AND type LIKE 'refund%' ORDER BY seq", v.ID)
		show(events, err)
		notices, err := find[struct{ Kind, Args string }](m.ctx, m.Store, "SELECT kind, args FROM notices WHERE claim_id = (SELECT claim_id FROM refunds WHERE id = ?) ORDER BY kind, args", v.ID)
		show(notices, err)
	}
	// Mismatches and legs that came from them have names of their own.
	for i, v := range list {
		for _, l := range m.refund(m.integration, v.ID).Legs {
			names = append(names, l.ID, fmt.Sprintf("<new leg %d of %d>", i, l.Amount))
		}
		rows, err := find[mismatchRow](m.ctx, m.Store, "SELECT * FROM refund_mismatches WHERE refund_id = ? ORDER BY opened_at, reference", v.ID)
		m.must(err)
		for j, r := range rows {
			names = append(names, r.ID, fmt.Sprintf("<mismatch %d %d>", i, j))
		}
	}
	return strings.NewReplacer(names...).Replace(aDigest.ReplaceAllString(b.String(), ""))
}

// aDigest is of salted words, and so never the same twice.
var aDigest = regexp.MustCompile(`\\"[a-z]+_digest\\":\\"[0-9a-f]+\\",?`)

// Whatever the payment system tells, in whatever order and however often: told one by one or many
// at once, in parts of any size, it comes to the same, and each is answered the same.
func TestToldOneByOneOrTogether(t *testing.T) {
	m := newMarket(t)
	run := 0
	rapid.Check(t, func(rt *rapid.T) {
		if run++; run > 30 {
			return // each run makes eight claims, which takes a server a second
		}
		one, many := twin(m, fmt.Sprintf("A-%d", run)), twin(m, fmt.Sprintf("B-%d", run))
		var mine, theirs []LegTold
		for range rapid.IntRange(1, 30).Draw(rt, "events") {
			i, j := rapid.IntRange(0, 3).Draw(rt, "refund"), rapid.IntRange(0, 4).Draw(rt, "leg")
			of := i
			if rapid.IntRange(0, 9).Draw(rt, "foreign") == 0 {
				of = rapid.IntRange(0, 3).Draw(rt, "refund of the leg")
			}
			in := LegEvent{
				Event: rapid.SampledFrom([]LegStatus{LegSent, LegDone, LegFailed, LegSent, LegDone, LegFailed, "lost"}).Draw(rt, "event"),
				// mp-1 is what was reported by order, so that it explains a held leg.
				Reference: rapid.SampledFrom([]string{"p-1", "p-2", "mp-1", " p-1 ", ""}).Draw(rt, "reference"), Reason: rapid.SampledFrom([]string{"", "口座なし"}).Draw(rt, "reason"),
			}
			leg := func(list []RefundView) string {
				if j >= len(list[of].Legs) {
					return "none"
				}
				return list[of].Legs[j].ID
			}
			mine, theirs = append(mine, LegTold{one[i].ID, leg(one), in}), append(theirs, LegTold{many[i].ID, leg(many), in})
		}
		var want, got []string
		for _, x := range mine {
			v, err := m.TellLeg(m.ctx, m.integration, x.Refund, x.Leg, x.LegEvent)
			answer := CodeOf(err)
			for _, l := range v.Legs {
				if l.ID == x.Leg {
					answer = string(l.Status)
				}
			}
			if now := m.refund(m.integration, x.Refund); err == nil && said(now) != said(v) {
				rt.Fatalf("answered %s\nis %s", said(v), said(now))
			}
			want = append(want, answer)
		}
		for len(theirs) > 0 {
			n := rapid.IntRange(1, len(theirs)).Draw(rt, "together")
			results, err := m.TellLegs(m.ctx, m.integration, theirs[:n])
			m.must(err)
			for _, r := range results {
				got = append(got, string(r.Status)+CodeOf(r.Err))
			}
			theirs = theirs[n:]
		}
		if fmt.Sprint(want) != fmt.Sprint(got) {
			rt.Fatalf("one by one %v\ntogether   %v", want, got)
		}
		a, b := strings.Split(stateOf(m, one), "\n"), strings.Split(stateOf(m, many), "\n")
		for i := range min(len(a), len(b)) {
			if a[i] != b[i] {
				rt.Fatalf("one by one\n%s\ntogether\n%s", a[i], b[i])
			}
		}
		if len(a) != len(b) {
			rt.Fatalf("%d and %d lines", len(a), len(b))
		}
		for _, list := range [][]RefundView{one, many} {
			for _, v := range list {
				checkChain(t, m, m.refund(m.integration, v.ID).ClaimNumber)
			}
		}
	})
}

// Many events cost about as many statements as one.
func TestToldTogetherIsCheap(t *testing.T) {
	m := newMarket(t)
	var told []LegTold
	for i := range 20 {
		on := refunded(m, fmt.Sprintf("O-%d", i))
		for _, leg := range on[2:] {
			told = append(told, LegTold{on[1], leg, LegEvent{Event: LegDone, Reference: "p-1"}})
		}
		m.clock.set(at("2026-01-20T10:00:00+09:00"))
	}
	before := m.Statements()
	if _, err := m.TellLeg(m.ctx, m.integration, told[0].Refund, told[0].Leg, told[0].LegEvent); err != nil {
		t.Fatal(err)
	}
	if n := m.Statements() - before; n > 7 {
		t.Errorf("one event took %d statements", n)
	}
	before = m.Statements()
	results, err := m.TellLegs(m.ctx, m.integration, told)
	m.must(err)
	n, most := m.Statements()-before, int64(9)
	if m.engine == sqliteEngine {
		most = 140 // rows are written one by one, within the process
	}
	if n > most || len(results) != len(told) {
		t.Errorf("%d events took %d statements and were answered %d times", len(told), n, len(results))
	}
	for _, by := range []Actor{m.buyer, m.seller, m.agent, m.lead, m.admin, Clock} {
		_, err := m.TellLegs(m.ctx, by, told)
		wantCode(t, err, "forbidden")
	}
}
