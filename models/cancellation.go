package models

import (
	"context"
	"fmt"
	"slices"

	"hosho/models/health"
)

// Cancellation is a line that its seller cancelled, with what is known of the cause
// (PRODUCT.md §8.1): the reason the seller stated, the buyer's answer and the finding.
type Cancellation struct {
	OrderNumber string
	Line        int
	At          Instant
	Stated      health.Stated
	Answer      health.Answer // "" before the buyer has answered
	AnsweredAt  Instant       // the first time
	AnswerUntil Instant       // exclusive: until when the buyer can answer, or change the answer
	Finding     health.Finding
	Basis       health.Basis
}

// Answerable reports whether the buyer can answer, or change the answer, at that time.
func (c Cancellation) Answerable(now Instant) bool { return now < c.AnswerUntil }

// CancellationAnswers are what a buyer can say of a cancellation, in the order they are asked.
var CancellationAnswers = []health.Answer{health.AnswerIAsked, health.AnswerToldOut, health.AnswerAskedToCancel, health.AnswerDoNotKnow}

type cancellationRow struct {
	OrderLineID string
	OrderID     string
	SellerID    string
	PlacedAt    Instant
	CancelledAt Instant
	Stated      health.Stated
	Answer      *health.Answer
	AnsweredAt  Instant
	ChangedAt   Instant
	Finding     health.Finding
	Basis       health.Basis
	UndoneAt    Instant
	Version     int
	Sku         string
	OffSale     bool
	OnSale      bool
	Dearer      bool
}

func (cancellationRow) TableName() string { return "cancellations" }

// cancellationVersionRow is a version of a cancellation; all of them are kept.
type cancellationVersionRow struct {
	OrderLineID string
	Version     int
	At          Instant
	ByRole      string
	ByID        string
	Stated      health.Stated
	Answer      *health.Answer
	Finding     health.Finding
	Basis       health.Basis
	UndoneAt    Instant
	OffSale     bool
	OnSale      bool
	Dearer      bool
	Reason      *string // of a member of staff who overruled the finding
}

func (cancellationVersionRow) TableName() string { return "cancellation_versions" }

// counts reports whether it counts against the seller.
func (r cancellationRow) counts() bool { return r.UndoneAt == 0 && r.Finding.Counts() }

// found is the row with the finding that its facts give. A finding of staff stands.
func (r cancellationRow) found() cancellationRow {
	if r.Basis != health.ByStaff {
		r.Finding, r.Basis = health.Find(r.Stated, orEmpty(r.Answer), r.seen().After())
	}
	return r
}

func (r cancellationRow) cancellation(order string, line int, p Policy) Cancellation {
	c := Cancellation{
		OrderNumber: order, Line: line, At: r.CancelledAt, Stated: r.Stated, Answer: orEmpty(r.Answer), AnsweredAt: r.AnsweredAt, Finding: r.Finding, Basis: r.Basis,
		AnswerUntil: r.CancelledAt.Add(days(p.CancellationAnswerDays)),
	}
	if r.AnsweredAt != 0 {
		c.AnswerUntil = r.AnsweredAt.Add(days(p.CancellationChangeDays))
	}
	return c
}

// cancelledBySeller reports whether the line is one that its seller cancelled.
func (l lineRow) cancelledBySeller() bool { return l.Status == Cancelled && l.CancelledBy == "seller" }

func (l OrderLine) cancelledBySeller() bool {
	return l.Status == Cancelled && l.CancelledBy == "seller"
}

// follow is a cancellation as an order update leaves it: begun, told with another reason, taken
// back, or taken up again. It is pure; the row keeps its version where nothing has changed.
func (r cancellationRow) follow(l lineRow, gone bool, now Instant) cancellationRow {
	next := r
	if gone || !l.cancelledBySeller() {
		if r.Version > 0 && r.UndoneAt == 0 {
			next.UndoneAt = now
		}
	} else {
		next.OrderLineID, next.OrderID, next.SellerID, next.PlacedAt, next.CancelledAt, next.UndoneAt, next.Sku = l.ID, l.OrderID, l.SellerID, l.PlacedAt, l.CancelledAt, 0, l.Sku
		if next.otherListing(r) {
			next.OffSale, next.OnSale, next.Dearer = false, false, false
		}
		if next.anotherTime(r) {
			next.Answer, next.AnsweredAt, next.Basis = nil, 0, health.ByStated
		}
		if next.Stated = health.Stated(l.CancelReason); next.Stated == "" {
			next.Stated = health.StatedOther
		}
		next = next.found()
	}
	if next != r {
		next.Version, next.ChangedAt = r.Version+1, now
	}
	return next
}

