package models

import (
	"cmp"
	"context"
	"fmt"
	"reflect"
	"slices"
	"time"
)

var sellerDayType = reflect.TypeFor[sellerDayRow]()

// lineCounted is a line as a seller's orders are counted from it.
type lineCounted struct {
	shippedLine
	OrderID  string
	PlacedAt Instant
}

// saidOn is when something was said on an order between its buyer and a seller.
type saidOn struct {
	OrderID  string
	SellerID string
	At       Instant
	Contact  bool
}

type sellerOfOrder struct{ order, seller string }

// orderFacts are what rows of seller_orders are reckoned of.
type orderFacts struct {
	lines     []lineCounted
	cancelled []cancellationRow
	defects   []saidOn
	said      []saidOn
}

// linesCounted are the lines whose facts are read, as the end of a statement that names them l
// (own), and the same as one that names x all lines of their orders (all).
type linesCounted struct {
	own, ownWhere string
	all, allWhere string
	args          []any
}

// linesOfOrders are all lines of some orders.
func linesOfOrders(ids []string) linesCounted {
	return linesCounted{"order_lines l", "l.order_id IN ?", "order_lines x", "x.order_id IN ?", []any{ids}}
}

// factsOf reads the facts of lines: four statements. What was said, cancelled or claimed is its
// seller's also where the line has gone to another, so all lines of the orders are asked.
func (s *Store) factsOf(ctx context.Context, of linesCounted) (f orderFacts, err error) {
	f.lines, err = find[lineCounted](ctx, s, `SELECT l.order_id, l.seller_id, l.placed_at, l.fulfilled_by, l.digital, l.estimated_earliest, l.estimated_latest, l.tracking_number, l.shipped_at, l.first_scan_at, l.delivered_at
		FROM `+of.own+" WHERE "+of.ownWhere, of.args...)
	if err != nil {
		return f, fmt.Errorf("read lines to count: %w", err)
	}
	from, where := " FROM "+of.all, " WHERE "+of.allWhere
	f.cancelled, err = find[cancellationRow](ctx, s, "SELECT DISTINCT c.order_line_id, c.order_id, c.seller_id, c.finding, c.undone_at"+from+" JOIN cancellations c ON c.order_line_id = x.id"+where, of.args...)
	if err != nil {
		return f, fmt.Errorf("read cancellations to count: %w", err)
	}
	f.defects, err = find[saidOn](ctx, s, "SELECT c.order_id, c.seller_id"+from+" JOIN claims c ON c.order_id = x.order_id JOIN statement_entries e ON e.claim_id = c.id"+where+
		" GROUP BY c.id, c.order_id, c.seller_id HAVING SUM(e.counts) > 0", of.args...)
	if err != nil {
		return f, fmt.Errorf("read claims to count: %w", err)
	}
	contacts := from + " JOIN contacts c ON c.order_line_id = x.id JOIN messages m ON m.id = c.message_id" + where + " AND c.source = 'portal'"
	f.said, err = find[saidOn](ctx, s, "SELECT x.order_id, m.seller_id, c.sent_at AS at, 1 AS contact"+contacts+
		" UNION SELECT x.order_id, m.seller_id, c.refused_at, 0"+contacts+" AND c.refused_at IS NOT NULL UNION SELECT x.order_id, m.seller_id, m.sent_at, 0"+from+
		" JOIN message_lines ml ON ml.order_line_id = x.id JOIN messages m ON m.id = ml.message_id"+where+" AND m.author_role = 'seller'", slices.Concat(of.args, of.args, of.args)...)
	if err != nil {
		return f, fmt.Errorf("read messages to count: %w", err)
	}
	return f, nil
}

// sellerOrdersFrom reckons the rows of orders from what they are reckoned of, by instant and order.
func (s *Store) sellerOrdersFrom(ctx context.Context, orders []string) ([]sellerOrderRow, error) {
	facts, err := s.factsOf(ctx, linesOfOrders(orders))
	if err != nil {
		return nil, err
	}
	rows := facts.rows(s.config.Zone)
	slices.SortFunc(rows, func(a, b sellerOrderRow) int {
		return cmp.Or(cmp.Compare(a.PlacedAt, b.PlacedAt), cmp.Compare(a.OrderID, b.OrderID), cmp.Compare(a.SellerID, b.SellerID))
	})
	return rows, nil
}

// rows are those that the facts make, in no order.
func (f orderFacts) rows(zone *time.Location) []sellerOrderRow {
	rows, at := make([]sellerOrderRow, 0, len(f.lines)), make(map[sellerOfOrder]int, len(f.lines))
	for _, l := range f.lines {
		k := sellerOfOrder{l.OrderID, l.SellerID}
		i, there := at[k]
		if !there {
			i = len(rows)
			at[k] = i
			rows = append(rows, sellerOrderRow{SellerID: l.SellerID, Day: dayOf(l.PlacedAt), PlacedAt: l.PlacedAt, OrderID: l.OrderID})
		}
		rows[i].Marks |= l.marks(zone)
	}
	byOrder := map[sellerOfOrder][]cancellationRow{}
	for _, c := range f.cancelled {
		k := sellerOfOrder{c.OrderID, c.SellerID}
		byOrder[k] = append(byOrder[k], c)
	}
	for k, list := range byOrder {
		if i, there := at[k]; there {
			rows[i].Marks |= marksOfCancelled(list)
		}
	}
	for _, d := range f.defects {
		if i, there := at[sellerOfOrder{d.OrderID, d.SellerID}]; there {
			rows[i].Marks |= markDefect
		}
	}
	for k, t := range talkOf(f.said) {
		if i, there := at[k]; there {
			rows[i].ContactedAt, rows[i].AnsweredAt = t.contacted, t.answered
		}
	}
	return rows
}

// talk is when a buyer first wrote of a problem, and when the seller first wrote after that.
type talk struct{ contacted, answered Instant }

func talkOf(said []saidOn) map[sellerOfOrder]talk {
	all := map[sellerOfOrder]talk{}
	for _, m := range said {
		k := sellerOfOrder{m.OrderID, m.SellerID}
		if t := all[k]; m.Contact && (t.contacted == 0 || m.At < t.contacted) {
			t.contacted = m.At
			all[k] = t
		}
	}
	for _, m := range said {
		k := sellerOfOrder{m.OrderID, m.SellerID}
		t, contacted := all[k]
		if contacted && !m.Contact && m.At > t.contacted && (t.answered == 0 || m.At < t.answered) {
			t.answered = m.At
			all[k] = t
		}
	}
	return all
}
