package models

import (
	"context"
	"encoding/json"
	"fmt"
)

type orderJoined struct {
	Row         orderRow `gorm:"embedded"`
	BuyerEmail  string
	BuyerName   string
	BuyerLocale string
}

type lineJoined struct {
	Row              lineRow `gorm:"embedded"`
	SellerName       string
	SellerSuspended  bool
	ContactTopic     string
	ContactSource    string
	ContactMessageID string
	SentAt           Instant
	WaitEndsAt       Instant
	SolvedAt         Instant
	RefusedAt        Instant
	CutAt            Instant
	CutReason        string
}

const selectOrder = `SELECT o.*, b.email AS buyer_email, b.name AS buyer_name, b.locale AS buyer_locale
	FROM orders o JOIN buyers b ON b.id = o.buyer_id `

const selectLines = `SELECT l.*, s.name AS seller_name, s.suspended AS seller_suspended,
		c.topic AS contact_topic, c.source AS contact_source, c.message_id AS contact_message_id, c.sent_at, c.wait_ends_at, c.solved_at, c.refused_at, c.cut_at, c.cut_reason
	FROM order_lines l JOIN sellers s ON s.id = l.seller_id LEFT JOIN contacts c ON c.id = l.contact_id `

// orderHeadRow is a line with its order: most orders have one line, so that both in one
// statement cost least.
type orderHeadRow struct {
	Line            lineJoined `gorm:"embedded"`
	OrderNumber     string
	BuyerID         string
	SourceUpdatedAt Instant
	Currency        string
	Chargeback      bool
	Payments        string
	CreatedAt       Instant
	ChangedAt       Instant
	Version         int64
	BuyerEmail      string
	BuyerName       string
	BuyerLocale     string
}

func (r orderHeadRow) joined() orderJoined {
	return orderJoined{
		Row: orderRow{
			ID: r.Line.Row.OrderID, Number: r.OrderNumber, BuyerID: r.BuyerID, PlacedAt: r.Line.Row.PlacedAt, SourceUpdatedAt: r.SourceUpdatedAt, Currency: r.Currency,
			Chargeback: r.Chargeback, Payments: r.Payments, CreatedAt: r.CreatedAt, ChangedAt: r.ChangedAt, Version: r.Version,
		},
		BuyerEmail: r.BuyerEmail, BuyerName: r.BuyerName, BuyerLocale: r.BuyerLocale,
	}
}

const (
	// What an order's head holds, with its tables named as selectOrderHead names them.
	orderHeadColumns = orderOwnColumns + `, ls.name AS seller_name, ls.suspended AS seller_suspended, ob.email AS buyer_email, ob.name AS buyer_name, ob.locale AS buyer_locale`
	// The same without the people of the order.
	orderOwnColumns = `l.*,
		lc.topic AS contact_topic, lc.source AS contact_source, lc.message_id AS contact_message_id, lc.sent_at, lc.wait_ends_at, lc.solved_at, lc.refused_at, lc.cut_at, lc.cut_reason,
		o.number AS order_number, o.buyer_id, o.source_updated_at, o.currency, o.chargeback, o.payments, o.created_at, o.changed_at, o.version`
	selectOrderHead = `SELECT ` + orderHeadColumns + `
	FROM orders o JOIN buyers ob ON ob.id = o.buyer_id JOIN order_lines l ON l.order_id = o.id JOIN sellers ls ON ls.id = l.seller_id LEFT JOIN contacts lc ON lc.id = l.contact_id `
)

// orderHead loads an order with its lines and their waits, which is what rules need, in one
// statement; an order has lines. Kinds: NotFound.
func (s *Store) orderHead(ctx context.Context, number string) (Order, error) {
	found, err := find[orderHeadRow](ctx, s, selectOrderHead+"WHERE o.number = ? ORDER BY l.line_no", number)
	if err != nil {
		return Order{}, fmt.Errorf("read order: %w", err)
	}
	return orderFrom(found)
}

// orderFrom is an order as it was found with its lines. Kinds: NotFound.
func orderFrom(found []orderHeadRow) (Order, error) {
	if len(found) == 0 {
		return Order{}, notFound()
	}
	order, err := found[0].joined().order()
	if err != nil {
		return Order{}, err
	}
	for _, f := range found {
		line, err := f.Line.line()
		if err != nil {
			return Order{}, err
		}
		order.Lines = append(order.Lines, line)
	}
	return order, nil
}

