package models

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// SellerRecount is what RecountSellers found.
type SellerRecount struct {
	Sellers   int
	Orders    int // orders counted, each once for each of its sellers
	Corrected int // rows and sums of days that were not what they should be
}

// recountPage is how many sellers are looked at together, and how many orders are mended in one
// transaction.
const recountPage = 500

// errLater says that rows are to be written one by one.
var errLater = errors.New("later")

// recountLines is how many lines are held, but for an order that has more.
var recountLines = 5000

// RecountSellers makes the numbers of every seller anew from orders, cancellations, claims and
// messages, and writes what is not as it should be; where all is, it writes nothing. It may run
// beside everything else. Whoever runs the database may. Kinds: Forbidden.
func (s *Store) RecountSellers(ctx context.Context, by Actor) (SellerRecount, error) {
	var r SellerRecount
	if !by.isOperator() && by.Role != RoleClock {
		return r, forbidden()
	}
	for after := ""; ; {
		sellers, err := find[sellerLines](ctx, s, `SELECT id, (SELECT COUNT(*) FROM order_lines l`+s.engine.hint(linesBySeller)+` WHERE l.seller_id = s.id) AS count
			FROM sellers s WHERE id > ? ORDER BY id LIMIT ?`, after, recountPage)
		if err != nil {
			return r, fmt.Errorf("read sellers: %w", err)
		}
		r.Sellers += len(sellers)
		last := ""
		if len(sellers) == recountPage {
			last = sellers[recountPage-1].ID
		}
		for _, part := range recountParts(sellers) {
			for more := true; more; {
				if more, err = s.recountPart(ctx, &part, &r); err != nil {
					return r, fmt.Errorf("count orders of sellers %s to %s: %w", part.first, part.last, err)
				}
			}
		}
		if err := s.recountSums(ctx, after, last, &r); err != nil {
			return r, err
		}
		if last == "" {
			return r, nil
		}
		after = last
	}
}

// RecountSellerSums makes the sums of every seller's days and the standings anew from the rows of
// their orders alone, as RecountSellers does last. Whoever runs the database may. Kinds: Forbidden.
func (s *Store) RecountSellerSums(ctx context.Context, by Actor) (SellerRecount, error) {
	var r SellerRecount
	if !by.isOperator() && by.Role != RoleClock {
		return r, forbidden()
	}
	return r, s.recountSums(ctx, "", "", &r)
}

// recountSums does so for sellers after one and up to another ("" is all that follow).
func (s *Store) recountSums(ctx context.Context, after, last string, r *SellerRecount) error {
	return s.inTx(ctx, func(tx *Store) error {
		n, err := tx.recountDays(ctx, after, last)
		r.Corrected += n
		if err != nil {
			return err
		}
		return tx.recountStandings(ctx, after, last)
	})
}

const linesBySeller = "order_lines_seller_id_placed_at_order_id_idx"

// sellerLines is how many lines a seller has.
type sellerLines struct {
	ID    string
	Count int
}

// recountPart is what is counted at once: the orders of the sellers from first to last, or, of one
// who has many, those after a key and, once they are read, up to another.
type recountPart struct {
	first, last string
	pages       bool
	at          Instant
	id          string
	untilAt     Instant // 0 where it goes to the end
	untilID     string
}

// recountParts puts sellers together as long as there is room.
func recountParts(sellers []sellerLines) []recountPart {
	var parts []recountPart
	room := 0
	for _, seller := range sellers {
		switch {
		case seller.Count > recountLines:
			parts, room = append(parts, recountPart{first: seller.ID, last: seller.ID, pages: true}), 0
		case seller.Count > room:
			parts, room = append(parts, recountPart{first: seller.ID, last: seller.ID}), recountLines-seller.Count
		case len(parts) > 0 && room > 0:
			parts[len(parts)-1].last, room = seller.ID, room-seller.Count
		default: // without lines, after one who has many: there may be rows all the same
			parts, room = append(parts, recountPart{first: seller.ID, last: seller.ID}), recountLines
		}
	}
	return parts
}

// where says which lines or rows, named t, are of the part.
func (p recountPart) where(t string) (string, []any) {
	if !p.pages {
		return strings.ReplaceAll("t.seller_id >= ? AND t.seller_id <= ?", "t.", t+"."), []any{p.first, p.last}
	}
	where, args := "t.seller_id = ? AND t.placed_at >= ? AND (t.placed_at > ? OR t.order_id > ?)", []any{p.first, int64(p.at), int64(p.at), p.id}
	if p.untilAt != 0 {
		where += " AND t.placed_at <= ? AND (t.placed_at < ? OR t.order_id <= ?)"
		args = append(args, p.untilAt, p.untilAt, p.untilID)
	}
	return strings.ReplaceAll(where, "t.", t+"."), args
}

// lines are those of the part. What was said of them may be less than they are, so that where the
// reading begins is left to the database.
func (p recountPart) lines(e engine) linesCounted {
	where, args := p.where("l")
	return linesCounted{"order_lines l" + e.hint(linesBySeller), where, "order_lines l JOIN order_lines x ON x.order_id = l.order_id", where, args}
}

