package models

import (
	"context"
	"fmt"
)

type reportJoined struct {
	Row         reportRow `gorm:"embedded"`
	SellerName  string
	SenderName  string
	SenderEmail string
}

const selectReports = `SELECT r.*, s.name AS seller_name, a.name AS sender_name, a.email AS sender_email
	FROM reports r JOIN sellers s ON s.id = r.seller_id JOIN accounts a ON a.id = r.account_id `

// seenBy says whether somebody may see a report: who sent it, staff and admins. Its seller
// learns of none.
func (r reportRow) seenBy(by Actor) bool {
	return by.AccountID != "" && (r.AccountID == by.AccountID || by.SeesAllCases())
}

// report is the row as the actor may see it: what its sender is not told, nobody is in whose
// own report it is.
func (r reportJoined) report(by Actor) Report {
	p := Report{
		ID: r.Row.ID, Number: r.Row.Number, SellerID: r.Row.SellerID, SellerName: r.SellerName, Statement: r.Row.Statement, Locale: r.Row.Locale, Status: r.Row.Status,
		Outcome: orEmpty(r.Row.Outcome), SentAt: r.Row.SentAt, DueAt: r.Row.DueAt, JoinedAt: r.Row.JoinedAt, ClosedAt: r.Row.ClosedAt, Own: r.Row.AccountID == by.AccountID,
	}
	if !p.Own {
		p.SenderID, p.SenderName, p.SenderEmail, p.Investigation = r.Row.AccountID, r.SenderName, r.SenderEmail, orEmpty(r.Row.InvestigationID)
		p.Suspicions = r.Row.suspicions()
	}
	return p
}

// reportsOf are rows as the actor may see them, with their orders and files, in two statements.
func (s *Store) reportsOf(ctx context.Context, by Actor, rows []reportJoined) ([]Report, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	ids, place := make([]string, 0, len(rows)), map[string]int{}
	list := make([]Report, 0, len(rows))
	for i, r := range rows {
		ids, place[r.Row.ID] = append(ids, r.Row.ID), i
		list = append(list, r.report(by))
	}
	orders, err := s.ordersOfReports(ctx, ids)
	if err != nil {
		return nil, err
	}
	for _, o := range orders {
		p := &list[place[o.ReportID]]
		if n := len(p.Orders); n == 0 || p.Orders[n-1].OrderID != o.OrderID {
			p.Orders = append(p.Orders, ReportedOrder{OrderID: o.OrderID, Number: o.OrderNumber, CancelledAt: o.CancelledAt})
		}
		one := &p.Orders[len(p.Orders)-1]
		one.Counts = one.Counts || !p.Own && o.Counts
		one.Money.add(o.Line)
	}
	files, err := s.evidenceOfAll(ctx, ids)
	if err != nil {
		return nil, err
	}
	for i := range list {
		list[i].Evidence = files[list[i].ID]
	}
	return list, nil
}

func (s *Store) reportByID(ctx context.Context, by Actor, id string) (Report, error) {
	return s.oneReport(ctx, by, "WHERE r.id = ?", id)
}

// ReportByNumber is one report, to who sent it, to staff and to admins. Kinds: NotFound, also
// for the reports of others.
func (s *Store) ReportByNumber(ctx context.Context, by Actor, number string) (Report, error) {
	return s.oneReport(ctx, by, "WHERE r.number = ?", number)
}

func (s *Store) oneReport(ctx context.Context, by Actor, where, arg string) (Report, error) {
	rows, err := find[reportJoined](ctx, s, selectReports+where, arg)
	if err != nil {
		return Report{}, fmt.Errorf("read report: %w", err)
	}
	if len(rows) == 0 || !rows[0].Row.seenBy(by) {
		return Report{}, notFound()
	}
	list, err := s.reportsOf(ctx, by, rows)
	if err != nil {
		return Report{}, err
	}
	return list[0], nil
}

// ReportFilter narrows a list of reports; empty fields do not.
type ReportFilter struct {
	Own      bool   // those the actor sent, whatever its role
	SellerID string // those of a seller; staff and admins only
	Page
}

