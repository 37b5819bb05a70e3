package models

import (
	"context"
	"encoding/json"
	"fmt"
)

// OrderUnchanged is the outcome for an order that is stored exactly as it was sent.
const OrderUnchanged PutOutcome = "unchanged"

// ImportOrders is PutOrders for an import that may be run again: an order that is stored
// exactly as it was sent is left alone, so that its version and its times stay, and a second
// run costs reads only. Results and kinds are those of PutOrders, with OrderUnchanged among
// the outcomes.
func (s *Store) ImportOrders(ctx context.Context, by Actor, in []OrderInput) ([]PutResult, error) {
	if by.Role != RoleIntegration {
		return nil, forbidden()
	}
	stored, err := s.storedOrders(ctx, in)
	if err != nil {
		return nil, err
	}
	now, err := s.Now(ctx)
	if err != nil {
		return nil, err
	}
	policy, err := s.Policy(ctx, now)
	if err != nil {
		return nil, err
	}
	results := make([]PutResult, len(in))
	var changed []OrderInput
	var places []int
	for i := range in {
		if o, ok := stored[in[i].Number]; ok && checkOrder(in[i]) == nil {
			same, err := s.asStored(o, in[i], policy)
			if err != nil {
				return nil, err
			}
			if same {
				results[i].Outcome = OrderUnchanged
				continue
			}
		}
		changed, places = append(changed, in[i]), append(places, i)
	}
	if len(changed) == 0 {
		return results, nil
	}
	put, err := s.PutOrders(ctx, by, changed)
	if err != nil {
		return nil, err
	}
	for i, r := range put {
		results[places[i]] = r
	}
	return results, nil
}

type storedOrder struct {
	orderJoined
	lines   map[int]lineRow
	refunds map[string]orderRefundRow
}

// storedOrders reads the rows of those orders that are there, in three statements.
func (s *Store) storedOrders(ctx context.Context, in []OrderInput) (map[string]storedOrder, error) {
	numbers := make([]string, 0, len(in))
	for _, o := range in {
		numbers = append(numbers, o.Number)
	}
	var rows []orderJoined
	if err := s.db(ctx).Raw(selectOrder+"WHERE o.number IN ?", numbers).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read orders: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	byID, ids := map[string]storedOrder{}, make([]string, 0, len(rows))
	for _, r := range rows {
		ids = append(ids, r.Row.ID)
		byID[r.Row.ID] = storedOrder{r, map[int]lineRow{}, map[string]orderRefundRow{}}
	}
	var lines []lineRow
	if err := s.db(ctx).Raw("SELECT * FROM order_lines WHERE order_id IN ?", ids).Scan(&lines).Error; err != nil {
		return nil, fmt.Errorf("read lines: %w", err)
	}
	for _, l := range lines {
		byID[l.OrderID].lines[l.LineNo] = l
	}
	var refunds []orderRefundRow
	if err := s.db(ctx).Raw("SELECT * FROM order_refunds WHERE order_id IN ?", ids).Scan(&refunds).Error; err != nil {
		return nil, fmt.Errorf("read refunds: %w", err)
	}
	for _, r := range refunds {
		byID[r.OrderID].refunds[r.Reference] = r
	}
	byNumber := make(map[string]storedOrder, len(byID))
	for _, o := range byID {
		byNumber[o.Row.Number] = o
	}
	return byNumber, nil
}

// asStored reports whether putting the order would change nothing but its version and times.
func (s *Store) asStored(o storedOrder, in OrderInput, policy Policy) (bool, error) {
	payments, err := json.Marshal(paymentsOf(in))
	if err != nil {
		return false, err
	}
	locale := in.Buyer.Locale
	if locale == "" {
		locale = "ja"
	}
	updated := instant(in.UpdatedAt)
	row := o.Row
	if row.BuyerID != in.Buyer.ID || o.BuyerEmail != normalEmail(in.Buyer.Email) || o.BuyerName != text(in.Buyer.Name) || o.BuyerLocale != locale ||
		row.PlacedAt != instant(in.PlacedAt) || updated != 0 && row.SourceUpdatedAt != updated ||
		row.Currency != in.Currency || row.Chargeback != in.Chargeback || row.Payments != string(payments) ||
		len(o.lines) != len(in.Lines) {
		return false, nil
	}
	for _, r := range in.Refunds {
		if _, ok := o.refunds[r.Reference]; !ok {
			return false, nil // one that is there already is never changed
		}
	}
	for _, l := range in.Lines {
		before, ok := o.lines[l.Line]
		if !ok {
			return false, nil
		}
		line, err := s.lineFrom(row, l, policy)
		if err != nil {
			return false, err
		}
		if line.DeadlineAt > before.DeadlineAt || line.Listing != nil && (before.Listing == nil || *line.Listing != *before.Listing) {
			return false, nil
		}
		// What the marketplace does not send is the portal's own and stays.
		line.ID, line.DeadlineAt, line.Listing = before.ID, before.DeadlineAt, before.Listing
		line.Refunded, line.Owed = before.Refunded, before.Owed
		line.ContactID, line.OpenClaimID, line.ClaimsCounted = before.ContactID, before.OpenClaimID, before.ClaimsCounted
		if line != before {
			return false, nil
		}
	}
	return true, nil
}
