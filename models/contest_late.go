package models

import (
	"context"
	"fmt"
	"slices"
)

// fireContests says of contests that staff have not decided in time that they are late: to the
// leads who are no party, and to the seller, whose order counts and is marked meanwhile. Once for
// each; it waits on top of the desk until it is decided. It returns how many timers there were.
func (tx *Store) fireContests(ctx context.Context, due []timerRow) (int, error) {
	taken, err := tx.takeTimers(ctx, contestTimer, due)
	if err != nil || len(taken) == 0 {
		return 0, err
	}
	ids := make([]string, 0, len(taken))
	for _, t := range taken {
		ids = append(ids, t.Subject)
	}
	if _, err := tx.exec(ctx, "DELETE FROM timers WHERE kind = ? AND subject IN ?", contestTimer, ids); err != nil {
		return 0, fmt.Errorf("clear timers: %w", err)
	}
	rows, err := find[lateContest](ctx, tx, `SELECT k.id, k.seller_id, k.order_id, k.contested_at, k.due_at, o.number AS order_number, s.name AS seller_name
		FROM contests k JOIN orders o ON o.id = k.order_id JOIN sellers s ON s.id = k.seller_id WHERE k.id IN ? AND k.status = ? AND k.due_at <= ? AND`+stillCancelled+`ORDER BY k.id`, ids, ContestOpen, tx.now)
	if err != nil {
		return 0, fmt.Errorf("read late contests: %w", err)
	}
	if len(rows) == 0 {
		return len(taken), nil
	}
	leads, err := tx.peopleToTell(ctx, []Role{RoleLead}, "")
	if err != nil {
		return 0, err
	}
	var sellers, emails []string
	for _, k := range rows {
		sellers = append(sellers, k.SellerID)
	}
	for _, p := range leads {
		emails = append(emails, p.Email)
	}
	parties, err := tx.dealtWith(ctx, emails, sellers)
	if err != nil {
		return 0, err
	}
	for _, k := range rows {
		able := slices.DeleteFunc(slices.Clone(leads), func(p personToTell) bool { return parties[buyerOf{k.SellerID, p.Email}] })
		if err := tx.tellOfLateContest(ctx, k, able); err != nil {
			return 0, err
		}
	}
	return len(taken), nil
}

type lateContest struct {
	ID          string
	SellerID    string
	OrderID     string
	ContestedAt Instant
	DueAt       Instant
	OrderNumber string
	SellerName  string
}

func (tx *Store) tellOfLateContest(ctx context.Context, k lateContest, leads []personToTell) error {
	row, err := tx.noticeRow("seller:"+k.SellerID, "", "contest_late", map[string]any{"party": string(SideSeller), "counted": true, "planned_at": k.DueAt.String()})
	if err != nil {
		return err
	}
	rows := []noticeRow{row}
	for _, p := range leads {
		row, err := tx.noticeRow("account:"+p.ID, p.Locale, "contest_overdue", map[string]any{
			"party": "staff", "counted": true, "seller": k.SellerName, "contested_at": k.ContestedAt.String(), "planned_at": k.DueAt.String(),
		})
		if err != nil {
			return err
		}
		rows = append(rows, row)
	}
	for i := range rows {
		rows[i].OrderNumber = k.OrderNumber
	}
	if err := tx.insertNoticeRows(ctx, rows...); err != nil {
		return err
	}
	return tx.emitContest(ctx, Clock, CountedOrder{OrderNumber: k.OrderNumber, SellerID: k.SellerID}, "overdue")
}
