package models

import (
	"context"
	"fmt"
	"slices"
)

// MismatchDecision is what a member of staff says of a payment that fits no leg.
type MismatchDecision struct {
	Version *int64         `json:"version"` // the refund's, as it was read
	Choice  MismatchChoice `json:"choice" validate:"required,oneof=count release"`
	Reason  string         `json:"reason" validate:"required,visible,max=1000,clean"`
}

// DecideMismatch says whether a payment was the refund's own or something else. As its own it counts:
// legs it was of are closed, and what is left of them is paid by new legs. As something else the legs
// go on, less what would then come back beyond what was paid. From the amount on that needs a second
// person, the first only proposes it, of the refund as it stands. Kinds: NotFound, Forbidden (not
// staff, or the one who proposed it), Conflict (mismatch_decided, stale_version), Invalid.
func (s *Store) DecideMismatch(ctx context.Context, by Actor, refundID, mismatchID string, in MismatchDecision) (RefundView, error) {
	err := s.inTx(ctx, func(tx *Store) error {
		v, err := tx.RefundByID(ctx, by, refundID)
		if err != nil {
			return err
		}
		rows, err := find[mismatchRow](ctx, tx, "SELECT * FROM refund_mismatches WHERE id = ? AND refund_id = ?", mismatchID, refundID)
		if err != nil {
			return fmt.Errorf("read mismatch: %w", err)
		}
		switch {
		case len(rows) == 0:
			return notFound()
		case v.Side != SideStaff:
			return forbidden()
		case rows[0].State != mismatchOpen:
			return &Error{Kind: Conflict, Code: "mismatch_decided"}
		case in.Version != nil && *in.Version != v.Version:
			return stale(v.Version)
		}
		if err := check(&in); err != nil {
			return err
		}
		err = tx.changeRefund(ctx, by, refundID, func(w *refundWork) error {
			if w.row.Version != v.Version {
				return errAgain
			}
			return tx.decideMismatch(ctx, by, w, rows[0], in, v.Policy)
		})
		if err != nil || v.ClaimNumber != "" { // what is about a claim stands in its chain
			return err
		}
		return tx.audit(ctx, by, act{AuditMismatchDecided, OnRefund, refundID, map[string]any{"mismatch": mismatchID}})
	})
	if err != nil {
		return RefundView{}, err
	}
	return s.RefundByID(ctx, by, refundID)
}

func (tx *Store) decideMismatch(ctx context.Context, by Actor, w *refundWork, m mismatchRow, in MismatchDecision, p Policy) error {
	said := map[string]any{"refund": w.row.ID, "mismatch": m.ID, "choice": string(in.Choice)}
	words := map[string]string{"reason": text(in.Reason)}
	reason, choice := text(in.Reason), string(in.Choice)
	if p.NeedsApproval(max(m.Amount, askedOf(m.LegID, w.legs)), w.row.Currency) {
		proposed := m.mismatch(w.row.Version)
		switch {
		case proposed.Choice != in.Choice:
			w.ch.recordFor(ForStaff, "refund_mismatch_proposed", said, words)
			_, err := tx.exec(ctx, "UPDATE refund_mismatches SET choice = ?, reason = ?, proposed_by = ?, proposed_version = ?, version = version + 1 WHERE id = ? AND version = ?",
				choice, reason, by.AccountID, w.row.Version+1, m.ID, m.Version)
			return err
		case proposed.ProposedBy == by.AccountID:
			return forbidden()
		}
	}
	w.ch.recordFor(ForStaff, "refund_mismatch_decided", said, words)
	m.Choice, m.Reason, m.DecidedBy = &choice, &reason, &by.AccountID
	if in.Choice == MismatchCount {
		return tx.countMismatch(ctx, w, m, p)
	}
	return tx.releaseMismatch(ctx, w, m, p)
}

// askedOf is what of a refund a payment may have been of.
func askedOf(named string, legs []legRow) (sum int64) {
	for _, l := range legs {
		if l.mayBe(named) {
			sum += l.Amount
		}
	}
	return sum
}

// uncounted is how much of a payment has not been counted as a refund's yet.
func (tx *Store) uncounted(ctx context.Context, m mismatchRow) (int64, error) {
	if m.Source != MismatchByOrder {
		return m.Amount, nil
	}
	rows, err := find[struct{ Counted int64 }](ctx, tx, "SELECT counted FROM order_refunds WHERE order_id = ? AND reference = ?", m.OrderID, m.Reference)
	if err != nil {
		return 0, fmt.Errorf("read reported refund: %w", err)
	}
	if len(rows) == 0 {
		return m.Amount, nil
	}
	return m.Amount - rows[0].Counted, nil
}

