package models

import (
	"context"
	"fmt"
)

// FileReport is what a buyer reports a seller with.
type FileReport struct {
	SellerID  string   `json:"seller_id" validate:"required,key"`
	Orders    []string `json:"orders" validate:"required,min=1,max=50,unique,dive,key"`
	Statement string   `json:"statement" validate:"required,visible,max=4000,clean"`
	Evidence  []string `json:"evidence" validate:"max=20,unique,dive,key"`
	Captioned
}

// FileReport reports a seller with orders of one's own that it cancelled. It is noted or joins
// an investigation, and its sender hears how it ended; it moves no refund. Everyone with an
// account may, about the orders under their email. Kinds: Forbidden, Invalid (field limits,
// unknown_upload; else the code of the first ReportRule that one of the orders breaks), TooMany
// (too_many_reports; reports_limited for whom a lead has limited).
func (s *Store) FileReport(ctx context.Context, by Actor, in FileReport) (Report, error) {
	var filed Report
	err := s.inTx(ctx, func(tx *Store) error {
		if by.AccountID == "" || by.Role == RoleIntegration {
			return forbidden()
		}
		if err := check(in); err != nil {
			return err
		}
		policy, err := tx.Policy(ctx, tx.now)
		if err != nil {
			return err
		}
		known, err := tx.ordersByNumber(ctx, in.Orders)
		if err != nil {
			return err
		}
		if err := tx.meetReporter(ctx, by.AccountID); err != nil {
			return err
		}
		orders, candidates, err := tx.reportCandidates(ctx, by, in, known)
		if err != nil {
			return err
		}
		sent, err := tx.lastReports(ctx, by, policy)
		if err != nil {
			return err
		}
		if rule, order := refuseReport(candidates, by.Role == RoleSeller && by.SellerID == in.SellerID, sent, policy, tx.now); rule != "" {
			return refusedReport(rule, order, sent, policy, tx.now)
		}
		if err := tx.refuseLimited(ctx, by, sent, policy); err != nil {
			return err
		}
		row, err := tx.writeReport(ctx, by, in, orders, candidates, policy)
		if err != nil {
			return err
		}
		if err := tx.countReported(ctx, row.SellerID, 1, 1, row.SentAt); err != nil {
			return err
		}
		if err := tx.weighReport(ctx, row, policy); err != nil {
			return err
		}
		if err := tx.followSeller(ctx, row.SellerID); err != nil {
			return err
		}
		filed, err = tx.reportByID(ctx, by, row.ID)
		return err
	})
	return filed, err
}

// reportCandidates are the orders somebody wants to report, as the rules and as the report
// know them, in the order they were named.
func (tx *Store) reportCandidates(ctx context.Context, by Actor, in FileReport, known map[string]Order) (orders []Order, list []reportCandidate, err error) {
	ids := make([]string, 0, len(known))
	for _, o := range known {
		ids = append(ids, o.ID)
	}
	rows, err := find[reportOrderRow](ctx, tx, "SELECT * FROM report_orders WHERE order_id IN ? AND live_seller_id = ?", ids, in.SellerID)
	if err != nil {
		return nil, nil, fmt.Errorf("read reported orders: %w", err)
	}
	reported := map[string]bool{}
	for _, r := range rows {
		reported[r.OrderID] = true
	}
	for _, number := range in.Orders {
		o, found := known[number]
		orders = append(orders, o)
		list = append(list, candidate(by, number, o, found, in.SellerID, reported[o.ID]))
	}
	return orders, list, nil
}

// lastReports is when the latest reports of somebody were sent, as many as a day allows.
func (s *Store) lastReports(ctx context.Context, by Actor, p Policy) (list []Instant, err error) {
	rows, err := find[struct{ SentAt Instant }](ctx, s, "SELECT sent_at FROM reports WHERE account_id = ? ORDER BY sent_at DESC, id DESC LIMIT ?", by.AccountID, p.ReportsPerDay)
	if err != nil {
		return nil, fmt.Errorf("read latest reports: %w", err)
	}
	for _, r := range rows {
		list = append(list, r.SentAt)
	}
	return list, nil
}

