package models

import (
	"hosho/models/calendar"
	"hosho/models/money"
)

// Tender is a way of paying.
type Tender string

// Fulfilment says who sold and shipped a line; only what a marketplace seller sold and
// shipped is covered.
type Fulfilment string

// The kinds of fulfilment.
const (
	BySeller      Fulfilment = "seller"
	ByMarketplace Fulfilment = "marketplace"
	FirstParty    Fulfilment = "first_party"
)

// LineStatus is where a line stands at the marketplace.
type LineStatus string

// The states of a line.
const (
	Unshipped LineStatus = "unshipped"
	Shipped   LineStatus = "shipped"
	Delivered LineStatus = "delivered"
	Cancelled LineStatus = "cancelled"
	Returned  LineStatus = "returned"
)

// Payment is one tender that paid, in minor units.
type Payment struct {
	Tender   Tender `json:"tender"`
	Amount   int64  `json:"amount"`
	Captured bool   `json:"captured"`
}

// Listing is the offer as it was bought.
type Listing struct {
	Description string   `json:"description,omitempty"`
	Condition   string   `json:"condition,omitempty"`
	Promises    []string `json:"promises,omitempty"`
}

// Order is an order as the marketplace tells it.
type Order struct {
	ID              string
	Number          string
	BuyerID         string
	BuyerEmail      string
	BuyerName       string
	BuyerLocale     string
	PlacedAt        Instant
	SourceUpdatedAt Instant
	Currency        string
	Chargeback      bool
	Payments        []Payment
	CreatedAt       Instant
	ChangedAt       Instant
	Version         int64
	Lines           []OrderLine
	Refunds         []OrderRefund
}

// Total is what the lines cost, in minor units.
func (o Order) Total() int64 {
	var sum int64
	for _, l := range o.Lines {
		sum += l.Total
	}
	return sum
}

// Line returns the line with this number.
func (o Order) Line(number int) (OrderLine, bool) {
	for _, l := range o.Lines {
		if l.Number == number {
			return l, true
		}
	}
	return OrderLine{}, false
}

// OrderLine is one line; it has exactly one seller. Money is in minor units of the order's
// currency; tax and shipping are totals of the line.
type OrderLine struct {
	ID                string
	OrderID           string
	Number            int
	SellerID          string
	SellerName        string
	SellerSuspended   bool
	SKU               string
	Title             string
	Quantity          int64
	UnitPrice         int64
	Tax               int64
	Shipping          int64
	Total             int64
	Refunded          int64 // by the marketplace
	Owed              int64 // by decided claims, not yet reported as refunded
	FulfilledBy       Fulfilment
	Digital           bool
	Listing           *Listing
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
	DeadlineAt        Instant // exclusive; only ever moves later
	ContactID         string
	Contact           *Contact // the wait that counts
	OpenClaimID       string
	ClaimsCounted     int
	Claims            []ClaimRef
	Requests          int // cancellation and return requests ever sent
}

// Unrefunded is what of the line has neither been refunded nor promised by a decision.
func (l OrderLine) Unrefunded() int64 { return max(0, l.Total-l.Refunded-l.Owed) }

// PaidBack reports whether all that the line cost has been refunded or promised; never of one that cost nothing.
func (l OrderLine) PaidBack() bool { return l.Total > 0 && l.Unrefunded() == 0 }

// LinePart is what of a line's price, tax and shipping a part of its total is, in minor units.
type LinePart struct {
	Goods, Tax, Shipping int64
}

// Part splits an amount of the line's total in proportion over its price, tax and shipping, by
// largest remainder: the three add up to the amount, and none exceeds what it is of. An amount
// that is more than the total, or less than nothing, has no parts.
func (l OrderLine) Part(amount int64) LinePart {
	of := []int64{l.Total - l.Tax - l.Shipping, l.Tax, l.Shipping}
	shares, err := money.Allocate(amount, of, of)
	if err != nil {
		return LinePart{}
	}
	return LinePart{shares[0], shares[1], shares[2]}
}

