package models

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"hosho/models/health"
)

// reportsAbout are the reports of sellers sent after a time (zero: all) that count towards an
// investigation, by seller and the earliest first: not those whose orders were found to have
// another cause, nor those of whose orders none is cancelled any more.
func (s *Store) reportsAbout(ctx context.Context, sellers []string, since Instant) (map[string][]health.Report, error) {
	rows, err := find[reportRow](ctx, s, `SELECT * FROM reports WHERE seller_id IN ? AND sent_at > ? AND (outcome IS NULL OR outcome <> ?)
		AND EXISTS (SELECT 1 FROM report_orders ro JOIN order_lines l ON l.order_id = ro.order_id JOIN cancellations c ON c.order_line_id = l.id
			WHERE ro.report_id = reports.id AND c.seller_id = reports.seller_id AND c.undone_at IS NULL) ORDER BY seller_id, sent_at, id`, sellers, max(since, 1), OutcomeOtherCause)
	if err != nil {
		return nil, fmt.Errorf("read reports of sellers: %w", err)
	}
	ids := make([]string, 0, len(rows))
	for _, r := range rows {
		ids = append(ids, r.ID)
	}
	ties, err := s.tiesByReport(ctx, ids)
	if err != nil {
		return nil, err
	}
	list := map[string][]health.Report{}
	for _, r := range rows {
		list[r.SellerID] = append(list[r.SellerID], r.fact(ties[r.ID]))
	}
	return list, nil
}

func (s *Store) tiesByReport(ctx context.Context, reports []string) (map[string][]reportTieRow, error) {
	if len(reports) == 0 {
		return nil, nil
	}
	rows, err := find[reportTieRow](ctx, s, "SELECT * FROM report_ties WHERE report_id IN ? ORDER BY report_id, kind, digest", reports)
	if err != nil {
		return nil, fmt.Errorf("read ties: %w", err)
	}
	list := map[string][]reportTieRow{}
	for _, r := range rows {
		list[r.ReportID] = append(list[r.ReportID], r)
	}
	return list, nil
}

// joinReports has the reports of a seller that wait for an outcome join an investigation, and
// those that ended without one in the time in which their orders can be reported: their
// senders hear again. It returns how many joined. Its senders are told.
func (tx *Store) joinReports(ctx context.Context, by Actor, seller, investigationID string) (int, error) {
	policy, err := tx.Policy(ctx, tx.now)
	if err != nil {
		return 0, err
	}
	rows, err := find[reportRow](ctx, tx, `SELECT * FROM reports WHERE seller_id = ? AND investigation_id IS NULL AND (status = ? OR outcome = ? AND sent_at > ?) ORDER BY sent_at, id`,
		seller, ReportReceived, OutcomeWithinLimit, tx.now.Add(-days(policy.ReportDays)))
	if err != nil {
		return 0, fmt.Errorf("read reports to join: %w", err)
	}
	for i, r := range rows {
		closed := !r.Status.Open()
		r.Status, r.InvestigationID, r.Outcome, r.JoinedAt, r.ClosedAt, r.DueAt = ReportJoined, &investigationID, nil, tx.now, 0, tx.now.Add(days(policy.ReportOutcomeDays))
		if err := tx.moveReport(ctx, &r); err != nil {
			return 0, err
		}
		if closed {
			if err := tx.countReported(ctx, seller, 0, 1, r.SentAt); err != nil {
				return 0, err
			}
		}
		rows[i] = r
	}
	return len(rows), tx.tellOfReports(ctx, by, "report_joined", rows)
}

// closeReports tells the senders of an investigation's reports how it ended: acted, when a
// measure became active, else which of the other two answers their own orders give. Asked
// again with another answer, as after an appeal, they hear that one; with the same, nothing.
// It returns how many were told.
func (tx *Store) closeReports(ctx context.Context, by Actor, investigationID string, acted bool) (int, error) {
	rows, err := find[reportRow](ctx, tx, "SELECT * FROM reports WHERE investigation_id = ? ORDER BY sent_at, id", investigationID)
	if err != nil {
		return 0, fmt.Errorf("read reports to close: %w", err)
	}
	return tx.endReports(ctx, by, rows, acted)
}