func (tx *Store) countMismatch(ctx context.Context, w *refundWork, m mismatchRow, p Policy) error {
	left, err := tx.uncounted(ctx, m)
	if err != nil {
		return err
	}
	cuts, surplus := countOf(left, m.LegID, m.Tender, w.legs)
	m.State, m.Counted = mismatchCounted, left-surplus
	data := map[string]any{
		"refund": w.row.ID, "mismatch": m.ID, "reference": m.Reference, "amount": m.Amount, "counted": m.Counted, "currency": w.row.Currency,
	}
	if err := tx.recut(ctx, w, cuts, m.Reference, p, data); err != nil {
		return err
	}
	first := ""
	if len(w.fresh) > 0 {
		first = w.fresh[0].ID
	}
	if err := tx.linkPayment(ctx, m, first); err != nil {
		return err
	}
	line, err := tx.lineOwed(ctx, m)
	if err != nil {
		return err
	}
	back, _ := lessOwed(max(0, m.Taken-m.Counted), line.room(), 0, 0)
	if err := tx.oweAgain(ctx, line, back); err != nil {
		return err
	}
	if err := tx.trim(ctx, w, m.ID, p); err != nil {
		return err
	}
	if err := tx.endMismatch(ctx, w, m); err != nil {
		return err
	}
	w.sayLegs(data)
	w.ch.recordFor(ForBuyer, "refund_counted", data, nil)
	return nil
}

func (tx *Store) releaseMismatch(ctx context.Context, w *refundWork, m mismatchRow, p Policy) error {
	line, err := tx.lineOwed(ctx, m)
	if err != nil {
		return err
	}
	over, err := tx.orderOver(ctx, w)
	if err != nil {
		return err
	}
	others, err := tx.othersOf(ctx, m)
	if err != nil {
		return err
	}
	left, err := tx.uncounted(ctx, m)
	if err != nil {
		return err
	}
	taken := min(m.Taken, max(0, left)) // what another refund has counted as its own is accounted for
	back, less := lessOwed(taken, line.room(), over, min(left, others.take))
	if err := tx.oweAgain(ctx, line, back); err != nil {
		return err
	}
	cuts, uncut := lessOf(less, m.Tender, w.legs)
	less -= uncut
	if err := tx.leaveTo(ctx, others, max(0, taken-back-less)); err != nil {
		return err
	}
	m.State = mismatchReleased
	data := map[string]any{"refund": w.row.ID, "mismatch": m.ID, "reference": m.Reference, "amount": m.Amount, "less": less, "currency": w.row.Currency}
	if err := tx.recut(ctx, w, cuts, "", p, data); err != nil {
		return err
	}
	if err := tx.payLess(ctx, w, m.LineNo, less, data); err != nil {
		return err
	}
	if err := tx.endMismatch(ctx, w, m); err != nil {
		return err
	}
	w.sayLegs(data)
	w.ch.recordFor(ForBuyer, "refund_released", data, nil)
	return nil
}

// otherRefunds are those whose open mismatch is about the same payment.
type otherRefunds struct {
	take      int64 // how much of it they can still count as theirs
	refunds   []refundRow
	mismatch  string // the oldest
	ofVersion int64
}

func (tx *Store) othersOf(ctx context.Context, m mismatchRow) (otherRefunds, error) {
	var o otherRefunds
	rows, err := find[mismatchRow](ctx, tx, "SELECT * FROM refund_mismatches WHERE order_id = ? AND reference = ? AND source = ? AND state = ? AND refund_id <> ? ORDER BY opened_at, id",
		m.OrderID, m.Reference, m.Source, mismatchOpen, m.RefundID)
	if err != nil {
		return o, fmt.Errorf("read other mismatches: %w", err)
	}
	if len(rows) == 0 {
		return o, nil
	}
	o.mismatch, o.ofVersion = rows[0].ID, rows[0].Version
	ids := make([]string, 0, len(rows))
	for _, r := range rows {
		ids = append(ids, r.RefundID)
	}
	if o.refunds, err = find[refundRow](ctx, tx, "SELECT * FROM refunds WHERE id IN ?", ids); err != nil {
		return o, fmt.Errorf("read other refunds: %w", err)
	}
	legs, err := find[legRow](ctx, tx, "SELECT * FROM refund_legs WHERE refund_id IN ?", ids)
	if err != nil {
		return o, fmt.Errorf("read other legs: %w", err)
	}
	o.take = min(m.Amount, askedOf("", legs))
	return o, nil
}

// leaveTo leaves to the others what a payment took off the line and is not this refund's. What they
// can take was read as they stood, so they move on: whoever changes one meanwhile meets the other.
func (tx *Store) leaveTo(ctx context.Context, o otherRefunds, taken int64) error {
	for _, r := range o.refunds {
		n, err := tx.exec(ctx, "UPDATE refunds SET version = version + 1 WHERE id = ? AND version = ?", r.ID, r.Version)
		if err != nil {
			return fmt.Errorf("move other refund: %w", err)
		}
		if n == 0 {
			return errAgain
		}
	}
	if taken == 0 || o.mismatch == "" {
		return nil
	}
	n, err := tx.exec(ctx, "UPDATE refund_mismatches SET taken = taken + ?, version = version + 1 WHERE id = ? AND version = ?", taken, o.mismatch, o.ofVersion)
	if err != nil {
		return fmt.Errorf("leave to the other: %w", err)
	}
	if n == 0 {
		return errAgain
	}
	return nil
}

