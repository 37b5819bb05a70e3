package models

import (
	"context"
	"fmt"
)

// requestJoined is a request with what it is about and what was written.
type requestJoined struct {
	Row           requestRow `gorm:"embedded"`
	OrderNumber   string
	LineNo        int
	Title         string
	SellerName    string
	BuyerID       string
	BuyerEmail    string
	BuyerLocale   string
	Message       string
	MessageLocale string
	Answer        string
	AnswerLocale  string
	Warnings      *string
}

const selectRequests = `SELECT r.*, o.number AS order_number, o.buyer_id, l.line_no, l.title, s.name AS seller_name, b.email AS buyer_email, b.locale AS buyer_locale,
		m.body AS message, m.locale AS message_locale, a.body AS answer, a.locale AS answer_locale, a.warnings
	FROM requests r JOIN order_lines l ON l.id = r.order_line_id JOIN orders o ON o.id = r.order_id JOIN buyers b ON b.id = o.buyer_id JOIN sellers s ON s.id = r.seller_id
		JOIN messages m ON m.id = r.message_id LEFT JOIN messages a ON a.id = r.answer_id `

func (r requestJoined) request(now Instant) (Request, error) {
	warnings, err := fromJSON[[]Warning](r.Warnings)
	if err != nil {
		return Request{}, err
	}
	q := Request{
		ID: r.Row.ID, OrderNumber: r.OrderNumber, OrderID: r.Row.OrderID, Line: r.LineNo, LineID: r.Row.OrderLineID, Title: r.Title, SellerID: r.Row.SellerID, SellerName: r.SellerName,
		Kind: r.Row.Kind, Reason: r.Row.Reason, Status: r.Row.Status, Message: r.Message, MessageLocale: r.MessageLocale, Postage: r.Row.Postage,
		SentAt: r.Row.SentAt, DueAt: r.Row.DueAt, Answer: r.Answer, AnswerLocale: r.AnswerLocale, ReturnAddress: r.Row.ReturnAddress,
		AnsweredAt: r.Row.AnsweredAt, ClosedAt: r.Row.ClosedAt,
	}
	if warnings != nil {
		q.Warnings = *warnings
	}
	return q.asOf(now), nil
}

// requestsOn are the requests on order lines, by the lines' ids, the first sent first.
func (s *Store) requestsOn(ctx context.Context, now Instant, lines ...string) (map[string][]Request, error) {
	rows, err := find[requestJoined](ctx, s, selectRequests+"WHERE r.order_line_id IN ? ORDER BY r.order_line_id, r.sent_at, r.id", lines)
	if err != nil {
		return nil, fmt.Errorf("read requests: %w", err)
	}
	on := map[string][]Request{}
	for _, r := range rows {
		q, err := r.request(now)
		if err != nil {
			return nil, err
		}
		on[q.LineID] = append(on[q.LineID], q)
	}
	return on, nil
}

// withFiles adds to requests the files that came with them, in one statement.
func (s *Store) withFiles(ctx context.Context, list []Request, rows []requestJoined) error {
	ids := make([]string, 0, len(rows))
	for _, r := range rows {
		ids = append(ids, r.Row.MessageID)
	}
	files, err := s.evidenceOfAll(ctx, ids)
	if err != nil {
		return err
	}
	for i, r := range rows {
		list[i].Evidence = files[r.Row.MessageID]
	}
	return nil
}

// Requests lists the requests on an order line with the files that came with them, the first
// sent first, and says on which side the actor stands. Buyer, seller and staff read them.
// Kinds: NotFound, Forbidden for the integration.
func (s *Store) Requests(ctx context.Context, by Actor, number string, n int) ([]Request, Side, error) {
	_, side, line, err := s.lineFor(ctx, by, number, n)
	switch {
	case err != nil:
		return nil, "", err
	case side == SideNone:
		return nil, "", forbidden()
	case line.Requests == 0:
		return nil, side, nil
	}
	now, err := s.Now(ctx)
	if err != nil {
		return nil, "", err
	}
	rows, err := find[requestJoined](ctx, s, selectRequests+"WHERE r.order_line_id = ? ORDER BY r.sent_at, r.id", line.ID)
	if err != nil {
		return nil, "", fmt.Errorf("list requests: %w", err)
	}
	list, err := s.requestList(ctx, rows, now)
	return list, side, err
}

func (s *Store) requestList(ctx context.Context, rows []requestJoined, now Instant) ([]Request, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	list := make([]Request, 0, len(rows))
	for _, r := range rows {
		q, err := r.request(now)
		if err != nil {
			return nil, err
		}
		list = append(list, q)
	}
	return list, s.withFiles(ctx, list, rows)
}

