package models

import (
	"cmp"
	"context"
	"fmt"
	"reflect"
	"slices"
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

// sellerOrdersFrom reckons the rows of orders from what they are reckoned of: lines, cancellations,
// claims and messages, five statements. seller names one of the sellers, "" all. The rows come by
// instant and order.
func (s *Store) sellerOrdersFrom(ctx context.Context, orders []string, seller string) ([]sellerOrderRow, error) {
	lines, err := find[lineCounted](ctx, s, `SELECT l.order_id, l.seller_id, o.placed_at, l.fulfilled_by, l.digital, l.estimated_earliest, l.estimated_latest, l.tracking_number, l.shipped_at, l.first_scan_at, l.delivered_at
		FROM order_lines l JOIN orders o ON o.id = l.order_id WHERE l.order_id IN ?`, orders)
	if err != nil {
		return nil, fmt.Errorf("read lines to count: %w", err)
	}
	cancelled, err := find[cancellationRow](ctx, s, "SELECT c.* FROM order_lines l JOIN cancellations c ON c.order_line_id = l.id WHERE l.order_id IN ?", orders)
	if err != nil {
		return nil, fmt.Errorf("read cancellations to count: %w", err)
	}
	defects, err := find[saidOn](ctx, s, `SELECT c.order_id, c.seller_id FROM claims c JOIN statement_entries e ON e.claim_id = c.id
		WHERE c.order_id IN ? GROUP BY c.id, c.order_id, c.seller_id HAVING SUM(e.counts) > 0`, orders)
	if err != nil {
		return nil, fmt.Errorf("read claims to count: %w", err)
	}
	said, err := find[saidOn](ctx, s, `SELECT l.order_id, m.seller_id, c.sent_at AS at, 1 AS contact FROM order_lines l JOIN contacts c ON c.order_line_id = l.id JOIN messages m ON m.id = c.message_id WHERE l.order_id IN ? AND c.source = 'portal'
		UNION ALL SELECT l.order_id, m.seller_id, c.refused_at, 0 FROM order_lines l JOIN contacts c ON c.order_line_id = l.id JOIN messages m ON m.id = c.message_id WHERE l.order_id IN ? AND c.source = 'portal' AND c.refused_at IS NOT NULL
		UNION ALL SELECT l.order_id, m.seller_id, m.sent_at, 0 FROM order_lines l JOIN message_lines ml ON ml.order_line_id = l.id JOIN messages m ON m.id = ml.message_id WHERE l.order_id IN ? AND m.author_role = 'seller'`, orders, orders, orders)
	if err != nil {
		return nil, fmt.Errorf("read messages to count: %w", err)
	}
	marks, placed := map[sellerOfOrder]sellerMarks{}, map[sellerOfOrder]Instant{}
	for _, l := range lines {
		k := sellerOfOrder{l.OrderID, l.SellerID}
		if seller == "" || l.SellerID == seller {
			marks[k] |= l.marks(s.config.Zone)
			placed[k] = l.PlacedAt
		}
	}
	byOrder := map[sellerOfOrder][]cancellationRow{}
	for _, c := range cancelled {
		k := sellerOfOrder{c.OrderID, c.SellerID}
		byOrder[k] = append(byOrder[k], c)
	}
	for _, d := range defects {
		if k := (sellerOfOrder{d.OrderID, d.SellerID}); placed[k] != 0 {
			marks[k] |= markDefect
		}
	}
	talk := talkOf(said)
	rows := make([]sellerOrderRow, 0, len(placed))
	for k, at := range placed {
		t := talk[k]
		rows = append(rows, sellerOrderRow{
			SellerID: k.seller, Day: dayOf(at), PlacedAt: at, OrderID: k.order, Marks: marks[k] | marksOfCancelled(byOrder[k]), ContactedAt: t.contacted, AnsweredAt: t.answered,
		})
	}
	slices.SortFunc(rows, func(a, b sellerOrderRow) int {
		return cmp.Or(cmp.Compare(a.PlacedAt, b.PlacedAt), cmp.Compare(a.OrderID, b.OrderID), cmp.Compare(a.SellerID, b.SellerID))
	})
	return rows, nil
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
