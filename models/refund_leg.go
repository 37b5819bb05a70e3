package models

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// LegEvent is what the payment system tells of a leg.
type LegEvent struct {
	Event     LegStatus `json:"event" validate:"required,oneof=sent done failed"`
	Reference string    `json:"reference" validate:"required,max=128,visible,clean,key"`
	Reason    string    `json:"reason" validate:"max=500,clean"`
}

// next is the state of a leg after an event, in whatever order they come. Nothing follows
// done. A late "sent" of a try that has failed since changes nothing; money that has arrived
// after all does. What is held may have been sent before: that is a fact. It is pure.
func (s LegStatus) next(event LegStatus) (LegStatus, bool) {
	switch {
	case s == LegDone:
		return s, false
	case s == LegCancelled, event == LegSent && s == LegFailed:
		return s, true
	case event == LegFailed && s == LegHeld:
		return s, true
	case event == LegSent || event == LegDone || event == LegFailed:
		return event, true
	}
	return s, false
}

// errNothingNew ends a change that changes nothing; what was written to know it stays.
var errNothingNew = errors.New("nothing new")

// enter moves a leg. A bank account is not kept longer than it is needed.
func (l *legRow) enter(s LegStatus, e LegEvent, now Instant) {
	l.Status, l.Reference, l.Failure, l.RetryBy, l.HeldFrom = s, orNil(text(e.Reference)), nil, nil, nil
	switch s {
	case LegSent:
		l.SentAt = now
	case LegDone:
		l.DoneAt, l.Account = now, nil
	case LegFailed:
		l.Failure, l.SentAt = orNil(text(e.Reason)), 0
	case LegPending, LegRetried, LegHeld, LegCancelled:
	}
}

// BankAccount is where a bank transfer goes. It is kept sealed, and not longer than until the
// money has arrived.
type BankAccount struct {
	Bank   string `json:"bank" validate:"required,visible,max=100,clean"`
	Branch string `json:"branch" validate:"required,visible,max=100,clean"`
	Kind   string `json:"kind" validate:"required,oneof=ordinary checking savings"`
	Number string `json:"number" validate:"required,max=34,clean"`
	Holder string `json:"holder" validate:"required,visible,max=100,clean"`
}

// normal is the account as it is kept: full-width letters and digits as plain ones, the number
// without spaces and hyphens.
func (a BankAccount) normal() BankAccount {
	wide := func(s string) string { return strings.TrimSpace(norm.NFKC.String(s)) }
	a.Bank, a.Branch, a.Holder = wide(a.Bank), wide(a.Branch), wide(a.Holder)
	a.Number = strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -‐−–ー", r) {
			return -1
		}
		return r
	}, wide(a.Number))
	return a
}

// wrong says whether the number cannot be one: seven digits in Japan, at most 34 letters and
// digits anywhere.
func (a BankAccount) wrong() bool {
	const shortest = 4
	return len(a.Number) < shortest || strings.ContainsFunc(a.Number, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z')
	})
}

// tail is as much of the number as pages show.
func (a BankAccount) tail() string { return a.Number[len(a.Number)-3:] }

const accountPurpose = "bank-account"

func (s *Store) openAccount(l Leg) (BankAccount, error) {
	plain, err := s.unseal(accountPurpose, l.ID, l.account)
	if err != nil {
		return BankAccount{}, fmt.Errorf("open bank account: %w", err)
	}
	var a BankAccount
	err = json.Unmarshal([]byte(plain), &a)
	return a, err
}

// Destination is where the buyer wants a leg to go.
type Destination struct {
	Leg     string       `json:"leg" validate:"required,key"`
	To      Tender       `json:"to" validate:"required,oneof=gift_card bank_transfer convenience_store credit_card debit_card carrier_billing wallet points coupon cash_on_delivery"`
	Account *BankAccount `json:"account" validate:"omitempty"`
}

