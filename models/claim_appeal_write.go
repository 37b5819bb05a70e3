package models

import (
	"context"
	"fmt"
	"slices"
)

// appealMoney is what the decision of an appeal does to money that goes back already.
type appealMoney struct {
	cause  string
	bearer string // of all of it
	less   int64  // to be taken off what is not paid yet
}

// taking part in a claim, as its chain tells; to read or to take it is none.
var involving = []string{"asked", "noted", "decided", "proposed", "approved", "sent_back", "appeal_decided", "late_admitted", "paused", "resumed"}

// noteInvolved keeps with an appeal that begins who may not decide it.
func (tx *Store) noteInvolved(ctx context.Context, before Claim, c *Claim) error {
	if !begun(before, *c) {
		return nil
	}
	rows, err := find[struct{ ActorID string }](ctx, tx, "SELECT DISTINCT actor_id FROM claim_events WHERE claim_id = ? AND actor_role IN ? AND type IN ? ORDER BY actor_id",
		c.ID, []Role{RoleAgent, RoleLead}, involving)
	if err != nil {
		return fmt.Errorf("read who was involved: %w", err)
	}
	involved := make([]string, 0, len(rows))
	for _, r := range rows {
		involved = append(involved, r.ActorID)
	}
	for i := range c.Appeals {
		if a := &c.Appeals[i]; a.EndedAt == 0 {
			a.Involved = involved
		}
	}
	return nil
}

// meetAppeal lets a claim under appeal follow what its order tells: what has been paid back since it
// was closed is not claimed any more, and a chargeback freezes it. A buyer who has all of the money
// cannot appeal for it. Kinds: Invalid.
func (tx *Store) meetAppeal(ctx context.Context, by Side, ch change, policy Policy) (change, error) {
	c := ch.claim
	order, err := tx.orderHead(ctx, c.OrderNumber)
	if err != nil {
		return change{}, err
	}
	if c.OwedBack() == 0 && c.unrefundedOf(order) == 0 {
		if by == SideBuyer {
			return change{}, invalid(string(RuleAlreadyRefunded))
		}
		return ch, nil
	}
	more, amounts := c.follow(order, order, policy, tx.now)
	if err := tx.lowerLines(ctx, &more, amounts); err != nil {
		return change{}, err
	}
	ch.claim = more.claim
	ch.events, ch.notices = append(ch.events, more.events...), append(ch.notices, more.notices...)
	return ch, nil
}

// takeForAppeal takes the lines of a claim that is under appeal. Those that another claim holds by
// now stay with it: a buyer has to choose between the two, a seller does not lose its appeal by them.
// Kinds: Invalid (already_claimed).
func (tx *Store) takeForAppeal(ctx context.Context, side Side, c *Claim) error {
	for _, l := range c.Lines {
		n, err := tx.exec(ctx, "UPDATE order_lines SET open_claim_id = ? WHERE id = ? AND open_claim_id = ''", c.ID, l.OrderLineID)
		if err != nil {
			return fmt.Errorf("take lines: %w", err)
		}
		if n == 0 {
			if err := tx.takenBy(ctx, l.OrderLineID, c.ID); side == SideBuyer || CodeOf(err) != string(RuleAlreadyClaimed) {
				return err
			}
			continue
		}
		if _, err := tx.exec(ctx, "UPDATE claim_lines SET open_key = order_line_id WHERE claim_id = ? AND line_no = ?", c.ID, l.LineNumber); err != nil {
			return fmt.Errorf("take claim lines: %w", err)
		}
	}
	return nil
}

