package models

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm/clause"
)

// PutOutcome says what became of an order that was sent.
type PutOutcome string

// The outcomes of PutOrder.
const (
	OrderCreated   PutOutcome = "created"
	OrderUpdated   PutOutcome = "updated"
	OrderUnchanged PutOutcome = "unchanged" // stored exactly as it was sent: its version and its times stay
	OrderStale     PutOutcome = "stale"     // an older updated_at than stored: nothing was changed
)

// PutOrder creates or replaces an order as the marketplace tells it. Only the integration
// may. Buyer and seller records are made where they are missing. What stands on a claim or a
// contact keeps its instants and money; a line's deadline moves later, never earlier. Open
// claims follow in the same transaction: a full refund settles, a chargeback freezes.
// Kinds: Forbidden, Invalid.
func (s *Store) PutOrder(ctx context.Context, by Actor, in OrderInput) (Order, PutOutcome, error) {
	if by.Role != RoleIntegration {
		return Order{}, "", forbidden()
	}
	if err := checkOrder(in); err != nil {
		return Order{}, "", err
	}
	var outcome PutOutcome
	var order Order
	err := s.inTx(ctx, func(tx *Store) error {
		b, err := tx.orderBatch(ctx, []OrderInput{in})
		if err != nil {
			return err
		}
		if outcome, err = tx.putOrder(ctx, in, b); err != nil {
			return err
		}
		if err := tx.writeTally(ctx, &b.tally); err != nil {
			return err
		}
		order, err = b.read(ctx, tx, in.Number)
		return err
	})
	return order, outcome, err
}

// PutResult is what became of one order of a batch.
type PutResult struct {
	Outcome PutOutcome
	Err     error
}

// PutOrders puts many orders in one transaction, each for itself: one that is refused does
// not stop the rest. Kinds of the results as of PutOrder; the error is for the whole batch.
func (s *Store) PutOrders(ctx context.Context, by Actor, in []OrderInput) ([]PutResult, error) {
	if by.Role != RoleIntegration {
		return nil, forbidden()
	}
	results, refused := make([]PutResult, len(in)), make([]error, len(in))
	sound := make([]OrderInput, 0, len(in))
	for i := range in {
		if refused[i] = checkOrder(in[i]); refused[i] == nil {
			sound = append(sound, in[i])
		}
	}
	err := s.inTx(ctx, func(tx *Store) error {
		b, err := tx.orderBatch(ctx, sound)
		if err != nil {
			return err
		}
		for i := range in {
			if refused[i] != nil {
				results[i].Err = refused[i]
				continue
			}
			outcome, err := tx.putOrder(ctx, in[i], b)
			if err != nil && KindOf(err) == "" {
				return err
			}
			results[i] = PutResult{outcome, err}
		}
		return tx.writeTally(ctx, &b.tally)
	})
	return results, err
}

// orderBatch is what one transaction knows of the orders it puts: those that are stored as they
// were read, and who has been written already.
type orderBatch struct {
	stored  map[string]Order // zero for one that is not there; gone once it is written
	sellers map[string]bool
	buyers  map[string]buyerRow

	cancelled map[sale]bool // SKUs of which a line may have been cancelled lately
	tally     sellerTally   // of sellers' orders, written at the end
}

func (tx *Store) orderBatch(ctx context.Context, in []OrderInput) (*orderBatch, error) {
	numbers := make([]string, 0, len(in))
	for _, o := range in {
		numbers = append(numbers, o.Number)
	}
	stored, err := tx.ordersByNumber(ctx, numbers)
	if err != nil {
		return nil, err
	}
	for _, n := range numbers {
		if _, there := stored[n]; !there {
			stored[n] = Order{} // so that it is not looked for again
		}
	}
	cancelled, err := tx.cancelledSales(ctx, in, stored)
	if err != nil {
		return nil, err
	}
	return &orderBatch{stored: stored, sellers: map[string]bool{}, buyers: map[string]buyerRow{}, cancelled: cancelled}, nil
}

// read is the order as it is stored by now: of a buyer of whom the batch has told, it is read again.
func (b *orderBatch) read(ctx context.Context, tx *Store, number string) (Order, error) {
	if o, ok := b.stored[number]; ok && b.buyers[o.BuyerID] == (buyerRow{}) {
		return o, nil
	}
	o, err := tx.orderByNumber(ctx, number)
	if KindOf(err) == NotFound {
		return Order{}, nil
	}
	return o, err
}

