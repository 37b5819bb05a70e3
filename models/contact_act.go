package models

import (
	"context"
	"fmt"
)

// SolveContact is the buyer saying that the problem is solved: the clock stops and no claim
// follows. A later problem starts a new contact. Kinds: NotFound, Forbidden, Conflict when
// no wait runs or a claim is open.
func (s *Store) SolveContact(ctx context.Context, by Actor, order string, line int) (Contact, error) {
	return s.actOnContact(ctx, by, order, line, SideBuyer, "solved")
}

// RefuseContact is the seller writing that it cannot resolve the problem. Where policy says
// so, it cuts the wait short. Kinds: NotFound, Forbidden, Conflict.
func (s *Store) RefuseContact(ctx context.Context, by Actor, order string, line int) (Contact, error) {
	return s.actOnContact(ctx, by, order, line, SideSeller, "refused")
}

func (s *Store) actOnContact(ctx context.Context, by Actor, number string, n int, who Side, what string) (Contact, error) {
	var contact Contact
	err := s.inTx(ctx, func(tx *Store) error {
		order, side, line, err := tx.lineFor(ctx, by, number, n)
		if err != nil {
			return err
		}
		if side != who {
			return forbidden()
		}
		c := line.Contact
		if c == nil || c.SolvedAt != 0 || what == "solved" && line.OpenClaimID != "" || what == "refused" && c.RefusedAt != 0 {
			return notAllowedNow(nil)
		}
		contact = *c
		set := "UPDATE contacts SET refused_at = ? WHERE id = ? AND refused_at IS NULL AND solved_at IS NULL"
		if what == "solved" {
			contact.SolvedAt = tx.now
			set = "UPDATE contacts SET solved_at = ? WHERE id = ? AND solved_at IS NULL"
		} else {
			contact.RefusedAt = tx.now
		}
		matched, err := tx.exec(ctx, set, tx.now, c.ID)
		if err != nil {
			return fmt.Errorf("act on contact: %w", err)
		}
		if matched == 0 {
			return errAgain
		}
		if what == "solved" {
			err = tx.forgetReminders(ctx, by, order, line)
		} else {
			err = tx.followTalk(ctx, order, line.SellerID, false)
			if err == nil {
				err = tx.wakeReminders(ctx, line.ID) // it may cut the wait short
			}
		}
		if err != nil {
			return err
		}
		party, locale := "seller:"+line.SellerID, ""
		if who == SideSeller {
			party, locale = "buyer:"+order.BuyerID, order.BuyerLocale
		}
		row, err := tx.noticeRow(party, locale, "contact_"+what, map[string]any{"title": line.Title, "seller": line.SellerName, "line": line.Number, "party": string(otherSide(who))})
		if err != nil {
			return err
		}
		row.OrderNumber = order.Number
		return tx.insertNoticeRows(ctx, row)
	})
	return contact, err
}

// Eligibility is the explainable answer for one order line and reason: the same that a filing
// would be asked, but for the evidence. The buyer, staff and the integration may ask; for
// the latter two it answers as for the buyer. Kinds: NotFound, Forbidden for sellers, Invalid.
func (s *Store) Eligibility(ctx context.Context, by Actor, number string, n int, reason Reason) (Assessment, error) {
	order, side, line, err := s.lineFor(ctx, by, number, n)
	if err != nil {
		return Assessment{}, err
	}
	if side == SideSeller {
		return Assessment{}, forbidden()
	}
	switch {
	case reason == "":
		return Assessment{}, fieldError("reason", "required")
	case !reason.Covered() && reason != ChangeOfMind:
		return Assessment{}, fieldError("reason", "unknown_value")
	}
	now, err := s.Now(ctx)
	if err != nil {
		return Assessment{}, err
	}
	policy, err := s.Policy(ctx, now)
	if err != nil {
		return Assessment{}, err
	}
	return s.assessLine(order, line, reason, policy, now), nil
}

func (s *Store) assessLine(order Order, line OrderLine, reason Reason, policy Policy, now Instant) Assessment {
	facts := order.Facts(line, reason, policy, s.config.Zone)
	facts.OwnOrder = true
	return Assess(facts, policy, now, s.config.Zone)
}
