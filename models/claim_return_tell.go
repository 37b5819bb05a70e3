package models

import (
	"context"
	"errors"
)

// ReturnEvent is what the marketplace tells of goods on their way back.
type ReturnEvent struct {
	Event          string  `json:"event" validate:"required,oneof=delivered undeliverable"`
	At             string  `json:"at" validate:"omitempty,instant"` // "" is now
	TrackingNumber *string `json:"tracking_number" validate:"omitempty,max=100,visible,clean"`
}

// The events of goods on their way back.
const (
	ReturnDelivered = "delivered"
	ReturnNotTaken  = "undeliverable"
)

// TellReturn takes an event of the carrier for the goods of a claim and returns the claim as the
// marketplace may know it: its return alone. The same event again changes nothing. Only the
// integration may. Kinds: Forbidden, NotFound, Conflict (not_allowed_now), Invalid.
func (s *Store) TellReturn(ctx context.Context, by Actor, number string, in ReturnEvent) (Claim, error) {
	if by.Role != RoleIntegration {
		return Claim{}, forbidden()
	}
	var claim Claim
	err := s.inTx(ctx, func(tx *Store) error {
		c, err := tx.claimByNumber(ctx, number)
		if err != nil {
			return err
		}
		policy, err := tx.PolicyVersion(ctx, c.PolicyVersion)
		if err != nil {
			return err
		}
		ch, err := c.tellReturn(in, policy, tx.now)
		if errors.Is(err, errNothingNew) {
			claim = c
			return nil
		}
		if err != nil {
			return err
		}
		ch.claim.WakeAt = ch.claim.nextWake(policy, 0, tx.now)
		claim, err = tx.writeClaim(ctx, by, SideClock, c, ch, policy, false)
		return err
	})
	return claim, err
}

// tellReturn is the pure rule of TellReturn. A delivery counts as shipped where the buyer did not
// say so; while a chargeback holds the claim it is noted, and the seller's days run afterwards.
func (c Claim) tellReturn(in ReturnEvent, p Policy, now Instant) (change, error) {
	frozen := c.Status == Frozen && c.Former != nil && c.Former.Status == AwaitingReturn
	r := c.Return
	switch {
	case r != nil && (in.Event == ReturnDelivered && r.DeliveredAt != 0 || in.Event == ReturnNotTaken && r.UndeliverableAt != 0):
		return change{}, errNothingNew
	case c.Status != AwaitingReturn && !frozen, in.Event == ReturnNotTaken && (!r.Shipped() || frozen):
		return change{}, notAllowedNow([]Action{})
	}
	if err := check(&in); err != nil {
		return change{}, err
	}
	at := now
	if in.At != "" {
		at = instant(in.At)
	}
	tracking := ""
	if in.TrackingNumber != nil {
		tracking = text(*in.TrackingNumber)
	}
	switch {
	case at > now || at < r.StartedAt:
		return change{}, fieldError("at", "out_of_range")
	case tracking != "" && r.Tracking != "" && tracking != r.Tracking:
		return change{}, fieldError("tracking_number", "another_parcel")
	}
	ch := c.change()
	if in.Event == ReturnNotTaken {
		ch.claim.Return.UndeliverableAt = at
		ch.record("return_undeliverable", map[string]any{"told_at": at.String()}, nil)
		ch.reviewReturn(ReturnUndeliverable, now, p)
		return ch, nil
	}
	ch.delivered(at, tracking, frozen, p, now)
	return ch, nil
}

func (ch *change) delivered(at Instant, tracking string, frozen bool, p Policy, now Instant) {
	r := ch.claim.Return
	due := Instant(0)
	if r.Shipped() {
		due = ch.claim.DueAt
	} else {
		r.ShippedAt, r.Tracking = at, tracking
	}
	r.DeliveredAt, r.ToldAt = at, now
	data := map[string]any{"delivered_at": at.String()}
	if frozen {
		ch.record("return_delivered", data, nil)
		return
	}
	from := max(at, ch.claim.PauseUntil)
	ch.confirmBy(p.confirmBy(from, max(now, from), due), now)
	data["confirm_by"] = r.ConfirmBy.String()
	ch.record("return_delivered", data, nil)
	ch.tellBoth("claim_return_delivered", "due_at", r.ConfirmBy)
}