func (tx *Store) writeReport(ctx context.Context, by Actor, in FileReport, orders []Order, candidates []reportCandidate, p Policy) (reportRow, error) {
	row := reportRow{
		ID: newID(), Number: newNumber('R'), AccountID: by.AccountID, SellerID: in.SellerID, Statement: text(in.Statement), Locale: by.Locale, Status: ReportReceived,
		OrderCount: len(orders), SentAt: tx.now, DueAt: tx.now.Add(days(p.ReportOutcomeDays)), Version: 1,
	}
	var err error
	if row.SenderNew, row.SenderRival, err = tx.senderStands(ctx, by, in.SellerID, p); err != nil {
		return reportRow{}, err
	}
	if err := tx.insert(ctx, &row); err != nil {
		if isDuplicate(err) {
			return reportRow{}, errAgain
		}
		return reportRow{}, fmt.Errorf("insert report: %w", err)
	}
	list := make([]reportOrderRow, 0, len(orders))
	for i, o := range orders {
		list = append(list, reportOrderRow{ReportID: row.ID, OrderID: o.ID, OrderNumber: o.Number, SellerID: in.SellerID, LiveSellerID: &row.SellerID, CancelledAt: candidates[i].CancelledAt})
	}
	if err := tx.insert(ctx, &list); err != nil {
		if isDuplicate(err) {
			return reportRow{}, errAgain // reported twice at once; asked anew, that is what is said
		}
		return reportRow{}, fmt.Errorf("insert reported orders: %w", err)
	}
	ties, err := tx.reportTies(ctx, by, orders)
	if err != nil {
		return reportRow{}, err
	}
	for i := range ties {
		ties[i].ReportID = row.ID
	}
	if err := tx.insert(ctx, &ties); err != nil {
		return reportRow{}, fmt.Errorf("insert ties: %w", err)
	}
	if len(in.Evidence) > 0 {
		if err := tx.attach(ctx, by, SideBuyer, OnReport, row.ID, 0, attachDraft{uploads: in.Evidence, captions: in.Captions}); err != nil {
			return reportRow{}, err
		}
	}
	if err := tx.setTimer(ctx, reportTimer, row.ID, row.DueAt); err != nil {
		return reportRow{}, fmt.Errorf("set timer: %w", err)
	}
	return row, tx.tellOfReports(ctx, by, "report_received", []reportRow{row})
}

// meetReporter holds the row of who reports until the end of the transaction: two reports of
// one person sent at once meet there, and the later sees what the earlier has left.
func (tx *Store) meetReporter(ctx context.Context, account string) error {
	n, err := tx.exec(ctx, "UPDATE reporters SET version = version + 1 WHERE account_id = ?", account)
	if err != nil {
		return fmt.Errorf("hold reporter: %w", err)
	}
	if n > 0 {
		return nil
	}
	if err := tx.insert(ctx, &reporterRow{AccountID: account, Version: 1}); err != nil {
		if isDuplicate(err) {
			return errAgain
		}
		return fmt.Errorf("insert reporter: %w", err)
	}
	return nil
}

// countReported moves on how often a seller was reported and how many of the reports wait for
// an outcome; sent is when the latest of them was.
func (tx *Store) countReported(ctx context.Context, seller string, reports, open int, sent Instant) error {
	n, err := tx.exec(ctx, `UPDATE reported_sellers SET last_sent_at = CASE WHEN last_sent_at < ? THEN ? ELSE last_sent_at END, reports = reports + ?, open_reports = open_reports + ?
		WHERE seller_id = ?`, sent, sent, reports, open, seller)
	if err != nil {
		return fmt.Errorf("count reports of seller: %w", err)
	}
	if n == 0 {
		if err := tx.insert(ctx, &reportedSellerRow{SellerID: seller, Reports: reports, OpenReports: open, LastSentAt: sent, Waiting: open > 0}); err != nil {
			if isDuplicate(err) {
				return errAgain
			}
			return fmt.Errorf("insert reported seller: %w", err)
		}
		return nil
	}
	// By itself: what a column is within one statement after it was set, the engines disagree on.
	if _, err := tx.exec(ctx, "UPDATE reported_sellers SET waiting = CASE WHEN open_reports > 0 THEN 1 ELSE 0 END WHERE seller_id = ?", seller); err != nil {
		return fmt.Errorf("mark reported seller: %w", err)
	}
	return nil
}