// ClaimRef names a claim and where it stands.
type ClaimRef struct {
	Number      string
	Status      ClaimStatus
	Replacement *Replacement // agreed on in it
}

// OrderRefund is a refund the marketplace reported.
type OrderRefund struct {
	Reference  string
	LineNumber int
	Tender     Tender
	Amount     int64
	At         Instant
}

// OrderInput is an order as the marketplace sends it (API.md §3).
type OrderInput struct {
	Number     string         `json:"-" validate:"key"`
	Buyer      BuyerInput     `json:"buyer" validate:"required"`
	PlacedAt   string         `json:"placed_at" validate:"required,instant"`
	UpdatedAt  string         `json:"updated_at" validate:"omitempty,instant"`
	Currency   string         `json:"currency" validate:"required,currency"`
	Chargeback bool           `json:"chargeback"`
	Lines      []LineInput    `json:"lines" validate:"required,min=1,max=200,dive"`
	Payments   []PaymentInput `json:"payments" validate:"required,max=50,dive"`
	Refunds    []RefundInput  `json:"refunds" validate:"max=1000,dive"`
}

// BuyerInput is the marketplace's buyer.
type BuyerInput struct {
	ID     string `json:"id" validate:"required,key"`
	Email  string `json:"email" validate:"required,max=254,email"`
	Name   string `json:"name" validate:"max=200,clean"`
	Locale string `json:"locale" validate:"max=16,clean"`
}

// LineInput is one line of an order.
type LineInput struct {
	Line              int                `json:"line" validate:"required,gte=1,lte=100000"`
	Seller            SellerRef          `json:"seller" validate:"required"`
	SKU               string             `json:"sku" validate:"max=128,clean"`
	Title             string             `json:"title" validate:"required,visible,max=500,clean"`
	Quantity          int64              `json:"quantity" validate:"required,gte=1,lte=1000000"`
	UnitPrice         *int64             `json:"unit_price" validate:"required,gte=0,lte=1000000000000000"`
	Tax               int64              `json:"tax" validate:"gte=0,lte=1000000000000000"`
	Shipping          int64              `json:"shipping" validate:"gte=0,lte=1000000000000000"`
	FulfilledBy       Fulfilment         `json:"fulfilled_by" validate:"omitempty,oneof=seller marketplace first_party"`
	Digital           bool               `json:"digital"`
	Listing           *ListingInput      `json:"listing"`
	EstimatedDelivery *EstimateInput     `json:"estimated_delivery"`
	Status            LineStatus         `json:"status" validate:"required,oneof=unshipped shipped delivered cancelled returned"`
	Cancellation      *CancellationInput `json:"cancellation"`
	Shipment          *ShipmentInput     `json:"shipment"`
}

// SellerRef names a seller.
type SellerRef struct {
	ID   string `json:"id" validate:"required,key"`
	Name string `json:"name" validate:"max=200,clean"`
}

// ListingInput is the offer as it was bought.
type ListingInput struct {
	Description string   `json:"description" validate:"max=20000,clean"`
	Condition   string   `json:"condition" validate:"max=100,clean"`
	Promises    []string `json:"promises" validate:"max=50,dive,max=500,clean"`
}

// EstimateInput is the promised delivery, as calendar dates in the marketplace's zone.
type EstimateInput struct {
	Earliest string `json:"earliest" validate:"omitempty,date"`
	Latest   string `json:"latest" validate:"omitempty,date"`
}

// CancellationInput says when, by whom and why a line was cancelled.
type CancellationInput struct {
	At           string `json:"at" validate:"required,instant"`
	By           string `json:"by" validate:"required,oneof=seller buyer marketplace"`
	StatedReason string `json:"stated_reason" validate:"omitempty,oneof=out_of_stock buyer_request address_problem pricing_error other"`
}