// payAnew prepares what the decision of an appeal changes of the refunds there are: less of what is
// not paid yet, the last refund first, and who bears all of it. What is paid, or on its way, stays.
// Its events go with the claim's; what it returns is written after the claim.
func (tx *Store) payAnew(ctx context.Context, ch *change, p Policy) ([]*refundWork, error) {
	var ids []string
	for _, r := range ch.claim.Refunds {
		ids = append(ids, r.ID)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	byID, err := tx.refundWorks(ctx, ids)
	if err != nil {
		return nil, err
	}
	less := ch.appeal.less
	var works []*refundWork
	for _, id := range slices.Backward(ids) {
		w := byID[id]
		if w == nil {
			return nil, errAgain
		}
		taken, err := tx.lessFor(ctx, w, less, p)
		if err != nil {
			return nil, err
		}
		less -= taken
		if taken == 0 && w.row.BorneBy == ch.appeal.bearer {
			continue
		}
		w.row.BorneBy = ch.appeal.bearer
		w.row.Status = statusOf(slices.Concat(w.legs, w.fresh))
		if w.row.Status == RefundDone && w.row.DoneAt == 0 {
			w.row.DoneAt = tx.now
		}
		ch.events = append(ch.events, w.ch.events...)
		w.ch.events = nil
		works = append(works, w)
	}
	return works, nil
}

// lessFor takes up to a sum off a refund's legs that can be stopped, and off what its lines owe.
func (tx *Store) lessFor(ctx context.Context, w *refundWork, sum int64, p Policy) (int64, error) {
	if sum == 0 {
		return 0, nil
	}
	if w.row.Mismatches == 0 {
		for i := range w.legs {
			w.legs[i].hold() // as lessOf wants them; those that are not cut go on as they were
		}
	}
	cuts, uncut := lessOf(sum, "", w.legs)
	taken := sum - uncut
	data := map[string]any{"refund": w.row.ID, "less": taken, "currency": w.row.Currency}
	if taken > 0 {
		if err := tx.recut(ctx, w, cuts, "", p, data); err != nil {
			return 0, err
		}
	}
	if w.row.Mismatches == 0 {
		for _, legs := range [][]legRow{w.legs, w.fresh} {
			for i := range legs {
				legs[i].free(p, tx.now)
			}
		}
	}
	if taken == 0 {
		return 0, nil
	}
	w.row.Total -= taken
	if err := tx.oweLess(ctx, w, taken); err != nil {
		return 0, err
	}
	data["total"] = w.row.Total
	w.sayLegs(data)
	w.ch.events = append(w.ch.events, eventDraft{Type: "refund_reduced", Audience: ForBuyer, ByClock: true, Data: data})
	return taken, nil
}

// oweLess takes a sum off a refund's shares and the owed sums of its lines, first where it is owed still.
func (tx *Store) oweLess(ctx context.Context, w *refundWork, sum int64) error {
	rows, err := find[struct {
		LineNo int
		Owed   int64
	}](ctx, tx, "SELECT line_no, owed FROM order_lines WHERE order_id = ?", w.row.OrderID)
	if err != nil {
		return fmt.Errorf("read what lines owe: %w", err)
	}
	shares := slices.Clone(w.refund.Lines)
	for i := range shares {
		for _, r := range rows {
			if r.LineNo != shares[i].Line {
				continue
			}
			less := min(sum, shares[i].Amount, r.Owed)
			if less == 0 {
				continue
			}
			n, err := tx.exec(ctx, "UPDATE order_lines SET owed = owed - ? WHERE order_id = ? AND line_no = ? AND owed >= ?", less, w.row.OrderID, r.LineNo, less)
			if err != nil {
				return fmt.Errorf("owe less: %w", err)
			}
			if n == 0 {
				return errAgain
			}
			shares[i].Amount -= less
			sum -= less
		}
	}
	w.refund.Lines = lessShares(shares, 0, sum)
	return w.row.keepShares(w.refund.Lines)
}

// enterAppeal writes what the decision of an appeal makes of the seller's statement: who bears all
// that goes back, what is paid already among it, and whether it counts.
func (tx *Store) enterAppeal(ctx context.Context, c Claim, works []*refundWork, o *owed) error {
	var back int64
	for _, r := range c.Refunds {
		total := r.Total
		for _, w := range works {
			if w.row.ID == r.ID {
				total = w.row.Total
			}
		}
		back += total
	}
	if o != nil {
		back += o.row.Total
	}
	d := *c.Decision
	return tx.writeEntries(ctx, c, causeAppeal, func(to *outcome) {
		*to = outcome{decided: true, counts: d.CountsAgainstSeller}
		to.back(d.BorneBy, back)
	})
}

// begun reports whether an appeal begins between two states of a claim; one that joins does not.
func begun(before, after Claim) bool {
	return before.OpenAppeal() == nil && after.OpenAppeal() != nil
}
