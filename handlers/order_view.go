package handlers

import (
	"context"

	"hosho/models"
)

type orderView struct {
	Number     string            `json:"number"`
	Buyer      buyerView         `json:"buyer"`
	PlacedAt   models.Instant    `json:"placed_at"`
	UpdatedAt  models.Instant    `json:"updated_at"`
	Currency   string            `json:"currency"`
	Chargeback bool              `json:"chargeback"`
	Total      moneyView         `json:"total"`
	Lines      []lineView        `json:"lines"`
	Payments   []paymentView     `json:"payments"`
	Refunds    []orderRefundView `json:"refunds"`
}

type putOrderView struct {
	orderView
	Stale bool `json:"stale"`
}

// buyerView has no email for the seller.
type buyerView struct {
	ID     string  `json:"id"`
	Email  *string `json:"email"`
	Name   *string `json:"name"`
	Locale *string `json:"locale"`
}

type lineView struct {
	Line              int               `json:"line"`
	Seller            sellerRefView     `json:"seller"`
	SKU               *string           `json:"sku"`
	Title             string            `json:"title"`
	Quantity          int64             `json:"quantity"`
	UnitPrice         moneyView         `json:"unit_price"`
	Tax               moneyView         `json:"tax"`
	Shipping          moneyView         `json:"shipping"`
	Total             moneyView         `json:"total"`
	Refunded          moneyView         `json:"refunded"`
	Unrefunded        moneyView         `json:"unrefunded"`
	FulfilledBy       models.Fulfilment `json:"fulfilled_by"`
	Digital           bool              `json:"digital"`
	Listing           *listingView      `json:"listing"`
	EstimatedDelivery *estimateView     `json:"estimated_delivery"`
	Status            models.LineStatus `json:"status"`
	Cancellation      *cancellationView `json:"cancellation"`
	Shipment          *shipmentView     `json:"shipment"`
	DeadlineAt        models.Instant    `json:"deadline_at"`
	Contact           *contactView      `json:"contact"`
	Claims            []claimRefView    `json:"claims"`
	Requests          []requestRefView  `json:"requests"`
}

type listingView struct {
	Description *string  `json:"description"`
	Condition   *string  `json:"condition"`
	Promises    []string `json:"promises"`
}

type estimateView struct {
	Earliest *string `json:"earliest"`
	Latest   *string `json:"latest"`
}

type cancellationView struct {
	At           models.Instant `json:"at"`
	By           string         `json:"by"`
	StatedReason *string        `json:"stated_reason"`
}

type shipmentView struct {
	Carrier        *string        `json:"carrier"`
	TrackingNumber *string        `json:"tracking_number"`
	ShippedAt      models.Instant `json:"shipped_at"`
	FirstScanAt    models.Instant `json:"first_scan_at"`
	DeliveredAt    models.Instant `json:"delivered_at"`
	Exception      *string        `json:"exception"`
}

type contactView struct {
	Topic      models.Reason  `json:"topic"`
	Source     string         `json:"source"`
	SentAt     models.Instant `json:"sent_at"`
	WaitEndsAt models.Instant `json:"wait_ends_at"`
	SolvedAt   models.Instant `json:"solved_at"`
	RefusedAt  models.Instant `json:"refused_at"`
}

type claimRefView struct {
	Number string             `json:"number"`
	Status models.ClaimStatus `json:"status"`
}

type paymentView struct {
	Tender   models.Tender `json:"tender"`
	Amount   moneyView     `json:"amount"`
	Captured bool          `json:"captured"`
}

type orderRefundView struct {
	Reference string         `json:"reference"`
	Line      int            `json:"line"`
	Tender    *models.Tender `json:"tender"`
	Amount    moneyView      `json:"amount"`
	At        models.Instant `json:"at"`
}

type sentMessageView struct {
	messageView
	Contact *contactView `json:"contact"`
}

type reportedView struct {
	ID       string `json:"id"`
	Reported bool   `json:"reported"`
}

