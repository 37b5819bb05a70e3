package models

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// The feed is what happened, in one order, for the marketplace's systems: the events of all
// claims, which stand in their chains, and facts about whatever else there is. Both are
// written with what they tell and have no number then; after the commit one sequencer numbers
// them, so that whoever reads on after a number never misses what committed late.

// fact is something that happened and is no event of a claim. It is no text of a person's:
// integrations read it.
type fact struct {
	Type        string // what it is about and what happened, as refund.requested
	Subject     string // the public id of what it is about
	OrderNumber string // "" where no order is concerned
	By          Actor  // only the role is told
	Data        any    // a JSON object
}

type factRow struct {
	ID          string
	At          Instant
	Type        string
	Subject     string
	OrderNumber string
	ActorRole   Role
	Data        string
}

func (factRow) TableName() string { return "facts" }

// emit writes facts with what they tell, all in one statement of the transaction. They reach
// GET /events and the webhooks of who wants their type after the commit, in the order given,
// behind the claim's own events of the same instant.
func (tx *Store) emit(ctx context.Context, facts ...fact) error {
	rows := make([]factRow, 0, len(facts))
	for _, f := range facts {
		data, err := json.Marshal(f.Data)
		if err != nil {
			return fmt.Errorf("fact %s: %w", f.Type, err)
		}
		rows = append(rows, factRow{ID: newID(), At: tx.now, Type: f.Type, Subject: f.Subject, OrderNumber: f.OrderNumber, ActorRole: f.By.Role, Data: string(data)})
	}
	if err := tx.insert(ctx, &rows); err != nil {
		return fmt.Errorf("insert facts: %w", err)
	}
	return nil
}

// FeedEvent is one entry of the feed.
type FeedEvent struct {
	Number      int64
	At          Instant
	Type        string // claim.decided, refund.requested, …
	Subject     string // the claim's number, the refund's id, …
	OrderNumber string // "" where no order is concerned
	ActorRole   Role
	Data        string // a JSON object
}

// Kind is what the event is about: claim, refund, or the measure of seller.measure.ended.
func (e FeedEvent) Kind() string {
	parts := strings.Split(e.Type, ".")
	return parts[max(0, len(parts)-2)]
}

// MarshalJSON writes the event as GET /events and the webhooks tell it; what is not named here
// cannot leak.
func (e FeedEvent) MarshalJSON() ([]byte, error) {
	type subject struct {
		Kind string `json:"kind"`
		ID   string `json:"id"`
	}
	type actor struct {
		Role Role `json:"role"`
	}
	var order *string
	if e.OrderNumber != "" {
		order = &e.OrderNumber
	}
	return json.Marshal(struct {
		Number      int64           `json:"number"`
		At          Instant         `json:"at"`
		Type        string          `json:"type"`
		Subject     subject         `json:"subject"`
		OrderNumber *string         `json:"order_number"`
		Actor       actor           `json:"actor"`
		Data        json.RawMessage `json:"data"`
	}{e.Number, e.At, e.Type, subject{e.Kind(), e.Subject}, order, actor{e.ActorRole}, json.RawMessage(e.Data)})
}

// Feed returns the events after a number, ascending: those of claims that both parties may
// read, those of their refunds, and all facts, without the words of people. Numbers have gaps. next is the number to
// go on after, "" when there is no more yet. Only the integration may ask. Kinds: Forbidden.
func (s *Store) Feed(ctx context.Context, by Actor, after int64, page Page) (items []FeedEvent, next string, err error) {
	if by.Role != RoleIntegration {
		return nil, "", forbidden()
	}
	size := page.size()
	if items, err = s.feedAfter(ctx, after, size+1); err == nil && len(items) > size {
		items = items[:size]
		next = strconv.FormatInt(items[size-1].Number, 10)
	}
	return items, next, err
}

