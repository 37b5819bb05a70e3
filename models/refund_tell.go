package models

import (
	"context"
	"errors"
	"fmt"
)

// LegTold is an event that the payment system tells of a leg of a refund.
type LegTold struct {
	Refund string
	Leg    string
	LegEvent
}

// ToldResult is what became of one event of many: how far its leg is now, or why it was refused.
type ToldResult struct {
	Status LegStatus
	Err    error
}

// legEventRow is an event as it was told, so that it counts once.
type legEventRow struct {
	LegID     string
	Reference string
	Event     LegStatus
	Reason    *string
	At        Instant
	ActorID   string
}

func (legEventRow) TableName() string { return "refund_leg_events" }

// legEventKey is what an event counts once by.
type legEventKey struct {
	leg, reference string
	event          LegStatus
}

// TellLeg takes an event of the payment system for a leg. The same event with the same
// reference again changes nothing. Only the integration may, and the simulated payments of a
// sandbox. Kinds: Forbidden, NotFound, Invalid, Conflict (leg_done).
func (s *Store) TellLeg(ctx context.Context, by Actor, refundID, legID string, in LegEvent) (v RefundView, err error) {
	if by.Role != RoleIntegration && by.Role != RoleClock {
		return RefundView{}, forbidden()
	}
	err = s.inTx(ctx, func(tx *Store) error {
		t, err := tx.tellLegs(ctx, by, []LegTold{{refundID, legID, in}})
		if err != nil {
			return err
		}
		if err := t.results[0].Err; err != nil {
			return err
		}
		v, err = tx.viewOf(ctx, by, t.works[refundID])
		return err
	})
	return v, err
}

// TellLegs takes many events in their order in one transaction, each as TellLeg takes it: one
// that is refused changes nothing and does not stop the rest. Kinds of the results as of TellLeg;
// the error is for all of them.
func (s *Store) TellLegs(ctx context.Context, by Actor, told []LegTold) (results []ToldResult, err error) {
	if by.Role != RoleIntegration {
		return nil, forbidden()
	}
	err = s.inTx(ctx, func(tx *Store) error {
		t, err := tx.tellLegs(ctx, by, told)
		results = t.results
		return err
	})
	return results, err
}

// telling is what one transaction knows of the refunds of which it is told.
type telling struct {
	works   map[string]*refundWork
	order   []*refundWork // as they were first told of
	claims  map[string]string
	events  []legEventRow
	recut   bool // legs were put in others' place, which is read anew
	results []ToldResult
}

// tellLegs takes events in their order: what they are of is read together, and written together.
// Whether the actor may is the caller's to ask.
func (tx *Store) tellLegs(ctx context.Context, by Actor, told []LegTold) (telling, error) {
	t := telling{results: make([]ToldResult, 0, len(told))}
	for i := range told {
		in := &told[i]
		if t.works == nil || t.recut || t.meets(in.Refund) {
			if err := tx.writeTelling(ctx, by, &t); err != nil {
				return t, err
			}
			if err := tx.readTelling(ctx, &t, told[i:]); err != nil {
				return t, err
			}
		}
		status, err := tx.tellOne(ctx, by, &t, in)
		if err != nil && KindOf(err) == "" {
			return t, err
		}
		t.results = append(t.results, ToldResult{status, err})
	}
	return t, tx.writeTelling(ctx, by, &t)
}

// meets says whether another refund of the claim of this one is being changed: they share a chain.
func (t *telling) meets(refundID string) bool {
	w := t.works[refundID]
	if w == nil {
		return false
	}
	other, ok := t.claims[w.row.ClaimID]
	return ok && other != refundID
}

func (tx *Store) readTelling(ctx context.Context, t *telling, told []LegTold) (err error) {
	ids, seen := make([]string, 0, len(told)), map[string]bool{}
	for i := range told {
		if id := told[i].Refund; !seen[id] {
			seen[id], ids = true, append(ids, id)
		}
	}
	t.works, err = tx.refundWorks(ctx, ids)
	t.order, t.claims, t.events, t.recut = nil, map[string]string{}, nil, false
	return err
}

func (tx *Store) writeTelling(ctx context.Context, by Actor, t *telling) error {
	if err := tx.insert(ctx, &t.events); isDuplicate(err) {
		return errAgain // it was told elsewhere meanwhile
	} else if err != nil {
		return fmt.Errorf("insert leg events: %w", err)
	}
	return tx.writeRefunds(ctx, by, t.order)
}

// tellOne takes one event for a leg and returns how far that is. What it refuses, it refuses before
// anything is changed.
func (tx *Store) tellOne(ctx context.Context, by Actor, t *telling, in *LegTold) (LegStatus, error) {
	w := t.works[in.Refund]
	if w == nil {
		return "", notFound()
	}
	at, err := w.at(in.Leg)
	if err != nil {
		return "", err
	}
	if err := check(&in.LegEvent); err != nil {
		return "", err
	}
	l := &w.legs[at]
	row := legEventRow{l.ID, text(in.Reference), in.Event, orNil(text(in.Reason)), tx.now, by.AccountID}
	key := legEventKey{row.LegID, row.Reference, row.Event}
	if w.told[key] {
		return l.Status, nil
	}
	status, ok := l.Status.next(in.Event)
	if !ok {
		return "", &Error{Kind: Conflict, Code: "leg_done"}
	}
	w.told[key] = true
	t.events = append(t.events, row)
	err = tx.takeEvent(ctx, w, at, status, in.LegEvent)
	if errors.Is(err, errNothingNew) {
		return l.Status, nil
	}
	if err != nil {
		return "", err
	}
	w.move(tx.now)
	t.recut = len(w.fresh) > 0
	if _, ok := t.claims[w.row.ClaimID]; !ok {
		t.claims[w.row.ClaimID], t.order = w.row.ID, append(t.order, w)
	}
	return l.Status, nil
}

// takeEvent moves a leg by an event that is new.
func (tx *Store) takeEvent(ctx context.Context, w *refundWork, at int, to LegStatus, in LegEvent) error {
	l := &w.legs[at]
	switch {
	case l.Status == LegCancelled:
		return tx.paidAfterAll(ctx, w, *l, in)
	case l.Status == LegHeld && in.Event == LegFailed:
		l.HeldFrom, l.Failure, l.Reference = orNil(string(LegFailed)), orNil(text(in.Reason)), orNil(text(in.Reference))
	case to == l.Status:
		return errNothingNew
	default:
		l.enter(to, in, tx.now)
		if w.row.Mismatches > 0 {
			l.hold()
		}
	}
	w.touch(l.ID)
	w.ch.recordFor(ForBuyer, "refund_"+string(in.Event), map[string]any{
		"refund": w.row.ID, "leg": l.ID, "to": string(l.Destination), "amount": l.Amount, "currency": w.row.Currency, "reference": text(in.Reference),
	}, nil)
	if to == LegFailed {
		p, err := tx.Policy(ctx, tx.now)
		if err != nil {
			return err
		}
		return tx.trim(ctx, w, "", p)
	}
	return tx.explains(ctx, w, l, text(in.Reference))
}

// tellLeg takes one event in the transaction it runs in. Kinds as of TellLeg.
func (tx *Store) tellLeg(ctx context.Context, by Actor, refundID, legID string, in LegEvent) error {
	t, err := tx.tellLegs(ctx, by, []LegTold{{refundID, legID, in}})
	if err != nil {
		return err
	}
	return t.results[0].Err
}