// orderByNumber loads an order with lines, refunds and the claims on each line. Kinds: NotFound.
func (s *Store) orderByNumber(ctx context.Context, number string) (Order, error) {
	orders, err := s.ordersByNumber(ctx, []string{number})
	if err != nil {
		return Order{}, err
	}
	order, ok := orders[number]
	if !ok {
		return Order{}, notFound()
	}
	return order, nil
}

// ordersByNumber loads those of the orders that are there with lines, refunds and the claims on
// each line, in three statements.
func (s *Store) ordersByNumber(ctx context.Context, numbers []string) (map[string]Order, error) {
	byNumber := map[string]Order{}
	found, err := find[orderHeadRow](ctx, s, selectOrderHead+"WHERE o.number IN ? ORDER BY o.id, l.line_no", numbers)
	if err != nil {
		return nil, fmt.Errorf("read orders: %w", err)
	}
	if len(found) == 0 {
		return byNumber, nil
	}
	var orders []Order
	var ids []string
	for from, i := 0, 1; i <= len(found); i++ {
		if i < len(found) && found[i].Line.Row.OrderID == found[from].Line.Row.OrderID {
			continue
		}
		o, err := orderFrom(found[from:i])
		if err != nil {
			return nil, err
		}
		orders, ids, from = append(orders, o), append(ids, o.ID), i
	}
	refunds, err := find[orderRefundRow](ctx, s, "SELECT * FROM order_refunds WHERE order_id IN ? ORDER BY refunded_at, reference", ids)
	if err != nil {
		return nil, fmt.Errorf("read refunds: %w", err)
	}
	told := map[string][]OrderRefund{}
	for _, r := range refunds {
		told[r.OrderID] = append(told[r.OrderID], OrderRefund{r.Reference, r.LineNo, r.Tender, r.Amount, r.RefundedAt})
	}
	claims, err := s.claimsOn(ctx, ids)
	if err != nil {
		return nil, err
	}
	for _, o := range orders {
		o.Refunds = told[o.ID]
		if err := o.name(claims[o.ID]); err != nil {
			return nil, err
		}
		byNumber[o.Number] = o
	}
	return byNumber, nil
}

// claimOnLine names a claim that is or was made on a line of an order.
type claimOnLine struct {
	OrderID string
	LineNo  int
	Number  string
	Status  ClaimStatus

	Replacement *string
}

// claimsOn are the claims ever made on orders, by the orders' ids, the first filed first.
func (s *Store) claimsOn(ctx context.Context, orders []string) (map[string][]claimOnLine, error) {
	rows, err := find[claimOnLine](ctx, s, `SELECT c.order_id, cl.line_no, c.number, c.status, c.replacement FROM claims c JOIN claim_lines cl ON cl.claim_id = c.id
		WHERE c.order_id IN ? ORDER BY c.filed_at, c.id`, orders)
	if err != nil {
		return nil, fmt.Errorf("read claims of orders: %w", err)
	}
	list := map[string][]claimOnLine{}
	for _, r := range rows {
		list[r.OrderID] = append(list[r.OrderID], r)
	}
	return list, nil
}

// name puts claims to their lines.
func (o Order) name(claims []claimOnLine) error {
	for _, c := range claims {
		replacement, err := fromJSON[Replacement](c.Replacement)
		if err != nil {
			return err
		}
		for i := range o.Lines {
			if o.Lines[i].Number == c.LineNo {
				o.Lines[i].Claims = append(o.Lines[i].Claims, ClaimRef{c.Number, c.Status, replacement})
			}
		}
	}
	return nil
}

func (r orderJoined) order() (Order, error) {
	o := Order{
		ID: r.Row.ID, Number: r.Row.Number, BuyerID: r.Row.BuyerID, BuyerEmail: r.BuyerEmail, BuyerName: r.BuyerName, BuyerLocale: r.BuyerLocale,
		PlacedAt: r.Row.PlacedAt, SourceUpdatedAt: r.Row.SourceUpdatedAt, Currency: r.Row.Currency, Chargeback: r.Row.Chargeback,
		CreatedAt: r.Row.CreatedAt, ChangedAt: r.Row.ChangedAt, Version: r.Row.Version,
	}
	if err := json.Unmarshal([]byte(r.Row.Payments), &o.Payments); err != nil {
		return Order{}, fmt.Errorf("read payments of order %s: %w", r.Row.Number, err)
	}
	return o, nil
}

