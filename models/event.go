package models

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"hosho/models/seal"
)

// Event is one link of a claim's chain, as a viewer may read it. Redacted events keep their
// place and hash only.
type Event struct {
	Seq       int64
	At        Instant
	ActorRole Role
	ActorID   string
	Type      string
	Data      json.RawMessage
	Texts     map[string]string // personal words, beside the chain
	Salts     map[string]string // of the digests of Texts, lower-case hex
	PrevHash  string
	Hash      string
	Redacted  bool
}

type eventRow struct {
	ClaimID   string
	Seq       int64
	At        Instant
	ActorRole Role
	ActorID   string
	Type      string
	Data      string
	Texts     *string
	Audience  Audience
	PrevHash  string
	Hash      string
}

func (eventRow) TableName() string { return "claim_events" }

// saltedText is a person's words with the salt of their digest in the chain. Erasing it
// leaves the chain whole.
type saltedText struct {
	Salt string `json:"salt"`
	Text string `json:"text"`
}

// link turns drafts into rows that continue the claim's chain, and moves the chain's head.
func link(c *Claim, by Actor, now Instant, drafts []eventDraft) ([]eventRow, error) {
	rows := make([]eventRow, 0, len(drafts))
	for _, d := range drafts {
		actor := by
		if d.ByClock {
			actor = Clock
		}
		row, err := linkOne(seal.Head{Seq: c.LastSeq, Hash: c.LastHash}, actor, now, d)
		if err != nil {
			return nil, err
		}
		row.ClaimID = c.ID
		rows = append(rows, row)
		c.LastSeq, c.LastHash = row.Seq, row.Hash
	}
	return rows, nil
}

// linkOne makes of a draft the event that follows the head of a chain, of a claim or of the
// record of what was done.
func linkOne(head seal.Head, by Actor, now Instant, d eventDraft) (eventRow, error) {
	data := d.Data
	if data == nil {
		data = map[string]any{}
	}
	var texts map[string]saltedText
	for name, words := range d.Texts {
		if words == "" {
			continue
		}
		salt := make([]byte, seal.SaltSize)
		if _, err := rand.Read(salt); err != nil {
			return eventRow{}, fmt.Errorf("salt: %w", err)
		}
		if texts == nil {
			texts = map[string]saltedText{}
		}
		texts[name] = saltedText{hex.EncodeToString(salt), words}
		data[name+"_digest"] = seal.Digest(salt, words)
	}
	body, err := seal.Canonical(data)
	if err != nil {
		return eventRow{}, fmt.Errorf("event data: %w", err)
	}
	prev := head.Hash
	if head.Seq == 0 {
		prev = seal.Genesis
	}
	e := seal.Event{Seq: head.Seq + 1, At: now.String(), Actor: seal.Actor{Role: string(by.Role), ID: by.AccountID}, Type: d.Type, Data: body, PrevHash: prev}
	if e.Hash, err = seal.Link(prev, e); err != nil {
		return eventRow{}, fmt.Errorf("chain event: %w", err)
	}
	row := eventRow{Seq: e.Seq, At: now, ActorRole: by.Role, ActorID: by.AccountID, Type: d.Type, Data: string(body), Audience: d.Audience, PrevHash: prev, Hash: e.Hash}
	if texts != nil {
		if row.Texts, err = toJSON(texts); err != nil {
			return eventRow{}, err
		}
	}
	return row, nil
}

// mayRead says whether a side may read an event of this audience.
func (a Audience) mayRead(side Side) bool {
	switch side {
	case SideStaff, SideObserver:
		return a != OwnBuyer && a != OwnSeller
	case SideBuyer:
		return a == ForAll || a == ForBuyer || a == OwnBuyer
	case SideSeller:
		return a == ForAll || a == ForSeller || a == OwnSeller
	case SideNone, SideClock:
	}
	return false
}

// ClaimEvents returns the chain of a claim, ascending, as the actor may read it: what it may
// not read keeps seq, prev_hash and hash. Staff are named to parties by role only. Kinds:
// NotFound.
func (s *Store) ClaimEvents(ctx context.Context, by Actor, number string) ([]Event, error) {
	id, side, err := s.claimSeen(ctx, by, number)
	if err != nil {
		return nil, err
	}
	return s.events(ctx, id, side)
}

// EventsSince counts the events of a claim after seq that the actor may read. Kinds: NotFound.
func (s *Store) EventsSince(ctx context.Context, by Actor, number string, seq int64) (int, error) {
	id, side, err := s.claimSeen(ctx, by, number)
	if err != nil {
		return 0, err
	}
	rows, err := find[struct{ Audience Audience }](ctx, s, "SELECT audience FROM claim_events WHERE claim_id = ? AND seq > ?", id, seq)
	if err != nil {
		return 0, fmt.Errorf("count events: %w", err)
	}
	n := 0
	for _, r := range rows {
		if r.Audience.mayRead(side) {
			n++
		}
	}
	return n, nil
}

// EventsOf is ClaimEvents of a claim that has been read for its viewer.
func (s *Store) EventsOf(ctx context.Context, v ClaimView) ([]Event, error) {
	return s.events(ctx, v.ID, v.Side)
}

func (s *Store) events(ctx context.Context, id string, side Side) ([]Event, error) {
	rows, err := find[eventRow](ctx, s, "SELECT * FROM claim_events WHERE claim_id = ? ORDER BY seq", id)
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	events := make([]Event, 0, len(rows))
	for _, r := range rows {
		e := Event{Seq: r.Seq, PrevHash: r.PrevHash, Hash: r.Hash, Redacted: true}
		if r.Audience.mayRead(side) {
			e = Event{Seq: r.Seq, At: r.At, ActorRole: r.ActorRole, ActorID: r.ActorID, Type: r.Type, Data: json.RawMessage(r.Data), PrevHash: r.PrevHash, Hash: r.Hash}
			if e.Texts, e.Salts, err = textsOf(r.Texts); err != nil {
				return nil, err
			}
		}
		events = append(events, e)
	}
	return events, nil
}

func textsOf(raw *string) (texts, salts map[string]string, err error) {
	salted, err := fromJSON[map[string]saltedText](raw)
	if err != nil || salted == nil {
		return nil, nil, err
	}
	texts, salts = map[string]string{}, map[string]string{}
	for name, t := range *salted {
		texts[name], salts[name] = t.Text, t.Salt
	}
	return texts, salts, nil
}
