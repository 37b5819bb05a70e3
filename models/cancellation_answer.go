package models

import (
	"context"
	"fmt"

	"hosho/models/health"
)

// AnswerCancellation is what a buyer says of a line that its seller cancelled.
type AnswerCancellation struct {
	OrderNumber string        `json:"-"`
	Line        int           `json:"-"`
	Answer      health.Answer `json:"answer" validate:"required,oneof=i_asked told_out_of_stock asked_to_cancel do_not_know"`
}

// Cancellation is what is known of a line that its seller cancelled. The order's buyer, staff
// and the integration read it. Kinds: NotFound where there is none, Forbidden for sellers.
func (s *Store) Cancellation(ctx context.Context, by Actor, order string, line int) (Cancellation, error) {
	o, side, l, err := s.lineFor(ctx, by, order, line)
	if err != nil {
		return Cancellation{}, err
	}
	if side == SideSeller {
		return Cancellation{}, forbidden()
	}
	_, c, err := s.cancellationOf(ctx, o, l)
	return c, err
}

func (s *Store) cancellationOf(ctx context.Context, o Order, l OrderLine) (cancellationRow, Cancellation, error) {
	rows, err := find[cancellationRow](ctx, s, "SELECT * FROM cancellations WHERE order_line_id = ? AND undone_at IS NULL", l.ID)
	if err != nil {
		return cancellationRow{}, Cancellation{}, fmt.Errorf("read cancellation: %w", err)
	}
	if len(rows) == 0 {
		return cancellationRow{}, Cancellation{}, notFound()
	}
	now, err := s.Now(ctx)
	if err != nil {
		return cancellationRow{}, Cancellation{}, err
	}
	policy, err := s.Policy(ctx, now)
	if err != nil {
		return cancellationRow{}, Cancellation{}, err
	}
	return rows[0], rows[0].cancellation(o.Number, l.Number, policy), nil
}

// AnswerCancellation takes the buyer's word on why a line was cancelled, and finds the cause
// anew. The answer can be changed for 7 days from the first one; the first can be given for
// 90 days from the cancellation, as long as it counts. The order's buyer may. Kinds: NotFound,
// Forbidden, Conflict (not_allowed_now where its seller did not cancel the line, answer_closed
// once the time is over), Invalid.
func (s *Store) AnswerCancellation(ctx context.Context, by Actor, in AnswerCancellation) (Cancellation, error) {
	var c Cancellation
	err := s.inTx(ctx, func(tx *Store) error {
		order, side, line, err := tx.lineFor(ctx, by, in.OrderNumber, in.Line)
		if err != nil {
			return err
		}
		if side != SideBuyer {
			return forbidden()
		}
		row, known, err := tx.cancellationOf(ctx, order, line)
		switch {
		case KindOf(err) == NotFound:
			return notAllowedNow(nil)
		case err != nil:
			return err
		case !known.Answerable(tx.now):
			return (&Error{Kind: Conflict, Code: "answer_closed"}).With("until", known.AnswerUntil)
		}
		if err := check(in); err != nil {
			return err
		}
		next := row
		next.Answer = &in.Answer
		if row.AnsweredAt == 0 {
			next.AnsweredAt = tx.now
		}
		if orEmpty(row.Answer) != in.Answer {
			next.Version, next.ChangedAt = row.Version+1, tx.now
		}
		next = next.found()
		if err := tx.writeCancellation(ctx, by, row, next, ""); err != nil {
			return err
		}
		if err := tx.recountOrder(ctx, order.ID); err != nil {
			return err
		}
		if next.Version != row.Version && next.Finding.Counts() {
			if err := tx.followSeller(ctx, next.SellerID); err != nil {
				return err
			}
		}
		_, c, err = tx.cancellationOf(ctx, order, line)
		return err
	})
	return c, err
}
