package models

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// happen writes facts in a transaction of their own.
func (m *market) happen(facts ...fact) {
	m.t.Helper()
	m.must(m.inTx(m.ctx, func(tx *Store) error { return tx.emit(m.ctx, facts...) }))
}

// numbered gives numbers to everything that waits for one, and returns how many it gave.
func (m *market) numbered() (given int) {
	m.t.Helper()
	for {
		n, err := m.NumberEvents(m.ctx, 100)
		m.must(err)
		if n == 0 {
			return given
		}
		given += n
	}
}

// feed reads everything after a number, a page at a time.
func (m *market) feed(after int64, page int) (list []FeedEvent) {
	m.t.Helper()
	for {
		events, next, err := m.Feed(m.ctx, m.integration, after, Page{Limit: page})
		m.must(err)
		if list = append(list, events...); next == "" {
			return list
		}
		before := after
		after, err = strconv.ParseInt(next, 10, 64)
		m.must(err)
		if after <= before {
			m.t.Fatalf("after %d comes %d", before, after)
		}
	}
}

func typesOf(events []FeedEvent) string {
	var list []string
	for _, e := range events {
		list = append(list, e.Type)
	}
	return strings.Join(list, " ")
}

func TestFeed(t *testing.T) {
	m := newMarket(t)
	c := m.filed(m.order("A-1", nil), NotReceived)
	if len(m.feed(0, 10)) != 0 {
		t.Error("events are read before they have numbers")
	}
	refund := fact{Type: "refund.requested", Subject: "r-1", OrderNumber: "A-1", By: Clock, Data: map[string]any{"total": 3800}}
	m.happen(refund, fact{Type: "refund.sent", Subject: "r-1", By: m.integration, Data: struct{}{}})
	if n := m.numbered(); n != m.countRows("SELECT COUNT(*) FROM claim_events")+2 {
		t.Errorf("%d got a number", n)
	}
	list := m.feed(0, 10)
	if got := typesOf(list); got != "claim.filed claim.opened refund.requested refund.sent" {
		t.Errorf("the feed is %s", got)
	}
	if e := list[0]; e.Subject != c.Number || e.OrderNumber != "A-1" || e.Kind() != "claim" || e.ActorRole != RoleBuyer || e.At == 0 || strings.Contains(e.Data, "まだ届いて") {
		t.Errorf("a claim's event is %+v", e)
	}
	if e := list[2]; e.Subject != "r-1" || e.OrderNumber != "A-1" || e.Kind() != "refund" || e.ActorRole != RoleClock || e.Data != `{"total":3800}` || e.At != m.MachineNow() {
		t.Errorf("a fact is %+v", e)
	}
	if list[3].OrderNumber != "" {
		t.Errorf("a fact of no order is %+v", list[3])
	}
	if again := m.feed(0, 1); !slices.Equal(again, list) {
		t.Errorf("one at a time it is %v, at once %v", again, list)
	}
	if n := m.numbered(); n != 0 {
		t.Errorf("%d got a second number", n)
	}
}

// What only staff or one party may read, and what people wrote, is not for integrations.
func TestFeedKeepsToItself(t *testing.T) {
	m := newMarket(t)
	c := m.inReview(m.order("A-1", nil))
	_, err := m.Act(m.ctx, m.agent, c.Number, &NoteInput{Body: "内緒です"})
	m.must(err)
	_, err = m.Act(m.ctx, m.agent, c.Number, decision("granted", 0))
	m.must(err)
	m.numbered()
	list := m.feed(0, 200)
	if got := typesOf(list); !strings.HasSuffix(got, "claim.contested claim.decided refund.requested") {
		t.Errorf("the feed is %s", got)
	}
	if e := list[len(list)-1]; e.OrderNumber != "A-1" || !strings.Contains(e.Data, `"claim":"`+c.Number+`"`) || !strings.Contains(e.Data, `"total":3800`) || m.countRows("SELECT COUNT(*) FROM refunds WHERE id = ?", e.Subject) != 1 {
		t.Errorf("the refund is told as %+v", e)
	}
	for _, e := range list {
		for _, words := range []string{"内緒", "発送しました", "記録を確認", m.agent.AccountID} {
			if strings.Contains(fmt.Sprint(e), words) {
				t.Errorf("%q is told: %+v", words, e)
			}
		}
	}
	for _, by := range []Actor{m.buyer, m.seller, m.agent, m.lead, m.admin, Anonymous} {
		if _, _, err := m.Feed(m.ctx, by, 0, Page{}); KindOf(err) != Forbidden {
			t.Errorf("%s reads the feed: %v", by.Role, err)
		}
	}
}

