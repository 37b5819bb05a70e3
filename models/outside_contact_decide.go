package models

import (
	"context"
	"fmt"
)

// OutsideDecision is what staff say of a declared contact. A rejection needs a reason, which
// the buyer reads.
type OutsideDecision struct {
	Accept bool   `json:"-"`
	Reason string `json:"reason" validate:"max=1000,clean"`
}

// DecideOutsideContact accepts or rejects a declared contact; the buyer is told. Accepted, it
// starts the wait of its line from the moment of the contact, unless a wait that ends no
// later runs already or the problem was solved since. Agents and leads who are no party may.
// Kinds: NotFound, Forbidden, Conflict when it has been decided, Invalid.
func (s *Store) DecideOutsideContact(ctx context.Context, by Actor, id string, in OutsideDecision) (OutsideContact, error) {
	var decided OutsideContact
	err := s.inTx(ctx, func(tx *Store) error {
		row, err := tx.outsideRowByID(ctx, id)
		if err != nil {
			return err
		}
		switch by.sideOf(row.BuyerEmail, row.SellerID) {
		case SideStaff:
		case SideBuyer, SideObserver:
			return forbidden()
		case SideNone, SideSeller, SideClock:
			return notFound()
		}
		if row.Row.State != OutsidePending {
			return notAllowedNow(nil)
		}
		in.Reason = text(in.Reason)
		if err := check(in); err != nil {
			return err
		}
		if !in.Accept && !isVisible(in.Reason) {
			return fieldError("reason", "required")
		}
		state := OutsideRejected
		if in.Accept {
			state = OutsideAccepted
		}
		n, err := tx.exec(ctx, "UPDATE outside_contacts SET state = ?, reason = ?, decided_by = ?, decided_at = ? WHERE id = ? AND state = ?",
			state, in.Reason, by.AccountID, tx.now, id, OutsidePending)
		if err != nil {
			return fmt.Errorf("decide outside contact: %w", err)
		}
		if n == 0 {
			return errAgain // decided meanwhile; asked anew, that is what is said
		}
		order, err := tx.orderHead(ctx, row.OrderNumber)
		if err != nil {
			return err
		}
		line, ok := order.Line(row.LineNo)
		if !ok {
			return notFound()
		}
		var ends Instant
		if in.Accept {
			if ends, err = tx.countOutside(ctx, line, row.Row); err != nil {
				return err
			}
		}
		if err := tx.tellOfOutside(ctx, order, row, state, in.Reason, ends); err != nil {
			return err
		}
		if decided, err = tx.outsideByID(ctx, by, id); err != nil {
			return err
		}
		return tx.audit(ctx, by, act{AuditContactDecided, OnOrder, row.OrderNumber, map[string]any{"action": string(state), "contact": id}})
	})
	return decided, err
}

// countOutside makes an accepted contact the one that counts on its line and returns when
// the line's wait ends.
func (tx *Store) countOutside(ctx context.Context, line OrderLine, x outsideRow) (Instant, error) {
	policy, err := tx.Policy(ctx, tx.now)
	if err != nil {
		return 0, err
	}
	c := contactRow{ID: newID(), OrderLineID: line.ID, Topic: GeneralTopic, Source: "outside", SentAt: x.ContactedAt, WaitEndsAt: x.ContactedAt.Add(policy.Wait())}
	if old := line.Contact; old != nil {
		if old.SolvedAt != 0 && old.SolvedAt >= x.ContactedAt {
			return 0, nil // it was about a problem that the buyer then called solved
		}
		if old.SolvedAt == 0 {
			if old.WaitEndsAt <= c.WaitEndsAt {
				return old.WaitEndsAt, nil // a contact that is as early counts already
			}
			// What the running contact has brought stays: its topic, and what may cut it short.
			c.Topic, c.MessageID, c.RefusedAt, c.CutAt, c.CutReason = old.Topic, old.MessageID, old.RefusedAt, old.CutAt, old.CutReason
		}
	}
	if err := tx.insert(ctx, &c); err != nil {
		return 0, fmt.Errorf("insert contact: %w", err)
	}
	n, err := tx.exec(ctx, "UPDATE order_lines SET contact_id = ? WHERE id = ? AND COALESCE(contact_id, '') = ?", c.ID, line.ID, line.ContactID)
	if err != nil {
		return 0, fmt.Errorf("start wait: %w", err)
	}
	if n == 0 {
		return 0, errAgain
	}
	if err := tx.setTimer(ctx, deadlineTimer, line.ID, policy.nextFilingReminder(line.DeadlineAt, tx.now)); err != nil {
		return 0, fmt.Errorf("set reminder: %w", err)
	}
	return c.WaitEndsAt, tx.wakeReminders(ctx, line.ID)
}

func (tx *Store) tellOfOutside(ctx context.Context, order Order, x outsideJoined, state OutsideState, reason string, ends Instant) error {
	args := map[string]any{
		"title": x.Title, "seller": x.SellerName, "line": x.LineNo, "party": string(SideBuyer), "channel": string(x.Row.Channel), "contacted_at": x.Row.ContactedAt.String(),
	}
	if reason != "" {
		args["reason"] = reason
	}
	if ends != 0 {
		args["wait_ends_at"] = ends.String()
	}
	row, err := tx.noticeRow("buyer:"+order.BuyerID, order.BuyerLocale, "outside_contact_"+string(state), args)
	if err != nil {
		return err
	}
	row.OrderNumber = order.Number
	return tx.insertNoticeRows(ctx, row)
}