func (r lineJoined) line() (OrderLine, error) {
	l := OrderLine{
		ID: r.Row.ID, OrderID: r.Row.OrderID, Number: r.Row.LineNo, SellerID: r.Row.SellerID, SellerName: r.SellerName, SellerSuspended: r.SellerSuspended,
		SKU: r.Row.Sku, Title: r.Row.Title, Quantity: r.Row.Quantity, UnitPrice: r.Row.UnitPrice, Tax: r.Row.Tax, Shipping: r.Row.Shipping, Total: r.Row.Total,
		Refunded: r.Row.Refunded, Owed: r.Row.Owed, FulfilledBy: r.Row.FulfilledBy, Digital: r.Row.Digital,
		EstimatedEarliest: r.Row.EstimatedEarliest, EstimatedLatest: r.Row.EstimatedLatest, Status: r.Row.Status,
		CancelledAt: r.Row.CancelledAt, CancelledBy: r.Row.CancelledBy, CancelReason: r.Row.CancelReason,
		Carrier: r.Row.Carrier, TrackingNumber: r.Row.TrackingNumber, ShippedAt: r.Row.ShippedAt, FirstScanAt: r.Row.FirstScanAt, DeliveredAt: r.Row.DeliveredAt, Exception: r.Row.Exception,
		DeadlineAt: r.Row.DeadlineAt, ContactID: r.Row.ContactID, OpenClaimID: r.Row.OpenClaimID, ClaimsCounted: r.Row.ClaimsCounted, Requests: r.Row.Requests,
	}
	if r.Row.Listing != nil {
		l.Listing = new(Listing)
		if err := json.Unmarshal([]byte(*r.Row.Listing), l.Listing); err != nil {
			return OrderLine{}, fmt.Errorf("read listing of line %s: %w", r.Row.ID, err)
		}
	}
	if r.Row.ContactID != "" && r.SentAt != 0 {
		l.Contact = &Contact{
			ID: r.Row.ContactID, LineID: r.Row.ID, MessageID: r.ContactMessageID, Topic: Reason(r.ContactTopic), Source: r.ContactSource, SentAt: r.SentAt,
			WaitEndsAt: r.WaitEndsAt, SolvedAt: r.SolvedAt, RefusedAt: r.RefusedAt, CutAt: r.CutAt, CutReason: r.CutReason,
		}
	}
	return l, nil
}

// orderSide says on which side of an order the actor stands; the integration and all staff
// read every order, a seller one with a line of its own.
func orderSide(a Actor, o Order) Side {
	for _, l := range o.Lines {
		if side := a.sideOf(o.BuyerEmail, l.SellerID); side != SideNone && side != SideClock {
			return side
		}
	}
	return SideNone
}

// OrderByNumber returns an order as the actor may see it: a seller sees its own lines and
// not where the money came from. Kinds: NotFound, also for the orders of others.
func (s *Store) OrderByNumber(ctx context.Context, by Actor, number string) (Order, error) {
	o, err := s.orderByNumber(ctx, number)
	if err != nil {
		return Order{}, err
	}
	return visibleOrder(by, o)
}

// OrderFacts is OrderByNumber without the refunds and the claims on each line, in one
// statement. Kinds: NotFound.
func (s *Store) OrderFacts(ctx context.Context, by Actor, number string) (Order, error) {
	o, err := s.orderHead(ctx, number)
	if err != nil {
		return Order{}, err
	}
	return visibleOrder(by, o)
}

func visibleOrder(by Actor, o Order) (Order, error) {
	if by.Role == RoleIntegration {
		return o, nil
	}
	switch orderSide(by, o) {
	case SideBuyer, SideStaff, SideObserver:
		return o, nil
	case SideSeller:
		own := o.Lines[:0:0]
		for _, l := range o.Lines {
			if l.SellerID == by.SellerID {
				own = append(own, l)
			}
		}
		refunds := o.Refunds[:0:0]
		for _, r := range o.Refunds {
			if _, ok := (Order{Lines: own}).Line(r.LineNumber); ok {
				refunds = append(refunds, r)
			}
		}
		o.Lines, o.Refunds, o.Payments = own, refunds, nil
		o.BuyerEmail = ""
		return o, nil
	case SideNone, SideClock:
	}
	return Order{}, notFound()
}