// A backlog larger than a pass keeps each claim's order, and no fact overtakes the events it
// was written with.
func TestFeedOfABacklog(t *testing.T) {
	m := newMarket(t)
	for i := range 5 {
		c := m.filed(m.order(fmt.Sprintf("A-%d", i), nil), NotReceived)
		m.happen(fact{Type: "refund.requested", Subject: c.Number, Data: struct{}{}})
	}
	for range 20 {
		if n, err := m.NumberEvents(m.ctx, 3); err != nil || n == 0 {
			m.must(err)
			break
		}
	}
	told := map[string]string{}
	for _, e := range m.feed(0, 3) {
		told[e.Subject] += " " + e.Type
	}
	if len(told) != 5 {
		t.Errorf("told of %v", told)
	}
	for subject, types := range told {
		if types != " claim.filed claim.opened refund.requested" {
			t.Errorf("%s:%s", subject, types)
		}
	}
}

// However many replicas number and however late transactions commit, a reader who goes on
// from the last number it has seen sees every event once and in order.
func TestFeedReaderMissesNothing(t *testing.T) {
	m := newMarket(t)
	m.filed(m.order("A-1", nil), NotReceived)
	const writers, each = 4, 25
	ctx, stop := context.WithCancel(m.ctx)
	var write, work sync.WaitGroup
	for w := range writers {
		write.Go(func() {
			for i := range each {
				err := m.inTx(m.ctx, func(tx *Store) error {
					if err := tx.emit(m.ctx, fact{Type: "refund.requested", Subject: fmt.Sprintf("%d-%d", w, i), Data: struct{}{}}); err != nil {
						return err
					}
					time.Sleep(time.Duration(i%4) * time.Millisecond)
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 3 {
		work.Go(func() {
			for ctx.Err() == nil {
				if _, err := m.NumberEvents(m.ctx, 7); err != nil {
					t.Error(err)
				}
			}
		})
	}
	seen, last := map[string]int{}, int64(0)
	read := func() {
		events, _, err := m.Feed(m.ctx, m.integration, last, Page{Limit: 11})
		m.must(err)
		for _, e := range events {
			if e.Number <= last {
				t.Errorf("%d after %d", e.Number, last)
			}
			last = e.Number
			seen[e.Type+e.Subject]++
		}
	}
	finished := make(chan struct{})
	go func() { write.Wait(); close(finished) }()
	for reading := true; reading; read() {
		select {
		case <-finished:
			reading = false
		default:
		}
	}
	stop()
	work.Wait()
	m.numbered()
	for before := int64(-1); before != last; {
		before = last
		read()
	}
	if len(seen) != writers*each+2 {
		t.Errorf("saw %d events, want %d", len(seen), writers*each+2)
	}
	for what, n := range seen {
		if n != 1 {
			t.Errorf("saw %s %d times", what, n)
		}
	}
}

// Reading on and looking for what waits cost what they find, however long the feed is.
func TestFeedSeeks(t *testing.T) {
	m := newMarket(t)
	c := m.filed(m.order("A-1", nil), NotReceived)
	var events []eventRow
	var facts []factRow
	for i := range skewRows {
		events = append(events, eventRow{ClaimID: c.ID, Seq: int64(100 + i), At: m.MachineNow(), ActorRole: RoleClock, Type: "other", Data: "{}", Audience: ForAll})
		facts = append(facts, factRow{ID: newID(), At: m.MachineNow(), Type: "refund.sent", Subject: "r", ActorRole: RoleClock, Data: "{}"})
	}
	m.must(m.inTx(m.ctx, func(tx *Store) error {
		if err := tx.insert(m.ctx, &events); err != nil {
			return err
		}
		return tx.insert(m.ctx, &facts)
	}))
	for {
		n, err := m.NumberEvents(m.ctx, 2*skewRows)
		m.must(err)
		if n == 0 {
			break
		}
	}
	m.happen(fact{Type: "refund.done", Subject: "r", Data: struct{}{}})
	s, w := m.watch()
	for name, tc := range map[string]struct {
		shown int
		read  func() (int, error)
	}{
		"on":      {20, func() (int, error) { list, err := s.feedAfter(m.ctx, skewRows, 20); return len(list), err }},
		"waiting": {1, func() (int, error) { list, err := s.unnumbered(m.ctx, 20); return len(list), err }},
	} {
		w.asked = nil
		before := 0
		if m.engine == mysqlEngine {
			before = w.rowsRead(t)
		}
		shown, err := tc.read()
		m.must(err)
		if shown != tc.shown {
			t.Errorf("%s: %d rows, want %d", name, shown, tc.shown)
		}
		if m.engine == mysqlEngine {
			read := w.rowsRead(t)
			asking := w.rowsRead(t) - read
			if read -= before + asking; read > 200 {
				t.Errorf("%s: %d rows were looked at:%s", name, read, m.plans(w))
			}
			continue
		}
		if plans := m.plans(w); strings.Contains(plans, "SCAN e") || strings.Contains(plans, "SCAN claim_events") || strings.Contains(plans, "SCAN facts") ||
			(name == "waiting" && strings.Contains(plans, sorting)) {
			t.Errorf("%s:%s", name, plans)
		}
	}
}