// RequestsOf are the requests on the lines of an order that the caller has read, by the lines'
// numbers, without files; no statement is sent where there are none.
func (s *Store) RequestsOf(ctx context.Context, o Order) (map[int][]Request, error) {
	var ids []string
	for _, l := range o.Lines {
		if l.Requests > 0 {
			ids = append(ids, l.ID)
		}
	}
	by := map[int][]Request{}
	if len(ids) == 0 {
		return by, nil
	}
	now, err := s.Now(ctx)
	if err != nil {
		return nil, err
	}
	on, err := s.requestsOn(ctx, now, ids...)
	if err != nil {
		return nil, err
	}
	for _, l := range o.Lines {
		if list := on[l.ID]; len(list) > 0 {
			by[l.Number] = list
		}
	}
	return by, nil
}

// RequestsOn are the requests on the lines of orders that the caller has read, by the lines' ids, the
// first sent first and as they stand at now, without what was written; no statement is sent where
// there are none.
func (s *Store) RequestsOn(ctx context.Context, orders ...Order) (on map[string][]Request, now Instant, err error) {
	var ids []string
	for _, o := range orders {
		for _, l := range o.Lines {
			if l.Requests > 0 {
				ids = append(ids, l.ID)
			}
		}
	}
	if len(ids) == 0 {
		return nil, 0, nil
	}
	if now, err = s.Now(ctx); err != nil {
		return nil, 0, err
	}
	rows, err := find[requestRow](ctx, s, "SELECT * FROM requests WHERE order_line_id IN ? ORDER BY order_line_id, sent_at, id", ids)
	if err != nil {
		return nil, 0, fmt.Errorf("read requests: %w", err)
	}
	on = map[string][]Request{}
	for _, r := range rows {
		q, err := requestJoined{Row: r}.request(now)
		if err != nil {
			return nil, 0, err
		}
		on[q.LineID] = append(on[q.LineID], q)
	}
	return on, now, nil
}

// OpenRequests are the requests that wait for the answer of the actor's own seller, the first
// due first. Kinds: Forbidden for others than a seller's members, Invalid for a cursor that is
// not ours.
func (s *Store) OpenRequests(ctx context.Context, by Actor, page Page) (items []Request, next string, err error) {
	if by.Role != RoleSeller || by.SellerID == "" {
		return nil, "", forbidden()
	}
	now, err := s.Now(ctx)
	if err != nil {
		return nil, "", err
	}
	at, id, err := readAscending(page.Cursor)
	if err != nil {
		return nil, "", err
	}
	at = max(at, now+1) // what is due by now has had its silence
	limit := page.size() + 1
	rows, err := find[requestJoined](ctx, s, selectRequests+"WHERE r.seller_id = ? AND r.status = ? AND r.due_at >= ? AND (r.due_at > ? OR r.id > ?) ORDER BY r.due_at, r.id LIMIT ?",
		by.SellerID, RequestOpen, at, at, id, limit)
	if err != nil {
		return nil, "", fmt.Errorf("list open requests: %w", err)
	}
	if len(rows) == limit {
		rows = rows[:limit-1]
		next = writeCursor(rows[limit-2].Row.DueAt, rows[limit-2].Row.ID)
	}
	items, err = s.requestList(ctx, rows, now)
	return items, next, err
}

// requestFor loads a request of an order line as the actor may see it, on which side the
// actor stands, and where its notices go. Kinds: NotFound.
func (s *Store) requestFor(ctx context.Context, by Actor, number string, n int, id string, now Instant) (requestJoined, Request, Side, error) {
	rows, err := find[requestJoined](ctx, s, selectRequests+"WHERE r.id = ? AND o.number = ? AND l.line_no = ?", id, number, n)
	if err != nil {
		return requestJoined{}, Request{}, "", fmt.Errorf("read request: %w", err)
	}
	if len(rows) == 0 {
		return requestJoined{}, Request{}, "", notFound()
	}
	side := by.sideOf(rows[0].BuyerEmail, rows[0].Row.SellerID)
	if side == SideNone && by.Role != RoleIntegration {
		return requestJoined{}, Request{}, "", notFound()
	}
	list, err := s.requestList(ctx, rows, now)
	if err != nil {
		return requestJoined{}, Request{}, "", err
	}
	return rows[0], list[0], side, nil
}

// RequestByID returns one request of an order line, and on which side the actor stands.
// Kinds: NotFound, Forbidden for the integration.
func (s *Store) RequestByID(ctx context.Context, by Actor, number string, n int, id string) (Request, Side, error) {
	now, err := s.Now(ctx)
	if err != nil {
		return Request{}, "", err
	}
	_, r, side, err := s.requestFor(ctx, by, number, n, id, now)
	if err == nil && side == SideNone {
		err = forbidden()
	}
	return r, side, err
}