// ShipmentInput is what the carrier tells.
type ShipmentInput struct {
	Carrier        string `json:"carrier" validate:"max=100,clean"`
	TrackingNumber string `json:"tracking_number" validate:"max=100,clean"`
	ShippedAt      string `json:"shipped_at" validate:"omitempty,instant"`
	FirstScanAt    string `json:"first_scan_at" validate:"omitempty,instant"`
	DeliveredAt    string `json:"delivered_at" validate:"omitempty,instant"`
	Exception      string `json:"exception" validate:"omitempty,oneof=returned undeliverable"`
}

// PaymentInput is one tender that paid.
type PaymentInput struct {
	Tender   Tender `json:"tender" validate:"required,oneof=credit_card debit_card convenience_store cash_on_delivery carrier_billing bank_transfer wallet points gift_card coupon"`
	Amount   *int64 `json:"amount" validate:"required,gte=0,lte=1000000000000000"`
	Captured *bool  `json:"captured"`
}

// RefundInput is a refund the marketplace has made.
type RefundInput struct {
	Reference string `json:"reference" validate:"required,key"`
	Line      int    `json:"line" validate:"gte=0"`
	Tender    Tender `json:"tender" validate:"omitempty,oneof=credit_card debit_card convenience_store cash_on_delivery carrier_billing bank_transfer wallet points gift_card coupon"`
	Amount    int64  `json:"amount" validate:"gte=1,lte=1000000000000000"`
	At        string `json:"at" validate:"omitempty,instant"`
}

// checkOrder applies the limits and the sums an order must keep: lines and references are
// unique, and the payments (coupons among them) add up to the lines exactly.
func checkOrder(in OrderInput) error {
	var f fieldErrors
	f.check(in)
	var total int64
	var err error
	seen := map[int]bool{}
	for i, l := range in.Lines {
		if seen[l.Line] {
			f.add(indexed("lines", i, "line"), "duplicate")
		}
		seen[l.Line] = true
		if l.UnitPrice == nil {
			continue
		}
		var lineTotal int64
		if lineTotal, err = lineSum(l); err == nil {
			total, err = money.Add(total, lineTotal)
		}
		if err != nil {
			f.add(indexed("lines", i, "unit_price"), "out_of_range")
			return f.err()
		}
		if e := l.EstimatedDelivery; e != nil && e.Earliest != "" && e.Latest != "" && e.Earliest > e.Latest {
			f.add(indexed("lines", i, "estimated_delivery.latest"), "out_of_range")
		}
	}
	references := map[string]bool{}
	for i, r := range in.Refunds {
		if references[r.Reference] {
			f.add(indexed("refunds", i, "reference"), "duplicate")
		}
		references[r.Reference] = true
		if r.Line == 0 && len(in.Lines) != 1 {
			f.add(indexed("refunds", i, "line"), "required")
		} else if r.Line != 0 && !seen[r.Line] {
			f.add(indexed("refunds", i, "line"), "unknown_value")
		}
	}
	if err := f.err(); err != nil {
		return err
	}
	var paid int64
	for _, p := range in.Payments {
		if paid, err = money.Add(paid, *p.Amount); err != nil {
			return invalid("payments_do_not_add_up")
		}
	}
	if paid != total {
		return invalid("payments_do_not_add_up").With("lines_total", total).With("payments_total", paid)
	}
	return nil
}

// lineSum is what a line costs: unit price × quantity + tax + shipping.
func lineSum(l LineInput) (int64, error) {
	goods, err := money.Mul(*l.UnitPrice, l.Quantity)
	if err != nil {
		return 0, err
	}
	return money.Sum(goods, l.Tax, l.Shipping)
}

// contacted reports whether a wait was ever started on a line of the seller.
func (o Order) contacted(seller string) bool {
	for _, l := range o.Lines {
		if l.SellerID == seller && l.ContactID != "" {
			return true
		}
	}
	return false
}
