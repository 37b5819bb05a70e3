package models

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
)

// sellerTally is what a transaction has to write of sellers' orders: rows that are new, and what
// is to be added to the sums of days. One statement each writes it, however many orders it tells of.
type sellerTally struct {
	fresh []sellerOrderRow
	days  map[sellerDay]orderSums
}

type sellerDay struct {
	seller string
	day    int64
}

// add takes a row as it was (nil for one that is new) and as it is (nil for one that goes) into the sums.
func (t *sellerTally) add(was, is *sellerOrderRow) {
	if t.days == nil {
		t.days = map[sellerDay]orderSums{}
	}
	if was != nil {
		d := sellerDay{was.SellerID, was.Day}
		t.days[d] = t.days[d].plus(was.numbers(), -1)
	}
	if is != nil {
		d := sellerDay{is.SellerID, is.Day}
		t.days[d] = t.days[d].plus(is.numbers(), 1)
	}
}

// insert takes a row that is new.
func (t *sellerTally) insert(r sellerOrderRow) {
	t.fresh = append(t.fresh, r)
	t.add(nil, &r)
}

// writeTally writes it, and leaves it empty.
func (tx *Store) writeTally(ctx context.Context, t *sellerTally) error {
	if err := tx.insert(ctx, &t.fresh); isDuplicate(err) {
		return errAgain
	} else if err != nil {
		return fmt.Errorf("insert seller's orders: %w", err)
	}
	var rows []sellerDayRow
	for d, n := range t.days {
		if n != (orderSums{}) {
			rows = append(rows, sellerDayRow{d.seller, d.day, n})
		}
	}
	*t = sellerTally{}
	return tx.addToDays(ctx, rows)
}

// addToDays adds to the sums of days, always in one order, so that two who do so wait for each other in one.
func (tx *Store) addToDays(ctx context.Context, rows []sellerDayRow) error {
	slices.SortFunc(rows, func(a, b sellerDayRow) int {
		return cmp.Or(cmp.Compare(a.SellerID, b.SellerID), cmp.Compare(a.Day, b.Day))
	})
	if err := tx.writeRows(ctx, &rows, tx.ifThere("seller_id, day", sumColumns, true)); err != nil {
		return fmt.Errorf("add to seller's days: %w", err)
	}
	return nil
}

// sumColumns are the sums in a row of seller_days.
var sumColumns = func() (names []string) {
	for _, f := range shapeOf(sellerDayType).fields[2:] {
		names = append(names, f.column)
	}
	return names
}()

// tallyOrder notes what an order update changes of its sellers' orders. A new order's rows wait for
// the end of the batch; so do the sums of one that was shipped. Whatever else has changed is counted anew.
func (tx *Store) tallyOrder(ctx context.Context, old Order, rows orderRows, t *sellerTally) error {
	after := make([]shippedLine, 0, len(rows.lines))
	cancelled := false
	for _, l := range rows.lines {
		after = append(after, l.shipping())
		cancelled = cancelled || l.cancelledBySeller()
	}
	var before []shippedLine
	var gone []sellerOrderRow
	for _, l := range old.Lines {
		before = append(before, l.shipping())
		cancelled = cancelled || l.cancelledBySeller()
		if !slices.Contains(rows.gone, l.ID) && !slices.ContainsFunc(rows.lines, func(r lineRow) bool { return r.LineNo == l.Number }) {
			after = append(after, l.shipping())
		}
	}
	was, is := shippingMarks(before, tx.config.Zone), shippingMarks(after, tx.config.Zone)
	at := rows.order.PlacedAt
	switch {
	case old.ID == "" && !cancelled:
		for _, seller := range slices.Sorted(maps.Keys(is)) {
			t.insert(sellerOrderRow{SellerID: seller, Day: dayOf(at), PlacedAt: at, OrderID: rows.order.ID, Marks: is[seller], Version: 1})
		}
		return nil
	case !cancelled && old.PlacedAt == at && maps.Equal(was, is):
		return nil
	case !cancelled && old.PlacedAt == at && sameKeys(was, is):
		if left, err := tx.tallyShipping(ctx, old, was, is, t); !left || err != nil {
			return err
		}
	}
	for seller := range was {
		gone = append(gone, sellerOrderRow{SellerID: seller, Day: dayOf(old.PlacedAt), PlacedAt: old.PlacedAt, OrderID: old.ID})
	}
	if err := tx.writeTally(ctx, t); err != nil { // what was put before it in the batch may be of the same order
		return err
	}
	return tx.recountOrder(ctx, rows.order.ID, gone...)
}