// stored reads the rows there are of the part.
func (p recountPart) stored(ctx context.Context, s *Store) ([]sellerOrderRow, error) {
	where, args := p.where("r")
	if p.pages {
		where += " AND r.day >= ?"
		args = append(args, dayOf(p.at))
		if p.untilAt != 0 {
			where += " AND r.day <= ?"
			args = append(args, dayOf(p.untilAt))
		}
	}
	return find[sellerOrderRow](ctx, s, "SELECT r.* FROM seller_orders r WHERE "+where, args...)
}

// recountPart counts the part, or the next page of it, and says whether there is more. What differs
// from the rows there are may have been changed in between, so it is counted again in the
// transaction that mends it.
func (s *Store) recountPart(ctx context.Context, part *recountPart, r *SellerRecount) (more bool, err error) {
	if part.pages {
		part.untilAt = 0
		type key struct {
			PlacedAt Instant
			OrderID  string
		}
		where, args := part.where("l")
		end, err := find[key](ctx, s, "SELECT l.placed_at, l.order_id FROM order_lines l"+s.engine.hint(linesBySeller)+" WHERE "+where+" ORDER BY l.placed_at, l.order_id LIMIT 1 OFFSET ?", append(args, recountLines-1)...)
		if err != nil {
			return false, err
		}
		if more = len(end) > 0; more {
			part.untilAt, part.untilID = end[0].PlacedAt, end[0].OrderID
		}
	}
	stored, err := part.stored(ctx, s)
	if err != nil {
		return false, err
	}
	facts, err := s.factsOf(ctx, part.lines(s.engine))
	if err != nil {
		return false, err
	}
	type keyed struct {
		sellerOfOrder
		at Instant
	}
	before := make(map[keyed]sellerOrderRow, len(stored))
	for _, row := range stored {
		before[keyed{sellerOfOrder{row.OrderID, row.SellerID}, row.PlacedAt}] = row
	}
	var wrong, fresh []sellerOrderRow
	for _, row := range facts.rows(s.config.Zone) {
		r.Orders++
		k := keyed{sellerOfOrder{row.OrderID, row.SellerID}, row.PlacedAt}
		was, there := before[k]
		delete(before, k)
		if row.Version = was.Version; !there {
			fresh = append(fresh, row)
		} else if row != was {
			wrong = append(wrong, row)
		}
	}
	if r.Corrected += len(fresh); len(fresh) > 0 {
		err := s.inTx(ctx, func(tx *Store) error {
			var t sellerTally
			for _, row := range fresh {
				row.Version = 1
				t.insert(row)
			}
			if err := tx.writeTally(ctx, &t); !errors.Is(err, errAgain) {
				return err
			}
			return errLater
		})
		if errors.Is(err, errLater) { // somebody else has counted one of them
			r.Corrected -= len(fresh)
			wrong = append(wrong, fresh...)
		} else if err != nil {
			return false, err
		}
	}
	for _, was := range before {
		wrong = append(wrong, was)
	}
	slices.SortFunc(wrong, func(a, b sellerOrderRow) int {
		return cmp.Or(cmp.Compare(a.SellerID, b.SellerID), cmp.Compare(a.PlacedAt, b.PlacedAt), cmp.Compare(a.OrderID, b.OrderID))
	})
	for rows := range slices.Chunk(wrong, recountPage) {
		n := 0
		if err := s.inTx(ctx, func(tx *Store) (err error) {
			n, err = tx.mendSellerOrders(ctx, rows)
			return err
		}); err != nil {
			return false, err
		}
		r.Corrected += n
	}
	part.at, part.id = part.untilAt, part.untilID
	return more, nil
}

// mendSellerOrders writes what is not as it should be of the rows at some keys.
func (tx *Store) mendSellerOrders(ctx context.Context, keys []sellerOrderRow) (corrected int, err error) {
	orders := make([]string, 0, len(keys))
	at, args := "", []any(nil)
	for _, k := range keys {
		orders = append(orders, k.OrderID)
		at += " OR seller_id = ? AND day = ? AND placed_at = ? AND order_id = ?"
		args = append(args, k.SellerID, k.Day, k.PlacedAt, k.OrderID)
	}
	stored, err := find[sellerOrderRow](ctx, tx, "SELECT * FROM seller_orders WHERE "+at[len(" OR "):], args...)
	if err != nil {
		return 0, err
	}
	right, err := tx.sellerOrdersFrom(ctx, orders)
	if err != nil {
		return 0, err
	}
	var t sellerTally
	for _, k := range keys {
		is := func(row sellerOrderRow) bool {
			return row.SellerID == k.SellerID && row.PlacedAt == k.PlacedAt && row.OrderID == k.OrderID
		}
		i, j := slices.IndexFunc(stored, is), slices.IndexFunc(right, is)
		switch {
		case i < 0 && j < 0, i >= 0 && j >= 0 && stored[i].same(right[j]):
			continue
		case i < 0:
			right[j].Version = 1
			t.insert(right[j])
		case j < 0: // of an order that has no line of this seller any more, or none placed then
			err = tx.dropSellerOrder(ctx, stored[i], &t)
		default:
			err = tx.moveSellerOrder(ctx, stored[i], right[j], &t)
		}
		if err != nil {
			return 0, err
		}
		corrected++
	}
	return corrected, tx.writeTally(ctx, &t)
}

