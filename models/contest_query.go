package models

import (
	"context"
	"fmt"
	"math"

	"hosho/models/health"
)

// countedSide says on which side of a seller's counted orders the actor stands: its members and
// whoever sees all cases. Kinds: NotFound for everyone else, and for a seller that is not there.
func (s *Store) countedSide(ctx context.Context, by Actor, seller string) (Seller, Side, error) {
	side := by.sideOf("", seller)
	if side != SideSeller && side != SideStaff && side != SideObserver {
		return Seller{}, "", notFound()
	}
	got, err := s.SellerByID(ctx, seller)
	return got, side, err
}

// count sets what the order weighs and until when.
func (o *CountedOrder) count(c health.Count, r health.Rules) {
	o.id, o.Counts, o.Points, o.At = c.Order, true, r.Points(c), InstantOf(c.At)
	o.LeavesAt = o.At.Add(r.PointsLife)
}

// CountedOrder is an order with lines that a seller cancelled, with the cause of each and how it
// was found. The members of the seller, staff and admins may. Kinds: NotFound, also where the seller cancelled nothing.
func (s *Store) CountedOrder(ctx context.Context, by Actor, seller, number string) (CountedOrder, Side, error) {
	who, side, err := s.countedSide(ctx, by, seller)
	if err != nil {
		return CountedOrder{}, "", err
	}
	order, err := s.orderHead(ctx, number)
	if err != nil {
		return CountedOrder{}, "", err
	}
	rows, err := s.cancellationsIn(ctx, order.ID, seller)
	if err != nil {
		return CountedOrder{}, "", err
	}
	if len(rows) == 0 {
		return CountedOrder{}, "", notFound()
	}
	now, err := s.Now(ctx)
	if err != nil {
		return CountedOrder{}, "", err
	}
	policy, err := s.Policy(ctx, now)
	if err != nil {
		return CountedOrder{}, "", err
	}
	o := CountedOrder{OrderNumber: number, SellerID: seller, SellerName: who.Name, PlacedAt: order.PlacedAt, id: order.ID}
	if o.Party, err = s.partyTo(ctx, by, seller); err != nil {
		return CountedOrder{}, "", err
	}
	o.Party = o.Party || by.sideOf(order.BuyerEmail, seller) == SideBuyer
	var since Instant
	for _, r := range rows {
		o.At = max(o.At, r.CancelledAt)
		if since == 0 || r.CancelledAt < since {
			since = r.CancelledAt
		}
		line := CountedLine{CancelledAt: r.CancelledAt, SKU: r.Sku, Stated: r.Stated, Finding: r.Finding, Basis: r.Basis, Dearer: r.Dearer}
		for _, l := range order.Lines {
			if l.ID == r.OrderLineID {
				line.Line, line.Title = l.Number, l.Title
			}
		}
		o.Lines = append(o.Lines, line)
		o.Version += int64(r.Version)
	}
	o.LeavesAt = o.At.Add(policy.Health.PointsLife)
	counts, err := s.countsOf(ctx, seller, max(since-1, now.Add(-policy.Health.PointsLife)))
	if err != nil {
		return CountedOrder{}, "", err
	}
	for _, c := range counts {
		if c.Order == order.ID {
			o.count(c, policy.Health)
		}
	}
	if err := s.contestsOf(ctx, &o); err != nil {
		return CountedOrder{}, "", err
	}
	return o, side, nil
}

// cancellationsIn are the cancellations of a seller in an order that stand, by line.
func (s *Store) cancellationsIn(ctx context.Context, order, seller string) ([]cancellationRow, error) {
	rows, err := find[cancellationRow](ctx, s, `SELECT c.* FROM order_lines l JOIN cancellations c ON c.order_line_id = l.id
		WHERE l.order_id = ? AND c.seller_id = ? AND c.undone_at IS NULL ORDER BY l.line_no`, order, seller)
	if err != nil {
		return nil, fmt.Errorf("read cancellations of an order: %w", err)
	}
	return rows, nil
}