// ChooseDestination lets the buyer say where a leg goes, as often as wanted until it is sent.
// One that could not be paid goes on by the new way. Kinds: NotFound, Forbidden, Conflict
// (leg_sent, leg_held), Invalid.
func (s *Store) ChooseDestination(ctx context.Context, by Actor, refundID string, in Destination) (RefundView, error) {
	err := s.inTx(ctx, func(tx *Store) error {
		v, err := tx.RefundByID(ctx, by, refundID)
		if err != nil {
			return err
		}
		if v.Side != SideBuyer {
			return forbidden()
		}
		if err := check(&in); err != nil {
			return err
		}
		at := slices.IndexFunc(v.Legs, func(l Leg) bool { return l.ID == in.Leg })
		if at < 0 {
			return fieldError("leg", "unknown_value")
		}
		leg := v.Legs[at]
		if leg.Status == LegHeld {
			return &Error{Kind: Conflict, Code: "leg_held"}
		}
		ways := leg.Ways(v.Policy)
		if ways == nil {
			return &Error{Kind: Conflict, Code: "leg_sent"}
		}
		if !slices.Contains(ways, in.To) {
			return fieldError("to", "unknown_value")
		}
		return tx.changeLeg(ctx, by, refundID, in.Leg, func(r Refund, l *legRow, ch *change) error {
			if l.Version != leg.version {
				return errAgain
			}
			return tx.redirect(r, l, in, v.Policy, ch)
		})
	})
	if err != nil {
		return RefundView{}, err
	}
	return s.RefundByID(ctx, by, refundID)
}

func (tx *Store) redirect(r Refund, l *legRow, in Destination, p Policy, ch *change) error {
	if in.To == l.Destination && in.Account == nil && l.Account == nil && l.Status.Waits() {
		return errNothingNew // chosen again; its dates stay
	}
	l.Account, l.AccountTail = nil, nil
	switch {
	case in.To == TenderBankTransfer: // also of what was paid by one: this is asked only after that has failed
		if in.Account == nil {
			return fieldError("account", "required")
		}
		a := in.Account.normal()
		if a.wrong() {
			return fieldError("account.number", "bad_account_number")
		}
		body, err := json.Marshal(a)
		if err != nil {
			return err
		}
		sealed, err := tx.seal(accountPurpose, l.ID, string(body))
		if err != nil {
			return err
		}
		l.Account, l.AccountTail = &sealed, orNil(a.tail())
	case in.Account != nil:
		return fieldError("account", "not_wanted")
	}
	way := p.RefundTimeOf(l.Tender, in.To)
	l.Destination, l.DueAt = in.To, tx.now.Add(way.Ours.longest())
	if err := l.keepTheirs(way.Theirs); err != nil {
		return err
	}
	if l.Status == LegFailed {
		l.Status, l.Tries, l.Failure, l.RetryBy = LegRetried, l.Tries+1, nil, nil
	}
	ch.recordFor(ForBuyer, "refund_redirected", map[string]any{"refund": r.ID, "leg": l.ID, "to": string(l.Destination), "amount": l.Amount, "currency": r.Currency}, nil)
	return nil
}

// RetryLeg has a leg that failed tried once more. From the amount on that needs a second
// person, the first member of staff only asks for it. Kinds: NotFound, Forbidden (not staff, or
// the one who asked), Conflict (leg_not_failed, leg_held).
func (s *Store) RetryLeg(ctx context.Context, by Actor, refundID, legID string) (RefundView, error) {
	err := s.inTx(ctx, func(tx *Store) error {
		v, err := tx.RefundByID(ctx, by, refundID)
		if err != nil {
			return err
		}
		if v.Side != SideStaff {
			return forbidden()
		}
		err = tx.changeLeg(ctx, by, refundID, legID, func(r Refund, l *legRow, ch *change) error {
			switch l.Status {
			case LegFailed:
			case LegHeld:
				return &Error{Kind: Conflict, Code: "leg_held"}
			default:
				return &Error{Kind: Conflict, Code: "leg_not_failed"}
			}
			data := map[string]any{"refund": r.ID, "leg": l.ID, "to": string(l.Destination), "amount": l.Amount, "currency": r.Currency}
			asked := orEmpty(l.RetryBy)
			switch {
			case !v.Policy.NeedsApproval(l.Amount, r.Currency):
			case asked == "":
				l.RetryBy = &by.AccountID
				ch.recordFor(ForStaff, "refund_retry_asked", data, nil)
				return nil
			case asked == by.AccountID:
				return forbidden()
			}
			ours := v.Policy.RefundTimeOf(l.Tender, l.Destination).Ours.longest()
			l.Status, l.DueAt, l.Tries, l.Failure, l.RetryBy = LegRetried, tx.now.Add(ours), l.Tries+1, nil, nil
			ch.recordFor(ForBuyer, "refund_retried", data, nil)
			return nil
		})
		if err != nil || v.ClaimNumber != "" { // what is about a claim stands in its chain
			return err
		}
		return tx.audit(ctx, by, act{AuditRefundRetried, OnRefund, refundID, map[string]any{"leg": legID}})
	})
	if err != nil {
		return RefundView{}, err
	}
	return s.RefundByID(ctx, by, refundID)
}