// viewOrder writes an order as models lets its viewer see it.
// orderViews are orders as the caller may read them, with the requests on their lines.
func (h *Handlers) orderViews(ctx context.Context, by models.Actor, orders ...models.Order) ([]orderView, error) {
	requests, now, err := h.store.RequestsOn(ctx, orders...)
	if err != nil {
		return nil, err
	}
	views := make([]orderView, 0, len(orders))
	for _, o := range orders {
		v := viewOrder(o)
		for i, l := range o.Lines {
			for _, r := range requests[l.ID] {
				v.Lines[i].Requests = append(v.Lines[i].Requests, viewRequestRef(r, by.SideOf(o, l), now))
			}
		}
		views = append(views, v)
	}
	return views, nil
}

func viewOrder(o models.Order) orderView {
	money := func(n int64) moneyView { return moneyView{n, o.Currency} }
	v := orderView{
		Number: o.Number, Buyer: buyerView{o.BuyerID, orNull(o.BuyerEmail), orNull(o.BuyerName), orNull(o.BuyerLocale)}, PlacedAt: o.PlacedAt,
		UpdatedAt: o.SourceUpdatedAt, Currency: o.Currency, Chargeback: o.Chargeback, Total: money(o.Total()),
		Lines: make([]lineView, 0, len(o.Lines)), Payments: make([]paymentView, 0, len(o.Payments)), Refunds: make([]orderRefundView, 0, len(o.Refunds)),
	}
	for _, l := range o.Lines {
		v.Lines = append(v.Lines, viewLine(l, money))
	}
	for _, p := range o.Payments {
		v.Payments = append(v.Payments, paymentView{p.Tender, money(p.Amount), p.Captured})
	}
	for _, r := range o.Refunds {
		v.Refunds = append(v.Refunds, orderRefundView{r.Reference, r.LineNumber, orNull(r.Tender), money(r.Amount), r.At})
	}
	return v
}

func viewLine(l models.OrderLine, money func(int64) moneyView) lineView {
	v := lineView{
		Line: l.Number, Seller: sellerRefView{l.SellerID, l.SellerName}, SKU: orNull(l.SKU), Title: l.Title, Quantity: l.Quantity,
		UnitPrice: money(l.UnitPrice), Tax: money(l.Tax), Shipping: money(l.Shipping), Total: money(l.Total), Refunded: money(l.Refunded),
		Unrefunded: money(l.Unrefunded()), FulfilledBy: l.FulfilledBy, Digital: l.Digital, Status: l.Status, DeadlineAt: l.DeadlineAt,
		Contact: viewContact(l.Contact), Claims: make([]claimRefView, 0, len(l.Claims)), Requests: []requestRefView{},
	}
	if l.Listing != nil {
		v.Listing = &listingView{orNull(l.Listing.Description), orNull(l.Listing.Condition), filled(l.Listing.Promises)}
	}
	if !l.EstimatedEarliest.IsZero() || !l.EstimatedLatest.IsZero() {
		v.EstimatedDelivery = &estimateView{dateOrNull(l.EstimatedEarliest), dateOrNull(l.EstimatedLatest)}
	}
	if l.CancelledAt != 0 {
		v.Cancellation = &cancellationView{l.CancelledAt, l.CancelledBy, orNull(l.CancelReason)}
	}
	if l.Carrier != "" || l.TrackingNumber != "" || l.Exception != "" || l.ShippedAt != 0 || l.FirstScanAt != 0 || l.DeliveredAt != 0 {
		v.Shipment = &shipmentView{orNull(l.Carrier), orNull(l.TrackingNumber), l.ShippedAt, l.FirstScanAt, l.DeliveredAt, orNull(l.Exception)}
	}
	for _, c := range l.Claims {
		v.Claims = append(v.Claims, claimRefView{c.Number, c.Status})
	}
	return v
}

func viewContact(c *models.Contact) *contactView {
	if c == nil {
		return nil
	}
	return &contactView{c.Topic, c.Source, c.SentAt, c.WaitEndsAt, c.SolvedAt, c.RefusedAt}
}
