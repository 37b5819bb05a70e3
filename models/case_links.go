package models

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"hosho/models/health"
)

// InvestigationsOf are the numbers of the investigations that reports have joined, by the reports'
// ids. Staff and admins only. Kinds: Forbidden.
func (s *Store) InvestigationsOf(ctx context.Context, by Actor, reports []Report) (map[string]string, error) {
	if !by.SeesAllCases() {
		return nil, forbidden()
	}
	var ids []string
	for _, r := range reports {
		if r.Investigation != "" && !slices.Contains(ids, r.Investigation) {
			ids = append(ids, r.Investigation)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := find[struct{ ID, Number string }](ctx, s, "SELECT id, number FROM investigations WHERE id IN ?", ids)
	if err != nil {
		return nil, fmt.Errorf("read investigations of reports: %w", err)
	}
	list := map[string]string{}
	for _, r := range reports {
		for _, i := range rows {
			if i.ID == r.Investigation {
				list[r.ID] = i.Number
			}
		}
	}
	return list, nil
}

// OpenInvestigations are the numbers of those that are open, by seller. Staff and admins only.
// Kinds: Forbidden.
func (s *Store) OpenInvestigations(ctx context.Context, by Actor, sellers []string) (map[string]string, error) {
	if !by.SeesAllCases() {
		return nil, forbidden()
	}
	list := map[string]string{}
	if len(sellers) == 0 {
		return list, nil
	}
	rows, err := find[struct{ SellerID, Number string }](ctx, s, "SELECT seller_id, number FROM investigations WHERE open_seller IN ?", sellers)
	if err != nil {
		return nil, fmt.Errorf("read open investigations: %w", err)
	}
	for _, r := range rows {
		list[r.SellerID] = r.Number
	}
	return list, nil
}

// linkBuyers says what ties the buyers and reporters of a case to one another: mailboxes among all
// of them, and among reporters whatever their reports hold. Staff who look are left out of their own.
func (s *Store) linkBuyers(ctx context.Context, by Actor, f *InvestigationFile) error {
	var err error
	if f.Ties, err = s.TiesBetween(ctx, by, f.Reports); err != nil {
		return err
	}
	f.Linked = linkedBuyers(f.Orders, f.Reports, f.Ties)
	return nil
}

// linkedBuyers are the ties of each buyer of some orders to other buyers of them, and to other
// senders of the reports. Pure.
func linkedBuyers(orders []CaseOrder, reports []Report, ties map[string][]TieKind) map[string][]TieKind {
	linked := map[string][]TieKind{}
	add := func(buyer string, kinds ...TieKind) {
		for _, k := range kinds {
			if !slices.Contains(linked[buyer], k) {
				linked[buyer] = append(linked[buyer], k)
			}
		}
	}
	for _, o := range orders {
		for _, other := range orders {
			if o.BuyerID != other.BuyerID && mailbox(o.BuyerEmail) == mailbox(other.BuyerEmail) {
				add(o.BuyerID, TieMailbox)
			}
		}
		for _, r := range reports {
			switch {
			case r.Own || r.SenderEmail == "":
			case r.SenderEmail == o.BuyerEmail:
				add(o.BuyerID, ties[r.ID]...)
			case mailbox(r.SenderEmail) == mailbox(o.BuyerEmail):
				add(o.BuyerID, TieMailbox)
			}
		}
	}
	return linked
}

// CasePrices are what a listing cost around its latest cancellation in a case: of one, in minor
// units, 0 where nothing tells.
type CasePrices struct {
	Currency string
	Paid     int64   // in the cancelled order
	Before   int64   // on sale at the cancellation, by the last word until then
	After    int64   // the highest at which it was on sale or ordered in the days after
	At       Instant // of the cancellation
}

// casePrices looks up the prices of listings, of each around the latest of its cancelled orders, in
// one statement.
func (s *Store) casePrices(ctx context.Context, seller string, orders []CaseOrder, skus []CaseSKU) (map[string]CasePrices, error) {
	prices := map[string]CasePrices{}
	var parts []string
	var args []any
	for _, k := range skus {
		at := slices.IndexFunc(orders, func(o CaseOrder) bool { return o.Sku == k.Sku })
		if at < 0 || k.Sku == "" {
			continue
		}
		o := orders[at]
		prices[k.Sku] = CasePrices{Currency: o.Currency, Paid: o.UnitPrice, At: o.CancelledAt}
		until := o.CancelledAt.Add(days(health.FactDays))
		parts = append(parts,
			"SELECT * FROM (SELECT sku, 'before' AS what, CASE WHEN available THEN price ELSE 0 END AS price FROM listing_changes WHERE seller_id = ? AND sku = ? AND at <= ? AND currency = ? ORDER BY at DESC LIMIT 1) b",
			"SELECT sku, 'after', MAX(price) FROM listing_changes WHERE seller_id = ? AND sku = ? AND at > ? AND at < ? AND currency = ? AND available GROUP BY sku",
			"SELECT l.sku, 'after', MAX(l.unit_price) FROM order_lines l JOIN orders x ON x.id = l.order_id WHERE l.seller_id = ? AND l.sku = ? AND l.placed_at > ? AND l.placed_at < ? AND x.currency = ? GROUP BY l.sku")
		args = append(args, seller, k.Sku, o.CancelledAt, o.Currency, seller, k.Sku, o.CancelledAt, until, o.Currency, seller, k.Sku, o.CancelledAt, until, o.Currency)
	}
	if len(parts) == 0 {
		return prices, nil
	}
	rows, err := find[struct {
		Sku, What string
		Price     int64
	}](ctx, s, strings.Join(parts, " UNION ALL "), args...)
	if err != nil {
		return nil, fmt.Errorf("read prices of listings: %w", err)
	}
	for _, r := range rows {
		p := prices[r.Sku]
		if r.What == "before" {
			p.Before = r.Price
		} else {
			p.After = max(p.After, r.Price)
		}
		prices[r.Sku] = p
	}
	return prices, nil
}