func sameKeys[V any](a, b map[string]V) bool {
	for k := range a {
		if _, ok := b[k]; !ok {
			return false
		}
	}
	return len(a) == len(b)
}

// tallyShipping writes the marks of shipping without reading: what they were is what the lines
// were. It reports that something is left to do where the rows are not as they should be.
func (tx *Store) tallyShipping(ctx context.Context, old Order, was, is map[string]sellerMarks, t *sellerTally) (left bool, err error) {
	if len(t.fresh) > 0 {
		if err := tx.writeTally(ctx, t); err != nil {
			return false, err
		}
	}
	for seller, marks := range is {
		if was[seller] == marks {
			continue
		}
		n, err := tx.exec(ctx, "UPDATE seller_orders SET marks = marks - ? + ?, version = version + 1 WHERE seller_id = ? AND day = ? AND placed_at = ? AND order_id = ? AND marks & ? = ?",
			was[seller], marks, seller, dayOf(old.PlacedAt), old.PlacedAt, old.ID, marksOfLines, was[seller])
		if err != nil {
			return false, fmt.Errorf("update seller's order: %w", err)
		}
		if n == 0 {
			return true, nil
		}
		before := sellerOrderRow{SellerID: seller, Day: dayOf(old.PlacedAt), Marks: was[seller]}
		next := before
		next.Marks = marks
		t.add(&before, &next)
	}
	return false, nil
}

// sellerOrderOf reads the row of an order that a seller has, zero where there is none.
func (s *Store) sellerOrderOf(ctx context.Context, seller string, placed Instant, order string) (sellerOrderRow, error) {
	rows, err := find[sellerOrderRow](ctx, s, "SELECT * FROM seller_orders WHERE seller_id = ? AND day = ? AND placed_at = ? AND order_id = ?", seller, dayOf(placed), placed, order)
	if err != nil || len(rows) == 0 {
		return sellerOrderRow{}, err
	}
	return rows[0], nil
}

// moveSellerOrder writes a row over the one that was read, and takes the change into the sums.
func (tx *Store) moveSellerOrder(ctx context.Context, was, is sellerOrderRow, t *sellerTally) error {
	n, err := tx.exec(ctx, `UPDATE seller_orders SET marks = ?, contacted_at = ?, answered_at = ?, version = version + 1
		WHERE seller_id = ? AND day = ? AND placed_at = ? AND order_id = ? AND version = ?`,
		is.Marks, is.ContactedAt, is.AnsweredAt, was.SellerID, was.Day, was.PlacedAt, was.OrderID, was.Version)
	if err != nil {
		return fmt.Errorf("update seller's order: %w", err)
	}
	if n == 0 {
		return errAgain
	}
	t.add(&was, &is)
	return nil
}

// followTalk notes when a buyer first wrote to a seller of a problem with an order, and when the
// seller first wrote after that.
func (tx *Store) followTalk(ctx context.Context, order Order, seller string, contact bool) error {
	row, err := tx.sellerOrderOf(ctx, seller, order.PlacedAt, order.ID)
	if err != nil {
		return fmt.Errorf("read seller's order: %w", err)
	}
	next := row
	switch {
	case row.OrderID == "":
		return nil
	case contact && row.ContactedAt == 0:
		next.ContactedAt = tx.now
	case !contact && row.ContactedAt != 0 && row.ContactedAt < tx.now && row.AnsweredAt == 0:
		next.AnsweredAt = tx.now
	default:
		return nil
	}
	var t sellerTally
	if err := tx.moveSellerOrder(ctx, row, next, &t); err != nil {
		return err
	}
	return tx.writeTally(ctx, &t)
}

