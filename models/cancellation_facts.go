package models

import (
	"context"
	"fmt"
	"strings"

	"hosho/models/health"
)

// What becomes of a listing after its seller cancelled a line of it tells of the cause: the feed of
// listings and later orders of the same SKU are words on it. Each is taken in the transaction that
// brings it, and only ever adds to what has been seen, in whatever order words come.

// sale is a SKU of a seller; "" is none.
type sale struct{ SellerID, Sku string }

// factTime is how long after a cancellation words on its listing are taken.
const factTime = health.FactDays * health.Day

func (r cancellationRow) seen() health.Seen {
	return health.Seen{OffSale: r.OffSale, OnSale: r.OnSale, Dearer: r.Dearer}
}

// saw is the row with what has been seen of its listing, and the finding that this gives.
func (r cancellationRow) saw(s health.Seen) cancellationRow {
	r.OffSale, r.OnSale, r.Dearer = s.OffSale, s.OnSale, s.Dearer
	return r.found()
}

// word is a word on a listing with the currency of its price.
type word struct {
	At        Instant
	Available bool
	Price     int64
	Currency  string
}

// in is the word as it compares to prices in a currency.
func (w word) in(currency string) health.Word {
	p := health.Word{At: w.At.Time(), Available: w.Available}
	if w.Currency == currency {
		p.Price = w.Price
	}
	return p
}

// seenOf is what the words that are stored already tell of a line that has just been cancelled: the
// state its listing was in, what the feed told since, and later orders.
func (tx *Store) seenOf(ctx context.Context, l lineRow, currency string) (health.Seen, error) {
	var s health.Seen
	if l.Sku == "" {
		return s, nil
	}
	from, until := l.CancelledAt, l.CancelledAt.Add(factTime)
	words, err := find[word](ctx, tx, `SELECT at, available, price, currency FROM (SELECT at, available, price, currency FROM listing_changes WHERE seller_id = ? AND sku = ? AND at <= ? ORDER BY at DESC LIMIT 1) b
		UNION ALL SELECT at, available, price, currency FROM listing_changes WHERE seller_id = ? AND sku = ? AND at > ? AND at < ?
		UNION ALL SELECT at, available, price, currency FROM listings WHERE seller_id = ? AND sku = ? AND at > ?
		UNION ALL SELECT changed_at, available, price, currency FROM listings WHERE seller_id = ? AND sku = ? AND changed_at <= ?
		UNION ALL SELECT MIN(l.placed_at), 1, MAX(l.unit_price), o.currency FROM order_lines l JOIN orders o ON o.id = l.order_id
			WHERE l.seller_id = ? AND l.sku = ? AND l.placed_at > ? AND l.placed_at < ? AND l.order_id <> ? GROUP BY o.currency`,
		l.SellerID, l.Sku, from, l.SellerID, l.Sku, from, until, l.SellerID, l.Sku, from, l.SellerID, l.Sku, from, l.SellerID, l.Sku, from, until, l.OrderID)
	if err != nil {
		return s, fmt.Errorf("read words on a listing: %w", err)
	}
	for _, w := range words {
		s = s.With(w.in(currency), l.CancelledAt.Time(), l.UnitPrice)
	}
	return s, nil
}

// seenRow is a cancellation with what one of the line cost.
type seenRow struct {
	Row       cancellationRow `gorm:"embedded"`
	UnitPrice int64
	Currency  string
}