// maxAhead is how far ahead of the clock an updated_at may be: one further on, of a clock that is
// wrong, would make every later word on the order older than what is stored.
const maxAhead = 24 * time.Hour

func (tx *Store) putOrder(ctx context.Context, in OrderInput, b *orderBatch) (PutOutcome, error) {
	old, err := b.read(ctx, tx, in.Number)
	if err != nil {
		return "", err
	}
	updated := instant(in.UpdatedAt)
	switch {
	case updated > tx.now.Add(maxAhead):
		return "", &Error{Kind: Invalid, Code: "updated_at_in_future", Fields: []FieldError{{Field: "updated_at", Code: "updated_at_in_future"}}}
	case updated != 0 && updated < old.SourceUpdatedAt:
		return OrderStale, nil
	}
	policy, err := tx.Policy(ctx, tx.now)
	if err != nil {
		return "", err
	}
	// Before anything is written: in a batch the transaction goes on after a refusal.
	if err := old.refuses(in); err != nil {
		return "", err
	}
	rows, err := old.put(in, policy, tx.now, tx.config.Zone)
	if err != nil {
		return "", err
	}
	if err := tx.keepTenders(ctx, old, &rows); err != nil {
		return "", err
	}
	if same, err := old.rests(in, rows); same || err != nil {
		return OrderUnchanged, err
	}
	if err := tx.putParties(ctx, in, b); err != nil {
		return "", err
	}
	delete(b.stored, in.Number)
	told, err := tx.matchLegs(ctx, old, rows.refunds)
	if err != nil {
		return "", err
	}
	if err := tx.writeOrder(ctx, old, rows); err != nil {
		return "", err
	}
	counting, err := tx.followCancellations(ctx, old, rows)
	if err != nil {
		return "", err
	}
	if err := tx.tallyOrder(ctx, old, rows, &b.tally); err != nil {
		return "", err
	}
	if err := tx.hearsOrder(ctx, old, in, rows, b.cancelled); err != nil {
		return "", err
	}
	for _, seller := range counting {
		if err := tx.followSeller(ctx, seller); err != nil {
			return "", err
		}
	}
	if old.ID == "" {
		return OrderCreated, nil
	}
	for _, p := range told.done {
		if err := tx.tellLeg(ctx, Actor{Role: RoleIntegration}, p.refund, p.leg, LegEvent{Event: LegDone, Reference: p.reference}); err != nil {
			return "", err
		}
	}
	if err := tx.openMismatches(ctx, old, rows, told); err != nil {
		return "", err
	}
	if err := tx.remindOfOrder(ctx, old, rows, policy); err != nil {
		return "", err
	}
	if err := tx.followRequests(ctx, old, rows); err != nil {
		return "", err
	}
	if err := tx.followOrder(ctx, old, in.Number); err != nil {
		return "", err
	}
	return OrderUpdated, tx.followReplacements(ctx, old, rows)
}

func (tx *Store) writeOrder(ctx context.Context, old Order, rows orderRows) error {
	row := rows.order
	if old.ID == "" {
		if err := tx.insert(ctx, &row); err != nil {
			if isDuplicate(err) {
				return errAgain // another replica was first; now it is an update
			}
			return fmt.Errorf("insert order: %w", err)
		}
	} else {
		n, err := tx.exec(ctx, `UPDATE orders SET buyer_id=?, placed_at=?, source_updated_at=?, currency=?, chargeback=?, payments=?, changed_at=?, version=version+1
			WHERE id=? AND version=?`, row.BuyerID, row.PlacedAt, row.SourceUpdatedAt, row.Currency, row.Chargeback, row.Payments, row.ChangedAt, old.ID, old.Version)
		if err != nil {
			return fmt.Errorf("update order: %w", err)
		}
		if n == 0 {
			return errAgain
		}
		if old.PlacedAt != row.PlacedAt { // lines that stay without being sent follow too
			if _, err := tx.exec(ctx, "UPDATE order_lines SET placed_at = ? WHERE order_id = ?", row.PlacedAt, old.ID); err != nil {
				return fmt.Errorf("update lines: %w", err)
			}
		}
	}
	if err := tx.insert(ctx, &rows.refunds); err != nil {
		return fmt.Errorf("insert refunds: %w", err)
	}
	var fresh []lineRow
	for _, l := range rows.lines {
		if before, exists := old.Line(l.LineNo); !exists {
			fresh = append(fresh, l)
		} else if err := tx.updateLine(ctx, before, l); err != nil {
			return err
		}
	}
	for _, id := range rows.gone {
		if _, err := tx.exec(ctx, "DELETE FROM order_lines WHERE id = ? AND contact_id = '' AND open_claim_id = '' AND claims_counted = 0 AND requests = 0", id); err != nil {
			return fmt.Errorf("delete line: %w", err)
		}
	}
	if err := tx.insert(ctx, &fresh); err != nil {
		return fmt.Errorf("insert lines: %w", err)
	}
	return nil
}

