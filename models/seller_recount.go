package models

import (
	"context"
	"fmt"
	"math"
	"strings"
)

// SellerRecount is what RecountSellers found.
type SellerRecount struct {
	Sellers   int
	Orders    int // orders counted, each once for each of its sellers
	Corrected int // rows and sums of days that were not what they should be
}

// recountPage is how many orders are counted in one transaction; no more are held.
const recountPage = 500

// RecountSellers makes the numbers of every seller anew from orders, cancellations, claims and
// messages, and writes what is not as it should be; where all is, it writes nothing. It may run
// beside everything else. Whoever runs the database may. Kinds: Forbidden.
func (s *Store) RecountSellers(ctx context.Context, by Actor) (SellerRecount, error) {
	var r SellerRecount
	if !by.isOperator() && by.Role != RoleClock {
		return r, forbidden()
	}
	for after := ""; ; {
		sellers, err := find[struct {
			ID   string
			Sold bool
		}](ctx, s, `SELECT id, EXISTS (SELECT 1 FROM order_lines l WHERE l.seller_id = sellers.id) OR EXISTS (SELECT 1 FROM seller_orders o WHERE o.seller_id = sellers.id) AS sold
			FROM sellers WHERE id > ? ORDER BY id LIMIT ?`, after, recountPage)
		if err != nil {
			return r, fmt.Errorf("read sellers: %w", err)
		}
		for _, seller := range sellers {
			if r.Sellers++; !seller.Sold {
				continue
			}
			if err := s.recountSeller(ctx, seller.ID, &r); err != nil {
				return r, fmt.Errorf("count orders of seller %s: %w", seller.ID, err)
			}
		}
		last := ""
		if len(sellers) == recountPage {
			last = sellers[recountPage-1].ID
		}
		err = s.inTx(ctx, func(tx *Store) error {
			n, err := tx.recountDays(ctx, after, last)
			r.Corrected += n
			if err != nil {
				return err
			}
			return tx.recountStandings(ctx, after, last)
		})
		if err != nil {
			return r, err
		}
		if len(sellers) < recountPage {
			return r, nil
		}
		after = sellers[len(sellers)-1].ID
	}
}

func (s *Store) recountSeller(ctx context.Context, seller string, r *SellerRecount) error {
	var at Instant
	id := ""
	for more := true; more; {
		var next SellerRecount
		var nextAt Instant
		var nextID string
		err := s.inTx(ctx, func(tx *Store) error {
			var err error
			next, nextAt, nextID, err = tx.recountSome(ctx, seller, at, id)
			return err
		})
		if err != nil {
			return err
		}
		r.Orders += next.Orders
		r.Corrected += next.Corrected
		at, id, more = nextAt, nextID, nextID != ""
	}
	return nil
}

// recountSome counts the next orders of a seller, after one that was placed at at, and says which
// was the last of them; "" where there are no more.
func (tx *Store) recountSome(ctx context.Context, seller string, at Instant, id string) (r SellerRecount, lastAt Instant, lastID string, err error) {
	type placed struct {
		PlacedAt Instant
		OrderID  string
	}
	page, err := find[placed](ctx, tx, "SELECT DISTINCT placed_at, order_id FROM order_lines"+tx.engine.hint("order_lines_seller_id_placed_at_order_id_idx")+
		" WHERE seller_id = ? AND placed_at >= ? AND (placed_at > ? OR order_id > ?) ORDER BY placed_at, order_id LIMIT ?", seller, int64(at), int64(at), id, recountPage)
	if err != nil {
		return r, 0, "", err
	}
	where, args := "", []any{seller, dayOf(at), int64(at), int64(at), id}
	ids := make([]string, 0, len(page))
	for _, p := range page {
		ids = append(ids, p.OrderID)
	}
	if len(page) == recountPage {
		last := page[len(page)-1]
		lastAt, lastID = last.PlacedAt, last.OrderID
		where = " AND day <= ? AND placed_at <= ? AND (placed_at < ? OR order_id <= ?)"
		args = append(args, dayOf(lastAt), lastAt, lastAt, lastID)
	}
	stored, err := find[sellerOrderRow](ctx, tx, "SELECT * FROM seller_orders WHERE seller_id = ? AND day >= ? AND placed_at >= ? AND (placed_at > ? OR order_id > ?)"+where, args...)
	if err != nil {
		return r, 0, "", err
	}
	before := make(map[string]sellerOrderRow, len(stored))
	for _, row := range stored {
		before[row.OrderID] = row
	}
	var right []sellerOrderRow
	if len(ids) > 0 {
		if right, err = tx.sellerOrdersFrom(ctx, ids, seller); err != nil {
			return r, 0, "", err
		}
	}
	var t sellerTally
	for _, row := range right {
		r.Orders++
		was, there := before[row.OrderID]
		delete(before, row.OrderID)
		switch row.Version = was.Version; {
		case there && row == was:
			continue
		case there && row.PlacedAt == was.PlacedAt:
			err = tx.moveSellerOrder(ctx, was, row, &t)
		default:
			if err = tx.dropSellerOrder(ctx, was, &t); err == nil {
				row.Version = 1
				t.insert(row)
			}
		}
		if err != nil {
			return r, 0, "", err
		}
		r.Corrected++
	}
	for _, was := range before { // of an order that has no line of this seller any more, or none placed then
		if err := tx.dropSellerOrder(ctx, was, &t); err != nil {
			return r, 0, "", err
		}
		r.Corrected++
	}
	return r, lastAt, lastID, tx.writeTally(ctx, &t)
}