// otherListing reports whether what was seen of the listing before is no word on this: another
// SKU, another seller or another time.
func (r cancellationRow) otherListing(before cancellationRow) bool {
	return r.UndoneAt == 0 && (before.Version == 0 || before.UndoneAt != 0 || r.SellerID != before.SellerID || r.Sku != before.Sku || r.CancelledAt != before.CancelledAt)
}

// anotherTime reports whether the one before was taken back and this is another, at its own time:
// what the buyer said and staff found was of the other. Told again as it was, it is the same one.
func (r cancellationRow) anotherTime(before cancellationRow) bool {
	return before.Version > 0 && before.UndoneAt != 0 && r.UndoneAt == 0 && (r.CancelledAt != before.CancelledAt || r.SellerID != before.SellerID)
}

// followCancellations notes what an order update tells of cancellations by sellers, and of which
// sellers more counts now.
func (tx *Store) followCancellations(ctx context.Context, old Order, rows orderRows) (counting []string, err error) {
	lines, gone := map[string]lineRow{}, map[string]bool{}
	var ids []string
	for _, l := range rows.lines {
		before, exists := old.Line(l.LineNo)
		if l.cancelledBySeller() || exists && before.cancelledBySeller() {
			lines[l.ID] = l
			ids = append(ids, l.ID)
		}
	}
	for _, l := range old.Lines {
		if l.cancelledBySeller() && slices.Contains(rows.gone, l.ID) {
			gone[l.ID] = true
			ids = append(ids, l.ID)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	stored := map[string]cancellationRow{}
	if old.ID != "" {
		list, err := find[cancellationRow](ctx, tx, "SELECT * FROM cancellations WHERE order_line_id IN ?", ids)
		if err != nil {
			return nil, fmt.Errorf("read cancellations: %w", err)
		}
		for _, r := range list {
			stored[r.OrderLineID] = r
		}
	}
	policy, err := tx.Policy(ctx, tx.now)
	if err != nil {
		return nil, err
	}
	var ask []lineRow
	for _, id := range ids {
		before := stored[id]
		next := before.follow(lines[id], gone[id], tx.now)
		if next.Version != before.Version && next.otherListing(before) {
			seen, err := tx.seenOf(ctx, lines[id], rows.order.Currency)
			if err != nil {
				return nil, err
			}
			next = next.saw(seen)
		}
		if err := tx.writeCancellation(ctx, Actor{Role: RoleIntegration}, before, next, ""); err != nil {
			return nil, err
		}
		if next.asks(before, policy, tx.now) {
			ask = append(ask, lines[id])
		}
		if next.Version != before.Version && next.UndoneAt == 0 && next.Finding.Counts() {
			counting = append(counting, next.SellerID)
		}
	}
	slices.Sort(counting)
	return slices.Compact(counting), tx.askBuyer(ctx, rows.order, ask)
}

// writeCancellation stores a version of a cancellation over the one that was read. reason is a
// member of staff's, "" of others.
func (tx *Store) writeCancellation(ctx context.Context, by Actor, before, next cancellationRow, reason string) error {
	if next.Version == before.Version {
		return nil
	}
	if before.Version == 0 {
		if err := tx.insert(ctx, &next); err != nil {
			if isDuplicate(err) {
				return errAgain
			}
			return fmt.Errorf("insert cancellation: %w", err)
		}
	} else {
		n, err := tx.exec(ctx, `UPDATE cancellations SET seller_id = ?, placed_at = ?, cancelled_at = ?, stated = ?, answer = ?, answered_at = ?, changed_at = ?, finding = ?, basis = ?, undone_at = ?, version = ?,
			sku = ?, off_sale = ?, on_sale = ?, dearer = ? WHERE order_line_id = ? AND version = ?`, next.SellerID, next.PlacedAt, next.CancelledAt, next.Stated, next.Answer, next.AnsweredAt, next.ChangedAt, next.Finding, next.Basis, next.UndoneAt, next.Version,
			next.Sku, next.OffSale, next.OnSale, next.Dearer, next.OrderLineID, before.Version)
		if err != nil {
			return fmt.Errorf("update cancellation: %w", err)
		}
		if n == 0 {
			return errAgain
		}
	}
	err := tx.insert(ctx, &cancellationVersionRow{
		OrderLineID: next.OrderLineID, Version: next.Version, At: tx.now, ByRole: string(by.Role), ByID: by.AccountID, Stated: next.Stated, Answer: next.Answer,
		Finding: next.Finding, Basis: next.Basis, UndoneAt: next.UndoneAt, OffSale: next.OffSale, OnSale: next.OnSale, Dearer: next.Dearer, Reason: orNil(reason),
	})
	if err != nil {
		return fmt.Errorf("insert cancellation version: %w", err)
	}
	return nil
}