// hears takes a word on a SKU for the cancellations of it that it can still add to. except is the
// order that the word itself is, "" of the feed. It reports whether a finding, or what counts
// heavier, has changed.
func (tx *Store) hears(ctx context.Context, of sale, w word, except string) (changed bool, err error) {
	rows, err := find[seenRow](ctx, tx, `SELECT c.*, l.unit_price, o.currency FROM cancellations c JOIN order_lines l ON l.id = c.order_line_id JOIN orders o ON o.id = c.order_id
		WHERE c.seller_id = ? AND c.sku = ? AND c.cancelled_at > ? AND c.cancelled_at < ? AND c.order_id <> ? AND c.undone_at IS NULL ORDER BY c.order_line_id`,
		of.SellerID, of.Sku, w.At.Add(-factTime), w.At, except)
	if err != nil {
		return false, fmt.Errorf("read cancellations of a SKU: %w", err)
	}
	for _, r := range rows {
		next := r.Row.saw(r.Row.seen().With(w.in(r.Currency), r.Row.CancelledAt.Time(), r.UnitPrice))
		if next == r.Row {
			continue
		}
		changed = changed || next.Finding != r.Row.Finding || next.Dearer != r.Row.Dearer
		next.Version, next.ChangedAt = r.Row.Version+1, tx.now
		if err := tx.writeCancellation(ctx, Actor{Role: RoleIntegration}, r.Row, next, ""); err != nil {
			return changed, err
		}
		if next.Finding != r.Row.Finding {
			if err := tx.recountOrder(ctx, r.Row.OrderID); err != nil {
				return changed, err
			}
		}
	}
	return changed, nil
}

// newWords are the lines of an order that was sent which say something new of their listings: those
// not known before, or not so.
func (o Order) newWords(in OrderInput) (list []LineInput) {
	for _, l := range in.Lines {
		before, exists := o.Line(l.Line)
		if l.SKU != "" && (!exists || o.PlacedAt != instant(in.PlacedAt) || before.SellerID != l.Seller.ID || before.SKU != l.SKU || before.UnitPrice != *l.UnitPrice) {
			list = append(list, l)
		}
	}
	return list
}

// pairsAtOnce is how many SKUs one statement asks for.
const pairsAtOnce = 64

// cancelledSales are those of the SKUs told anew by orders of which a seller has cancelled a line in
// the time in which that matters: one statement for most batches, and mostly nothing.
func (tx *Store) cancelledSales(ctx context.Context, in []OrderInput, stored map[string]Order) (map[sale]bool, error) {
	known := map[sale]bool{}
	var asked []sale
	first, last := Instant(0), Instant(0)
	for _, o := range in {
		for _, l := range stored[o.Number].newWords(o) {
			placed := instant(o.PlacedAt)
			if first == 0 || placed < first {
				first = placed
			}
			last = max(last, placed)
			if of := (sale{l.Seller.ID, l.SKU}); !known[of] {
				known[of] = true
				asked = append(asked, of)
			}
		}
	}
	found := map[sale]bool{}
	for len(asked) > 0 {
		some := asked[:min(len(asked), pairsAtOnce)]
		asked = asked[len(some):]
		size := 1
		for size < len(some) {
			size *= 2 // few different texts to prepare, as of lists
		}
		args := []any{}
		for i := range size {
			of := some[min(i, len(some)-1)]
			args = append(args, of.SellerID, of.Sku, first.Add(-factTime), last)
		}
		rows, err := find[sale](ctx, tx, "SELECT DISTINCT seller_id, sku FROM cancellations WHERE "+
			strings.TrimSuffix(strings.Repeat("seller_id = ? AND sku = ? AND cancelled_at > ? AND cancelled_at < ? OR ", size), " OR "), args...)
		if err != nil {
			return nil, fmt.Errorf("read what was cancelled: %w", err)
		}
		for _, of := range rows {
			found[of] = true
		}
	}
	return found, nil
}

// hearsOrder takes an order that was sent as words on the listings of its lines. cancelled are the
// SKUs of which a line may have been cancelled.
func (tx *Store) hearsOrder(ctx context.Context, old Order, in OrderInput, rows orderRows, cancelled map[sale]bool) error {
	for _, l := range old.newWords(in) {
		of := sale{l.Seller.ID, l.SKU}
		if !cancelled[of] {
			continue
		}
		changed, err := tx.hears(ctx, of, word{rows.order.PlacedAt, true, *l.UnitPrice, rows.order.Currency}, rows.order.ID)
		if err != nil {
			return err
		}
		if changed {
			if err := tx.followSeller(ctx, of.SellerID); err != nil {
				return err
			}
		}
	}
	for _, l := range rows.lines {
		if l.cancelledBySeller() {
			cancelled[sale{l.SellerID, l.Sku}] = true // for the later orders of the batch
		}
	}
	return nil
}
