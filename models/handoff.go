package models

import (
	"context"
	"fmt"
	"net/url"
	"time"
)

// handoffLife is how long the shop has to bring a buyer over, of the machine's clock.
const handoffLife = 5 * time.Minute

// HandoffInput names a buyer of the marketplace, and maybe the order they come from.
type HandoffInput struct {
	BuyerID     string `json:"buyer_id" validate:"required,key"`
	OrderNumber string `json:"order_number" validate:"omitempty,key"`
	Locale      string `json:"locale" validate:"max=16,clean"`
}

// Handoff is a way in for one buyer. Path is under the portal's address.
type Handoff struct {
	Path      string
	ExpiresAt Instant
}

// CreateHandoff makes a link that signs a buyer in once, in any browser, and leads to the
// order. Only the integration may, and only for people whose account is a buyer's: it must
// not be a way into an account of staff or of a seller whose address is on an order. Kinds:
// Forbidden, Invalid.
func (s *Store) CreateHandoff(ctx context.Context, by Actor, in HandoffInput) (Handoff, error) {
	if by.Role != RoleIntegration {
		return Handoff{}, forbidden()
	}
	if err := check(in); err != nil {
		return Handoff{}, err
	}
	var made Handoff
	err := s.inTx(ctx, func(tx *Store) error {
		var found []struct {
			Email       string
			Locale      string
			Role        Role
			Status      AccountStatus
			OrderNumber string
		}
		if err := tx.db(ctx).Raw(`SELECT b.email, b.locale, COALESCE(a.role, '') AS role, COALESCE(a.status, '') AS status, COALESCE(o.number, '') AS order_number
			FROM buyers b LEFT JOIN accounts a ON a.email = b.email LEFT JOIN orders o ON o.buyer_id = b.id AND o.number = ?
			WHERE b.id = ?`, in.OrderNumber, in.BuyerID).Scan(&found).Error; err != nil {
			return fmt.Errorf("read buyer: %w", err)
		}
		if len(found) == 0 {
			return invalidField("buyer_id", "unknown_value")
		}
		b := found[0]
		if b.OrderNumber != in.OrderNumber {
			return invalidField("order_number", "unknown_value")
		}
		if b.Role != "" && (b.Role != RoleBuyer || b.Status != AccountActive) {
			return invalidField("buyer_id", "cannot_hand_over")
		}
		locale := in.Locale
		if locale == "" {
			locale = b.Locale
		}
		next := "/" + pathLocale(locale) + "/my/orders"
		if in.OrderNumber != "" {
			next += "/" + url.PathEscape(in.OrderNumber)
		}
		var err error
		made.Path, made.ExpiresAt, err = tx.unboundSignIn(ctx, signInByHandoff, b.Email, locale, next, handoffLife)
		return err
	})
	return made, err
}
