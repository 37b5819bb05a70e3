package models

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm/clause"

	"hosho/models/calendar"
)

func indexed(list string, i int, field string) string {
	return fmt.Sprintf("%s[%d].%s", list, i, field)
}

// PutOutcome says what became of an order that was sent.
type PutOutcome string

// The outcomes of PutOrder.
const (
	OrderCreated PutOutcome = "created"
	OrderUpdated PutOutcome = "updated"
	OrderStale   PutOutcome = "stale" // an older updated_at than stored: nothing was changed
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
		var err error
		if outcome, err = tx.putOrder(ctx, in, nil); err != nil {
			return err
		}
		order, err = tx.orderByNumber(ctx, in.Number)
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
	results := make([]PutResult, len(in))
	for i := range in {
		results[i].Err = checkOrder(in[i])
	}
	err := s.inTx(ctx, func(tx *Store) error {
		known := &knownParties{sellers: map[string]bool{}, buyers: map[string]buyerRow{}}
		for i := range in {
			if KindOf(results[i].Err) != "" {
				continue
			}
			outcome, err := tx.putOrder(ctx, in[i], known)
			if err != nil && KindOf(err) == "" {
				return err
			}
			results[i] = PutResult{outcome, err}
		}
		return nil
	})
	return results, err
}

// knownParties remembers within one transaction who has been written already.
type knownParties struct {
	sellers map[string]bool
	buyers  map[string]buyerRow
}

type sellerRow struct {
	ID        string
	Name      string
	Locale    string
	Suspended bool
	CreatedAt Instant
	UpdatedAt Instant
}

func (sellerRow) TableName() string { return "sellers" }

type buyerRow struct {
	ID        string
	Email     string
	Name      string
	Locale    string
	UpdatedAt Instant
}

func (buyerRow) TableName() string { return "buyers" }

type orderRow struct {
	ID              string
	Number          string
	BuyerID         string
	PlacedAt        Instant
	SourceUpdatedAt Instant
	Currency        string
	Chargeback      bool
	Payments        string
	CreatedAt       Instant
	ChangedAt       Instant
	Version         int64
}

func (orderRow) TableName() string { return "orders" }

type lineRow struct {
	ID                string
	OrderID           string
	LineNo            int
	SellerID          string
	PlacedAt          Instant
	Sku               string
	Title             string
	Quantity          int64
	UnitPrice         int64
	Tax               int64
	Shipping          int64
	Total             int64
	Refunded          int64
	Owed              int64
	FulfilledBy       Fulfilment
	Digital           bool
	Listing           *string
	EstimatedEarliest calendar.Date
	EstimatedLatest   calendar.Date
	Status            LineStatus
	CancelledAt       Instant
	CancelledBy       string
	CancelReason      string
	Carrier           string
	TrackingNumber    string
	ShippedAt         Instant
	FirstScanAt       Instant
	DeliveredAt       Instant
	Exception         string
	DeadlineAt        Instant
	ContactID         string
	OpenClaimID       string
	ClaimsCounted     int
}

func (lineRow) TableName() string { return "order_lines" }

type orderRefundRow struct {
	OrderID    string
	Reference  string
	LineNo     int
	Tender     Tender
	Amount     int64
	RefundedAt Instant
}

func (orderRefundRow) TableName() string { return "order_refunds" }