// updateLine writes a line that is as it was read. Where money has become owed on it meanwhile, or
// a claim was filed or has ended, or a request was sent, the whole update is made anew of how it stands now.
func (tx *Store) updateLine(ctx context.Context, before OrderLine, row lineRow) error {
	n, err := tx.exec(ctx, `UPDATE order_lines SET seller_id=?, placed_at=?, sku=?, title=?, quantity=?, unit_price=?, tax=?, shipping=?, total=?, refunded=?, owed=?,
		fulfilled_by=?, digital=?, listing=?, estimated_earliest=?, estimated_latest=?, status=?, cancelled_at=?, cancelled_by=?, cancel_reason=?,
		carrier=?, tracking_number=?, shipped_at=?, first_scan_at=?, delivered_at=?, exception=?, deadline_at=? WHERE id=? AND owed=? AND open_claim_id=? AND requests=?`,
		row.SellerID, row.PlacedAt, row.Sku, row.Title, row.Quantity, row.UnitPrice, row.Tax, row.Shipping, row.Total, row.Refunded, row.Owed,
		row.FulfilledBy, row.Digital, row.Listing, row.EstimatedEarliest, row.EstimatedLatest, row.Status, row.CancelledAt, row.CancelledBy, row.CancelReason,
		row.Carrier, row.TrackingNumber, row.ShippedAt, row.FirstScanAt, row.DeliveredAt, row.Exception, row.DeadlineAt, row.ID, before.Owed, before.OpenClaimID, before.Requests)
	if err != nil {
		return fmt.Errorf("update line: %w", err)
	}
	if n == 0 {
		return errAgain
	}
	return nil
}

func (tx *Store) putParties(ctx context.Context, in OrderInput, b *orderBatch) error {
	if buyer := in.buyerRow(); b.buyers[buyer.ID] != buyer {
		b.buyers[buyer.ID] = buyer
		// As of when the marketplace says this: an older order, told late, keeps no newer
		// address of its buyer from holding.
		if buyer.UpdatedAt = instant(in.UpdatedAt); buyer.UpdatedAt == 0 {
			buyer.UpdatedAt = tx.now
		}
		if err := tx.putBuyer(ctx, buyer); err != nil {
			return err
		}
	}
	var sellers []sellerRow
	for _, l := range in.Lines {
		if b.sellers[l.Seller.ID] {
			continue
		}
		b.sellers[l.Seller.ID] = true
		name := text(l.Seller.Name)
		if name == "" {
			name = l.Seller.ID
		}
		sellers = append(sellers, sellerRow{ID: l.Seller.ID, Name: name, Locale: "ja", CreatedAt: tx.now, UpdatedAt: tx.now})
	}
	if len(sellers) == 0 {
		return nil
	}
	// A seller the marketplace has registered keeps its name; an order only fills a gap.
	err := tx.tx.WithContext(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&sellers).Error
	if err != nil {
		return fmt.Errorf("put sellers: %w", err)
	}
	return nil
}

// putBuyer writes a buyer unless something newer is known.
func (tx *Store) putBuyer(ctx context.Context, b buyerRow) error {
	write := func() (int64, error) {
		return tx.exec(ctx, "UPDATE buyers SET email = ?, name = ?, locale = ?, updated_at = ? WHERE id = ? AND updated_at <= ?", b.Email, b.Name, b.Locale, b.UpdatedAt, b.ID, b.UpdatedAt)
	}
	n, err := write()
	if err == nil && n == 0 {
		// Something newer is known, or nothing; or another replica inserts it meanwhile, and the newer word holds.
		if err = tx.insert(ctx, &b); isDuplicate(err) {
			_, err = write()
		}
	}
	if err != nil {
		return fmt.Errorf("put buyer: %w", err)
	}
	return nil
}