// contestsOf reads what its seller said against the order being counted, with the files, and
// whether another cause was found since.
func (s *Store) contestsOf(ctx context.Context, o *CountedOrder) error {
	rows, err := find[contestRow](ctx, s, "SELECT * FROM contests WHERE seller_id = ? AND order_id = ? ORDER BY contest_no DESC", o.SellerID, o.id)
	if err != nil {
		return fmt.Errorf("read contests: %w", err)
	}
	for n, r := range rows {
		k := r.contest()
		if k.Evidence, err = s.evidenceOf(ctx, r.ID); err != nil {
			return err
		}
		if o.Version += k.version; n == 0 {
			o.Contest = &k
		} else {
			o.Earlier = append(o.Earlier, k)
		}
	}
	if o.Contest == nil || o.Contest.Status == ContestOpen {
		return nil
	}
	found, err := s.causesOf(ctx, o.id, o.SellerID)
	o.FoundAnew = found > o.Contest.causes
	return err
}

// causesOf is how many causes have been found of a seller's cancellations in an order: the first of
// each cancellation, and each other one after it.
func (s *Store) causesOf(ctx context.Context, order, seller string) (int, error) {
	rows, err := find[struct{ Causes int }](ctx, s, `SELECT COUNT(*) AS causes FROM order_lines l JOIN cancellations c ON c.order_line_id = l.id JOIN cancellation_versions v ON v.order_line_id = l.id
		LEFT JOIN cancellation_versions b ON b.order_line_id = v.order_line_id AND b.version = v.version - 1
		WHERE l.order_id = ? AND c.seller_id = ? AND v.undone_at IS NULL AND (b.version IS NULL OR b.undone_at IS NOT NULL OR b.finding <> v.finding)`, order, seller)
	if err != nil {
		return 0, fmt.Errorf("count causes: %w", err)
	}
	return rows[0].Causes, nil
}

// DeskContest is a contest that waits for staff.
type DeskContest struct {
	OrderNumber string
	SellerID    string
	SellerName  string
	At          Instant
	DueAt       Instant
	Reason      string
}

// ContestFilter says which contests are listed.
type ContestFilter struct {
	Page
	Overdue bool // only those that should have been decided by now
}

// stillCancelled says of a contest k that a cancellation it is about stands: there is nothing to
// decide of an order that has been taken back.
const stillCancelled = " EXISTS (SELECT 1 FROM order_lines l JOIN cancellations c ON c.order_line_id = l.id WHERE l.order_id = k.order_id AND c.seller_id = k.seller_id AND c.undone_at IS NULL) "

// ContestDesk lists the contests that wait for a decision, the first due first. Staff and admins
// may. Kinds: Forbidden, Invalid for a cursor that is not ours.
func (s *Store) ContestDesk(ctx context.Context, by Actor, f ContestFilter) (items []DeskContest, next string, err error) {
	if !by.SeesAllCases() {
		return nil, "", forbidden()
	}
	at, id, err := readAscending(f.Cursor)
	if err != nil {
		return nil, "", err
	}
	until := Instant(math.MaxInt64)
	if f.Overdue {
		if until, err = s.Now(ctx); err != nil {
			return nil, "", err
		}
	}
	limit := f.size() + 1
	rows, err := find[struct {
		Row         contestRow `gorm:"embedded"`
		OrderNumber string
		SellerName  string
	}](ctx, s, `SELECT k.*, o.number AS order_number, s.name AS seller_name FROM contests k JOIN orders o ON o.id = k.order_id JOIN sellers s ON s.id = k.seller_id
		WHERE k.status = ? AND k.due_at >= ? AND k.due_at <= ? AND (k.due_at > ? OR k.id > ?) AND`+stillCancelled+`ORDER BY k.due_at, k.id LIMIT ?`, ContestOpen, at, until, at, id, limit)
	if err != nil {
		return nil, "", fmt.Errorf("list contests: %w", err)
	}
	if len(rows) == limit {
		rows = rows[:limit-1]
		next = writeCursor(rows[limit-2].Row.DueAt, rows[limit-2].Row.ID)
	}
	for _, r := range rows {
		items = append(items, DeskContest{r.OrderNumber, r.Row.SellerID, r.SellerName, r.Row.ContestedAt, r.Row.DueAt, r.Row.Reason})
	}
	return items, next, nil
}