// Reports lists reports, the latest sent first: all for staff and admins, else those the actor
// sent. Kinds: Forbidden for the integration and without an account, Invalid for a cursor that
// is not ours.
func (s *Store) Reports(ctx context.Context, by Actor, f ReportFilter) (items []Report, next string, err error) {
	if by.AccountID == "" || by.Role == RoleIntegration {
		return nil, "", forbidden()
	}
	at, id, err := readCursor(f.Cursor)
	if err != nil {
		return nil, "", err
	}
	where, args := "", []any{}
	switch {
	case f.Own || !by.SeesAllCases():
		where, args = "r.account_id = ? AND ", append(args, by.AccountID)
		if f.SellerID != "" {
			where, args = where+"r.seller_id = ? AND ", append(args, f.SellerID)
		}
	case f.SellerID != "":
		where, args = "r.seller_id = ? AND ", append(args, f.SellerID)
	}
	limit := f.size() + 1
	rows, err := find[reportJoined](ctx, s, selectReports+"WHERE "+where+"r.sent_at <= ? AND (r.sent_at < ? OR r.id < ?) ORDER BY r.sent_at DESC, r.id DESC LIMIT ?", append(args, at, at, id, limit)...)
	if err != nil {
		return nil, "", fmt.Errorf("list reports: %w", err)
	}
	if len(rows) == limit {
		rows = rows[:limit-1]
		next = writeCursor(rows[limit-2].Row.SentAt, rows[limit-2].Row.ID)
	}
	items, err = s.reportsOf(ctx, by, rows)
	return items, next, err
}

// Reportable is an order of the viewer's that its seller cancelled and that can be reported,
// or was.
type Reportable struct {
	OrderNumber string
	PlacedAt    Instant
	SellerID    string
	SellerName  string
	CancelledAt Instant // the last of its cancelled lines
	Until       Instant // exclusive: until when it can be reported
	Report      string  // number of the report it is in, "" for none or one of another account
	Reported    bool
	Money       OrderMoney
}

const maxReportable = 200 // lines

// moneyColumns are what moneyLine reads of a line l of the order o with its open claim c.
const moneyColumns = "COALESCE(l.title, '') AS title, COALESCE(l.total, 0) AS total, COALESCE(l.refunded, 0) AS refunded, COALESCE(l.owed, 0) AS owed, COALESCE(c.number, '') AS claim, o.currency"

// Reportables lists the actor's own orders that a seller cancelled in the time in which it can
// be reported, the latest cancelled first; those that are in a report say so.
func (s *Store) Reportables(ctx context.Context, by Actor) ([]Reportable, error) {
	if by.AccountID == "" || by.Email == "" || by.Role == RoleIntegration {
		return nil, nil
	}
	now, err := s.Now(ctx)
	if err != nil {
		return nil, err
	}
	policy, err := s.Policy(ctx, now)
	if err != nil {
		return nil, err
	}
	type line struct {
		OrderNumber string
		PlacedAt    Instant
		SellerID    string
		SellerName  string
		CancelledAt Instant
		Number      string
		AccountID   string
		Line        moneyLine `gorm:"embedded"`
	}
	lines, err := find[line](ctx, s, `SELECT o.number AS order_number, o.placed_at, l.seller_id, s.name AS seller_name, l.cancelled_at, COALESCE(r.number, '') AS number, COALESCE(r.account_id, '') AS account_id,
			`+moneyColumns+`
		FROM buyers b JOIN orders o ON o.buyer_id = b.id JOIN order_lines l ON l.order_id = o.id JOIN sellers s ON s.id = l.seller_id
			LEFT JOIN report_orders ro ON ro.order_id = o.id AND ro.live_seller_id = l.seller_id LEFT JOIN reports r ON r.id = ro.report_id LEFT JOIN claims c ON c.id = l.open_claim_id
		WHERE b.email = ? AND l.status = ? AND l.cancelled_by = 'seller' AND l.cancelled_at > ? ORDER BY l.cancelled_at DESC, o.number, l.line_no LIMIT ?`,
		by.Email, Cancelled, now.Add(-days(policy.ReportDays)), maxReportable)
	if err != nil {
		return nil, fmt.Errorf("list orders to report: %w", err)
	}
	var list []Reportable
	place := map[[2]string]int{}
	for _, l := range lines {
		key := [2]string{l.OrderNumber, l.SellerID}
		i, known := place[key]
		if !known {
			i = len(list)
			place[key] = i
			p := Reportable{OrderNumber: l.OrderNumber, PlacedAt: l.PlacedAt, SellerID: l.SellerID, SellerName: l.SellerName, CancelledAt: l.CancelledAt, Until: policy.ReportUntil(l.CancelledAt), Reported: l.Number != ""}
			if l.AccountID == by.AccountID {
				p.Report = l.Number
			}
			list = append(list, p)
		}
		list[i].Money.add(l.Line)
	}
	return list, nil
}
