package models

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// refundWork is a refund that is being changed, with its claim's chain.
type refundWork struct {
	row     refundRow
	refund  Refund
	legs    []legRow
	touched []string // ids of the legs to be written
	fresh   []legRow // legs that are new
	ch      change
	told    map[legEventKey]bool // what the payment system has told of its legs
}

// at is the place of a leg. Kinds: NotFound.
func (w *refundWork) at(id string) (int, error) {
	at := slices.IndexFunc(w.legs, func(l legRow) bool { return l.ID == id })
	if at < 0 {
		return 0, notFound()
	}
	return at, nil
}

// leg is a leg of the refund that is to be written. Kinds: NotFound.
func (w *refundWork) leg(id string) (*legRow, error) {
	at, err := w.at(id)
	if err != nil {
		return nil, err
	}
	w.touch(id)
	return &w.legs[at], nil
}

// touch has a leg written.
func (w *refundWork) touch(id string) {
	if !slices.Contains(w.touched, id) {
		w.touched = append(w.touched, id)
	}
}

// refundChained is a refund with as much of its claim as events and messages of it need.
type refundChained struct {
	Row          refundRow `gorm:"embedded"`
	ClaimNumber  string
	ClaimVersion int64
	ClaimStatus  ClaimStatus
	LastSeq      int64
	LastHash     string
	Title        string
	Reason       Reason
	Claimed      int64
	BuyerEmail   string
	BuyerLocale  string
	SellerName   string
	SellerLocale string
}

const selectChained = `SELECT r.*, c.number AS claim_number, c.version AS claim_version, c.status AS claim_status, c.last_seq, c.last_hash, c.title, c.reason, c.claimed,
	b.email AS buyer_email, b.locale AS buyer_locale, s.name AS seller_name, s.locale AS seller_locale
	FROM refunds r JOIN claims c ON c.id = r.claim_id JOIN buyers b ON b.id = c.buyer_id JOIN sellers s ON s.id = c.seller_id WHERE r.id IN ?`

// toldLegRow is a leg with one event that the payment system has told of it, or none.
type toldLegRow struct {
	Leg           legRow `gorm:"embedded"`
	ToldReference *string
	ToldEvent     *LegStatus
}

const selectToldLegs = `SELECT l.*, e.reference AS told_reference, e.event AS told_event FROM refund_legs l LEFT JOIN refund_leg_events e ON e.leg_id = l.id
	WHERE l.refund_id IN ? ORDER BY l.refund_id, l.order_seq`

// refundWorks reads refunds to be changed, those that are there.
func (tx *Store) refundWorks(ctx context.Context, ids []string) (map[string]*refundWork, error) {
	rows, err := find[refundChained](ctx, tx, selectChained, ids)
	if err != nil {
		return nil, fmt.Errorf("read refunds: %w", err)
	}
	works := make(map[string]*refundWork, len(rows))
	if len(rows) == 0 {
		return works, nil
	}
	for _, r := range rows {
		w := &refundWork{row: r.Row, told: map[legEventKey]bool{}}
		if w.refund, err = r.Row.refund(); err != nil {
			return nil, err
		}
		w.refund.ClaimNumber = r.ClaimNumber
		w.ch.claim = Claim{
			ID: r.Row.ClaimID, Number: r.ClaimNumber, Version: r.ClaimVersion, Status: r.ClaimStatus, OrderID: r.Row.OrderID, OrderNumber: r.Row.OrderNumber, Title: r.Title, Reason: r.Reason,
			Claimed: r.Claimed, Currency: r.Row.Currency, BuyerID: r.Row.BuyerID, BuyerEmail: r.BuyerEmail, BuyerLocale: r.BuyerLocale, SellerID: r.Row.SellerID, SellerName: r.SellerName,
			SellerLocale: r.SellerLocale, LastSeq: r.LastSeq, LastHash: r.LastHash, readSeq: r.LastSeq,
		}
		works[r.Row.ID] = w
	}
	legs, err := find[toldLegRow](ctx, tx, selectToldLegs, ids)
	if err != nil {
		return nil, fmt.Errorf("read legs: %w", err)
	}
	for _, l := range legs {
		w := works[l.Leg.RefundID]
		if w == nil {
			continue // a refund that was made meanwhile
		}
		if n := len(w.legs); n == 0 || w.legs[n-1].ID != l.Leg.ID {
			w.legs = append(w.legs, l.Leg)
		}
		if l.ToldReference != nil && l.ToldEvent != nil {
			w.told[legEventKey{l.Leg.ID, *l.ToldReference, *l.ToldEvent}] = true
		}
	}
	return works, nil
}