func (tx *Store) putOrder(ctx context.Context, in OrderInput, known *knownParties) (PutOutcome, error) {
	var old Order
	old, err := tx.orderByNumber(ctx, in.Number)
	isNew := KindOf(err) == NotFound
	if err != nil && !isNew {
		return "", err
	}
	updated := instant(in.UpdatedAt)
	if !isNew && updated != 0 && updated < old.SourceUpdatedAt {
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
	if err := tx.putParties(ctx, in, known); err != nil {
		return "", err
	}
	lines, missing := old.keepClaimed(in.Lines)
	in.Lines = lines
	payments, err := json.Marshal(keepPaid(old.Payments, paymentsOf(in), missing))
	if err != nil {
		return "", err
	}
	row := orderRow{
		ID: old.ID, Number: in.Number, BuyerID: in.Buyer.ID, PlacedAt: instant(in.PlacedAt), SourceUpdatedAt: updated,
		Currency: in.Currency, Chargeback: in.Chargeback, Payments: string(payments),
		CreatedAt: old.CreatedAt, ChangedAt: tx.now, Version: old.Version + 1,
	}
	if updated == 0 {
		row.SourceUpdatedAt = old.SourceUpdatedAt
	}
	if isNew {
		row.ID, row.CreatedAt = newID(), tx.now
		if err := tx.insert(ctx, &row); err != nil {
			if isDuplicate(err) {
				return "", errAgain // another replica was first; now it is an update
			}
			return "", fmt.Errorf("insert order: %w", err)
		}
	} else {
		n, err := tx.exec(ctx, `UPDATE orders SET buyer_id=?, placed_at=?, source_updated_at=?, currency=?, chargeback=?, payments=?, changed_at=?, version=version+1
			WHERE id=? AND version=?`, row.BuyerID, row.PlacedAt, row.SourceUpdatedAt, row.Currency, row.Chargeback, row.Payments, row.ChangedAt, old.ID, old.Version)
		if err != nil {
			return "", fmt.Errorf("update order: %w", err)
		}
		if n == 0 {
			return "", errAgain
		}
	}
	refunded, err := tx.putRefunds(ctx, row.ID, old, in)
	if err != nil {
		return "", err
	}
	if err := tx.putLines(ctx, row, old, in, refunded, policy); err != nil {
		return "", err
	}
	if isNew {
		return OrderCreated, nil
	}
	return OrderUpdated, tx.followOrder(ctx, old, in.Number)
}

func (o Order) hasClaims() bool {
	for _, l := range o.Lines {
		if l.OpenClaimID != "" || len(l.Claims) > 0 {
			return true
		}
	}
	return false
}

func (tx *Store) putParties(ctx context.Context, in OrderInput, known *knownParties) error {
	buyer := buyerRow{ID: in.Buyer.ID, Email: normalEmail(in.Buyer.Email), Name: text(in.Buyer.Name), Locale: in.Buyer.Locale}
	if buyer.Locale == "" {
		buyer.Locale = "ja"
	}
	seen := false
	if known != nil {
		seen = known.buyers[buyer.ID] == buyer
		known.buyers[buyer.ID] = buyer
	}
	if !seen {
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
	listed := map[string]bool{}
	for _, l := range in.Lines {
		if listed[l.Seller.ID] || known != nil && known.sellers[l.Seller.ID] {
			continue
		}
		listed[l.Seller.ID] = true
		name := text(l.Seller.Name)
		if name == "" {
			name = l.Seller.ID
		}
		sellers = append(sellers, sellerRow{ID: l.Seller.ID, Name: name, Locale: "ja", CreatedAt: tx.now, UpdatedAt: tx.now})
		if known != nil {
			known.sellers[l.Seller.ID] = true
		}
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
	n, err := tx.exec(ctx, "UPDATE buyers SET email = ?, name = ?, locale = ?, updated_at = ? WHERE id = ? AND updated_at <= ?", b.Email, b.Name, b.Locale, b.UpdatedAt, b.ID, b.UpdatedAt)
	if err != nil {
		return fmt.Errorf("put buyer: %w", err)
	}
	if n > 0 {
		return nil
	}
	if err := tx.tx.WithContext(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&b).Error; err != nil {
		return fmt.Errorf("put buyer: %w", err)
	}
	return nil
}

func paymentsOf(in OrderInput) []Payment {
	list := make([]Payment, 0, len(in.Payments))
	for _, p := range in.Payments {
		list = append(list, Payment{p.Tender, *p.Amount, p.Captured == nil || *p.Captured})
	}
	return list
}

// putRefunds stores the refunds not seen before and returns the sum per line of all. A
// refund whose reference is one of ours is money a decision owed: it is owed no longer.
func (tx *Store) putRefunds(ctx context.Context, orderID string, old Order, in OrderInput) (map[int]int64, error) {
	sums, seen := map[int]int64{}, map[string]bool{}
	for _, r := range old.Refunds {
		sums[r.LineNumber] += r.Amount
		seen[r.Reference] = true
	}
	var rows []orderRefundRow
	for _, r := range in.Refunds {
		if seen[r.Reference] {
			continue
		}
		line := r.lineOf(in)
		at := instant(r.At)
		if at == 0 {
			at = tx.now
		}
		rows = append(rows, orderRefundRow{orderID, r.Reference, line, r.Tender, r.Amount, at})
		sums[line] += r.Amount
	}
	if len(rows) == 0 {
		return sums, nil
	}
	if err := tx.insert(ctx, &rows); err != nil {
		return nil, fmt.Errorf("insert refunds: %w", err)
	}
	return sums, nil
}

func (tx *Store) putLines(ctx context.Context, order orderRow, old Order, in OrderInput, refunded map[int]int64, policy Policy) error {
	var fresh []lineRow
	for _, l := range in.Lines {
		row, err := tx.lineFrom(order, l, policy)
		if err != nil {
			return err
		}
		row.Refunded = min(refunded[l.Line], row.Total)
		before, exists := old.Line(l.Line)
		if !exists {
			fresh = append(fresh, row)
			continue
		}
		if err := tx.updateLine(ctx, before, row); err != nil {
			return err
		}
	}
	for _, l := range old.Lines {
		if containsLine(in.Lines, l.Number) || l.ContactID != "" || l.OpenClaimID != "" || len(l.Claims) > 0 {
			continue // what somebody has written about stays
		}
		if _, err := tx.exec(ctx, "DELETE FROM order_lines WHERE id = ? AND contact_id = '' AND open_claim_id = '' AND claims_counted = 0", l.ID); err != nil {
			return fmt.Errorf("delete line: %w", err)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	if err := tx.insert(ctx, &fresh); err != nil {
		return fmt.Errorf("insert lines: %w", err)
	}
	return nil
}

func containsLine(lines []LineInput, number int) bool {
	for _, l := range lines {
		if l.Line == number {
			return true
		}
	}
	return false
}

// lineFrom turns the input into a row. The filing deadline is computed here, once.
func (tx *Store) lineFrom(order orderRow, l LineInput, policy Policy) (lineRow, error) {
	total, err := lineSum(l)
	if err != nil {
		return lineRow{}, err
	}
	row := lineRow{
		ID: newID(), OrderID: order.ID, LineNo: l.Line, SellerID: l.Seller.ID, PlacedAt: order.PlacedAt, Sku: l.SKU, Title: text(l.Title),
		Quantity: l.Quantity, UnitPrice: *l.UnitPrice, Tax: l.Tax, Shipping: l.Shipping, Total: total,
		FulfilledBy: l.FulfilledBy, Digital: l.Digital, Status: l.Status,
	}
	if row.FulfilledBy == "" {
		row.FulfilledBy = BySeller
	}
	if l.Listing != nil {
		body, err := json.Marshal(Listing{text(l.Listing.Description), text(l.Listing.Condition), l.Listing.Promises})
		if err != nil {
			return lineRow{}, err
		}
		listing := string(body)
		row.Listing = &listing
	}
	if e := l.EstimatedDelivery; e != nil {
		row.EstimatedEarliest, row.EstimatedLatest = date(e.Earliest), date(e.Latest)
	}
	if c := l.Cancellation; c != nil {
		row.CancelledAt, row.CancelledBy, row.CancelReason = instant(c.At), c.By, c.StatedReason
	}
	if sh := l.Shipment; sh != nil {
		row.Carrier, row.TrackingNumber, row.Exception = text(sh.Carrier), text(sh.TrackingNumber), sh.Exception
		row.ShippedAt, row.FirstScanAt, row.DeliveredAt = instant(sh.ShippedAt), instant(sh.FirstScanAt), instant(sh.DeliveredAt)
	}
	row.DeadlineAt = filingDeadline(row.EstimatedLatest, order.PlacedAt, policy, tx.config.Zone)
	return row, nil
}

// filingDeadline is the start of the day after the last day a claim may be filed (PRODUCT.md §2).
func filingDeadline(latest calendar.Date, placedAt Instant, policy Policy, zone *time.Location) Instant {
	return InstantOf(calendar.FilingDeadline(latestEstimate(latest, placedAt, policy, zone), policy.FilingDays, zone))
}

// latestEstimate is the latest estimated delivery date; without one the placed date and a
// policy's number of days stand in for it.
func latestEstimate(latest calendar.Date, placedAt Instant, policy Policy, zone *time.Location) calendar.Date {
	if !latest.IsZero() {
		return latest
	}
	return calendar.DateOf(placedAt.Time(), zone).AddDays(policy.EstimateFallbackDays)
}

func (tx *Store) updateLine(ctx context.Context, before OrderLine, row lineRow) error {
	row.DeadlineAt = max(row.DeadlineAt, before.DeadlineAt)
	owed := before.Owed
	if more := row.Refunded - before.Refunded; more > 0 {
		owed = max(0, owed-more) // the marketplace has paid part of what was owed
	}
	if before.Listing != nil && row.Listing == nil {
		body, err := json.Marshal(before.Listing)
		if err != nil {
			return err
		}
		listing := string(body)
		row.Listing = &listing
	}
	_, err := tx.exec(ctx, `UPDATE order_lines SET seller_id=?, placed_at=?, sku=?, title=?, quantity=?, unit_price=?, tax=?, shipping=?, total=?, refunded=?, owed=?,
		fulfilled_by=?, digital=?, listing=?, estimated_earliest=?, estimated_latest=?, status=?, cancelled_at=?, cancelled_by=?, cancel_reason=?,
		carrier=?, tracking_number=?, shipped_at=?, first_scan_at=?, delivered_at=?, exception=?, deadline_at=? WHERE id=?`,
		row.SellerID, row.PlacedAt, row.Sku, row.Title, row.Quantity, row.UnitPrice, row.Tax, row.Shipping, row.Total, row.Refunded, owed,
		row.FulfilledBy, row.Digital, row.Listing, row.EstimatedEarliest, row.EstimatedLatest, row.Status, row.CancelledAt, row.CancelledBy, row.CancelReason,
		row.Carrier, row.TrackingNumber, row.ShippedAt, row.FirstScanAt, row.DeliveredAt, row.Exception, row.DeadlineAt, before.ID)
	if err != nil {
		return fmt.Errorf("update line: %w", err)
	}
	return nil
}

// instant and date read inputs that check has passed; an absent one is zero.
func instant(s string) Instant {
	if s == "" {
		return 0
	}
	i, err := ParseInstant(s)
	if err != nil {
		panic(errors.New("instant was not checked: " + s))
	}
	return i
}

func date(s string) calendar.Date {
	if s == "" {
		return calendar.Date{}
	}
	d, err := calendar.ParseDate(s)
	if err != nil {
		panic(errors.New("date was not checked: " + s))
	}
	return d
}