// feedAfter asks for both kinds in one statement: between two, something could be numbered
// that the first would have had to find before what the second finds.
func (s *Store) feedAfter(ctx context.Context, after int64, limit int) ([]FeedEvent, error) {
	rows, err := find[FeedEvent](ctx, s, s.limited("SELECT e.number AS number, e.at AS at, CONCAT('claim.', e.type) AS type, c.number AS subject, c.order_number AS order_number,"+
		" e.actor_role AS actor_role, e.data AS data FROM claim_events e"+s.engine.hint("claim_events_number_key")+s.engine.join()+"claims c ON c.id = e.claim_id WHERE e.number > ? AND (e.audience = ? OR e.audience = ? AND e.type LIKE 'refund!_%' ESCAPE '!') ORDER BY e.number LIMIT ?")+
		" UNION ALL "+s.limited("SELECT number, at, type, subject, order_number, actor_role, data FROM facts"+s.engine.hint("facts_number_key")+" WHERE number > ? ORDER BY number LIMIT ?")+
		" ORDER BY number LIMIT ?", after, ForAll, ForBuyer, limit, after, limit, limit)
	if err != nil {
		return nil, fmt.Errorf("read feed: %w", err)
	}
	for i := range rows {
		if err := rows[i].aboutRefund(); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// aboutRefund makes what a claim's chain says of its refund, as refund_requested, an event of
// the refund: a payment system need not know claims. Others stay as they are.
func (e *FeedEvent) aboutRefund() error {
	what, ok := strings.CutPrefix(e.Type, "claim.refund_")
	if !ok {
		return nil
	}
	var data map[string]json.RawMessage
	if err := json.Unmarshal([]byte(e.Data), &data); err != nil {
		return fmt.Errorf("read event %d: %w", e.Number, err)
	}
	claim := e.Subject
	if err := json.Unmarshal(data["refund"], &e.Subject); err != nil {
		return fmt.Errorf("read event %d: %w", e.Number, err)
	}
	delete(data, "refund")
	var err error
	if data["claim"], err = json.Marshal(claim); err != nil {
		return err
	}
	body, err := json.Marshal(data)
	e.Type, e.Data = "refund."+what, string(body)
	return err
}

// feedSetting is where the last number given rests among the settings.
const feedSetting = "feed"

// lastNumber returns the last number given, and as it is stored: "" before the first.
func (s *Store) lastNumber(ctx context.Context) (raw string, n int64, err error) {
	rows, err := find[struct{ Value string }](ctx, s, "SELECT value FROM settings WHERE name = ?", feedSetting)
	if err != nil || len(rows) == 0 {
		return "", 0, err
	}
	if n, err = strconv.ParseInt(rows[0].Value, 10, 64); err != nil {
		return "", 0, fmt.Errorf("read the feed's number: %w", err)
	}
	return rows[0].Value, n, nil
}

// unnumbered are neighbours that wait for numbers: events of one claim, or one fact.
type unnumbered struct {
	claim    string
	from, to int64 // of the claim's events
	fact     string
	at       Instant
}

func (u unnumbered) count() int64 { return u.to - u.from + 1 }

// NumberEvents does one pass of the sequencer: what has been committed and has no number gets
// the next ones, at most limit events of claims and as many facts. It returns how many got
// one. Any number of replicas may run it: whoever moves the counter first wins, and numbers
// become readable in their order, since the counter's row is held until the commit.
func (s *Store) NumberEvents(ctx context.Context, limit int) (int, error) {
	quiet := *s
	quiet.sweeping = true
	s = &quiet
	waiting, err := s.unnumbered(ctx, limit)
	if err != nil || len(waiting) == 0 {
		return 0, err
	}
	raw, last, err := s.lastNumber(ctx)
	if err != nil {
		return 0, err
	}
	next := last
	err = s.inTx(ctx, func(tx *Store) error {
		next = last
		for _, u := range waiting {
			next += u.count()
		}
		if err := tx.moveFeed(ctx, raw, next); err != nil {
			return err
		}
		number := last
		for _, u := range waiting {
			if err := tx.number(ctx, u, number+1); err != nil {
				return err
			}
			number += u.count()
		}
		return nil
	})
	if errors.Is(err, errNumbered) || isDuplicate(err) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("number events: %w", err)
	}
	return int(next - last), nil
}

// errNumbered: another replica was first.
var errNumbered = errors.New("numbered by another")

func (tx *Store) moveFeed(ctx context.Context, from string, to int64) error {
	value := strconv.FormatInt(to, 10)
	if from == "" {
		_, err := tx.exec(ctx, "INSERT INTO settings (name, value) VALUES (?, ?)", feedSetting, value)
		return err
	}
	n, err := tx.exec(ctx, "UPDATE settings SET value = ? WHERE name = ? AND value = ?", value, feedSetting, from)
	if err == nil && n == 0 {
		return errNumbered
	}
	return err
}

func (tx *Store) number(ctx context.Context, u unnumbered, first int64) error {
	var n int64
	var err error
	if u.fact != "" {
		n, err = tx.exec(ctx, "UPDATE facts SET number = ? WHERE id = ? AND number IS NULL", first, u.fact)
	} else {
		n, err = tx.exec(ctx, "UPDATE claim_events SET number = seq + ? WHERE claim_id = ? AND seq >= ? AND seq <= ? AND number IS NULL", first-u.from, u.claim, u.from, u.to)
	}
	if err == nil && n != u.count() {
		return errNumbered
	}
	return err
}

// unnumbered lists what waits, in the order in which it gets numbers: by time, the events of
// one claim in theirs, whatever the clocks of the replicas that wrote them show. Facts are read
// first and wait while there are more events than one pass takes, so that none overtakes the
// events it was written with.
func (s *Store) unnumbered(ctx context.Context, limit int) ([]unnumbered, error) {
	facts, err := find[struct {
		ID string
		At Instant
	}](ctx, s, "SELECT id, at FROM facts"+s.engine.hint("facts_number_key")+" WHERE number IS NULL ORDER BY id LIMIT ?", limit)
	if err != nil {
		return nil, fmt.Errorf("read facts without a number: %w", err)
	}
	events, err := find[struct {
		ClaimID string
		Seq     int64
		At      Instant
	}](ctx, s, "SELECT claim_id, seq, at FROM claim_events"+s.engine.hint("claim_events_number_key")+" WHERE number IS NULL ORDER BY claim_id, seq LIMIT ?", limit)
	if err != nil {
		return nil, fmt.Errorf("read events without a number: %w", err)
	}
	var list []unnumbered
	for _, e := range events {
		if n := len(list); n > 0 && list[n-1].claim == e.ClaimID && list[n-1].to == e.Seq-1 {
			list[n-1].to = e.Seq
			continue
		}
		list = append(list, unnumbered{claim: e.ClaimID, from: e.Seq, to: e.Seq, at: e.At})
	}
	if len(events) < limit {
		for _, f := range facts {
			list = append(list, unnumbered{fact: f.ID, from: 1, to: 1, at: f.At})
		}
	}
	slices.SortStableFunc(list, func(a, b unnumbered) int { return cmp.Compare(a.at, b.at) })
	return list, nil
}
