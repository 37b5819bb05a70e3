package models

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Reminders of an order line are timers: of the instant from which a claim can be filed, for
// buyers who asked for it, and of the filing deadline, for those who have told the seller of a
// problem or have begun a draft. The row of the timer is all there is of a reminder: it goes in
// the transaction that writes the notice.

// live is the wait that counts: a contact that was not solved.
func (l OrderLine) live() bool { return l.Contact != nil && l.Contact.SolvedAt == 0 }

// nextFilingReminder is the next instant at which the buyer is reminded of a filing deadline;
// zero when there is none left.
func (p Policy) nextFilingReminder(deadline, now Instant) Instant {
	for _, n := range p.FilingReminderDays {
		if at := deadline.Add(-days(n)); at > now {
			return at
		}
	}
	return 0
}

// remindedBetween tells whether one of a deadline's reminders falls in from ≤ at ≤ now.
func (p Policy) remindedBetween(deadline, from, now Instant) bool {
	return slices.ContainsFunc(p.FilingReminderDays, func(n int) bool {
		at := deadline.Add(-days(n))
		return from <= at && at <= now
	})
}

// RemindWhenOpen has the buyer told by message and mail when a claim can be filed about a line
// of its order, or, with on false, not any more. Asked twice is asked once. Kinds: NotFound,
// Forbidden, Conflict when no instant is known from which a claim can be filed.
func (s *Store) RemindWhenOpen(ctx context.Context, by Actor, number string, n int, on bool) error {
	return s.inTx(ctx, func(tx *Store) error {
		order, side, line, err := tx.lineFor(ctx, by, number, n)
		if err != nil {
			return err
		}
		if side != SideBuyer {
			return forbidden()
		}
		if !on {
			return tx.setTimer(ctx, waitTimer, line.ID, 0)
		}
		policy, err := tx.Policy(ctx, tx.now)
		if err != nil {
			return err
		}
		claim := order.filing(line, policy, tx.now, tx.config.Zone)
		if !line.live() || claim.Allowed || claim.At <= tx.now {
			return notAllowedNow(nil)
		}
		return tx.setTimer(ctx, waitTimer, line.ID, claim.At)
	})
}

