package models

import (
	"context"
	"errors"
)

// Parcel is what is known of goods under way on a claim, to the seller or to the buyer.
type Parcel struct {
	Carrier   string  `json:"carrier,omitempty"`
	Tracking  string  `json:"tracking,omitempty"`
	ShippedAt Instant `json:"shipped_at,omitzero"`

	DeliveredAt     Instant `json:"delivered_at,omitzero"` // told by the integration
	ToldAt          Instant `json:"told_at,omitzero"`      // when
	UndeliverableAt Instant `json:"undeliverable_at,omitzero"`
}

// ParcelEvent is what the marketplace tells of goods under way.
type ParcelEvent struct {
	Event          string  `json:"event" validate:"required,oneof=delivered undeliverable"`
	At             string  `json:"at" validate:"omitempty,instant"` // "" is now
	TrackingNumber *string `json:"tracking_number" validate:"omitempty,max=100,visible,clean"`
}

// The events of goods under way.
const (
	ParcelDelivered = "delivered"
	ParcelNotTaken  = "undeliverable"
)

// has reports whether the event is known of the parcel already.
func (p Parcel) has(in ParcelEvent) bool {
	return in.Event == ParcelDelivered && p.DeliveredAt != 0 || in.Event == ParcelNotTaken && p.UndeliverableAt != 0
}

// read is when the event happened, neither in the future nor before the parcel could be sent, and
// the number it names, which must not be another parcel's.
func (p Parcel) read(in ParcelEvent, from, now Instant) (at Instant, tracking string, err error) {
	if err := check(&in); err != nil {
		return 0, "", err
	}
	at = now
	if in.At != "" {
		at = instant(in.At)
	}
	if in.TrackingNumber != nil {
		tracking = text(*in.TrackingNumber)
	}
	switch {
	case at > now || at < from:
		return 0, "", fieldError("at", "out_of_range")
	case tracking != "" && p.Tracking != "" && tracking != p.Tracking:
		return 0, "", fieldError("tracking_number", "another_parcel")
	}
	return at, tracking, nil
}

// arrive notes a delivery. One of a parcel nobody said was sent counts as sent then.
func (p *Parcel) arrive(at Instant, tracking string, now Instant) {
	if p.ShippedAt == 0 {
		p.ShippedAt, p.Tracking = at, tracking
	}
	p.DeliveredAt, p.ToldAt = at, now
}

// TellReturn takes an event of the carrier for goods on their way back to the seller and returns
// the claim as the marketplace may know it: its return alone. The same event again changes
// nothing. Only the integration may. Kinds: Forbidden, NotFound, Conflict (not_allowed_now), Invalid.
func (s *Store) TellReturn(ctx context.Context, by Actor, number string, in ParcelEvent) (Claim, error) {
	return s.tellParcel(ctx, by, number, in, Claim.tellReturn)
}

// TellReplacement is TellReturn for goods that the seller sends anew: the claim as the marketplace
// may know it is its replacement alone. Kinds: Forbidden, NotFound, Conflict (not_allowed_now), Invalid.
func (s *Store) TellReplacement(ctx context.Context, by Actor, number string, in ParcelEvent) (Claim, error) {
	return s.tellParcel(ctx, by, number, in, Claim.tellReplacement)
}

func (s *Store) tellParcel(ctx context.Context, by Actor, number string, in ParcelEvent, rule func(Claim, ParcelEvent, Policy, Instant) (change, error)) (Claim, error) {
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
		ch, err := rule(c, in, policy, tx.now)
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