func (tx *Store) endReports(ctx context.Context, by Actor, rows []reportRow, acted bool) (int, error) {
	if len(rows) == 0 {
		return 0, nil
	}
	counts, err := tx.stockOutsOf(ctx, rows)
	if err != nil {
		return 0, err
	}
	policy, err := tx.Policy(ctx, tx.now)
	if err != nil {
		return 0, err
	}
	var first, again []reportRow
	for _, r := range rows {
		outcome := reportOutcome(acted, counts[r.ID])
		if orEmpty(r.Outcome) == outcome {
			continue
		}
		open := r.Status.Open()
		r.Status, r.Outcome, r.ClosedAt, r.DueAt = outcome.status(), &outcome, tx.now, 0
		if err := tx.moveReport(ctx, &r); err != nil {
			return 0, err
		}
		if outcome == OutcomeOtherCause {
			if _, err := tx.exec(ctx, "UPDATE report_orders SET live_seller_id = NULL WHERE report_id = ?", r.ID); err != nil {
				return 0, fmt.Errorf("free reported orders: %w", err)
			}
		}
		if err := tx.setTimer(ctx, retentionTimer, r.ID, tx.now.Add(days(policy.RetentionDays))); err != nil {
			return 0, fmt.Errorf("set timer: %w", err)
		}
		if !open {
			again = append(again, r)
			continue
		}
		if err := tx.countReported(ctx, r.SellerID, 0, -1, r.SentAt); err != nil {
			return 0, err
		}
		first = append(first, r)
	}
	if err := tx.weighSenders(ctx, append(first, again...), policy); err != nil {
		return 0, err
	}
	if err := tx.tellOfReports(ctx, by, "report_", first); err != nil {
		return 0, err
	}
	return len(first) + len(again), tx.tellOfReports(ctx, by, "report_now_", again)
}

// moveReport stores where a report stands over the version that was read, and its timer.
func (tx *Store) moveReport(ctx context.Context, r *reportRow) error {
	n, err := tx.exec(ctx, `UPDATE reports SET status = ?, outcome = ?, investigation_id = ?, due_at = ?, joined_at = ?, closed_at = ?, version = version + 1 WHERE id = ? AND version = ?`,
		r.Status, r.Outcome, r.InvestigationID, r.DueAt, r.JoinedAt, r.ClosedAt, r.ID, r.Version)
	if err != nil {
		return fmt.Errorf("update report: %w", err)
	}
	if n == 0 {
		return errAgain
	}
	r.Version++
	if err := tx.setTimer(ctx, reportTimer, r.ID, r.DueAt); err != nil {
		return fmt.Errorf("set timer: %w", err)
	}
	if r.Status.Open() {
		err = tx.setTimer(ctx, retentionTimer, r.ID, 0)
	}
	return err
}

// stockOutsOf counts the orders of reports whose cause is a stock-out as it is found now.
func (s *Store) stockOutsOf(ctx context.Context, rows []reportRow) (map[string]int, error) {
	ids := make([]string, 0, len(rows))
	for _, r := range rows {
		ids = append(ids, r.ID)
	}
	orders, err := s.ordersOfReports(ctx, ids)
	if err != nil {
		return nil, err
	}
	counts := map[string]int{}
	counted := map[[2]string]bool{}
	for _, o := range orders {
		if key := [2]string{o.ReportID, o.OrderID}; o.Counts && !counted[key] {
			counted[key] = true
			counts[o.ReportID]++
		}
	}
	return counts, nil
}

type reportOrderJoined struct {
	ReportID    string
	OrderID     string
	OrderNumber string
	CancelledAt Instant
	Counts      bool
	Line        moneyLine `gorm:"embedded"`
}

// ordersOfReports reads the lines of the orders of reports that the reported seller has
// cancelled, with whether each counts as a stock-out, in the order of the cancellations. An
// order of which none is cancelled any more has one row all the same.
func (s *Store) ordersOfReports(ctx context.Context, reports []string) ([]reportOrderJoined, error) {
	rows, err := find[reportOrderJoined](ctx, s, `SELECT ro.report_id, ro.order_id, ro.order_number, ro.cancelled_at, CASE WHEN x.finding IN (?, ?) THEN 1 ELSE 0 END AS counts, `+moneyColumns+`
		FROM report_orders ro JOIN orders o ON o.id = ro.order_id LEFT JOIN order_lines l ON l.order_id = ro.order_id AND l.seller_id = ro.seller_id AND l.status = 'cancelled' AND l.cancelled_by = 'seller'
			LEFT JOIN cancellations x ON x.order_line_id = l.id AND x.undone_at IS NULL LEFT JOIN claims c ON c.id = l.open_claim_id
		WHERE ro.report_id IN ? ORDER BY ro.report_id, ro.cancelled_at, ro.order_id, l.line_no`, health.StockOut, health.Misdeclared, reports)
	if err != nil {
		return nil, fmt.Errorf("read reported orders: %w", err)
	}
	return rows, nil
}