// Reminded returns the numbers of those lines of an own order whose buyer is to be told when a
// claim can be filed.
func (s *Store) Reminded(ctx context.Context, o Order) ([]int, error) {
	ids := make([]string, 0, len(o.Lines))
	for _, l := range o.Lines {
		ids = append(ids, l.ID)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := find[timerRow](ctx, s, "SELECT * FROM timers WHERE kind = ? AND subject IN ?", waitTimer, ids)
	if err != nil {
		return nil, fmt.Errorf("read reminders: %w", err)
	}
	var list []int
	for _, l := range o.Lines {
		if slices.ContainsFunc(rows, func(r timerRow) bool { return r.Subject == l.ID }) {
			list = append(list, l.Number)
		}
	}
	return list, nil
}

// filing says whether a claim can be filed about the line now, and else why not and from when. Pure.
func (o Order) filing(l OrderLine, p Policy, now Instant, zone *time.Location) LineAction {
	for _, a := range o.ActionsOn(l, p, now, zone) {
		if a.Name == LineClaim {
			return a
		}
	}
	return LineAction{}
}

// remindOfDraft sets the reminder of the deadline for the lines that a draft has come to be
// about, and ends that of the lines it has left.
func (tx *Store) remindOfDraft(ctx context.Context, o Order, before, now []int) error {
	policy, err := tx.Policy(ctx, tx.now)
	if err != nil {
		return err
	}
	for _, n := range now {
		l, ok := o.Line(n)
		if !ok || slices.Contains(before, n) {
			continue
		}
		if err := tx.setTimer(ctx, deadlineTimer, l.ID, policy.nextFilingReminder(l.DeadlineAt, tx.now)); err != nil {
			return fmt.Errorf("set reminder: %w", err)
		}
	}
	left := slices.DeleteFunc(slices.Clone(before), func(n int) bool { return slices.Contains(now, n) })
	return tx.forgetDeadlines(ctx, o, left)
}

// forgetDeadlines ends the reminders of lines no draft is about any more, but for those of a problem
// that is not solved.
func (tx *Store) forgetDeadlines(ctx context.Context, o Order, lines []int) error {
	for _, n := range lines {
		if l, ok := o.Line(n); ok && !l.live() {
			if err := tx.setTimer(ctx, deadlineTimer, l.ID, 0); err != nil {
				return fmt.Errorf("end reminder: %w", err)
			}
		}
	}
	return nil
}

// forgetReminders ends the reminders of a problem that is solved; that of the deadline stays
// where a draft goes on.
func (tx *Store) forgetReminders(ctx context.Context, by Actor, o Order, l OrderLine) error {
	if err := tx.setTimer(ctx, waitTimer, l.ID, 0); err != nil {
		return fmt.Errorf("end reminder: %w", err)
	}
	d, found, err := tx.readDraft(ctx, by, o.ID, l.SellerID)
	if err != nil || found && slices.Contains(d.Body.Lines, l.Number) {
		return err
	}
	return tx.setTimer(ctx, deadlineTimer, l.ID, 0)
}

func (tx *Store) fireWaits(ctx context.Context, due []timerRow) (int, error) {
	return tx.fireReminders(ctx, waitTimer, due)
}

func (tx *Store) fireDeadlines(ctx context.Context, due []timerRow) (int, error) {
	return tx.fireReminders(ctx, deadlineTimer, due)
}

// fireReminders writes the notices of reminders that are due and takes their timers away, or
// moves those whose time has moved. It returns how many were there to be taken.
func (tx *Store) fireReminders(ctx context.Context, kind string, due []timerRow) (int, error) {
	taken, err := tx.takeTimers(ctx, kind, due)
	if err != nil || len(taken) == 0 {
		return 0, err
	}
	ids := make([]string, 0, len(taken))
	for _, t := range taken {
		ids = append(ids, t.Subject)
	}
	orders, err := tx.ordersOfLines(ctx, ids)
	if err != nil {
		return 0, err
	}
	policy, err := tx.Policy(ctx, tx.now)
	if err != nil {
		return 0, err
	}
	if _, err := tx.exec(ctx, "DELETE FROM timers WHERE kind = ? AND subject IN ?", kind, ids); err != nil {
		return 0, fmt.Errorf("clear reminders: %w", err)
	}
	var notices []noticeRow
	var again []timerRow
	for _, t := range taken {
		o, l := orders[t.Subject].order, orders[t.Subject].line
		if l.ID == "" {
			continue // the line is gone
		}
		tell, next := o.remind(l, policy, t, tx.now, tx.config.Zone)
		if next != 0 {
			again = append(again, timerRow{Kind: kind, Subject: l.ID, FireAt: next})
		}
		if tell == "" {
			continue
		}
		row, err := tx.noticeRow("buyer:"+o.BuyerID, o.BuyerLocale, tell, map[string]any{
			"title": l.Title, "seller": l.SellerName, "line": l.Number, "deadline_at": l.DeadlineAt.String(), "party": string(SideBuyer),
		})
		if err != nil {
			return 0, err
		}
		row.OrderNumber = o.Number
		notices = append(notices, row)
	}
	if err := tx.insertNoticeRows(ctx, notices...); err != nil {
		return 0, err
	}
	if err := tx.insert(ctx, &again); err != nil {
		return 0, fmt.Errorf("move reminders: %w", err)
	}
	return len(taken), nil
}

// remind says what a reminder that is due tells, "" for nothing, and when it is due again, zero
// for never. A line that was claimed, made good or solved meanwhile is let alone. Pure.
func (o Order) remind(l OrderLine, p Policy, t timerRow, now Instant, zone *time.Location) (tell string, next Instant) {
	claim := o.filing(l, p, now, zone)
	if t.Kind == waitTimer {
		switch {
		case !l.live():
			return "", 0
		case claim.Allowed:
			return "filing_open", 0
		}
		return "", claim.At // its order's dates have moved, or never any more
	}
	switch RuleCode(claim.Code) {
	case "", RuleContactRequired, RuleWaitNotElapsed, RuleNotOverdueYet: // time, or the buyer, can still make it a claim
	default:
		return "", 0
	}
	next = p.nextFilingReminder(l.DeadlineAt, now)
	if p.remindedBetween(l.DeadlineAt, t.FireAt, now) {
		return "filing_deadline", next
	}
	return "", next
}

// wakeReminders has the clock look now at the reminders of when a claim can be filed about these
// lines: what that hangs on has changed.
func (tx *Store) wakeReminders(ctx context.Context, lines ...string) error {
	if len(lines) == 0 {
		return nil
	}
	if _, err := tx.exec(ctx, "UPDATE timers SET fire_at = ? WHERE kind = ? AND subject IN ? AND fire_at > ?", tx.now, waitTimer, lines, tx.now); err != nil {
		return fmt.Errorf("wake reminders: %w", err)
	}
	return nil
}

// remindOfOrder lets reminders follow what an update has made of an order: when a claim can be
// filed, and of the deadline that has moved later, which may have been told of for the last time.
func (tx *Store) remindOfOrder(ctx context.Context, old Order, rows orderRows, policy Policy) error {
	var moved []string
	var later []lineRow
	for _, row := range rows.lines {
		before, exists := old.Line(row.LineNo)
		if !exists {
			continue
		}
		if old.PlacedAt != row.PlacedAt || before.EstimatedLatest != row.EstimatedLatest || before.ShippedAt != row.ShippedAt || before.FirstScanAt != row.FirstScanAt || before.Exception != row.Exception {
			moved = append(moved, row.ID)
		}
		if row.DeadlineAt > before.DeadlineAt {
			later = append(later, row)
		}
	}
	if err := tx.wakeReminders(ctx, moved...); err != nil || len(later) == 0 {
		return err
	}
	drafted, err := tx.draftedLines(ctx, old)
	if err != nil {
		return err
	}
	for _, row := range later {
		if before, _ := old.Line(row.LineNo); !before.live() && !slices.Contains(drafted, row.LineNo) {
			continue
		}
		if err := tx.setTimer(ctx, deadlineTimer, row.ID, policy.nextFilingReminder(row.DeadlineAt, tx.now)); err != nil {
			return fmt.Errorf("set reminder: %w", err)
		}
	}
	return nil
}

type lineOfOrder struct {
	order Order
	line  OrderLine
}

// ordersOfLines reads order lines with their orders, two statements for all of them.
func (s *Store) ordersOfLines(ctx context.Context, ids []string) (map[string]lineOfOrder, error) {
	lines, err := find[lineJoined](ctx, s, selectLines+"WHERE l.id IN ?", ids)
	if err != nil {
		return nil, fmt.Errorf("read lines: %w", err)
	}
	orderIDs := make([]string, 0, len(lines))
	for _, l := range lines {
		orderIDs = append(orderIDs, l.Row.OrderID)
	}
	if len(orderIDs) == 0 {
		return map[string]lineOfOrder{}, nil
	}
	rows, err := find[orderJoined](ctx, s, selectOrder+"WHERE o.id IN ?", orderIDs)
	if err != nil {
		return nil, fmt.Errorf("read orders: %w", err)
	}
	orders := map[string]Order{}
	for _, r := range rows {
		o, err := r.order()
		if err != nil {
			return nil, err
		}
		orders[o.ID] = o
	}
	found := make(map[string]lineOfOrder, len(lines))
	for _, r := range lines {
		l, err := r.line()
		if err != nil {
			return nil, err
		}
		found[l.ID] = lineOfOrder{orders[l.OrderID], l}
	}
	return found, nil
}