// Page is one page of a list: at most Limit rows after Cursor, which is opaque.
type Page struct {
	Limit  int
	Cursor string
}

// MaxPage is the longest page of any list.
const MaxPage = 200

func (p Page) size() int {
	if p.Limit <= 0 {
		return 50
	}
	return min(p.Limit, MaxPage)
}

// Orders lists the orders the actor may see, newest first: a buyer's own, a seller's with a
// line of its own, all for staff and the integration. Cursor "" is the first page; the next
// cursor is "" on the last.
func (s *Store) Orders(ctx context.Context, by Actor, page Page) (items []Order, next string, err error) {
	at, id, err := readCursor(page.Cursor)
	if err != nil {
		return nil, "", err
	}
	limit := page.size() + 1
	var rows []orderJoined
	switch {
	case by.SeesAllCases() || by.Role == RoleIntegration:
		rows, err = find[orderJoined](ctx, s, selectOrder+"WHERE o.placed_at <= ? AND (o.placed_at < ? OR o.id < ?) ORDER BY o.placed_at DESC, o.id DESC LIMIT ?", at, at, id, limit)
	case by.Role == RoleSeller:
		// The line's key carries placed_at, so that a seller's list is one range of one index.
		rows, err = find[orderJoined](ctx, s, selectOrder+`JOIN (SELECT DISTINCT placed_at, order_id FROM order_lines WHERE seller_id = ? AND placed_at <= ? AND (placed_at < ? OR order_id < ?)
			ORDER BY placed_at DESC, order_id DESC LIMIT ?) l ON l.order_id = o.id ORDER BY o.placed_at DESC, o.id DESC`, by.SellerID, at, at, id, limit)
	case by.Role == RoleBuyer:
		rows, err = find[orderJoined](ctx, s, selectOrder+"WHERE b.email = ? AND o.placed_at <= ? AND (o.placed_at < ? OR o.id < ?) ORDER BY o.placed_at DESC, o.id DESC LIMIT ?", by.Email, at, at, id, limit)
	default:
		return nil, "", forbidden()
	}
	if err != nil {
		return nil, "", fmt.Errorf("list orders: %w", err)
	}
	if len(rows) == limit {
		rows = rows[:limit-1]
		next = writeCursor(rows[len(rows)-1].Row.PlacedAt, rows[len(rows)-1].Row.ID)
	}
	items, err = s.withLines(ctx, by, rows)
	return items, next, err
}

// OwnOrders lists the orders bought under the actor's email, whatever its role.
func (s *Store) OwnOrders(ctx context.Context, by Actor, page Page) ([]Order, string, error) {
	by.Role, by.SellerID = RoleBuyer, ""
	return s.Orders(ctx, by, page)
}

func (s *Store) withLines(ctx context.Context, by Actor, rows []orderJoined) ([]Order, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	orders := make([]Order, len(rows))
	ids := make([]string, len(rows))
	at := map[string]int{}
	for i, r := range rows {
		o, err := r.order()
		if err != nil {
			return nil, err
		}
		orders[i], ids[i], at[o.ID] = o, o.ID, i
	}
	lines, err := find[lineJoined](ctx, s, selectLines+"WHERE l.order_id IN ? ORDER BY l.order_id, l.line_no", ids)
	if err != nil {
		return nil, fmt.Errorf("list lines: %w", err)
	}
	for _, l := range lines {
		line, err := l.line()
		if err != nil {
			return nil, err
		}
		o := &orders[at[line.OrderID]]
		o.Lines = append(o.Lines, line)
	}
	claims, err := s.claimsOn(ctx, ids)
	if err != nil {
		return nil, err
	}
	for _, o := range orders {
		if err := o.name(claims[o.ID]); err != nil {
			return nil, err
		}
	}
	for i := range orders {
		o, err := visibleOrder(by, orders[i])
		if err != nil {
			return nil, err
		}
		orders[i] = o
	}
	return orders, nil
}