// sumsOfOrders are the sums over rows of seller_orders, in the order of orderSums.
const sumsOfOrders = `COUNT(*) AS orders, CAST(COALESCE(SUM(marks & 1), 0) AS SIGNED) AS cancelled, CAST(COALESCE(SUM((marks >> 1) & 1), 0) AS SIGNED) AS stock_out,
	CAST(COALESCE(SUM((marks >> 2) & 1), 0) AS SIGNED) AS misdeclared, CAST(COALESCE(SUM((marks >> 3) & 1), 0) AS SIGNED) AS buyer_request, CAST(COALESCE(SUM((marks >> 4) & 1), 0) AS SIGNED) AS other,
	CAST(COALESCE(SUM((marks >> 5) & 1), 0) AS SIGNED) AS counted, CAST(COALESCE(SUM((marks >> 6) & 1), 0) AS SIGNED) AS shipped, CAST(COALESCE(SUM((marks >> 7) & 1), 0) AS SIGNED) AS late,
	CAST(COALESCE(SUM((marks >> 8) & 1), 0) AS SIGNED) AS untracked, CAST(COALESCE(SUM((marks >> 9) & 1), 0) AS SIGNED) AS defects, COUNT(contacted_at) AS contacted, COUNT(answered_at) AS answered,
	CAST(COALESCE(SUM(answered_at - contacted_at), 0) AS SIGNED) AS answer_time`

// recountDays adds to the sums of days what they lack of the rows, for sellers after one and up to
// another ("" is all that follow). Rows and sums are read in one statement, and what is added is a
// difference, so that it does not matter who adds beside it.
func (tx *Store) recountDays(ctx context.Context, after, last string) (corrected int, err error) {
	const limit = 1000
	for seller, day := after, int64(math.MaxInt64); ; {
		// Only what differs comes out of the database, however many days there are.
		differ, err := find[sellerDayRow](ctx, tx, daysThatDiffer, seller, seller, day, last, last, seller, seller, day, last, last, limit)
		if err != nil {
			return corrected, fmt.Errorf("count days of sellers: %w", err)
		}
		corrected += len(differ)
		if len(differ) == 0 {
			return corrected, nil
		}
		end := differ[len(differ)-1]
		if err := tx.addToDays(ctx, differ); err != nil {
			return corrected, err
		}
		if len(differ) < limit {
			return corrected, nil
		}
		seller, day = end.SellerID, end.Day
	}
}

var daysThatDiffer = func() string {
	var sums, minus, differ []string
	for _, column := range sumColumns {
		sums = append(sums, "CAST(SUM("+column+") AS SIGNED) AS "+column)
		minus = append(minus, "-"+column)
		differ = append(differ, "SUM("+column+") <> 0")
	}
	const among = " WHERE seller_id >= ? AND (seller_id > ? OR day > ?) AND (? = '' OR seller_id <= ?) "
	return "SELECT seller_id, day, " + strings.Join(sums, ", ") + " FROM (SELECT seller_id, day, " + sumsOfOrders + " FROM seller_orders" + among + "GROUP BY seller_id, day UNION ALL SELECT seller_id, day, " +
		strings.Join(minus, ", ") + " FROM seller_days" + among + ") t GROUP BY seller_id, day HAVING " + strings.Join(differ, " OR ") + " ORDER BY seller_id, day LIMIT ?"
}()

// recountStandings reckons the standings anew of those who have one, or an order that counts in the
// life of points, among sellers after one and up to another.
func (tx *Store) recountStandings(ctx context.Context, after, last string) error {
	policy, err := tx.Policy(ctx, tx.now)
	if err != nil {
		return err
	}
	const among = " WHERE seller_id > ? AND (? = '' OR seller_id <= ?)"
	sellers, err := find[sellerRow](ctx, tx, "SELECT seller_id AS id FROM seller_standings"+among+" UNION SELECT seller_id FROM cancellations"+among+" AND cancelled_at > ? AND undone_at IS NULL AND finding IN ? ORDER BY id",
		after, last, last, after, last, last, tx.now.Add(-policy.Health.PointsLife), findingsCounted)
	if err != nil {
		return fmt.Errorf("read standings: %w", err)
	}
	ids := make([]string, 0, len(sellers))
	for _, seller := range sellers {
		ids = append(ids, seller.ID)
	}
	return tx.followStandings(ctx, ids...)
}
