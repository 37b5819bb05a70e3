package models

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"

	"hosho/models/calendar"
)

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
	Requests          int
}

func (lineRow) TableName() string { return "order_lines" }

type orderRefundRow struct {
	OrderID    string
	Reference  string
	LineNo     int
	Tender     Tender
	Amount     int64
	RefundedAt Instant
	LegID      *string // of our refund that it pays
	Counted    int64   // of it, as payment of refunds that it did not fit
}

func (orderRefundRow) TableName() string { return "order_refunds" }

// orderRows is an order as it is to rest.
type orderRows struct {
	order   orderRow
	lines   []lineRow        // those that were sent
	gone    []string         // ids of those that were not, and that nobody has written about
	refunds []orderRefundRow // not told before
}

// put is the order as it rests once this was sent. What stands on a claim or a contact keeps its
// instants and money. Pure.
func (o Order) put(in OrderInput, policy Policy, now Instant, zone *time.Location) (orderRows, error) {
	lines, missing := o.keepClaimed(in.Lines)
	var gone []string
	for _, l := range o.Lines {
		switch {
		case containsLine(in.Lines, l.Number):
		case l.ContactID != "" || l.OpenClaimID != "" || len(l.Claims) > 0 || l.Requests > 0:
			missing += l.Total // what somebody has written about stays
		default:
			gone = append(gone, l.ID)
		}
	}
	payments, err := json.Marshal(keepPaid(o.Payments, paymentsOf(in), missing))
	if err != nil {
		return orderRows{}, err
	}
	r := orderRows{gone: gone, order: orderRow{
		ID: o.ID, Number: in.Number, BuyerID: in.Buyer.ID, PlacedAt: instant(in.PlacedAt), SourceUpdatedAt: instant(in.UpdatedAt),
		Currency: in.Currency, Chargeback: in.Chargeback, Payments: string(payments), CreatedAt: o.CreatedAt, ChangedAt: now, Version: o.Version + 1,
	}}
	if r.order.SourceUpdatedAt == 0 {
		r.order.SourceUpdatedAt = o.SourceUpdatedAt
	}
	if o.ID == "" {
		r.order.ID, r.order.CreatedAt = newID(), now
	}
	var refunded map[int]int64
	r.refunds, refunded = o.putRefunds(r.order.ID, in, now)
	for _, l := range lines {
		row, err := lineFrom(r.order, l, policy, zone)
		if err != nil {
			return orderRows{}, err
		}
		row.Refunded = min(refunded[l.Line], row.Total)
		if before, exists := o.Line(l.Line); exists {
			if row, err = before.put(row); err != nil {
				return orderRows{}, err
			}
		}
		r.lines = append(r.lines, row)
	}
	return r, nil
}

// putRefunds are the refunds not told before, and the sum of all for each line.
func (o Order) putRefunds(orderID string, in OrderInput, now Instant) (rows []orderRefundRow, sums map[int]int64) {
	sums = map[int]int64{}
	told := map[string]bool{}
	for _, r := range o.Refunds {
		sums[r.LineNumber] += r.Amount
		told[r.Reference] = true
	}
	for _, r := range in.Refunds {
		if told[r.Reference] {
			continue
		}
		at := instant(r.At)
		if at == 0 {
			at = now
		}
		line := r.lineOf(in)
		rows = append(rows, orderRefundRow{orderID, r.Reference, line, r.Tender, r.Amount, at, nil, 0})
		sums[line] += r.Amount
	}
	return rows, sums
}

// put is a line as it rests once row was sent for it: what the marketplace does not send stays.
func (l OrderLine) put(row lineRow) (lineRow, error) {
	row.ID, row.DeadlineAt, row.Owed = l.ID, max(row.DeadlineAt, l.DeadlineAt), l.Owed
	row.ContactID, row.OpenClaimID, row.ClaimsCounted, row.Requests = l.ContactID, l.OpenClaimID, l.ClaimsCounted, l.Requests
	if more := row.Refunded - l.Refunded; more > 0 {
		row.Owed = max(0, l.Owed-more) // the marketplace has paid part of what was owed
	}
	if l.Listing != nil && row.Listing == nil {
		body, err := json.Marshal(l.Listing)
		if err != nil {
			return lineRow{}, err
		}
		listing := string(body)
		row.Listing = &listing
	}
	return row, nil
}

// rests reports whether writing the rows would change nothing but version and times. Pure.
func (o Order) rests(in OrderInput, r orderRows) (bool, error) {
	buyer := in.buyerRow()
	row := r.order
	next, err := orderJoined{Row: row, BuyerEmail: buyer.Email, BuyerName: buyer.Name, BuyerLocale: buyer.Locale}.order()
	if err != nil {
		return false, err
	}
	next.Version, next.ChangedAt = o.Version, o.ChangedAt
	next.Refunds, next.Lines = o.Refunds, o.Lines
	if o.ID == "" || len(r.refunds) > 0 || len(r.gone) > 0 || !reflect.DeepEqual(next, o) {
		return false, nil
	}
	for _, row := range r.lines {
		before, exists := o.Line(row.LineNo)
		if !exists {
			return false, nil
		}
		line, err := lineJoined{Row: row, SellerName: before.SellerName, SellerSuspended: before.SellerSuspended}.line()
		if err != nil {
			return false, err
		}
		line.Contact, line.Claims = before.Contact, before.Claims
		if !reflect.DeepEqual(line, before) {
			return false, nil
		}
	}
	return true, nil
}

func (o Order) hasClaims() bool {
	for _, l := range o.Lines {
		if l.OpenClaimID != "" || len(l.Claims) > 0 {
			return true
		}
	}
	return false
}

func containsLine(lines []LineInput, number int) bool {
	for _, l := range lines {
		if l.Line == number {
			return true
		}
	}
	return false
}

// buyerRow is what an order says of its buyer; when it was said is left open.
func (in OrderInput) buyerRow() buyerRow {
	b := buyerRow{ID: in.Buyer.ID, Email: normalEmail(in.Buyer.Email), Name: text(in.Buyer.Name), Locale: in.Buyer.Locale}
	if b.Locale == "" {
		b.Locale = "ja"
	}
	return b
}

func paymentsOf(in OrderInput) []Payment {
	list := make([]Payment, 0, len(in.Payments))
	for _, p := range in.Payments {
		list = append(list, Payment{p.Tender, *p.Amount, p.Captured == nil || *p.Captured})
	}
	return list
}

// lineFrom turns the input into the row of a new line. The filing deadline is computed here, once.
func lineFrom(order orderRow, l LineInput, policy Policy, zone *time.Location) (lineRow, error) {
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
	row.DeadlineAt = filingDeadline(row.EstimatedLatest, order.PlacedAt, policy, zone)
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

func indexed(list string, i int, field string) string {
	return fmt.Sprintf("%s[%d].%s", list, i, field)
}