// sumsOfOrders are the sums over rows of seller_orders, in the order of orderSums. Rows with a mark
// are counted, not summed up: MariaDB does sums in decimals, ten times as slowly.
var sumsOfOrders = func() string {
	sums := "COUNT(*) AS orders"
	for i, name := range sumColumns[1:11] {
		sums += fmt.Sprintf(", COUNT(NULLIF(marks & %d, 0)) AS %s", 1<<i, name)
	}
	return sums + ", COUNT(contacted_at) AS contacted, COUNT(answered_at) AS answered, CAST(COALESCE(SUM(answered_at - contacted_at), 0) AS SIGNED) AS answer_time"
}()

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

// daysThatDiffer are what days lack of the rows, of those that lack or have too much: the days that
// have rows, and those that have none any more.
var daysThatDiffer = func() string {
	const among = ".seller_id >= ? AND (@.seller_id > ? OR @.day > ?) AND (? = '' OR @.seller_id <= ?)"
	of := func(t string) string { return " WHERE " + t + strings.ReplaceAll(among, "@", t) }
	var lack, differ, minus, some []string
	for _, column := range sumColumns {
		lack = append(lack, "r."+column+" - COALESCE(d."+column+", 0) AS "+column)
		differ = append(differ, "d."+column+" <> r."+column)
		minus = append(minus, "-d."+column)
		some = append(some, "d."+column+" <> 0")
	}
	return "SELECT r.seller_id, r.day, " + strings.Join(lack, ", ") + " FROM (SELECT o.seller_id, o.day, " + sumsOfOrders + " FROM seller_orders o" + of("o") + " GROUP BY o.seller_id, o.day) r" +
		" LEFT JOIN seller_days d ON d.seller_id = r.seller_id AND d.day = r.day WHERE d.seller_id IS NULL OR " + strings.Join(differ, " OR ") +
		" UNION ALL SELECT d.seller_id, d.day, " + strings.Join(minus, ", ") + " FROM seller_days d" + of("d") + " AND (" + strings.Join(some, " OR ") +
		") AND NOT EXISTS (SELECT 1 FROM seller_orders o WHERE o.seller_id = d.seller_id AND o.day = d.day) ORDER BY seller_id, day LIMIT ?"
}()

// recountStandings reckons the standings anew of those who have one, or an order that counts in the
// life of points, among sellers after one and up to another, and writes those that have changed.
func (tx *Store) recountStandings(ctx context.Context, after, last string) error {
	policy, err := tx.Policy(ctx, tx.now)
	if err != nil {
		return err
	}
	const among = " WHERE seller_id > ? AND (? = '' OR seller_id <= ?)"
	for {
		sellers, err := find[sellerRow](ctx, tx, "SELECT seller_id AS id FROM seller_standings"+among+" UNION SELECT seller_id FROM cancellations"+among+" AND cancelled_at > ? AND undone_at IS NULL AND finding IN ? ORDER BY id LIMIT ?",
			after, last, last, after, last, last, tx.now.Add(-policy.Health.PointsLife), findingsCounted, recountPage)
		if err != nil {
			return fmt.Errorf("read standings: %w", err)
		}
		if len(sellers) == 0 {
			return nil
		}
		ids := make([]string, 0, len(sellers))
		for _, seller := range sellers {
			ids = append(ids, seller.ID)
		}
		if err := tx.mendStandings(ctx, ids); err != nil {
			return err
		}
		if len(ids) < recountPage {
			return nil
		}
		after = ids[len(ids)-1]
	}
}

// mendStandings writes the standings that are not what they are now, and those the clock has forgotten.
func (tx *Store) mendStandings(ctx context.Context, sellers []string) error {
	stored, err := find[sellerStandingRow](ctx, tx, "SELECT * FROM seller_standings WHERE seller_id IN ?", sellers)
	if err != nil {
		return fmt.Errorf("read standings: %w", err)
	}
	timers, err := find[timerRow](ctx, tx, "SELECT * FROM timers WHERE kind = ? AND subject IN ?", standingTimer, sellers)
	if err != nil {
		return fmt.Errorf("read timers of standings: %w", err)
	}
	rows, again, err := tx.reckonStandings(ctx, sellers)
	if err != nil {
		return err
	}
	was, watched := map[string]sellerStandingRow{}, map[string]bool{}
	for _, row := range stored {
		was[row.SellerID] = row
	}
	for _, t := range timers {
		watched[t.Subject] = true
	}
	rows = slices.DeleteFunc(rows, func(row sellerStandingRow) bool {
		before := was[row.SellerID]
		before.ReckonedAt = row.ReckonedAt
		return before == row && watched[row.SellerID] == (again[row.SellerID] != 0)
	})
	return tx.writeStandings(ctx, rows, again)
}