// sayLegs says which legs there are to be paid now.
func (w *refundWork) sayLegs(data map[string]any) {
	list := []map[string]any{}
	for _, l := range slices.Concat(w.legs, w.fresh) {
		if l.Status.open() {
			list = append(list, map[string]any{"leg": l.ID, "kind": string(l.Kind), "tender": string(l.Tender), "to": string(l.Destination), "amount": l.Amount, "status": string(l.Status)})
		}
	}
	data["legs"] = list
}

// recut closes legs and puts others in their place, what of them counts as paid and what is still to
// be paid: a payment system that knows a leg never meets it again with another sum.
func (tx *Store) recut(ctx context.Context, w *refundWork, cuts []legCut, reference string, p Policy, data map[string]any) error {
	cancelled := []string{}
	counts, err := find[struct{ N int }](ctx, tx, "SELECT COUNT(*) AS n FROM refund_legs WHERE order_id = ?", w.row.OrderID)
	if err != nil {
		return fmt.Errorf("count legs: %w", err)
	}
	seq := counts[0].N
	var rests []legRow
	for _, cut := range cuts {
		l, err := w.leg(w.legs[cut.leg].ID)
		if err != nil {
			return err
		}
		old := *l
		l.Status, l.HeldFrom, l.CountedAs, l.Account, l.RetryBy = LegCancelled, nil, orNil(reference), nil, nil
		cancelled = append(cancelled, l.ID)
		if cut.paid > 0 {
			paid := old
			paid.ID, paid.Amount, paid.Status, paid.Reference, paid.CountedAs = newID(), cut.paid, LegDone, &reference, &reference
			paid.Account, paid.HeldFrom, paid.Failure, paid.RetryBy, paid.DoneAt = nil, nil, nil, nil, tx.now
			w.fresh = append(w.fresh, paid)
		}
		if cut.rest > 0 {
			rest, err := tx.restOf(old, cut.rest, p)
			if err != nil {
				return err
			}
			rests = append(rests, rest)
		}
	}
	w.fresh = append(w.fresh, rests...)
	for i := range w.fresh {
		seq++
		w.fresh[i].OrderSeq, w.fresh[i].ChangedAt, w.fresh[i].Version = seq, tx.now, 1
	}
	data["cancelled"] = cancelled
	return nil
}

// restOf is a new leg for what is left of one, held as that was: it goes on when the refund does.
func (tx *Store) restOf(old legRow, amount int64, p Policy) (legRow, error) {
	l := old
	l.ID, l.Amount, l.Status, l.Reference, l.SentAt, l.DoneAt = newID(), amount, LegHeld, nil, 0, 0
	l.DueAt = tx.now.Add(p.RefundTimeOf(l.Tender, l.Destination).Ours.longest())
	if l.HeldFrom == nil {
		l.HeldFrom = orNil(string(LegPending)) // it was sent, or done
	}
	if old.Account != nil {
		plain, err := tx.unseal(accountPurpose, old.ID, *old.Account)
		if err != nil {
			return legRow{}, fmt.Errorf("open bank account: %w", err)
		}
		sealed, err := tx.seal(accountPurpose, l.ID, plain)
		if err != nil {
			return legRow{}, err
		}
		l.Account = &sealed
	}
	return l, nil
}

type owedLine struct {
	ID       string
	Total    int64
	Refunded int64
	Owed     int64
}

func (l owedLine) room() int64 { return l.Total - l.Refunded - l.Owed }

func (tx *Store) lineOwed(ctx context.Context, m mismatchRow) (owedLine, error) {
	rows, err := find[owedLine](ctx, tx, "SELECT id, total, refunded, owed FROM order_lines WHERE order_id = ? AND line_no = ?", m.OrderID, m.LineNo)
	if err != nil {
		return owedLine{}, fmt.Errorf("read line: %w", err)
	}
	if len(rows) == 0 {
		return owedLine{}, nil
	}
	return rows[0], nil
}

// oweAgain gives a line's owed sum back what a payment had taken off it.
func (tx *Store) oweAgain(ctx context.Context, l owedLine, back int64) error {
	if back == 0 {
		return nil
	}
	n, err := tx.exec(ctx, "UPDATE order_lines SET owed = owed + ? WHERE id = ? AND owed = ? AND refunded + owed + ? <= total", back, l.ID, l.Owed, back)
	if err != nil {
		return fmt.Errorf("owe again: %w", err)
	}
	if n == 0 {
		return errAgain
	}
	return nil
}