// followDefect notes that a claim counts against its seller, or does so no more.
func (tx *Store) followDefect(ctx context.Context, c Claim, counts bool) error {
	if !counts { // another claim about the order may
		return tx.recountOrder(ctx, c.OrderID)
	}
	// Without reading the order, whose key says when it was placed: a decision is one of the few
	// things of which every statement is counted.
	day := "SELECT placed_at / ? FROM orders WHERE id = ?"
	if tx.engine != sqliteEngine {
		day = "SELECT placed_at DIV ? FROM orders WHERE id = ?"
	}
	n, err := tx.exec(ctx, "UPDATE seller_orders SET marks = marks + ?, version = version + 1 WHERE seller_id = ? AND day = ("+day+") AND placed_at = (SELECT placed_at FROM orders WHERE id = ?) AND order_id = ? AND marks & ? = 0",
		markDefect, c.SellerID, microsOfDay, c.OrderID, c.OrderID, c.OrderID, markDefect)
	if err != nil || n == 0 { // one that counts already, or is not counted at all
		return err
	}
	if _, err = tx.exec(ctx, "UPDATE seller_days SET defects = defects + 1 WHERE seller_id = ? AND day = ("+day+")", c.SellerID, microsOfDay, c.OrderID); err != nil {
		return fmt.Errorf("add to seller's days: %w", err)
	}
	return nil
}

// recountOrder counts an order anew for each of its sellers. gone are keys under which its rows
// may stand that are not those of now. It takes part in what others change of the order at the
// same time: each row is written over the one that was read, also where it stays what it was.
func (tx *Store) recountOrder(ctx context.Context, orderID string, gone ...sellerOrderRow) error {
	right, err := tx.sellerOrdersFrom(ctx, []string{orderID})
	if err != nil {
		return err
	}
	var t sellerTally
	seen := map[string]bool{}
	var standing []string // of whom
	for _, r := range right {
		seen[r.SellerID] = true
		was, err := tx.sellerOrderOf(ctx, r.SellerID, r.PlacedAt, r.OrderID)
		if err != nil {
			return fmt.Errorf("read seller's order: %w", err)
		}
		if was.OrderID == "" {
			r.Version = 1
			t.insert(r)
		} else if err := tx.moveSellerOrder(ctx, was, r, &t); err != nil {
			return err
		}
		if was.Marks&markCounted != 0 { // it may weigh less now, by a line of it; where it counts anew, followSeller comes after
			standing = append(standing, r.SellerID)
		}
	}
	for _, g := range gone {
		if seen[g.SellerID] && len(right) > 0 && right[0].PlacedAt == g.PlacedAt {
			continue
		}
		was, err := tx.sellerOrderOf(ctx, g.SellerID, g.PlacedAt, g.OrderID)
		if err != nil {
			return fmt.Errorf("read seller's order: %w", err)
		}
		if err := tx.dropSellerOrder(ctx, was, &t); err != nil {
			return err
		}
		if was.Marks&markCounted != 0 && !seen[g.SellerID] {
			standing = append(standing, g.SellerID)
		}
	}
	if err := tx.writeTally(ctx, &t); err != nil {
		return err
	}
	return tx.followStandings(ctx, standing...)
}

func (tx *Store) dropSellerOrder(ctx context.Context, was sellerOrderRow, t *sellerTally) error {
	if was.OrderID == "" {
		return nil
	}
	n, err := tx.exec(ctx, "DELETE FROM seller_orders WHERE seller_id = ? AND day = ? AND placed_at = ? AND order_id = ? AND version = ?", was.SellerID, was.Day, was.PlacedAt, was.OrderID, was.Version)
	if err != nil {
		return fmt.Errorf("delete seller's order: %w", err)
	}
	if n == 0 {
		return errAgain
	}
	t.add(&was, nil)
	return nil
}