// fireReports does what is due: a report that joined no investigation is answered by what its
// orders show; one that did tells its sender that it goes on, and by when they hear again.
func (tx *Store) fireReports(ctx context.Context, due []timerRow) (int, error) {
	taken, err := tx.takeTimers(ctx, reportTimer, due)
	if err != nil || len(taken) == 0 {
		return 0, err
	}
	ids := make([]string, 0, len(taken))
	for _, t := range taken {
		ids = append(ids, t.Subject)
	}
	rows, err := find[reportRow](ctx, tx, "SELECT * FROM reports WHERE id IN ? ORDER BY sent_at, id", ids)
	if err != nil {
		return 0, fmt.Errorf("read reports: %w", err)
	}
	policy, err := tx.Policy(ctx, tx.now)
	if err != nil {
		return 0, err
	}
	var over, on []reportRow
	for _, r := range rows {
		switch {
		case r.Status == ReportReceived:
			over = append(over, r)
		case r.Status == ReportJoined:
			for r.DueAt <= tx.now {
				r.DueAt = r.DueAt.Add(days(policy.ReportOutcomeDays))
			}
			if err := tx.moveReport(ctx, &r); err != nil {
				return 0, err
			}
			on = append(on, r)
		default:
			if err := tx.setTimer(ctx, reportTimer, r.ID, 0); err != nil {
				return 0, err
			}
		}
		ids = slices.DeleteFunc(ids, func(id string) bool { return id == r.ID })
	}
	for _, id := range ids { // a timer whose report is gone
		if err := tx.setTimer(ctx, reportTimer, id, 0); err != nil {
			return 0, err
		}
	}
	if _, err := tx.endReports(ctx, Clock, over, false); err != nil {
		return 0, err
	}
	return len(taken), tx.tellOfReports(ctx, Clock, "report_goes_on", on)
}

// tellOfReports tells the senders of reports what has become of them, and the marketplace's
// systems: those without anybody's words or order numbers. That an investigation goes on is
// news to the sender alone. A kind that ends with an underscore goes on with the outcome.
func (tx *Store) tellOfReports(ctx context.Context, by Actor, kind string, rows []reportRow) error {
	if len(rows) == 0 {
		return nil
	}
	senders, sellers := make([]string, 0, len(rows)), make([]string, 0, len(rows))
	for _, r := range rows {
		senders, sellers = append(senders, r.AccountID), append(sellers, r.SellerID)
	}
	type named struct{ ID, Name, Locale string }
	people, err := find[named](ctx, tx, "SELECT id, name, locale FROM accounts WHERE id IN ?", senders)
	if err != nil {
		return fmt.Errorf("read senders: %w", err)
	}
	shops, err := find[named](ctx, tx, "SELECT id, name, locale FROM sellers WHERE id IN ?", sellers)
	if err != nil {
		return fmt.Errorf("read sellers: %w", err)
	}
	of := func(list []named, id string) named {
		i := slices.IndexFunc(list, func(n named) bool { return n.ID == id })
		if i < 0 {
			return named{}
		}
		return list[i]
	}
	var notices []noticeRow
	var facts []fact
	for _, r := range rows {
		args := map[string]any{"report": r.Number, "seller": of(shops, r.SellerID).Name, "orders": r.OrderCount}
		told := kind
		if strings.HasSuffix(kind, "_") {
			told += string(orEmpty(r.Outcome))
		}
		if r.DueAt != 0 {
			args["due_at"] = r.DueAt.String()
		}
		n, err := tx.noticeRow("account:"+r.AccountID, of(people, r.AccountID).Locale, told, args)
		if err != nil {
			return err
		}
		notices = append(notices, n)
		if kind != "report_goes_on" {
			facts = append(facts, reportFact(by, r))
		}
	}
	if err := tx.insertNoticeRows(ctx, notices...); err != nil {
		return err
	}
	if len(facts) == 0 {
		return nil
	}
	return tx.emit(ctx, facts...)
}

func reportFact(by Actor, r reportRow) fact {
	return fact{Type: "report." + string(r.Status), Subject: r.Number, By: by, Data: struct {
		SellerID string         `json:"seller_id"`
		Orders   int            `json:"orders"`
		Status   ReportStatus   `json:"status"`
		Outcome  *ReportOutcome `json:"outcome"`
	}{r.SellerID, r.OrderCount, r.Status, r.Outcome}}
}