// changeRefund changes a refund and its legs, guarded by their versions, and with them the
// refund's status, the claim's chain and the notices, in the transaction it runs in. Whether the
// actor may is the caller's to ask. Kinds: NotFound.
func (tx *Store) changeRefund(ctx context.Context, by Actor, refundID string, do func(*refundWork) error) error {
	works, err := tx.refundWorks(ctx, []string{refundID})
	if err != nil {
		return err
	}
	w := works[refundID]
	if w == nil {
		return notFound()
	}
	err = do(w)
	if errors.Is(err, errNothingNew) {
		return nil
	}
	if err != nil {
		return err
	}
	w.move(tx.now)
	return tx.writeRefunds(ctx, by, []*refundWork{w})
}

// changeLeg changes one leg of a refund, as changeRefund does. Kinds: NotFound.
func (tx *Store) changeLeg(ctx context.Context, by Actor, refundID, legID string, do func(Refund, *legRow, *change) error) error {
	return tx.changeRefund(ctx, by, refundID, func(w *refundWork) error {
		l, err := w.leg(legID)
		if err != nil {
			return err
		}
		return do(w.refund, l, &w.ch)
	})
}

// move gives the refund the status of its legs; the buyer hears when all has been paid, and when
// something could not be.
func (w *refundWork) move(now Instant) {
	before := w.row.Status
	w.row.Status = statusOf(slices.Concat(w.legs, w.fresh))
	switch {
	case w.row.Status != RefundDone:
		w.row.DoneAt = 0
	case before != RefundDone:
		w.row.DoneAt = now
	}
	if w.row.Status == before {
		return
	}
	switch w.row.Status {
	case RefundDone:
		w.ch.tell(SideBuyer, "refund_done", "amount", w.row.Total)
	case RefundFailed:
		w.ch.tell(SideBuyer, "refund_failed", "amount", w.row.Total)
	case RefundPending, RefundSent, RefundHeld:
	}
}

// writeRefunds writes what was changed of refunds of different claims, one statement for each table.
func (tx *Store) writeRefunds(ctx context.Context, by Actor, works []*refundWork) error {
	var legs, refunds, claims []rowUpdate
	var fresh, timed []legRow
	var events []eventRow
	var notices []noticeRow
	for _, w := range works {
		for i := range w.legs {
			if l := &w.legs[i]; slices.Contains(w.touched, l.ID) {
				legs, timed = append(legs, l.update(tx.now)), append(timed, *l)
				l.Version++
			}
		}
		fresh, timed = append(fresh, w.fresh...), append(timed, w.fresh...)
		refunds = append(refunds, w.row.update())
		w.row.Version++
		c := &w.ch.claim
		linked, err := link(c, by, tx.now, w.ch.events)
		if err != nil {
			return err
		}
		told, err := tx.noticesOf(*c, w.ch.notices)
		if err != nil {
			return err
		}
		if len(linked) > 0 {
			claims = append(claims, rowUpdate{c.ID, []any{c.LastSeq, c.LastHash}, []any{c.Version, c.readSeq}})
		}
		events, notices = append(events, linked...), append(notices, told...)
	}
	if err := tx.updateRows(ctx, "refund_legs", legColumns, []string{"version"}, legs); err != nil {
		return fmt.Errorf("update legs: %w", err)
	}
	if err := tx.insert(ctx, &fresh); isDuplicate(err) {
		return errAgain // another refund of the order was planned meanwhile
	} else if err != nil {
		return fmt.Errorf("insert legs: %w", err)
	}
	for _, l := range timed {
		if err := tx.simulate(ctx, l); err != nil {
			return err
		}
	}
	if err := tx.updateRows(ctx, "refunds", refundColumns, []string{"version"}, refunds); err != nil {
		return fmt.Errorf("update refunds: %w", err)
	}
	if err := tx.updateRows(ctx, "claims", []string{"last_seq", "last_hash"}, []string{"version", "last_seq"}, claims); err != nil {
		return fmt.Errorf("update claims: %w", err)
	}
	if err := tx.insert(ctx, &events); err != nil {
		return fmt.Errorf("insert events: %w", err)
	}
	return tx.insertNoticeRows(ctx, notices...)
}

// legColumns are those that may change of a leg, in the order of legRow.update.
var legColumns = []string{
	"destination", "status", "due_at", "theirs", "account", "account_tail", "reference", "failure", "tries", "retry_by", "sent_at", "done_at", "held_from", "counted_as", "changed_at", "version",
}

func (r *legRow) update(now Instant) rowUpdate {
	return rowUpdate{r.ID, []any{
		r.Destination, r.Status, r.DueAt, r.Theirs, r.Account, r.AccountTail, r.Reference, r.Failure, r.Tries, r.RetryBy, r.SentAt, r.DoneAt, r.HeldFrom, r.CountedAs, now, r.Version + 1,
	}, []any{r.Version}}
}

// refundColumns are those that may change of a refund, in the order of refundRow.update.
var refundColumns = []string{"status", "done_at", "total", "shares", "borne_by", "mismatches", "version"}

func (r refundRow) update() rowUpdate {
	return rowUpdate{r.ID, []any{r.Status, r.DoneAt, r.Total, r.Shares, r.BorneBy, r.Mismatches, r.Version + 1}, []any{r.Version}}
}
